#pragma once
// Whether every leaf's opening is still there and says what the leaf commits to.

#include "node/log/log_directory.hpp"
#include "node/store/store.hpp"

namespace fanlight::node {

/// How many openings were checked: one a leaf. Errc::missing: a leaf without its opening; Errc::damaged: an opening
/// that is not what the leaf commits to; `at` is the leaf from 1.
Result<std::uint64_t> check_openings(Store const& store, LogDirectory const& log, int shard);

} // namespace fanlight::node
