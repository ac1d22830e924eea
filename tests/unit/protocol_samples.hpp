#pragma once
// One of every message, and every message's codec as bytes to bytes: for the tests of the wire and the fuzz corpus.

#include "protocol/wire/wire.hpp"

#include <functional>
#include <string>

namespace fanlight::protocol::test {

template <class T> T filled(std::uint8_t first) {
    return T::make([&](MutableBytes out) {
        for (auto& byte : out) byte = first++;
    });
}

inline PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}

inline Instant noon() {
    return parse_instant("2026-11-22T12:00:00Z").value();
}

inline Statement statement(std::optional<policy::Colour> worst = policy::Colour::amber) {
    return {party("substance_misuse"), filled<QueryId>(1), worst, noon(), filled<crypto::Signature>(2)};
}

inline Slot slot(std::uint8_t first) {
    Slot made{};
    for (auto& key : made.keys) key = filled<DayToken>(first++);
    for (auto& values : made.components)
        for (auto& value : values) value = filled<ComponentValue>(first++);
    for (auto& fields : made.fields) fields = {first++, first};
    made.nonce = filled<crypto::Nonce>(first);
    made.wraps = Bytes(limits::wraps_per_slot * Slot::wrap_bytes, first);
    made.context = Bytes(limits::context_bytes + crypto::aead_overhead_bytes, first);
    made.commitment = filled<SlotCommitment>(first);
    return made;
}

inline Query query() {
    Query made;
    made.id = filled<QueryId>(3);
    made.exchange_key = filled<crypto::ExchangeKey>(4);
    made.epoch = 1;
    made.day = day_of(noon());
    made.matching_version = 2;
    made.route = 1;
    made.deadline = noon() + std::chrono::hours(8);
    made.expiry = noon() + std::chrono::hours(168);
    for (std::size_t i = 0; i < limits::slots; ++i) made.slots.push_back(slot(static_cast<std::uint8_t>(i * 3)));
    return made;
}

inline Answer answer() {
    Answer made{filled<QueryId>(3), {}, statement()};
    made.slots.assign(limits::slots, {policy::no_colour(policy::ReplyKind::not_known), 1});
    made.slots[4] = {
        {policy::ReplyKind::rated, policy::Colour::amber, policy::Basis::own_records, policy::Reason::none}, 0};
    made.slots[5] = {policy::no_colour(policy::ReplyKind::known_not_shared, policy::Reason::no_current_rating), 2};
    return made;
}

inline SlotSummary slot_summary() {
    SlotSummary made;
    made.slot = 15;
    for (auto const field :
         {policy::DataField::themes, policy::DataField::contact_dates, policy::DataField::contact_counts,
          policy::DataField::analysis, policy::DataField::duty_contact, policy::DataField::marac_dates})
        made.released.push_back({field, 12});
    made.themes = {"alcohol", "threats"};
    made.contacts_12m = 3;
    made.contacts_ever = 47;
    made.last_contact = ContactBand::quarter;
    made.analysis = "What was said in treatment.";
    made.duty_contact = "01632 960107";
    made.marac_listed = day_of(noon());
    return made;
}

inline Context context() {
    return {6U, std::uint8_t(2), true, std::uint8_t(14), true, false, std::uint8_t(4), std::uint8_t(3)};
}

/// A valid point: the generator of ristretto255 (RFC 9496, appendix A.1).
inline Bytes generator() {
    return {0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9, 0x61, 0xc5, 0x00, 0x51, 0x5f,
            0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76};
}

struct Sample {
    std::string name;
    Bytes bytes;
    std::function<Result<Bytes>(ByteView)> again; ///< decode, then encode
};

inline std::vector<Sample> samples() {
    std::vector<Sample> all;
    auto const add = [&](char const* name, Bytes bytes, auto const& decode, auto const& encode_again) {
        all.push_back({name, std::move(bytes), [=](ByteView view) -> Result<Bytes> {
                           FANLIGHT_TRY(auto const message, decode(view));
                           return encode_again(message);
                       }});
    };
    auto const again = [](auto const& message) { return encode(message); };
    add("frame", encode_frame({FrameKind::message, filled<FrameId>(9), party("police"), party("health"), Bytes(60, 7)}),
        decode_frame, encode_frame);
    add("acknowledgement",
        encode_frame({FrameKind::acknowledgement, filled<FrameId>(9), party("police"), party("coordinator"), {}}),
        decode_frame, encode_frame);
    add("envelope",
        encode_envelope({MessageType::query, filled<ExchangeId>(1), filled<AgreementId>(2), noon(),
                         filled<crypto::Sha256>(3), Bytes{1, 2, 3}, filled<crypto::Signature>(4)}),
        decode_envelope, encode_envelope);
    auto const blinded = crypto::Blinded::parse(generator()).value();
    auto const evaluated = crypto::Evaluated::parse(generator()).value();
    add(
        "evaluate_request",
        encode(EvaluateRequest{filled<crypto::ExchangeKey>(1),
                               filled<RequestId>(2),
                               EvaluatePurpose::query,
                               1,
                               1,
                               0b101,
                               {7, filled<crypto::Signature>(3)},
                               {blinded, blinded}}),
        [](ByteView bytes) { return decode_evaluate_request(bytes); }, again);
    add(
        "evaluate_reply",
        encode(EvaluateReply{
            3, {evaluated, evaluated}, filled<crypto::Proof>(1), {8, filled<crypto::Signature>(4)}, 2048, 50'000}),
        [](ByteView bytes) { return decode_evaluate_reply(bytes); }, again);
    add("evaluate_refusal", encode(EvaluateRefusal{EvaluateRefusalReason::budget_spent, 50'000, 50'000}),
        decode_evaluate_refusal, again);
    add("key_certificate", encode(CertificateMessage{"a note, which the codec does not read"}),
        decode_certificate_message, again);
    add("register_entry", encode(RegisterEntry{7, "a note, which the codec does not read"}), decode_register_entry,
        again);
    add("register_head", encode(RegisterHead{"a note, which the codec does not read"}), decode_register_head, again);
    add("register_request", encode(RegisterRequest{7}), decode_register_request, again);
    add("epoch_opened", encode(EpochOpened{2}), decode_epoch_opened, again);
    add("epoch_request", encode(EpochRequest{}), decode_epoch_request, again);
    add("index_ready", encode(IndexReady{2, 1}), decode_index_ready, again);
    add("query", encode(query()), decode_query, again);
    add("answer", encode(answer()), decode_answer, again);
    add("summary_request",
        encode(SummaryRequest{filled<QueryId>(3),
                              filled<crypto::ExchangeKey>(4),
                              0x8001,
                              true,
                              true,
                              {statement(), statement(policy::Colour::red)}}),
        decode_summary_request, again);
    add("summary", encode(Summary{filled<QueryId>(3), {slot_summary(), SlotSummary{}}}), decode_summary, again);
    add("context", encode_context(context()), decode_context, encode_context);
    return all;
}

} // namespace fanlight::protocol::test
