#pragma once
// Leaves of our own log as witnesses keep them for us: sealed to ourselves (docs/protocol.md, "Gaps").
//
//   seal_at_rest( count * 96 leaf || n * (16 pseudonym || u32 shard || u64 position) )
//
// Behind the leaves are those whose keys the erasures among them destroyed, up to which place; filled up with zeros to
// a multiple of four, at least four, so that a copy's size does not tell that somebody was erased. An erasure's leaf
// does not say who it was; a backup from before it would bring the person back.

#include "protocol/engine/own_log.hpp"
#include "protocol/engine/self.hpp"

namespace fanlight::protocol {

inline constexpr std::size_t copy_erased_each = 4; ///< a copy has room for a multiple of this

struct LogCopy {
    std::vector<crypto::Leaf> leaves;
    std::vector<ErasedSubject> erased;
};

/// The leaves from `first` on, all published. Empty if there are none. Errors are those of the log.
Result<Bytes> seal_copy(Self const& self, OwnLog const& log, LeafPlace const& first, std::uint64_t count);
/// Errc::damaged: we did not seal it; Errc::malformed: not so many leaves, or no leaves.
Result<LogCopy> open_copy(Self const& self, ByteView sealed, std::uint64_t count);

} // namespace fanlight::protocol
