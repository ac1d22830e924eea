// The one writer of a log directory. The order of writes and flushes is the whole point: see the header.

#include "node/log/log_directory.hpp"

#include "node/log/tile_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fanlight::node {

namespace {

constexpr char const* checkpoint_name = "log: checkpoint";
constexpr char const* new_checkpoint_name = "log: checkpoint.new";
/// A publish of one leaf adds at most nine: so those of a full tile are gone before the next one is full.
constexpr int removals_per_publish = 10;
constexpr std::uint64_t leaves_max = std::uint64_t(1) << 62U;

struct ReadHead {
    std::string note;
    crypto::Checkpoint checkpoint;
};

/// Errors of open_checkpoint as they look from here: a file of ours that has lost its form is damaged, and one
/// without this node's signature is another's.
Result<ReadHead> read_checkpoint(FileDescriptor const& directory, char const* file, char const* where,
                                 crypto::NoteKey const& key) {
    FANLIGHT_TRY(auto const bytes, read_file(directory, file, checkpoint_bytes_max, where));
    auto checkpoint = crypto::open_checkpoint(as_text(bytes), key);
    if (checkpoint) return ReadHead{std::string(as_text(bytes)), std::move(checkpoint).value()};
    auto const code = checkpoint.error().code;
    if (code == Errc::bad_signature) return fail(Errc::bad_signature, where);
    if (code == Errc::missing || code == Errc::wrong_key) {
        return fail(Errc::wrong_key, where, "It is of another log, or of another node.");
    }
    return fail(Errc::damaged, where, checkpoint.error().mend, checkpoint.error().at);
}

Result<RightEdge> load_edge(FileDescriptor const& directory, crypto::Checkpoint const& checkpoint, char const* where) {
    auto const source = [&directory](Tile const& tile) { return read_tile(directory, tile); };
    auto edge = RightEdge::load(checkpoint.size, source);
    if (!edge && edge.error().code == Errc::missing) {
        return fail(Errc::damaged, edge.error().where, "A file that the checkpoint needs is not there.",
                    edge.error().at);
    }
    if (!edge) return edge;
    if (edge.value().root() != checkpoint.root) {
        return fail(Errc::damaged, where, "The newest tiles do not hash to its root.");
    }
    return edge;
}

/// One writer: two would sign two trees.
Result<void> lock(FileDescriptor const& directory) {
    if (::flock(directory.number(), LOCK_EX | LOCK_NB) == 0) return ok();
    return fail(errno == EWOULDBLOCK ? Errc::refused : Errc::io, "log directory", "Another process has it open.");
}

Result<void> check_origin(std::string const& origin) {
    if (crypto::is_note_name(origin)) return ok();
    return fail(Errc::malformed, "log origin", "It must not be empty nor hold '+' or spaces.");
}

/// So that the new directory's own name survives a power cut.
Result<void> sync_parent(std::filesystem::path const& directory) {
    auto const above = directory.has_parent_path() ? directory.parent_path() : std::filesystem::path(".");
    FANLIGHT_TRY(auto const parent, open_directory(above));
    return flush(parent, ".");
}

} // namespace

Result<LogDirectory> LogDirectory::create(std::filesystem::path const& directory, std::string origin,
                                          crypto::SigningKey const& key) {
    FANLIGHT_TRY(check_origin(origin));
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail(Errc::io, "log directory");
    // Also if it was there: whoever made it may have been killed before this.
    FANLIGHT_TRY(sync_parent(directory));
    FANLIGHT_TRY(auto opened, open_directory(directory));
    FANLIGHT_TRY(lock(opened));
    // Tiles without a checkpoint are a log that lost it: not a place for a new one.
    if (exists(opened, checkpoint_file) || exists(opened, "tile")) return fail(Errc::exists, "log directory");
    LogDirectory log(std::move(opened), std::move(origin), key);
    FANLIGHT_TRY(log.write_checkpoint({log.origin_, 0, crypto::empty_root()}));
    return log;
}

Result<LogDirectory> LogDirectory::open(std::filesystem::path const& directory, std::string origin,
                                        crypto::SigningKey const& key, std::optional<crypto::VerifyKey> const& former) {
    FANLIGHT_TRY(check_origin(origin));
    FANLIGHT_TRY(auto opened, open_directory(directory));
    FANLIGHT_TRY(lock(opened));
    LogDirectory log(std::move(opened), std::move(origin), key);
    FANLIGHT_TRY(log.load(former));
    return log;
}

