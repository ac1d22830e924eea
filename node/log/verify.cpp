// Verifies a log directory by building it again from its entries and comparing every file on the way.

#include "node/log/verify.hpp"

#include "node/log/files.hpp"
#include "node/log/right_edge.hpp"

#include <algorithm>

namespace fanlight::node {

namespace {

/// The tile that the tree of `size` leaves has at this place, full or partial; nothing if the tree ends before it.
std::optional<Tile> published_tile(Tile const& tile, std::uint64_t size) {
    auto published = edge_tile(tile.kind, tile.level, size);
    if (tile.number > published.number || (tile.number == published.number && published.width == 0)) {
        return std::nullopt;
    }
    if (tile.number < published.number) published.width = Tile::full_width;
    published.number = tile.number;
    return published;
}

/// A hash tile on disk against the one that the entries give.
Result<void> compare(FileDescriptor const& directory, Tile const& tile, ByteView expected) {
    if (tile.kind == Tile::Kind::entries) return ok(); // they are what is being read
    FANLIGHT_TRY(auto const stored, read_tile(directory, tile));
    auto const [here, there] = std::mismatch(stored.begin(), stored.end(), expected.begin(), expected.end());
    if (here == stored.end() && there == expected.end()) return ok();
    if (tile.level != 0) {
        return fail(Errc::damaged, tile_name(tile), "It is not what the tiles below hash to.", tile_at(tile));
    }
    auto const place = static_cast<std::uint64_t>(here - stored.begin()) / tile.item_bytes();
    return fail(Errc::damaged, "log: a leaf is not that of its hash, leaves counted from 1", "",
                tile.number * Tile::full_width + place + 1);
}

/// Entries, leaf by leaf, and the tiles they make.
Result<void> verify_entries(FileDescriptor const& directory, LogReport& report) {
    auto const size = report.head.size;
    auto const check = [&](Tile const& tile, ByteView bytes) { return compare(directory, tile, bytes); };
    RightEdge edge;
    for (std::uint64_t number = 0; edge.size() < size; ++number) {
        auto const bundle = published_tile({Tile::Kind::entries, 0, number, Tile::full_width}, size);
        FANLIGHT_TRY(auto const bytes, read_tile(directory, *bundle));
        for (auto rest = ByteView(bytes); !rest.empty(); rest = rest.subspan(entry_bytes)) {
            FANLIGHT_TRY(auto const leaf, parse_entry(rest.first(entry_bytes), edge.size()));
            ++report.by_class.at(static_cast<std::size_t>(leaf.kind));
            FANLIGHT_TRY(edge.append(leaf, check));
        }
    }
    FANLIGHT_TRY(edge.partials_since(0, check));
    report.leaves = edge.size();
    if (edge.root() == report.head.root) return ok();
    return fail(Errc::damaged, "log: checkpoint", "The leaves do not hash to its root.");
}

/// A file that an older head needed must be the front of what stands there now; one beyond the head is counted.
Result<void> verify_file(FileDescriptor const& directory, std::string const& path, LogReport& report) {
    auto const tile = parse_tile_path(path);
    auto const published = tile ? published_tile(*tile, report.head.size) : std::nullopt;
    if (!published || tile->width > published->width) {
        ++report.unsigned_files;
        return ok();
    }
    if (*tile == *published) return ok(); // compared with its leaves before
    auto const old = read_file(directory, path, tile->size_bytes(), tile_name(*tile), tile_at(*tile));
    // The node may have removed it since it was listed, because its full tile is there.
    if (!old && old.error().code == Errc::missing) return ok();
    if (!old && old.error().code != Errc::too_large) return fail(Errc::io, tile_name(*tile), "", tile_at(*tile));
    FANLIGHT_TRY(auto const now, read_tile(directory, *published));
    if (!old || as_text(old.value()) != as_text(ByteView(now).first(tile->size_bytes()))) {
        return fail(Errc::damaged, tile_name(*tile), "A partial file of an older head differs.", tile_at(*tile));
    }
    return ok();
}

/// Every file below a directory; names that vanish on the way are those of partial tiles just replaced.
Result<void> verify_files(FileDescriptor const& directory, std::string const& path, LogReport& report) {
    FANLIGHT_TRY(auto const names, list_directory(directory, path));
    for (auto const& name : names) {
        auto const file = path == "." ? name : path + "/" + name;
        if (is_directory(directory, file)) {
            FANLIGHT_TRY(verify_files(directory, file, report));
        } else if (file != checkpoint_file) {
            FANLIGHT_TRY(verify_file(directory, file, report));
        }
    }
    return ok();
}

} // namespace

Result<LogReport> verify_log(std::filesystem::path const& directory, crypto::NoteKey const& key) {
    FANLIGHT_TRY(auto const opened, open_directory(directory));
    FANLIGHT_TRY(auto const note, read_file(opened, checkpoint_file, checkpoint_bytes_max, "log: checkpoint"));
    LogReport report;
    FANLIGHT_TRY(report.head, crypto::open_checkpoint(as_text(note), key));
    FANLIGHT_TRY(verify_entries(opened, report));
    FANLIGHT_TRY(verify_files(opened, ".", report));
    return report;
}

} // namespace fanlight::node
