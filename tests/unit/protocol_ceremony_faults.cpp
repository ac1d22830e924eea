// Who lies in a key ceremony: every lie ends it for everybody, and names the liar wherever that can be proven.

#include "ceremony_support.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

std::vector<std::string> const holders{"health", "housing", "police"};
/// Who lies in most tests. "police" is lied to, "health" looks on.
constexpr auto liar = "housing";

using Changed = std::optional<CeremonyMessage>;

void propose(CeremonyWorld& world) {
    REQUIRE(world.start_ceremony());
    world.run(true);
}
void join_all(CeremonyWorld& world) {
    for (auto const& party : texts(world.view("coordinator").proposal.participants())) REQUIRE(world.join(party));
    world.run();
}

void require_aborted(CeremonyWorld& world, std::string const& accused, std::string const& words,
                     std::vector<std::string> const& at = {"health", "police", "housing", "coordinator"}) {
    for (auto const& party : at) {
        auto const view = world.view(party);
        CAPTURE(party, view.cause, name(view.stage));
        CHECK(view.stage == CeremonyStage::aborted);
        CHECK_THAT(view.cause, Catch::Contains(words));
        CHECK((view.accused ? view.accused->text() : "") == accused);
        CHECK(world.epochs(party).newest() == 0);
        for (auto const& [key, value] : world.at(party).disk)
            CHECK_FALSE((key.first == Space::ceremony && (key.second.front() == 3 || key.second.front() == 5)));
    }
}

/// A polynomial that the liar's engine knows nothing of, and what belongs to it.
struct Forged {
    crypto::Polynomial polynomial;
    SaidCommitments commitments;
    SaidJoined joined;
};
CeremonySession session_of(CeremonyWorld& world, std::string_view party) {
    CeremonySession session;
    auto const view = world.view(party);
    session.proposal = view.proposal;
    session.fingerprint = view.fingerprint;
    return session;
}
Forged forge(CeremonyWorld& world, std::string_view party, std::string_view proven_as, std::uint8_t threshold = 2) {
    crypto::SeededRandom random(77);
    auto const seed = random.make<crypto::CeremonySeed>();
    auto const session = session_of(world, party);
    auto const context = ceremony_context(Mode::practice, session, id_of(party));
    auto polynomial = crypto::Polynomial::derive(seed, context, threshold).value();
    auto const proof = polynomial.prove_constant(seed, ceremony_context(Mode::practice, session, id_of(proven_as)));
    SaidCommitments said{polynomial.commitments(), proof};
    auto const hash = crypto::commitment_hash(context, said.commitments, said.proof);
    return {std::move(polynomial), std::move(said), {session.fingerprint, hash}};
}

/// The plain share that a dealer's message gives to `to`, and its signature.
ShareEvidence open_share(CeremonyWorld& world, PartyId const& to, CeremonyMessage const& message) {
    auto const label = crypto::label(Mode::practice, crypto::Label::share_seal);
    auto const sealed = decode_sealed_share(message.body).value().sealed;
    auto const plain = crypto::open(world.at(to).share_sealing_key, as_bytes(label), sealed).value();
    return {DisputedShare::parse(ByteView(plain).first(32)).value(),
            crypto::Signature::parse(ByteView(plain).subspan(32)).value()};
}
CeremonyMessage seal_share(CeremonyWorld& world, PartyId const& to, CeremonyMessage message, ByteView share,
                           crypto::Signature const& signature) {
    auto plain = to_bytes(share);
    append(plain, signature.view());
    auto const label = crypto::label(Mode::practice, crypto::Label::share_seal);
    crypto::SeededRandom random(5);
    message.body = encode(
        SealedShare{crypto::seal(world.at(to).share_sealing_key.public_key(), as_bytes(label), plain, random).value()});
    return message;
}

Bytes scalar(std::uint8_t value) {
    Bytes bytes(32, 0);
    bytes[0] = value;
    return bytes;
}

} // namespace

