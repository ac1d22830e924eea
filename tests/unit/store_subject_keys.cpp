// The keys of the people in a log on disk: one a person and event, durable before they are needed, gone when a person
// is erased; and whatever is wrong with the files is named.

#include "store_subject_keys_support.hpp"

#include <set>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::subject_keys_test;

namespace {
/// Whether `part` stands in `bytes` anywhere.
bool stands_in(ByteView bytes, ByteView part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}
} // namespace

TEST_CASE("subject keys: everybody has another key for every event, and the same one again") {
    KeyRoom room(2);
    auto keys = room.open().value();
    CHECK(room.holds(keys, {1, 2}));
    CHECK(bytes_of(keys.for_event(subject_at(1), 2026, 7)) == room.keys.at(1));
    std::set<Bytes> different;
    for (std::uint8_t who : {std::uint8_t(1), std::uint8_t(2)})
        for (int const shard : {2026, 2027, 2026002})
            for (std::uint64_t const position : {0ULL, 7ULL, 1ULL << 40U})
                different.insert(bytes_of(keys.for_event(subject_at(who), shard, position)));
    CHECK(different.size() == 18);
    CHECK_FALSE(keys.find_for_event(subject_at(3), 2026, 7));
    CHECK_FALSE(keys.has(subject_at(3)));
    CHECK(keys.has(subject_at(2)));
}

TEST_CASE("subject keys: of practice and of live data they are different, and the files do not open as the other's") {
    KeyRoom room(1);
    CHECK(SubjectKeys::open(room.place(), wrap_key_of(), Mode::live, room.random).error().code == Errc::wrong_key);
}

TEST_CASE("subject keys: a new key is on disk once it is durable, and not before") {
    KeyRoom room(1);
    {
        auto keys = room.open().value();
        room.keys[2] = bytes_of(keys.for_event(subject_at(2), 2026, 7));
        CHECK(room.holds(keys, {1, 2}));
        CHECK(room.holds(room.reader().value(), {1}));
    }
    CHECK(room.holds(room.open().value(), {1}));
    {
        auto keys = room.open().value();
        room.keys[2] = bytes_of(keys.for_event(subject_at(2), 2026, 7));
        room.keys[3] = bytes_of(keys.for_event(subject_at(3), 2026, 7));
        REQUIRE(keys.durable());
        auto const size = fs::file_size(room.place() / "wraps");
        REQUIRE(keys.durable()); // nothing new
        CHECK(fs::file_size(room.place() / "wraps") == size);
        CHECK(room.holds(room.reader().value(), {1, 2, 3}));
    }
    CHECK(room.holds(room.open().value(), {1, 2, 3}));
}

TEST_CASE("subject keys: erased people are gone, from the files too, and the others keep their keys") {
    KeyRoom room(4);
    auto keys = room.open().value();
    room.keys[9] = bytes_of(keys.for_event(subject_at(9), 2026, 7)); // not durable yet
    REQUIRE(keys.erase(erasing({2, 4, 77})));
    CHECK(room.holds(keys, {1, 3, 9}));
    CHECK(room.holds(room.reader().value(), {1, 3, 9}));
    for (auto const& [name, bytes] : contents_of(room.place()))
        for (auto const& subject : {subject_at(2), subject_at(4)}) CHECK_FALSE(stands_in(bytes, subject.view()));

    // Known again, under another key; and a second erasure goes back to the first place.
    auto const again = bytes_of(keys.for_event(subject_at(2), 2026, 7));
    CHECK(again != room.keys.at(2));
    room.keys[2] = again;
    REQUIRE(keys.durable());
    CHECK(room.holds(room.open().value(), {1, 2, 3, 9}));
    REQUIRE(keys.erase(erasing({1})));
    CHECK(room.holds(room.open().value(), {2, 3, 9}));
}

TEST_CASE("subject keys: erasing who is not there changes nothing on disk") {
    KeyRoom room(2);
    auto keys = room.open().value();
    auto const before = contents_of(room.place());
    REQUIRE(keys.erase(erasing({50})));
    REQUIRE(keys.erase({}));
    CHECK(contents_of(room.place()) == before);
}

