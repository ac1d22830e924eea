#include "protocol/engine/key_holder.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using Reason = EvaluateRefusalReason;

// How a restore is noticed. Every reply carries a receipt: our signature under how many batches we have ever served.
// The asker returns the highest it has with its next request. Counts and receipts become durable together, before the
// reply leaves, so that a receipt above our own count proves that our state is older than something we have sent.
// What we charged in between is lost, and so everything that still runs is taken as spent.
//
// What this cannot do: an asker may withhold its receipts. Then the requests of the others bring theirs, but until the
// first of them we charge against the older totals; and if by then we have served as many batches again as were lost,
// nothing is seen at all. A receipt under a node key that was replaced since proves nothing any more. What
// is left is that one holder that forgets gives no tokens by itself: the others' budgets still bind.

namespace {

/// Added to the count at a restore: more than we can have served since the copy was made. So other receipts from that
/// time say nothing new when they come on a later day, by chance or kept back to spend that day for everybody.
// Requests that were on their way when the key was shared anew. Any longer, and the budgets of both sharings would add
// up.
constexpr Duration replaced_answers_for = std::chrono::hours(1);
constexpr std::uint64_t restored_step = std::uint64_t(1) << 32U;

constexpr Duration sweep_every = std::chrono::hours(1);

/// A query is never early: the coordinator opens an epoch before it asks under it, and its word may still be on the
/// way to us.
std::optional<Reason> closed_at(EpochStage stage, EvaluatePurpose purpose) {
    switch (purpose) {
    case EvaluatePurpose::bulk:
        if (stage != EpochStage::preparing) return Reason::bulk_closed;
        break;
    case EvaluatePurpose::delta:
        if (stage != EpochStage::open) return Reason::not_open;
        break;
    case EvaluatePurpose::query: break;
    }
    return std::nullopt;
}

bool enrols(policy::Party const& party) {
    return party.asked != policy::Asked::never && party.people > 0;
}

/// What is evaluated: the same elements for another sharing or set of holders are the same batch.
crypto::Sha256 content_of(EvaluateRequest const& request) {
    ByteWriter content;
    content.u32(request.epoch).number(request.purpose);
    for (auto const& element : request.blinded) content.raw(element.view());
    return crypto::sha256({content.take()});
}

std::string where_of(EvaluateRequest const& request) {
    auto text = "epoch " + std::to_string(request.epoch) + ", sharing " + std::to_string(request.sharing);
    return text + (request.set == 0 ? ", unfolded" : ", folded for set " + std::to_string(request.set));
}

} // namespace

void KeyHolder::request(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_evaluate_request(incoming.envelope.payload, self_.parallel);
    if (!decoded) return post_.refuse(now, incoming, "evaluation request is malformed", effects);
    auto const& request = decoded.assume_value();
    auto const* const party = self_.agreement.find(incoming.sender);
    Asked asked{incoming, request, party == nullptr ? std::string() : party->organisation,
                epochs_.find(request.epoch, request.sharing)};

    if (!may_ask(incoming.sender, request.purpose)) return refuse(now, asked, {Reason::not_allowed}, effects);
    // A sharing that was replaced still answers what was on its way (serve).
    if (asked.sharing == nullptr || !asked.sharing->share) return refuse(now, asked, {Reason::epoch_unknown}, effects);
    auto const stage = epochs_.find(request.epoch)->stage;
    if (auto const closed = closed_at(stage, request.purpose)) return refuse(now, asked, {*closed}, effects);
    if (!used_rightly(request, asked.sharing->certificate))
        return post_.refuse(now, incoming, "evaluation request is folded otherwise than its purpose asks", effects);
    // The bulk quota closes before the first query of an epoch.
    if (stage == EpochStage::preparing && request.purpose == EvaluatePurpose::query)
        epochs_.open(now, request.epoch, effects);
    serve(now, asked, effects);
}

