// The VOPRF against the vectors of RFC 9497, A.1.2 (ristretto255-SHA512, VOPRF mode), through the shipped functions.

#include "crypto/text.hpp"
#include "crypto/voprf.hpp"
#include "crypto_threads.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <ostream>
#include <type_traits>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

template <class T>
concept Printable = requires(std::ostream& out, T const& value) {
    out << value;
};

// The steps in the RFC's order, or no build.
static_assert(std::is_invocable_v<decltype(&evaluate), OprfKey const&, Blinded const&>);
static_assert(!std::is_invocable_v<decltype(&evaluate), OprfKey const&, Evaluated const&>);
static_assert(!std::is_invocable_v<decltype(&evaluate), Blind const&, Blinded const&>);
static_assert(!std::is_invocable_v<decltype(&evaluate), HolderPublic const&, Blinded const&>);
static_assert(!std::is_invocable_v<decltype(&finalize), ByteView, Blind const&, Blinded const&, std::int64_t>);
static_assert(!std::is_invocable_v<decltype(&finalize), ByteView, ProofNonce const&, Evaluated const&, std::int64_t>);
static_assert(!std::is_invocable_v<decltype(&blind), ByteView, ProofNonce const&>);
static_assert(!std::is_invocable_v<decltype(&verify), HolderPublic const&, std::span<Evaluated const>,
                                   std::span<Blinded const>, Proof const&>);
static_assert(
    !std::is_invocable_v<decltype(&ProvenAnswer::verify), HolderPublic const&, ShareIndex, std::span<Blinded const>,
                         std::span<Evaluated const>, Proof const&, Parallel const&>);
static_assert(!std::is_copy_constructible_v<BlindedBatch> && !std::is_default_constructible_v<BlindedBatch>);
static_assert(!std::is_constructible_v<Evaluated, Blinded> && !std::is_default_constructible_v<Blinded>);
static_assert(!std::is_constructible_v<Blinded, std::array<std::uint8_t, 32>>);
static_assert(!std::is_copy_constructible_v<OprfKey> && !std::is_copy_constructible_v<Blind>);
static_assert(!std::is_copy_constructible_v<Token> && !Printable<Token> && !Printable<OprfKey> && !Printable<Blind>);

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

struct Item {
    char const* input;
    char const* blind;
    char const* blinded;
    char const* evaluated;
    char const* output;
};
struct Vector {
    std::vector<Item> items;
    char const* nonce;
    char const* proof;
};

constexpr auto secret_key = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
constexpr auto public_key = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";

constexpr Item first_item{"00", "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
                          "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
                          "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
                          "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903"
                          "af43a491351d23b430948dd50c"
                          "de10d32b3c"};
constexpr Item second_item{"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
                           "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
                           "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
                           "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
                           "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f4771"
                           "9e480906d27ecd994985890e5f5"
                           "39e7ea74b6"};
constexpr Item third_item{"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
                          "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
                          "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
                          "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
                          "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719"
                          "e480906d27ecd994985890e5f5"
                          "39e7ea74b6"};

std::vector<Vector> rfc_vectors() {
    return {{{first_item},
             "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
             "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
             "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d"},
            {{second_item},
             "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
             "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
             "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02"},
            {{first_item, third_item},
             "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
             "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
             "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08"}};
}

OprfKey example_key() {
    return parse_oprf_key(unhex(secret_key)).value();
}

/// Blinded and evaluated elements of `size` inputs under `key`.
struct Batch {
    std::vector<Blinded> blinded;
    std::vector<Evaluated> evaluated;
};
Batch make_batch(OprfKey const& key, std::size_t size, Random& random) {
    Batch batch;
    for (std::size_t i = 0; i < size; ++i) {
        batch.blinded.push_back(blind(as_bytes(std::to_string(i)), random_blind(random)).value());
        batch.evaluated.push_back(evaluate(key, batch.blinded.back()).value());
    }
    return batch;
}

