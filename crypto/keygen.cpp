// The parts of the key generation. Scalars that are secret see libsodium's constant-time functions only; commitments
// are public and few, so libsodium serves for them as well.

#include "crypto/keygen.hpp"

#include "crypto/hash.hpp"
#include "crypto/ristretto.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

using ristretto::PublicPoint;
using ristretto::Scalar;

template <> Result<Commitment> Commitment::parse(ByteView bytes) {
    FANLIGHT_TRY(auto const checked, HolderPublic::parse(bytes)); // the rule is the same for every tag
    Commitment commitment;
    auto const encoding = checked.view();
    std::copy(encoding.begin(), encoding.end(), commitment.bytes_.begin());
    return commitment;
}

namespace {

bool is_index(ShareIndex index) {
    return index >= 1 && index <= limits::holders_max;
}

bool is_list_size(std::size_t size) {
    return size >= 1 && size <= limits::holders_max;
}

/// Uniform and not zero; the same for the same arguments. No purpose is the beginning of another, and `numbers` and
/// `element` have fixed sizes for each, so that two different lists of arguments never hash the same bytes.
void derive_scalar(MutableBytes out, CeremonySeed const& seed, std::string_view purpose, ByteView numbers,
                   ByteView element, ByteView context) {
    std::uint8_t attempt = 0;
    do { // a second time with a chance of 2^-252
        auto const counter = std::to_array({attempt++});
        auto const uniform = ristretto::Uniform::make([&](MutableBytes wide) {
            blake2b(wide, seed.reveal(), {as_bytes(purpose), counter, numbers, element, context});
        });
        crypto_core_ristretto255_scalar_reduce(out.data(), uniform.reveal().data());
    } while (!ristretto::is_scalar(out));
}

/// scalar * G, with the scalar secret and not zero.
PublicPoint base_multiple(ByteView scalar) {
    PublicPoint point{};
    [[maybe_unused]] int const failed = crypto_scalarmult_ristretto255_base(point.data(), scalar.data());
    assert(failed == 0);
    return point;
}

/// For public values; perhaps the identity, for which libsodium answers -1.
PublicPoint multiple(Scalar const& scalar, ByteView point) {
    PublicPoint product{};
    if (crypto_scalarmult_ristretto255(product.data(), scalar.reveal().data(), point.data()) != 0) return {};
    return product;
}

PublicPoint sum(PublicPoint const& left, ByteView right) {
    PublicPoint result{};
    [[maybe_unused]] int const failed = crypto_core_ristretto255_add(result.data(), left.data(), right.data());
    assert(failed == 0); // both were checked, or made here
    return result;
}

/// sum index^k * coefficient_k by Horner's rule.
PublicPoint value_at(std::span<PublicPoint const> coefficients, ShareIndex index) {
    auto const x = ristretto::scalar_of(index);
    PublicPoint value{};
    for (std::size_t k = coefficients.size(); k-- > 0;) value = sum(multiple(x, value), coefficients[k]);
    return value;
}

std::vector<PublicPoint> points_of(std::span<Commitment const> commitments) {
    std::vector<PublicPoint> points(commitments.size());
    for (std::size_t k = 0; k < points.size(); ++k)
        std::copy_n(commitments[k].view().begin(), points[k].size(), points[k].begin());
    return points;
}

/// What all the dealers' polynomials add up to, coefficient by coefficient.
Result<std::vector<PublicPoint>> sum_of(CommitmentLists dealers) {
    constexpr auto where = "commitments of the dealers";
    if (dealers.empty() || !is_list_size(dealers.front().size())) return fail(Errc::malformed, where);
    std::vector<PublicPoint> total(dealers.front().size());
    for (auto const& dealer : dealers) {
        if (dealer.size() != total.size()) return fail(Errc::malformed, where);
        for (std::size_t k = 0; k < total.size(); ++k) total[k] = sum(total[k], dealer[k].view());
    }
    return total;
}

/// The value at x of the polynomial through the first `count` of the shares' points.
PublicPoint interpolated(std::span<HolderPublic const> shares, std::int64_t count, std::int64_t x) {
    PublicPoint value{};
    for (std::int64_t i = 1; i <= count; ++i) {
        // lambda_i(x) = product of (x - j) / (i - j) over the others: at most 7^6 above, 6! below.
        std::int64_t above = 1;
        std::int64_t below = 1;
        for (std::int64_t j = 1; j <= count; ++j) {
            if (j == i) continue;
            above *= x - j;
            below *= i - j;
        }
        auto const lambda = ristretto::quotient_of(above, below);
        value = sum(value, multiple(lambda, shares[static_cast<std::size_t>(i - 1)].view()));
    }
    return value;
}

/// Whether K and all K_i lie on the polynomial through the first `count` of them.
bool on_one_polynomial(HolderPublic const& group, std::span<HolderPublic const> shares, std::size_t count) {
    auto const nodes = static_cast<std::int64_t>(count);
    if (!detail::equal(interpolated(shares, nodes, 0), group.view())) return false;
    for (auto place = count; place < shares.size(); ++place) {
        auto const x = static_cast<std::int64_t>(place + 1);
        if (!detail::equal(interpolated(shares, nodes, x), shares[place].view())) return false;
    }
    return true;
}

/// c of the proof. What follows the context has a fixed size.
Scalar challenge(ByteView context, ByteView constant, ByteView nonce_point) {
    return ristretto::hash_to_scalar({context, constant, nonce_point}, "KeyGen-");
}

} // namespace

