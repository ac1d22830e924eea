// What a sensitive service sends when it enrols: how many batches, how large, when. None of it may depend on whom it
// holds.

#include "protocol_enrolment_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

Instant at(std::string_view text) {
    return parse_instant(text).value();
}

/// 40 people of 32 anchors: two batches of 1024 in an epoch; one a night. At noon of 22 November.
void declare(policy::Agreement& agreement) {
    agreement.budgets.enrol_evaluations_per_person = 32;
    auto& refuge = policy::test::at(agreement, "refuge");
    REQUIRE(refuge.sensitive);
    refuge.people = 40;
    refuge.nightly_batches = 1;
    agreement.release.night_hour_utc = 2;
    REQUIRE(policy::bulk_batches(agreement, refuge) == 2);
}

/// All that its holders see.
struct Seen {
    Instant at;
    EvaluatePurpose purpose;
    std::uint32_t epoch;
    std::size_t size;
    auto operator<=>(Seen const&) const = default;
};
std::vector<Seen> seen(EnrolmentWorld const& world) {
    std::vector<Seen> all;
    for (auto const& one : world.asked)
        all.push_back({one.at, one.request.purpose, one.request.epoch, one.request.blinded.size()});
    return all;
}
/// And the coordinator.
std::vector<std::pair<Instant, MessageType>> told(EnrolmentWorld const& world) {
    std::vector<std::pair<Instant, MessageType>> all;
    for (auto const& one : world.told) all.emplace_back(one.at, one.envelope.type);
    return all;
}

} // namespace

TEST_CASE("sensitive enrolment: number, size and times of batches are the same for nobody, one and forty people") {
    std::vector<Seen> first;
    std::vector<std::pair<Instant, MessageType>> first_told;
    for (std::size_t const count : {0U, 1U, 40U}) {
        CAPTURE(count);
        EnrolmentWorld world("refuge", declare);
        world.import(some_people(count));
        world.add_epoch(1);
        world.run_for(10s);
        REQUIRE(world.asked.size() == 2); // no epoch is open anywhere: at once
        CHECK(world.enrolment().complete(1, 2));
        CHECK(world.told.size() == 1);
        world.open_epoch(1);
        world.run_until("2026-11-23T01:59:59Z");
        CHECK(world.asked.size() == 2);
        world.run_until("2026-11-23T02:00:00Z");
        REQUIRE(world.asked.size() == 3);
        world.run_until("2026-11-23T12:00:00Z");
        if (count == 40) world.import(some_people(45), {{1, 0}}); // some came in by day
        if (count != 40) world.import(some_people(count));
        CHECK_FALSE(world.enrolment().complete(1, 2));
        world.add_epoch(2); // prepared by night, beside the one that is open
        world.run_until("2026-11-26T12:00:00Z");
        CHECK(world.enrolment().complete(1, 2));
        CHECK(world.enrolment().complete(2, 2));
        CHECK(world.all_enrolled(1));
        CHECK(world.all_enrolled(2));
        // A night's batch of the open epoch and, for two nights, one of the epoch that is being prepared.
        CHECK(world.asked.size() == 2 + 1 + 3 + 2);
        for (auto const& one : world.asked) CHECK(one.request.blinded.size() == limits::evaluate_batch_max);
        for (std::size_t i = 2; i < world.asked.size(); ++i) {
            auto const since_two = world.asked[i].at - day_of(world.asked[i].at) - 2h;
            CHECK(since_two >= 0ms);
            CHECK(since_two < 1s);
        }
        CHECK(world.request_ids().size() == world.asked.size()); // padding is never the same twice
        if (count == 0) {
            first = seen(world);
            first_told = told(world);
            CHECK(first[2].at == at("2026-11-23T02:00:00Z"));
            CHECK(first[2].purpose == EvaluatePurpose::delta);
        }
        CHECK(seen(world) == first);
        CHECK(told(world) == first_told);
    }
}

