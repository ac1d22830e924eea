// Cosignatures of checkpoints: three of another implementation, and every reason not to count one.

#include "crypto/checkpoint.hpp"
#include "crypto/cosignature.hpp"
#include "tests/unit/log_vector.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace fanlight;
using namespace fanlight::crypto;
using namespace fanlight::test;

namespace {

// The witnesses' verifier keys of the worked vector (type 0x04).
struct VectorKey {
    char const* name;
    char const* id;
    char const* key; ///< base64 of 0x04 || key
};
constexpr std::array<VectorKey, 3> vector_keys{
    {{"hub.example.gov.uk/witness/csc", "e03073ef", "BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n"},
     {"hub.example.gov.uk/witness/health", "b281dd89", "BKONlptPEchORT8p5vYtxRDaqGsmc1tmZzSnoP4zJ+gh"},
     {"hub.example.gov.uk/witness/housing", "aaa7e0b8", "BEz99G+WY18QKA2UQ06sXP6v7NzlS8co3l+yZG9eAxmf"}}};

CosigningKey key_of(VectorKey const& one) {
    auto const bytes = from_base64(one.key).value();
    REQUIRE(bytes.front() == 0x04);
    return {one.name, VerifyKey::parse(ByteView(bytes).subspan(1)).value()};
}

SigningKey signing_key(std::uint8_t seed) {
    return SigningKey::from_seed(Bytes(SigningKey::seed_bytes, seed)).value();
}

constexpr auto head = "practice.example/register\n3\nVAjepykc27hklVx0AkenTYNMMw7jEuHQaxWAFmJSW2Y=\n";
constexpr auto witness = "practice.example/police/witness";

UnverifiedNote note_of(std::vector<std::string> const& lines, std::string const& text = head) {
    return parse_note(format_note(text, lines)).value();
}

/// Nothing if it counts.
std::optional<Errc> code(UnverifiedNote const& note, CosigningKey const& key) {
    auto const at = cosigned_at(note, key);
    return at ? std::nullopt : std::optional(at.error().code);
}

} // namespace

TEST_CASE("cosignature: those of another implementation verify, under the ids of their keys") {
    auto const note = parse_note(vector_head).value();
    for (auto const& one : vector_keys) {
        CAPTURE(one.name);
        auto const key = key_of(one);
        Bytes id;
        append_u32(id, key.id());
        CHECK(to_hex(id) == one.id);
        CHECK(cosigned_at(note, key).value() == vector_seconds);
    }
}

TEST_CASE("cosignature: counts for its own text, time, name and key and no other") {
    auto const key = signing_key(1);
    CosigningKey const who{witness, key.verify_key()};
    auto const line = cosign_line(head, witness, key, 1'700'000'000);
    CHECK(cosigned_at(note_of({line}), who).value() == 1'700'000'000);
    CHECK(code(note_of({line}, std::string(head).replace(26, 1, "4")), who) == Errc::bad_signature);
    CHECK(code(note_of({line}), {"practice.example/health/witness", key.verify_key()}) == Errc::missing);
    CHECK(code(note_of({line}), {witness, signing_key(2).verify_key()}) == Errc::missing);
    // The same name and id over another key's signature.
    auto parsed = note_of({line});
    auto& bytes = parsed.signatures.front().signature;
    REQUIRE(bytes.size() == 72);
    for (std::size_t at = 0; at < bytes.size(); ++at) { // of the time, and of the signature
        auto changed = parsed;
        changed.signatures.front().signature[at] ^= 1U;
        CAPTURE(at);
        CHECK(code(changed, who) == Errc::bad_signature);
    }
    auto renamed = parsed;
    renamed.signatures.front().name = "practice.example/police/other"; // with this key's id
    CHECK(code(renamed, who) == Errc::missing);
    auto shorter = parsed;
    shorter.signatures.front().signature.pop_back();
    CHECK(code(shorter, who) == Errc::bad_signature);
    auto longer = parsed;
    longer.signatures.front().signature.push_back(0);
    CHECK(code(longer, who) == Errc::bad_signature);
    // An ordinary signature of the same key and name is no cosignature.
    CHECK(code(note_of({sign_note_line(head, witness, key)}), who) == Errc::missing);
}

TEST_CASE("cosignature: of several the latest counts, and one that is wrong spoils all") {
    auto const key = signing_key(1);
    CosigningKey const who{witness, key.verify_key()};
    auto const early = cosign_line(head, witness, key, 100);
    auto const late = cosign_line(head, witness, key, 200);
    CHECK(cosigned_at(note_of({early, late}), who).value() == 200);
    CHECK(cosigned_at(note_of({late, early}), who).value() == 200);
    auto const other = cosign_line("x\n1\n", witness, key, 300);
    CHECK(code(note_of({late, other}), who) == Errc::bad_signature);
    CHECK(code(note_of({other, late}), who) == Errc::bad_signature);
    // Another witness's wrong one is that witness's matter.
    auto const foreign = cosign_line("x\n1\n", "practice.example/health/witness", signing_key(2), 300);
    CHECK(cosigned_at(note_of({foreign, late}), who).value() == 200);
}

TEST_CASE("cosignature: a time of 2^63 seconds or more is refused, though it is signed") {
    auto const key = signing_key(1);
    CosigningKey const who{witness, key.verify_key()};
    constexpr auto most = (std::uint64_t(1) << 63U) - 1;
    CHECK(cosigned_at(note_of({cosign_line(head, witness, key, most)}), who).value() == most);
    CHECK(cosigned_at(note_of({cosign_line(head, witness, key, 0)}), who).value() == 0);
    auto const signed_text = "cosignature/v1\ntime " + std::to_string(most + 1) + "\n" + head;
    Bytes signature;
    append_u64(signature, most + 1);
    append(signature, key.sign(as_bytes(signed_text)).view());
    CHECK(code(note_of({signature_line({witness, who.id(), signature})}), who) == Errc::bad_signature);
}
