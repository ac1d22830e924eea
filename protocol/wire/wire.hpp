#pragma once
// Messages as checked types, and the only door between them and bytes. Every decode_* refuses what is not exactly of
// the documented form: sizes, counts, known values. None of them throws or allocates beyond its input's size.

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "crypto/leaf.hpp"
#include "crypto/signing.hpp"
#include "crypto/voprf.hpp"
#include "policy/agreement.hpp"
#include "protocol/tokens.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fanlight::protocol {

enum class FrameKind : std::uint8_t { message = 1, acknowledgement = 2 };
struct Frame {
    FrameKind kind = FrameKind::message;
    FrameId id;
    PartyId sender;
    PartyId recipient;
    Bytes sealed; ///< empty in an acknowledgement
};
Bytes encode_frame(Frame const& frame);
/// Errc::too_large over limits::frame_bytes_max; Errc::malformed; Errc::version_mismatch.
Result<Frame> decode_frame(ByteView bytes);

enum class MessageType : std::uint8_t {
    evaluate_request = 1,
    evaluate_reply,
    query,
    answer,
    summary_request,
    summary,
    refusal,              ///< one, opaque, whatever the reason: the reason is in the refuser's log
    evaluate_refusal,     ///< a key holder's, to the party whose own request it was: with the reason
    key_certificate,      ///< a holder to the coordinator, the coordinator to everybody
    epoch_opened,         ///< the coordinator to everybody: queries come under this epoch from now on
    epoch_request,        ///< to the coordinator: send me the key certificates
    index_ready,          ///< an agency to the coordinator: everybody it holds is enrolled in this epoch
    ceremony,             ///< between the participants of a ceremony (protocol/wire/ceremony_wire.hpp)
    register_entry,       ///< anybody to everybody: a proposal; the coordinator to everybody: an entry at its place
    register_head,        ///< the coordinator to everybody: cosign this head of the register
    register_cosignature, ///< a party to the coordinator
    register_lease,       ///< the coordinator to everybody: the head with the cosignatures of the others
    register_request,     ///< to the coordinator: send me what I have not, and a lease
    log_head,             ///< to a witness: cosign this head of my log (protocol/wire/log_wire.hpp)
    log_cosignature,      ///< its answer
    log_receipt,          ///< to whom something was disclosed: the proof that it was logged
    reconcile_request,    ///< which exchanges with me has your log?
    reconcile_reply,
    copies_request, ///< to a witness: give me back the leaves of my log that I have lost
    copies_reply,
};
inline constexpr MessageType newest_message_type = MessageType::copies_reply;
char const* name(MessageType type); ///< as the signature prefix writes it

/// What a signature covers, beside the label, the type and the two parties.
struct Envelope {
    MessageType type;
    ExchangeId exchange;
    AgreementId agreement;
    Instant time{};
    crypto::Sha256 answers; ///< SHA-256 of the payload answered; zero in a request
    Bytes payload;          ///< exact bytes; never re-encoded
    crypto::Signature signature;
};
Bytes encode_envelope(Envelope const& envelope);
Result<Envelope> decode_envelope(ByteView bytes);

