// The class of a leaf is in the log's bundles only, and what it says is in the store only. A bundle is one file of 256
// leaves, so that knowing which openings not to decrypt costs a small part of decrypting one.

#include "node/log/events.hpp"

#include "base/byte_reader.hpp"
#include "crypto/checkpoint.hpp"
#include "node/log/files.hpp"
#include "node/log/right_edge.hpp"

#include <algorithm>

namespace fanlight::node {

namespace {

using crypto::FieldTag;
using protocol::LeafPlace;

constexpr auto step_back = std::chrono::days(1); // a clock that is set back by less hides nothing

std::optional<Instant> time_of(crypto::ShownOpening const& opening) {
    auto const value = crypto::first_of(opening, FieldTag::time);
    if (!value) return std::nullopt;
    ByteReader in(*value);
    auto const time = in.instant();
    if (!in.finish("log leaf: time")) return std::nullopt;
    return time;
}

bool names_peer(crypto::ShownOpening const& opening, std::string_view peer) {
    return std::ranges::any_of(opening, [peer](crypto::ShownField const& field) {
        return field.tag == FieldTag::peer && field.shown && as_text(field.shown->value) == peer;
    });
}

int year_of(Instant time) {
    return int(std::chrono::year_month_day(day_of(time)).year());
}

bool is_earlier(std::int32_t a, std::int32_t b) {
    return LeafPlace{a, 0} < LeafPlace{b, 0};
}

/// The leaves of a bundle as far as they are published; empty beyond the log's end.
Result<Bytes> read_bundle(FileDescriptor const& directory, std::uint64_t number) {
    Tile bundle{Tile::Kind::entries, 0, number, Tile::full_width};
    auto full = read_tile(directory, bundle);
    if (full || full.error().code != Errc::missing) return full;
    auto const partials = partials_path(bundle);
    FANLIGHT_TRY(auto const names, list_directory(directory, partials));
    std::optional<Tile> widest;
    for (auto const& name : names) {
        auto const partial = parse_tile_path(partials + "/" + name);
        if (partial && (!widest || partial->width > widest->width)) widest = partial;
    }
    // None: the full one may have come, and they have gone, since we looked.
    auto bytes = read_tile(directory, widest.value_or(bundle));
    if (!bytes && bytes.error().code == Errc::missing) return Bytes();
    return bytes;
}

/// What the log's own head says; whether it is signed is no question here.
Result<std::uint64_t> published(std::filesystem::path const& log) {
    constexpr auto where = "log checkpoint";
    FANLIGHT_TRY(auto const directory, open_directory(log));
    auto const note = read_file(directory, checkpoint_file, checkpoint_bytes_max, where);
    if (!note && note.error().code == Errc::missing) return std::uint64_t(0); // being made
    if (!note) return note.as_failure();
    FANLIGHT_TRY(auto const parsed, crypto::parse_note(as_text(note.assume_value())));
    FANLIGHT_TRY(auto const checkpoint, crypto::parse_checkpoint_text(parsed.text));
    return checkpoint.size;
}

/// Every shard that the store has made leaves of durable: not each of them has an opening.
Result<std::vector<EventReader::Shard>> stored_shards(Database& reader) {
    FANLIGHT_TRY(auto all, reader.prepare("SELECT shard, leaves FROM shard"));
    std::vector<EventReader::Shard> shards;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return shards;
        shards.push_back({static_cast<std::int32_t>(all.number(0)), static_cast<std::uint64_t>(all.number(1))});
    }
}

/// A leaf that was asked for, and how its opening lies in the store: empty if it is not there.
struct Found {
    std::uint64_t position;
    crypto::Leaf leaf;
    Bytes sealed;
};

} // namespace

/// One shard's bundles and rows.
struct EventReader::Source {
    std::int32_t shard;
    FileDescriptor directory;
    Statement rows;
    Statement pending; ///< leaves that are durable and may not be in a bundle yet