TEST_CASE("subject keys: after a new file key, what was under the old one is under none that is left") {
    KeyRoom room(2);
    auto const before = contents_of(room.place());
    {
        auto keys = room.open().value();
        REQUIRE(keys.erase(erasing({2})));
    }
    auto after = contents_of(room.place());
    REQUIRE(after.size() == 2);
    // One place is zeros, and neither has anything of what it had.
    auto const& places = after.at("wraps.key");
    CHECK(std::all_of(places.begin(), places.begin() + place_bytes, [](auto byte) { return byte == 0; }));
    // The old wraps with the keys of now.
    after["wraps"] = before.at("wraps");
    put_back(room.place(), after);
    CHECK(room.open().error().code == Errc::damaged);
    // Even if the header is made to say that it is under the new place.
    after["wraps"][8] ^= 1U;
    put_back(room.place(), after);
    CHECK(room.open().error().code == Errc::damaged);
    // With the old keys, of a backup, it opens: that is why backups are kept for 35 days at most.
    put_back(room.place(), before);
    CHECK(room.holds(room.open().value(), {1, 2}));
}

TEST_CASE("subject keys: a last record that is cut off, or was never filled, is dropped, and the next one is whole") {
    KeyRoom room(3);
    auto const files = contents_of(room.place());
    auto const whole = files.at("wraps").size();
    REQUIRE(whole == head_bytes + 3 * record_bytes);
    auto const check_goes_on = [&](std::vector<std::uint8_t> people) {
        {
            auto keys = room.open().value();
            CHECK(room.holds(keys, people));
            room.keys[8] = bytes_of(keys.for_event(subject_at(8), 2026, 7));
            REQUIRE(keys.durable());
        }
        people.push_back(8);
        CHECK(room.holds(room.open().value(), people));
    };
    for (std::size_t size = whole - record_bytes; size < whole; ++size) {
        CAPTURE(size);
        auto cut = files;
        cut["wraps"].resize(size);
        put_back(room.place(), cut);
        CHECK(room.holds(room.reader().value(), {1, 2})); // a reader changes nothing
        CHECK(contents_of(room.place()) == cut);
        check_goes_on({1, 2});
    }
    // A power cut: the file is longer, and what was to be in it is zeros, in whole or in part.
    for (std::size_t const zeros :
         {std::size_t(16), std::size_t(50), record_bytes, 2 * record_bytes, record_bytes + 7}) {
        CAPTURE(zeros);
        auto cut = files;
        if (zeros < record_bytes)
            std::fill(cut["wraps"].end() - std::ptrdiff_t(zeros), cut["wraps"].end(), std::uint8_t(0));
        else
            cut["wraps"].resize(whole + zeros);
        put_back(room.place(), cut);
        check_goes_on(zeros < record_bytes ? std::vector<std::uint8_t>{1, 2} : std::vector<std::uint8_t>{1, 2, 3});
    }
}

TEST_CASE("subject keys: a flipped bit anywhere is named, and nothing is overwritten") {
    KeyRoom room(3);
    auto const files = contents_of(room.place());
    auto const flipped = [&](char const* name, std::size_t at, unsigned bit) {
        auto changed = files;
        changed.at(name)[at] ^= std::uint8_t(1U << bit);
        put_back(room.place(), changed);
        auto const opened = room.open();
        auto const read = room.reader();
        bool const untouched = contents_of(room.place()) == changed;
        REQUIRE(untouched);
        REQUIRE_FALSE(opened);
        REQUIRE_FALSE(read);
        return opened.error();
    };
    for (std::size_t at = 0; at < files.at("wraps").size(); ++at) {
        CAPTURE(at);
        auto const error = flipped("wraps", at, at % 8);
        CHECK(error.code == Errc::damaged);
        CHECK(error.at == (at < head_bytes ? 0 : (at - head_bytes) / record_bytes + 1));
    }
    for (std::size_t at = 0; at < place_bytes; at += at < 128 ? 1 : 97) {
        CAPTURE(at);
        CHECK(flipped("wraps.key", at, at % 8).code ==
              Errc::wrong_key); // a whole place is all that tells a key from another
    }
    // The free place holds nothing; what is not zeros in it is what a crash left.
    auto changed = files;
    changed.at("wraps.key")[place_bytes + 5] = 1;
    put_back(room.place(), changed);
    CHECK(room.holds(room.open().value(), {1, 2, 3}));
    CHECK(contents_of(room.place()) == files);
}

