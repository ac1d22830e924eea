// The codec of frames, envelopes, queries, answers and summaries.

#include "protocol/wire/wire.hpp"

#include "base/byte_reader.hpp"
#include "fanlight.pb.h"
#include "policy/text.hpp"
#include "protocol/wire/codec.hpp"

#include <set>

namespace fanlight::protocol {

using namespace codec;

namespace {

constexpr std::uint32_t frame_version = 1;
constexpr std::size_t statements_max = 32;
constexpr std::size_t slot_answer_bytes = 6;

v1::Statement wire_of(Statement const& statement) {
    v1::Statement wire;
    wire.set_party(padded(statement.party));
    wire.set_query_id(text_of(statement.query.view()));
    wire.set_colour(statement.worst ? static_cast<std::uint32_t>(*statement.worst) : 0);
    wire.set_time(to_wire(statement.at));
    wire.set_signature(text_of(statement.signature.view()));
    return wire;
}
Result<std::optional<policy::Colour>> parse_colour_number(std::uint32_t value) {
    if (value > static_cast<std::uint32_t>(policy::Colour::red)) return fail(Errc::malformed, "colour in a message");
    if (value == 0) return std::optional<policy::Colour>();
    return std::optional(static_cast<policy::Colour>(value));
}
Result<Statement> parse_statement(v1::Statement const& wire) {
    FANLIGHT_TRY(auto party, parse_padded(wire.party()));
    FANLIGHT_TRY(auto const query, QueryId::parse(as_bytes(wire.query_id()), "query id"));
    FANLIGHT_TRY(auto const worst, parse_colour_number(wire.colour()));
    FANLIGHT_TRY(auto const signature, crypto::Signature::parse(as_bytes(wire.signature()), "signature"));
    return Statement{std::move(party), query, worst, from_wire(wire.time()), signature};
}

} // namespace

Bytes encode_frame(Frame const& frame) {
    v1::Frame wire;
    wire.set_version(frame_version);
    wire.set_kind(static_cast<std::uint32_t>(frame.kind));
    wire.set_frame_id(text_of(frame.id.view()));
    wire.set_sender(padded(frame.sender));
    wire.set_recipient(padded(frame.recipient));
    wire.set_sealed(text_of(frame.sealed));
    return serialise(wire);
}

Result<Frame> decode_frame(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::Frame>(bytes, "frame"));
    if (wire.version() != frame_version)
        return fail(Errc::version_mismatch, "frame", "The other end runs another version of Fanlight.");
    if (wire.kind() != 1 && wire.kind() != 2) return fail(Errc::malformed, "frame: kind");
    FANLIGHT_TRY(auto const id, FrameId::parse(as_bytes(wire.frame_id()), "frame id"));
    FANLIGHT_TRY(auto sender, parse_padded(wire.sender()));
    FANLIGHT_TRY(auto recipient, parse_padded(wire.recipient()));
    auto const kind = static_cast<FrameKind>(wire.kind());
    if ((kind == FrameKind::acknowledgement) != wire.sealed().empty()) return fail(Errc::malformed, "frame: sealed");
    Frame frame{kind, id, std::move(sender), std::move(recipient), to_bytes(as_bytes(wire.sealed()))};
    if (!same(encode_frame(frame), bytes)) return fail(Errc::malformed, "frame");
    return frame;
}

Bytes encode_envelope(Envelope const& envelope) {
    v1::Envelope wire;
    wire.set_type(static_cast<std::uint32_t>(envelope.type));
    wire.set_exchange_id(text_of(envelope.exchange.view()));
    wire.set_agreement_id(text_of(envelope.agreement.view()));
    wire.set_time(to_wire(envelope.time));
    wire.set_answers(text_of(envelope.answers.view()));
    wire.set_payload(text_of(envelope.payload));
    wire.set_signature(text_of(envelope.signature.view()));
    return serialise(wire);
}

