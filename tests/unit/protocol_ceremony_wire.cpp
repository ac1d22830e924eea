// The messages of a ceremony on the wire: one encoding each, and nothing else decodes.

#include "project_files.hpp"
#include "protocol/wire/ceremony_wire.hpp"
#include "protocol_samples.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

struct CeremonySample {
    char const* name;
    std::uint8_t decoder; ///< first byte of its file in tests/fuzz/corpus/ceremony
    Bytes bytes;
    std::function<Result<Bytes>(ByteView)> again; ///< decode, then encode
};

template <class Decode> auto decode_encode(Decode const& decode) {
    return [decode](ByteView bytes) -> Result<Bytes> {
        FANLIGHT_TRY(auto const message, decode(bytes));
        return encode(message);
    };
}

std::vector<CeremonySample> ceremony_samples() {
    auto const point = generator();
    CeremonyProposal proposal;
    proposal.id = filled<CeremonyId>(1);
    proposal.epoch = 4;
    proposal.threshold = 2;
    proposal.holders = {party("police"), party("health"), party("housing")};
    proposal.dealers = proposal.holders;
    proposal.proposed_at = noon();
    auto reshare = proposal;
    reshare.sharing = 2;
    reshare.dealers = {party("police"), party("health")};
    reshare.group = crypto::HolderPublic::parse(point).value();
    SaidJoined const joined{filled<crypto::Sha256>(2), filled<crypto::CommitmentHash>(3)};
    auto const commitment = crypto::Commitment::parse(point).value();
    SaidCommitments const commitments{{commitment, commitment}, filled<crypto::ConstantProof>(4)};
    Hearsay const item{party("police"), CeremonyKind::joined, filled<crypto::Sha256>(5), filled<crypto::Signature>(6)};
    Said const said{party("police"), CeremonyKind::commitments, encode(commitments), filled<crypto::Signature>(7)};
    CeremonyComplaint const complaint{CeremonyClaim::wrong_share,
                                      party("police"),
                                      {item, item},
                                      {said},
                                      ShareEvidence{filled<DisputedShare>(8), filled<crypto::Signature>(9)}};
    SealedShare const share{Bytes(SealedShare::plain_bytes + crypto::seal_overhead_bytes, 5)};
    return {
        {"message", 0,
         encode(CeremonyMessage{proposal.id, CeremonyKind::joined, encode(joined), filled<crypto::Signature>(1)}),
         decode_encode(decode_ceremony_message)},
        {"message_share", 0, encode(CeremonyMessage{proposal.id, CeremonyKind::share, encode(share), {}}),
         decode_encode(decode_ceremony_message)},
        {"proposal", 1, encode(proposal), decode_encode(decode_ceremony_proposal)},
        {"proposal_reshare", 1, encode(reshare), decode_encode(decode_ceremony_proposal)},
        {"joined", 2, encode(joined), decode_encode(decode_said_joined)},
        {"joined_receiver", 2, encode(SaidJoined{joined.proposal, std::nullopt}), decode_encode(decode_said_joined)},
        {"commitments", 3, encode(commitments), decode_encode(decode_said_commitments)},
        {"heard", 4, encode(SaidHeard{{item, item}}), decode_encode(decode_said_heard)},
        {"share", 5, encode(share), decode_encode(decode_sealed_share)},
        {"signature", 6, encode(SaidSignature{"\u2014 example.org/police/signing AAAA\n"}),
         decode_encode(decode_said_signature)},
        {"complaint", 7, encode(complaint), decode_encode(decode_ceremony_complaint)},
        {"complaint_bare", 7,
         encode(CeremonyComplaint{CeremonyClaim::unreadable_share, party("police"), {}, {}, std::nullopt}),
         decode_encode(decode_ceremony_complaint)},
        {"abandonment", 8, encode(CeremonyAbandonment{AbandonReason::replaced}),
         decode_encode(decode_ceremony_abandonment)},
        {"progress", 9, encode(CeremonyProgress{CeremonyStage::signing}), decode_encode(decode_ceremony_progress)},
    };
}

template <class T> void require_refused(Bytes const& bytes, Result<T> (*decode)(ByteView)) {
    REQUIRE_FALSE(decode(bytes));
}

} // namespace

TEST_CASE("ceremony wire: every message comes back as it went, and nothing near it decodes") {
    for (auto const& sample : ceremony_samples()) {
        CAPTURE(sample.name);
        auto const again = sample.again(sample.bytes);
        REQUIRE(again);
        REQUIRE(again.value() == sample.bytes);
        for (std::size_t size = 0; size < sample.bytes.size(); ++size) { // cut short
            auto const cut = sample.again(ByteView(sample.bytes).first(size));
            if (cut) REQUIRE(cut.value() == to_bytes(ByteView(sample.bytes).first(size)));
        }
        auto longer = sample.bytes;
        append(longer, Bytes{0xF8, 0x7F, 0x01}); // an unknown field
        REQUIRE_FALSE(sample.again(longer));
    }
}

