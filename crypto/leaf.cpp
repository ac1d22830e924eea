// Leaves, commitments and openings: fixed bytes in, the same bytes out.

#include "crypto/leaf.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace fanlight::crypto {

namespace {

constexpr std::string_view magic = "FAN1";
constexpr std::size_t class_at = 4;
constexpr std::size_t reserved_at = 5;
constexpr std::size_t agreement_at = 16;
constexpr std::size_t exchange_at = 32;
constexpr std::size_t commitment_at = 64;
constexpr std::string_view event_prefix = "fanlight-event/v1\n";
constexpr std::string_view field_prefix = "fanlight-field/v1\n";
constexpr std::size_t salt_bytes = 32;
constexpr std::size_t field_head_bytes = 1 + salt_bytes + 4; // in an opening: tag, salt, length

std::uint64_t read_big_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (auto const byte : bytes) value = (value << 8U) | byte;
    return value;
}

} // namespace

char const* name(LeafClass kind) {
    switch (kind) {
    case LeafClass::query_sent: return "query sent";
    case LeafClass::query_received: return "query received";
    case LeafClass::decision: return "decision";
    case LeafClass::disclosure_sent: return "disclosure sent";
    case LeafClass::disclosure_received: return "disclosure received";
    case LeafClass::refusal: return "refusal or non-disclosure";
    case LeafClass::break_glass: return "break-glass";
    case LeafClass::agreement_activated: return "agreement activated";
    case LeafClass::agreement_revoked: return "agreement revoked";
    case LeafClass::key_event: return "key event";
    case LeafClass::ig_review: return "IG review";
    case LeafClass::erasure: return "erasure";
    case LeafClass::start_stop_clock: return "start, stop or clock";
    case LeafClass::export_made: return "export";
    case LeafClass::admin: return "administration";
    case LeafClass::evaluation_requested: return "evaluation requested";
    case LeafClass::evaluation_served: return "evaluation served";
    case LeafClass::correction: return "correction, withdrawal or challenge";
    case LeafClass::context_opened: return "context opened";
    case LeafClass::suspension: return "suspension or register";
    case LeafClass::filler: return "filler";
    case LeafClass::gap: return "gap";
    }
    return "unknown";
}

Result<LeafClass> parse_leaf_class(std::uint8_t value) {
    if (value < static_cast<std::uint8_t>(LeafClass::query_sent) || value > static_cast<std::uint8_t>(LeafClass::gap)) {
        return fail(Errc::malformed, "log leaf: class");
    }
    return static_cast<LeafClass>(value);
}

char const* name(FieldTag tag) {
    switch (tag) {
    case FieldTag::agreement_id: return "agreement id";
    case FieldTag::time: return "time";
    case FieldTag::exchange: return "exchange";
    case FieldTag::peer: return "peer";
    case FieldTag::query: return "query";
    case FieldTag::purpose: return "purpose";
    case FieldTag::route: return "route";
    case FieldTag::clause: return "clause";
    case FieldTag::fields: return "fields";
    case FieldTag::subject: return "subject";
    case FieldTag::colour: return "colour";
    case FieldTag::reason: return "reason";
    case FieldTag::count: return "count";
    case FieldTag::user: return "user";
    case FieldTag::message_hash: return "message hash";
    case FieldTag::slot_commitments: return "slot commitments";
    case FieldTag::slot_openings: return "slot openings";
    case FieldTag::context: return "context";
    case FieldTag::text: return "text";
    case FieldTag::stage: return "stage";
    case FieldTag::decision: return "decision";
    case FieldTag::request: return "request";
    case FieldTag::leaf: return "leaf";
    case FieldTag::verdict: return "verdict";
    case FieldTag::approver: return "approver";
    case FieldTag::note: return "note";
    case FieldTag::period: return "period";
    case FieldTag::slot_opening: return "slot opening";
    case FieldTag::slots: return "slots";
    }
    return "unknown";
}

Result<FieldTag> parse_field_tag(std::uint8_t value, std::uint64_t at) {
    if (value < static_cast<std::uint8_t>(FieldTag::agreement_id) ||
        value > static_cast<std::uint8_t>(FieldTag::slots)) {
        return fail(Errc::malformed, "log opening: field", "Its tag is not one of this version.", at);
    }
    return static_cast<FieldTag>(value);
}

Field make_field(FieldTag tag, ByteView value, Random& random, std::optional<Pseudonym> const& about) {
    Field field{tag, to_bytes(value), {}, about};
    random.fill(field.salt);
    return field;
}

ExchangeTag exchange_tag(ExchangeKey const& key) {
    return ExchangeTag(hmac_sha256(key.view(), {as_bytes("tag")}).array());
}

