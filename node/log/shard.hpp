#pragma once
// The log of one shard beside the store whose transactions make its leaves durable. The directory follows the store:
// what it does not have yet, the store still keeps as pending.

#include "node/log/log_directory.hpp"
#include "node/store/store.hpp"

namespace fanlight::node {

struct LogShard {
    int shard = 0; ///< protocol::LeafPlace::shard
    std::filesystem::path directory;
    std::string origin;
};

/// Opens the log, or makes it where the store knows of no leaf that was published, and publishes what a crash left
/// between commit and publish. `key` and `former` as LogDirectory::open. Errc::damaged: the directory is gone, or it
/// and the store are not of one moment; what LogDirectory and Store say.
Result<LogDirectory> open_shard_log(Store& store, LogShard const& shard, crypto::SigningKey const& key,
                                    std::optional<crypto::VerifyKey> const& former);

/// Publishes, under one head, all leaves of that shard that the store has made durable and the log does not have.
/// Errc::damaged: the store no longer has the first of them; what LogDirectory::append and Store say.
Result<void> append_pending(Store const& store, int shard, LogDirectory& log);

} // namespace fanlight::node
