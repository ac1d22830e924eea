#pragma once
// Comparison by tokens (docs/protocol.md, sections 6 to 8): from a person's descriptors to what one party keeps of
// them, from that to what a slot of a query carries, and from a slot and a party's own person to evidence. The asker
// and the responder use the same functions, and so does the measurement of matching (docs/matching.md).

#include "policy/agreement.hpp"
#include "protocol/identity/score.hpp"
#include "protocol/tokens.hpp"

#include <span>

namespace fanlight::protocol {

/// What one party keeps of a person in one epoch, or asks with.
struct PersonTokens {
    struct OfAnchor {
        AnchorKind kind;
        Salt salt;
        AgencySecret secret;
    };
    struct OfComponent {
        ComponentKind kind;
        Salt salt; ///< date or sector
        ComponentSecret secret;
    };
    std::vector<OfAnchor> anchors;
    std::vector<OfComponent> components;
    FieldBits fields;
};

/// The points that an agreement lists. Whoever accepted it has looked that they are of our matching version
/// (Points::parse).
Points points_of(policy::Matching const& matching);
Thresholds thresholds_of(policy::Matching const& matching);

/// What is evaluated for a person: each input once, anchors first. At most limits::evaluations_per_person_max.
std::vector<Bytes> inputs_of(Descriptors const& person);
/// `tokens[i]` belongs to inputs_of(person)[i].
PersonTokens tokens_of(Mode mode, Descriptors const& person, std::span<crypto::Token const> tokens,
                       PartyId const& agency);

/// One key of a slot with what goes with it: whoever shares the anchor compares the values with its own.
struct SlotKey {
    DayToken key;
    std::array<ComponentValue, limits::components_per_anchor>
        components;                     ///< in random order, filled up with random ones
    std::array<std::uint8_t, 2> fields; ///< FieldBits, bit 13 "components go with it", masked under S_A(anchor)
};
/// For a party that declares so many people.
SlotKey slot_key(Mode mode, Day day, std::uint32_t people, PersonTokens const& person, std::size_t anchor,
                 crypto::Random& random);
SlotKey dummy_slot_key(crypto::Random& random);

/// Folds what one shared anchor shows into `evidence`. `anchor` is the place in ours.anchors that `key.key` is the day
/// token of.
void add_evidence(Mode mode, Day day, SlotKey const& key, PersonTokens const& ours, std::size_t anchor,
                  Evidence& evidence);

/// Of a thousand people who are not there, how many may share an anchor with a stranger among so many: then components
/// go with it; then it goes at all, and can only make a candidate for a person to look at.
inline constexpr std::uint32_t compared_per_1000_max = 5;
inline constexpr std::uint32_t shared_per_1000_max = 20;
bool carries_to(AnchorKind kind, std::uint32_t people);
bool goes_to(AnchorKind kind, std::uint32_t people);

} // namespace fanlight::protocol
