// check(): why the agreement is lawful, what it rests on, and where a case can end. Whether a basis is the right one is
// for people; that there is one, and that its papers are named, is looked at here.

#include "policy/check_parts.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

/// As parse_agreement names a table without an id.
std::string numbered(char const* table, std::size_t index) {
    return std::string(table) + " number " + std::to_string(index + 1);
}

bool covers(std::vector<std::string> const& list, std::string const& one) {
    return list.empty() || has(list, one);
}

/// "Schedule 1 paragraph 19" or "para 19", and not paragraph 190.
bool names_paragraph_19(std::string_view text) {
    for (auto place = text.find("19"); place != std::string_view::npos; place = text.find("19", place + 1)) {
        auto const digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
        if (digit(place + 2) || (place > 0 && digit(place - 1))) continue;
        auto const before = text.substr(0, place);
        auto const word = before.rfind("para");
        if (word != std::string_view::npos && place - word <= std::string_view("paragraphs 18, ").size()) return true;
    }
    return false;
}

void check_basis(Findings& findings, Agreement const& agreement, LawfulBasis const& basis, std::string const& place) {
    check_roles_exist(findings, agreement, place, basis.roles);
    check_purposes_exist(findings, agreement, place, basis.purposes);
    if (has_twice(basis.roles) || has_twice(basis.purposes) || has_twice(basis.gateways))
        findings.error(place, "A list names something twice.", "Name it once.");
    if (basis.article_6.empty())
        findings.error(place, "article_6 is empty.", "Say the basis of Article 6, e.g. 6(1)(e) public task.");
    bool const abuse = std::any_of(agreement.purposes.begin(), agreement.purposes.end(), [&](Purpose const& purpose) {
        return purpose.domestic_abuse && covers(basis.purposes, purpose.id);
    });
    if (abuse && names_paragraph_19(basis.schedule_1))
        findings.warn(place, "Schedule 1 paragraph 19 is about economic well-being, and the purpose is domestic abuse.",
                      "Paragraph 18 is about safeguarding children and individuals at risk; ask your lawyer.");
}

/// Data Protection Act 2018, Schedule 1, Part 4: whoever relies on a condition of Part 2 has such a document.
void check_policy_documents(Findings& findings, Agreement const& agreement) {
    auto const missing = [&](Party const& party) {
        bool const needed = std::any_of(agreement.bases.begin(), agreement.bases.end(), [&](LawfulBasis const& basis) {
            return covers(basis.roles, party.role) && !(basis.article_9.empty() && basis.article_10.empty());
        });
        return needed && std::none_of(agreement.documents.begin(), agreement.documents.end(), [&](auto const& one) {
                   return one.kind == DocumentKind::appropriate_policy_document && covers(one.roles, party.role);
               });
    };
    for (auto const& party : agreement.parties) {
        if (missing(party))
            findings.warn("party " + party.id.text(),
                          "No appropriate policy document is named for its role, and its basis has article_9 or "
                          "article_10.",
                          "Add it as [[document]], kind = \"appropriate_policy_document\".");
    }
}

bool some_purpose_is_about_abuse(Agreement const& agreement) {
    return std::any_of(agreement.purposes.begin(), agreement.purposes.end(),
                       [](Purpose const& one) { return one.domestic_abuse; });
}

} // namespace

void check_roles_exist(Findings& findings, Agreement const& agreement, std::string const& place,
                       std::vector<std::string> const& roles) {
    auto const known = roles_of(agreement);
    for (auto const& role : roles) {
        if (known.count(role) == 0)
            findings.error(place, "No party has the role '" + role + "'.", "Correct it, or leave it out.");
    }
}

void check_purposes_exist(Findings& findings, Agreement const& agreement, std::string const& place,
                          std::vector<std::string> const& purposes) {
    for (auto const& purpose : purposes) {
        if (!agreement.purpose(purpose))
            findings.error(place, "There is no purpose '" + purpose + "'.", "Correct it, or add the purpose.");
    }
}

void check_bases(Findings& findings, Agreement const& agreement) {
    for (std::size_t i = 0; i < agreement.bases.size(); ++i)
        check_basis(findings, agreement, agreement.bases[i], numbered("basis", i));
    for (auto const& party : agreement.parties) {
        if (party.asked == Asked::never) continue;
        for (auto const& purpose : agreement.purposes) {
            if (std::any_of(agreement.bases.begin(), agreement.bases.end(), [&](LawfulBasis const& basis) {
                    return covers(basis.roles, party.role) && covers(basis.purposes, purpose.id);
                }))
                continue;
            findings.error("party " + party.id.text(),
                           "It is asked, and no [[basis]] covers the role " + party.role + " for the purpose " +
                               purpose.id + ".",
                           "Add a [[basis]]: without one it may not answer.");
        }
    }
}

void check_documents(Findings& findings, Agreement const& agreement) {
    for (std::size_t i = 0; i < agreement.documents.size(); ++i) {
        auto const& document = agreement.documents[i];
        auto const place = numbered("document", i);
        check_roles_exist(findings, agreement, place, document.roles);
        if (has_twice(document.roles)) findings.error(place, "A list names something twice.", "Name it once.");
        if (document.review_by <= document.dated)
            findings.error(place, "Its review is not after its date.", "Correct dated or review_by.");
    }
    if (std::none_of(agreement.documents.begin(), agreement.documents.end(),
                     [](Document const& one) { return one.kind == DocumentKind::dpia; }))
        findings.warn("agreement", "No data protection impact assessment is named.",
                      "Add it as [[document]], kind = \"dpia\".");
    check_policy_documents(findings, agreement);
}

void check_outcomes(Findings& findings, Agreement const& agreement) {
    bool between = false;
    bool early_help = false;
    bool const abuse = some_purpose_is_about_abuse(agreement);
    for (auto const& outcome : agreement.outcomes) {
        if (outcome.level == OutcomeLevel::closure && outcome.where_domestic_abuse)
            findings.error("outcome " + outcome.id, "It closes a case where domestic abuse is evident.",
                           "Remove where_domestic_abuse: no further action is not an answer to abuse.");
        early_help = early_help || outcome.level == OutcomeLevel::early_help;
        bool const lies_between =
            outcome.level == OutcomeLevel::early_help || outcome.level == OutcomeLevel::other_agency;
        between = between || (lies_between && (outcome.where_domestic_abuse || !abuse));
    }
    if (!between) {
        std::string const text = agreement.outcomes.empty()
                                     ? "There is no outcome."
                                     : "There is no outcome between social care (section_17) and closure.";
        auto const* mend = "Add [[outcome]] with level = \"early_help\" or \"other_agency\", for families below the "
                           "threshold of social care.";
        if (abuse)
            findings.error("outcome", text, mend);
        else
            findings.warn("outcome", text, mend);
    }
    if (!early_help)
        findings.warn("outcome", "There is no outcome of early help.",
                      "Add one with level = \"early_help\", or know that families are met late.");
}

} // namespace fanlight::policy
