// The register in a whole federation: leases, a next version, stops. Real engines on a simulated clock and network.

#include "asking.hpp"
#include "policy/rehearse.hpp"

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::NoteProposed;

namespace {

std::string replaced(std::string text, std::string const& from, std::string const& to) {
    auto const place = text.find(from);
    INFO("looking for: " << from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}

/// The agreement's text as its next version, in force from then on.
std::string next_version(Federation const& federation, Instant from) {
    auto const text = replaced(federation.text(), "\nversion = 1\n", "\nversion = 2\n");
    return replaced(text, "2026-01-01T00:00:00Z", to_text(from));
}

/// What one clause of version 2 says otherwise: summaries of an agency's own concern at Red only.
std::string only_at_red(std::string const& text) {
    return replaced(text, "when = [\"own_red_or_amber\"]\n\n[[clause]]\nid = \"7.3\"",
                    "when = [\"own_red_or_amber\"]\ncolours = [\"red\"]\n\n[[clause]]\nid = \"7.3\"");
}

std::uint32_t version_at(Federation const& federation, std::string const& party) {
    return federation.at(party).in_force.agreement.version;
}

bool everybody_on(Federation const& federation, std::uint32_t version) {
    for (auto const& member : federation.members())
        if (member->node && member->in_force.agreement.version != version) return false;
    return true;
}

Instant second_after(Instant now) {
    return std::chrono::ceil<std::chrono::seconds>(now);
}

std::string suspension(std::string const& by, std::string const& of, std::uint32_t serial, bool lifted) {
    return protocol::statement_text(
        Mode::practice, protocol::Suspension{party(by), party(of), serial, lifted, "an enquiry is under way"});
}

std::vector<std::string> texts(Member const& member, LeafClass kind) {
    std::vector<std::string> found;
    for (auto const& entry : leaves(member, kind)) found.push_back(text_of(entry, FieldTag::text));
    return found;
}

bool has_text(Member const& member, LeafClass kind, std::string const& part) {
    for (auto const& text : texts(member, kind))
        if (text.find(part) != std::string::npos) return true;
    return false;
}

} // namespace

TEST_CASE("register: everybody holds a lease as long as somebody is asked about, and one comes with a query",
          "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    for (auto const minutes : {0, 50, 26 * 60}) {
        federation.run_for(std::chrono::minutes(minutes));
        if (minutes != 50) {
            auto const id = ask(federation, "samantha");
            REQUIRE(federation.run_until_settled(id));
            CHECK(federation.grid(id).at("Samantha, housing") == "GREEN");
        }
        for (auto const& member : federation.members()) {
            CAPTURE(member->party.text(), minutes);
            auto const& registrar = member->node->registrar();
            CHECK_FALSE(registrar.silent(federation.now()));
            REQUIRE(registrar.lease());
            CHECK(registrar.lease()->until > federation.now());
            CHECK(registrar.lease()->until <= federation.now() + protocol::lease_lives);
        }
    }
    auto const& seen = federation.at("coordinator").node->registrar().acknowledged();
    CHECK(seen.size() + 1 == federation.members().size());
}

TEST_CASE("register: without enough others nothing is disclosed, and with them again it is", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    // Six of the ten other organisations are needed. Five and the coordinator are not enough.
    for (auto const* away : {"social_care", "education", "marac", "mental_health", "substance_misuse"})
        federation.set_link(away, false);
    federation.run_for(protocol::lease_lives + 1s);
    CHECK(federation.at("police").node->registrar().silent(federation.now()) == policy::Reason::no_lease);
    auto const id = ask(federation, "samantha");
    federation.run_for(1min);
    CHECK(federation.grid(id).at("Samantha, housing") == "waiting"); // it waits for a lease
    SECTION("none comes") {
        federation.run_for(2min);
        CHECK(federation.grid(id).at("Samantha, housing") == "not_checked");
        auto const& reply = federation.case_of(id).parties.at(party("housing")).replies.at(0).reply;
        CHECK(reply.reason == policy::Reason::no_lease);
        CHECK(leaves(federation.at("housing"), LeafClass::context_opened).empty());
    }
    SECTION("one comes in time") {
        federation.set_link("social_care", true);
        federation.set_link("marac", true);
        federation.run_for(30s);
        CHECK(federation.grid(id).at("Samantha, housing") == "GREEN");
    }
}

