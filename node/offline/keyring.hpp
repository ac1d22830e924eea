#pragma once
// The keys of a node: one node key that opens everything, and the keyring file that it opens.
//
//   passphrase --Argon2id--> opens node.key   }
//   or a file descriptor (systemd-creds)      } --> node key --> store key, opening key, at-rest key, keyring key
//                                                                (BLAKE2b, labels)
//   keyring (AEAD under the keyring key): signing, node, TLS, log, witness, sealing, share sealing, subject key, and
//   the id of the agreement that was accepted by hand. Shares of the identity key are not in it: they come and go with
//   epochs, and lie in the engines' state under the at-rest key.

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
crypto::LockedAeadKey at_rest_key(Mode mode, NodeKey const& key); ///< protocol::Self::at_rest_key

/// The node key under a passphrase: "FANKEY1\n" || salt || costs || nonce || AEAD. Errc::wrong_key: not this
/// passphrase; Errc::malformed: not such a file.
Result<Bytes> seal_node_key(Mode mode, NodeKey const& key, ByteView passphrase, crypto::PassphraseCost cost,
                            crypto::Random& random);
Result<NodeKey> open_node_key(Mode mode, ByteView file, ByteView passphrase);

/// One purpose each; all in locked pages. The owner of the process keeps it until the end.
struct Keyring {
    crypto::SigningKey signing; ///< signs key notes and key certificates; the agreement pins it
    crypto::SigningKey node;    ///< signs messages
    crypto::SigningKey tls;
    crypto::SigningKey log;
    crypto::SigningKey witness;
    crypto::SealingKey sealing;
    crypto::SealingKey share_sealing;
    protocol::SubjectKey subject;
    AgreementId agreement; ///< accepted by hand; zero: none yet

    static Keyring generate(crypto::Random& random);
};
Result<Bytes> seal_keyring(Mode mode, Keyring const& keyring, NodeKey const& key, crypto::Random& random);
/// Errc::wrong_key: another node key; Errc::malformed.
Result<Keyring> open_keyring(Mode mode, ByteView file, NodeKey const& key);

} // namespace fanlight::node
