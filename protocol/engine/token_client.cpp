#include "protocol/engine/token_client.hpp"

#include "crypto/text.hpp"

#include <cassert>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

JobId TokenClient::start(Instant now, EvaluatePurpose purpose, std::vector<Bytes> inputs, std::size_t pad_to,
                         std::size_t ask_count, Effects& effects) {
    assert(!inputs.empty() && inputs.size() <= limits::evaluate_batch_max);
    Job job{purpose, std::move(inputs), {}, {}, {}, {}, {}, std::nullopt};
    for (auto const& input : job.inputs) {
        job.blinds.push_back(crypto::random_blind(self_.random));
        auto blinded = crypto::blind(input, job.blinds.back());
        assert(blinded); // its only error is an input that hashes to the identity, which nobody can find
        job.blinded.push_back(blinded.assume_value());
    }
    auto const padded = std::min((job.inputs.size() + pad_to - 1) / pad_to * pad_to, limits::evaluate_batch_max);
    while (job.blinded.size() < padded) {
        Bytes noise(32);
        self_.random.fill(noise);
        auto blinded = crypto::blind(noise, crypto::random_blind(self_.random));
        assert(blinded);
        job.blinded.push_back(blinded.assume_value());
    }
    auto const id = next_++;
    auto& stored = jobs_.emplace(id, std::move(job)).first->second;
    for (std::size_t i = 0; i < ask_count; ++i) ask_next(now, stored, effects);
    stored.ask_more_at = now + patience;
    return id;
}

void TokenClient::ask_next(Instant now, Job& job, Effects& effects) {
    auto const holders = self_.agreement.keys.holders.size();
    if (job.tried.size() == holders) return;
    // Start anywhere, so that no holder gets all the work; prefer one that we can see to be connected.
    std::uint8_t random = 0;
    self_.random.fill({&random, 1});
    std::optional<crypto::ShareIndex> choice;
    for (std::size_t i = 0; i < holders; ++i) {
        auto const index = static_cast<crypto::ShareIndex>((random + i) % holders + 1);
        if (job.tried.contains(index)) continue;
        if (!choice) choice = index;
        if (post_.is_up(self_.agreement.keys.holders[index - 1U])) {
            choice = index;
            break;
        }
    }
    if (choice) ask(now, job, *choice, effects);
}

void TokenClient::ask(Instant now, Job& job, crypto::ShareIndex holder, Effects& effects) {
    auto const& party = self_.agreement.keys.holders[holder - 1U];
    EvaluateRequest const request{self_.random.make<crypto::ExchangeKey>(), job.purpose, self_.agreement.keys.epoch,
                                  job.blinded};
    auto const exchange = self_.random.make<ExchangeId>();
    auto payload = encode(request);
    auto const hash = crypto::sha256({payload});
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, party.text()).add(FieldTag::exchange, exchange.view());
    draft.add(FieldTag::purpose, name(job.purpose)).number(FieldTag::count, job.blinded.size());
    draft.add(FieldTag::message_hash, hash.view());
    std::move(draft).write(LeafClass::evaluation_requested, crypto::exchange_tag(request.exchange_key), effects);
    post_.send(now, {party, MessageType::evaluate_request, exchange, {}, std::move(payload)}, effects);
    job.asked.emplace(exchange, Asked{holder, hash, request.exchange_key});
    job.tried.insert(holder);
}

std::pair<JobId, TokenClient::Job*> TokenClient::find(ExchangeId const& exchange) {
    for (auto& [id, job] : jobs_)
        if (job.asked.contains(exchange)) return {id, &job};
    return {0, nullptr};
}

