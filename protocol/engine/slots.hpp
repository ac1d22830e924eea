#pragma once
// The 16 slots of a query: building them at the coordinator, opening their context at an agency (docs/protocol.md).

#include "protocol/engine/self.hpp"

#include <set>

namespace fanlight::protocol {

/// One anchor of a person as the asked agency knows it.
struct AgencyAnchor {
    AnchorKind kind;
    AgencySecret secret;
};

using PersonNonce = Tagged<struct PersonNonceTag, 16>; ///< the same for one person in all slots of a case
using SlotOpening = Tagged<struct SlotOpeningTag, 32>; ///< opens a slot's commitment at audit

struct BuiltSlot {
    Slot slot;
    SlotOpening opening;
};

/// A person's slot for one agency. Keys are shuffled and filled up with random dummies; a value that is in `used` (of
/// this query's other slots) becomes a dummy, so that no value occurs twice in a query. Adds its own to `used`.
/// The context is wrapped for each strong anchor, at most limits::wraps_per_slot; the others are random.
BuiltSlot build_slot(Mode mode, Day day, std::vector<AgencyAnchor> const& anchors, PersonNonce const& person,
                     Context const& context, std::set<DayToken>& used, crypto::Random& random);
/// A slot about nobody, not to be told from the other kind.
BuiltSlot build_dummy_slot(crypto::Random& random);

/// BLAKE2b-256(key = opening, ".../slot" || person nonce || u16 count || S values in order of value).
SlotCommitment commit_slot(Mode mode, SlotOpening const& opening, PersonNonce const& person,
                           std::vector<AgencyAnchor> const& anchors);

/// The context, if `secret` is of a strong anchor that this slot's context was wrapped for.
std::optional<Context> open_context(Mode mode, Slot const& slot, AgencySecret const& secret);

} // namespace fanlight::protocol
