#pragma once
// The keys of a node: one node key that opens everything, and the keyring file that it opens.
//
//   passphrase --Argon2id--> opens node.key   }
//   or a file descriptor (systemd-creds)      } --> node key --> store key, opening key, wrap key, at-rest key,
//                                                                keyring key (BLAKE2b, labels)
//   keyring (AEAD under the keyring key): the signing key, the operational keys in use with the TLS certificate, those
//   that wait for their place in the register, replaced ones as long as something may still need them, the subject
//   key, and the id of the agreement that was accepted by hand. Shares of the identity key are not in it: they come and
//   go with epochs, and lie in the engines' state under the at-rest key.

#include "base/ids.hpp"
#include "crypto/sealing.hpp"
#include "crypto/signing.hpp"
#include "node/store/store.hpp"
#include "protocol/engine/self.hpp"

#include <filesystem>

namespace fanlight::node {

using NodeKey = crypto::LockedSecret<struct NodeKeyTag, 32>;

StoreKey store_key(Mode mode, NodeKey const& key);
OpeningKey opening_key(Mode mode, NodeKey const& key);
WrapKey wrap_key(Mode mode, NodeKey const& key);
crypto::LockedAeadKey at_rest_key(Mode mode, NodeKey const& key); ///< protocol::Self::at_rest_key

/// The node key under a passphrase: "FANKEY1\n" || salt || costs || nonce || AEAD. Errc::wrong_key: not this
/// passphrase; Errc::malformed: not such a file.
Result<Bytes> seal_node_key(Mode mode, NodeKey const& key, ByteView passphrase, crypto::PassphraseCost cost,
                            crypto::Random& random);
Result<NodeKey> open_node_key(Mode mode, ByteView file, ByteView passphrase);

/// The private halves of one key note, one purpose each; all in locked pages.
struct OperationalSecrets {
    std::uint32_t serial = 1;      ///< of the key note
    std::uint32_t void_before = 0; ///< protocol::OperationalKeys
    crypto::SigningKey node;       ///< signs messages
    crypto::SigningKey tls;
    crypto::SigningKey log;
    crypto::SigningKey witness;
    crypto::SealingKey sealing;
    crypto::SealingKey share_sealing;
    Bytes certificate_der; ///< of `tls`

    static OperationalSecrets generate(crypto::Random& random); ///< without a certificate
    OperationalSecrets copy() const;
};
/// What the key note of these keys says.
protocol::OperationalKeys public_keys(PartyId const& party, OperationalSecrets const& secrets);

/// Keys that wait for their place in the register.
struct NextKeys {
    OperationalSecrets keys;
    bool compromised = false; ///< those before are to count for nothing, as soon as these are in use
};
/// Replaced sealing keys, oldest first; one time for each key.
struct FormerSealing {
    std::vector<crypto::SealingKey> keys;
    std::vector<Instant> replaced_at;
};
/// At the coordinator: what it still signs messages and shows on its links with, because those who have not heard of
/// the new keys would refuse them, and with them the news.
struct FormerLink {
    crypto::SigningKey node;
    crypto::SigningKey tls;
    Bytes certificate_der;
    Instant replaced_at{};
};

/// Its own operational keys are those in use. The owner of the process keeps it until the end; engines refer to the
/// keys in it, which are replaced in place (node/daemon/key_rotation.hpp).
struct Keyring : OperationalSecrets {
    crypto::SigningKey signing; ///< signs key notes and key certificates; the agreement pins it
    protocol::SubjectKey subject;
    AgreementId agreement; ///< accepted by hand; zero: none yet

    Instant sealing_since{}; ///< when the sealing key came into use; zero: not known
    std::optional<NextKeys> next;
    std::uint32_t void_due = 0; ///< key notes before this serial are to be declared void; 0: none
    FormerSealing former_sealing;
    std::optional<crypto::VerifyKey> former_log; ///< may have signed the newest checkpoint, if a crash came between
    std::optional<FormerLink> former_link;

    static Keyring generate(crypto::Random& random);
};
/// "FANRING2" || nonce || AEAD.
Result<Bytes> seal_keyring(Mode mode, Keyring const& keyring, NodeKey const& key, crypto::Random& random);
/// Errc::wrong_key: another node key, or altered; Errc::malformed. A file of the first form (without the magic) opens
/// as well: serial 1, without a certificate.
Result<Keyring> open_keyring(Mode mode, ByteView file, NodeKey const& key);

} // namespace fanlight::node
