#pragma once
// The check of a whole log directory that anyone can make with the public key alone.

#include "crypto/checkpoint.hpp"
#include "crypto/leaf.hpp"

#include <array>
#include <filesystem>

namespace fanlight::node {

struct LogReport {
    std::uint64_t leaves = 0;
    std::array<std::uint64_t, 23> by_class{}; ///< index = LeafClass; index 0 stays 0
    crypto::Checkpoint head;
    /// Files that no signed head speaks for: a publish under way or cut off, or a checkpoint put back to an older
    /// one. Not an error, for the log itself removes them; to be asked about if they stay.
    std::uint64_t unsigned_files = 0;
};

/// Reads everything: the form of every leaf, its hash, every tile, the older partial tiles, the root and the
/// signature. Memory does not grow with the log. May run beside the node that writes the log.
/// Errc::damaged: names the kind of file, `at` counts leaves or tiles from 1; Errc::malformed, Errc::bad_signature,
/// Errc::missing, Errc::wrong_key: the checkpoint; Errc::missing: a file; Errc::io.
Result<LogReport> verify_log(std::filesystem::path const& directory, crypto::NoteKey const& key);

} // namespace fanlight::node