/// What is evaluated, each with a budget of its own: `bulk` is enrolment while an epoch is prepared, `delta` is
/// enrolment once it is open.
enum class EvaluatePurpose : std::uint8_t { bulk = 1, query, delta };
char const* name(EvaluatePurpose purpose);
/// A key holder's signed word on how many batches it has ever served. It is returned to it with the next request: one
/// that finds itself behind its own word was restored from an older copy (docs/protocol.md, "Budgets").
struct Receipt {
    std::uint64_t served = 0; ///< 0: none, and the signature is zero
    crypto::Signature signature;
};
using RequestId = Tagged<struct RequestIdTag, 16>; ///< the same batch asked again has the same id, and is charged once
struct EvaluateRequest {
    crypto::ExchangeKey exchange_key;
    RequestId id;
    EvaluatePurpose purpose;
    std::uint32_t epoch;
    std::uint32_t sharing;
    std::uint32_t set = 0;                ///< bit i: share index i + 1 answers folded for this set; 0: unfolded
    Receipt receipt;                      ///< the latest that we have of this holder
    std::vector<crypto::Blinded> blinded; ///< 1 to limits::evaluate_batch_max
};
struct EvaluateReply {
    crypto::ShareIndex share_index;
    std::vector<crypto::Evaluated> evaluated;
    crypto::Proof proof;
    Receipt receipt;
    std::uint32_t charged = 0; ///< of the asker's organisation, purpose and period, this batch included
    std::uint32_t limit = 0;
};
enum class EvaluateRefusalReason : std::uint8_t {
    budget_spent = 1,
    epoch_unknown, ///< this holder has no share of that epoch and sharing
    bulk_closed,   ///< the epoch is open: enrolment goes by the delta quota now
    not_open,      ///< a delta under an epoch that is not open
    not_allowed,   ///< the agreement does not let this party ask for that purpose
    request_reused ///< that request id was for another batch
};
char const* in_words(EvaluateRefusalReason reason);
struct EvaluateRefusal {
    EvaluateRefusalReason reason;
    std::uint32_t charged = 0; ///< 0 unless the budget is what is wrong
    std::uint32_t limit = 0;
};
Bytes encode(EvaluateRequest const& message);
Bytes encode(EvaluateReply const& message);
Bytes encode(EvaluateRefusal const& message);
/// `parallel` checks the elements.
Result<EvaluateRequest> decode_evaluate_request(ByteView bytes,
                                                crypto::Parallel const& parallel = crypto::one_thread());
Result<EvaluateReply> decode_evaluate_reply(ByteView bytes, crypto::Parallel const& parallel = crypto::one_thread());
Result<EvaluateRefusal> decode_evaluate_refusal(ByteView bytes);

/// A key certificate on its way; its text is checked by whoever opens the note.
struct CertificateMessage {
    std::string note; ///< at most limits::certificate_bytes_max
};
struct EpochOpened {
    std::uint32_t epoch;
};
struct EpochRequest {};
struct IndexReady {
    std::uint32_t epoch;
    std::uint32_t matching_version;
};
/// A note of the register on its way; believed for its signatures.
struct RegisterEntry {
    static constexpr std::uint32_t proposed = 0xFFFFFFFF;
    std::uint32_t place = proposed; ///< in the register, or `proposed`
    std::string note;               ///< at most limits::agreement_bytes_max
};
/// A head of the register with cosignatures: of types register_head, register_cosignature and register_lease.
struct RegisterHead {
    std::string note; ///< at most limits::register_head_bytes_max
};
struct RegisterRequest {
    std::uint32_t have = 0; ///< how many entries the sender has
};
Bytes encode(RegisterEntry const& message);
Bytes encode(RegisterHead const& message);
Bytes encode(RegisterRequest const& message);
Result<RegisterEntry> decode_register_entry(ByteView bytes);
Result<RegisterHead> decode_register_head(ByteView bytes);
Result<RegisterRequest> decode_register_request(ByteView bytes);

Bytes encode(CertificateMessage const& message);
Bytes encode(EpochOpened const& message);
Bytes encode(EpochRequest const& message);
Bytes encode(IndexReady const& message);
Result<CertificateMessage> decode_certificate_message(ByteView bytes);
Result<EpochOpened> decode_epoch_opened(ByteView bytes);
Result<EpochRequest> decode_epoch_request(ByteView bytes);
Result<IndexReady> decode_index_ready(ByteView bytes);

using SlotCommitment = Tagged<struct SlotCommitmentTag, 32>;
struct Slot {
    static constexpr std::size_t wrap_bytes = 48;
    std::array<DayToken, limits::keys_per_slot> keys;
    /// What goes with each key, at the same place.
    std::array<std::array<ComponentValue, limits::components_per_anchor>, limits::keys_per_slot> components;
    std::array<std::array<std::uint8_t, 2>, limits::keys_per_slot> fields{}; ///< masked
    crypto::Nonce nonce;
    Bytes wraps;   ///< limits::wraps_per_slot * wrap_bytes
    Bytes context; ///< limits::context_bytes + AEAD overhead
    SlotCommitment commitment;
};
/// A slot on the wire: seven fields with at most 3 bytes before each.
inline constexpr std::size_t slot_bytes =
    limits::keys_per_slot * (DayToken::size_bytes + limits::components_per_anchor * ComponentValue::size_bytes + 2) +
    crypto::Nonce::size_bytes + limits::wraps_per_slot * Slot::wrap_bytes + limits::context_bytes +
    crypto::aead_overhead_bytes + SlotCommitment::size_bytes + 7 * 3;