void KeyHolder::serve(Instant now, Asked& asked, Effects& effects) {
    auto const& request = asked.request;
    BudgetRequest const numbered{asked.organisation, request.id};
    auto const content = content_of(request);
    auto const* const known = book_.content(numbered);
    if (known != nullptr && *known != content) return refuse(now, asked, {Reason::request_reused}, effects);
    asked.again = known != nullptr;
    auto const replaced_at = asked.sharing->replaced_at;
    if (!asked.again && replaced_at != Instant{} && now > replaced_at + replaced_answers_for)
        return refuse(now, asked, {Reason::epoch_unknown}, effects);
    look_at_receipt(now, asked, effects);

    auto const period = budget_period(asked.organisation, request.purpose, request.epoch, now);
    auto const most = limit(asked.organisation, request.purpose);
    auto const before = charged(period, most);
    auto const count = static_cast<std::uint32_t>(request.blinded.size());
    if (!asked.again && std::uint64_t(before) + count > most)
        return refuse(now, asked, {Reason::budget_spent, before, most}, effects);
    auto evaluated = evaluate(request, *asked.sharing);
    if (!evaluated) return post_.refuse(now, asked.incoming, "evaluation failed", effects);

    if (!asked.again) {
        book_.charge(period, count, effects);
        book_.remember(now, numbered, content, period, effects);
    }
    auto& reply = evaluated.assume_value();
    reply.charged = charged(period, most);
    reply.limit = most;
    answer(now, asked, std::move(reply), effects);
}

void KeyHolder::take_as_spent(Instant now, Effects& effects) {
    book_.restored(now, book_.served() + restored_step, preparing(), effects);
}

void KeyHolder::look_at_receipt(Instant now, Asked& asked, Effects& effects) {
    auto const& receipt = asked.request.receipt;
    if (receipt.served == 0) return;
    if (!crypto::verify(self_.node_key.verify_key(), receipt_bytes(self_.mode(), self_.party, receipt.served),
                        receipt.signature)) {
        asked.bad_receipt = true;
        return;
    }
    if (receipt.served <= book_.served()) return;
    book_.restored(now, receipt.served + restored_step, preparing(), effects);
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, "this node was restored from an older copy: its budgets of today and of epochs being "
                              "prepared are taken as spent");
    draft.add(FieldTag::peer, asked.incoming.sender.text()).number(FieldTag::count, receipt.served);
    std::move(draft).write(LeafClass::gap, {}, effects);
}

Result<EvaluateReply> KeyHolder::evaluate(EvaluateRequest const& request, Sharing const& sharing) const {
    auto const& certificate = sharing.certificate;
    auto const index = *certificate.share_index(self_.party);
    auto const with = [&](crypto::OprfKey const& key) -> Result<EvaluateReply> {
        FANLIGHT_TRY(auto evaluated, crypto::evaluate_batch(key, request.blinded, self_.parallel));
        FANLIGHT_TRY(auto const proof, crypto::prove(key, request.blinded, evaluated,
                                                     crypto::random_proof_nonce(self_.random), self_.parallel));
        return EvaluateReply{index, std::move(evaluated), proof, {}, 0, 0};
    };
    if (request.set == 0) return with(*sharing.share);
    auto const holders = static_cast<std::uint8_t>(certificate.holders.size());
    FANLIGHT_TRY(auto const set, crypto::HolderSet::from_bits(request.set, holders));
    FANLIGHT_TRY(auto const folded, crypto::fold(*sharing.share, index, set));
    return with(folded);
}

void KeyHolder::answer(Instant now, Asked const& asked, EvaluateReply reply, Effects& effects) {
    book_.count_served(effects);
    auto const served = book_.served();
    reply.receipt = {served, self_.node_key.sign(receipt_bytes(self_.mode(), self_.party, served))};
    auto payload = encode(reply);
    auto leaf = draft(now, asked);
    leaf.add(FieldTag::message_hash, crypto::sha256({payload}).view());
    std::move(leaf).write(LeafClass::evaluation_served, crypto::exchange_tag(asked.request.exchange_key), effects);
    auto const& incoming = asked.incoming;
    post_.send(now,
               {incoming.sender, MessageType::evaluate_reply, incoming.envelope.exchange, incoming.payload_hash,
                std::move(payload)},
               effects);
}

void KeyHolder::refuse(Instant now, Asked const& asked, EvaluateRefusal const& refusal, Effects& effects) {
    auto const& incoming = asked.incoming;
    auto leaf = draft(now, asked);
    leaf.add(FieldTag::reason, in_words(refusal.reason)).add(FieldTag::message_hash, incoming.payload_hash.view());
    std::move(leaf).write(LeafClass::refusal, crypto::exchange_tag(asked.request.exchange_key), effects);
    post_.send(now,
               {incoming.sender, MessageType::evaluate_refusal, incoming.envelope.exchange, incoming.payload_hash,
                encode(refusal)},
               effects);
}

