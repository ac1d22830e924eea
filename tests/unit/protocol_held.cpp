// Queries that wait for the index of their day, and what may be said when there is none.

#include "protocol_enrolment_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;
using policy::Reason;
using policy::ReplyKind;

namespace {

/// Three people rated Red, enrolled in epoch 1, which is open; indexes are built when the test says.
struct Answering : EnrolmentWorld {
    explicit Answering(std::string_view id = "police", std::string_view time = "12:00:00")
        : EnrolmentWorld(id, {}, time) {
        import(some_people(3));
        add_epoch(1);
        run_for(5s);
        open_epoch(1);
        run_for(5s);
        REQUIRE(enrolment().complete(1, 2));
        REQUIRE(enrolment().built({1, day_of(now)}));
        index_takes.reset();
    }
    Day today() const { return day_of(now); }
};

void check_reply(EnrolmentWorld const& world, QueryId const& id, ReplyKind kind, Reason reason = Reason::none) {
    auto const answered = world.answered(id);
    REQUIRE(answered);
    CHECK(policy::name(answered->second.reply.kind) == std::string(policy::name(kind)));
    CHECK(answered->second.reply.reason == reason);
}

} // namespace

TEST_CASE("held: a query of today is decided at once") {
    Answering world;
    auto const asked_at = world.now;
    auto const known = world.ask(1, world.today(), world.day_tokens(1, 2, world.today()));
    auto const unknown = world.ask(1, world.today());
    CHECK(world.rows(Space::held) == 0);
    world.run_for(10s);
    check_reply(world, known, ReplyKind::rated);
    check_reply(world, unknown, ReplyKind::not_known);
    CHECK(world.answered(known)->first == asked_at + world.agreement.release.automatic_after);
}

TEST_CASE("held: a query of yesterday is answered once its index is built on demand") {
    Answering world;
    auto const yesterday = world.today() - std::chrono::days(1);
    auto const asked_at = world.now;
    auto const known = world.ask(1, yesterday, world.day_tokens(1, 2, yesterday));
    auto const unknown = world.ask(1, yesterday);
    auto const other_day = world.ask(1, yesterday, world.day_tokens(1, 2, world.today()));
    CHECK(world.rows(Space::held) == 3);
    CHECK(world.builds.back().second == IndexKey{1, yesterday});
    world.run_for(10s);
    CHECK_FALSE(world.answered(known));
    world.build({1, yesterday});
    CHECK(world.rows(Space::held) == 0);
    CHECK(world.answered(known)); // its time has passed
    check_reply(world, known, ReplyKind::rated);
    check_reply(world, unknown, ReplyKind::not_known);
    check_reply(world, other_day, ReplyKind::not_known); // a day's tokens match on that day alone
    CHECK(world.answered(known)->first == asked_at + 10s);

    // Built in time, it makes no difference when.
    auto const before = yesterday - std::chrono::days(1);
    auto const second_at = world.now;
    auto const second = world.ask(1, before, world.day_tokens(1, 2, before));
    world.run_for(100ms);
    world.build({1, before});
    CHECK_FALSE(world.answered(second));
    world.run_for(10s);
    CHECK(world.answered(second)->first == second_at + world.agreement.release.automatic_after);
}

TEST_CASE("held: a query survives a restart, and its index is asked for again") {
    Answering world;
    auto const yesterday = world.today() - std::chrono::days(1);
    auto const known = world.ask(1, yesterday, world.day_tokens(1, 2, yesterday));
    auto const unknown = world.ask(1, yesterday);
    world.run_for(5s);
    world.builds.clear();
    world.restart();
    CHECK(std::count_if(world.builds.begin(), world.builds.end(), [&](auto const& one) {
              return one.second == IndexKey{1, yesterday};
          }) == 1);
    CHECK(world.rows(Space::held) == 2);
    world.run_for(5s);
    world.build({1, yesterday});
    check_reply(world, known, ReplyKind::rated);
    check_reply(world, unknown, ReplyKind::not_known);
    CHECK(world.rows(Space::held) == 0);
    world.restart();
    world.run_for(10s);
    CHECK(world.told_of(MessageType::answer).size() == 2);
}