    static Result<Source> open(EventReader const& reader, std::int32_t shard) {
        FANLIGHT_TRY(auto directory, open_directory(reader.logs_ / protocol::shard_name(shard)));
        // The sealed bytes are read where they are asked for only: SQLite goes to the row when a column of it is.
        FANLIGHT_TRY(auto rows, reader.reader_->prepare("SELECT position, sealed FROM opening WHERE shard = ?1 AND "
                                                        "position >= ?2 AND position < ?3 ORDER BY position"));
        FANLIGHT_TRY(auto pending,
                     reader.reader_->prepare("SELECT position, leaf FROM pending_leaf WHERE shard = ?1 AND "
                                             "position >= ?2 AND position < ?3 ORDER BY position"));
        return Source{shard, std::move(directory), std::move(rows), std::move(pending)};
    }

    /// The leaves of a bundle as far as they are durable: who has just done something looks for it here.
    Result<Bytes> bundle(std::uint64_t number) {
        FANLIGHT_TRY(auto bytes, read_bundle(directory, number));
        auto next = number * Tile::full_width + bytes.size() / entry_bytes;
        auto const end = (number + 1) * Tile::full_width;
        if (next == end) return bytes;
        pending.bind(1, std::int64_t(shard)).bind(2, static_cast<std::int64_t>(next));
        pending.bind(3, static_cast<std::int64_t>(end));
        for (;; ++next) {
            FANLIGHT_TRY(auto const row, pending.step());
            if (!row || static_cast<std::uint64_t>(pending.number(0)) != next) break;
            append_u16(bytes, crypto::Leaf::size_bytes);
            append(bytes, pending.blob(1));
        }
        pending.reset();
        if (bytes.size() % entry_bytes != 0) return fail(Errc::damaged, "log leaf that is not published yet");
        return bytes;
    }

    void bind(std::uint64_t first, std::uint64_t end) {
        rows.bind(1, std::int64_t(shard)).bind(2, static_cast<std::int64_t>(first));
        rows.bind(3, static_cast<std::int64_t>(end));
    }

    /// False only if the leaf is there, and says that it is older than anything asked for.
    Result<bool> is_before(EventReader const& reader, Instant from, std::uint64_t position) {
        bind(position, position + 1);
        FANLIGHT_TRY(auto const row, rows.step());
        std::optional<Instant> time;
        if (row) {
            auto const opening = open_opening(*reader.key_, *reader.subjects_, shard, position, rows.blob(1));
            if (opening) time = time_of(opening.assume_value());
        }
        rows.reset();
        return time && *time < from - step_back;
    }