Result<Envelope> decode_envelope(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::Envelope>(bytes, "message"));
    if (wire.type() < 1 || wire.type() > static_cast<std::uint32_t>(newest_message_type))
        return fail(Errc::malformed, "message: type");
    FANLIGHT_TRY(auto const exchange, ExchangeId::parse(as_bytes(wire.exchange_id()), "exchange id"));
    FANLIGHT_TRY(auto const agreement, AgreementId::parse(as_bytes(wire.agreement_id()), "agreement id"));
    FANLIGHT_TRY(auto const answers, crypto::Sha256::parse(as_bytes(wire.answers()), "message: answers"));
    FANLIGHT_TRY(auto const signature, crypto::Signature::parse(as_bytes(wire.signature()), "message: signature"));
    Envelope envelope{static_cast<MessageType>(wire.type()), exchange, agreement, from_wire(wire.time()), answers,
                      to_bytes(as_bytes(wire.payload())),    signature};
    if (!same(encode_envelope(envelope), bytes)) return fail(Errc::malformed, "message");
    return envelope;
}

Bytes encode(Query const& message) {
    v1::Query wire;
    wire.set_query_id(text_of(message.id.view()));
    wire.set_exchange_key(text_of(message.exchange_key.view()));
    wire.set_epoch(message.epoch);
    wire.set_day(to_wire(message.day));
    wire.set_matching_version(message.matching_version);
    wire.set_purpose(message.purpose);
    wire.set_route(message.route);
    wire.set_deadline(to_wire(message.deadline));
    wire.set_expiry(to_wire(message.expiry));
    for (auto const& slot : message.slots) {
        auto& out = *wire.add_slots();
        for (auto const& key : slot.keys) *out.mutable_keys() += as_text(key.view());
        for (auto const& values : slot.components)
            for (auto const& value : values) *out.mutable_components() += as_text(value.view());
        for (auto const& fields : slot.fields) *out.mutable_fields() += as_text(fields);
        out.set_nonce(text_of(slot.nonce.view()));
        out.set_wraps(text_of(slot.wraps));
        out.set_context(text_of(slot.context));
        out.set_commitment(text_of(slot.commitment.view()));
    }
    return serialise(wire);
}

namespace {
Result<Slot> parse_slot(v1::Slot const& wire) {
    constexpr auto where = "query: slot";
    if (wire.keys().size() != limits::keys_per_slot * DayToken::size_bytes) return fail(Errc::malformed, where);
    constexpr auto values_bytes = limits::components_per_anchor * ComponentValue::size_bytes;
    if (wire.components().size() != limits::keys_per_slot * values_bytes) return fail(Errc::malformed, where);
    if (wire.fields().size() != limits::keys_per_slot * 2) return fail(Errc::malformed, where);
    if (wire.wraps().size() != limits::wraps_per_slot * Slot::wrap_bytes) return fail(Errc::malformed, where);
    if (wire.context().size() != limits::context_bytes + crypto::aead_overhead_bytes)
        return fail(Errc::malformed, where);
    Slot slot;
    for (std::size_t i = 0; i < slot.keys.size(); ++i) {
        FANLIGHT_TRY(slot.keys[i],
                     DayToken::parse(as_bytes(wire.keys()).subspan(i * DayToken::size_bytes, DayToken::size_bytes)));
        auto values = as_bytes(wire.components()).subspan(i * values_bytes, values_bytes);
        for (auto& value : slot.components[i]) {
            FANLIGHT_TRY(value, ComponentValue::parse(values.first(ComponentValue::size_bytes)));
            values = values.subspan(ComponentValue::size_bytes);
        }
        auto const fields = as_bytes(wire.fields()).subspan(i * 2, 2);
        slot.fields[i] = {fields[0], fields[1]};
    }
    FANLIGHT_TRY(slot.nonce, crypto::Nonce::parse(as_bytes(wire.nonce()), where));
    FANLIGHT_TRY(slot.commitment, SlotCommitment::parse(as_bytes(wire.commitment()), where));
    slot.wraps = to_bytes(as_bytes(wire.wraps()));
    slot.context = to_bytes(as_bytes(wire.context()));
    return slot;
}
} // namespace

