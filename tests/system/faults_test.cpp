// What goes wrong: nodes that die at the worst moment, frames that come twice, late, altered or too large, holders that
// cheat or have spent their budget. The grid is the same in the end, or says what is missing; nothing happens twice.

#include "federation.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::Space;

namespace {

using Records = Federation::Records;
using Grid = std::map<std::string, std::string>;

CaseId ask(Federation& federation, std::string const& name) {
    auto const id = federation.submit(practice_family(name, federation.agreement()));
    REQUIRE(id);
    return id.value();
}

/// The grid of a family when nothing goes wrong.
Grid const& undisturbed(std::string const& name) {
    static std::map<std::string, Grid> grids;
    if (!grids.contains(name)) {
        Federation federation(Records::practice);
        auto const id = ask(federation, name);
        REQUIRE(federation.run_until_settled(id));
        grids.emplace(name, federation.grid(id));
    }
    return grids.at(name);
}

std::vector<crypto::Entry> leaves(Member const& member, LeafClass kind) {
    std::vector<crypto::Entry> found;
    for (auto const& entry : member.disk.log())
        if (entry.leaf.kind == kind) found.push_back(entry);
    return found;
}

/// Reasons of the refusals in a node's log.
std::vector<std::string> refusals(Member const& member) {
    std::vector<std::string> reasons;
    for (auto const& entry : leaves(member, LeafClass::refusal)) reasons.push_back(text_of(entry, FieldTag::reason));
    return reasons;
}

std::uint64_t number_from(ByteView bytes) {
    std::uint64_t number = 0;
    for (auto const byte : bytes) number = (number << 8U) | byte;
    return number;
}

std::uint64_t sum_of(std::vector<crypto::Entry> const& entries, std::string const& peer) {
    std::uint64_t sum = 0;
    for (auto const& entry : entries)
        if (text_of(entry, FieldTag::peer) == peer) sum += number_from(values_of(entry, FieldTag::count).at(0));
    return sum;
}

/// Everything an exchange does is done once, and what was charged is what the log says was done.
void check_once(Federation const& federation) {
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        CHECK(member->disk.pending().empty());
        std::set<std::pair<LeafClass, crypto::ExchangeTag>> seen;
        for (auto const& entry : member->disk.log()) {
            bool const many = entry.leaf.kind == LeafClass::context_opened || entry.leaf.kind == LeafClass::decision;
            if (many || entry.leaf.exchange == crypto::ExchangeTag{}) continue;
            CAPTURE(crypto::name(entry.leaf.kind));
            CHECK(seen.insert({entry.leaf.kind, entry.leaf.exchange}).second);
        }
        std::uint64_t slots = 0;
        for (auto const& [key, value] : member->disk.state())
            if (key.first == Space::budget && key.second.at(0) == 'r') slots += number_from(value);
        std::uint64_t queries = 0;
        for (auto const& entry : leaves(*member, LeafClass::query_received))
            queries += values_of(entry, FieldTag::slot_commitments).empty() ? 0U : 1U;
        CHECK(slots == queries * limits::slots);
        auto const* holder = member->node->key_holder();
        if (holder == nullptr) continue;
        auto const& hub = federation.at("coordinator");
        CHECK(holder->charged(hub.self->own_entry().organisation, protocol::EvaluatePurpose::query, federation.now()) ==
              sum_of(leaves(*member, LeafClass::evaluation_served), "coordinator"));
    }
}

/// Tags of what the coordinator asked and what the parties say they were asked are the same.
void check_reconciled(Federation const& federation) {
    std::set<crypto::ExchangeTag> sent;
    std::set<crypto::ExchangeTag> received;
    std::set<crypto::ExchangeTag> told;
    std::set<crypto::ExchangeTag> heard;
    for (auto const& member : federation.members())
        for (auto const& entry : member->disk.log()) {
            auto const& tag = entry.leaf.exchange;
            if (entry.leaf.kind == LeafClass::query_sent) sent.insert(tag);
            if (entry.leaf.kind == LeafClass::query_received) received.insert(tag);
            if (entry.leaf.kind == LeafClass::disclosure_sent) told.insert(tag);
            if (entry.leaf.kind == LeafClass::disclosure_received) heard.insert(tag);
        }
    CHECK(sent == received);
    for (auto const& tag : told) CHECK(heard.contains(tag));
}