    /// The first leaf to look at, by halving: time goes forward in a log.
    Result<std::uint64_t> start_of(EventReader const& reader, Instant from, std::uint64_t count) {
        std::uint64_t low = 0;
        for (auto high = count; low < high;) {
            auto const middle = low + (high - low) / 2;
            FANLIGHT_TRY(auto const before, is_before(reader, from, middle));
            if (before)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    /// Those of a bundle from `start` on that are asked for by what the leaf alone shows.
    static Result<std::vector<Found>> wanted(ByteView bundle, std::uint64_t first, std::uint64_t start,
                                             EventFilter const& filter) {
        std::vector<Found> found;
        for (std::size_t i = 0; i * entry_bytes < bundle.size(); ++i) {
            FANLIGHT_TRY(auto const leaf, parse_entry(bundle.subspan(i * entry_bytes, entry_bytes), first + i));
            bool const wanted = first + i >= start && (!filter.kinds || filter.kinds->contains(leaf.kind)) &&
                                (!filter.exchange || *filter.exchange == leaf.exchange);
            if (wanted) found.push_back({first + i, leaf, {}});
        }
        return found;
    }

    /// Gets their openings, and then lets go of this moment of the store.
    Result<void> fetch(std::vector<Found>& leaves) {
        if (leaves.empty()) return ok();
        bind(leaves.front().position, leaves.back().position + 1);
        for (auto next = leaves.begin();;) {
            FANLIGHT_TRY(auto const row, rows.step());
            if (!row) break;
            auto const position = static_cast<std::uint64_t>(rows.number(0));
            next = std::find_if(next, leaves.end(), [&](Found const& one) { return one.position >= position; });
            if (next != leaves.end() && next->position == position) next->sealed = to_bytes(rows.blob(1));
        }
        rows.reset();
        return ok();
    }
};

Result<EventReader> EventReader::open(Database& reader, OpeningKey const& key, SubjectKeys const& subjects,
                                      std::filesystem::path const& logs) {
    EventReader events(reader, key, subjects, logs);
    FANLIGHT_TRY(events.find_shards());
    return events;
}

/// What is on disk; and what the store alone knows of, which is an error for who asks for it and for nobody else.
Result<void> EventReader::find_shards() {
    std::error_code problem;
    for (auto const& entry : std::filesystem::directory_iterator(logs_, problem)) {
        auto const shard = protocol::parse_shard_name(entry.path().filename().string());
        if (!shard) continue;
        FANLIGHT_TRY(auto const leaves, published(entry.path()));
        shards_.push_back({shard.assume_value(), leaves});
    }
    FANLIGHT_TRY(auto const stored, stored_shards(*reader_));
    for (auto const& one : stored)
        if (std::ranges::find(shards_, one.shard, &Shard::shard) == shards_.end()) shards_.push_back(one);
    std::ranges::sort(shards_, is_earlier, &Shard::shard);
    return ok();
}

LogEvent EventReader::event_of(LeafPlace const& place, crypto::Leaf const& leaf, ByteView sealed) const {
    LogEvent event{place, leaf, {}, {}};
    if (sealed.empty()) return event;
    auto opening = open_opening(*key_, *subjects_, place.shard, place.position, sealed);
    if (!opening) return event;
    event.time = time_of(opening.assume_value());
    event.opening = std::move(opening).assume_value();
    return event;
}

Result<void> EventReader::read(EventFilter const& filter, Each const& each) {
    auto const first_year = filter.from ? year_of(*filter.from - step_back) : 0;
    std::optional<Instant> last; // of the leaf before
    for (auto const& known : shards_) {
        bool const before = filter.first && is_earlier(known.shard, filter.first->shard);
        if (before || protocol::year_of_shard(known.shard) < first_year) continue;
        if (filter.to && protocol::year_of_shard(known.shard) > year_of(*filter.to + step_back)) return ok();
        FANLIGHT_TRY(auto source, Source::open(*this, known.shard));
        std::uint64_t start = 0;
        if (filter.from) {
            FANLIGHT_TRY(start, source.start_of(*this, *filter.from, known.leaves));
        }
        if (filter.first && filter.first->shard == known.shard) start = std::max(start, filter.first->position);
        for (auto number = start / Tile::full_width;; ++number) {
            auto const first = number * Tile::full_width;
            FANLIGHT_TRY(auto const bundle, source.bundle(number));
            FANLIGHT_TRY(auto found, Source::wanted(bundle, first, start, filter));
            FANLIGHT_TRY(source.fetch(found));
            for (auto const& one : found) {
                auto const event = event_of({known.shard, one.position}, one.leaf, one.sealed);
                if (event.time) last = event.time;
                if (filter.to && last && *last >= *filter.to + step_back) return ok();
                if (filter.from && event.time && *event.time < *filter.from) continue;
                if (filter.to && last && *last >= *filter.to) continue;
                if (filter.peer && (!event.opening || !names_peer(*event.opening, *filter.peer))) continue;
                if (!each(event)) return ok();
            }
            if (bundle.size() < Tile::full_width * entry_bytes) break;
        }
    }
    return ok();
}

Result<LogEvent> EventReader::at(LeafPlace const& place) {
    constexpr auto no_leaf = "The log has no leaf at this place.";
    auto const number = place.position / Tile::full_width;
    auto const offset = (place.position % Tile::full_width) * entry_bytes;
    auto source = Source::open(*this, place.shard);
    if (!source && source.error().code == Errc::missing) return fail(Errc::missing, "log leaf", no_leaf);
    if (!source) return source.as_failure();
    FANLIGHT_TRY(auto const bundle, source.assume_value().bundle(number));
    if (offset >= bundle.size()) return fail(Errc::missing, "log leaf", no_leaf);
    FANLIGHT_TRY(auto const leaf, parse_entry(ByteView(bundle).subspan(offset, entry_bytes), place.position));
    std::vector<Found> one{{place.position, leaf, {}}};
    FANLIGHT_TRY(source.assume_value().fetch(one));
    return event_of(place, leaf, one.front().sealed);
}

} // namespace fanlight::node
