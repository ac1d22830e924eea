// The right edge: each level is a small tree of at most 256 hashes; a full one becomes one hash of the level above.

#include "node/log/right_edge.hpp"

namespace fanlight::node {

Result<RightEdge> RightEdge::load(std::uint64_t size, Source const& source) {
    RightEdge edge;
    edge.size_ = size;
    for (unsigned number = 0; number < Tile::levels_max && (size >> (8 * number)) != 0; ++number) {
        auto& level = edge.levels_.emplace_back();
        auto const tile = edge_tile(Tile::Kind::hashes, number, size);
        if (tile.width == 0) continue;
        FANLIGHT_TRY(level.hashes, source(tile));
        for (std::size_t at = 0; at < level.hashes.size(); at += crypto::Sha256::size_bytes) {
            auto const bytes = ByteView(level.hashes).subspan(at, crypto::Sha256::size_bytes);
            FANLIGHT_TRY(auto const hash, crypto::Sha256::parse(bytes));
            level.head.append(hash);
        }
    }
    auto const bundle = edge_tile(Tile::Kind::entries, 0, size);
    if (bundle.width == 0) return edge;
    FANLIGHT_TRY(edge.entries_, source(bundle));
    for (unsigned i = 0; i < bundle.width; ++i) {
        auto const index = bundle.number * Tile::full_width + i;
        auto const entry = ByteView(edge.entries_).subspan(i * entry_bytes, entry_bytes);
        FANLIGHT_TRY(auto const leaf, parse_entry(entry, index));
        auto const hash = edge.hashes(0).subspan(i * crypto::Sha256::size_bytes, crypto::Sha256::size_bytes);
        if (as_text(crypto::leaf_hash(leaf.bytes()).view()) != as_text(hash)) {
            return fail(Errc::damaged, "log: a leaf is not that of its hash, leaves counted from 1", "", index + 1);
        }
    }
    return edge;
}

crypto::Sha256 RightEdge::root() const {
    std::vector<crypto::Sha256> subtrees;
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
        auto const part = level->head.subtrees();
        subtrees.insert(subtrees.end(), part.begin(), part.end());
    }
    return crypto::join_subtrees(subtrees);
}

Result<void> RightEdge::append(crypto::Leaf const& leaf, Sink const& full) {
    auto const bytes = leaf.bytes();
    append_u16(entries_, crypto::Leaf::size_bytes);
    fanlight::append(entries_, bytes);
    if (entries_.size() == Tile::full_width * entry_bytes) {
        FANLIGHT_TRY(full({Tile::Kind::entries, 0, size_ >> 8U, Tile::full_width}, entries_));
        entries_.clear();
    }
    FANLIGHT_TRY(push(0, crypto::leaf_hash(bytes), full));
    ++size_;
    return ok();
}

Result<void> RightEdge::push(unsigned number, crypto::Sha256 const& hash, Sink const& full) {
    if (number == levels_.size()) levels_.emplace_back();
    auto& level = levels_[number];
    fanlight::append(level.hashes, hash.view());
    level.head.append(hash);
    if (level.head.size() < Tile::full_width) return ok();
    Tile const tile{Tile::Kind::hashes, number, edge_tile(Tile::Kind::hashes, number, size_).number, Tile::full_width};
    FANLIGHT_TRY(full(tile, level.hashes));
    auto const root = level.head.root();
    level = Level();
    return push(number + 1, root, full);
}

Result<void> RightEdge::partials_since(std::uint64_t old_size, Sink const& partial) const {
    auto const bundle = edge_tile(Tile::Kind::entries, 0, size_);
    if (bundle.width != 0 && old_size != size_) {
        FANLIGHT_TRY(partial(bundle, entries_));
    }
    for (unsigned number = 0; number < levels_.size(); ++number) {
        auto const tile = edge_tile(Tile::Kind::hashes, number, size_);
        auto const changed = edge_tile(Tile::Kind::hashes, number, old_size) != tile;
        if (tile.width != 0 && changed) {
            FANLIGHT_TRY(partial(tile, levels_[number].hashes));
        }
    }
    return ok();
}

ByteView RightEdge::hashes(unsigned level) const {
    return level < levels_.size() ? ByteView(levels_[level].hashes) : ByteView();
}

Result<crypto::Leaf> parse_entry(ByteView entry, std::uint64_t index) {
    constexpr auto where = "log: length of a leaf, leaves counted from 1";
    auto const whole = entry.size() == entry_bytes;
    auto const length = whole ? static_cast<std::size_t>(entry[0]) << 8U | entry[1] : 0;
    if (length != crypto::Leaf::size_bytes) return fail(Errc::damaged, where, "", index + 1);
    auto const leaf = crypto::parse_leaf(entry.subspan(2));
    if (!leaf) return fail(Errc::damaged, leaf.error().where, "", index + 1);
    return leaf.value();
}

} // namespace fanlight::node
