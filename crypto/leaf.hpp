#pragma once
// The 96-byte log leaf and the opening that says what it commits to (docs/protocol.md, "The log").
//
//    0  4  "FAN1"
//    4  1  class
//    5 11  zero
//   16 16  first half of the agreement id (a hint; the full id is a committed field)
//   32 32  exchange tag = HMAC-SHA256(K_exchange, "tag")
//   64 32  commitment = SHA-256("fanlight-event/v1\n" || u16 n || n * (u8 tag || HMAC-SHA256(salt_i,
//          "fanlight-field/v1\n" || tag || u32 len || value)))

#include "base/ids.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fanlight::crypto {

enum class LeafClass : std::uint8_t {
    query_sent = 1,
    query_received,
    decision,
    disclosure_sent,
    disclosure_received,
    refusal,
    break_glass,
    agreement_activated,
    agreement_revoked,
    key_event,
    ig_review,
    erasure,
    start_stop_clock,
    export_made,
    admin,
    evaluation_requested,
    evaluation_served,
    correction,
    context_opened,
    suspension,
    filler,
    gap,
};
char const* name(LeafClass kind);
Result<LeafClass> parse_leaf_class(std::uint8_t value);

/// What a committed field is. Numbers are for ever; docs/protocol.md lists them.
enum class FieldTag : std::uint8_t {
    agreement_id = 1, ///< all 32 bytes
    time = 2,         ///< u64 milliseconds
    exchange = 3,     ///< exchange id
    peer = 4,         ///< the other party
    query = 5,        ///< query id
    purpose = 6,
    route = 7,
    clause = 8,
    fields = 9,   ///< names of the fields released, never their values
    subject = 10, ///< this node's own pseudonym for the person
    colour = 11,
    reason = 12,
    count = 13,
    user = 14,
    message_hash = 15, ///< SHA-256 of the exact bytes sent or received
    slot_commitments = 16,
    slot_openings = 17,
    context = 18, ///< which facts were put into a context envelope
    text = 19,    ///< a short sentence about the node itself, never about a person
    stage = 20,
    decision = 21,
    request = 22, ///< what the agreement was asked (policy/rehearse.hpp), so that a draft can be tried on it
    leaf = 23,    ///< place of another leaf: u32 shard || u64 position
    verdict = 24, ///< of a review: "justified", "question", "not justified"
    approver = 25,
    note = 26,         ///< what a person typed to explain; may name nobody
    period = 27,       ///< u64 from || u64 to, milliseconds
    slot_opening = 28, ///< opens one slot's commitment; about the person whom it asks about
    slots = 29,        ///< as whose an answer is shown: for each slot u8 person, 0xff nobody
};
char const* name(FieldTag tag);
/// Errc::malformed, naming the field `at`.
Result<FieldTag> parse_field_tag(std::uint8_t value, std::uint64_t at);

/// A node's own name for a person in its log; means nothing elsewhere.
using Pseudonym = Tagged<struct PseudonymTag, 16>;

struct Field {
    FieldTag tag;
    Bytes value;
    std::array<std::uint8_t, 32> salt;
    std::optional<Pseudonym> about = {}; ///< whom it is about: it is kept under that person's key
};
/// A field with a fresh salt.
Field make_field(FieldTag tag, ByteView value, Random& random, std::optional<Pseudonym> const& about = {});

using ExchangeKey =
    Tagged<struct ExchangeKeyTag, 32>; ///< K_exchange: fresh in every sealed request; the two ends know it
using ExchangeTag = Tagged<struct ExchangeTagTag, 32>;
ExchangeTag exchange_tag(ExchangeKey const& key);

struct Leaf {
    static constexpr std::size_t size_bytes = 96;
    LeafClass kind;
    std::array<std::uint8_t, 16> agreement_half;
    ExchangeTag exchange;
    Sha256 commitment;
    std::array<std::uint8_t, size_bytes> bytes() const;
};
/// Errc::malformed: size, magic, class, or a reserved byte that is not zero.
Result<Leaf> parse_leaf(ByteView bytes);

/// HMAC-SHA256(salt, "fanlight-field/v1\n" || tag || u32 length || value): what the commitment is made of.
Sha256 field_hash(Field const& field);
struct TaggedHash {
    FieldTag tag;
    Sha256 hash;
};
Sha256 commitment(std::span<TaggedHash const> fields);
Sha256 commit(std::span<Field const> fields);

/// Fields with their salts, as they lie encrypted beside the log: u16 n, then n * (u8 tag, 32 salt, u32 len, value).
Bytes encode_opening(std::span<Field const> fields);
Result<std::vector<Field>> parse_opening(ByteView bytes);

/// A leaf and what it commits to, before it is written.
struct Entry {
    Leaf leaf;
    std::vector<Field> fields;
};
Entry make_entry(LeafClass kind, AgreementId const& agreement, ExchangeTag const& exchange, std::vector<Field> fields);

} // namespace fanlight::crypto
