// Enrolment: who is asked about when, in which batches, and which indexes there are. One agency, a simulated clock.

#include "protocol_enrolment_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

Day day(std::string_view text) {
    return parse_day(text).value();
}
Instant at(std::string_view text) {
    return parse_instant(text).value();
}
bool contains(std::vector<std::pair<Instant, IndexKey>> const& list, Instant when, IndexKey const& index) {
    return std::find(list.begin(), list.end(), std::pair(when, index)) != list.end();
}
std::vector<IndexReady> readiness(EnrolmentWorld const& world) {
    std::vector<IndexReady> said;
    for (auto const& one : world.told_of(MessageType::index_ready))
        said.push_back(decode_index_ready(one.envelope.payload).value());
    return said;
}
std::size_t leaves_with(EnrolmentWorld const& world, std::string const& text) {
    return static_cast<std::size_t>(
        std::count_if(world.disk.log().begin(), world.disk.log().end(), [&](auto const& entry) {
            return simulation::text_of(entry, crypto::FieldTag::text).find(text) != std::string::npos;
        }));
}
/// Who is enrolled has all of its anchors, who is not has none.
void check_whole(EnrolmentWorld const& world) {
    std::map<RecordRow, std::size_t> stored;
    for (auto const& anchor : world.disk.anchors()) ++stored[anchor.row];
    auto const label = crypto::label(world.agreement.mode, crypto::Label::anchor);
    auto const waiting = world.disk.unenrolled(1, 0, 1000).value();
    for (auto const& person : waiting) CHECK_FALSE(stored.contains(person.row));
    CHECK(stored.size() + waiting.size() == world.disk.people().size());
    for (auto const& [row, count] : stored) {
        auto const& person = world.disk.people()[static_cast<std::size_t>(row - 1)];
        CHECK(count == anchors_of({person.identity}, 0, label).size());
    }
}

} // namespace

TEST_CASE("enrolment: everybody is enrolled, whole people to a batch, and then the index is complete") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.holder = EnrolmentWorld::Holder::silent;
    world.import(some_people(150));
    world.run_for(1s);
    REQUIRE(world.asked.size() == 2); // not more at once
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK_FALSE(world.enrolment().complete(1, 2));
        auto const answered = Asked(world.asked.at(i));
        CHECK(answered.request.purpose == EvaluatePurpose::bulk);
        CHECK(answered.request.epoch == 1);
        CHECK(answered.request.blinded.size() % 128 == 0);
        world.answer(answered);
        check_whole(world);
        world.run_for(1s);
    }
    CHECK(world.asked.size() == 3);
    CHECK(world.asked.front().request.blinded.size() == limits::evaluate_batch_max);
    CHECK(world.all_enrolled(1));
    CHECK(world.enrolment().complete(1, 2));
    CHECK_FALSE(world.enrolment().complete(1, 3));
    CHECK_FALSE(world.enrolment().complete(2, 2));
    CHECK(leaves_with(world, "index complete in epoch 1") == 1);
    REQUIRE(readiness(world).size() == 1);
    CHECK(readiness(world).front().epoch == 1);
    CHECK(readiness(world).front().matching_version == 2);
}

TEST_CASE("enrolment: a batch is asked again after a crash with the same number and costs nothing") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.holder = EnrolmentWorld::Holder::silent;
    world.import(some_people(150));
    world.run_for(1s);
    REQUIRE(world.asked.size() == 2);
    bool const second_was_answered = GENERATE(false, true);
    if (second_was_answered) {
        world.answer(Asked(world.asked[1])); // so those left are not the first ones who fit together
        world.run_for(1s);
    }
    auto const before = world.asked.size();
    auto const ids = world.request_ids();
    world.holder = EnrolmentWorld::Holder::answers;
    world.restart();
    world.run_for(10s);
    CHECK(world.asked[before].request.id == world.asked[0].request.id);
    CHECK(world.asked[before].request.blinded == world.asked[0].request.blinded);
    CHECK(world.asked[before].exchange != world.asked[0].exchange);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(world.request_ids().size() == 3);
    std::set<std::pair<RecordRow, Bytes>> distinct;
    for (auto const& anchor : world.disk.anchors()) distinct.emplace(anchor.row, anchor.secret);
    CHECK(distinct.size() == world.disk.anchors().size()); // nobody twice
}

