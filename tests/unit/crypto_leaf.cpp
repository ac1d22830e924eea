// The 96-byte leaf, the commitment and the opening: their bytes as figures, and every byte that must be refused.

#include "crypto/leaf.hpp"
#include "crypto/text.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>
#include <string>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

// Of no fields, computed with Python.
constexpr char const* empty_commitment = "bd27a9034728a4d406f041f5ef1a632146eac45530f9a4a7ca97e522711433e4";

template <class T> T filled(std::uint8_t value) {
    return T::make([value](MutableBytes out) { std::fill(out.begin(), out.end(), value); });
}

std::array<std::uint8_t, 32> salt_of(std::string_view hex) {
    return Sha256::parse(from_hex(hex).value()).value().array();
}

/// The fields of event 4 of the worked vector.
std::vector<Field> vector_fields() {
    return {
        {static_cast<FieldTag>(1), to_bytes(as_bytes("event 4")),
         salt_of("bf40d31543acd8675bda6d3608fa6e47b98ce9ef379692f42f0e4a4f17bdc7dd")},
        {static_cast<FieldTag>(2), to_bytes(as_bytes("subject-pseudonym")),
         salt_of("1b5a1077c845772943400bd12f5d03875cad14d75a9f1235cb3f567959ab7252")},
        {static_cast<FieldTag>(3), to_bytes(as_bytes("summary text")),
         salt_of("19132041fd86eaba76fa1fec07c0cc19be283fb60c1d71b9d7bcde00fc3f73a8")},
    };
}

Leaf some_leaf() {
    return make_entry(LeafClass::disclosure_sent, filled<AgreementId>(0xD1), filled<ExchangeTag>(0x99), {}).leaf;
}

bool same(std::vector<Field> const& left, std::vector<Field> const& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](Field const& a, Field const& b) {
        return a.tag == b.tag && a.value == b.value && a.salt == b.salt;
    });
}

} // namespace

TEST_CASE("leaf: commitments are those of another implementation") {
    // Computed with Python's hmac and hashlib from docs/protocol.md, "The log". With the prefix "ofd" in place of
    // "fanlight" the same program gives the published commitment of the vector's leaf.
    CHECK(to_hex(commit(vector_fields()).view()) == "c995eeab2a3fee6bbb9d1c4a91510fb1c94a037ce0a60e69a0c29379345aa624");
    CHECK(to_hex(commit({}).view()) == empty_commitment);
    CHECK(to_hex(exchange_tag(filled<ExchangeKey>(7)).view()) ==
          "a6571998db1c5f9219f953c6d229e420e496de339a979250959e212f07f51ddc");
}

TEST_CASE("leaf: 96 bytes, each at its place") {
    auto const leaf = some_leaf();
    auto const bytes = leaf.bytes();
    auto const expected = std::string("46414e31") + "04" + std::string(22, '0') + "d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1" +
                          "9999999999999999999999999999999999999999999999999999999999999999" + empty_commitment;
    CHECK(to_hex(bytes) == expected);
    auto const parsed = parse_leaf(bytes).value();
    CHECK(parsed.bytes() == bytes);
    CHECK(parsed.kind == LeafClass::disclosure_sent);
}

TEST_CASE("leaf: another size, magic, class or a reserved byte is refused") {
    auto const good = to_bytes(some_leaf().bytes());
    auto const code = [](Bytes const& bytes) {
        auto const leaf = parse_leaf(bytes);
        return leaf ? Errc::exists : leaf.error().code;
    };
    CHECK(code(good) == Errc::exists);
    auto longer = good;
    longer.push_back(0);
    CHECK(code(longer) == Errc::malformed);
    CHECK(code({good.begin(), good.end() - 1}) == Errc::malformed);
    CHECK(code({}) == Errc::malformed);
    auto vector_magic = good;
    vector_magic[1] = 'F';
    CHECK(code(vector_magic) == Errc::malformed);
    for (unsigned kind = 0; kind < 256; ++kind) {
        auto changed = good;
        changed[4] = static_cast<std::uint8_t>(kind);
        CHECK(code(changed) == (kind >= 1 && kind <= 22 ? Errc::exists : Errc::malformed));
    }
    for (std::size_t reserved = 5; reserved < 16; ++reserved) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = good;
            changed[reserved] = static_cast<std::uint8_t>(1U << bit);
            CHECK(code(changed) == Errc::malformed);
        }
    }
}

