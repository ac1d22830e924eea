// A key holder's book over time: what it keeps, what it forgets, what it says of itself, and that it never gives more
// than the agreement.

#include "protocol_key_holder_support.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {
constexpr auto bulk = EvaluatePurpose::bulk;
constexpr auto query = EvaluatePurpose::query;
constexpr auto delta = EvaluatePurpose::delta;
} // namespace

TEST_CASE("budget: it never gives more than the agreement, whatever is asked and however often it restarts") {
    auto agreement = HolderWorld::agreement();
    agreement.budgets.query_evaluations_per_day = 5;
    REQUIRE(rc::check("charged once a batch, never over the limit, the same after a restart", [&agreement] {
        HolderWorld world(agreement);
        world.add(1);
        std::map<Day, std::uint32_t> charged; // the model
        std::vector<std::pair<Instant, EvaluateRequest>> taken;
        std::uint64_t served = 0;
        auto const steps = *rc::gen::inRange(1, 30);
        for (int step = 0; step < steps; ++step) {
            auto const what = *rc::gen::inRange(0, 8);
            auto const day = day_of(world.now);
            if (what == 0) {
                world.restart();
            } else if (what == 1) {
                world.now += std::chrono::hours(*rc::gen::inRange(1, 30));
                world.wake();
                std::erase_if(taken, [&](auto const& one) { return one.first + limits::outbox_age_max < world.now; });
            } else if (what == 2 && !taken.empty()) {
                auto const& again = taken[*rc::gen::inRange<std::size_t>(0, taken.size())];
                auto const outcome = world.ask("coordinator", again.second);
                ++served;
                RC_ASSERT(outcome.served());
                RC_ASSERT(outcome.reply->charged == charged[day]);
                RC_ASSERT(outcome.reply->receipt.served == served);
            } else {
                auto const count = *rc::gen::inRange<std::uint32_t>(1, 4);
                auto const request = world.fresh(query, count);
                auto const outcome = world.ask("coordinator", request);
                RC_ASSERT(outcome.served() == (charged[day] + count <= 5));
                if (!outcome.served()) continue;
                charged[day] += count;
                ++served;
                RC_ASSERT(outcome.reply->charged == charged[day]);
                RC_ASSERT(outcome.reply->receipt.served == served);
                taken.emplace_back(world.now, request);
            }
        }
    }));
}

TEST_CASE("budget: limits at the end of the numbers do not wrap") {
    auto agreement = HolderWorld::agreement();
    agreement.budgets.query_evaluations_per_day = 0xFFFF'FFFF;
    HolderWorld world(agreement);
    world.add(1);
    world.open(1);
    auto const total_is = [&world](std::uint32_t total) {
        for (auto& [place, value] : world.disk)
            if (place.first == Space::budget && place.second.front() == 'h') value = ByteWriter().u32(total).take();
        world.restart();
    };
    REQUIRE(world.ask("coordinator", query, 1).served());
    total_is(0xFFFF'FFFE);
    CHECK(world.ask("coordinator", query, 2).is(EvaluateRefusalReason::budget_spent));
    CHECK(world.ask("coordinator", query, 1).reply->charged == 0xFFFF'FFFF);
    CHECK(world.ask("coordinator", query, 1).is(EvaluateRefusalReason::budget_spent));
}

TEST_CASE("budget: a limit that was lowered refuses, and does not wrap") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    REQUIRE(world.ask("coordinator", query, 1).served());
    for (auto& [place, value] : world.disk)
        if (place.first == Space::budget && place.second.front() == 'h') value = ByteWriter().u32(1000).take();
    world.restart();
    auto const outcome = world.ask("coordinator", query, 1);
    REQUIRE(outcome.is(EvaluateRefusalReason::budget_spent));
    CHECK(outcome.refused->charged == 1000);
    CHECK(outcome.refused->limit == HolderWorld::query_limit);
}

TEST_CASE("budget: bulk does not begin anew with the day") {
    HolderWorld world;
    world.add(1);
    CHECK(world.ask("health", bulk, 1024).served());
    world.now += 24h * 40;
    world.wake();
    world.restart();
    CHECK(world.ask("health", bulk, 1).is(EvaluateRefusalReason::budget_spent));
}

TEST_CASE("budget: totals of days are kept for today and yesterday") {
    HolderWorld world;
    world.add(1);
    CHECK(world.ask("health", bulk, 1).served());
    world.open(1);
    CHECK(world.ask("coordinator", query, 1).served());
    CHECK(world.ask("health", delta, 1).served());
    CHECK(world.rows('h') == 3);
    world.now = Instant(day_of(world.now)) + 48h - 1ms;
    world.wake();
    CHECK(world.rows('h') == 3);
    world.now += 1ms;
    world.wake();
    CHECK(world.rows('h') == 3); // at most once an hour
    world.now += 1h;
    world.wake();
    CHECK(world.rows('h') == 1); // bulk
}

TEST_CASE("budget: a request's number is forgotten when nobody can ask it again") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    auto const request = world.fresh(query, 10);
    CHECK(world.ask("coordinator", request).served());
    world.now += limits::outbox_age_max + 24h;
    world.wake();
    CHECK(world.rows('q') == 1);
    CHECK(world.ask("coordinator", request).reply->charged == 0); // a new day, and still free
    world.now += 1h;
    world.wake();
    CHECK(world.rows('q') == 0);
    CHECK(world.ask("coordinator", request).reply->charged == 10);
}

