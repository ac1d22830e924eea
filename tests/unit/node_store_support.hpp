#pragma once
// What the tests of the store share: a store in a directory of its own, people, anchors, and indexes built at once.

#include "crypto/random.hpp"
#include "node/store/index_builder.hpp"
#include "node/store/store.hpp"
#include "node_log_support.hpp"

#include <catch2/catch.hpp>

namespace fanlight::node::store_test {

inline constexpr Day today{std::chrono::days(20779)};

inline StoreKey key_of(std::uint8_t which = 1) {
    return StoreKey::make([&](MutableBytes out) { std::ranges::fill(out, which); });
}

/// Not what a token gives, but as secret.
inline protocol::AgencySecret secret_of(std::uint32_t number) {
    return protocol::AgencySecret::make([&](MutableBytes out) {
        Bytes bytes;
        append_u32(bytes, number);
        std::ranges::copy(crypto::sha256({bytes}).view(), out.begin());
    });
}

inline protocol::DayToken token_of(std::uint32_t number, Day day = today) {
    return protocol::day_token(Mode::practice, secret_of(number), day);
}

inline protocol::PersonRecord person_of(std::string id, std::string forename, std::string family = {}) {
    protocol::PersonRecord person;
    person.id = std::move(id);
    person.family_id = std::move(family);
    person.identity.names.push_back({std::move(forename), "Example"});
    person.identity.date_of_birth = Day(std::chrono::days(12345));
    return person;
}

inline std::vector<protocol::PersonRecord> people_of(std::size_t count) {
    std::vector<protocol::PersonRecord> people;
    for (std::size_t i = 0; i < count; ++i)
        people.push_back(person_of("id" + std::to_string(1000 + i), "Ann" + std::string(i % 7, 'a')));
    return people;
}

/// One anchor that carries components, one component, some fields.
inline protocol::PersonTokens tokens_of(std::uint32_t number,
                                        protocol::AnchorKind kind = protocol::AnchorKind::name_date) {
    protocol::PersonTokens tokens;
    tokens.anchors.push_back({kind, protocol::Salt::date, secret_of(number)});
    tokens.components.push_back(
        {protocol::ComponentKind::surname, protocol::Salt::date,
         protocol::ComponentSecret::parse(secret_of(number + 1'000'000).reveal().first(16)).value()});
    tokens.fields.bits = static_cast<std::uint16_t>(number);
    return tokens;
}

struct Shelf {
    log_test::Scratch scratch;
    crypto::SeededRandom random{1};
    std::optional<Store> store;
    LogPosition at{2026, 0};

    explicit Shelf(std::size_t people = 0) {
        store.emplace(Store::create(file(), key_of(), opening_key(), wrap_key(), Mode::practice, random).value());
        if (people != 0) import(people_of(people));
    }
    std::filesystem::path file() const { return scratch / "store.db"; }
    static OpeningKey opening_key() {
        return OpeningKey::make([](MutableBytes) {});
    }
    static WrapKey wrap_key() {
        return WrapKey::make([](MutableBytes) {});
    }
    void reopen() {
        store.reset();
        store.emplace(Store::open(file(), key_of(), opening_key(), wrap_key(), Mode::practice, random).value());
    }
    ImportCounts import(std::vector<protocol::PersonRecord> const& people) {
        auto transaction = store->begin().value();
        auto counts = store->replace_people(people).value();
        REQUIRE(transaction.commit());
        return counts;
    }
    void apply(protocol::Effects const& effects) {
        auto transaction = store->begin().value();
        REQUIRE(store->apply(effects, at));
        REQUIRE(transaction.commit());
    }
    /// One anchor with the secret of this number, and the person is enrolled.
    void enrol(std::uint32_t epoch, protocol::RecordRow row, std::uint32_t number) {
        protocol::Effects effects;
        effects.tokens.push_back({epoch, row, tokens_of(number)});
        effects.enrolled.push_back({epoch, row});
        apply(effects);
    }
    void forget(std::uint32_t epoch) {
        protocol::Effects effects;
        effects.forget_epochs.push_back(epoch);
        apply(effects);
    }
    Database reader() const { return Database::open_reader(file(), key_of()).value(); }
    DayIndex built(protocol::IndexKey const& key) const {
        BuildState state;
        auto database = reader();
        return std::move(*build_index(database, Mode::practice, key, state).value());
    }
    void index(std::uint32_t epoch, Day day = today) {
        protocol::IndexKey const key{epoch, day};
        auto const ticket = store->indexes().begin(key);
        REQUIRE(store->indexes().install({key, ticket, built(key)}).value());
    }
    /// The rows that have the token of this number.
    std::vector<protocol::RecordRow> find(std::uint32_t epoch, std::uint32_t number, Day day = today) const {
        return find(epoch, day, token_of(number, day));
    }
    std::vector<protocol::RecordRow> find(std::uint32_t epoch, Day day, protocol::DayToken const& token) const {
        std::vector<protocol::RecordRow> rows;
        auto const found = store->find({epoch, day}, token).value();
        for (auto const row : found) {
            auto const tokens = store->tokens(epoch, row).value();
            bool const has = std::ranges::any_of(tokens.anchors, [&](auto const& anchor) {
                return protocol::day_token(Mode::practice, anchor.secret, day) == token;
            });
            if (has) rows.push_back(row);
        }
        return rows;
    }
    std::int64_t count(char const* table) const {
        auto database = reader();
        auto query = database.prepare(std::string("SELECT count(*) FROM ") + table).value();
        REQUIRE(query.step().value());
        return query.number(0);
    }
    std::vector<protocol::RecordRow> unenrolled(std::uint32_t epoch, protocol::RecordRow after, std::size_t limit) {
        std::vector<protocol::RecordRow> rows;
        auto const people = store->unenrolled(epoch, after, limit).value();
        for (auto const& person : people) rows.push_back(person.row);
        return rows;
    }
    void sweep_all(std::size_t piece) {
        for (int i = 0; store->has_leftovers(); ++i) {
            REQUIRE(i < 100);
            auto transaction = store->begin().value();
            REQUIRE(store->sweep(piece));
            REQUIRE(transaction.commit());
        }
    }
};

using Rows = std::vector<protocol::RecordRow>;

} // namespace fanlight::node::store_test