TEST_CASE("held: just after a start today's queries wait as well") {
    Answering world;
    world.restart();
    auto const known = world.ask(1, world.today(), world.day_tokens(1, 2, world.today()));
    world.run_for(10s);
    CHECK_FALSE(world.answered(known));
    world.build({1, world.today()});
    check_reply(world, known, ReplyKind::rated);
}

TEST_CASE("held: an index that never comes is waited for two minutes, and nobody is called not known") {
    Answering world;
    auto const yesterday = world.today() - std::chrono::days(1);
    auto const asked_at = world.now;
    auto const unknown = world.ask(1, yesterday);
    world.run_for(119s);
    CHECK_FALSE(world.answered(unknown));
    world.run_for(1s);
    check_reply(world, unknown, ReplyKind::not_checked, Reason::index_incomplete);
    CHECK(world.answered(unknown)->first == asked_at + 2min);
    CHECK(world.rows(Space::held) == 0);
}

TEST_CASE("held: a sensitive service's answer leaves at its fixed time all the same") {
    Answering world("refuge");
    auto const yesterday = world.today() - std::chrono::days(1);
    auto const asked_at = world.now;
    auto const known = world.ask(1, yesterday, world.day_tokens(1, 2, yesterday));
    auto const unknown = world.ask(1, yesterday);
    world.run_for(1s);
    world.build({1, yesterday});
    world.run_for(10s);
    check_reply(world, known, ReplyKind::rated); // it says Red
    check_reply(world, unknown, ReplyKind::nothing_at_this_level);
    for (auto const& id : {known, unknown})
        CHECK(world.answered(id)->first == asked_at + world.agreement.release.sensitive_after);
}

TEST_CASE("held: a query may not be asked again while it waits, and only so many wait") {
    Answering world;
    auto const yesterday = world.today() - std::chrono::days(1);
    for (std::size_t i = 0; i < Agency::held_max; ++i) world.ask(1, yesterday);
    CHECK(world.rows(Space::held) == Agency::held_max);
    world.ask(1, yesterday, {}, world.last_asked);
    CHECK(world.told_of(MessageType::refusal).size() == 1);
    auto const over = world.ask(1, yesterday);
    CHECK(world.rows(Space::held) == Agency::held_max);
    world.run_for(2s);
    check_reply(world, over, ReplyKind::not_checked, Reason::index_incomplete);
    world.build({1, yesterday});
    world.run_for(2s);
    CHECK(world.told_of(MessageType::answer).size() == Agency::held_max + 1);
}

TEST_CASE("held: nobody is called not known unless the index is complete for epoch, day and version, and fresh") {
    struct Row {
        char const* about;
        std::function<void(EnrolmentWorld&)> change;
        std::uint32_t epoch;
        int day;
        ReplyKind kind;
        Reason reason;
    };
    std::vector<Row> const rows{
        {"complete", [](auto&) {}, 1, 0, ReplyKind::not_known, Reason::none},
        {"another epoch", [](auto&) {}, 2, 0, ReplyKind::not_checked, Reason::index_incomplete},
        {"nine days ago", [](auto&) {}, 1, -9, ReplyKind::not_checked, Reason::index_incomplete},
        {"two days ahead", [](auto&) {}, 1, 2, ReplyKind::not_checked, Reason::index_incomplete},
        {"somebody came in",
         [](auto& world) {
             world.holder = EnrolmentWorld::Holder::silent;
             world.import(some_people(4));
             world.run_for(1s);
         },
         1, 0, ReplyKind::not_checked, Reason::index_incomplete},
        {"stale",
         [](auto& world) {
             world.index_takes = 10ms;
             world.run_for(std::chrono::days(8));
         },
         1, 0, ReplyKind::not_checked, Reason::sources_stale},
        {"another version",
         [](auto& world) {
             world.holder = EnrolmentWorld::Holder::silent;
             world.stop();
             world.agreement.matching.version = 3;
             world.start();
             world.index_takes = 10ms;
             world.run_for(1s);
         },
         1, 0, ReplyKind::not_checked, Reason::index_incomplete},
    };
    for (auto const& row : rows) {
        CAPTURE(row.about);
        Answering world;
        row.change(world);
        auto const id = world.ask(row.epoch, world.today() + std::chrono::days(row.day));
        world.run_for(2s);
        check_reply(world, id, row.kind, row.reason);
    }
}

