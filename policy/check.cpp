// The principles that no agreement may break (docs/agreement.md), and gaps worth a warning. Each finding names
// the table and the mend; the tests break each rule once.

#include "base/limits.hpp"
#include "policy/check_parts.hpp"
#include "policy/decide.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_id(std::string_view text) {
    return PartyId::parse(text).has_value();
}

/// "4", "4.1", "10.2.1"
bool is_clause_number(std::string_view text) {
    bool digit_before = false;
    for (char const c : text) {
        if (c != '.' && (c < '0' || c > '9')) return false;
        if (c == '.' && !digit_before) return false;
        digit_before = c != '.';
    }
    return digit_before && text.size() <= 16;
}

bool is_domain(std::string_view text) {
    auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
    return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), fits);
}

/// Ids of one kind, no one twice.
template <class List, class Id>
void check_ids(Findings& findings, List const& list, char const* kind, Id const& id_of,
               bool (*well_formed)(std::string_view)) {
    std::set<std::string> seen;
    for (auto const& one : list) {
        std::string const id = id_of(one);
        auto const place = std::string(kind) + " " + id;
        if (!well_formed(id))
            findings.error(place, "The id does not have the form of one.", "Use e.g. police, or 4.1 for a clause.");
        if (!seen.insert(id).second) findings.error(place, "The id is used twice.", "Give each its own.");
    }
}

void check_head(Findings& findings, Agreement const& agreement) {
    if (agreement.version == 0) findings.error("agreement", "Version 0.", "Versions start at 1 and never go back.");
    bool const practice_domain = agreement.domain.rfind("practice.", 0) == 0;
    if (!is_domain(agreement.domain))
        findings.error("agreement", "The domain is not a domain name.", "Use lower-case letters, digits, '-' and '.'.");
    else if (practice_domain != (agreement.mode == Mode::practice))
        findings.error("agreement", "A practice federation, and no other, has a domain that starts with 'practice.'.",
                       "Correct the domain or 'practice'.");
    if (agreement.review_by <= day_of(agreement.effective_from))
        findings.error("agreement", "The review is not after the start.", "Correct review_by or effective_from.");
}

void check_purposes_and_routes(Findings& findings, Agreement const& agreement) {
    check_ids(
        findings, agreement.purposes, "purpose", [](Purpose const& one) { return one.id; }, is_id);
    check_ids(
        findings, agreement.routes, "route", [](Route const& one) { return one.id; }, is_id);
    if (agreement.purposes.empty()) findings.error("purpose", "There is no purpose.", "Add one.");
    if (agreement.routes.empty()) findings.error("route", "There is no route.", "Add one.");
    for (auto const& purpose : agreement.purposes) {
        // Families who fear it do not ask for help. It would take every party's consent; this version takes none.
        if (lower(purpose.id + " " + purpose.name).find("immigration") != std::string::npos)
            findings.error(
                "purpose " + purpose.id, "Immigration enforcement cannot be a purpose.",
                "Remove it: this federation is for safeguarding. It would need the consent of every party, and "
                "this version takes none.");
        if (has_twice(purpose.sources))
            findings.error("purpose " + purpose.id, "sources names something twice.", "Name it once.");
    }
    for (auto const& route : agreement.routes) {
        if (route.reply_within <= Duration::zero() || route.reply_within > agreement.release.query_lives)
            findings.error("route " + route.id, "The time to reply is zero or longer than a query lives.",
                           "Change reply_within, or query_lives in [release].");
        if (route.meeting_within < Duration::zero())
            findings.error("route " + route.id, "The meeting is before the threshold.", "Change meeting_within.");
    }
}

void check_budgets(Findings& findings, Budgets const& budgets) {
    auto const zero = [&](std::uint32_t value, char const* key) {
        if (value == 0)
            findings.error("budgets", std::string(key) + " is 0.",
                           "Give it a number: with 0 nobody could ask anything.");
    };
    zero(budgets.query_evaluations_per_day, "query_evaluations_per_day");
    zero(budgets.slots_per_day, "slots_per_day");
    if (budgets.enrol_evaluations_per_person == 0 ||
        budgets.enrol_evaluations_per_person > limits::evaluations_per_person_max)
        findings.error("budgets",
                       "enrol_evaluations_per_person is not from 1 to " +
                           std::to_string(limits::evaluations_per_person_max) + ".",
                       "So many anchors and components has a person at most; 48 is usual.");
    if (budgets.enrol_delta_percent_per_day == 0 || budgets.enrol_delta_percent_per_day > 100)
        findings.error("budgets", "enrol_delta_percent_per_day is not from 1 to 100.",
                       "5 is usual: on a day, one person in twenty is new or has changed.");
}

void check_matching(Findings& findings, Matching const& matching) {
    constexpr auto place = "matching";
    if (matching.version == 0) findings.error(place, "Version 0.", "Versions start at 1.");
    if (matching.unsure > matching.sure)
        findings.error(place, "unsure is above sure.", "Sure takes at least as many points as unsure.");
    std::int64_t together = 0;
    for (auto const& [feature, points] : matching.points) together += std::max(points, 0);
    if (matching.sure > together)
        findings.error(place, "All points together are not enough for sure.",
                       "Lower sure, or take over the points that fanlight's documents list.");
    if (matching.minimum_anchors == 0 || matching.minimum_anchors > limits::anchors_per_person_max)
        findings.error(place,
                       "minimum_anchors is not from 1 to " + std::to_string(limits::anchors_per_person_max) + ".",
                       "1 asks for at least one anchor a person.");
}

