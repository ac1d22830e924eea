#pragma once
// How the opening of a log leaf lies in the store: every field about a person under that person's key for that event,
// with its hash beside it; and all of it, bound to its place in the log, under the opening key.
//
//   nonce || AEAD(opening key, u32 shard || u64 position, plain)
//   plain    = u8 2 || u16 n || n * field
//   field    = u8 tag || u8 0 || 32 salt || u32 length || value
//            | u8 tag || u8 1 || 16 person || 32 hash || 24 nonce || u32 length || AEAD(event key, tag, salt || value)

#include "crypto/opening.hpp"
#include "node/store/subject_keys.hpp"

namespace fanlight::node {

using OpeningKey = crypto::LockedAeadKey;

/// `subjects` gets a key for everybody whom a field is about; SubjectKeys::durable() before the result is committed.
Bytes seal_opening(OpeningKey const& key, SubjectKeys& subjects, int shard, std::uint64_t position,
                   std::span<crypto::Field const> fields, crypto::Random& random);
/// Fields of people who were erased have their hash only. Openings of the first form (without people) open as well.
/// Errc::damaged: cut off; Errc::bad_signature: of another place or key, or altered; Errc::malformed: a field that this
/// version does not know.
Result<crypto::ShownOpening> open_opening(OpeningKey const& key, SubjectKeys const& subjects, int shard,
                                          std::uint64_t position, ByteView sealed);

} // namespace fanlight::node
