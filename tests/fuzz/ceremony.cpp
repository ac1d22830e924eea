// Any bytes as a message of a ceremony or as what is inside one: the first byte says which decoder. A message has
// exactly one encoding, so what decodes must encode to the very bytes it came from, and decode again.
#include "protocol/wire/ceremony_wire.hpp"

#include <cstdlib>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

template <class Decode> void wire(ByteView bytes, Decode const& decode) {
    auto const message = decode(bytes);
    if (!message) return;
    auto const again = encode(message.assume_value());
    require(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
    require(bool(decode(again)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    ByteView const bytes(data + 1, size - 1);
    switch (data[0] % 10) {
    case 0: wire(bytes, decode_ceremony_message); break;
    case 1: wire(bytes, decode_ceremony_proposal); break;
    case 2: wire(bytes, decode_said_joined); break;
    case 3: wire(bytes, decode_said_commitments); break;
    case 4: wire(bytes, decode_said_heard); break;
    case 5: wire(bytes, decode_sealed_share); break;
    case 6: wire(bytes, decode_said_signature); break;
    case 7: wire(bytes, decode_ceremony_complaint); break;
    case 8: wire(bytes, decode_ceremony_abandonment); break;
    default: wire(bytes, decode_ceremony_progress);
    }
    return 0;
}