When with_leaf(LeafClass kind) {
    return [kind](protocol::Effects const& effects) {
        return std::any_of(effects.leaves.begin(), effects.leaves.end(),
                           [&](auto const& entry) { return entry.leaf.kind == kind; });
    };
}

/// The first message of this type that goes to `recipient`, in the frame of its last hop.
Bytes capture(Federation& federation, std::string const& recipient, protocol::MessageType type) {
    Bytes captured;
    federation.on_delivery = [&](Delivery const& delivery) {
        if (!captured.empty() || delivery.to.text() != recipient) return;
        auto const frame = protocol::decode_frame(delivery.frame).value();
        auto const envelope = federation.open(frame);
        if (envelope && envelope->type == type && frame.recipient.text() == recipient) captured = delivery.frame;
    };
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    federation.on_delivery = {};
    REQUIRE_FALSE(captured.empty());
    federation.run_for(10s);
    return captured;
}

/// What a node does with a frame: its effects, applied.
protocol::Effects effects_of(Federation& federation, std::string const& from, std::string const& to, Bytes frame) {
    protocol::Effects all;
    federation.on_step = [&](Member const& member, protocol::Effects const& effects) {
        if (member.party.text() != to) return;
        all.writes.insert(all.writes.end(), effects.writes.begin(), effects.writes.end());
        all.leaves.insert(all.leaves.end(), effects.leaves.begin(), effects.leaves.end());
        all.transmissions.insert(all.transmissions.end(), effects.transmissions.begin(), effects.transmissions.end());
    };
    federation.inject(from, to, std::move(frame));
    federation.on_step = {};
    return all;
}

bool only_acknowledges(protocol::Effects const& effects) {
    return std::all_of(effects.transmissions.begin(), effects.transmissions.end(), [](auto const& transmission) {
        return protocol::decode_frame(transmission.frame).value().kind == protocol::FrameKind::acknowledgement;
    });
}

} // namespace

TEST_CASE("faults: a node that dies at any point of a query changes nothing in the end", "[system]") {
    struct Fault {
        char const* party;
        LeafClass step;
    };
    auto const fault = GENERATE(Fault{"coordinator", LeafClass::evaluation_requested},
                                Fault{"coordinator", LeafClass::query_sent},
                                Fault{"coordinator", LeafClass::disclosure_received},
                                Fault{"social_care", LeafClass::query_received},
                                Fault{"social_care", LeafClass::disclosure_sent},
                                Fault{"police", LeafClass::evaluation_served});
    auto const point = GENERATE(CrashPoint::before_transaction, CrashPoint::before_log,
                                CrashPoint::before_transmissions, CrashPoint::after_transmissions);
    CAPTURE(fault.party, crypto::name(fault.step), name(point));
    Federation federation(Records::practice);
    federation.plan_crash(fault.party, {point, with_leaf(fault.step), 2s});
    auto id = ask(federation, "marie");
    bool const lost = !federation.at("coordinator").node && point == CrashPoint::before_transaction;
    federation.run_for(3s);
    REQUIRE_FALSE(federation.at(fault.party).crash); // it happened
    if (lost) {
        CHECK(federation.coordinator().cases().empty());
        id = ask(federation, "marie"); // nobody was told that it had been taken
    }
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(10s);
    CHECK(federation.grid(id) == undisturbed("marie"));
    check_once(federation);
    check_reconciled(federation);
}

TEST_CASE("faults: links that break and nodes that die at random change nothing in the end", "[system]") {
    auto const seed = GENERATE(range(std::uint64_t(1), std::uint64_t(7)));
    CAPTURE(seed);
    Federation federation(Records::practice);
    auto const id = ask(federation, "marie");
    crypto::SeededRandom random(seed);
    auto const draw = [&](std::size_t below) {
        Bytes number(4);
        random.fill(number);
        return static_cast<std::size_t>(number_from(number) % below);
    };
    for (int i = 0; i < 25; ++i) {
        auto& member = *federation.members()[draw(federation.members().size())];
        auto const& party = member.party.text();
        bool const hub = party == "coordinator";
        if (draw(2) == 0 && member.node) {
            member.crash = Crash{static_cast<CrashPoint>(draw(4)), [](auto const&) { return true; }, 700ms};
        } else if (!hub) {
            federation.set_link(party, !member.linked);
        }
        federation.run_for(std::chrono::milliseconds(draw(300)));
    }
    for (auto const& member : federation.members()) {
        member->crash.reset();
        if (!member->linked) federation.set_link(member->party.text(), true);
    }
    REQUIRE(federation.run_until_settled(id, 10min));
    federation.run_for(1min);
    CHECK(federation.grid(id) == undisturbed("marie"));
    check_once(federation);
    check_reconciled(federation);
}

