// The log directory behind a store: large publishes, the start after a crash with thousands of leaves pending, New Year
// in between, and what is left on disk when something there was lost, torn or set back.

#include "node/log/shard.hpp"
#include "node_log_support.hpp"
#include "node_store_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::log_test;

namespace {

/// A store and its log, as a node has them.
struct Pair {
    store_test::Shelf shelf;
    fs::path path = shelf.scratch / "log";

    LogShard shard(int year = 2026) const {
        return {year, year == 2026 ? path : shelf.scratch / "other-year",
                year == 2026 ? origin : "hub.example.gov.uk/disclosures/police/" + std::to_string(year)};
    }
    Result<LogDirectory> open(int year = 2026) {
        return open_shard_log(*shelf.store, shard(year), log_key(), std::nullopt);
    }
    /// Durable in the store only.
    void commit(std::uint64_t count, std::uint8_t world = 0) {
        protocol::Effects effects;
        for (std::uint64_t i = 0; i < count; ++i) effects.leaves.push_back({leaf_at(shelf.at.next + i, world), {}});
        shelf.apply(effects);
    }
    void forget(LogPosition const& at) {
        auto transaction = shelf.store->begin().value();
        REQUIRE(shelf.store->forget_pending(at));
        REQUIRE(transaction.commit());
    }
};

} // namespace

TEST_CASE("log: what a crash left pending is published at the start, whatever part of it the directory has") {
    auto const [published, pending] = GENERATE(table<std::uint64_t, std::uint64_t>(
        {{0, 0}, {0, 1}, {0, 5000}, {1, 0}, {255, 1}, {255, 2}, {256, 4096}, {300, 5000}}));
    Pair pair;
    if (published != 0) {
        auto log = pair.open().value();
        pair.commit(published);
        REQUIRE(append_pending(*pair.shelf.store, 2026, log));
    }
    pair.commit(pending);
    pair.shelf.reopen();
    {
        auto const log = pair.open();
        REQUIRE(log);
        CHECK(log.value().size() == published + pending);
    }
    check_log(pair.path, published + pending);
    // And the next start finds nothing to do: pending leaves that are in the directory already are not appended again.
    CHECK(pair.open().value().size() == published + pending);
    pair.forget({2026, published + pending});
    CHECK(pair.open().value().size() == published + pending);
}

TEST_CASE("log: a directory and a store that are not of one moment are refused, and nothing is signed") {
    Pair pair;
    std::map<std::string, std::string> older;
    {
        auto log = pair.open().value();
        pair.commit(300);
        REQUIRE(append_pending(*pair.shelf.store, 2026, log));
        older = snapshot(pair.path);
        pair.commit(300);
        REQUIRE(append_pending(*pair.shelf.store, 2026, log));
    }
    pair.forget({2026, 600});
    auto const refused = [&](char const* mend) {
        auto const head = read_text(pair.path / "checkpoint");
        auto const log = pair.open();
        REQUIRE(!log);
        CHECK(log.error().code == Errc::damaged);
        CHECK(std::string(log.error().mend).find(mend) != std::string::npos);
        CHECK(read_text(pair.path / "checkpoint") == head);
    };
    SECTION("an older directory") {
        restore(pair.path, older);
        refused("not of one moment");
        pair.commit(1); // pending, but not where that directory ends
        refused("not of one moment");
    }
    SECTION("an older store") {
        store_test::Shelf empty;
        pair.shelf.store = std::move(empty.store);
        refused("not of one moment");
    }
    SECTION("no directory") {
        fs::remove_all(pair.path);
        refused("is gone");
        CHECK(!fs::exists(pair.path));
    }
}

