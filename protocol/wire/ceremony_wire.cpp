#include "protocol/wire/ceremony_wire.hpp"

#include "ceremony.pb.h"
#include "protocol/wire/codec.hpp"

#include <set>

namespace fanlight::protocol {

using namespace codec;

namespace {

// What is said takes about 3 KiB at most. A complaint shows two of them as evidence, and must itself fit into a
// message: so what is longer is refused before anybody could have to pass it on.
constexpr std::size_t said_bytes_max = 8 * 1024;
constexpr std::size_t body_bytes_max = 32 * 1024;

Result<std::vector<crypto::Commitment>> parse_commitments(std::string const& bytes, char const* where) {
    constexpr auto size = crypto::Commitment::size_bytes;
    auto const count = bytes.size() / size;
    if (count == 0 || bytes.size() % size != 0) return fail(Errc::malformed, where);
    if (count > limits::evaluate_batch_max) return fail(Errc::too_large, where);
    std::vector<crypto::Commitment> commitments;
    for (std::size_t i = 0; i < count; ++i) {
        FANLIGHT_TRY(auto const one, crypto::Commitment::parse(as_bytes(bytes).subspan(i * size, size)));
        commitments.push_back(one);
    }
    return commitments;
}

constexpr std::size_t complaint_items_max = 2;

template <class Repeated> Result<std::vector<PartyId>> parse_parties(Repeated const& wire, char const* where) {
    if (wire.empty() || static_cast<std::size_t>(wire.size()) > limits::holders_max)
        return fail(Errc::malformed, where);
    std::vector<PartyId> parties;
    for (auto const& text : wire) {
        FANLIGHT_TRY(auto party, parse_padded(text));
        parties.push_back(std::move(party));
    }
    return parties;
}

Result<CeremonyKind> parse_kind(std::uint32_t value) {
    if (value < 1 || value > static_cast<std::uint32_t>(CeremonyKind::progress))
        return fail(Errc::malformed, "ceremony message: kind");
    return static_cast<CeremonyKind>(value);
}
Result<CeremonyKind> parse_said_kind(std::uint32_t value) {
    FANLIGHT_TRY(auto const kind, parse_kind(value));
    if (!is_said(kind)) return fail(Errc::malformed, "what was said in a ceremony: kind");
    return kind;
}

void write(v1::CeremonyHearsay& wire, Hearsay const& item) {
    wire.set_party(padded(item.party));
    wire.set_kind(static_cast<std::uint32_t>(item.kind));
    wire.set_body_hash(text_of(item.body_hash.view()));
    wire.set_signature(text_of(item.signature.view()));
}
Result<Hearsay> parse_hearsay(v1::CeremonyHearsay const& wire) {
    constexpr auto where = "what was heard in a ceremony";
    FANLIGHT_TRY(auto party, parse_padded(wire.party()));
    FANLIGHT_TRY(auto const kind, parse_said_kind(wire.kind()));
    FANLIGHT_TRY(auto const hash, crypto::Sha256::parse(as_bytes(wire.body_hash()), where));
    FANLIGHT_TRY(auto const signature, crypto::Signature::parse(as_bytes(wire.signature()), where));
    return Hearsay{std::move(party), kind, hash, signature};
}

void write(v1::CeremonySaid& wire, Said const& said) {
    wire.set_party(padded(said.party));
    wire.set_kind(static_cast<std::uint32_t>(said.kind));
    wire.set_body(text_of(said.body));
    wire.set_signature(text_of(said.signature.view()));
}
Result<Said> parse_said(v1::CeremonySaid const& wire) {
    FANLIGHT_TRY(auto party, parse_padded(wire.party()));
    FANLIGHT_TRY(auto const kind, parse_said_kind(wire.kind()));
    if (wire.body().size() > said_bytes_max) return fail(Errc::too_large, "what was said in a ceremony: body");
    FANLIGHT_TRY(auto const signature, crypto::Signature::parse(as_bytes(wire.signature()), "complaint: said"));
    return Said{std::move(party), kind, to_bytes(as_bytes(wire.body())), signature};
}

Result<std::optional<ShareEvidence>> parse_share_evidence(std::string const& wire) {
    constexpr auto where = "complaint: share";
    if (wire.empty()) return std::optional<ShareEvidence>();
    if (wire.size() != SealedShare::plain_bytes) return fail(Errc::malformed, where);
    auto const bytes = as_bytes(wire);
    FANLIGHT_TRY(auto const share, DisputedShare::parse(bytes.first(DisputedShare::size_bytes), where));
    FANLIGHT_TRY(auto const signature, crypto::Signature::parse(bytes.subspan(DisputedShare::size_bytes), where));
    return std::optional(ShareEvidence{share, signature});
}

} // namespace

char const* name(CeremonyKind kind) {
    switch (kind) {
    case CeremonyKind::proposal: return "proposal";
    case CeremonyKind::joined: return "joined";
    case CeremonyKind::commitments: return "commitments";
    case CeremonyKind::heard: return "heard";
    case CeremonyKind::share: return "share";
    case CeremonyKind::signature: return "signature";
    case CeremonyKind::complaint: return "complaint";
    case CeremonyKind::abandonment: return "abandonment";
    case CeremonyKind::progress: return "progress";
    }
    return "unknown";
}

bool is_said(CeremonyKind kind) {
    return kind == CeremonyKind::joined || kind == CeremonyKind::commitments || kind == CeremonyKind::heard ||
           kind == CeremonyKind::signature;
}

char const* in_words(CeremonyClaim claim) {
    switch (claim) {
    case CeremonyClaim::malformed: return "said something that has not the right form";
    case CeremonyClaim::equivocation: return "told two participants different things";
    case CeremonyClaim::other_commitments: return "gave other commitments than those whose hash it gave";
    case CeremonyClaim::unknown_constant: return "could not prove that it knows its part of the key";
    case CeremonyClaim::other_constant: return "dealt something else than its old share";
    case CeremonyClaim::false_hearsay: return "says that it heard what nobody signed";
    case CeremonyClaim::wrong_share: return "gave a share that does not fit its commitments";
    case CeremonyClaim::unreadable_share: return "gave a share that does not open or is not signed";
    case CeremonyClaim::wrong_signature: return "gave a signature that is not of the certificate";
    case CeremonyClaim::other_proposal: return "joined another proposal of the same number";
    }
    return "did something unknown";
}

char const* in_words(AbandonReason reason) {
    switch (reason) {
    case AbandonReason::administrator: return "abandoned it by hand";
    case AbandonReason::replaced: return "has a newer proposal";
    case AbandonReason::ended_elsewhere: return "heard that another participant ended it";
    case AbandonReason::not_allowed: return "does not take it: it does not fit the agreement or the keys that it knows";
    case AbandonReason::number_used: return "has already signed a certificate with this epoch and sharing; start again";
    case AbandonReason::not_later:
        return "does not take it: it had a later proposal before; check the coordinator's clock";
    case AbandonReason::no_share: return "has not the old share that it would deal";
    case AbandonReason::no_key: return "found that what was dealt does not make the key";
    case AbandonReason::unsealable: return "cannot seal a share to another participant, whose key note is not sound";
    }
    return "ended it";
}

std::vector<PartyId> CeremonyProposal::participants() const {
    std::set<PartyId> all(holders.begin(), holders.end());
    all.insert(dealers.begin(), dealers.end());
    return {all.begin(), all.end()};
}

Hearsay hearsay_of(Said const& said) {
    return {said.party, said.kind, crypto::sha256({said.body}), said.signature};
}

Bytes encode(CeremonyProposal const& proposal) {
    v1::CeremonyProposal wire;
    wire.set_ceremony_id(text_of(proposal.id.view()));
    wire.set_epoch(proposal.epoch);
    wire.set_sharing(proposal.sharing);
    wire.set_threshold(proposal.threshold);
    for (auto const& party : proposal.holders) wire.add_holders(padded(party));
    for (auto const& party : proposal.dealers) wire.add_dealers(padded(party));
    if (proposal.group) wire.set_group(text_of(proposal.group->view()));
    wire.set_proposed_at(to_wire(proposal.proposed_at));
    return serialise(wire);
}

Result<CeremonyProposal> decode_ceremony_proposal(ByteView bytes) {
    constexpr auto where = "proposal of a ceremony";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyProposal>(bytes, where));
    CeremonyProposal proposal;
    FANLIGHT_TRY(proposal.id, CeremonyId::parse(as_bytes(wire.ceremony_id()), "ceremony id"));
    if (wire.epoch() == 0 || wire.sharing() == 0) return fail(Errc::malformed, where);
    if (wire.threshold() == 0 || wire.threshold() > limits::holders_max) return fail(Errc::malformed, where);
    proposal.epoch = wire.epoch();
    proposal.sharing = wire.sharing();
    proposal.threshold = static_cast<std::uint8_t>(wire.threshold());
    FANLIGHT_TRY(proposal.holders, parse_parties(wire.holders(), "proposal of a ceremony: holders"));
    FANLIGHT_TRY(proposal.dealers, parse_parties(wire.dealers(), "proposal of a ceremony: dealers"));
    if (!wire.group().empty()) {
        FANLIGHT_TRY(auto const group, crypto::HolderPublic::parse(as_bytes(wire.group())));
        proposal.group = group;
    }
    proposal.proposed_at = from_wire(wire.proposed_at());
    return exactly(std::move(proposal), bytes, where);
}