TEST_CASE("faults: an agency that dies while it enrols goes on when it is back", "[system]") {
    auto const point = GENERATE(CrashPoint::before_transaction, CrashPoint::before_log,
                                CrashPoint::before_transmissions, CrashPoint::after_transmissions);
    auto const step = GENERATE(LeafClass::admin, LeafClass::evaluation_requested);
    CAPTURE(name(point), crypto::name(step));
    Federation federation(Records::none);
    auto const people = practice_people("refuge", day_of(federation.now()));
    federation.plan_crash("refuge", {point, with_leaf(step), 2s});
    federation.import("refuge", people);
    federation.run_for(3s);
    REQUIRE_FALSE(federation.at("refuge").crash);
    if (point == CrashPoint::before_transaction && step == LeafClass::admin) federation.import("refuge", people);
    auto const& refuge = federation.at("refuge");
    CHECK(federation.run_until([&] { return refuge.node->agency()->enrolment().state().complete; }, 5min));
    CHECK_FALSE(refuge.disk.anchors().empty());
}

TEST_CASE("faults: a party that is away is shown as such and answers when it is back", "[system]") {
    Federation federation(Records::practice);
    federation.set_link("housing", false);
    auto const id = ask(federation, "samantha");
    federation.run_for(30s);
    CHECK(federation.grid(id).at("Samantha, housing") == "unreachable");
    CHECK_FALSE(protocol::everybody_answered(federation.case_of(id)));
    federation.run_for(9h); // over the deadline of the route
    federation.set_link("housing", true);
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id) == undisturbed("samantha"));
    CHECK(protocol::everybody_answered(federation.case_of(id)));
}

TEST_CASE("faults: after midnight the index of the new day answers", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(24h);
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id) == undisturbed("samantha"));
}

TEST_CASE("faults: a redelivered frame has no second effect", "[system]") {
    Federation federation(Records::practice);
    auto const frame = capture(federation, "social_care", protocol::MessageType::query);
    auto const effects = effects_of(federation, "coordinator", "social_care", frame);
    CHECK(effects.leaves.empty());
    CHECK(effects.writes.empty());
    CHECK(effects.transmissions.size() == 1);
    CHECK(only_acknowledges(effects));
    check_once(federation);
}

TEST_CASE("faults: a replay under a new frame id is refused, logged once, and not answered", "[system]") {
    Federation federation(Records::practice);
    auto const type = GENERATE(protocol::MessageType::query, protocol::MessageType::evaluate_request);
    std::string const target = type == protocol::MessageType::query ? "social_care" : "police";
    auto frame = protocol::decode_frame(capture(federation, target, type)).value();
    frame.id = FrameId::make([](MutableBytes out) { out[0] = 1; });
    bool const restart = GENERATE(false, true); // the marks are durable
    if (restart) {
        federation.crash(target);
        federation.run_for(1s);
        federation.start(target);
        federation.run_for(1s);
    }
    auto const effects = effects_of(federation, "coordinator", target, protocol::encode_frame(frame));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(effects.leaves[0].leaf.kind == LeafClass::refusal);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) == "message was seen before");
    CHECK(effects.writes.empty());
    CHECK(only_acknowledges(effects));
}

TEST_CASE("faults: a replay after its mark was forgotten is refused by its time", "[system]") {
    Federation federation(Records::practice);
    auto frame = protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value();
    federation.run_for(8 * 24h);
    for (auto const& entry : federation.at("social_care").disk.state()) {
        CHECK(entry.first.first != Space::seen);
        CHECK(entry.first.first != Space::received);
    }
    auto const effects = effects_of(federation, "coordinator", "social_care", protocol::encode_frame(frame));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) == "message is out of date");
}

