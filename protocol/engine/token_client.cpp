#include "protocol/engine/token_client.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using crypto::ShareIndex;

namespace {

// A bulk batch may wait behind other agencies' batches.
constexpr Duration bulk_patience = std::chrono::seconds(15);
// A holder that let a batch wait is not planned with for this long, if there are others.
constexpr Duration quiet_for = std::chrono::minutes(1);

RequestId request_id(Mode mode, JobSeed const& seed, PartyId const& holder) {
    return RequestId::make([&](MutableBytes out) {
        crypto::blake2b(out, seed.reveal(),
                        {as_bytes(crypto::label(mode, crypto::Label::request)), as_bytes(holder.text())});
    });
}

std::string budget_words(std::uint32_t charged, std::uint32_t limit) {
    return limit == 0 ? std::string() : " (" + std::to_string(charged) + " of " + std::to_string(limit) + ")";
}

} // namespace

JobId TokenClient::start(Instant now, TokenJob request, Effects& effects) {
    assert(request.inputs.size() <= limits::evaluate_batch_max && epochs_.find(request.epoch) != nullptr);
    crypto::DerivedRandom random(request.seed);
    std::vector<crypto::Blind> blinds;
    for (std::size_t i = 0; i < request.inputs.size(); ++i) blinds.push_back(crypto::random_blind(random));
    std::vector<ByteView> inputs(request.inputs.begin(), request.inputs.end());
    auto const wanted =
        (std::max<std::size_t>(inputs.size(), 1) + request.pad_to - 1) / request.pad_to * request.pad_to;
    std::vector<Bytes> noise(std::min(wanted, limits::evaluate_batch_max) - inputs.size(), Bytes(32));
    for (auto& bytes : noise) random.fill(bytes);
    inputs.insert(inputs.end(), noise.begin(), noise.end());
    for (std::size_t i = 0; i < noise.size(); ++i) blinds.push_back(crypto::random_blind(random));
    // Its only error is an input that hashes to the identity, which nobody can find.
    auto blinded = crypto::blind_batch(inputs, blinds, self_.parallel);
    assert(blinded);
    auto batch = crypto::BlindedBatch::make(std::move(blinded).assume_value(), self_.parallel);
    assert(batch);
    blinds.erase(blinds.begin() + static_cast<std::ptrdiff_t>(request.inputs.size()), blinds.end());

    auto const id = next_++;
    auto& job = jobs_
                    .emplace(id, Job{request.purpose,
                                     request.epoch,
                                     epochs_.find(request.epoch)->keys().sharing,
                                     std::move(request.inputs),
                                     std::move(request.seed),
                                     std::move(blinds),
                                     std::move(batch).assume_value(),
                                     {},
                                     {},
                                     std::nullopt,
                                     {},
                                     {},
                                     std::nullopt})
                    .first->second;
    if (folded(job)) {
        plan(now, job, effects);
        if (!job.patient_until) job.patient_until = now; // too few holders: wake says so
        return id;
    }
    auto const& keys = epochs_.find(job.epoch)->keys();
    // One more than needed, so that one holder that is away costs no time.
    for (std::size_t i = 0; i <= keys.threshold; ++i) ask_next(now, job, effects);
    job.patient_until = now + patience;
    return id;
}

/// Those who may still be asked, in a random order, those that we can see to be connected first.
std::vector<ShareIndex> TokenClient::candidates(Job const& job) const {
    auto const* epoch = epochs_.find(job.epoch);
    auto const* sharing = epochs_.find(job.epoch, job.sharing);
    if (sharing == nullptr) return {};
    auto const& holders = sharing->certificate.holders;
    std::uint8_t offset = 0;
    self_.random.fill({&offset, 1});
    std::vector<ShareIndex> all;
    for (std::size_t i = 0; i < holders.size(); ++i) {
        auto const index = static_cast<ShareIndex>((offset + i) % holders.size() + 1);
        auto const& holder = holders[index - 1U];
        if (!job.tried.contains(index) && !epoch->excluded.contains(holder)) all.push_back(index);
    }
    std::stable_sort(all.begin(), all.end(), [&](ShareIndex left, ShareIndex right) {
        auto const rank = [&](ShareIndex index) {
            auto const& holder = holders[index - 1U];
            return (quiet_.contains(holder) ? 2 : 0) + (post_.is_up(holder) ? 0 : 1);
        };
        return rank(left) < rank(right);
    });
    return all;
}

