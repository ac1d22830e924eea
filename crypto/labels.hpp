#pragma once
// Every domain label of every derivation and signature: one table, each used once (a test holds that). docs/protocol.md
// repeats it with key and use. A practice federation says "fanlight-practice/v1/...", so that the two never meet.

#include "base/ids.hpp"

#include <string>

namespace fanlight::crypto {

enum class Label : std::uint8_t {
    agency,           ///< S_A = BLAKE2b-256(key T, label || agency id)
    day,              ///< tau = BLAKE2b-128(key S_A(anchor), label || day)
    component,        ///< prefix of the OPRF input of a component
    component_secret, ///< BLAKE2b-128(key T, label || agency id)
    component_value,  ///< BLAKE2b-128(key S_A(anchor), label || day || kind || component secret)
    fields,           ///< mask of field bits: first two bytes of BLAKE2b-128(key S_A(anchor), label || day)
    context,          ///< wrap key = BLAKE2b-256(key S_A(anchor), label)
    slot,             ///< commitment = BLAKE2b-256(key opening, label || nonce || hashes of the slot's secrets)
    anchor,           ///< prefix of the OPRF input of an anchor
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
    at_rest,          ///< key, from the node key, of secrets inside the engines' state; its associated data as well
    ceremony,         ///< fingerprint of a ceremony's proposal = SHA-256(label || ...)
    ceremony_seed,    ///< scalars of a participant from its seed of one ceremony
    ceremony_said,    ///< signature: what a participant said to everybody in a ceremony
    ceremony_share,   ///< signature: a share that a dealer sealed to one receiver
    key_certificate,  ///< first line of a key certificate
    receipt,          ///< signature: how many batches a key holder has served
    request,          ///< request id of a batch, from its job's seed
    case_tokens,      ///< seed of a case's evaluations, from the case's
    enrolment_batch,  ///< seed of a batch of enrolment, from the epoch's
    officer_key,      ///< associated data of an officer's key file
    suspension,       ///< first line of a suspension note
    revocation,       ///< first line of a revocation note
    removal,          ///< first line of a removal note
    wrap_key,         ///< from the node key: seals the file key of the subject keys
    subject_wrap,     ///< associated data of a subject key under the file key
    subject_event,    ///< a person's key for one event = BLAKE2b-256(subject key, label || shard || position)
    slot_secret,      ///< hash of a secret in a slot's commitment = BLAKE2b-128(key S_A or component secret, label)
};
inline constexpr std::size_t label_count = 37;

/// e.g. "fanlight/v1/agency".
std::string label(Mode mode, Label label);

} // namespace fanlight::crypto
