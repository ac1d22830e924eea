// An agency that has several records of one person, found at import: all of them speak for that person.

#include "protocol_enrolment_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

constexpr auto number = "9434765919";

void names_or_number(policy::Agreement& agreement) {
    agreement.matching.points = {
        {"forename.exact", 200}, {"surname.exact", 200}, {"date.exact", 200}, {"number.same", 600}};
    agreement.matching.sure = 600;
    agreement.matching.unsure = 300;
}

PersonRecord asked_for(std::optional<policy::Colour> colour, char const* rated_on = "2026-11-20") {
    PersonRecord made;
    made.id = "a";
    made.identity.names = {{"Kate", "Holloway"}};
    made.identity.date_of_birth = parse_day("1990-05-20").value();
    made.identity.nhs_number = number;
    if (colour) made.rating = Rating{*colour, parse_day(rated_on).value(), "P", "why", {}};
    return made;
}
/// Her other record, that shares nothing with who is asked about but what her first one has.
PersonRecord elsewhere(std::optional<policy::Colour> colour, char const* rated_on = "2026-11-01") {
    auto made = asked_for(colour, rated_on);
    made.id = "b";
    made.identity.names = {{"Kate", "Marsh"}};
    made.identity.date_of_birth.reset();
    return made;
}

SlotAnswer answer_of(std::vector<PersonRecord> people, std::string const& party = "police") {
    EnrolmentWorld world(party, names_or_number);
    world.add_epoch(1);
    world.import(std::move(people));
    world.run_for(10s);
    world.open_epoch(1);
    world.run_for(10s);
    REQUIRE(world.all_enrolled(1));
    auto asked = asked_for({}).identity;
    asked.nhs_number.clear();
    auto const id = world.ask_about(1, asked);
    world.run_for(1min);
    auto const answered = world.answered(id);
    REQUIRE(answered);
    return answered->second;
}

constexpr auto amber = policy::Colour::amber;
constexpr auto green = policy::Colour::green;
constexpr auto red = policy::Colour::red;

} // namespace

TEST_CASE("agency: a rating in another record of the same person is answered") {
    bool const other_first = GENERATE(false, true);
    std::vector<PersonRecord> people{asked_for({}), elsewhere(red)};
    if (other_first) std::swap(people[0], people[1]);
    CHECK(answer_of(people).reply.colour == red);
    // Alone it is not found: nothing of it is asked for.
    CHECK(answer_of({elsewhere(red)}).reply.kind == policy::ReplyKind::not_known);
}

TEST_CASE("agency: of a person's fresh ratings the worst speaks, whichever is newer") {
    CHECK(answer_of({asked_for(green, "2026-11-20"), elsewhere(red, "2026-11-01")}).reply.colour == red);
    CHECK(answer_of({asked_for(red, "2026-11-01"), elsewhere(green, "2026-11-20")}).reply.colour == red);
    CHECK(answer_of({asked_for(amber, "2026-11-20"), elsewhere(green, "2026-11-01")}).reply.colour == amber);
}

TEST_CASE("agency: a rating that is not fresh any more hides none that is") {
    CHECK(answer_of({asked_for(red, "2020-01-01"), elsewhere(green, "2026-11-01")}).reply.colour == green);
    auto const stale = answer_of({asked_for(red, "2020-01-01"), elsewhere({})}).reply;
    CHECK(stale.kind == policy::ReplyKind::known_not_shared);
    CHECK(stale.reason == policy::Reason::no_current_rating);
}

TEST_CASE("agency: a person is open to a conditional party who is in any record") {
    auto closed = asked_for(red);
    closed.open = false;
    auto other = elsewhere({});
    CHECK(answer_of({closed, other}, "probation").reply.colour == red);
    CHECK(answer_of({other, closed}, "probation").reply.colour == red);
    other.open = false;
    CHECK(answer_of({closed, other}, "probation").reply.reason == policy::Reason::not_open);
}

TEST_CASE("agency: a twin with the same number by mistake does not speak") {
    auto twin = elsewhere(red);
    twin.identity.names = {{"Olga", "Holloway"}};
    CHECK(answer_of({asked_for(green), twin}).reply.colour == green);
}
