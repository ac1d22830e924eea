#pragma once
// A key note: the public halves of a node's operational keys, one purpose each, signed by the party's signing key that
// the agreement pins (docs/agreement.md). A C2SP signed note; docs/protocol.md, "Key notes".

#include "base/ids.hpp"
#include "crypto/hash.hpp"
#include "crypto/note.hpp"
#include "crypto/sealing.hpp"

namespace fanlight::protocol {

struct OperationalKeys {
    PartyId party;
    std::uint32_t serial = 1;  ///< never goes back
    crypto::VerifyKey node;    ///< signs messages
    crypto::Sha256 tls_pin;    ///< SHA-256 of the TLS certificate in DER
    crypto::VerifyKey log;     ///< signs checkpoints
    crypto::VerifyKey witness; ///< cosigns others' checkpoints
    crypto::SealingPublicKey sealing;
    crypto::SealingPublicKey share_sealing;
    std::uint32_t void_before = 0; ///< notes of lower serials were compromised and count for nothing at once; 0: none
    /// Not in the note: node keys and pins of earlier notes, for what was on its way when they were replaced.
    std::vector<crypto::VerifyKey> former_nodes = {};
    std::vector<crypto::Sha256> former_pins = {};
};

/// Whether `check(key)` is true of the party's node key, or of one that it had until a moment ago.
template <class Check> bool by_node_key(OperationalKeys const& keys, Check const& check) {
    if (check(keys.node)) return true;
    for (auto const& former : keys.former_nodes)
        if (check(former)) return true;
    return false;
}

/// The text that is signed, ending in newline.
std::string key_note_text(Mode mode, OperationalKeys const& keys);
/// Verifies the signature of `signing_key` and parses. Errc::missing, Errc::bad_signature, Errc::malformed;
/// Errc::version_mismatch if it is of the other mode.
Result<OperationalKeys> open_key_note(Mode mode, std::string_view note, crypto::NoteKey const& signing_key);

/// Names of a party's keys in notes: "<domain>/<party>/signing", ".../officer", ".../dpo".
std::string note_key_name(std::string_view domain, PartyId const& party, std::string_view which);
/// "<domain>/disclosures/<party>/<year>": the origin of a node's log and the name of its log key.
std::string log_origin(std::string_view domain, PartyId const& party, int year);

} // namespace fanlight::protocol
