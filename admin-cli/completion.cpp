#include "admin-cli/completion.hpp"

#include <CLI/CLI.hpp>

namespace fanlight::cli {

namespace {

struct Script {
    std::string cases; ///< what may follow each command
    std::string known; ///< every command, as the patterns of one case
};

void add(CLI::App const& app, std::string const& path, Script& script) {
    std::string words;
    for (auto const* command : app.get_subcommands({})) words += command->get_name() + " ";
    for (auto const* option : app.get_options()) {
        for (auto const& name : option->get_lnames()) words += "--" + name + " ";
    }
    script.cases += "        \"" + path + "\") words=\"" + words + "\" ;;\n";
    if (!path.empty()) script.known += (script.known.empty() ? "\"" : "|\"") + path + "\"";
    for (auto const* command : app.get_subcommands({}))
        add(*command, path + (path.empty() ? "" : " ") + command->get_name(), script);
}

} // namespace

std::string bash_completion(CLI::App const& app) {
    Script script;
    add(app, "", script);
    return "# bash completion for fanlight: eval \"$(fanlight completion bash)\"\n"
           "_fanlight() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" words=\"\" word next\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        next=\"${path:+$path }$word\"\n"
           "        case \"$next\" in " +
           script.known +
           ") path=$next ;; esac\n"
           "    done\n"
           "    case \"$path\" in\n" +
           script.cases +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "    case \"$current\" in -*) ;; *) COMPREPLY+=($(compgen -f -- \"$current\")) ;; esac\n"
           "}\n"
           "complete -o filenames -F _fanlight fanlight\n";
}

} // namespace fanlight::cli
