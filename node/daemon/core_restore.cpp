// The core of a node in quarantine: it steps the node and lets its questions go. The disk stays as the older copy has
// it until the whole log is back; then everything changes in the order of node/log/restore.hpp, and the process ends.

#include "node/daemon/core.hpp"
#include "node/log/restore.hpp"

namespace fanlight::node {

namespace {
int year_of(Instant now) {
    return int(std::chrono::year_month_day(day_of(now)).year());
}
} // namespace

/// True if an earlier restore only had to be ended.
Result<bool> Core::prepare_restore() {
    auto const year = year_of(now());
    auto const& keys = directory_.keyring;
    FANLIGHT_TRY(auto const unfinished, unfinished_restores(directory_.path / "log"));
    for (auto const shard : unfinished) {
        FANLIGHT_TRY(auto const resumed, resume_restore(*store_, log_shard(shard), keys.log, keys.former_log));
        if (resumed) return true;
    }
    auto const& cosigned = node_->log_keeper().cosigned();
    if (cosigned && cosigned->end.shard != year)
        return fail(Errc::refused, "restore of the log",
                    "This copy is from before New Year. Only the log of this year can be got back.");
    return false;
}

Result<void> Core::work_in_quarantine(std::deque<Task> tasks) {
    publish_at_.reset(); // nothing is published
    std::vector<protocol::Transmission> outgoing;
    for (auto& task : tasks) {
        if (!task.event) {
            if (task.done) task.done(fail(Errc::refused, "node", "This node is being restored."));
            continue;
        }
        auto effects = node_->step(now(), std::move(*task.event));
        if (task.done) task.done(effects ? Result<ImportCounts>(ImportCounts{}) : effects.as_failure());
        if (effects) std::ranges::move(effects.assume_value().transmissions, std::back_inserter(outgoing));
    }
    for (auto& [peer, frame] : outgoing) transmit_(peer, std::move(frame));
    for (auto const& task : tasks)
        if (task.look) task.look(*this);
    if (after_batch_) after_batch_(*this);
    return ok();
}

Result<void> Core::finish_restore() {
    auto const& restored = *node_->restorer()->restored();
    auto const shard = log_shard(restored.shard);
    auto const& copy = log_->current();
    FANLIGHT_TRY(rebuild_log(copy, shard, restored, directory_.keyring.log));
    FANLIGHT_TRY(auto transaction, store_->begin());
    FANLIGHT_TRY(auto const meanwhile, take_out(*store_, copy, restored.shard, restored));
    auto const effects = node_->after_restore(now(), meanwhile);
    LogPosition at{restored.shard, restored.common + restored.leaves.size()};
    FANLIGHT_TRY(store_->apply(effects, at));
    FANLIGHT_TRY(transaction.commit());
    FANLIGHT_TRY(store_->erase(effects.erase_subjects)); // and again at every start
    return swap_logs(shard.directory);
}

} // namespace fanlight::node
