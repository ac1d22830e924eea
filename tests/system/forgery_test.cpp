// Nodes that lie: answers that do not fit their query, summaries that nobody may ask for, statements that nobody made.
// And what an agency may say at all: "not known" only with a complete and fresh index, a colour only of a fresh rating.

#include "asking.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::MessageType;

namespace {

protocol::Envelope fresh(Federation const& federation, protocol::Envelope envelope, std::uint8_t number) {
    envelope.exchange = ExchangeId::make([&](MutableBytes out) { out[0] = number; });
    envelope.time = federation.now();
    return envelope;
}

} // namespace

TEST_CASE("forgery: an answer that does not fit its query is refused", "[system]") {
    struct Forged {
        protocol::Answer answer;
        protocol::Envelope envelope;
        std::string statement_by = "social_care";
        AgreementId statement_under;
        std::string sender = "social_care";
    };
    struct Row {
        char const* about;
        void (*change)(Forged&);
        bool good = false;
    };
    static auto const other = AgreementId::make([](MutableBytes out) { out[0] = 7; });
    auto const row =
        GENERATE(Row{"nothing", [](Forged&) {}, true}, Row{"another query", [](Forged& one) { one.answer.query = {}; }},
                 Row{"another payload answered", [](Forged& one) { one.envelope.answers = {}; }},
                 Row{"another exchange", [](Forged& one) { one.envelope.exchange = {}; }},
                 Row{"statement of another party", [](Forged& one) { one.answer.statement.party = party("police"); }},
                 Row{"statement of another query", [](Forged& one) { one.answer.statement.query = {}; }},
                 Row{"statement by another key", [](Forged& one) { one.statement_by = "police"; }},
                 Row{"statement says worse", [](Forged& one) { one.answer.statement.worst = policy::Colour::red; }},
                 Row{"slots say worse",
                     [](Forged& one) {
                         one.answer.slots[0].reply = {policy::ReplyKind::rated, policy::Colour::red,
                                                      policy::Basis::own_records, policy::Reason::none};
                     }},
                 Row{"content under another agreement",
                     [](Forged& one) { one.envelope.agreement = one.statement_under = other; }},
                 Row{"version mismatch signed under ours",
                     [](Forged& one) {
                         one.envelope.agreement = other;
                         one.answer.slots.assign(limits::slots, {policy::no_colour(policy::ReplyKind::version_mismatch),
                                                                 protocol::no_clause});
                     }},
                 Row{"by another party", [](Forged& one) { one.sender = "housing"; }});
    CAPTURE(row.about);
    Federation federation(Records::practice);
    auto const id = ask(federation, "samantha");
    auto const query =
        protocol::decode_query(next_message(federation, "social_care", MessageType::query).payload).value();
    federation.set_link("social_care", false); // its own answer waits
    federation.run_for(3s);
    auto const& state = federation.case_of(id).parties.at(party("social_care"));
    REQUIRE(state.stage == protocol::PartyStage::asked);
    auto const agreement = federation.agreement().id;
    Forged forged{{query.id, {}, {party("social_care"), query.id, {}, federation.now(), {}}},
                  {MessageType::answer, state.exchange, agreement, federation.now(), state.payload_hash, {}, {}},
                  "social_care",
                  agreement,
                  "social_care"};
    forged.answer.slots.assign(limits::slots, {policy::no_colour(policy::ReplyKind::not_known), 1});
    row.change(forged);
    forged.answer.statement = protocol::sign_statement(Mode::practice, forged.statement_under, forged.answer.statement,
                                                       federation.at(forged.statement_by).node_key);
    forged.envelope.payload = protocol::encode(forged.answer);
    auto const before = refusals(federation.at("coordinator")).size();
    federation.inject(forged.sender, "coordinator", federation.message(forged.sender, "coordinator", forged.envelope));
    CHECK((state.stage == protocol::PartyStage::answered) == row.good);
    CHECK(refusals(federation.at("coordinator")).size() == before + (row.good ? 0 : 1));
}