void TokenClient::ask_next(Instant now, Job& job, Effects& effects) {
    auto const left = candidates(job);
    if (!left.empty()) ask(now, job, left.front(), effects);
}

/// A new set of t holders answers the whole batch together; what others answered for another set is of no use.
bool TokenClient::plan(Instant now, Job& job, Effects& effects) {
    job.asked.clear();
    job.answers.clear();
    job.set.reset();
    job.patient_until.reset();
    auto left = candidates(job);
    auto const* sharing = epochs_.find(job.epoch, job.sharing);
    if (sharing == nullptr || left.size() < sharing->certificate.threshold) return false;
    left.resize(sharing->certificate.threshold);
    auto set = crypto::HolderSet::make(left, static_cast<std::uint8_t>(sharing->certificate.holders.size()));
    assert(set);
    job.set = std::move(set).assume_value();
    for (auto const index : job.set->indices()) ask(now, job, index, effects);
    job.patient_until = now + bulk_patience;
    return true;
}

void TokenClient::ask(Instant now, Job& job, ShareIndex index, Effects& effects) {
    auto const& holder = epochs_.find(job.epoch, job.sharing)->certificate.holders[index - 1U];
    auto const set = job.set ? job.set->bits() : 0;
    auto const receipt = receipts_.find(holder);
    EvaluateRequest const request{self_.random.make<crypto::ExchangeKey>(),
                                  request_id(self_.mode(), job.seed, holder),
                                  job.purpose,
                                  job.epoch,
                                  job.sharing,
                                  set,
                                  receipt == receipts_.end() ? Receipt{} : receipt->second,
                                  job.blinded.elements()};
    auto const exchange = self_.random.make<ExchangeId>();
    auto payload = encode(request);
    auto const hash = crypto::sha256({payload});
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, holder.text()).add(FieldTag::exchange, exchange.view());
    draft.add(FieldTag::purpose, name(job.purpose)).number(FieldTag::count, job.blinded.size());
    draft.add(FieldTag::message_hash, hash.view());
    std::move(draft).write(LeafClass::evaluation_requested, crypto::exchange_tag(request.exchange_key), effects);
    post_.send(now, {holder, MessageType::evaluate_request, exchange, {}, std::move(payload)}, effects);
    job.asked.emplace(exchange, Asked{holder, index, hash, request.exchange_key});
    if (!folded(job)) job.tried.insert(index);
}

std::pair<JobId, TokenClient::Job*> TokenClient::find(ExchangeId const& exchange) {
    for (auto& [id, job] : jobs_)
        if (job.asked.contains(exchange)) return {id, &job};
    return {0, nullptr};
}

void TokenClient::keep_receipt(PartyId const& holder, Receipt const& receipt, Effects& effects) {
    auto& known = receipts_[holder];
    if (receipt.served <= known.served ||
        !crypto::verify(self_.directory.at(holder).node, receipt_bytes(self_.mode(), holder, receipt.served),
                        receipt.signature))
        return;
    known = receipt;
    effects.put(Space::receipts, to_bytes(as_bytes(holder.text())),
                ByteWriter().u64(receipt.served).raw(receipt.signature.view()).take());
}

