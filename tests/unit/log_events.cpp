// A node's log read leaf by leaf: which leaves a filter gives, in which order, and what cannot be read.

#include "log_ledger_support.hpp"

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::ledger_test;

namespace {

std::vector<LeafPlace> places(Ledger& ledger, EventFilter const& filter) {
    auto database = ledger.reader();
    auto reader = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
    std::vector<LeafPlace> found;
    REQUIRE(reader.read(filter, [&found](LogEvent const& event) {
        found.push_back(event.place);
        return true;
    }));
    return found;
}

Result<LogEvent> one_at(Ledger& ledger, LeafPlace const& place) {
    auto database = ledger.reader();
    FANLIGHT_TRY(auto reader, EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()));
    return reader.at(place);
}

EventFilter since(Instant from) {
    EventFilter filter;
    filter.from = from;
    return filter;
}

using Places = std::vector<LeafPlace>;

} // namespace

TEST_CASE("log events: those of a filter, in order of place") {
    Ledger ledger;
    auto const started = ledger.draft(noon).add(FieldTag::text, "node started").write(LeafClass::start_stop_clock);
    auto const asked =
        ledger.draft(noon + a_minute).add(FieldTag::peer, "coordinator").write(LeafClass::query_received, tag_of(1));
    auto const refused = ledger.draft(noon + 2 * a_minute)
                             .add(FieldTag::peer, "housing")
                             .add(FieldTag::reason, "query is expired")
                             .write(LeafClass::refusal, tag_of(2));
    auto const filler = ledger.without_opening(LeafClass::filler);
    auto const told = ledger.draft(noon + 3 * a_minute)
                          .add(FieldTag::peer, "coordinator")
                          .write(LeafClass::disclosure_sent, tag_of(1));
    ledger.publish();

    EventFilter filter;
    CHECK(places(ledger, filter) == Places{started, asked, refused, filler, told});
    SECTION("of classes") {
        filter.kinds = std::set{LeafClass::refusal, LeafClass::disclosure_sent};
        CHECK(places(ledger, filter) == Places{refused, told});
        filter.kinds = std::set<LeafClass>{};
        CHECK(places(ledger, filter).empty());
    }
    SECTION("of a peer: what has no opening names nobody") {
        filter.peer = "coordinator";
        CHECK(places(ledger, filter) == Places{asked, told});
        filter.peer = "coordinato";
        CHECK(places(ledger, filter).empty());
    }
    SECTION("of an exchange") {
        filter.exchange = tag_of(1);
        CHECK(places(ledger, filter) == Places{asked, told});
    }
    SECTION("from a moment on: a leaf without a time is never left out") {
        CHECK(places(ledger, since(noon + 2 * a_minute)) == Places{refused, filler, told});
        CHECK(places(ledger, since(noon + 2 * a_minute + Duration(1))) == Places{filler, told});
    }
    SECTION("before a moment") {
        filter.to = noon + 2 * a_minute;
        CHECK(places(ledger, filter) == Places{started, asked});
        filter.to = noon + 2 * a_minute + Duration(1);
        CHECK(places(ledger, filter) == Places{started, asked, refused, filler});
    }
    SECTION("from a place on") {
        filter.first = refused;
        CHECK(places(ledger, filter) == Places{refused, filler, told});
        filter.first = LeafPlace{2026, told.position + 1};
        CHECK(places(ledger, filter).empty());
        filter.first = LeafPlace{2027, 0};
        CHECK(places(ledger, filter).empty());
    }
    SECTION("until somebody has enough") {
        auto database = ledger.reader();
        auto reader = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
        int seen = 0;
        REQUIRE(reader.read({}, [&seen](LogEvent const&) { return ++seen < 2; }));
        CHECK(seen == 2);
    }
}

TEST_CASE("log events: over years and their continuations, in the order of time") {
    Ledger ledger;
    auto const new_year = Instant(Day(std::chrono::days(20819))); // 2027-01-01
    auto const write = [&ledger](Instant time) {
        auto const place = ledger.draft(time).write(LeafClass::decision);
        ledger.publish();
        return place;
    };
    auto const a = write(noon);
    ledger.begin(2026002);
    auto const b = write(noon + a_minute);
    ledger.begin(2027);
    auto const c = write(new_year);

    CHECK(places(ledger, {}) == Places{a, b, c});
    CHECK(places(ledger, since(new_year)) == Places{c});
    EventFilter filter;
    filter.first = b;
    CHECK(places(ledger, filter) == Places{b, c});
    filter = {};
    filter.to = new_year;
    CHECK(places(ledger, filter) == Places{a, b});

    auto database = ledger.reader();
    auto const reader = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
    REQUIRE(reader.shards().size() == 3);
    CHECK(reader.shards()[1].shard == 2026002);
    CHECK(reader.shards()[2].leaves == 1);
    // A year that is in an archive is missed by who asks for it, and by nobody else.
    std::filesystem::remove_all(ledger.logs() / "2026");
    CHECK(places(ledger, since(new_year + std::chrono::days(2))).empty());
    auto again = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
    CHECK(again.read({}, [](LogEvent const&) { return true; }).error().code == Errc::missing);
}

TEST_CASE("log events: a year that is in an archive is known with all its leaves, those without an opening too") {
    Ledger ledger;
    ledger.draft(noon).write(LeafClass::decision);
    ledger.without_opening(LeafClass::filler);
    ledger.begin(2027);
    ledger.without_opening(LeafClass::filler); // and nothing else
    std::filesystem::remove_all(ledger.logs());
    auto database = ledger.reader();
    auto const reader = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
    REQUIRE(reader.shards().size() == 2);
    CHECK(reader.shards()[0].shard == 2026);
    CHECK(reader.shards()[0].leaves == 2);
    CHECK(reader.shards()[1].shard == 2027);
    CHECK(reader.shards()[1].leaves == 1);
}