TEST_CASE("ceremony wire: the fuzz corpus has one of each") {
    for (auto const& sample : ceremony_samples()) {
        CAPTURE(sample.name);
        auto const bytes = fanlight::test::read_file(std::string("tests/fuzz/corpus/ceremony/") + sample.name);
        Bytes expected{sample.decoder};
        append(expected, sample.bytes);
        REQUIRE(to_bytes(as_bytes(bytes)) == expected);
    }
}

TEST_CASE("ceremony wire: what is not of the form is refused") {
    auto const point = generator();
    CeremonyProposal proposal;
    proposal.id = filled<CeremonyId>(1);
    proposal.epoch = 1;
    proposal.threshold = 2;
    proposal.holders = {party("police"), party("health")};
    proposal.dealers = proposal.holders;
    REQUIRE(decode_ceremony_proposal(encode(proposal)));
    auto const changed = [&](auto const& change) {
        auto other = proposal;
        change(other);
        return encode(other);
    };
    std::vector<PartyId> const eight(limits::holders_max + 1, party("police"));
    REQUIRE(decode_ceremony_proposal(changed([&](auto& p) { p.holders.assign(limits::holders_max, eight[0]); })));
    require_refused(changed([&](auto& p) { p.holders = eight; }), decode_ceremony_proposal);
    require_refused(changed([&](auto& p) { p.dealers = eight; }), decode_ceremony_proposal);
    require_refused(changed([](auto& p) { p.holders.clear(); }), decode_ceremony_proposal);
    require_refused(changed([](auto& p) { p.dealers.clear(); }), decode_ceremony_proposal);
    require_refused(changed([](auto& p) { p.epoch = 0; }), decode_ceremony_proposal);
    require_refused(changed([](auto& p) { p.sharing = 0; }), decode_ceremony_proposal);
    require_refused(changed([](auto& p) { p.threshold = 0; }), decode_ceremony_proposal);
    require_refused(changed([](auto& p) { p.threshold = limits::holders_max + 1; }), decode_ceremony_proposal);

    auto const commitment = crypto::Commitment::parse(point).value();
    auto const list = [&](std::size_t count) {
        return encode(SaidCommitments{std::vector<crypto::Commitment>(count, commitment), {}});
    };
    REQUIRE(decode_said_commitments(list(limits::holders_max)));
    require_refused(list(0), decode_said_commitments);
    require_refused(list(limits::holders_max + 1), decode_said_commitments);

    Hearsay const item{party("police"), CeremonyKind::joined, {}, {}};
    REQUIRE(decode_said_heard(encode(SaidHeard{std::vector<Hearsay>(heard_items_max, item)})));
    require_refused(encode(SaidHeard{std::vector<Hearsay>(heard_items_max + 1, item)}), decode_said_heard);
    auto not_said = item;
    not_said.kind = CeremonyKind::share; // nobody can show a share as said
    require_refused(encode(SaidHeard{{not_said}}), decode_said_heard);

    REQUIRE(decode_said_signature(encode(SaidSignature{std::string(signature_line_bytes_max, 'x')})));
    require_refused(encode(SaidSignature{std::string(signature_line_bytes_max + 1, 'x')}), decode_said_signature);
    require_refused(encode(SaidSignature{}), decode_said_signature);
    for (auto const size : {0U, 143U, 145U}) require_refused(encode(SealedShare{Bytes(size, 1)}), decode_sealed_share);

    CeremonyComplaint const complaint{CeremonyClaim::malformed, party("police"), {}, {}, {}};
    auto many = complaint;
    many.hearsay.assign(3, item);
    require_refused(encode(many), decode_ceremony_complaint);
    many = complaint;
    many.said.assign(3, Said{party("police"), CeremonyKind::joined, {}, {}});
    require_refused(encode(many), decode_ceremony_complaint);

    for (auto const stage : {CeremonyStage::proposed, CeremonyStage::aborted})
        require_refused(encode(CeremonyProgress{stage}), decode_ceremony_progress);
    require_refused(encode(CeremonyAbandonment{static_cast<AbandonReason>(0)}), decode_ceremony_abandonment);
    require_refused(encode(CeremonyAbandonment{static_cast<AbandonReason>(10)}), decode_ceremony_abandonment);

    CeremonyMessage message{proposal.id, CeremonyKind::progress, {}, {}};
    REQUIRE(decode_ceremony_message(encode(message)));
    message.signature = filled<crypto::Signature>(1); // of a kind that is not said
    require_refused(encode(message), decode_ceremony_message);
    message.kind = CeremonyKind::heard;
    REQUIRE(decode_ceremony_message(encode(message)));
    message.kind = static_cast<CeremonyKind>(10);
    require_refused(encode(message), decode_ceremony_message);
}

TEST_CASE("ceremony wire: what is said is short enough to be shown in a complaint that fits into a message") {
    CeremonyMessage message{CeremonyId::make([](MutableBytes) {}), CeremonyKind::joined, Bytes(8 * 1024, 7),
                            crypto::Signature::make([](MutableBytes out) { out[0] = 1; })};
    CHECK(decode_ceremony_message(encode(message)));
    message.body.push_back(7);
    CHECK(decode_ceremony_message(encode(message)).assume_error().code == Errc::too_large);
    message.body.assign(250'000, 7);
    CHECK(decode_ceremony_message(encode(message)).assume_error().code == Errc::too_large);
}