static_assert(slot_bytes < 12 * 1000, "a person asked about is under 12 kB");

struct Query {
    QueryId id;
    crypto::ExchangeKey exchange_key;
    std::uint32_t epoch = 0;
    Day day{};
    std::uint32_t matching_version = 0;
    std::uint32_t purpose = 0; ///< place in the agreement
    std::uint32_t route = 0;
    Instant deadline{};
    Instant expiry{};
    std::vector<Slot> slots; ///< exactly limits::slots
};
/// At most, with its sixteen slots and the envelope around it: at most 4 bytes before a slot, and less than 512 for
/// everything else.
inline constexpr std::size_t query_bytes_max = limits::slots * (4 + slot_bytes) + 512;
Bytes encode(Query const& message);
Result<Query> decode_query(ByteView bytes);

inline constexpr std::uint16_t no_clause = 0xFFFF;
struct SlotAnswer {
    policy::Reply reply;              ///< a kind that an agency may send
    std::uint16_t clause = no_clause; ///< place in the agreement of the clause that let it out
};
/// A party's signed word on the worst colour in its answer, which the coordinator may forward to others.
struct Statement {
    PartyId party;
    QueryId query; ///< that party's own query id, which tells nobody else anything
    std::optional<policy::Colour> worst;
    Instant at{};
    crypto::Signature signature;
};
struct Answer {
    QueryId query;
    std::vector<SlotAnswer> slots; ///< exactly limits::slots
    Statement statement;
};
Bytes encode(Answer const& message); ///< one size, whatever it says
Result<Answer> decode_answer(ByteView bytes);

struct SummaryRequest {
    QueryId query;
    crypto::ExchangeKey exchange_key;
    std::uint32_t slots = 0; ///< bit i: slot i is asked about
    bool marac_threshold = false;
    bool section_47 = false;
    std::vector<Statement> statements; ///< at most 32
};
Bytes encode(SummaryRequest const& message);
Result<SummaryRequest> decode_summary_request(ByteView bytes);

/// "Within a month", "within a year": dates leave as bands (docs/architecture.md, "Life of a query").
enum class ContactBand : std::uint8_t { none = 0, month, quarter, year, older };
char const* in_words(ContactBand band);
struct Released {
    policy::DataField field;
    std::uint16_t clause;
};
/// There is no field for an address, a telephone number of a family, a refuge or a school.
struct SlotSummary {
    std::uint8_t slot = 0;
    std::vector<Released> released; ///< which of the following are meant; the others are empty
    std::vector<std::string> themes;
    std::uint32_t contacts_12m = 0;
    std::uint32_t contacts_ever = 0;
    ContactBand last_contact = ContactBand::none;
    std::string analysis;
    std::string duty_contact;
    std::optional<Day> marac_listed;
    std::optional<Day> marac_heard;
};
struct Summary {
    QueryId query;
    std::vector<SlotSummary> slots;
};
Bytes encode(Summary const& message);
Result<Summary> decode_summary(ByteView bytes);

/// Facts that a slot's context envelope tells whoever can open it; absent ones were not allowed to this party.
struct Context {
    std::optional<std::uint32_t> roles; ///< bit n: PersonRole n
    std::optional<std::uint8_t> source;
    std::optional<bool> domestic_abuse;
    std::optional<std::uint8_t> dash; ///< 0xff: not done
    std::optional<bool> marac_threshold;
    std::optional<bool> section_47;
    std::optional<std::uint8_t> consent;
    std::optional<std::uint8_t> told;
};
/// Exactly limits::context_bytes: u16 length || Context || zero bytes.
Bytes encode_context(Context const& context);
Result<Context> decode_context(ByteView bytes);

} // namespace fanlight::protocol
