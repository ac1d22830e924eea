// The VOPRF of RFC 9497 step by step. Where libsodium multiplies, -1 means that the result is the identity (or that
// the point does not decode, which an Element excludes).

#include "crypto/voprf.hpp"

#include "crypto/ristretto.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

using ristretto::hash_to_scalar;
using ristretto::PublicPoint;
using ristretto::Scalar;
using ristretto::SecretPoint;
using ristretto::two_bytes;

// The tags are the only friends of Element, so that a checked point is made here or by parse.
struct BlindedTag {
    static Blinded from(PublicPoint const& bytes) {
        Blinded element;
        element.bytes_ = bytes;
        return element;
    }
};
struct EvaluatedTag {
    static Evaluated from(PublicPoint const& bytes) {
        Evaluated element;
        element.bytes_ = bytes;
        return element;
    }
};
struct HolderPublicTag {
    static HolderPublic from(PublicPoint const& bytes) {
        HolderPublic element;
        element.bytes_ = bytes;
        return element;
    }
};

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
    PublicPoint point{};
    [[maybe_unused]] int const failed = crypto_scalarmult_ristretto255_base(point.data(), key.reveal().data());
    assert(failed == 0); // a key is not zero
    return HolderPublicTag::from(point);
}

Result<Blinded> blind(ByteView input, Blind const& blind) {
    constexpr auto where = "input of a token";
    if (input.size() > input_bytes_max) return fail(Errc::malformed, where);
    auto const element = ristretto::hash_to_group(input);
    PublicPoint point{};
    if (crypto_scalarmult_ristretto255(point.data(), blind.reveal().data(), element.reveal().data()) != 0)
        return fail(Errc::malformed, where);
    return BlindedTag::from(point);
}

Result<Evaluated> evaluate(OprfKey const& key, Blinded const& blinded) {
    PublicPoint point{};
    if (crypto_scalarmult_ristretto255(point.data(), key.reveal().data(), blinded.view().data()) != 0)
        return fail(Errc::malformed, "blinded element");
    return EvaluatedTag::from(point);
}

namespace {

/// sum += scalar * point, for public values.
void add_multiple(PublicPoint& sum, Scalar const& scalar, ByteView point) {
    PublicPoint product{};
    // -1 is the product with a zero scalar: the identity, which adds nothing.
    if (crypto_scalarmult_ristretto255(product.data(), scalar.reveal().data(), point.data()) != 0) return;
    crypto_core_ristretto255_add(sum.data(), sum.data(), product.data());
}

/// RFC 9497, section 2.2.1: the weights d_i of a batch's composites.
class Weights {
  public:
    explicit Weights(HolderPublic const& key) {
        constexpr std::string_view purpose = "Seed-";
        auto const dst_length = two_bytes(purpose.size() + ristretto::context_string.size());
        ristretto::sha512_into(seed_, {two_bytes(HolderPublic::size_bytes), key.view(), dst_length, as_bytes(purpose),
                                       as_bytes(ristretto::context_string)});
    }
    Scalar of(std::size_t i, Blinded const& blinded, Evaluated const& evaluated) const {
        return hash_to_scalar({two_bytes(seed_.size()), seed_, two_bytes(i), two_bytes(Blinded::size_bytes),
                               blinded.view(), two_bytes(Evaluated::size_bytes), evaluated.view(),
                               as_bytes("Composite")});
    }

  private:
    std::array<std::uint8_t, 64> seed_{};
};

/// The challenge over B, M, Z, t2 and t3 (RFC 9497, section 2.2.1).
Scalar challenge(HolderPublic const& key, PublicPoint const& m, PublicPoint const& z, PublicPoint const& t2,
                 PublicPoint const& t3) {
    auto const length = two_bytes(Blinded::size_bytes);
    return hash_to_scalar({length, key.view(), length, m, length, z, length, t2, length, t3, as_bytes("Challenge")});
}

bool is_batch(std::size_t blinded, std::size_t evaluated) {
    return blinded == evaluated && blinded >= 1 && blinded <= limits::evaluate_batch_max;
}

constexpr auto proof_batch = "batch of evaluations";

} // namespace

