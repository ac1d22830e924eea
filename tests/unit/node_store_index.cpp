// Indexes of day tokens: the table itself, and building one beside a store that goes on being written.

#include "node_store_support.hpp"

#include <chrono>
#include <future>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::store_test;

namespace {

protocol::DayToken random_token(crypto::Random& random) {
    return random.make<protocol::DayToken>();
}

/// Where a builder puts what it has made.
struct Inbox {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Result<BuiltIndex>> built;

    IndexBuilder::Done done() {
        return [this](Result<BuiltIndex> index) {
            {
                std::lock_guard const lock(mutex);
                built.push_back(std::move(index));
            }
            changed.notify_one();
        };
    }
    Result<BuiltIndex> take() {
        std::unique_lock lock(mutex);
        REQUIRE(changed.wait_for(lock, std::chrono::seconds(20), [this] { return !built.empty(); }));
        auto first = std::move(built.front());
        built.pop_front();
        return first;
    }
};

/// Stops the builder's thread where it opens its reader, until told.
struct Gate {
    std::promise<void> reached;
    std::promise<void> opened;

    IndexBuilder::Open open(Shelf& shelf) {
        return [this, &shelf, first = true]() mutable -> Result<Database> {
            if (first) {
                first = false;
                reached.set_value();
                opened.get_future().wait();
            }
            return Database::open_reader(shelf.file(), key_of());
        };
    }
};

} // namespace

TEST_CASE("day index: finds everybody who was added, and hardly anybody else") {
    crypto::SeededRandom random(7);
    auto const expected = GENERATE(std::uint64_t(0), std::uint64_t(1), std::uint64_t(30'000), std::uint64_t(60'000));
    DayIndex index(expected);
    constexpr std::size_t people = 3'000;
    constexpr std::size_t tokens_each = 20;
    std::vector<protocol::DayToken> tokens;
    for (std::size_t i = 0; i < people * tokens_each; ++i) tokens.push_back(random_token(random));
    for (std::size_t i = 0; i < tokens.size(); ++i)
        REQUIRE(index.add(protocol::RecordRow(1 + i / tokens_each), tokens[i]));
    CHECK(index.entries() == tokens.size());
    std::size_t found = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        Rows rows;
        index.find(tokens[i], rows);
        auto const row = protocol::RecordRow(1 + i / tokens_each);
        found += std::ranges::count(rows, row) >= 1 ? 1U : 0U;
    }
    CHECK(found == tokens.size());
    Rows others;
    for (int i = 0; i < 10'000; ++i) index.find(random_token(random), others);
    CHECK(others.size() < 500); // 80 slots looked at, 14 bits compared, up to eight tables
    if (expected >= tokens.size()) CHECK(index.bytes() < tokens.size() * 6);
    CHECK(index.bytes() < tokens.size() * 10);
}

TEST_CASE("day index: two people with one token are both found, whatever the row numbers") {
    crypto::SeededRandom random(8);
    DayIndex index;
    auto const token = random_token(random);
    auto const large = (protocol::RecordRow(1) << 40U) - 1;
    REQUIRE(index.add(1, token));
    REQUIRE(index.add(large, token));
    Rows rows;
    index.find(token, rows);
    CHECK(rows == Rows{1, large});
}

TEST_CASE("indexes: what comes in while one is built is in it, also from before its reader began") {
    Shelf shelf(3);
    shelf.enrol(1, 1, 11);
    auto& indexes = shelf.store->indexes();
    auto const ticket = indexes.begin({1, today});
    shelf.enrol(1, 2, 12); // the reader will see this one
    auto built = shelf.built({1, today});
    shelf.enrol(1, 3, 13); // and not this one
    shelf.enrol(2, 3, 23);
    CHECK(shelf.find(1, 11).empty());
    REQUIRE(indexes.install({{1, today}, ticket, std::move(built)}).value());
    CHECK(shelf.find(1, 11) == Rows{1});
    CHECK(shelf.find(1, 12) == Rows{2});
    CHECK(shelf.find(1, 13) == Rows{3});
    CHECK(shelf.find(1, 23).empty());
    CHECK(indexes.progress()[0].entries == 4); // 12 twice, and nothing of the other epoch
}

TEST_CASE("indexes: one that was dropped or begun anew takes nothing of the earlier build") {
    Shelf shelf(2);
    shelf.enrol(1, 1, 11);
    auto& indexes = shelf.store->indexes();
    protocol::IndexKey const key{1, today};
    auto const first = indexes.begin(key);
    auto early = shelf.built(key);
    indexes.drop(key);
    shelf.enrol(1, 2, 12); // in no index
    SECTION("dropped") {
        CHECK(!indexes.install({key, first, std::move(early)}).value());
        CHECK(shelf.find(1, 11).empty());
    }
    SECTION("begun anew") {
        auto const second = indexes.begin(key);
        CHECK(!indexes.install({key, first, std::move(early)}).value());
        CHECK(shelf.find(1, 11).empty());
        REQUIRE(indexes.install({key, second, shelf.built(key)}).value());
        CHECK(shelf.find(1, 12) == Rows{2});
    }
}

