// Any bytes as the name of a tile, and as an entry of a bundle: one spelling each.

#include "node/log/tile.hpp"

#include "node/log/right_edge.hpp"

#include <algorithm>
#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::node;
    ByteView const input(data, size);

    if (auto const tile = parse_tile_path(as_text(input))) {
        require(tile_path(*tile) == as_text(input));
        require(tile->width >= 1 && tile->width <= Tile::full_width && tile->level < Tile::levels_max);
        require(tile->kind == Tile::Kind::hashes || tile->level == 0);
        require(tile->is_full() || as_text(input).starts_with(partials_path(*tile)));
        require(tile->size_bytes() <= Tile::full_width * entry_bytes);
    }
    if (auto const leaf = parse_entry(input, 6)) {
        require(input.size() == entry_bytes && input[0] == 0 && input[1] == crypto::Leaf::size_bytes);
        auto const bytes = leaf.value().bytes();
        require(std::equal(bytes.begin(), bytes.end(), input.begin() + 2, input.end()));
    } else {
        require(leaf.error().at == 7); // it names the leaf, counted from 1
    }
    return 0;
}