struct LogDirectory::SignedHead {
    std::string note;
    crypto::Checkpoint checkpoint;
    bool by_former = false;
};

/// Under the key in use; else, if a crash came between the replacement of the key and the next head, under the former.
Result<LogDirectory::SignedHead> LogDirectory::read_head(char const* file, char const* where,
                                                         std::optional<crypto::VerifyKey> const& former) const {
    auto head = read_checkpoint(directory_, file, where, {origin_, key_->verify_key()});
    bool const by_former = !head && head.error().code == Errc::wrong_key && former;
    if (by_former) head = read_checkpoint(directory_, file, where, {origin_, *former});
    if (!head) return std::move(head).as_failure();
    return SignedHead{std::move(head.value().note), std::move(head.value().checkpoint), by_former};
}

Result<void> LogDirectory::load(std::optional<crypto::VerifyKey> const& former) {
    FANLIGHT_TRY(auto head, read_head(checkpoint_file, checkpoint_name, former));
    FANLIGHT_TRY(edge_, load_edge(directory_, head.checkpoint, checkpoint_name));
    head_ = std::move(head.checkpoint);
    signed_head_ = std::move(head.note);
    // The writer that renamed it may have been killed before its flush.
    FANLIGHT_TRY(flush(directory_, "."));
    FANLIGHT_TRY(auto const by_former, finish_publish(former));
    if (by_former.value_or(head.by_former)) {
        FANLIGHT_TRY(write_checkpoint(head_));
    }
    FANLIGHT_TRY(find_retired(edge_tile(Tile::Kind::entries, 0, head_.size)));
    for (unsigned level = 0; level < Tile::levels_max; ++level) {
        FANLIGHT_TRY(find_retired(edge_tile(Tile::Kind::hashes, level, head_.size)));
    }
    return find_leftovers();
}

/// Partial tiles that the last process had no time to remove: those of full tiles in the newest directory of this
/// level.
Result<void> LogDirectory::find_retired(Tile const& edge) {
    if (edge.number == 0) return ok();
    auto const newest = tile_path({edge.kind, edge.level, edge.number - 1, Tile::full_width});
    auto const above = newest.substr(0, newest.rfind('/') + 1);
    constexpr std::string_view ending = ".p";
    FANLIGHT_TRY(auto const names, list_directory(directory_, above));
    for (std::string_view const name : names) {
        if (!name.ends_with(ending)) continue;
        auto const full = above + std::string(name.substr(0, name.size() - ending.size()));
        auto const tile = parse_tile_path(full);
        if (tile && tile->number < edge.number && exists(directory_, full)) retired_.push_back(*tile);
    }
    return ok();
}

/// A whole checkpoint.new was signed after its tiles were flushed: this log must never sign another tree of that
/// size, so it goes forward. One that is not whole was never signed for anybody to see. If it went forward, whether the
/// former key had signed it.
Result<std::optional<bool>> LogDirectory::finish_publish(std::optional<crypto::VerifyKey> const& former) {
    auto next = read_head(new_checkpoint_file, new_checkpoint_name, former);
    if (!next && next.error().code == Errc::io) return fail(Errc::io, new_checkpoint_name);
    if (!next || next.value().checkpoint.size <= head_.size) return std::optional<bool>();
    auto const& checkpoint = next.value().checkpoint;
    FANLIGHT_TRY(auto edge, load_edge(directory_, checkpoint, new_checkpoint_name));
    // Its tiles must continue the published tree, not merely be whole.
    TileReader reader(directory_, edge);
    auto const read = [&reader](unsigned level, std::uint64_t index) { return reader.hash(level, index); };
    FANLIGHT_TRY(auto const old_root, crypto::root_at(head_.size, read));
    if (old_root != head_.root) {
        return fail(Errc::damaged, new_checkpoint_name, "It does not continue the published head.");
    }
    FANLIGHT_TRY(flush(directory_, new_checkpoint_file));
    FANLIGHT_TRY(rename_checkpoint(checkpoint, next.value().note));
    edge_ = std::move(edge);
    return std::optional(next.value().by_former);
}

