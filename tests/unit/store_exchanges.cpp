// What a store keeps beside openings: our ends of exchanges, receipts, copies of others' logs; and leaves without an
// opening, which are counted all the same.

#include "node/store/schema.hpp"
#include "node_store_support.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <csignal>
#include <set>
#include <sys/resource.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::store_test;
using crypto::ExchangeTag;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::ExchangeEnd;
using protocol::LeafPlace;

namespace {

PartyId party_of(std::string_view name) {
    return PartyId::parse(name).value();
}
Instant minute(int number) {
    return Instant(Day(std::chrono::days(20779))) + std::chrono::minutes(number);
}
ExchangeTag tag_at(std::uint8_t which) {
    return ExchangeTag::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
Bytes number_bytes_of(std::uint64_t value) {
    Bytes bytes;
    append_u64(bytes, value);
    return bytes;
}
crypto::Entry end_entry(crypto::Random& random, LeafClass kind, std::string_view peer, Instant time,
                        ExchangeTag const& tag) {
    std::vector fields{crypto::make_field(FieldTag::time, number_bytes_of(to_wire(time)), random),
                       crypto::make_field(FieldTag::peer, as_bytes(peer), random)};
    return crypto::make_entry(kind, AgreementId(), tag, std::move(fields));
}
std::vector<LeafPlace> places_of(std::vector<ExchangeEnd> const& ends) {
    std::vector<LeafPlace> places;
    for (auto const& end : ends) places.push_back(end.place);
    return places;
}
void log_into(Shelf& shelf, std::vector<crypto::Entry> leaves) {
    protocol::Effects effects;
    effects.leaves = std::move(leaves);
    shelf.apply(effects);
}

} // namespace

TEST_CASE("exchanges: two ends has what was sent, received, refused or evaluated, and nothing else ever") {
    std::set<LeafClass> two_ended;
    for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(LeafClass::gap); ++number)
        if (auto const kind = static_cast<LeafClass>(number); protocol::has_two_ends(kind)) two_ended.insert(kind);
    CHECK(two_ended == std::set{LeafClass::query_sent, LeafClass::query_received, LeafClass::disclosure_sent,
                                LeafClass::disclosure_received, LeafClass::refusal, LeafClass::evaluation_requested,
                                LeafClass::evaluation_served});
}

TEST_CASE("exchanges: every leaf with two ends and a tag is one, with peer, time, class and tag; no other leaf is") {
    Shelf shelf;
    auto& random = shelf.random;
    std::vector<crypto::Entry> leaves;
    for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(LeafClass::gap); ++number)
        leaves.push_back(end_entry(random, static_cast<LeafClass>(number), "housing", minute(number), tag_at(number)));
    leaves.push_back(end_entry(random, LeafClass::refusal, "housing", minute(30), {})); // in no exchange
    log_into(shelf, std::move(leaves));
    auto const ends = exchanges(shelf.store->reader(), party_of("housing"), {}, 100).value();
    CHECK(ends.size() == 7);
    for (auto const& end : ends) {
        CHECK(protocol::has_two_ends(end.kind));
        CHECK(end.place == LeafPlace{2026, std::uint64_t(end.kind) - 1});
        CHECK(end.time == minute(int(end.kind)));
        CHECK(end.tag == tag_at(std::uint8_t(end.kind)));
        CHECK(find_exchange(shelf.store->reader(), end.tag, end.kind).value().place == end.place);
    }
    CHECK(find_exchange(shelf.store->reader(), tag_at(3), LeafClass::decision).error().code == Errc::missing);
    CHECK(find_exchange(shelf.store->reader(), tag_at(1), LeafClass::refusal).error().code == Errc::missing);
    CHECK(find_exchange(shelf.store->reader(), tag_at(200), LeafClass::refusal).error().code == Errc::missing);
    CHECK(exchanges(shelf.store->reader(), party_of("police"), {}, 100).value().empty());
}

