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

crypto::AeadKey context_wrap_key(Mode mode, AgencySecret const& secret) {
    return crypto::AeadKey::make(
        [&](MutableBytes out) { crypto::blake2b(out, secret.reveal(), {as_bytes(label(mode, Label::context))}); });
}

} // namespace fanlight::protocol
