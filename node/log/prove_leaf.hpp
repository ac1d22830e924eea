#pragma once
// The proof of one leaf, made from the files of a log alone, beside the node that writes them.

#include "crypto/tlog_proof.hpp"
#include "protocol/engine/own_log.hpp"

#include <filesystem>

namespace fanlight::node {

/// `log` is the directory of the leaf's shard. `head`: a signed checkpoint of that shard under which the leaf is to be
/// shown, as one that was cosigned; empty: the newest that the log has signed. What is returned leads from the leaf to
/// the root of the head; its signatures are for the reader to check. Any thread.
/// Errc::missing: no such leaf under that head; Errc::damaged, Errc::io: tiles; errors of parse_note.
Result<crypto::TlogProof> prove_leaf(std::filesystem::path const& log, std::uint64_t position, std::string head);

/// The newest signed checkpoint on disk, nothing verified.
Result<std::string> read_signed_head(std::filesystem::path const& log);

} // namespace fanlight::node