TEST_CASE("held: a match is told although the index is not complete, and is waited for as well") {
    EnrolmentWorld world;
    world.holder = EnrolmentWorld::Holder::silent;
    world.add_epoch(1);
    world.open_epoch(1);
    world.import(some_people(230));
    world.run_for(1s);
    world.answer(Asked(world.asked.front()));
    world.run_for(1s);
    REQUIRE_FALSE(world.enrolment().complete(1, 2));
    world.index_takes.reset();
    world.restart();
    auto const today = day_of(world.now);
    auto const known = world.ask(1, today, world.day_tokens(1, 2, today));
    auto const unknown = world.ask(1, today);
    world.run_for(10s);
    CHECK_FALSE(world.answered(known));
    world.build({1, today});
    check_reply(world, known, ReplyKind::rated);
    check_reply(world, unknown, ReplyKind::not_checked, Reason::index_incomplete);
}

TEST_CASE("held: an epoch that is not known here is asked about, at most once a minute") {
    Answering world;
    auto const requests = [&] { return world.told_of(MessageType::epoch_request).size(); };
    auto const first = world.ask(7, world.today());
    world.ask(7, world.today());
    CHECK(requests() == 1);
    world.run_for(59s);
    world.ask(8, world.today());
    CHECK(requests() == 1);
    world.run_for(1s);
    world.ask(7, world.today());
    CHECK(requests() == 2);
    world.ask(1, world.today());
    world.run_for(2min);
    CHECK(requests() == 2);
    CHECK(decode_epoch_request(world.told_of(MessageType::epoch_request).front().envelope.payload));
    check_reply(world, first, ReplyKind::not_checked, Reason::index_incomplete);
}

TEST_CASE("held: what was charged on days that are past is forgotten") {
    Answering world;
    world.index_takes = 10ms;
    world.ask(1, world.today());
    CHECK(world.rows(Space::budget) == 1);
    world.run_for(1h);
    CHECK(world.rows(Space::budget) == 1);
    world.restart();
    world.run_until("2026-11-23T00:00:00Z");
    CHECK(world.rows(Space::budget) == 0);
    world.ask(1, world.today());
    CHECK(world.rows(Space::budget) == 1);
    world.restart();
    CHECK(world.rows(Space::budget) == 1);
}

TEST_CASE("held: under an agreement that came into force meanwhile it is a version mismatch") {
    Answering world;
    auto const id = world.ask(1, world.today() - std::chrono::days(1));
    world.stop();
    world.agreement.id = filled<AgreementId>(9);
    Effects effects;
    // Its epochs do not carry over, so there is no index to wait for.
    auto const state = std::vector(world.disk.state().begin(), world.disk.state().end());
    for (auto const& [place, value] : state)
        if (place.first == Space::epochs || place.first == Space::index) effects.erase(place.first, place.second);
    world.disk.commit(effects);
    world.start();
    world.run_for(1s);
    check_reply(world, id, ReplyKind::version_mismatch);
    CHECK(world.rows(Space::held) == 0);
}

TEST_CASE("held: a stored query that is damaged is refused") {
    Answering world;
    world.ask(1, world.today() - std::chrono::days(1));
    for (auto const& [place, value] : world.disk.state()) {
        if (place.first != Space::held) continue;
        auto const decoded = decode_held(value);
        REQUIRE(decoded);
        CHECK(encode(decoded.assume_value()) == value);
        for (std::size_t size = 0; size < value.size(); size += 97)
            CHECK_FALSE(decode_held(ByteView(value).first(size)));
        auto other = place.second;
        other[0] ^= 1U;
        CHECK_FALSE(world.agency().restore_held(other, value));
    }
}
