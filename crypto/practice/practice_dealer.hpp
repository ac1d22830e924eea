#pragma once
// Practice only: one program makes the whole key and deals it. It is a library of its own that the live package does
// not contain; live federations hold a ceremony in which nobody ever has the key.

#include "crypto/voprf.hpp"

namespace fanlight::crypto {

struct DealtShare {
    ShareIndex index;
    OprfKey key;
    HolderPublic public_key;
};
struct Deal {
    HolderPublic group; ///< K
    std::vector<DealtShare> shares;
};
/// Shamir shares of `key` over the scalar field, threshold `t` of `n`; `coefficients` are t - 1 further scalars, that
/// of x first. Errc::malformed: t over n, n over limits::holders_max, or a share that would be zero.
Result<Deal> deal(OprfKey const& key, std::span<OprfKey const> coefficients, std::uint8_t holders);
/// A fresh random key and coefficients. 1 <= threshold <= holders <= limits::holders_max.
Deal deal(Random& random, std::uint8_t threshold, std::uint8_t holders);

} // namespace fanlight::crypto
