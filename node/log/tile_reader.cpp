// Hashes of any full subtree from the tiles, which store every eighth level of the tree only.

#include "node/log/tile_reader.hpp"

namespace fanlight::node {

namespace {

constexpr std::size_t tiles_kept = 16; // two paths up a log of 2^63 leaves

/// Where row `height` of a pyramid begins: the rows are 256, 128, ... 1 hashes wide.
constexpr std::size_t row(unsigned height) {
    return 512U - (512U >> height);
}

std::vector<crypto::Sha256> hashes_of(ByteView bytes) {
    std::vector<crypto::Sha256> hashes;
    hashes.reserve(row(9));
    for (; bytes.size() >= crypto::Sha256::size_bytes; bytes = bytes.subspan(crypto::Sha256::size_bytes)) {
        hashes.push_back(crypto::Sha256::parse(bytes.first(crypto::Sha256::size_bytes)).value());
    }
    return hashes;
}

} // namespace

Result<crypto::Sha256> TileReader::hash(unsigned level, std::uint64_t index) {
    auto const tile_level = level / 8;
    auto const height = level % 8;
    auto const first = index << height;
    auto const width = std::uint64_t(1) << height;
    auto const number = first / Tile::full_width;
    auto const offset = first % Tile::full_width;
    if (tile_level >= Tile::levels_max || ((index + 1) << level) > edge_->size() || first >> height != index) {
        return fail(Errc::malformed, "log: a hash beyond its end");
    }
    if (number < edge_tile(Tile::Kind::hashes, tile_level, edge_->size()).number) {
        FANLIGHT_TRY(auto const* const tile, full_tile(tile_level, number));
        return (*tile)[row(height) + (offset >> height)];
    }
    auto const bytes =
        edge_->hashes(tile_level).subspan(offset * crypto::Sha256::size_bytes, width * crypto::Sha256::size_bytes);
    crypto::TreeHead head;
    for (auto const& hash : hashes_of(bytes)) head.append(hash);
    return head.root();
}

Result<TileReader::Pyramid const*> TileReader::full_tile(unsigned level, std::uint64_t number) {
    auto const kept = tiles_.find({level, number});
    if (kept != tiles_.end()) return &kept->second;
    // The hash above first: it may need tiles of its own, and may make this reader forget some.
    FANLIGHT_TRY(auto const expected, hash(8 * (level + 1), number));
    Tile const tile{Tile::Kind::hashes, level, number, Tile::full_width};
    FANLIGHT_TRY(auto const bytes, read_tile(*directory_, tile));
    auto pyramid = hashes_of(bytes);
    for (std::size_t below = 0; pyramid.size() < row(9); below += 2) {
        pyramid.push_back(crypto::node_hash(pyramid[below], pyramid[below + 1]));
    }
    if (pyramid.back() != expected) {
        return fail(Errc::damaged, tile_name(tile), "Its hashes do not lead to the signed root.", tile_at(tile));
    }
    if (tiles_.size() >= tiles_kept) tiles_.clear();
    return &tiles_.insert_or_assign({level, number}, std::move(pyramid)).first->second;
}

} // namespace fanlight::node
