#include "protocol/engine/agency.hpp"

#include "base/byte_reader.hpp"
#include "policy/decide.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::DataField;
using policy::Reason;
using policy::ReplyKind;

char const* Agency::why_not(Instant now, PartyId const& sender, Query const& query) const {
    auto const& agreement = self_.agreement;
    if (sender != agreement.coordinator) return "query is not from the coordinator";
    if (query.purpose >= agreement.purposes.size()) return "query has a purpose that the agreement does not name";
    if (query.route >= agreement.routes.size()) return "query has a route that the agreement does not name";
    if (query.expiry <= now) return "query is expired";
    if (query.expiry > now + limits::clock_skew_max + agreement.release.query_lives)
        return "query would live longer than the agreement allows";
    if (received_.contains(query.id) || held_.contains(query.id)) return "query id was used before";
    return nullptr;
}

namespace {
Bytes budget_key(std::uint32_t purpose, Day day, PartyId const& asker) {
    return ByteWriter().u8('r').u32(purpose).day(day).text(asker.text()).take();
}
Day day_of_budget(ByteView key) {
    ByteReader reader(key);
    reader.raw(5); // 'r' and the purpose
    return reader.day();
}
} // namespace

bool Agency::charge(Instant now, PartyId const& sender, Query const& query, Effects& effects) {
    // Every slot counts as a person (docs/protocol.md), so the count tells nothing of the family.
    auto const key = budget_key(query.purpose, day_of(now), sender);
    auto const count = static_cast<std::uint32_t>(query.slots.size());
    auto& charged = slots_charged_[key];
    if (charged + count > self_.agreement.budgets.slots_per_day) return false;
    charged += count;
    effects.put(Space::budget, key, ByteWriter().u32(charged).take());
    return true;
}

void Agency::forget_past_budgets(Instant now, Effects& effects) {
    auto const today = day_of(now);
    if (budgets_swept_ == today) return;
    budgets_swept_ = today;
    std::erase_if(slots_charged_, [&](auto const& entry) {
        if (day_of_budget(entry.first) >= today) return false;
        effects.erase(Space::budget, entry.first);
        return true;
    });
}

void Agency::query(Instant now, Incoming const& incoming, Effects& effects) {
    auto decoded = decode_query(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "query is malformed", effects);
    auto const& query = decoded.assume_value();
    // Anybody but the coordinator is refused below.
    if (incoming.envelope.agreement != self_.agreement.id && incoming.sender == self_.agreement.coordinator)
        return answer_version_mismatch(now, incoming, query, effects);
    if (auto const* reason = why_not(now, incoming.sender, query)) return post_.refuse(now, incoming, reason, effects);
    if (!charge(now, incoming.sender, query, effects))
        return post_.refuse(now, incoming, "the asking party's budget of slots is spent for today", effects);

    log_received(now, incoming, query, effects);
    // One that we do not know, or have not heard to be open.
    auto const* epoch = epochs_.find(query.epoch);
    if (epoch == nullptr || epoch->stage == EpochStage::preparing) post_.ask_for_epochs(now, effects);
    Held held{incoming, std::move(decoded).assume_value(), now};
    if (held_.size() >= held_max || !waits(now, held, effects)) return decide(now, held, effects);
    auto const id = held.query.id;
    effects.put(Space::held, to_bytes(id.view()), encode(held));
    held_.emplace(id, std::move(held));
}

/// Its index is being built, or is to be from now on.
bool Agency::waits(Instant now, Held const& held, Effects& effects) {
    return !enrolment_.built(held.index()) && now < held.received + held_for &&
           enrolment_.want(now, held.index(), effects);
}

void Agency::decide_held(Instant now, Effects& effects) {
    for (auto entry = held_.begin(); entry != held_.end();) {
        if (waits(now, entry->second, effects)) {
            ++entry;
            continue;
        }
        auto const held = std::move(entry->second);
        entry = held_.erase(entry);
        effects.erase(Space::held, to_bytes(held.query.id.view()));
        if (held.incoming.envelope.agreement == self_.agreement.id)
            decide(now, held, effects);
        else // another one came into force while it waited
            answer_version_mismatch(now, held.incoming, held.query, effects);
    }
}