Result<Query> decode_query(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::Query>(bytes, "query"));
    if (wire.slots_size() != static_cast<int>(limits::slots))
        return fail(Errc::malformed, "query: slots", "Every query has exactly 16.");
    Query query;
    FANLIGHT_TRY(query.id, QueryId::parse(as_bytes(wire.query_id()), "query id"));
    FANLIGHT_TRY(query.exchange_key, crypto::ExchangeKey::parse(as_bytes(wire.exchange_key()), "exchange key"));
    query.epoch = wire.epoch();
    query.day = day_from_wire(wire.day());
    query.matching_version = wire.matching_version();
    query.purpose = wire.purpose();
    query.route = wire.route();
    query.deadline = from_wire(wire.deadline());
    query.expiry = from_wire(wire.expiry());
    for (auto const& slot : wire.slots()) {
        FANLIGHT_TRY(auto parsed, parse_slot(slot));
        query.slots.push_back(std::move(parsed));
    }
    return exactly(std::move(query), bytes, "query");
}

Bytes encode(Answer const& message) {
    v1::Answer wire;
    wire.set_query_id(text_of(message.query.view()));
    Bytes slots;
    for (auto const& slot : message.slots) {
        append_u8(slots, static_cast<std::uint8_t>(slot.reply.kind));
        append_u8(slots, slot.reply.colour ? static_cast<std::uint8_t>(*slot.reply.colour) : std::uint8_t(0));
        append_u8(slots, static_cast<std::uint8_t>(slot.reply.basis));
        append_u8(slots, static_cast<std::uint8_t>(slot.reply.reason));
        append_u16(slots, slot.clause);
    }
    wire.set_slots(text_of(slots));
    *wire.mutable_statement() = wire_of(message.statement);
    return serialise(wire);
}

namespace {
Result<SlotAnswer> parse_slot_answer(ByteView bytes) {
    SlotAnswer slot;
    FANLIGHT_TRY(slot.reply.kind, policy::parse_reply_kind(bytes[0]));
    FANLIGHT_TRY(slot.reply.colour, parse_colour_number(bytes[1]));
    if (bytes[2] != 1 && bytes[2] != 2) return fail(Errc::malformed, "answer: basis");
    slot.reply.basis = static_cast<policy::Basis>(bytes[2]);
    FANLIGHT_TRY(slot.reply.reason, policy::parse_reason(bytes[3]));
    slot.clause = static_cast<std::uint16_t>((bytes[4] << 8) | bytes[5]);
    bool const rated = slot.reply.kind == policy::ReplyKind::rated;
    if (rated != slot.reply.colour.has_value()) return fail(Errc::malformed, "answer: colour");
    return slot;
}
} // namespace

Result<Answer> decode_answer(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::Answer>(bytes, "answer"));
    if (wire.slots().size() != limits::slots * slot_answer_bytes) return fail(Errc::malformed, "answer: slots");
    if (!wire.has_statement()) return fail(Errc::malformed, "answer: statement");
    FANLIGHT_TRY(auto const query, QueryId::parse(as_bytes(wire.query_id()), "query id"));
    FANLIGHT_TRY(auto statement, parse_statement(wire.statement()));
    Answer answer{query, {}, std::move(statement)};
    for (std::size_t i = 0; i < limits::slots; ++i) {
        FANLIGHT_TRY(auto const slot,
                     parse_slot_answer(as_bytes(wire.slots()).subspan(i * slot_answer_bytes, slot_answer_bytes)));
        answer.slots.push_back(slot);
    }
    return exactly(std::move(answer), bytes, "answer");
}

Bytes encode(SummaryRequest const& message) {
    v1::SummaryRequest wire;
    wire.set_query_id(text_of(message.query.view()));
    wire.set_exchange_key(text_of(message.exchange_key.view()));
    wire.set_slots(message.slots);
    wire.set_facts((message.marac_threshold ? 1U : 0U) | (message.section_47 ? 2U : 0U));
    for (auto const& statement : message.statements) *wire.add_statements() = wire_of(statement);
    return serialise(wire);
}

Result<SummaryRequest> decode_summary_request(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::SummaryRequest>(bytes, "summary request"));
    if (static_cast<std::size_t>(wire.statements_size()) > statements_max)
        return fail(Errc::too_large, "summary request: statements");
    if (wire.facts() > 3 || wire.slots() >> limits::slots != 0) return fail(Errc::malformed, "summary request");
    SummaryRequest request;
    FANLIGHT_TRY(request.query, QueryId::parse(as_bytes(wire.query_id()), "query id"));
    FANLIGHT_TRY(request.exchange_key, crypto::ExchangeKey::parse(as_bytes(wire.exchange_key()), "exchange key"));
    request.slots = wire.slots();
    request.marac_threshold = (wire.facts() & 1U) != 0;
    request.section_47 = (wire.facts() & 2U) != 0;
    for (auto const& statement : wire.statements()) {
        FANLIGHT_TRY(auto parsed, parse_statement(statement));
        request.statements.push_back(std::move(parsed));
    }
    return exactly(std::move(request), bytes, "summary request");
}

