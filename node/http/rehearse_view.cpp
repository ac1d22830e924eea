#include "node/http/rehearse_view.hpp"

#include "base/limits.hpp"
#include "crypto/note.hpp"
#include "crypto/text.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;

namespace {

constexpr auto other_dash_high =
    "The draft has another dash_high. The log keeps no scores, so every decision was tried "
    "with what was a high score when it was taken.";

json::array problems_of(std::vector<policy::Finding> const& findings) {
    json::array problems;
    for (auto const& finding : findings) {
        auto text = finding.mend.empty() ? finding.text : finding.text + " " + finding.mend;
        problems.push_back({{"place", finding.place}, {"text", std::move(text)}, {"error", finding.error}});
    }
    return problems;
}

json::object not_usable(char const* why, std::vector<policy::Finding> const& findings) {
    return {{"error", why}, {"code", name(Errc::malformed)}, {"problems", problems_of(findings)}};
}

json::array clauses_of(policy::Rehearsal::Report const& report) {
    json::array clauses;
    for (auto const& one : report.by_clause)
        clauses.push_back({{"clause", one.clause},
                           {"field", policy::name(one.field)},
                           {"now_permits", one.now_permits},
                           {"no_longer", one.no_longer},
                           {"other_clause", one.other_clause}});
    return clauses;
}

json::array sentences_of(policy::Rehearsal::Report const& report, std::uint64_t not_rehearsable) {
    json::array sentences;
    for (auto& sentence : policy::in_words(report)) sentences.emplace_back(std::move(sentence));
    if (not_rehearsable == 1)
        sentences.emplace_back("1 decision leaf could not be tried: an older Fanlight wrote it, or it cannot be read.");
    else if (not_rehearsable != 0)
        sentences.emplace_back(std::to_string(not_rehearsable) +
                               " decision leaves could not be tried: an older Fanlight wrote them, or they cannot be "
                               "read.");
    return sentences;
}

} // namespace

Result<Instant> rehearsal_start(Instant now, std::uint64_t period_ms) {
    if (period_ms == 0 || period_ms > static_cast<std::uint64_t>(rehearsed_max.count()))
        return fail(Errc::malformed, "period of a rehearsal", "Say how far back: more than nothing, at most 366 days.");
    return now - Duration(static_cast<std::int64_t>(period_ms));
}

Result<json::object> rehearse_view(OpenDirectory const& directory, std::string_view draft, Instant since,
                                   std::uint32_t dash_high) {
    auto const& settings = directory.settings;
    if (settings.listens)
        return fail(Errc::refused, "rehearsal",
                    "The coordinator's node holds no records, so it decides nothing about any. Rehearse at an agency.");
    if (draft.size() > limits::agreement_bytes_max) return fail(Errc::too_large, "draft agreement");
    auto const note = crypto::parse_note(draft);
    std::string_view const text = note ? std::string_view(note.assume_value().text) : draft;
    auto const parsed = policy::parse_agreement(text);
    if (!parsed.agreement) return not_usable("The draft is not an agreement; nothing was tried.", parsed.findings);
    auto const* own = parsed.agreement->find(settings.party);
    if (own == nullptr) return not_usable("This node's party is not in the draft: it would tell nothing.", {});

    FANLIGHT_TRY(auto reader,
                 Database::open_reader(directory.path / "store.db", store_key(settings.mode, directory.node_key)));
    FANLIGHT_TRY(auto const subjects,
                 SubjectKeys::open_reader(directory.path, wrap_key(settings.mode, directory.node_key), settings.mode));
    policy::Rehearsal rehearsal(*parsed.agreement, {own->role, own->sensitive});
    FANLIGHT_TRY(auto const past,
                 past_decisions(reader, opening_key(settings.mode, directory.node_key), subjects,
                                directory.path / "log", since,
                                [&rehearsal](policy::PastDecision const& decision, std::string_view purpose,
                                             std::string_view route) { rehearsal.add(decision, purpose, route); }));
    auto const report = rehearsal.report();
    auto sentences = sentences_of(report, past.not_rehearsable);
    if (parsed.agreement->rules.dash_high != dash_high) sentences.emplace_back(other_dash_high);
    json::object described{{"name", parsed.agreement->name},
                           {"version", parsed.agreement->version},
                           {"id", crypto::to_hex(crypto::sha256({as_bytes(text)}).view())}};
    return json::object{{"since", to_text(since)},
                        {"draft", std::move(described)},
                        {"decisions", report.decisions},
                        {"same", report.same},
                        {"more", report.more},
                        {"less", report.less},
                        {"other_clause", report.other_clause},
                        {"not_rehearsable", past.not_rehearsable},
                        {"by_clause", clauses_of(report)},
                        {"sentences", std::move(sentences)},
                        {"warnings", problems_of(parsed.findings)}};
}

} // namespace fanlight::node
