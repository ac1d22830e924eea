// Any bytes as a frame or as what is inside one: the first byte says which decoder. A message has exactly one encoding,
// so what decodes must encode to the very bytes it came from, and decode again.
#include "protocol/engine/case.hpp"
#include "protocol/engine/received.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol/wire/wire.hpp"

#include <cstdlib>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

template <class Decode, class Encode> void wire(ByteView bytes, Decode const& decode, Encode const& encode_again) {
    auto const message = decode(bytes);
    if (!message) return;
    auto const again = encode_again(message.assume_value());
    require(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
    require(bool(decode(again)));
}

/// What is stored may have been written by an older build or rotted: only what is written now must be stable.
template <class Decode> void stored(ByteView bytes, Decode const& decode) {
    auto const state = decode(bytes);
    if (!state) return;
    auto const written = encode(state.assume_value());
    auto const again = decode(written);
    require(again && encode(again.assume_value()) == written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    ByteView const bytes(data + 1, size - 1);
    auto const again = [](auto const& message) { return encode(message); };
    switch (data[0] % 18) {
    case 0: wire(bytes, decode_frame, encode_frame); break;
    case 1: wire(bytes, decode_envelope, encode_envelope); break;
    case 2:
        wire(
            bytes, [](ByteView view) { return decode_evaluate_request(view); }, again);
        break;
    case 3:
        wire(
            bytes, [](ByteView view) { return decode_evaluate_reply(view); }, again);
        break;
    case 4: wire(bytes, decode_query, again); break;
    case 5: wire(bytes, decode_answer, again); break;
    case 6: wire(bytes, decode_summary_request, again); break;
    case 7: wire(bytes, decode_summary, again); break;
    case 8: wire(bytes, decode_context, encode_context); break;
    case 9: stored(bytes, decode_case); break;
    case 10: stored(bytes, decode_received); break;
    case 11: stored(bytes, decode_record); break;
    case 12: wire(bytes, decode_evaluate_refusal, again); break;
    case 13: wire(bytes, decode_certificate_message, again); break;
    case 14: wire(bytes, decode_epoch_opened, again); break;
    case 15: wire(bytes, decode_epoch_request, again); break;
    case 16: wire(bytes, decode_index_ready, again); break;
    default: wire(bytes, decode_frame, encode_frame); wire(bytes, decode_envelope, encode_envelope);
    }
    return 0;
}