Bytes encode(Summary const& message) {
    v1::Summary wire;
    wire.set_query_id(text_of(message.query.view()));
    for (auto const& slot : message.slots) {
        auto& out = *wire.add_slots();
        out.set_slot(slot.slot);
        for (auto const& released : slot.released) {
            auto& one = *out.add_released();
            one.set_field(static_cast<std::uint32_t>(released.field));
            one.set_clause(released.clause);
        }
        for (auto const& theme : slot.themes) out.add_themes(theme);
        out.set_contacts_12m(slot.contacts_12m);
        out.set_contacts_ever(slot.contacts_ever);
        out.set_last_contact_band(static_cast<std::uint32_t>(slot.last_contact));
        out.set_analysis(slot.analysis);
        out.set_duty_contact(slot.duty_contact);
        out.set_marac_listed(slot.marac_listed ? to_wire(*slot.marac_listed) : 0);
        out.set_marac_heard(slot.marac_heard ? to_wire(*slot.marac_heard) : 0);
    }
    return serialise(wire);
}

namespace {
/// Every field that says something is listed as released, once, with its clause (promise 3).
bool only_released(SlotSummary const& slot) {
    using policy::DataField;
    std::set<DataField> listed;
    for (auto const& released : slot.released)
        if (!listed.insert(released.field).second || released.clause == no_clause) return false;
    auto const may = [&](bool said, DataField field) { return !said || listed.contains(field); };
    return may(!slot.themes.empty(), DataField::themes) &&
           may(slot.contacts_12m != 0 || slot.contacts_ever != 0, DataField::contact_counts) &&
           may(slot.last_contact != ContactBand::none, DataField::contact_dates) &&
           may(!slot.analysis.empty(), DataField::analysis) &&
           may(!slot.duty_contact.empty(), DataField::duty_contact) &&
           may(slot.marac_listed || slot.marac_heard, DataField::marac_dates);
}

Result<SlotSummary> parse_slot_summary(v1::SlotSummary const& wire) {
    constexpr auto where = "summary: slot";
    if (!below(wire.slot(), limits::slots) || static_cast<std::size_t>(wire.themes_size()) > limits::themes_max ||
        static_cast<std::size_t>(wire.released_size()) > policy::data_field_count || wire.last_contact_band() > 4 ||
        wire.analysis().size() > limits::analysis_bytes_max || wire.duty_contact().size() > 200)
        return fail(Errc::malformed, where);
    SlotSummary slot;
    slot.slot = static_cast<std::uint8_t>(wire.slot());
    for (auto const& released : wire.released()) {
        if (!below(released.field(), policy::data_field_count) || released.clause() > no_clause)
            return fail(Errc::malformed, where);
        slot.released.push_back(
            {static_cast<policy::DataField>(released.field()), static_cast<std::uint16_t>(released.clause())});
    }
    for (auto const& theme : wire.themes()) {
        if (theme.size() > 60 || policy::unfit_text(theme) != nullptr) return fail(Errc::malformed, where);
        slot.themes.push_back(theme);
    }
    // What a peer wrote is shown on terminals and pages: visible characters on one line, nothing else.
    if (policy::unfit_text(wire.analysis()) != nullptr || policy::unfit_text(wire.duty_contact()) != nullptr)
        return fail(Errc::malformed, where);
    slot.contacts_12m = wire.contacts_12m();
    slot.contacts_ever = wire.contacts_ever();
    slot.last_contact = static_cast<ContactBand>(wire.last_contact_band());
    slot.analysis = wire.analysis();
    slot.duty_contact = wire.duty_contact();
    if (wire.marac_listed() != 0) slot.marac_listed = day_from_wire(wire.marac_listed());
    if (wire.marac_heard() != 0) slot.marac_heard = day_from_wire(wire.marac_heard());
    if (!only_released(slot)) return fail(Errc::malformed, "summary: a field without its clause");
    return slot;
}
} // namespace

