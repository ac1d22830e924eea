// The identity key through a whole federation: the first ceremony, the next epoch beside the one in use, a reshare,
// what is destroyed and when, and what is said while an index is not complete.

#include "asking.hpp"
#include "crypto/text.hpp"

#include <algorithm>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::CeremonyStage;
using protocol::EpochStage;

namespace {

using Names = std::vector<std::string>;
Names const first_holders{"police", "health", "domestic_abuse"};
Names const other_holders{"police", "health", "social_care"};

std::vector<PartyId> parties(Names const& names) {
    std::vector<PartyId> ids;
    for (auto const& name : names) ids.push_back(party(name));
    return ids;
}

protocol::CeremonyView view_at(Federation const& federation, std::string const& name) {
    auto const view = federation.at(name).node->ceremony().view();
    REQUIRE(view);
    return *view;
}

/// The coordinator proposes, everybody who takes part compares the words and joins.
void hold_ceremony(Federation& federation, protocol::CeremonyPlan const& plan) {
    REQUIRE(federation.ask("coordinator", protocol::CeremonyStarted{plan}));
    auto const proposal = view_at(federation, "coordinator");
    auto const words = crypto::fingerprint_words(proposal.fingerprint.view());
    federation.run_for(1s);
    auto const participants = proposal.proposal.participants();
    for (auto const& participant : participants)
        REQUIRE(federation.ask(participant.text(), protocol::CeremonyJoined{words}));
    auto const complete = [&] {
        return std::all_of(participants.begin(), participants.end(), [&](auto const& participant) {
            return federation.at(participant.text()).node->ceremony().view()->stage == CeremonyStage::complete;
        });
    };
    REQUIRE(federation.run_until(complete, 1min));
    federation.run_for(1s);
}

void import_everywhere(Federation& federation) {
    for (auto const& member : federation.members())
        if (member->node->agency() != nullptr)
            federation.import(member->party.text(), practice_people(member->party.text(), day_of(federation.now())));
}

std::uint32_t open_epoch(Federation const& federation, std::string const& name) {
    auto const* epoch = federation.at(name).node->epochs().open();
    return epoch == nullptr ? 0 : epoch->number;
}

bool all_open(Federation const& federation, std::uint32_t epoch) {
    return std::all_of(federation.members().begin(), federation.members().end(),
                       [&](auto const& member) { return open_epoch(federation, member->party.text()) == epoch; });
}

std::map<std::string, std::string> answered(Federation& federation, std::string const& family) {
    auto const id = ask(federation, family);
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.case_of(id).problem.empty());
    return federation.grid(id);
}

std::map<std::string, std::string> undisturbed(std::string const& family) {
    Federation federation(Records::practice);
    return answered(federation, family);
}

std::size_t anchors_of_epoch(Member const& member, std::uint32_t epoch) {
    auto const& anchors = member.disk.anchors();
    return static_cast<std::size_t>(
        std::count_if(anchors.begin(), anchors.end(), [&](auto const& anchor) { return anchor.epoch == epoch; }));
}

bool logged(Member const& member, LeafClass kind, std::string const& text) {
    auto const all = leaves(member, kind);
    return std::any_of(all.begin(), all.end(),
                       [&](auto const& entry) { return text_of(entry, FieldTag::text) == text; });
}

/// Evaluation requests that arrive while something happens, by purpose.
struct Evaluations {
    std::map<protocol::EvaluatePurpose, std::size_t> count;
    std::set<std::uint32_t> query_epochs;
};
void watch(Federation& federation, Evaluations& seen) {
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        auto const envelope = federation.open(frame);
        if (!envelope || delivery.to != frame.recipient) return;
        if (envelope->type == protocol::MessageType::query)
            seen.query_epochs.insert(protocol::decode_query(envelope->payload).value().epoch);
        if (envelope->type != protocol::MessageType::evaluate_request) return;
        ++seen.count[protocol::decode_evaluate_request(envelope->payload).value().purpose];
    };
}

} // namespace

TEST_CASE("epochs: from the first ceremony to the first answer", "[system]") {
    Federation federation(Records::no_key);
    import_everywhere(federation);
    federation.run_for(10s);
    auto const early = federation.submit(practice_family("marie", federation.agreement()));
    REQUIRE_FALSE(early);
    CHECK(early.assume_error().code == Errc::missing);

    hold_ceremony(federation, {parties(first_holders), false, {}});
    auto const& keys = federation.at("coordinator").node->epochs().all().at(1).keys();
    CHECK(keys.holders == parties(first_holders));
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        auto const* sharing = member->node->epochs().find(1, 1);
        REQUIRE(sharing != nullptr);
        CHECK(sharing->certificate.group == keys.group);
        bool const holds = std::count(first_holders.begin(), first_holders.end(), member->party.text()) != 0;
        CHECK(sharing->share.has_value() == holds);
    }
    REQUIRE(federation.run_until([&] { return all_open(federation, 1); }, 5min));
    CHECK(answered(federation, "marie") == undisturbed("marie"));
    CHECK(answered(federation, "samantha") == undisturbed("samantha"));
}

