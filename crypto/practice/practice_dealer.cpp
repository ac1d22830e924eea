// The practice dealer: Shamir's shares of one key, all made in one place.

#include "crypto/practice/practice_dealer.hpp"

#include "crypto/ristretto.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

namespace {

/// f(index) by Horner's rule, from the highest coefficient down to the key itself. The scalars stay in locked pages.
Result<OprfKey> share_of(OprfKey const& key, std::span<OprfKey const> coefficients, ShareIndex index) {
    auto const x = ristretto::scalar_of(index);
    auto const share = ristretto::Scalar::make([&](MutableBytes out) {
        for (auto coefficient = coefficients.rbegin(); coefficient != coefficients.rend(); ++coefficient) {
            crypto_core_ristretto255_scalar_add(out.data(), out.data(), coefficient->reveal().data());
            crypto_core_ristretto255_scalar_mul(out.data(), out.data(), x.reveal().data());
        }
        crypto_core_ristretto255_scalar_add(out.data(), out.data(), key.reveal().data());
    });
    return parse_oprf_key(share.reveal()); // a share that is zero would be no share
}

OprfKey random_key(Random& random) {
    return OprfKey::make([&](MutableBytes out) { ristretto::random_scalar(out, random); });
}

} // namespace

Result<Deal> deal(OprfKey const& key, std::span<OprfKey const> coefficients, std::uint8_t holders) {
    constexpr auto where = "number of key holders";
    if (holders > limits::holders_max || coefficients.size() >= holders) return fail(Errc::malformed, where);
    Deal result{public_of(key), {}};
    for (ShareIndex index = 1; index <= holders; ++index) {
        FANLIGHT_TRY(auto share, share_of(key, coefficients, index));
        auto const public_key = public_of(share);
        result.shares.push_back(DealtShare{index, std::move(share), public_key});
    }
    return result;
}

Deal deal(Random& random, std::uint8_t threshold, std::uint8_t holders) {
    assert(threshold >= 1 && threshold <= holders && holders <= limits::holders_max);
    auto const key = random_key(random);
    std::vector<OprfKey> coefficients;
    for (std::uint8_t i = 1; i < threshold; ++i) coefficients.push_back(random_key(random));
    auto result = deal(key, coefficients, holders);
    return std::move(result).value(); // fails only for a share that is zero: 2^-252
}

} // namespace fanlight::crypto
