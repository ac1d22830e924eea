// Shares of the identity key: any t of n holders give the token that the whole key gives.

#include "crypto/practice/practice_dealer.hpp"
#include "crypto/text.hpp"
#include "crypto/voprf.hpp"
#include "crypto_threads.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <bit>
#include <map>
#include <numeric>
#include <type_traits>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

static_assert(!std::is_copy_constructible_v<DealtShare>);
static_assert(
    !std::is_invocable_v<decltype(&combine), std::span<Evaluated const>, std::uint8_t, std::size_t, Parallel const&>,
    "nothing is combined that was not proven");
static_assert(!std::is_copy_constructible_v<ProvenAnswer> && !std::is_default_constructible_v<ProvenAnswer>);

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

OprfKey key_of(std::string_view hex) {
    return parse_oprf_key(unhex(hex)).value();
}

/// All subsets of 1..holders with at least one index, as bit masks.
std::vector<ShareIndex> subset(unsigned mask) {
    std::vector<ShareIndex> indices;
    for (ShareIndex index = 1; mask != 0; ++index, mask >>= 1U) {
        if ((mask & 1U) != 0) indices.push_back(index);
    }
    return indices;
}

/// What the holder `index` with this key says, proven.
ProvenAnswer answer(OprfKey const& key, ShareIndex index, BlindedBatch const& blinded) {
    SeededRandom random(index);
    auto const evaluated = evaluate_batch(key, blinded.elements()).value();
    auto const proof = prove(key, blinded.elements(), evaluated, random_proof_nonce(random)).value();
    return ProvenAnswer::verify(public_of(key), index, blinded, evaluated, proof).value();
}
ProvenAnswer answer(DealtShare const& share, BlindedBatch const& blinded) {
    return answer(share.key, share.index, blinded);
}
template <class... Answer> std::vector<ProvenAnswer> answers_of(Answer&&... answer) {
    std::vector<ProvenAnswer> answers;
    (answers.push_back(std::forward<Answer>(answer)), ...);
    return answers;
}

BlindedBatch batch_of(std::size_t size, Random& random) {
    std::vector<Blinded> blinded;
    for (std::size_t i = 0; i < size; ++i)
        blinded.push_back(blind(as_bytes(std::to_string(i)), random_blind(random)).value());
    return BlindedBatch::make(std::move(blinded)).value();
}

Token token_of(OprfKey const& key, ByteView input, Blind const& r) {
    return finalize(input, r, evaluate(key, blind(input, r).value()).value()).value();
}

/// The token from the holders in `indices`, asked in that order, unfolded.
Token token_of(Deal const& dealt, std::span<ShareIndex const> indices, ByteView input, Blind const& r) {
    auto const holders = static_cast<std::uint8_t>(dealt.shares.size());
    auto const blinded = BlindedBatch::make({blind(input, r).value()}).value();
    std::vector<ProvenAnswer> answers;
    for (auto const index : indices) answers.push_back(answer(dealt.shares[index - 1U], blinded));
    auto const combined = combine(answers, holders, 1).value();
    return finalize(input, r, combined.front(), lagrange_at_zero(indices, holders).value().denominator).value();
}

/// The same, folded.
Token folded_token_of(Deal const& dealt, std::span<ShareIndex const> indices, ByteView input, Blind const& r) {
    auto const set = HolderSet::make(indices, static_cast<std::uint8_t>(dealt.shares.size())).value();
    auto const blinded = BlindedBatch::make({blind(input, r).value()}).value();
    std::vector<ProvenAnswer> answers;
    for (auto const index : indices)
        answers.push_back(answer(fold(dealt.shares[index - 1U].key, index, set).value(), index, blinded));
    return finalize(input, r, combine_folded(answers, set, 1).value().front()).value();
}

Deal frost_deal() {
    // The inputs of RFC 9591, appendix E.3, FROST(ristretto255, SHA-512).
    std::vector<OprfKey> coefficients;
    coefficients.push_back(key_of("410f8b744b19325891d73736923525a4f596c805d060dfb9c98009d34e3fec02"));
    return deal(key_of("1b25a55e463cfd15cf14a5d3acc3d15053f08da49c8afcf3ab265f2ebc4f970b"), coefficients, 3).value();
}

} // namespace

