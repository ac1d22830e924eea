#include "protocol/engine/enrolment.hpp"

#include "base/byte_reader.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;

namespace {
// Rows of Space::index.
constexpr std::uint8_t source_row = 1;
constexpr std::uint8_t epoch_row = 2;
constexpr std::uint8_t seed_row = 3;
Bytes row_key(std::uint8_t row, std::uint32_t epoch) {
    return ByteWriter().u8(row).u32(epoch).take();
}

void sooner(std::optional<Instant>& at, Instant other) {
    if (!at || other < *at) at = other;
}
} // namespace

void Enrolment::save_source(Effects& effects) const {
    effects.put(Space::index, {source_row}, ByteWriter().u64(people_).instant(imported_at_).take());
}

void Enrolment::save(Work const& work, Effects& effects) const {
    auto const& state = work.state;
    ByteWriter out;
    out.u32(state.matching_version).flag(state.complete).u64(state.enrolled).flag(state.told_ready);
    out.u32(state.bulk_sent).u32(state.night_sent).day(state.night);
    out.u32(static_cast<std::uint32_t>(work.batches.size()));
    for (auto const& batch : work.batches) {
        out.number(batch.purpose).day(batch.night).u32(batch.number);
        out.u64(static_cast<std::uint64_t>(batch.first)).u64(static_cast<std::uint64_t>(batch.last));
    }
    effects.put(Space::index, row_key(epoch_row, state.epoch), out.take());
}

Result<void> Enrolment::restore_work(std::uint32_t epoch, ByteView value) {
    ByteReader reader(value);
    auto& work = works_[epoch];
    auto& state = work.state;
    state.epoch = epoch;
    state.matching_version = reader.u32();
    state.complete = reader.flag();
    state.enrolled = reader.u64();
    state.told_ready = reader.flag();
    state.bulk_sent = reader.u32();
    state.night_sent = reader.u32();
    state.night = reader.day();
    auto const count = reader.count();
    for (std::size_t i = 0; i < count && reader.good(); ++i) {
        Batch batch;
        batch.purpose = reader.number(EvaluatePurpose::delta);
        batch.night = reader.day();
        batch.number = reader.u32();
        batch.first = static_cast<RecordRow>(reader.u64());
        batch.last = static_cast<RecordRow>(reader.u64());
        work.batches.push_back(std::move(batch));
    }
    return reader.finish("stored state of an enrolment");
}

Result<void> Enrolment::restore(ByteView key, ByteView value) {
    constexpr auto where = "stored state of the index";
    ByteReader reader(key);
    auto const row = reader.u8();
    if (row == source_row) {
        FANLIGHT_TRY(reader.finish(where));
        ByteReader source(value);
        people_ = source.u64();
        imported_at_ = source.instant();
        return source.finish(where);
    }
    auto const epoch = reader.u32();
    FANLIGHT_TRY(reader.finish(where));
    if (row == epoch_row) return restore_work(epoch, value);
    if (row != seed_row) return fail(Errc::damaged, where);
    FANLIGHT_TRY(auto const opened, open_at_rest(self_, value));
    FANLIGHT_TRY(auto seed, EpochSeed::parse(opened.reveal(), where));
    works_[epoch].seed = std::move(seed);
    return ok();
}

bool Enrolment::complete(std::uint32_t epoch, std::uint32_t version) const {
    auto const found = works_.find(epoch);
    if (found == works_.end()) return false;
    auto const& state = found->second.state;
    return state.complete && state.matching_version == version;
}

bool Enrolment::fresh(Instant now) const {
    if (imported_at_ == Instant{}) return false;
    return now - imported_at_ <= std::chrono::days(self_.agreement.release.source_fresh_days);
}

void Enrolment::drop_batches(Work& work) {
    for (auto const& batch : work.batches)
        if (batch.job) tokens_.forget(*batch.job);
    work.batches.clear();
    work.after = 0;
    work.failures = 0;
    work.retry_at.reset();
    work.problem.clear();
    work.first_done.reset();
    work.done = 0;
}

