#include "admin-cli/completion.hpp"

#include <CLI/CLI.hpp>

namespace fanlight::cli {

namespace {

void add_cases(CLI::App const& app, std::string const& path, std::string& out) {
    std::string words;
    for (auto const* command : app.get_subcommands({})) words += command->get_name() + " ";
    for (auto const* option : app.get_options()) {
        for (auto const& name : option->get_lnames()) words += "--" + name + " ";
    }
    out += "        \"" + path + "\") words=\"" + words + "\" ;;\n";
    for (auto const* command : app.get_subcommands({}))
        add_cases(*command, path + (path.empty() ? "" : " ") + command->get_name(), out);
}

} // namespace

std::string bash_completion(CLI::App const& app) {
    std::string cases;
    add_cases(app, "", cases);
    return "# bash completion for fanlight: eval \"$(fanlight completion bash)\"\n"
           "_fanlight() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" words=\"\" word\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case \"$word\" in -*) ;; *) [ -e \"$word\" ] || path=\"${path:+$path }$word\" ;; esac\n"
           "    done\n"
           "    case \"$path\" in\n" +
           cases +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "    case \"$current\" in -*) ;; *) COMPREPLY+=($(compgen -f -- \"$current\")) ;; esac\n"
           "}\n"
           "complete -o filenames -F _fanlight fanlight\n";
}

} // namespace fanlight::cli
