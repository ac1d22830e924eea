#pragma once
// Ed25519 (RFC 8032) signatures through libsodium.

#include "crypto/random.hpp"
#include "crypto/secret.hpp"

namespace fanlight::crypto {

using VerifyKey = Tagged<struct VerifyKeyTag, 32>;
using Signature = Tagged<struct SignatureTag, 64>;

/// One purpose a key (docs/protocol.md, "Keys"). The seed lies in locked pages.
class SigningKey {
  public:
    static constexpr std::size_t seed_bytes = 32;
    static SigningKey generate(Random& random);
    static Result<SigningKey> from_seed(ByteView seed);

    VerifyKey verify_key() const { return public_; }
    ByteView reveal_seed() const { return ByteView(pair_.reveal()).first(seed_bytes); }
    Signature sign(ByteView message) const;

  private:
    using Pair = LockedSecret<struct SigningPairTag, 64>; // libsodium's form: seed || public key
    SigningKey(Pair pair, VerifyKey key) : pair_(std::move(pair)), public_(key) {}
    Pair pair_;
    VerifyKey public_;
};

/// Refuses small-order keys and non-canonical signatures, as libsodium does.
[[nodiscard]] bool verify(VerifyKey const& key, ByteView message, Signature const& signature);

} // namespace fanlight::crypto