void Enrolment::imported(Instant now, std::uint64_t people, std::map<std::uint32_t, std::uint64_t> const& enrolled,
                         crypto::Sha256 const& list_hash, Effects& effects) {
    people_ = people;
    imported_at_ = now;
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, "records imported").number(FieldTag::count, people);
    std::move(draft.add(FieldTag::message_hash, list_hash.view())).write(crypto::LeafClass::admin, {}, effects);
    save_source(effects);
    for (auto& [epoch, work] : works_) {
        drop_batches(work); // their rows may be gone
        work.state.complete = false;
        auto const kept = enrolled.find(epoch);
        work.state.enrolled = kept == enrolled.end() ? 0 : kept->second;
        save(work, effects);
    }
    look_at_ = now + next_step;
}

void Enrolment::reset(Instant now, std::uint32_t epoch, Work& work, Effects& effects) {
    drop_batches(work);
    work.state = {};
    work.state.epoch = epoch;
    work.state.matching_version = self_.agreement.matching.version;
    work.seed = self_.random.make<EpochSeed>();
    effects.put(Space::index, row_key(seed_row, epoch), seal_at_rest(self_, work.seed->reveal()));
    save(work, effects);
    look_at_ = now + next_step;
    keep_indexes_at_ = now + next_step;
}

void Enrolment::follow_epochs(Instant now, Effects& effects) {
    for (auto const& [number, epoch] : epochs_.all()) {
        auto const found = works_.find(number);
        if (found == works_.end()) {
            if (epoch.stage == EpochStage::closing) continue; // too late to enrol in it
            reset(now, number, works_[number], effects);
        } else if (found->second.state.matching_version != self_.agreement.matching.version || !found->second.seed) {
            effects.forget_epochs.push_back(number);
            drop_indexes_of(number, effects);
            reset(now, number, found->second, effects);
        }
        auto& work = works_[number];
        if (work.stage == epoch.stage) continue;
        work.stage = epoch.stage;
        look_at_ = now + next_step;
        keep_indexes_at_ = now + next_step;
    }
}

void Enrolment::forget(std::uint32_t epoch, Effects& effects) {
    auto const found = works_.find(epoch);
    if (found == works_.end()) return;
    drop_batches(found->second);
    works_.erase(found);
    effects.forget_epochs.push_back(epoch);
    effects.erase(Space::index, row_key(epoch_row, epoch));
    effects.erase(Space::index, row_key(seed_row, epoch));
    drop_indexes_of(epoch, effects);
}

void Enrolment::wake(Instant now, Effects& effects) {
    if (self_.own_entry().asked == policy::Asked::never) { // it has no quota, and no query comes
        look_at_.reset();
        keep_indexes_at_.reset();
        return;
    }
    follow_epochs(now, effects);
    look(now, effects);
    keep_indexes(now, effects);
}

std::optional<Instant> Enrolment::next_wake() const {
    auto soonest = look_at_;
    if (keep_indexes_at_) sooner(soonest, *keep_indexes_at_);
    return soonest;
}

std::set<IndexKey> Enrolment::indexes_due(Instant now) {
    auto const today = day_of(now);
    std::set<IndexKey> due;
    for (auto const& [number, work] : works_) {
        auto const* epoch = epochs_.find(number);
        if (epoch == nullptr) continue;
        IndexKey const yesterday{number, today - std::chrono::days(1)};
        IndexKey const tomorrow{number, today + std::chrono::days(1)};
        bool const usable = epoch->stage != EpochStage::preparing || work.state.complete;
        for (auto const& index : {IndexKey{number, today}, tomorrow}) {
            bool const early = index == tomorrow && now < today + tomorrow_from;
            if (!early && (usable || has(index))) due.insert(index);
        }
        if (now < today + yesterday_until && has(yesterday)) due.insert(yesterday);
    }
    if (!works_.empty())
        for (Duration const after :
             {Duration(yesterday_until), Duration(tomorrow_from), Duration(std::chrono::days(1))})
            if (now < today + after) sooner(keep_indexes_at_, today + after);
    for (auto entry = wanted_.begin(); entry != wanted_.end();) {
        auto const until = entry->second + wanted_for;
        if (until <= now) {
            entry = wanted_.erase(entry);
            continue;
        }
        due.insert(entry->first);
        sooner(keep_indexes_at_, until);
        ++entry;
    }
    return due;
}

