// The store: anchors by epoch, who is enrolled, what an import and the end of an epoch destroy, older schemas.

#include "node/store/schema.hpp"
#include "node_store_support.hpp"
#include "protocol/engine/record_codec.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::store_test;
using protocol::AnchorKind;

TEST_CASE("store: a token finds whose anchor it is, in its own epoch and on its own day only") {
    Shelf shelf(3);
    shelf.enrol(1, 1, 101);
    shelf.enrol(1, 2, 102);
    shelf.enrol(2, 1, 201);
    auto const tomorrow = today + std::chrono::days(1);
    for (auto const day : {today, tomorrow})
        for (std::uint32_t const epoch : {1U, 2U}) shelf.index(epoch, day);

    auto const hits = shelf.store->find({1, today}, token_of(102)).value();
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].row == 2);
    CHECK(hits[0].kind == AnchorKind::name_date);
    CHECK(equal(hits[0].secret, secret_of(102)));
    CHECK(shelf.find(2, 201) == Rows{1});
    CHECK(shelf.find(2, 201, tomorrow) == Rows{1});

    CHECK(shelf.find(2, 101).empty()); // an anchor of the other epoch
    CHECK(shelf.find(1, 201).empty());
    CHECK(shelf.find(1, today, token_of(101, tomorrow)).empty()); // a token of the other day
    CHECK(shelf.find(1, tomorrow, token_of(101, today)).empty());
    CHECK(shelf.find(1, 999).empty());
    CHECK(shelf.find(3, 101).empty()); // no such index
    CHECK(shelf.find(1, 101, today - std::chrono::days(1)).empty());
}

TEST_CASE("store: an anchor that several people share gives each of them, once") {
    Shelf shelf(4);
    for (protocol::RecordRow const row : {1, 3, 4}) shelf.enrol(1, row, 7);
    shelf.enrol(1, 3, 7); // again
    shelf.index(1);
    shelf.enrol(1, 2, 7);
    shelf.enrol(1, 4, 7);
    CHECK(shelf.find(1, 7) == Rows{1, 2, 3, 4});
}

TEST_CASE("store: nothing is found without an index, and an index is not on disk") {
    Shelf shelf(1);
    shelf.enrol(1, 1, 5);
    CHECK(shelf.find(1, 5).empty());
    shelf.index(1);
    CHECK(shelf.find(1, 5) == Rows{1});
    shelf.reopen();
    CHECK(shelf.find(1, 5).empty());
    shelf.index(1);
    CHECK(shelf.find(1, 5) == Rows{1});
    shelf.store->indexes().drop({1, today});
    CHECK(shelf.find(1, 5).empty());
    CHECK(shelf.store->indexes().bytes() == 0);
}

TEST_CASE("store: whoever an import changes or removes is found no more, in any epoch") {
    Shelf shelf;
    auto people = people_of(3);
    shelf.import(people);
    for (std::uint32_t const epoch : {1U, 2U}) {
        for (protocol::RecordRow row = 1; row <= 3; ++row)
            shelf.enrol(epoch, row, epoch * 100 + static_cast<std::uint32_t>(row));
        shelf.index(epoch);
    }
    people[0].contacts_ever = 5; // nothing that an anchor depends on
    people[1].identity.names[0].surname = "Other";
    people[2].id = "another"; // one is gone, one is new
    auto const counts = shelf.import(people);
    CHECK(counts.people == 3);
    CHECK(counts.kept == 1);
    CHECK(counts.removed == 1);
    CHECK(counts.enrolled == std::map<std::uint32_t, std::uint64_t>{{1, 1}, {2, 1}});
    for (std::uint32_t const epoch : {1U, 2U}) {
        CHECK(shelf.find(epoch, epoch * 100 + 1) == Rows{1});
        CHECK(shelf.find(epoch, epoch * 100 + 2).empty());
        CHECK(shelf.find(epoch, epoch * 100 + 3).empty());
        CHECK(shelf.unenrolled(epoch, 0, 10) == Rows{2, 4});
    }
    CHECK(shelf.count("anchors") == 2);
    CHECK(shelf.count("enrolled") == 2);
    // Late anchors for somebody who is gone are not kept, and do not stop the node.
    shelf.enrol(1, 3, 103);
    CHECK(shelf.count("anchors") == 2);
    CHECK(shelf.count("enrolled") == 2);
    shelf.enrol(1, 2, 105);
    CHECK(shelf.find(1, 105) == Rows{2});
}

