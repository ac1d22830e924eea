#pragma once
// The anchors of everybody an agency has enrolled, on disk: one row a person and epoch, encrypted once more under a key
// of that epoch. Destroying an epoch is deleting its key, at once and whatever its size; the rows, unreadable by then,
// are removed piece by piece afterwards.
//
// Deleted bytes are overwritten in the database file and gone from its write-ahead log (Store::cut_wal). What a solid
// state disk, a file system's snapshot or a backup still has of them is beyond this: it is encrypted under the store
// key, and opens to whoever has that.

#include "node/store/database.hpp"
#include "node/store/day_index.hpp"
#include "protocol/engine/effects.hpp"

#include <map>

namespace fanlight::node {

struct StoredAnchor {
    protocol::AnchorKind kind;
    protocol::AgencySecret secret;
};

/// What opens the anchors of one epoch.
struct Enrolment {
    std::int64_t id = 0;
    std::uint64_t anchors = 0; ///< how many there are
    crypto::AeadKey key;

    Result<std::vector<StoredAnchor>> open(std::int64_t place, ByteView sealed) const; ///< Errc::damaged
};
/// Where the anchors of a person in an enrolment are in the table `anchors`.
std::int64_t place_of(std::int64_t enrolment, protocol::RecordRow row);
protocol::RecordRow row_at(std::int64_t place);

inline constexpr auto enrolment_query = "SELECT id, anchors, key FROM enrolment JOIN anchor_key ON enrolment = id "
                                        "WHERE epoch = ?";
/// Of that statement. Nothing if the epoch has no anchors.
Result<std::optional<Enrolment>> read_enrolment(Statement& query, std::uint32_t epoch);

/// Inside the caller's transaction. Its database outlives it.
class Anchors {
  public:
    static Result<Anchors> prepare(Database& database, Mode mode, crypto::Random& random);

    /// Those of people who are gone are left out, and so is what is there already. What is new goes into `indexes`.
    Result<void> add(std::span<protocol::NewAnchor const> anchors, DayIndexes& indexes);
    Result<void> enrol(protocol::Enrolled const& person);
    Result<void> forget_epoch(std::uint32_t epoch);
    /// In every epoch.
    Result<void> forget_person(protocol::RecordRow row);
    /// How many are enrolled, by epoch.
    Result<std::map<std::uint32_t, std::uint64_t>> enrolled();

    Result<std::vector<protocol::IndexHit>> find(protocol::IndexKey const& index, protocol::DayToken const& token,
                                                 std::span<protocol::RecordRow const> rows);
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
    Anchors(Statements statements, Mode mode, crypto::Random& random)
        : use_(std::move(statements)), mode_(mode), random_(&random) {}
    Result<Enrolment> enrolment_for(std::uint32_t epoch);
    Result<std::vector<StoredAnchor>> read(Enrolment const& enrolment, protocol::RecordRow row);
    Result<bool> is_there(protocol::RecordRow row);
    Result<void> add_to(std::uint32_t epoch, protocol::RecordRow row, std::span<protocol::NewAnchor const* const> more,
                        DayIndexes& indexes);

    Statements use_;
    Mode mode_;
    crypto::Random* random_;
    bool leftovers_ = true; // until a sweep has found none
};

} // namespace fanlight::node
