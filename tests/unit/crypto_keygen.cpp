// A key that nobody has: dealers' polynomials, what each checks of the others, and the shares that come out.

#include "crypto/keygen.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/text.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <rapidcheck.h>
#include <sodium.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <type_traits>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

// RFC 9496, section 4, little-endian.
constexpr auto group_order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

static_assert(!std::is_copy_constructible_v<Polynomial> && !std::is_default_constructible_v<Polynomial>);
static_assert(!std::is_copy_constructible_v<CeremonySeed>);
static_assert(!std::is_constructible_v<Commitment, std::array<std::uint8_t, 32>>);
static_assert(!std::is_invocable_v<decltype(&share_fits), OprfKey const&, ShareIndex, std::span<HolderPublic const>>);

CeremonySeed seed_of(std::uint64_t number) {
    return SeededRandom(number).make<CeremonySeed>();
}

OprfKey key_of(std::string_view hex) {
    return parse_oprf_key(from_hex(hex).value()).value();
}

OprfKey random_key(Random& random) {
    return parse_oprf_key(random_blind(random).reveal()).value();
}

Commitment commitment_to(OprfKey const& scalar) {
    return Commitment::parse(public_of(scalar).view()).value();
}

std::string context_of(ShareIndex participant, std::string_view session = "session") {
    return std::string(session) + " " + std::to_string(participant);
}

struct Dealer {
    ShareIndex index;
    CeremonySeed seed;
    Polynomial polynomial;
    std::vector<Commitment> commitments;
    ConstantProof proof;
};

/// `constant` is the dealer's part of the key, or nothing for a random one.
Dealer dealer_of(std::uint64_t seed_number, ShareIndex index, std::uint8_t threshold, OprfKey const* constant) {
    auto seed = seed_of(seed_number * 100 + index);
    auto const context = context_of(index);
    auto polynomial = (constant == nullptr ? Polynomial::derive(seed, as_bytes(context), threshold)
                                           : Polynomial::derive(seed, as_bytes(context), threshold, *constant))
                          .value();
    auto commitments = polynomial.commitments();
    auto const proof = polynomial.prove_constant(seed, as_bytes(context));
    return {index, std::move(seed), std::move(polynomial), std::move(commitments), proof};
}

std::vector<std::vector<Commitment>> lists_of(std::vector<Dealer> const& dealers) {
    std::vector<std::vector<Commitment>> lists;
    for (auto const& dealer : dealers) lists.push_back(dealer.commitments);
    return lists;
}

/// What a ceremony leaves.
struct Sharing {
    HolderPublic group;
    std::vector<OprfKey> shares;
    std::vector<HolderPublic> shares_public;
    std::uint8_t threshold;

    std::uint8_t holders() const { return static_cast<std::uint8_t>(shares.size()); }
};

/// Runs the ceremony among honest participants, each check made as a participant makes it.
Sharing share(std::vector<Dealer> const& dealers, std::uint8_t holders) {
    auto const lists = lists_of(dealers);
    for (auto const& dealer : dealers)
        RC_ASSERT(check_constant(dealer.commitments, as_bytes(context_of(dealer.index)), dealer.proof).has_value());
    auto const threshold = static_cast<std::uint8_t>(lists.front().size());
    Sharing sharing{group_public(lists).value(), {}, {}, threshold};
    for (ShareIndex j = 1; j <= holders; ++j) {
        std::vector<OprfKey> received;
        for (auto const& dealer : dealers) {
            received.push_back(dealer.polynomial.share_for(j).value());
            RC_ASSERT(share_fits(received.back(), j, dealer.commitments));
        }
        sharing.shares.push_back(add_shares(received).value());
        sharing.shares_public.push_back(share_public(lists, j).value());
        RC_ASSERT(sharing.shares_public.back() == public_of(sharing.shares.back()));
    }
    RC_ASSERT(consistent(sharing.group, sharing.shares_public, threshold));
    return sharing;
}

