// The sources of randomness: the system's, and repeatable ones.

#include "crypto/random.hpp"

#include <sodium.h>

namespace fanlight::crypto {

namespace {
template <std::size_t N> std::array<std::uint8_t, N> little_endian(std::uint64_t value) {
    std::array<std::uint8_t, N> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return bytes;
}
} // namespace

SystemRandom::SystemRandom() {
    start_library();
}

void SystemRandom::fill(MutableBytes bytes) {
    randombytes_buf(bytes.data(), bytes.size());
}

void DerivedRandom::fill(MutableBytes bytes) {
    auto const nonce = little_endian<crypto_stream_chacha20_NONCEBYTES>(draws_++);
    crypto_stream_chacha20(bytes.data(), bytes.size(), nonce.data(), seed_.reveal().data());
}

void SeededRandom::fill(MutableBytes bytes) {
    start_library();
    // One key for the seed, one nonce for each draw: a draw does not depend on the size of the one before it.
    auto const key = little_endian<crypto_stream_chacha20_KEYBYTES>(seed_);
    auto const nonce = little_endian<crypto_stream_chacha20_NONCEBYTES>(draws_++);
    crypto_stream_chacha20(bytes.data(), bytes.size(), nonce.data(), key.data());
}

} // namespace fanlight::crypto