Bytes encode(CeremonyMessage const& message) {
    v1::CeremonyMessage wire;
    wire.set_ceremony_id(text_of(message.ceremony.view()));
    wire.set_kind(static_cast<std::uint32_t>(message.kind));
    wire.set_body(text_of(message.body));
    wire.set_signature(text_of(message.signature.view()));
    return serialise(wire);
}

Result<CeremonyMessage> decode_ceremony_message(ByteView bytes) {
    constexpr auto where = "ceremony message";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyMessage>(bytes, where));
    FANLIGHT_TRY(auto const id, CeremonyId::parse(as_bytes(wire.ceremony_id()), "ceremony id"));
    FANLIGHT_TRY(auto const kind, parse_kind(wire.kind()));
    if (wire.body().size() > (is_said(kind) ? said_bytes_max : body_bytes_max))
        return fail(Errc::too_large, "ceremony message: body");
    FANLIGHT_TRY(auto const signature, crypto::Signature::parse(as_bytes(wire.signature()), where));
    if (!is_said(kind) && signature != crypto::Signature()) return fail(Errc::malformed, "ceremony message: signature");
    return exactly(CeremonyMessage{id, kind, to_bytes(as_bytes(wire.body())), signature}, bytes, where);
}

Bytes encode(SaidJoined const& said) {
    v1::CeremonyJoined wire;
    wire.set_proposal(text_of(said.proposal.view()));
    if (said.commitment_hash) wire.set_commitment_hash(text_of(said.commitment_hash->view()));
    return serialise(wire);
}

