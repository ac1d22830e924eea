// Our own ristretto255 against RFC 9496 and against libsodium.

#include "crypto/point.hpp"
#include "crypto/random.hpp"
#include "crypto/text.hpp"
#include "crypto_threads.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>
#include <sodium.h>

using namespace fanlight;
using namespace fanlight::crypto;
using namespace fanlight::crypto::point;

namespace {

// RFC 9496, A.1: the multiples of the generator from 0 on.
constexpr std::array multiples_of_generator{"0000000000000000000000000000000000000000000000000000000000000000",
                                            "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
                                            "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
                                            "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
                                            "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
                                            "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
                                            "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
                                            "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
                                            "903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
                                            "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
                                            "20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
                                            "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
                                            "e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
                                            "aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
                                            "46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
                                            "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e"};

// RFC 9496, A.2.
constexpr std::array bad_encodings{// not canonical
                                   "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                                   "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   // negative
                                   "0100000000000000000000000000000000000000000000000000000000000000",
                                   "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
                                   "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
                                   "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
                                   "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
                                   "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
                                   "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
                                   // no square root
                                   "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
                                   "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
                                   "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
                                   "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
                                   "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
                                   "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
                                   "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
                                   "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
                                   // negative xy
                                   "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
                                   "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
                                   "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
                                   "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
                                   "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
                                   "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
                                   "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
                                   "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
                                   // s = -1, so that y = 0
                                   "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

Encoding encoding(std::string_view hex) {
    Encoding bytes{};
    auto const parsed = from_hex(hex).value();
    REQUIRE(parsed.size() == bytes.size());
    std::copy(parsed.begin(), parsed.end(), bytes.begin());
    return bytes;
}

template <std::size_t N> std::array<std::uint8_t, N> random_bytes(Random& random) {
    std::array<std::uint8_t, N> bytes{};
    random.fill(bytes);
    return bytes;
}
Encoding random_element(Random& random) {
    Encoding element{};
    crypto_core_ristretto255_from_hash(element.data(), random_bytes<64>(random).data());
    return element;
}
Encoding random_scalar(Random& random) {
    Encoding scalar{};
    crypto_core_ristretto255_scalar_reduce(scalar.data(), random_bytes<64>(random).data());
    return scalar;
}
Field random_field(Random& random) {
    return field_of(random_bytes<32>(random));
}
/// Limbs up to the largest that a product takes.
Field wide_field(Random& random) {
    Field field;
    auto const bytes = random_bytes<40>(random);
    for (std::size_t i = 0; i < bytes.size(); ++i) field.limbs[i / 8] = field.limbs[i / 8] << 8U | bytes[i];
    auto const all = bytes[0] % 4 == 0; // often all ones
    for (auto& limb : field.limbs) limb = all ? (std::uint64_t(1) << 54U) - 1 : limb >> 10U;
    return field;
}

// The same by libsodium. It has no product that is the identity.
Encoding sodium_multiply(Encoding const& scalar, Encoding const& element) {
    Encoding product{};
    if (crypto_scalarmult_ristretto255(product.data(), scalar.data(), element.data()) != 0) return {};
    return product;
}
Encoding sodium_add(Encoding const& left, Encoding const& right) {
    Encoding sum{};
    REQUIRE(crypto_core_ristretto255_add(sum.data(), left.data(), right.data()) == 0);
    return sum;
}
Encoding sodium_subtract(Encoding const& left, Encoding const& right) {
    Encoding difference{};
    REQUIRE(crypto_core_ristretto255_sub(difference.data(), left.data(), right.data()) == 0);
    return difference;
}
Encoding scalar_of(std::int64_t value) {
    Encoding scalar{};
    auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    for (std::size_t i = 0; i < 8; ++i, magnitude >>= 8U) scalar[i] = static_cast<std::uint8_t>(magnitude);
    if (value < 0) crypto_core_ristretto255_scalar_negate(scalar.data(), scalar.data());
    return scalar;
}

/// Elements, decoded.
struct Elements {
    std::vector<Encoding> encoded;
    std::vector<Decoded> decoded;

    void push_back(Encoding const& element) {
        encoded.push_back(element);
        decoded.push_back(decode(element).value());
    }
};
Elements random_elements(std::size_t size, Random& random) {
    Elements elements;
    for (std::size_t i = 0; i < size; ++i) elements.push_back(random_element(random));
    return elements;
}

std::vector<Encoding> sums(std::span<Encoding const> scalars, std::vector<std::span<Decoded const>> const& lists,
                           Parallel const& parallel = one_thread()) {
    std::vector<EncodingView> const views(scalars.begin(), scalars.end());
    std::vector<Encoding> encoded;
    for (auto const& sum : Scalars(views).sums(lists, parallel)) encoded.push_back(encode(sum));
    return encoded;
}
Encoding sodium_sum(std::span<Encoding const> scalars, Elements const& elements) {
    Encoding sum{};
    for (std::size_t i = 0; i < scalars.size(); ++i)
        sum = sodium_add(sum, sodium_multiply(scalars[i], elements.encoded[i]));
    return sum;
}

} // namespace

TEST_CASE("field: what is read is written, modulo p") {
    SeededRandom random(1);
    for (int i = 0; i < 2000; ++i) {
        auto bytes = random_bytes<32>(random);
        bytes[31] &= 0x7fU;
        REQUIRE(to_bytes(field_of(bytes)) == bytes); // p or more by a chance of 2^-250
    }
    auto all_ones = encoding("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    for (std::uint8_t low = 0xec; low >= 0xec; ++low) { // p - 1, p, ..., 2^255 - 1
        all_ones[0] = low;
        Encoding expected{};
        if (low == 0xec) expected = all_ones;
        if (low > 0xed) expected[0] = static_cast<std::uint8_t>(low - 0xed);
        REQUIRE(to_bytes(field_of(all_ones)) == expected);
    }
    Field const most{{~std::uint64_t(0), ~std::uint64_t(0), ~std::uint64_t(0), ~std::uint64_t(0), ~std::uint64_t(0)}};
    REQUIRE(to_bytes(most) == to_bytes(tight(most)));
}

TEST_CASE("field: its laws hold for every size of limb that a product takes") {
    SeededRandom random(2);
    for (int i = 0; i < 5000; ++i) {
        auto const a = wide_field(random);
        auto const b = wide_field(random);
        auto const c = random_field(random);
        REQUIRE(equal(multiply(a, b), multiply(tight(a), tight(b))));
        REQUIRE(equal(multiply(a, b), multiply(b, a)));
        REQUIRE(equal(square(a), multiply(a, a)));
        REQUIRE(equal(multiply(a, add(tight(b), c)), add(multiply(a, b), multiply(a, c))));
        REQUIRE(equal(multiply(a, subtract(tight(b), c)), subtract(multiply(a, b), multiply(a, c))));
        REQUIRE(is_zero(add(c, negate(c))));
        for (auto const& product : {multiply(a, b), square(a), tight(a)})
            for (auto const limb : product.limbs) REQUIRE(limb < (std::uint64_t(1) << 51U) + (1U << 17U));
    }
    REQUIRE(is_zero(subtract(constants::one, constants::one)));
    // x^((p - 5) / 8) to the 8th, times x^4, is x^(p - 1) = 1.
    auto const x = random_field(random);
    REQUIRE(equal(multiply(square(power_p58(x), 3), square(x, 2)), constants::one));
}

TEST_CASE("field: the constants are what RFC 9496 says they are") {
    auto const minus_one = negate(constants::one);
    REQUIRE(equal(square(constants::sqrt_m1), minus_one));
    // d = -121665 / 121666
    REQUIRE(equal(multiply(constants::d, Field{{121666, 0, 0, 0, 0}}), negate(Field{{121665, 0, 0, 0, 0}})));
    REQUIRE(equal(constants::two_d, add(constants::d, constants::d)));
    // 1 / sqrt(a - d), a = -1
    REQUIRE(equal(multiply(square(constants::invsqrt_a_minus_d), subtract(minus_one, constants::d)), constants::one));
    REQUIRE_FALSE(is_negative(constants::sqrt_m1));
    REQUIRE_FALSE(is_negative(constants::invsqrt_a_minus_d));
}

TEST_CASE("point: the multiples of the generator are those of RFC 9496") {
    auto const generator = decode(encoding(multiples_of_generator[1])).value();
    auto sum = identity;
    for (auto const* text : multiples_of_generator) {
        REQUIRE(to_hex(encode(sum)) == text);
        REQUIRE(to_hex(encode(to_point(decode(encoding(text)).value()))) == text);
        sum = add(sum, generator);
    }
}

TEST_CASE("point: decode refuses what RFC 9496 refuses") {
    for (auto const* text : bad_encodings) {
        CAPTURE(text);
        REQUIRE_FALSE(decode(encoding(text)).has_value());
    }
    for (auto const* text : multiples_of_generator) { // the top bit set gives no second form
        auto bytes = encoding(text);
        bytes[31] |= 0x80U;
        REQUIRE_FALSE(decode(bytes).has_value());
    }
}

TEST_CASE("point: decode has libsodium's verdict on anything of 255 bits") {
    SeededRandom random(3);
    int good = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = random_bytes<32>(random);
        bytes[31] &= 0x7fU;
        if (i % 4 == 0) bytes[0] &= 0xfeU; // at least not negative
        auto const decoded = decode(bytes);
        REQUIRE(decoded.has_value() == (crypto_core_ristretto255_is_valid_point(bytes.data()) == 1));
        if (!decoded) continue;
        REQUIRE(encode(to_point(*decoded)) == bytes);
        ++good;
    }
    REQUIRE(good > 1000);
}

