// The codec of evaluations and epochs.

#include "fanlight.pb.h"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/wire.hpp"

namespace fanlight::protocol {

using namespace codec;

namespace {

constexpr std::size_t receipt_bytes = 8 + crypto::Signature::size_bytes;

std::string bytes_of(Receipt const& receipt) {
    Bytes bytes;
    append_u64(bytes, receipt.served);
    append(bytes, receipt.signature.view());
    return text_of(bytes);
}

Result<Receipt> parse_receipt(std::string const& text) {
    auto const bytes = as_bytes(text);
    if (bytes.size() != receipt_bytes) return fail(Errc::malformed, "receipt");
    Receipt receipt;
    for (auto const byte : bytes.first(8)) receipt.served = (receipt.served << 8U) | byte;
    FANLIGHT_TRY(receipt.signature, crypto::Signature::parse(bytes.subspan(8), "receipt: signature"));
    return receipt;
}

} // namespace

Bytes encode(EvaluateRequest const& message) {
    v1::EvaluateRequest wire;
    wire.set_exchange_key(text_of(message.exchange_key.view()));
    wire.set_request_id(text_of(message.id.view()));
    wire.set_purpose(static_cast<std::uint32_t>(message.purpose));
    wire.set_epoch(message.epoch);
    wire.set_sharing(message.sharing);
    wire.set_set(message.set);
    wire.set_receipt(bytes_of(message.receipt));
    wire.set_blinded(joined(message.blinded));
    return serialise(wire);
}

Result<EvaluateRequest> decode_evaluate_request(ByteView bytes, crypto::Parallel const& parallel) {
    constexpr auto where = "evaluation request";
    FANLIGHT_TRY(auto const wire, parse<v1::EvaluateRequest>(bytes, where));
    if (wire.purpose() < 1 || wire.purpose() > static_cast<std::uint32_t>(EvaluatePurpose::delta))
        return fail(Errc::malformed, "evaluation request: purpose");
    if (wire.set() >> limits::holders_max != 0) return fail(Errc::malformed, "evaluation request: set");
    FANLIGHT_TRY(auto const key, crypto::ExchangeKey::parse(as_bytes(wire.exchange_key()), "exchange key"));
    FANLIGHT_TRY(auto const id, RequestId::parse(as_bytes(wire.request_id()), "request id"));
    FANLIGHT_TRY(auto const receipt, parse_receipt(wire.receipt()));
    FANLIGHT_TRY(auto blinded, crypto::parse_blinded(as_bytes(wire.blinded()), parallel));
    return exactly(EvaluateRequest{key, id, static_cast<EvaluatePurpose>(wire.purpose()), wire.epoch(), wire.sharing(),
                                   wire.set(), receipt, std::move(blinded)},
                   bytes, where);
}

Bytes encode(EvaluateReply const& message) {
    v1::EvaluateReply wire;
    wire.set_share_index(message.share_index);
    wire.set_evaluated(joined(message.evaluated));
    wire.set_proof(text_of(message.proof.view()));
    wire.set_receipt(bytes_of(message.receipt));
    wire.set_charged(message.charged);
    wire.set_limit(message.limit);
    return serialise(wire);
}

Result<EvaluateReply> decode_evaluate_reply(ByteView bytes, crypto::Parallel const& parallel) {
    constexpr auto where = "evaluation reply";
    FANLIGHT_TRY(auto const wire, parse<v1::EvaluateReply>(bytes, where));
    if (wire.share_index() == 0 || wire.share_index() > limits::holders_max)
        return fail(Errc::malformed, "evaluation reply: share index");
    FANLIGHT_TRY(auto evaluated, crypto::parse_evaluated(as_bytes(wire.evaluated()), parallel));
    FANLIGHT_TRY(auto const proof, crypto::Proof::parse(as_bytes(wire.proof()), "evaluation reply: proof"));
    FANLIGHT_TRY(auto const receipt, parse_receipt(wire.receipt()));
    return exactly(EvaluateReply{static_cast<crypto::ShareIndex>(wire.share_index()), std::move(evaluated), proof,
                                 receipt, wire.charged(), wire.limit()},
                   bytes, where);
}

Bytes encode(EvaluateRefusal const& message) {
    v1::EvaluateRefusal wire;
    wire.set_reason(static_cast<std::uint32_t>(message.reason));
    wire.set_charged(message.charged);
    wire.set_limit(message.limit);
    return serialise(wire);
}

Result<EvaluateRefusal> decode_evaluate_refusal(ByteView bytes) {
    constexpr auto where = "refusal of an evaluation";
    FANLIGHT_TRY(auto const wire, parse<v1::EvaluateRefusal>(bytes, where));
    if (wire.reason() < 1 || wire.reason() > static_cast<std::uint32_t>(EvaluateRefusalReason::request_reused))
        return fail(Errc::malformed, "refusal of an evaluation: reason");
    return exactly(EvaluateRefusal{static_cast<EvaluateRefusalReason>(wire.reason()), wire.charged(), wire.limit()},
                   bytes, where);
}

Bytes encode(CertificateMessage const& message) {
    v1::KeyCertificate wire;
    wire.set_note(message.note);
    return serialise(wire);
}

Result<CertificateMessage> decode_certificate_message(ByteView bytes) {
    constexpr auto where = "key certificate";
    FANLIGHT_TRY(auto const wire, parse<v1::KeyCertificate>(bytes, where));
    if (wire.note().empty()) return fail(Errc::malformed, where);
    if (wire.note().size() > limits::certificate_bytes_max) return fail(Errc::too_large, where);
    return exactly(CertificateMessage{wire.note()}, bytes, where);
}

Bytes encode(RegisterEntry const& message) {
    v1::RegisterEntry wire;
    wire.set_place(message.place);
    wire.set_note(message.note);
    return serialise(wire);
}

Result<RegisterEntry> decode_register_entry(ByteView bytes) {
    constexpr auto where = "entry of the register";
    FANLIGHT_TRY(auto const wire, parse<v1::RegisterEntry>(bytes, where));
    if (wire.note().empty()) return fail(Errc::malformed, where);
    if (wire.note().size() > limits::agreement_bytes_max) return fail(Errc::too_large, where);
    return exactly(RegisterEntry{wire.place(), wire.note()}, bytes, where);
}

Bytes encode(RegisterHead const& message) {
    v1::RegisterHead wire;
    wire.set_note(message.note);
    return serialise(wire);
}

Result<RegisterHead> decode_register_head(ByteView bytes) {
    constexpr auto where = "head of the register";
    FANLIGHT_TRY(auto const wire, parse<v1::RegisterHead>(bytes, where));
    if (wire.note().empty()) return fail(Errc::malformed, where);
    if (wire.note().size() > limits::register_head_bytes_max) return fail(Errc::too_large, where);
    return exactly(RegisterHead{wire.note()}, bytes, where);
}

Bytes encode(RegisterRequest const& message) {
    v1::RegisterRequest wire;
    wire.set_have(message.have);
    return serialise(wire);
}

Result<RegisterRequest> decode_register_request(ByteView bytes) {
    constexpr auto where = "request for entries of the register";
    FANLIGHT_TRY(auto const wire, parse<v1::RegisterRequest>(bytes, where));
    return exactly(RegisterRequest{wire.have()}, bytes, where);
}

Bytes encode(EpochOpened const& message) {
    v1::EpochOpened wire;
    wire.set_epoch(message.epoch);
    return serialise(wire);
}

Result<EpochOpened> decode_epoch_opened(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::EpochOpened>(bytes, "opening of an epoch"));
    return exactly(EpochOpened{wire.epoch()}, bytes, "opening of an epoch");
}

Bytes encode(EpochRequest const&) {
    return {};
}

Result<EpochRequest> decode_epoch_request(ByteView bytes) {
    if (!bytes.empty()) return fail(Errc::malformed, "request for key certificates");
    return EpochRequest{};
}

Bytes encode(IndexReady const& message) {
    v1::IndexReady wire;
    wire.set_epoch(message.epoch);
    wire.set_matching_version(message.matching_version);
    return serialise(wire);
}

Result<IndexReady> decode_index_ready(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::IndexReady>(bytes, "word that an index is ready"));
    return exactly(IndexReady{wire.epoch(), wire.matching_version()}, bytes, "word that an index is ready");
}

} // namespace fanlight::protocol
