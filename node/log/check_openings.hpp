#pragma once
// Whether every leaf's opening is still there and says what the leaf commits to.

#include "node/log/log_directory.hpp"
#include "node/store/store.hpp"

namespace fanlight::node {

struct CheckedOpenings {
    std::uint64_t checked = 0;       ///< openings: one a leaf, but for fillers
    std::uint64_t fillers = 0;       ///< leaves that say nothing
    std::uint64_t erased_fields = 0; ///< of which the hash is left
    std::uint64_t lost = 0;          ///< of leaves that came back from others, without what they commit to
    Instant restored_at{};           ///< the last time; zero: never
};
/// Errc::missing: a leaf without its opening, or a field about somebody whose key is gone without an erasure;
/// Errc::damaged: an opening that is not what the leaf commits to; `at` is the leaf from 1. Other errors are those of
/// Store::opening and LogDirectory::leaves.
Result<CheckedOpenings> check_openings(Store const& store, LogDirectory const& log, int shard);

} // namespace fanlight::node
