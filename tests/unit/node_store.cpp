// The store: anchors by epoch, who is enrolled, what an import and the end of an epoch destroy, older schemas.

#include "node/store/schema.hpp"
#include "node_store_support.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol/engine/surroundings.hpp"

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

    REQUIRE(shelf.store->find({1, today}, token_of(102)).value() == Rows{2});
    auto const tokens = shelf.store->tokens(1, 2).value();
    REQUIRE(tokens.anchors.size() == 1);
    CHECK(tokens.anchors[0].kind == AnchorKind::name_date);
    CHECK(equal(tokens.anchors[0].secret, secret_of(102)));
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
    effects.tokens.push_back({1, 1, tokens_of(13, AnchorKind::nhs_number)});
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
        effects.tokens.push_back({1, 2, tokens_of(12)});
        effects.tokens.push_back({1, 1, tokens_of(13, AnchorKind::sound_date)}); // in place of what was there
        effects.enrolled.push_back({1, 2});
        REQUIRE(shelf.store->apply(effects, shelf.at));
        CHECK(shelf.find(1, 12) == Rows{2}); // reads that follow see it
        CHECK(shelf.find(1, 13) == Rows{1});
        CHECK(shelf.find(1, 11).empty());
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

TEST_CASE("store: one of schema 1 or 2 loses its people and what was enrolled, and says so") {
    auto const from = GENERATE(1, 2);
    Shelf shelf;
    shelf.store.reset();
    std::filesystem::remove(shelf.file());
    auto const record = protocol::encode(person_of("a", "Ann"));
    {
        auto database = Database::create(shelf.file(), key_of()).value();
        for (auto const* table :
             {"state", "pending_leaf", "opening", "person", "enrolment", "anchor_key", "anchors", "enrolled",
              "forgotten", "newest_person", "name_count", "shard", "subject_keys", "exchange", "receipt", "copy"})
            REQUIRE(database.execute((std::string("DROP TABLE ") + table).c_str()));
        REQUIRE(database.execute(schema_steps[0]));
        auto insert =
            database
                .prepare("INSERT INTO person (row, id, family_id, record, anchors_hash, enrolled, generation) "
                         "VALUES (41, 'a', '', ?, x'00', 1, 1)")
                .value();
        REQUIRE(insert.bind(1, ByteView(record)).run());
        REQUIRE(database.execute("INSERT INTO anchor VALUES (1, 41, 1, x'07');"
                                 "INSERT INTO day_token VALUES (x'09', 1);"
                                 "INSERT INTO index_day VALUES (1, 20779); PRAGMA user_version = 1"));
        if (from == 2) {
            REQUIRE(database.execute(schema_steps[1]));
            REQUIRE(database.execute("INSERT INTO enrolment VALUES (1, 7, 1); INSERT INTO anchor_key VALUES (1, x'00');"
                                     "INSERT INTO anchors VALUES (1 << 40 | 41, x'00');"
                                     "INSERT INTO enrolled VALUES (1, 41); INSERT INTO forgotten VALUES (9);"
                                     "PRAGMA user_version = 2"));
        }
        REQUIRE(database.execute("INSERT INTO state VALUES (2, x'01', x'02'), (4, x'01', x'00'), (5, x'01', x'00'),"
                                 "(6, x'01', x'00'), (8, x'01', x'03'), (10, x'01', x'00')"));
    }
    shelf.reopen();
    CHECK(shelf.unenrolled(1, 0, 9).empty());
    for (auto const* table : {"person", "enrolment", "anchor_key", "anchors", "enrolled"})
        CHECK(shelf.count(table) == 0);
    std::set<protocol::Space> restored; // nothing of enrolment: "never imported"
    REQUIRE(shelf.store->restore([&](protocol::Space space, ByteView, ByteView) -> Result<void> {
        restored.insert(space);
        return ok();
    }));
    CHECK(restored == std::set{protocol::Space::outbox, protocol::Space::epochs});
    shelf.import({person_of("a", "Ann")});
    CHECK(shelf.unenrolled(1, 0, 9) == Rows{42}); // no number of before is used again
    shelf.enrol(1, 42, 3);
    shelf.index(1);
    CHECK(shelf.find(1, 3) == Rows{42});
    shelf.reopen(); // and it is not migrated again
    CHECK(shelf.count("anchors") == 1);
}