Result<Summary> decode_summary(ByteView bytes) {
    FANLIGHT_TRY(auto const wire, parse<v1::Summary>(bytes, "summary"));
    if (static_cast<std::size_t>(wire.slots_size()) > limits::slots) return fail(Errc::malformed, "summary: slots");
    Summary summary;
    FANLIGHT_TRY(summary.query, QueryId::parse(as_bytes(wire.query_id()), "query id"));
    for (auto const& slot : wire.slots()) {
        FANLIGHT_TRY(auto parsed, parse_slot_summary(slot));
        for (auto const& other : summary.slots)
            if (other.slot == parsed.slot) return fail(Errc::malformed, "summary: a slot twice");
        summary.slots.push_back(std::move(parsed));
    }
    return exactly(std::move(summary), bytes, "summary");
}

namespace {
// Which facts are present in a Context, as bits of told_facts.
enum Fact : std::uint32_t {
    fact_roles = 1U << 0U,
    fact_source = 1U << 1U,
    fact_abuse = 1U << 2U,
    fact_dash = 1U << 3U,
    fact_marac = 1U << 4U,
    fact_section_47 = 1U << 5U,
    fact_consent = 1U << 6U,
    fact_told = 1U << 7U,
};
constexpr std::uint32_t all_facts = 0xFF;
} // namespace

Bytes encode_context(Context const& context) {
    v1::Context wire;
    std::uint32_t present = 0;
    auto const put = [&](auto const& fact, Fact bit, auto&& set) {
        if (!fact) return;
        present |= bit;
        set(static_cast<std::uint32_t>(*fact));
    };
    put(context.roles, fact_roles, [&](auto value) { wire.set_roles(value); });
    put(context.source, fact_source, [&](auto value) { wire.set_source(value); });
    put(context.domestic_abuse, fact_abuse, [&](auto value) { wire.set_domestic_abuse(value); });
    put(context.dash, fact_dash, [&](auto value) { wire.set_dash(value); });
    put(context.marac_threshold, fact_marac, [&](auto value) { wire.set_marac_threshold(value); });
    put(context.section_47, fact_section_47, [&](auto value) { wire.set_section_47(value); });
    put(context.consent, fact_consent, [&](auto value) { wire.set_consent(value); });
    put(context.told, fact_told, [&](auto value) { wire.set_told(value); });
    wire.set_told_facts(present);
    auto const body = serialise(wire);
    ByteWriter out;
    out.u16(static_cast<std::uint16_t>(body.size())).raw(body);
    auto bytes = out.take();
    bytes.resize(limits::context_bytes, 0);
    return bytes;
}

Result<Context> decode_context(ByteView bytes) {
    constexpr auto where = "context";
    if (bytes.size() != limits::context_bytes) return fail(Errc::malformed, where);
    auto const length = static_cast<std::size_t>((bytes[0] << 8) | bytes[1]);
    if (length > bytes.size() - 2) return fail(Errc::malformed, where);
    FANLIGHT_TRY(auto const wire, parse<v1::Context>(bytes.subspan(2, length), where));
    if ((wire.told_facts() & ~all_facts) != 0) return fail(Errc::malformed, where);
    auto const has = [&](Fact bit) { return (wire.told_facts() & bit) != 0; };
    if (wire.source() > 255 || wire.dash() > 255 || wire.consent() > 255 || wire.told() > 255)
        return fail(Errc::malformed, where);
    Context context;
    if (has(fact_roles)) context.roles = wire.roles();
    if (has(fact_source)) context.source = static_cast<std::uint8_t>(wire.source());
    if (has(fact_abuse)) context.domestic_abuse = wire.domestic_abuse() != 0;
    if (has(fact_dash)) context.dash = static_cast<std::uint8_t>(wire.dash());
    if (has(fact_marac)) context.marac_threshold = wire.marac_threshold() != 0;
    if (has(fact_section_47)) context.section_47 = wire.section_47() != 0;
    if (has(fact_consent)) context.consent = static_cast<std::uint8_t>(wire.consent());
    if (has(fact_told)) context.told = static_cast<std::uint8_t>(wire.told());
    if (!same(encode_context(context), bytes)) return fail(Errc::malformed, where);
    return context;
}

} // namespace fanlight::protocol
