#pragma once
// What a log leaf commits to, shown in part: of every field its tag and its hash, and of some of them the value and the
// salt. So chosen fields can be revealed to somebody, and a person's fields destroyed, and whoever has the leaf can
// still check all that is left (docs/protocol.md, "Openings").

#include "crypto/leaf.hpp"

#include <optional>

namespace fanlight::crypto {

struct ShownField {
    FieldTag tag;
    Sha256 hash;
    std::optional<Pseudonym> about; ///< in a node's own store only; never encoded
    struct Value {
        Bytes value;
        std::array<std::uint8_t, 32> salt{};
    };
    std::optional<Value> shown; ///< none: redacted, or erased
};
using ShownOpening = std::vector<ShownField>;

/// Everything shown.
ShownOpening show_all(std::span<Field const> fields);
/// Only the fields with these tags keep value and salt; `about` goes from all.
ShownOpening show_only(ShownOpening opening, std::span<FieldTag const> tags);

/// The commitment that these hashes make. Errc::bad_signature: a shown value is not that of its hash; `at` is the field
/// from 1.
Result<Sha256> commitment_of(ShownOpening const& opening);

/// The first shown value of a tag; nothing if there is none.
std::optional<ByteView> first_of(ShownOpening const& opening, FieldTag tag);

/// u16 n, then n * (u8 tag, u8 shown; shown 0: 32 hash; shown 1: 32 salt, u32 length, value). One encoding.
Bytes encode_shown(ShownOpening const& opening);
/// Errc::malformed; `at` is the field from 1. Hashes of shown fields are computed, so those always fit.
Result<ShownOpening> parse_shown(ByteView bytes);

} // namespace fanlight::crypto
