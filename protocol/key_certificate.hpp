#pragma once
// A key certificate: what a ceremony made, as a C2SP signed note signed by everybody who took part with the signing
// keys that the agreement pins (docs/protocol.md, "Key certificates"). It is the only thing that tells a node which
// identity key is in use and who holds it.

#include "base/ids.hpp"
#include "crypto/hash.hpp"
#include "crypto/keygen.hpp"
#include "crypto/note.hpp"
#include "policy/agreement.hpp"

#include <set>

namespace fanlight::protocol {

using CeremonyId = Tagged<struct CeremonyIdTag, 16>; ///< random; one a ceremony

/// Whether a list of holders or dealers names anybody twice.
bool names_twice(std::vector<PartyId> const& parties);
/// The number of a party's share: its place among the holders, from 1; none if it is not there.
std::optional<crypto::ShareIndex> share_index_among(std::vector<PartyId> const& holders, PartyId const& party);

struct KeyCertificate {
    CeremonyId ceremony;
    std::uint32_t epoch = 0;   ///< of the identity key, from 1: another key, and other tokens, in each
    std::uint32_t sharing = 1; ///< of that key, from 1: grows when the same key is shared anew among other holders
    std::uint8_t threshold = 0;
    std::vector<PartyId> holders; ///< share index = place + 1; at most limits::holders_max
    std::vector<PartyId> dealers; ///< sharing 1: the holders; later: those of the sharing before who dealt
    crypto::HolderPublic group;   ///< K
    std::vector<crypto::HolderPublic> holder_public; ///< K_i
    AgreementId agreement = {}; ///< under which it was made; zero in one that is being made: the one in force

    std::optional<crypto::ShareIndex> share_index(PartyId const& party) const;
    std::set<PartyId> signers() const; ///< holders and dealers
};

/// The text that is signed, ending in newline; it names the agreement.
std::string key_certificate_text(policy::Agreement const& agreement, KeyCertificate const& certificate);
/// Checks everything that does not depend on what came before it: the signatures of all signers, that the agreement
/// lets each holder hold a share and names each dealer, its threshold, that the K_i lie on one polynomial with K.
/// Errc::missing (a signature), Errc::bad_signature (of any party of the agreement), Errc::malformed, Errc::refused
/// (the agreement does not allow it), Errc::version_mismatch (another agreement or mode). Errc::too_large as
/// parse_note.
Result<KeyCertificate> open_key_certificate(policy::Agreement const& agreement, std::string_view note);
/// Under which agreement a note says that it was made, before anything of it is verified. Errc::malformed.
Result<AgreementId> agreement_of_certificate(std::string_view note);
/// Whether the agreement lets each holder hold a share, names each dealer, and has this threshold. Errc::refused.
Result<void> check_allowed(policy::Agreement const& agreement, KeyCertificate const& certificate);
/// SHA-256 of the text: read over the phone as words.
crypto::Sha256 fingerprint(policy::Agreement const& agreement, KeyCertificate const& certificate);

} // namespace fanlight::protocol