TEST_CASE("log events: a period is found wherever bundles end, and over a clock that was set back") {
    Ledger ledger;
    constexpr std::size_t count = 256 * 2 + 40;
    std::vector<Instant> times;
    auto now = noon;
    for (std::size_t i = 0; i < count; ++i) {
        now += i % 50 == 49 ? Duration(-std::chrono::hours(23)) : Duration(std::chrono::hours(1));
        ledger.draft(now).write(LeafClass::admin);
        times.push_back(now);
        if (i % 100 == 0 || i == 255 || i == 511) ledger.publish();
    }
    ledger.publish();
    for (std::size_t probe = 0; probe < count; probe += 37) {
        EventFilter filter;
        filter.from = times[probe];
        filter.to = times[probe] + std::chrono::hours(9);
        Places expected;
        for (std::size_t i = 0; i < count; ++i)
            if (times[i] >= *filter.from && times[i] < *filter.to) expected.push_back({2026, i});
        REQUIRE(places(ledger, filter) == expected);
    }
}

TEST_CASE("log events: one leaf with what it commits to") {
    Ledger ledger;
    for (int i = 0; i < 300; ++i) ledger.draft(noon).number(FieldTag::count, unsigned(i)).write(LeafClass::admin);
    auto const filler = ledger.without_opening(LeafClass::filler);
    ledger.publish();
    auto const event = one_at(ledger, {2026, 257}).value();
    CHECK(event.place == LeafPlace{2026, 257});
    CHECK(event.leaf.kind == LeafClass::admin);
    CHECK(event.time == noon);
    REQUIRE(event.opening);
    CHECK(to_bytes(*crypto::first_of(*event.opening, FieldTag::count)) == number_of(257));
    CHECK(crypto::commitment_of(*event.opening).value() == event.leaf.commitment);
    CHECK_FALSE(one_at(ledger, filler).value().opening);
    for (auto const& nowhere : {LeafPlace{2026, 301}, LeafPlace{2026, 1U << 30U}, LeafPlace{2025, 0}})
        CHECK(one_at(ledger, nowhere).error().code == Errc::missing);
}

TEST_CASE("log events: of a person who is erased the hashes stay, and the leaf still commits to them") {
    Ledger ledger;
    auto const place = ledger.draft(noon)
                           .add(FieldTag::purpose, "safeguarding_children")
                           .about(person(1))
                           .add(FieldTag::colour, "red")
                           .about(person(2))
                           .add(FieldTag::colour, "green")
                           .write(LeafClass::decision);
    ledger.publish();
    REQUIRE(ledger.subjects().durable());
    REQUIRE(ledger.subjects().erase(std::vector<protocol::ErasedSubject>{{person(1), place}}));
    auto const event = one_at(ledger, place).value();
    REQUIRE(event.opening);
    REQUIRE(event.opening->size() == 4);
    CHECK(event.time == noon);
    CHECK_FALSE((*event.opening)[2].shown);
    CHECK((*event.opening)[2].about == person(1));
    REQUIRE((*event.opening)[3].shown);
    CHECK(as_text((*event.opening)[3].shown->value) == "green");
    CHECK(crypto::commitment_of(*event.opening).value() == event.leaf.commitment);
}

TEST_CASE("log events: what lies in another's place is not read") {
    Ledger ledger;
    for (int i = 0; i < 3; ++i) ledger.draft(noon + i * a_minute).write(LeafClass::admin);
    ledger.publish();
    ledger.execute("UPDATE opening SET sealed = (SELECT sealed FROM opening WHERE position = 2) WHERE position = 1");
    auto const event = one_at(ledger, {2026, 1}).value();
    CHECK_FALSE(event.opening);
    CHECK_FALSE(event.time);
    CHECK(places(ledger, since(noon)).size() == 3);
}

TEST_CASE("log events: a leaf that is durable and not published yet is read like the others") {
    Ledger ledger;
    for (int i = 0; i < 254; ++i) ledger.draft(noon).write(LeafClass::admin);
    ledger.publish();
    for (int i = 0; i < 4; ++i)
        ledger.draft(noon + a_minute).number(FieldTag::count, unsigned(i)).write(LeafClass::ig_review);
    ledger.keep_pending();
    auto const check = [&ledger] {
        CHECK(places(ledger, {}).size() == 258);
        CHECK(places(ledger, since(noon + a_minute)) == Places{{2026, 254}, {2026, 255}, {2026, 256}, {2026, 257}});
        auto const event = one_at(ledger, {2026, 257}).value();
        CHECK(event.leaf.kind == LeafClass::ig_review);
        CHECK(crypto::commitment_of(event.opening.value()).value() == event.leaf.commitment);
        CHECK(one_at(ledger, {2026, 258}).error().code == Errc::missing);
    };
    check();
    ledger.publish(); // and the store has not heard of it
    check();
    ledger.execute("DELETE FROM pending_leaf WHERE position < 256");
    check();
}

TEST_CASE("log events: pending leaves with a hole before them are not read as others") {
    Ledger ledger;
    for (int i = 0; i < 3; ++i) ledger.draft(noon).write(LeafClass::admin);
    ledger.keep_pending();
    ledger.execute("DELETE FROM pending_leaf WHERE position = 1");
    CHECK(places(ledger, {}) == Places{{2026, 0}});
    CHECK(one_at(ledger, {2026, 2}).error().code == Errc::missing);
    ledger.execute("UPDATE pending_leaf SET leaf = x'00' WHERE position = 0");
    CHECK(one_at(ledger, {2026, 0}).error().code == Errc::damaged);
}
