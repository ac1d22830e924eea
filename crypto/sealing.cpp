// XChaCha20-Poly1305, sealing to an X25519 key, and Argon2id, through libsodium.

#include "crypto/sealing.hpp"

#include "crypto/hash.hpp"

#include <sodium.h>

#include <cerrno>

namespace fanlight::crypto {

static_assert(AeadKey::size_bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(Nonce::size_bytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(aead_overhead_bytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(SealingPublicKey::size_bytes == crypto_scalarmult_BYTES);
static_assert(seal_overhead_bytes == SealingPublicKey::size_bytes + aead_overhead_bytes);
static_assert(Salt::size_bytes == crypto_pwhash_argon2id_SALTBYTES);

namespace {

Bytes seal_with(ByteView key, Nonce const& nonce, ByteView associated, ByteView plain) {
    Bytes cipher(plain.size() + aead_overhead_bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(cipher.data(), nullptr, plain.data(), plain.size(), associated.data(),
                                               associated.size(), nullptr, nonce.view().data(), key.data());
    return cipher;
}

Result<Bytes> open_with(ByteView key, Nonce const& nonce, ByteView associated, ByteView cipher) {
    constexpr auto where = "encrypted data";
    if (cipher.size() < aead_overhead_bytes) return fail(Errc::bad_signature, where);
    Bytes plain(cipher.size() - aead_overhead_bytes);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, cipher.data(), cipher.size(),
                                                   associated.data(), associated.size(), nonce.view().data(),
                                                   key.data()) != 0)
        return fail(Errc::bad_signature, where);
    return plain;
}

} // namespace

Bytes aead_seal(AeadKey const& key, Nonce const& nonce, ByteView associated, ByteView plain) {
    return seal_with(key.reveal(), nonce, associated, plain);
}

Result<Bytes> aead_open(AeadKey const& key, Nonce const& nonce, ByteView associated, ByteView cipher) {
    return open_with(key.reveal(), nonce, associated, cipher);
}

Bytes aead_seal(LockedAeadKey const& key, Nonce const& nonce, ByteView associated, ByteView plain) {
    return seal_with(key.reveal(), nonce, associated, plain);
}

Result<Bytes> aead_open(LockedAeadKey const& key, Nonce const& nonce, ByteView associated, ByteView cipher) {
    return open_with(key.reveal(), nonce, associated, cipher);
}

SealingKey SealingKey::generate(Random& random) {
    using Draw = Secret<struct SealingDrawTag, Scalar::size_bytes>;
    auto key = from_secret(random.make<Draw>().reveal());
    return std::move(key).value(); // 32 bytes, so it never fails
}

Result<SealingKey> SealingKey::from_secret(ByteView secret) {
    start_library();
    FANLIGHT_TRY(auto scalar, Scalar::parse(secret, "sealing key"));
    auto const key =
        SealingPublicKey::make([&](MutableBytes out) { crypto_scalarmult_base(out.data(), scalar.reveal().data()); });
    return SealingKey(std::move(scalar), key);
}

namespace {

constexpr auto sealed_message = "sealed message";

/// The key of one sealed message. It is used once, so that its nonce may be zero.
Result<AeadKey> seal_key(ByteView scalar, SealingPublicKey const& other, ByteView label,
                         SealingPublicKey const& ephemeral, SealingPublicKey const& recipient) {
    bool contributes = false;
    auto const shared = Secret<struct SharedSecretTag, crypto_scalarmult_BYTES>::make([&](MutableBytes out) {
        // RFC 7748, section 6.1: libsodium refuses points of small order and an all-zero result.
        contributes = crypto_scalarmult(out.data(), scalar.data(), other.view().data()) == 0;
    });
    if (!contributes) return fail(Errc::malformed, "sealing public key");
    return AeadKey::make([&](MutableBytes out) {
        blake2b(out, shared.reveal(), {label, ephemeral.view(), recipient.view()});
    });
}

} // namespace

Result<Bytes> seal(SealingPublicKey const& recipient, ByteView label, ByteView plain, Random& random) {
    start_library();
    auto const scalar = random.make<Secret<struct EphemeralTag, crypto_scalarmult_SCALARBYTES>>();
    auto const ephemeral =
        SealingPublicKey::make([&](MutableBytes out) { crypto_scalarmult_base(out.data(), scalar.reveal().data()); });
    FANLIGHT_TRY(auto const key, seal_key(scalar.reveal(), recipient, label, ephemeral, recipient));
    Bytes sealed = to_bytes(ephemeral.view());
    append(sealed, aead_seal(key, Nonce(), {}, plain));
    return sealed;
}

Result<Bytes> open(SealingKey const& key, ByteView label, ByteView sealed) {
    if (sealed.size() < seal_overhead_bytes) return fail(Errc::malformed, sealed_message);
    FANLIGHT_TRY(auto const ephemeral, SealingPublicKey::parse(sealed.first(SealingPublicKey::size_bytes)));
    auto const message_key = seal_key(key.reveal(), ephemeral, label, ephemeral, key.public_key());
    if (!message_key) return fail(Errc::bad_signature, sealed_message); // nobody honest sent such an ephemeral key
    auto plain = aead_open(message_key.value(), Nonce(), {}, sealed.subspan(SealingPublicKey::size_bytes));
    if (!plain) return fail(Errc::bad_signature, sealed_message);
    return plain;
}

Result<AeadKey> key_from_passphrase(ByteView passphrase, Salt const& salt, PassphraseCost cost) {
    constexpr auto where = "passphrase";
    if (cost.operations > PassphraseCost::operations_max || cost.memory_bytes > PassphraseCost::memory_bytes_max)
        return fail(Errc::too_large, "cost of the passphrase");
    if (cost.operations < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
        cost.memory_bytes < crypto_pwhash_argon2id_MEMLIMIT_MIN)
        return fail(Errc::malformed, "cost of the passphrase");
    start_library();
    // An empty view may be null, which libsodium's declaration forbids.
    auto const* const text = passphrase.empty() ? "" : as_text(passphrase).data();
    bool derived = false;
    auto key = AeadKey::make([&](MutableBytes out) {
        derived = crypto_pwhash_argon2id(out.data(), out.size(), text, passphrase.size(), salt.view().data(),
                                         cost.operations, static_cast<std::size_t>(cost.memory_bytes),
                                         crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
    });
    if (!derived) return fail(Errc::io, where, "This machine has not enough free memory for it.");
    return key;
}

} // namespace fanlight::crypto
