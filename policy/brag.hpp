#pragma once
// BRAG colours, the kinds of reply, and the family result: the worst colour that anyone gave about anyone.
//
// Equal voice (requirement D5, promise 5): nothing here knows which agency said it. A reply that is not a colour is
// never counted as one.

#include "base/ids.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fanlight::policy {

/// Requirement D1. The order is the risk's: Red > Amber > Green > Blue. Blue is a rating ("low"), not "unknown".
enum class Colour : std::uint8_t { blue = 1, green = 2, amber = 3, red = 4 };
char const* name(Colour colour);     ///< "red", as it is written in files
char const* in_words(Colour colour); ///< "RED", as it is shown
char const* shape(Colour colour);    ///< "■ ▲ ● ◆": never colour alone (WCAG 1.4.1), UTF-8, one column wide
Result<Colour> parse_colour(std::string_view text);

/// Requirement D6 and docs/protocol.md. All but `rated` are never drawn or counted as a colour.
enum class ReplyKind : std::uint8_t {
    rated = 1,
    not_known,
    not_checked,
    known_not_shared,
    nothing_at_this_level,
    unsure_match,
    version_mismatch,
    // The coordinator's own states; an agency never sends them.
    no_reply,
    unreachable,
    not_asked,
    waiting,
};
char const* name(ReplyKind kind);                       ///< "not_known"
char const* in_words(ReplyKind kind);                   ///< "not known"
Result<ReplyKind> parse_reply_kind(std::uint8_t value); ///< only those an agency may send

/// What a colour rests on: the agency's own records, or shared facts about somebody it did not know.
enum class Basis : std::uint8_t { own_records = 1, shared_facts = 2 };
char const* in_words(Basis basis);

/// Why there is no colour. Travels as a number; never free text.
enum class Reason : std::uint8_t {
    none = 0,
    index_incomplete,    ///< not_checked: this node's index is not complete for the epoch, day and version asked
    sources_stale,       ///< not_checked: its source is older than the agreement allows
    no_current_rating,   ///< known_not_shared: no named practitioner has rated this person freshly enough
    no_clause,           ///< known_not_shared: the agreement has no clause for it
    detriment,           ///< known_not_shared: sharing would do more harm to the child
    blue_rule,           ///< known_not_shared: Blue where domestic abuse is evident (requirement D2)
    practitioner_needed, ///< unsure_match: a person at the agency must choose
    not_open,            ///< known_not_shared: a conditional party answers only about people open to it now
    dates_only,          ///< known_not_shared: this party holds dates and rates nobody (Marac)
    outside_cohort,      ///< known_not_shared: who referred the family may not refer under this purpose
    no_lease,            ///< not_checked: too few others confirm that its register is the latest
    agreement_revoked,   ///< not_checked: nothing is told under this agreement any more
    suspended,           ///< not_checked: that party has stopped its answers to the one who asks
    unwitnessed,         ///< not_checked: too few other organisations have cosigned its log
    cannot_log,          ///< not_checked: its disk has no room for what it would have to log
    refused,             ///< not_checked: the coordinator's own; the node refused, its log says why
};
char const* in_words(Reason reason);
Result<Reason> parse_reason(std::uint8_t value);

/// One cell of the grid: what one party says about one person.
struct Reply {
    ReplyKind kind = ReplyKind::waiting;
    std::optional<Colour> colour; ///< set exactly when kind is rated
    Basis basis = Basis::own_records;
    Reason reason = Reason::none;
};
/// A reply without a colour.
inline Reply no_colour(ReplyKind kind, Reason reason = Reason::none) {
    return {kind, std::nullopt, Basis::own_records, reason};
}

/// A colour that was given, for the result and its explanation.
struct Given {
    PartyId party;
    std::string party_name; ///< as in the agreement
    std::size_t person;     ///< index into the family
    Colour colour;
    Basis basis;
    Instant at;
};

enum class NextStep : std::uint8_t { meeting, review, nobody_knows };
char const* name(NextStep step);
char const* in_words(NextStep step);
/// The result is provisional while a party that was asked has not answered.
struct FamilyResult {
    std::optional<Colour> worst;  ///< none: nobody gave a colour; that is "No rating", never Green
    std::optional<Given> because; ///< the earliest of the worst colours
    NextStep next = NextStep::nobody_knows;
    bool provisional = false;
};
/// Permuting parties or the order of `given` never changes `worst` or `next`.
FamilyResult family_result(std::vector<Given> const& given, bool everybody_answered);
/// "RED because Substance Misuse rated Greg RED at 10:02 (clause 3.1). Children's Social Care said GREEN."
/// `clause` is the agreement's clause for the result; `people` are the coordinator's own names.
std::string explain(FamilyResult const& result, std::vector<Given> const& given, std::vector<std::string> const& people,
                    std::string const& clause);

} // namespace fanlight::policy