Result<void> LogDirectory::find_leftovers() {
    leftovers_.clear();
    // First: see remove_leftovers.
    if (exists(directory_, new_checkpoint_file)) leftovers_.emplace_back(new_checkpoint_file);
    FANLIGHT_TRY(find_leftovers_of(edge_tile(Tile::Kind::entries, 0, head_.size)));
    for (unsigned level = 0; level < Tile::levels_max; ++level) {
        FANLIGHT_TRY(find_leftovers_of(edge_tile(Tile::Kind::hashes, level, head_.size)));
    }
    return ok();
}

/// Everything of this tile that is wider than it.
Result<void> LogDirectory::find_leftovers_of(Tile const& edge) {
    auto const partials = partials_path(edge);
    FANLIGHT_TRY(auto const names, list_directory(directory_, partials));
    for (auto const& name : names) {
        auto path = partials;
        path += "/" + name;
        auto const found = parse_tile_path(path);
        if (found && found->width > edge.width) leftovers_.push_back(std::move(path));
    }
    auto full = edge;
    full.width = Tile::full_width;
    if (exists(directory_, tile_path(full))) leftovers_.push_back(tile_path(full));
    return ok();
}

Result<void> LogDirectory::remove_leftovers() {
    for (auto const& path : leftovers_) {
        FANLIGHT_TRY(remove_file(directory_, path));
        // A signed head must not come back after a power cut when its tiles do not.
        if (path == new_checkpoint_file) {
            FANLIGHT_TRY(flush(directory_, "."));
        }
    }
    leftovers_.clear();
    return ok();
}

Result<void> LogDirectory::append(std::span<crypto::Leaf const> leaves) {
    if (head_unknown_) return fail(Errc::io, "log directory", "A flush failed: open the log again.");
    if (leaves.empty()) return ok();
    if (leaves.size() > leaves_max - head_.size) return fail(Errc::too_large, "log");
    FANLIGHT_TRY(remove_leftovers());

    auto edge = edge_;
    DurableWriter writer(directory_, distrust_);
    auto published = write_tiles(edge, leaves, writer);
    auto const old_size = head_.size;
    if (published) published = write_checkpoint({origin_, edge.size(), edge.root()});
    if (!published) {
        leftovers_.insert(leftovers_.begin(), writer.written().begin(), writer.written().end());
        leftovers_.insert(leftovers_.begin(), new_checkpoint_file);
        distrust_ = true;
        return published;
    }
    distrust_ = false;
    edge_ = std::move(edge);
    retire_partials(old_size);
    remove_retired();
    return ok();
}

Result<void> LogDirectory::write_tiles(RightEdge& edge, std::span<crypto::Leaf const> leaves, DurableWriter& writer) {
    auto const sink = [&](Tile const& tile, ByteView bytes) -> Result<void> {
        // What a publish that was cut off left in a tile that this log now enters.
        auto const current = edge_tile(tile.kind, tile.level, head_.size);
        if (tile.number != current.number || current.width == 0) {
            auto nothing = tile;
            nothing.width = 0;
            FANLIGHT_TRY(find_leftovers_of(nothing));
            FANLIGHT_TRY(remove_leftovers());
        }
        return writer.write(tile_path(tile), bytes);
    };
    for (auto const& leaf : leaves) {
        FANLIGHT_TRY(edge.append(leaf, sink));
    }
    FANLIGHT_TRY(edge.partials_since(head_.size, sink));
    return writer.sync();
}

/// Signs and publishes; on success it is the head. The tiles must be durable.
Result<void> LogDirectory::write_checkpoint(crypto::Checkpoint const& checkpoint) {
    auto note = crypto::sign_checkpoint(checkpoint, *key_);
    DurableWriter writer(directory_);
    FANLIGHT_TRY(writer.write(new_checkpoint_file, as_bytes(note)));
    FANLIGHT_TRY(writer.sync_files());
    return rename_checkpoint(checkpoint, std::move(note));
}

Result<void> LogDirectory::rename_checkpoint(crypto::Checkpoint const& checkpoint, std::string note) {
    if (::renameat(directory_.number(), new_checkpoint_file, directory_.number(), checkpoint_file) != 0) {
        return fail(Errc::io, checkpoint_name);
    }
    // From here on readers may see the new head, so a failed flush cannot be undone.
    if (auto const flushed = flush(directory_, "."); !flushed) {
        head_unknown_ = true;
        return flushed;
    }
    head_ = checkpoint;
    signed_head_ = std::move(note);
    return ok();
}

