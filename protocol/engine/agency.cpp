#include "protocol/engine/agency.hpp"

#include "base/byte_reader.hpp"
#include "policy/decide.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::DataField;
using policy::Reason;
using policy::ReplyKind;

char const* Agency::why_not(Instant now, policy::Agreement const& agreement, PartyId const& sender,
                            Query const& query) const {
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
    auto const lost = lost_day_ == day_of(now) ? lost_slots_ : 0;
    if (lost + charged + count > self_.agreement.budgets.slots_per_day) return false;
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

namespace {
/// What is kept of a query; its slots are for who answers it.
Received received_of(Incoming const& incoming, Query const& query, Instant release_at) {
    return {.id = query.id,
            .from = incoming.sender,
            .agreement = incoming.envelope.agreement,
            .exchange = incoming.envelope.exchange,
            .exchange_key = query.exchange_key,
            .payload_hash = incoming.payload_hash,
            .purpose = query.purpose,
            .route = query.route,
            .deadline = query.deadline,
            .release_at = release_at,
            .expiry = query.expiry,
            .slots = {}};
}
} // namespace

void Agency::query(Instant now, Incoming const& incoming, Effects& effects) {
    auto decoded = decode_query(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "query is malformed", effects);
    auto const& query = decoded.assume_value();
    // Anybody but the coordinator is refused below.
    auto const under = incoming.envelope.agreement;
    auto const* version = under == self_.agreement.id || is_next(now, under) ? self_.version(under) : nullptr;
    if (version == nullptr && incoming.sender == self_.agreement.coordinator)
        return answer_version_mismatch(now, incoming, query, effects);
    if (version == nullptr) version = &self_.agreement;
    if (auto const* reason = why_not(now, *version, incoming.sender, query))
        return post_.refuse(now, incoming, reason, effects, crypto::exchange_tag(query.exchange_key));
    if (!charge(now, incoming.sender, query, effects))
        return post_.refuse(now, incoming, "the asking party's budget of slots is spent for today", effects,
                            crypto::exchange_tag(query.exchange_key));
    gate_.came_in(now, reply_after());

    log_received(now, *version, incoming, query, effects);
    // One that we do not know, or have not heard to be open.
    auto const* epoch = epochs_.find(query.epoch);
    if (epoch == nullptr || epoch->stage == EpochStage::preparing) post_.ask_for_epochs(now, effects);
    Held const held{incoming, query, now};
    if (held_.size() >= held_max || !waits(now, held, effects)) return decide_under_its_version(now, held, effects);
    hold(now, incoming, query, effects);
}

void Agency::hold(Instant now, Incoming const& incoming, Query const& query, Effects& effects) {
    Held held{incoming, query, now};
    effects.put(Space::held, to_bytes(query.id.view()), encode(held));
    held_.emplace(query.id, std::move(held));
}

/// A version of which we know that its time comes at any moment: the coordinator's clock is ahead of ours.
bool Agency::is_next(Instant now, AgreementId const& id) const {
    auto const* version = self_.version(id);
    return version != nullptr && version->version > self_.agreement.version &&
           version->effective_from <= now + limits::clock_skew_max;
}

/// Its index is being built, or is to be from now on; its version is not in force here yet; or there is no lease.
bool Agency::waits(Instant now, Held const& held, Effects& effects) {
    if (now >= held.received + held_for) return false;
    if (held.incoming.envelope.agreement != self_.agreement.id) return is_next(now, held.incoming.envelope.agreement);
    if (may_pass(gate_.silent(now))) {
        gate_.ask(now, effects);
        return true;
    }
    return !enrolment_.built(held.index()) && enrolment_.want(now, held.index(), effects);
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
        decide_under_its_version(now, held, effects);
    }
}

/// One that waited is looked at again: another version may be in force now.
void Agency::decide_under_its_version(Instant now, Held const& held, Effects& effects) {
    if (held.incoming.envelope.agreement != self_.agreement.id)
        return answer_version_mismatch(now, held.incoming, held.query, effects);
    bool const fits = held.query.purpose < self_.agreement.purposes.size() &&
                      held.query.route < self_.agreement.routes.size() && held.query.expiry > now;
    if (fits) return decide(now, held, effects);
    post_.refuse(now, held.incoming, "query does not fit the agreement", effects,
                 crypto::exchange_tag(held.query.exchange_key));
}

