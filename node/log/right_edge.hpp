#pragma once
// The right edge of the tree: the partial tile of each level and the newest entries, all that is needed to append and
// to know the root. Its size does not grow with the log: at most 25 KB of entries and 8 KB a level.

#include "crypto/leaf.hpp"
#include "crypto/merkle.hpp"
#include "node/log/tile.hpp"

#include <functional>

namespace fanlight::node {

class RightEdge {
  public:
    /// Gets a tile's bytes; its errors are passed on.
    using Sink = std::function<Result<void>(Tile const& tile, ByteView bytes)>;
    /// Gives the bytes of a partial tile, exactly `tile.size_bytes()`.
    using Source = std::function<Result<Bytes>(Tile const& tile)>;

    RightEdge() = default; ///< of an empty log
    /// Errc::damaged: entries that are not those of their hashes. Whether the root is the signed one, the caller asks.
    static Result<RightEdge> load(std::uint64_t size, Source const& source);

    std::uint64_t size() const { return size_; }
    crypto::Sha256 root() const;

    /// Adds a leaf; every tile that it makes full goes to `full`. After an error the edge must not be used.
    Result<void> append(crypto::Leaf const& leaf, Sink const& full);
    /// The partial tiles that differ from those of the tree of `old_size` leaves.
    Result<void> partials_since(std::uint64_t old_size, Sink const& partial) const;

    /// What the rightmost tile of a level, or the rightmost bundle, holds; empty where it has no file.
    ByteView hashes(unsigned level) const;
    ByteView entries() const { return entries_; }

  private:
    struct Level {
        Bytes hashes;
        crypto::TreeHead head;
    };
    Result<void> push(unsigned level, crypto::Sha256 const& hash, Sink const& full);

    std::uint64_t size_ = 0;
    Bytes entries_;
    std::vector<Level> levels_;
};

/// An entry as it stands in a bundle, with its number (0-based) in the log. Errc::damaged names the leaf.
Result<crypto::Leaf> parse_entry(ByteView entry, std::uint64_t index);

} // namespace fanlight::node
