#pragma once
// A node's data directory: making it (fanlight init), opening it, accepting an agreement into it.
//
//   fanlight.toml       party, mode (stamped once), domain, address of the link; written by init, read by people
//   node.key            the node key under a passphrase; absent when the key comes by file descriptor
//   keyring             every private key and the TLS certificate in use, under the node key
//   certificate.der     the first TLS certificate
//   party.toml          what the partnership needs of us: party, signing key, fingerprint
//   key-note            our first operational public keys, signed
//   agreement.note      the first agreement, accepted by hand; later ones come through the register, in store.db
//   key-notes/<party>   every party's first key note
//   store.db, with store.db-lock and, while it is open, -wal and -shm; log/<year>/; api.sock

#include "node/offline/key_source.hpp"
#include "protocol/register/book.hpp"

#include <string>

namespace fanlight::node {

struct DirectorySettings {
    PartyId party;
    Mode mode = Mode::practice;
    std::string domain;   ///< of key names and log origins
    std::string address;  ///< "127.0.0.1:7443": the coordinator listens there, every other node dials it
    bool listens = false; ///< this is the coordinator
};

struct Fingerprint {
    std::string hex;   ///< SHA-256 of the signing key's vkey line
    std::string words; ///< to read over the phone
};
Fingerprint fingerprint_of(ByteView sha256);
Fingerprint fingerprint_of(crypto::NoteKey const& signing_key); ///< SHA-256 of its vkey
/// The signing key in a data directory's party.toml. Errc::missing, Errc::malformed.
Result<crypto::NoteKey> read_party_key(std::filesystem::path const& directory);

/// Makes a data directory. Nothing is left behind on failure. Errc::exists if it is there and not empty.
Result<Fingerprint> init_directory(std::filesystem::path const& directory, DirectorySettings const& settings,
                                   KeySource const& source, Instant now, crypto::Random& random);

/// The register as it begins: the agreement that was accepted here by hand, signed by both officers of every party and
/// checked, with every party's first key note. What has followed since is in the store.
struct AcceptedAgreement {
    protocol::Book book;
    std::vector<policy::Finding> warnings;
    policy::Agreement const& agreement() const { return book.versions().front().agreement; }
};

struct OpenDirectory {
    std::filesystem::path path;
    DirectorySettings settings;
    NodeKey node_key;
    Keyring keyring; ///< in a running node only its core touches it
};
/// Errc::missing, Errc::wrong_key, Errc::malformed, Errc::damaged.
Result<OpenDirectory> open_directory_with_key(std::filesystem::path const& directory, KeySource const& source);
/// Replaces the keyring file, durably and in one piece. Errc::io.
Result<void> save_keyring(OpenDirectory const& directory, crypto::Random& random);
/// The key note of such keys, signed with the signing key.
std::string signed_key_note(DirectorySettings const& settings, crypto::SigningKey const& signing,
                            OperationalSecrets const& keys);
Result<DirectorySettings> read_settings(std::filesystem::path const& directory);

/// What went wrong with an agreement: an Error, and the findings that a DPO can act on.
struct AgreementProblem {
    Error error;
    std::vector<policy::Finding> findings;
};
struct AgreementFiles {
    std::string note;
    std::map<std::string, std::string> key_notes; ///< file name -> text
};
/// Checks everything and only then writes. `typed_fingerprint` is what a person read over the phone. The agreement's
/// own fingerprint is SHA-256 of its text.
Result<AcceptedAgreement> accept_agreement(OpenDirectory& directory, AgreementFiles const& files,
                                           std::string_view typed_fingerprint, crypto::Random& random,
                                           std::vector<policy::Finding>& findings);
/// The agreement accepted earlier by hand, verified again. Errc::missing: none yet.
Result<AcceptedAgreement> load_agreement(OpenDirectory const& directory, std::vector<policy::Finding>& findings);

/// That the keys which the register names for our party are those in use here. Errc::wrong_key.
Result<void> check_own_keys(OpenDirectory const& directory, policy::Agreement const& agreement,
                            protocol::OperationalKeys const& own);

/// Fingerprint of an agreement file, for `fanlight agreement show` and for reading over the phone.
Result<Fingerprint> agreement_fingerprint(std::string_view note);

} // namespace fanlight::node