Sharing new_key(std::uint64_t seed, std::uint8_t threshold, std::vector<OprfKey> const& constants) {
    std::vector<Dealer> dealers;
    for (auto const& constant : constants)
        dealers.push_back(dealer_of(seed, static_cast<ShareIndex>(dealers.size() + 1), threshold, &constant));
    return share(dealers, static_cast<std::uint8_t>(constants.size()));
}

/// Of threshold `size`, from the bits that say who; some set of that size for any bits.
HolderSet some_of(std::uint8_t holders, std::uint8_t size, std::uint32_t turn) {
    std::vector<ShareIndex> indices;
    for (std::uint8_t i = 0; i < size; ++i) indices.push_back(static_cast<ShareIndex>((i + turn) % holders + 1));
    return HolderSet::make(indices, holders).value();
}

Sharing reshared(std::uint64_t seed, Sharing const& old, HolderSet const& dealing, std::uint8_t threshold,
                 std::uint8_t holders) {
    std::vector<Dealer> dealers;
    for (auto const index : dealing.indices()) {
        auto const constant = fold(old.shares[index - 1U], index, dealing).value();
        dealers.push_back(dealer_of(seed, index, threshold, &constant));
        RC_ASSERT(deals_old_share(dealers.back().commitments.front(), old.shares_public[index - 1U], index, dealing));
    }
    return share(dealers, holders);
}

/// The public key of what the shares add up to under the set's factors.
HolderPublic joined(std::map<ShareIndex, OprfKey const*> const& shares, HolderSet const& set) {
    std::vector<OprfKey> folded;
    for (auto const& [index, one] : shares) folded.push_back(fold(*one, index, set).value());
    return public_of(add_shares(folded).value());
}

HolderPublic joined(Sharing const& sharing, HolderSet const& set) {
    std::map<ShareIndex, OprfKey const*> shares;
    for (auto const index : set.indices()) shares[index] = &sharing.shares[index - 1U];
    return joined(shares, set);
}

/// The token that the holders of `set` give together, through the proofs and the combining of queries.
Token token_of(Sharing const& sharing, HolderSet const& set, ByteView input, Random& random) {
    auto const r = random_blind(random);
    std::vector<Blinded> const blinded{blind(input, r).value()};
    auto const batch = BlindedBatch::make(blinded).value();
    std::vector<ProvenAnswer> answers;
    for (auto const index : set.indices()) {
        auto const& key = sharing.shares[index - 1U];
        std::vector<Evaluated> const evaluated{evaluate(key, blinded.front()).value()};
        auto const proof = prove(key, blinded, evaluated, random_proof_nonce(random)).value();
        answers.push_back(
            ProvenAnswer::verify(sharing.shares_public[index - 1U], index, batch, evaluated, proof).value());
    }
    auto const combined = combine(answers, sharing.holders(), 1).value();
    auto const denominator = lagrange_at_zero(set.indices(), sharing.holders()).value().denominator;
    return finalize(input, r, combined.front(), denominator).value();
}

Token token_of(OprfKey const& key, ByteView input, Random& random) {
    auto const r = random_blind(random);
    return finalize(input, r, evaluate(key, blind(input, r).value()).value()).value();
}

/// n, and t up to n.
struct Size {
    std::uint8_t threshold;
    std::uint8_t holders;
};
Size any_size(int threshold_min = 1) {
    auto const holders = *rc::gen::inRange(threshold_min, 8);
    auto const threshold = *rc::gen::inRange(threshold_min, holders + 1);
    return {static_cast<std::uint8_t>(threshold), static_cast<std::uint8_t>(holders)};
}

std::vector<OprfKey> random_keys(Random& random, std::size_t count) {
    std::vector<OprfKey> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back(random_key(random));
    return keys;
}

Sharing sample(std::uint8_t threshold, std::uint8_t holders) {
    SeededRandom random(threshold * 10U + holders);
    return new_key(holders, threshold, random_keys(random, holders));
}