TEST_CASE("register: a version that its quorum signed is in force everywhere at its time", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const from = second_after(federation.now()) + 1h;
    auto const text = only_at_red(next_version(federation, from));
    // Every role whose decisions change signs; and two thirds in all. The refuge, Marac and the coordinator need not.
    std::vector<std::string> const signers{"police",           "social_care",   "health",
                                           "education",        "housing",       "domestic_abuse",
                                           "substance_misuse", "mental_health", "probation"};
    auto const first = federation.signed_by(text, {"housing"});
    REQUIRE(federation.ask("housing", NoteProposed{first}));
    federation.run_for(5s);
    auto const& waiting = federation.at("coordinator").node->registrar().proposals();
    REQUIRE(waiting.size() == 1);
    CHECK_FALSE(waiting.begin()->second.looked.enough);
    auto const& missing = waiting.begin()->second.looked.missing;
    CHECK(std::find(missing.begin(), missing.end(), "police (dpo)") != missing.end());
    // Lines come from different nodes, one officer's alone as well, and are put together everywhere.
    REQUIRE(federation.ask("police", NoteProposed{federation.signed_by_one(text, "police", "dpo")}));
    federation.run_for(1s);
    std::vector<std::string> others(signers.begin(), signers.end());
    std::erase(others, "housing");
    REQUIRE(federation.ask("health", NoteProposed{federation.signed_by(text, others)}));
    federation.run_for(5s);
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        CHECK(member->in_force.book.versions().size() == 2);
        CHECK(member->node->registrar().proposals().empty());
        CHECK(has_text(*member, LeafClass::suspension, "register: agreement, version 2"));
    }
    CHECK(everybody_on(federation, 1));
    auto const before = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(before));
    federation.run_for(from - federation.now() - 1ms);
    CHECK(everybody_on(federation, 1));
    federation.run_for(1ms);
    CHECK(everybody_on(federation, 2));
    federation.run_for(10s);
    CHECK_FALSE(has_text(federation.at("police"), LeafClass::agreement_activated, "version 3"));
    CHECK(has_text(federation.at("police"), LeafClass::agreement_activated, "agreement in force, version 2"));
    // What was asked under the first still reads under the first; what is asked now is under the second.
    auto const& coordinator = federation.coordinator();
    CHECK(coordinator.agreement_of(federation.case_of(before)).version == 1);
    auto const after = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(after));
    CHECK(coordinator.agreement_of(federation.case_of(after)).version == 2);
    CHECK(federation.grid(after) == federation.grid(before)); // colours are never filtered
    SECTION("a restart and a clock that was set back bring no older version") {
        federation.crash("housing");
        federation.start("housing");
        federation.run_for(5s);
        CHECK(version_at(federation, "housing") == 2);
        auto const again = ask(federation, "samantha");
        REQUIRE(federation.run_until_settled(again));
        CHECK(federation.grid(again).at("Samantha, housing") == "GREEN");
    }
    SECTION("the same number again is refused, and what was decided stays") {
        auto const other = federation.signed_by(next_version(federation, second_after(federation.now()) + 2h));
        CHECK_FALSE(federation.ask("police", NoteProposed{other}));
        CHECK(federation.at("police").in_force.book.versions().size() == 2);
    }
}

TEST_CASE("register: a version proposed for the past is refused with its date, and the one in force stays",
          "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const text = next_version(federation, second_after(federation.now()) - 1min);
    auto findings = std::make_shared<std::vector<policy::Finding>>();
    auto const refused = federation.ask("police", NoteProposed{federation.signed_by(text), findings});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::expired);
    CHECK_FALSE(findings->empty());
    federation.run_for(5s);
    CHECK(everybody_on(federation, 1));
    CHECK(federation.at("coordinator").in_force.book.versions().size() == 1);
}