TEST_CASE("forgery: a summary can only be about somebody the party has rated", "[system]") {
    bool const rated = GENERATE(true, false);
    Federation federation(Records::practice);
    auto const id = ask(federation, "marie"); // police rated Marie and Greg, and know none of the children
    auto const request = next_message(federation, "police", MessageType::summary_request);
    auto const& state = federation.case_of(id).parties.at(party("police"));
    auto const person = rated ? std::size_t(0) : std::size_t(2);
    REQUIRE((state.replies[person].reply.kind == policy::ReplyKind::rated) == rated);
    auto const slot = std::find(state.order.begin(), state.order.end(), person) - state.order.begin();

    protocol::SlotSummary said;
    said.slot = static_cast<std::uint8_t>(slot);
    said.released = {{policy::DataField::analysis, 0}};
    said.analysis = "Forged.";
    auto reply = request;
    reply.type = MessageType::summary;
    reply.answers = crypto::sha256({request.payload});
    reply.payload = protocol::encode(protocol::Summary{state.query, {said}});
    auto const before = refusals(federation.at("coordinator")).size();
    federation.inject("police", "coordinator", federation.message("police", "coordinator", reply));
    federation.run_for(4ms); // before police's own is there
    CHECK(state.summary_done == rated);
    CHECK(state.summaries.size() == (rated ? 1U : 0U));
    CHECK(refusals(federation.at("coordinator")).size() == before + (rated ? 0U : 1U));
}

TEST_CASE("forgery: a summary is for the coordinator, about a query that was answered, once", "[system]") {
    Federation federation(Records::practice);
    auto const id = ask(federation, "marie");
    auto const request = next_message(federation, "police", MessageType::summary_request);
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(10s);
    auto const& police = federation.at("police");
    auto const disclosures = [&] {
        return std::count_if(police.disk.log().begin(), police.disk.log().end(),
                             [](auto const& entry) { return entry.leaf.kind == LeafClass::disclosure_sent; });
    };
    auto const before = disclosures();
    federation.inject("coordinator", "police",
                      federation.message("coordinator", "police", fresh(federation, request, 1)));
    federation.inject("coordinator", "police", federation.message("housing", "police", fresh(federation, request, 2)));
    auto unknown = request;
    auto decoded = protocol::decode_summary_request(request.payload).value();
    decoded.query = {};
    unknown.payload = protocol::encode(decoded);
    federation.inject("coordinator", "police",
                      federation.message("coordinator", "police", fresh(federation, unknown, 3)));
    CHECK(disclosures() == before);
    CHECK(refusals(police) == std::vector<std::string>{"summary was already given",
                                                       "summary request is about no query that we answered",
                                                       "summary request is about no query that we answered"});
}

TEST_CASE("forgery: only a signed, recent statement of another party counts as somebody's Red or Amber", "[system]") {
    struct Row {
        char const* about;
        void (*change)(Federation&, protocol::Statement&);
        bool counts = false;
    };
    auto const sign = [](Federation& federation, protocol::Statement& one, char const* by) {
        one = protocol::sign_statement(Mode::practice, federation.agreement().id, one, federation.at(by).node_key);
    };
    static auto const signed_by = +sign;
    auto const row =
        GENERATE(Row{"as it came", [](Federation&, protocol::Statement&) {}, true},
                 Row{"another query", [](Federation&, protocol::Statement& one) { one.query = {}; }},
                 Row{"worse", [](Federation&, protocol::Statement& one) { one.worst = policy::Colour::red; }},
                 Row{"of the agency itself",
                     [](Federation& federation, protocol::Statement& one) {
                         one.party = party("police");
                         signed_by(federation, one, "police");
                     }},
                 Row{"signed by somebody else",
                     [](Federation& federation, protocol::Statement& one) { signed_by(federation, one, "housing"); }},
                 Row{"Green",
                     [](Federation& federation, protocol::Statement& one) {
                         one.worst = policy::Colour::green;
                         signed_by(federation, one, "health");
                     }},
                 Row{"old",
                     [](Federation& federation, protocol::Statement& one) {
                         one.at -= 200h;
                         signed_by(federation, one, "health");
                     }},
                 Row{"of the future", [](Federation& federation, protocol::Statement& one) {
                         one.at += 10min;
                         signed_by(federation, one, "health");
                     }});
    CAPTURE(row.about);
    Federation federation(Records::practice);
    ask(federation, "ivy"); // police Green about Glen, health Amber about Ivy, no other ground for a summary
    // The coordinator's request is lost on the way to the police; another one arrives in its place.
    protocol::Envelope request;
    federation.on_transmission = [&](Member const& member, protocol::Transmission const& transmission) {
        if (member.party.text() != "coordinator" || transmission.peer.text() != "police") return;
        auto envelope = federation.open(protocol::decode_frame(transmission.frame).value());
        if (!envelope || envelope->type != MessageType::summary_request) return;
        request = *envelope;
        federation.at("police").linked = false;
    };
    REQUIRE(federation.run_until([&] { return !request.payload.empty(); }, 10s));
    federation.on_transmission = {};
    federation.at("police").linked = true; // nothing else is lost, and nothing is sent again
    federation.run_for(10s);
    auto decoded = protocol::decode_summary_request(request.payload).value();
    REQUIRE(decoded.statements.size() == 1);
    row.change(federation, decoded.statements[0]);
    request.payload = protocol::encode(decoded);
    std::optional<protocol::Summary> summary;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const envelope = federation.open(protocol::decode_frame(delivery.frame).value());
        if (envelope && envelope->type == MessageType::summary && delivery.from.text() == "police")
            summary = protocol::decode_summary(envelope->payload).value();
    };
    federation.inject("coordinator", "police",
                      federation.message("coordinator", "police", fresh(federation, request, 1)));
    federation.run_for(3s);
    REQUIRE(summary);
    CHECK(summary->slots.empty() == !row.counts);
    for (auto const& slot : summary->slots)
        for (auto const& released : slot.released)
            CHECK(federation.agreement().clauses.at(released.clause).id == "7.5");
}

