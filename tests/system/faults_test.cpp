// What goes wrong: nodes that die at the worst moment, links that break, holders that cheat or have spent their budget.
// The grid is the same in the end, or says what is missing; nothing happens twice.

#include "asking.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;

namespace {

using Grid = std::map<std::string, std::string>;

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

/// The holder evaluates with another key from now on, until it starts again.
void give_wrong_share(Federation& federation, std::string const& holder) {
    auto const* sharing = federation.at(holder).node->epochs().find(1, 1);
    const_cast<protocol::Sharing*>(sharing)->share = crypto::derive_key(Bytes(32, 7), as_bytes(holder)).value();
}

When with_leaf(LeafClass kind) {
    return [kind](protocol::Effects const& effects) {
        return std::any_of(effects.leaves.begin(), effects.leaves.end(),
                           [&](auto const& entry) { return entry.leaf.kind == kind; });
    };
}

} // namespace

TEST_CASE("faults: a node that dies at any point of a query changes nothing in the end", "[system]") {
    struct Fault {
        char const* party;
        LeafClass step;
    };
    auto const fault =
        GENERATE(Fault{"coordinator", LeafClass::evaluation_requested}, Fault{"coordinator", LeafClass::query_sent},
                 Fault{"coordinator", LeafClass::disclosure_received}, Fault{"social_care", LeafClass::query_received},
                 Fault{"social_care", LeafClass::disclosure_sent}, Fault{"police", LeafClass::evaluation_served});
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
    demand_once(federation);
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
    demand_once(federation);
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
    CHECK(federation.run_until([&] { return refuge.node->agency()->enrolment().complete(1, 2); }, 5min));
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

TEST_CASE("faults: a disk that cannot be read gives a refused summary, not an empty one", "[system]") {
    Federation federation(Records::practice);
    auto& agency = federation.at("substance_misuse"); // which has said Red of Greg
    auto const id = ask(federation, "marie");
    federation.on_transmission = [&](Member const& from, protocol::Transmission const&) {
        if (&from == &agency) agency.disk.set_unreadable(true); // from its answer on
    };
    REQUIRE(federation.run_until_settled(id));
    CHECK(refusals(agency) == std::vector<std::string>{"a record cannot be read"});
    auto const& state = federation.case_of(id).parties.at(agency.party);
    CHECK(state.summaries.empty());
    CHECK(federation.grid(id).at("Greg, substance_misuse") == "RED");
}

TEST_CASE("faults: after midnight the index of the new day answers", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(24h);
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id) == undisturbed("samantha"));
}

TEST_CASE("faults: a query under another agreement gets a version mismatch in every slot", "[system]") {
    Federation federation(Records::practice);
    federation.put_ahead("social_care");
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

TEST_CASE("faults: a holder that is a version ahead evaluates all the same", "[system]") {
    Federation federation(Records::practice);
    federation.put_ahead("police");
    auto const id = ask(federation, "samantha");
    federation.run_for(30s);
    CHECK(sum_of(leaves(federation.at("police"), LeafClass::evaluation_served), "coordinator") != 0);
    CHECK(federation.grid(id).at("Samantha, police") == "version_mismatch");
    CHECK(federation.grid(id).at("Samantha, housing") == "GREEN");
}

TEST_CASE("faults: a holder that does not know the asker's version does not evaluate", "[system]") {
    Federation federation(Records::practice);
    for (auto const& member : federation.members())
        if (member->party.text() != "police") federation.put_ahead(member->party.text());
    auto const id = ask(federation, "samantha");
    federation.run_for(30s);
    CHECK(sum_of(leaves(federation.at("police"), LeafClass::evaluation_served), "coordinator") == 0);
    CHECK(federation.grid(id).at("Samantha, housing") == "GREEN"); // the other two holders do
}

TEST_CASE("faults: a holder with a wrong share is left out and named, and the others are enough", "[system]") {
    Federation federation(Records::practice);
    give_wrong_share(federation, "police");
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
    auto const& excluded = federation.at("coordinator").node->epochs().open()->excluded;
    CHECK(excluded.size() == 1);
    CHECK(excluded.contains(party("police")));
    // It is not asked again in this epoch, also not after a restart.
    federation.crash("coordinator");
    federation.run_for(1s);
    federation.start("coordinator");
    federation.run_for(1s);
    auto const served = leaves(federation.at("police"), LeafClass::evaluation_served).size();
    REQUIRE(federation.run_until_settled(ask(federation, "ivy")));
    CHECK(leaves(federation.at("police"), LeafClass::evaluation_served).size() == served);
}

TEST_CASE("faults: with too few honest holders the case says so", "[system]") {
    Federation federation(Records::practice);
    for (auto const* holder : {"police", "health"}) give_wrong_share(federation, holder);
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.case_of(id).problem.find("Too few key holders evaluate. ") != std::string::npos);
    CHECK(federation.case_of(id).problem.find("its proof does not verify") != std::string::npos);
    CHECK(federation.grid(id).at("Samantha, housing") == "not_asked");
    CHECK(federation.grid(id).at("result") == "NONE");
    // The two are left out from now on, and the next case says so as well instead of waiting for ever.
    auto const next = ask(federation, "ivy");
    REQUIRE(federation.run_until_settled(next));
    CHECK(federation.case_of(next).problem.find("Too few key holders evaluate. ") != std::string::npos);
}

TEST_CASE("faults: a spent budget is refused, also after a restart, and the case says so", "[system]") {
    Federation federation(Records::practice, 1,
                          [](auto& agreement) { agreement.budgets.query_evaluations_per_day = 512; });
    for (int i = 0; i < 2; ++i) { // 256 evaluations each
        auto const id = ask(federation, "ivy");
        REQUIRE(federation.run_until_settled(id));
        REQUIRE(federation.case_of(id).problem.empty());
    }
    for (auto const* holder : {"police", "health", "domestic_abuse"}) {
        federation.crash(holder);
        federation.run_for(1s);
        federation.start(holder);
    }
    federation.run_for(1s);
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.case_of(id).problem.find("this organisation's budget of evaluations is spent (512 of 512)") !=
          std::string::npos);
    for (auto const& [cell, shown] : federation.grid(id)) {
        CAPTURE(cell);
        CHECK((shown == "not_checked" || shown == "not_asked" || cell == "result"));
    }
    for (auto const* holder : {"police", "health", "domestic_abuse"}) {
        auto const reasons = refusals(federation.at(holder));
        REQUIRE(reasons.size() == 1);
        CHECK(reasons[0] == "this organisation's budget of evaluations is spent");
    }
    demand_once(federation);
    federation.run_for(24h); // another day, another budget
    auto const again = ask(federation, "ivy");
    REQUIRE(federation.run_until_settled(again));
    CHECK(federation.case_of(again).problem.empty());
}

TEST_CASE("faults: one holder without budget left costs nothing", "[system]") {
    Federation federation(Records::practice);
    federation.at("health").in_force.agreement.budgets.query_evaluations_per_day = 0;
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
