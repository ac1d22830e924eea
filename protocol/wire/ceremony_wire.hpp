#pragma once
// The messages of a ceremony as checked types, like wire.hpp: the payload of MessageType::ceremony.
//
// What a participant says to everybody is "said": it carries a signature of its own beside the envelope's, so that
// whoever heard it can show it to others (docs/protocol.md, "Ceremony").

#include "protocol/key_certificate.hpp"
#include "protocol/wire/wire.hpp"

namespace fanlight::protocol {

/// How far a participant is. Numbers are on the wire and on disk.
enum class CeremonyStage : std::uint8_t {
    proposed = 1, ///< waits for this administrator to join
    committing,   ///< joined: waits for everybody's hash
    revealing,    ///< waits for everybody's commitments
    sharing,      ///< waits for everybody's shares and for what they heard
    signing,      ///< waits for everybody's signature
    complete,
    aborted,
};

/// What is to be made. Its fingerprint is compared by phone before anybody joins.
struct CeremonyProposal {
    CeremonyId id;
    std::uint32_t epoch = 0;
    std::uint32_t sharing = 1;
    std::uint8_t threshold = 0;
    std::vector<PartyId> holders;              ///< 1 to limits::holders_max, in order of share index
    std::vector<PartyId> dealers;              ///< a new key: the holders
    std::optional<crypto::HolderPublic> group; ///< a reshare: the key that is shared anew
    Instant proposed_at{};

    std::vector<PartyId> participants() const; ///< holders and dealers, sorted, each once
};
Bytes encode(CeremonyProposal const& proposal);
Result<CeremonyProposal> decode_ceremony_proposal(ByteView bytes);

enum class CeremonyKind : std::uint8_t {
    proposal = 1, ///< coordinator to participants
    joined,       ///< said: round 1
    commitments,  ///< said: round 2, of dealers
    heard,        ///< said: round 3
    share,        ///< round 3, dealer to receiver
    signature,    ///< said: round 4
    complaint,    ///< to everybody
    abandonment,  ///< to everybody
    progress,     ///< participant to coordinator
};
char const* name(CeremonyKind kind);
bool is_said(CeremonyKind kind);

struct CeremonyMessage {
    CeremonyId ceremony;
    CeremonyKind kind;
    Bytes body;                  ///< exact bytes; never re-encoded
    crypto::Signature signature; ///< zero unless is_said(kind)
};
Bytes encode(CeremonyMessage const& message);
Result<CeremonyMessage> decode_ceremony_message(ByteView bytes);

/// Something said, as it can be shown to others.
struct Said {
    PartyId party;
    CeremonyKind kind;
    Bytes body;
    crypto::Signature signature;
};
/// The same without the body: enough to show that somebody said another thing to somebody else.
struct Hearsay {
    PartyId party;
    CeremonyKind kind;
    crypto::Sha256 body_hash;
    crypto::Signature signature;
};
Hearsay hearsay_of(Said const& said);

struct SaidJoined {
    crypto::Sha256 proposal; ///< fingerprint
    std::optional<crypto::CommitmentHash> commitment_hash;
};
struct SaidCommitments {
    std::vector<crypto::Commitment> commitments; ///< 1 to limits::holders_max
    crypto::ConstantProof proof;
};
struct SaidHeard {
    std::vector<Hearsay> items; ///< at most heard_items_max
};
struct SaidSignature {
    std::string line; ///< at most signature_line_bytes_max
};
/// Of up to 14 participants, at most 7 of them dealers, what each said in rounds 1 and 2.
inline constexpr std::size_t heard_items_max = 3 * limits::holders_max;
inline constexpr std::size_t signature_line_bytes_max = 1024;
Bytes encode(SaidJoined const& said);
Bytes encode(SaidCommitments const& said);
Bytes encode(SaidHeard const& said);
Bytes encode(SaidSignature const& said);
Result<SaidJoined> decode_said_joined(ByteView bytes);
Result<SaidCommitments> decode_said_commitments(ByteView bytes);
Result<SaidHeard> decode_said_heard(ByteView bytes);
Result<SaidSignature> decode_said_signature(ByteView bytes);

/// A dealer's share and its signature, sealed to the receiver.
struct SealedShare {
    static constexpr std::size_t plain_bytes = 32 + crypto::Signature::size_bytes;
    Bytes sealed; ///< exactly plain_bytes + crypto::seal_overhead_bytes
};
Bytes encode(SealedShare const& share);
Result<SealedShare> decode_sealed_share(ByteView bytes);

/// A share that is shown to everybody, because it does not fit. It is no secret any more, whatever it was. It is one
/// point of a dealer's polynomial in a ceremony that ends with it: of a fresh one nothing follows; of one that deals an
/// old share it would take t - 1 more points, which nobody honest shows.
using DisputedShare = Tagged<struct DisputedShareTag, 32>;
struct ShareEvidence {
    DisputedShare share;
    crypto::Signature signature;
};

enum class CeremonyClaim : std::uint8_t {
    malformed = 1,     ///< what it said has not the form that it must have
    equivocation,      ///< it said one thing to one participant and another to another
    other_commitments, ///< its commitments are not those whose hash it gave
    unknown_constant,  ///< its proof that it knows its part of the key does not verify
    other_constant,    ///< in a reshare: it deals something else than its old share
    false_hearsay,     ///< it says it heard what nobody signed
    wrong_share,       ///< its share does not fit its commitments
    unreadable_share,  ///< its share does not open or is not signed; nobody else can tell
    wrong_signature,   ///< its signature of the certificate does not verify
    other_proposal,    ///< it joined another proposal of the same number; nobody can tell who made it
};
char const* in_words(CeremonyClaim claim); ///< after the name of the accused: "gave a share that ..."

struct CeremonyComplaint {
    CeremonyClaim claim;
    PartyId accused;
    std::vector<Hearsay> hearsay; ///< at most 2
    std::vector<Said> said;       ///< at most 2
    std::optional<ShareEvidence> share;
};
Bytes encode(CeremonyComplaint const& complaint);
Result<CeremonyComplaint> decode_ceremony_complaint(ByteView bytes);

enum class AbandonReason : std::uint8_t {
    administrator = 1, ///< abandoned by hand
    replaced,          ///< a newer proposal came
    ended_elsewhere,   ///< another participant ended it
    not_allowed,       ///< the proposal does not fit the sender's agreement or the keys it knows
    number_used,       ///< the sender signed a certificate with the same epoch and sharing before
    not_later,         ///< the proposal is not later than one that the sender had before
    no_share,          ///< the sender has not the old share that it would deal
    no_key,            ///< what was dealt does not make the key
    unsealable,        ///< the sender cannot seal a share to another: that one's key note is not sound
};
char const* in_words(AbandonReason reason); ///< after the name of who abandoned: "abandoned it by hand"
struct CeremonyAbandonment {
    AbandonReason reason;
};
struct CeremonyProgress {
    CeremonyStage stage; ///< committing to complete
};
Bytes encode(CeremonyAbandonment const& message);
Bytes encode(CeremonyProgress const& message);
Result<CeremonyAbandonment> decode_ceremony_abandonment(ByteView bytes);
Result<CeremonyProgress> decode_ceremony_progress(ByteView bytes);

} // namespace fanlight::protocol
