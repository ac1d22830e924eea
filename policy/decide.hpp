#pragma once
// The decision: may this field leave, and under which clause. Total, pure, deny by default; docs/agreement.md,
// "How a node decides", is the same in words.
//
// Every question has a place in a finite domain: a key (who would tell, whom, which field, purpose, route) and, within
// the key, one of `circumstance_count` circumstances (own colour, about whom, facts). A clause is a set of keys and a
// set of circumstances; so whole agreements can be compared cell by cell (policy/compare.hpp).

#include "policy/agreement.hpp"

#include <bitset>
#include <variant>

namespace fanlight::policy {

/// What is known of consent. A fact, never a switch that blocks (requirement E6).
enum class ConsentFact : std::uint8_t { unknown, given, refused };
inline constexpr std::size_t consent_fact_count = 3;

/// Facts of the query as the decider knows them: from a context envelope it could open, signed statements, its own
/// records. A fact it does not have does not hold.
struct Facts {
    bool marac_threshold = false;
    bool section_47 = false;
    bool someone_red_or_amber = false;
    bool domestic_abuse = false; ///< evident in the family
    bool dash_high = false;      ///< the score reaches the agreement's dash_high
    Subject subject = Subject::unknown;
    ConsentFact consent = ConsentFact::unknown;
    auto operator<=>(Facts const&) const = default;
};
inline constexpr std::size_t flag_count = 5; ///< of the facts above that are yes or no

struct Request {
    std::string_view role = {}; ///< of the party that would tell; for fact_*, of the party that would be told
    std::string_view to = {};   ///< role of who would be told; empty: the coordinator's. For fact_* of no importance
    bool sensitive = false;     ///< who would tell is a sensitive service
    DataField field;
    std::uint8_t stage = 1;
    std::string_view purpose = {};
    std::string_view route = {};
    std::optional<Colour> own_colour = {}; ///< what the responder itself says of this person
    Facts facts = {};
};

struct Permit {
    std::size_t clause; ///< index into Agreement::clauses
    auto operator<=>(Permit const&) const = default;
};
struct Refusal {
    Reason reason; ///< no_clause, blue_rule
    auto operator<=>(Refusal const&) const = default;
};
using Decision = std::variant<Permit, Refusal>;

/// Own colour (none and four) x subject x flags x consent.
inline constexpr std::size_t circumstance_count = 5 * subject_count * (1U << flag_count) * consent_fact_count;
/// The place of a circumstance, below circumstance_count.
std::size_t place_of(std::optional<Colour> own_colour, Facts const& facts);
struct Circumstance {
    std::optional<Colour> own_colour;
    Facts facts;
};
Circumstance circumstance_at(std::size_t place); ///< the inverse; `place` is below circumstance_count
using Circumstances = std::bitset<circumstance_count>;

/// An agreement made ready to decide by. Keeps no reference to it. Any thread.
class Decider {
  public:
    explicit Decider(Agreement const& agreement);

    /// The first clause in file order that permits the field, or a refusal. No allocation, no exception; total.
    /// - A role, a purpose or a route that the agreement does not name is refused, whatever the clauses say; likewise a
    ///   stage that is not the field's.
    /// - A colour that nobody gave (`own_colour` is empty) is refused.
    /// - A sensitive service may always raise Red or Amber to the coordinator (requirement E12): if no clause fits, the
    ///   first one counts that permits that colour for the purpose at stage 1, whatever its roles, routes, subjects and
    ///   conditions. Below Amber, or with no colour, it is refused every field at both stages; its caller answers
    ///   NOTHING_AT_THIS_LEVEL.
    /// - Blue where domestic abuse is evident, by a fact or by the purpose, is refused unless the rule allows it (D2).
    /// - fact_*: `role` is that of the party which would be told; `to`, `sensitive` and the colour rules play no part.
    Decision decide(Request const& request) const noexcept;

    /// The whole row of one key at once. For each circumstance: which clause permits it.
    struct Key {
        std::size_t role; ///< place in roles()
        std::size_t to;   ///< likewise; of fact_*: 0
        bool sensitive;
        DataField field;
        std::size_t purpose; ///< place in the agreement
        std::size_t route;   ///< likewise
    };
    struct Row {
        /// Disjoint; by clause, in file order, the circumstances that it is the one to permit; none is empty.
        std::vector<std::pair<std::size_t, Circumstances>> permits;
        Circumstances blue_rule; ///< refused by that rule; all that is left is refused for want of a clause
    };
    Row row(Key const& key) const;
    std::vector<std::string> const& roles() const { return roles_; } ///< sorted; of every party

  private:
    /// Which keys a clause is about, as bits by place. What the text leaves out is every bit.
    struct Keys {
        std::uint64_t roles = 0;
        std::uint64_t to = 0;
        std::uint32_t fields = 0; ///< those of the clause's own stage
        std::uint32_t purposes = 0;
        std::uint32_t routes = 0;
    };
    /// In which circumstances it permits them.
    struct When {
        Circumstances ordinary; ///< that `about`, `colours` and `when` leave, for a purpose that is not about abuse
        Circumstances abuse;    ///< the same for a purpose that is about abuse
        Circumstances raised;   ///< that `colours` alone leaves, for a sensitive service that raises Red or Amber
    };
    std::vector<std::string> roles_;
    std::vector<std::string> purposes_;
    std::vector<std::string> routes_;
    std::uint32_t abuse_ = 0;                    ///< bit: place of a purpose that is about abuse
    std::size_t coordinator_role_ = parties_max; ///< place in roles_; parties_max: there is no coordinator
    bool blue_where_abuse_ = false;
    std::vector<Keys> keys_; ///< by clause
    std::vector<When> when_; ///< likewise
};

/// `Decider(agreement).decide(request)`, for those who ask once.
Decision decide(Agreement const& agreement, Request const& request);

/// One sentence that names the clause, or says why there is none: "Clause 7.1 permits themes: Where the Marac ...".
/// For screens and logs.
std::string explain(Agreement const& agreement, Request const& request, Decision const& decision);

/// Whether a summary may say anything about a person of whom the party gave this reply at stage 1: one it has rated,
/// or, for a party of dates, one whose dates it keeps. Both ends hold each other to it.
bool may_be_summarised(Party const& party, Reply const& reply);

} // namespace fanlight::policy
