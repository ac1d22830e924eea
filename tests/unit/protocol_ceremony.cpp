// The key ceremony: that it makes one key whatever order messages come in, whoever crashes and wherever, and that
// nothing secret leaves. Who lies in one is in protocol_ceremony_faults.cpp.

#include "ceremony_support.hpp"

#include <algorithm>
#include <set>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

struct Size {
    std::vector<std::string> holders;
    std::uint8_t threshold;
};
Size const three_two{{"health", "housing", "police"}, 2};
Size const seven_four{{"one", "two", "three", "four", "five", "six", "seven"}, 4};

/// Proposes, and everybody joins; messages come in any order.
void hold(CeremonyWorld& world, CeremonyPlan const& plan = {}) {
    REQUIRE(world.start_ceremony(plan));
    world.run(true);
    for (auto const& party : texts(world.view("coordinator").proposal.participants())) REQUIRE(world.join(party));
    world.run_until_delivered();
}

Sharing const& sharing_of(CeremonyWorld& world, std::string const& party, std::uint32_t epoch, std::uint32_t sharing) {
    auto const* found = world.epochs(party).find(epoch, sharing);
    CAPTURE(party, epoch, sharing);
    REQUIRE(found != nullptr);
    return *found;
}

/// Every t of the holders make the same key, whose public key is K.
void require_one_key(CeremonyWorld& world, std::uint32_t epoch, std::uint32_t sharing) {
    auto const& certificate = sharing_of(world, "coordinator", epoch, sharing).certificate;
    auto const holders = static_cast<std::uint8_t>(certificate.holders.size());
    std::size_t sets = 0;
    for (std::uint32_t bits = 1; bits < (1U << holders); ++bits) {
        auto const set = crypto::HolderSet::from_bits(bits, holders).value();
        if (set.indices().size() != certificate.threshold) continue;
        std::vector<crypto::OprfKey> folded;
        for (auto const index : set.indices()) {
            auto const& party = certificate.holders[index - 1U];
            auto const& mine = sharing_of(world, party.text(), epoch, sharing);
            REQUIRE(mine.share);
            REQUIRE(crypto::public_of(*mine.share) == certificate.holder_public[index - 1U]);
            folded.push_back(crypto::fold(*mine.share, index, set).value());
        }
        REQUIRE(crypto::public_of(crypto::add_shares(folded).value()) == certificate.group);
        ++sets;
    }
    REQUIRE(sets > 0);
}

/// Everybody is complete and has the same note, the outsider too.
void require_complete(CeremonyWorld& world) {
    auto const hub = world.view("coordinator");
    CAPTURE(hub.cause, texts(hub.waiting_for));
    REQUIRE(hub.stage == CeremonyStage::complete);
    auto const epoch = hub.proposal.epoch;
    auto const sharing = hub.proposal.sharing;
    auto const note = sharing_of(world, "coordinator", epoch, sharing).note;
    REQUIRE(hub.certificate);
    for (auto const& party : texts(hub.proposal.participants())) {
        auto const view = world.view(party);
        CAPTURE(party, view.cause, name(view.stage));
        REQUIRE(view.stage == CeremonyStage::complete);
        REQUIRE(view.waiting_for.empty());
        REQUIRE(view.cause.empty());
        REQUIRE(view.certificate == hub.certificate);
        REQUIRE(sharing_of(world, party, epoch, sharing).note == note);
        bool const holds = sharing_of(world, party, epoch, sharing).share.has_value();
        auto const& holders = hub.proposal.holders;
        REQUIRE(holds == (std::find(holders.begin(), holders.end(), id_of(party)) != holders.end()));
    }
    REQUIRE(sharing_of(world, "outsider", epoch, sharing).note == note);
    require_one_key(world, epoch, sharing);
}

bool contains(Bytes const& where, ByteView what) {
    return std::search(where.begin(), where.end(), what.begin(), what.end()) != where.end();
}

/// Nothing of a ceremony that is over may stay on a disk but marks, what was said in it, and how it ended.
void require_no_secret_rows(CeremonyWorld& world) {
    for (auto const& party : world.holders())
        for (auto const& [key, value] : world.at(party).disk) {
            CAPTURE(party, int(key.second.front()));
            if (key.first == Space::ceremony) REQUIRE(std::set<int>{1, 2, 4, 6}.count(key.second.front()) == 1);
        }
}

} // namespace

