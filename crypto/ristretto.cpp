// The suite's scalars and hashes. Secret scalars see libsodium and nothing else but the comparison with the order.

#include "crypto/ristretto.hpp"

#include <cassert>

namespace fanlight::crypto::ristretto {

namespace {

constexpr std::size_t sha512_block_bytes = 128;

// RFC 9496, section 4: 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr std::array<std::uint8_t, 32> order = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                                0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                                0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

} // namespace

std::array<std::uint8_t, 2> two_bytes(std::size_t value) {
    assert(value <= 0xFFFFU);
    return {static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)};
}

bool is_scalar(ByteView bytes) {
    if (bytes.size() != order.size()) return false;
    unsigned borrow = 0; // of bytes - order: 1 at the end if bytes is the smaller
    for (std::size_t i = 0; i < order.size(); ++i) borrow = ((unsigned(bytes[i]) - order[i] - borrow) >> 8U) & 1U;
    return borrow == 1 && sodium_is_zero(bytes.data(), bytes.size()) == 0;
}

void random_scalar(MutableBytes out, Random& random) {
    assert(out.size() == order.size());
    // Of 253 random bits a little more than half lie below the order.
    constexpr int tries_max = 128;
    for (int i = 0; i < tries_max; ++i) {
        random.fill(out);
        out[31] &= 0x1FU;
        if (is_scalar(out)) return;
    }
    detail::stop("the source of randomness is broken: 128 draws without a scalar");
}

Scalar scalar_of(std::int64_t value) {
    return Scalar::make([&](MutableBytes out) {
        auto magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < 8; ++i, magnitude >>= 8U) out[i] = static_cast<std::uint8_t>(magnitude);
        if (value < 0) crypto_core_ristretto255_scalar_negate(out.data(), out.data());
    });
}

Scalar quotient_of(std::int64_t above, std::int64_t below) {
    return Scalar::make([&](MutableBytes out) {
        [[maybe_unused]] int const failed =
            crypto_core_ristretto255_scalar_invert(out.data(), scalar_of(below).reveal().data());
        assert(failed == 0);
        crypto_core_ristretto255_scalar_mul(out.data(), out.data(), scalar_of(above).reveal().data());
    });
}

void sha512_into(MutableBytes out, Parts parts) {
    assert(out.size() == crypto_hash_sha512_BYTES);
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (auto const part : parts) crypto_hash_sha512_update(&state, part.data(), part.size());
    crypto_hash_sha512_final(&state, out.data()); // wipes the state
}

namespace {

void add(crypto_hash_sha512_state& state, Parts parts) {
    for (auto const part : parts) crypto_hash_sha512_update(&state, part.data(), part.size());
}

crypto_hash_sha512_state begin() {
    std::array<std::uint8_t, sha512_block_bytes> constexpr z_pad{};
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    add(state, {z_pad});
    return state;
}

/// After the message. One block of SHA-512 is all the output, so there is a b_0 and a b_1 and no b_2.
Uniform finish(crypto_hash_sha512_state& state, std::string_view purpose) {
    auto constexpr length_and_zero = std::to_array<std::uint8_t>({0, Uniform::size_bytes, 0});
    auto constexpr one = std::to_array<std::uint8_t>({1});
    auto const dst_length = std::to_array({static_cast<std::uint8_t>(purpose.size() + context_string.size())});
    add(state, {length_and_zero, as_bytes(purpose), as_bytes(context_string), dst_length});
    auto const first =
        Uniform::make([&](MutableBytes out) { crypto_hash_sha512_final(&state, out.data()); }); // wipes the state
    return Uniform::make([&](MutableBytes out) {
        sha512_into(out, {first.reveal(), one, as_bytes(purpose), as_bytes(context_string), dst_length});
    });
}

Scalar reduced(Uniform const& uniform) {
    return Scalar::make(
        [&](MutableBytes out) { crypto_core_ristretto255_scalar_reduce(out.data(), uniform.reveal().data()); });
}

} // namespace

Uniform expand(Parts message, std::string_view purpose) {
    auto state = begin();
    add(state, message);
    return finish(state, purpose);
}

Scalar hash_to_scalar(Parts message, std::string_view purpose) {
    return reduced(expand(message, purpose));
}

ScalarHash::ScalarHash(Parts beginning) : begun_(begin()) {
    add(begun_, beginning);
}

Scalar ScalarHash::of(Parts rest) const {
    auto state = begun_;
    add(state, rest);
    return reduced(finish(state, scalar_purpose));
}

SecretPoint hash_to_group(ByteView input) {
    auto const uniform = expand({input}, "HashToGroup-");
    return SecretPoint::make(
        [&](MutableBytes out) { crypto_core_ristretto255_from_hash(out.data(), uniform.reveal().data()); });
}

} // namespace fanlight::crypto::ristretto