TEST_CASE("shares: the dealer gives the shares of RFC 9591") {
    auto const dealt = frost_deal();
    REQUIRE(to_hex(dealt.group.view()) == "e2a62f39eede11269e3bd5a7d97554f5ca384f9f6d3dd9c3c0d05083c7254f57");
    std::vector<std::string> const expected{"5c3430d391552f6e60ecdc093ff9f6f4488756aa6cebdbad75a768010b8f830e",
                                            "b06fc5eac20b4f6e1b271d9df2343d843e1e1fb03c4cbb673f2872d459ce6f01",
                                            "f17e505f0e2581c6acfe54d3846a622834b5e7b50cad9a2109a97ba7a80d5c04"};
    REQUIRE(dealt.shares.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(dealt.shares[i].index == i + 1);
        REQUIRE(to_hex(dealt.shares[i].key.reveal()) == expected[i]);
        REQUIRE(dealt.shares[i].public_key == public_of(key_of(expected[i])));
    }
}

TEST_CASE("shares: any two of the three of RFC 9591 give the token of the whole key") {
    auto const dealt = frost_deal();
    auto const whole = key_of("1b25a55e463cfd15cf14a5d3acc3d15053f08da49c8afcf3ab265f2ebc4f970b");
    SeededRandom random(1);
    auto const r = random_blind(random);
    auto const input = as_bytes("an anchor");
    auto const expected = token_of(whole, input, r);
    for (auto const& pair : {std::vector<ShareIndex>{1, 2}, {2, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 2}})
        REQUIRE(equal(token_of(dealt, pair, input, r), expected));
    REQUIRE(equal(token_of(dealt, std::vector<ShareIndex>{1, 2, 3}, input, r), expected)); // t + 1 do no harm
    for (auto const alone : std::vector<ShareIndex>{1, 2, 3})
        REQUIRE_FALSE(equal(token_of(dealt, std::vector<ShareIndex>{alone}, input, r), expected));
}

TEST_CASE("shares: any t of n holders give the token of the whole key, whatever the blind and the order") {
    REQUIRE(rc::check("t of n", [](Bytes const& input, std::uint64_t seed) {
        auto const holders = *rc::gen::inRange<std::uint8_t>(1, limits::holders_max + 1);
        auto const threshold = *rc::gen::inRange<std::uint8_t>(1, static_cast<std::uint8_t>(holders + 1));
        SeededRandom random(seed);
        auto const whole = derive_key(Bytes(32, 1), input).value();
        std::vector<OprfKey> coefficients;
        for (std::uint8_t i = 1; i < threshold; ++i)
            coefficients.push_back(parse_oprf_key(random_blind(random).reveal()).value());
        auto const dealt = deal(whole, coefficients, holders).value();
        std::vector<ShareIndex> all(holders);
        std::iota(all.begin(), all.end(), ShareIndex{1});
        auto indices = *rc::gen::unique<std::vector<ShareIndex>>(threshold, rc::gen::elementOf(all));
        RC_ASSERT(dealt.group == public_of(whole));
        auto const expected = token_of(whole, input, random_blind(random));
        RC_ASSERT(equal(token_of(dealt, indices, input, random_blind(random)), expected));
        RC_ASSERT(equal(folded_token_of(dealt, indices, input, random_blind(random)), expected));
    }));
}

TEST_CASE("shares: fewer than t holders give another token") {
    SeededRandom random(2);
    auto const dealt = deal(random, 3, 5);
    auto const r = random_blind(random);
    auto const right = token_of(dealt, std::vector<ShareIndex>{1, 2, 3}, {}, r);
    REQUIRE(equal(token_of(dealt, std::vector<ShareIndex>{5, 4, 2}, {}, r), right));
    REQUIRE_FALSE(equal(token_of(dealt, std::vector<ShareIndex>{1, 2}, {}, r), right));
}

