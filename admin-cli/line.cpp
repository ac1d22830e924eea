#include "admin-cli/line.hpp"

#include <CLI/CLI.hpp>

namespace fanlight::cli {

CLI::App* verb_anywhere(CLI::App& parent, Line& line, char const* name, char const* help) {
    auto* const command = parent.add_subcommand(name, help);
    command->add_flag("--json", line.common.json, "Print JSON for programs");
    return command;
}

CLI::App* verb(CLI::App& parent, Line& line, char const* name, char const* help, bool data_required) {
    auto* const command = parent.add_subcommand(name, help);
    auto* const data =
        command->add_option("--data", line.common.data, "The node's data directory")->envname("FANLIGHT_DATA");
    if (data_required) data->required();
    command->add_flag("--json", line.common.json, "Print JSON for programs");
    return command;
}

void add_key_options(CLI::App& command, node::KeySource& source) {
    auto* const key = command.add_option("--key-fd", source.key_fd,
                                         "Take the node key (32 bytes or 64 hex digits) from this file descriptor");
    command.add_option("--passphrase-fd", source.passphrase_fd, "Read the passphrase from this file descriptor")
        ->excludes(key);
}

} // namespace fanlight::cli