TEST_CASE("ceremony: everybody ends with one certificate, and any t holders have the key") {
    auto const size = GENERATE(Size{{"police"}, 1}, Size{{"health", "police"}, 2}, three_two, seven_four);
    auto const seed = GENERATE(range(1U, 4U));
    CAPTURE(size.holders.size(), seed);
    CeremonyWorld world(size.holders, size.threshold, seed);
    hold(world);
    require_complete(world);
    require_no_secret_rows(world);
    REQUIRE(world.epochs("coordinator").newest() == 1);

    hold(world); // and the next key is another
    require_complete(world);
    REQUIRE(world.epochs("coordinator").newest() == 2);
    REQUIRE(sharing_of(world, "coordinator", 1, 1).certificate.group !=
            sharing_of(world, "coordinator", 2, 1).certificate.group);
}

TEST_CASE("ceremony: every order of messages, lost and doubled ones too, ends the same") {
    auto const seed = GENERATE(range(1U, 31U));
    CAPTURE(seed);
    CeremonyWorld world(three_two.holders, three_two.threshold, seed);
    world.lose = 4;
    REQUIRE(world.start_ceremony());
    world.lose = 0; // a proposal comes before what follows from it: the outbox keeps that order
    world.run(true);
    world.lose = 4;
    auto parties = world.holders();
    std::rotate(parties.begin(), parties.begin() + static_cast<std::ptrdiff_t>(seed % 3), parties.end());
    for (auto const& party : parties) {
        REQUIRE(world.join(party));
        if (seed % 2 == 0) world.run(); // others' messages come to those who have not joined
    }
    world.run_until_delivered();
    require_complete(world);
}

TEST_CASE("ceremony: some of the parties that may hold a share make a key") {
    CeremonyWorld world(seven_four.holders, 2, 5);
    hold(world, {ids({"six", "two", "one"}), false, {}});
    require_complete(world);
    REQUIRE(texts(sharing_of(world, "one", 1, 1).certificate.holders) == std::vector<std::string>{"six", "two", "one"});
    REQUIRE_FALSE(world.ceremony("three").view());
}

TEST_CASE("ceremony: a reshare keeps the key and gives it to others") {
    auto const seed = GENERATE(range(1U, 6U));
    CAPTURE(seed);
    CeremonyWorld world(seven_four.holders, 3, seed);
    hold(world, {ids({"one", "two", "three", "four", "five"}), false, {}});
    require_complete(world);
    auto const group = sharing_of(world, "coordinator", 1, 1).certificate.group;
    for (auto const* party : {"coordinator", "one", "two", "three", "four", "five", "six", "seven", "outsider"})
        world.step(world.at(party),
                   [&](auto& engines, auto& effects) { REQUIRE(engines.epochs.open(world.now(), 1, effects)); });

    // "two" only deals, "six" and "seven" only receive, "five" and "four" do both.
    hold(world, {ids({"seven", "five", "six", "four"}), true, ids({"five", "two", "four"})});
    require_complete(world);
    auto const& second = sharing_of(world, "coordinator", 1, 2).certificate;
    REQUIRE(second.group == group);
    REQUIRE(texts(second.dealers) == std::vector<std::string>{"five", "two", "four"});
    REQUIRE(second.holder_public != sharing_of(world, "coordinator", 1, 1).certificate.holder_public);
    require_no_secret_rows(world);

    SECTION("and again, by the first t that are connected") {
        hold(world, {{}, true, {}});
        require_complete(world);
        REQUIRE(sharing_of(world, "coordinator", 1, 3).certificate.group == group);
        REQUIRE(texts(sharing_of(world, "coordinator", 1, 3).certificate.dealers) ==
                std::vector<std::string>{"seven", "five", "six"});
    }
}