TEST_CASE("point: addition, subtraction and doubling are libsodium's") {
    SeededRandom random(4);
    for (int i = 0; i < 3000; ++i) {
        auto const p = random_element(random);
        auto const q = random_element(random);
        auto const a = decode(p).value();
        auto const b = decode(q).value();
        auto const sum = sodium_add(p, q);
        REQUIRE(encode(add(to_point(a), b)) == sum);
        REQUIRE(encode(add(to_point(a), to_point(b))) == sum);
        REQUIRE(encode(add(to_point(a), b, true)) == sodium_subtract(p, q));
        REQUIRE(encode(add(to_point(a), to_point(b, true))) == sodium_subtract(p, q));
        auto const doubled = sodium_add(p, p);
        REQUIRE(encode(twice(to_point(a))) == doubled);
        REQUIRE(encode(add(to_point(a), a)) == doubled);
        // Points that were not just decoded, with any Z.
        auto const far = add(twice(add(to_point(a), b)), a);
        auto const far_encoded = sodium_add(sodium_add(sum, sum), p);
        REQUIRE(encode(far) == far_encoded);
        REQUIRE(encode(add(far, far)) == sodium_add(far_encoded, far_encoded));
        REQUIRE(encode(twice(far)) == sodium_add(far_encoded, far_encoded));
    }
}