TEST_CASE("subject keys: with both places in use a wrong number of the place never costs the right key") {
    KeyRoom room(2);
    auto const before = contents_of(room.place());
    {
        auto keys = room.open().value();
        REQUIRE(keys.erase(erasing({2})));
    }
    auto const after = contents_of(room.place());
    auto both = after; // as between rename and overwriting
    std::copy_n(before.at("wraps.key").begin(), place_bytes, both.at("wraps.key").begin());
    put_back(room.place(), both);
    auto wrong = both;
    wrong.at("wraps")[8] ^= 1U;
    put_back(room.place(), wrong);
    CHECK(room.open().error().code == Errc::damaged);
    CHECK(contents_of(room.place()) == wrong);
    put_back(room.place(), both);
    CHECK(room.holds(room.open().value(), {1}));
    CHECK(contents_of(room.place()) == after);
}

TEST_CASE("subject keys: files that are missing, of another size, or of another key are named") {
    KeyRoom room(2);
    auto const files = contents_of(room.place());
    CHECK(SubjectKeys::open(room.place(), wrap_key_of(5), Mode::practice, room.random).error().code == Errc::wrong_key);
    CHECK(SubjectKeys::create(room.place(), wrap_key_of(), Mode::practice, room.random).error().code == Errc::exists);
    for (auto const* name : {"wraps", "wraps.key"}) {
        auto without = files;
        without.erase(name);
        put_back(room.place(), without);
        CHECK(room.open().error().code == Errc::missing);
        CHECK(contents_of(room.place()) == without);
    }
    for (std::size_t const size : {std::size_t(0), place_bytes, 2 * place_bytes - 1, 2 * place_bytes + 1}) {
        auto other = files;
        other.at("wraps.key").resize(size);
        put_back(room.place(), other);
        CHECK(room.open().error().code == Errc::damaged);
    }
    for (std::size_t const size : {std::size_t(0), std::size_t(8), head_bytes - 1}) {
        auto other = files;
        other.at("wraps").resize(size);
        put_back(room.place(), other);
        CHECK(room.open().error().code == Errc::damaged);
    }
    auto twice = files; // one person, two records
    auto const& wraps = files.at("wraps");
    twice.at("wraps").insert(twice.at("wraps").end(), wraps.begin() + head_bytes,
                             wraps.begin() + head_bytes + record_bytes);
    put_back(room.place(), twice);
    CHECK(room.open().error().code == Errc::damaged);
    CHECK(room.open().error().at == 3);
    auto swapped = files; // two people, each under the other's name
    std::swap_ranges(swapped.at("wraps").begin() + head_bytes, swapped.at("wraps").begin() + head_bytes + 16,
                     swapped.at("wraps").begin() + head_bytes + record_bytes);
    put_back(room.place(), swapped);
    CHECK(room.open().error().at == 1);
}

TEST_CASE("subject keys: what a crash left of making the files is made anew, and never files that hold anybody") {
    KeyRoom room(2);
    auto const files = contents_of(room.place());
    auto const open_or_create = [&](Contents const& found) {
        put_back(room.place(), found);
        return SubjectKeys::open_or_create(room.place(), wrap_key_of(), Mode::practice, room.random);
    };
    CHECK(room.holds(open_or_create(files).value(), {1, 2}));
    CHECK(open_or_create({}).value().size() == 0);
    CHECK(room.open().value().size() == 0);
    for (std::size_t const size : {std::size_t(0), std::size_t(100), 2 * place_bytes}) {
        Contents only_key{{"wraps.key", files.at("wraps.key")}};
        only_key.at("wraps.key").resize(size);
        CHECK(open_or_create(only_key).value().size() == 0);
    }
    auto cut = files;
    cut.at("wraps").resize(head_bytes - 1);
    CHECK(open_or_create(cut).value().size() == 0);
    CHECK(room.open().value().size() == 0);

    auto without_key = files;
    without_key.erase("wraps.key");
    CHECK(open_or_create(without_key).error().code == Errc::missing);
    CHECK(contents_of(room.place()) == without_key);
    auto flipped = files;
    flipped.at("wraps")[head_bytes + 3] ^= 1U;
    CHECK(open_or_create(flipped).error().code == Errc::damaged);
    CHECK(contents_of(room.place()) == flipped);
}