TEST_CASE("ceremony: who tells two others two different things is proven to, by what they heard") {
    CeremonyWorld world(holders, 2, GENERATE(range(1U, 9U)));
    propose(world);
    auto const second = forge(world, liar, liar);
    world.tamper_with(liar, [&](PartyId const& to, CeremonyMessage message) -> Changed {
        if (to != id_of("police")) return message; // a whole other polynomial, sound in itself
        if (message.kind == CeremonyKind::joined) return world.message(liar, message.kind, encode(second.joined));
        if (message.kind == CeremonyKind::commitments)
            return world.message(liar, message.kind, encode(second.commitments));
        if (message.kind == CeremonyKind::share) {
            auto const share = second.polynomial.share_for(3).value();
            auto const covered = share_bytes(Mode::practice, session_of(world, liar), id_of(liar), to, share.reveal());
            return seal_share(world, to, message, share.reveal(), world.at(liar).node_key.sign(covered));
        }
        return message;
    });
    join_all(world);
    require_aborted(world, liar, "housing told two participants different things");
}

TEST_CASE("ceremony: who says two different things to one participant is proven to") {
    CeremonyWorld world(holders, 2, 3);
    propose(world);
    REQUIRE(world.join("police"));
    REQUIRE(world.join(liar));
    world.run();
    auto const second = forge(world, liar, liar);
    world.inject(liar, "police", world.message(liar, CeremonyKind::joined, encode(second.joined)));
    world.run();
    require_aborted(world, liar, "housing told two participants different things; police has shown it");
}

TEST_CASE("ceremony: a share that does not fit, and its dealer") {
    CeremonyWorld world(holders, 2, 4);
    propose(world);
    auto const value = GENERATE(std::uint8_t(0), std::uint8_t(9)); // zero is not even a scalar
    world.tamper_with(liar, [&](PartyId const& to, CeremonyMessage message) -> Changed {
        if (message.kind != CeremonyKind::share || to != id_of("police")) return message;
        auto const share = scalar(value);
        auto const covered = share_bytes(Mode::practice, session_of(world, liar), id_of(liar), to, share);
        return seal_share(world, to, message, share, world.at(liar).node_key.sign(covered));
    });
    join_all(world);
    require_aborted(world, liar, "housing gave a share that does not fit its commitments; police has shown it");
}

TEST_CASE("ceremony: a share that nobody can show to others accuses two, and proves nothing") {
    CeremonyWorld world(holders, 2, 4);
    propose(world);
    auto const how = GENERATE(0, 1, 2, 3);
    CAPTURE(how);
    world.tamper_with(liar, [&](PartyId const& to, CeremonyMessage message) -> Changed {
        if (message.kind != CeremonyKind::share || to != id_of("police")) return message;
        auto const shown = open_share(world, to, message);
        if (how == 0) message.body.back() = static_cast<std::uint8_t>(message.body.back() ^ 1U); // does not open
        if (how == 1) return seal_share(world, to, message, shown.share.view(), {});             // not signed
        if (how == 2) return seal_share(world, id_of("health"), message, shown.share.view(), shown.signature);
        if (how == 3) message.body = Bytes{1, 2, 3};
        return message;
    });
    join_all(world);
    require_aborted(world, "",
                    "police complains that housing gave a share that does not open or is not signed; it "
                    "cannot be proven who of the two is at fault");
}

TEST_CASE("ceremony: what a dealer says of its polynomial must be sound") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    struct Lie {
        char const* words;
        SaidJoined joined;
        Bytes commitments;
    };
    auto const sound = forge(world, liar, liar);
    auto const of_other = forge(world, liar, "health");
    auto const short_one = forge(world, liar, liar, 1);
    auto other_hash = sound.joined;
    other_hash.commitment_hash = crypto::CommitmentHash{};
    auto const lie =
        GENERATE_REF(Lie{"could not prove that it knows its part", of_other.joined, encode(of_other.commitments)},
                     Lie{"gave other commitments", other_hash, encode(sound.commitments)},
                     Lie{"gave other commitments", sound.joined, encode(of_other.commitments)},
                     Lie{"has not the right form", short_one.joined, encode(short_one.commitments)},
                     Lie{"has not the right form", sound.joined, Bytes(3, 7)},
                     Lie{"has not the right form", {sound.joined.proposal, std::nullopt}, encode(sound.commitments)});
    CAPTURE(lie.words);
    world.tamper_with(liar, [&](PartyId const&, CeremonyMessage message) -> Changed {
        if (message.kind == CeremonyKind::joined) return world.message(liar, message.kind, encode(lie.joined));
        if (message.kind == CeremonyKind::commitments) return world.message(liar, message.kind, lie.commitments);
        return message;
    });
    join_all(world);
    require_aborted(world, liar, std::string("housing "), {"health", "police", "coordinator"});
    require_aborted(world, liar, lie.words, {"health", "police"});
}