TEST_CASE("enrolment: nothing of a batch is stored before it is whole") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.holder = EnrolmentWorld::Holder::silent;
    world.import(some_people(5));
    world.run_for(1s);
    CHECK(world.disk.anchors().empty());
    CHECK(world.disk.unenrolled(1, 0, 9).value().size() == 5);
    // An import makes what is on its way void.
    world.import(some_people(5, 20));
    auto const first = Asked(world.asked.front());
    world.run_for(1s);
    REQUIRE(world.asked.size() == 2);
    world.answer(first);
    CHECK(world.disk.anchors().empty());
    world.answer(Asked(world.asked[1]));
    world.run_for(1s);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(world.request_ids().size() == 2);
}

TEST_CASE("enrolment: two epochs at once, the open one first") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.import(some_people(10));
    world.run_for(10s);
    world.open_epoch(1);
    world.run_for(10s);
    CHECK(world.asked.size() == 1);
    world.add_epoch(2);
    world.import(some_people(20));
    world.run_for(10s);
    REQUIRE(world.asked.size() == 3);
    CHECK(world.asked[1].request.epoch == 1);
    CHECK(world.asked[1].request.purpose == EvaluatePurpose::delta);
    CHECK(world.asked[2].request.epoch == 2);
    CHECK(world.asked[2].request.purpose == EvaluatePurpose::bulk);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(world.enrolment().complete(2, 2));
    CHECK(readiness(world).size() == 2);
    // The store's secrets of the two epochs are not the same.
    std::set<Bytes> secrets;
    for (auto const& anchor : world.disk.anchors()) secrets.insert(anchor.secret);
    CHECK(secrets.size() == world.disk.anchors().size());

    // A closing epoch is not enrolled in any more, and is destroyed at last.
    world.open_epoch(2);
    world.import(some_people(30));
    world.run_for(10s);
    REQUIRE(world.asked.size() == 4);
    CHECK(world.asked[3].request.epoch == 2);
    CHECK(world.asked[3].request.purpose == EvaluatePurpose::delta);
    CHECK_FALSE(world.enrolment().complete(1, 2));
    CHECK(world.progress(1).stage == EpochStage::closing);
    CHECK(world.forgotten.empty());
    world.run_for(limits::old_keys_kept + 1h);
    CHECK(world.forgotten == std::vector<std::uint32_t>{1});
    CHECK(world.asked.size() == 4);
    CHECK(world.rows(Space::index) == 3); // source, state and seed of epoch 2
    world.restart();
    CHECK(world.enrolment().progress(world.now).size() == 1);
}

TEST_CASE("enrolment: an epoch that opens in the middle of it goes on by the delta quota") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.holder = EnrolmentWorld::Holder::silent;
    world.import(some_people(150));
    world.run_for(1s);
    world.open_epoch(1);
    for (std::size_t i = 0; i < 2; ++i) world.refuse(Asked(world.asked[i])); // its bulk quota is closed
    world.holder = EnrolmentWorld::Holder::answers;
    world.run_for(2min);
    CHECK(world.enrolment().complete(1, 2));
    for (std::size_t i = 2; i < world.asked.size(); ++i)
        CHECK(world.asked[i].request.purpose == EvaluatePurpose::delta);
    CHECK(world.request_ids().size() == world.asked.size()); // a number is not used for two purposes
}

