#pragma once
// C2SP cosignatures (c2sp.org/tlog-cosignature v1.0.0), Ed25519 version "cosignature/v1", signature type 0x04: a
// witness says that it saw this checkpoint at that second, and no other head of the log before it that does not lead
// here.

#include "crypto/note.hpp"

namespace fanlight::crypto {

/// A witness's public key under its name. The id is SHA-256(name || 0x0A || 0x04 || key)[:4], big-endian.
struct CosigningKey {
    std::string name; ///< as is_note_name
    VerifyKey key;
    std::uint32_t id() const;
};

/// The signature line, with its newline: base64(id || u64 seconds || Ed25519("cosignature/v1\ntime <seconds>\n" ||
/// text)). `text` is the checkpoint's, ending in newline; `seconds` since 1970, below 2^63.
std::string cosign_line(std::string_view text, std::string const& name, SigningKey const& key, std::uint64_t seconds);

/// The time at which this key cosigned the note; of several, the latest. Errc::missing: it did not;
/// Errc::bad_signature: a signature under its name and id does not verify, even beside one that does.
Result<std::uint64_t> cosigned_at(UnverifiedNote const& note, CosigningKey const& key);

} // namespace fanlight::crypto