/// What libsodium alone and our own sums say, which is the same.
Result<void> verdict(HolderPublic const& key, Batch const& batch, Proof const& proof) {
    auto const slow = verify(key, batch.blinded, batch.evaluated, proof);
    auto const blinded = BlindedBatch::make(batch.blinded).value();
    auto const fast = ProvenAnswer::verify(key, 1, blinded, batch.evaluated, proof);
    REQUIRE(slow.has_value() == fast.has_value());
    if (!slow) REQUIRE(slow.error().code == fast.error().code);
    return slow;
}
bool accepts(HolderPublic const& key, Batch const& batch, Proof const& proof) {
    return verdict(key, batch, proof).has_value();
}
bool refuses(HolderPublic const& key, Batch const& batch, Proof const& proof) {
    auto const verified = verdict(key, batch, proof);
    return !verified && verified.error().code == Errc::bad_signature;
}

/// The 32 bytes plus the group order: the same scalar to whoever reduces.
void add_order(MutableBytes scalar) {
    auto const order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += unsigned(scalar[i]) + order[i];
        scalar[i] = static_cast<std::uint8_t>(carry);
        carry >>= 8U;
    }
}

} // namespace

TEST_CASE("voprf: the key of the RFC's vectors comes from its seed") {
    auto const key = derive_key(Bytes(32, 0xa3), as_bytes("test key")).value();
    REQUIRE(to_hex(key.reveal()) == secret_key);
    REQUIRE(to_hex(public_of(key).view()) == public_key);
    REQUIRE(derive_key(Bytes(31), {}).error().code == Errc::malformed);
    REQUIRE(derive_key(Bytes(33), {}).error().code == Errc::malformed);
    REQUIRE(derive_key(Bytes(32), Bytes(65535)).has_value());
    REQUIRE(derive_key(Bytes(32), Bytes(65536)).error().code == Errc::malformed);
}

TEST_CASE("voprf: every step gives the RFC's figures") {
    auto const key = example_key();
    for (auto const& vector : rfc_vectors()) {
        std::vector<Blinded> blinded;
        std::vector<Evaluated> evaluated;
        for (auto const& item : vector.items) {
            auto const r = parse_blind(unhex(item.blind)).value();
            blinded.push_back(blind(unhex(item.input), r).value());
            REQUIRE(to_hex(blinded.back().view()) == item.blinded);
            evaluated.push_back(evaluate(key, blinded.back()).value());
            REQUIRE(to_hex(evaluated.back().view()) == item.evaluated);
            auto const token = finalize(unhex(item.input), r, evaluated.back()).value();
            REQUIRE(to_hex(token.reveal()) == item.output);
        }
        auto const nonce = parse_proof_nonce(unhex(vector.nonce)).value();
        auto const proof = prove(key, blinded, evaluated, nonce).value();
        REQUIRE(to_hex(proof.view()) == vector.proof);
        REQUIRE(accepts(public_of(key), Batch{blinded, evaluated}, proof));
    }
}

TEST_CASE("voprf: the token does not depend on the blind") {
    REQUIRE(rc::check("any blind", [](Bytes const& input, std::uint64_t seed) {
        SeededRandom random(seed);
        auto const key = derive_key(Bytes(32, static_cast<std::uint8_t>(seed)), {}).value();
        auto const token_with = [&](Blind const& r) {
            return finalize(input, r, evaluate(key, blind(input, r).value()).value()).value();
        };
        auto const one = random_blind(random);
        auto const other = random_blind(random);
        RC_ASSERT(!equal(one, other));
        RC_ASSERT(blind(input, one).value() != blind(input, other).value());
        RC_ASSERT(equal(token_with(one), token_with(other)));
    }));
}

TEST_CASE("voprf: the token depends on the key and on the input") {
    SeededRandom random(1);
    auto const r = random_blind(random);
    auto const token = [&](OprfKey const& key, std::string_view input) {
        return finalize(as_bytes(input), r, evaluate(key, blind(as_bytes(input), r).value()).value()).value();
    };
    REQUIRE(equal(token(example_key(), "a"), token(example_key(), "a")));
    REQUIRE_FALSE(equal(token(example_key(), "a"), token(example_key(), "b")));
    REQUIRE_FALSE(equal(token(example_key(), "a"), token(example_key(), "")));
    REQUIRE_FALSE(equal(token(example_key(), "a"), token(derive_key(Bytes(32), {}).value(), "a")));
}