TEST_CASE("epochs: the next one is made beside the one in use, and the old one is destroyed after eight days",
          "[system]") {
    Federation federation(Records::practice);
    hold_ceremony(federation, {parties(other_holders), false, {}});
    Evaluations seen;
    watch(federation, seen);
    CHECK(answered(federation, "samantha") == undisturbed("samantha"));
    CHECK(seen.query_epochs == std::set<std::uint32_t>{1});
    REQUIRE(federation.run_until([&] { return all_open(federation, 2); }, 26h)); // the refuge enrols at night
    CHECK(seen.count[protocol::EvaluatePurpose::bulk] > 0);
    seen = {};
    federation.import("housing", practice_people("housing", day_of(federation.now())));
    federation.run_for(1min);
    CHECK(seen.count[protocol::EvaluatePurpose::bulk] == 0); // closed before the first query
    CHECK(seen.count[protocol::EvaluatePurpose::delta] > 0);
    CHECK(answered(federation, "marie") == undisturbed("marie"));
    CHECK(seen.query_epochs == std::set<std::uint32_t>{2});
    federation.on_delivery = {};

    auto const opened = federation.at("housing").node->epochs().open()->since;
    CHECK(anchors_of_epoch(federation.at("police"), 1) > 0);
    CHECK(federation.at("domestic_abuse").node->epochs().find(1, 1)->share);
    federation.run_until([] { return false; }, opened + limits::old_keys_kept - 1min - federation.now());
    CHECK(federation.at("domestic_abuse").node->epochs().find(1) != nullptr);
    federation.run_for(10min);
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        CHECK(member->node->epochs().find(1) == nullptr);
        CHECK(anchors_of_epoch(*member, 1) == 0);
        CHECK(logged(*member, LeafClass::key_event, "the epoch is destroyed: its shares, tokens and indexes here"));
        for (auto const& budget : member->node->key_holder().budgets(federation.now())) CHECK(budget.epoch == 2);
    }
    CHECK(anchors_of_epoch(federation.at("police"), 2) > 0);
}

TEST_CASE("epochs: an agency that was away while one was made and opened catches up", "[system]") {
    Federation federation(Records::practice);
    federation.set_link("housing", false);
    hold_ceremony(federation, {parties(first_holders), false, {}});
    federation.run_for(26h);
    REQUIRE(open_epoch(federation, "police") == 1); // housing is missing
    CHECK(federation.at("coordinator").node->epoch_desk()->not_ready(2) == parties({"housing"}));
    REQUIRE(federation.ask("coordinator", protocol::EpochOpening{}));
    federation.run_for(1s);
    auto const id = ask(federation, "samantha");
    federation.run_for(1min);
    CHECK(federation.grid(id).at("Samantha, housing") == "unreachable");
    federation.set_link("housing", true);
    REQUIRE(federation.run_until_settled(id));
    // Back after so long it has no lease. By the time it has one, it knows the epoch and has enrolled everybody in it.
    CHECK(federation.grid(id).at("Pete, housing") == undisturbed("samantha").at("Pete, housing"));
    CHECK(federation.grid(id).at("Samantha, housing") == undisturbed("samantha").at("Samantha, housing"));
    federation.run_for(1min);
    CHECK(federation.at("housing").node->agency()->enrolment().complete(2, 2));
    CHECK(answered(federation, "samantha") == undisturbed("samantha"));
}

TEST_CASE("epochs: an agency that missed everything for longer than messages wait asks for what there is", "[system]") {
    Federation federation(Records::practice);
    federation.set_link("housing", false);
    hold_ceremony(federation, {parties(first_holders), false, {}});
    federation.run_for(26h);
    REQUIRE(federation.ask("coordinator", protocol::EpochOpening{}));
    federation.run_for(24h * 9);                    // the certificate and the opening were never collected
    for (auto const& member : federation.members()) // a fresh feed everywhere
        if (member->node->agency() != nullptr && member->party.text() != "refuge")
            federation.import(member->party.text(), practice_people(member->party.text(), day_of(federation.now())));
    federation.run_for(1min);
    federation.set_link("housing", true);
    federation.run_for(1min);
    auto const first = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(first));
    federation.run_for(5min);
    CHECK(open_epoch(federation, "housing") == 2);
    CHECK(federation.at("housing").node->agency()->enrolment().complete(2, 2));
    CHECK(answered(federation, "samantha").at("Samantha, housing") == "GREEN");
}