TEST_CASE("ceremony: a crash of anybody after any step, before or after its commit, loses nothing") {
    auto const point = GENERATE(CeremonyWorld::Crash::before_commit, CeremonyWorld::Crash::before_transmissions);
    auto const run = [&](std::size_t crash_at) {
        CeremonyWorld world({"health", "police"}, 2, 7);
        world.crash_at = crash_at;
        world.crash_point = point;
        REQUIRE(world.start_ceremony());
        world.run_until_delivered();
        if (!world.ceremony("coordinator").view()) { // it crashed before anything was stored: nobody knows of it
            REQUIRE(world.start_ceremony());
            world.run_until_delivered();
        }
        for (auto const& party : world.holders()) {
            (void)world.join(party);
            world.run_until_delivered();
            if (world.stage(party) == CeremonyStage::proposed) REQUIRE(world.join(party)); // likewise
            world.run_until_delivered();
        }
        CAPTURE(crash_at);
        require_complete(world);
        return world.steps();
    };
    auto const steps = run(0);
    REQUIRE(steps > 40);
    for (std::size_t crash_at = 1; crash_at <= steps; ++crash_at) run(crash_at);
}

TEST_CASE("ceremony: a restart of everybody between any two steps loses nothing") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 11);
    REQUIRE(world.start_ceremony());
    world.run(true);
    for (auto const& party : world.holders()) {
        REQUIRE(world.join(party));
        for (auto const* each : {"coordinator", "police", "housing", "health"}) world.restart(each);
    }
    for (int turn = 0; turn < 20; ++turn) {
        for (auto const* each : {"coordinator", "police", "housing", "health"}) world.restart(each);
        world.run_until_delivered();
    }
    require_complete(world);
    for (auto const* each : {"coordinator", "police", "housing", "health"}) world.restart(each);
    require_complete(world);
}

TEST_CASE("ceremony: no share and no seed is ever sent or written in the clear") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 3);
    std::vector<Bytes> secrets;
    for (auto const& party : world.holders())
        world.tamper_with(party, [&](PartyId const& to, CeremonyMessage message) -> std::optional<CeremonyMessage> {
            if (message.kind == CeremonyKind::share) { // as its receiver reads it
                auto const sealed = decode_sealed_share(message.body).value().sealed;
                auto const label = crypto::label(Mode::practice, crypto::Label::share_seal);
                auto plain = crypto::open(world.at(to).share_sealing_key, as_bytes(label), sealed).value();
                plain.resize(32);
                secrets.push_back(std::move(plain));
            }
            return message;
        });
    REQUIRE(world.start_ceremony());
    world.run(true);
    for (auto const& party : world.holders()) REQUIRE(world.join(party));
    for (auto const& party : world.holders()) { // the seed lies sealed on the disk until the end
        auto const& disk = world.at(party).disk;
        auto const row = disk.find({Space::ceremony, Bytes{3}});
        REQUIRE(row != disk.end());
        auto const seed = open_at_rest(world.at(party).engines->self, row->second);
        REQUIRE(seed);
        REQUIRE(seed.value().reveal().size() == 32);
        secrets.push_back(to_bytes(seed.value().reveal()));
    }
    world.run_until_delivered();
    require_complete(world);
    for (auto const& party : world.holders())
        secrets.push_back(to_bytes(sharing_of(world, party, 1, 1).share->reveal()));
    REQUIRE(secrets.size() == 6 + 3 + 3);
    for (auto const& secret : secrets) {
        for (auto const& value : world.values) REQUIRE_FALSE(contains(value, secret));
        for (auto const& frame : world.frames) REQUIRE_FALSE(contains(frame, secret));
        // Nor in what the recipients of the frames read, but for the sealed shares themselves.
        for (auto const& bytes : world.frames)
            if (auto const message = world.open(decode_frame(bytes).value()))
                REQUIRE_FALSE(contains(message->body, secret));
    }
}