/// The group order and the scalar: another form of it, which libsodium would reduce.
Bytes order_plus(ByteView scalar) {
    auto result = from_hex(group_order).value();
    unsigned carry = 0;
    for (std::size_t i = 0; i < result.size(); ++i, carry >>= 8U) {
        carry += unsigned(result[i]) + scalar[i];
        result[i] = static_cast<std::uint8_t>(carry);
    }
    return result;
}
/// The opposite of the scalar.
Bytes order_minus(ByteView scalar) {
    auto result = from_hex(group_order).value();
    unsigned borrow = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
        auto const difference = unsigned(result[i]) - scalar[i] - borrow;
        result[i] = static_cast<std::uint8_t>(difference);
        borrow = (difference >> 8U) & 1U;
    }
    return result;
}

constexpr auto frost_key = "1b25a55e463cfd15cf14a5d3acc3d15053f08da49c8afcf3ab265f2ebc4f970b";
constexpr auto frost_public = "e2a62f39eede11269e3bd5a7d97554f5ca384f9f6d3dd9c3c0d05083c7254f57";
constexpr auto frost_coefficient = "410f8b744b19325891d73736923525a4f596c805d060dfb9c98009d34e3fec02";
constexpr std::array<char const*, 3> frost_shares{"5c3430d391552f6e60ecdc093ff9f6f4488756aa6cebdbad75a768010b8f830e",
                                                  "b06fc5eac20b4f6e1b271d9df2343d843e1e1fb03c4cbb673f2872d459ce6f01",
                                                  "f17e505f0e2581c6acfe54d3846a622834b5e7b50cad9a2109a97ba7a80d5c04"};

} // namespace

TEST_CASE("keygen: the shares of RFC 9591 fit the commitments to their polynomial, and join to its secret") {
    // Appendix E.3, FROST(ristretto255, SHA-512).
    std::vector<Commitment> const commitments{commitment_to(key_of(frost_key)),
                                              commitment_to(key_of(frost_coefficient))};
    std::vector<std::vector<Commitment>> const dealers{commitments};
    auto const group = group_public(dealers).value();
    REQUIRE(to_hex(group.view()) == frost_public);
    std::vector<HolderPublic> shares_public;
    for (ShareIndex index = 1; index <= 3; ++index) {
        auto const share = key_of(frost_shares[index - 1U]);
        for (ShareIndex other = 1; other <= 3; ++other)
            REQUIRE(share_fits(share, other, commitments) == (other == index));
        shares_public.push_back(public_of(share));
        REQUIRE(share_public(dealers, index).value() == shares_public.back());
    }
    REQUIRE(consistent(group, shares_public, 2));
    for (auto const& pair : {std::array<ShareIndex, 2>{1, 2}, {1, 3}, {2, 3}}) {
        auto const set = HolderSet::make(pair, 3).value();
        std::vector<OprfKey> folded;
        for (auto const index : pair) folded.push_back(fold(key_of(frost_shares[index - 1U]), index, set).value());
        REQUIRE(to_hex(add_shares(folded).value().reveal()) == frost_key);
    }
}

TEST_CASE("keygen: the numbers of RFC 9591 above are those of the published file") {
    auto const* const directory = std::getenv("FANLIGHT_SHARED");
    std::filesystem::path const root = directory != nullptr ? directory : FANLIGHT_SOURCE_DIR "/../shared";
    auto const path = root / "specs/voprf/frost-ristretto255-shares.json";
    if (!std::filesystem::exists(path)) {
        WARN("skipped: no " << path.string());
        return;
    }
    std::ifstream file(path);
    auto const json = boost::json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    auto const text = [](boost::json::value const& value) { return std::string(value.as_string()); };
    CHECK(text(json.at("group_secret_key")) == frost_key);
    CHECK(text(json.at("group_public_key")) == frost_public);
    CHECK(text(json.at("share_polynomial_coefficients").as_array().at(0)) == frost_coefficient);
    for (std::size_t i = 0; i < frost_shares.size(); ++i)
        CHECK(text(json.at("participant_shares").at(std::to_string(i + 1))) == frost_shares[i]);
}

