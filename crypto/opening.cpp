// Openings shown in part: the hash of every field stays, so the commitment can be made again from what is left.

#include "crypto/opening.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace fanlight::crypto {

namespace {

Sha256 hash_of(FieldTag tag, ShownField::Value const& shown) {
    return field_hash({tag, shown.value, shown.salt});
}

/// A shown field's salt and value.
ShownField::Value read_value(ByteReader& reader) {
    ShownField::Value shown;
    auto const salt = reader.raw(shown.salt.size());
    std::copy(salt.begin(), salt.end(), shown.salt.begin());
    shown.value = to_bytes(reader.blob());
    return shown;
}

} // namespace

ShownOpening show_all(std::span<Field const> fields) {
    ShownOpening opening;
    opening.reserve(fields.size());
    for (auto const& field : fields) {
        opening.push_back({field.tag, field_hash(field), field.about, ShownField::Value{field.value, field.salt}});
    }
    return opening;
}

ShownOpening show_only(ShownOpening opening, std::span<FieldTag const> tags) {
    for (auto& field : opening) {
        field.about.reset();
        if (std::find(tags.begin(), tags.end(), field.tag) == tags.end()) field.shown.reset();
    }
    return opening;
}

Result<Sha256> commitment_of(ShownOpening const& opening) {
    constexpr auto where = "log opening: field";
    std::vector<TaggedHash> hashes;
    hashes.reserve(opening.size());
    for (auto const& field : opening) {
        hashes.push_back({field.tag, field.hash});
        if (field.shown && hash_of(field.tag, *field.shown) != field.hash) {
            return fail(Errc::bad_signature, where, "Its value is not that of its hash.", hashes.size());
        }
    }
    return commitment(hashes);
}

std::optional<ByteView> first_of(ShownOpening const& opening, FieldTag tag) {
    for (auto const& field : opening) {
        if (field.tag == tag && field.shown) return ByteView(field.shown->value);
    }
    return std::nullopt;
}

Bytes encode_shown(ShownOpening const& opening) {
    assert(opening.size() <= std::numeric_limits<std::uint16_t>::max());
    ByteWriter writer;
    writer.u16(static_cast<std::uint16_t>(opening.size()));
    for (auto const& field : opening) {
        writer.number(field.tag).flag(field.shown.has_value());
        if (field.shown) {
            writer.raw(field.shown->salt).blob(field.shown->value);
        } else {
            writer.raw(field.hash.view());
        }
    }
    return writer.take();
}

Result<ShownOpening> parse_shown(ByteView bytes) {
    constexpr auto where = "log opening: field";
    if (bytes.size() < 2) return fail(Errc::malformed, "log opening: count of fields");
    ByteReader reader(bytes);
    auto const count = reader.u16();
    ShownOpening opening;
    for (std::uint64_t i = 1; i <= count; ++i) {
        auto const tag_byte = reader.u8();
        auto const is_shown = reader.flag();
        if (!reader.good()) return fail(Errc::malformed, where, "It is cut off, or neither shown nor not.", i);
        FANLIGHT_TRY(auto const tag, parse_field_tag(tag_byte, i));
        ShownField field{tag, {}, {}, {}};
        if (is_shown) {
            field.shown = read_value(reader);
            field.hash = hash_of(tag, *field.shown);
        } else {
            field.hash = reader.tagged<Sha256>();
        }
        if (!reader.good()) return fail(Errc::malformed, where, "It is cut off.", i);
        opening.push_back(std::move(field));
    }
    if (!reader.finish(where)) return fail(Errc::malformed, "log opening", "Bytes follow the last field.");
    return opening;
}

} // namespace fanlight::crypto
