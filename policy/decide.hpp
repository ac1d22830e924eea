#pragma once
// The decision: may this field leave, and under which clause. Total, pure, deny by default.

#include "policy/agreement.hpp"

#include <variant>

namespace fanlight::policy {

/// Facts of the query as the decider knows them: from a context envelope it could open, signed statements, its own
/// records. A fact it does not have does not hold.
struct Facts {
    bool marac_threshold = false;
    bool section_47 = false;
    bool someone_red_or_amber = false;
    bool domestic_abuse = false; ///< evident in the family; for the Blue rule
};

struct Request {
    std::string_view role = {}; ///< of the party that would tell; for fact_*, of the party that would be told
    bool sensitive = false;     ///< it is a sensitive service
    DataField field;
    std::uint8_t stage = 1;
    std::string_view purpose = {};
    std::string_view route = {};
    std::optional<Colour> own_colour = {}; ///< what the responder itself says of this person
    Facts facts = {};
};

struct Permit {
    std::size_t clause; ///< index into Agreement::clauses
};
struct Refusal {
    Reason reason; ///< no_clause, blue_rule
};
using Decision = std::variant<Permit, Refusal>;

/// The first clause in file order that permits the field, or a refusal. No allocation.
/// - A purpose or route that the agreement does not name is refused, whatever the clauses say.
/// - A colour that nobody gave (`own_colour` is empty) is refused.
/// - A sensitive service may always raise Red or Amber (requirement E12): if no clause fits, the first one counts that
///   permits that colour for the purpose at stage 1, whatever its roles, routes and conditions. Below Amber, or with no
///   colour, it is refused every field at both stages; its caller answers NOTHING_AT_THIS_LEVEL.
/// - Blue where domestic abuse is evident, by a fact or by the purpose, is refused unless the rule allows it (D2).
/// - fact_*: `role` is that of the party which would be told; `sensitive` and the colour rules play no part.
Decision decide(Agreement const& agreement, Request const& request);

/// "Clause 4.1 permits analysis: Substance Misuse may ..." or "No clause permits ...": for screens and logs.
std::string explain(Agreement const& agreement, Request const& request, Decision const& decision);

/// Whether a summary may say anything about a person of whom the party gave this reply at stage 1: one it has rated,
/// or, for a party of dates, one whose dates it keeps. Both ends hold each other to it.
bool may_be_summarised(Party const& party, Reply const& reply);

} // namespace fanlight::policy