void Agency::index_built(Instant now, IndexKey const& index, Effects& effects) {
    enrolment_.index_built(now, index, effects);
    decide_held(now, effects);
}

void Agency::decide(Instant now, Held const& held, Effects& effects) {
    auto const& [incoming, query, received_at] = held;
    auto const& release = self_.agreement.release;
    auto const wait = self_.own_entry().sensitive ? release.sensitive_after : release.automatic_after;
    Received received{.id = query.id,
                      .from = incoming.sender,
                      .exchange = incoming.envelope.exchange,
                      .exchange_key = query.exchange_key,
                      .payload_hash = incoming.payload_hash,
                      .purpose = query.purpose,
                      .route = query.route,
                      .deadline = query.deadline,
                      .release_at = std::max(received_at + wait, now),
                      .expiry = query.expiry,
                      .slots = {}};
    auto const matched = match(now, query);
    for (std::size_t i = 0; i < query.slots.size(); ++i) {
        auto decided =
            matched ? decide_slot(now, query, matched.assume_value()[i]) : Result<ReceivedSlot>(matched.as_failure());
        // A disk that cannot be read is "not checked", never "not known".
        received.slots.push_back(decided ? std::move(decided).assume_value()
                                         : ReceivedSlot{{},
                                                        say(query, DataField::not_known, ReplyKind::not_checked,
                                                            Reason::index_incomplete, {}),
                                                        {},
                                                        false});
    }
    for (std::size_t i = 0; i < query.slots.size(); ++i) {
        if (!received.slots[i].row || !received.slots[i].opened) continue;
        // Opening a context is itself an event (docs/protocol.md).
        LeafDraft draft(self_, now);
        draft.add(FieldTag::query, query.id.view()).add(FieldTag::subject, subject_of(self_, *received.slots[i].row));
        std::move(draft.number(FieldTag::count, i))
            .write(LeafClass::context_opened, crypto::exchange_tag(query.exchange_key), effects);
    }
    log_decision(now, received, effects);
    save(received, effects);
    received_.emplace(query.id, std::move(received));
}

policy::Request Agency::request_for(std::uint32_t purpose, std::uint32_t route, DataField field,
                                    std::uint8_t stage) const {
    policy::Request request{};
    request.role = self_.own_entry().role;
    request.sensitive = self_.own_entry().sensitive;
    request.field = field;
    request.stage = stage;
    request.purpose = self_.agreement.purposes[purpose].id;
    request.route = self_.agreement.routes[route].id;
    return request;
}

SlotAnswer Agency::say(Query const& query, DataField field, ReplyKind kind, Reason reason,
                       policy::Facts const& facts) const {
    // A sensitive service has one reply below Amber, whatever it holds (requirement E12).
    if (self_.own_entry().sensitive) return {policy::no_colour(ReplyKind::nothing_at_this_level), no_clause};
    if (kind == ReplyKind::not_checked) return {policy::no_colour(kind, reason), no_clause};
    auto request = request_for(query.purpose, query.route, field, 1);
    request.facts = facts;
    auto const decision = policy::decide(self_.agreement, request);
    if (auto const* permit = std::get_if<policy::Permit>(&decision))
        return {policy::no_colour(kind, reason), static_cast<std::uint16_t>(permit->clause)};
    return {policy::no_colour(ReplyKind::not_checked, Reason::no_clause), no_clause};
}

bool Agency::is_fresh(Instant now, Rating const& rating) const {
    return rating.rated_on >= day_of(now) - std::chrono::days(self_.agreement.release.rating_fresh_days);
}

