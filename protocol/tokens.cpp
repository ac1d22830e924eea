#include "protocol/tokens.hpp"

#include "crypto/hash.hpp"
#include "crypto/labels.hpp"

namespace fanlight::protocol {

using crypto::label;
using crypto::Label;

AgencySecret agency_secret(Mode mode, crypto::Token const& token, PartyId const& agency) {
    return AgencySecret::make([&](MutableBytes out) {
        crypto::blake2b(out, token.reveal(), {as_bytes(label(mode, Label::agency)), as_bytes(agency.text())});
    });
}

DayToken day_token(Mode mode, AgencySecret const& secret, Day day) {
    Bytes number;
    append_u32(number, to_wire(day));
    return DayToken::make([&](MutableBytes out) {
        crypto::blake2b(out, secret.reveal(), {as_bytes(label(mode, Label::day)), number});
    });
}

ComponentSecret component_secret(Mode mode, crypto::Token const& token, PartyId const& agency) {
    return ComponentSecret::make([&](MutableBytes out) {
        crypto::blake2b(out, token.reveal(), {as_bytes(label(mode, Label::component_secret)), as_bytes(agency.text())});
    });
}

ComponentValue component_value(Mode mode, AgencySecret const& anchor, Day day, std::uint8_t kind,
                               ComponentSecret const& component) {
    Bytes about;
    append_u32(about, to_wire(day));
    append_u8(about, kind);
    return ComponentValue::make([&](MutableBytes out) {
        crypto::blake2b(out, anchor.reveal(),
                        {as_bytes(label(mode, Label::component_value)), about, component.reveal()});
    });
}

std::array<std::uint8_t, 2> fields_mask(Mode mode, AgencySecret const& anchor, Day day) {
    Bytes number;
    append_u32(number, to_wire(day));
    std::array<std::uint8_t, 16> whole{};
    crypto::blake2b(whole, anchor.reveal(), {as_bytes(label(mode, Label::fields)), number});
    return {whole[0], whole[1]};
}

crypto::AeadKey context_wrap_key(Mode mode, AgencySecret const& secret) {
    return crypto::AeadKey::make(
        [&](MutableBytes out) { crypto::blake2b(out, secret.reveal(), {as_bytes(label(mode, Label::context))}); });
}

} // namespace fanlight::protocol