TEST_CASE("budget: an enrolment that is resumed after months is not charged again") {
    HolderWorld world;
    world.add(1);
    auto const request = world.fresh(bulk, 1024);
    CHECK(world.ask("health", request).served());
    world.now += 24h * 90;
    world.wake();
    world.restart();
    CHECK(world.ask("health", request).reply->charged == 1024);
    world.open(1);
    world.now += BudgetBook::request_kept;
    world.wake();
    CHECK(world.rows('q') == 1);
    world.now += 1h;
    world.wake();
    CHECK(world.rows('q') == 0);
    CHECK(world.rows('h') == 1);
}

TEST_CASE("budget: what a holder says of what runs") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    world.add(2);
    REQUIRE(world.ask("housing", delta, 7).served());
    REQUIRE(world.ask("coordinator", query, 8).served());
    REQUIRE(world.ask("health", bulk, 9, 2).served());
    auto const rows = world.engine().budgets(world.now);
    // Ten organisations enrol; the coordinator's asks.
    CHECK(rows.size() == 10 + 10 + 1);
    CHECK(std::is_sorted(rows.begin(), rows.end(), [](auto const& left, auto const& right) {
        return std::tie(left.organisation, left.purpose, left.epoch) <
               std::tie(right.organisation, right.purpose, right.epoch);
    }));
    CHECK(world.budget(world.organisation("education"), delta, 1) == "7 of 1024");
    CHECK(world.budget(world.organisation("education"), bulk, 2) == "0 of 2048");
    CHECK(world.budget(world.organisation("coordinator"), query, 1) == "8 of 300");
    CHECK(world.budget(world.organisation("health"), bulk, 2) == "9 of 1024");
    CHECK(world.budget(world.organisation("health"), delta, 1) == "0 of 1024");
    CHECK(world.budget(world.organisation("health"), bulk, 1).empty());
    CHECK(world.budget(world.organisation("health"), query, 1).empty());
    CHECK(world.budget(world.organisation("coordinator"), query, 2).empty());
    world.now += 24h;
    CHECK(world.budget(world.organisation("education"), delta, 1) == "0 of 1024");
    auto request = world.fresh(query, 1);
    request.receipt = world.receipt(50);
    CHECK(world.ask("coordinator", request).is(EvaluateRefusalReason::budget_spent));
    CHECK(world.budget(world.organisation("education"), delta, 1) == "1024 of 1024");
    CHECK(world.budget(world.organisation("health"), bulk, 2) == "1024 of 1024");
}

TEST_CASE("budget: a stored row comes back as it was, and anything else is damage") {
    HolderWorld world;
    world.add(1);
    world.add(2);
    auto request = world.fresh(bulk, 3, 2);
    CHECK(world.ask("health", request).served());
    request = world.fresh(bulk, 1, 2);
    request.receipt = world.receipt(9);
    CHECK_FALSE(world.ask("health", request).served());
    int rows = 0;
    for (auto const& [place, value] : world.disk) {
        if (place.first != Space::budget) continue;
        ++rows;
        CAPTURE(char(place.second.front()));
        BudgetBook book;
        CHECK(book.restore(place.second, value));
        for (std::size_t size = 0; size < value.size(); ++size)
            CHECK(book.restore(place.second, ByteView(value).first(size)).error().code == Errc::damaged);
        for (std::size_t size = 0; size < place.second.size(); ++size)
            CHECK(book.restore(ByteView(place.second).first(size), value).error().code == Errc::damaged);
        auto longer = value;
        longer.push_back(0);
        CHECK_FALSE(book.restore(place.second, longer));
        auto longer_key = place.second;
        longer_key.push_back(0);
        CHECK_FALSE(book.restore(longer_key, value));
        auto other = place.second;
        other.front() = 'x';
        CHECK_FALSE(book.restore(other, value));
    }
    CHECK(rows == 3); // a total, a number, what was served
    BudgetBook book;
    for (auto const* const purpose : {"\0", "\4"}) { // there is no such purpose
        auto const key =
            ByteWriter().u8('h').raw(as_bytes({purpose, 1})).u32(1).u32(0).text("Northbridge Police").take();
        CHECK_FALSE(book.restore(key, Bytes(4, 0)));
    }
}