TEST_CASE("enrolment: under another matching version everybody is enrolled again") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.import(some_people(10));
    world.run_for(10s);
    REQUIRE(world.enrolment().complete(1, 2));
    auto const before = world.request_ids();
    world.stop();
    world.agreement.matching.version = 3;
    world.start();
    CHECK(world.forgotten == std::vector<std::uint32_t>{1});
    CHECK_FALSE(world.enrolment().complete(1, 2));
    CHECK_FALSE(world.enrolment().complete(1, 3));
    world.run_for(10s);
    CHECK(world.enrolment().complete(1, 3));
    CHECK(world.all_enrolled(1));
    CHECK(world.request_ids().size() == before.size() + 1);
    REQUIRE(readiness(world).size() == 2);
    CHECK(readiness(world).back().matching_version == 3);
    world.restart();
    world.run_for(10s);
    CHECK(world.forgotten.size() == 1);
}

TEST_CASE("enrolment: the coordinator is told once that an epoch is ready") {
    EnrolmentWorld world;
    world.import({}); // before there is a key
    world.run_for(1h);
    CHECK(readiness(world).empty());
    world.add_epoch(1);
    world.run_for(10s);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(readiness(world).size() == 1);
    world.restart();
    world.import(some_people(10));
    CHECK_FALSE(world.enrolment().complete(1, 2));
    world.run_for(10s);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(readiness(world).size() == 1);
}

TEST_CASE("enrolment: nothing is asked before the first import, nor by a party that is never asked") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.run_for(48h);
    CHECK(world.asked.empty());
    CHECK_FALSE(world.enrolment().complete(1, 2));
    CHECK_FALSE(world.enrolment().fresh(world.now));

    EnrolmentWorld never("police",
                         [](auto& agreement) { policy::test::at(agreement, "police").asked = policy::Asked::never; });
    never.add_epoch(1);
    never.import(some_people(3));
    never.run_for(48h);
    CHECK(never.asked.empty());
    CHECK(never.builds.empty());
}

TEST_CASE("enrolment: people of whom nothing can be found are no reason to ask") {
    EnrolmentWorld world;
    world.add_epoch(1);
    std::vector<PersonRecord> people(70);
    world.import(people);
    world.run_for(10s);
    CHECK(world.asked.empty());
    CHECK(world.enrolment().complete(1, 2));
    CHECK(world.progress(1).enrolled == 70);
}

TEST_CASE("enrolment: after a failure it waits 1, 2, 4, 8 and then 15 minutes, and says why") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.holder = EnrolmentWorld::Holder::refuses;
    world.import(some_people(10));
    world.run_for(1h);
    std::vector<std::int64_t> minutes;
    for (std::size_t i = 1; i < world.asked.size(); ++i)
        minutes.push_back(std::chrono::round<std::chrono::minutes>(world.asked[i].at - world.asked[i - 1].at).count());
    CHECK(minutes == std::vector<std::int64_t>{1, 2, 4, 8, 15, 15});
    CHECK(world.request_ids().size() == 1); // the same batch
    auto const progress = world.progress(1);
    CHECK(progress.problem.find("budget of evaluations is spent (1024 of 1024)") != std::string::npos);
    CHECK(progress.waits_until == world.asked.back().at + 5ms + 15min);
    CHECK_FALSE(progress.complete);
    world.holder = EnrolmentWorld::Holder::answers;
    world.run_for(15min);
    CHECK(world.enrolment().complete(1, 2));
    CHECK(world.progress(1).problem.empty());
    CHECK_FALSE(world.progress(1).waits_until);
}

TEST_CASE("enrolment: one epoch's failure does not keep the other waiting") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.open_epoch(1);
    world.import(some_people(10));
    world.holder = EnrolmentWorld::Holder::refuses;
    world.run_for(2min); // the next try is after three
    world.holder = EnrolmentWorld::Holder::answers;
    world.add_epoch(2);
    world.run_for(1s);
    CHECK_FALSE(world.enrolment().complete(1, 2));
    CHECK(world.enrolment().complete(2, 2));
}