Result<SaidJoined> decode_said_joined(ByteView bytes) {
    constexpr auto where = "ceremony: joined";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyJoined>(bytes, where));
    SaidJoined said;
    FANLIGHT_TRY(said.proposal, crypto::Sha256::parse(as_bytes(wire.proposal()), where));
    if (!wire.commitment_hash().empty()) {
        FANLIGHT_TRY(auto const hash, crypto::CommitmentHash::parse(as_bytes(wire.commitment_hash()), where));
        said.commitment_hash = hash;
    }
    return exactly(said, bytes, where);
}

Bytes encode(SaidCommitments const& said) {
    v1::CeremonyCommitments wire;
    wire.set_commitments(joined(said.commitments));
    wire.set_proof(text_of(said.proof.view()));
    return serialise(wire);
}

Result<SaidCommitments> decode_said_commitments(ByteView bytes) {
    constexpr auto where = "ceremony: commitments";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyCommitments>(bytes, where));
    if (wire.commitments().size() > limits::holders_max * crypto::Commitment::size_bytes)
        return fail(Errc::malformed, where);
    FANLIGHT_TRY(auto commitments, parse_commitments(wire.commitments(), where));
    FANLIGHT_TRY(auto const proof, crypto::ConstantProof::parse(as_bytes(wire.proof()), where));
    return exactly(SaidCommitments{std::move(commitments), proof}, bytes, where);
}

Bytes encode(SaidHeard const& said) {
    v1::CeremonyHeard wire;
    for (auto const& item : said.items) write(*wire.add_items(), item);
    return serialise(wire);
}

Result<SaidHeard> decode_said_heard(ByteView bytes) {
    constexpr auto where = "ceremony: heard";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyHeard>(bytes, where));
    if (static_cast<std::size_t>(wire.items_size()) > heard_items_max) return fail(Errc::malformed, where);
    SaidHeard said;
    for (auto const& item : wire.items()) {
        FANLIGHT_TRY(auto parsed, parse_hearsay(item));
        said.items.push_back(std::move(parsed));
    }
    return exactly(std::move(said), bytes, where);
}

