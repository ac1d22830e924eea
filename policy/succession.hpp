#pragma once
// May this agreement follow that one, and who must have signed it? (docs/agreement.md, "From version to version")

#include "policy/compare.hpp"

namespace fanlight::policy {

/// Who must have signed a version, by the comparison with the one before it. "Signed" is always by two people, the
/// accountable officer and the data protection officer, of one party.
struct Signers {
    /// Each of these: every party that stays and whose keys are the same, if parties, purposes or key holders change;
    /// otherwise those whose own clauses or entry change. And always those who join, and those whose keys are replaced,
    /// with the keys of the new text.
    std::set<PartyId> must;
    std::size_t at_least = 0; ///< of the parties of the new text, in all: two thirds of those of the version before
    std::string why;          ///< one sentence: "Parties, purposes or key holders change, so every party signs."
};

struct Succession {
    std::vector<Finding> findings; ///< with an error it may not follow
    Signers signers;
};

/// `after` follows `before`: the next number, the same mode, domain and coordinator; a party that is gone is named in
/// `removes`, and nobody else is; a removed party need not sign. Whether the signatures are there is looked at by who
/// has the note. What depends on the time (effective_from in the past) is check_proposal's.
Succession check_succession(Agreement const& before, Agreement const& after);

/// Two thirds of the parties, rounded up.
std::size_t two_thirds(std::size_t parties);
/// Whether one of the findings is an error, and not only a warning.
bool has_error(std::vector<Finding> const& findings);

/// Of one that is proposed now: an error if it would take effect before `now`, or not within a year of it.
std::vector<Finding> check_proposal(Agreement const& proposed, Instant now);

} // namespace fanlight::policy
