#pragma once
// The log of a running node as information governance looks at it, as the local interface answers it. Everything here
// runs on a worker thread, with a view of the store of its own, unless it says otherwise.

#include "node/http/log_export.hpp"
#include "node/offline/data_directory.hpp"
#include "protocol/engine/reconciler.hpp"

#include <boost/json/array.hpp>

#include <memory>

namespace fanlight::node {

inline constexpr std::size_t listed_max = 10'000;  ///< rows in one answer
inline constexpr std::size_t sample_max = 1'000;   ///< leaves drawn at once
inline constexpr std::size_t seed_bytes_max = 200; ///< of a sample

/// The log and what it commits to, opened beside the running node.
class LogReading {
  public:
    /// `directory` is only read, and outlives it. Errc::io, Errc::wrong_key, Errc::damaged.
    static Result<std::unique_ptr<LogReading>> open(OpenDirectory const& directory);
    EventReader& events() { return *events_; }
    Database& database() { return database_; }
    std::filesystem::path log_of(std::int32_t shard) const; ///< its directory

  private:
    LogReading(OpenDirectory const& directory, Database database, SubjectKeys subjects);
    std::filesystem::path logs_;
    Database database_;
    OpeningKey key_;
    SubjectKeys subjects_;
    std::optional<EventReader> events_;
};

/// Parameters of a request:
/// "from_ms=..&to_ms=..&class=refusal,gap&peer=housing&exchange=<hex>&first=2026/17&limit=100".
struct LogQuestion {
    EventFilter filter;
    bool exceptions_only = false;
    std::size_t limit = 100;
};
/// Errc::malformed: a parameter that is not known or has not its form.
Result<LogQuestion> parse_log_question(std::string_view query);
/// The value of a parameter as it stands; nothing in it is decoded.
std::optional<std::string_view> parameter(std::string_view query, std::string_view name);

/// Counts of exceptions and classes over all that is asked for, the newest `limit` exceptions, the newest `limit` rows;
/// fillers are counted by themselves, and are rows only where their class is asked for.
Result<boost::json::object> list_view(EventReader& reader, LogQuestion const& question);

/// One leaf, with the marks of reviews about it and the erasures that name it.
struct LogLook {
    LogEvent event;
    boost::json::object view;
};
Result<LogLook> show_view(LogReading& reading, protocol::LeafPlace const& place);
/// On the core's thread: what the agreement under which the leaf was written says in the clauses that it cites.
void add_agreement(boost::json::object& view, LogEvent const& event, protocol::Self const& self);

/// Which leaves another person draws from the same log with the same seed: of all that are asked for, the n whose
/// HMAC-SHA256(seed, u32 shard || u64 position) are smallest; listed in order of place. Stable: leaves outside the
/// period change nothing, and fillers are not drawn unless their class is asked for. Errc::malformed: n is 0 or over
/// sample_max, or the seed is empty or too long.
Result<boost::json::object> sample_view(EventReader& reader, EventFilter const& filter, std::size_t n,
                                        std::string_view seed);

/// "proof": a C2SP tlog-proof; "leaf" and "opening" as hex, where the opening shows only fields with these tags; and
/// its fields in words. `head` as prove_leaf.
Result<boost::json::object> proof_view(LogReading& reading, protocol::LeafPlace const& place,
                                       std::span<crypto::FieldTag const> reveal, std::string head);

/// Every place at which the log says something about a person, in order. Errc::too_large: more than
/// protocol::erasure_leaves_max.
Result<std::vector<protocol::LeafPlace>> places_about(EventReader& reader, crypto::Pseudonym const& subject);
/// The row of a record that this agency holds now. Errc::missing.
Result<protocol::RecordRow> row_of_record(Database& database, std::string_view record);

/// On the core's thread.
boost::json::object reconciliation_view(protocol::Reconciliation const& item);
/// Of each peer with which one has ended: "peer", "count" of what only one end has, and "asked".
boost::json::array unmatched_view(protocol::Reconciler const& reconciler);

} // namespace fanlight::node
