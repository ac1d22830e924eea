// The VOPRF of RFC 9497 step by step. Where libsodium multiplies, -1 means that the result is the identity (or that
// the point does not decode, which an Element excludes).

#include "crypto/voprf.hpp"

#include "crypto/elements.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/runs.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

using point::Encoding;
using ristretto::hash_to_scalar;
using ristretto::Scalar;
using ristretto::SecretPoint;
using ristretto::two_bytes;

template <class Tag> Result<Element<Tag>> Element<Tag>::parse(ByteView bytes) {
    constexpr auto where = "group element";
    if (bytes.size() != size_bytes) return fail(Errc::malformed, where);
    // RFC 9497, section 4.1, DeserializeElement. libsodium 1.0.18 leaves two things to us: it ignores the top bit,
    // which would give each point, the identity too, a second form; and it accepts the identity, which is all zero.
    if ((bytes[31] & 0x80U) != 0) return fail(Errc::malformed, where);
    if (crypto_core_ristretto255_is_valid_point(bytes.data()) != 1) return fail(Errc::malformed, where);
    if (sodium_is_zero(bytes.data(), bytes.size()) == 1) return fail(Errc::malformed, where);
    Element element;
    std::copy(bytes.begin(), bytes.end(), element.bytes_.begin());
    return element;
}
namespace {
template <class Tag> Result<std::vector<Element<Tag>>> parse_batch(ByteView bytes, Parallel const& parallel) {
    constexpr auto where = "batch of group elements";
    constexpr auto size = Element<Tag>::size_bytes;
    auto const count = bytes.size() / size;
    if (count == 0 || bytes.size() % size != 0) return fail(Errc::malformed, where);
    if (count > limits::evaluate_batch_max) return fail(Errc::too_large, where);
    FANLIGHT_TRY(auto elements, make_all<Element<Tag>>(count, parallel, [&](std::size_t i) -> Result<Element<Tag>> {
                     auto const one = bytes.subspan(i * size).template first<size>();
                     // What decodes is canonical; of those only the identity is all zero.
                     bool const identity = std::ranges::all_of(one, [](auto byte) { return byte == 0; });
                     if (identity || !point::decode(one)) return fail(Errc::malformed, where);
                     point::Encoding encoding{};
                     std::ranges::copy(one, encoding.begin());
                     return Tag::from(encoding);
                 }));
    auto const& spot = elements[spot_item(std::span<Element<Tag> const>(elements))];
    if (!Element<Tag>::parse(spot.view())) return fail(Errc::damaged, where);
    return elements;
}
} // namespace

Result<std::vector<Blinded>> parse_blinded(ByteView bytes, Parallel const& parallel) {
    return parse_batch<BlindedTag>(bytes, parallel);
}
Result<std::vector<Evaluated>> parse_evaluated(ByteView bytes, Parallel const& parallel) {
    return parse_batch<EvaluatedTag>(bytes, parallel);
}

template Result<Blinded> Element<BlindedTag>::parse(ByteView);
template Result<Evaluated> Element<EvaluatedTag>::parse(ByteView);
template Result<HolderPublic> Element<HolderPublicTag>::parse(ByteView);

namespace {
template <class T> Result<T> parse_scalar(ByteView bytes, char const* where) {
    if (!ristretto::is_scalar(bytes)) return fail(Errc::malformed, where);
    return T::parse(bytes, where);
}
} // namespace

Result<OprfKey> parse_oprf_key(ByteView bytes) {
    return parse_scalar<OprfKey>(bytes, "key share");
}
Result<Blind> parse_blind(ByteView bytes) {
    return parse_scalar<Blind>(bytes, "blind");
}
Result<ProofNonce> parse_proof_nonce(ByteView bytes) {
    return parse_scalar<ProofNonce>(bytes, "proof nonce");
}

Blind random_blind(Random& random) {
    return Blind::make([&](MutableBytes out) { ristretto::random_scalar(out, random); });
}
ProofNonce random_proof_nonce(Random& random) {
    return ProofNonce::make([&](MutableBytes out) { ristretto::random_scalar(out, random); });
}

HolderPublic public_of(OprfKey const& key) {
    Encoding point{};
    [[maybe_unused]] int const failed = crypto_scalarmult_ristretto255_base(point.data(), key.reveal().data());
    assert(failed == 0); // a key is not zero
    return HolderPublicTag::from(point);
}

Result<Blinded> blind(ByteView input, Blind const& blind) {
    constexpr auto where = "input of a token";
    if (input.size() > input_bytes_max) return fail(Errc::malformed, where);
    auto const element = ristretto::hash_to_group(input);
    Encoding point{};
    if (crypto_scalarmult_ristretto255(point.data(), blind.reveal().data(), element.reveal().data()) != 0)
        return fail(Errc::malformed, where);
    return BlindedTag::from(point);
}

