#pragma once
// The verbs of `fanlight`. Each prints for people, or JSON for programs, and returns the exit code.

#include "node/offline/data_directory.hpp"

#include <filesystem>
#include <string>

namespace fanlight::cli {

/// What every verb shares.
struct Common {
    std::filesystem::path data; ///< the node's data directory
    bool json = false;
};

struct InitOptions {
    std::string party;
    std::string mode = "live";
    std::string domain;
    std::string listen;      ///< address, at the coordinator
    std::string coordinator; ///< address, everywhere else
    node::KeySource source;
};
int init(Common const& common, InitOptions const& options);

struct AcceptOptions {
    std::filesystem::path agreement;
    std::filesystem::path key_notes;
    std::string fingerprint; ///< typed by hand; asked for at the terminal if empty
    node::KeySource source;
};
int agreement_accept(Common const& common, AcceptOptions const& options);
int key_show(Common const& common);
/// For people, or as JSON: the words to read over the phone, and hex.
void show_fingerprint(char const* of, node::Fingerprint const& print, bool as_json);

// Agreements as files: on any machine, without a node. A file is a draft (TOML) or a signed note.
int agreement_show(Common const& common, std::filesystem::path const& agreement); ///< empty: the one in force
int agreement_check(Common const& common, std::filesystem::path const& agreement);
int agreement_verify(Common const& common, std::filesystem::path const& agreement);
int agreement_diff(Common const& common, std::filesystem::path const& before, std::filesystem::path const& after);

struct OfficerOptions {
    std::string party;
    std::string role; ///< "officer" or "dpo"
    std::string domain;
    std::string mode = "live";
    std::filesystem::path file;
    node::KeySource source; ///< its passphrase
};
int officer_keygen(Common const& common, OfficerOptions const& options);
int officer_show(Common const& common, std::filesystem::path const& key);

struct SignOptions {
    std::filesystem::path file; ///< draft or note
    std::filesystem::path key;
    std::filesystem::path out; ///< empty: a note is signed where it is, a draft gets a note beside it
    bool yes = false;          ///< do not ask
    node::KeySource source;    ///< passphrase of the key
};
int agreement_sign(Common const& common, SignOptions const& options);

struct ImportOptions {
    std::filesystem::path file;
    std::filesystem::path map; ///< of any layout; empty: the documented one
    bool check = false;        ///< only report
    bool wait = false;         ///< until everybody is enrolled
};
int import_people(Common const& common, ImportOptions const& options);

struct QueryOptions {
    std::vector<std::filesystem::path> families; ///< asked about at the same time
    Duration timeout = std::chrono::seconds(60);
};
int query(Common const& common, QueryOptions const& options);
int case_show(Common const& common, std::string const& id);
int status(Common const& common);
int log_verify(Common const& common);
int matches(Common const& common);

struct CeremonyOptions {
    std::string holders; ///< party ids, separated by commas; empty: everybody the agreement lets
    std::string dealers; ///< of a reshare
    bool reshare = false;
};
int ceremony_start(Common const& common, CeremonyOptions const& options);
int ceremony_join(Common const& common, std::string const& typed);
int ceremony_status(Common const& common);
int ceremony_abandon(Common const& common);
int epoch_open(Common const& common);

/// Files of people whose truth is known, and how to read them.
struct MatchFiles {
    std::filesystem::path left;
    std::vector<std::filesystem::path> right;
    std::filesystem::path map;
    std::filesystem::path right_map; ///< empty: the same
    std::string truth;               ///< column; empty: as the map says
    std::string family;              ///< column; may be empty
    std::size_t limit = 0;           ///< rows asked about; 0: all
};
struct LearnOptions {
    double precision = 0.999;
    double ridge = 1;
    std::int32_t keep_from = 10;
};
struct MatchLearnOptions {
    MatchFiles files;
    LearnOptions settings;
    std::filesystem::path out;
    std::string command; ///< as it was typed, for the comment in `out`
};
int match_learn(Common const& common, MatchLearnOptions const& options);

struct MatchEvaluateOptions {
    MatchFiles files;
    std::filesystem::path points;    ///< one of these three
    std::filesystem::path agreement; //
    std::filesystem::path train_left;
    std::vector<std::filesystem::path> train_right;
    LearnOptions settings; ///< of the training
    bool fast = false;     ///< hashed tokens instead of evaluated ones
    std::string show;      ///< "wrong", "missed" or empty
    bool not_real_people = false;
    bool no_forename_veto = false; ///< for files without families
};
int match_evaluate(Common const& common, MatchEvaluateOptions const& options);

} // namespace fanlight::cli
