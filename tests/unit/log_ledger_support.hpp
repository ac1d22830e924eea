#pragma once
// A node's log with what it commits to, for tests of reading it: database, subject keys, and one directory a shard.

#include "node/log/events.hpp"
#include "node_log_support.hpp"

#include <catch2/catch.hpp>

namespace fanlight::node::ledger_test {

using crypto::FieldTag;
using crypto::LeafClass;
using protocol::LeafPlace;

inline constexpr Instant noon = Day(std::chrono::days(20779)) + std::chrono::hours(12); // 2026-11-22
inline constexpr auto a_minute = std::chrono::minutes(1);

inline crypto::Pseudonym person(std::uint8_t which) {
    return crypto::Pseudonym::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
inline crypto::ExchangeTag tag_of(std::uint8_t which) {
    return crypto::ExchangeTag::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
inline Bytes number_of(std::uint64_t value) {
    Bytes bytes;
    append_u64(bytes, value);
    return bytes;
}

class Ledger {
  public:
    Ledger() : subjects_(SubjectKeys::create(scratch / "", wrap_key(), Mode::practice, random).value()) {
        auto made = Database::create(file(), store_key());
        database_.emplace(std::move(made).value());
        REQUIRE(database_->migrate());
        REQUIRE(std::filesystem::create_directory(logs()));
        begin(2026);
    }
    log_test::Scratch scratch;
    crypto::SeededRandom random{11};
    OpeningKey key = OpeningKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(5)); });

    std::filesystem::path file() const { return scratch / "store.db"; }
    std::filesystem::path logs() const { return scratch / "log"; }
    static StoreKey store_key() {
        return StoreKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(1)); });
    }
    static WrapKey wrap_key() {
        return WrapKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(2)); });
    }
    SubjectKeys& subjects() { return subjects_; }
    Database reader() const { return Database::open_reader(file(), store_key()).value(); }

    void begin(std::int32_t shard) {
        log_.emplace(
            LogDirectory::create(logs() / protocol::shard_name(shard), log_test::origin, log_test::log_key()).value());
        next_ = {shard, 0};
    }

    /// The fields of a leaf in the making; time comes first.
    class Draft {
      public:
        Draft(Ledger& ledger, Instant time) : ledger_(&ledger) { add(FieldTag::time, number_of(to_wire(time))); }
        Draft& add(FieldTag tag, ByteView value) {
            fields.push_back(crypto::make_field(tag, value, ledger_->random, about_));
            return *this;
        }
        Draft& add(FieldTag tag, std::string_view text) { return add(tag, as_bytes(text)); }
        Draft& number(FieldTag tag, std::uint64_t value) { return add(tag, number_of(value)); }
        Draft& about(std::optional<crypto::Pseudonym> who) {
            about_ = who;
            return *this;
        }
        LeafPlace write(LeafClass kind, crypto::ExchangeTag const& tag = {}) {
            return ledger_->write(kind, tag, std::move(fields));
        }
        std::vector<crypto::Field> fields;

      private:
        Ledger* ledger_;
        std::optional<crypto::Pseudonym> about_;
    };
    Draft draft(Instant time) { return Draft(*this, time); }

    LeafPlace write(LeafClass kind, crypto::ExchangeTag const& tag, std::vector<crypto::Field> fields) {
        auto const place = next_;
        auto const sealed = seal_opening(key, subjects_, place.shard, place.position, fields, random);
        insert(place, sealed);
        leaves_.push_back(crypto::make_entry(kind, AgreementId(), tag, std::move(fields)).leaf);
        ++next_.position;
        count();
        return place;
    }
    LeafPlace without_opening(LeafClass kind) {
        leaves_.push_back(crypto::make_entry(kind, AgreementId(), {}, {}).leaf);
        auto const place = next_;
        ++next_.position;
        count();
        return place;
    }
    /// As the store keeps leaves that the log does not have yet.
    void keep_pending() {
        auto position = next_.position - leaves_.size();
        for (auto const& leaf : leaves_) {
            auto statement =
                database_->prepare("INSERT INTO pending_leaf (shard, position, leaf) VALUES (?, ?, ?)").value();
            statement.bind(1, std::int64_t(next_.shard)).bind(2, static_cast<std::int64_t>(position++));
            REQUIRE(statement.bind(3, leaf.bytes()).run());
        }
    }
    void publish() {
        REQUIRE(log_->append(leaves_));
        leaves_.clear();
    }
    LogDirectory const& log() const { return *log_; }
    void execute(char const* sql) { REQUIRE(database_->execute(sql)); }

  private:
    void count() {
        auto statement = database_->prepare("INSERT OR REPLACE INTO shard (shard, leaves) VALUES (?, ?)").value();
        statement.bind(1, std::int64_t(next_.shard)).bind(2, static_cast<std::int64_t>(next_.position));
        REQUIRE(statement.run());
    }
    void insert(LeafPlace const& place, ByteView sealed) {
        auto statement = database_->prepare("INSERT INTO opening (shard, position, sealed) VALUES (?, ?, ?)").value();
        statement.bind(1, std::int64_t(place.shard)).bind(2, static_cast<std::int64_t>(place.position));
        REQUIRE(statement.bind(3, sealed).run());
    }

    std::optional<Database> database_;
    SubjectKeys subjects_;
    std::optional<LogDirectory> log_;
    LeafPlace next_;
    std::vector<crypto::Leaf> leaves_;
};

} // namespace fanlight::node::ledger_test
