// The pool of threads: every task once, whoever asks, from however many threads.

#include "node/daemon/parallel.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <vector>

using namespace fanlight::node;

TEST_CASE("workers: run every task once, and return when all are done") {
    Workers workers(GENERATE(0U, 1U, 2U, 5U));
    auto const count = GENERATE(std::size_t(0), std::size_t(1), std::size_t(2), std::size_t(3), std::size_t(1000));
    std::vector<int> runs(count, 0); // each task its own: no lock
    workers.run(count, [&](std::size_t i) { ++runs.at(i); });
    CHECK(runs == std::vector<int>(count, 1));
}

TEST_CASE("workers: several threads ask at a time, again and again") {
    Workers workers(3);
    auto const parallel = workers.parallel();
    constexpr std::size_t callers = 4;
    constexpr std::size_t rounds = 200;
    std::vector<std::size_t> sums(callers, 0);
    std::vector<std::thread> threads;
    for (std::size_t caller = 0; caller < callers; ++caller) {
        threads.emplace_back([&, caller] {
            for (std::size_t round = 0; round < rounds; ++round) {
                std::vector<std::size_t> results(1 + (caller + round) % 17, 0);
                parallel(results.size(), [&](std::size_t i) { results[i] = i + 1; });
                for (auto const result : results) sums[caller] += result;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t caller = 0; caller < callers; ++caller) {
        std::size_t expected = 0;
        for (std::size_t round = 0; round < rounds; ++round) {
            auto const size = 1 + (caller + round) % 17;
            expected += size * (size + 1) / 2;
        }
        CHECK(sums[caller] == expected);
    }
}

TEST_CASE("workers: a task may ask for more") {
    Workers workers(3);
    std::vector<std::vector<int>> runs(20, std::vector<int>(20, 0));
    workers.run(runs.size(), [&](std::size_t i) { workers.run(runs[i].size(), [&](std::size_t j) { ++runs[i][j]; }); });
    for (auto const& row : runs) CHECK(row == std::vector<int>(20, 1));
}

TEST_CASE("workers: more than one thread takes part") {
    Workers workers(2);
    std::atomic<int> arrived = 0;
    // Each task waits for the other: one thread alone would never end.
    workers.run(2, [&](std::size_t) {
        ++arrived;
        while (arrived < 2) std::this_thread::yield();
    });
    CHECK(arrived == 2);
}
