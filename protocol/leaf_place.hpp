#pragma once
// Where a leaf is in a node's own log: in which shard, at which position there; and how shards are called.

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace fanlight::protocol {

/// A leaf's place. `shard` is the year of the log, or year * 1000 + n for its n-th continuation (n from 2), after
/// leaves were lost for good (docs/protocol.md, "Gaps").
struct LeafPlace {
    std::int32_t shard = 0;
    std::uint64_t position = 0;
    bool operator==(LeafPlace const&) const = default;
    std::strong_ordering operator<=>(LeafPlace const& other) const; ///< a continuation after its year, before the next
};
/// "2026", "2026-2": the last part of a log's origin, and the name of its directory.
std::string shard_name(std::int32_t shard);
Result<std::int32_t> parse_shard_name(std::string_view name); ///< Errc::malformed
int year_of_shard(std::int32_t shard);

} // namespace fanlight::protocol
