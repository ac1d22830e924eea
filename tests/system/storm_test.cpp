// The stories themselves: one seed is one story, played it is the same to the byte, and what somebody breaks is seen.
// Thousands of stories are played by fanlight-simulator (tests/system/storm/main.cpp).

#include "tests/system/storm/shrink.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;

namespace {

/// Small and rich: each kind of deed that one family and three agencies can be struck with.
Story short_story() {
    Story story{7, {"police", "health", "domestic_abuse"}, {}};
    story.deeds = {{1s, DeedKind::ask_family, 0, {}, 8},
                   {1100ms, DeedKind::duplicate_frames, 1, 5s, 50},
                   {2s, DeedKind::crash_before_log, 1, 800ms, 1},
                   {3s, DeedKind::lose_frames, 2, 2s, 30}};
    return story;
}

} // namespace

TEST_CASE("storm: a seed is one story, and its text is that story", "[system]") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        auto const story = story_of(seed);
        CAPTURE(seed);
        REQUIRE(story.deeds == story_of(seed).deeds);
        CHECK(story.shape.size() >= 3);
        CHECK(story.shape.size() <= 12);
        auto const read = parse_story(to_text(story));
        REQUIRE(read);
        CHECK(read.value().seed == seed);
        CHECK(read.value().shape == story.shape);
        CHECK(read.value().deeds == story.deeds);
    }
    for (auto const* text :
         {"", "seed x\nagencies a\n", "seed 1\n", "seed 1\nagencies a\nat 1 nonsense who 1 lasts 0 amount 0",
          "seed 1\nagencies a\nat 1 ask_family who"}) {
        CAPTURE(text);
        CHECK(parse_story(text).error().code == Errc::malformed);
    }
}

TEST_CASE("storm: in a thousand stories every kind of deed is drawn", "[system]") {
    std::set<DeedKind> kinds;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed)
        for (auto const& deed : story_of(seed).deeds) kinds.insert(deed.kind);
    CHECK(kinds.size() == deed_kinds);
    CHECK(std::count_if(kinds.begin(), kinds.end(), is_fault) >= 20);
}

TEST_CASE("storm: the same story is the same to the byte, and another seed is another", "[system]") {
    auto story = short_story();
    auto const once = play(story);
    auto const again = play(story);
    CHECK_FALSE(once.failure);
    CHECK(once.digest == again.digest);
    CHECK(once.hits == again.hits);
    CHECK(once.hits[std::size_t(DeedKind::crash_before_log)] == 1);
    story.seed = 8;
    CHECK(play(story).digest != once.digest);
}

TEST_CASE("storm: a promise that is broken ends the story, which is then cut short", "[system]") {
    // Nobody is there to hold the third share of the key.
    auto story = short_story();
    story.shape = {"police", "health"};
    auto const outcome = play(story);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->promise == "simulation");
    auto const shortest = shrink(story, outcome.failure->promise);
    CHECK(shortest.deeds.empty());
}
