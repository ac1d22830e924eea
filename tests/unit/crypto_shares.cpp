// Shares of the identity key: any t of n holders give the token that the whole key gives.

#include "crypto/practice/practice_dealer.hpp"
#include "crypto/text.hpp"
#include "crypto/voprf.hpp"

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
static_assert(!std::is_invocable_v<decltype(&combine), std::span<Evaluated const>, std::uint8_t>,
              "answers carry the number of their holder");

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

HolderAnswer answer(DealtShare const& share, std::span<Blinded const> blinded) {
    HolderAnswer result{share.index, {}};
    for (auto const& one : blinded) result.evaluated.push_back(evaluate(share.key, one).value());
    return result;
}

Token token_of(OprfKey const& key, ByteView input, Blind const& r) {
    return finalize(input, r, evaluate(key, blind(input, r).value()).value()).value();
}

/// The token from the holders in `indices`, asked in that order.
Token token_of(Deal const& dealt, std::span<ShareIndex const> indices, ByteView input, Blind const& r) {
    auto const holders = static_cast<std::uint8_t>(dealt.shares.size());
    std::vector<Blinded> const blinded{blind(input, r).value()};
    std::vector<HolderAnswer> answers;
    for (auto const index : indices) answers.push_back(answer(dealt.shares[index - 1U], blinded));
    auto const combined = combine(answers, holders).value();
    return finalize(input, r, combined.front(), lagrange_at_zero(indices, holders).value().denominator).value();
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
        RC_ASSERT(
            equal(token_of(dealt, indices, input, random_blind(random)), token_of(whole, input, random_blind(random))));
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
    auto const r = random_blind(random);
    std::vector<Blinded> const blinded{blind({}, r).value()};
    std::vector<HolderAnswer> const honest{answer(dealt.shares[0], blinded), answer(dealt.shares[1], blinded)};
    std::vector<HolderAnswer> const mixed{answer(dealt.shares[0], blinded), answer(stranger.shares[1], blinded)};
    REQUIRE(combine(honest, 3).value() != combine(mixed, 3).value());
}

TEST_CASE("shares: the dealer's public keys lie on the polynomial, so that combining them gives the group key") {
    SeededRandom random(4);
    auto const dealt = deal(random, 3, 5);
    // K_i is the evaluation of the base point; combine gives D * K, and 1/D undoes it as finalize does.
    std::vector<HolderAnswer> answers;
    for (auto const index : std::vector<ShareIndex>{2, 3, 5})
        answers.push_back(HolderAnswer{index, {Evaluated::parse(dealt.shares[index - 1U].public_key.view()).value()}});
    auto const combined = combine(answers, 5).value();
    auto const one = parse_blind(unhex("0100000000000000000000000000000000000000000000000000000000000000")).value();
    REQUIRE(equal(finalize({}, one, combined.front(), 24).value(),
                  finalize({}, one, Evaluated::parse(dealt.group.view()).value()).value()));
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

TEST_CASE("combine: answers that do not belong together are refused") {
    SeededRandom random(5);
    auto const dealt = deal(random, 2, 3);
    auto const r = random_blind(random);
    std::vector<Blinded> const two{blind(as_bytes("a"), r).value(), blind(as_bytes("b"), r).value()};
    auto const one = std::span<Blinded const>(two).first(1);
    auto const refused = [](std::vector<HolderAnswer> const& answers, std::uint8_t holders = 3) {
        auto const combined = combine(answers, holders);
        return !combined && combined.error().code == Errc::malformed;
    };
    REQUIRE(combine(std::vector{answer(dealt.shares[0], two), answer(dealt.shares[2], two)}, 3).value().size() == 2);
    REQUIRE(refused({}));
    REQUIRE(refused({answer(dealt.shares[0], two), answer(dealt.shares[1], one)}));
    REQUIRE(refused({answer(dealt.shares[0], one), answer(dealt.shares[1], two)}));
    REQUIRE(refused({answer(dealt.shares[0], {}), answer(dealt.shares[1], {})}));
    REQUIRE(refused({answer(dealt.shares[0], one), answer(dealt.shares[0], one)}));
    REQUIRE(refused({answer(dealt.shares[0], one), answer(dealt.shares[2], one)}, 2));
    std::vector<Blinded> const many(limits::evaluate_batch_max + 1, two.front());
    auto const too_many = std::vector<Evaluated>(many.size(), evaluate(dealt.shares[0].key, many.front()).value());
    REQUIRE(refused({HolderAnswer{1, too_many}}));
}

TEST_CASE("combine: a sum that is the identity is refused") {
    // c = 4, -2 for holders 1 and 2 of 3: E and 2E cancel.
    SeededRandom random(6);
    auto const element = blind(as_bytes("a"), random_blind(random)).value();
    auto const one = key_of("0100000000000000000000000000000000000000000000000000000000000000");
    auto const two = key_of("0200000000000000000000000000000000000000000000000000000000000000");
    std::vector<HolderAnswer> answers;
    answers.push_back(HolderAnswer{1, {evaluate(one, element).value()}});
    answers.push_back(HolderAnswer{2, {evaluate(two, element).value()}});
    REQUIRE(combine(answers, 3).error().code == Errc::malformed);
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
