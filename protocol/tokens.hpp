#pragma once
// What is derived from a token (docs/protocol.md). T is forgotten at once; S_A stays with one agency; tau with one day.

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "crypto/sealing.hpp"
#include "crypto/voprf.hpp"

namespace fanlight::protocol {

/// S_A = BLAKE2b-256(key = T, ".../agency" || agency id): the anchor as one agency knows it. Two agencies' secrets of
/// one person cannot be linked.
using AgencySecret = crypto::Secret<struct AgencySecretTag, 32>;
AgencySecret agency_secret(Mode mode, crypto::Token const& token, PartyId const& agency);

/// tau = BLAKE2b-128(key = S_A(anchor), ".../day" || u32 day): what a query carries. Public on the wire.
using DayToken = Tagged<struct DayTokenTag, 16>;
DayToken day_token(Mode mode, AgencySecret const& secret, Day day);

/// The component as one agency knows it: BLAKE2b-128(key = T, ".../secret-of-component" || agency id). Compares
/// nothing without the secret of an anchor.
using ComponentSecret = crypto::Secret<struct ComponentSecretTag, 16>;
ComponentSecret component_secret(Mode mode, crypto::Token const& token, PartyId const& agency);

/// BLAKE2b-128(key = S_A(anchor), ".../value-of-component" || u32 day || u8 kind || component secret): what a query
/// carries beside the anchor's day token. Public on the wire.
using ComponentValue = Tagged<struct ComponentValueTag, 16>;
ComponentValue component_value(Mode mode, AgencySecret const& anchor, Day day, std::uint8_t kind,
                               ComponentSecret const& component);

/// Masks the field bits that go with an anchor: the first two bytes of BLAKE2b-128(key = S_A(anchor), ".../fields" ||
/// u32 day).
std::array<std::uint8_t, 2> fields_mask(Mode mode, AgencySecret const& anchor, Day day);

/// Key that wraps a context key for whoever holds this anchor: BLAKE2b-256(key = S_A(anchor), ".../context").
crypto::AeadKey context_wrap_key(Mode mode, AgencySecret const& secret);

} // namespace fanlight::protocol
