// Stage 2: what an agency may say beyond a colour, decided field by field (docs/architecture.md, "Life of a query").

#include "base/byte_reader.hpp"
#include "policy/decide.hpp"
#include "protocol/engine/agency.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::DataField;

namespace {

ContactBand band_of(std::optional<Day> const& contact, Day today) {
    if (!contact) return ContactBand::none;
    auto const days = (today - *contact).count();
    if (days <= 31) return ContactBand::month;
    if (days <= 92) return ContactBand::quarter;
    if (days <= 366) return ContactBand::year;
    return ContactBand::older;
}

/// Whether the record has anything to say in this field.
bool has(PersonRecord const& record, DataField field) {
    switch (field) {
    case DataField::themes: return record.rating && !record.rating->themes.empty();
    case DataField::contact_dates: return record.last_contact.has_value();
    case DataField::contact_counts: return record.contacts_ever != 0 || record.contacts_12m != 0;
    case DataField::analysis: return record.rating && !record.rating->analysis.empty();
    case DataField::duty_contact: return true;
    case DataField::marac_dates: return record.marac_listed || record.marac_heard;
    case DataField::colour:
    case DataField::not_known:
    case DataField::known_not_shared:
    case DataField::unsure_match:
    case DataField::fact_role:
    case DataField::fact_source:
    case DataField::fact_domestic_abuse:
    case DataField::fact_dash:
    case DataField::fact_marac:
    case DataField::fact_consent:
    case DataField::fact_told:
    case DataField::fact_statement: return false; // of stage 1
    }
    return false;
}

void put(SlotSummary& summary, PersonRecord const& record, DataField field, Day today, std::string const& duty) {
    if (field == DataField::themes) summary.themes = record.rating->themes;
    if (field == DataField::contact_dates) summary.last_contact = band_of(record.last_contact, today);
    if (field == DataField::contact_counts) {
        summary.contacts_12m = record.contacts_12m;
        summary.contacts_ever = record.contacts_ever;
    }
    if (field == DataField::analysis) summary.analysis = record.rating->analysis;
    if (field == DataField::duty_contact) summary.duty_contact = duty;
    if (field == DataField::marac_dates) {
        summary.marac_listed = record.marac_listed;
        summary.marac_heard = record.marac_heard;
    }
}

constexpr std::array<DataField, 6> summary_fields{DataField::themes,         DataField::contact_dates,
                                                  DataField::contact_counts, DataField::analysis,
                                                  DataField::duty_contact,   DataField::marac_dates};

} // namespace

bool Agency::trusted(Instant now, Statement const& statement) const {
    // One query's life bounds its age; about whom it was said we rely on the coordinator (docs/protocol.md).
    if (statement.at > now + limits::clock_skew_max || statement.at + self_.agreement.release.query_lives < now)
        return false;
    auto const party = self_.directory.find(statement.party);
    if (party == self_.directory.end() || statement.party == self_.party) return false;
    return by_node_key(party->second, [&](crypto::VerifyKey const& key) {
        return verify_statement(self_.mode(), self_.agreement.id, statement, key);
    });
}

SlotSummary Agency::summarise(Instant now, Received const& received, std::size_t slot, PersonRecord const& record,
                              policy::Facts const& facts, AskedOfSlot& asked) const {
    SlotSummary summary;
    summary.slot = static_cast<std::uint8_t>(slot);
    for (auto const field : summary_fields) {
        if (!has(record, field)) continue;
        auto request = request_for(received.purpose, received.route, field, 2);
        request.own_colour = received.slots[slot].answer.reply.colour;
        request.facts = facts;
        // What is refused is in our own log, so that governance sees what thresholds cost (requirement E3); that there
        // was something does not leave.
        auto const decision = ask_agreement(request, asked);
        if (auto const* permit = std::get_if<policy::Permit>(&decision)) {
            put(summary, record, field, day_of(now), self_.own_entry().duty_contact);
            summary.released.push_back({field, static_cast<std::uint16_t>(permit->clause)});
        }
    }
    return summary;
}

namespace {
Bytes held_summary_key(ExchangeId const& exchange) {
    return ByteWriter().u8('s').raw(exchange.view()).take();
}
} // namespace

/// Without a lease it waits for one, on disk, as a query does.
void Agency::summary_request(Instant now, Incoming const& incoming, Effects& effects) {
    if (!may_pass(gate_.silent(now)) || held_summaries_.size() >= held_max)
        return summary_request_now(now, incoming, effects);
    auto const& envelope = incoming.envelope;
    auto held = incoming;
    held.envelope.time = now;
    ByteWriter out;
    out.text(held.sender.text()).raw(envelope.agreement.view()).instant(now).blob(envelope.payload);
    effects.put(Space::held, held_summary_key(envelope.exchange), out.take());
    held_summaries_.insert_or_assign(envelope.exchange, std::move(held));
    gate_.ask(now, effects);
}

void Agency::summarise_held(Instant now, Effects& effects) {
    bool const lease = !may_pass(gate_.silent(now));
    for (auto entry = held_summaries_.begin(); entry != held_summaries_.end();) {
        if (!lease && now < entry->second.envelope.time + held_for) {
            ++entry;
            continue;
        }
        auto const incoming = std::move(entry->second);
        entry = held_summaries_.erase(entry);
        effects.erase(Space::held, held_summary_key(incoming.envelope.exchange));
        summary_request_now(now, incoming, effects);
    }
}

