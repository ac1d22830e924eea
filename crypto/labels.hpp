#pragma once
// Every domain label of every derivation and signature: one table, each used once (a test holds that). docs/protocol.md
// repeats it with key and use. A practice federation says "fanlight-practice/v1/...", so that the two never meet.

#include "base/ids.hpp"

#include <string>

namespace fanlight::crypto {

enum class Label : std::uint8_t {
    agency,           ///< S_A = BLAKE2b-256(key T, label || agency id)
    day,              ///< tau = BLAKE2b-128(key S_A(anchor), label || day)
    component,        ///< BLAKE2b-128(key S_A(anchor), label || day || type || S_A(component))
    context,          ///< wrap key = BLAKE2b-256(key S_A(anchor), label)
    slot,             ///< commitment = BLAKE2b-256(key opening, label || nonce || S values)
    anchor,           ///< prefix of every OPRF input
    seal,             ///< key of a sealed message
    store_key,        ///< SQLCipher's raw key from the node key
    keyring_key,      ///< the keyring file's key from the node key
    opening_key,      ///< openings of log leaves, from the node key
    passphrase,       ///< associated data of the node key sealed under a passphrase
    subject,          ///< this node's pseudonym of a record in its log
    colour_statement, ///< signature: the worst colour in an answer
    key_note,         ///< first line of a key note
    share_seal,       ///< key of a sealed key share
    message,          ///< signature prefix of a message: label || '/' || type || 0
};
inline constexpr std::size_t label_count = 16;

/// e.g. "fanlight/v1/agency".
std::string label(Mode mode, Label label);

} // namespace fanlight::crypto