std::array<std::uint8_t, Leaf::size_bytes> Leaf::bytes() const {
    std::array<std::uint8_t, size_bytes> out{};
    auto const put = [&out](ByteView bytes, std::size_t at) {
        std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(as_bytes(magic), 0);
    out[class_at] = static_cast<std::uint8_t>(kind);
    put(agreement_half, agreement_at);
    put(exchange.view(), exchange_at);
    put(commitment.view(), commitment_at);
    return out;
}

Result<Leaf> parse_leaf(ByteView bytes) {
    if (bytes.size() != Leaf::size_bytes) return fail(Errc::malformed, "log leaf: size");
    if (as_text(bytes.first(magic.size())) != magic) return fail(Errc::malformed, "log leaf: first four bytes");
    FANLIGHT_TRY(auto const kind, parse_leaf_class(bytes[class_at]));
    auto const reserved = bytes.subspan(reserved_at, agreement_at - reserved_at);
    if (std::any_of(reserved.begin(), reserved.end(), [](std::uint8_t byte) { return byte != 0; })) {
        return fail(Errc::malformed, "log leaf: reserved bytes");
    }
    FANLIGHT_TRY(auto const exchange, ExchangeTag::parse(bytes.subspan(exchange_at, ExchangeTag::size_bytes)));
    FANLIGHT_TRY(auto const commitment, Sha256::parse(bytes.subspan(commitment_at)));
    Leaf leaf{kind, {}, exchange, commitment};
    auto const half = bytes.subspan(agreement_at, leaf.agreement_half.size());
    std::copy(half.begin(), half.end(), leaf.agreement_half.begin());
    return leaf;
}

Sha256 field_hash(Field const& field) {
    assert(field.value.size() <= std::numeric_limits<std::uint32_t>::max());
    Bytes head;
    append(head, field_prefix);
    append_u8(head, static_cast<std::uint8_t>(field.tag));
    append_u32(head, static_cast<std::uint32_t>(field.value.size()));
    return hmac_sha256(field.salt, {head, field.value});
}

Sha256 commitment(std::span<TaggedHash const> fields) {
    assert(fields.size() <= std::numeric_limits<std::uint16_t>::max());
    Bytes committed;
    append(committed, event_prefix);
    append_u16(committed, static_cast<std::uint16_t>(fields.size()));
    for (auto const& field : fields) {
        append_u8(committed, static_cast<std::uint8_t>(field.tag));
        append(committed, field.hash.view());
    }
    return sha256({committed});
}

Sha256 commit(std::span<Field const> fields) {
    std::vector<TaggedHash> hashes;
    hashes.reserve(fields.size());
    for (auto const& field : fields) hashes.push_back({field.tag, field_hash(field)});
    return commitment(hashes);
}

Bytes encode_opening(std::span<Field const> fields) {
    assert(fields.size() <= std::numeric_limits<std::uint16_t>::max());
    Bytes out;
    append_u16(out, static_cast<std::uint16_t>(fields.size()));
    for (auto const& field : fields) {
        assert(field.value.size() <= std::numeric_limits<std::uint32_t>::max());
        append_u8(out, static_cast<std::uint8_t>(field.tag));
        append(out, ByteView(field.salt));
        append_u32(out, static_cast<std::uint32_t>(field.value.size()));
        append(out, ByteView(field.value));
    }
    return out;
}

Result<std::vector<Field>> parse_opening(ByteView bytes) {
    if (bytes.size() < 2) return fail(Errc::malformed, "log opening: count of fields");
    auto const count = read_big_endian(bytes.first(2));
    auto rest = bytes.subspan(2);
    std::vector<Field> fields;
    for (std::uint64_t i = 1; i <= count; ++i) {
        if (rest.size() < field_head_bytes) return fail(Errc::malformed, "log opening: field", "It is cut off.", i);
        FANLIGHT_TRY(auto const tag, parse_field_tag(rest[0], i));
        Field field{tag, {}, {}, {}};
        auto const salt = rest.subspan(1, salt_bytes);
        std::copy(salt.begin(), salt.end(), field.salt.begin());
        auto const length = read_big_endian(rest.subspan(1 + salt_bytes, 4));
        rest = rest.subspan(field_head_bytes);
        if (rest.size() < length) return fail(Errc::malformed, "log opening: field", "It is cut off.", i);
        field.value = to_bytes(rest.first(length));
        rest = rest.subspan(length);
        fields.push_back(std::move(field));
    }
    if (!rest.empty()) return fail(Errc::malformed, "log opening", "Bytes follow the last field.");
    return fields;
}

Entry make_entry(LeafClass kind, AgreementId const& agreement, ExchangeTag const& exchange, std::vector<Field> fields) {
    Leaf leaf{kind, {}, exchange, commit(fields)};
    auto const half = agreement.view().first(leaf.agreement_half.size());
    std::copy(half.begin(), half.end(), leaf.agreement_half.begin());
    return {leaf, std::move(fields)};
}

} // namespace fanlight::crypto
