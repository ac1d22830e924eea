#pragma once
// What a node keeps: engine state, its agency's records and their anchors, log leaves on their way, openings. One
// encrypted file; one thread (the engine's). The indexes of day tokens are in memory only (IndexBuilder makes them).

#include "node/store/anchors.hpp"
#include "node/store/opening.hpp"
#include "protocol/identity/duplicates.hpp"

#include <functional>

namespace fanlight::node {

/// Where leaves go: the position of the next one in a log.
struct LogPosition {
    int shard = 0; ///< year
    std::uint64_t next = 0;
};

struct ImportCounts {
    std::uint64_t people = 0;
    std::uint64_t kept = 0; ///< unchanged identity: their tokens stay
    std::uint64_t removed = 0;
    std::map<std::uint32_t, std::uint64_t> enrolled; ///< how many of the people are, by epoch
    crypto::Sha256 list_hash; ///< over the record ids and what is enrolled of each; an import's leaf commits to it
};

class Store final : public protocol::Records {
  public:
    /// `random` makes nonces of openings and outlives the store.
    static Result<Store> create(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key,
                                Mode mode, crypto::Random& random);
    static Result<Store> open(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key, Mode mode,
                              crypto::Random& random);

    Result<Transaction> begin() { return Transaction::begin(database_); }

    /// Inside a transaction: everything of `effects` but the transmissions and the building and dropping of indexes,
    /// which come after the commit. Leaves get positions from `at`, which moves on. Reads that follow see it.
    Result<void> apply(protocol::Effects const& effects, LogPosition& at);
    /// Built and being built.
    DayIndexes& indexes() { return indexes_; }
    DayIndexes const& indexes() const { return indexes_; }

    /// After a commit: cuts the write-ahead log to nothing if secrets were deleted since the last time. Where a reader
    /// is in the way, the next call does it.
    Result<void> cut_wal();
    /// Rows of destroyed epochs are still there, unreadable.
    bool has_leftovers() const { return anchors_.has_leftovers(); }
    /// Inside a transaction: removes at most so many of them.
    Result<void> sweep(std::size_t rows_max) { return anchors_.sweep(rows_max); }
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
    /// identity did not change keep their tokens, in every epoch; the others lose them in every epoch.
    /// `same` says who of them is one person.
    Result<ImportCounts> replace_people(std::vector<protocol::PersonRecord> const& people,
                                        protocol::SamePerson const& same = {});

    Result<std::vector<protocol::RecordRow>> find(protocol::IndexKey const& index,
                                                  protocol::DayToken const& token) const override;
    Result<protocol::PersonTokens> tokens(std::uint32_t epoch, protocol::RecordRow row) const override;
    Result<protocol::Surroundings> surroundings(protocol::RecordRow row) const override;
    Result<std::optional<protocol::PersonRecord>> person(protocol::RecordRow row) const override;
    Result<std::vector<protocol::Unenrolled>> unenrolled(std::uint32_t epoch, protocol::RecordRow after,
                                                         std::size_t limit) const override;

  private:
    struct Statements;
    struct StatementsDelete {
        void operator()(Statements* statements) const;
    };
    using StatementsPointer = std::unique_ptr<Statements, StatementsDelete>;
    Store(Database database, OpeningKey opening_key, Mode mode, crypto::Random& random, StatementsPointer statements,
          Anchors anchors)
        : database_(std::move(database)), opening_key_(std::move(opening_key)), mode_(mode), random_(&random),
          indexes_(mode), statements_(std::move(statements)), anchors_(std::move(anchors)) {}
    static Result<Store> prepared(Database database, OpeningKey opening_key, Mode mode, crypto::Random& random);
    Result<std::uint64_t> name_count(std::int64_t which, std::string_view name) const;
    Result<void> add_leaf(crypto::Entry const& entry, LogPosition& at);
    Result<std::vector<protocol::PersonRecord>> family_of(protocol::RecordRow row,
                                                          protocol::PersonRecord const& person) const;

    Database database_;
    OpeningKey opening_key_;
    Mode mode_;
    crypto::Random* random_;
    DayIndexes indexes_;
    bool cut_due_ = true; // after a crash nobody knows what the write-ahead log still has
    StatementsPointer statements_;
    mutable Anchors anchors_; // finding steps statements
};

} // namespace fanlight::node