TEST_CASE("shares: a share of another deal gives another token") {
    SeededRandom random(3);
    auto const dealt = deal(random, 2, 3);
    auto const stranger = deal(random, 2, 3);
    auto const blinded = batch_of(1, random);
    auto const honest = answers_of(answer(dealt.shares[0], blinded), answer(dealt.shares[1], blinded));
    auto const mixed = answers_of(answer(dealt.shares[0], blinded), answer(stranger.shares[1], blinded));
    REQUIRE(combine(honest, 3, 1).value() != combine(mixed, 3, 1).value());
}

TEST_CASE("shares: the dealer's public keys lie on the polynomial, so that combining them gives the group key") {
    SeededRandom random(4);
    auto const dealt = deal(random, 3, 5);
    // K_i is the evaluation of the base point; combine gives D * K, and 1/D undoes it as finalize does.
    auto const one = key_of("0100000000000000000000000000000000000000000000000000000000000000");
    auto const base = BlindedBatch::make({Blinded::parse(public_of(one).view()).value()}).value();
    auto const answers =
        answers_of(answer(dealt.shares[1], base), answer(dealt.shares[2], base), answer(dealt.shares[4], base));
    auto const combined = combine(answers, 5, 1).value();
    auto const no_blind = parse_blind(one.reveal()).value();
    REQUIRE(equal(finalize({}, no_blind, combined.front(), 24).value(),
                  finalize({}, no_blind, Evaluated::parse(dealt.group.view()).value()).value()));
}

TEST_CASE("lagrange: the figures for two of three") {
    struct Row {
        std::vector<ShareIndex> indices;
        std::vector<std::int64_t> coefficients;
    };
    for (auto const& row : {Row{{1, 2}, {4, -2}}, Row{{2, 1}, {-2, 4}}, Row{{1, 3}, {3, -1}}, Row{{2, 3}, {6, -4}},
                            Row{{1, 2, 3}, {6, -6, 2}}, Row{{2}, {2}}}) {
        auto const lagrange = lagrange_at_zero(row.indices, 3).value();
        REQUIRE(lagrange.denominator == 2);
        REQUIRE(lagrange.coefficients == row.coefficients);
    }
}

TEST_CASE("lagrange: (n-1)! makes every coefficient of every subset whole") {
    std::map<int, std::int64_t> const factorial{{1, 1}, {2, 1}, {3, 2}, {4, 6}, {5, 24}, {6, 120}, {7, 720}};
    for (std::uint8_t holders = 1; holders <= limits::holders_max; ++holders) {
        for (unsigned mask = 1; mask < (1U << holders); ++mask) {
            auto const indices = subset(mask);
            auto const lagrange = lagrange_at_zero(indices, holders).value();
            REQUIRE(lagrange.denominator == factorial.at(holders));
            REQUIRE(lagrange.coefficients.size() == indices.size());
            for (std::size_t a = 0; a < indices.size(); ++a) {
                // c_i * product (j - i) = D * product j, in whole numbers: nothing was rounded away.
                std::int64_t left = lagrange.coefficients[a];
                std::int64_t right = lagrange.denominator;
                for (std::int64_t const j : indices) {
                    if (j == indices[a]) continue;
                    left *= j - indices[a];
                    right *= j;
                }
                REQUIRE(left == right);
            }
            // The polynomials 1, x, ..., x^(t-1) have the values 1, 0, ..., 0 at zero.
            for (unsigned power = 0; power < indices.size(); ++power) {
                std::int64_t sum = 0;
                for (std::size_t a = 0; a < indices.size(); ++a) {
                    std::int64_t term = lagrange.coefficients[a];
                    for (unsigned i = 0; i < power; ++i) term *= indices[a];
                    sum += term;
                }
                REQUIRE(sum == (power == 0 ? lagrange.denominator : 0));
            }
        }
    }
}

