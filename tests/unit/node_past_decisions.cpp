// Decisions read back from a node's log and store: which ones, in which order, and what cannot be read.

#include "node/http/rehearse_view.hpp"
#include "node/log/past_decisions.hpp"
#include "node_store_support.hpp"
#include "policy_fixture.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::store_test;

namespace {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::PastDecision;

constexpr Instant noon = Day(std::chrono::days(20779)) + std::chrono::hours(12); // 2026-11-22
constexpr Instant from_the_start{};
constexpr auto a_minute = std::chrono::minutes(1);

Bytes number_bytes(std::uint64_t value) {
    Bytes bytes;
    append_u64(bytes, value);
    return bytes;
}

/// Told apart by its clause.
PastDecision numbered(std::size_t number) {
    policy::Facts facts{};
    facts.section_47 = number % 2 == 1;
    return {policy::DataField::colour, policy::Colour::red, facts, policy::Reason::none, std::to_string(number)};
}

/// A node's store, and its log of one directory a year.
struct Archive {
    log_test::Scratch scratch;
    crypto::SeededRandom random{7};
    NodeKey node_key = NodeKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(3)); });
    std::optional<Store> store;
    std::optional<LogDirectory> log;
    LogPosition at{2026, 0};

    Archive() {
        store.emplace(Store::create(file(), store_key(Mode::practice, node_key), key(),
                                    wrap_key(Mode::practice, node_key), Mode::practice, random)
                          .value());
        REQUIRE(std::filesystem::create_directory(logs()));
        begin_year(2026);
    }
    std::filesystem::path file() const { return scratch / "store.db"; }
    std::filesystem::path logs() const { return scratch / "log"; }
    OpeningKey key() const { return opening_key(Mode::practice, node_key); }
    Database reader() const { return Database::open_reader(file(), store_key(Mode::practice, node_key)).value(); }

    void begin_year(int year) {
        log.emplace(LogDirectory::create(logs() / std::to_string(year), log_test::origin, log_test::log_key()).value());
        at = {year, 0};
    }
    crypto::Field field(FieldTag tag, ByteView value) { return crypto::make_field(tag, value, random); }
    crypto::Field field(FieldTag tag, std::string_view text) { return field(tag, as_bytes(text)); }
    /// As an agency writes one, in its order.
    std::vector<crypto::Field> decision_fields(Instant time, std::vector<PastDecision> const& decisions) {
        std::vector<crypto::Field> fields;
        fields.push_back(field(FieldTag::agreement_id, Bytes(32)));
        fields.push_back(field(FieldTag::time, number_bytes(to_wire(time))));
        fields.push_back(field(FieldTag::purpose, "safeguarding_children"));
        fields.push_back(field(FieldTag::route, "s47"));
        for (auto const& decision : decisions) {
            fields.push_back(field(FieldTag::subject, Bytes(16)));
            fields.push_back(field(FieldTag::request, policy::encode(decision)));
        }
        return fields;
    }
    protocol::Effects effects_;
    void add(LeafClass kind, std::vector<crypto::Field> fields) {
        effects_.leaves.push_back(crypto::make_entry(kind, AgreementId(), crypto::ExchangeTag(), std::move(fields)));
    }
    void decide(Instant time, std::vector<PastDecision> const& decisions) {
        add(LeafClass::decision, decision_fields(time, decisions));
    }
    /// A leaf that is no decision although it has what one has: a coordinator's query.
    void other(Instant time) { add(LeafClass::query_sent, decision_fields(time, {numbered(9999)})); }
    /// As the core does: durable, then in the log.
    void commit() {
        auto transaction = store->begin().value();
        REQUIRE(store->apply(effects_, at));
        REQUIRE(transaction.commit());
        std::vector<crypto::Leaf> leaves;
        for (auto const& entry : effects_.leaves) leaves.push_back(entry.leaf);
        REQUIRE(log->append(leaves));
        effects_ = {};
    }
    /// What nobody does: another hand in the store.
    void tamper(char const* sql) const {
        auto database = reader();
        REQUIRE(database.execute("PRAGMA query_only = OFF"));
        REQUIRE(database.execute(sql));
    }
};

struct HandedOn {
    PastDecisions counts;
    std::vector<std::string> clauses; ///< that numbered() gave, in order
};
Result<HandedOn> read_since(Archive const& archive, Instant since, std::optional<OpeningKey> key = {}) {
    auto reader = archive.reader();
    if (!key) key.emplace(archive.key());
    HandedOn read;
    auto const each = [&read](PastDecision const& decision, std::string_view purpose, std::string_view route) {
        CHECK(purpose == "safeguarding_children");
        CHECK(route == "s47");
        read.clauses.push_back(decision.clause);
    };
    FANLIGHT_TRY(read.counts, past_decisions(reader, *key, archive.store->subjects(), archive.logs(), since, each));
    return read;
}