TEST_CASE("voprf: inputs are at most 65,535 bytes") {
    SeededRandom random(1);
    auto const r = random_blind(random);
    auto const blinded = blind(Bytes(input_bytes_max), r).value();
    auto const evaluated = evaluate(example_key(), blinded).value();
    REQUIRE(finalize(Bytes(input_bytes_max), r, evaluated).has_value());
    REQUIRE(blind(Bytes(input_bytes_max + 1), r).error().code == Errc::malformed);
    REQUIRE(finalize(Bytes(input_bytes_max + 1), r, evaluated).error().code == Errc::malformed);
}

TEST_CASE("voprf: finalize wants a positive denominator, and divides by it") {
    SeededRandom random(1);
    auto const r = random_blind(random);
    auto const once = evaluate(example_key(), blind(as_bytes("a"), r).value()).value();
    // 24 = the key 24 applied once more.
    auto const twenty_four = parse_oprf_key(unhex("18" + std::string(62, '0'))).value();
    auto const scaled = evaluate(twenty_four, Blinded::parse(once.view()).value()).value();
    auto const token = finalize(as_bytes("a"), r, once).value();
    REQUIRE(equal(finalize(as_bytes("a"), r, scaled, 24).value(), token));
    REQUIRE_FALSE(equal(finalize(as_bytes("a"), r, scaled, 1).value(), token));
    for (std::int64_t const denominator : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN})
        REQUIRE(finalize(as_bytes("a"), r, once, denominator).error().code == Errc::malformed);
}

TEST_CASE("voprf: a batch finalizes to the tokens that its items finalize to one by one") {
    REQUIRE(rc::check("batch", [](std::uint64_t seed) {
        SeededRandom random(seed);
        auto const key = example_key();
        auto const size = *rc::gen::inRange<std::size_t>(1, 7);
        auto const denominator = *rc::gen::element<std::int64_t>(1, 2, 24, 720);
        auto const texts = *rc::gen::container<std::vector<Bytes>>(size, rc::gen::arbitrary<Bytes>());
        std::vector<ByteView> const inputs(texts.begin(), texts.end());
        std::vector<Blind> blinds;
        std::vector<Evaluated> evaluated;
        for (auto const input : inputs) {
            blinds.push_back(random_blind(random));
            evaluated.push_back(evaluate(key, blind(input, blinds.back()).value()).value());
        }
        auto const tokens = finalize_batch(inputs, blinds, evaluated, denominator).value();
        RC_ASSERT(tokens.size() == size);
        for (std::size_t i = 0; i < size; ++i)
            RC_ASSERT(equal(tokens[i], finalize(inputs[i], blinds[i], evaluated[i], denominator).value()));
    }));
}

TEST_CASE("voprf: a batch to finalize has as many inputs as blinds and elements") {
    SeededRandom random(6);
    std::vector<Blind> blinds;
    blinds.push_back(random_blind(random));
    std::vector<ByteView> const inputs{as_bytes("0")};
    auto const evaluated = make_batch(example_key(), 1, random).evaluated;
    REQUIRE(finalize_batch(inputs, blinds, evaluated).has_value());
    auto const refused = [&](std::span<ByteView const> texts, std::span<Blind const> rs,
                             std::span<Evaluated const> elements, std::int64_t denominator = 1) {
        auto const tokens = finalize_batch(texts, rs, elements, denominator);
        return !tokens && tokens.error().code == Errc::malformed;
    };
    REQUIRE(refused({}, {}, {}));
    REQUIRE(refused({}, blinds, evaluated));
    REQUIRE(refused(inputs, {}, evaluated));
    REQUIRE(refused(inputs, blinds, {}));
    REQUIRE(refused(inputs, blinds, evaluated, 0));
    REQUIRE(refused(inputs, blinds, evaluated, -2));
    Bytes const long_input(input_bytes_max + 1);
    REQUIRE(refused(std::vector<ByteView>{long_input}, blinds, evaluated));
}