LeafDraft KeyHolder::draft(Instant now, Asked const& asked) const {
    LeafDraft leaf(self_, now);
    leaf.add(FieldTag::peer, asked.incoming.sender.text());
    leaf.add(FieldTag::exchange, asked.incoming.envelope.exchange.view());
    leaf.add(FieldTag::purpose, name(asked.request.purpose)).number(FieldTag::count, asked.request.blinded.size());
    leaf.add(FieldTag::text, where_of(asked.request));
    if (asked.again) leaf.add(FieldTag::text, "asked again: not charged");
    if (asked.bad_receipt) leaf.add(FieldTag::text, "its receipt is not signed by this node: ignored");
    return leaf;
}

bool KeyHolder::may_ask(PartyId const& party, EvaluatePurpose purpose) const {
    if (purpose == EvaluatePurpose::query) return party == self_.agreement.coordinator;
    auto const* const entry = self_.agreement.find(party);
    return entry != nullptr && enrols(*entry);
}

/// Enrolment is folded for exactly as many holders as a token takes, us among them; queries are not folded.
bool KeyHolder::used_rightly(EvaluateRequest const& request, KeyCertificate const& certificate) const {
    if (request.purpose == EvaluatePurpose::query) return request.set == 0;
    auto const index = certificate.share_index(self_.party);
    auto const set = crypto::HolderSet::from_bits(request.set, static_cast<std::uint8_t>(certificate.holders.size()));
    return index && set && set.assume_value().indices().size() == certificate.threshold &&
           set.assume_value().contains(*index);
}

std::uint32_t KeyHolder::limit(std::string const& organisation, EvaluatePurpose purpose) const {
    switch (purpose) {
    case EvaluatePurpose::bulk: return policy::bulk_quota(self_.agreement, organisation);
    case EvaluatePurpose::query: return self_.agreement.budgets.query_evaluations_per_day;
    case EvaluatePurpose::delta: return policy::delta_quota_per_day(self_.agreement, organisation);
    }
    return 0;
}

std::uint32_t KeyHolder::charged(BudgetPeriod const& period, std::uint32_t limit) const {
    // A closing epoch still answers what was on its way: that is no second budget of queries for the day.
    auto const counted = period.purpose == EvaluatePurpose::query
                             ? book_.queries_of_day(period.organisation, period.day)
                             : book_.charged(period);
    return book_.lost(period) ? std::max(counted, limit) : counted;
}

std::set<std::uint32_t> KeyHolder::preparing() const {
    std::set<std::uint32_t> numbers;
    for (auto const& [number, epoch] : epochs_.all())
        if (epoch.stage == EpochStage::preparing) numbers.insert(number);
    return numbers;
}

void KeyHolder::forget(std::uint32_t epoch, Effects& effects) {
    book_.forget(epoch, effects);
}

void KeyHolder::wake(Instant now, Effects& effects) {
    book_.settle(now, preparing(), effects);
    if (now < swept_at_ + sweep_every) return;
    swept_at_ = now;
    book_.forget_days(now, effects);
    // An enrolment that is resumed asks its batches again, however long ago the first of them was.
    auto const bulk_age = [this](std::uint32_t number) -> std::optional<Instant> {
        auto const* const epoch = epochs_.find(number);
        if (epoch == nullptr || epoch->stage == EpochStage::closing) return Instant{};
        return epoch->stage == EpochStage::preparing ? std::nullopt : std::optional(epoch->since);
    };
    book_.forget_requests(now, bulk_age, effects);
}

std::vector<KeyHolder::Budget> KeyHolder::budgets(Instant now) const {
    std::set<std::pair<std::string, EvaluatePurpose>> askers;
    for (auto const& party : self_.agreement.parties)
        for (auto const purpose : {EvaluatePurpose::bulk, EvaluatePurpose::query, EvaluatePurpose::delta})
            if (may_ask(party.id, purpose)) askers.emplace(party.organisation, purpose);
    std::vector<Budget> rows;
    for (auto const& [organisation, purpose] : askers) {
        auto const most = limit(organisation, purpose);
        for (auto const& [number, epoch] : epochs_.all()) {
            bool const early = epoch.stage != EpochStage::open && purpose == EvaluatePurpose::query;
            bool const has_share = std::any_of(epoch.sharings.begin(), epoch.sharings.end(),
                                               [](Sharing const& sharing) { return sharing.share.has_value(); });
            if (early || !has_share || closed_at(epoch.stage, purpose)) continue;
            rows.push_back({organisation, purpose, number,
                            charged(budget_period(organisation, purpose, number, now), most), most});
        }
    }
    return rows;
}

Instant KeyHolder::restored_at() const {
    return book_.restored_at();
}

Result<void> KeyHolder::restore(ByteView key, ByteView value) {
    return book_.restore(key, value);
}

} // namespace fanlight::protocol
