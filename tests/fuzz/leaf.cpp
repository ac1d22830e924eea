// Any bytes as a log leaf and as an opening: what parses is written again as the same bytes.

#include "crypto/leaf.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::crypto;
    ByteView const input(data, size);

    if (auto const leaf = parse_leaf(input)) {
        auto const bytes = leaf.value().bytes();
        require(std::equal(bytes.begin(), bytes.end(), input.begin(), input.end()));
        require(std::string_view(name(leaf.value().kind)) != "unknown");
    }
    if (auto const fields = parse_opening(input)) {
        auto const bytes = encode_opening(fields.value());
        require(std::equal(bytes.begin(), bytes.end(), input.begin(), input.end()));
        for (auto const& field : fields.value()) require(std::string_view(name(field.tag)) != "unknown");
        require(commit(fields.value()) == commit(parse_opening(bytes).value()));
    }
    return 0;
}
