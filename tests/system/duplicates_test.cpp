// A person whom an agency has entered twice: what is known in one record is known of the person.

#include "asking.hpp"

namespace fanlight::simulation {

using namespace std::chrono_literals;

namespace {

/// What housing's two records of Marie give, when she is asked about with details that only the second one has.
std::string answer(std::optional<policy::Colour> first, std::optional<policy::Colour> second, bool same_number) {
    Federation federation(Records::none);
    auto const today = day_of(federation.now());
    auto family = practice_family("marie", federation.agreement());
    auto const rated = [&](std::string const& id, std::optional<policy::Colour> colour) {
        protocol::PersonRecord record;
        record.id = id;
        if (colour)
            record.rating = protocol::Rating{*colour, today - std::chrono::days(5), "A Person", "Our view.", {}};
        return record;
    };
    auto by_number = rated("h1", first);
    by_number.identity.names = {{family.people[0].identity.names.front().forename, "Wolstenholme"}};
    by_number.identity.nhs_number = "9434765919";
    auto by_name = rated("h2", second);
    by_name.identity = family.people[0].identity;
    by_name.identity.nhs_number = same_number ? "9434765919" : "";
    family.people[0].identity.nhs_number.clear();
    federation.import("housing", {by_number, by_name});
    REQUIRE(federation.run_until([&] { return federation.at("housing").node->agency()->enrolment().complete(1, 2); },
                                 1min));
    REQUIRE(federation.ask("coordinator", protocol::EpochOpening{})); // nobody else has records
    federation.run_for(1s);
    auto const id = federation.submit(family);
    REQUIRE(id);
    REQUIRE(federation.run_until_settled(id.value()));
    return federation.grid(id.value()).at("Marie, housing");
}

} // namespace

TEST_CASE("duplicates: a Red in the one record is answered when only the other one matches", "[system]") {
    CHECK(answer(policy::Colour::red, std::nullopt, true) == "RED");
    CHECK(answer(policy::Colour::red, policy::Colour::green, true) == "RED");
}

TEST_CASE("duplicates: two records that nothing joins stay two people", "[system]") {
    CHECK(answer(policy::Colour::red, policy::Colour::green, false) == "GREEN");
}

} // namespace fanlight::simulation