TEST_CASE("exchanges: they are read by peer, from a place on, in order, over the years and their continuations") {
    Shelf shelf;
    std::vector<LeafPlace> all;
    for (int const shard : {2025, 2026, 2026002, 2026003, 2027}) {
        shelf.at = {shard, 0};
        std::vector<crypto::Entry> leaves;
        for (int i = 0; i < 3; ++i) {
            auto const time = minute(100 * int(all.size()));
            leaves.push_back(end_entry(shelf.random, LeafClass::query_sent, "police", time, tag_at(1)));
            leaves.push_back(end_entry(shelf.random, LeafClass::query_sent, "housing", time, tag_at(2)));
            all.push_back({shard, std::uint64_t(2 * i + 1)});
        }
        log_into(shelf, std::move(leaves));
    }
    auto& reader = shelf.store->reader();
    auto const housing = party_of("housing");
    CHECK(std::ranges::is_sorted(all));
    CHECK(places_of(exchanges(reader, housing, {}, 100).value()) == all);
    for (std::size_t first = 0; first < all.size(); ++first)
        for (std::size_t limit = 0; limit < 4; ++limit) {
            auto const count = std::min(limit, all.size() - first);
            auto const begin = all.begin() + std::ptrdiff_t(first);
            CHECK(places_of(exchanges(reader, housing, all[first], limit).value()) ==
                  std::vector(begin, begin + std::ptrdiff_t(count)));
            auto after = all[first];
            ++after.position;
            auto const rest = exchanges(reader, housing, after, 1).value();
            CHECK(rest.empty() == (first + 1 == all.size()));
            if (!rest.empty()) CHECK(rest.front().place == all[first + 1]);
        }
    // By time: the first one that is not before it.
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(place_at(reader, housing, minute(100 * int(i))).value() == all[i]);
        CHECK(place_at(reader, housing, minute(100 * int(i)) - Duration(1)).value() == all[i]);
    }
    auto const late = place_at(reader, housing, minute(100 * int(all.size()))).value();
    CHECK(late > all.back());
    CHECK(exchanges(reader, housing, late, 100).value().empty());
    CHECK(place_at(reader, party_of("schools"), minute(0)).value() == LeafPlace{});
    // The newest with a tag.
    CHECK(find_exchange(reader, tag_at(2), LeafClass::query_sent).value().place == all.back());
    // And beside the store, on another view.
    auto beside = shelf.reader();
    CHECK(places_of(exchanges(beside, housing, all[2], 2).value()) == std::vector{all[2], all[3]});
}

TEST_CASE("store: receipts and copies come back as they were, and no later copy takes the place of an older one") {
    Shelf shelf;
    protocol::Effects effects;
    effects.receipts.push_back({tag_at(1), party_of("police"), minute(1), {1, 2, 3}});
    effects.receipts.push_back({tag_at(2), party_of("police"), minute(2), {4}});
    effects.receipts.push_back({tag_at(1), party_of("housing"), minute(1), {5}});
    effects.receipts.push_back({tag_at(1), party_of("police"), minute(1), {6}});
    effects.copies.push_back({"a/2026", 256, 256, {2}});
    effects.copies.push_back({"a/2026", 0, 256, {1}});
    effects.copies.push_back({"b/2026", 0, 256, {9}});
    shelf.apply(effects);
    protocol::Effects later;
    later.copies.push_back({"a/2026", 0, 256, {7, 7, 7}});
    later.copies.push_back({"a/2026", 0, 300, {8}});
    shelf.apply(later);
    shelf.reopen();
    auto& reader = shelf.store->reader();
    auto const found = receipts(reader, tag_at(1)).value();
    REQUIRE(found.size() == 3);
    CHECK(found[0].exchange == tag_at(1));
    CHECK(found[0].sender == party_of("police"));
    CHECK(found[0].received == minute(1));
    CHECK(found[0].file == Bytes{1, 2, 3});
    CHECK(found[1].sender == party_of("housing"));
    CHECK(found[2].file == Bytes{6});
    CHECK(receipts(reader, tag_at(3)).value().empty());
    auto const kept = copies(reader, "a/2026").value();
    REQUIRE(kept.size() == 3);
    CHECK(kept[0].count == 256);
    CHECK(kept[0].sealed == Bytes{1});
    CHECK(kept[1].count == 300);
    CHECK(kept[2].first == 256);
    CHECK(kept[2].origin == "a/2026");
    CHECK(copies(reader, "c/2026").value().empty());
}

TEST_CASE("store: a filler has no opening, and counts as a leaf, pending or not") {
    Shelf shelf;
    auto const filler = [&] { return crypto::make_entry(LeafClass::filler, AgreementId(), {}, {}); };
    log_into(shelf, {end_entry(shelf.random, LeafClass::admin, "police", minute(0), {}), filler(), filler()});
    auto known = shelf.store->leaves_of(2026).value();
    CHECK(known.count == 3);
    CHECK(known.pending_from == 0);
    CHECK(shelf.store->pending_from({2026, 0}).value().size() == 3);
    CHECK(shelf.store->opening(2026, 0).value().has_value());
    CHECK_FALSE(shelf.store->opening(2026, 1).value().has_value());
    CHECK(shelf.count("opening") == 1);
    {
        auto transaction = shelf.store->begin().value();
        REQUIRE(shelf.store->forget_pending({2026, 3}));
        REQUIRE(transaction.commit());
    }
    shelf.reopen();
    known = shelf.store->leaves_of(2026).value();
    CHECK(known.count == 3); // though the last of which anything is left is the first
    CHECK(known.pending_from == 3);
    CHECK(shelf.store->leaves_of(2027).value().count == 0);
}

