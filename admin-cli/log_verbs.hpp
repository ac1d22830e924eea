#pragma once
// `fanlight log ...`: a node's log for an information governance officer.

#include "admin-cli/fsck_verb.hpp"
#include "admin-cli/splice_verb.hpp"
#include "admin-cli/verbs.hpp"

namespace fanlight::cli {

/// Which leaves, as typed. Errors name the option.
struct LogPeriod {
    std::string since;   ///< "7d", "2026-11-14", "2026-11-14T09:05:00Z"; empty: from the beginning
    std::string until;   ///< likewise; empty: now
    std::string classes; ///< "refusal,break_glass"; empty: all
    std::string peer;    ///< a party; empty: all
};

struct LogListOptions {
    LogPeriod period;
    bool exceptions = false;
    std::uint32_t limit = 100;
};
int log_list(Common const& common, LogListOptions const& options);
int log_show(Common const& common, std::string const& place);
int log_heads(Common const& common, std::filesystem::path const& out); ///< empty: to no file

struct LogSampleOptions {
    LogPeriod period;
    std::uint32_t n = 10;
    std::string seed;
};
int log_sample(Common const& common, LogSampleOptions const& options);

struct LogReviewOptions {
    std::string place;
    std::string verdict;
    std::string user;
    std::string note;
};
int log_review(Common const& common, LogReviewOptions const& options);

struct LogExportOptions {
    LogPeriod period;
    std::string format = "csv"; ///< "csv", "jsonl", "html"
    std::filesystem::path out;
    std::string user;
};
int log_export(Common const& common, LogExportOptions const& options);

struct LogProveOptions {
    std::string place;
    std::string reveal;        ///< field names, separated by commas
    std::filesystem::path out; ///< without its ending; empty: named after the place
};
int log_prove(Common const& common, LogProveOptions const& options);

struct LogCheckOptions {
    std::vector<std::filesystem::path> files;
    std::filesystem::path policy; ///< one of these two
    std::string key;
};
int log_check(Common const& common, LogCheckOptions const& options);

struct LogReconcileOptions {
    std::string peer;
    std::string since = "7d";
    bool wait = false;
};
int log_reconcile(Common const& common, LogReconcileOptions const& options);

struct LogEraseOptions {
    std::string record;  ///< one person: by this,
    std::string id;      ///< by a case and
    std::string person;  ///< a person of it,
    std::string subject; ///< or by the log's own pseudonym
    std::string decision;
    std::string user;
    bool dry_run = false;
    bool yes = false;
};
int log_erase(Common const& common, LogEraseOptions const& options);

struct LogReceiptOptions {
    std::string which; ///< place of our leaf, or exchange tag
    std::filesystem::path out;
};
int log_receipt(Common const& common, LogReceiptOptions const& options);
int log_policy(Common const& common);

struct LogBreakGlassOptions {
    std::string user;
    std::string approver;
    std::string reason;
    std::uint32_t hours = 0;
    bool yes = false;
};
int log_break_glass(Common const& common, LogBreakGlassOptions const& options);

/// The options of all of them.
struct LogLine {
    LogListOptions list;
    std::string place;
    std::filesystem::path head_out;
    LogSampleOptions sample;
    LogReviewOptions review;
    LogExportOptions made;
    LogProveOptions prove;
    LogCheckOptions check;
    LogReconcileOptions reconcile;
    LogEraseOptions erase;
    LogReceiptOptions receipt;
    LogBreakGlassOptions glass;
    FsckOptions fsck;
    LogSpliceOptions splice;
    LogRecordHashesOptions hashes;
};

} // namespace fanlight::cli