SlotAnswer Agency::decide_match(Instant now, Query const& query, Found const& found, PersonRecord const& record,
                                policy::Facts const& facts) const {
    if (found.match == Match::unsure)
        return say(query, DataField::unsure_match, ReplyKind::unsure_match, Reason::practitioner_needed, facts);
    bool const conditional = self_.own_entry().asked == policy::Asked::conditional;
    if (conditional && !found.open)
        return say(query, DataField::known_not_shared, ReplyKind::known_not_shared, Reason::not_open, facts);
    if (self_.own_entry().dates_only && !record.rating)
        return say(query, DataField::known_not_shared, ReplyKind::known_not_shared, Reason::dates_only, facts);
    if (!record.rating || !is_fresh(now, *record.rating))
        return say(query, DataField::known_not_shared, ReplyKind::known_not_shared, Reason::no_current_rating, facts);

    auto const colour = record.rating->colour;
    auto request = request_for(query.purpose, query.route, DataField::colour, 1);
    request.own_colour = colour;
    request.facts = facts;
    auto const decision = policy::decide(self_.agreement, request);
    if (auto const* permit = std::get_if<policy::Permit>(&decision))
        return {{ReplyKind::rated, colour, policy::Basis::own_records, Reason::none},
                static_cast<std::uint16_t>(permit->clause)};
    return say(query, DataField::known_not_shared, ReplyKind::known_not_shared,
               std::get<policy::Refusal>(decision).reason, facts);
}

Result<ReceivedSlot> Agency::decide_slot(Instant now, Query const& query, Found const& found) {
    ReceivedSlot decided;
    decided.unsure = found.unsure;
    if (found.context) {
        decided.opened = true;
        decided.facts.domestic_abuse = found.context->domestic_abuse.value_or(false);
        decided.facts.marac_threshold = found.context->marac_threshold.value_or(false);
        decided.facts.section_47 = found.context->section_47.value_or(false);
    }
    if (found.match == Match::none) {
        bool const complete = enrolment_.complete(query.epoch, query.matching_version) &&
                              enrolment_.built(IndexKey{query.epoch, query.day});
        bool const fresh = enrolment_.fresh(now);
        if (complete && fresh)
            decided.answer = say(query, DataField::not_known, ReplyKind::not_known, Reason::none, {});
        else
            decided.answer = say(query, DataField::not_known, ReplyKind::not_checked,
                                 complete ? Reason::sources_stale : Reason::index_incomplete, {});
        return decided;
    }
    decided.row = found.row;
    PersonRecord record;
    if (found.row) {
        FANLIGHT_TRY(auto stored, records_.person(*found.row));
        if (!stored) return fail(Errc::damaged, "record of an indexed person");
        record = std::move(*stored);
    }
    decided.answer = decide_match(now, query, found, record, decided.facts);
    return decided;
}

void Agency::log_received(Instant now, Incoming const& incoming, Query const& query, Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::query, query.id.view());
    draft.add(FieldTag::exchange, incoming.envelope.exchange.view());
    draft.add(FieldTag::purpose, self_.agreement.purposes[query.purpose].id);
    draft.add(FieldTag::route, self_.agreement.routes[query.route].id);
    draft.add(FieldTag::message_hash, incoming.payload_hash.view());
    Bytes commitments;
    for (auto const& slot : query.slots) append(commitments, slot.commitment.view());
    draft.add(FieldTag::slot_commitments, commitments);
    std::move(draft).write(LeafClass::query_received, crypto::exchange_tag(query.exchange_key), effects);
}

void Agency::log_decision(Instant now, Received const& received, Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::query, received.id.view()).number(FieldTag::stage, 1);
    for (auto const& slot : received.slots) {
        auto const& reply = slot.answer.reply;
        if (slot.row) draft.add(FieldTag::subject, subject_of(self_, *slot.row));
        draft.add(FieldTag::decision, policy::name(reply.kind));
        if (reply.colour) draft.add(FieldTag::colour, policy::name(*reply.colour));
        draft.add(FieldTag::clause, slot.answer.clause == no_clause
                                        ? std::string_view("none")
                                        : std::string_view(self_.agreement.clauses[slot.answer.clause].id));
        if (reply.reason != Reason::none) draft.add(FieldTag::reason, policy::in_words(reply.reason));
    }
    std::move(draft).write(LeafClass::decision, crypto::exchange_tag(received.exchange_key), effects);
}