TEST_CASE("store: pending leaves of a continuation come before those of the next year, and are forgotten with them") {
    Shelf shelf;
    for (int const shard : {2026, 2026002, 2027}) {
        shelf.at = {shard, 0};
        log_into(shelf, {end_entry(shelf.random, LeafClass::admin, "police", minute(0), {})});
    }
    CHECK(shelf.store->pending_shards().value() == std::vector{2026, 2026002, 2027});
    auto const forget = [&](LogPosition const& at) {
        auto transaction = shelf.store->begin().value();
        REQUIRE(shelf.store->forget_pending(at));
        REQUIRE(transaction.commit());
        return shelf.store->pending_shards().value();
    };
    CHECK(forget({2026, 0}) == std::vector{2026, 2026002, 2027});
    CHECK(forget({2026002, 0}) == std::vector{2026002, 2027});
    CHECK(forget({2027, 0}) == std::vector{2027});
    CHECK(forget({2027, 1}).empty());
}

TEST_CASE("store: one from before subject keys keeps its openings and gets the keys; later they must be there") {
    Shelf shelf;
    log_into(shelf, {end_entry(shelf.random, LeafClass::admin, "police", minute(0), {}),
                     end_entry(shelf.random, LeafClass::admin, "police", minute(0), {})});
    auto const old_form = [&](std::uint64_t position) {
        std::vector const fields{crypto::make_field(FieldTag::text, as_bytes("of before"), shelf.random)};
        Bytes place;
        append_u32(place, 2026);
        append_u64(place, position);
        auto const nonce = shelf.random.make<crypto::Nonce>();
        auto sealed = to_bytes(nonce.view());
        append(sealed, crypto::aead_seal(Shelf::opening_key(), nonce, place, crypto::encode_opening(fields)));
        return sealed;
    };
    shelf.store.reset();
    auto const directory = shelf.file().parent_path();
    {
        auto database = Database::open(shelf.file(), key_of()).value();
        for (auto const* table : {"shard", "subject_keys", "exchange", "receipt", "copy"})
            REQUIRE(database.execute((std::string("DROP TABLE ") + table).c_str()));
        for (std::uint64_t position = 0; position < 2; ++position) {
            auto put = database.prepare("UPDATE opening SET sealed = ? WHERE position = ?").value();
            REQUIRE(put.bind(1, ByteView(old_form(position))).bind(2, std::int64_t(position)).run());
        }
        REQUIRE(database.execute("PRAGMA user_version = 3"));
    }
    std::filesystem::remove(directory / "wraps"); // and what a crash left of making them
    shelf.reopen();
    CHECK(shelf.store->leaves_of(2026).value().count == 2);
    auto const opening = shelf.store->opening(2026, 1).value().value();
    REQUIRE(opening.size() == 1);
    CHECK(as_text(opening[0].shown->value) == "of before");
    CHECK(std::filesystem::exists(directory / "wraps"));
    shelf.reopen();

    // From now on a store without them is damage: to make new ones would erase everybody.
    shelf.store.reset();
    std::filesystem::remove(directory / "wraps");
    auto const lost =
        Store::open(shelf.file(), key_of(), Shelf::opening_key(), Shelf::wrap_key(), Mode::practice, shelf.random);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::missing);
    CHECK_FALSE(std::filesystem::exists(directory / "wraps"));
}

TEST_CASE("store: the key of a person is on disk before the transaction that needs it, whether or not it succeeds") {
    Shelf shelf;
    auto const person = crypto::Pseudonym::make([](MutableBytes out) { std::ranges::fill(out, 3); });
    auto const directory = shelf.file().parent_path();
    auto const size = [&] { return std::filesystem::file_size(directory / "wraps"); };
    auto const before = size();
    protocol::Effects effects;
    effects.leaves.push_back(
        crypto::make_entry(LeafClass::admin, AgreementId(), {},
                           {crypto::make_field(FieldTag::subject, as_bytes("somebody"), shelf.random, person)}));
    {
        auto transaction = shelf.store->begin().value();
        auto at = shelf.at;
        REQUIRE(shelf.store->apply(effects, at));
        CHECK(size() == before);
    } // rolled back
    CHECK(size() == before);
    shelf.apply(effects);
    CHECK(size() > before);
    shelf.reopen();
    CHECK(shelf.store->opening(2026, 0).value().value()[0].shown.has_value());

    // Where the key cannot be written, the leaf is not there either.
    auto const other = crypto::Pseudonym::make([](MutableBytes out) { std::ranges::fill(out, 4); });
    protocol::Effects more;
    more.leaves.push_back(
        crypto::make_entry(LeafClass::admin, AgreementId(), {},
                           {crypto::make_field(FieldTag::subject, as_bytes("other"), shelf.random, other)}));
    auto transaction = shelf.store->begin().value();
    REQUIRE(shelf.store->apply(more, shelf.at));
    struct ::rlimit whole {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &whole) == 0);
    auto const handler = std::signal(SIGXFSZ, SIG_IGN);
    auto small = whole;
    small.rlim_cur = size();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto const committed = transaction.commit();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &whole) == 0);
    std::signal(SIGXFSZ, handler);
    REQUIRE_FALSE(committed);
    CHECK(committed.error().code == Errc::io);
}
