// Any bytes as an opening shown in part, and as a whole one: one spelling, and the two ways to the commitment agree.

#include "crypto/opening.hpp"

#include <algorithm>
#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::crypto;
    ByteView const input(data, size);

    if (auto const opening = parse_shown(input)) {
        auto const bytes = encode_shown(opening.value());
        require(std::equal(bytes.begin(), bytes.end(), input.begin(), input.end()));
        // Hiding more of it changes nothing of what the leaf commits to.
        auto const commitment = commitment_of(opening.value());
        require(commitment && commitment_of(show_only(opening.value(), {})).value() == commitment.value());
    }
    if (auto const fields = parse_opening(input)) {
        auto const bytes = encode_opening(fields.value());
        require(std::equal(bytes.begin(), bytes.end(), input.begin(), input.end()));
        auto const all = show_all(fields.value());
        require(commitment_of(all).value() == commit(fields.value()));
        require(commitment_of(parse_shown(encode_shown(all)).value()).value() == commit(fields.value()));
    }
    return 0;
}
