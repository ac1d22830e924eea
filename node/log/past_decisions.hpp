#pragma once
// The decisions of this node's log, read from their openings to try a draft agreement on them. Never a person: neither
// the pseudonym nor the query of a decision is handed on.

#include "node/store/database.hpp"
#include "node/store/opening.hpp"
#include "policy/rehearse.hpp"

#include <filesystem>
#include <functional>

namespace fanlight::node {

struct PastDecisions {
    std::uint64_t leaves = 0;    ///< decision leaves since then; one has the decisions about a whole query
    std::uint64_t decisions = 0; ///< that were handed on
    /// Of those leaves: written before FieldTag::request was, erased (somebody in it is enough), damaged, or not to be
    /// opened with this key. All or nothing: of such a leaf nothing was handed on.
    std::uint64_t not_rehearsable = 0;
};
/// The texts live during the call only.
using EachPastDecision =
    std::function<void(policy::PastDecision const& decision, std::string_view purpose, std::string_view route)>;

/// Hands on every decision since `since`, oldest first, over all years of the log. `logs` is the directory that has one
/// log for each year. Beside a running node, on any thread: `reader` is Database::open_reader; it holds no view of the
/// store for longer than 256 leaves take, so that the node can cut its write-ahead log meanwhile. Bounded memory.
/// What the node logs while this reads may or may not be in it. Leaves are found by their time as far as the clock of
/// the node went forward: one that was set back by more than a day may hide what it had logged before that.
/// Neither tree nor commitments are checked: `fanlight log verify` does that.
/// Errc::missing, Errc::damaged, Errc::io: a log or the store cannot be read.
Result<PastDecisions> past_decisions(Database& reader, OpeningKey const& key, SubjectKeys const& subjects,
                                     std::filesystem::path const& logs, Instant since, EachPastDecision const& each);

} // namespace fanlight::node