TEST_CASE("keygen: any t of n holders give the token of the key that nobody has") {
    REQUIRE(rc::check("tokens of t shares", [](std::uint64_t seed, std::uint32_t turn) {
        auto const size = any_size();
        SeededRandom random(seed);
        auto const constants = random_keys(random, size.holders);
        auto const sharing = new_key(seed, size.threshold, constants);
        auto const key = add_shares(constants).value(); // which no participant could compute
        RC_ASSERT(sharing.group == public_of(key));
        auto const set = some_of(size.holders, size.threshold, turn);
        RC_ASSERT(joined(sharing, set) == sharing.group);
        auto const input = as_bytes("an identity");
        RC_ASSERT(equal(token_of(sharing, set, input, random), token_of(key, input, random)));
        if (size.threshold > 1) {
            auto const fewer = some_of(size.holders, static_cast<std::uint8_t>(size.threshold - 1), turn);
            RC_ASSERT(joined(sharing, fewer) != sharing.group);
        }
    }));
}

TEST_CASE("keygen: a reshare keeps the key, and old and new shares do not mix") {
    REQUIRE(rc::check("reshare", [](std::uint64_t seed, std::uint32_t turn) {
        auto const before = any_size(2);
        auto const after = any_size(2);
        SeededRandom random(seed);
        auto const old = new_key(seed, before.threshold, random_keys(random, before.holders));
        auto const dealing = some_of(before.holders, before.threshold, turn);
        auto const now = reshared(seed + 1, old, dealing, after.threshold, after.holders);
        RC_ASSERT(now.group == old.group);
        auto const set = some_of(after.holders, after.threshold, turn);
        RC_ASSERT(joined(now, set) == old.group);

        std::map<ShareIndex, OprfKey const*> mixed;
        for (auto const index : set.indices()) mixed[index] = &now.shares[index - 1U];
        auto const stale = set.indices().front();
        if (stale <= before.holders) {
            mixed[stale] = &old.shares[stale - 1U];
            RC_ASSERT(joined(mixed, set) != old.group);
        }
    }));
}

TEST_CASE("keygen: in a reshare only lambda_i * K_i of the dealing set is dealt") {
    auto const old = sample(2, 3);
    auto const pair = HolderSet::make(std::array<ShareIndex, 2>{1, 3}, 3).value();
    auto const other_pair = HolderSet::make(std::array<ShareIndex, 2>{1, 2}, 3).value();
    auto const right = commitment_to(fold(old.shares[0], 1, pair).value());
    CHECK(deals_old_share(right, old.shares_public[0], 1, pair));
    CHECK_FALSE(deals_old_share(right, old.shares_public[0], 1, other_pair));
    CHECK_FALSE(deals_old_share(right, old.shares_public[0], 3, pair));
    CHECK_FALSE(deals_old_share(right, old.shares_public[0], 2, pair)); // not in the set
    CHECK_FALSE(deals_old_share(right, old.shares_public[2], 1, pair));
    CHECK_FALSE(deals_old_share(commitment_to(old.shares[0]), old.shares_public[0], 1, pair)); // not folded
}