void Enrolment::request(IndexKey const& index, Effects& effects) {
    if (has(index)) return;
    building_.insert(index);
    effects.build_indexes.push_back(index);
}

void Enrolment::keep_indexes(Instant now, Effects& effects) {
    if (!keep_indexes_at_ || *keep_indexes_at_ > now) return;
    keep_indexes_at_.reset();
    auto const due = indexes_due(now);
    for (auto const& index : due) request(index, effects);
    for (auto* indexes : {&built_, &building_})
        std::erase_if(*indexes, [&](IndexKey const& index) {
            if (due.contains(index)) return false;
            effects.drop_indexes.push_back(index);
            return true;
        });
}

void Enrolment::drop_indexes_of(std::uint32_t epoch, Effects& effects) {
    for (auto* indexes : {&built_, &building_})
        std::erase_if(*indexes, [&](IndexKey const& index) {
            if (index.epoch != epoch) return false;
            effects.drop_indexes.push_back(index);
            return true;
        });
    std::erase_if(wanted_, [&](auto const& entry) { return entry.first.epoch == epoch; });
}

void Enrolment::index_built(Instant, IndexKey const& index, Effects&) {
    if (building_.erase(index) != 0) built_.insert(index); // else it was dropped meanwhile
}

bool Enrolment::want(Instant now, IndexKey const& index, Effects& effects) {
    auto const found = works_.find(index.epoch);
    if (found == works_.end() || epochs_.find(index.epoch) == nullptr) return false;
    auto const& state = found->second.state;
    if (state.enrolled == 0 && !state.complete) return false;
    if (index.day < day_of(now - limits::old_keys_kept) || index.day > day_of(now) + std::chrono::days(1)) return false;
    wanted_[index] = now;
    sooner(keep_indexes_at_, now + wanted_for);
    request(index, effects);
    return true;
}

std::vector<EnrolmentProgress> Enrolment::progress(Instant now) const {
    std::vector<EnrolmentProgress> all;
    for (auto const& [number, work] : works_) {
        auto const* epoch = epochs_.find(number);
        if (epoch == nullptr) continue;
        EnrolmentProgress one;
        one.epoch = number;
        one.stage = epoch->stage;
        one.people = people_;
        one.enrolled = std::min(work.state.enrolled, people_);
        one.complete = work.state.complete;
        one.problem = work.problem;
        if (work.first_done && work.last_done > *work.first_done && work.done != 0)
            one.people_per_second = static_cast<double>(work.done) /
                                    std::chrono::duration<double>(work.last_done - *work.first_done).count();
        if (!one.complete && epoch->stage != EpochStage::closing) {
            bool const asked = std::any_of(work.batches.begin(), work.batches.end(),
                                           [](Batch const& batch) { return batch.job.has_value(); });
            if (work.retry_at && *work.retry_at > now) one.waits_until = work.retry_at;
            if (sensitive() && !asked && !one.waits_until && !at_once(*epoch)) one.waits_until = next_night(now);
            if (sensitive() && epoch->stage == EpochStage::preparing && !at_once(*epoch)) {
                // From the agreement and the calendar alone, so that it tells nothing of whom it holds.
                auto const batches = policy::bulk_batches(self_.agreement, self_.own_entry());
                auto const left = batches - std::min(batches, work.state.bulk_sent);
                auto const a_night = std::max(self_.own_entry().nightly_batches, 1U);
                one.people_per_second.reset();
                one.left = std::chrono::days((left + a_night - 1) / a_night);
            } else if (one.people_per_second && !one.waits_until)
                one.left = std::chrono::round<Duration>(std::chrono::duration<double>(
                    static_cast<double>(people_ - one.enrolled) / *one.people_per_second));
        }
        all.push_back(std::move(one));
    }
    return all;
}

} // namespace fanlight::protocol