TEST_CASE("ceremony: the identity and other points that are none are named as malformed") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    auto const byte = GENERATE(std::uint8_t(0), std::uint8_t(1), std::uint8_t(0xFF)); // identity, odd, not canonical
    world.tamper_with(liar, [&](PartyId const&, CeremonyMessage message) -> Changed {
        if (message.kind != CeremonyKind::commitments) return message;
        auto body = message.body; // field 1, its length, then the first commitment
        std::fill(body.begin() + 2, body.begin() + 2 + 32, byte);
        return world.message(liar, message.kind, std::move(body));
    });
    join_all(world);
    require_aborted(world, liar, "housing said something that has not the right form", {"health", "police"});
}

TEST_CASE("ceremony: in a reshare everybody deals the share that it has") {
    CeremonyWorld world({"health", "housing", "police", "prison"}, 2, 8);
    REQUIRE(world.start_ceremony({ids({"health", "housing", "police"}), false, {}}));
    world.run(true);
    join_all(world);
    for (auto const* party : {"coordinator", "health", "housing", "police", "prison"})
        world.step(world.at(party),
                   [&](auto& engines, auto& effects) { REQUIRE(engines.epochs.open(world.now(), 1, effects)); });
    REQUIRE(world.start_ceremony({ids({"health", "police", "prison"}), true, ids({"health", liar})}));
    world.run(true);
    auto const other = forge(world, liar, liar); // a sound polynomial, but not of its share
    world.tamper_with(liar, [&](PartyId const&, CeremonyMessage message) -> Changed {
        if (message.kind == CeremonyKind::joined) return world.message(liar, message.kind, encode(other.joined));
        if (message.kind == CeremonyKind::commitments)
            return world.message(liar, message.kind, encode(other.commitments));
        return message;
    });
    join_all(world);
    for (auto const* party : {"health", "police", "prison", "coordinator"}) {
        auto const view = world.view(party);
        CAPTURE(party, view.cause);
        REQUIRE(view.stage == CeremonyStage::aborted);
        REQUIRE(view.accused == id_of(liar));
        REQUIRE_THAT(view.cause, Catch::Contains("housing dealt something else than its old share"));
        REQUIRE(world.epochs(party).find(1)->sharings.size() == 1);
    }
}

TEST_CASE("ceremony: who says it heard what nobody signed is named") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    world.tamper_with(liar, [&](PartyId const&, CeremonyMessage message) -> Changed {
        if (message.kind != CeremonyKind::heard) return message;
        auto heard = decode_said_heard(message.body).value();
        heard.items.front().body_hash = crypto::sha256({});
        return world.message(liar, message.kind, encode(heard));
    });
    join_all(world);
    require_aborted(world, liar, "housing says that it heard what nobody signed", {"health", "police"});
}

TEST_CASE("ceremony: who leaves something out of what it heard is named") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    world.tamper_with(liar, [&](PartyId const&, CeremonyMessage message) -> Changed {
        if (message.kind != CeremonyKind::heard) return message;
        auto heard = decode_said_heard(message.body).value();
        heard.items.pop_back();
        return world.message(liar, message.kind, encode(heard));
    });
    join_all(world);
    require_aborted(world, liar, "housing said something that has not the right form", {"health", "police"});
}

TEST_CASE("ceremony: who signs something else than the certificate is named by those who made it") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    world.hold_certificates = true;
    auto const how = GENERATE(0, 1, 2);
    CAPTURE(how);
    world.tamper_with(liar, [&](PartyId const&, CeremonyMessage message) -> Changed {
        if (message.kind != CeremonyKind::signature) return message;
        auto line = decode_said_signature(message.body).value().line;
        auto const name = note_key_name("example.org", id_of(liar), "signing");
        auto const other = crypto::sign_note_line("another text\n", name, world.at(liar).signing_key);
        if (how == 0) line = other;  // instead
        if (how == 1) line += other; // beside
        if (how == 2) line += crypto::sign_note_line("any\n", "nobody", world.at(liar).node_key);
        return world.message(liar, message.kind, encode(SaidSignature{line}));
    });
    join_all(world);
    require_aborted(world, liar, "housing gave a signature that is not of the certificate", {"health", "police"});
    REQUIRE(world.stage("coordinator") == CeremonyStage::aborted);
    REQUIRE_THAT(world.view("coordinator").cause, Catch::Contains("housing"));
}

