// fanlight agreement rehearse: a draft tried on what a running node decided. The node reads its own log; only counts
// and clauses come back.

#include "admin-cli/rehearse_verb.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/output.hpp"
#include "admin-cli/status_text.hpp"
#include "base/limits.hpp"
#include "node/offline/files.hpp"
#include "policy/parse_parts.hpp"

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr Duration patience = std::chrono::minutes(11); // a year of a large agency takes the node a minute

std::string count_line(json::object const& counts, std::string_view key, char const* what) {
    auto const number = with_commas(number_at(counts, key));
    constexpr std::size_t wide = 13; // "1,000,000,000"
    return "  " + std::string(wide - std::min(wide, number.size()), ' ') + number + "  " + what + "\n";
}

std::string rehearsal_text(json::object const& body) {
    auto const& draft = object_at(body, "draft");
    auto out = "The draft \"" + text_at(draft, "name") + "\", version " + std::to_string(number_at(draft, "version")) +
               ", tried on this node's decisions since " + text_at(body, "since") + ":\n";
    out += count_line(body, "decisions", "decisions");
    out += count_line(body, "same", "stay as they are");
    out += count_line(body, "more", "would have told more");
    out += count_line(body, "less", "would have told less");
    out += count_line(body, "other_clause", "the same, under a clause of another number");
    if (number_at(body, "not_rehearsable") != 0)
        out += count_line(body, "not_rehearsable", "leaves of the log that could not be tried");
    out += "\n";
    for (auto const& sentence : array_at(body, "sentences"))
        if (sentence.is_string()) out += std::string(sentence.get_string()) + "\n";
    for (auto const& value : array_at(body, "warnings")) {
        auto const& warning = value.as_object();
        out += "Warning, " + text_at(warning, "place") + ": " + text_at(warning, "text") + "\n";
    }
    return out + "Counted are the questions that the agreement was asked, empty places of a query included.\n";
}

} // namespace

int agreement_rehearse(Common const& common, RehearseOptions const& options) {
    auto const period = policy::parse_duration(options.since);
    if (!period) return report({Errc::malformed, "--since", "Write how far back, e.g. 30d or 12h; at most 366d."});
    auto const draft = node::read_small_file(options.draft, limits::agreement_bytes_max, "draft agreement");
    if (!draft) return report(draft.assume_error());
    auto const target = "/v1/agreement/rehearse?period_ms=" + std::to_string(period.assume_value().count());
    return show(call(common.data, "POST", target, as_text(draft.assume_value()), patience, common.json), common.json,
                rehearsal_text);
}

} // namespace fanlight::cli