TEST_CASE("enrolment: progress is measured from the first batch of this run") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.latency = 10s;
    world.import(some_people(500));
    CHECK(world.progress(1).people == 500);
    CHECK_FALSE(world.progress(1).people_per_second);
    world.run_for(11s); // two batches
    auto const first = world.progress(1);
    CHECK(first.enrolled > 0);
    CHECK_FALSE(first.left);
    world.run_for(10s); // four
    auto const second = world.progress(1);
    REQUIRE(second.people_per_second);
    REQUIRE(second.left);
    CHECK(*second.people_per_second > 5);
    CHECK(*second.people_per_second < 35);
    auto const left = static_cast<double>(500 - second.enrolled) / *second.people_per_second;
    CHECK(std::abs(std::chrono::duration<double>(*second.left).count() - left) < 0.01);
    CHECK_FALSE(second.waits_until);
    world.run_for(10min);
    CHECK(world.progress(1).complete);
    CHECK(world.progress(1).enrolled == 500);
    CHECK_FALSE(world.progress(1).left);
    world.restart();
    CHECK_FALSE(world.progress(1).people_per_second);
    CHECK(world.progress(1).enrolled == 500);
}

TEST_CASE("enrolment: an import keeps the count of those who stay enrolled") {
    EnrolmentWorld world;
    world.add_epoch(1);
    world.import(some_people(10), {{1, 7}, {9, 9}});
    CHECK(world.progress(1).enrolled == 7);
    CHECK(world.enrolment().people() == 10);
    CHECK(world.enrolment().imported_at() == world.now);
    CHECK(leaves_with(world, "records imported") == 1);
    world.restart();
    CHECK(world.enrolment().people() == 10);
    CHECK(world.enrolment().fresh(world.now + std::chrono::days(7)));
    CHECK_FALSE(world.enrolment().fresh(world.now + std::chrono::days(7) + 1ms));
}

TEST_CASE("enrolment: indexes of today, and of tomorrow from 23:00; yesterday's is kept until 00:30") {
    EnrolmentWorld world;
    world.import(some_people(3));
    world.add_epoch(1);
    IndexKey const today{1, day("2026-11-22")};
    IndexKey const tomorrow{1, day("2026-11-23")};
    IndexKey const after{1, day("2026-11-24")};
    CHECK(world.builds.empty()); // preparing and not complete
    world.run_for(10s);
    REQUIRE(world.builds.size() == 1);
    CHECK(world.builds.front().second == today);
    CHECK(world.enrolment().built(today));

    world.run_until("2026-11-22T22:59:59Z");
    CHECK(world.builds.size() == 1);
    world.run_until("2026-11-22T23:00:00Z");
    CHECK(world.builds.size() == 2);
    CHECK(contains(world.builds, at("2026-11-22T23:00:00Z"), tomorrow));
    CHECK_FALSE(world.enrolment().built(tomorrow));
    world.run_until("2026-11-23T00:29:59Z");
    CHECK(world.enrolment().built(tomorrow));
    CHECK(world.enrolment().built(today));
    CHECK(world.drops.empty());
    world.run_until("2026-11-23T00:30:00Z");
    CHECK(world.drops == std::vector{std::pair(at("2026-11-23T00:30:00Z"), today)});
    CHECK_FALSE(world.enrolment().built(today));
    CHECK(world.enrolment().built(tomorrow));
    world.run_until("2026-11-23T23:30:00Z");
    CHECK(world.builds.size() == 3);
    CHECK(contains(world.builds, at("2026-11-23T23:00:00Z"), after));

    // After a start every one of them is asked for again, once.
    world.restart();
    CHECK_FALSE(world.enrolment().built(after));
    world.index_takes = 1h;
    world.run_for(1s);
    CHECK(world.builds.size() == 5);
    world.import(some_people(4));
    world.run_for(20min);
    CHECK(world.builds.size() == 5); // at most one request outstanding
}

TEST_CASE("enrolment: an index that was dropped while it was being built is not there") {
    EnrolmentWorld world;
    world.import(some_people(3));
    world.add_epoch(1);
    world.index_takes.reset();
    world.run_until("2026-11-23T00:30:00Z");
    IndexKey const index{1, day("2026-11-22")};
    CHECK(contains(world.drops, at("2026-11-23T00:30:00Z"), index));
    world.build(index);
    CHECK_FALSE(world.enrolment().built(index));
}