TEST_CASE("point: the identity needs no case of its own") {
    SeededRandom random(5);
    auto const none = decode(Encoding{}).value();
    auto const p = random_element(random);
    auto const a = decode(p).value();
    for (auto const& zero : {identity, to_point(none), twice(identity), add(to_point(a), a, true),
                             add(to_point(a), to_point(a, true)), add(twice(to_point(a)), twice(to_point(a, true)))}) {
        REQUIRE(encode(zero) == Encoding{});
        REQUIRE(encode(add(zero, a)) == p);
        REQUIRE(encode(add(zero, to_point(a))) == p);
        REQUIRE(encode(add(to_point(a), zero)) == p);
        REQUIRE(encode(add(zero, none)) == Encoding{});
        REQUIRE(encode(twice(zero)) == Encoding{});
    }
}

TEST_CASE("point: sums under small integers are libsodium's") {
    REQUIRE(rc::check("integers", [](std::uint64_t seed) {
        SeededRandom random(seed);
        auto const size = *rc::gen::inRange<std::size_t>(1, 8);
        auto const most = *rc::gen::element<std::int64_t>(1, 8, 30'000, std::int64_t(1) << 61);
        auto const values =
            *rc::gen::container<std::vector<std::int64_t>>(size, rc::gen::inRange<std::int64_t>(-most, most + 1));
        auto const elements = random_elements(size, random);
        std::vector<Decoded const*> points;
        Encoding expected{};
        for (std::size_t i = 0; i < size; ++i) {
            points.push_back(&elements.decoded[i]);
            expected = sodium_add(expected, sodium_multiply(scalar_of(values[i]), elements.encoded[i]));
        }
        RC_ASSERT(encode(Integers(values).sum(points)) == expected);
    }));
    REQUIRE(encode(Integers({}).sum({})) == Encoding{});
}

TEST_CASE("point: sums under full scalars are libsodium's, for several lists, at every width, in any order") {
    SeededRandom random(6);
    auto const size = GENERATE(std::size_t(1), 2, 3, 11, 12, 64, 80, 112, 320, 448, 1024);
    std::vector<Encoding> scalars;
    for (std::size_t i = 0; i < size; ++i) scalars.push_back(random_scalar(random));
    auto const elements = random_elements(size, random);
    auto const others = random_elements(size, random);
    std::vector<std::span<Decoded const>> const lists{elements.decoded, others.decoded};
    std::vector<Encoding> const expected{sodium_sum(scalars, elements), sodium_sum(scalars, others)};
    REQUIRE(sums(scalars, lists) == expected);
    REQUIRE(sums(scalars, lists, backwards()) == expected);
    REQUIRE(sums(scalars, lists, threads()) == expected);
}

TEST_CASE("point: sums under scalars at the edges, of points that are the same, opposite or the identity") {
    SeededRandom random(7);
    std::vector<Encoding> const edges{
        {},
        {1},
        {2},
        encoding("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"), // L - 1
        encoding("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"), // L
        encoding("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1f"), // all carries
        encoding("8080808080808080808080808080808080808080808080808080808080808000"), // the highest digit of 8 bits
        encoding("7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f0f"),
        encoding("888888888888888888888888888888888888888888888888888888888888880f"),
        encoding("0000000000000000000000000000000000000000000000000000000000000010")};
    auto const p = random_element(random);
    auto const minus_p = sodium_subtract({}, p);
    for (std::size_t const repeat : {1U, 2U, 12U, 45U}) { // 10 to 450 points: widths 3, 4, 6 and 8
        std::vector<Encoding> scalars;
        Elements same;
        Elements mixed;
        for (std::size_t i = 0; i < repeat; ++i) {
            for (auto const& edge : edges) {
                scalars.push_back(edge);
                same.push_back(p);
                mixed.push_back(i % 3 == 0 ? Encoding{} : i % 3 == 1 ? p : minus_p);
            }
        }
        REQUIRE(sums(scalars, {same.decoded, mixed.decoded}) ==
                std::vector<Encoding>{sodium_sum(scalars, same), sodium_sum(scalars, mixed)});
    }
    // Everything cancels.
    std::vector<Encoding> const twice_the_same(2, random_scalar(random));
    Elements opposite;
    opposite.push_back(p);
    opposite.push_back(minus_p);
    REQUIRE(sums(twice_the_same, {opposite.decoded}) == std::vector<Encoding>{Encoding{}});
}

TEST_CASE("point: a spot check passes what libsodium computes as well, and nothing else") {
    SeededRandom random(8);
    std::vector<Multiple> multiples;
    Encoding sum{};
    for (int i = 0; i < 4; ++i) {
        multiples.push_back({random_scalar(random), random_element(random)});
        sum = sodium_add(sum, sodium_multiply(multiples.back().scalar, multiples.back().element));
        REQUIRE(spot_check(sum, multiples).has_value());
        REQUIRE(spot_check(random_element(random), multiples).error().code == Errc::damaged);
        REQUIRE(spot_check({}, multiples).error().code == Errc::damaged);
    }
    for (auto& multiple : multiples) {
        ++multiple.scalar[0];
        REQUIRE(spot_check(sum, multiples).error().code == Errc::damaged);
        --multiple.scalar[0];
    }
    // What cancels is the identity, and so is a multiple by zero.
    REQUIRE(spot_check({}, std::vector<Multiple>{{{}, sum}}).has_value());
    REQUIRE(spot_check({}, std::vector<Multiple>{{{1}, sum}, {scalar_of(-1), sum}}).has_value());
    REQUIRE(spot_check(sum, std::vector<Multiple>{{{1}, sum}, {{}, sum}}).has_value());
}