TEST_CASE("sensitive enrolment: a restart sends nothing twice, and a batch that was lost once more") {
    auto const expected = [] {
        EnrolmentWorld world("refuge", declare);
        world.import(some_people(40));
        world.add_epoch(1);
        world.run_for(10s);
        world.open_epoch(1);
        world.run_until("2026-11-24T12:00:00Z");
        return world.request_ids().size();
    }();
    for (std::size_t const count : {0U, 40U}) {
        CAPTURE(count);
        EnrolmentWorld world("refuge", declare);
        world.import(some_people(count));
        world.holder = EnrolmentWorld::Holder::silent;
        world.add_epoch(1);
        world.run_for(1s);
        REQUIRE(world.asked.size() == 2);
        world.holder = EnrolmentWorld::Holder::answers;
        world.restart();
        world.run_for(10s);
        CHECK(world.asked.size() == 4);
        CHECK(world.request_ids().size() == 2);
        CHECK(world.enrolment().complete(1, 2));
        world.restart();
        world.run_for(10s);
        CHECK(world.asked.size() == 4);
        world.open_epoch(1);
        world.run_until("2026-11-23T02:10:00Z");
        CHECK(world.request_ids().size() == 3);
        world.restart();
        world.run_until("2026-11-24T01:00:00Z");
        CHECK(world.request_ids().size() == 3);
        world.holder = EnrolmentWorld::Holder::silent;
        world.run_until("2026-11-24T02:00:10Z");
        world.holder = EnrolmentWorld::Holder::answers;
        world.restart();
        world.run_until("2026-11-24T12:00:00Z");
        CHECK(world.asked.size() == 4 + 1 + 2);
        CHECK(world.request_ids().size() == expected);
    }
}

TEST_CASE("sensitive enrolment: a missed night is made up inside its four hours, else skipped") {
    struct Row {
        char const* up_again;
        std::size_t batches;
    };
    for (auto const& row : {Row{"2026-11-23T02:00:00Z", 1}, Row{"2026-11-23T05:59:59Z", 1},
                            Row{"2026-11-23T06:00:00Z", 0}, Row{"2026-11-23T23:59:59Z", 0}}) {
        CAPTURE(row.up_again);
        EnrolmentWorld world("refuge", declare);
        world.import(some_people(1));
        world.add_epoch(1);
        world.run_for(10s);
        world.open_epoch(1);
        world.stop();
        world.run_until(std::string_view(row.up_again));
        world.start();
        world.run_for(10s);
        CHECK(world.asked.size() == 2 + row.batches);
        world.run_until("2026-11-24T01:59:59Z");
        CHECK(world.asked.size() == 2 + row.batches);
        world.run_until("2026-11-24T12:00:00Z");
        CHECK(world.asked.size() == 3 + row.batches);
    }
}

TEST_CASE("sensitive enrolment: a night may begin before midnight") {
    EnrolmentWorld world("refuge", [](auto& agreement) {
        declare(agreement);
        agreement.release.night_hour_utc = 23;
    });
    world.import(some_people(1));
    world.add_epoch(1);
    world.run_for(10s);
    world.open_epoch(1);
    world.run_until("2026-11-22T23:00:01Z");
    CHECK(world.asked.size() == 3);
    world.restart();
    world.run_until("2026-11-23T02:59:00Z"); // the same night, past midnight
    CHECK(world.asked.size() == 3);
    world.stop();
    world.run_until("2026-11-24T02:59:00Z");
    world.start();
    world.run_for(1s);
    CHECK(world.asked.size() == 4);
}

TEST_CASE("sensitive enrolment: whoever comes by day waits for the night") {
    EnrolmentWorld world("refuge", declare);
    world.import(some_people(10));
    world.add_epoch(1);
    world.run_for(10s);
    world.open_epoch(1);
    world.run_for(10s);
    CHECK(world.enrolment().complete(1, 2));
    world.import(some_people(11), {{1, 10}});
    world.run_for(10s);
    CHECK(world.asked.size() == 2);
    CHECK_FALSE(world.enrolment().complete(1, 2));
    CHECK(world.progress(1).waits_until == at("2026-11-23T02:00:00Z"));
    CHECK_FALSE(world.progress(1).left);
    world.run_until("2026-11-23T02:01:00Z");
    CHECK(world.asked.size() == 3);
    CHECK(world.enrolment().complete(1, 2));
    CHECK_FALSE(world.progress(1).waits_until);
    // Once the epoch is open, nobody is told when that was.
    CHECK(world.told_of(MessageType::index_ready).size() == 1);
}