TEST_CASE("ceremony: nobody completes with one who is silent, and the screen says who it is") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 21);
    REQUIRE(world.start_ceremony());
    world.run(true);
    SECTION("one has not joined") {
        REQUIRE(world.view("coordinator").waiting_for.size() == 3);
        REQUIRE(world.join("health"));
        REQUIRE(world.join("police"));
        world.run_until_delivered();
        for (auto const* party : {"coordinator", "health", "police", "housing"}) {
            CAPTURE(party);
            REQUIRE(texts(world.view(party).waiting_for) == std::vector<std::string>{"housing"});
        }
        REQUIRE(world.stage("health") == CeremonyStage::committing);
        REQUIRE(world.stage("housing") == CeremonyStage::proposed);
        REQUIRE(world.view("housing").participants.at(id_of("police")) == CeremonyStage::committing);
        REQUIRE(world.join("housing"));
        world.run_until_delivered();
        require_complete(world);
    }
    SECTION("one keeps a message back") {
        auto const kind = GENERATE(CeremonyKind::joined, CeremonyKind::commitments, CeremonyKind::heard,
                                   CeremonyKind::share, CeremonyKind::signature);
        CAPTURE(name(kind));
        world.hold_certificates = true;
        world.tamper_with("housing", [kind](PartyId const&, CeremonyMessage message) {
            return message.kind == kind ? std::nullopt : std::optional(std::move(message));
        });
        for (auto const& party : world.holders()) REQUIRE(world.join(party));
        world.run();
        for (auto const* party : {"health", "police"}) {
            CAPTURE(party);
            REQUIRE(world.stage(party) < CeremonyStage::complete);
            REQUIRE(texts(world.view(party).waiting_for) == std::vector<std::string>{"housing"});
            REQUIRE(world.epochs(party).newest() == 0);
        }
        REQUIRE(world.epochs("coordinator").newest() == 0);
        // It goes on as soon as it comes: the outbox had it all the time.
        world.hold_certificates = false;
        world.tamper_with("housing", [](PartyId const&, CeremonyMessage message) { return std::optional(message); });
        world.link_all();
        world.run_until_delivered();
        require_complete(world);
    }
}

TEST_CASE("ceremony: who joins types the fingerprint of the proposal") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 1);
    REQUIRE(world.join("police", "anything").error().code == Errc::missing);
    REQUIRE(world.start_ceremony());
    REQUIRE(world.join("police", "anything").error().code == Errc::missing); // not there yet
    world.run(true);
    auto const view = world.view("police");
    REQUIRE(view.fingerprint == world.view("coordinator").fingerprint);
    REQUIRE(view.stage == CeremonyStage::proposed);
    auto const other = crypto::sha256({view.fingerprint.view()});
    REQUIRE(world.join("police", crypto::fingerprint_words(other.view())).error().code == Errc::wrong_key);
    REQUIRE(world.join("police", " ").error().code == Errc::wrong_key);
    REQUIRE(world.stage("police") == CeremonyStage::proposed);
    REQUIRE(world.join("coordinator", crypto::to_hex(view.fingerprint.view())).error().code == Errc::missing);
    REQUIRE(world.join("police", crypto::to_hex(view.fingerprint.view())));
    REQUIRE(world.stage("police") == CeremonyStage::committing);
    REQUIRE(world.join("police").error().code == Errc::missing); // once
}

TEST_CASE("ceremony: the coordinator starts what the agreement allows") {
    CeremonyWorld world(seven_four.holders, 4, 1);
    auto const refused = [&](CeremonyPlan const& plan) {
        auto const result = world.start_ceremony(plan);
        return !result && result.error().code == Errc::refused && std::string(result.error().mend).size() > 10;
    };
    REQUIRE(refused({ids({"one", "two", "three"}), false, {}}));                // fewer than t
    REQUIRE(refused({ids({"one", "two", "three", "three"}), false, {}}));       // twice
    REQUIRE(refused({ids({"one", "two", "three", "outsider"}), false, {}}));    // may not
    REQUIRE(refused({ids({"one", "two", "three", "coordinator"}), false, {}})); // never
    REQUIRE(refused({{}, false, ids({"one", "two", "three", "four"})}));        // dealers of a new key
    REQUIRE(refused({{}, true, {}}));                                           // no epoch is open
    REQUIRE_FALSE(world.ceremony("coordinator").view());
    world.step(world.at("one"), [&](auto& engines, auto& effects) {
        REQUIRE(engines.ceremony.start(world.now(), {}, effects).error().code == Errc::refused);
    });
    hold(world, {ids({"one", "two", "three", "four", "five"}), false, {}});
    require_complete(world);
    REQUIRE(refused({{}, true, {}})); // still being prepared
    for (auto const* party : {"coordinator", "one", "two", "three", "four", "five"})
        world.step(world.at(party),
                   [&](auto& engines, auto& effects) { REQUIRE(engines.epochs.open(world.now(), 1, effects)); });
    REQUIRE(refused({{}, true, ids({"one", "two", "three"})}));                 // fewer than t
    REQUIRE(refused({{}, true, ids({"one", "two", "three", "four", "five"})})); // more
    REQUIRE(refused({{}, true, ids({"one", "two", "three", "three"})}));        // twice
    REQUIRE(refused({{}, true, ids({"one", "two", "three", "six"})}));          // holds no share
    for (auto const* party : {"one", "two"}) world.coordinator().engines->post.link_down(id_of(party));
    REQUIRE(refused({{}, true, {}})); // too few are connected
    world.link_all();
    REQUIRE(world.start_ceremony({{}, true, {}}));
}

