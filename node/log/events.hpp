#pragma once
// Reading a node's log as information governance does: leaf by leaf, with what each commits to. On any thread, beside
// the running node: it reads the tiles and a database view of its own.

#include "crypto/leaf.hpp"
#include "node/store/database.hpp"
#include "node/store/opening.hpp"
#include "protocol/engine/own_log.hpp"

#include <filesystem>
#include <functional>
#include <set>

namespace fanlight::node {

struct LogEvent {
    protocol::LeafPlace place;
    crypto::Leaf leaf;
    std::optional<Instant> time;                 ///< none: the opening is gone, or cannot be read
    std::optional<crypto::ShownOpening> opening; ///< none: not in the store (a filler, or lost and fetched from peers)
};

/// Which leaves. All that is asked for must hold.
struct EventFilter {
    std::optional<protocol::LeafPlace> first; ///< at or after this place
    std::optional<Instant> from;              ///< at or after
    std::optional<Instant> to;                ///< before
    std::optional<std::set<crypto::LeafClass>> kinds;
    std::optional<std::string> peer;
    std::optional<crypto::ExchangeTag> exchange;
};

class EventReader {
  public:
    /// `logs` is the directory of all shards. Errc::io, Errc::damaged. The references outlive it.
    static Result<EventReader> open(Database& reader, OpeningKey const& key, SubjectKeys const& subjects,
                                    std::filesystem::path const& logs);

    /// False from `each`: enough. In order of place, by year first, every leaf that is durable, published or not; one
    /// that is written meanwhile may or may not be among them. A leaf is looked up by time through halving, since time
    /// goes forward in a log; a clock that was set back by less than a day hides nothing. A leaf whose time cannot be
    /// read is never left out for its time, only, with `to`, where the one before it is later already. Bounded memory;
    /// no view of the store is held for longer than 256 leaves take. Neither tree nor commitments are checked:
    /// `fanlight log verify` does that. Errc::missing, Errc::damaged, Errc::io: a log or the store cannot be read.
    using Each = std::function<bool(LogEvent const&)>;
    Result<void> read(EventFilter const& filter, Each const& each);
    /// Errc::missing: no such leaf.
    Result<LogEvent> at(protocol::LeafPlace const& place);
    struct Shard {
        std::int32_t shard = 0;
        std::uint64_t leaves = 0; ///< published, when this was opened
    };
    std::vector<Shard> const& shards() const { return shards_; } ///< in the order in which read() goes through them

  private:
    struct Source;
    EventReader(Database& reader, OpeningKey const& key, SubjectKeys const& subjects, std::filesystem::path logs)
        : reader_(&reader), key_(&key), subjects_(&subjects), logs_(std::move(logs)) {}
    Result<void> find_shards();
    LogEvent event_of(protocol::LeafPlace const& place, crypto::Leaf const& leaf, ByteView sealed) const;

    Database* reader_;
    OpeningKey const* key_;
    SubjectKeys const* subjects_;
    std::filesystem::path logs_;
    std::vector<Shard> shards_;
};

} // namespace fanlight::node
