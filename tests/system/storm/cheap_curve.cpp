// Curve arithmetic at almost no cost, for simulations only. Linked into a program, this takes the place of libsodium's
// functions on curves and of crypto/point.hpp, behind the same interface; everything above them is the shipped code.
//
// The group is that of the scalars modulo the order of ristretto255 under addition: a "point" is a number, multiplying
// is multiplying. Blinding, shares, commitments, proofs and key agreement hold in it as they do on the curve, because
// they need nothing but a group of that order. Of course it keeps nothing secret: public and secret keys are the same
// number. A signature is a hash keyed with the public key. So a simulation of this kind shows what a protocol does, and
// nothing about what can be broken; some runs use the real curve.

#include "base/result.hpp"
#include "crypto/point.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace {

using Number = std::array<std::uint8_t, 32>; ///< little-endian, below the group order

Number reduced(std::uint8_t const* bytes) {
    std::array<std::uint8_t, 64> wide{};
    std::copy_n(bytes, 32, wide.begin());
    Number number{};
    crypto_core_ristretto255_scalar_reduce(number.data(), wide.data());
    return number;
}

bool is_zero(Number const& number) {
    return std::all_of(number.begin(), number.end(), [](std::uint8_t byte) { return byte == 0; });
}

Number sum(Number const& a, Number const& b) {
    Number result{};
    crypto_core_ristretto255_scalar_add(result.data(), a.data(), b.data());
    return result;
}

Number product(Number const& a, Number const& b) {
    Number result{};
    crypto_core_ristretto255_scalar_mul(result.data(), a.data(), b.data());
    return result;
}

Number negated(Number const& a) {
    Number result{};
    crypto_core_ristretto255_scalar_negate(result.data(), a.data());
    return result;
}

Number number_of(std::int64_t value) {
    Number bytes{};
    auto const magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    std::memcpy(bytes.data(), &magnitude, sizeof magnitude);
    return value < 0 ? negated(bytes) : bytes;
}

/// -1 where libsodium says that the result is the identity.
int give(std::uint8_t* out, Number const& number) {
    std::copy(number.begin(), number.end(), out);
    return is_zero(number) ? -1 : 0;
}

} // namespace

extern "C" {

int crypto_core_ristretto255_is_valid_point(unsigned char const* p) {
    return std::memcmp(reduced(p).data(), p, 32) == 0 ? 1 : 0;
}

int crypto_core_ristretto255_add(unsigned char* r, unsigned char const* p, unsigned char const* q) {
    give(r, sum(reduced(p), reduced(q)));
    return 0;
}

int crypto_core_ristretto255_from_hash(unsigned char* p, unsigned char const* r) {
    crypto_core_ristretto255_scalar_reduce(p, r);
    return 0;
}

int crypto_scalarmult_ristretto255(unsigned char* q, unsigned char const* n, unsigned char const* p) {
    return give(q, product(reduced(n), reduced(p)));
}

int crypto_scalarmult_ristretto255_base(unsigned char* q, unsigned char const* n) {
    return give(q, reduced(n));
}

int crypto_scalarmult_base(unsigned char* q, unsigned char const* n) {
    return give(q, reduced(n));
}

int crypto_scalarmult(unsigned char* q, unsigned char const* n, unsigned char const* p) {
    return give(q, product(reduced(n), reduced(p)));
}

int crypto_sign_ed25519_seed_keypair(unsigned char* pk, unsigned char* sk, unsigned char const* seed) {
    crypto_generichash_blake2b(pk, 32, seed, 32, nullptr, 0);
    std::copy_n(seed, 32, sk);
    std::copy_n(pk, 32, sk + 32);
    return 0;
}

int crypto_sign_ed25519_detached(unsigned char* sig, unsigned long long* length, unsigned char const* m,
                                 unsigned long long size, unsigned char const* sk) {
    if (length != nullptr) *length = 64;
    return crypto_generichash_blake2b(sig, 64, m, size, sk + 32, 32);
}

int crypto_sign_ed25519_verify_detached(unsigned char const* sig, unsigned char const* m, unsigned long long size,
                                        unsigned char const* pk) {
    std::array<std::uint8_t, 64> expected{};
    crypto_generichash_blake2b(expected.data(), expected.size(), m, size, pk, 32);
    return sodium_memcmp(expected.data(), sig, expected.size());
}

} // extern "C"

namespace fanlight::crypto::point {

namespace {

void put(Field& field, Number const& number) {
    std::memcpy(field.limbs.data(), number.data(), number.size());
}

Number taken(Field const& field) {
    Number number{};
    std::memcpy(number.data(), field.limbs.data(), number.size());
    return number;
}

Point point_of(Number const& number) {
    Point point{};
    put(point.x, number);
    return point;
}

} // namespace

std::optional<Decoded> decode(EncodingView bytes) {
    auto const number = reduced(bytes.data());
    if (!std::equal(number.begin(), number.end(), bytes.begin())) return std::nullopt;
    Decoded decoded{};
    put(decoded.y_plus_x, number);
    return decoded;
}

Encoding encode(Point const& point) {
    return taken(point.x);
}

Point to_point(Decoded const& a, bool negative) {
    auto const number = taken(a.y_plus_x);
    return point_of(negative ? negated(number) : number);
}

Point add(Point const& a, Point const& b) {
    return point_of(sum(taken(a.x), taken(b.x)));
}

Point add(Point const& a, Decoded const& b, bool negative) {
    return add(a, to_point(b, negative));
}

Point twice(Point const& a) {
    return add(a, a);
}

/// The digits of the shipped code are not needed: the values themselves are kept in their place.
Integers::Integers(std::span<std::int64_t const> values) : size_(values.size()) {
    for (auto const value : values) {
        auto const number = number_of(value);
        digits_.emplace_back(number.begin(), number.end());
    }
}

Point Integers::sum(std::span<Decoded const* const> points) const {
    Number total{};
    for (std::size_t i = 0; i < size_; ++i) {
        Number number{};
        std::copy(digits_[i].begin(), digits_[i].end(), number.begin());
        total = ::sum(total, product(number, taken(points[i]->y_plus_x)));
    }
    return point_of(total);
}

Scalars::Scalars(std::span<EncodingView const> scalars) : size_(scalars.size()), width_(0), windows_(0) {
    for (auto const& scalar : scalars) digits_.insert(digits_.end(), scalar.begin(), scalar.end());
}

std::vector<Point> Scalars::sums(std::span<std::span<Decoded const> const> lists, Parallel const&) const {
    std::vector<Point> found;
    found.reserve(lists.size());
    for (auto const& list : lists) {
        Number total{};
        for (std::size_t i = 0; i < size_; ++i) {
            Number number{};
            std::copy_n(digits_.begin() + static_cast<std::ptrdiff_t>(32 * i), 32, number.begin());
            total = ::sum(total, product(reduced(number.data()), taken(list[i].y_plus_x)));
        }
        found.push_back(point_of(total));
    }
    return found;
}

Result<void> spot_check(Encoding const& ours, std::span<Multiple const> multiples) {
    Number total{};
    for (auto const& multiple : multiples)
        total = sum(total, product(reduced(multiple.scalar.data()), reduced(multiple.element.data())));
    if (total != ours) return fail(Errc::damaged, "spot check of a batch");
    return ok();
}

} // namespace fanlight::crypto::point
