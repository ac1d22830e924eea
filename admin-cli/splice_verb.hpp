#pragma once
// `fanlight log splice`: whether answers were shown as those of the people whom they are about, from the proved leaves
// of both ends (protocol/engine/splice.hpp). On any machine, without a node; and the verb at an agency's node that says
// what one of its records has, for that check.

#include "admin-cli/verbs.hpp"

namespace fanlight::cli {

/// Files of `fanlight log prove`, by either of their two names.
struct LogSpliceOptions {
    std::filesystem::path sent;                  ///< coordinator's leaf of the query, slot_commitments,slot_opening
    std::filesystem::path received;              ///< agency's leaf of it, slot_commitments
    std::filesystem::path answer;                ///< coordinator's leaf of the answer, slots
    std::vector<std::filesystem::path> records;  ///< of log_record_hashes
    std::vector<std::filesystem::path> others;   ///< coordinator's leaves of the case's other queries, as `sent`
    std::vector<std::filesystem::path> policies; ///< none: what the leaves say is looked at, not whose they are
};
/// 0: nothing was found, and everything was looked at. Errc::damaged: the logs contradict what was shown.
/// Errc::missing: nothing was found, but something is hidden or erased.
int log_splice(Common const& common, LogSpliceOptions const& options);

struct LogRecordHashesOptions {
    std::string record;      ///< the agency's own id of it
    std::uint32_t slot = 0;  ///< from 1, in which it was matched
    std::uint32_t epoch = 0; ///< of the query; 0: the open one
    std::filesystem::path out;
};
/// Writes a file for LogSpliceOptions::records.
int log_record_hashes(Common const& common, LogRecordHashesOptions const& options);

} // namespace fanlight::cli