TEST_CASE("index builder: builds one after the other and says which") {
    Shelf shelf(2);
    shelf.enrol(1, 1, 11);
    shelf.enrol(2, 2, 22);
    auto& indexes = shelf.store->indexes();
    Inbox inbox;
    IndexBuilder builder([&] { return Database::open_reader(shelf.file(), key_of()); }, Mode::practice, inbox.done());
    std::vector<protocol::IndexKey> const keys{{1, today}, {2, today}, {1, today + std::chrono::days(1)}, {9, today}};
    for (auto const& key : keys) builder.request(key, indexes.begin(key));
    for (auto const& key : keys) {
        auto built = inbox.take().value();
        CHECK(built.key == key);
        CHECK(indexes.install(std::move(built)).value());
    }
    CHECK(shelf.find(1, 11) == Rows{1});
    CHECK(shelf.find(2, 22) == Rows{2});
    CHECK(shelf.find(1, 11, today + std::chrono::days(1)) == Rows{1});
    auto const progress = indexes.progress();
    REQUIRE(progress.size() == 4);
    CHECK(progress[0].built);
    CHECK(progress[0].entries == 1);
    CHECK(progress[3].entries == 0); // an epoch without anchors: empty, and built
    CHECK(progress[3].built);
}

TEST_CASE("index builder: what is written while it runs does not wait, and is found afterwards") {
    Shelf shelf(200);
    for (protocol::RecordRow row = 1; row <= 100; ++row) shelf.enrol(1, row, static_cast<std::uint32_t>(row));
    auto& indexes = shelf.store->indexes();
    Inbox inbox;
    IndexBuilder builder([&] { return Database::open_reader(shelf.file(), key_of()); }, Mode::practice, inbox.done());
    builder.request({1, today}, indexes.begin({1, today}));
    for (protocol::RecordRow row = 101; row <= 200; ++row) shelf.enrol(1, row, static_cast<std::uint32_t>(row));
    REQUIRE(indexes.install(inbox.take().value()).value());
    for (protocol::RecordRow row = 1; row <= 200; ++row)
        CHECK(shelf.find(1, static_cast<std::uint32_t>(row)) == Rows{row});
}

TEST_CASE("index builder: what is cancelled is not built, waiting or running, and the next one is") {
    Shelf shelf(2);
    shelf.enrol(1, 1, 11);
    Inbox inbox;
    Gate gate;
    IndexBuilder builder(gate.open(shelf), Mode::practice, inbox.done());
    auto const day = [](int days) { return today + std::chrono::days(days); };
    builder.request({1, day(0)}, 1);
    builder.request({1, day(1)}, 2);
    builder.request({1, day(2)}, 3);
    gate.reached.get_future().wait();
    std::vector<IndexProgress> progress{{{1, day(0)}, false, 7, 7}, {{1, day(1)}, false, 7, 7}};
    builder.report(progress);
    CHECK(progress[0].of == 0); // it has begun, and read nothing
    CHECK(progress[1].of == 7);
    builder.cancel({1, day(0)});
    builder.cancel({1, day(1)});
    gate.opened.set_value();
    auto const built = inbox.take();
    CHECK(built.value().key == protocol::IndexKey{1, day(2)});
    CHECK(built.value().ticket == 3);
    CHECK(built.value().index.entries() == 1);
    builder.stop();
    CHECK(inbox.built.empty());
}

TEST_CASE("index builder: asked again for the same index, it builds the later one only") {
    Shelf shelf(1);
    Inbox inbox;
    Gate gate;
    IndexBuilder builder(gate.open(shelf), Mode::practice, inbox.done());
    shelf.enrol(1, 1, 11);
    builder.request({1, today}, 1);
    gate.reached.get_future().wait();
    builder.request({1, today}, 2);
    builder.request({1, today}, 3);
    gate.opened.set_value();
    CHECK(inbox.take().value().ticket == 3);
    builder.stop();
    CHECK(inbox.built.empty());
}

TEST_CASE("index builder: ends in the middle of its work, and says what went wrong") {
    Shelf shelf(1);
    shelf.enrol(1, 1, 11);
    Inbox inbox;
    SECTION("stopped") {
        Gate gate;
        {
            IndexBuilder builder(gate.open(shelf), Mode::practice, inbox.done());
            builder.request({1, today}, 1);
            gate.reached.get_future().wait();
            auto stopping = std::async(std::launch::async, [&] { builder.stop(); });
            gate.opened.set_value();
            stopping.wait();
            builder.request({1, today}, 2); // nothing happens any more
        }
        // The first was ended, or was quicker; nothing of the second.
        for (auto const& built : inbox.built) CHECK(built.value().ticket == 1);
    }
    SECTION("failed") {
        IndexBuilder builder([&] { return Database::open_reader(shelf.file(), key_of(9)); }, Mode::practice,
                             inbox.done());
        builder.request({1, today}, 1);
        auto const built = inbox.take();
        REQUIRE(!built);
        CHECK(built.assume_error().code == Errc::wrong_key);
    }
}