TEST_CASE("polynomial: one seed and context, one polynomial; anything else another") {
    auto const derive = [](std::uint64_t seed, std::string_view context, std::uint8_t threshold) {
        return Polynomial::derive(seed_of(seed), as_bytes(context), threshold).value().commitments();
    };
    auto const first = derive(1, "session 1", 3);
    REQUIRE(first.size() == 3);
    REQUIRE(derive(1, "session 1", 3) == first);
    for (auto const& other :
         {derive(2, "session 1", 3), derive(1, "session 2", 3), derive(1, "session 1", 4), derive(1, "", 3)}) {
        for (std::size_t k = 0; k < 3; ++k) REQUIRE(other[k] != first[k]);
    }
    REQUIRE((first[0] != first[1] && first[1] != first[2] && first[0] != first[2]));

    // Given constants: what is derived beside them depends on them, or two shares would give their difference away.
    SeededRandom random(1);
    auto const with = [&](OprfKey const& constant) {
        return Polynomial::derive(seed_of(1), as_bytes("session 1"), 3, constant).value().commitments();
    };
    auto const one = random_key(random);
    auto const another = random_key(random);
    REQUIRE(with(one) == with(one));
    REQUIRE(with(one).front() == commitment_to(one));
    for (std::size_t k = 0; k < 3; ++k) REQUIRE(with(one)[k] != with(another)[k]);
    auto const longer = Polynomial::derive(seed_of(1), as_bytes("session 1"), 4, one).value().commitments();
    for (std::size_t k = 1; k < 3; ++k) REQUIRE(with(one)[k] != longer[k]);

    auto const proof_of = [](std::string_view context) {
        auto const seed = seed_of(1);
        return Polynomial::derive(seed, as_bytes(context), 2).value().prove_constant(seed, as_bytes(context));
    };
    REQUIRE(proof_of("session 1") == proof_of("session 1"));
}

TEST_CASE("polynomial: one nonce is never used for two proofs") {
    auto const seed = seed_of(3);
    auto const polynomial = Polynomial::derive(seed, as_bytes("a"), 2).value();
    auto const nonce_point = [&](Polynomial const& of, std::string_view context) {
        return to_bytes(of.prove_constant(seed, as_bytes(context)).view().first(32));
    };
    REQUIRE(nonce_point(polynomial, "a") != nonce_point(polynomial, "b"));
    auto const other = Polynomial::derive(seed, as_bytes("b"), 2).value();
    REQUIRE(nonce_point(polynomial, "a") != nonce_point(other, "a"));
}

TEST_CASE("polynomial: thresholds and indices have their limits") {
    auto const seed = seed_of(4);
    auto const row = GENERATE(table<std::uint8_t, bool>({{0, false}, {1, true}, {7, true}, {8, false}, {255, false}}));
    auto const number = std::get<0>(row);
    CAPTURE(int(number));
    SeededRandom random(4);
    CHECK(Polynomial::derive(seed, as_bytes("x"), number).has_value() == std::get<1>(row));
    CHECK(Polynomial::derive(seed, as_bytes("x"), number, random_key(random)).has_value() == std::get<1>(row));

    auto const polynomial = Polynomial::derive(seed, as_bytes("x"), 2).value();
    std::vector<std::vector<Commitment>> const lists{polynomial.commitments()};
    CHECK(polynomial.share_for(number).has_value() == std::get<1>(row));
    CHECK(share_public(lists, number).has_value() == std::get<1>(row));
    if (!std::get<1>(row)) CHECK_FALSE(share_fits(random_key(random), number, lists.front()));
}

TEST_CASE("sums: parts that cancel make no key and no share") {
    auto const part = key_of(frost_shares[0]);
    auto const opposite = parse_oprf_key(order_minus(part.reveal())).value();
    std::vector<OprfKey> both;
    both.push_back(key_of(frost_shares[0]));
    both.push_back(parse_oprf_key(opposite.reveal()).value());
    CHECK(add_shares(both).error().code == Errc::malformed);
    CHECK(add_shares({}).error().code == Errc::malformed);
    std::vector<std::vector<Commitment>> const lists{{commitment_to(part)}, {commitment_to(opposite)}};
    CHECK(group_public(lists).error().code == Errc::malformed);
    CHECK(share_public(lists, 1).error().code == Errc::malformed);
}