TEST_CASE("voprf: an element is canonical, on the group and not the identity") {
    // RFC 9496, A.2: not canonical; negative; no square root; negative xy; s = -1.
    auto const text = GENERATE(
        "0000000000000000000000000000000000000000000000000000000000000000", // the identity
        "0000000000000000000000000000000000000000000000000000000000000080", // the identity with the top bit set
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // the identity, not reduced
        "0100000000000000000000000000000000000000000000000000000000000000",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b9c5", // a good one with the top bit set
        "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b9", "");
    CAPTURE(text);
    auto const bytes = unhex(text);
    REQUIRE(Blinded::parse(bytes).error().code == Errc::malformed);
    REQUIRE(Evaluated::parse(bytes).error().code == Errc::malformed);
    REQUIRE(HolderPublic::parse(bytes).error().code == Errc::malformed);
}

TEST_CASE("voprf: a good element survives parsing, with nothing behind it") {
    auto bytes = unhex(first_item.blinded);
    REQUIRE(to_bytes(Blinded::parse(bytes).value().view()) == bytes);
    bytes.push_back(0);
    REQUIRE(Blinded::parse(bytes).error().code == Errc::malformed);
}

TEST_CASE("voprf: a scalar is below the group order and not zero") {
    struct Row {
        char const* text;
        bool good;
    };
    auto const row =
        GENERATE(Row{"0000000000000000000000000000000000000000000000000000000000000000", false},
                 Row{"0100000000000000000000000000000000000000000000000000000000000000", true},
                 Row{"ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", true},  // L - 1
                 Row{"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", false}, // L
                 Row{"eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", false}, // L + 1
                 Row{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f", true},
                 Row{"ecd3f55c1a631258d69cf7a2def9de1500000000000000000000000000000010", false},
                 Row{"eed3f55c1a631258d69cf7a2def9de1300000000000000000000000000000010", true},
                 Row{"0100000000000000000000000000000000000000000000000000000000000020", false},
                 Row{"0100000000000000000000000000000000000000000000000000000000000080", false},
                 Row{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
                 Row{"01000000000000000000000000000000000000000000000000000000000000", false},
                 Row{"010000000000000000000000000000000000000000000000000000000000000000", false}, Row{"", false});
    CAPTURE(row.text);
    auto const bytes = unhex(row.text);
    REQUIRE(parse_oprf_key(bytes).has_value() == row.good);
    REQUIRE(parse_blind(bytes).has_value() == row.good);
    REQUIRE(parse_proof_nonce(bytes).has_value() == row.good);
    if (!row.good) REQUIRE(parse_blind(bytes).error().code == Errc::malformed);
}

TEST_CASE("voprf: random scalars are drawn again, never reduced") {
    /// First a value over the order, then zero, then one that will do.
    class Scripted final : public Random {
      public:
        void fill(MutableBytes out) override {
            std::fill(out.begin(), out.end(), std::uint8_t(0));
            if (draws == 0) std::fill(out.begin(), out.end(), std::uint8_t(0xff));
            if (draws == 2) {
                out[0] = 5;
                out[31] = 0xef; // the top three bits are not used
            }
            ++draws;
        }
        int draws = 0;
    };
    Scripted random;
    auto const r = random_blind(random);
    REQUIRE(random.draws == 3);
    REQUIRE(to_hex(r.reveal()) == "050000000000000000000000000000000000000000000000000000000000000f");
    SeededRandom seeded(1);
    for (int i = 0; i < 1000; ++i) REQUIRE(parse_blind(random_blind(seeded).reveal()).has_value());
    REQUIRE_FALSE(equal(random_proof_nonce(seeded), random_proof_nonce(seeded)));
}

TEST_CASE("voprf: a proof of any batch verifies") {
    REQUIRE(rc::check("prove, verify", [](std::uint64_t seed) {
        SeededRandom random(seed);
        auto const key = derive_key(Bytes(32, static_cast<std::uint8_t>(seed)), {}).value();
        auto const batch = make_batch(key, *rc::gen::inRange<std::size_t>(1, 6), random);
        auto const nonce = random_proof_nonce(random);
        auto const proof = prove(key, batch.blinded, batch.evaluated, nonce).value();
        RC_ASSERT(accepts(public_of(key), batch, proof));
        RC_ASSERT(proof == prove(key, batch.blinded, batch.evaluated, nonce).value());
    }));
}

TEST_CASE("voprf: a proof holds for its own key, items and order only") {
    SeededRandom random(2);
    auto const key = example_key();
    auto const holder = public_of(key);
    auto const stranger = derive_key(Bytes(32), {}).value();
    auto const batch = make_batch(key, 3, random);
    auto const proof = prove(key, batch.blinded, batch.evaluated, random_proof_nonce(random)).value();
    REQUIRE(accepts(holder, batch, proof));

    REQUIRE(refuses(public_of(stranger), batch, proof));
    for (std::size_t i = 0; i < 3; ++i) {
        auto one_of_another_key = batch;
        one_of_another_key.evaluated[i] = evaluate(stranger, batch.blinded[i]).value();
        REQUIRE(refuses(holder, one_of_another_key, proof));
        auto another_item = batch;
        another_item.blinded[i] = blind(as_bytes("another"), random_blind(random)).value();
        REQUIRE(refuses(holder, another_item, proof));
    }
    auto swapped = batch;
    std::swap(swapped.evaluated[0], swapped.evaluated[1]);
    REQUIRE(refuses(holder, swapped, proof));
    std::swap(swapped.blinded[0], swapped.blinded[1]);
    REQUIRE(refuses(holder, swapped, proof)); // the right pairs in another order
    auto shorter = batch;
    shorter.blinded.pop_back();
    shorter.evaluated.pop_back();
    REQUIRE(refuses(holder, shorter, proof));
}

TEST_CASE("voprf: a holder cannot prove an item that another key evaluated") {
    SeededRandom random(3);
    auto const key = example_key();
    auto const stranger = derive_key(Bytes(32), {}).value();
    auto batch = make_batch(key, 4, random);
    batch.evaluated[2] = evaluate(stranger, batch.blinded[2]).value();
    for (auto const* prover : {&key, &stranger}) {
        auto const proof = prove(*prover, batch.blinded, batch.evaluated, random_proof_nonce(random)).value();
        REQUIRE(refuses(public_of(key), batch, proof));
        REQUIRE(refuses(public_of(stranger), batch, proof));
    }
    // Two wrong items whose errors cancel in a plain sum do not cancel under the weights.
    auto cancelling = make_batch(key, 1, random);
    cancelling.blinded.push_back(cancelling.blinded.front());
    auto const right = Blinded::parse(cancelling.evaluated.front().view()).value();
    auto const minus_one =
        parse_oprf_key(unhex("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")).value();
    auto const three = parse_oprf_key(unhex("03" + std::string(62, '0'))).value();
    cancelling.evaluated = {evaluate(three, right).value(), evaluate(minus_one, right).value()}; // 3 - 1 = 1 + 1
    auto const proof = prove(key, cancelling.blinded, cancelling.evaluated, random_proof_nonce(random)).value();
    REQUIRE(refuses(public_of(key), cancelling, proof));
}

TEST_CASE("voprf: an altered proof is refused, and so is its second form") {
    SeededRandom random(4);
    auto const key = example_key();
    auto const holder = public_of(key);
    auto const batch = make_batch(key, 2, random);
    auto const proof = prove(key, batch.blinded, batch.evaluated, random_proof_nonce(random)).value();
    for (std::size_t i = 0; i < Proof::size_bytes; ++i) {
        auto bytes = proof.array();
        bytes[i] ^= 1U;
        REQUIRE(refuses(holder, batch, Proof(bytes)));
    }
    for (std::size_t const half : {0U, 32U}) {
        auto bytes = proof.array();
        add_order(MutableBytes(bytes).subspan(half, 32));
        REQUIRE(refuses(holder, batch, Proof(bytes)));
        bytes = proof.array();
        bytes[half + 31] |= 0x80U;
        REQUIRE(refuses(holder, batch, Proof(bytes)));
        std::fill_n(bytes.begin() + std::ptrdiff_t(half), 32, std::uint8_t(0));
        REQUIRE(refuses(holder, batch, Proof(bytes)));
    }
    REQUIRE(refuses(holder, batch, Proof()));
}

TEST_CASE("voprf: a batch has 1 to evaluate_batch_max pairs") {
    SeededRandom random(5);
    auto const key = example_key();
    auto const holder = public_of(key);
    auto const nonce = random_proof_nonce(random);
    auto const one = make_batch(key, 1, random);
    std::vector<Blinded> const most(limits::evaluate_batch_max, one.blinded.front());
    std::vector<Evaluated> const answers(limits::evaluate_batch_max, one.evaluated.front());
    auto const proof = prove(key, most, answers, nonce).value();
    REQUIRE(accepts(holder, Batch{most, answers}, proof));

    auto over = most;
    over.push_back(most.front());
    auto answers_over = answers;
    answers_over.push_back(answers.front());
    auto const most_sent = BlindedBatch::make(most).value();
    auto const refused = [&](std::span<Blinded const> blinded, std::span<Evaluated const> evaluated) {
        REQUIRE(prove(key, blinded, evaluated, nonce).error().code == Errc::malformed);
        REQUIRE(verify(holder, blinded, evaluated, proof).error().code == Errc::malformed);
    };
    refused(over, answers_over);
    refused({}, {});
    refused(most, {});
    refused(one.blinded, answers);
    for (auto const& wrong : {answers_over, one.evaluated, std::vector<Evaluated>{}})
        REQUIRE(ProvenAnswer::verify(holder, 1, most_sent, wrong, proof).error().code == Errc::malformed);
    REQUIRE(BlindedBatch::make({}).error().code == Errc::malformed);
    REQUIRE(BlindedBatch::make(over).error().code == Errc::malformed);
    REQUIRE(evaluate_batch(key, {}).error().code == Errc::malformed);
    REQUIRE(evaluate_batch(key, over).error().code == Errc::malformed);
    REQUIRE(evaluate_batch(key, one.blinded).value() == one.evaluated);
}

TEST_CASE("voprf: a proven answer carries the number of a holder") {
    SeededRandom random(7);
    auto const key = example_key();
    auto const batch = make_batch(key, 2, random);
    auto const proof = prove(key, batch.blinded, batch.evaluated, random_proof_nonce(random)).value();
    auto const blinded = BlindedBatch::make(batch.blinded).value();
    REQUIRE(blinded.elements() == batch.blinded);
    REQUIRE(blinded.size() == 2);
    for (unsigned index = 0; index < 256; ++index) {
        auto const answer =
            ProvenAnswer::verify(public_of(key), static_cast<ShareIndex>(index), blinded, batch.evaluated, proof);
        if (index >= 1 && index <= limits::holders_max) {
            REQUIRE(answer.value().index() == index);
            REQUIRE(answer.value().size() == 2);
        } else {
            REQUIRE(answer.error().code == Errc::malformed);
        }
    }
}

TEST_CASE("voprf: one wrong item anywhere in a batch is refused, at any width of the sums") {
    SeededRandom random(8);
    auto const key = example_key();
    auto const stranger = derive_key(Bytes(32), {}).value();
    auto const size = GENERATE(std::size_t(1), 2, 11, 13, 81, 113);
    auto const batch = make_batch(key, size, random);
    auto const proof = prove(key, batch.blinded, batch.evaluated, random_proof_nonce(random)).value();
    REQUIRE(accepts(public_of(key), batch, proof));
    for (std::size_t const i : {std::size_t(0), size / 3, size / 2, size - 1}) {
        auto wrong = batch;
        wrong.evaluated[i] = evaluate(stranger, batch.blinded[i]).value();
        REQUIRE(refuses(public_of(key), wrong, proof));
    }
}

TEST_CASE("voprf: order and threads change nothing") {
    SeededRandom random(9);
    auto const key = example_key();
    auto const nonce = random_proof_nonce(random);
    for (std::size_t const size : {1U, 7U, 8U, 9U, 40U}) {
        std::vector<std::string> texts;
        std::vector<ByteView> inputs;
        std::vector<Blind> blinds;
        std::vector<Blinded> expected;
        for (std::size_t i = 0; i < size; ++i) {
            texts.push_back(std::to_string(i));
            blinds.push_back(random_blind(random));
            expected.push_back(blind(as_bytes(texts.back()), blinds.back()).value());
        }
        for (auto const& text : texts) inputs.push_back(as_bytes(text));
        auto const evaluated = evaluate_batch(key, expected).value();
        auto const proof = prove(key, expected, evaluated, nonce).value();
        auto const tokens = finalize_batch(inputs, blinds, evaluated, 2).value();
        for (auto const& parallel : {one_thread(), backwards(), threads()}) {
            REQUIRE(blind_batch(inputs, blinds, parallel).value() == expected);
            REQUIRE(evaluate_batch(key, expected, parallel).value() == evaluated);
            REQUIRE(prove(key, expected, evaluated, nonce, parallel).value() == proof);
            auto const batch = BlindedBatch::make(expected, parallel).value();
            REQUIRE(ProvenAnswer::verify(public_of(key), 1, batch, evaluated, proof, parallel).has_value());
            auto const again = finalize_batch(inputs, blinds, evaluated, 2, parallel).value();
            for (std::size_t i = 0; i < size; ++i) REQUIRE(equal(again[i], tokens[i]));
        }
    }
}

TEST_CASE("voprf: a batch to blind has as many inputs as blinds, none too long, on any thread") {
    SeededRandom random(10);
    std::vector<Blind> blinds;
    for (std::size_t i = 0; i <= limits::evaluate_batch_max; ++i) blinds.push_back(random_blind(random));
    std::vector<ByteView> inputs(limits::evaluate_batch_max + 1, as_bytes("a"));
    auto const refused = [&](std::size_t texts, std::size_t rs) {
        auto const blinded = blind_batch(std::span(inputs).first(texts), std::span(blinds).first(rs), threads());
        return !blinded && blinded.error().code == Errc::malformed;
    };
    REQUIRE_FALSE(refused(20, 20));
    REQUIRE(refused(0, 0));
    REQUIRE(refused(20, 21));
    REQUIRE(refused(21, 20));
    REQUIRE(refused(inputs.size(), inputs.size()));
    Bytes const long_input(input_bytes_max + 1);
    for (std::size_t const i : {0U, 10U, 19U}) {
        auto const good = std::exchange(inputs[i], long_input);
        REQUIRE(refused(20, 20));
        inputs[i] = good;
    }
}

TEST_CASE("voprf: a batch on the wire is parsed as its elements are, one by one") {
    crypto::SeededRandom random(5);
    Bytes good;
    for (int i = 0; i < 20; ++i) append(good, blind(Bytes{1, std::uint8_t(i)}, random_blind(random)).value().view());
    auto const parsed = parse_blinded(good).value();
    REQUIRE(parsed.size() == 20);
    for (std::size_t i = 0; i < parsed.size(); ++i)
        CHECK(std::ranges::equal(parsed[i].view(), ByteView(good).subspan(i * 32, 32)));
    CHECK(parse_evaluated(good).value().size() == 20);

    for (std::size_t item : {0U, 7U, 19U}) {
        auto bad = good;
        auto const place = bad.begin() + static_cast<std::ptrdiff_t>(item * 32);
        std::fill_n(place, 32, std::uint8_t(0)); // the identity
        CHECK(parse_blinded(bad).assume_error().code == Errc::malformed);
        std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(item * 32), 32, place);
        bad[item * 32 + 31] |= 0x80; // a second form, which libsodium takes
        CHECK(parse_blinded(bad).assume_error().code == Errc::malformed);
    }
    // The same verdict as parse() on anything.
    std::size_t accepted = 0;
    for (int i = 0; i < 2000; ++i) {
        Bytes any(32);
        random.fill(any);
        bool const one = bool(Blinded::parse(any));
        CHECK(bool(parse_blinded(any)) == one);
        accepted += one ? 1 : 0;
    }
    CHECK(accepted > 0);

    CHECK(parse_blinded({}).assume_error().code == Errc::malformed);
    CHECK(parse_blinded(ByteView(good).first(33)).assume_error().code == Errc::malformed);
    Bytes many;
    for (std::size_t i = 0; i < limits::evaluate_batch_max; ++i) append(many, ByteView(good).first(32));
    CHECK(parse_blinded(many).value().size() == limits::evaluate_batch_max);
    append(many, ByteView(good).first(32));
    CHECK(parse_blinded(many).assume_error().code == Errc::too_large);
}
