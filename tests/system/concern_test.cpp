// Whose concern opens what: stage 2 never tells that a sensitive service has one, and a family is entered soundly.

#include "asking.hpp"

namespace fanlight::simulation {

using namespace std::chrono_literals;
using protocol::MessageType;

namespace {

protocol::PersonRecord rated(std::string const& id, protocol::Identity identity, policy::Colour colour, Day today) {
    protocol::PersonRecord record;
    record.id = id;
    record.identity = std::move(identity);
    record.contacts_ever = 3;
    record.rating = protocol::Rating{colour, today - std::chrono::days(5), "A Practitioner", "Our view.", {"fear"}};
    return record;
}

/// Marie's family with neither Marac threshold nor section 47: only colours can open stage 2.
protocol::Family quiet_family(Federation const& federation) {
    auto family = practice_family("marie", federation.agreement());
    family.marac_threshold = false;
    family.section_47 = false;
    return family;
}

/// Parties that were asked for a summary about a family of which housing rated one GREEN, and `who` one RED.
std::set<std::string> asked_for_summaries(std::string const& who) {
    Federation federation(Records::none);
    auto const today = day_of(federation.now());
    auto const family = quiet_family(federation);
    federation.import("housing", {rated("h1", family.people[0].identity, policy::Colour::green, today)});
    federation.import(who, {rated("r1", family.people[0].identity, policy::Colour::red, today)});
    for (auto const& party : {std::string("housing"), who})
        REQUIRE(federation.run_until([&] { return federation.at(party).node->agency()->enrolment().complete(1, 2); },
                                     1min));
    REQUIRE(federation.ask("coordinator", protocol::EpochOpening{})); // nobody else has records
    federation.run_for(1s);
    std::set<std::string> asked;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        if (delivery.to != frame.recipient) return;
        auto const envelope = federation.open(frame);
        if (envelope && envelope->type == MessageType::summary_request) asked.insert(delivery.to.text());
    };
    auto const id = federation.submit(family);
    REQUIRE(id);
    REQUIRE(federation.run_until_settled(id.value()));
    CHECK(federation.grid(id.value()).at("Marie, housing") == "GREEN");
    CHECK(federation.grid(id.value()).at("result") == "RED");
    return asked;
}

} // namespace

TEST_CASE("concern: a sensitive service's Red makes nobody else be asked for more", "[system]") {
    CHECK(asked_for_summaries("refuge") == std::set<std::string>{"refuge"});
}

TEST_CASE("concern: an ordinary agency's Red does", "[system]") {
    CHECK(asked_for_summaries("police") == std::set<std::string>{"housing", "police"});
}

TEST_CASE("concern: a person entered twice is refused, and nothing is sent", "[system]") {
    Federation federation(Records::none);
    auto family = quiet_family(federation);
    bool const same_number = GENERATE(true, false);
    auto& twin = family.people[2].identity;
    if (same_number)
        twin.nhs_number = family.people[0].identity.nhs_number;
    else
        twin = family.people[0].identity;
    std::size_t frames = 0;
    federation.on_transmission = [&](Member const&, protocol::Transmission const&) { ++frames; };
    auto const id = federation.submit(family);
    REQUIRE_FALSE(id);
    CHECK(id.error().code == Errc::refused);
    CHECK(id.error().at == 3);
    CHECK(frames == 0);
}

} // namespace fanlight::simulation
