// Who is asked about when, and with whom in one batch.
//
//   unenrolled people after `after` --> batch (durable plan, seed from its inputs) --> token client
//                                          <-- tokens, enrolled people, plan gone: one step
//                                          <-- a problem: the plan stays, and is asked again after a while
//
// What a sensitive service sends follows from the agreement and the clock alone: see may_send_more.

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "protocol/engine/enrolment.hpp"

#include <cassert>
#include <limits>

namespace fanlight::protocol {

using crypto::FieldTag;

namespace {
constexpr std::size_t people_per_read = 64; // more than fill a batch, as people commonly are
constexpr Duration retry_after = std::chrono::minutes(1);
constexpr auto last_row = std::numeric_limits<RecordRow>::max();

EvaluatePurpose purpose_in(EpochStage stage) {
    return stage == EpochStage::preparing ? EvaluatePurpose::bulk : EvaluatePurpose::delta;
}
} // namespace

Instant Enrolment::night_starts(Day night) const {
    return night + std::chrono::hours(self_.agreement.release.night_hour_utc);
}

Day Enrolment::night_of(Instant now) const {
    return day_of(now - std::chrono::hours(self_.agreement.release.night_hour_utc));
}

bool Enrolment::bulk_left(Epoch const& epoch, EnrolmentState const& state) const {
    return epoch.stage == EpochStage::preparing &&
           state.bulk_sent < policy::bulk_batches(self_.agreement, self_.own_entry());
}

/// Of a sensitive service. It must not depend on whom the service holds: docs/protocol.md, "What each party learns".
bool Enrolment::may_send_more(Instant now, Epoch const& epoch, EnrolmentState const& state) const {
    if (epoch.stage == EpochStage::preparing && !bulk_left(epoch, state)) return false;
    if (at_once(epoch)) return true;
    if (!is_night(now)) return false;
    return state.night != night_of(now) || state.night_sent < self_.own_entry().nightly_batches;
}

std::size_t Enrolment::under_way() const {
    std::size_t count = 0;
    for (auto const& [number, work] : works_)
        for (auto const& batch : work.batches)
            if (batch.job) ++count;
    return count;
}

void Enrolment::look(Instant now, Effects& effects) {
    if (!look_at_ || *look_at_ > now) return;
    look_at_.reset();
    if (imported_at_ == Instant{}) return; // a sensitive service, too, begins with its first import
    auto const look_again = [this](Instant at) {
        if (!look_at_ || at < *look_at_) look_at_ = at;
    };
    if (sensitive()) look_again(next_night(now));
    for (auto const stage : {EpochStage::open, EpochStage::preparing, EpochStage::closing})
        for (auto& [number, work] : works_) {
            auto const* epoch = epochs_.find(number);
            if (epoch == nullptr || epoch->stage != stage) continue;
            if (!work.retry_at || *work.retry_at <= now) {
                work.retry_at.reset();
                advance(now, *epoch, work, effects);
            }
            if (work.retry_at) look_again(*work.retry_at);
        }
}

void Enrolment::advance(Instant now, Epoch const& epoch, Work& work, Effects& effects) {
    drop_stale(now, epoch, work, effects);
    for (auto& batch : work.batches) {
        bool const waits = sensitive() && !at_once(epoch) && !is_night(now);
        if (batch.job || waits || under_way() >= batches_at_once) continue;
        Result<std::vector<Bytes>> inputs = std::vector<Bytes>();
        if (batch.first != 0) inputs = gather(work, batch.first - 1, batch.last, batch);
        if (!inputs) return failed(now, work, "the records cannot be read");
        ask(now, work, batch, std::move(inputs).assume_value(), effects);
    }
    while (under_way() < batches_at_once && begin(now, epoch, work, effects)) {
    }
}

/// Batches that are not under way and cannot be any more. The people wait for another one.
void Enrolment::drop_stale(Instant now, Epoch const& epoch, Work& work, Effects& effects) const {
    auto const dropped = std::erase_if(work.batches, [&](Batch const& batch) {
        if (batch.job) return false;
        if (epoch.stage == EpochStage::closing || batch.purpose != purpose_in(epoch.stage)) return true;
        bool const tonight = is_night(now) && batch.night == night_of(now);
        return sensitive() && batch.purpose == EvaluatePurpose::delta && !tonight;
    });
    if (dropped != 0) save(work, effects);
}

/// People after row `after` and up to `last` who are in no other batch, as many as fit. Gives their inputs.
Result<std::vector<Bytes>> Enrolment::gather(Work const& work, RecordRow after, RecordRow last, Batch& batch) const {
    auto const elsewhere = [&](RecordRow row) {
        return std::any_of(work.batches.begin(), work.batches.end(), [&](Batch const& other) {
            return &other != &batch && other.first <= row && row <= other.last;
        });
    };
    auto const anchor_label = crypto::label(self_.mode(), crypto::Label::anchor);
    auto const component_label = crypto::label(self_.mode(), crypto::Label::component);
    batch.people.clear();
    std::vector<Bytes> inputs;
    for (;;) {
        FANLIGHT_TRY(auto const people, records_.unenrolled(work.state.epoch, after, people_per_read));
        for (auto const& person : people) {
            if (person.row > last) return inputs;
            after = person.row;
            if (elsewhere(person.row)) continue;
            auto descriptors = descriptors_of(person.family, person.which, {anchor_label, component_label});
            auto more = inputs_of(descriptors);
            bool const fits = inputs.size() + more.size() <= limits::evaluate_batch_max &&
                              batch.people.size() < limits::evaluate_batch_max;
            if (!fits) return inputs;
            std::move(more.begin(), more.end(), std::back_inserter(inputs));
            batch.people.emplace_back(person.row, std::move(descriptors));
        }
        if (people.size() < people_per_read) return inputs;
    }
}

/// The next batch of an epoch, if there is one to send. True: look for one more.
bool Enrolment::begin(Instant now, Epoch const& epoch, Work& work, Effects& effects) {
    auto& state = work.state;
    bool const may =
        epoch.stage != EpochStage::closing && (sensitive() ? may_send_more(now, epoch, state) : !state.complete);
    if (!may) {
        look_if_complete(now, epoch, work, effects);
        return false;
    }
    Batch batch;
    batch.purpose = purpose_in(epoch.stage);
    auto inputs = gather(work, work.after, last_row, batch);
    if (inputs && batch.people.empty() && work.after != 0) inputs = gather(work, 0, last_row, batch); // to be sure
    if (!inputs) {
        failed(now, work, "the records cannot be read");
        return false;
    }
    if (!batch.people.empty()) {
        batch.first = batch.people.front().first;
        batch.last = work.after = batch.people.back().first;
    }
    if (sensitive()) { // people or not
        bool const bulk = batch.purpose == EvaluatePurpose::bulk;
        if (!at_once(epoch)) {
            auto const tonight = night_of(now);
            if (state.night != tonight) state.night_sent = 0;
            state.night = tonight;
            batch.night = bulk ? Day{} : tonight;
            batch.number = state.night_sent++;
        }
        if (bulk) batch.number = state.bulk_sent++;
    } else if (batch.people.empty()) {
        look_if_complete(now, epoch, work, effects);
        return false;
    } else if (inputs.assume_value().empty()) { // nobody of these can ever be found; the import report has said so
        for (auto const& person : batch.people) effects.enrolled.push_back({state.epoch, person.first});
        state.enrolled += batch.people.size();
        save(work, effects);
        look_at_ = now + next_step;
        return false;
    }
    work.batches.push_back(std::move(batch));
    ask(now, work, work.batches.back(), std::move(inputs).assume_value(), effects);
    save(work, effects);
    return true;
}

void Enrolment::ask(Instant now, Work& work, Batch& batch, std::vector<Bytes> inputs, Effects& effects) {
    auto seed = seed_of(work, batch, inputs);
    auto const padded = sensitive() ? limits::evaluate_batch_max : batch_step;
    batch.job =
        tokens_.start(now, {batch.purpose, work.state.epoch, std::move(inputs), padded, std::move(seed)}, effects);
}

/// The same batch has the same seed; another one, were it another night's padding, has another: what a holder sees
/// twice it can tell from what is new.
JobSeed Enrolment::seed_of(Work const& work, Batch const& batch, std::vector<Bytes> const& inputs) const {
    ByteWriter out;
    out.number(batch.purpose).day(batch.night).u32(batch.number);
    out.u32(static_cast<std::uint32_t>(inputs.size()));
    for (auto const& input : inputs) out.blob(input);
    auto const hash = crypto::sha256({out.take()});
    auto const label = crypto::label(self_.mode(), crypto::Label::enrolment_batch);
    return JobSeed::make([&](MutableBytes seed) {
        crypto::blake2b(seed, work.seed->reveal(), {as_bytes(label), hash.view()});
    });
}

void Enrolment::look_if_complete(Instant now, Epoch const& epoch, Work& work, Effects& effects) {
    auto& state = work.state;
    if (state.complete || !work.batches.empty() || (sensitive() && bulk_left(epoch, state))) return;
    auto const left = records_.unenrolled(state.epoch, 0, 1);
    if (!left) return failed(now, work, "the records cannot be read");
    if (!left.assume_value().empty()) {
        if (sensitive() && epoch.stage == EpochStage::preparing)
            work.problem = "its batches for this epoch are sent, and people are left: they are enrolled by night once "
                           "it is open";
        return;
    }
    state.complete = true;
    state.enrolled = people_;
    work.problem.clear();
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, "index complete in epoch " + std::to_string(state.epoch));
    std::move(draft.number(FieldTag::count, people_)).write(crypto::LeafClass::admin, {}, effects);
    // Once the epoch is open, the hour at which a sensitive service is complete tells of whom it took in.
    bool const tells = epoch.stage == EpochStage::preparing || (epoch.stage == EpochStage::open && !sensitive());
    if (tells && !state.told_ready) {
        post_.tell(now, self_.agreement.coordinator, MessageType::index_ready,
                   encode(IndexReady{state.epoch, state.matching_version}), effects);
        state.told_ready = true;
    }
    if (!keep_indexes_at_ || now < *keep_indexes_at_) keep_indexes_at_ = now;
    save(work, effects);
}

