#pragma once
// A question to the practice agreement and its answer, for the tests of decisions.

#include "policy/decide.hpp"
#include "tests/unit/policy_fixture.hpp"

namespace fanlight::policy::test {

inline Agreement const& practice() {
    static Agreement const agreement = practice_agreement();
    return agreement;
}

inline Request about(std::string_view role, DataField field, std::optional<Colour> own = std::nullopt) {
    Request request{.field = field};
    request.role = role;
    request.sensitive = role == "refuge";
    request.stage = stage_of(field);
    request.purpose = "safeguarding_children";
    request.route = "standard";
    request.own_colour = own;
    return request;
}

/// The clause's id, or the refusal in words.
inline std::string outcome(Agreement const& agreement, Request const& request) {
    auto const decision = decide(agreement, request);
    if (auto const* permit = std::get_if<Permit>(&decision)) return agreement.clauses.at(permit->clause).id;
    auto const reason = std::get<Refusal>(decision).reason;
    if (reason == Reason::no_clause) return "no clause";
    return reason == Reason::blue_rule ? "blue rule" : "a reason that decide() never gives";
}

} // namespace fanlight::policy::test