Result<Polynomial> Polynomial::derive(CeremonySeed const& seed, ByteView context, std::uint8_t threshold) {
    auto const constant = OprfKey::make(
        [&](MutableBytes out) { derive_scalar(out, seed, "constant", std::to_array({threshold}), {}, context); });
    return derive(seed, context, threshold, constant);
}

Result<Polynomial> Polynomial::derive(CeremonySeed const& seed, ByteView context, std::uint8_t threshold,
                                      OprfKey const& constant) {
    if (!is_list_size(threshold)) return fail(Errc::malformed, "threshold of a key ceremony");
    std::vector<OprfKey> coefficients;
    FANLIGHT_TRY(auto first, parse_oprf_key(constant.reveal()));
    coefficients.push_back(std::move(first));
    for (std::uint8_t k = 1; k < threshold; ++k) {
        // The constant is hashed too: with the same coefficients over two constants, any receiver could subtract its
        // two shares and have the difference of the constants.
        coefficients.push_back(OprfKey::make([&](MutableBytes out) {
            derive_scalar(out, seed, "coefficient", std::to_array({threshold, k}), constant.reveal(), context);
        }));
    }
    return Polynomial(std::move(coefficients));
}

std::vector<Commitment> Polynomial::commitments() const {
    std::vector<Commitment> result;
    for (auto const& coefficient : coefficients_)
        result.push_back(Commitment::parse(base_multiple(coefficient.reveal())).value());
    return result;
}

Result<OprfKey> Polynomial::share_for(ShareIndex index) const {
    if (!is_index(index)) return fail(Errc::malformed, "number of a key holder");
    auto const x = ristretto::scalar_of(index);
    auto const share = Scalar::make([&](MutableBytes out) {
        for (auto coefficient = coefficients_.rbegin(); coefficient != coefficients_.rend(); ++coefficient) {
            crypto_core_ristretto255_scalar_mul(out.data(), out.data(), x.reveal().data());
            crypto_core_ristretto255_scalar_add(out.data(), out.data(), coefficient->reveal().data());
        }
    });
    return parse_oprf_key(share.reveal());
}

