// Hashes, text, signatures, labels, randomness and the secret types, against figures published by others.

#include "crypto/hash.hpp"
#include "crypto/labels.hpp"
#include "crypto/random.hpp"
#include "crypto/secret.hpp"
#include "crypto/signing.hpp"
#include "crypto/text.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <ostream>
#include <set>
#include <type_traits>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

using Apple = Secret<struct AppleTag, 32>;
using Pear = Secret<struct PearTag, 32>;
using LongLived = LockedSecret<struct LongLivedTag, 32>;

template <class T>
concept Printable = requires(std::ostream& out, T const& value) {
    out << value;
};
template <class T>
concept ComparesPlainly = requires(T const& left, T const& right) {
    left == right;
};

static_assert(Printable<int> && ComparesPlainly<int>, "the two concepts see what they look for");
static_assert(!std::is_copy_constructible_v<Apple> && !std::is_copy_assignable_v<Apple>);
static_assert(!std::is_copy_constructible_v<LongLived> && !std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_constructible_v<SigningKey>);
static_assert(std::is_nothrow_move_constructible_v<Apple> && std::is_nothrow_move_constructible_v<LongLived>);
static_assert(!std::is_default_constructible_v<Apple> && !std::is_default_constructible_v<LongLived>);
static_assert(!Printable<Apple> && !Printable<LongLived> && !Printable<SecretBytes> && !Printable<SigningKey>);
static_assert(!ComparesPlainly<Apple> && !ComparesPlainly<LongLived>);
static_assert(!std::is_convertible_v<Apple, Pear> && !std::is_constructible_v<Apple, Pear const&>);
static_assert(!std::is_convertible_v<Apple, ByteView> && !std::is_convertible_v<LongLived, ByteView>);
static_assert(!std::is_convertible_v<VerifyKey, Sha256>);

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

template <class T> T parsed(std::string_view hex) {
    return T::parse(unhex(hex)).value();
}

} // namespace