TEST_CASE("register: who was away when a version took effect says so, and catches up", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    federation.set_link("housing", false);
    auto const from = second_after(federation.now()) + 10min;
    REQUIRE(federation.ask("police", NoteProposed{federation.signed_by(next_version(federation, from))}));
    federation.run_for(11min);
    CHECK(version_at(federation, "police") == 2);
    CHECK(version_at(federation, "housing") == 1);
    auto const id = ask(federation, "marie");
    federation.run_for(10s);
    federation.set_link("housing", true);
    federation.run_for(20s);
    CHECK(version_at(federation, "housing") == 2);
    auto const shown = federation.grid(id).at("Greg, housing");
    CHECK((shown == "version_mismatch" || shown == "AMBER" || shown == "RED"));
    auto const again = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(again));
    CHECK(federation.grid(again).at("Greg, housing") != "version_mismatch");
}

TEST_CASE("register: a party stops its answers at once, everybody is told, and takes it back", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const stop = suspension("housing", "coordinator", 1, false);
    REQUIRE(federation.ask("housing", NoteProposed{federation.signed_by_one(stop, "housing", "dpo")}));
    CHECK(federation.at("housing").node->registrar().is_suspended(party("housing"), party("coordinator")));
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id).at("Greg, housing") == "not_checked");
    CHECK(federation.case_of(id).parties.at(party("housing")).replies.at(0).reply.reason == policy::Reason::suspended);
    CHECK(refusals(federation.at("housing")).back() == "it has suspended its answers to whoever asks here");
    for (auto const& member : federation.members())
        CHECK(member->in_force.book.is_suspended(party("housing"), party("coordinator")));
    auto const lift = suspension("housing", "coordinator", 2, true);
    REQUIRE(federation.ask("housing", NoteProposed{federation.signed_by_one(lift, "housing", "officer")}));
    federation.run_for(3s);
    auto const again = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(again));
    CHECK(federation.grid(again).at("Greg, housing") != "not_checked");
    SECTION("an old note stops nothing again") {
        CHECK_FALSE(federation.ask("housing", NoteProposed{federation.signed_by_one(stop, "housing", "dpo")}));
    }
    SECTION("nobody else can stop it") {
        auto const forged = suspension("housing", "coordinator", 3, false);
        CHECK_FALSE(federation.ask("police", NoteProposed{federation.signed_by_one(forged, "police", "dpo")}));
    }
}

TEST_CASE("register: a statement of a party that is suspended is not passed on", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    for (auto const* by : {"substance_misuse", "police", "health", "domestic_abuse", "social_care", "education"}) {
        auto const stop = suspension(by, "housing", 1, false);
        REQUIRE(federation.ask(by, NoteProposed{federation.signed_by_one(stop, by, "dpo")}));
    }
    federation.run_for(3s);
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    for (auto const& entry : leaves(federation.at("coordinator"), LeafClass::query_sent)) {
        if (text_of(entry, FieldTag::peer) != "housing") continue;
        for (auto const& value : values_of(entry, FieldTag::text)) {
            auto const text = std::string(as_text(value));
            CHECK(text.find("statement of") == std::string::npos);
        }
    }
}

