// Stage 2 at the coordinator: whom to ask for a summary, what may be passed on for it, and what came back.

#include "policy/decide.hpp"
#include "protocol/engine/coordinator.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::DataField;

namespace {
bool may_be_summarised(policy::Party const& party, PartyState const& state, std::size_t slot) {
    auto const person = state.order[slot];
    return person != PartyState::nobody && policy::may_be_summarised(party, state.replies[person].reply);
}
} // namespace

void Coordinator::ask_summaries(Instant now, Case& item, Effects& effects) {
    auto const worst = worst_given(item);
    bool const concern = worst && *worst >= policy::Colour::amber;
    if (!concern && !item.family.marac_threshold && !item.family.section_47) return;
    if (item.agreement != self_.agreement.id) return; // the others would only say that it is another version
    bool waiting = false;
    Instant last_asked{};
    for (auto const& [party, state] : item.parties) {
        waiting = waiting || state.stage == PartyStage::pending || state.stage == PartyStage::asked;
        last_asked = std::max(last_asked, state.asked_at);
    }
    if (waiting && now < last_asked + summaries_after) return;
    for (auto& [party, state] : item.parties) {
        if (state.stage != PartyStage::answered || state.summary_asked) continue;
        ask_summary(now, item, party, effects);
    }
}

Statement const* Coordinator::statement_for(Case const& item, PartyId const& party) const {
    Statement const* worst = nullptr;
    for (auto const& [other, state] : item.parties) {
        bool const concern = state.statement && state.statement->worst >= policy::Colour::amber;
        // Whom a refuge or a clinic knows is nobody's business but its own and the coordinator's.
        if (other == party || !concern || self_.agreement.find(other)->sensitive) continue;
        if (registrar_.is_suspended(other, party)) continue; // it does not want to be heard there
        if (worst == nullptr || state.statement->worst > worst->worst) worst = &*state.statement;
    }
    return worst;
}

void Coordinator::ask_summary(Instant now, Case& item, PartyId const& party, Effects& effects) {
    auto& state = item.parties.at(party);
    auto const& entry = *self_.agreement.find(party);
    SummaryRequest request;
    for (std::size_t slot = 0; slot < limits::slots; ++slot) {
        if (may_be_summarised(entry, state, slot)) request.slots |= 1U << slot;
    }
    if (request.slots == 0) return; // it has nothing that a summary could be about
    request.query = state.query;
    request.exchange_key = state.summary_key = self_.random.make<crypto::ExchangeKey>();
    LeafDraft draft(self_, now);
    if (may_tell(item, entry, DataField::fact_marac, &draft)) {
        request.marac_threshold = item.family.marac_threshold;
        request.section_47 = item.family.section_47;
    }
    if (auto const* statement = statement_for(item, party);
        statement != nullptr && may_tell(item, entry, DataField::fact_statement, &draft)) {
        request.statements.push_back(*statement);
        draft.add(FieldTag::text, "statement of " + statement->party.text());
    }
    // A party that rated nobody Amber or worse, and is told of no concern, could only conclude that the concern is a
    // sensitive service's; and no clause would let it answer.
    bool const own = state.statement && state.statement->worst >= policy::Colour::amber;
    if (!own && !entry.dates_only && !request.marac_threshold && !request.section_47 && request.statements.empty())
        return;
    state.summary_exchange = self_.random.make<ExchangeId>();
    state.summary_asked = true;
    auto payload = encode(request);
    draft.add(FieldTag::peer, party.text()).add(FieldTag::query, state.query.view());
    draft.add(FieldTag::exchange, state.summary_exchange.view()).number(FieldTag::stage, 2);
    draft.add(FieldTag::user, item.family.user).number(FieldTag::count, request.statements.size());
    draft.add(FieldTag::message_hash, crypto::sha256({payload}).view());
    auto const tag = crypto::exchange_tag(request.exchange_key);
    std::move(draft).write(LeafClass::query_sent, tag, effects);
    gate_.owe_receipt(now, party, tag, LeafClass::query_sent, effects);
    state.summary_hash =
        post_.send(now, {party, MessageType::summary_request, state.summary_exchange, {}, std::move(payload)}, effects);
}

void Coordinator::summary(Instant now, Incoming const& incoming, Effects& effects) {
    auto decoded = decode_summary(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "summary is malformed", effects);
    auto const& summary = decoded.assume_value();
    auto const [item, party] = asked(incoming.envelope.exchange, incoming.sender);
    if (item == nullptr) return post_.refuse(now, incoming, "summary is to no request of ours", effects);
    auto& state = item->parties.at(*party);
    auto const& entry = *agreement_of(*item).find(incoming.sender); // who was asked is a party of that version
    bool const sound =
        state.summary_asked && !state.summary_done && summary.query == state.query &&
        incoming.envelope.agreement == item->agreement && // it left while that was in force
        incoming.envelope.exchange == state.summary_exchange && incoming.envelope.answers == state.summary_hash &&
        std::ranges::all_of(summary.slots,
                            [&](auto const& slot) { return may_be_summarised(entry, state, slot.slot); });
    if (!sound) return post_.refuse(now, incoming, "summary does not fit the request it answers", effects);
    state.summaries = summary.slots;
    for (auto& slot : state.summaries) slot.slot = state.order[slot.slot];
    std::ranges::sort(state.summaries, {}, &SlotSummary::slot); // in the family's order
    state.summary_done = true;
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, party->text()).add(FieldTag::query, state.query.view());
    draft.add(FieldTag::exchange, state.summary_exchange.view()).number(FieldTag::stage, 2);
    for (auto const& slot : state.summaries) {
        draft.about(subject_of(self_, item->id, slot.slot));
        for (auto const& released : slot.released) draft.add(FieldTag::fields, policy::name(released.field));
    }
    draft.about(std::nullopt).add(FieldTag::message_hash, incoming.payload_hash.view());
    std::move(draft).write(LeafClass::disclosure_received, crypto::exchange_tag(state.summary_key), effects);
    changed(*item, effects);
}

void Coordinator::refusal(Instant now, Incoming const& incoming, Effects& effects) {
    auto const [item, party] = asked(incoming.envelope.exchange, incoming.sender);
    if (item == nullptr) return;
    auto& state = item->parties.at(*party);
    bool const of_summary = state.summary_asked && incoming.envelope.exchange == state.summary_exchange;
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, party->text()).add(FieldTag::query, state.query.view());
    draft.add(FieldTag::exchange, incoming.envelope.exchange.view()).number(FieldTag::stage, of_summary ? 2 : 1);
    draft.add(FieldTag::reason, "the other node refused");
    auto const& key = of_summary ? state.summary_key : state.exchange_key;
    std::move(draft).write(LeafClass::disclosure_received, crypto::exchange_tag(key), effects);
    if (of_summary)
        state.summary_done = true;
    else if (state.stage == PartyStage::asked)
        state.stage = PartyStage::refused;
    ask_summaries(now, *item, effects);
    changed(*item, effects);
}

} // namespace fanlight::protocol