using Texts = std::vector<std::string>;

/// One leaf of decisions 1 and 2, then the one under test, then one of decision 3.
struct Between {
    Archive archive;
    void put(std::vector<crypto::Field> fields) {
        archive.decide(noon, {numbered(1), numbered(2)});
        archive.add(LeafClass::decision, std::move(fields));
        archive.decide(noon + a_minute, {numbered(3)});
        archive.commit();
    }
    std::vector<crypto::Field> good() { return archive.decision_fields(noon, {numbered(77), numbered(78)}); }
    void check_left_out() const {
        auto const read = read_since(archive, from_the_start).value();
        CHECK(read.clauses == Texts{"1", "2", "3"});
        CHECK(read.counts.leaves == 3);
        CHECK(read.counts.decisions == 3);
        CHECK(read.counts.not_rehearsable == 1);
    }
};

} // namespace

TEST_CASE("past decisions: those of decision leaves since a moment, oldest first, over the years") {
    Archive archive;
    auto const new_year = Instant(Day(std::chrono::days(20819))); // 2027-01-01
    archive.other(noon);
    archive.decide(noon, {numbered(1), numbered(2)});
    archive.commit();
    archive.decide(new_year - Duration(1), {numbered(3)});
    archive.other(new_year - Duration(1));
    archive.commit();
    archive.begin_year(2027);
    archive.decide(new_year, {numbered(4), numbered(5), numbered(6)});
    archive.decide(new_year + a_minute, {});
    archive.commit();

    auto const read = read_since(archive, from_the_start).value();
    CHECK(read.clauses == Texts{"1", "2", "3", "4", "5", "6"});
    CHECK(read.counts.leaves == 4);
    CHECK(read.counts.decisions == 6);
    CHECK(read.counts.not_rehearsable == 0);
    CHECK(read_since(archive, noon).value().clauses.size() == 6);
    CHECK(read_since(archive, noon + Duration(1)).value().clauses == Texts{"3", "4", "5", "6"});
    CHECK(read_since(archive, new_year - Duration(1)).value().clauses.front() == "3");
    CHECK(read_since(archive, new_year).value().clauses.front() == "4");
    CHECK(read_since(archive, new_year + Duration(1)).value().counts.leaves == 1);
    CHECK(read_since(archive, new_year + a_minute + Duration(1)).value().counts.leaves == 0);
    // The old year's log may be in an archive by then; nobody asked for it.
    std::filesystem::remove_all(archive.logs() / "2026");
    CHECK(read_since(archive, new_year + std::chrono::days(2)));
    CHECK(read_since(archive, noon).error().code == Errc::missing);
}

TEST_CASE("past decisions: each leaf by its own time, wherever the bundles end") {
    Archive archive;
    constexpr std::size_t count = 256 * 2 + 40;
    std::vector<std::pair<Instant, std::size_t>> taken;
    auto now = noon;
    for (std::size_t i = 0; i < count; ++i) {
        // Hours go by, and now and then the clock is set back, by less than a day.
        now += i % 50 == 49 ? Duration(-std::chrono::hours(23)) : Duration(std::chrono::hours(1));
        if (i % 3 == 0) {
            archive.other(now);
        } else {
            archive.decide(now, {numbered(i)});
            taken.emplace_back(now, i);
        }
        if (i % 100 == 0 || i == 255 || i == 511) archive.commit();
    }
    archive.commit();
    for (std::size_t probe = 0; probe < taken.size(); probe += 7) {
        for (auto const since : {taken[probe].first, taken[probe].first + Duration(1)}) {
            Texts expected;
            for (auto const& [time, number] : taken)
                if (time >= since) expected.push_back(std::to_string(number));
            REQUIRE(read_since(archive, since).value().clauses == expected);
        }
    }
}

TEST_CASE("past decisions: a leaf that cannot be rehearsed is counted, and nothing of it is handed on") {
    Between between;
    auto& archive = between.archive;
    auto fields = between.good();
    auto const without = [&fields](FieldTag tag) {
        std::erase_if(fields, [tag](auto const& one) { return one.tag == tag; });
    };
    SECTION("it was written before there was a request") {
        without(FieldTag::request);
        without(FieldTag::purpose);
        without(FieldTag::route);
    }
    SECTION("no purpose") {
        without(FieldTag::purpose);
    }
    SECTION("no route") {
        without(FieldTag::route);
    }
    SECTION("two purposes") {
        fields.push_back(archive.field(FieldTag::purpose, "safeguarding_adults"));
    }
    SECTION("two routes") {
        fields.push_back(archive.field(FieldTag::route, "standard"));
    }
    SECTION("no time") {
        without(FieldTag::time);
    }
    SECTION("a time of seven bytes") {
        without(FieldTag::time);
        fields.push_back(archive.field(FieldTag::time, Bytes(7, 1)));
    }
    SECTION("the last request is cut off") {
        fields.back().value.resize(7);
    }
    SECTION("the last request has a reserved byte") {
        fields.back().value[7] = 1;
    }
    SECTION("the last request is empty") {
        fields.back().value.clear();
    }
    SECTION("a field of a later version") {
        fields[4].tag = static_cast<FieldTag>(0xF0);
    }
    between.put(std::move(fields));
    between.check_left_out();
}