TEST_CASE("register: a revocation by the quorum reaches every node that is there within five seconds", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const id = ask(federation, "marie");
    federation.run_for(500ms); // answers are decided and not yet released
    auto const text = protocol::statement_text(
        Mode::practice, protocol::Revocation{federation.agreement().id, "a key holder was broken into"});
    std::vector<std::string> const eight{"police",  "social_care",    "health", "education",
                                         "housing", "domestic_abuse", "refuge", "marac"};
    std::vector<std::string> const seven(eight.begin(), eight.begin() + 7);
    REQUIRE(federation.ask("police", NoteProposed{federation.signed_by(text, seven)}));
    federation.run_for(200ms);
    CHECK_FALSE(federation.at("health").node->registrar().silent(federation.now())); // one short of two thirds
    REQUIRE(federation.ask("police", NoteProposed{federation.signed_by(text, {"marac"})}));
    federation.run_for(5s);
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        CHECK(member->node->registrar().silent(federation.now()) == policy::Reason::agreement_revoked);
        CHECK(has_text(*member, LeafClass::agreement_revoked, "register: revocation"));
    }
    // What was decided before and not yet released did not leave.
    for (auto const& [cell, shown] : federation.grid(id)) {
        CAPTURE(cell);
        CHECK((shown == "not_checked" || shown == "not_asked" || shown == "waiting" || cell == "result"));
    }
    CHECK_FALSE(federation.submit(practice_family("ivy", federation.agreement())));
}

TEST_CASE("register: a party that the others cut off is neither asked nor heard", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const text =
        protocol::statement_text(Mode::practice, protocol::Removal{federation.agreement().id, party("housing"),
                                                                   "its node is in the wrong hands"});
    REQUIRE(federation.ask(
        "police", NoteProposed{federation.signed_by(text, {"police", "social_care", "health", "education",
                                                           "domestic_abuse", "refuge", "marac", "probation"})}));
    federation.run_for(3s);
    CHECK(federation.at("police").node->registrar().is_removed(party("housing"), federation.now()));
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK_FALSE(federation.case_of(id).parties.contains(party("housing")));
    CHECK(federation.grid(id).at("Greg, police") != "not_checked");
}

TEST_CASE("register: a party's own log says of each decision what the agreement was asked", "[system]") {
    Federation federation(Records::practice);
    for (auto const* name : {"marie", "hayley", "kira"}) REQUIRE(federation.run_until_settled(ask(federation, name)));
    std::size_t decisions = 0;
    for (auto const& member : federation.members()) {
        if (member->node->agency() == nullptr) continue;
        auto const& own = *federation.agreement().find(member->party);
        policy::Rehearsal rehearsal(federation.agreement(), {own.role, own.sensitive});
        for (auto const& entry : leaves(*member, LeafClass::decision))
            for (auto const& value : values_of(entry, FieldTag::request))
                rehearsal.add(policy::decode_past_decision(value).value(), text_of(entry, FieldTag::purpose),
                              text_of(entry, FieldTag::route));
        auto const report = rehearsal.report();
        CAPTURE(member->party.text());
        CHECK(report.same == report.decisions);
        decisions += report.decisions;
    }
    CHECK(decisions > 300);
}

TEST_CASE("register: a head that leaves out a statement which binds is not cosigned", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    // Housing tells everybody; a coordinator that hides it is one that never heard of it.
    auto const note = federation.signed_by_one(suspension("housing", "education", 1, false), "housing", "dpo");
    for (auto const* told : {"police", "health"}) {
        protocol::Envelope envelope{protocol::MessageType::register_entry,
                                    ExchangeId::make([](MutableBytes out) { out[0] = 9; }),
                                    federation.agreement().id,
                                    federation.now(),
                                    {},
                                    encode(protocol::RegisterEntry{protocol::RegisterEntry::proposed, note}),
                                    {}};
        federation.inject("coordinator", told, federation.message("housing", told, envelope));
        CHECK(federation.at(told).node->registrar().is_suspended(party("housing"), party("education")));
    }
    auto const cosigned = [&] {
        federation.run_for(protocol::lease_lives);
        REQUIRE(federation.run_until_settled(ask(federation, "samantha")));
        return federation.at("housing").node->registrar().lease()->organisations;
    };
    CHECK(cosigned() == 8); // ten others, without these two
    auto const said = refusals(federation.at("police"));
    CHECK(std::count(said.begin(), said.end(), "the coordinator leaves out a statement that binds; not cosigned") == 1);
    REQUIRE(federation.ask("housing", NoteProposed{note}));
    CHECK(cosigned() == 10);
}