void Agency::index_built(Instant now, IndexKey const& index, Effects& effects) {
    enrolment_.index_built(now, index, effects);
    decide_held(now, effects);
}

void Agency::decide(Instant now, Held const& held, Effects& effects) {
    auto const& [incoming, query, received_at] = held;
    if (auto const reason = silent_to(now, incoming.sender)) return answer_silent(now, held, *reason, effects);
    auto received = received_of(incoming, query, std::max(received_at + reply_after(), now));
    auto const matched = match(now, query);
    std::vector<AskedOfSlot> asked(query.slots.size());
    for (std::size_t i = 0; i < query.slots.size(); ++i) {
        auto decided = matched ? decide_slot(now, query, matched.assume_value()[i], asked[i])
                               : Result<ReceivedSlot>(matched.as_failure());
        // A disk that cannot be read is "not checked", never "not known".
        received.slots.push_back(decided ? std::move(decided).assume_value()
                                         : ReceivedSlot{{},
                                                        say({query, {}, asked[i]}, DataField::not_known,
                                                            ReplyKind::not_checked, Reason::index_incomplete),
                                                        {},
                                                        false});
    }
    for (std::size_t i = 0; i < query.slots.size(); ++i) {
        if (!received.slots[i].row || !received.slots[i].opened) continue;
        // Opening a context is itself an event (docs/protocol.md).
        LeafDraft draft(self_, now);
        draft.add(FieldTag::query, query.id.view()).number(FieldTag::count, i);
        auto const person = subject_of(self_, *received.slots[i].row);
        std::move(draft.about(person).add(FieldTag::subject, person.view()))
            .write(LeafClass::context_opened, crypto::exchange_tag(query.exchange_key), effects);
    }
    log_decision(now, received, asked, effects);
    save(received, effects);
    received_.emplace(query.id, std::move(received));
}

Duration Agency::reply_after() const {
    auto const& release = self_.agreement.release;
    bool const late = self_.own_entry().sensitive || self_.own_entry().fixed_time_replies;
    return late ? release.sensitive_after : release.automatic_after;
}

/// Why nothing is told now to whoever asks; none: the agreement decides.
std::optional<Reason> Agency::silent_to(Instant now, PartyId const& peer) const {
    if (auto const reason = gate_.silent(now)) return reason;
    if (gate_.is_suspended(self_.party, peer)) return Reason::suspended;
    return std::nullopt;
}

/// As late as any answer of this party, so that the time tells nothing; and it tells nothing of anybody.
void Agency::answer_silent(Instant now, Held const& held, Reason reason, Effects& effects) {
    auto const& [incoming, query, received_at] = held;
    auto received = received_of(incoming, query, std::max(received_at + reply_after(), now));
    hush(received, reason);
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::query, query.id.view());
    draft.add(FieldTag::reason, policy::in_words(reason));
    std::move(draft).write(LeafClass::refusal, crypto::exchange_tag(query.exchange_key), effects);
    save(received, effects);
    received_.emplace(query.id, std::move(received));
}

/// Every slot "not checked": what was decided does not leave.
void Agency::hush(Received& received, Reason reason) {
    received.slots.assign(limits::slots,
                          ReceivedSlot{{}, {policy::no_colour(ReplyKind::not_checked, reason), no_clause}, {}, false});
}

