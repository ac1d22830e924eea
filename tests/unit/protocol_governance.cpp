// What information governance does to the log is part of it: reviews, exports, erasures; and an erasure says nothing of
// who was erased.

#include "base/byte_reader.hpp"
#include "policy_fixture.hpp"
#include "protocol/engine/governance.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace fanlight;
using namespace fanlight::protocol;
using crypto::FieldTag;
using crypto::LeafClass;

namespace {

struct Office {
    crypto::SeededRandom random{5};
    policy::Agreement agreement = policy::test::practice_agreement();
    std::map<PartyId, OperationalKeys> directory;
    crypto::SigningKey signing = crypto::SigningKey::generate(random);
    crypto::SealingKey sealing = crypto::SealingKey::generate(random);
    SubjectKey subject_key = random.make<SubjectKey>();
    crypto::LockedAeadKey at_rest = random.make<crypto::LockedAeadKey>();
    Self self{agreement.coordinator, agreement, directory, signing, signing, sealing, sealing, subject_key, at_rest,
              crypto::one_thread(),  random};
    Governance governance{self};
    Instant now = parse_instant("2026-11-22T12:00:00Z").value();
    LeafPlace next{2026, 10};

    Result<Effects> review(Reviewed const& mark) {
        Effects effects;
        FANLIGHT_TRY(governance.reviewed(now, mark, next, effects));
        return effects;
    }
    Result<Effects> erase(ErasureOrdered const& order) {
        Effects effects;
        FANLIGHT_TRY(governance.erase(now, order, effects));
        return effects;
    }
};

Reviewed some_review() {
    return {{2026, 3}, ReviewVerdict::question, "Sam Officer", "why was housing told?"};
}
ErasureOrdered some_order(std::vector<LeafPlace> leaves = {{2026, 3}, {2026, 9}}) {
    crypto::Pseudonym subject = crypto::Pseudonym::make([](MutableBytes out) { std::ranges::fill(out, 0xCA); });
    return {subject, std::move(leaves), "Sam Officer", "Art. 17 decision 4/2026"};
}
std::vector<Bytes> bytes_in(crypto::Entry const& entry, FieldTag tag) {
    std::vector<Bytes> values;
    for (auto const& field : entry.fields)
        if (field.tag == tag) values.push_back(field.value);
    return values;
}
std::string text_in(crypto::Entry const& entry, FieldTag tag) {
    auto const values = bytes_in(entry, tag);
    return values.size() == 1 ? std::string(as_text(values.front())) : "not once";
}
Bytes place_bytes_of(LeafPlace const& place) {
    return ByteWriter().u32(std::uint32_t(place.shard)).u64(place.position).take();
}

/// Whether `part` stands in `bytes` anywhere.
bool stands_in(ByteView bytes, ByteView part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

} // namespace

TEST_CASE("governance: the shards of a log have one name each, and a year") {
    auto const [shard, shard_text, year] = GENERATE(table<std::int32_t, char const*, int>({{2026, "2026", 2026},
                                                                                           {2026002, "2026-2", 2026},
                                                                                           {2026999, "2026-999", 2026},
                                                                                           {9999, "9999", 9999},
                                                                                           {9999002, "9999-2", 9999},
                                                                                           {1970, "1970", 1970}}));
    CHECK(shard_name(shard) == shard_text);
    CHECK(parse_shard_name(shard_text).value() == shard);
    CHECK(year_of_shard(shard) == year);
}

TEST_CASE("governance: what is no name of a shard is refused") {
    auto const text =
        GENERATE("", "1969", "10000", "2026-", "2026-1", "2026-0", "2026-1000", "2026-02", "02026", "2026 ", " 2026",
                 "+2026", "2026--2", "-2026", "2026-2-2", "2026002", "2026-x", "x", "2026/2");
    CAPTURE(text);
    CHECK_FALSE(parse_shard_name(text));
}

TEST_CASE("governance: a review is a leaf with place, verdict, user and note") {
    Office office;
    auto const effects = office.review(some_review()).value();
    REQUIRE(effects.leaves.size() == 1);
    auto const& leaf = effects.leaves.front();
    CHECK(leaf.leaf.kind == LeafClass::ig_review);
    CHECK(leaf.leaf.exchange == crypto::ExchangeTag());
    CHECK(bytes_in(leaf, FieldTag::leaf) == std::vector<Bytes>{place_bytes_of({2026, 3})});
    CHECK(text_in(leaf, FieldTag::verdict) == "question");
    CHECK(text_in(leaf, FieldTag::user) == "Sam Officer");
    CHECK(text_in(leaf, FieldTag::note) == "why was housing told?");
    CHECK(effects.writes.empty());
}

TEST_CASE("governance: a review needs a leaf that is there, a user, and a note where it finds fault") {
    Office office;
    auto const changed = [&](auto change) {
        auto mark = some_review();
        change(mark);
        return office.review(mark);
    };
    CHECK(changed([](auto& mark) { mark.leaf = {2026, 9}; }));
    CHECK(changed([](auto& mark) { mark.leaf = {2026, 10}; }).error().code == Errc::missing);
    CHECK(changed([](auto& mark) { mark.leaf = {2027, 0}; }).error().code == Errc::missing);
    CHECK(changed([](auto& mark) { mark.leaf = {2025, 99999}; }));
    CHECK(changed([](auto& mark) { mark.leaf = {2025002, 4}; })); // a continuation comes before the next year
    CHECK(changed([](auto& mark) { mark.leaf = {2026002, 4}; }).error().code == Errc::missing);
    CHECK(changed([](auto& mark) { mark.note.clear(); }).error().code == Errc::malformed);
    CHECK(changed([](auto& mark) {
              mark.note.clear();
              mark.verdict = ReviewVerdict::not_justified;
          })
              .error()
              .code == Errc::malformed);
    CHECK(changed([](auto& mark) {
        mark.note.clear();
        mark.verdict = ReviewVerdict::justified;
    }));
    CHECK(changed([](auto& mark) { mark.note = std::string(500, 'x'); }));
    CHECK(changed([](auto& mark) { mark.note = std::string(501, 'x'); }).error().code == Errc::malformed);
    CHECK(changed([](auto& mark) { mark.note = "two\nlines"; }).error().code == Errc::malformed);
    CHECK(changed([](auto& mark) { mark.note = "\xC3"; }).error().code == Errc::malformed);
    CHECK(changed([](auto& mark) {
              mark.verdict = ReviewVerdict::justified;
              mark.note = "\x1B[2J";
          })
              .error()
              .code == Errc::malformed);
    CHECK(changed([](auto& mark) { mark.user.clear(); }).error().code == Errc::malformed);
    CHECK(changed([](auto& mark) { mark.user = std::string(501, 'x'); }).error().code == Errc::malformed);
}

TEST_CASE("governance: a verdict has one word to type, and its words to read") {
    CHECK(parse_verdict("justified").value() == ReviewVerdict::justified);
    CHECK(parse_verdict("question").value() == ReviewVerdict::question);
    CHECK(parse_verdict("not-justified").value() == ReviewVerdict::not_justified);
    for (auto const* word : {"", "not justified", "Justified", "justified "}) CHECK_FALSE(parse_verdict(word));
    CHECK(std::string(in_words(ReviewVerdict::not_justified)) == "not justified");
}

TEST_CASE("governance: an export is a leaf with user, format, period, number of leaves and hash of the file") {
    Office office;
    Exported made{"Sam Officer", "csv", office.now - std::chrono::hours(24), office.now, 12, {}};
    made.file = crypto::sha256({as_bytes("file")});
    Effects effects;
    REQUIRE(office.governance.exported(office.now, made, effects));
    auto const& leaf = effects.leaves.at(0);
    CHECK(leaf.leaf.kind == LeafClass::export_made);
    CHECK(text_in(leaf, FieldTag::user) == "Sam Officer");
    CHECK(text_in(leaf, FieldTag::text) == "csv");
    CHECK(bytes_in(leaf, FieldTag::period) ==
          std::vector<Bytes>{ByteWriter().instant(made.from).instant(made.to).take()});
    CHECK(bytes_in(leaf, FieldTag::count) == std::vector<Bytes>{ByteWriter().u64(12).take()});
    CHECK(bytes_in(leaf, FieldTag::message_hash) == std::vector<Bytes>{to_bytes(made.file.view())});
    made.to = made.from - std::chrono::milliseconds(1);
    CHECK(office.governance.exported(office.now, made, effects).error().code == Errc::malformed);
    made.to = made.from;
    CHECK(office.governance.exported(office.now, made, effects));
    made.format.clear();
    CHECK(office.governance.exported(office.now, made, effects).error().code == Errc::malformed);
}

TEST_CASE("governance: an erasure is a leaf that names places and decision, and nothing made of the person") {
    Office office;
    auto const order = some_order();
    auto const effects = office.erase(order).value();
    REQUIRE(effects.leaves.size() == 1);
    auto const& leaf = effects.leaves.front();
    CHECK(leaf.leaf.kind == LeafClass::erasure);
    CHECK(leaf.leaf.exchange == crypto::ExchangeTag());
    CHECK(bytes_in(leaf, FieldTag::leaf) ==
          std::vector<Bytes>{place_bytes_of(order.leaves[0]), place_bytes_of(order.leaves[1])});
    CHECK(text_in(leaf, FieldTag::note) == order.decision);
    CHECK(text_in(leaf, FieldTag::user) == order.user);
    std::set<FieldTag> tags;
    for (auto const& field : leaf.fields) {
        tags.insert(field.tag);
        CHECK_FALSE(field.about);
        CHECK_FALSE(stands_in(field.value, order.subject.view()));
    }
    CHECK(tags == std::set{FieldTag::agreement_id, FieldTag::time, FieldTag::user, FieldTag::note, FieldTag::leaf});

    // The keys go once this is durable, and again after every start.
    std::vector const erased{ErasedSubject{order.subject, {2026, 9}}};
    std::map<crypto::Pseudonym, LeafPlace> const everybody{{order.subject, {2026, 9}}};
    CHECK(effects.erase_subjects == erased);
    REQUIRE(effects.writes.size() == 1);
    auto const& write = effects.writes.front();
    CHECK(write.space == Space::erased);
    CHECK(write.key == to_bytes(order.subject.view()));
    CHECK(office.governance.erased() == everybody);
    Governance restarted(office.self);
    REQUIRE(restarted.restore(write.key, *write.value));
    CHECK(restarted.erased() == everybody);
    Effects started;
    restarted.start(started);
    CHECK(started.erase_subjects == erased);
    CHECK(started.leaves.empty());
    CHECK(restarted.restore(ByteView(write.key).first(15), *write.value).error().code == Errc::damaged);
    CHECK(restarted.restore(write.key, ByteView(*write.value).first(9)).error().code == Errc::damaged);
}

TEST_CASE("governance: of several erasures of one person the one that goes furthest counts, at every start") {
    Office office;
    LeafPlace const far{2026002, 1}; // a continuation is behind every leaf of its year
    std::vector<Write> writes;
    auto const ordered = [&](std::vector<LeafPlace> leaves) {
        auto effects = office.erase(some_order(std::move(leaves))).value();
        CHECK(effects.leaves.size() == 1);
        writes.insert(writes.end(), effects.writes.begin(), effects.writes.end());
        REQUIRE(effects.erase_subjects.size() == 1);
        return effects.erase_subjects.front().last;
    };
    CHECK(ordered({{2026, 3}}) == LeafPlace{2026, 3});
    CHECK(ordered({{2026, 3}, {2026, 400}}) == LeafPlace{2026, 400});
    CHECK(ordered({{2026, 3}, far}) == far);
    CHECK(ordered({{2026, 3}, {2026, 9}}) == far); // the older order again takes nothing back
    Effects since;
    std::vector const told{ErasedSubject{some_order().subject, {2026, 5}},
                           ErasedSubject{crypto::Pseudonym(), {2026, 6}}};
    office.governance.erased_since(office.now, told, since);
    REQUIRE(since.erase_subjects.size() == 2);
    CHECK(since.erase_subjects.front().last == far);
    CHECK(since.erase_subjects.back() == told.back());
    CHECK(since.writes.size() == 1); // whom it did not know
    writes.insert(writes.end(), since.writes.begin(), since.writes.end());
    Governance restarted(office.self);
    for (auto const& write : writes) REQUIRE(restarted.restore(write.key, *write.value));
    CHECK(restarted.erased() == office.governance.erased());
    CHECK(restarted.erased().at(some_order().subject) == far);
}

TEST_CASE("governance: an erasure of nothing, of too much, or out of order does nothing") {
    Office office;
    CHECK(office.erase(some_order({})).error().code == Errc::missing);
    CHECK(office.erase(some_order({{2026, 9}, {2026, 3}})).error().code == Errc::malformed);
    CHECK(office.erase(some_order({{2026, 3}, {2026, 3}})).error().code == Errc::malformed);
    auto without = some_order();
    without.decision.clear();
    CHECK(office.erase(without).error().code == Errc::malformed);
    without = some_order();
    without.user.clear();
    CHECK(office.erase(without).error().code == Errc::malformed);
    CHECK(office.governance.erased().empty());

    std::vector<LeafPlace> many;
    for (std::uint64_t i = 0; i <= erasure_leaves_max; ++i) many.push_back({2026, i});
    CHECK(office.erase(some_order(many)).error().code == Errc::too_large);
    CHECK(office.governance.erased().empty());
    many.pop_back();
    auto const effects = office.erase(some_order(many)).value(); // over several leaves, for a leaf has so many fields
    std::vector<Bytes> named;
    for (auto const& leaf : effects.leaves) {
        CHECK(leaf.fields.size() < 65536);
        CHECK(text_in(leaf, FieldTag::note) == some_order().decision);
        for (auto& place : bytes_in(leaf, FieldTag::leaf)) named.push_back(std::move(place));
    }
    REQUIRE(named.size() == many.size());
    CHECK(named.front() == place_bytes_of(many.front()));
    CHECK(named.back() == place_bytes_of(many.back()));
    CHECK(effects.erase_subjects.size() == 1);
}