TEST_CASE(
    "subject keys: who is seen again after an erasure has a new key from there on, and an older erasure spares it") {
    KeyRoom room(2);
    auto keys = room.open().value();
    auto const older = bytes_of(keys.for_event(subject_at(1), 2026, 9));
    REQUIRE(keys.erase(erasing({1}, 9)));
    CHECK_FALSE(keys.find_for_event(subject_at(1), 2026, 9));
    auto const newer = bytes_of(keys.for_event(subject_at(1), 2026, 12));
    auto const next_year = bytes_of(keys.for_event(subject_at(1), 2027, 0));
    CHECK(newer != older);
    REQUIRE(keys.durable());
    auto const check = [&](SubjectKeys const& of, bool there) {
        auto const at = [&](int shard, std::uint64_t position) {
            auto const key = of.find_for_event(subject_at(1), shard, position);
            return key ? bytes_of(*key) : Bytes();
        };
        // Never the newer key for what was logged before it.
        for (auto const before : {0U, 7U, 9U, 11U}) CHECK(at(2026, before).empty());
        CHECK(at(2026, 12) == (there ? newer : Bytes()));
        CHECK(at(2027, 0) == (there ? next_year : Bytes()));
        CHECK(room.key_in(of, 2) == room.keys.at(2));
    };
    // As at every start.
    for (auto const last : {7U, 9U, 11U}) {
        keys = room.open().value();
        REQUIRE(keys.erase(erasing({1}, last)));
        check(keys, true);
        check(room.reader().value(), true);
    }
    REQUIRE(keys.erase(erasing({1}, 12)));
    check(keys, false);
    check(room.open().value(), false);
    // Several orders about one person at once: the one that goes furthest.
    keys.for_event(subject_at(1), 2026, 20);
    auto both = erasing({1}, 20);
    both.push_back({subject_at(1), {2026, 3}});
    REQUIRE(keys.erase(both));
    CHECK_FALSE(keys.has(subject_at(1)));
}

TEST_CASE("subject keys: between an order and the destruction nothing new comes under the key that goes") {
    KeyRoom room(2);
    auto keys = room.open().value();
    keys.expect_erasure(erasing({1}, 9));
    CHECK(room.holds(keys, {1, 2})); // until it is durable
    // What is from before the erasure goes with the others; what is from after it has one key, of its own.
    CHECK(bytes_of(keys.for_event(subject_at(1), 2026, 9)) ==
          bytes_of(room.open().value().for_event(subject_at(1), 2026, 9)));
    auto const newer = bytes_of(keys.for_event(subject_at(1), 2026, 10));
    CHECK(bytes_of(keys.for_event(subject_at(1), 2026, 10)) == newer);
    CHECK(newer != bytes_of(room.open().value().for_event(subject_at(1), 2026, 10)));
    auto const newest = bytes_of(keys.for_event(subject_at(1), 2026, 11));
    CHECK(keys.size() == 3);
    CHECK(room.key_in(keys, 1) == room.keys.at(1));
    REQUIRE(keys.durable());
    // A crash before the destruction leaves both; each event is under its own.
    auto const between = contents_of(room.place());
    auto const check = [&](SubjectKeys const& of, bool old_one) {
        CHECK(bytes_of(of.find_for_event(subject_at(1), 2026, 10).value()) == newer);
        CHECK(bytes_of(of.find_for_event(subject_at(1), 2026, 11).value()) == newest);
        CHECK(of.find_for_event(subject_at(1), 2026, 7).has_value() == old_one);
        CHECK(room.key_in(of, 2) == room.keys.at(2));
    };
    check(room.open().value(), true);
    check(room.reader().value(), true);
    REQUIRE(keys.erase(erasing({1}, 9)));
    check(keys, false);
    check(room.open().value(), false);
    put_back(room.place(), between);
    keys = room.open().value();
    REQUIRE(keys.erase(erasing({1}, 9)));
    check(keys, false);
    // It is over: the next event is under the key that is there.
    keys.for_event(subject_at(1), 2026, 13);
    CHECK(keys.size() == 2);
}

TEST_CASE("subject keys: the place from which on a key is used cannot be changed") {
    KeyRoom room(2);
    auto files = contents_of(room.place());
    auto& wraps = files.at("wraps");
    REQUIRE(wraps.at(head_bytes + whose_bytes - 1) == 7);
    wraps.at(head_bytes + whose_bytes - 1) = 8; // an erasure up to event 7 would spare it
    put_back(room.place(), files);
    CHECK(room.open().error().code == Errc::damaged);
    CHECK(room.open().error().at == 1);
}
