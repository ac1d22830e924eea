// Points from pairs that are known.

#include "protocol/identity/learn.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {
constexpr LearnSettings loose{0.01, 1};

/// So many examples with these levels, of which a share is the same person that corresponds to the points.
void plant(std::vector<Example>& examples, Levels const& levels, double points) {
    constexpr int count = 2000;
    auto const same = static_cast<int>(std::lround(count / (1 + std::exp(-points / 100))));
    for (int i = 0; i < count; ++i) examples.push_back({levels, i < same});
}
Levels pair(std::uint8_t forename, std::uint8_t date) {
    Levels levels;
    levels[Aspect::forename] = forename;
    levels[Aspect::date] = date;
    return levels;
}

struct PlantedPair {
    Levels levels;
    std::int32_t points;
};
/// Exact and other forename (2, 11), exact, near and other date (2, 4, 6).
std::vector<PlantedPair> const planted = {{pair(2, 2), 350},   {pair(2, 4), 100},   {pair(2, 6), -250},
                                          {pair(11, 2), -150}, {pair(11, 4), -300}, {pair(11, 6), -400}};
std::vector<Example> planted_examples() {
    std::vector<Example> examples;
    for (auto const& one : planted) plant(examples, one.levels, one.points);
    return examples;
}

Levels in_household(std::uint8_t household) {
    auto levels = pair(2, 4);
    levels[Aspect::household] = household;
    return levels;
}
} // namespace

TEST_CASE("learn: the points that were planted are found") {
    auto const listed = learn_pairs(planted_examples(), loose);
    auto const points = Points::parse(listed).value();
    for (auto const& one : planted) {
        INFO(one.points);
        CHECK(std::abs(points.of_pair(one.levels) - one.points) <= 10);
    }
    CHECK(listed.at("forename.exact") > 0);
    CHECK(listed.at("forename.other") < 0);
    CHECK(listed.at("date.exact") > listed.at("date.near"));
    CHECK(listed.at("date.near") > listed.at("date.other"));
    // What was never seen has no points.
    CHECK_FALSE(listed.contains("forename.spoken"));
    CHECK_FALSE(listed.contains("household.one"));
}

TEST_CASE("learn: the context adds what the pair does not say already") {
    std::vector<Example> examples;
    plant(examples, in_household(4), 100 + 150); // one
    plant(examples, in_household(2), 100 - 120); // nobody
    auto const pairs = Points::parse({{"forename.exact", 100}}).value();
    auto const listed = learn_context(examples, pairs, loose);
    auto const points = Points::parse(listed).value();
    CHECK(std::abs(points.of_context(in_household(4)) - 150) <= 10);
    CHECK(std::abs(points.of_context(in_household(2)) + 120) <= 10);
    CHECK(points.of_pair(in_household(4)) == 0);
    for (auto const& [feature, value] : listed) CHECK(feature.starts_with("household."));
    // Where the pair says it all, nothing is left.
    std::vector<Example> explained;
    plant(explained, in_household(4), 100);
    CHECK(learn_context(explained, pairs, {1.0, 10}).empty());
}

TEST_CASE("learn: the same examples in any order give the same points") {
    auto examples = planted_examples();
    auto const first = learn_pairs(examples, {});
    CHECK(learn_pairs(examples, {}) == first);
    std::reverse(examples.begin(), examples.end());
    CHECK(learn_pairs(examples, {}) == first);
    std::rotate(examples.begin(), examples.begin() + 3333, examples.end());
    CHECK(learn_pairs(examples, {}) == first);
}

TEST_CASE("learn: without examples of both kinds nothing can be learnt") {
    CHECK(learn_pairs({}, {}).empty());
    auto const pairs = Points::parse({}).value();
    CHECK(learn_context({}, pairs, {}).empty());
    for (bool const same : {true, false}) {
        std::vector<Example> const examples(50, {in_household(4), same});
        CHECK(learn_pairs(examples, {}).empty());
        CHECK(learn_context(examples, pairs, {}).empty());
        auto both = examples;
        both.push_back({in_household(4), !same});
        CHECK_FALSE(learn_pairs(both, {}).empty());
        CHECK_FALSE(learn_context(both, pairs, {}).empty());
    }
}

TEST_CASE("learn: features of few points are left out, the others stay as they are") {
    auto const all = learn_pairs(planted_examples(), {1.0, 1});
    std::int32_t least = 1000;
    for (auto const& [feature, value] : all) least = std::min(least, std::abs(value));
    for (auto const keep_from : {least, least + 1, 40, 1000}) {
        auto expected = all;
        std::erase_if(expected, [&](auto const& one) { return std::abs(one.second) < keep_from; });
        CHECK(learn_pairs(planted_examples(), {1.0, keep_from}) == expected);
    }
    CHECK(learn_pairs(planted_examples(), {1.0, 1000}).empty());
}

TEST_CASE("learn: a stronger pull gives fewer points, and certainty does not run away") {
    auto const total = [](double ridge) {
        std::vector<Example> examples;
        for (int i = 0; i < 500; ++i) {
            examples.push_back({pair(2, 2), true});
            examples.push_back({pair(11, 6), false});
        }
        auto const points = Points::parse(learn_pairs(examples, {ridge, 1})).value();
        CHECK(points.of_pair(pair(2, 2)) > 0);
        CHECK(points.of_pair(pair(11, 6)) < 0);
        return points.of_pair(pair(2, 2));
    };
    CHECK(total(100) < total(1));
    CHECK(total(1) < total(0.01));
    CHECK(total(0.01) < 2000);
}