TEST_CASE("epochs: a reshare keeps every token, and the old shares are destroyed", "[system]") {
    Federation federation(Records::practice);
    Evaluations seen;
    watch(federation, seen);
    hold_ceremony(federation, {parties(other_holders), true, {}});
    federation.run_for(1min);
    CHECK(seen.count.empty()); // nobody enrols again
    federation.on_delivery = {};
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        auto const& epoch = *member->node->epochs().open();
        CHECK(epoch.number == 1);
        CHECK(epoch.keys().sharing == 2);
        CHECK(epoch.keys().holders == parties(other_holders));
        CHECK(epoch.keys().group == member->node->epochs().find(1, 1)->certificate.group);
    }
    CHECK(federation.at("social_care").node->epochs().find(1, 2)->share);
    CHECK_FALSE(federation.at("domestic_abuse").node->epochs().find(1, 2)->share);
    federation.set_link("domestic_abuse", false);
    federation.set_link("police", false); // health and social care are two of the three
    auto const id = ask(federation, "samantha");
    federation.run_for(1min);
    CHECK(federation.grid(id).at("Samantha, housing") == "GREEN");
    federation.set_link("domestic_abuse", true);
    federation.set_link("police", true);
    federation.run_for(limits::old_keys_kept + 10min);
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        CHECK(member->node->epochs().find(1, 1) == nullptr);
        CHECK(member->node->epochs().find(1, 2) != nullptr);
        CHECK(logged(*member, LeafClass::key_event, "shares that were replaced are destroyed"));
    }
}

TEST_CASE("epochs: two ceremonies by other holders make keys whose tokens do not meet", "[system]") {
    Federation federation(Records::practice);
    hold_ceremony(federation, {parties(first_holders), false, {}});
    auto const& epochs = federation.at("coordinator").node->epochs();
    CHECK(epochs.find(1)->keys().group != epochs.find(2)->keys().group);
    REQUIRE(federation.run_until([&] { return all_open(federation, 2); }, 26h));
    std::set<Bytes> old_secrets;
    std::size_t same = 0;
    for (auto const& anchor : federation.at("police").disk.anchors())
        if (anchor.epoch == 1) old_secrets.insert(anchor.secret);
    for (auto const& anchor : federation.at("police").disk.anchors())
        same += anchor.epoch == 2 ? old_secrets.count(anchor.secret) : 0;
    CHECK(old_secrets.size() > 10);
    CHECK(same == 0);
}

TEST_CASE("epochs: a ceremony in which every participant dies once is held to its end", "[system]") {
    auto const point = GENERATE(CrashPoint::before_transaction, CrashPoint::before_log,
                                CrashPoint::before_transmissions, CrashPoint::after_transmissions);
    auto const nth = GENERATE(1, 2, 3, 4, 5);
    CAPTURE(name(point), nth);
    Federation federation(Records::no_key);
    REQUIRE(federation.ask("coordinator", protocol::CeremonyStarted{{parties(first_holders), false, {}}}));
    auto const hex = crypto::to_hex(view_at(federation, "coordinator").fingerprint.view());
    federation.run_for(1s);
    for (auto const& holder : first_holders) {
        auto const steps = std::make_shared<int>(0);
        federation.plan_crash(holder, {point,
                                       [steps, nth](protocol::Effects const& effects) {
                                           return !effects.transmissions.empty() && ++*steps == nth;
                                       },
                                       2s});
    }
    for (auto const& holder : first_holders) {
        // Who died before its joining was stored has not joined, and does so again.
        auto const joined = [&] {
            auto const& node = federation.at(holder).node;
            return node && node->ceremony().view() && node->ceremony().view()->stage != CeremonyStage::proposed;
        };
        for (int i = 0; i < 5 && !joined(); ++i) {
            if (federation.at(holder).node) REQUIRE(federation.ask(holder, protocol::CeremonyJoined{hex}));
            federation.run_for(3s);
        }
        REQUIRE(joined());
    }
    federation.run_for(1min);
    crypto::HolderPublic const* group = nullptr;
    for (auto const& holder : first_holders) {
        CAPTURE(holder);
        CHECK_FALSE(federation.at(holder).crash); // it happened
        auto const* epoch = federation.at(holder).node->epochs().find(1);
        REQUIRE(epoch != nullptr);
        CHECK(epoch->sharings.back().share);
        if (group != nullptr) CHECK(epoch->keys().group == *group);
        group = &epoch->keys().group;
    }
    CHECK(federation.at("refuge").node->epochs().find(1) != nullptr);
}