bool TokenClient::accept(Instant now, Job& job, Asked const& asked, Incoming const& incoming, Effects& effects) {
    auto const& keys = self_.agreement.keys;
    auto const failed = [&](char const* reason) {
        LeafDraft draft(self_, now);
        draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::reason, reason);
        draft.add(FieldTag::message_hash, incoming.payload_hash.view());
        std::move(draft).write(LeafClass::refusal, crypto::exchange_tag(asked.exchange_key), effects);
        ask_next(now, job, effects);
        return false;
    };
    if (incoming.sender != keys.holders[asked.holder - 1U] || incoming.envelope.answers != asked.request_hash)
        return failed("evaluation reply is not the answer to our request");
    auto reply = decode_evaluate_reply(incoming.envelope.payload);
    if (!reply) return failed("evaluation reply is malformed");
    auto const& value = reply.assume_value();
    if (value.share_index != asked.holder || value.evaluated.size() != job.blinded.size())
        return failed("evaluation reply is not the answer to our request");
    auto const public_bytes = crypto::from_hex(keys.holder_public[asked.holder - 1U]);
    auto const holder_public = public_bytes ? crypto::HolderPublic::parse(public_bytes.assume_value())
                                            : Result<crypto::HolderPublic>(fail(Errc::malformed, "holder key"));
    if (!holder_public) return failed("the agreement's public key of this holder is malformed");
    if (!crypto::verify(holder_public.assume_value(), job.blinded, value.evaluated, value.proof))
        return failed("the holder's proof does not verify: it did not use the key of the agreement");
    job.answers.push_back({asked.holder, std::move(reply.assume_value().evaluated)});
    return true;
}

bool TokenClient::hopeless(Job const& job) const {
    return job.answers.size() + job.asked.size() < self_.agreement.keys.threshold;
}

std::optional<Tokens> TokenClient::reply(Instant now, Incoming const& incoming, Effects& effects) {
    auto const [id, job] = find(incoming.envelope.exchange);
    if (job == nullptr) return std::nullopt; // a job that is done, or died with an earlier run of this node
    auto const asked = job->asked.extract(incoming.envelope.exchange).mapped();
    bool const accepted = accept(now, *job, asked, incoming, effects);
    if (!accepted && hopeless(*job)) {
        jobs_.erase(id);
        return Tokens{id, {}};
    }
    if (job->answers.size() < self_.agreement.keys.threshold) return std::nullopt;
    auto tokens = finish(*job);
    jobs_.erase(id);
    if (!tokens) return Tokens{id, {}}; // t proven answers always combine
    return Tokens{id, std::move(tokens).assume_value()};
}

std::optional<JobId> TokenClient::refused(Instant now, Incoming const& incoming, Effects& effects) {
    auto const [id, job] = find(incoming.envelope.exchange);
    if (job == nullptr) return std::nullopt;
    auto const holder = job->asked.at(incoming.envelope.exchange).holder;
    if (incoming.sender != self_.agreement.keys.holders[holder - 1U]) return std::nullopt;
    job->asked.erase(incoming.envelope.exchange);
    ask_next(now, *job, effects);
    if (!hopeless(*job)) return std::nullopt;
    jobs_.erase(id);
    return id;
}

Result<std::vector<crypto::Token>> TokenClient::finish(Job const& job) const {
    auto const holders = static_cast<std::uint8_t>(self_.agreement.keys.holders.size());
    // Padding is not combined.
    std::vector<crypto::HolderAnswer> answers;
    std::vector<crypto::ShareIndex> indices;
    for (auto const& answer : job.answers) {
        auto const end = answer.evaluated.begin() + static_cast<std::ptrdiff_t>(job.inputs.size());
        answers.push_back({answer.index, {answer.evaluated.begin(), end}});
        indices.push_back(answer.index);
    }
    FANLIGHT_TRY(auto const combined, crypto::combine(answers, holders));
    FANLIGHT_TRY(auto const lagrange, crypto::lagrange_at_zero(indices, holders));
    std::vector<ByteView> const inputs(job.inputs.begin(), job.inputs.end());
    return crypto::finalize_batch(inputs, job.blinds, combined, lagrange.denominator);
}

void TokenClient::wake(Instant now, Effects& effects) {
    for (auto& [id, job] : jobs_) {
        if (!job.ask_more_at || *job.ask_more_at > now) continue;
        job.ask_more_at.reset();
        // A quiet holder may only be away: its request stays in the outbox, and the others are asked as well.
        while (job.tried.size() < self_.agreement.keys.holders.size()) ask_next(now, job, effects);
    }
}

std::optional<Instant> TokenClient::next_wake() const {
    std::optional<Instant> soonest;
    for (auto const& [id, job] : jobs_)
        if (job.ask_more_at && (!soonest || *job.ask_more_at < *soonest)) soonest = job.ask_more_at;
    return soonest;
}

} // namespace fanlight::protocol