void check_release(Findings& findings, Release const& release) {
    constexpr auto place = "release";
    // On the wire the end of a query's life is rounded down to the hour.
    if (release.query_lives < std::chrono::hours(2))
        findings.error(place, "query_lives is under 2 hours.",
                       "Agencies that are away for a while must still be asked.");
    if (release.automatic_after <= Duration::zero())
        findings.error(place, "automatic_after is 0: the time to reply would tell what matching cost.",
                       "1500ms is usual.");
    if (release.sensitive_after < release.automatic_after)
        findings.error(place, "A sensitive service would reply before the others.",
                       "sensitive_after is at least automatic_after.");
    if (release.query_lives <= release.sensitive_after || release.query_lives > limits::outbox_age_max)
        findings.error(place, "query_lives is shorter than sensitive_after or over 7d.",
                       "Messages wait at most 7 days for a node that is away.");
    if (release.rating_fresh_days == 0)
        findings.error(place, "rating_fresh_days is 0: no rating would ever be fresh.", "180 is usual.");
    if (release.source_fresh_days == 0)
        findings.error(place, "source_fresh_days is 0: no source would ever be fresh.", "7 is usual.");
    if (release.night_hour_utc > 23)
        findings.error(place, "night_hour_utc is not from 0 to 23.", "2 is usual: two o'clock at night, UTC.");
}

void check_retention(Findings& findings, Retention const& retention) {
    if (retention.linked_cases_days > linked_cases_days_max)
        findings.error("retention", "linked_cases_days is over " + std::to_string(linked_cases_days_max) + ".",
                       "Names are kept for seven years at most; 365 is usual, and 0 keeps none.");
}

void check_rules(Findings& findings, Rules const& rules) {
    constexpr auto place = "rules";
    if (!rules.individual_rating)
        findings.error(place, "Whole-family ratings are not in this version.", "Set individual_rating = true.");
    if (!is_clause_number(rules.result_clause))
        findings.error(place, "result_clause is not a clause number.",
                       "Write the number of \"the worst colour counts\", e.g. 3.1.");
    if (rules.dash_high < 1 || rules.dash_high > 24)
        findings.error(place, "dash_high is not from 1 to 24.", "14 is usual.");
    if (rules.blue_where_domestic_abuse) {
        findings.warn(place, "BLUE may be given where domestic abuse is evident.",
                      "Set blue_where_domestic_abuse = false unless every party means this.");
        if (rules.blue_reason.empty())
            findings.error(place, "blue_where_domestic_abuse is true and there is no blue_reason.",
                           "Say in blue_reason why, so that nobody signs it by accident; or set it to false.");
    } else if (!rules.blue_reason.empty()) {
        findings.error(place, "There is a blue_reason and blue_where_domestic_abuse is false.",
                       "Remove the reason, or set the rule to true.");
    }
}

void check_wording(Findings& findings, Agreement const& agreement) {
    auto const roles = roles_of(agreement);
    for (auto const& [role, words] : agreement.wording) {
        if (roles.count(role) == 0)
            findings.error("wording." + role, "No party has this role.", "Correct the role, or remove the table.");
    }
    for (auto const& party : agreement.parties) {
        if (party.asked != Asked::never && agreement.wording.count(party.role) == 0)
            findings.warn("party " + party.id.text(), "There is no wording of the colours for its role.",
                          "Add [wording." + party.role + "].");
    }
}

} // namespace

void Findings::error(std::string place, std::string text, std::string mend) {
    all.push_back({true, std::move(place), std::move(text), std::move(mend)});
}

void Findings::warn(std::string place, std::string text, std::string mend) {
    all.push_back({false, std::move(place), std::move(text), std::move(mend)});
}

std::set<std::string> roles_of(Agreement const& agreement) {
    std::set<std::string> roles;
    for (auto const& party : agreement.parties) roles.insert(party.role);
    return roles;
}

std::vector<Finding> check(Agreement const& agreement) {
    Findings findings;
    check_head(findings, agreement);
    check_ids(
        findings, agreement.parties, "party", [](Party const& one) { return one.id.text(); }, is_id);
    check_ids(
        findings, agreement.clauses, "clause", [](Clause const& one) { return one.id; }, is_clause_number);
    check_ids(
        findings, agreement.outcomes, "outcome", [](Outcome const& one) { return one.id; }, is_id);
    check_parties(findings, agreement);
    check_holders(findings, agreement);
    check_budgets(findings, agreement.budgets);
    check_enrolment(findings, agreement);
    check_purposes_and_routes(findings, agreement);
    check_bases(findings, agreement);
    check_documents(findings, agreement);
    check_outcomes(findings, agreement);
    check_matching(findings, agreement.matching);
    check_release(findings, agreement.release);
    check_retention(findings, agreement.retention);
    check_rules(findings, agreement.rules);
    check_wording(findings, agreement);
    check_clauses(findings, agreement);
    return std::move(findings.all);
}

std::vector<Finding> check_dates(Agreement const& agreement, Day today) {
    Findings findings;
    if (today < day_of(agreement.effective_from))
        findings.error("agreement", "It is not in force yet.", "Use the version in force until then.");
    auto const review = [&](std::string const& place, std::string const& what, Day by, char const* mend) {
        if (by < today)
            findings.warn(place, what + " is overdue.", mend);
        else if (by - today <= std::chrono::days(30))
            findings.warn(place, what + " is due within 30 days.", mend);
    };
    review("agreement", "Its review", agreement.review_by, "Review it and sign the next version.");
    for (std::size_t i = 0; i < agreement.documents.size(); ++i) {
        auto const& document = agreement.documents[i];
        review("document number " + std::to_string(i + 1), "The review of '" + document.title + "'", document.review_by,
               "Review it, and sign a version with its new date.");
    }
    return std::move(findings.all);
}

} // namespace fanlight::policy