Bytes encode(SaidSignature const& said) {
    v1::CeremonySignature wire;
    wire.set_line(said.line);
    return serialise(wire);
}

Result<SaidSignature> decode_said_signature(ByteView bytes) {
    constexpr auto where = "ceremony: signature";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonySignature>(bytes, where));
    if (wire.line().empty() || wire.line().size() > signature_line_bytes_max) return fail(Errc::malformed, where);
    return exactly(SaidSignature{wire.line()}, bytes, where);
}

Bytes encode(SealedShare const& share) {
    v1::CeremonyShare wire;
    wire.set_sealed(text_of(share.sealed));
    return serialise(wire);
}

Result<SealedShare> decode_sealed_share(ByteView bytes) {
    constexpr auto where = "ceremony: share";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyShare>(bytes, where));
    if (wire.sealed().size() != SealedShare::plain_bytes + crypto::seal_overhead_bytes)
        return fail(Errc::malformed, where);
    return exactly(SealedShare{to_bytes(as_bytes(wire.sealed()))}, bytes, where);
}

Bytes encode(CeremonyComplaint const& complaint) {
    v1::CeremonyComplaint wire;
    wire.set_claim(static_cast<std::uint32_t>(complaint.claim));
    wire.set_accused(padded(complaint.accused));
    for (auto const& item : complaint.hearsay) write(*wire.add_hearsay(), item);
    for (auto const& said : complaint.said) write(*wire.add_said(), said);
    if (complaint.share)
        wire.set_share(text_of(complaint.share->share.view()) + text_of(complaint.share->signature.view()));
    return serialise(wire);
}

Result<CeremonyComplaint> decode_ceremony_complaint(ByteView bytes) {
    constexpr auto where = "complaint in a ceremony";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyComplaint>(bytes, where));
    if (wire.claim() < 1 || wire.claim() > static_cast<std::uint32_t>(CeremonyClaim::other_proposal))
        return fail(Errc::malformed, where);
    if (static_cast<std::size_t>(wire.hearsay_size()) > complaint_items_max ||
        static_cast<std::size_t>(wire.said_size()) > complaint_items_max)
        return fail(Errc::malformed, where);
    FANLIGHT_TRY(auto accused, parse_padded(wire.accused()));
    CeremonyComplaint complaint{static_cast<CeremonyClaim>(wire.claim()), std::move(accused), {}, {}, {}};
    for (auto const& item : wire.hearsay()) {
        FANLIGHT_TRY(auto parsed, parse_hearsay(item));
        complaint.hearsay.push_back(std::move(parsed));
    }
    for (auto const& said : wire.said()) {
        FANLIGHT_TRY(auto parsed, parse_said(said));
        complaint.said.push_back(std::move(parsed));
    }
    FANLIGHT_TRY(complaint.share, parse_share_evidence(wire.share()));
    return exactly(std::move(complaint), bytes, where);
}

Bytes encode(CeremonyAbandonment const& message) {
    v1::CeremonyAbandonment wire;
    wire.set_reason(static_cast<std::uint32_t>(message.reason));
    return serialise(wire);
}

Result<CeremonyAbandonment> decode_ceremony_abandonment(ByteView bytes) {
    constexpr auto where = "ceremony: abandonment";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyAbandonment>(bytes, where));
    if (wire.reason() < 1 || wire.reason() > static_cast<std::uint32_t>(AbandonReason::unsealable))
        return fail(Errc::malformed, where);
    return exactly(CeremonyAbandonment{static_cast<AbandonReason>(wire.reason())}, bytes, where);
}

Bytes encode(CeremonyProgress const& message) {
    v1::CeremonyProgress wire;
    wire.set_stage(static_cast<std::uint32_t>(message.stage));
    return serialise(wire);
}

Result<CeremonyProgress> decode_ceremony_progress(ByteView bytes) {
    constexpr auto where = "ceremony: progress";
    FANLIGHT_TRY(auto const wire, parse<v1::CeremonyProgress>(bytes, where));
    if (wire.stage() < static_cast<std::uint32_t>(CeremonyStage::committing) ||
        wire.stage() > static_cast<std::uint32_t>(CeremonyStage::complete))
        return fail(Errc::malformed, where);
    return exactly(CeremonyProgress{static_cast<CeremonyStage>(wire.stage())}, bytes, where);
}

} // namespace fanlight::protocol