std::optional<std::string> TokenClient::take(Instant now, Job& job, Asked const& asked, Incoming const& incoming,
                                             Effects& effects) {
    auto const bad = [&](char const* reason) {
        LeafDraft draft(self_, now);
        draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::reason, reason);
        draft.add(FieldTag::message_hash, incoming.payload_hash.view());
        std::move(draft).write(LeafClass::refusal, crypto::exchange_tag(asked.exchange_key), effects);
        return std::string(reason);
    };
    if (incoming.sender != asked.holder || incoming.envelope.answers != asked.request_hash)
        return bad("evaluation reply is not the answer to our request");
    auto const reply = decode_evaluate_reply(incoming.envelope.payload, self_.parallel);
    if (!reply) return bad("evaluation reply is malformed");
    auto const& value = reply.assume_value();
    if (value.share_index != asked.index || value.evaluated.size() != job.blinded.size())
        return bad("evaluation reply is not the answer to our request");
    auto const* sharing = epochs_.find(job.epoch, job.sharing);
    if (sharing == nullptr) return bad("the epoch is destroyed");
    Result<crypto::HolderPublic> key = sharing->certificate.holder_public[asked.index - 1U];
    if (job.set) key = crypto::fold(key.assume_value(), asked.index, *job.set);
    if (!key) return bad("the holder's public key cannot be folded");
    auto answer = crypto::ProvenAnswer::verify(key.assume_value(), asked.index, job.blinded, value.evaluated,
                                               value.proof, self_.parallel);
    if (!answer) {
        constexpr auto lie = "its proof does not verify: it did not use the key of the certificate";
        if (answer.assume_error().code == Errc::bad_signature)
            epochs_.exclude(now, job.epoch, asked.holder, lie, effects);
        return bad(lie);
    }
    job.answers.push_back(std::move(answer).assume_value());
    keep_receipt(asked.holder, value.receipt, effects);
    quotas_[{asked.holder, job.purpose}] = {value.charged, value.limit, job.epoch, now};
    quiet_.erase(asked.holder);
    return std::nullopt;
}

std::optional<Tokens> TokenClient::reply(Instant now, Incoming const& incoming, Effects& effects) {
    auto const [id, job] = find(incoming.envelope.exchange);
    if (job == nullptr) { // a job that is done, planned anew, or died with an earlier run
        auto const late = decode_evaluate_reply(incoming.envelope.payload);
        if (late) keep_receipt(incoming.sender, late.assume_value().receipt, effects);
        return std::nullopt;
    }
    if (incoming.sender != job->asked.at(incoming.envelope.exchange).holder) return std::nullopt;
    auto const asked = job->asked.extract(incoming.envelope.exchange).mapped();
    if (auto const problem = take(now, *job, asked, incoming, effects)) {
        job->problem = self_.name_of(asked.holder) + ": " + *problem;
        return lost(now, id, *job, asked.index, effects);
    }
    auto const* sharing = epochs_.find(job->epoch, job->sharing);
    if (sharing == nullptr || job->answers.size() < sharing->certificate.threshold) return std::nullopt;
    auto tokens = finish(*job);
    jobs_.erase(id);
    if (!tokens) return Tokens{id, {}, "the holders' answers do not combine; look for damage on this machine"};
    return Tokens{id, std::move(tokens).assume_value(), {}};
}

std::optional<Tokens> TokenClient::refused(Instant now, Incoming const& incoming, Effects& effects) {
    auto const [id, job] = find(incoming.envelope.exchange);
    if (job == nullptr || incoming.sender != job->asked.at(incoming.envelope.exchange).holder) return std::nullopt;
    auto const asked = job->asked.extract(incoming.envelope.exchange).mapped();
    std::string why = "it refused; its log says why";
    if (incoming.envelope.type == MessageType::evaluate_refusal) {
        if (auto const refusal = decode_evaluate_refusal(incoming.envelope.payload)) {
            auto const& value = refusal.assume_value();
            why = in_words(value.reason) + budget_words(value.charged, value.limit);
            if (value.limit != 0) quotas_[{asked.holder, job->purpose}] = {value.charged, value.limit, job->epoch, now};
        }
    }
    job->problem = self_.name_of(asked.holder) + ": " + why;
    return lost(now, id, *job, asked.index, effects);
}