TEST_CASE("log: the old year's leaves go into the old year's log when the crash came on New Year's Eve") {
    Pair pair;
    pair.commit(700);
    pair.shelf.at = {2027, 0};
    pair.commit(300);
    auto const years = pair.shelf.store->pending_shards().value();
    CHECK(years == std::vector<int>{2026, 2027});
    for (auto const year : years) REQUIRE(pair.open(year));
    check_log(pair.path, 700);
    auto const later = verify_log(pair.shard(2027).directory, {pair.shard(2027).origin, log_key().verify_key()});
    REQUIRE(later);
    CHECK(later.value().leaves == 300);
    // Forgetting the new year's forgets all of the old: only after both are published.
    pair.forget({2027, 300});
    CHECK(pair.shelf.store->pending_shards().value().empty());
    CHECK(pair.open(2026).value().size() == 700);
}

TEST_CASE("log: partial tiles of large publishes go in time, over restarts too") {
    Scratch const scratch;
    auto const path = scratch / "log";
    {
        auto log = create(path);
        for (std::uint64_t size = 20; size < 256; size += 20) grow_to(log, size);
        grow_to(log, 5000); // nineteen tiles later
        grow_to(log, 5001);
        CHECK(fs::exists(path / "tile/entries/000.p")); // ten files a publish
    }
    {
        auto log = open(path).value();
        for (std::uint64_t size = 5002; size < 5010; ++size) grow_to(log, size);
    }
    auto const files = snapshot(path);
    CHECK(
        std::ranges::none_of(files, [](auto const& file) { return file.first.find("000.p/20") != std::string::npos; }));
    CHECK(!fs::exists(path / "tile/0/000.p"));
    CHECK(!fs::exists(path / "tile/entries/000.p"));
    check_log(path, 5009);
}

TEST_CASE("log: a new one is made where a crash left its empty directory") {
    Scratch const scratch;
    auto const path = scratch / "log";
    fs::create_directory(path);
    write_text(path / "checkpoint.new", "torn");
    {
        auto log = create(path);
        grow_to(log, 3);
    }
    check_log(path, 3);
}

TEST_CASE("open: any file of the right edge lost, torn, longer, or with a bit flipped, is damage that names it") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {600, 700, 66'000});
    auto const files = snapshot(path);
    auto const edge = {"tile/entries/257.p/208", "tile/0/257.p/208", "tile/1/001.p/1", "tile/2/000.p/1"};
    for (std::string const name : edge) {
        INFO(name);
        auto const& text = files.at(name);
        auto flipped = text;
        flipped[text.size() / 3] = static_cast<char>(flipped[text.size() / 3] ^ 4);
        for (auto const& now : {std::string(), text.substr(0, text.size() - 1), text.substr(0, text.size() / 2),
                                text + "x", flipped, std::string(text.size(), '\0')}) {
            write_text(path / name, now);
            auto const log = open(path);
            REQUIRE(!log);
            CHECK(log.error().code == Errc::damaged);
            CHECK(std::string(log.error().where).starts_with("log"));
            CHECK(!verify_log(path, public_key()));
        }
        fs::remove(path / name);
        auto const log = open(path);
        REQUIRE(!log);
        CHECK(log.error().code == Errc::damaged);
        CHECK(!verify_log(path, public_key()));
        write_text(path / name, text);
    }
    CHECK(open(path));
}

TEST_CASE("log: a full tile that was lost or changed is found by whoever needs it, and appending goes on") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {66'000});
    for (std::string const name : {"tile/entries/003", "tile/0/003", "tile/1/000"}) {
        INFO(name);
        auto const text = read_text(path / name);
        fs::remove(path / name);
        CHECK(!verify_log(path, public_key()));
        {
            auto log = open(path).value(); // the edge is whole: the log itself goes on
            CHECK(!log.leaf(800));
            CHECK(log.leaf(65'999));
            CHECK(log.inclusion_proof(800, log.size()).has_value() == (name == "tile/entries/003"));
            grow_to(log, log.size() + 10);
        }
        write_text(path / name, text);
        CHECK(verify_log(path, public_key()));
    }
}
