// Openings shown in part: the commitment holds over whatever is shown, and nothing else passes for it.

#include "crypto/opening.hpp"
#include "crypto/text.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

constexpr std::uint8_t last_tag = static_cast<std::uint8_t>(FieldTag::slots);

std::array<std::uint8_t, 32> salt_of(std::string_view hex) {
    return Sha256::parse(from_hex(hex).value()).value().array();
}

Field field_of(FieldTag tag, std::string_view value, std::string_view salt) {
    return {tag, to_bytes(as_bytes(value)), salt_of(salt), {}};
}

/// The fields of event 4 of the worked vector.
std::vector<Field> vector_fields() {
    return {
        field_of(FieldTag::agreement_id, "event 4", "bf40d31543acd8675bda6d3608fa6e47b98ce9ef379692f42f0e4a4f17bdc7dd"),
        field_of(FieldTag::time, "subject-pseudonym",
                 "1b5a1077c845772943400bd12f5d03875cad14d75a9f1235cb3f567959ab7252"),
        field_of(FieldTag::exchange, "summary text",
                 "19132041fd86eaba76fa1fec07c0cc19be283fb60c1d71b9d7bcde00fc3f73a8")};
}

std::string hex(ShownOpening const& opening) {
    return to_hex(encode_shown(opening));
}

/// Any fields at all.
std::vector<Field> some_fields() {
    std::vector<Field> fields(*rc::gen::inRange<std::size_t>(0, 12));
    for (auto& field : fields) {
        field.tag = static_cast<FieldTag>(*rc::gen::inRange<int>(1, last_tag + 1));
        field.value = *rc::gen::arbitrary<Bytes>();
        for (auto& byte : field.salt) byte = *rc::gen::arbitrary<std::uint8_t>();
        if (*rc::gen::arbitrary<bool>()) field.about = Pseudonym::make([](MutableBytes out) { out[0] = 7; });
    }
    return fields;
}

ShownOpening some_opening(std::vector<Field> const& fields) {
    auto opening = show_all(fields);
    for (auto& field : opening) {
        if (*rc::gen::arbitrary<bool>()) field.shown.reset();
    }
    return opening;
}

bool same(ShownOpening const& left, ShownOpening const& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](auto const& a, auto const& b) {
        return a.tag == b.tag && a.hash == b.hash && a.shown.has_value() == b.shown.has_value() &&
               (!a.shown || (a.shown->value == b.shown->value && a.shown->salt == b.shown->salt));
    });
}

} // namespace

TEST_CASE("opening: hashes and commitment of the worked fields are those of another implementation") {
    // Computed with Python's hmac and hashlib from docs/protocol.md, "Openings".
    auto const fields = vector_fields();
    CHECK(to_hex(field_hash(fields[0]).view()) == "b71ebc7ed2fbfd73d1623f762339cc322643902bd9b25cd8ecd6996f09b1bcef");
    CHECK(to_hex(field_hash(fields[1]).view()) == "24b0579afbde30191623fcadeaf69f2f8feca4600b17a2daba96e83ae24da612");
    CHECK(to_hex(field_hash(fields[2]).view()) == "4fbb1c4d001296b64f10c9821ef34e92e2972a02009b8d92fcaca7a92b742334");
    auto opening = show_all(fields);
    constexpr auto committed = "c995eeab2a3fee6bbb9d1c4a91510fb1c94a037ce0a60e69a0c29379345aa624";
    CHECK(to_hex(commitment_of(opening).value().view()) == committed);
    opening[1].shown.reset();
    CHECK(to_hex(commitment_of(opening).value().view()) == committed);
    CHECK(commitment_of({}).value() == commit({}));
}

TEST_CASE("opening: the bytes of one with a field shown and one not") {
    auto fields = vector_fields();
    fields.pop_back();
    auto opening = show_all(fields);
    opening[1].shown.reset();
    auto const bytes = std::string("0002") +                                                // fields
                       "0101" +                                                             // agreement id, shown
                       "bf40d31543acd8675bda6d3608fa6e47b98ce9ef379692f42f0e4a4f17bdc7dd" + // salt
                       "00000007" + "6576656e742034" +                                      // "event 4"
                       "0200" +                                                             // time, not shown
                       "24b0579afbde30191623fcadeaf69f2f8feca4600b17a2daba96e83ae24da612";
    CHECK(hex(opening) == bytes);
    CHECK(hex(parse_shown(from_hex(bytes).value()).value()) == bytes);
    CHECK(hex({}) == "0000");
    CHECK(parse_shown(from_hex("0000").value()).value().empty());
}