TEST_CASE("store: of each person anchors, components and field bits are kept, and come back as they were") {
    Shelf shelf(2);
    auto const make = [] {
        protocol::PersonTokens tokens;
        for (std::uint32_t i = 0; i < limits::anchors_per_person_max; ++i)
            tokens.anchors.push_back({static_cast<AnchorKind>(1 + i % protocol::anchor_kinds),
                                      static_cast<protocol::Salt>(i % 3), secret_of(500 + i)});
        for (std::uint32_t i = 0; i < 2 * limits::components_per_anchor; ++i)
            tokens.components.push_back(
                {static_cast<protocol::ComponentKind>(1 + i % protocol::component_kinds),
                 static_cast<protocol::Salt>(1 + i % 2),
                 protocol::ComponentSecret::parse(secret_of(900 + i).reveal().first(16)).value()});
        tokens.fields.bits = 0xBEEF;
        return tokens;
    };
    protocol::Effects effects;
    effects.tokens.push_back({1, 2, make()});
    shelf.apply(effects);
    shelf.reopen();
    auto const read = shelf.store->tokens(1, 2).value();
    auto const given = make();
    REQUIRE(read.anchors.size() == given.anchors.size());
    for (std::size_t i = 0; i < read.anchors.size(); ++i) {
        CHECK(read.anchors[i].kind == given.anchors[i].kind);
        CHECK(read.anchors[i].salt == given.anchors[i].salt);
        CHECK(equal(read.anchors[i].secret, given.anchors[i].secret));
    }
    REQUIRE(read.components.size() == given.components.size());
    for (std::size_t i = 0; i < read.components.size(); ++i) {
        CHECK(read.components[i].kind == given.components[i].kind);
        CHECK(read.components[i].salt == given.components[i].salt);
        CHECK(equal(read.components[i].secret, given.components[i].secret));
    }
    CHECK(read.fields == given.fields);
    CHECK(shelf.store->tokens(1, 1).value().anchors.empty()); // another person, another epoch
    CHECK(shelf.store->tokens(2, 2).value().anchors.empty());
    shelf.index(1); // of the anchors, and of nothing else
    CHECK(shelf.store->indexes().progress().front().entries == limits::anchors_per_person_max);
    shelf.import(people_of(1));
    CHECK(shelf.store->tokens(1, 2).value().anchors.empty());
    CHECK(shelf.store->tokens(1, 2).value().components.empty());
}

TEST_CASE("store: an import counts names and finds who lives together") {
    Shelf shelf;
    auto const at = [](protocol::PersonRecord person, std::string premises, std::string uprn = {}) {
        person.identity.addresses.push_back({std::move(premises), "Elm Avenue", "", "M12 6DZ", std::move(uprn)});
        return person;
    };
    std::vector<protocol::PersonRecord> people{
        at(person_of("a", "Kate"), "12"),       at(person_of("b", "Catherine"), "12", "77"), // at one address
        at(person_of("c", "Greg"), "14", "77"), person_of("d", "Sam", "f1"),                 // one property
        at(person_of("e", "Tom", "f1"), "3"),   at(person_of("f", "Tom", "f2"), "5"),        // one family
    };
    for (std::size_t i = 0; i <= protocol::household_people_max; ++i)
        people.push_back(at(person_of("hostel" + std::to_string(i), "Ann"), "99"));
    people.back().family_id = "f1"; // one of them has a family elsewhere, whose household stays one
    shelf.import(people);
    auto const of = [&](protocol::RecordRow row) { return shelf.store->surroundings(row).value(); };
    CHECK(of(1).names.people == people.size());
    CHECK(of(1).names.forename == 2); // Kate and Catherine are one spoken name
    CHECK(of(1).names.surname == people.size());
    CHECK(of(5).names.forename == 2);
    CHECK(of(1).household != 0);
    CHECK(of(1).household == of(2).household);
    CHECK(of(1).household == of(3).household); // over the second
    CHECK(of(4).household != 0);
    CHECK(of(4).household == of(5).household);
    CHECK(of(4).household != of(1).household);
    CHECK(of(6).household == 0); // alone
    CHECK(of(7).household == 0); // a hostel is nobody's household
    CHECK(of(999).household == 0);
    CHECK(of(999).names.people == 0);

    people.erase(people.begin() + 1); // Catherine moves out: nothing links the other two any more
    people.pop_back();                // and one of the hostel
    shelf.import(people);
    CHECK(of(1).household == 0);
    CHECK(of(1).names.forename == 1);
    CHECK(of(7).household != 0); // twenty are a household
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
            default:
                shelf.enrol(epoch, row, number); // in place of what there was of that person
                for (auto& [key, rows] : model)
                    if (key.first == epoch) rows.erase(row);
                model[{epoch, number}].insert(row);
            }
        }
        for (auto const& key : built)
            for (std::uint32_t number = 0; number < 8; ++number) {
                auto const& rows = model[{key.epoch, number}];
                RC_ASSERT(shelf.find(key.epoch, number, key.day) == Rows(rows.begin(), rows.end()));
            }
    }));
}