TEST_CASE("enrolment: an open epoch has its index before it is complete, and a closing one until it is destroyed") {
    EnrolmentWorld world;
    world.holder = EnrolmentWorld::Holder::silent;
    world.import(some_people(3));
    world.add_epoch(1);
    world.run_for(1s);
    CHECK(world.builds.empty());
    world.open_epoch(1);
    world.run_for(1s);
    CHECK(world.enrolment().built({1, day("2026-11-22")}));
    world.add_epoch(2);
    world.run_for(1s);
    CHECK_FALSE(world.enrolment().built({2, day("2026-11-22")}));
    world.open_epoch(2);
    world.holder = EnrolmentWorld::Holder::answers;
    world.run_for(1s);
    CHECK(world.enrolment().built({2, day("2026-11-22")}));
    world.run_for(std::chrono::days(7));
    CHECK(world.enrolment().built({1, day("2026-11-29")}));
    world.run_for(std::chrono::days(1));
    CHECK_FALSE(world.enrolment().built({1, day("2026-11-30")}));
    CHECK(world.enrolment().built({2, day("2026-11-30")}));
    CHECK(std::count_if(world.drops.begin(), world.drops.end(), [](auto const& one) {
              return one.second == IndexKey{1, day("2026-11-30")};
          }) == 1);
}

TEST_CASE("enrolment: an index that a query wants is built once and kept for an hour") {
    EnrolmentWorld world;
    world.import(some_people(3));
    world.add_epoch(1);
    world.run_for(10s);
    auto const want = [&](std::uint32_t epoch, int days) {
        Effects effects;
        auto& enrolment = world.agency().enrolment();
        bool const made = enrolment.want(world.now, {epoch, day_of(world.now) + std::chrono::days(days)}, effects);
        return std::pair(made, effects.build_indexes.size());
    };
    using Answer = std::pair<bool, std::size_t>;
    CHECK(want(1, 0) == Answer{true, 0}); // it is there
    CHECK(want(1, -8) == Answer{true, 1});
    CHECK(want(1, -8) == Answer{true, 0});
    CHECK(want(1, 1) == Answer{true, 1});
    CHECK(want(1, -9) == Answer{false, 0});
    CHECK(want(1, 2) == Answer{false, 0});
    CHECK(want(2, 0) == Answer{false, 0});
    auto const since = world.now;
    world.run_for(59min);
    CHECK(world.drops.empty());
    CHECK(want(1, -8) == Answer{true, 0});
    world.run_for(1min);
    CHECK(world.drops == std::vector{std::pair(since + 1h, IndexKey{1, day("2026-11-23")})});
    world.run_for(1h);
    CHECK(world.drops.size() == 2);

    EnrolmentWorld empty;
    empty.holder = EnrolmentWorld::Holder::silent;
    empty.import(some_people(3));
    empty.add_epoch(1);
    empty.run_for(1s);
    Effects effects;
    CHECK_FALSE(empty.agency().enrolment().want(empty.now, {1, day("2026-11-22")}, effects)); // nobody is in it
}

TEST_CASE("enrolment: damaged state is refused") {
    EnrolmentWorld world;
    world.holder = EnrolmentWorld::Holder::silent;
    world.add_epoch(1);
    world.import(some_people(3));
    world.run_for(1s);
    std::size_t rows = 0;
    for (auto const& [place, value] : world.disk.state()) {
        if (place.first != Space::index) continue;
        ++rows;
        auto cut = value;
        cut.pop_back();
        auto longer = value;
        longer.push_back(0);
        auto key = place.second;
        key.push_back(0);
        auto& enrolment = world.agency().enrolment();
        CHECK(enrolment.restore(place.second, cut).assume_error().code != Errc::missing);
        CHECK_FALSE(enrolment.restore(place.second, longer));
        CHECK_FALSE(enrolment.restore(key, value));
        CHECK_FALSE(enrolment.restore(Bytes{9, 0, 0, 0, 1}, value));
        CHECK_FALSE(enrolment.restore({}, value));
    }
    CHECK(rows == 3); // source, epoch, seed
}