TEST_CASE("ceremony: it is abandoned by hand, everywhere, and the next one works") {
    auto const by = std::string(GENERATE("coordinator", "police"));
    auto const joined = GENERATE(false, true);
    CAPTURE(by, joined);
    CeremonyWorld world(three_two.holders, three_two.threshold, 4);
    REQUIRE(world.abandon("coordinator").error().code == Errc::missing);
    REQUIRE(world.start_ceremony());
    world.run(true);
    if (joined) {
        REQUIRE(world.join("police"));
        REQUIRE(world.join("health"));
    }
    REQUIRE(world.abandon(by));
    world.run_until_delivered();
    for (auto const* party : {"coordinator", "police", "health", "housing"}) {
        auto const view = world.view(party);
        CAPTURE(party, view.cause);
        REQUIRE(view.stage == CeremonyStage::aborted);
        REQUIRE(view.cause == by + " abandoned it by hand");
        REQUIRE_FALSE(view.accused);
        REQUIRE(view.waiting_for.empty());
    }
    REQUIRE(world.abandon("police").error().code == Errc::missing);
    REQUIRE(world.join("housing").error().code == Errc::missing);
    require_no_secret_rows(world);
    hold(world);
    require_complete(world);
}

TEST_CASE("ceremony: a new proposal replaces one that hangs") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 4);
    REQUIRE(world.start_ceremony());
    world.run(true);
    REQUIRE(world.join("police"));
    REQUIRE(world.join("health"));
    world.run_until_delivered();
    auto const first = world.view("police").fingerprint;
    hold(world);
    require_complete(world);
    REQUIRE(world.view("police").fingerprint != first);
    REQUIRE(world.epochs("police").newest() == 1);
}

namespace {
/// Everybody has signed, and "housing" shows its signature to nobody: it is complete, the others cannot be.
void sign_but_for_housing(CeremonyWorld& world, CeremonyPlan const& plan = {}) {
    REQUIRE(world.start_ceremony(plan));
    world.run(true);
    world.hold_certificates = true;
    world.tamper_with("housing", [](PartyId const&, CeremonyMessage message) {
        return message.kind == CeremonyKind::signature ? std::nullopt : std::optional(std::move(message));
    });
    for (auto const& party : world.holders()) REQUIRE(world.join(party));
    world.run();
    for (auto const* party : {"health", "police"}) REQUIRE(world.stage(party) == CeremonyStage::signing);
    REQUIRE(world.stage("housing") == CeremonyStage::complete);
}
void set_right(CeremonyWorld& world) {
    world.hold_certificates = false;
    world.tamper_with("housing", [](PartyId const&, CeremonyMessage message) { return std::optional(message); });
    world.link_all();
    world.run_until_delivered();
}
} // namespace

TEST_CASE("ceremony: who lacks a signature completes by the certificate of who has them all") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 10);
    sign_but_for_housing(world);
    world.hold_certificates = false;
    world.link_all();
    world.run();
    require_complete(world);
    set_right(world); // the signature that comes late changes nothing
    require_complete(world);
    require_no_secret_rows(world);
}