TEST_CASE("secret: moving leaves nothing behind") {
    auto first = Apple::parse(Bytes(32, 7)).value();
    auto const second = std::move(first);
    REQUIRE(to_bytes(second.reveal()) == Bytes(32, 7));
    REQUIRE(to_bytes(first.reveal()) == Bytes(32, 0)); // NOLINT(bugprone-use-after-move): that is what is tested

    auto third = Apple::parse(Bytes(32, 9)).value();
    third = second.copy();
    REQUIRE(equal(third, second));

    SecretBytes passphrase(3);
    passphrase.writable()[2] = 5;
    auto const taken = std::move(passphrase);
    REQUIRE(to_bytes(taken.reveal()) == Bytes{0, 0, 5});
    REQUIRE(passphrase.reveal().empty()); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("secret: dropping wipes the object's own bytes") {
    alignas(Apple) std::array<std::uint8_t, sizeof(Apple)> room{};
    auto* const secret = new (room.data()) Apple(Apple::parse(Bytes(32, 7)).value());
    REQUIRE(room[31] == 7);
    secret->~Apple();
    REQUIRE(room == std::array<std::uint8_t, sizeof(Apple)>{});
}

TEST_CASE("secret: pages come zeroed, and exactly as many bytes as asked") {
    REQUIRE(to_bytes(SecretBytes(33).reveal()) == Bytes(33, 0));
    REQUIRE(SecretBytes(0).reveal().empty());
    auto const locked = LongLived::make([](MutableBytes out) {
        REQUIRE(to_bytes(out) == Bytes(32, 0));
        out[0] = 1;
    });
    REQUIRE(locked.reveal()[0] == 1);
    for (std::size_t const size : {0U, 31U, 33U}) {
        REQUIRE(Apple::parse(Bytes(size)).error().code == Errc::malformed);
        REQUIRE(LongLived::parse(Bytes(size)).error().code == Errc::malformed);
    }
}

TEST_CASE("secret: equal looks at every byte") {
    auto const left = Apple::parse(Bytes(32, 7)).value();
    REQUIRE(equal(left, left.copy()));
    for (std::size_t i = 0; i < 32; ++i) {
        auto bytes = Bytes(32, 7);
        bytes[i] ^= 0x80U;
        REQUIRE_FALSE(equal(left, Apple::parse(bytes).value()));
    }
    REQUIRE_FALSE(detail::equal(Bytes(3), Bytes(4)));
    REQUIRE(detail::equal({}, {}));
}

TEST_CASE("random: the seeded generator repeats, and differs by seed, draw and nothing else") {
    using Draw = Tagged<struct DrawTag, 16>;
    SeededRandom first(0);
    SeededRandom again(0);
    SeededRandom other(1);
    auto const draw = first.make<Draw>();
    REQUIRE(draw == parsed<Draw>("76b8e0ada0f13d90405d6ae55386bd28")); // RFC 8439, A.1: key, nonce and counter 0
    REQUIRE(again.make<Draw>() == draw);
    REQUIRE(other.make<Draw>() != draw);
    auto const next = first.make<Draw>();
    REQUIRE(next != draw);
    REQUIRE(again.make<Draw>() == next);

    SystemRandom system;
    REQUIRE(system.make<Draw>() != system.make<Draw>());
}

TEST_CASE("hash: SHA-2 gives the figures of FIPS 180-4, however the text is cut") {
    auto const whole = parsed<Sha256>("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    REQUIRE(sha256({as_bytes("abc")}) == whole);
    REQUIRE(sha256({as_bytes("a"), {}, as_bytes("bc")}) == whole);
    REQUIRE(sha256({}) == parsed<Sha256>("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    REQUIRE(sha512({as_bytes("ab"), as_bytes("c")}) ==
            parsed<Sha512>("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                           "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
}

TEST_CASE("hash: HMAC-SHA256 gives the figures of RFC 4231, with short and with long keys") {
    REQUIRE(hmac_sha256(as_bytes("Jefe"), {as_bytes("what do ya want "), as_bytes("for nothing?")}) ==
            parsed<Sha256>("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    REQUIRE(hmac_sha256(Bytes(131, 0xaa), {as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")}) ==
            parsed<Sha256>("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

TEST_CASE("hash: BLAKE2b gives the figures of RFC 7693 and of its authors' key test") {
    Bytes out(64);
    blake2b(out, {}, {as_bytes("a"), as_bytes("bc")});
    REQUIRE(to_hex(out) == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                           "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    Bytes key(64);
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    blake2b(out, key, {});
    REQUIRE(to_hex(out) == "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
                           "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568");
}

TEST_CASE("hash: a shorter BLAKE2b is another hash, not a cut one") {
    Bytes half(32);
    Bytes whole(64);
    blake2b(half, {}, {as_bytes("abc")});
    blake2b(whole, {}, {as_bytes("abc")});
    REQUIRE_FALSE(std::equal(half.begin(), half.end(), whole.begin()));
}

TEST_CASE("text: hex reads either case and nothing else") {
    REQUIRE(to_hex({}).empty());
    REQUIRE(to_hex(Bytes{0, 0x0f, 0xa0, 0xff}) == "000fa0ff");
    REQUIRE(from_hex("000Fa0fF").value() == Bytes{0, 0x0f, 0xa0, 0xff});
    REQUIRE(from_hex("").value().empty());
    for (auto const* text : {"0", "000", "0g", "g0", " 00", "00 ", "0 0", "0x00", "00:00", "-1", "\xc3\xa9"}) {
        CAPTURE(text);
        REQUIRE(from_hex(text).error().code == Errc::malformed);
    }
    REQUIRE_FALSE(from_hex(std::string_view("00\0\0", 4)).has_value());
}

TEST_CASE("text: base64 is RFC 4648's, canonical, with padding") {
    struct Row {
        char const* plain;
        char const* text;
    };
    for (auto const& row : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
                            Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}}) {
        REQUIRE(to_base64(as_bytes(row.plain)) == row.text);
        REQUIRE(from_base64(row.text).value() == to_bytes(as_bytes(row.plain)));
    }
    REQUIRE(to_base64(Bytes{0xfb, 0xff}) == "+/8=");
    // Other bits in the last digit, missing or superfluous padding, the URL alphabet, white space, rubbish.
    for (auto const* text : {"Zh==", "Zm9=", "Zg", "Zg=", "Zg===", "Z", "=", "====", "Zg==Zg==", "Zg=a",
                             "-_8=", "Zm9v\n", " Zm9v", "Zm 9", "Zm9v====", "Zm9*", "Zm9\xAF", "\x80\x80\x80\x80"}) {
        CAPTURE(text);
        REQUIRE(from_base64(text).error().code == Errc::malformed);
    }
}

TEST_CASE("text: every byte string survives hex and base64") {
    REQUIRE(rc::check("round trip", [](Bytes const& bytes) {
        RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
        RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
    }));
}

TEST_CASE("text: whatever base64 accepts, it writes in the same way") {
    REQUIRE(rc::check("canonical", [] {
        auto const text = *rc::gen::container<std::string>(4, rc::gen::elementOf(std::string("AQgwZ09az+/=")));
        auto const bytes = from_base64(text);
        if (bytes) RC_ASSERT(to_base64(bytes.value()) == text);
    }));
}

TEST_CASE("text: fingerprints are the proquints of the specification") {
    // 127.0.0.1, 63.84.220.193, 63.118.7.35, 140.98.193.141, 64.255.6.200: from the proposal's table.
    auto const hash = unhex("7f0000013f54dcc13f7607238c62c18d40ff06c8");
    REQUIRE(fingerprint_words(hash) == "lusab-babad-gutih-tugad-gutuk-bisog-mudof-sakat-haguz-biram");
}

TEST_CASE("text: a fingerprint matches as words or as hex, whole or not at all") {
    auto const hash = sha256({as_bytes("an agreement")});
    auto const words = fingerprint_words(hash.view());
    auto const hex = to_hex(hash.view());
    REQUIRE(words.size() == 59);
    auto spaced = words;
    std::replace(spaced.begin(), spaced.end(), '-', ' ');
    auto shouted = words;
    std::transform(words.begin(), words.end(), shouted.begin(),
                   [](char c) { return c == '-' ? c : static_cast<char>(c - 'a' + 'A'); });
    auto upper = hex;
    std::transform(hex.begin(), hex.end(), upper.begin(),
                   [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    auto const colons = hex.substr(0, 2) + ":" + hex.substr(2, 30) + " " + hex.substr(32);
    for (auto const& typed : {words, spaced, shouted, hex, upper, colons, " " + words + "\n"}) {
        CAPTURE(typed);
        REQUIRE(fingerprint_matches(typed, hash.view()));
    }
    auto wrong = words;
    wrong.back() = wrong.back() == 'b' ? 'd' : 'b';
    auto wrong_hex = hex;
    wrong_hex.back() = wrong_hex.back() == '0' ? '1' : '0';
    for (auto const& typed : {std::string(), wrong, wrong_hex, words.substr(6), words + "-babab", hex.substr(0, 40),
                              hex + "00", words + hex, std::string("babab")}) {
        CAPTURE(typed);
        REQUIRE_FALSE(fingerprint_matches(typed, hash.view()));
    }
}

TEST_CASE("signing: gives the signatures of RFC 8032, section 7.1") {
    struct Row {
        char const* seed;
        char const* key;
        char const* message;
        char const* signature;
    };
    auto const row =
        GENERATE(Row{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
                     "701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
                 Row{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f36"
                     "13d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"});
    auto const key = SigningKey::from_seed(unhex(row.seed)).value();
    auto const message = unhex(row.message);
    REQUIRE(key.verify_key() == parsed<VerifyKey>(row.key));
    REQUIRE(to_hex(key.reveal_seed()) == row.seed);
    REQUIRE(key.sign(message) == parsed<Signature>(row.signature));
    REQUIRE(verify(key.verify_key(), message, key.sign(message)));
}

TEST_CASE("signing: an altered message, signature or key is refused") {
    SeededRandom random(1);
    auto const key = SigningKey::generate(random);
    auto const message = to_bytes(as_bytes("a message"));
    auto const signature = key.sign(message);
    REQUIRE(verify(key.verify_key(), message, signature));
    REQUIRE_FALSE(verify(SigningKey::generate(random).verify_key(), message, signature));
    REQUIRE_FALSE(verify(key.verify_key(), as_bytes("a massage"), signature));
    REQUIRE_FALSE(verify(key.verify_key(), ByteView(message).first(8), signature));
    for (std::size_t i = 0; i < Signature::size_bytes; ++i) {
        auto bytes = signature.array();
        bytes[i] ^= 1U;
        REQUIRE_FALSE(verify(key.verify_key(), message, Signature(bytes)));
    }
}

TEST_CASE("signing: the second form of a signature and keys of small order are refused") {
    SeededRandom random(1);
    auto const key = SigningKey::generate(random);
    // S + L verifies just as well where nobody looks (RFC 8032, section 5.1.7).
    auto const order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    auto bytes = key.sign({}).array();
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += unsigned(bytes[32 + i]) + order[i];
        bytes[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8U;
    }
    REQUIRE_FALSE(verify(key.verify_key(), {}, Signature(bytes)));
    // The identity as key and as R, S = 0: true of every message.
    std::array<std::uint8_t, 32> identity{1};
    std::array<std::uint8_t, 64> forged{1};
    REQUIRE_FALSE(verify(VerifyKey(identity), as_bytes("anything"), Signature(forged)));
}

TEST_CASE("signing: a seed has 32 bytes") {
    REQUIRE(SigningKey::from_seed(Bytes(31)).error().code == Errc::malformed);
    REQUIRE(SigningKey::from_seed(Bytes(33)).error().code == Errc::malformed);
}

TEST_CASE("labels: none is used twice and none begins another, in either mode") {
    std::set<std::string> all;
    for (auto const mode : {Mode::live, Mode::practice}) {
        for (std::size_t i = 0; i < label_count; ++i) all.insert(label(mode, static_cast<Label>(i)));
    }
    REQUIRE(all.size() == 2 * label_count);
    REQUIRE(static_cast<std::size_t>(Label::slot_secret) + 1 == label_count);
    for (auto const& one : all) {
        REQUIRE(one.find("/v1/") + 4 < one.size());
        for (auto const& other : all) REQUIRE((one == other || !other.starts_with(one)));
    }
    REQUIRE(label(Mode::live, Label::agency) == "fanlight/v1/agency");
    REQUIRE(label(Mode::practice, Label::agency) == "fanlight-practice/v1/agency");
}
