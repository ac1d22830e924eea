#include "node/offline/settings_file.hpp"

#include <toml++/toml.h>

namespace fanlight::node {

namespace {
constexpr auto where = "fanlight.toml";
}

std::string format_settings(DirectorySettings const& settings) {
    return "# A Fanlight data directory. `mode` was stamped when it was made and never changes.\n"
           "party = \"" +
           settings.party.text() +
           "\"\n"
           "mode = \"" +
           name(settings.mode) +
           "\"\n"
           "domain = \"" +
           settings.domain +
           "\"\n\n"
           "[link]\n"
           "# The coordinator listens at this address; every other node dials it.\n"
           "address = \"" +
           settings.address +
           "\"\n"
           "listens = " +
           (settings.listens ? "true" : "false") + "\n";
}

Result<DirectorySettings> parse_settings(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('\n', at), text.size());
        if (end - at > limits::toml_line_bytes_max) return fail(Errc::too_large, where);
        at = end + 1;
    }
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (toml::parse_error const& problem) {
        return fail(Errc::malformed, where, "It is not TOML.", problem.source().begin.line);
    }
    for (auto const& [key, value] : table) {
        if (key != "party" && key != "mode" && key != "domain" && key != "link")
            return fail(Errc::malformed, where, "Unknown key.", value.source().begin.line);
    }
    auto const party_text = table["party"].value<std::string>();
    auto const mode_text = table["mode"].value<std::string>();
    auto const domain = table["domain"].value<std::string>();
    auto const address = table["link"]["address"].value<std::string>();
    auto const listens = table["link"]["listens"].value<bool>();
    if (!party_text || !mode_text || !domain || !address || !listens)
        return fail(Errc::malformed, where, "It needs party, mode, domain, link.address and link.listens.");
    FANLIGHT_TRY(auto party, PartyId::parse(*party_text));
    FANLIGHT_TRY(auto const mode, parse_mode(*mode_text));
    return DirectorySettings{std::move(party), mode, *domain, *address, *listens};
}

} // namespace fanlight::node