policy::Decision Agency::ask_agreement(policy::Request const& request, AskedOfSlot& asked) const {
    auto const decision = decider_.decide(request);
    policy::PastDecision past{request.field, request.own_colour, request.facts, Reason::none, {}};
    if (auto const* permit = std::get_if<policy::Permit>(&decision))
        past.clause = self_.agreement.clauses[permit->clause].id;
    else
        past.reason = std::get<policy::Refusal>(decision).reason;
    asked.push_back(std::move(past));
    return decision;
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

SlotAnswer Agency::say(Deciding const& slot, DataField field, ReplyKind kind, Reason reason) const {
    // A sensitive service has one reply below Amber, whatever it holds (requirement E12).
    if (self_.own_entry().sensitive) return {policy::no_colour(ReplyKind::nothing_at_this_level), no_clause};
    if (kind == ReplyKind::not_checked) return {policy::no_colour(kind, reason), no_clause};
    auto request = request_for(slot.query.purpose, slot.query.route, field, 1);
    request.facts = slot.facts;
    auto const decision = ask_agreement(request, slot.asked);
    if (auto const* permit = std::get_if<policy::Permit>(&decision))
        return {policy::no_colour(kind, reason), static_cast<std::uint16_t>(permit->clause)};
    return {policy::no_colour(ReplyKind::not_checked, Reason::no_clause), no_clause};
}

bool Agency::is_fresh(Instant now, Rating const& rating) const {
    return rating.rated_on >= day_of(now) - std::chrono::days(self_.agreement.release.rating_fresh_days);
}

SlotAnswer Agency::decide_match(Instant now, Deciding const& slot, Found const& found,
                                PersonRecord const& record) const {
    auto const not_shared = [&](Reason reason) {
        return say(slot, DataField::known_not_shared, ReplyKind::known_not_shared, reason);
    };
    if (found.match == Match::unsure)
        return say(slot, DataField::unsure_match, ReplyKind::unsure_match, Reason::practitioner_needed);
    // The coordinator has looked as well; the responder does not rely on it (requirement B5).
    auto const& sources = self_.agreement.purposes[slot.query.purpose].sources;
    auto const source = found.context ? found.context->source : std::optional<std::uint8_t>();
    bool const inside = sources.empty() || !source || std::ranges::any_of(sources, [&](policy::Source one) {
                            return static_cast<std::uint8_t>(one) == *source;
                        });
    if (!inside) return not_shared(Reason::outside_cohort);
    bool const conditional = self_.own_entry().asked == policy::Asked::conditional;
    if (conditional && !found.open) return not_shared(Reason::not_open);
    if (self_.own_entry().dates_only && !record.rating) return not_shared(Reason::dates_only);
    if (!record.rating || !is_fresh(now, *record.rating)) return not_shared(Reason::no_current_rating);

    auto const colour = record.rating->colour;
    auto request = request_for(slot.query.purpose, slot.query.route, DataField::colour, 1);
    request.own_colour = colour;
    request.facts = slot.facts;
    auto const decision = ask_agreement(request, slot.asked);
    if (auto const* permit = std::get_if<policy::Permit>(&decision))
        return {{ReplyKind::rated, colour, policy::Basis::own_records, Reason::none},
                static_cast<std::uint16_t>(permit->clause)};
    return not_shared(std::get<policy::Refusal>(decision).reason);
}

Result<ReceivedSlot> Agency::decide_slot(Instant now, Query const& query, Found const& found, AskedOfSlot& asked) {
    ReceivedSlot decided;
    decided.unsure = found.unsure;
    decided.opened = found.context.has_value();
    if (found.context) decided.facts = facts_of(*found.context, self_.agreement.rules.dash_high);
    Deciding const slot{query, decided.facts, asked};
    Deciding const nobody{query, {}, asked};
    if (found.match == Match::none) {
        bool const complete = enrolment_.complete(query.epoch, query.matching_version) &&
                              enrolment_.built(IndexKey{query.epoch, query.day});
        bool const fresh = enrolment_.fresh(now);
        if (complete && fresh)
            decided.answer = say(nobody, DataField::not_known, ReplyKind::not_known, Reason::none);
        else
            decided.answer = say(nobody, DataField::not_known, ReplyKind::not_checked,
                                 complete ? Reason::sources_stale : Reason::index_incomplete);
        return decided;
    }
    decided.row = found.row;
    PersonRecord record;
    if (found.row) {
        FANLIGHT_TRY(auto stored, records_.person(*found.row));
        if (!stored) return fail(Errc::damaged, "record of an indexed person");
        record = std::move(*stored);
    }
    decided.answer = decide_match(now, slot, found, record);
    return decided;
}

void Agency::log_received(Instant now, policy::Agreement const& agreement, Incoming const& incoming, Query const& query,
                          Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::query, query.id.view());
    draft.add(FieldTag::exchange, incoming.envelope.exchange.view());
    draft.add(FieldTag::purpose, agreement.purposes[query.purpose].id);
    draft.add(FieldTag::route, agreement.routes[query.route].id);
    draft.add(FieldTag::message_hash, incoming.payload_hash.view());
    Bytes commitments;
    for (auto const& slot : query.slots) append(commitments, slot.commitment.view());
    draft.add(FieldTag::slot_commitments, commitments);
    std::move(draft).write(LeafClass::query_received, crypto::exchange_tag(query.exchange_key), effects);
}

