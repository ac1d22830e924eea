#pragma once
// One ceremony as a node keeps it: what was proposed, how far it is, what was said. And the rules of what may be said:
// pure functions, so that who complains and who judges the complaint ask the same question.

#include "protocol/engine/epochs.hpp"
#include "protocol/wire/ceremony_wire.hpp"

namespace fanlight::protocol {

/// A dealer's share as it came out of its seal: perhaps not even a scalar. Evidence until the ceremony is over.
struct ReceivedShare {
    crypto::LockedSecret<struct ReceivedShareTag, 32> share;
    crypto::Signature signature;
};

/// How much we know of why a ceremony ended; a better cause replaces a worse one.
enum class CauseKind : std::uint8_t { none = 0, hearsay, stated, proven };

struct CeremonySession {
    CeremonyProposal proposal;
    crypto::Sha256 fingerprint;
    CeremonyStage stage = CeremonyStage::proposed;
    Instant since{};
    CauseKind cause_kind = CauseKind::none;
    std::string cause;
    std::optional<PartyId> accused;
    std::optional<crypto::Sha256> certificate; ///< fingerprint of what we signed

    std::optional<crypto::CeremonySeed> seed;              ///< from joining to the end
    std::map<std::pair<CeremonyKind, PartyId>, Said> said; ///< ours too; one of a kind from each participant
    std::map<PartyId, ReceivedShare> shares;               ///< by dealer; to the end
    std::map<PartyId, CeremonyStage> told;                 ///< what each said of itself to the coordinator; aborts

    bool is_over() const { return stage == CeremonyStage::complete || stage == CeremonyStage::aborted; }
    bool takes_part(PartyId const& party) const { return deals(party) || receives(party); }
    bool deals(PartyId const& party) const;
    bool receives(PartyId const& party) const { return index_of(party).has_value(); }
    std::optional<crypto::ShareIndex> index_of(PartyId const& party) const; ///< of the share it receives
    bool is_reshare() const { return proposal.group.has_value(); }
    Said const* find(CeremonyKind kind, PartyId const& party) const;
};

/// SHA-256(label || 0 || agreement id || exact bytes of the proposal).
crypto::Sha256 fingerprint(policy::Agreement const& agreement, CeremonyProposal const& proposal);

/// Why a participant does not take a proposal; none: it does. Also what the coordinator asks itself before proposing.
std::optional<AbandonReason> unfit(Self const& self, Epochs const& epochs, CeremonyProposal const& proposal,
                                   Instant now);
/// The sharing whose holders deal in a reshare; nullptr: it is not the one in use any more.
Sharing const* sharing_dealt(Epochs const& epochs, CeremonyProposal const& proposal);
/// The dealers' share indices in that sharing.
Result<crypto::HolderSet> dealer_set(KeyCertificate const& before, CeremonyProposal const& proposal);

/// What a participant's polynomial, proof and hash are bound to: label || 0 || proposal || text(party).
Bytes ceremony_context(Mode mode, CeremonySession const& session, PartyId const& party);

Said sign_said(Self const& self, CeremonySession const& session, CeremonyKind kind, Bytes body);
[[nodiscard]] bool verify_said(Self const& self, CeremonySession const& session, Hearsay const& item);
/// What a dealer signs for one receiver.
Bytes share_bytes(Mode mode, CeremonySession const& session, PartyId const& dealer, PartyId const& receiver,
                  ByteView share);

/// Whether it has the form that the proposal asks of this participant.
bool well_formed(CeremonySession const& session, Said const& said);
// The following are of what is well-formed.
bool is_promised(Self const& self, CeremonySession const& session, Said const& joined, Said const& commitments);
bool knows_constant(Self const& self, CeremonySession const& session, Said const& commitments);
/// In a reshare: deals its old share. `before` is sharing_dealt.
bool deals_rightly(CeremonySession const& session, Sharing const& before, Said const& commitments);
/// Whether everything it heard was signed by who is said to have said it.
bool heard_truly(Self const& self, CeremonySession const& session, Said const& heard);
bool fits(ByteView share, crypto::ShareIndex index, Said const& commitments);
/// Whether the line is exactly this party's signature under the text.
bool signs(policy::Agreement const& agreement, PartyId const& party, std::string const& text, Said const& signature);

/// What the ceremony makes, once all commitments are there. Errc::malformed: they do not make a key, or not the one
/// that is shared anew.
Result<KeyCertificate> certificate_of(CeremonySession const& session);

/// A sentence for the screen, and whom it is about if that is proven.
struct Verdict {
    std::string cause;
    std::optional<PartyId> at_fault;
};
/// Whoever complains shows evidence that everybody can check. Evidence that holds proves the accused; evidence that is
/// signed and shows no fault proves who complains; without evidence one of the two is at fault and nobody can say who.
Verdict judge(Self const& self, Epochs const& epochs, CeremonySession const& session, PartyId const& complainer,
              CeremonyComplaint const& complaint);

} // namespace fanlight::protocol
