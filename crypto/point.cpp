// Points: decoding, encoding, adding, and multiplication by small integers.

#include "crypto/point.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto::point {

namespace {

/// SQRT_RATIO_M1(1, v) of RFC 9496, section 4.2.
struct InverseRoot {
    bool was_square;
    Field root;
};
InverseRoot inverse_root(Field const& v) {
    auto const v3 = multiply(square(v), v);
    auto const v7 = multiply(square(v3), v);
    auto const r = multiply(v3, power_p58(v7));
    auto const check = to_bytes(multiply(v, square(r)));
    constexpr auto one = to_bytes(constants::one);
    constexpr auto minus_one = to_bytes(negate(constants::one));
    constexpr auto minus_i = to_bytes(negate(constants::sqrt_m1));
    bool const flip = check == minus_one || check == minus_i;
    return {check == one || check == minus_one, absolute(flip ? multiply(r, constants::sqrt_m1) : r)};
}

/// The end that additions share: X = EF, Y = GH, Z = FG, T = EH.
[[gnu::always_inline]] inline Point complete(Field const& e, Field const& f, Field const& g, Field const& h) {
    return {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)};
}

/// Non-adjacent form, lowest digit first: on average one digit in three is not zero.
std::vector<std::int8_t> non_adjacent_form(std::int64_t value) {
    std::vector<std::int8_t> digits;
    while (value != 0) {
        std::int8_t digit = 0;
        if (value % 2 != 0) digit = (value & 3) == 1 ? std::int8_t{1} : std::int8_t{-1};
        digits.push_back(digit);
        value = (value - digit) / 2;
    }
    return digits;
}

} // namespace

std::optional<Decoded> decode(EncodingView bytes) {
    auto const s = field_of(bytes);
    auto const canonical = to_bytes(s);
    if (!std::equal(bytes.begin(), bytes.end(), canonical.begin()) || (bytes[0] & 1U) != 0) return std::nullopt;
    auto const ss = square(s);
    auto const u1 = subtract(constants::one, ss);
    auto const u2 = add(constants::one, ss);
    auto const u2_squared = square(u2);
    auto const v = subtract(negate(multiply(constants::d, square(u1))), u2_squared);
    auto const [was_square, root] = inverse_root(multiply(v, u2_squared));
    auto const den_x = multiply(root, u2);
    auto const den_y = multiply(multiply(root, den_x), v);
    auto const x = absolute(multiply(add(s, s), den_x));
    auto const y = multiply(u1, den_y);
    auto const t = multiply(x, y);
    if (!was_square || is_negative(t) || is_zero(y)) return std::nullopt;
    return Decoded{tight(add(y, x)), tight(subtract(y, x)), multiply(t, constants::two_d)};
}

Encoding encode(Point const& point) {
    auto const u1 = multiply(add(point.z, point.y), subtract(point.z, point.y));
    auto const u2 = multiply(point.x, point.y);
    auto const root = inverse_root(multiply(u1, square(u2))).root; // a square for every point of the group
    auto const den1 = multiply(root, u1);
    auto const den2 = multiply(root, u2);
    auto const z_inverse = multiply(multiply(den1, den2), point.t);
    bool const rotate = is_negative(multiply(point.t, z_inverse));
    auto const x = rotate ? multiply(point.y, constants::sqrt_m1) : point.x;
    auto const y = rotate ? multiply(point.x, constants::sqrt_m1) : point.y;
    auto const den_inverse = rotate ? multiply(den1, constants::invsqrt_a_minus_d) : den2;
    auto const difference = is_negative(multiply(x, z_inverse)) ? add(point.z, y) : subtract(point.z, y);
    return to_bytes(absolute(multiply(den_inverse, difference)));
}

// X = 4x, Y = 4y, Z = 4, T = 4xy: one multiplication; Z = 1 would need a division by two.
Point to_point(Decoded const& a, bool negative) {
    auto const two_x = tight(negative ? subtract(a.y_minus_x, a.y_plus_x) : subtract(a.y_plus_x, a.y_minus_x));
    auto const two_y = tight(add(a.y_plus_x, a.y_minus_x));
    return {add(two_x, two_x), add(two_y, two_y), Field{{4, 0, 0, 0, 0}}, multiply(two_x, two_y)};
}

Point add(Point const& p, Point const& q) {
    auto const a = multiply(subtract(p.y, p.x), subtract(q.y, q.x));
    auto const b = multiply(add(p.y, p.x), add(q.y, q.x));
    auto const c = multiply(multiply(p.t, constants::two_d), q.t);
    auto const zz = multiply(p.z, q.z);
    auto const d = add(zz, zz);
    return complete(subtract(b, a), subtract(d, c), add(d, c), add(b, a));
}

Point add(Point const& p, Decoded const& q, bool negative) {
    // Subtracting swaps y + x with y - x, and d + c with d - c. By address: half of the branches would be mispredicted.
    std::array const factors{&q.y_minus_x, &q.y_plus_x};
    auto const a = multiply(subtract(p.y, p.x), *factors[negative ? 1 : 0]);
    auto const b = multiply(add(p.y, p.x), *factors[negative ? 0 : 1]);
    auto const c = multiply(p.t, q.two_dxy);
    auto const d = add(p.z, p.z);
    auto const plus = add(d, c);
    auto const minus = subtract(d, c);
    return complete(subtract(b, a), negative ? plus : minus, negative ? minus : plus, add(b, a));
}

// With all signs turned: E = (X + Y)^2 - A - B, F = B - A - C, G = B - A, H = -(A + B).
Point twice(Point const& p) {
    auto const a = square(p.x);
    auto const b = square(p.y);
    auto const zz = square(p.z);
    auto const sum = add(a, b);
    auto const e = subtract(square(add(p.x, p.y)), sum);
    auto const f = subtract(b, add(a, add(zz, zz)));
    return complete(e, f, subtract(b, a), negate(sum));
}

Integers::Integers(std::span<std::int64_t const> values) : size_(values.size()) {
    for (std::size_t i = 0; i < size_; ++i) {
        auto const digits = non_adjacent_form(values[i]);
        if (digits_.size() < digits.size()) digits_.resize(digits.size(), std::vector<std::int8_t>(size_));
        for (std::size_t power = 0; power < digits.size(); ++power) digits_[power][i] = digits[power];
    }
}

Point Integers::sum(std::span<Decoded const* const> points) const {
    assert(points.size() == size_);
    auto result = identity;
    for (auto row = digits_.rbegin(); row != digits_.rend(); ++row) {
        if (row != digits_.rbegin()) result = twice(result);
        for (std::size_t i = 0; i < size_; ++i) {
            if ((*row)[i] != 0) result = add(result, *points[i], (*row)[i] < 0);
        }
    }
    return result;
}

Result<void> spot_check(Encoding const& ours, std::span<Multiple const> multiples) {
    Encoding sum{};
    for (auto const& multiple : multiples) {
        Encoding product{};
        // -1 is a product that is the identity, which adds nothing.
        if (crypto_scalarmult_ristretto255(product.data(), multiple.scalar.data(), multiple.element.data()) != 0)
            continue;
        crypto_core_ristretto255_add(sum.data(), sum.data(), product.data());
    }
    if (sum != ours) return fail(Errc::damaged, "arithmetic of this machine");
    return ok();
}

} // namespace fanlight::crypto::point
