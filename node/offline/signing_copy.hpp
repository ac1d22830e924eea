#pragma once
// The copy of an agreement that goes round its officers for signing: a draft (TOML text), or a signed note that has
// some of the signatures. Every officer adds a line; the text stays as it is, byte for byte.

#include "node/offline/officer_key.hpp"
#include "policy/agreement.hpp"

namespace fanlight::node {

/// For whoever gave a file over limits::agreement_bytes_max.
inline constexpr char const* agreement_size_mend =
    "An agreement has at most 200 KiB, signatures included. Is it the right file?";

/// Nothing in it is verified.
struct SigningCopy {
    std::string text; ///< ends in newline
    std::vector<crypto::NoteSignature> signatures;
};
/// A file with a line that starts as a signature line does is a note; no TOML text of ours can have one.
/// Errc::malformed
/// (`at` is the line), Errc::too_large.
Result<SigningCopy> parse_signing_copy(std::string_view file);

enum class SignatureState : std::uint8_t {
    present,
    missing,
    bad, ///< a signature of this key that does not verify, even beside one that does: another text was signed
};
char const* name(SignatureState state);

struct OfficerSignature {
    PartyId party;
    OfficerRole role;
    crypto::NoteKey key;
    SignatureState state;
};
/// Both officers of every party, in the agreement's order. `agreement` is what parse_agreement made of the text.
/// Errc as parse_vkey's, `at` = 1-based place of the party.
Result<std::vector<OfficerSignature>> officer_signatures(SigningCopy const& copy, policy::Agreement const& agreement);

/// What can be refused before the key is opened. Errc::refused: the key's party is no party, the key is of the other
/// mode; Errc::wrong_key: the agreement names another key for this officer; Errc::bad_signature: somebody else signed
/// another text.
Result<void> may_sign(SigningCopy const& copy, policy::Agreement const& agreement, OfficerCard const& card);
/// The note with this officer's line, in place of the first that the same key had, of which none else stays; otherwise
/// behind the others. What may be signed is for the caller to know.
std::string with_signature(crypto::UnverifiedNote const& note, OfficerKey const& key);

/// The note with this officer's line, in place of any that the same key had; otherwise behind the others. Errc as
/// may_sign; Errc::too_large.
Result<std::string> sign_copy(SigningCopy const& copy, policy::Agreement const& agreement, OfficerKey const& key);

} // namespace fanlight::node
