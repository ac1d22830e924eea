// Brings a log and a store to one moment. Everything here reads the store; only the directory changes.

#include "node/log/shard.hpp"

namespace fanlight::node {

Result<LogDirectory> open_shard_log(Store& store, LogShard const& shard, crypto::SigningKey const& key,
                                    std::optional<crypto::VerifyKey> const& former) {
    FANLIGHT_TRY(auto const known, store.leaves_of(shard.shard));
    std::error_code ignored;
    std::optional<LogDirectory> log;
    if (std::filesystem::exists(shard.directory / checkpoint_file, ignored)) {
        FANLIGHT_TRY(log, LogDirectory::open(shard.directory, shard.origin, key, former));
    } else if (known.pending_from != 0) { // leaves that were published are gone
        return fail(Errc::damaged, "log", "Its directory is gone. Restore it; a new log would be a fork.");
    } else {
        FANLIGHT_TRY(log, LogDirectory::create(shard.directory, shard.origin, key));
    }
    FANLIGHT_TRY(append_pending(store, shard.shard, *log));
    // An older copy of the log, or of the store, must not be gone on with: that would sign a second history.
    if (log->size() != known.count)
        return fail(Errc::damaged, "log", "It and the store are not of one moment. Restore both from the same backup.");
    return std::move(*log);
}

Result<void> append_pending(Store const& store, int shard, LogDirectory& log) {
    FANLIGHT_TRY(auto const leaves, store.pending_from({shard, log.size()}));
    return log.append(leaves);
}

} // namespace fanlight::node