TEST_CASE("share: fits also where the sum passes through the identity") {
    // f(x) = a - a x + a x^2: at 1, Horner's rule has nothing after its second step, and f(1) = a.
    auto const a = key_of(frost_shares[0]);
    auto const minus_a = parse_oprf_key(order_minus(a.reveal())).value();
    std::vector<Commitment> const list{commitment_to(a), commitment_to(minus_a), commitment_to(a)};
    CHECK(share_fits(a, 1, list));
    CHECK_FALSE(share_fits(a, 2, list));
    std::vector<Commitment> const zero_at_1{commitment_to(a), commitment_to(minus_a)};
    for (auto const* const share : {&a, &minus_a}) CHECK_FALSE(share_fits(*share, 1, zero_at_1));
    CHECK(share_fits(minus_a, 2, zero_at_1));
}

TEST_CASE("proof of the constant: only for its context, its commitment and its own form") {
    auto const dealer = dealer_of(5, 1, 3, nullptr);
    auto const other = dealer_of(6, 1, 3, nullptr);
    auto const& list = dealer.commitments;
    auto const code = [](std::span<Commitment const> commitments, std::string_view context,
                         ConstantProof const& proof) {
        auto const checked = check_constant(commitments, as_bytes(context), proof);
        return checked ? std::nullopt : std::optional(checked.error().code);
    };
    auto const context = context_of(1);
    CHECK(code(list, context, dealer.proof) == std::nullopt);
    CHECK(code(list, context_of(1, "another"), dealer.proof) == Errc::bad_signature); // another session
    CHECK(code(list, context_of(2), dealer.proof) == Errc::bad_signature);            // another participant
    CHECK(code(list, "", dealer.proof) == Errc::bad_signature);
    CHECK(code(list, context, other.proof) == Errc::bad_signature);
    CHECK(code(other.commitments, context, dealer.proof) == Errc::bad_signature);
    CHECK(code(std::vector{list[1], list[0], list[2]}, context, dealer.proof) == Errc::bad_signature);
    CHECK(code({}, context, dealer.proof) == Errc::malformed);
    CHECK(code(std::vector(7, list[0]), context, dealer.proof) == std::nullopt);
    CHECK(code(std::vector(8, list[0]), context, dealer.proof) == Errc::malformed);

    // One proof, one form: every bit counts, and what libsodium would reduce is refused.
    for (std::size_t bit = 0; bit < 8 * ConstantProof::size_bytes; bit += 5) {
        auto bytes = dealer.proof.array();
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
        CHECK(code(list, context, ConstantProof(bytes)) == Errc::bad_signature);
    }
    auto const with = [&](ByteView nonce_point, ByteView mu) {
        Bytes bytes = to_bytes(nonce_point);
        append(bytes, mu);
        return ConstantProof::parse(bytes).value();
    };
    auto const nonce_point = dealer.proof.view().first(32);
    auto const mu = dealer.proof.view().subspan(32);
    CHECK(code(list, context, with(nonce_point, mu)) == std::nullopt);
    CHECK(code(list, context, with(nonce_point, order_plus(mu))) == Errc::bad_signature);
    CHECK(code(list, context, with(nonce_point, Bytes(32))) == Errc::bad_signature);
    auto top_bit = to_bytes(nonce_point);
    top_bit[31] = static_cast<std::uint8_t>(top_bit[31] | 0x80U);
    CHECK(code(list, context, with(top_bit, mu)) == Errc::bad_signature);
    CHECK(code(list, context, with(Bytes(32), mu)) == Errc::bad_signature);
}

