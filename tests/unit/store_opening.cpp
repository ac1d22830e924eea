// Openings at rest: fields about a person under that person's key, all of it bound to its place, and whatever a key
// does not open any more still makes the commitment.

#include "node/store/opening.hpp"
#include "node_log_support.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::node;
using crypto::Field;
using crypto::FieldTag;
using crypto::Pseudonym;
using crypto::ShownOpening;

namespace {

OpeningKey opening_key_of(std::uint8_t which = 5) {
    return OpeningKey::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
Pseudonym person_at(std::uint8_t which) {
    return Pseudonym::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}

struct OpeningRoom {
    log_test::Scratch scratch;
    crypto::SeededRandom random{9};
    OpeningKey key = opening_key_of();
    SubjectKeys subjects = SubjectKeys::create(scratch / "", opening_key_of(6), Mode::practice, random).value();

    Field field(FieldTag tag, std::string_view value, std::optional<Pseudonym> const& about = {}) {
        return crypto::make_field(tag, as_bytes(value), random, about);
    }
    Bytes seal(std::span<Field const> fields, int shard = 2026, std::uint64_t position = 7) {
        return seal_opening(key, subjects, shard, position, fields, random);
    }
    Result<ShownOpening> open(ByteView sealed, int shard = 2026, std::uint64_t position = 7) const {
        return open_opening(key, subjects, shard, position, sealed);
    }
    std::vector<Field> some() {
        return {field(FieldTag::query, "q"),
                field(FieldTag::subject, "ann", person_at(1)),
                field(FieldTag::colour, "red", person_at(1)),
                field(FieldTag::colour, "", person_at(2)),
                field(FieldTag::colour, "amber", person_at(1)),
                field(FieldTag::time, "now")};
    }
};

/// What was sealed, in full.
bool is_all_of(ShownOpening const& opening, std::span<Field const> fields) {
    return std::ranges::equal(opening, fields, [](auto const& shown, Field const& field) {
        return shown.tag == field.tag && shown.hash == crypto::field_hash(field) && shown.about == field.about &&
               shown.shown && shown.shown->value == field.value && shown.shown->salt == field.salt;
    });
}

/// An opening as stores of before had it.
Bytes seal_first_form(OpeningRoom& room, ByteView plain) {
    auto const nonce = room.random.make<crypto::Nonce>();
    Bytes place;
    append_u32(place, 2026);
    append_u64(place, 7);
    auto sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(room.key, nonce, place, plain));
    return sealed;
}

/// Whether `part` stands in `bytes` anywhere.
bool stands_in(ByteView bytes, ByteView part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

} // namespace

TEST_CASE("openings: whatever is sealed opens again, with whom it is about, and makes the commitment") {
    OpeningRoom room;
    REQUIRE(rc::check("round trip", [&] {
        std::vector<Field> fields;
        auto const count = *rc::gen::inRange(0, 12);
        for (int i = 0; i < count; ++i) {
            auto const tag = static_cast<FieldTag>(*rc::gen::inRange(1, 29));
            auto const value = *rc::gen::arbitrary<Bytes>();
            auto const who = *rc::gen::inRange<int>(0, 4);
            auto const about = who == 0 ? std::nullopt : std::optional(person_at(std::uint8_t(who)));
            fields.push_back(crypto::make_field(tag, value, room.random, about));
        }
        auto const opened = room.open(room.seal(fields)).value();
        RC_ASSERT(is_all_of(opened, fields));
        RC_ASSERT(crypto::commitment_of(opened).value() == crypto::commit(fields));
    }));
}

TEST_CASE("openings: an erased person's fields show their hash only, and the commitment stands") {
    OpeningRoom room;
    auto const fields = room.some();
    auto const sealed = room.seal(fields);
    REQUIRE(room.subjects.erase(std::vector<protocol::ErasedSubject>{{person_at(1), {2026, 7}}}));
    auto const opened = room.open(sealed).value();
    REQUIRE(opened.size() == fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        CHECK(opened[i].hash == crypto::field_hash(fields[i]));
        CHECK(opened[i].about == fields[i].about);
        CHECK(opened[i].shown.has_value() == (fields[i].about != person_at(1)));
    }
    CHECK(crypto::commitment_of(opened).value() == crypto::commit(fields));

    // Known again since: under another key, which opens nothing of before.
    auto const later = room.seal(fields, 2026, 8);
    CHECK(is_all_of(room.open(later, 2026, 8).value(), fields));
    auto const again = room.open(sealed).value();
    for (std::size_t i = 0; i < fields.size(); ++i) CHECK(again[i].shown.has_value() == opened[i].shown.has_value());
}

TEST_CASE("openings: the value of a field about somebody is nowhere but under that person's key") {
    OpeningRoom room;
    std::vector const fields{room.field(FieldTag::text, "CANARY-ONE"),
                             room.field(FieldTag::text, "CANARY-TWO", person_at(1))};
    auto const sealed = room.seal(fields);
    auto const nonce = crypto::Nonce::parse(ByteView(sealed).first(24)).value();
    Bytes place;
    append_u32(place, 2026);
    append_u64(place, 7);
    auto const plain = crypto::aead_open(room.key, nonce, place, ByteView(sealed).subspan(24)).value();
    CHECK(stands_in(plain, as_bytes("CANARY-ONE")));
    CHECK_FALSE(stands_in(plain, as_bytes("CANARY-TWO")));
    CHECK_FALSE(stands_in(plain, ByteView(fields[1].salt)));
}

TEST_CASE("openings: a flipped bit, another place and another key are errors, never another value") {
    OpeningRoom room;
    auto const fields = room.some();
    auto const sealed = room.seal(fields);
    for (std::size_t at = 0; at < sealed.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = sealed;
            changed[at] ^= std::uint8_t(1U << bit);
            auto const opened = room.open(changed);
            REQUIRE_FALSE(opened);
            REQUIRE(opened.error().code == Errc::bad_signature);
        }
    for (std::size_t size = 0; size < sealed.size(); ++size) REQUIRE_FALSE(room.open(ByteView(sealed).first(size)));
    CHECK(room.open(ByteView(sealed).first(23)).error().code == Errc::damaged);
    CHECK_FALSE(room.open(sealed, 2026, 8));
    CHECK_FALSE(room.open(sealed, 2027, 7));
    CHECK_FALSE(open_opening(opening_key_of(7), room.subjects, 2026, 7, sealed));
}

TEST_CASE("openings: of the first form, without people, they open as well, whatever their number of fields") {
    OpeningRoom room;
    for (std::size_t const count :
         {std::size_t(0), std::size_t(1), std::size_t(255), std::size_t(256), std::size_t(511), std::size_t(512),
          std::size_t(600), std::size_t(767), std::size_t(768)}) {
        CAPTURE(count);
        std::vector<Field> fields;
        for (std::size_t i = 0; i < count; ++i) fields.push_back(room.field(FieldTag::text, std::to_string(i)));
        auto const opened = room.open(seal_first_form(room, crypto::encode_opening(fields)));
        REQUIRE(opened);
        CHECK(is_all_of(opened.value(), fields));
    }
}

TEST_CASE("openings: what is authentic and of no known form is malformed") {
    OpeningRoom room;
    Bytes field{12, 0}; // tag, about nobody
    field.resize(2 + 32, 7);
    append_u32(field, 1);
    field.push_back('x');
    auto const plain = [&](std::uint16_t count, Bytes const& more) {
        Bytes bytes{2};
        append_u16(bytes, count);
        append(bytes, more);
        return bytes;
    };
    CHECK(room.open(seal_first_form(room, plain(1, field))));
    auto other = field;
    other[0] = 200; // a tag of a later version
    CHECK(room.open(seal_first_form(room, plain(1, other))).error().code == Errc::malformed);
    other = field;
    other[1] = 2; // neither about nobody nor about somebody
    CHECK(room.open(seal_first_form(room, plain(1, other))).error().code == Errc::malformed);
    CHECK(room.open(seal_first_form(room, plain(2, field))).error().code == Errc::malformed); // cut off
    CHECK(room.open(seal_first_form(room, plain(0, field))).error().code == Errc::malformed); // one too many
    CHECK(room.open(seal_first_form(room, Bytes())).error().code == Errc::malformed);
    CHECK(room.open(seal_first_form(room, Bytes{9, 9, 9})).error().code == Errc::malformed);
}