TEST_CASE("sensitive enrolment: more people than were declared get no more batches while the epoch is prepared") {
    EnrolmentWorld world("refuge", declare);
    world.import(some_people(310)); // of about sixteen evaluations each: five batches
    world.add_epoch(1);
    world.run_until("2026-11-24T12:00:00Z");
    CHECK(world.asked.size() == 2);
    CHECK_FALSE(world.enrolment().complete(1, 2));
    CHECK(world.told.empty());
    CHECK(world.progress(1).problem.find("people are left") != std::string::npos);
    world.open_epoch(1);
    world.run_until("2026-11-25T12:00:00Z");
    CHECK(world.asked.size() == 3);
    CHECK_FALSE(world.enrolment().complete(1, 2));
    world.run_until("2026-11-30T12:00:00Z");
    CHECK(world.asked.size() == 8);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(world.told.empty());
}

TEST_CASE("sensitive enrolment: refused batches are tried again inside the night alone") {
    for (std::size_t const count : {0U, 3U}) {
        CAPTURE(count);
        EnrolmentWorld world("refuge", declare);
        world.import({});
        world.add_epoch(1);
        world.run_for(10s);
        world.open_epoch(1);
        world.import(some_people(count));
        world.holder = EnrolmentWorld::Holder::refuses;
        world.stop();
        world.run_until("2026-11-23T05:00:00Z");
        world.start();
        world.run_until("2026-11-23T12:00:00Z");
        auto const asked = world.asked.size();
        CHECK(asked == 2 + 7); // 05:00, :01, :03, :07, :15, :30, :45
        CHECK(world.asked.back().at < at("2026-11-23T06:00:00Z"));
        CHECK(world.request_ids().size() == 3);
        world.holder = EnrolmentWorld::Holder::answers;
        world.run_until("2026-11-24T12:00:00Z");
        CHECK(world.asked.size() == asked + 1);
        CHECK(world.request_ids().size() == 4);
        CHECK(world.all_enrolled(1));
    }
}

TEST_CASE("sensitive enrolment: batches of an epoch that is prepared wait for the next night when one fails") {
    EnrolmentWorld world("refuge", declare);
    world.import(some_people(3));
    world.add_epoch(1);
    world.run_for(10s);
    world.open_epoch(1);
    world.add_epoch(2);
    world.stop();
    world.run_until("2026-11-23T05:50:00Z");
    world.holder = EnrolmentWorld::Holder::refuses;
    world.start();
    world.run_until("2026-11-23T12:00:00Z");
    CHECK(world.asked.size() == 2 + 2 * 4); // 05:50, :51, :53, :57
    world.holder = EnrolmentWorld::Holder::answers;
    auto const before = world.asked.size();
    world.run_until("2026-11-24T01:59:59Z");
    CHECK(world.asked.size() == before);
    world.run_until("2026-11-24T12:00:00Z");
    CHECK(world.asked.size() == before + 3); // the open epoch's, the one that failed, and this night's
    CHECK(world.enrolment().complete(2, 2));
    world.run_until("2026-11-25T12:00:00Z");
    CHECK(world.asked.size() == before + 4); // its two are sent
}

TEST_CASE("sensitive enrolment: it is ready when its last batch is answered, padding or not") {
    std::optional<Instant> first;
    for (std::size_t const count : {0U, 40U}) {
        CAPTURE(count);
        EnrolmentWorld world("refuge", [](auto& agreement) {
            declare(agreement);
            policy::test::at(agreement, "refuge").people = 70; // three batches: the last goes alone
        });
        world.latency = 1s;
        world.import(some_people(count));
        world.add_epoch(1);
        world.run_for(10s);
        REQUIRE(world.asked.size() == 3);
        REQUIRE(world.told.size() == 1);
        CHECK(world.told.front().at > world.asked.back().at + 1s);
        if (!first) first = world.told.front().at;
        CHECK(world.told.front().at == *first);
    }
}

TEST_CASE("sensitive enrolment: as many batches a night as the agreement says, in each epoch") {
    EnrolmentWorld world("refuge", [](auto& agreement) {
        declare(agreement);
        policy::test::at(agreement, "refuge").nightly_batches = 2;
    });
    world.import(some_people(1));
    world.add_epoch(1);
    world.run_for(10s);
    world.open_epoch(1);
    for (std::size_t night = 1; night <= 3; ++night) {
        if (night == 3) world.add_epoch(2);
        world.run_for(24h);
        CHECK(world.asked.size() == 2 + 2 * night + (night == 3 ? 2 : 0));
    }
}
