#pragma once
// The key of one officer of one party: who signs agreements, suspensions and revocations with it. It lives in a file of
// the officer's own, sealed under a passphrase, on whatever machine the officer chooses; no node ever sees it.
//
//   "FANOFF1\n" || mode "\n" || vkey "\n" || salt (16) || costs (8, 8) || nonce (24) || AEAD(seed) (48)
//
// The lines in clear say whose key it is, so that showing it needs no passphrase; they are the associated data as well.

#include "crypto/note.hpp"
#include "crypto/sealing.hpp"
#include "protocol/key_note.hpp"

#include <array>
#include <filesystem>

namespace fanlight::node {

/// Both sign for their party: one authorises, the other confirms the advice (docs/agreement.md).
enum class OfficerRole : std::uint8_t { officer, dpo };
inline constexpr std::array<OfficerRole, 2> officer_roles{OfficerRole::officer, OfficerRole::dpo};
char const* name(OfficerRole role);     ///< "dpo": as in [[party]] and at the end of the key's name
char const* in_words(OfficerRole role); ///< "data protection officer"
Result<OfficerRole> parse_officer_role(std::string_view text);

/// What is public of an officer's key.
struct OfficerCard {
    Mode mode;
    PartyId party;
    OfficerRole role;
    crypto::NoteKey key; ///< its name is "<domain>/<party>/<role>"
};
struct OfficerKey {
    OfficerCard card;
    crypto::SigningKey signing;
};

/// Errc::malformed: not a domain; Errc::refused: "practice." stands in front exactly if the mode is practice.
Result<OfficerKey> make_officer_key(Mode mode, std::string const& domain, PartyId const& party, OfficerRole role,
                                    crypto::Random& random);

inline constexpr std::size_t officer_key_bytes_max = 1024; ///< of the file; the longest name makes less than half
Result<Bytes> seal_officer_key(OfficerKey const& key, ByteView passphrase, crypto::PassphraseCost cost,
                               crypto::Random& random);
/// What the file says in clear; only opening it proves that. Errc::malformed, Errc::version_mismatch: not such a file.
Result<OfficerCard> read_officer_card(ByteView file);
/// Errc::wrong_key: not this passphrase, or a byte was changed; otherwise as read_officer_card.
Result<OfficerKey> open_officer_key(ByteView file, ByteView passphrase);

/// A file that was not there before, whole and durable, mode 0600. Errc::exists: it was there, and is as it was;
/// Errc::io: nothing is left behind.
Result<void> write_new_file(std::filesystem::path const& file, ByteView bytes, char const* where);

} // namespace fanlight::node
