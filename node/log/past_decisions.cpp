// The class of a leaf is in the log's bundles only, and what it says is in the store only. A bundle is one file of 256
// leaves, so that knowing which openings not to decrypt costs a small part of decrypting one.

#include "node/log/past_decisions.hpp"

#include "base/byte_reader.hpp"
#include "node/log/files.hpp"
#include "node/log/right_edge.hpp"

#include <bitset>

namespace fanlight::node {

namespace {

using crypto::FieldTag;

constexpr auto step_back = std::chrono::days(1); // a clock that is set back by less hides nothing

/// What was read so far, and for whom.
struct Reading {
    OpeningKey const& key;
    Instant since;
    EachPastDecision const& each;
    PastDecisions counts;
};

std::optional<Instant> time_of(std::vector<crypto::Field> const& fields) {
    for (auto const& field : fields) {
        if (field.tag != FieldTag::time) continue;
        ByteReader in(field.value);
        auto const time = in.instant();
        if (in.finish("log leaf: time")) return time;
    }
    return std::nullopt;
}

/// The one value of a field that a leaf has once; nothing if it is not there, or twice.
std::optional<std::string_view> only(std::vector<crypto::Field> const& fields, FieldTag tag) {
    std::optional<std::string_view> value;
    for (auto const& field : fields) {
        if (field.tag != tag) continue;
        if (value) return std::nullopt;
        value = as_text(field.value);
    }
    return value;
}

/// False: not rehearsable. A new leaf in which the agreement was asked nothing has purpose and route all the same.
bool hand_on(std::vector<crypto::Field> const& fields, Reading& reading) {
    auto const purpose = only(fields, FieldTag::purpose);
    auto const route = only(fields, FieldTag::route);
    if (!purpose || !route) return false;
    std::vector<policy::PastDecision> decisions;
    for (auto const& field : fields) {
        if (field.tag != FieldTag::request) continue;
        auto decision = policy::decode_past_decision(field.value);
        if (!decision) return false;
        decisions.push_back(std::move(decision).assume_value());
    }
    for (auto const& decision : decisions) reading.each(decision, *purpose, *route);
    reading.counts.decisions += decisions.size();
    return true;
}

void look_at(Result<std::vector<crypto::Field>> const& fields, Reading& reading) {
    auto const time = fields ? time_of(fields.assume_value()) : std::nullopt;
    if (time && *time < reading.since) return;
    ++reading.counts.leaves;
    if (!time || !hand_on(fields.assume_value(), reading)) ++reading.counts.not_rehearsable;
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

using Marked = std::bitset<Tile::full_width>;
/// Which leaves of a bundle are decisions.
Result<Marked> decisions_in(ByteView bundle, std::uint64_t first) {
    Marked marked;
    for (std::size_t i = 0; i * entry_bytes < bundle.size(); ++i) {
        FANLIGHT_TRY(auto const leaf, parse_entry(bundle.subspan(i * entry_bytes, entry_bytes), first + i));
        marked[i] = leaf.kind == crypto::LeafClass::decision;
    }
    return marked;
}

/// One year.
class Shard {
  public:
    static Result<Shard> open(Database& reader, int shard, std::filesystem::path const& logs) {
        FANLIGHT_TRY(auto directory, open_directory(logs / std::to_string(shard)));
        // The sealed bytes are read for decisions only: SQLite goes to the row when a column of it is asked for.
        FANLIGHT_TRY(auto rows, reader.prepare("SELECT position, sealed FROM opening WHERE shard = ?1 AND "
                                               "position >= ?2 AND position < ?3 ORDER BY position"));
        return Shard(shard, std::move(directory), std::move(rows));
    }

    Result<void> read(Reading& reading, std::uint64_t count) {
        FANLIGHT_TRY(auto const start, start_of(reading, count));
        for (auto number = start / Tile::full_width;; ++number) {
            auto const first = number * Tile::full_width;
            FANLIGHT_TRY(auto const bundle, read_bundle(directory_, number));
            FANLIGHT_TRY(auto marked, decisions_in(bundle, first));
            for (auto i = first; i < start; ++i) marked[i - first] = false;
            FANLIGHT_TRY(read_marked(reading, first, marked));
            if (bundle.size() < Tile::full_width * entry_bytes) return ok();
        }
    }

  private:
    Shard(int shard, FileDescriptor directory, Statement rows)
        : shard_(shard), directory_(std::move(directory)), rows_(std::move(rows)) {}

    void bind(std::uint64_t first, std::uint64_t end) {
        rows_.bind(1, std::int64_t(shard_)).bind(2, static_cast<std::int64_t>(first));
        rows_.bind(3, static_cast<std::int64_t>(end));
    }

    /// False only if the leaf is there, and says that it is older than anything asked for.
    Result<bool> is_before(Reading const& reading, std::uint64_t position) {
        bind(position, position + 1);
        FANLIGHT_TRY(auto const row, rows_.step());
        std::optional<Instant> time;
        if (row) {
            auto const fields = open_opening(reading.key, shard_, position, rows_.blob(1));
            if (fields) time = time_of(fields.assume_value());
        }
        rows_.reset();
        return time && *time < reading.since - step_back;
    }

    /// The first leaf to look at, by halving: time goes forward in a log.
    Result<std::uint64_t> start_of(Reading const& reading, std::uint64_t count) {
        std::uint64_t low = 0;
        for (auto high = count; low < high;) {
            auto const middle = low + (high - low) / 2;
            FANLIGHT_TRY(auto const before, is_before(reading, middle));
            if (before)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    Result<void> read_marked(Reading& reading, std::uint64_t first, Marked marked) {
        if (marked.none()) return ok();
        bind(first, first + Tile::full_width);
        for (;;) {
            FANLIGHT_TRY(auto const row, rows_.step());
            if (!row) break;
            auto const position = static_cast<std::uint64_t>(rows_.number(0));
            if (!marked[position - first]) continue;
            marked[position - first] = false;
            look_at(open_opening(reading.key, shard_, position, rows_.blob(1)), reading);
        }
        rows_.reset();                           // lets go of this moment of the store
        reading.counts.leaves += marked.count(); // erased
        reading.counts.not_rehearsable += marked.count();
        return ok();
    }

    int shard_;
    FileDescriptor directory_;
    Statement rows_;
};

struct KnownShard {
    int shard;
    std::uint64_t count;
};
/// Every year from `first` on; by steps through the index, because the table has a row for each leaf.
Result<std::vector<KnownShard>> shards_from(Database& reader, int first) {
    FANLIGHT_TRY(auto next,
                 reader.prepare("SELECT shard, (SELECT max(position) + 1 FROM opening WHERE shard = o.shard) "
                                "FROM opening AS o WHERE shard >= ? ORDER BY shard LIMIT 1"));
    std::vector<KnownShard> shards;
    for (std::int64_t from = first;;) {
        next.bind(1, from);
        FANLIGHT_TRY(auto const row, next.step());
        if (!row) return shards;
        auto const shard = next.number(0);
        shards.push_back({static_cast<int>(shard), static_cast<std::uint64_t>(next.number(1))});
        next.reset();
        from = shard + 1;
    }
}

} // namespace

Result<PastDecisions> past_decisions(Database& reader, OpeningKey const& key, std::filesystem::path const& logs,
                                     Instant since, EachPastDecision const& each) {
    Reading reading{key, since, each, {}};
    auto const year = int(std::chrono::year_month_day(day_of(since - step_back)).year());
    FANLIGHT_TRY(auto const shards, shards_from(reader, year));
    for (auto const& [number, count] : shards) {
        FANLIGHT_TRY(auto shard, Shard::open(reader, number, logs));
        FANLIGHT_TRY(shard.read(reading, count));
    }
    return reading.counts;
}

} // namespace fanlight::node
