#pragma once
// Encryption: AEAD under a shared key, sealing to a public key, and a key under a passphrase.

#include "crypto/random.hpp"
#include "crypto/secret.hpp"

namespace fanlight::crypto {

using AeadKey = Secret<struct AeadKeyTag, 32>;
using Nonce = Tagged<struct NonceTag, 24>;
inline constexpr std::size_t aead_overhead_bytes = 16;

/// XChaCha20-Poly1305: cipher text || tag, `plain.size() + 16` bytes. A (key, nonce) pair is used once.
Bytes aead_seal(AeadKey const& key, Nonce const& nonce, ByteView associated, ByteView plain);
/// Errc::bad_signature if key, nonce, associated data or cipher text is not the one it was sealed with.
Result<Bytes> aead_open(AeadKey const& key, Nonce const& nonce, ByteView associated, ByteView cipher);

/// The same under a key that lives as long as the process, in locked pages.
using LockedAeadKey = LockedSecret<struct LockedAeadKeyTag, 32>;
Bytes aead_seal(LockedAeadKey const& key, Nonce const& nonce, ByteView associated, ByteView plain);
Result<Bytes> aead_open(LockedAeadKey const& key, Nonce const& nonce, ByteView associated, ByteView cipher);

using SealingPublicKey = Tagged<struct SealingPublicKeyTag, 32>;
/// An X25519 key pair for messages to this node.
class SealingKey {
  public:
    static SealingKey generate(Random& random);
    static Result<SealingKey> from_secret(ByteView secret);
    SealingPublicKey public_key() const { return public_; }
    ByteView reveal() const { return secret_.reveal(); }

  private:
    using Scalar = LockedSecret<struct SealingScalarTag, 32>;
    SealingKey(Scalar secret, SealingPublicKey key) : secret_(std::move(secret)), public_(key) {}
    Scalar secret_;
    SealingPublicKey public_;
};

/// ephemeral public key (32) || XChaCha20-Poly1305(plain) under
/// BLAKE2b-256(key = X25519 shared secret, label || ephemeral || recipient), zero nonce (the key is used once).
/// `label` is the domain label "fanlight/v1/seal". Adds 48 bytes.
/// Errc::malformed if `recipient` is a point of small order, which would make the key one that everybody knows.
inline constexpr std::size_t seal_overhead_bytes = 48;
Result<Bytes> seal(SealingPublicKey const& recipient, ByteView label, ByteView plain, Random& random);
/// Errc::bad_signature if it was not sealed to this key under this label or was altered; Errc::malformed if too short.
Result<Bytes> open(SealingKey const& key, ByteView label, ByteView sealed);

/// Argon2id (version 1.3, one lane) with these costs; recorded beside what it protects.
struct PassphraseCost {
    static constexpr std::uint64_t operations_max = 64;
    static constexpr std::uint64_t memory_bytes_max =
        4ULL * 1024 * 1024 * 1024; ///< a damaged file must not eat a machine
    std::uint64_t operations = 3;
    std::uint64_t memory_bytes = 256ULL * 1024 * 1024;
};
using Salt = Tagged<struct SaltTag, 16>;
/// Errc::too_large: costs over those limits; Errc::malformed: costs that Argon2id does not have (no operations, under
/// 8 KiB); Errc::io: the machine has not the memory.
Result<AeadKey> key_from_passphrase(ByteView passphrase, Salt const& salt, PassphraseCost cost);

} // namespace fanlight::crypto
