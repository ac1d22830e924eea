#pragma once
// Verbs of the register, at a running node: what is in force, what waits for signatures; proposing, signing, stopping.

#include "admin-cli/verbs.hpp"

namespace fanlight::cli {

/// What an officer signs at a node: a note that waits there, or a statement made of these words.
struct StatementOptions {
    std::string which;  ///< a proposal's first digits, "in-force", or "version-2"
    std::string party;  ///< whom it is about
    std::string reason; ///< one line; it is in the register for everybody to read
    std::filesystem::path key;
    std::filesystem::path out;
    bool yes = false;
    node::KeySource source; ///< passphrase of the key
};

int agreement_propose(Common const& common, std::filesystem::path const& note);
int agreement_proposals(Common const& common);
int agreement_fetch(Common const& common, StatementOptions const& options);
int agreement_revoke(Common const& common, StatementOptions const& options);
int register_status(Common const& common);
int register_sign(Common const& common, StatementOptions const& options);
int party_suspend(Common const& common, StatementOptions const& options, bool lifted);
int party_remove(Common const& common, StatementOptions const& options);

/// The note of a running node. Errc::unreachable: it is not running; Errc::missing.
Result<std::string> note_of_node(std::filesystem::path const& data, std::string const& which);

} // namespace fanlight::cli
