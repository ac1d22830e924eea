// check(): the clauses, and that everybody who is asked can say Red and Amber.

#include "policy/check_parts.hpp"
#include "policy/decide.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

void check_names(Findings& findings, Agreement const& agreement, Clause const& clause) {
    auto const place = "clause " + clause.id;
    check_roles_exist(findings, agreement, place, clause.roles);
    check_roles_exist(findings, agreement, place, clause.to);
    check_purposes_exist(findings, agreement, place, clause.purposes);
    for (auto const& route : clause.routes) {
        if (!agreement.route(route))
            findings.error(place, "There is no route '" + route + "'.", "Correct it, or add the route.");
    }
    if (has(clause.about, Subject::unknown))
        findings.error(place, "'about' names nobody.", "Leave it out: then it is anybody, whatever their role.");
    if (has_twice(clause.fields) || has_twice(clause.roles) || has_twice(clause.to) || has_twice(clause.about) ||
        has_twice(clause.purposes) || has_twice(clause.routes) || has_twice(clause.colours) || has_twice(clause.when))
        findings.error(place, "A list names something twice.", "Name it once.");
}

/// The coordinator has no colour of its own and tells those who hold the person: what speaks of a responder's colour,
/// or of another receiver, would never hold, or mislead whoever signs.
void check_facts(Findings& findings, Clause const& clause) {
    if (std::none_of(clause.fields.begin(), clause.fields.end(), is_fact)) return;
    auto const place = "clause " + clause.id;
    if (!clause.colours.empty())
        findings.error(place, "It has a fact_* field and 'colours': the coordinator has no colour of its own.",
                       "Remove colours, or put the fact_* field into a clause of its own.");
    if (!clause.to.empty())
        findings.error(place, "It has a fact_* field and 'to': 'roles' already says who may be told.",
                       "Name in roles who may be told, and remove to.");
    if (!clause.about.empty())
        findings.error(place, "It has a fact_* field and 'about': facts are told for everybody or not at all.",
                       "Remove about, or put the fact_* field into a clause of its own.");
    for (auto const condition : {Condition::own_red_or_amber, Condition::someone_red_or_amber}) {
        if (has(clause.when, condition))
            findings.error(place,
                           std::string("It has a fact_* field and the condition ") + name(condition) +
                               ", which never holds for the coordinator.",
                           "Remove the condition, or put the fact_* field into a clause of its own.");
    }
}

/// No message of this release goes from one agency to another: whoever signs should not think that it does.
void check_receivers(Findings& findings, Agreement const& agreement, Clause const& clause) {
    auto const* coordinator = agreement.find(agreement.coordinator);
    if (coordinator == nullptr) return; // said elsewhere
    for (auto const& role : clause.to) {
        if (role != coordinator->role)
            findings.warn("clause " + clause.id,
                          "It lets the role " + role + " be told, and no message of this release carries it yet.",
                          "Keep it as a promise, or remove the role from to.");
    }
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

/// Why no question can find this clause permitting anything, or nullptr. Not complete: what is cheap to see.
char const* never_holds(Agreement const& agreement, Clause const& clause) {
    auto const all = [](auto const& list, auto const& test) { return std::all_of(list.begin(), list.end(), test); };
    bool const only_low =
        !clause.colours.empty() && all(clause.colours, [](Colour one) { return one < Colour::amber; });
    if (only_low && all(clause.when, [](Condition one) { return one == Condition::own_red_or_amber; }))
        return "It never holds: it asks for RED or AMBER and names only GREEN or BLUE.";
    if (is_fact(clause.fields.front())) return nullptr;

    std::vector<Party const*> tellers;
    for (auto const& party : agreement.parties) {
        bool const may = clause.roles.empty() || has(clause.roles, party.role);
        if (may && party.asked != Asked::never) tellers.push_back(&party);
    }
    if (tellers.empty()) return "It never holds: nobody who has one of these roles is asked.";
    if (only_low && all(tellers, [](Party const* one) { return one->sensitive; }))
        return "It never holds: it names only GREEN or BLUE, and a sensitive service says neither.";

    bool const only_blue = all(clause.fields, [](DataField one) { return one == DataField::colour; }) &&
                           !clause.colours.empty() &&
                           all(clause.colours, [](Colour one) { return one == Colour::blue; });
    bool const only_abuse = all(clause.when, [](Condition one) { return one == Condition::domestic_abuse; }) ||
                            all(agreement.purposes, [&](Purpose const& one) {
                                bool const meant = clause.purposes.empty() || has(clause.purposes, one.id);
                                return one.domestic_abuse || !meant;
                            });
    if (only_blue && only_abuse && !agreement.rules.blue_where_domestic_abuse)
        return "It never holds: it is about BLUE where domestic abuse is evident, which the rules refuse.";
    return nullptr;
}

/// A clause that can never permit anything reads like a promise that nobody keeps.
void check_sense(Findings& findings, Agreement const& agreement, Clause const& clause) {
    auto const place = "clause " + clause.id;
    if (clause.when.empty()) {
        findings.error(place, "It never holds: 'when' is empty.", "Write when = [\"always\"], or a condition.");
        return;
    }
    if (clause.fields.empty()) return; // said by check_stage
    if (auto const* why = never_holds(agreement, clause); why != nullptr)
        findings.warn(place, why, "Change roles, colours, purposes or when; or remove the clause.");
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
    if (agreement.find(agreement.coordinator) == nullptr) return; // nobody to say it to, which is said elsewhere
    Decider const decider(agreement);
    auto const hidden = [&](Party const& party) -> std::string {
        Request request{.role = party.role, .sensitive = party.sensitive, .field = DataField::colour};
        request.facts.someone_red_or_amber = party.asked == Asked::conditional;
        for (auto const& purpose : agreement.purposes) {
            for (auto const& route : agreement.routes) {
                for (auto const colour : {Colour::red, Colour::amber}) {
                    request.purpose = purpose.id;
                    request.route = route.id;
                    request.own_colour = colour;
                    if (!std::holds_alternative<Permit>(decider.decide(request)))
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
    for (auto const& clause : agreement.clauses) {
        check_names(findings, agreement, clause);
        check_stage(findings, clause);
        check_facts(findings, clause);
        check_receivers(findings, agreement, clause);
        check_sense(findings, agreement, clause);
    }
    check_voice(findings, agreement);
}

} // namespace fanlight::policy
