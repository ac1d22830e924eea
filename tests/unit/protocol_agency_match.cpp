// Whom an agency says a query is about: one sure person, however many records it has of them; several are unsure.

#include "protocol_enrolment_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

/// Names and date agree: sure. So they do with another number: not the same person.
void few_points(policy::Agreement& agreement) {
    agreement.matching.points = {{"forename.exact", 200},  {"surname.exact", 200}, {"date.exact", 200},
                                 {"forename.other", -300}, {"number.other", -900}, {"number.same", 500}};
    agreement.matching.sure = 600;
    agreement.matching.unsure = 300;
}

PersonRecord record(char const* id, char const* forename, char const* number, policy::Colour colour,
                    char const* rated_on) {
    PersonRecord made;
    made.id = id;
    made.identity.names = {{forename, "Holloway"}};
    made.identity.date_of_birth = parse_day("1990-05-20").value();
    made.identity.nhs_number = number;
    made.rating = Rating{colour, parse_day(rated_on).value(), "P", "why", {}};
    return made;
}

struct Agencys {
    EnrolmentWorld world{"police", few_points};

    explicit Agencys(std::vector<PersonRecord> people) {
        world.add_epoch(1);
        world.import(std::move(people));
        world.run_for(10s);
        world.open_epoch(1);
        world.run_for(10s);
        REQUIRE(world.all_enrolled(1));
    }
    SlotAnswer asked_about(Identity const& person) {
        auto const id = world.ask_about(1, person);
        world.run_for(1min);
        auto const answered = world.answered(id);
        REQUIRE(answered);
        return answered->second;
    }
    std::vector<Agency::OpenMatch> open() { return world.agency().open_matches(world.now); }
};

Identity kate(char const* number = "") {
    return record("", "Kate", number, policy::Colour::green, "2026-11-01").identity;
}

constexpr auto amber = policy::Colour::amber;
constexpr auto red = policy::Colour::red;

} // namespace

TEST_CASE("agency: of two records of one person the one rated last speaks, in whatever order they stand") {
    bool const newest_first = GENERATE(false, true);
    Agencys police({record("a", "Kate", "", newest_first ? red : amber, newest_first ? "2026-11-20" : "2026-11-01"),
                    record("b", "Kate", "", newest_first ? amber : red, newest_first ? "2026-11-01" : "2026-11-20")});
    auto const answer = police.asked_about(kate());
    CHECK(answer.reply.kind == policy::ReplyKind::rated);
    CHECK(answer.reply.colour == red);
    CHECK(police.open().empty());
}

TEST_CASE("agency: several persons that would be sure are unsure, and a practitioner sees each of them") {
    Agencys police({record("a", "Kate", "9434765919", amber, "2026-11-01"),
                    record("b", "Kate", "9434765870", red, "2026-11-20"), record("c", "Olga", "", red, "2026-11-20")});
    CHECK(police.asked_about(kate()).reply.kind == policy::ReplyKind::unsure_match);
    auto const open = police.open();
    REQUIRE(open.size() == 1);
    REQUIRE(open.front().candidates.size() == 2);
    std::set<RecordRow> rows;
    for (auto const& candidate : open.front().candidates) rows.insert(candidate.row);
    CHECK(rows == std::set<RecordRow>{1, 2});
    // With the number it is one of them.
    auto const answer = police.asked_about(kate("9434765919"));
    CHECK(answer.reply.colour == amber);
    police.world.restart(); // they are on disk
    CHECK(police.open().size() == 1);
    police.world.run_for(25h);
    CHECK(police.open().empty());
}

TEST_CASE("agency: a twin is somebody else") {
    Agencys police({record("a", "Kate", "", amber, "2026-11-01"), record("b", "Olga", "", red, "2026-11-20")});
    auto const answer = police.asked_about(kate());
    CHECK(answer.reply.colour == amber);
    auto other = kate();
    other.names.front().forename = "Irma"; // a third one, whom nobody knows
    CHECK_FALSE(police.asked_about(other).reply.colour);
}

TEST_CASE("agency: whoever shares nothing is not known") {
    Agencys police({record("a", "Kate", "", amber, "2026-11-01")});
    auto stranger = kate();
    stranger.names = {{"Peter", "Quill"}};
    stranger.date_of_birth = parse_day("1971-02-27").value();
    CHECK(police.asked_about(stranger).reply.kind == policy::ReplyKind::not_known);
}