void Agency::log_decision(Instant now, Received const& received, std::vector<AskedOfSlot> const& asked,
                          Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::query, received.id.view()).number(FieldTag::stage, 1);
    draft.add(FieldTag::purpose, self_.agreement.purposes[received.purpose].id);
    draft.add(FieldTag::route, self_.agreement.routes[received.route].id);
    for (std::size_t i = 0; i < received.slots.size(); ++i) {
        auto const& slot = received.slots[i];
        auto const& reply = slot.answer.reply;
        std::optional<crypto::Pseudonym> person;
        if (slot.row) person = subject_of(self_, *slot.row);
        draft.about(person);
        if (person) draft.add(FieldTag::subject, person->view());
        for (auto const& one : asked[i]) draft.add(FieldTag::request, encode(one)); // what is known of the person too
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
        draft.add(FieldTag::message_hash, incoming.payload_hash.view());
        std::move(draft).write(LeafClass::refusal, crypto::exchange_tag(query.exchange_key), effects);
    }
    auto received = received_of(incoming, query, now);
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
    auto const tag = crypto::exchange_tag(received.exchange_key);
    std::move(draft).write(LeafClass::disclosure_sent, tag, effects);
    gate_.owe_receipt(now, received.from, tag, LeafClass::disclosure_sent, effects);
    post_.send(now, {received.from, MessageType::answer, received.exchange, received.payload_hash, std::move(payload)},
               effects);
    received.released = true;
}

void Agency::save(Received const& received, Effects& effects) const {
    effects.put(Space::received, to_bytes(received.id.view()), encode(received));
}

void Agency::wake(Instant now, Effects& effects) {
    woke_ = now;
    enrolment_.wake(now, effects);
    decide_held(now, effects);
    summarise_held(now, effects);
    forget_past_budgets(now, effects);
    for (auto entry = received_.begin(); entry != received_.end();) {
        auto& [id, received] = *entry;
        if (!received.released && received.release_at <= now) {
            // Nothing leaves that was stopped since it was decided: by a revocation, a suspension, another version.
            auto const reason = silent_to(now, received.from);
            bool const tells = std::ranges::any_of(received.slots, [](ReceivedSlot const& slot) {
                return slot.answer.reply.kind != ReplyKind::not_checked;
            });
            if (tells && may_pass(reason) && now < received.release_at + held_for) { // after a restart
                gate_.ask(now, effects);
                ++entry;
                continue;
            }
            // The only thing that can be said to a query under another version is that.
            if (received.agreement != self_.agreement.id)
                received.slots.assign(
                    limits::slots,
                    ReceivedSlot{{}, {policy::no_colour(ReplyKind::version_mismatch), no_clause}, {}, false});
            else if (reason)
                hush(received, *reason);
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
        auto at = received.released ? received.expiry : received.release_at;
        if (!received.released && at <= woke_) at += held_for; // it waits for a lease
        if (!soonest || at < *soonest) soonest = at;
    }
    for (auto const& [id, held] : held_)
        if (auto const at = held.received + held_for; !soonest || at < *soonest) soonest = at;
    for (auto const& [exchange, held] : held_summaries_)
        if (auto const at = held.envelope.time + held_for; at > woke_ && (!soonest || at < *soonest)) soonest = at;
    return soonest;
}

Result<void> Agency::restore_received(ByteView value) {
    FANLIGHT_TRY(auto received, decode_received(value));
    auto const id = received.id;
    received_.emplace(id, std::move(received));
    return ok();
}

void Agency::count_lost(Day day, std::uint32_t queries) {
    if (day != lost_day_) lost_slots_ = 0;
    lost_slots_ += std::uint64_t(queries) * limits::slots;
    lost_day_ = day;
}

Result<void> Agency::restore_budget(ByteView key, ByteView value) {
    ByteReader reader(value);
    auto const count = reader.u32();
    FANLIGHT_TRY(reader.finish("stored budget"));
    slots_charged_[to_bytes(key)] = count;
    return ok();
}

Result<void> Agency::restore_held(ByteView key, ByteView value) {
    if (key.size() != QueryId::size_bytes) return restore_held_summary(key, value);
    FANLIGHT_TRY(auto held, decode_held(value));
    FANLIGHT_TRY(auto const id, QueryId::parse(key, "stored query that waits"));
    if (id != held.query.id) return fail(Errc::damaged, "stored query that waits");
    held_.emplace(id, std::move(held));
    return ok();
}

} // namespace fanlight::protocol
