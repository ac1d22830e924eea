#pragma once
// Below the VOPRF and the shares, inside this room only: scalars and hashing of ristretto255-SHA512 (RFC 9497,
// section 4.1).

#include "crypto/random.hpp"
#include "crypto/secret.hpp"

#include <sodium.h>

#include <initializer_list>
#include <string_view>

namespace fanlight::crypto::ristretto {

/// contextString of RFC 9497, section 3.1: "OPRFV1-" || I2OSP(mode VOPRF, 1) || "-" || identifier.
inline constexpr std::string_view context_string = "OPRFV1-"
                                                   "\x01"
                                                   "-ristretto255-SHA512";
inline constexpr std::string_view scalar_purpose = "HashToScalar-";
using Parts = std::initializer_list<ByteView>;
using Scalar = Secret<struct ScalarTag, 32>;           ///< reduced; also for public ones, where it costs nothing
using Uniform = Secret<struct UniformTag, 64>;         ///< 512 bits to map or to reduce
using PublicPoint = std::array<std::uint8_t, 32>;      ///< an encoding, perhaps of the identity
using SecretPoint = Secret<struct SecretPointTag, 32>; ///< tells of an input

/// I2OSP(value, 2).
std::array<std::uint8_t, 2> two_bytes(std::size_t value);

/// Whether the 32 bytes are a scalar below the group order and not zero. Its time does not depend on them.
bool is_scalar(ByteView bytes);
/// Uniform in 1..order-1, by rejection. Stops the process if the generator is broken.
void random_scalar(MutableBytes out, Random& random);
/// Modulo the group order.
Scalar scalar_of(std::int64_t value);

/// above / below modulo the group order; `below` is not zero. For public numbers.
Scalar quotient_of(std::int64_t above, std::int64_t below);

/// SHA-512 of the concatenation, written in place.
void sha512_into(MutableBytes out, Parts parts);
/// RFC 9380, section 5.3.1, to 64 bytes, with DST = purpose || contextString.
Uniform expand(Parts message, std::string_view purpose);
/// Reduced; zero only by a chance of 2^-252.
Scalar hash_to_scalar(Parts message, std::string_view purpose = scalar_purpose);
/// The same of many messages that begin alike; the beginning is hashed once. For public messages.
class ScalarHash {
  public:
    explicit ScalarHash(Parts beginning);
    Scalar of(Parts rest) const;

  private:
    crypto_hash_sha512_state begun_;
};
/// Perhaps the identity, by the same chance.
SecretPoint hash_to_group(ByteView input);

} // namespace fanlight::crypto::ristretto
