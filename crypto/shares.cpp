// Answers of t key holders joined into one: Lagrange's formula at zero, in whole numbers (docs/protocol.md).

#include "crypto/elements.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/runs.hpp"

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

HolderSet::HolderSet(std::vector<ShareIndex> indices) : indices_(std::move(indices)) {}

Result<HolderSet> HolderSet::make(std::span<ShareIndex const> indices, std::uint8_t holders) {
    FANLIGHT_TRY(lagrange_at_zero(indices, holders)); // its errors are ours
    std::vector<ShareIndex> sorted(indices.begin(), indices.end());
    std::sort(sorted.begin(), sorted.end());
    return HolderSet(std::move(sorted));
}

Result<HolderSet> HolderSet::from_bits(std::uint32_t bits, std::uint8_t holders) {
    if (holders > limits::holders_max || bits >> holders != 0) return fail(Errc::malformed, "bits of a holder set");
    std::vector<ShareIndex> indices;
    for (ShareIndex index = 1; index <= holders; ++index) {
        if ((bits >> (index - 1U) & 1U) != 0) indices.push_back(index);
    }
    return make(indices, holders);
}

std::uint32_t HolderSet::bits() const {
    std::uint32_t bits = 0;
    for (auto const index : indices_) bits |= 1U << (index - 1U);
    return bits;
}

bool HolderSet::contains(ShareIndex index) const {
    return std::binary_search(indices_.begin(), indices_.end(), index);
}

namespace {

/// lambda_i(0) = c_i / D modulo the group order; it does not depend on how many holders are outside the set.
Result<ristretto::Scalar> lambda_at_zero(ShareIndex index, HolderSet const& set) {
    if (!set.contains(index)) return fail(Errc::malformed, "number of a key holder");
    FANLIGHT_TRY(auto const lagrange, lagrange_at_zero(set.indices(), limits::holders_max));
    auto const place = std::lower_bound(set.indices().begin(), set.indices().end(), index) - set.indices().begin();
    return ristretto::quotient_of(lagrange.coefficients[static_cast<std::size_t>(place)], lagrange.denominator);
}

} // namespace

Result<OprfKey> fold(OprfKey const& share, ShareIndex index, HolderSet const& set) {
    FANLIGHT_TRY(auto const lambda, lambda_at_zero(index, set));
    // Neither factor is zero and the order is prime, so the product is a key.
    return OprfKey::make([&](MutableBytes out) {
        crypto_core_ristretto255_scalar_mul(out.data(), lambda.reveal().data(), share.reveal().data());
    });
}

Result<HolderPublic> fold(HolderPublic const& key, ShareIndex index, HolderSet const& set) {
    FANLIGHT_TRY(auto const lambda, lambda_at_zero(index, set));
    point::Encoding product{};
    if (crypto_scalarmult_ristretto255(product.data(), lambda.reveal().data(), key.view().data()) != 0)
        return fail(Errc::malformed, "public key of a key holder"); // neither factor is zero
    return HolderPublicTag::from(product);
}

/// The sums behind both ways to combine.
struct Combining {
    std::span<ProvenAnswer const> answers;
    std::vector<std::int64_t> coefficients; ///< one for each answer

    Result<void> check(std::size_t count) const {
        for (auto const& answer : answers) {
            if (count == 0 || count > answer.size() || answer.size() != answers.front().size())
                return fail(Errc::malformed, combining);
        }
        return ok();
    }

    Result<std::vector<Evaluated>> sums(std::size_t count, Parallel const& parallel) const {
        FANLIGHT_TRY(check(count));
        point::Integers const integers(coefficients);
        auto const sum_of = [&](std::size_t item) -> Result<Evaluated> {
            std::array<point::Decoded const*, limits::holders_max> points{};
            for (std::size_t a = 0; a < answers.size(); ++a) points[a] = &answers[a].points_->decoded[item];
            auto const sum = point::encode(integers.sum(std::span(points).first(answers.size())));
            if (sum == point::Encoding{}) return fail(Errc::malformed, combining);
            return EvaluatedTag::from(sum);
        };
        FANLIGHT_TRY(auto combined, make_all<Evaluated>(count, parallel, sum_of));
        FANLIGHT_TRY(spot_check(combined));
        return combined;
    }

    Result<void> spot_check(std::span<Evaluated const> combined) const {
        auto const item = spot_item(combined);
        std::vector<point::Multiple> multiples;
        for (std::size_t a = 0; a < answers.size(); ++a) {
            auto& multiple = multiples.emplace_back();
            auto const c = ristretto::scalar_of(coefficients[a]);
            std::copy(c.reveal().begin(), c.reveal().end(), multiple.scalar.begin());
            multiple.element = encoding_of(answers[a].points_->elements[item]);
        }
        return point::spot_check(encoding_of(combined[item]), multiples);
    }

    static constexpr auto combining = "answers of the key holders";
};

Result<std::vector<Evaluated>> combine(std::span<ProvenAnswer const> answers, std::uint8_t holders, std::size_t count,
                                       Parallel const& parallel) {
    std::vector<ShareIndex> indices;
    for (auto const& answer : answers) indices.push_back(answer.index());
    FANLIGHT_TRY(auto lagrange, lagrange_at_zero(indices, holders));
    return Combining{answers, std::move(lagrange.coefficients)}.sums(count, parallel);
}

Result<std::vector<Evaluated>> combine_folded(std::span<ProvenAnswer const> answers, HolderSet const& set,
                                              std::size_t count, Parallel const& parallel) {
    std::vector<ShareIndex> indices;
    for (auto const& answer : answers) indices.push_back(answer.index());
    std::sort(indices.begin(), indices.end());
    if (indices != set.indices()) return fail(Errc::malformed, Combining::combining);
    return Combining{answers, std::vector<std::int64_t>(answers.size(), 1)}.sums(count, parallel);
}

} // namespace fanlight::crypto
