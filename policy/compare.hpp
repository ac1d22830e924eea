#pragma once
// Two agreements compared, completely: every cell of the finite domain of decisions (policy/decide.hpp), and every
// other value that they state. The result is plain English, grouped to the fewest sentences that say it.
//
// "Housing may no longer tell the coordinator themes about anybody at AMBER. Clause 7.2." and at the end
// "Nothing else changes: of 22,809,600 decisions 22,809,216 stay as they are."

#include "policy/agreement.hpp"

#include <set>

namespace fanlight::policy {

enum class ChangeKind : std::uint8_t {
    more,   ///< may be told, and could not before
    less,   ///< may no longer be told
    clause, ///< may be told before and after, under another clause; or is refused for another reason
    state,  ///< something that no decision depends on: a party, a time, a budget, words, a document
};
char const* name(ChangeKind kind);

struct Change {
    ChangeKind kind;
    std::string sentence;        ///< one sentence, ends in a full stop; no personal data
    std::string place;           ///< "clause 7.2", "party housing", "release": where to look in the text
    std::uint64_t decisions = 0; ///< cells that this sentence speaks for; 0 for a state
};

struct Comparison {
    std::vector<Change> changes; ///< more, then less, then clause, then state; each cell in exactly one
    std::uint64_t decisions = 0; ///< cells of the domain: of every role, purpose and route of either agreement
    std::uint64_t decisions_changed = 0;
    std::set<std::string> roles; ///< whose own decisions (as who would tell) change: they must sign (docs/agreement.md)
    bool parties_changed = false;  ///< somebody joins, leaves, or any entry of [[party]] differs
    bool purposes_changed = false; ///< [[purpose]] or [[basis]]
    bool holders_changed = false;  ///< [keys]
    bool same() const { return changes.empty(); }
    /// "Nothing else changes: ..."; for the last line.
    std::string rest() const;
};

/// Both are checked agreements. Under 1 second for 10 million cells on one core (docs/performance.md). A role, purpose
/// or route that only one of them has counts as one under which the other refuses everything.
Comparison compare(Agreement const& before, Agreement const& after);

} // namespace fanlight::policy
