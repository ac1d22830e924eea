#include "protocol/engine/key_holder.hpp"

#include "base/byte_reader.hpp"

#include <cassert>

namespace fanlight::protocol {

using crypto::FieldTag;

// Budgets are per organisation (docs/agreement.md): all its nodes together. Queries count by the day, enrolment by
// the epoch. The first byte keeps these keys apart from the responder's own budgets in the same space.
Bytes KeyHolder::budget_key(std::string const& organisation, EvaluatePurpose purpose, Instant now) const {
    auto const period = purpose == EvaluatePurpose::query ? to_wire(day_of(now)) : self_.agreement.keys.epoch;
    return ByteWriter().u8('h').number(purpose).u32(period).text(organisation).take();
}

std::uint32_t KeyHolder::charged(std::string const& organisation, EvaluatePurpose purpose, Instant now) const {
    auto const found = charged_.find(budget_key(organisation, purpose, now));
    return found == charged_.end() ? 0 : found->second;
}

void KeyHolder::request(Instant now, Incoming const& incoming, Effects& effects) {
    auto const index = self_.agreement.share_index(self_.party);
    if (!index || self_.share == nullptr) return post_.refuse(now, incoming, "this node holds no share", effects);
    auto decoded = decode_evaluate_request(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "evaluation request is malformed", effects);
    auto const& request = decoded.assume_value();
    if (request.epoch != self_.agreement.keys.epoch)
        return post_.refuse(now, incoming, "evaluation request is for another epoch", effects);
    bool const from_coordinator = incoming.sender == self_.agreement.coordinator;
    if ((request.purpose == EvaluatePurpose::query) != from_coordinator)
        return post_.refuse(now, incoming, "only the coordinator queries and only agencies enrol", effects);

    auto const& budgets = self_.agreement.budgets;
    auto const limit = request.purpose == EvaluatePurpose::query ? budgets.query_evaluations_per_day
                                                                 : budgets.enrol_evaluations_per_epoch;
    auto const& organisation = self_.agreement.find(incoming.sender)->organisation;
    auto const key = budget_key(organisation, request.purpose, now);
    auto const count = static_cast<std::uint32_t>(request.blinded.size());
    auto const before = charged_[key];
    if (count > limit || before > limit - count)
        return post_.refuse(now, incoming, "the organisation's budget of evaluations is spent", effects);

    std::vector<crypto::Evaluated> evaluated;
    for (auto const& blinded : request.blinded) {
        auto one = crypto::evaluate(*self_.share, blinded);
        if (!one) return post_.refuse(now, incoming, "evaluation failed", effects);
        evaluated.push_back(one.assume_value());
    }
    auto proof = crypto::prove(*self_.share, request.blinded, evaluated, crypto::random_proof_nonce(self_.random));
    if (!proof) return post_.refuse(now, incoming, "evaluation failed", effects);

    charged_[key] = before + count;
    effects.put(Space::budget, key, ByteWriter().u32(before + count).take());
    auto payload = encode(EvaluateReply{*index, std::move(evaluated), proof.assume_value()});
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text());
    draft.add(FieldTag::exchange, incoming.envelope.exchange.view());
    draft.add(FieldTag::purpose, name(request.purpose)).number(FieldTag::count, count);
    draft.add(FieldTag::message_hash, crypto::sha256({payload}).view());
    std::move(draft).write(crypto::LeafClass::evaluation_served, crypto::exchange_tag(request.exchange_key), effects);
    post_.send(now,
               {incoming.sender, MessageType::evaluate_reply, incoming.envelope.exchange, incoming.payload_hash,
                std::move(payload)},
               effects);
}

Result<void> KeyHolder::restore_budget(ByteView key, ByteView value) {
    ByteReader reader(value);
    auto const count = reader.u32();
    FANLIGHT_TRY(reader.finish("stored budget"));
    charged_[to_bytes(key)] = count;
    return ok();
}

} // namespace fanlight::protocol
