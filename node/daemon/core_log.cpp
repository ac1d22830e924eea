// The core and its log: which shard leaves go into, when the tiles follow, and whether there is room.

#include "node/daemon/core.hpp"

#include <sys/statvfs.h>

namespace fanlight::node {

namespace {

// One head for what came meanwhile. Nobody waits for the tiles but witnesses and readers: a leaf is durable with its
// transaction.
constexpr Duration publish_after = std::chrono::milliseconds(250);
constexpr std::uint64_t unpublished_max = 4096;

constexpr Duration room_looked_at_every = std::chrono::seconds(5);
// What a day of queries logs, and SQLCipher's own files, many times over.
constexpr std::uint64_t room_needed_bytes = std::uint64_t(64) << 20U;
constexpr std::uint64_t room_again_bytes = std::uint64_t(96) << 20U; // so that it does not change to and fro

int year_of(Instant now) {
    return int(std::chrono::year_month_day(day_of(now)).year());
}

} // namespace

LogShard Core::log_shard(int shard) const {
    auto const& settings = directory_.settings;
    return {shard, log_path(shard), protocol::shard_origin(settings.domain, settings.party, shard)};
}

Result<void> Core::open_logs() {
    // A crash on New Year's Eve may have left leaves that belong into the old year's log.
    FANLIGHT_TRY(auto const shards, store_->pending_shards());
    for (auto const shard : shards) {
        FANLIGHT_TRY(log_->open(shard));
    }
    // A log goes on where it was: in this year's continuation if it has one, and never in a year before.
    FANLIGHT_TRY(auto const known, store_->newest_shard());
    auto const year = year_of(now());
    FANLIGHT_TRY(log_->open(known && protocol::year_of_shard(*known) >= year ? *known : year));
    publish_at_ = now(); // so that the node hears where its log ends
    return ok();
}

/// The clock may go back over New Year; the log does not.
Result<void> Core::change_year() {
    auto const year = year_of(now());
    if (year <= protocol::year_of_shard(log_->shard())) return ok();
    FANLIGHT_TRY(log_->publish());
    return log_->open(year);
}

/// An older copy of the log must not go on: its next head would be another history.
Result<void> Core::check_history() const {
    if (!node_->log_keeper().behind()) return ok();
    return fail(Errc::damaged, "log",
                "Other organisations have cosigned leaves of it that are not here: this is an older copy. "
                "Run `fanlight-node restore`; see docs/operations.md, \"A node restored from a backup\".");
}

std::optional<Instant> Core::log_wake() const {
    if (publish_soon_) return Instant{};
    return publish_at_;
}

Result<void> Core::publish_when_due() {
    auto const waiting = log_->unpublished();
    if (waiting != 0 && !publish_at_) publish_at_ = now() + publish_after;
    bool const due = publish_soon_ || waiting >= unpublished_max || (publish_at_ && *publish_at_ <= now());
    return due ? publish() : ok();
}

Result<void> Core::publish() {
    publish_soon_ = false;
    publish_at_.reset();
    if (log_->unpublished() != 0) {
        FANLIGHT_TRY(log_->publish());
    }
    post(protocol::LogPublished{{log_->shard(), log_->current().size()}});
    return ok();
}

/// A node whose disk is nearly full says so and discloses nothing, before a write fails in the middle of something.
void Core::look_at_room() {
    if (now() < room_looked_at_ + room_looked_at_every && now() >= room_looked_at_) return;
    room_looked_at_ = now();
    struct statvfs disk {};
    if (::statvfs(directory_.path.c_str(), &disk) != 0) return;
    auto const free_bytes = std::uint64_t(disk.f_bavail) * disk.f_frsize;
    bool const enough = free_bytes >= (room_ ? room_needed_bytes : room_again_bytes);
    if (std::exchange(room_, enough) != enough) post(protocol::DiskRoom{enough});
}

} // namespace fanlight::node
