#pragma once
// The command line of `fanlight` as it is read: every command puts its options here and calls its verb.

#include "admin-cli/log_verbs.hpp"
#include "admin-cli/register_verbs.hpp"
#include "admin-cli/rehearse_verb.hpp"
#include "admin-cli/rotate_verb.hpp"
#include "admin-cli/verbs.hpp"

namespace CLI {
class App;
}

namespace fanlight::cli {

struct Line {
    Common common;
    InitOptions init;
    AcceptOptions accept;
    OfficerOptions officer;
    SignOptions sign;
    StatementOptions statement;
    RehearseOptions rehearse;
    RotateOptions rotate;
    QueryOptions query;
    ImportOptions import;
    CeremonyOptions ceremony;
    MatchEvaluateOptions evaluate;
    MatchLearnOptions learn;
    LogLine log;
    std::string fingerprint;
    std::filesystem::path agreement;
    std::filesystem::path after; ///< the other one, to compare with
    std::string case_id;
    std::uint32_t timeout_s = 60;
    int code = 0;
};

/// A command that works on a node: with --data (needed unless `data_required` is false) and --json.
CLI::App* verb(CLI::App& parent, Line& line, char const* name, char const* help, bool data_required = true);
/// A command that needs no node: with --json alone.
CLI::App* verb_anywhere(CLI::App& parent, Line& line, char const* name, char const* help);
void add_key_options(CLI::App& command, node::KeySource& source);

/// `fanlight agreement ...` and `fanlight officer ...`.
void add_agreement(CLI::App& app, Line& line);
/// `fanlight log ...`.
void add_log(CLI::App& app, Line& line);
/// `fanlight register ...`, `fanlight party ...`, and what of `agreement` needs a running node.
void add_register(CLI::App& app, CLI::App& agreement, Line& line);

} // namespace fanlight::cli