TEST_CASE("ceremony: who has signed never signs another key with the same numbers") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 9);
    sign_but_for_housing(world);
    REQUIRE(world.abandon("police"));
    world.run();
    for (auto const* party : {"health", "police"}) REQUIRE(world.stage(party) == CeremonyStage::aborted);
    world.restart("police");

    // The coordinator asks for the same numbers again: it was restored from an older copy, or means ill.
    auto same = world.view("police").proposal;
    same.id = CeremonyId{};
    same.proposed_at = world.now() + Duration(1);
    world.inject("coordinator", "police", {same.id, CeremonyKind::proposal, encode(same), {}});
    REQUIRE(world.view("police").proposal.id != same.id);
    REQUIRE_THAT(world.at("police").log.back(), Catch::Contains("already signed a certificate"));

    // An honest one takes the next number: their progress has told it that this one may be used.
    set_right(world);
    hold(world);
    require_complete(world);
    REQUIRE(world.view("police").proposal.epoch == 2);
}

TEST_CASE("ceremony: a reshare that ended after somebody had signed leaves its number unused") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 12);
    hold(world);
    for (auto const* party : {"coordinator", "health", "housing", "police"})
        world.step(world.at(party),
                   [&](auto& engines, auto& effects) { REQUIRE(engines.epochs.open(world.now(), 1, effects)); });
    CeremonyPlan const plan{ids({"police", "housing", "health"}), true, ids({"health", "housing"})};
    sign_but_for_housing(world, plan);
    REQUIRE(world.abandon("health"));
    world.run();
    world.at("housing").disk.clear(); // the only one who had every signature is gone for good
    world.hold_certificates = false;
    world.tamper_with("housing", [](PartyId const&, CeremonyMessage message) { return std::optional(message); });
    world.restart("housing");
    for (auto const* party : {"health", "police"}) world.restart(party);
    REQUIRE(world.epochs("health").find(1)->keys().sharing == 1);
    hold(world, {ids({"police", "health"}), true, ids({"health", "police"})});
    require_complete(world);
    REQUIRE(world.view("police").proposal.sharing == 3);
    REQUIRE(sharing_of(world, "police", 1, 3).certificate.group == sharing_of(world, "police", 1, 1).certificate.group);
    require_no_secret_rows(world);
}

TEST_CASE("ceremony: a share is kept when a ceremony ends before we have every signature") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 10);
    sign_but_for_housing(world);
    bool const again = GENERATE(false, true);
    CAPTURE(again);
    REQUIRE(world.abandon("police"));
    world.run();
    world.restart("police");
    world.restart("health");
    REQUIRE(world.stage("police") == CeremonyStage::aborted);
    if (again) { // another proposal has come since, and nobody has joined yet
        REQUIRE(world.start_ceremony());
        world.run();
        REQUIRE(world.stage("police") == CeremonyStage::proposed);
        world.restart("police");
    }
    set_right(world);
    require_one_key(world, 1, 1);
    if (!again) { // the coordinator has heard that it was abandoned, and that the key is made all the same
        REQUIRE(world.stage("coordinator") == CeremonyStage::complete);
        REQUIRE(world.view("coordinator").cause == "police abandoned it by hand");
        REQUIRE(world.view("coordinator").certificate == world.view("police").certificate);
    }
    REQUIRE(world.stage("police") == (again ? CeremonyStage::proposed : CeremonyStage::complete));
    if (again) {
        for (auto const& party : world.holders()) REQUIRE(world.join(party));
        world.run_until_delivered();
        require_complete(world);
    }
    require_no_secret_rows(world);
}

TEST_CASE("ceremony: each stage is one leaf in the log") {
    CeremonyWorld world(three_two.holders, three_two.threshold, 1);
    hold(world);
    require_complete(world);
    auto const& log = world.at("police").log;
    for (auto const* text :
         {"ceremony proposed", "ceremony joined", "ceremony: everybody has joined, commitments shown",
          "ceremony: commitments checked, shares dealt", "ceremony: shares checked, certificate signed",
          "ceremony complete"}) {
        CAPTURE(text);
        REQUIRE(std::count(log.begin(), log.end(), text) == 1);
    }
}
