#pragma once
// Stored hashes for proofs, each checked up to the signed root before it is used.

#include "node/log/files.hpp"
#include "node/log/right_edge.hpp"

#include <map>
#include <utility>

namespace fanlight::node {

/// Reads full tiles from disk and the rest from the right edge. A tile counts only if its root is the hash that the
/// level above has for it, up to the edge, which is under the signed root. Keeps the last few tiles. `directory` and
/// `edge` must outlive it.
class TileReader {
  public:
    TileReader(FileDescriptor const& directory, RightEdge const& edge) : directory_(&directory), edge_(&edge) {}

    /// crypto::HashReader. Errc::malformed: beyond the log; Errc::missing, Errc::damaged, Errc::io name the tile.
    Result<crypto::Sha256> hash(unsigned level, std::uint64_t index);

  private:
    /// All 511 hashes of a tile as a tree, the tile's own 256 first.
    using Pyramid = std::vector<crypto::Sha256>;
    Result<Pyramid const*> full_tile(unsigned level, std::uint64_t number);

    FileDescriptor const* directory_;
    RightEdge const* edge_;
    std::map<std::pair<unsigned, std::uint64_t>, Pyramid> tiles_;
};

} // namespace fanlight::node
