// Answers of t key holders joined into one: Lagrange's formula at zero, in whole numbers (docs/protocol.md).

#include "crypto/ristretto.hpp"
#include "crypto/voprf.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

Result<LagrangeIntegers> lagrange_at_zero(std::span<ShareIndex const> indices, std::uint8_t holders) {
    constexpr auto where = "numbers of the key holders";
    if (holders > limits::holders_max || indices.empty()) return fail(Errc::malformed, where);
    std::array<bool, limits::holders_max + 1> seen{};
    for (auto const index : indices) {
        if (index == 0 || index > holders || seen[index]) return fail(Errc::malformed, where);
        seen[index] = true;
    }
    LagrangeIntegers result{1, {}};
    for (std::int64_t factor = 2; factor < holders; ++factor) result.denominator *= factor;
    for (std::int64_t const i : indices) {
        // lambda_i(0) = product of j / (j - i) over the others. With at most 7 holders all of it stays under 7!^2.
        std::int64_t above = result.denominator;
        std::int64_t below = 1;
        for (std::int64_t const j : indices) {
            if (j == i) continue;
            above *= j;
            below *= j - i;
        }
        assert(above % below == 0);
        result.coefficients.push_back(above / below);
    }
    return result;
}

Result<std::vector<Evaluated>> combine(std::span<HolderAnswer const> answers, std::uint8_t holders) {
    constexpr auto where = "answers of the key holders";
    std::vector<ShareIndex> indices;
    for (auto const& answer : answers) indices.push_back(answer.index);
    FANLIGHT_TRY(auto const lagrange, lagrange_at_zero(indices, holders));
    auto const items = answers.front().evaluated.size();
    if (items == 0 || items > limits::evaluate_batch_max) return fail(Errc::malformed, where);
    std::vector<ristretto::Scalar> factors;
    for (std::size_t a = 0; a < answers.size(); ++a) {
        if (answers[a].evaluated.size() != items) return fail(Errc::malformed, where);
        factors.push_back(ristretto::scalar_of(lagrange.coefficients[a]));
    }
    std::vector<Evaluated> combined;
    combined.reserve(items);
    for (std::size_t item = 0; item < items; ++item) {
        ristretto::PublicPoint sum{};
        for (std::size_t a = 0; a < answers.size(); ++a) {
            ristretto::PublicPoint product{};
            if (crypto_scalarmult_ristretto255(product.data(), factors[a].reveal().data(),
                                               answers[a].evaluated[item].view().data()) != 0)
                return fail(Errc::malformed, where);
            crypto_core_ristretto255_add(sum.data(), sum.data(), product.data());
        }
        FANLIGHT_TRY(auto const element, Evaluated::parse(sum)); // refuses a sum that is the identity
        combined.push_back(element);
    }
    return combined;
}

} // namespace fanlight::crypto
