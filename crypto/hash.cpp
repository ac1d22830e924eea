// SHA-2, HMAC and BLAKE2b over several parts, so that callers need not join them first.

#include "crypto/hash.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

Sha256 sha256(std::initializer_list<ByteView> parts) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (auto const part : parts) crypto_hash_sha256_update(&state, part.data(), part.size());
    return Sha256::make([&](MutableBytes out) { crypto_hash_sha256_final(&state, out.data()); });
}

struct Sha256Stream::State {
    crypto_hash_sha256_state state;
};
Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
    crypto_hash_sha256_init(&state_->state);
}
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;
void Sha256Stream::add(ByteView part) {
    crypto_hash_sha256_update(&state_->state, part.data(), part.size());
}
Sha256 Sha256Stream::end() {
    return Sha256::make([&](MutableBytes out) { crypto_hash_sha256_final(&state_->state, out.data()); });
}

Sha512 sha512(std::initializer_list<ByteView> parts) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (auto const part : parts) crypto_hash_sha512_update(&state, part.data(), part.size());
    return Sha512::make([&](MutableBytes out) { crypto_hash_sha512_final(&state, out.data()); });
}

Sha256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    for (auto const part : parts) crypto_auth_hmacsha256_update(&state, part.data(), part.size());
    auto const mac = Sha256::make([&](MutableBytes out) { crypto_auth_hmacsha256_final(&state, out.data()); });
    sodium_memzero(&state, sizeof state); // the outer state depends on the key
    return mac;
}

void blake2b(MutableBytes out, ByteView key, std::initializer_list<ByteView> parts) {
    assert(out.size() >= crypto_generichash_blake2b_BYTES_MIN && out.size() <= crypto_generichash_blake2b_BYTES_MAX);
    assert(key.size() <= crypto_generichash_blake2b_KEYBYTES_MAX);
    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init(&state, key.data(), key.size(), out.size());
    for (auto const part : parts) crypto_generichash_blake2b_update(&state, part.data(), part.size());
    crypto_generichash_blake2b_final(&state, out.data(), out.size());
    sodium_memzero(&state, sizeof state); // its buffer held the key
}

} // namespace fanlight::crypto