TEST_CASE("faults: a message from a clock that runs ahead is refused", "[system]") {
    Federation federation(Records::practice);
    auto const frame = protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value();
    auto envelope = federation.open(frame).value();
    auto const ahead = GENERATE(Duration(120s), Duration(121s));
    envelope.exchange = ExchangeId::make([](MutableBytes out) { out[0] = 1; });
    envelope.time = federation.now() + ahead;
    auto const effects = effects_of(federation, "coordinator", "social_care",
                                    federation.message("coordinator", "social_care", envelope));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) ==
          (ahead == 120s ? "query id was used before" : "message is out of date"));
}

TEST_CASE("faults: a query that arrives after its expiry is refused", "[system]") {
    Federation federation(Records::practice, 1, [](auto& agreement) { agreement.release.query_lives = 1h; });
    federation.set_link("social_care", false);
    auto const id = ask(federation, "samantha");
    federation.run_for(61min);
    CHECK(federation.coordinator().find(id) == nullptr); // forgotten
    federation.set_link("social_care", true);
    federation.run_for(10s);
    CHECK(refusals(federation.at("social_care")) == std::vector<std::string>{"query is expired"});
    CHECK(leaves(federation.at("social_care"), LeafClass::disclosure_sent).empty());
}

TEST_CASE("faults: a query under another agreement gets a version mismatch in every slot", "[system]") {
    Federation federation(Records::practice);
    federation.at("social_care").agreement.id = AgreementId::make([](MutableBytes out) { out[0] = 7; });
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    auto expected = undisturbed("marie");
    for (auto& [cell, shown] : expected)
        if (cell.find(", social_care") != std::string::npos) shown = "version_mismatch";
    CHECK(federation.grid(id) == expected);
    CHECK(leaves(federation.at("social_care"), LeafClass::query_received).empty());
    CHECK(refusals(federation.at("social_care")) == std::vector<std::string>{"query is under another agreement"});
    for (auto const& slot : federation.case_of(id).parties.at(party("social_care")).replies)
        CHECK(slot.clause == protocol::no_clause);
}

TEST_CASE("faults: a holder under another agreement does not evaluate", "[system]") {
    Federation federation(Records::practice);
    federation.at("police").agreement.id = AgreementId::make([](MutableBytes out) { out[0] = 7; });
    auto const id = ask(federation, "samantha");
    federation.run_for(30s);
    CHECK(sum_of(leaves(federation.at("police"), LeafClass::evaluation_served), "coordinator") == 0);
    CHECK(federation.grid(id).at("Samantha, housing") == "GREEN"); // the other two holders do
}

TEST_CASE("faults: a holder with a wrong share is left out and named, and the others are enough", "[system]") {
    Federation federation(Records::practice);
    federation.at("police").share = crypto::derive_key(Bytes(32, 7), as_bytes("another share")).value();
    federation.set_link("health", false); // so that the wrong answer is needed
    auto const id = ask(federation, "marie");
    federation.run_for(3s);
    CHECK(federation.grid(id).at("Greg, social_care") == "waiting");
    federation.set_link("health", true);
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id) == undisturbed("marie"));
    auto const named = leaves(federation.at("coordinator"), LeafClass::refusal);
    REQUIRE_FALSE(named.empty());
    for (auto const& entry : named) {
        CHECK(text_of(entry, FieldTag::peer) == "police");
        CHECK(text_of(entry, FieldTag::reason).find("proof does not verify") != std::string::npos);
        CHECK(entry.leaf.exchange != crypto::ExchangeTag{});
    }
}

TEST_CASE("faults: with too few honest holders the case says so", "[system]") {
    Federation federation(Records::practice);
    for (auto const* holder : {"police", "health"})
        federation.at(holder).share = crypto::derive_key(Bytes(32, 7), as_bytes(holder)).value();
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.case_of(id).problem.find("too few key holders") != std::string::npos);
    CHECK(federation.grid(id).at("Samantha, housing") == "not_asked");
    CHECK(federation.grid(id).at("result") == "NONE");
}

