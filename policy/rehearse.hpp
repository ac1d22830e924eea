#pragma once
// A draft tried on decisions that a node has taken: what would have left, and what would not. Counts and clauses only,
// never a person. Pure; the node reads its own log (node/log/past_decisions.hpp).
//
// What is counted is every question that the agreement was asked, so that a replay is exact:
// - stage 1, for each place of a query, the empty ones included (an agency cannot tell them from people it does not
//   know): `colour` if there was a colour to tell; and the field of a reply without one: `not_known`,
//   `known_not_shared`, `unsure_match`. A colour that was refused is two questions, because `known_not_shared` was
//   asked after it. A rating that was too old is only `known_not_shared`: its colour was never asked about;
// - stage 2, one for each field that a record had, permitted or not.
// What no clause decides is not there: an index that was not complete, sources that were stale, the one reply of a
// sensitive service below Amber where it had no colour to ask about.
// What the log does not have cannot change: whether a Dash score was high is kept as the agreement of then said it, so
// another `dash_high` in a draft changes nothing here.

#include "policy/decide.hpp"

namespace fanlight::policy {

/// One decision as the log keeps it (FieldTag::request): 8 bytes and the clause's number.
///   u8 field, u8 own colour (0: none), u8 subject, u8 flags (bit 0 Marac threshold, 1 section 47, 2 someone Red or
///   Amber, 3 domestic abuse, 4 Dash high), u8 consent, u8 reason (Reason::none if permitted), u8 zero, u8 zero,
///   clause id (empty if refused)
/// The stage is the field's own. Purpose and route are fields of the leaf.
struct PastDecision {
    DataField field = DataField::colour;
    std::optional<Colour> own_colour = {};
    Facts facts = {};
    Reason reason = Reason::none; ///< why it was refused: no_clause or blue_rule; none: permitted
    std::string clause = {};      ///< the id of the clause that permitted it
};
/// What is logged of a question and its answer by `agreement`.
PastDecision past_decision(Agreement const& agreement, Request const& request, Decision const& decision);
Bytes encode(PastDecision const& decision);
/// Errc::malformed. One encoding for each decision: whatever this takes, encode() gives again.
Result<PastDecision> decode_past_decision(ByteView bytes);

/// Whose decisions are tried: the node's own party as the draft has it. Told is the coordinator. Not for fact_*, whose
/// role is that of the party told: what a coordinator decided is not rehearsed.
struct Teller {
    std::string role;
    bool sensitive = false;
};

struct RehearsedClause {
    std::string clause; ///< of the past for `no_longer`, of the draft otherwise
    DataField field;
    std::uint64_t now_permits = 0;  ///< refused then, permitted by the draft
    std::uint64_t no_longer = 0;    ///< permitted then, refused by the draft
    std::uint64_t other_clause = 0; ///< permitted by both, then under a clause of another number
};

/// Adds up. No allocation for a decision that is as it was.
class Rehearsal {
  public:
    Rehearsal(Agreement const& draft, Teller teller);
    /// `purpose` and `route` as the log has them; one that the draft does not name refuses.
    void add(PastDecision const& past, std::string_view purpose, std::string_view route);

    struct Report {
        std::uint64_t decisions = 0;    ///< the sum of the four below
        std::uint64_t same = 0;         ///< refused by both, for whatever reason, or permitted by one clause number
        std::uint64_t more = 0;         ///< would have been told, and were not
        std::uint64_t less = 0;         ///< were told, and would not have been
        std::uint64_t other_clause = 0; ///< told by both, under another clause number
        std::vector<RehearsedClause> by_clause; ///< only where something changes; by field, then clause
    };
    Report report() const;

  private:
    RehearsedClause& changed(DataField field, std::string const& clause);

    Decider decider_;
    std::vector<std::string> clauses_; ///< their ids, by place in the draft
    Teller teller_;
    Report total_;
    std::map<std::pair<DataField, std::string>, RehearsedClause> by_clause_;
};
/// "Of 412 decisions 406 stay as they are; 6 would have been told less ..." one sentence a line.
std::vector<std::string> in_words(Rehearsal::Report const& report);

} // namespace fanlight::policy