TEST_CASE("ceremony: a complaint that its own evidence clears names who complains") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    // What "police" got from "housing", as it would show it.
    std::map<CeremonyKind, Said> said;
    std::optional<ShareEvidence> share;
    world.tamper_with(liar, [&](PartyId const& to, CeremonyMessage message) -> Changed {
        if (to == id_of("police") && is_said(message.kind))
            said.insert_or_assign(message.kind, Said{id_of(liar), message.kind, message.body, message.signature});
        if (to == id_of("police") && message.kind == CeremonyKind::share) share = open_share(world, to, message);
        if (message.kind == CeremonyKind::signature) return std::nullopt; // nobody completes before the complaint
        return message;
    });
    world.hold_certificates = true;
    join_all(world);
    REQUIRE(world.stage("health") == CeremonyStage::signing);
    REQUIRE(share);
    auto const of = [&](CeremonyKind kind) { return said.at(kind); };
    auto const hearsay = hearsay_of(of(CeremonyKind::joined));
    auto const accused = id_of(liar);
    auto const complaint = GENERATE_REF(
        CeremonyComplaint{CeremonyClaim::wrong_share, accused, {}, {of(CeremonyKind::commitments)}, share},
        CeremonyComplaint{CeremonyClaim::malformed, accused, {}, {of(CeremonyKind::heard)}, {}},
        CeremonyComplaint{CeremonyClaim::equivocation, accused, {hearsay, hearsay}, {}, {}},
        CeremonyComplaint{CeremonyClaim::other_commitments,
                          accused,
                          {},
                          {of(CeremonyKind::joined), of(CeremonyKind::commitments)},
                          {}},
        CeremonyComplaint{CeremonyClaim::unknown_constant, accused, {}, {of(CeremonyKind::commitments)}, {}},
        CeremonyComplaint{CeremonyClaim::false_hearsay, accused, {}, {of(CeremonyKind::heard)}, {}},
        CeremonyComplaint{CeremonyClaim::wrong_signature, accused, {}, {of(CeremonyKind::signature)}, {}});
    CAPTURE(int(complaint.claim));
    SECTION("a share that the dealer never signed") {
        CeremonyComplaint invented{CeremonyClaim::wrong_share, accused, {}, {of(CeremonyKind::commitments)}, share};
        auto const signature = share->signature; // of another share
        invented.share = ShareEvidence{DisputedShare::parse(scalar(7)).value(), signature};
        world.inject("police", "health", world.message("police", CeremonyKind::complaint, encode(invented)));
        return require_aborted(world, "", "cannot be proven", {"health"});
    }
    auto const message = world.message("police", CeremonyKind::complaint, encode(complaint));
    world.inject("police", "health", message);
    require_aborted(world, "police", "police complains that housing", {"health"});
    REQUIRE_THAT(world.view("health").cause, Catch::Contains("what it shows clears housing"));
}

