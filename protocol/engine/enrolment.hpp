#pragma once
// Enrolment: every person an agency holds gets tokens for its anchors and components in every epoch that is in use or
// being prepared, so that a query can find them. "Not known" may be said only with an index that is complete for
// exactly the epoch, day and matching version of the query.
//
//   records --anchors, components--> holders (folded; bulk while the epoch is prepared, delta once it is open) --S_A-->
//   store store --day tokens of today, and of tomorrow before midnight, built beside the running node--> index
//
// A sensitive service sends batches of one fixed size, a fixed number of them, at night, whether or not there is
// anybody to enrol, so that what it sends tells nothing of whom it took in. Only when no epoch is open anywhere yet
// does it not wait for the night.

#include "protocol/engine/token_client.hpp"

namespace fanlight::protocol {

/// Of one epoch; durable.
struct EnrolmentState {
    std::uint32_t epoch = 0;
    std::uint32_t matching_version = 0;
    bool complete = false;
    std::uint64_t enrolled = 0;   ///< people of the last import
    std::uint32_t bulk_sent = 0;  ///< a sensitive service's batches while the epoch was prepared
    std::uint32_t night_sent = 0; ///< and in `night`, of either purpose
    Day night{};
    bool told_ready = false; ///< the coordinator knows
};

/// For a screen.
struct EnrolmentProgress {
    std::uint32_t epoch = 0;
    EpochStage stage = EpochStage::preparing;
    std::uint64_t people = 0;
    std::uint64_t enrolled = 0;
    bool complete = false;
    std::optional<double> people_per_second; ///< measured since this node began to enrol in this run
    std::optional<Duration> left;            ///< at that rate
    std::optional<Instant> waits_until;      ///< the night, or the next try
    std::string problem;                     ///< why the last batch failed, in words
};

class Enrolment {
  public:
    Enrolment(Self const& self, Post& post, TokenClient& tokens, Epochs& epochs, Records const& records)
        : self_(self), post_(post), tokens_(tokens), epochs_(epochs), records_(records) {}

    /// A new set of records is stored, of which so many are still enrolled by epoch. `list_hash` commits to the list.
    void imported(Instant now, std::uint64_t people, std::map<std::uint32_t, std::uint64_t> const& enrolled,
                  crypto::Sha256 const& list_hash, Effects& effects);
    /// Tokens, or why there are none: then it tries again after a while, and the index stays incomplete.
    void finished(Instant now, Tokens const& tokens, Effects& effects);
    bool owns(JobId job) const;
    void index_built(Instant now, IndexKey const& index, Effects& effects);
    /// An epoch is destroyed.
    void forget(std::uint32_t epoch, Effects& effects);

    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    Result<void> restore(ByteView key, ByteView value);

    /// Everybody we hold is enrolled in that epoch and version. What NOT_KNOWN needs, beside a built index and fresh().
    bool complete(std::uint32_t epoch, std::uint32_t matching_version) const;
    bool fresh(Instant now) const; ///< the source is inside the agreement's limit
    bool built(IndexKey const& index) const { return built_.contains(index); }
    /// Has an index built if there is none: for a query of a day that is past, at most limits::old_keys_kept ago, or of
    /// tomorrow. False: no such index can be made.
    bool want(Instant now, IndexKey const& index, Effects& effects);

    std::uint64_t people() const { return people_; }
    Instant imported_at() const { return imported_at_; } ///< zero: never
    std::vector<EnrolmentProgress> progress(Instant now) const;

    /// Batches under way at once, so that the holders' work and this node's overlap.
    static constexpr std::size_t batches_at_once = 2;
    static constexpr Duration night_lasts = std::chrono::hours(4); ///< a night that was missed is made up inside it
    static constexpr Duration tomorrow_from = std::chrono::hours(23);
    static constexpr Duration yesterday_until = std::chrono::minutes(30);
    static constexpr Duration wanted_for = std::chrono::hours(1); ///< an index that a query asked for, after the last
    static constexpr Duration retry_after_max = std::chrono::minutes(15);