void Agency::answer_version_mismatch(Instant now, Incoming const& incoming, Query const& query, Effects& effects) {
    {
        LeafDraft draft(self_, now);
        draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::query, query.id.view());
        draft.add(FieldTag::reason, "query is under another agreement");
        std::move(draft).write(LeafClass::refusal, crypto::exchange_tag(query.exchange_key), effects);
    }
    Received received{.id = query.id,
                      .from = incoming.sender,
                      .exchange = incoming.envelope.exchange,
                      .exchange_key = query.exchange_key,
                      .payload_hash = incoming.payload_hash,
                      .release_at = now,
                      .expiry = query.expiry,
                      .slots = {}};
    received.slots.assign(limits::slots,
                          ReceivedSlot{{}, {policy::no_colour(ReplyKind::version_mismatch), no_clause}, {}, false});
    release(now, received, effects);
}

void Agency::release(Instant now, Received& received, Effects& effects) {
    Answer answer{received.id, {}, {self_.party, received.id, worst_of(received.slots), now, {}}};
    for (auto const& slot : received.slots) answer.slots.push_back(slot.answer);
    answer.statement = sign_statement(self_.mode(), self_.agreement.id, answer.statement, self_.node_key);
    auto payload = encode(answer);

    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, received.from.text()).add(FieldTag::query, received.id.view());
    draft.add(FieldTag::exchange, received.exchange.view()).number(FieldTag::stage, 1);
    draft.add(FieldTag::message_hash, crypto::sha256({payload}).view());
    std::move(draft).write(LeafClass::disclosure_sent, crypto::exchange_tag(received.exchange_key), effects);
    post_.send(now, {received.from, MessageType::answer, received.exchange, received.payload_hash, std::move(payload)},
               effects);
    received.released = true;
}

void Agency::save(Received const& received, Effects& effects) const {
    effects.put(Space::received, to_bytes(received.id.view()), encode(received));
}

void Agency::wake(Instant now, Effects& effects) {
    enrolment_.wake(now, effects);
    decide_held(now, effects);
    forget_past_budgets(now, effects);
    for (auto entry = received_.begin(); entry != received_.end();) {
        auto& [id, received] = *entry;
        if (!received.released && received.release_at <= now) {
            release(now, received, effects);
            save(received, effects);
        }
        if (received.expiry <= now) { // queries and their matches are forgotten (docs/protocol.md)
            effects.erase(Space::received, to_bytes(id.view()));
            entry = received_.erase(entry);
        } else {
            ++entry;
        }
    }
}

std::optional<Instant> Agency::next_wake() const {
    auto soonest = enrolment_.next_wake();
    for (auto const& [id, received] : received_) {
        auto const at = received.released ? received.expiry : received.release_at;
        if (!soonest || at < *soonest) soonest = at;
    }
    for (auto const& [id, held] : held_)
        if (auto const at = held.received + held_for; !soonest || at < *soonest) soonest = at;
    return soonest;
}

Result<void> Agency::restore_received(ByteView value) {
    FANLIGHT_TRY(auto received, decode_received(value));
    auto const id = received.id;
    received_.emplace(id, std::move(received));
    return ok();
}

Result<void> Agency::restore_budget(ByteView key, ByteView value) {
    ByteReader reader(value);
    auto const count = reader.u32();
    FANLIGHT_TRY(reader.finish("stored budget"));
    slots_charged_[to_bytes(key)] = count;
    return ok();
}

Result<void> Agency::restore_held(ByteView key, ByteView value) {
    FANLIGHT_TRY(auto held, decode_held(value));
    FANLIGHT_TRY(auto const id, QueryId::parse(key, "stored query that waits"));
    if (id != held.query.id) return fail(Errc::damaged, "stored query that waits");
    held_.emplace(id, std::move(held));
    return ok();
}

} // namespace fanlight::protocol