TEST_CASE("faults: a spent budget is refused, also after a restart, and the case says so", "[system]") {
    Federation federation(Records::practice, 1, [](auto& agreement) { agreement.budgets.query_evaluations_per_day = 256; });
    std::uint32_t charged = 0;
    for (int i = 0; i < 2; ++i) {
        auto const id = ask(federation, "ivy");
        REQUIRE(federation.run_until_settled(id));
        if (charged += 128; federation.case_of(id).problem.empty()) continue;
        break;
    }
    for (auto const* holder : {"police", "health", "domestic_abuse"}) {
        federation.crash(holder);
        federation.run_for(1s);
        federation.start(holder);
    }
    federation.run_for(1s);
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.case_of(id).problem.find("too few key holders") != std::string::npos);
    for (auto const& [cell, shown] : federation.grid(id)) {
        CAPTURE(cell);
        CHECK((shown == "not_checked" || shown == "not_asked" || cell == "result"));
    }
    for (auto const* holder : {"police", "health", "domestic_abuse"}) {
        auto const reasons = refusals(federation.at(holder));
        REQUIRE(reasons.size() == 1);
        CHECK(reasons[0] == "the organisation's budget of evaluations is spent");
    }
    check_once(federation);
    federation.run_for(24h); // another day, another budget
    auto const again = ask(federation, "ivy");
    REQUIRE(federation.run_until_settled(again));
    CHECK(federation.case_of(again).problem.empty());
}

TEST_CASE("faults: one holder without budget left costs nothing", "[system]") {
    Federation federation(Records::practice);
    federation.at("health").agreement.budgets.query_evaluations_per_day = 0;
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id) == undisturbed("marie"));
    CHECK(federation.case_of(id).problem.empty());
}

TEST_CASE("faults: a responder's budget of slots refuses the query after the last one it covers", "[system]") {
    Federation federation(Records::practice, 1, [](auto& agreement) { agreement.budgets.slots_per_day = 16; });
    auto const first = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(first));
    CHECK(federation.grid(first) == undisturbed("samantha"));
    auto const second = ask(federation, "ivy");
    REQUIRE(federation.run_until_settled(second));
    for (auto const& [cell, shown] : federation.grid(second)) {
        CAPTURE(cell);
        CHECK((shown == "not_checked" || shown == "not_asked" || cell == "result"));
    }
    CHECK(refusals(federation.at("housing")) ==
          std::vector<std::string>{"the asking party's budget of slots is spent for today"});
}

TEST_CASE("faults: one holder that is away costs no time, two cost patience", "[system]") {
    Federation federation(Records::practice);
    federation.set_link("health", false);
    auto const first = ask(federation, "samantha");
    auto const start = federation.now();
    REQUIRE(federation.run_until(
        [&] { return federation.case_of(first).parties.at(party("housing")).stage == protocol::PartyStage::answered; },
        10s));
    CHECK(federation.now() - start < 3s);
    federation.set_link("domestic_abuse", false);
    auto const second = ask(federation, "marie");
    federation.run_for(1h);
    CHECK(federation.grid(second).at("Greg, police") == "waiting");
    federation.set_link("domestic_abuse", true);
    federation.run_for(1min);
    CHECK(federation.grid(second).at("Greg, police") == "AMBER");
}

TEST_CASE("faults: an altered frame is refused and has no effect", "[system]") {
    Federation federation(Records::practice);
    auto const frame = protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value();
    for (auto const place : {std::size_t(0), std::size_t(31), std::size_t(32), frame.sealed.size() / 2,
                             frame.sealed.size() - 1}) {
        CAPTURE(place);
        auto altered = frame;
        altered.id = FrameId::make([&](MutableBytes out) { out[0] = static_cast<std::uint8_t>(place + 1); });
        altered.sealed[place] ^= 1U;
        auto const effects = effects_of(federation, "coordinator", "social_care", protocol::encode_frame(altered));
        REQUIRE(effects.leaves.size() == 1);
        CHECK(effects.leaves[0].leaf.kind == LeafClass::refusal);
        CHECK(effects.writes.empty());
        CHECK(only_acknowledges(effects));
    }
    // Somebody else's name on it: the signature is not that party's.
    auto other = frame;
    other.sender = party("police");
    auto const effects = effects_of(federation, "coordinator", "social_care", protocol::encode_frame(other));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) == "message does not open or its signature does not verify");
    CHECK(effects.writes.empty());
}

