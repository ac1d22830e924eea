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
};

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