TEST_CASE("proof of the constant: c = H(context || phi_0 || R), mu = r + c a_0, and R is not the identity") {
    // docs/protocol.md, "Ceremony", computed here a second time.
    auto const context = as_bytes("any context");
    auto const a = key_of(frost_shares[0]);
    std::vector<Commitment> const list{commitment_to(a)};
    auto const proof_with = [&](ByteView r, ByteView r_point) {
        auto const c = ristretto::hash_to_scalar({context, list[0].view(), r_point}, "KeyGen-");
        return ConstantProof::make([&](MutableBytes out) {
            std::copy(r_point.begin(), r_point.end(), out.begin());
            auto* const mu = out.data() + 32;
            crypto_core_ristretto255_scalar_mul(mu, c.reveal().data(), a.reveal().data());
            crypto_core_ristretto255_scalar_add(mu, mu, r.data());
        });
    };
    auto const r = key_of(frost_shares[1]);
    CHECK(check_constant(list, context, proof_with(r.reveal(), public_of(r).view())).has_value());
    CHECK(check_constant(list, context, proof_with(Bytes(32), Bytes(32))).error().code == Errc::bad_signature);
}

TEST_CASE("commitment: what is no point, or the identity, is none") {
    auto const good = to_bytes(dealer_of(7, 1, 1, nullptr).commitments.front().view());
    CHECK(Commitment::parse(good).value().view().size() == 32);
    CHECK(Commitment::parse(Bytes(32)).error().code == Errc::malformed);
    CHECK(Commitment::parse({}).error().code == Errc::malformed);
    CHECK(Commitment::parse(ByteView(good).first(31)).error().code == Errc::malformed);
    auto longer = good;
    longer.push_back(0);
    CHECK(Commitment::parse(longer).error().code == Errc::malformed);
    auto top_bit = good;
    top_bit[31] = static_cast<std::uint8_t>(top_bit[31] | 0x80U);
    CHECK(Commitment::parse(top_bit).error().code == Errc::malformed);
    auto negative = good; // RFC 9496, section 4.3.1: s is negative
    negative[0] = static_cast<std::uint8_t>(negative[0] ^ 1U);
    CHECK(Commitment::parse(negative).error().code == Errc::malformed);
    CHECK(Commitment::parse(Bytes(32, 0xFF)).error().code == Errc::malformed);
}

TEST_CASE("commitment hash: binds the context, each commitment, their number and order, and the proof") {
    auto const dealer = dealer_of(8, 1, 3, nullptr);
    auto const& list = dealer.commitments;
    auto const context = context_of(1);
    auto const hash = commitment_hash(as_bytes(context), list, dealer.proof);
    CHECK(commitment_hash(as_bytes(context), list, dealer.proof) == hash);
    CHECK(commitment_hash(as_bytes(context_of(2)), list, dealer.proof) != hash);
    CHECK(commitment_hash(as_bytes(context), std::vector{list[0], list[1]}, dealer.proof) != hash);
    CHECK(commitment_hash(as_bytes(context), std::vector{list[0], list[2], list[1]}, dealer.proof) != hash);
    CHECK(commitment_hash(as_bytes(context), list, dealer_of(9, 1, 3, nullptr).proof) != hash);
    // What moves from the context into the list is not the same.
    Bytes longer = to_bytes(as_bytes(context));
    append(longer, list[0].view());
    CHECK(commitment_hash(longer, std::vector{list[1], list[2]}, dealer.proof) != hash);
}

TEST_CASE("share: fits only its index and its dealer's whole list") {
    auto const dealer = dealer_of(10, 1, 3, nullptr);
    auto const other = dealer_of(11, 2, 3, nullptr);
    auto const& list = dealer.commitments;
    auto const share = dealer.polynomial.share_for(2).value();
    CHECK(share_fits(share, 2, list));
    for (int const index : {0, 1, 3, 7, 8, 255}) CHECK_FALSE(share_fits(share, static_cast<ShareIndex>(index), list));
    CHECK_FALSE(share_fits(share, 2, other.commitments));
    CHECK_FALSE(share_fits(other.polynomial.share_for(2).value(), 2, list));
    CHECK_FALSE(share_fits(share, 2, std::vector{list[0], list[2], list[1]}));
    CHECK_FALSE(share_fits(share, 2, std::vector{list[0], list[1]}));
    CHECK_FALSE(share_fits(share, 2, std::vector{list[0], list[1], list[2], list[2]}));
    CHECK_FALSE(share_fits(share, 2, {}));
    CHECK_FALSE(share_fits(share, 2, std::vector(8, list[0])));
}