TEST_CASE("past decisions: a leaf that is erased, damaged or in another's place is counted") {
    Between between;
    between.put(between.good());
    auto const read = read_since(between.archive, from_the_start).value();
    REQUIRE(read.clauses == Texts{"1", "2", "77", "78", "3"});
    SECTION("erased") {
        between.archive.tamper("DELETE FROM opening WHERE position = 1");
    }
    SECTION("emptied") {
        between.archive.tamper("UPDATE opening SET sealed = x'' WHERE position = 1");
    }
    SECTION("cut off") {
        between.archive.tamper("UPDATE opening SET sealed = substr(sealed, 1, 30) WHERE position = 1");
    }
    SECTION("altered") {
        between.archive.tamper(
            "UPDATE opening SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB) "
            "WHERE position = 1");
    }
    SECTION("another's") {
        between.archive.tamper("UPDATE opening SET sealed = (SELECT sealed FROM opening WHERE position = 2) "
                               "WHERE position = 1");
    }
    between.check_left_out();
}

TEST_CASE("past decisions: a leaf that cannot be read is not counted if those after it are too old already") {
    Archive archive;
    for (std::size_t i = 0; i < 4; ++i) archive.decide(noon - std::chrono::days(10), {numbered(i)});
    archive.decide(noon, {numbered(4)});
    archive.commit();
    archive.tamper("UPDATE opening SET sealed = x'' WHERE position = 0");
    auto const read = read_since(archive, noon).value();
    CHECK(read.clauses == Texts{"4"});
    CHECK(read.counts.leaves == 1);
    CHECK(read.counts.not_rehearsable == 0);
    CHECK(read_since(archive, from_the_start).value().counts.not_rehearsable == 1);
}

TEST_CASE("past decisions: with another key nothing can be opened, and that is said") {
    Between between;
    between.put(between.good());
    auto const read =
        read_since(between.archive, noon + a_minute, OpeningKey::make([](MutableBytes out) { out[0] = 9; })).value();
    CHECK(read.clauses.empty());
    CHECK(read.counts.leaves == 3); // without a time nobody can say that they are older
    CHECK(read.counts.not_rehearsable == 3);
}

TEST_CASE("past decisions: the node writes while they are read, and cuts its write-ahead log after") {
    Archive archive;
    for (std::size_t i = 0; i < 300; ++i) archive.decide(noon, {numbered(i)});
    archive.commit();
    auto reader = archive.reader();
    std::size_t seen = 0;
    auto const key = archive.key();
    auto const each = [&](PastDecision const&, std::string_view, std::string_view) {
        if (++seen != 100) return;
        archive.decide(noon, {numbered(1000)});
        archive.commit();
    };
    auto const counts =
        past_decisions(reader, key, archive.store->subjects(), archive.logs(), from_the_start, each).value();
    CHECK(counts.decisions == 301); // in a bundle that was not read yet
    CHECK(seen == 301);
    protocol::Effects forgets;
    forgets.forget_epochs.push_back(1);
    auto transaction = archive.store->begin().value();
    REQUIRE(archive.store->apply(forgets, archive.at));
    REQUIRE(transaction.commit());
    REQUIRE(archive.store->cut_wal());
    CHECK(std::filesystem::file_size(archive.file().string() + "-wal") == 0);
}

TEST_CASE("past decisions: a bundle that is damaged is an error, not a shorter log") {
    Archive archive;
    for (std::size_t i = 0; i < 300; ++i) archive.decide(noon, {numbered(i)});
    archive.commit();
    auto const bundles = archive.logs() / "2026" / "tile" / "entries";
    REQUIRE(std::filesystem::exists(bundles / "000"));
    std::filesystem::resize_file(bundles / "000", 98 * 256 - 1);
    CHECK(read_since(archive, from_the_start).error().code == Errc::damaged);
    std::filesystem::resize_file(bundles / "000", 98 * 256);
    CHECK_FALSE(read_since(archive, from_the_start).has_error()); // a byte of the last commitment: not looked at here
    std::filesystem::resize_file(bundles / "000", 98 * 255);
    std::filesystem::resize_file(bundles / "000", 98 * 256);
    CHECK(read_since(archive, from_the_start).error().code == Errc::damaged);
}

