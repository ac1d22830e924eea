#pragma once
// What a node keeps: engine state, its agency's records and their anchors, log leaves on their way, openings. One
// encrypted file, and the keys of the people in the log beside it (subject_keys.hpp); one thread (the engine's). The
// indexes of day tokens are in memory only (IndexBuilder makes them).

#include "node/store/anchors.hpp"
#include "node/store/exchanges.hpp"
#include "node/store/opening.hpp"
#include "protocol/engine/restorer.hpp"
#include "protocol/identity/duplicates.hpp"

#include <functional>
#include <map>

namespace fanlight::node {

/// Where leaves go: the position of the next one in a log.
struct LogPosition {
    int shard = 0; ///< protocol::LeafPlace::shard
    std::uint64_t next = 0;
};

struct ImportCounts {
    std::uint64_t people = 0;
    std::uint64_t kept = 0; ///< unchanged identity: their tokens stay
    std::uint64_t removed = 0;
    std::map<std::uint32_t, std::uint64_t> enrolled; ///< how many of the people are, by epoch
    crypto::Sha256 list_hash; ///< over the record ids and what is enrolled of each; an import's leaf commits to it
};

/// Rolls back unless committed. Not to outlive its store.
class StoreTransaction {
  public:
    /// Durable when it returns: first the keys of people whom its leaves are about, for an opening without its key is
    /// an erased one.
    Result<void> commit() {
        FANLIGHT_TRY(subjects_->durable());
        return transaction_.commit();
    }

  private:
    friend class Store;
    StoreTransaction(Transaction transaction, SubjectKeys& subjects)
        : transaction_(std::move(transaction)), subjects_(&subjects) {}
    Transaction transaction_;
    SubjectKeys* subjects_;
};

class Store final : public protocol::Records {
  public:
    /// The files of the subject keys lie in the directory of `file`. `random` makes nonces of openings and outlives the
    /// store. Errors are those of Database and SubjectKeys.
    static Result<Store> create(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key,
                                WrapKey wrap_key, Mode mode, crypto::Random& random);
    /// A store from before there were subject keys gets them now.
    static Result<Store> open(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key,
                              WrapKey wrap_key, Mode mode, crypto::Random& random);

    Result<StoreTransaction> begin() {
        FANLIGHT_TRY(auto transaction, Transaction::begin(database_));
        return StoreTransaction(std::move(transaction), subjects_);
    }
    /// After the commit of what says that they are erased: their keys are destroyed (SubjectKeys::erase, whose errors
    /// these are).
    Result<void> erase(std::span<protocol::ErasedSubject const> erased) { return subjects_.erase(erased); }

    /// Inside a transaction: everything of `effects` but the transmissions, the keys to destroy, and the building and
    /// dropping of indexes, which come after the commit. No leaf from here on is under a key that is to be destroyed.
    /// Leaves get positions from `at`, which moves on. Reads that follow see it.
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
    /// The newest shard that ever had a leaf; none: there is no leaf yet.
    Result<std::optional<int>> newest_shard();
    /// What this store knows of a shard's leaves: how many it has made durable, and from which position on it still
    /// keeps them as pending (their number if it keeps none).
    struct KnownLeaves {
        std::uint64_t count = 0;
        std::uint64_t pending_from = 0;
    };
    Result<KnownLeaves> leaves_of(int shard);
    /// Inside a transaction: those before `at` are in the log directory.
    Result<void> forget_pending(LogPosition const& at);
    /// None: the leaf has no opening here (a filler, or it was lost). Errors are those of open_opening.
    Result<std::optional<crypto::ShownOpening>> opening(int shard, std::uint64_t position) const;
    SubjectKeys const& subjects() const { return subjects_; }
    /// Who was ever erased and up to which place, as the state has it (Space::erased). Errc::damaged.
    Result<std::map<crypto::Pseudonym, protocol::LeafPlace>> erased() const;
    /// Leaves that came back from others after a loss: they have no openings. Errc::damaged.
    Result<std::vector<protocol::RestoredLeaves>> restored() const;
    /// Inside a transaction: openings and ends of exchanges of a shard from `common` on are gone, and the shard has
    /// `count` leaves, all in its directory (node/log/restore.hpp).
    Result<void> replace_leaves(int shard, std::uint64_t common, std::uint64_t count);
    /// For the functions of exchanges.hpp, on the store's own thread.
    Database& reader() const { return database_; }

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
    Store(Database database, SubjectKeys subjects, OpeningKey opening_key, Mode mode, crypto::Random& random,
          StatementsPointer statements, Anchors anchors)
        : database_(std::move(database)), subjects_(std::move(subjects)), opening_key_(std::move(opening_key)),
          mode_(mode), random_(&random), indexes_(mode), statements_(std::move(statements)),
          anchors_(std::move(anchors)) {}
    static Result<Store> prepared(Database database, SubjectKeys subjects, OpeningKey opening_key, Mode mode,
                                  crypto::Random& random);
    Result<std::uint64_t> name_count(std::int64_t which, std::string_view name) const;
    Result<void> add_leaf(crypto::Entry const& entry, LogPosition& at);
    Result<std::vector<protocol::PersonRecord>> family_of(protocol::RecordRow row,
                                                          protocol::PersonRecord const& person) const;

    mutable Database database_; // reading steps statements
    SubjectKeys subjects_;
    OpeningKey opening_key_;
    Mode mode_;
    crypto::Random* random_;
    DayIndexes indexes_;
    bool cut_due_ = true; // after a crash nobody knows what the write-ahead log still has
    StatementsPointer statements_;
    mutable Anchors anchors_; // finding steps statements
};

} // namespace fanlight::node
