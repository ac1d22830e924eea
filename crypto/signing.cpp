// Ed25519 through libsodium.

#include "crypto/signing.hpp"

#include <sodium.h>

namespace fanlight::crypto {

SigningKey SigningKey::generate(Random& random) {
    using Seed = Secret<struct SigningSeedTag, seed_bytes>;
    auto key = from_seed(random.make<Seed>().reveal());
    return std::move(key).value(); // 32 bytes, so it never fails
}

Result<SigningKey> SigningKey::from_seed(ByteView seed) {
    if (seed.size() != seed_bytes) return fail(Errc::malformed, "signing key");
    start_library();
    std::array<std::uint8_t, VerifyKey::size_bytes> key{};
    auto pair =
        Pair::make([&](MutableBytes out) { crypto_sign_ed25519_seed_keypair(key.data(), out.data(), seed.data()); });
    return SigningKey(std::move(pair), VerifyKey(key));
}

Signature SigningKey::sign(ByteView message) const {
    return Signature::make([&](MutableBytes out) {
        crypto_sign_ed25519_detached(out.data(), nullptr, message.data(), message.size(), pair_.reveal().data());
    });
}

bool verify(VerifyKey const& key, ByteView message, Signature const& signature) {
    return crypto_sign_ed25519_verify_detached(signature.view().data(), message.data(), message.size(),
                                               key.view().data()) == 0;
}

} // namespace fanlight::crypto