  private:
    static constexpr Duration next_step = Duration(1); ///< what this step stores can be read in the next one
    using EpochSeed = crypto::LockedSecret<struct EpochSeedTag, 32>; ///< the seeds of an epoch's batches follow from it

    /// People who are asked about together: whole people, so that a crash leaves nobody half enrolled. The first five
    /// are durable as long as it is under way, so that after a crash or a failure the same batch is asked again.
    struct Batch {
        EvaluatePurpose purpose = EvaluatePurpose::bulk;
        Day night{};              // of a sensitive service's delta
        std::uint32_t number = 0; // of a sensitive service's batch, in its epoch or night
        RecordRow first = 0;      // whoever is not enrolled from here to `last`, and in no other batch; 0: nobody
        RecordRow last = 0;
        std::optional<JobId> job; // none: it is to be asked again
        std::vector<std::pair<RecordRow, Descriptors>> people;
    };
    struct Work {
        EnrolmentState state;
        std::optional<EpochSeed> seed;
        std::vector<Batch> batches;
        std::optional<EpochStage> stage; // as it was seen last
        RecordRow after = 0;             // who was read so far
        unsigned failures = 0;           // in a row
        std::optional<Instant> retry_at;
        std::string problem;
        std::optional<Instant> first_done; // of the batches of this run
        Instant last_done{};
        std::uint64_t done = 0; // people between the two
    };

    bool sensitive() const { return self_.own_entry().sensitive; }
    void follow_epochs(Instant now, Effects& effects);
    void reset(Instant now, std::uint32_t epoch, Work& work, Effects& effects);
    void drop_batches(Work& work);
    void drop_indexes_of(std::uint32_t epoch, Effects& effects);
    void save_source(Effects& effects) const;
    void save(Work const& work, Effects& effects) const;
    Result<void> restore_work(std::uint32_t epoch, ByteView value);

    void look(Instant now, Effects& effects);
    void advance(Instant now, Epoch const& epoch, Work& work, Effects& effects);
    void drop_stale(Instant now, Epoch const& epoch, Work& work, Effects& effects) const;
    bool begin(Instant now, Epoch const& epoch, Work& work, Effects& effects);
    void ask(Instant now, Work& work, Batch& batch, std::vector<Bytes> inputs, Effects& effects);
    void look_if_complete(Instant now, Epoch const& epoch, Work& work, Effects& effects);
    void failed(Instant now, Work& work, std::string problem);
    Result<std::vector<Bytes>> gather(Work const& work, RecordRow after, RecordRow last, Batch& batch) const;
    JobSeed seed_of(Work const& work, Batch const& batch, std::vector<Bytes> const& inputs) const;
    std::size_t under_way() const;

    Instant night_starts(Day night) const;
    Day night_of(Instant now) const; // the one that has begun last
    bool is_night(Instant now) const { return now < night_starts(night_of(now)) + night_lasts; }
    Instant next_night(Instant now) const { return night_starts(night_of(now)) + std::chrono::days(1); }
    bool at_once(Epoch const& epoch) const { return epoch.stage == EpochStage::preparing && epochs_.open() == nullptr; }
    bool bulk_left(Epoch const& epoch, EnrolmentState const& state) const;
    bool may_send_more(Instant now, Epoch const& epoch, EnrolmentState const& state) const;

    void keep_indexes(Instant now, Effects& effects);
    std::set<IndexKey> indexes_due(Instant now);
    bool has(IndexKey const& index) const { return built_.contains(index) || building_.contains(index); }
    void request(IndexKey const& index, Effects& effects);

    Self const& self_;
    Post& post_;
    TokenClient& tokens_;
    Epochs& epochs_;
    Records const& records_;
    std::uint64_t people_ = 0;
    Instant imported_at_{};
    std::map<std::uint32_t, Work> works_;
    std::set<IndexKey> built_;
    std::set<IndexKey> building_;
    std::map<IndexKey, Instant> wanted_;                 // by queries, and when last
    std::optional<Instant> look_at_ = Instant{};         // for people to enrol
    std::optional<Instant> keep_indexes_at_ = Instant{}; // after a start all of them are asked for again
};

} // namespace fanlight::protocol