TEST_CASE("opening: show_only keeps the values of its tags alone, every hash, and nobody's name") {
    auto fields = vector_fields();
    fields.push_back(fields[0]);
    for (auto& field : fields) field.about = Pseudonym();
    auto const all = show_all(fields);
    CHECK(all[2].about == Pseudonym());
    std::array<FieldTag, 2> const tags{FieldTag::agreement_id, FieldTag::colour};
    auto const part = show_only(all, tags);
    REQUIRE(part.size() == 4);
    for (std::size_t i = 0; i < part.size(); ++i) {
        CAPTURE(i);
        CHECK(part[i].hash == all[i].hash);
        CHECK(part[i].shown.has_value() == (i == 0 || i == 3));
        CHECK(!part[i].about);
    }
    CHECK(commitment_of(part).value() == commit(fields));
    CHECK(as_text(first_of(part, FieldTag::agreement_id).value()) == "event 4");
    CHECK(!first_of(part, FieldTag::time));
    CHECK(!first_of(part, FieldTag::colour));
    // A tag twice: the first that is shown.
    auto other = all;
    other[0].shown.reset();
    other[3].shown->value = to_bytes(as_bytes("second"));
    CHECK(as_text(first_of(other, FieldTag::agreement_id).value()) == "second");
}

TEST_CASE("opening: a shown value or salt that is not that of its hash is found, and named") {
    auto opening = show_all(vector_fields());
    auto const code = [](ShownOpening const& bad) {
        auto const result = commitment_of(bad);
        return result ? std::pair(Errc::io, std::uint64_t(0)) : std::pair(result.error().code, result.error().at);
    };
    auto changed = opening;
    changed[1].shown->value[0] ^= 1U;
    CHECK(code(changed) == std::pair(Errc::bad_signature, std::uint64_t(2)));
    changed = opening;
    changed[2].shown->salt[31] ^= 1U;
    CHECK(code(changed) == std::pair(Errc::bad_signature, std::uint64_t(3)));
    changed = opening;
    changed[0].tag = FieldTag::colour; // a value cannot be given another meaning
    CHECK(code(changed) == std::pair(Errc::bad_signature, std::uint64_t(1)));
    changed = opening;
    changed[0].shown->value.push_back(0);
    CHECK(code(changed) == std::pair(Errc::bad_signature, std::uint64_t(1)));
    // A hash alone cannot be checked, but it makes another commitment.
    changed = opening;
    changed[0].shown.reset();
    changed[0].tag = FieldTag::colour;
    CHECK(commitment_of(changed).value() != commitment_of(opening).value());
}

TEST_CASE("opening: what is not exactly one opening is refused, and the field is named") {
    auto const fields = vector_fields();
    auto opening = show_all(fields);
    opening[1].shown.reset();
    auto const bytes = encode_shown(opening);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        auto const cut = parse_shown(ByteView(bytes).first(size));
        REQUIRE(!cut);
        CHECK(cut.error().code == Errc::malformed);
        auto const second = 2 + 2 + 32 + 4 + 7; // where the second field begins, and the third
        auto const third = second + 2 + 32;
        auto const at = size < 2 ? 0U : size < second ? 1U : size < std::size_t(third) ? 2U : 3U;
        CHECK(cut.error().at == at);
    }
    auto longer = bytes;
    longer.push_back(0);
    CHECK(parse_shown(longer).error().code == Errc::malformed);
    auto const with = [&bytes](std::size_t at, std::uint8_t value) {
        auto changed = bytes;
        changed[at] = value;
        return parse_shown(changed);
    };
    CHECK(with(2, 0).error().at == 1); // tag 0
    CHECK(!with(2, last_tag + 1));     // a tag after the last
    CHECK(with(2, last_tag));          // the last
    CHECK(!with(3, 2));                // neither shown nor not
    CHECK(!with(36, 0xFF));            // a length beyond the end
}

TEST_CASE("opening: any part of any opening comes back the same, under the commitment of the leaf") {
    REQUIRE(rc::check("shown openings", [] {
        auto const fields = some_fields();
        auto const opening = some_opening(fields);
        auto const bytes = encode_shown(opening);
        auto const parsed = parse_shown(bytes);
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(same(parsed.value(), opening));
        RC_ASSERT(encode_shown(parsed.value()) == bytes);
        RC_ASSERT(commitment_of(parsed.value()).value() == commit(fields));
        for (auto const& field : parsed.value()) RC_ASSERT(!field.about.has_value());
    }));
}

TEST_CASE("opening: with any bit of its bytes flipped it is refused or makes another commitment") {
    REQUIRE(rc::check("flipped openings", [] {
        auto const fields = some_fields();
        auto bytes = encode_shown(some_opening(fields));
        bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^=
            static_cast<std::uint8_t>(1U << *rc::gen::inRange(0U, 8U));
        auto const parsed = parse_shown(bytes);
        if (!parsed) return;
        RC_ASSERT(encode_shown(parsed.value()) == bytes); // one spelling
        RC_ASSERT(commitment_of(parsed.value()).value() != commit(fields));
    }));
}