TEST_CASE("ceremony: a complaint without evidence names both, and a later one with evidence names the liar") {
    CeremonyWorld world(holders, 2, 6);
    propose(world);
    auto const second = forge(world, liar, liar);
    auto const other = crypto::SeededRandom(3).make<crypto::Signature>();
    REQUIRE(world.join(liar));
    REQUIRE(world.join("police"));
    world.run();
    auto const real = world.say(liar, CeremonyKind::joined, encode(second.joined));
    auto forged = real;
    forged.signature = other;
    auto const complaint = GENERATE_REF(
        CeremonyComplaint{CeremonyClaim::wrong_share, id_of(liar), {}, {}, {}},
        CeremonyComplaint{CeremonyClaim::other_constant, id_of(liar), {}, {}, {}},
        CeremonyComplaint{CeremonyClaim::malformed, id_of(liar), {}, {forged}, {}},
        CeremonyComplaint{CeremonyClaim::equivocation, id_of(liar), {hearsay_of(real), hearsay_of(forged)}, {}, {}},
        CeremonyComplaint{CeremonyClaim::unknown_constant, id_of("coordinator"), {}, {}, {}});
    world.inject("police", "health", world.message("police", CeremonyKind::complaint, encode(complaint)));
    world.run();
    REQUIRE(world.stage("health") == CeremonyStage::aborted);
    REQUIRE_FALSE(world.view("health").accused);
    REQUIRE_THAT(world.view("health").cause, Catch::Contains("cannot be proven"));
    // Whoever was told nothing hears of the end from the coordinator.
    for (auto const* party : {"coordinator", "police", "housing"})
        REQUIRE(world.stage(party) == CeremonyStage::aborted);

    // What is shown differs from what we were told ourselves: that proves it, whatever the claim.
    CeremonyComplaint const proof{CeremonyClaim::malformed, id_of(liar), {}, {real}, {}};
    world.inject("police", "health", world.message("police", CeremonyKind::complaint, encode(proof)));
    REQUIRE(world.view("health").accused == id_of(liar));
}

TEST_CASE("ceremony: two proposals of one number are noticed as soon as somebody joins the other") {
    CeremonyWorld world(holders, 2, 6);
    world.tamper_with("coordinator", [](PartyId const& to, CeremonyMessage message) {
        bool const kept_back = message.kind == CeremonyKind::proposal && to == id_of("police");
        return kept_back ? std::nullopt : Changed(std::move(message));
    });
    propose(world);
    auto other = world.view("coordinator").proposal; // police gets another order of holders
    std::swap(other.holders[0], other.holders[1]);
    other.dealers = other.holders;
    world.inject("coordinator", "police", {other.id, CeremonyKind::proposal, encode(other), {}});
    REQUIRE(world.view("police").fingerprint != world.view("health").fingerprint);
    REQUIRE(world.join("health"));
    world.run();
    for (auto const* party : {"police", "health", "housing", "coordinator"}) {
        CAPTURE(party);
        REQUIRE(world.stage(party) == CeremonyStage::aborted);
        REQUIRE_THAT(world.view(party).cause,
                     Catch::Contains("police complains that health joined another proposal of the same number"));
        REQUIRE_FALSE(world.view(party).accused);
    }
}