TEST_CASE("share: neither the key itself nor an index or a list over the limit fits, though the sum is right") {
    auto const sum_of = [](std::string_view constant, std::string_view addend, std::size_t times) {
        std::vector<OprfKey> parts;
        parts.push_back(key_of(constant));
        for (std::size_t i = 0; i < times; ++i) parts.push_back(key_of(addend));
        return add_shares(parts).value();
    };
    std::vector<Commitment> const list{commitment_to(key_of(frost_key)), commitment_to(key_of(frost_coefficient))};
    for (int index = 0; index <= 9; ++index) {
        auto const value = sum_of(frost_key, frost_coefficient, static_cast<std::size_t>(index));
        CHECK(share_fits(value, static_cast<ShareIndex>(index), list) == (index >= 1 && index <= 7));
    }
    for (std::size_t size = 1; size <= 9; ++size) {
        auto const at_1 = sum_of(frost_key, frost_key, size - 1);
        CHECK(share_fits(at_1, 1, std::vector(size, list[0])) == (size <= 7));
    }
}

TEST_CASE("sums of commitments: lists of one length, at least one") {
    auto const first = dealer_of(12, 1, 3, nullptr).commitments;
    auto const second = dealer_of(13, 2, 3, nullptr).commitments;
    auto const shorter = std::vector{second[0], second[1]};
    using Lists = std::vector<std::vector<Commitment>>;
    struct Row {
        Lists dealers;
        bool good;
    };
    std::vector<Row> const rows{
        {Lists{first, second}, true},
        {Lists{first}, true},
        {Lists{}, false},
        {Lists{first, shorter}, false},
        {Lists{shorter, first}, false},
        {Lists{first, {}}, false},
        {Lists{{}, {}}, false},
        {Lists{std::vector(7, first[0])}, true},
        {Lists{std::vector(8, first[0])}, false},
    };
    for (auto const& row : rows) {
        CHECK(group_public(row.dealers).has_value() == row.good);
        CHECK(share_public(row.dealers, 1).has_value() == row.good);
    }
}

TEST_CASE("certificate: consistent only if all K_i lie on one polynomial of the threshold's degree through K") {
    auto const sharing = sample(3, 5);
    auto const stranger = sample(3, 6);
    auto const& shares = sharing.shares_public;
    CHECK(consistent(sharing.group, shares, 3));
    for (int const threshold : {0, 1, 2, 4, 5, 6, 255})
        CHECK_FALSE(consistent(sharing.group, shares, static_cast<std::uint8_t>(threshold)));
    CHECK_FALSE(consistent(stranger.group, shares, 3));
    for (std::size_t i = 0; i < shares.size(); ++i) {
        auto changed = shares;
        changed[i] = stranger.shares_public[i];
        CHECK_FALSE(consistent(sharing.group, changed, 3));
        auto swapped = shares;
        std::swap(swapped[i], swapped[(i + 1) % swapped.size()]);
        CHECK_FALSE(consistent(sharing.group, swapped, 3));
    }
    CHECK(consistent(sharing.group, std::span(shares).first(3), 3));
    CHECK_FALSE(consistent(sharing.group, std::span(shares).first(2), 3));
    CHECK_FALSE(consistent(sharing.group, {}, 1));
    auto const whole = sample(1, 7);
    CHECK(consistent(whole.group, whole.shares_public, 1));
    CHECK(consistent(whole.group, std::span(whole.shares_public).first(1), 1));
    // Every share the key itself: any holder alone would have it.
    CHECK_FALSE(consistent(whole.group, whole.shares_public, 2));
    CHECK_FALSE(consistent(whole.group, std::vector(8, whole.group), 1));
}