bool Enrolment::owns(JobId job) const {
    for (auto const& [number, work] : works_)
        for (auto const& batch : work.batches)
            if (batch.job == job) return true;
    return false;
}

void Enrolment::finished(Instant now, Tokens const& tokens, Effects& effects) {
    for (auto& [number, work] : works_) {
        auto const batch = std::find_if(work.batches.begin(), work.batches.end(),
                                        [&](Batch const& one) { return one.job == tokens.job; });
        if (batch == work.batches.end()) continue;
        look_at_ = now + next_step; // the next batch must read the store after this step
        if (!tokens.problem.empty()) {
            batch->job.reset();
            return failed(now, work, tokens.problem);
        }
        std::span<crypto::Token const> rest = tokens.tokens;
        for (auto const& [row, descriptors] : batch->people) {
            auto const count = inputs_of(descriptors).size();
            assert(count <= rest.size());
            effects.tokens.push_back(
                {number, row, tokens_of(self_.mode(), descriptors, rest.first(count), self_.party)});
            effects.enrolled.push_back({number, row});
            rest = rest.subspan(count);
        }
        assert(rest.empty());
        work.state.enrolled += batch->people.size();
        if (work.first_done) work.done += batch->people.size();
        if (!work.first_done) work.first_done = now;
        work.last_done = now;
        work.failures = 0;
        work.problem.clear();
        work.batches.erase(batch);
        return save(work, effects);
    }
}

void Enrolment::failed(Instant now, Work& work, std::string problem) {
    work.problem = std::move(problem);
    if (work.retry_at && *work.retry_at > now) return; // of the batch beside it
    work.retry_at = now + std::min<Duration>(retry_after * (1U << std::min(work.failures, 4U)), retry_after_max);
    ++work.failures;
}

} // namespace fanlight::protocol
