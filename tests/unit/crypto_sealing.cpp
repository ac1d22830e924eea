// AEAD, sealing to a public key, and the key under a passphrase.

#include "crypto/sealing.hpp"
#include "crypto/text.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <type_traits>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

static_assert(!std::is_copy_constructible_v<SealingKey> && !std::is_copy_constructible_v<AeadKey>);
static_assert(!std::is_invocable_v<decltype(&open), SealingPublicKey const&, ByteView, ByteView>,
              "a message is opened with the private key");

constexpr std::string_view label = "fanlight/v1/seal";

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

/// Bytes that the test chose.
class FixedRandom final : public Random {
  public:
    explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
    void fill(MutableBytes out) override {
        REQUIRE(out.size() == bytes_.size());
        std::copy(bytes_.begin(), bytes_.end(), out.begin());
    }

  private:
    Bytes bytes_;
};

SealingKey recipient() {
    // Bob's key of RFC 7748, section 6.1.
    return SealingKey::from_secret(unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")).value();
}

Bytes sealed_example() {
    SeededRandom random(7);
    return seal(recipient().public_key(), as_bytes(label), as_bytes("a message"), random).value();
}

AeadKey example_key() {
    return AeadKey::parse(unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")).value();
}

} // namespace

TEST_CASE("aead: gives the figure of draft-irtf-cfrg-xchacha, A.3.1") {
    auto const nonce = Nonce::parse(unhex("404142434445464748494a4b4c4d4e4f5051525354555657")).value();
    auto const associated = unhex("50515253c0c1c2c3c4c5c6c7");
    auto const plain = as_bytes("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                                "future, sunscreen would be it.");
    auto const cipher = aead_seal(example_key(), nonce, associated, plain);
    REQUIRE(
        to_hex(cipher) ==
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54"
        "c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f6"
        "15c68b13b52ec0875924c1c7987947deafd8780acf49");
    REQUIRE(aead_open(example_key(), nonce, associated, cipher).value() == to_bytes(plain));
}

TEST_CASE("aead: opens only with the same key, nonce, associated data and every bit of the cipher text") {
    auto const associated = to_bytes(as_bytes("about"));
    auto const cipher = aead_seal(example_key(), Nonce(), associated, as_bytes("plain"));
    REQUIRE(cipher.size() == 5 + aead_overhead_bytes);
    REQUIRE(aead_open(example_key(), Nonce(), associated, cipher).has_value());

    auto const refused = [&](AeadKey const& key, Nonce const& nonce, ByteView about, ByteView bytes) {
        auto const opened = aead_open(key, nonce, about, bytes);
        return !opened && opened.error().code == Errc::bad_signature;
    };
    REQUIRE(refused(AeadKey::parse(Bytes(32)).value(), Nonce(), associated, cipher));
    REQUIRE(refused(example_key(), Nonce::parse(Bytes(24, 1)).value(), associated, cipher));
    REQUIRE(refused(example_key(), Nonce(), as_bytes("aboux"), cipher));
    REQUIRE(refused(example_key(), Nonce(), {}, cipher));
    for (std::size_t size = 0; size < cipher.size(); ++size)
        REQUIRE(refused(example_key(), Nonce(), associated, ByteView(cipher).first(size)));
    for (std::size_t i = 0; i < cipher.size(); ++i) {
        auto altered = cipher;
        altered[i] ^= 0x80U;
        REQUIRE(refused(example_key(), Nonce(), associated, altered));
    }
}

TEST_CASE("seal: gives the bytes that another implementation gives") {
    // Worked out with a program of its own (Python: RFC 7748 ladder, hashlib's BLAKE2b, XChaCha20 as in the draft).
    Bytes ephemeral(32);
    for (std::size_t i = 0; i < ephemeral.size(); ++i) ephemeral[i] = static_cast<std::uint8_t>(i + 1);
    FixedRandom random(ephemeral);
    REQUIRE(to_hex(recipient().public_key().view()) ==
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    auto const sealed = seal(recipient().public_key(), as_bytes(label), as_bytes("a message"), random).value();
    REQUIRE(to_hex(sealed) == "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c"
                              "f0b71f30c9f80249c680d0bc3c2430a287e3fdd5fc383321f2");
    REQUIRE(open(recipient(), as_bytes(label), sealed).value() == to_bytes(as_bytes("a message")));
}

TEST_CASE("seal: what was sealed opens, and no two sealings are alike") {
    REQUIRE(rc::check("round trip", [](Bytes const& plain, std::uint64_t seed) {
        SeededRandom random(seed);
        auto const key = SealingKey::generate(random);
        auto const sealed = seal(key.public_key(), as_bytes(label), plain, random).value();
        RC_ASSERT(sealed.size() == plain.size() + seal_overhead_bytes);
        RC_ASSERT(open(key, as_bytes(label), sealed).value() == plain);
        RC_ASSERT(seal(key.public_key(), as_bytes(label), plain, random).value() != sealed);
    }));
}

TEST_CASE("seal: a key written down and read again opens the same messages") {
    auto const key = recipient();
    auto const again = SealingKey::from_secret(key.reveal()).value();
    REQUIRE(again.public_key() == key.public_key());
    REQUIRE(open(again, as_bytes(label), sealed_example()).has_value());
    REQUIRE(SealingKey::from_secret(Bytes(31)).error().code == Errc::malformed);
    REQUIRE(SealingKey::from_secret(Bytes(33)).error().code == Errc::malformed);
}

TEST_CASE("seal: an altered byte anywhere is refused") {
    auto const key = recipient();
    auto const sealed = sealed_example();
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (unsigned const bit : {0x01U, 0x80U}) {
            auto altered = sealed;
            altered[i] = static_cast<std::uint8_t>(altered[i] ^ bit);
            CAPTURE(i, bit);
            // The top bit of an X25519 key is ignored by RFC 7748; it is under the hash here, so it counts.
            REQUIRE(open(key, as_bytes(label), altered).error().code == Errc::bad_signature);
        }
    }
}

TEST_CASE("seal: another key, another label or a message cut short is refused") {
    SeededRandom random(8);
    auto const sealed = sealed_example();
    REQUIRE(open(SealingKey::generate(random), as_bytes(label), sealed).error().code == Errc::bad_signature);
    for (std::string_view const other : {"fanlight-practice/v1/seal", "fanlight/v1/sea", "fanlight/v1/seal2", ""})
        REQUIRE(open(recipient(), as_bytes(other), sealed).error().code == Errc::bad_signature);
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        auto const expected = size < seal_overhead_bytes ? Errc::malformed : Errc::bad_signature;
        REQUIRE(open(recipient(), as_bytes(label), ByteView(sealed).first(size)).error().code == expected);
    }
    auto longer = sealed;
    longer.push_back(0);
    REQUIRE(open(recipient(), as_bytes(label), longer).error().code == Errc::bad_signature);
}

TEST_CASE("seal: points of small order make no key") {
    // Order 1, 2, 4 and 8 (RFC 7748, section 6.1; the list is D. J. Bernstein's).
    auto const point = GENERATE("0000000000000000000000000000000000000000000000000000000000000000",
                                "0100000000000000000000000000000000000000000000000000000000000000",
                                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    SeededRandom random(9);
    auto const key = SealingPublicKey::parse(unhex(point)).value();
    REQUIRE(seal(key, as_bytes(label), as_bytes("plain"), random).error().code == Errc::malformed);
    auto sealed = sealed_example();
    std::copy(key.view().begin(), key.view().end(), sealed.begin());
    REQUIRE(open(recipient(), as_bytes(label), sealed).error().code == Errc::bad_signature);
}

TEST_CASE("passphrase: the same passphrase, salt and cost give the same key, and nothing else does") {
    PassphraseCost const cheap{1, 64 * 1024};
    auto const passphrase = as_bytes("correct horse battery staple");
    auto const key = key_from_passphrase(passphrase, Salt(), cheap).value();
    REQUIRE(equal(key, key_from_passphrase(passphrase, Salt(), cheap).value()));
    auto const other = [&](ByteView text, Salt const& salt, PassphraseCost cost) {
        return !equal(key, key_from_passphrase(text, salt, cost).value());
    };
    REQUIRE(other(as_bytes("correct horse battery stapl"), Salt(), cheap));
    REQUIRE(other({}, Salt(), cheap));
    REQUIRE(other(passphrase, Salt::parse(Bytes(16, 1)).value(), cheap));
    REQUIRE(other(passphrase, Salt(), {2, 64 * 1024}));
    REQUIRE(other(passphrase, Salt(), {1, 128 * 1024}));
}

TEST_CASE("passphrase: costs outside the limits are refused before any memory is taken") {
    auto const code = [](std::uint64_t operations, std::uint64_t memory_bytes) {
        return key_from_passphrase(as_bytes("x"), Salt(), {operations, memory_bytes}).error().code;
    };
    REQUIRE(key_from_passphrase(as_bytes("x"), Salt(), {PassphraseCost::operations_max, 8192}).has_value());
    REQUIRE(key_from_passphrase(as_bytes("x"), Salt(), {1, 8192}).has_value());
    REQUIRE(code(0, 8192) == Errc::malformed);
    REQUIRE(code(1, 8191) == Errc::malformed);
    REQUIRE(code(PassphraseCost::operations_max + 1, 8192) == Errc::too_large);
    REQUIRE(code(1, PassphraseCost::memory_bytes_max + 1) == Errc::too_large);
    REQUIRE(code(~0ULL, ~0ULL) == Errc::too_large);
}