TEST_CASE("replies: not known is said only with a complete index and fresh sources", "[system]") {
    Federation federation(Records::practice);
    auto people = practice_people("housing", day_of(federation.now()));
    people.push_back(marked_people("housing", day_of(federation.now())).front()); // somebody new
    federation.import("housing", std::move(people));
    auto const give_delta = [&](std::uint32_t percent) {
        for (auto const* holder : {"police", "health", "domestic_abuse"})
            federation.at(holder).in_force.agreement.budgets.enrol_delta_percent_per_day = percent;
    };
    give_delta(0);
    federation.run_for(10s); // nobody evaluates what housing has to enrol
    CHECK_FALSE(federation.at("housing").node->agency()->enrolment().complete(1, 2));
    give_delta(5);
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id).at("Greg, housing") == "not_checked");
    CHECK(federation.grid(id).at("Greg, refuge") == "nothing_at_this_level");
    CHECK_FALSE(protocol::everybody_answered(federation.case_of(id)));

    auto const days = std::chrono::days(federation.agreement().release.source_fresh_days);
    federation.run_for(days - 1h); // on the last day
    auto const last = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(last));
    CHECK(federation.grid(last).at("Pete, police") == "not_known");
    CHECK(federation.grid(last).at("Pete, housing") == "not_known"); // enrolled at last
    federation.run_for(2h);
    auto const stale = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(stale));
    CHECK(federation.grid(stale).at("Pete, police") == "not_checked");
    CHECK(federation.grid(stale).at("Samantha, housing") == "GREEN");
    auto const& reply =
        federation.coordinator().reply_of(federation.now(), federation.case_of(stale), party("police"), 3);
    CHECK(reply.reason == policy::Reason::sources_stale);
    CHECK(federation.grid(stale).at("Pete, refuge") == "nothing_at_this_level");
}

TEST_CASE("replies: a rating counts as long as it is fresh, and probation speaks of people open to it", "[system]") {
    auto const with = [](auto const& change, char const* agency) {
        Federation federation(Records::practice);
        auto people = practice_people(agency, day_of(federation.now()));
        for (auto& person : people) change(person, day_of(federation.now()));
        federation.import(agency, std::move(people));
        federation.run_for(10s);
        auto const id = ask(federation, "amanda");
        REQUIRE(federation.run_until_settled(id));
        return federation.grid(id);
    };
    auto const rated = [&](int days_ago) {
        return with(
            [=](protocol::PersonRecord& person, Day today) {
                if (person.rating) person.rating->rated_on = today - std::chrono::days(days_ago);
            },
            "education");
    };
    CHECK(rated(180).at("Scarlett, education") == "AMBER");
    CHECK(rated(181).at("Scarlett, education") == "known_not_shared");
    auto const open = [&](bool is_open) {
        return with([=](protocol::PersonRecord& person, Day) { person.open = is_open; }, "probation");
    };
    CHECK(open(true).at("Harvey, probation") == "AMBER");
    CHECK(open(false).at("Harvey, probation") == "known_not_shared");
}

TEST_CASE("replies: a person entered twice is one person", "[system]") {
    Federation federation(Records::practice);
    auto people = practice_people("police", day_of(federation.now()));
    auto const greg = std::find_if(people.begin(), people.end(),
                                   [](auto const& person) { return person.identity.names[0].forename == "Greg"; });
    REQUIRE(greg != people.end());
    auto twice = *greg;
    twice.id = "twice";
    people.push_back(twice);
    federation.import("police", std::move(people));
    federation.run_for(10s);
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id).at("Greg, police") == "AMBER");
}