TEST_CASE("leaf: every class and field has a name of its own") {
    std::set<std::string> classes;
    for (std::uint8_t kind = 1; kind <= 22; ++kind) classes.insert(name(parse_leaf_class(kind).value()));
    CHECK(classes.size() == 22);
    CHECK(classes.count("unknown") == 0);
    CHECK(!parse_leaf_class(0));
    CHECK(!parse_leaf_class(23));
    std::set<std::string> tags;
    for (std::uint8_t tag = 1; tag <= 22; ++tag) tags.insert(name(static_cast<FieldTag>(tag)));
    CHECK(tags.size() == 22);
    CHECK(tags.count("unknown") == 0);
}

TEST_CASE("leaf: a commitment depends on every tag, value, salt and the order") {
    auto const fields = vector_fields();
    auto const commitment = commit(fields);
    auto const changed = [&](auto change) {
        auto other = fields;
        change(other);
        return commit(other) != commitment;
    };
    CHECK(changed([](auto& other) { other[1].tag = FieldTag::decision; }));
    CHECK(changed([](auto& other) { other[1].value.back() ^= 1U; }));
    CHECK(changed([](auto& other) { other[1].value.clear(); }));
    CHECK(changed([](auto& other) { other[1].salt[31] ^= 0x80U; }));
    CHECK(changed([](auto& other) { std::swap(other[0], other[1]); }));
    CHECK(changed([](auto& other) { other.pop_back(); }));
    CHECK(changed([](auto& other) { other.push_back(other.back()); }));
}

TEST_CASE("leaf: two fields with one value have different salts") {
    SeededRandom random(1);
    auto const first = make_field(FieldTag::colour, as_bytes("red"), random);
    auto const second = make_field(FieldTag::colour, as_bytes("red"), random);
    CHECK(first.salt != second.salt);
    CHECK(commit({&first, 1}) != commit({&second, 1}));
}

TEST_CASE("opening: the bytes that are documented, and nothing cut off or left over") {
    std::vector<Field> const fields{{FieldTag::colour, {0xAA, 0xBB}, salt_of(std::string(64, '3'))},
                                    {FieldTag::decision, {}, salt_of(std::string(64, '4'))}};
    auto const bytes = encode_opening(fields);
    CHECK(to_hex(bytes) == "0002"
                           "0b" +
                               std::string(64, '3') +
                               "00000002"
                               "aabb"
                               "15" +
                               std::string(64, '4') + "00000000");
    CHECK(same(parse_opening(bytes).value(), fields));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto const cut = parse_opening(ByteView(bytes).first(size));
        REQUIRE(!cut);
        CHECK(cut.error().code == Errc::malformed);
    }
    auto longer = bytes;
    longer.push_back(0);
    CHECK(!parse_opening(longer));
    for (auto const tag : {0x00, 0x1E, 0xFF}) {
        auto unknown = bytes;
        unknown[2] = static_cast<std::uint8_t>(tag);
        CHECK(parse_opening(unknown).error().at == 1);
    }
    auto huge = bytes;
    huge[2 + 1 + 32] = 0xFF; // a length of 4 GB in a file of 79 bytes
    CHECK(!parse_opening(huge));
    CHECK(parse_opening(Bytes{0, 0}).value().empty());
}

TEST_CASE("opening: what was written is read, and still opens its leaf") {
    REQUIRE(rc::check("round trip", [](std::vector<std::pair<std::uint8_t, Bytes>> const& values, std::uint64_t seed) {
        SeededRandom random(seed);
        std::vector<Field> fields;
        for (auto const& [tag, value] : values) {
            fields.push_back(make_field(static_cast<FieldTag>(tag % 22 + 1), value, random));
        }
        auto const entry = make_entry(LeafClass::decision, random.make<AgreementId>(),
                                      exchange_tag(random.make<ExchangeKey>()), fields);
        auto const read = parse_opening(encode_opening(entry.fields)).value();
        RC_ASSERT(same(read, fields));
        RC_ASSERT(commit(read) == entry.leaf.commitment);
        RC_ASSERT(parse_leaf(entry.leaf.bytes()).value().bytes() == entry.leaf.bytes());
    }));
}
