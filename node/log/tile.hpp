#pragma once
// Names and sizes of the files of a log directory, as c2sp.org/tlog-tiles lays them out.

#include "base/bytes.hpp"
#include "base/limits.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fanlight::node {

/// A tile of hashes at a level, or the bundle of entries beside a tile of level 0.
struct Tile {
    enum class Kind : std::uint8_t { hashes, entries };
    static constexpr unsigned full_width = 256;
    static constexpr unsigned levels_max = 8; ///< enough for 2^63 leaves

    Kind kind = Kind::hashes;
    unsigned level = 0; ///< of hashes; 0 for entries
    std::uint64_t number = 0;
    unsigned width = full_width; ///< hashes or entries in it, 1 to 256

    bool is_full() const { return width == full_width; }
    std::size_t item_bytes() const; ///< a hash, or an entry with its length before it
    std::size_t size_bytes() const { return width * item_bytes(); }
    bool operator==(Tile const&) const = default;
};

inline constexpr char const* checkpoint_file = "checkpoint";
inline constexpr char const* new_checkpoint_file = "checkpoint.new";
/// As much as a signed note may have: the log's own signature and those of its witnesses.
inline constexpr std::size_t checkpoint_bytes_max = limits::agreement_bytes_max;

/// A logged leaf with the 16-bit length that stands before it in a bundle.
inline constexpr std::size_t entry_bytes = 98;

/// The rightmost tile of a level in a tree of `size` leaves; its width may be 0, and then it has no file.
Tile edge_tile(Tile::Kind kind, unsigned level, std::uint64_t size);

/// "tile/0/x001/x234/067" or "tile/entries/000.p/7", relative to the log directory.
std::string tile_path(Tile const& tile);
/// The directory of its partial tiles: "tile/0/000.p".
std::string partials_path(Tile const& tile);
/// Nothing unless `path` is exactly what tile_path gives for some tile.
std::optional<Tile> parse_tile_path(std::string_view path);

/// What kind of tile it is, for the `where` of an error; the `at` that goes with it is `tile_at`.
char const* tile_name(Tile const& tile);
inline std::uint64_t tile_at(Tile const& tile) {
    return tile.number + 1;
}

} // namespace fanlight::node
