#pragma once
// GF(2^255 - 19), below point.hpp and for PUBLIC data only: nothing here promises a time that does not depend on the
// values. Five limbs of 51 bits; the products need an unsigned type of 128 bits and no instruction set beyond that.
//
// Bounds. A product is "tight": its limbs are below 2^51 + 2^17. multiply() and square() take limbs up to 2^54. So a
// sum of two tight values, or a difference of such a sum and a sum of at most three, goes straight into a product.
//
// The compilers think products too long to inline; without the call a sum of points takes a tenth less time.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fanlight::crypto::point {

__extension__ typedef unsigned __int128 Wide;

struct Field {
    std::array<std::uint64_t, 5> limbs{};
};

namespace constants {
inline constexpr std::uint64_t mask = (std::uint64_t(1) << 51U) - 1;
inline constexpr Field zero{};
inline constexpr Field one{{1, 0, 0, 0, 0}};
// RFC 9496, section 4.1.
inline constexpr Field d{{0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
inline constexpr Field two_d{{0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
inline constexpr Field sqrt_m1{{0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
inline constexpr Field invsqrt_a_minus_d{
    {0x0fdaa805d40ea, 0x2eb482e57d339, 0x007610274bc58, 0x6510b613dc8ff, 0x786c8905cfaff}};
} // namespace constants

[[gnu::always_inline]] constexpr Field add(Field const& a, Field const& b) {
    return {{a.limbs[0] + b.limbs[0], a.limbs[1] + b.limbs[1], a.limbs[2] + b.limbs[2], a.limbs[3] + b.limbs[3],
             a.limbs[4] + b.limbs[4]}};
}

/// a - b + 4p; the limbs of b are at most 2^53 - 76.
[[gnu::always_inline]] constexpr Field subtract(Field const& a, Field const& b) {
    constexpr std::uint64_t low = 0x1fffffffffffb4;  // 4 * (2^51 - 19)
    constexpr std::uint64_t high = 0x1ffffffffffffc; // 4 * (2^51 - 1)
    return {{a.limbs[0] + low - b.limbs[0], a.limbs[1] + high - b.limbs[1], a.limbs[2] + high - b.limbs[2],
             a.limbs[3] + high - b.limbs[3], a.limbs[4] + high - b.limbs[4]}};
}

constexpr Field negate(Field const& a) {
    return subtract(constants::zero, a);
}

/// Sums of products, each below 2^115, into a tight value. All carries move one limb up at once, twice: one after the
/// other, each would wait for the last.
[[gnu::always_inline]] constexpr Field carry(Wide r0, Wide r1, Wide r2, Wide r3, Wide r4) {
    using constants::mask;
    // 2^255 = 19. The fifth sum has no factor 19, so that 19 times its carry fits in 64 bits.
    auto const l0 = (static_cast<std::uint64_t>(r0) & mask) + 19 * static_cast<std::uint64_t>(r4 >> 51U);
    auto const l1 = (static_cast<std::uint64_t>(r1) & mask) + static_cast<std::uint64_t>(r0 >> 51U);
    auto const l2 = (static_cast<std::uint64_t>(r2) & mask) + static_cast<std::uint64_t>(r1 >> 51U);
    auto const l3 = (static_cast<std::uint64_t>(r3) & mask) + static_cast<std::uint64_t>(r2 >> 51U);
    auto const l4 = (static_cast<std::uint64_t>(r4) & mask) + static_cast<std::uint64_t>(r3 >> 51U);
    return {{(l0 & mask) + 19 * (l4 >> 51U), (l1 & mask) + (l0 >> 51U), (l2 & mask) + (l1 >> 51U),
             (l3 & mask) + (l2 >> 51U), (l4 & mask) + (l3 >> 51U)}};
}

/// The same value, tight.
constexpr Field tight(Field const& a) {
    return carry(a.limbs[0], a.limbs[1], a.limbs[2], a.limbs[3], a.limbs[4]);
}

[[gnu::always_inline]] constexpr Field multiply(Field const& a, Field const& b) {
    std::uint64_t const a0 = a.limbs[0], a1 = a.limbs[1], a2 = a.limbs[2], a3 = a.limbs[3], a4 = a.limbs[4];
    std::uint64_t const b0 = b.limbs[0], b1 = b.limbs[1], b2 = b.limbs[2], b3 = b.limbs[3], b4 = b.limbs[4];
    std::uint64_t const c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
    return carry(Wide(a0) * b0 + Wide(a1) * c4 + Wide(a2) * c3 + Wide(a3) * c2 + Wide(a4) * c1,
                 Wide(a0) * b1 + Wide(a1) * b0 + Wide(a2) * c4 + Wide(a3) * c3 + Wide(a4) * c2,
                 Wide(a0) * b2 + Wide(a1) * b1 + Wide(a2) * b0 + Wide(a3) * c4 + Wide(a4) * c3,
                 Wide(a0) * b3 + Wide(a1) * b2 + Wide(a2) * b1 + Wide(a3) * b0 + Wide(a4) * c4,
                 Wide(a0) * b4 + Wide(a1) * b3 + Wide(a2) * b2 + Wide(a3) * b1 + Wide(a4) * b0);
}

[[gnu::always_inline]] constexpr Field square(Field const& a) {
    std::uint64_t const a0 = a.limbs[0], a1 = a.limbs[1], a2 = a.limbs[2], a3 = a.limbs[3], a4 = a.limbs[4];
    std::uint64_t const d0 = 2 * a0, d1 = 2 * a1, e3 = 19 * a3, e4 = 19 * a4, f3 = 2 * e3, f4 = 2 * e4;
    return carry(Wide(a0) * a0 + Wide(a1) * f4 + Wide(a2) * f3, Wide(d0) * a1 + Wide(a2) * f4 + Wide(a3) * e3,
                 Wide(d0) * a2 + Wide(a1) * a1 + Wide(a3) * f4, Wide(d0) * a3 + Wide(d1) * a2 + Wide(a4) * e4,
                 Wide(d0) * a4 + Wide(d1) * a3 + Wide(a2) * a2);
}

/// a^(2^times)
constexpr Field square(Field a, int times) {
    for (int i = 0; i < times; ++i) a = square(a);
    return a;
}

/// a^(2^252 - 3) = a^((p - 5) / 8), the power behind every square root here.
constexpr Field power_p58(Field const& a) {
    // Below, x_n = a^(2^n - 1).
    auto const a2 = square(a);
    auto const a9 = multiply(square(a2, 2), a);
    auto const a11 = multiply(a9, a2);
    auto const x5 = multiply(square(a11), a9);
    auto const x10 = multiply(square(x5, 5), x5);
    auto const x20 = multiply(square(x10, 10), x10);
    auto const x40 = multiply(square(x20, 20), x20);
    auto const x50 = multiply(square(x40, 10), x10);
    auto const x100 = multiply(square(x50, 50), x50);
    auto const x200 = multiply(square(x100, 100), x100);
    auto const x250 = multiply(square(x200, 50), x50);
    return multiply(square(x250, 2), a);
}

/// Canonical, little-endian.
constexpr std::array<std::uint8_t, 32> to_bytes(Field const& a) {
    using constants::mask;
    auto l = tight(tight(a)).limbs;
    // l < 2p: whether l >= p is the carry out of l + 19.
    std::uint64_t over = 19;
    for (auto const limb : l) over = (limb + over) >> 51U;
    std::uint64_t rest = 19 * over;
    for (auto& limb : l) {
        limb += rest;
        rest = limb >> 51U;
        limb &= mask;
    }
    std::array<std::uint64_t, 4> const words{l[0] | (l[1] << 51U), (l[1] >> 13U) | (l[2] << 38U),
                                             (l[2] >> 26U) | (l[3] << 25U), (l[3] >> 39U) | (l[4] << 12U)};
    if constexpr (std::endian::native == std::endian::little) {
        return std::bit_cast<std::array<std::uint8_t, 32>>(words);
    } else {
        std::array<std::uint8_t, 32> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(words[i / 8] >> (8U * (i % 8)));
        return bytes;
    }
}

/// Little-endian; the top bit is not looked at, nor whether the value is below p.
constexpr Field field_of(std::span<std::uint8_t const, 32> bytes) {
    using constants::mask;
    std::array<std::uint64_t, 4> words{};
    for (std::size_t i = 0; i < bytes.size(); ++i) words[i / 8] |= std::uint64_t(bytes[i]) << (8U * (i % 8));
    return {{words[0] & mask, ((words[0] >> 51U) | (words[1] << 13U)) & mask,
             ((words[1] >> 38U) | (words[2] << 26U)) & mask, ((words[2] >> 25U) | (words[3] << 39U)) & mask,
             (words[3] >> 12U) & mask}};
}

constexpr bool equal(Field const& a, Field const& b) {
    return to_bytes(a) == to_bytes(b);
}
constexpr bool is_zero(Field const& a) {
    return equal(a, constants::zero);
}
/// RFC 9496, section 4.2: IS_NEGATIVE, the lowest bit.
constexpr bool is_negative(Field const& a) {
    return (to_bytes(a)[0] & 1U) != 0;
}
constexpr Field absolute(Field const& a) {
    return is_negative(a) ? negate(a) : a;
}

} // namespace fanlight::crypto::point
