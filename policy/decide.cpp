// The decision. Small on purpose: this is the file that a data protection officer's engineer reads first.

#include "policy/decide.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::policy {
namespace {

template <class T, class Value> bool empty_or_has(std::vector<T> const& list, Value const& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool amber_or_worse(std::optional<Colour> colour) {
    return colour && *colour >= Colour::amber;
}

bool holds(Condition condition, Request const& request) {
    switch (condition) {
    case Condition::always: return true;
    case Condition::own_red_or_amber: return amber_or_worse(request.own_colour);
    case Condition::someone_red_or_amber: return request.facts.someone_red_or_amber;
    case Condition::marac_threshold: return request.facts.marac_threshold;
    case Condition::section_47: return request.facts.section_47;
    }
    return false;
}

/// What no clause can leave open: the field, its stage, the purpose and the responder's own colour.
bool names(Clause const& clause, Request const& request) {
    if (clause.stage != request.stage || stage_of(request.field) != request.stage) return false;
    if (std::find(clause.fields.begin(), clause.fields.end(), request.field) == clause.fields.end()) return false;
    if (!empty_or_has(clause.purposes, request.purpose)) return false;
    return clause.colours.empty() || (request.own_colour && empty_or_has(clause.colours, *request.own_colour));
}

bool fits(Clause const& clause, Request const& request) {
    return names(clause, request) && empty_or_has(clause.roles, request.role) &&
           empty_or_has(clause.routes, request.route) &&
           std::any_of(clause.when.begin(), clause.when.end(), [&](Condition one) { return holds(one, request); });
}

template <class Test> std::optional<std::size_t> first_clause(Agreement const& agreement, Test const& test) {
    for (std::size_t i = 0; i < agreement.clauses.size(); ++i) {
        if (test(agreement.clauses[i])) return i;
    }
    return std::nullopt;
}

bool abuse_is_evident(Agreement const& agreement, std::uint32_t purpose, Request const& request) {
    return request.facts.domestic_abuse || agreement.purposes[purpose].domestic_abuse;
}

/// A sensitive service that has not rated this person Amber or worse: silent, at every stage (requirement E12).
bool must_be_silent(Request const& request) {
    return request.sensitive && !is_fact(request.field) && !amber_or_worse(request.own_colour);
}

} // namespace

Decision decide(Agreement const& agreement, Request const& request) {
    auto const purpose = agreement.purpose(request.purpose);
    if (!purpose || !agreement.route(request.route)) return Refusal{Reason::no_clause};
    if (must_be_silent(request)) return Refusal{Reason::no_clause};
    bool const tells_colour = request.field == DataField::colour;
    if (tells_colour && !request.own_colour) return Refusal{Reason::no_clause};
    if (tells_colour && request.own_colour == Colour::blue && !agreement.rules.blue_where_domestic_abuse &&
        abuse_is_evident(agreement, *purpose, request))
        return Refusal{Reason::blue_rule};

    auto clause = first_clause(agreement, [&](Clause const& one) { return fits(one, request); });
    // Silent below Amber, a sensitive service is never held back at Amber and Red.
    if (!clause && tells_colour && request.sensitive)
        clause = first_clause(agreement, [&](Clause const& one) { return names(one, request); });
    if (!clause) return Refusal{Reason::no_clause};
    return Permit{*clause};
}

bool may_be_summarised(Party const& party, Reply const& reply) {
    return reply.kind == ReplyKind::rated || (party.dates_only && reply.kind == ReplyKind::known_not_shared);
}

std::string explain(Agreement const& agreement, Request const& request, Decision const& decision) {
    std::string const field = in_words(request.field);
    if (auto const* permit = std::get_if<Permit>(&decision)) {
        assert(permit->clause < agreement.clauses.size());
        auto const& clause = agreement.clauses[permit->clause];
        std::string text = "Clause " + clause.id + " permits " + field + ": " + clause.text;
        if (!fits(clause, request)) text += " (A sensitive service may always raise RED or AMBER.)";
        return text;
    }
    if (std::get<Refusal>(decision).reason == Reason::blue_rule)
        return "BLUE is not used where domestic abuse is evident (rule blue_where_domestic_abuse).";
    if (must_be_silent(request))
        return "Below AMBER this service never says whether it knows somebody (sensitive service).";
    return "No clause permits " + field + " for the role " + std::string(request.role) + ", purpose " +
           std::string(request.purpose) + ", route " + std::string(request.route) + ", stage " +
           std::to_string(request.stage) + ".";
}

} // namespace fanlight::policy