TEST_CASE("faults: bytes that are no frame are refused without an answer", "[system]") {
    Federation federation(Records::practice);
    for (auto const& bytes : {Bytes(), Bytes(100, 0xFF), Bytes(limits::frame_bytes_max + 1, 0)}) {
        auto const effects = effects_of(federation, "coordinator", "social_care", bytes);
        REQUIRE(effects.leaves.size() == 1);
        CHECK(effects.leaves[0].leaf.kind == LeafClass::refusal);
        CHECK(effects.transmissions.empty());
        CHECK(effects.writes.empty());
    }
    auto const decoded = protocol::decode_frame(Bytes(limits::frame_bytes_max + 1, 0));
    REQUIRE_FALSE(decoded);
    CHECK(decoded.assume_error().code == Errc::too_large);
}

TEST_CASE("faults: the coordinator relays only for the party whose link it is", "[system]") {
    Federation federation(Records::practice);
    protocol::Frame frame{protocol::FrameKind::message, FrameId::make([](MutableBytes out) { out[0] = 1; }),
                          party("police"), party("health"), Bytes(2000, 1)};
    auto const honest = effects_of(federation, "police", "coordinator", protocol::encode_frame(frame));
    CHECK(honest.leaves.empty());
    CHECK(honest.transmissions.size() == 2);
    frame.id = FrameId::make([](MutableBytes out) { out[0] = 2; });
    auto const forged = effects_of(federation, "housing", "coordinator", protocol::encode_frame(frame));
    REQUIRE(forged.leaves.size() == 1);
    CHECK(text_of(forged.leaves[0], FieldTag::reason) == "frame is not for us to relay");
    CHECK(only_acknowledges(forged));
    frame.sender = party("housing");
    frame.recipient = party("nobody");
    auto const nowhere = effects_of(federation, "housing", "coordinator", protocol::encode_frame(frame));
    CHECK(nowhere.leaves.size() == 1);
    // An agency relays nothing.
    frame.recipient = party("health");
    auto const through = effects_of(federation, "coordinator", "police", protocol::encode_frame(frame));
    CHECK(through.leaves.size() == 1);
    CHECK(only_acknowledges(through));
}

TEST_CASE("faults: only the coordinator may query, and only an agency may enrol", "[system]") {
    Federation federation(Records::practice);
    auto const query = federation.open(protocol::decode_frame(capture(federation, "social_care",
                                                                      protocol::MessageType::query)).value());
    auto envelope = query.value();
    auto decoded = protocol::decode_query(envelope.payload).value();
    decoded.id = QueryId::make([](MutableBytes out) { out[0] = 1; });
    envelope.payload = protocol::encode(decoded);
    bool const other_agreement = GENERATE(false, true);
    if (other_agreement) envelope.agreement = {};
    federation.inject("coordinator", "social_care", federation.message("housing", "social_care", envelope));
    CHECK(refusals(federation.at("social_care")) == std::vector<std::string>{"query is not from the coordinator"});

    auto request = federation.open(protocol::decode_frame(capture(federation, "police",
                                                                  protocol::MessageType::evaluate_request)).value());
    request->exchange = ExchangeId::make([](MutableBytes out) { out[0] = 2; });
    federation.inject("coordinator", "police", federation.message("housing", "police", *request));
    CHECK(refusals(federation.at("police")) ==
          std::vector<std::string>{"only the coordinator queries and only agencies enrol"});
}

TEST_CASE("faults: a family of an unborn child alone is too little to ask with", "[system]") {
    Federation federation(Records::practice);
    auto family = practice_family("samantha", federation.agreement());
    family.people.resize(1);
    family.people[0].roles = {protocol::PersonRole::unborn};
    CHECK_FALSE(federation.submit(family));
    family.people.clear();
    CHECK_FALSE(federation.submit(family));
    family = practice_family("samantha", federation.agreement());
    family.people.resize(limits::slots + 1, family.people[0]);
    CHECK_FALSE(federation.submit(family));
}

TEST_CASE("faults: which facts a party was told is logged, also when the first person is unborn", "[system]") {
    Federation federation(Records::practice);
    auto family = practice_family("samantha", federation.agreement());
    family.people[0].roles = {protocol::PersonRole::unborn};
    auto const id = federation.submit(family);
    REQUIRE(id);
    REQUIRE(federation.run_until_settled(id.value()));
    auto const sent = leaves(federation.at("coordinator"), LeafClass::query_sent);
    REQUIRE_FALSE(sent.empty());
    for (auto const& entry : sent)
        if (values_of(entry, FieldTag::stage).at(0).back() == 1) CHECK(values_of(entry, FieldTag::context).size() == 7);
}
