// Points and scalars that come from others: our own reading of them (crypto/point.hpp) against libsodium's, alone and
// in batches. Both take exactly the same bytes, and what they take computes to the same.

#include "crypto/keygen.hpp"
#include "crypto/point.hpp"
#include "crypto/voprf.hpp"
#include "oracle.hpp"

#include <sodium.h>

#include <array>

using namespace fanlight;
using namespace fanlight::crypto;
using fuzz::require;

namespace {

using Encoded = std::array<std::uint8_t, 32>;
using AnyBytes = Tagged<struct AnyBytesTag, 32>;
constexpr std::size_t batch_tried_max = 64;

Encoded hashed_to_point(ByteView words) {
    std::array<std::uint8_t, 64> hash{};
    crypto_hash_sha512(hash.data(), words.data(), words.size());
    Encoded made{};
    crypto_core_ristretto255_from_hash(made.data(), hash.data());
    return made;
}

/// RFC 9496, section 4.3.1, with the identity refused: libsodium 1.0.18 ignores the top bit.
bool sodium_takes(Encoded const& bytes) {
    if ((bytes[31] & 0x80U) != 0) return false;
    return crypto_core_ristretto255_is_valid_point(bytes.data()) == 1 &&
           sodium_is_zero(bytes.data(), bytes.size()) == 0;
}

/// A point or not: as it stands, as a valid one, or as one of those with a bit turned.
Encoded next_point(fuzz::Input& input) {
    auto const kind = input.u8();
    if (kind % 4 == 0) return input.tagged<AnyBytes>().array();
    if (kind % 32 == 1) return Encoded{};
    auto made = hashed_to_point(input.bytes(kind % 4));
    if (kind % 8 == 3) {
        auto const turned = input.u8();
        made[turned / 8U] ^= static_cast<std::uint8_t>(1U << (turned % 8U));
    }
    return made;
}

void check_point(Encoded const& bytes) {
    bool const valid = sodium_takes(bytes);
    bool const is_identity = sodium_is_zero(bytes.data(), bytes.size()) == 1;
    auto const decoded = point::decode(bytes);
    require(decoded.has_value() == (valid || is_identity));
    require(bool(Blinded::parse(bytes)) == valid && bool(Evaluated::parse(bytes)) == valid);
    require(bool(HolderPublic::parse(bytes)) == valid && bool(Commitment::parse(bytes)) == valid);
    if (!decoded) return;
    require(point::encode(point::to_point(*decoded)) == bytes);
    if (!valid) return;
    Encoded doubled{};
    require(crypto_core_ristretto255_add(doubled.data(), bytes.data(), bytes.data()) == 0);
    auto const ours = point::to_point(*decoded);
    require(point::encode(point::twice(ours)) == doubled && point::encode(point::add(ours, *decoded)) == doubled);
    require(point::encode(point::add(ours, *decoded, true)) == Encoded{});
}

void try_batch(fuzz::Input input) {
    Bytes bytes;
    bool all = true;
    std::size_t count = 0;
    while (!input.empty() && count < batch_tried_max) {
        auto const one = next_point(input);
        if (count < 4) check_point(one);
        all = all && sodium_takes(one);
        append(bytes, one);
        ++count;
    }
    auto const blinded = parse_blinded(bytes);
    auto const evaluated = parse_evaluated(bytes);
    require(bool(blinded) == (all && count != 0) && bool(evaluated) == bool(blinded));
    if (!blinded) {
        require(blinded.error().code == Errc::malformed);
        return fuzz::check_error(blinded.error(), bytes);
    }
    require(blinded.assume_value().size() == count);
    for (std::size_t i = 0; i < count; ++i)
        require(fuzz::same(blinded.assume_value()[i].view(), ByteView(bytes).subspan(32 * i, 32)));
}

void try_any_size(ByteView bytes) {
    auto const blinded = parse_blinded(bytes);
    require(!blinded || (!bytes.empty() && bytes.size() % 32 == 0));
    for (auto const& refused : {Blinded::parse(bytes.first(std::min<std::size_t>(bytes.size(), 31)))})
        require(!refused && refused.error().code == Errc::malformed);
}

void try_scalar(fuzz::Input input) {
    auto const bytes = input.tagged<AnyBytes>().array();
    std::array<std::uint8_t, 64> wide{};
    std::copy(bytes.begin(), bytes.end(), wide.begin());
    Encoded reduced{};
    crypto_core_ristretto255_scalar_reduce(reduced.data(), wide.data());
    bool const canonical = reduced == bytes && sodium_is_zero(bytes.data(), bytes.size()) == 0;
    require(bool(parse_blind(bytes)) == canonical && bool(parse_proof_nonce(bytes)) == canonical);
    auto const key = parse_oprf_key(bytes);
    require(bool(key) == canonical);
    if (!canonical) return;
    auto const element = Blinded::parse(hashed_to_point(input.rest())).value();
    auto const ours = evaluate(key.assume_value(), element);
    Encoded theirs{};
    require(crypto_scalarmult_ristretto255(theirs.data(), bytes.data(), element.view().data()) == 0);
    require(ours && fuzz::same(ours.assume_value().view(), theirs));
    require(crypto_scalarmult_ristretto255_base(theirs.data(), bytes.data()) == 0);
    require(fuzz::same(public_of(key.assume_value()).view(), theirs));
}

/// Sums of points with small integers, ours against libsodium's.
void try_sum(fuzz::Input input) {
    std::vector<std::int64_t> factors;
    std::vector<point::Decoded> points;
    std::vector<point::Multiple> multiples;
    while (!input.empty() && factors.size() < 8) {
        auto const factor = static_cast<std::int64_t>(input.u64()) >> (2U + input.u8() % 62U);
        auto const encoded = hashed_to_point(input.bytes(2));
        auto const decoded = point::decode(encoded);
        require(decoded.has_value());
        factors.push_back(factor);
        points.push_back(*decoded);
        Encoded scalar{};
        auto magnitude = static_cast<std::uint64_t>(factor < 0 ? -factor : factor);
        for (std::size_t i = 0; i < 8; ++i, magnitude >>= 8U) scalar[i] = static_cast<std::uint8_t>(magnitude);
        if (factor < 0) crypto_core_ristretto255_scalar_negate(scalar.data(), scalar.data());
        multiples.push_back({scalar, encoded});
    }
    if (factors.empty()) return;
    std::vector<point::Decoded const*> views;
    for (auto const& one : points) views.push_back(&one);
    auto const sum = point::encode(point::Integers(factors).sum(views));
    require(bool(point::spot_check(sum, multiples)));
    auto other = sum;
    other[0] ^= 2;
    require(!point::spot_check(other, multiples));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    start_library();
    fuzz::Input input(data, size);
    switch (input.u8() % 4) {
    case 0: try_batch(input); break;
    case 1: try_any_size(input.rest()); break;
    case 2: try_scalar(input); break;
    default: try_sum(input);
    }
    return 0;
}