Result<void> Agency::restore_held_summary(ByteView key, ByteView value) {
    constexpr auto where = "stored request for a summary that waits";
    ByteReader name(key);
    bool const ours = name.u8() == 's';
    auto const exchange = name.tagged<ExchangeId>();
    FANLIGHT_TRY(name.finish(where));
    ByteReader in(value);
    auto const sender_text = in.text();
    auto const agreement = in.tagged<AgreementId>();
    auto const since = in.instant();
    auto payload = to_bytes(in.blob());
    FANLIGHT_TRY(in.finish(where));
    auto sender = PartyId::parse(sender_text);
    if (!ours || !sender) return fail(Errc::damaged, where);
    auto const hash = crypto::sha256({payload});
    Envelope envelope{MessageType::summary_request, exchange, agreement, since, {}, std::move(payload), {}};
    held_summaries_.emplace(exchange, Incoming{std::move(sender).assume_value(), std::move(envelope), hash});
    return ok();
}

void Agency::summary_request_now(Instant now, Incoming const& incoming, Effects& effects) {
    auto decoded = decode_summary_request(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "summary request is malformed", effects);
    auto const& request = decoded.assume_value();
    auto const tag = crypto::exchange_tag(request.exchange_key);
    auto const refuse = [&](char const* reason) { post_.refuse(now, incoming, reason, effects, tag); };
    auto const found = received_.find(request.query);
    if (found == received_.end() || found->second.from != incoming.sender || !found->second.released)
        return refuse("summary request is about no query that we answered");
    auto& received = found->second;
    if (received.summarised) return refuse("summary was already given");
    if (received.expiry <= now) return refuse("query is expired");
    if (received.agreement != self_.agreement.id)
        return refuse("query was answered under another version of the agreement");
    if (auto const reason = silent_to(now, incoming.sender)) return refuse(policy::in_words(*reason));
    // Whom the disk does not give must not look like somebody of whom there is nothing to tell.
    for (auto const& slot : received.slots)
        if (slot.row && !records_.person(*slot.row)) return refuse("a record cannot be read");

    gate_.came_in(now, Duration::zero());
    LeafDraft asked(self_, now);
    asked.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::query, request.query.view());
    asked.add(FieldTag::exchange, incoming.envelope.exchange.view()).number(FieldTag::stage, 2);
    asked.add(FieldTag::message_hash, incoming.payload_hash.view());
    std::move(asked).write(LeafClass::query_received, tag, effects);

    policy::Facts facts{};
    facts.marac_threshold = request.marac_threshold;
    facts.section_47 = request.section_47;
    for (auto const& statement : request.statements) {
        bool const concern = statement.worst && *statement.worst >= policy::Colour::amber;
        if (concern && trusted(now, statement)) facts.someone_red_or_amber = true;
    }

    Summary summary{request.query, {}};
    std::int64_t refused = 0; // of the fields that there were
    LeafDraft decided(self_, now);
    decided.add(FieldTag::query, request.query.view()).number(FieldTag::stage, 2);
    decided.add(FieldTag::purpose, self_.agreement.purposes[received.purpose].id);
    decided.add(FieldTag::route, self_.agreement.routes[received.route].id);
    for (std::size_t i = 0; i < received.slots.size(); ++i) {
        auto const& slot = received.slots[i];
        if ((request.slots >> i & 1U) == 0 || !slot.row) continue;
        if (!policy::may_be_summarised(self_.own_entry(), slot.answer.reply)) continue;
        auto const record = records_.person(*slot.row);
        if (!record || !record.assume_value()) continue;
        // The Marac threshold and section 47 are as the request says; the rest is what the context told of the person.
        auto slot_facts = slot.facts;
        slot_facts.marac_threshold = facts.marac_threshold;
        slot_facts.section_47 = facts.section_47;
        slot_facts.someone_red_or_amber = facts.someone_red_or_amber;
        AskedOfSlot asked_of_slot;
        auto one = summarise(now, received, i, *record.assume_value(), slot_facts, asked_of_slot);
        auto const person = subject_of(self_, *slot.row);
        decided.about(person).add(FieldTag::subject, person.view());
        for (auto const& past : asked_of_slot) decided.add(FieldTag::request, encode(past));
        refused += std::ranges::count_if(asked_of_slot, [](auto const& past) { return past.clause.empty(); });
        for (auto const& released : one.released) {
            decided.add(FieldTag::fields, policy::name(released.field));
            decided.add(FieldTag::clause, self_.agreement.clauses[released.clause].id);
        }
        if (!one.released.empty()) summary.slots.push_back(std::move(one));
    }
    decided.about(std::nullopt).number(FieldTag::count, static_cast<std::uint64_t>(refused));
    std::move(decided).write(LeafClass::decision, tag, effects);

    auto payload = encode(summary);
    LeafDraft sent(self_, now);
    sent.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::query, request.query.view());
    sent.add(FieldTag::exchange, incoming.envelope.exchange.view()).number(FieldTag::stage, 2);
    sent.add(FieldTag::message_hash, crypto::sha256({payload}).view());
    auto const kind = summary.slots.empty() ? LeafClass::refusal : LeafClass::disclosure_sent;
    std::move(sent).write(kind, tag, effects);
    gate_.owe_receipt(now, incoming.sender, tag, kind, effects);
    gate_.hold(
        now,
        {incoming.sender, MessageType::summary, incoming.envelope.exchange, incoming.payload_hash, std::move(payload)},
        tag, effects);
    received.summarised = true;
    save(received, effects);
}

void Agency::forget_held(Effects& effects) const {
    for (auto const& [id, held] : held_) effects.erase(Space::held, to_bytes(id.view()));
    for (auto const& [exchange, held] : held_summaries_) effects.erase(Space::held, held_summary_key(exchange));
}

} // namespace fanlight::protocol