TEST_CASE("store: the number of a person who is gone is never another's") {
    Shelf shelf(3);
    shelf.enrol(1, 3, 103);
    shelf.index(1);
    shelf.import(people_of(2)); // the last row is free
    auto people = people_of(2);
    people.push_back(person_of("new", "Zoe"));
    shelf.import(people);
    REQUIRE(shelf.unenrolled(1, 2, 9) == Rows{4}); // what was answered about number 3 stays about nobody else
    shelf.enrol(1, 4, 104);
    CHECK(shelf.find(1, 103).empty());
    CHECK(shelf.find(1, 104) == Rows{4});
    shelf.import({});
    shelf.import(people);
    CHECK(shelf.unenrolled(1, 0, 9) == Rows{5, 6, 7});
}

TEST_CASE("store: people who wait are read in order, after the last one read, epoch by epoch") {
    Shelf shelf(10);
    for (protocol::RecordRow const row : {1, 4, 5, 10}) shelf.enrol(1, row, 1);
    CHECK(shelf.unenrolled(1, 0, 3) == Rows{2, 3, 6});
    CHECK(shelf.unenrolled(1, 6, 3) == Rows{7, 8, 9});
    CHECK(shelf.unenrolled(1, 9, 3).empty());
    CHECK(shelf.unenrolled(1, 3, 1) == Rows{6});
    CHECK(shelf.unenrolled(1, 10, 3).empty());
    CHECK(shelf.unenrolled(2, 0, 2) == Rows{1, 2}); // an epoch of which nobody is enrolled
    CHECK(shelf.unenrolled(1, 0, 0).empty());
}

TEST_CASE("store: a person who waits comes with the family") {
    Shelf shelf;
    shelf.import(
        {person_of("a", "Ann", "f"), person_of("b", "Bea", "f"), person_of("c", "Cem"), person_of("d", "Dan", "f")});
    auto const waiting = shelf.store->unenrolled(1, 1, 2).value();
    REQUIRE(waiting.size() == 2);
    CHECK(waiting[0].row == 2);
    REQUIRE(waiting[0].family.size() == 3);
    CHECK(waiting[0].family[waiting[0].which].names[0].forename == "Bea");
    CHECK(waiting[1].family.size() == 1);
}

TEST_CASE("store: an epoch that is destroyed leaves nothing, and the others alone") {
    Shelf shelf(5);
    for (protocol::RecordRow row = 1; row <= 5; ++row) {
        shelf.enrol(1, row, 100 + static_cast<std::uint32_t>(row));
        shelf.enrol(2, row, 200 + static_cast<std::uint32_t>(row));
    }
    shelf.index(1);
    shelf.index(2);
    shelf.forget(1);
    // At once: the key is gone, and with it what it opens.
    CHECK(shelf.find(1, 101).empty());
    CHECK(shelf.unenrolled(1, 0, 9).size() == 5);
    CHECK(shelf.count("anchor_key") == 1);
    CHECK(shelf.store->has_leftovers());
    shelf.reopen(); // the rows go piece by piece, over a restart as well
    CHECK(shelf.count("anchors") == 10);
    shelf.sweep_all(2);
    CHECK(shelf.count("anchors") == 5);
    CHECK(shelf.count("enrolled") == 5);
    CHECK(shelf.count("forgotten") == 0);
    CHECK(shelf.count("enrolment") == 1);
    shelf.index(1);
    shelf.index(2);
    for (protocol::RecordRow row = 1; row <= 5; ++row) {
        CHECK(shelf.find(1, 100 + static_cast<std::uint32_t>(row)).empty());
        CHECK(shelf.find(2, 200 + static_cast<std::uint32_t>(row)) == Rows{row});
    }
    shelf.forget(7); // one that never was
}