// RFC 9497, section 2.2.1, GenerateProof with ComputeCompositesFast.
Result<Proof> prove(OprfKey const& key, std::span<Blinded const> blinded, std::span<Evaluated const> evaluated,
                    ProofNonce const& nonce) {
    if (!is_batch(blinded.size(), evaluated.size())) return fail(Errc::malformed, proof_batch);
    auto const public_key = public_of(key);
    Weights const weights(public_key);
    PublicPoint m{};
    for (std::size_t i = 0; i < blinded.size(); ++i)
        add_multiple(m, weights.of(i, blinded[i], evaluated[i]), blinded[i].view());
    PublicPoint z{};
    PublicPoint t2{};
    PublicPoint t3{};
    if (crypto_scalarmult_ristretto255(z.data(), key.reveal().data(), m.data()) != 0 ||
        crypto_scalarmult_ristretto255_base(t2.data(), nonce.reveal().data()) != 0 ||
        crypto_scalarmult_ristretto255(t3.data(), nonce.reveal().data(), m.data()) != 0)
        return fail(Errc::malformed, proof_batch);
    auto const c = challenge(public_key, m, z, t2, t3);
    auto const c_times_key = Scalar::make([&](MutableBytes out) {
        crypto_core_ristretto255_scalar_mul(out.data(), c.reveal().data(), key.reveal().data());
    });
    return Proof::make([&](MutableBytes out) {
        std::copy(c.reveal().begin(), c.reveal().end(), out.begin());
        crypto_core_ristretto255_scalar_sub(out.data() + Scalar::size_bytes, nonce.reveal().data(),
                                            c_times_key.reveal().data());
    });
}

// RFC 9497, section 2.2.2, VerifyProof with ComputeComposites.
Result<void> verify(HolderPublic const& key, std::span<Blinded const> blinded, std::span<Evaluated const> evaluated,
                    Proof const& proof) {
    constexpr auto where = "proof of an evaluation";
    if (!is_batch(blinded.size(), evaluated.size())) return fail(Errc::malformed, proof_batch);
    auto const c_bytes = proof.view().first(Scalar::size_bytes);
    auto const s_bytes = proof.view().subspan(Scalar::size_bytes);
    // libsodium would reduce: without this each proof has a second form.
    if (!ristretto::is_scalar(c_bytes) || !ristretto::is_scalar(s_bytes)) return fail(Errc::bad_signature, where);
    FANLIGHT_TRY(auto const c, Scalar::parse(c_bytes));
    FANLIGHT_TRY(auto const s, Scalar::parse(s_bytes));

    Weights const weights(key);
    PublicPoint m{};
    PublicPoint z{};
    for (std::size_t i = 0; i < blinded.size(); ++i) {
        auto const weight = weights.of(i, blinded[i], evaluated[i]);
        add_multiple(m, weight, blinded[i].view());
        add_multiple(z, weight, evaluated[i].view());
    }
    PublicPoint t2{};
    if (crypto_scalarmult_ristretto255_base(t2.data(), s.reveal().data()) != 0) return fail(Errc::bad_signature, where);
    add_multiple(t2, c, key.view());
    PublicPoint t3{};
    add_multiple(t3, s, m);
    add_multiple(t3, c, z);
    if (!equal(challenge(key, m, z, t2, t3), c)) return fail(Errc::bad_signature, where);
    return ok();
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
                                          std::span<Evaluated const> combined, std::int64_t denominator) {
    auto const size = inputs.size();
    if (denominator <= 0 || size != blinds.size() || !is_batch(size, combined.size()))
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
    std::vector<Token> tokens;
    tokens.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        FANLIGHT_TRY(auto one, unblind_and_hash(inputs[i], factors[i], combined[i]));
        tokens.push_back(std::move(one));
    }
    return tokens;
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