TEST_CASE("epochs: a ceremony waits for who is away and says so", "[system]") {
    Federation federation(Records::no_key);
    federation.set_link("health", false);
    REQUIRE(federation.ask("coordinator", protocol::CeremonyStarted{{parties(first_holders), false, {}}}));
    auto const hex = crypto::to_hex(view_at(federation, "coordinator").fingerprint.view());
    federation.run_for(1s);
    CHECK_FALSE(federation.ask("police", protocol::CeremonyJoined{"not these words"}));
    REQUIRE(federation.ask("police", protocol::CeremonyJoined{hex}));
    REQUIRE(federation.ask("domestic_abuse", protocol::CeremonyJoined{hex}));
    federation.run_for(1h);
    CHECK(view_at(federation, "police").waiting_for == parties({"health"}));
    CHECK(view_at(federation, "coordinator").waiting_for == parties({"health"}));
    federation.set_link("health", true);
    federation.run_for(1s);
    REQUIRE(federation.ask("health", protocol::CeremonyJoined{hex}));
    federation.run_for(1min);
    CHECK(view_at(federation, "health").stage == CeremonyStage::complete);
    CHECK(federation.at("refuge").node->epochs().preparing() != nullptr);
}

TEST_CASE("bulk: a holder that is away, or lies, is planned around", "[system]") {
    bool const lies = GENERATE(false, true);
    CAPTURE(lies);
    Federation federation(Records::none);
    if (lies) {
        auto const* sharing = federation.at("police").node->epochs().find(1, 1);
        const_cast<protocol::Sharing*>(sharing)->share =
            crypto::derive_key(Bytes(32, 7), as_bytes("another share")).value();
    } else {
        federation.set_link("police", false);
    }
    for (auto const* agency : {"housing", "education", "mental_health"})
        federation.import(agency, practice_people(agency, day_of(federation.now())));
    for (auto const* agency : {"housing", "education", "mental_health"}) {
        CAPTURE(agency);
        auto const& member = federation.at(agency);
        REQUIRE(federation.run_until([&] { return member.node->agency()->enrolment().complete(1, 2); }, 5min));
        auto const& excluded = member.node->epochs().find(1)->excluded;
        if (!lies) CHECK(excluded.empty());
        for (auto const& [holder, why] : excluded) {
            CHECK(holder == party("police"));
            CHECK(why.find("proof does not verify") != std::string::npos);
            CHECK(logged(member, LeafClass::key_event, "a key holder is not asked any more in this epoch"));
        }
    }
}

TEST_CASE("keys: certificates and openings count only from whom they may come", "[system]") {
    Federation federation(Records::practice);
    auto const& note = federation.at("police").node->epochs().find(1)->sharings.back().note;
    auto const envelope = [&](protocol::MessageType type, Bytes payload) {
        return protocol::Envelope{type,
                                  ExchangeId::make([](MutableBytes out) { out[0] = 9; }),
                                  federation.agreement().id,
                                  federation.now(),
                                  {},
                                  std::move(payload),
                                  {}};
    };
    auto forged = note;
    forged.replace(forged.find("epoch 1"), 7, "epoch 7");
    // The coordinator itself cannot make a certificate.
    federation.inject("coordinator", "housing",
                      federation.message("coordinator", "housing",
                                         envelope(protocol::MessageType::key_certificate,
                                                  protocol::encode(protocol::CertificateMessage{forged}))));
    CHECK(federation.at("housing").node->epochs().newest() == 1);
    CHECK(refusals(federation.at("housing")) == std::vector<std::string>{"key certificate refused"});
    // Nobody but the coordinator opens an epoch or hands out certificates.
    for (auto const& [type, payload] :
         {std::pair(protocol::MessageType::epoch_opened, protocol::encode(protocol::EpochOpened{1})),
          std::pair(protocol::MessageType::key_certificate, protocol::encode(protocol::CertificateMessage{note}))}) {
        auto message = envelope(type, payload);
        message.exchange =
            ExchangeId::make([type = type](MutableBytes out) { out[0] = static_cast<std::uint8_t>(type); });
        federation.inject("coordinator", "education", federation.message("police", "education", message));
    }
    CHECK(refusals(federation.at("education")) ==
          std::vector<std::string>(2, "this node has not the role for such a message"));
}