ConstantProof Polynomial::prove_constant(CeremonySeed const& seed, ByteView context) const {
    auto const& secret = coefficients_.front();
    auto const constant = base_multiple(secret.reveal());
    // As in Ed25519, the nonce follows from what is hashed, so that no two challenges ever meet one nonce.
    auto const nonce =
        Scalar::make([&](MutableBytes out) { derive_scalar(out, seed, "nonce", {}, constant, context); });
    auto const nonce_point = base_multiple(nonce.reveal());
    auto const c = challenge(context, constant, nonce_point);
    auto const mu = Scalar::make([&](MutableBytes out) {
        crypto_core_ristretto255_scalar_mul(out.data(), c.reveal().data(), secret.reveal().data());
        crypto_core_ristretto255_scalar_add(out.data(), out.data(), nonce.reveal().data());
    });
    return ConstantProof::make([&](MutableBytes out) {
        auto const rest = std::copy(nonce_point.begin(), nonce_point.end(), out.begin());
        std::copy(mu.reveal().begin(), mu.reveal().end(), rest);
    });
}

CommitmentHash commitment_hash(ByteView context, std::span<Commitment const> commitments, ConstantProof const& proof) {
    Bytes hashed;
    append_u32(hashed, static_cast<std::uint32_t>(context.size()));
    append(hashed, context);
    append_u32(hashed, static_cast<std::uint32_t>(commitments.size()));
    for (auto const& commitment : commitments) append(hashed, commitment.view());
    append(hashed, proof.view());
    return CommitmentHash(sha256({hashed}).array());
}

Result<void> check_constant(std::span<Commitment const> commitments, ByteView context, ConstantProof const& proof) {
    constexpr auto where = "proof of a dealer's constant term";
    if (!is_list_size(commitments.size())) return fail(Errc::malformed, "commitments of a dealer");
    auto const constant = commitments.front().view();
    auto const nonce_point = proof.view().first(Commitment::size_bytes);
    auto const mu = proof.view().subspan(Commitment::size_bytes);
    // The identity as R would be a nonce of zero.
    if (!Commitment::parse(nonce_point) || !ristretto::is_scalar(mu)) return fail(Errc::bad_signature, where);
    auto const minus_c = Scalar::make([&](MutableBytes out) {
        crypto_core_ristretto255_scalar_negate(out.data(), challenge(context, constant, nonce_point).reveal().data());
    });
    auto const expected = sum(base_multiple(mu), multiple(minus_c, constant));
    if (!detail::equal(expected, nonce_point)) return fail(Errc::bad_signature, where);
    return ok();
}

bool share_fits(OprfKey const& share, ShareIndex index, std::span<Commitment const> commitments) {
    if (!is_index(index) || !is_list_size(commitments.size())) return false;
    return detail::equal(public_of(share).view(), value_at(points_of(commitments), index));
}

Result<OprfKey> add_shares(std::span<OprfKey const> shares) {
    auto const total = Scalar::make([&](MutableBytes out) {
        for (auto const& share : shares)
            crypto_core_ristretto255_scalar_add(out.data(), out.data(), share.reveal().data());
    });
    return parse_oprf_key(total.reveal()); // zero, of no shares as well, is refused
}

Result<HolderPublic> group_public(CommitmentLists dealers) {
    FANLIGHT_TRY(auto const total, sum_of(dealers));
    return HolderPublic::parse(total.front());
}

Result<HolderPublic> share_public(CommitmentLists dealers, ShareIndex index) {
    if (!is_index(index)) return fail(Errc::malformed, "number of a key holder");
    FANLIGHT_TRY(auto const total, sum_of(dealers));
    return HolderPublic::parse(value_at(total, index));
}

bool consistent(HolderPublic const& group, std::span<HolderPublic const> shares, std::uint8_t threshold) {
    if (threshold == 0 || threshold > shares.size() || shares.size() > limits::holders_max) return false;
    if (!on_one_polynomial(group, shares, threshold)) return false;
    return threshold == 1 || !on_one_polynomial(group, shares, threshold - 1U);
}

bool deals_old_share(Commitment const& constant, HolderPublic const& old_share, ShareIndex old_index,
                     HolderSet const& dealers) {
    auto const folded = fold(old_share, old_index, dealers);
    return folded && detail::equal(folded.value().view(), constant.view());
}

} // namespace fanlight::crypto
