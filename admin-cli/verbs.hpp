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
int agreement_show(Common const& common, std::filesystem::path const& agreement);
int key_show(Common const& common);

int import_people(Common const& common, std::filesystem::path const& file, bool check_only, bool wait);

struct QueryOptions {
    std::vector<std::filesystem::path> families; ///< asked about at the same time
    Duration timeout = std::chrono::seconds(60);
};
int query(Common const& common, QueryOptions const& options);
int case_show(Common const& common, std::string const& id);
int status(Common const& common);
int log_verify(Common const& common);

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

} // namespace fanlight::cli
