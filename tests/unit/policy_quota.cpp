// What an organisation may enrol, from what its parties declare, and what that is for the whole federation.

#include "base/limits.hpp"
#include "policy/agreement.hpp"
#include "tests/unit/policy_fixture.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <limits>

namespace fanlight::policy {
namespace {

using namespace test;

constexpr auto count_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t batch = limits::evaluate_batch_max;

/// An agreement of which only what the quotas read is set.
Agreement with(std::uint32_t per_person, std::uint32_t delta_percent = 5) {
    Agreement agreement{.coordinator = party("coordinator")};
    agreement.budgets.enrol_evaluations_per_person = per_person;
    agreement.budgets.enrol_delta_percent_per_day = delta_percent;
    return agreement;
}

void add(Agreement& agreement, std::string const& organisation, std::uint32_t people,
         std::uint32_t nightly_batches = 0) {
    Party one{.id = party("p" + std::to_string(agreement.parties.size())), .organisation = organisation};
    one.people = people;
    one.sensitive = nightly_batches != 0;
    one.nightly_batches = nightly_batches;
    agreement.parties.push_back(std::move(one));
}

} // namespace

TEST_CASE("quota: 5% more than the declared people take, in whole batches") {
    struct Row {
        std::uint32_t people;
        std::uint32_t per_person;
        std::uint32_t bulk;
    };
    auto const row = GENERATE(values<Row>({
        {0, 24, 0},
        {1, 1, batch},
        {975, 1, batch},        // 1023.75
        {976, 1, 2 * batch},    // 1024.8
        {1950, 1, 2 * batch},   // 2047.5
        {1951, 1, 3 * batch},   // 2048.55
        {1024, 20, 21 * batch}, // 21504 exactly
        {20'481, 1, 22 * batch},
        {500, 24, 13'312}, // 12600
        {1'000'000, 24, 25'200'640},
        {5'000'000, 32, 168'000'512},
        {2'147'483'647, 1, 2'254'858'240},
        {4'090'444'068, 1, 4'294'966'272}, // the last whole batch that can be counted
        {4'090'444'069, 1, count_max},
        {count_max, 1, count_max},
        {count_max, count_max, count_max},
        {2'147'483'648, 4'008'636'143, count_max}, // 105 times that is small again in 64 bits
    }));
    auto agreement = with(row.per_person);
    add(agreement, "A", row.people);
    CAPTURE(row.people, row.per_person);
    CHECK(bulk_quota(agreement, "A") == row.bulk);
}

TEST_CASE("quota: an organisation has what all its parties declare, and nobody else's") {
    auto agreement = with(24);
    add(agreement, "A", 500);
    add(agreement, "B", 40);
    add(agreement, "A", 10);
    CHECK(bulk_quota(agreement, "A") == 13'312 + 1024); // each party in whole batches
    CHECK(bulk_quota(agreement, "B") == 1024);
    CHECK(bulk_quota(agreement, "C") == 0);
    CHECK(bulk_quota(agreement, "a") == 0); // check() holds the spelling
    CHECK(delta_quota_per_day(agreement, "A") == 1024);
    CHECK(delta_quota_per_day(agreement, "C") == 0);
}

TEST_CASE("quota: a party that is never asked enrols nobody") {
    auto agreement = practice_agreement();
    auto const* coordinator = agreement.find(agreement.coordinator);
    CHECK(bulk_quota(agreement, coordinator->organisation) == 0);
    CHECK(delta_quota_per_day(agreement, coordinator->organisation) == 0);
    at(agreement, "coordinator").people = 500; // which check() refuses
    CHECK(bulk_quota(agreement, coordinator->organisation) == 0);

    at(agreement, "refuge").asked = Asked::never;
    CHECK(bulk_quota(agreement, "Northbridge Refuge") == 0);
    CHECK(delta_quota_per_day(agreement, "Northbridge Refuge") == 0);
}

TEST_CASE("quota: the practice federation") {
    auto const agreement = practice_agreement();
    struct Row {
        char const* organisation;
        std::uint32_t bulk;
        std::uint32_t delta;
    };
    auto const row = GENERATE(values<Row>({
        {"Northbridge Police", 25'600, 2048},
        {"Northbridge Council", 25'600, 2048},
        {"Northbridge Homes", 10'240, 1024},
        {"Northbridge Marac", 0, 0}, // the name of no organisation
        {"Northbridge Community Safety Partnership", 5120, 1024},
        {"Northbridge Refuge", 1024, 1024},
    }));
    CAPTURE(row.organisation);
    CHECK(bulk_quota(agreement, row.organisation) == row.bulk);
    CHECK(delta_quota_per_day(agreement, row.organisation) == row.delta);
}

TEST_CASE("quota: a sensitive service has room for its fixed batches, whoever it holds") {
    struct Row {
        std::uint32_t people;
        std::uint32_t per_person;
        std::uint32_t batches;
        std::uint32_t bulk;
    };
    auto const row = GENERATE(values<Row>({
        {0, 24, 1, batch}, // check() refuses it; there is a batch all the same
        {1, 1, 1, batch},
        {1024, 1, 1, 2 * batch}, // the 5% are not in the fixed batches
        {1025, 1, 2, 2 * batch},
        {2048, 1, 2, 3 * batch},
        {5'000'000, 32, 156'250, 168'000'512},
        {count_max, 1, 4'194'304, count_max},
        {count_max, 1024, count_max, count_max},
        {count_max, 1025, count_max, count_max}, // more batches than can be counted
    }));
    CAPTURE(row.people, row.per_person);
    auto agreement = with(row.per_person);
    add(agreement, "A", row.people, 1);
    CHECK(bulk_batches(agreement, agreement.parties[0]) == row.batches);
    CHECK(bulk_quota(agreement, "A") == row.bulk);
}

TEST_CASE("quota: on a day of an open epoch, a percentage in whole batches, and the nightly batches at least") {
    struct Row {
        std::uint32_t people;
        std::uint32_t per_person;
        std::uint32_t percent;
        std::uint32_t nightly; ///< 0: no sensitive service
        std::uint32_t delta;
    };
    auto const row = GENERATE(values<Row>({
        {0, 24, 5, 0, 0},
        {1, 1, 1, 0, batch},
        {1'000'000, 24, 5, 0, 1'260'544},     // 1260032 is 5% of 25200640
        {19'504, 1, 5, 0, batch},             // 5% of 20 batches is one
        {19'505, 1, 5, 0, 2 * batch},         // 5% of 21 batches
        {500, 24, 100, 0, 13'312},            // all of it
        {40, 24, 5, 1, batch},                // its nightly batch
        {40, 24, 5, 64, 64 * batch},          // more by night than all its people
        {1'000'000, 24, 5, 64, 1'260'544},    // the percentage is more
        {count_max, 1, 100, 0, count_max},    // saturated
        {count_max, 1, 50, 0, 2'147'483'648}, // 50% of where the counting ends
        {1, 1, 5, count_max, count_max},      // check() refuses it
    }));
    CAPTURE(row.people, row.per_person, row.percent, row.nightly);
    auto agreement = with(row.per_person, row.percent);
    add(agreement, "A", row.people, row.nightly);
    CHECK(delta_quota_per_day(agreement, "A") == row.delta);
}

TEST_CASE("quota: two sensitive services of one organisation each have their nights") {
    auto agreement = with(24);
    add(agreement, "A", 40, 3);
    add(agreement, "B", 40, 8);
    add(agreement, "A", 40, 4);
    CHECK(delta_quota_per_day(agreement, "A") == 7 * batch);
    CHECK(bulk_quota(agreement, "A") == 2 * batch);
}

TEST_CASE("quota: many parties do not turn the count round") {
    auto agreement = with(count_max);
    for (int i = 0; i < 200; ++i) add(agreement, "A", count_max, count_max);
    CHECK(bulk_quota(agreement, "A") == count_max);
    CHECK(delta_quota_per_day(agreement, "A") == count_max);
}

TEST_CASE("effective total: n - t + 1 times what one holder allows") {
    struct Row {
        std::uint32_t at_one;
        std::size_t holders;
        std::size_t threshold;
        std::uint64_t total;
    };
    constexpr auto size_max = std::numeric_limits<std::size_t>::max();
    auto const row = GENERATE(values<Row>({
        {50'000, 3, 2, 100'000},
        {50'000, 4, 2, 150'000},
        {50'000, 5, 3, 150'000},
        {50'000, 7, 4, 200'000},
        {50'000, 7, 2, 300'000},
        {50'000, 3, 3, 50'000}, // all needed: one honest holder's budget is everybody's
        {50'000, 1, 1, 50'000},
        {50'000, 2, 4, 0},
        {50'000, 2, 3, 0}, // fewer than needed: no token at all
        {50'000, 0, 0, 0}, // no ceremony yet
        {0, 3, 2, 0},
        {count_max, 7, 2, 25'769'803'770}, // over 32 bits
        {2, size_max, 1, std::numeric_limits<std::uint64_t>::max()},
        {0, size_max, 1, 0},
    }));
    CAPTURE(row.at_one, row.holders, row.threshold);
    CHECK(effective_total(row.at_one, row.holders, row.threshold) == row.total);
}

TEST_CASE("quota: laws") {
    REQUIRE(rc::check("enough for everybody declared, and in whole batches", [] {
        auto agreement = with(*rc::gen::inRange<std::uint32_t>(1, limits::evaluations_per_person_max + 1),
                              *rc::gen::inRange<std::uint32_t>(1, 101));
        std::uint64_t needed = 0;
        for (int count = *rc::gen::inRange(1, 8); count > 0; --count) {
            auto const people = *rc::gen::inRange<std::uint32_t>(1, limits::import_rows_max + 1);
            bool const ours = *rc::gen::arbitrary<bool>();
            auto const nightly = *rc::gen::element<std::uint32_t>(0, 0, 1, 64);
            add(agreement, ours ? "A" : "B", people, nightly);
            if (ours) needed += std::uint64_t(people) * agreement.budgets.enrol_evaluations_per_person;
        }
        auto const bulk = bulk_quota(agreement, "A");
        RC_ASSERT(bulk >= needed);
        RC_ASSERT(bulk % batch == 0U);
        auto const delta = delta_quota_per_day(agreement, "A");
        RC_ASSERT(delta % batch == 0U);
        RC_ASSERT(std::uint64_t(delta) * 100 >= std::uint64_t(bulk) * agreement.budgets.enrol_delta_percent_per_day);
    }));
    REQUIRE(rc::check("whatever the numbers, the quota has room for them or says so by saturating", [] {
        auto agreement = with(*rc::gen::arbitrary<std::uint32_t>());
        add(agreement, "A", *rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::uint32_t>());
        add(agreement, "A", *rc::gen::arbitrary<std::uint32_t>());
        auto const alone = std::uint64_t(agreement.parties[0].people) * agreement.budgets.enrol_evaluations_per_person;
        auto const bulk = bulk_quota(agreement, "A");
        RC_ASSERT(bulk == count_max || (bulk >= alone && bulk % batch == 0U));
    }));
    REQUIRE(rc::check("one more person never makes it less", [] {
        auto agreement = with(*rc::gen::arbitrary<std::uint32_t>());
        auto const people = *rc::gen::arbitrary<std::uint32_t>();
        if (people == count_max) return;
        add(agreement, "A", people, *rc::gen::element<std::uint32_t>(0, 1));
        auto const before = bulk_quota(agreement, "A");
        ++agreement.parties[0].people;
        RC_ASSERT(bulk_quota(agreement, "A") >= before);
    }));
}

} // namespace fanlight::policy
