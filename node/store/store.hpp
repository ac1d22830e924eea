#pragma once
// What a node keeps: engine state, its agency's records and their tokens, log leaves on their way, openings. One
// encrypted file; one thread (the engine's).

#include "node/store/database.hpp"
#include "protocol/engine/effects.hpp"

#include <functional>

namespace fanlight::node {

using OpeningKey = crypto::AeadKey;

/// Where leaves go: the position of the next one in a log.
struct LogPosition {
    int shard = 0; ///< year
    std::uint64_t next = 0;
};

struct ImportCounts {
    std::uint64_t people = 0;
    std::uint64_t kept = 0; ///< unchanged identity: their anchors stay
    std::uint64_t removed = 0;
    crypto::Sha256 list_hash; ///< over the sorted record ids and anchors; an import's leaf commits to it
};

class Store final : public protocol::Records {
  public:
    /// `random` makes nonces of openings and outlives the store.
    static Result<Store> create(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key,
                                Mode mode, crypto::Random& random);
    static Result<Store> open(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key, Mode mode,
                              crypto::Random& random);

    Result<Transaction> begin() { return Transaction::begin(database_); }

    /// Inside a transaction: everything of `effects` but the transmissions. Leaves get positions from `at`, which
    /// moves on. Reads that follow see it.
    Result<void> apply(protocol::Effects const& effects, LogPosition& at);
    /// Leaves made durable by a transaction and not known to be in the log directory, in order.
    Result<std::vector<crypto::Leaf>> pending_from(LogPosition const& at) const;
    /// The shards that have such leaves, oldest first.
    Result<std::vector<int>> pending_shards();
    /// What this store knows of a shard's leaves: how many it has made durable, and from which position on it still
    /// keeps them as pending (their number if it keeps none).
    struct KnownLeaves {
        std::uint64_t count = 0;
        std::uint64_t pending_from = 0;
    };
    Result<KnownLeaves> leaves_of(int shard);
    /// Inside a transaction: those before `at` are in the log directory.
    Result<void> forget_pending(LogPosition const& at);
    Result<std::optional<std::vector<crypto::Field>>> opening(int shard, std::uint64_t position) const;

    using Restore = std::function<Result<void>(protocol::Space, ByteView key, ByteView value)>;
    Result<void> restore(Restore const& each) const;

    /// Inside a transaction: these are now all the people this agency holds (a whole feed, not a delta). People whose
    /// identity did not change keep their tokens.
    Result<ImportCounts> replace_people(std::vector<protocol::PersonRecord> const& people);

    Result<std::vector<protocol::IndexHit>> find(Day day, protocol::DayToken const& token) const override;
    Result<std::optional<protocol::PersonRecord>> person(protocol::RecordRow row) const override;
    Result<std::vector<protocol::Unenrolled>> unenrolled(std::size_t limit) const override;

  private:
    struct Statements;
    struct StatementsDelete {
        void operator()(Statements* statements) const;
    };
    Store(Database database, OpeningKey opening_key, Mode mode, crypto::Random& random)
        : database_(std::move(database)), opening_key_(std::move(opening_key)), mode_(mode), random_(&random) {}
    static Result<Store> prepared(Database database, OpeningKey opening_key, Mode mode, crypto::Random& random);
    Result<void> rebuild_index(Day day);
    Result<void> add_anchor(protocol::NewAnchor const& anchor);
    Result<void> add_leaf(crypto::Entry const& entry, LogPosition& at);
    Result<std::vector<protocol::PersonRecord>> family_of(protocol::RecordRow row,
                                                          protocol::PersonRecord const& person) const;

    Database database_;
    OpeningKey opening_key_;
    Mode mode_;
    crypto::Random* random_;
    std::optional<Day> index_day_;
    std::unique_ptr<Statements, StatementsDelete> statements_;
};

} // namespace fanlight::node
