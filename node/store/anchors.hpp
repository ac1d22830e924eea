#pragma once
// The tokens of everybody an agency has enrolled, on disk: one row a person and epoch with anchors and components,
// encrypted once more under a key of that epoch. Destroying an epoch is deleting its key, at once and whatever its
// size; the rows, unreadable by then, are removed piece by piece afterwards.
//
// Deleted bytes are overwritten in the database file and gone from its write-ahead log (Store::cut_wal). What a solid
// state disk, a file system's snapshot or a backup still has of them is beyond this: it is encrypted under the store
// key, and opens to whoever has that.

#include "node/store/database.hpp"
#include "node/store/day_index.hpp"
#include "protocol/engine/effects.hpp"

#include <map>

namespace fanlight::node {

/// What opens the rows of one epoch.
struct Enrolment {
    std::int64_t id = 0;
    std::uint64_t anchors = 0; ///< how many there are
    crypto::AeadKey key;

    Result<protocol::PersonTokens> open(std::int64_t place, ByteView sealed) const; ///< Errc::damaged
    /// Only what an index is made of.
    Result<std::vector<protocol::AgencySecret>> open_anchors(std::int64_t place, ByteView sealed) const;
};
/// Where the tokens of a person in an enrolment are in the table `anchors`.
std::int64_t place_of(std::int64_t enrolment, protocol::RecordRow row);
protocol::RecordRow row_at(std::int64_t place);

inline constexpr auto enrolment_query = "SELECT id, anchors, key FROM enrolment JOIN anchor_key ON enrolment = id "
                                        "WHERE epoch = ?";
/// Of that statement. Nothing if the epoch has no anchors.
Result<std::optional<Enrolment>> read_enrolment(Statement& query, std::uint32_t epoch);

/// Inside the caller's transaction. Its database outlives it.
class Anchors {
  public:
    static Result<Anchors> prepare(Database& database, crypto::Random& random);

    /// In place of what is there of these people; those who are gone are left out. Goes into `indexes` as well.
    Result<void> put(std::span<protocol::NewPersonTokens const> people, DayIndexes& indexes);
    Result<void> enrol(protocol::Enrolled const& person);
    Result<void> forget_epoch(std::uint32_t epoch);
    /// In every epoch.
    Result<void> forget_person(protocol::RecordRow row);
    /// How many are enrolled, by epoch.
    Result<std::map<std::uint32_t, std::uint64_t>> enrolled();

    /// Empty if nothing is enrolled of that person in that epoch.
    Result<protocol::PersonTokens> tokens(std::uint32_t epoch, protocol::RecordRow row);
    /// People after row `after` who are not enrolled, in order.
    Result<std::vector<protocol::RecordRow>> unenrolled(std::uint32_t epoch, protocol::RecordRow after,
                                                        std::size_t limit);

    bool has_leftovers() const { return leftovers_; }
    /// Removes at most so many rows of destroyed epochs.
    Result<void> sweep(std::size_t rows_max);

  private:
    struct Statements {
        Statement enrolment, new_enrolment, new_key, grow, shrink, read, write, erase, person;
        Statement enrol, unenrol, all, forget, forget_key, leave, counts, unenrolled;
        Statement leftover, sweep_anchors, sweep_enrolled, swept;
    };
    Anchors(Statements statements, crypto::Random& random) : use_(std::move(statements)), random_(&random) {}
    Result<Enrolment> enrolment_for(std::uint32_t epoch);
    Result<bool> is_there(protocol::RecordRow row);
    Result<void> put(protocol::NewPersonTokens const& person, DayIndexes& indexes);
    Result<void> erase(std::int64_t enrolment, protocol::RecordRow row);

    Statements use_;
    crypto::Random* random_;
    bool leftovers_ = true; // until a sweep has found none
};

} // namespace fanlight::node