TEST_CASE("store: an epoch may be destroyed and made anew in one step") {
    Shelf shelf(2);
    shelf.enrol(1, 1, 11);
    shelf.enrol(1, 2, 12);
    shelf.index(1);
    protocol::Effects effects;
    effects.forget_epochs.push_back(1);
    effects.anchors.push_back({1, 1, AnchorKind::nhs_number, secret_of(13)});
    effects.enrolled.push_back({1, 1});
    shelf.apply(effects);
    shelf.sweep_all(10);
    CHECK(shelf.find(1, 11).empty());
    CHECK(shelf.find(1, 12).empty());
    CHECK(shelf.find(1, 13) == Rows{1});
    CHECK(shelf.unenrolled(1, 0, 9) == Rows{2});
    shelf.index(1);
    CHECK(shelf.find(1, 13) == Rows{1});
}

TEST_CASE("store: what was destroyed is not in the write-ahead log either") {
    Shelf shelf(3);
    auto const wal = shelf.file().string() + "-wal";
    REQUIRE(shelf.store->cut_wal()); // what creation left
    shelf.enrol(1, 1, 11);
    REQUIRE(std::filesystem::file_size(wal) > 0);
    REQUIRE(shelf.store->cut_wal());
    CHECK(std::filesystem::file_size(wal) > 0); // nothing was destroyed
    auto const stored = [&] {
        auto database = shelf.reader();
        auto key = database.prepare("SELECT key FROM anchor_key").value();
        return key.step().value();
    };
    CHECK(stored());
    SECTION("an epoch") {
        shelf.forget(1);
    }
    SECTION("people") {
        shelf.import(people_of(2));
    }
    SECTION("a share in the state of the engines") {
        protocol::Effects effects;
        effects.erase(protocol::Space::epochs, {1});
        shelf.apply(effects);
    }
    {
        auto database = shelf.reader(); // somebody reads: not now
        REQUIRE(database.execute("BEGIN; SELECT count(*) FROM person"));
        REQUIRE(shelf.store->cut_wal());
        CHECK(std::filesystem::file_size(wal) > 0);
    }
    REQUIRE(shelf.store->cut_wal());
    CHECK(std::filesystem::file_size(wal) == 0);
}

TEST_CASE("store: a transaction that is lost leaves no hit behind") {
    Shelf shelf(3);
    shelf.enrol(1, 1, 11);
    shelf.index(1);
    {
        auto const transaction = shelf.store->begin().value();
        protocol::Effects effects;
        effects.anchors.push_back({1, 2, AnchorKind::name_date, secret_of(12)});
        effects.anchors.push_back({1, 1, AnchorKind::sound_date, secret_of(13)});
        effects.enrolled.push_back({1, 2});
        REQUIRE(shelf.store->apply(effects, shelf.at));
        CHECK(shelf.find(1, 12) == Rows{2}); // reads that follow see it
        CHECK(shelf.find(1, 13) == Rows{1});
    }
    CHECK(shelf.find(1, 12).empty());
    CHECK(shelf.find(1, 13).empty());
    CHECK(shelf.find(1, 11) == Rows{1});
    CHECK(shelf.unenrolled(1, 0, 9) == Rows{2, 3});
    {
        auto const transaction = shelf.store->begin().value();
        protocol::Effects effects;
        effects.forget_epochs.push_back(1);
        REQUIRE(shelf.store->apply(effects, shelf.at));
        CHECK(shelf.find(1, 11).empty());
    }
    CHECK(shelf.find(1, 11) == Rows{1});
}

TEST_CASE("store: anchors that were moved to another person or epoch do not open") {
    Shelf shelf(2);
    shelf.enrol(1, 1, 11);
    shelf.enrol(1, 2, 12);
    shelf.index(1);
    shelf.store.reset();
    {
        auto database = Database::open(shelf.file(), key_of()).value();
        REQUIRE(database.execute("UPDATE anchors SET sealed = (SELECT sealed FROM anchors ORDER BY place LIMIT 1)"));
    }
    shelf.reopen();
    BuildState state;
    auto database = shelf.reader();
    auto const built = build_index(database, Mode::practice, {1, today}, state);
    REQUIRE(!built);
    CHECK(built.assume_error().code == Errc::damaged);
}