namespace {

OpenDirectory directory_of(Archive& archive, char const* party, bool listens = false) {
    return {archive.scratch / "",
            {PartyId::parse(party).value(), Mode::practice, "practice.example", "127.0.0.1:1", listens},
            NodeKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(3)); }),
            Keyring::generate(archive.random)};
}

policy::Agreement const& practice_of_rehearsal() {
    static auto const agreement = policy::test::practice_agreement();
    return agreement;
}

/// As the engine logs it.
PastDecision decided_now(policy::Request const& request) {
    return policy::past_decision(practice_of_rehearsal(), request, policy::decide(practice_of_rehearsal(), request));
}

policy::Request health_says(policy::DataField field, std::optional<policy::Colour> own) {
    policy::Request request{.field = field};
    request.role = "health";
    request.stage = policy::stage_of(field);
    request.purpose = "safeguarding_children";
    request.route = "s47";
    request.own_colour = own;
    return request;
}

} // namespace

TEST_CASE("rehearse view: a draft is tried on what the node decided") {
    Archive archive;
    auto const red = decided_now(health_says(policy::DataField::colour, policy::Colour::red));
    auto const green = decided_now(health_says(policy::DataField::colour, policy::Colour::green));
    REQUIRE(red.reason == policy::Reason::none);
    REQUIRE(green.reason == policy::Reason::none);
    archive.decide(noon, {red});
    archive.decide(noon + a_minute, {red, green});
    auto old = archive.decision_fields(noon + a_minute, {});
    std::erase_if(old, [](auto const& one) { return one.tag == FieldTag::purpose; });
    archive.add(LeafClass::decision, std::move(old));
    archive.commit();
    auto const directory = directory_of(archive, "health");
    auto const text = policy::test::practice_text();

    auto const same = rehearse_view(directory, text, noon, 14).value();
    CHECK(same.at("since") == "2026-11-22T12:00:00Z");
    CHECK(same.at("decisions").to_number<int>() == 3);
    CHECK(same.at("same").to_number<int>() == 3);
    CHECK(same.at("not_rehearsable").to_number<int>() == 1);
    CHECK(same.at("by_clause").as_array().empty());
    CHECK(same.at("sentences").as_array().size() == 2);
    CHECK(same.at("sentences").at(0) == "All 3 decisions stay as they are.");
    CHECK(same.at("draft").at("name") == practice_of_rehearsal().name.c_str());
    CHECK(same.at("draft").at("id").as_string().size() == 64);
    CHECK(rehearse_view(directory, text, noon + Duration(1), 14).value().at("decisions").to_number<int>() == 2);

    // Scores are not in the log.
    auto const another = rehearse_view(directory, text, noon, 15).value();
    CHECK(another.at("same") == same.at("same"));
    CHECK(another.at("sentences").as_array().size() == 3);

    // The same text signed is the same draft; nobody asks by whom.
    auto const signed_draft = text + "\n\u2014 somebody AAAAAAAA\n";
    CHECK(rehearse_view(directory, signed_draft, noon, 14).value().at("draft") == same.at("draft"));
}

TEST_CASE("rehearse view: what cannot be tried says why") {
    Archive archive;
    archive.commit();
    auto const text = policy::test::practice_text();
    auto const health = directory_of(archive, "health");
    auto const broken = rehearse_view(health, policy::test::replaced(text, "[rules]", "[rule]"), noon, 14).value();
    CHECK(broken.at("code") == "malformed");
    CHECK(broken.at("problems").as_array().size() >= 1);
    CHECK(!broken.at("problems").at(0).at("place").as_string().empty());
    CHECK_FALSE(broken.contains("decisions"));
    CHECK(rehearse_view(health, "", noon, 14).value().contains("error"));
    auto const stranger = rehearse_view(directory_of(archive, "nobody"), text, noon, 14).value();
    CHECK(stranger.at("code") == "malformed");
    CHECK(rehearse_view(directory_of(archive, "coordinator", true), text, noon, 14).error().code == Errc::refused);
    CHECK(rehearse_view(health, std::string(limits::agreement_bytes_max + 1, '#'), noon, 14).error().code ==
          Errc::too_large);
}

TEST_CASE("rehearse view: how far back") {
    constexpr std::uint64_t year_ms = 366ULL * 24 * 3600 * 1000;
    CHECK(rehearsal_start(noon, 1).value() == noon - Duration(1));
    CHECK(rehearsal_start(noon, year_ms).value() == noon - std::chrono::days(366));
    for (auto const period : {std::uint64_t(0), year_ms + 1, ~std::uint64_t(0)})
        CHECK(rehearsal_start(noon, period).error().code == Errc::malformed);
}