Result<Evaluated> evaluate(OprfKey const& key, Blinded const& blinded) {
    Encoding point{};
    if (crypto_scalarmult_ristretto255(point.data(), key.reveal().data(), blinded.view().data()) != 0)
        return fail(Errc::malformed, "blinded element");
    return EvaluatedTag::from(point);
}

Result<std::vector<Blinded>> blind_batch(std::span<ByteView const> inputs, std::span<Blind const> blinds,
                                         Parallel const& parallel) {
    if (!is_batch(inputs.size()) || inputs.size() != blinds.size()) return fail(Errc::malformed, "batch to blind");
    return make_all<Blinded>(inputs.size(), parallel, [&](std::size_t i) { return blind(inputs[i], blinds[i]); });
}

Result<std::vector<Evaluated>> evaluate_batch(OprfKey const& key, std::span<Blinded const> blinded,
                                              Parallel const& parallel) {
    if (!is_batch(blinded.size())) return fail(Errc::malformed, "batch to evaluate");
    return make_all<Evaluated>(blinded.size(), parallel, [&](std::size_t i) { return evaluate(key, blinded[i]); });
}

namespace {

constexpr auto token = "token";

Scalar product(ByteView left, ByteView right) {
    return Scalar::make(
        [&](MutableBytes out) { crypto_core_ristretto255_scalar_mul(out.data(), left.data(), right.data()); });
}

/// Of a scalar that is not zero.
Scalar inverse(Scalar const& scalar) {
    return Scalar::make(
        [&](MutableBytes out) { crypto_core_ristretto255_scalar_invert(out.data(), scalar.reveal().data()); });
}

/// The end of RFC 9497, section 3.3.1, Finalize; the client has verified the proof before.
Result<Token> unblind_and_hash(ByteView input, Scalar const& factor, Evaluated const& combined) {
    if (input.size() > input_bytes_max) return fail(Errc::malformed, token);
    bool unblinded = false;
    auto const element = SecretPoint::make([&](MutableBytes out) {
        unblinded = crypto_scalarmult_ristretto255(out.data(), factor.reveal().data(), combined.view().data()) == 0;
    });
    if (!unblinded) return fail(Errc::malformed, token);
    return Token::make([&](MutableBytes out) {
        ristretto::sha512_into(out, {two_bytes(input.size()), input, two_bytes(SecretPoint::size_bytes),
                                     element.reveal(), as_bytes("Finalize")});
    });
}

} // namespace

Result<Token> finalize(ByteView input, Blind const& blind, Evaluated const& combined, std::int64_t denominator) {
    if (denominator <= 0) return fail(Errc::malformed, token);
    auto const d = ristretto::scalar_of(denominator);
    return unblind_and_hash(input, inverse(product(d.reveal(), blind.reveal())), combined);
}

Result<std::vector<Token>> finalize_batch(std::span<ByteView const> inputs, std::span<Blind const> blinds,
                                          std::span<Evaluated const> combined, std::int64_t denominator,
                                          Parallel const& parallel) {
    auto const size = inputs.size();
    if (denominator <= 0 || !is_batch(size) || size != blinds.size() || size != combined.size())
        return fail(Errc::malformed, token);
    // Montgomery's trick: products[i] = D r_0 ... D r_i; the inverse of the last gives all the others on the way back.
    auto const d = ristretto::scalar_of(denominator);
    std::vector<Scalar> factors;
    std::vector<Scalar> products;
    for (auto const& blind : blinds) {
        factors.push_back(product(d.reveal(), blind.reveal()));
        products.push_back(products.empty() ? factors.back().copy()
                                            : product(products.back().reveal(), factors.back().reveal()));
    }
    auto rest = inverse(products.back()); // of products[i]
    for (std::size_t i = size; i-- > 1;) {
        auto const factor = std::exchange(factors[i], product(rest.reveal(), products[i - 1].reveal()));
        rest = product(rest.reveal(), factor.reveal());
    }
    factors[0] = std::move(rest);
    return make_all<Token>(size, parallel,
                           [&](std::size_t i) { return unblind_and_hash(inputs[i], factors[i], combined[i]); });
}

// RFC 9497, section 3.2.1.
Result<OprfKey> derive_key(ByteView seed, ByteView info) {
    constexpr auto where = "seed of a key";
    if (seed.size() != OprfKey::size_bytes || info.size() > 0xFFFFU) return fail(Errc::malformed, where);
    for (unsigned counter = 0; counter <= 255; ++counter) {
        auto const counter_byte = std::to_array({static_cast<std::uint8_t>(counter)});
        auto const scalar = hash_to_scalar({seed, two_bytes(info.size()), info, counter_byte}, "DeriveKeyPair");
        if (ristretto::is_scalar(scalar.reveal())) return OprfKey::parse(scalar.reveal());
    }
    return fail(Errc::malformed, where);
}

} // namespace fanlight::crypto
