#pragma once
// What the comparison of tokens shows of two people: which anchors they share, and which components are equal under
// one of these. Nothing here knows names.

#include "protocol/identity/components.hpp"

namespace fanlight::protocol {

struct Evidence {
    std::uint32_t anchors = 0;  ///< bit n: an anchor of kind n + 1 is shared
    bool compared = false;      ///< components could be compared: a shared anchor carries some
    std::uint32_t equal = 0;    ///< bit n: a component of kind n + 1 is equal in both
    bool names_swapped = false; ///< a forename of one is a surname of the other
    bool middle_is_forename = false;
    FieldBits theirs; ///< of the person asked about; known if `anchors` is not 0
    FieldBits ours;   ///< of the record

    bool shares(AnchorKind kind) const { return (anchors >> (static_cast<unsigned>(kind) - 1) & 1U) != 0; }
    bool is_equal(ComponentKind kind) const { return (equal >> (static_cast<unsigned>(kind) - 1) & 1U) != 0; }
    auto operator<=>(Evidence const&) const = default;
};

/// The evidence that tokens of these descriptors would give, from the inputs themselves. What the engine finds with
/// tokens is the same (a test).
Evidence compare(Descriptors const& theirs, Descriptors const& ours);

/// Folds equality of one component of `theirs` with one of `ours` into the evidence. Both kinds are of one pool.
void note_equal(Evidence& evidence, ComponentKind theirs, ComponentKind ours);
/// Kinds of `ours` that a component of kind `theirs` is compared with: its own, and those that note_equal tells apart.
std::vector<ComponentKind> const& compared_with(ComponentKind theirs);

} // namespace fanlight::protocol