TEST_CASE("lagrange: for the three thresholds in use, no smaller denominator does") {
    struct Row {
        std::uint8_t holders;
        int threshold;
        std::int64_t least;
    };
    for (auto const& row : {Row{3, 2, 2}, Row{5, 3, 24}, Row{7, 4, 720}}) {
        std::int64_t least = 1;
        for (unsigned mask = 1; mask < (1U << row.holders); ++mask) {
            if (std::popcount(mask) != row.threshold) continue;
            auto const lagrange = lagrange_at_zero(subset(mask), row.holders).value();
            for (auto const c : lagrange.coefficients)
                least = std::lcm(least, lagrange.denominator / std::gcd(lagrange.denominator, c));
        }
        CAPTURE(int(row.holders));
        CHECK(least == row.least);
    }
}

TEST_CASE("lagrange: numbers that name no set of holders are refused") {
    struct Row {
        std::vector<ShareIndex> indices;
        std::uint8_t holders;
    };
    for (auto const& row : {Row{{}, 3}, Row{{0}, 3}, Row{{1, 0}, 3}, Row{{4}, 3}, Row{{1, 1}, 3}, Row{{2, 1, 2}, 3},
                            Row{{255}, 3}, Row{{1}, 0}, Row{{1}, 8}, Row{{1}, 255}})
        REQUIRE(lagrange_at_zero(row.indices, row.holders).error().code == Errc::malformed);
    REQUIRE(lagrange_at_zero(std::vector<ShareIndex>{7}, 7).has_value());
}

TEST_CASE("holder set: indices in any order, or bits") {
    auto const set = HolderSet::make(std::vector<ShareIndex>{5, 1, 4}, 5).value();
    REQUIRE(set.indices() == std::vector<ShareIndex>{1, 4, 5});
    REQUIRE(set.bits() == 0b11001U);
    for (unsigned index = 0; index < 256; ++index)
        REQUIRE(set.contains(static_cast<ShareIndex>(index)) == (index == 1 || index == 4 || index == 5));
    for (unsigned mask = 1; mask < 128; ++mask) {
        auto const from_bits = HolderSet::from_bits(mask, 7).value();
        REQUIRE(from_bits.indices() == subset(mask));
        REQUIRE(from_bits.bits() == mask);
    }
}

TEST_CASE("holder set: what names no set of holders is refused") {
    struct Row {
        std::vector<ShareIndex> indices;
        std::uint8_t holders;
    };
    for (auto const& row :
         {Row{{}, 3}, Row{{0}, 3}, Row{{4}, 3}, Row{{1, 1}, 3}, Row{{255}, 3}, Row{{1}, 0}, Row{{1}, 8}})
        REQUIRE(HolderSet::make(row.indices, row.holders).error().code == Errc::malformed);
    REQUIRE(HolderSet::from_bits(0b100, 3).has_value());
    REQUIRE(HolderSet::from_bits(0b1000, 3).error().code == Errc::malformed);
    REQUIRE(HolderSet::from_bits(0b1001, 3).error().code == Errc::malformed); // nothing is dropped in silence
    REQUIRE(HolderSet::from_bits(0, 3).error().code == Errc::malformed);
    REQUIRE(HolderSet::from_bits(1, 0).error().code == Errc::malformed);
    REQUIRE(HolderSet::from_bits(1, 8).error().code == Errc::malformed);
    REQUIRE(HolderSet::from_bits(0x80000000U, 7).error().code == Errc::malformed);
    REQUIRE(HolderSet::from_bits(1, 255).error().code == Errc::malformed);
}

