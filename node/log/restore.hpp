#pragma once
// Puts a log that came back from other organisations in the place of an older copy of it.
//
//   1  log/<shard>.restoring    the leaves that both have, then those that came back; one head; verified
//   2  store                    one transaction: what the copy wrote by itself moves behind them, the rest stays
//   3  log/<shard>              -> log/<shard>.before-restore, and log/<shard>.restoring -> log/<shard>
//
// While log/<shard>.restoring is there no node runs on this data (refuse_unfinished). After a crash before the end of 2
// it is thrown away and all begins anew; after that, 3 is done again.

#include "node/log/shard.hpp"
#include "protocol/engine/node.hpp"

namespace fanlight::node {

/// Errc::refused: a restore was begun in the directory of all shards, and not ended.
Result<void> refuse_unfinished(std::filesystem::path const& logs);

/// The shards of such restores. Errc::io.
Result<std::vector<std::int32_t>> unfinished_restores(std::filesystem::path const& logs);

/// Step 1. `copy` is the older copy's log of that shard. Errc::bad_signature: the leaves are not those of the head;
/// what LogDirectory and verify_log say.
Result<void> rebuild_log(LogDirectory const& copy, LogShard const& shard, protocol::Restorer::Restored const& restored,
                         crypto::SigningKey const& key);

/// Step 2, inside a transaction: what the copy's leaves from `common` on said is returned, and gone from the store.
/// What was erased of it is not among it. Errc::damaged: a leaf's opening is not of this version.
Result<std::vector<protocol::Node::WrittenMeanwhile>> take_out(Store& store, LogDirectory const& copy, int shard,
                                                               protocol::Restorer::Restored const& restored);

/// Step 3, by whoever has no log open. Errc::io.
Result<void> swap_logs(std::filesystem::path const& directory);

/// What a crash has left of an earlier restore of that shard: true if step 2 was durable, and the rest of it is done
/// now. Otherwise nothing is left of it. `key` and `former` as LogDirectory::open.
Result<bool> resume_restore(Store& store, LogShard const& shard, crypto::SigningKey const& key,
                            std::optional<crypto::VerifyKey> const& former);

} // namespace fanlight::node