/// tlog-tiles, "Partial Tiles": they may go once the full tile is published.
void LogDirectory::retire_partials(std::uint64_t old_size) {
    auto const retire = [&](Tile::Kind kind, unsigned level) {
        auto const old_edge = edge_tile(kind, level, old_size);
        auto const replaced = old_edge.number != edge_tile(kind, level, head_.size).number;
        if (old_edge.width != 0 && replaced) retired_.push_back(old_edge);
    };
    retire(Tile::Kind::entries, 0);
    for (unsigned level = 0; level < Tile::levels_max; ++level) retire(Tile::Kind::hashes, level);
}

/// A few at a time, because removing 255 files takes as long as 30 publishes. Best effort: one that stays is right.
void LogDirectory::remove_retired() {
    for (auto left = removals_per_publish; left > 0 && !retired_.empty();) {
        auto const partials = partials_path(retired_.back());
        auto const names = list_directory(directory_, partials);
        for (auto const& name : names ? names.assume_value() : std::vector<std::string>()) {
            if (left-- == 0) return;
            ::unlinkat(directory_.number(), (partials + "/" + name).c_str(), 0);
        }
        ::unlinkat(directory_.number(), partials.c_str(), AT_REMOVEDIR);
        retired_.pop_back();
    }
}

Result<crypto::Leaf> LogDirectory::leaf(std::uint64_t index) const {
    FANLIGHT_TRY(auto const one, leaves(index, 1));
    return one.front();
}

Result<std::vector<crypto::Leaf>> LogDirectory::leaves(std::uint64_t first, std::uint64_t count) const {
    if (first > head_.size || count > head_.size - first) {
        return fail(Errc::missing, "log: leaf beyond its end, leaves counted from 1", "", first + 1);
    }
    std::vector<crypto::Leaf> found;
    TileReader reader(directory_, edge_);
    auto const edge = edge_tile(Tile::Kind::entries, 0, head_.size);
    Bytes bundle;
    for (auto index = first; index < first + count; ++index) {
        auto const number = index / Tile::full_width;
        if (number != edge.number && (index == first || index % Tile::full_width == 0)) {
            FANLIGHT_TRY(bundle, read_tile(directory_, {Tile::Kind::entries, 0, number, Tile::full_width}));
        }
        auto const bytes = number == edge.number ? edge_.entries() : ByteView(bundle);
        auto const entry = bytes.subspan(index % Tile::full_width * entry_bytes, entry_bytes);
        FANLIGHT_TRY(auto const leaf, parse_entry(entry, index));
        FANLIGHT_TRY(auto const hash, reader.hash(0, index));
        if (crypto::leaf_hash(entry.subspan(2)) != hash) {
            return fail(Errc::damaged, "log: a leaf is not that of its hash, leaves counted from 1", "", index + 1);
        }
        found.push_back(leaf);
    }
    return found;
}

Result<void> LogDirectory::check_size(std::uint64_t size) const {
    if (size <= head_.size) return ok();
    return fail(Errc::malformed, "log: a tree larger than its head");
}

Result<crypto::Sha256> LogDirectory::root_at(std::uint64_t size) const {
    FANLIGHT_TRY(check_size(size));
    TileReader reader(directory_, edge_);
    return crypto::root_at(size, [&](unsigned level, std::uint64_t index) { return reader.hash(level, index); });
}

Result<std::vector<crypto::Sha256>> LogDirectory::inclusion_proof(std::uint64_t index, std::uint64_t size) const {
    FANLIGHT_TRY(check_size(size));
    TileReader reader(directory_, edge_);
    return crypto::prove_inclusion(index, size,
                                   [&](unsigned level, std::uint64_t at) { return reader.hash(level, at); });
}

Result<std::vector<crypto::Sha256>> LogDirectory::consistency_proof(std::uint64_t old_size,
                                                                    std::uint64_t new_size) const {
    FANLIGHT_TRY(check_size(new_size));
    TileReader reader(directory_, edge_);
    return crypto::prove_consistency(old_size, new_size,
                                     [&](unsigned level, std::uint64_t at) { return reader.hash(level, at); });
}

} // namespace fanlight::node