TEST_CASE("fold: the share and the public key are multiplied by the same lambda") {
    SeededRandom random(7);
    auto const dealt = deal(random, 3, 7);
    for (unsigned mask = 1; mask < 128; ++mask) {
        auto const set = HolderSet::from_bits(mask, 7).value();
        for (auto const& share : dealt.shares) {
            if (set.contains(share.index)) {
                REQUIRE(public_of(fold(share.key, share.index, set).value()) ==
                        fold(share.public_key, share.index, set).value());
            } else {
                REQUIRE(fold(share.key, share.index, set).error().code == Errc::malformed);
                REQUIRE(fold(share.public_key, share.index, set).error().code == Errc::malformed);
            }
        }
    }
    // lambda of 1 in {1, 2} is 2, of 2 it is -1 = L - 1.
    auto const one = key_of("0100000000000000000000000000000000000000000000000000000000000000");
    auto const pair = HolderSet::from_bits(0b11, 2).value();
    REQUIRE(to_hex(fold(one, 1, pair).value().reveal()) ==
            "0200000000000000000000000000000000000000000000000000000000000000");
    REQUIRE(to_hex(fold(one, 2, pair).value().reveal()) ==
            "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
}

TEST_CASE(
    "fold: the proof of a folded answer holds under the folded key only, that of an unfolded one under K_i only") {
    SeededRandom random(8);
    auto const dealt = deal(random, 2, 3);
    auto const set = HolderSet::make(std::vector<ShareIndex>{1, 3}, 3).value();
    auto const& share = dealt.shares[0];
    auto const folded_key = fold(share.key, 1, set).value();
    auto const folded_public = fold(share.public_key, 1, set).value();
    auto const blinded = batch_of(5, random);
    auto const verdict = [&](OprfKey const& key, HolderPublic const& under) {
        auto const evaluated = evaluate_batch(key, blinded.elements()).value();
        auto const proof = prove(key, blinded.elements(), evaluated, random_proof_nonce(random)).value();
        auto const verified = ProvenAnswer::verify(under, 1, blinded, evaluated, proof);
        if (!verified) REQUIRE(verified.error().code == Errc::bad_signature);
        return verified.has_value();
    };
    REQUIRE(verdict(share.key, share.public_key));
    REQUIRE(verdict(folded_key, folded_public));
    REQUIRE_FALSE(verdict(share.key, folded_public));
    REQUIRE_FALSE(verdict(folded_key, share.public_key));
    auto const other = HolderSet::make(std::vector<ShareIndex>{1, 2}, 3).value();
    REQUIRE_FALSE(verdict(folded_key, fold(share.public_key, 1, other).value()));
}

TEST_CASE("combine: folded and unfolded answers give the same tokens, item by item, on any threads") {
    SeededRandom random(9);
    auto const dealt = deal(random, 4, 7);
    auto const set = HolderSet::make(std::vector<ShareIndex>{2, 3, 6, 7}, 7).value();
    constexpr std::size_t size = 21;
    auto const blinded = batch_of(size, random);
    std::vector<ProvenAnswer> unfolded;
    std::vector<ProvenAnswer> folded;
    for (auto const index : std::vector<ShareIndex>{7, 2, 6, 3}) {
        auto const& share = dealt.shares[index - 1U];
        unfolded.push_back(answer(share, blinded));
        folded.push_back(answer(fold(share.key, index, set).value(), index, blinded));
    }
    auto const combined = combine(unfolded, 7, size).value();
    auto const added = combine_folded(folded, set, size).value();
    auto const key_720 = key_of("d002000000000000000000000000000000000000000000000000000000000000");
    REQUIRE(evaluate_batch(key_720,
                           [&] {
                               std::vector<Blinded> again;
                               for (auto const& one : added) again.push_back(Blinded::parse(one.view()).value());
                               return again;
                           }())
                .value() == combined);
    // Padding is not combined, and neither the order of the work nor its threads change anything.
    for (std::size_t const count : {1U, 2U, 7U, 8U, 9U, 20U}) {
        REQUIRE(combine(unfolded, 7, count, threads()).value() ==
                std::vector<Evaluated>(combined.begin(), combined.begin() + std::ptrdiff_t(count)));
        REQUIRE(combine_folded(folded, set, count, backwards()).value() ==
                std::vector<Evaluated>(added.begin(), added.begin() + std::ptrdiff_t(count)));
    }
}

TEST_CASE("combine: answers that do not belong together are refused") {
    SeededRandom random(5);
    auto const dealt = deal(random, 2, 3);
    auto const two = batch_of(2, random);
    auto const one = batch_of(1, random);
    auto const& first = dealt.shares[0];
    auto const& second = dealt.shares[1];
    auto const& third = dealt.shares[2];
    auto const refused = [](std::vector<ProvenAnswer> const& answers, std::size_t count, std::uint8_t holders = 3) {
        auto const combined = combine(answers, holders, count);
        return !combined && combined.error().code == Errc::malformed;
    };
    auto const good = answers_of(answer(first, two), answer(third, two));
    REQUIRE(combine(good, 3, 2).value().size() == 2);
    REQUIRE(combine(good, 3, 1).value().size() == 1);
    REQUIRE(refused(good, 0));
    REQUIRE(refused(good, 3));
    REQUIRE(refused(good, 2, 2)); // there is no third of two
    REQUIRE(refused(good, 2, 0));
    REQUIRE(refused({}, 1));
    REQUIRE(refused(answers_of(answer(first, two), answer(second, one)), 1));
    REQUIRE(refused(answers_of(answer(first, one), answer(second, two)), 1));
    REQUIRE(refused(answers_of(answer(first, one), answer(first, one)), 1));
}

TEST_CASE("combine: folded answers are those of exactly the set") {
    SeededRandom random(10);
    auto const dealt = deal(random, 2, 3);
    auto const set = HolderSet::make(std::vector<ShareIndex>{1, 3}, 3).value();
    auto const blinded = batch_of(2, random);
    auto const folded = [&](ShareIndex index) {
        return answer(fold(dealt.shares[index - 1U].key, index, set).value(), index, blinded);
    };
    auto const refused = [&](std::vector<ProvenAnswer> const& answers, std::size_t count = 2) {
        auto const combined = combine_folded(answers, set, count);
        return !combined && combined.error().code == Errc::malformed;
    };
    auto const good = answers_of(folded(3), folded(1));
    REQUIRE(combine_folded(good, set, 2).value().size() == 2);
    REQUIRE(refused(good, 0));
    REQUIRE(refused(good, 3));
    REQUIRE(refused({}));
    REQUIRE(refused(answers_of(folded(1))));
    REQUIRE(refused(answers_of(folded(1), folded(1))));
    REQUIRE(refused(answers_of(folded(1), folded(3), folded(3))));
    REQUIRE(refused(answers_of(folded(1), answer(dealt.shares[1], blinded))));
    REQUIRE(refused(answers_of(folded(1), folded(3), answer(dealt.shares[1], blinded))));
    auto const shorter = batch_of(1, random);
    REQUIRE(refused(answers_of(folded(1), answer(dealt.shares[2].key, 3, shorter)), 1));
}

TEST_CASE("combine: a sum that is the identity is refused") {
    // c = 4, -2 for holders 1 and 2 of 3: E and 2E cancel.
    SeededRandom random(6);
    auto const blinded = batch_of(3, random);
    auto const one = key_of("0100000000000000000000000000000000000000000000000000000000000000");
    auto const two = key_of("0200000000000000000000000000000000000000000000000000000000000000");
    auto const minus_one = key_of("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    REQUIRE(combine(answers_of(answer(one, 1, blinded), answer(two, 2, blinded)), 3, 3).error().code ==
            Errc::malformed);
    auto const set = HolderSet::from_bits(0b11, 2).value();
    REQUIRE(combine_folded(answers_of(answer(one, 1, blinded), answer(minus_one, 2, blinded)), set, 3).error().code ==
            Errc::malformed);
}

TEST_CASE("shares: the dealer refuses what cannot be dealt") {
    auto const key = key_of("0100000000000000000000000000000000000000000000000000000000000000");
    std::vector<OprfKey> coefficients;
    REQUIRE(deal(key, coefficients, 0).error().code == Errc::malformed);
    REQUIRE(deal(key, coefficients, 1).has_value());
    REQUIRE(deal(key, coefficients, 8).error().code == Errc::malformed);
    coefficients.push_back(key_of("0100000000000000000000000000000000000000000000000000000000000000"));
    REQUIRE(deal(key, coefficients, 1).error().code == Errc::malformed);
    REQUIRE(deal(key, coefficients, 7).has_value());
    // f(x) = 1 - x is zero at 1: the share would be no share.
    coefficients.clear();
    coefficients.push_back(key_of("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"));
    REQUIRE(deal(key, coefficients, 2).error().code == Errc::malformed);
}
