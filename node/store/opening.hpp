#pragma once
// How the opening of a log leaf lies in the store: nonce || AEAD under the opening key, bound to its place in the log.

#include "crypto/leaf.hpp"
#include "crypto/sealing.hpp"

namespace fanlight::node {

using OpeningKey = crypto::LockedAeadKey;

Bytes seal_opening(OpeningKey const& key, int shard, std::uint64_t position, std::span<crypto::Field const> fields,
                   crypto::Random& random);
/// Errc::damaged: cut off; Errc::bad_signature: of another place or key, or altered; Errc::malformed: a field that this
/// version does not know.
Result<std::vector<crypto::Field>> open_opening(OpeningKey const& key, int shard, std::uint64_t position,
                                                ByteView sealed);

} // namespace fanlight::node
