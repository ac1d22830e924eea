#pragma once
// C2SP signed notes (c2sp.org/signed-note v1.0.0) with Ed25519 signatures, type 0x01.

#include "base/verified.hpp"
#include "crypto/signing.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fanlight::crypto {

/// Whether a name can stand in a signature line: UTF-8, not empty, no Unicode space, no control character, no '+'.
bool is_note_name(std::string_view name);

/// The signature types of c2sp.org/signed-note that are used here, both Ed25519.
enum class NoteKeyType : std::uint8_t { signature = 0x01, cosignature = 0x04 };
/// SHA-256(name || 0x0A || type || key)[:4], big-endian.
std::uint32_t note_key_id(NoteKeyType type, std::string_view name, VerifyKey const& key);
/// "<name>+<hex key id>+<base64 of type || key>".
std::string format_vkey(NoteKeyType type, std::string const& name, VerifyKey const& key);
struct NamedKey {
    std::string name;
    VerifyKey key;
};
/// Errors as parse_vkey.
Result<NamedKey> parse_vkey_of(NoteKeyType type, std::string_view text);

/// "<name>+<hex key id>+<base64 of 0x01 || key>".
struct NoteKey {
    std::string name; ///< as is_note_name
    VerifyKey key;
    std::uint32_t id() const; ///< SHA-256(name || 0x0A || 0x01 || key)[:4], big-endian
    std::string vkey() const;
    auto operator<=>(NoteKey const&) const = default;
};
/// Errc::malformed: form; Errc::wrong_key: the id is not that of the name and key; Errc::refused: another algorithm.
Result<NoteKey> parse_vkey(std::string_view text);

struct NoteSignature {
    std::string name;
    std::uint32_t id;
    Bytes signature; ///< any algorithm, without the id
};
/// Parsed, nothing verified: the text MUST NOT be used before NoteChecker::verify_all.
struct UnverifiedNote {
    std::string text; ///< ends in newline
    std::vector<NoteSignature> signatures;
};
/// Errc::malformed: form, control characters, bad UTF-8, no signatures; Errc::too_large: over
/// limits::agreement_bytes_max or limits::note_signatures_max. `at` is the 1-based line.
Result<UnverifiedNote> parse_note(std::string_view note);

class NoteChecker;
/// The text of a note that all the keys asked for have signed.
using NoteText = Verified<std::string, NoteChecker>;
class NoteChecker {
  public:
    /// All of `keys` must have signed. Errc::missing: a key has no signature (`at` = 1-based place in `keys`);
    /// Errc::bad_signature: a signature of one of the keys does not verify, even beside one that does. Signatures of
    /// unknown keys are ignored. Errc::refused: `keys` is empty, which would verify nothing.
    static Result<NoteText> verify_all(UnverifiedNote const& note, std::span<NoteKey const> keys);
};

/// The signature line, with its newline. `text` ends in newline; `name` as is_note_name.
std::string sign_note_line(std::string_view text, std::string const& name, SigningKey const& key);
/// A parsed signature as the line it came from, with its newline.
std::string signature_line(NoteSignature const& signature);
/// text || newline || lines.
std::string format_note(std::string_view text, std::span<std::string const> lines);

} // namespace fanlight::crypto
