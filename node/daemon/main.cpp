// fanlight-node: the daemon of one party.

#include "node/daemon/daemon.hpp"
#include "node/offline/process.hpp"
#include "protocol/identity/standardise.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

namespace {

using namespace fanlight;

int report(Error const& error) {
    std::fprintf(stderr, "fanlight-node: %s\n", describe(error).c_str());
    return exit_code(error.code);
}

using Daemon = Result<void> (*)(node::OpenDirectory&, node::AcceptedAgreement);

int run(std::filesystem::path const& data, node::KeySource const& source, Daemon daemon) {
    // Two nodes must compute the same anchors from the same name, whatever ICU they run with.
    if (auto const same = protocol::check_transliteration(); !same) return report(same.assume_error());
    auto directory = node::open_directory_with_key(data, source);
    if (!directory) return report(directory.assume_error());
    std::vector<policy::Finding> findings;
    auto accepted = node::load_agreement(directory.assume_value(), findings);
    for (auto const& finding : findings) std::fprintf(stderr, "agreement: %s\n", policy::describe(finding).c_str());
    if (!accepted) return report(accepted.assume_error());
    auto const now = node::wall_clock();
    auto const& agreement = accepted.assume_value().agreement();
    for (auto const& finding : policy::check_dates(agreement, day_of(now)))
        std::fprintf(stderr, "agreement: %s\n", policy::describe(finding).c_str());
    if (agreement.effective_from > now)
        return report({Errc::expired, "agreement", "It is not in force yet; its effective_from is in the future."});
    auto const ended = daemon(directory.assume_value(), std::move(accepted).assume_value());
    return ended ? 0 : report(ended.assume_error());
}

} // namespace

int main(int argc, char** argv) {
    fanlight::node::close_doors();
    fanlight::crypto::start_library();
    spdlog::set_default_logger(spdlog::stderr_logger_mt("fanlight"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    spdlog::flush_on(spdlog::level::info);

    CLI::App app("The Fanlight node of one party: answers or asks under the signed agreement, and logs everything.");
    app.set_version_flag("--version", "fanlight-node " FANLIGHT_VERSION);
    app.require_subcommand(1);
    auto* const run_command = app.add_subcommand(
        "run", "Run the node of a data directory until SIGTERM.\n"
               "The key comes from a passphrase at the terminal, or unattended from a file descriptor:\n"
               "  fanlight-node run --data /var/lib/fanlight --key-fd 3 3</run/credentials/fanlight.key");
    std::filesystem::path data;
    fanlight::node::KeySource source;
    auto* const restore_command = app.add_subcommand(
        "restore",
        "Instead of `run`, with a data directory put back from a backup: gets what its log had since from the\n"
        "other parties, changes the directory once all is there, and ends. SIGTERM ends it without a change.");
    for (auto* const command : {run_command, restore_command}) {
        command->add_option("--data", data, "Data directory made by `fanlight init`")->required();
        auto* const key_fd = command->add_option("--key-fd", source.key_fd, "Read the node key from this descriptor");
        command->add_option("--passphrase-fd", source.passphrase_fd, "Read the passphrase from this descriptor")
            ->excludes(key_fd);
    }
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? 0 : 64; // EX_USAGE
    }
    return run(data, source, restore_command->parsed() ? fanlight::node::run_restore : fanlight::node::run_daemon);
}
