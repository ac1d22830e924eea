// check(): the clauses, and that everybody who is asked can say Red and Amber.

#include "policy/check_parts.hpp"
#include "policy/decide.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

template <class T> bool has(std::vector<T> const& list, T const& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

template <class T> bool has_twice(std::vector<T> const& list) {
    for (std::size_t i = 1; i < list.size(); ++i) {
        if (std::find(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i), list[i]) !=
            list.begin() + static_cast<std::ptrdiff_t>(i))
            return true;
    }
    return false;
}

void check_names(Findings& findings, Agreement const& agreement, Clause const& clause,
                 std::set<std::string> const& roles) {
    auto const place = "clause " + clause.id;
    for (auto const& role : clause.roles) {
        if (roles.count(role) == 0)
            findings.error(place, "No party has the role '" + role + "'.", "Correct it, or leave it out.");
    }
    for (auto const& purpose : clause.purposes) {
        if (!agreement.purpose(purpose))
            findings.error(place, "There is no purpose '" + purpose + "'.", "Correct it, or add the purpose.");
    }
    for (auto const& route : clause.routes) {
        if (!agreement.route(route))
            findings.error(place, "There is no route '" + route + "'.", "Correct it, or add the route.");
    }
    if (has_twice(clause.fields) || has_twice(clause.roles) || has_twice(clause.purposes) || has_twice(clause.routes) ||
        has_twice(clause.colours) || has_twice(clause.when))
        findings.error(place, "A list names something twice.", "Name it once.");
}

void check_stage(Findings& findings, Clause const& clause) {
    auto const place = "clause " + clause.id;
    if (clause.stage != 1 && clause.stage != 2) {
        findings.error(place, "There is no such stage.", "Stage 1 is colours, stage 2 is the summary.");
        return;
    }
    if (clause.fields.empty()) findings.error(place, "It names no field.", "Name at least one.");
    for (auto const field : clause.fields) {
        if (stage_of(field) != clause.stage)
            findings.error(place,
                           std::string("The field ") + name(field) + " belongs to stage " +
                               std::to_string(stage_of(field)) + ".",
                           "Put it into a clause of that stage.");
    }
}

/// A clause that can never permit anything reads like a promise that nobody keeps.
void check_sense(Findings& findings, Agreement const& agreement, Clause const& clause) {
    auto const place = "clause " + clause.id;
    if (clause.when.empty()) {
        findings.error(place, "It never holds: 'when' is empty.", "Write when = [\"always\"], or a condition.");
        return;
    }
    bool const only_own = std::all_of(clause.when.begin(), clause.when.end(),
                                      [](Condition one) { return one == Condition::own_red_or_amber; });
    bool const only_low = !clause.colours.empty() && std::none_of(clause.colours.begin(), clause.colours.end(),
                                                                  [](Colour one) { return one >= Colour::amber; });
    if (only_own && only_low)
        findings.warn(place, "It never holds: it asks for RED or AMBER and names only GREEN or BLUE.",
                      "Change colours or when.");
    for (auto const& party : agreement.parties) {
        bool const may = clause.roles.empty() || has(clause.roles, party.role);
        if (party.dates_only && may &&
            (has(clause.fields, DataField::themes) || has(clause.fields, DataField::analysis)))
            findings.error(place, "It lets " + party.id.text() + ", which holds dates only, tell themes or analysis.",
                           "Name the roles that may, without " + party.role + ".");
    }
}

/// No agency is missing without being seen: whoever is asked can say Red and Amber, for every purpose on every route. A
/// party asked only after a Red is looked at with that Red given.
void check_voice(Findings& findings, Agreement const& agreement) {
    auto const hidden = [&](Party const& party) -> std::string {
        Request request{.role = party.role, .sensitive = party.sensitive, .field = DataField::colour};
        request.facts.someone_red_or_amber = party.asked == Asked::conditional;
        for (auto const& purpose : agreement.purposes) {
            for (auto const& route : agreement.routes) {
                for (auto const colour : {Colour::red, Colour::amber}) {
                    request.purpose = purpose.id;
                    request.route = route.id;
                    request.own_colour = colour;
                    if (!std::holds_alternative<Permit>(decide(agreement, request)))
                        return std::string(in_words(colour)) + " for the purpose " + purpose.id + " on the route " +
                               route.id;
                }
            }
        }
        return {};
    };
    for (auto const& party : agreement.parties) {
        if (party.asked == Asked::never) continue;
        if (auto const what = hidden(party); !what.empty())
            findings.error("party " + party.id.text(),
                           "It is asked, and no clause lets it say " + what + ": that would hide an agency.",
                           "Add its role to the clause that permits colour.");
    }
}

} // namespace

void check_clauses(Findings& findings, Agreement const& agreement) {
    auto const roles = roles_of(agreement);
    for (auto const& clause : agreement.clauses) {
        check_names(findings, agreement, clause, roles);
        check_stage(findings, clause);
        check_sense(findings, agreement, clause);
    }
    check_voice(findings, agreement);
}

} // namespace fanlight::policy