TEST_CASE("ceremony: a proposal that is not right is refused and not shown") {
    CeremonyWorld world({"health", "housing", "police", "prison"}, 2, 6);
    // Epoch 1 is there, held by three.
    REQUIRE(world.start_ceremony({ids({"health", "housing", "police"}), false, {}}));
    world.run(true);
    join_all(world);
    auto const first = world.view("police").proposal;
    REQUIRE(world.epochs("police").newest() == 1);
    auto const group = world.epochs("police").find(1)->keys().group;
    auto const other_group = world.epochs("police").find(1)->keys().holder_public.front();

    CeremonyProposal good;
    good.id = CeremonyId::parse(Bytes(16, 9)).value();
    good.epoch = 2;
    good.threshold = 2;
    good.holders = ids({"police", "prison"});
    good.dealers = good.holders;
    good.proposed_at = world.now() + Duration(1);
    auto reshare = good;
    reshare.epoch = 1;
    reshare.sharing = 2;
    reshare.group = group;
    reshare.dealers = ids({"police", "housing"});

    struct Row {
        char const* what;
        CeremonyProposal proposal;
        bool taken = false;
    };
    std::vector<Row> rows;
    auto const row = [&](char const* what, CeremonyProposal const& from, auto const& change, bool taken = false) {
        auto proposal = from;
        change(proposal);
        rows.push_back({what, proposal, taken});
    };
    row(
        "good", good, [](auto&) {}, true);
    row(
        "good reshare", reshare, [](auto&) {}, true);
    row(
        "a later epoch", good, [](auto& p) { p.epoch = 7; }, true);
    row("an epoch that is there", good, [](auto& p) { p.epoch = 1; });
    row("a new key as a second sharing", good, [](auto& p) { p.sharing = 2; });
    row("another threshold", good, [](auto& p) { p.threshold = 1; });
    row("fewer than t", good, [](auto& p) { p.holders = p.dealers = ids({"police"}); });
    row("a holder twice", good, [](auto& p) { p.holders = p.dealers = ids({"police", "police", "prison"}); });
    row("one who may not", good, [](auto& p) { p.holders = p.dealers = ids({"police", "outsider"}); });
    row("one who is no party", good, [](auto& p) { p.holders = p.dealers = ids({"police", "nobody"}); });
    row("the coordinator", good, [](auto& p) { p.holders = p.dealers = ids({"police", "coordinator"}); });
    row("other dealers", good, [](auto& p) { p.dealers = ids({"police", "housing"}); });
    row("without us", good, [](auto& p) { p.holders = p.dealers = ids({"prison", "housing"}); });
    row("from the future", good, [](auto& p) { p.proposed_at += limits::clock_skew_max + Duration(5000); });
    row("not later", good, [&](auto& p) { p.proposed_at = first.proposed_at; });
    row("a reshare of another key", reshare, [&](auto& p) { p.group = other_group; });
    row("a reshare of no epoch", reshare, [](auto& p) { p.epoch = 2; });
    row("a sharing that is there", reshare, [](auto& p) { p.sharing = 1; });
    row("a dealer without a share", reshare, [](auto& p) { p.dealers = ids({"police", "prison"}); });
    row("fewer dealers", reshare, [](auto& p) { p.dealers = ids({"police"}); });
    row("more dealers", reshare, [](auto& p) { p.dealers = ids({"police", "housing", "health"}); });
    row("a new holder twice", reshare, [](auto& p) { p.holders = ids({"police", "police", "prison"}); });
    row("a dealer twice", reshare, [](auto& p) { p.dealers = ids({"police", "police"}); });
    for (auto const& [what, proposal, taken] : rows) {
        CAPTURE(what);
        auto const before = world.at("police").disk;
        auto const log = world.at("police").log.size();
        world.inject("coordinator", "police", {proposal.id, CeremonyKind::proposal, encode(proposal), {}});
        auto const view = world.view("police");
        REQUIRE((view.proposal.id == proposal.id) == taken);
        REQUIRE(world.at("police").log.size() == log + 1); // either way it is in the log
        REQUIRE((view.stage == CeremonyStage::proposed) == taken);
        world.at("police").disk = before; // the next one comes to the same node
        world.restart("police");
    }
    SECTION("by one who has signed nothing and had no proposal before") {
        for (auto const& [what, proposal, taken] : rows) {
            CAPTURE(what);
            bool const only_police = what == std::string_view("without us") || what == std::string_view("not later");
            auto const parties = proposal.participants();
            bool const with_prison = std::find(parties.begin(), parties.end(), id_of("prison")) != parties.end();
            if (taken || only_police || !with_prison) continue;
            world.inject("coordinator", "prison", {proposal.id, CeremonyKind::proposal, encode(proposal), {}});
            REQUIRE_FALSE(world.ceremony("prison").view());
        }
        auto const& log = world.at("prison").log;
        REQUIRE(std::none_of(log.begin(), log.end(),
                             [](auto const& text) { return text.find("already signed") != std::string::npos; }));
    }
    SECTION("from somebody else than the coordinator") {
        world.inject("housing", "police", {good.id, CeremonyKind::proposal, encode(good), {}});
        REQUIRE(world.view("police").proposal.id == first.id);
        REQUIRE(world.at("police").log.back() == "proposal of a ceremony is not the coordinator's");
    }
    SECTION("the coordinator hears why") {
        REQUIRE(world.start_ceremony({ids({"health", "police"}), false, {}}));
        // Police has had a later one: the coordinator's clock, or it was restored from an older copy.
        auto later = good;
        later.proposed_at = world.now() + Duration(60'000);
        world.inject("coordinator", "police", {later.id, CeremonyKind::proposal, encode(later), {}});
        world.run();
        REQUIRE(world.stage("coordinator") == CeremonyStage::aborted);
        REQUIRE_THAT(world.view("coordinator").cause, Catch::Contains("police does not take it"));
        REQUIRE(world.stage("health") == CeremonyStage::aborted);
    }
}

TEST_CASE("ceremony: messages that do not belong to it are refused, and change nothing") {
    CeremonyWorld world(holders, 2, 6);
    std::vector<std::pair<PartyId, CeremonyMessage>> earlier; // of housing's, with its recipients
    world.tamper_with(liar, [&](PartyId const& to, CeremonyMessage message) -> Changed {
        earlier.emplace_back(to, message);
        return message;
    });
    propose(world);
    join_all(world);
    REQUIRE(world.stage("police") == CeremonyStage::complete);
    world.tamper_with(liar, [](PartyId const&, CeremonyMessage message) { return Changed(message); });
    propose(world);
    REQUIRE(world.join("police"));
    world.run();
    auto const before = [&](std::string_view party) {
        std::map<std::pair<Space, Bytes>, Bytes> rows;
        for (auto const& [key, value] : world.at(party).disk)
            if (key.first == Space::ceremony) rows.emplace(key, value);
        return rows;
    };
    auto const police = before("police");
    auto const refused = [&](std::string_view from, std::string_view to, CeremonyMessage const& message,
                             std::string const& reason) {
        auto const rows = before(to);
        world.inject(from, to, message);
        CAPTURE(from, to, reason, name(message.kind));
        REQUIRE(before(to) == rows);
        REQUIRE(world.at(to).log.back() == reason);
    };
    SECTION("replayed from an earlier ceremony") {
        REQUIRE(earlier.size() > 5);
        for (auto const& [to, message] : earlier)
            if (to == id_of("police"))
                refused(liar, "police", message, "ceremony message is of no ceremony that is known here");
    }
    SECTION("said in an earlier ceremony, and given this one's number") {
        for (auto& [to, message] : earlier) {
            if (to != id_of("police") || !is_said(message.kind)) continue;
            message.ceremony = world.view("police").proposal.id;
            if (message.kind == CeremonyKind::joined) continue; // it names its proposal: see above
            refused(liar, "police", message, "what was said in the ceremony is not signed");
        }
    }
    SECTION("from others") {
        auto const joined = world.message("police", CeremonyKind::joined, encode(SaidJoined{}));
        auto const abandoned = world.message("police", CeremonyKind::abandonment,
                                             encode(CeremonyAbandonment{AbandonReason::administrator}));
        auto const progress =
            world.message("police", CeremonyKind::progress, encode(CeremonyProgress{CeremonyStage::complete}));
        refused("outsider", "police", joined, "ceremony message is not from a participant");
        refused("outsider", "police", abandoned, "ceremony message is not from a participant");
        refused("outsider", "coordinator", progress, "ceremony message is not from a participant");
        refused("coordinator", "police", joined, "ceremony message is not for this node");
        refused("health", "police", progress, "ceremony message is not for this node");
        refused("health", "coordinator", joined, "ceremony message is not for this node");
        refused("health", "outsider", abandoned, "ceremony message is of no ceremony that is known here");
    }
    SECTION("another's words") {
        auto const message =
            world.message("police", CeremonyKind::joined, encode(forge(world, "police", "police").joined));
        refused("health", "police", message, "what was said in the ceremony is not signed");
    }
    SECTION("under another agreement") {
        auto const joined =
            world.message("health", CeremonyKind::joined, encode(forge(world, "health", "health").joined));
        auto const rows = before("police");
        world.inject("health", "police", joined, AgreementId{});
        REQUIRE(before("police") == rows);
        REQUIRE(world.at("police").log.back() == "ceremony message is under another agreement");
    }
    SECTION("bad bytes") {
        auto const id = world.view("police").proposal.id;
        refused("health", "police", {id, CeremonyKind::complaint, Bytes{1}, {}},
                "complaint in a ceremony is malformed");
        refused("health", "police", {id, CeremonyKind::abandonment, Bytes{1}, {}},
                "abandonment of a ceremony is malformed");
        refused("health", "coordinator", {id, CeremonyKind::progress, Bytes{1}, {}},
                "progress of a ceremony is malformed");
        refused("coordinator", "police", {id, CeremonyKind::proposal, Bytes{1}, {}},
                "proposal of a ceremony is malformed");
    }
    REQUIRE(before("police") == police);
    for (auto const* party : {"health", "housing"}) REQUIRE(world.join(party));
    world.run_until_delivered();
    REQUIRE(world.stage("coordinator") == CeremonyStage::complete);
}