/// A holder is lost for this job: another takes its place, or the job is over.
std::optional<Tokens> TokenClient::lost(Instant now, JobId id, Job& job, ShareIndex holder, Effects& effects) {
    job.tried.insert(holder);
    if (folded(job)) {
        if (plan(now, job, effects)) return std::nullopt;
    } else {
        ask_next(now, job, effects);
        auto const* sharing = epochs_.find(job.epoch, job.sharing);
        if (sharing != nullptr && job.answers.size() + job.asked.size() >= sharing->certificate.threshold)
            return std::nullopt;
    }
    Tokens failed{id, {}, "Too few key holders evaluate. " + job.problem};
    jobs_.erase(id);
    return failed;
}

Result<std::vector<crypto::Token>> TokenClient::finish(Job const& job) const {
    if (job.inputs.empty()) return std::vector<crypto::Token>();
    auto const holders = static_cast<std::uint8_t>(epochs_.find(job.epoch, job.sharing)->certificate.holders.size());
    std::vector<ByteView> const inputs(job.inputs.begin(), job.inputs.end());
    if (job.set) {
        FANLIGHT_TRY(auto const combined, crypto::combine_folded(job.answers, *job.set, inputs.size(), self_.parallel));
        return crypto::finalize_batch(inputs, job.blinds, combined, 1, self_.parallel);
    }
    std::vector<ShareIndex> indices;
    for (auto const& answer : job.answers) indices.push_back(answer.index());
    FANLIGHT_TRY(auto const combined, crypto::combine(job.answers, holders, inputs.size(), self_.parallel));
    FANLIGHT_TRY(auto const lagrange, crypto::lagrange_at_zero(indices, holders));
    return crypto::finalize_batch(inputs, job.blinds, combined, lagrange.denominator, self_.parallel);
}

std::vector<Tokens> TokenClient::wake(Instant now, Effects& effects) {
    std::erase_if(quiet_, [&](auto const& entry) { return entry.second <= now; });
    std::vector<Tokens> failed;
    for (auto entry = jobs_.begin(); entry != jobs_.end();) {
        auto& [id, job] = *entry;
        if (!job.patient_until || *job.patient_until > now) {
            ++entry;
            continue;
        }
        job.patient_until.reset();
        if (!folded(job)) {
            // A quiet holder may only be away: its request stays in the outbox, and the others are asked as well.
            for (auto left = candidates(job); !left.empty(); left = candidates(job))
                ask(now, job, left.front(), effects);
            // Those that lied are not asked: the others may be too few even if all of them answer.
            auto const* sharing = epochs_.find(job.epoch, job.sharing);
            if (sharing != nullptr && job.answers.size() + job.asked.size() >= sharing->certificate.threshold) {
                ++entry;
                continue;
            }
        } else {
            for (auto const& [exchange, asked] : job.asked) {
                job.tried.insert(asked.index);
                quiet_[asked.holder] = now + quiet_for;
                job.problem = self_.name_of(asked.holder) + ": it does not answer";
            }
            if (plan(now, job, effects)) {
                ++entry;
                continue;
            }
        }
        if (job.problem.empty()) job.problem = "Those that lied are not asked in this epoch.";
        failed.push_back({id, {}, "Too few key holders evaluate. " + job.problem});
        entry = jobs_.erase(entry);
    }
    return failed;
}

std::optional<Instant> TokenClient::next_wake() const {
    std::optional<Instant> soonest;
    for (auto const& [id, job] : jobs_)
        if (job.patient_until && (!soonest || *job.patient_until < *soonest)) soonest = job.patient_until;
    return soonest;
}

Result<void> TokenClient::restore_receipt(ByteView key, ByteView value) {
    ByteReader in(value);
    Receipt receipt;
    receipt.served = in.u64();
    receipt.signature = in.tagged<crypto::Signature>();
    FANLIGHT_TRY(in.finish("stored receipt"));
    FANLIGHT_TRY(auto holder, PartyId::parse(as_text(key)));
    receipts_[std::move(holder)] = receipt;
    return ok();
}

} // namespace fanlight::protocol
