#pragma once
// Where the node key comes from: a passphrase typed by a person or read from a descriptor, or the key itself from a
// descriptor for unattended start (systemd-creds).

#include "node/offline/keyring.hpp"

namespace fanlight::node {

struct KeySource {
    int key_fd = -1;              ///< 32 bytes, or 64 hex digits, and perhaps a newline
    int passphrase_fd = -1;       ///< one line
    char const* of = "this node"; ///< whose passphrase a person is asked for; a literal
};

/// From the descriptor or, at a terminal, from a person without echo; twice when `confirm`.
/// Errc::missing: neither; Errc::malformed: empty, shorter than 12 bytes when it is made, or the two differ.
Result<crypto::SecretBytes> read_passphrase(KeySource const& source, bool confirm);
Result<NodeKey> read_node_key(int fd);

} // namespace fanlight::node