TEST_CASE("store: one process has it open, and readers of that process") {
    Shelf shelf(1);
    auto const second = Database::open(shelf.file(), key_of());
    REQUIRE(!second);
    CHECK(second.assume_error().code == Errc::exists);
    auto const wrong = Database::open_reader(shelf.file(), key_of(2));
    REQUIRE(!wrong);
    CHECK(wrong.assume_error().code == Errc::wrong_key);
    auto reader = shelf.reader();
    CHECK(!reader.execute("DELETE FROM person"));
    // A transaction of a reader sees one moment.
    REQUIRE(reader.execute("BEGIN"));
    auto count = reader.prepare("SELECT count(*) FROM person").value();
    REQUIRE(count.step().value());
    CHECK(count.number(0) == 1);
    count.reset();
    shelf.import(people_of(5));
    REQUIRE(count.step().value());
    CHECK(count.number(0) == 1);
    count.reset();
    REQUIRE(reader.execute("COMMIT"));
    REQUIRE(count.step().value());
    CHECK(count.number(0) == 5);
}

TEST_CASE("store: one of schema 1 keeps its people and loses what was enrolled without an epoch") {
    Shelf shelf;
    shelf.store.reset();
    std::filesystem::remove(shelf.file());
    auto const record = protocol::encode(person_of("a", "Ann"));
    {
        auto database = Database::create(shelf.file(), key_of()).value();
        for (auto const* table : {"state", "pending_leaf", "opening", "person", "enrolment", "anchor_key", "anchors",
                                  "enrolled", "forgotten", "newest_person"})
            REQUIRE(database.execute((std::string("DROP TABLE ") + table).c_str()));
        REQUIRE(database.execute(schema_steps[0]));
        REQUIRE(database.execute("INSERT INTO state VALUES (6, x'01', x'00'), (2, x'01', x'02');"
                                 "INSERT INTO index_day VALUES (1, 20779); PRAGMA user_version = 1"));
        auto insert =
            database
                .prepare("INSERT INTO person (row, id, family_id, record, anchors_hash, enrolled, generation) "
                         "VALUES (1, 'a', '', ?, x'00', 1, 1)")
                .value();
        REQUIRE(insert.bind(1, ByteView(record)).run());
        REQUIRE(database.execute("INSERT INTO anchor VALUES (1, 1, 1, x'07');"
                                 "INSERT INTO day_token VALUES (x'09', 1)"));
    }
    shelf.reopen();
    CHECK(shelf.unenrolled(1, 0, 9) == Rows{1});
    std::size_t restored = 0;
    REQUIRE(shelf.store->restore([&](protocol::Space space, ByteView, ByteView) -> Result<void> {
        CHECK(space == protocol::Space::outbox);
        ++restored;
        return ok();
    }));
    CHECK(restored == 1);
    shelf.enrol(1, 1, 3);
    shelf.index(1);
    CHECK(shelf.find(1, 3) == Rows{1});
    shelf.reopen(); // and it is not migrated again
    CHECK(shelf.count("anchors") == 1);
}

TEST_CASE("store: an index never says more or less than the anchors there are") {
    REQUIRE(rc::check("whatever is enrolled, imported, forgotten, built and dropped", [] {
        Shelf shelf(6);
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<protocol::RecordRow>> model; // (epoch, number)
        std::set<protocol::IndexKey> built;
        auto const steps = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
        for (auto const step : steps) {
            auto const epoch = 1 + step / 16 % 2;
            auto const number = step / 32 % 8;
            auto const row = protocol::RecordRow(1 + step / 256 % 6);
            auto const day = today + std::chrono::days(step / 2048 % 2);
            switch (step % 16) {
            case 0:
                shelf.forget(epoch);
                std::erase_if(model, [&](auto const& entry) { return entry.first.first == epoch; });
                break;
            case 1:
                shelf.store->indexes().drop({epoch, day});
                built.erase({epoch, day});
                break;
            case 2:
            case 3:
            case 4:
                shelf.index(epoch, day);
                built.insert({epoch, day});
                break;
            case 5: shelf.sweep_all(3); break;
            default: shelf.enrol(epoch, row, number); model[{epoch, number}].insert(row);
            }
        }
        for (auto const& key : built)
            for (std::uint32_t number = 0; number < 8; ++number) {
                auto const& rows = model[{key.epoch, number}];
                RC_ASSERT(shelf.find(key.epoch, number, key.day) == Rows(rows.begin(), rows.end()));
            }
    }));
}
