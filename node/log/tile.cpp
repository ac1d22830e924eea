// Tile paths: numbers in groups of three digits, all but the last with an 'x' (c2sp.org/tlog-tiles, "Merkle Tree").

#include "node/log/tile.hpp"

#include <charconv>

namespace fanlight::node {

namespace {

std::string three_digits(std::uint64_t group) {
    auto const digits = std::to_string(group);
    return std::string(3 - digits.size(), '0') + digits;
}

std::string number_path(std::uint64_t number) {
    auto path = three_digits(number % 1000);
    for (number /= 1000; number != 0; number /= 1000) path = "x" + three_digits(number % 1000) + "/" + path;
    return path;
}

std::string full_path(Tile const& tile) {
    auto const level = tile.kind == Tile::Kind::entries ? std::string("entries") : std::to_string(tile.level);
    return "tile/" + level + "/" + number_path(tile.number);
}

/// Reads digits off the front of `text`; leading zeroes are judged by the round trip in parse_tile_path.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t value = 0;
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return value;
}

} // namespace

std::size_t Tile::item_bytes() const {
    return kind == Kind::entries ? entry_bytes : 32;
}

Tile edge_tile(Tile::Kind kind, unsigned level, std::uint64_t size) {
    auto const hashes = size >> (8 * level);
    return {kind, level, hashes >> 8U, static_cast<unsigned>(hashes & 0xFFU)};
}

std::string partials_path(Tile const& tile) {
    return full_path(tile) + ".p";
}

std::string tile_path(Tile const& tile) {
    if (tile.is_full()) return full_path(tile);
    return partials_path(tile) + "/" + std::to_string(tile.width);
}

std::optional<Tile> parse_tile_path(std::string_view path) {
    constexpr std::string_view entries = "tile/entries/";
    constexpr std::string_view hashes = "tile/";
    auto rest = path;
    Tile tile;
    if (rest.starts_with(entries)) {
        tile.kind = Tile::Kind::entries;
        rest.remove_prefix(entries.size());
    } else if (rest.starts_with(hashes)) {
        rest.remove_prefix(hashes.size());
        auto const level = take_number(rest);
        if (!level || *level >= Tile::levels_max || !rest.starts_with('/')) return std::nullopt;
        tile.level = static_cast<unsigned>(*level);
        rest.remove_prefix(1);
    } else {
        return std::nullopt;
    }
    for (;;) {
        auto const more = rest.starts_with('x');
        if (more) rest.remove_prefix(1);
        auto const group = take_number(rest);
        if (!group || *group > 999 || tile.number >> 50U != 0) return std::nullopt;
        tile.number = tile.number * 1000 + *group;
        if (!more) break;
        if (!rest.starts_with('/')) return std::nullopt;
        rest.remove_prefix(1);
    }
    if (rest.starts_with(".p/")) {
        rest.remove_prefix(3);
        auto const width = take_number(rest);
        if (!width || *width == 0 || *width >= Tile::full_width) return std::nullopt;
        tile.width = static_cast<unsigned>(*width);
    }
    // One spelling a tile: what was tolerated above (leading zeroes, trailing text) fails here.
    if (tile_path(tile) != path) return std::nullopt;
    return tile;
}

char const* tile_name(Tile const& tile) {
    static constexpr std::array<char const*, Tile::levels_max> names{
        "log: tile/0, tiles counted from 1", "log: tile/1, tiles counted from 1", "log: tile/2, tiles counted from 1",
        "log: tile/3, tiles counted from 1", "log: tile/4, tiles counted from 1", "log: tile/5, tiles counted from 1",
        "log: tile/6, tiles counted from 1", "log: tile/7, tiles counted from 1"};
    if (tile.kind == Tile::Kind::entries) return "log: tile/entries, bundles counted from 1";
    return names.at(tile.level);
}

} // namespace fanlight::node
