#include "protocol/engine/enrolment.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;

namespace {
// A batch is whole people, so that a crash leaves nobody half enrolled.
constexpr std::size_t people_per_batch = limits::evaluate_batch_max / limits::anchors_per_person_max;
constexpr std::size_t pad_to = 128;
constexpr Duration retry_after = std::chrono::minutes(1);
Bytes const& state_key() {
    static Bytes const key{1};
    return key;
}
} // namespace

void Enrolment::save(Effects& effects) {
    ByteWriter out;
    out.u32(state_.epoch).day(state_.day).u32(state_.matching_version).flag(state_.complete);
    out.u64(state_.people).u64(state_.enrolled).instant(state_.imported_at);
    effects.put(Space::index, state_key(), out.take());
}

Result<void> Enrolment::restore(ByteView value) {
    ByteReader reader(value);
    state_.epoch = reader.u32();
    state_.day = reader.day();
    state_.matching_version = reader.u32();
    state_.complete = reader.flag();
    state_.people = reader.u64();
    state_.enrolled = reader.u64();
    state_.imported_at = reader.instant();
    if (!state_.complete) next_ = Instant{}; // whoever was still to enrol when this node stopped
    return reader.finish("stored state of the index");
}

bool Enrolment::answers(std::uint32_t epoch, Day day, std::uint32_t version) const {
    return state_.complete && state_.epoch == epoch && state_.day == day && state_.matching_version == version;
}

bool Enrolment::fresh(Instant now) const {
    if (state_.imported_at == Instant{}) return false;
    return now - state_.imported_at <= std::chrono::days(self_.agreement.release.source_fresh_days);
}

void Enrolment::imported(Instant now, std::uint64_t people, std::uint64_t enrolled, crypto::Sha256 const& list_hash,
                         Effects& effects) {
    if (running_) tokens_.forget(running_->job); // its rows may be gone
    running_.reset();
    state_.complete = false;
    state_.people = people;
    state_.enrolled = enrolled;
    state_.imported_at = now;
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, "records imported").number(FieldTag::count, people);
    std::move(draft.add(FieldTag::message_hash, list_hash.view())).write(crypto::LeafClass::admin, {}, effects);
    next_ = now;
    save(effects);
}

void Enrolment::wake(Instant now, Effects& effects) {
    auto const today = day_of(now);
    auto const& agreement = self_.agreement;
    if (state_.epoch != agreement.keys.epoch || state_.matching_version != agreement.matching.version) {
        state_.epoch = agreement.keys.epoch;
        state_.matching_version = agreement.matching.version;
        state_.complete = false;
        state_.enrolled = 0;
        if (running_) tokens_.forget(running_->job);
        running_.reset();
        effects.forget_anchors = true;
        next_ = now + Duration(1);
        save(effects);
    }
    if (state_.day != today) {
        effects.rebuild_index = today; // index_built follows
        next_.reset();
        return;
    }
    if (next_ && *next_ <= now) {
        next_.reset();
        next_batch(now, effects);
    }
    if (!running_ && !next_) next_ = Instant(today + std::chrono::days(1));
}

void Enrolment::index_built(Instant now, Day day, Effects& effects) {
    state_.day = day;
    save(effects);
    next_ = now; // whoever is still to enrol
}

void Enrolment::next_batch(Instant now, Effects& effects) {
    if (running_ || state_.imported_at == Instant{}) return;
    auto waiting = records_.unenrolled(people_per_batch);
    if (!waiting) return; // damage shows at the store; the index stays incomplete
    if (waiting.assume_value().empty()) {
        if (state_.complete) return;
        state_.complete = true;
        state_.enrolled = state_.people;
        LeafDraft draft(self_, now);
        draft.add(FieldTag::text, "index complete").number(FieldTag::count, state_.people);
        std::move(draft).write(crypto::LeafClass::admin, {}, effects);
        return save(effects);
    }
    Running running{0, {}, {}};
    std::vector<Bytes> inputs;
    auto const anchor_label = crypto::label(self_.mode(), crypto::Label::anchor);
    for (auto const& person : waiting.assume_value()) {
        for (auto& anchor : anchors_of(person.family, person.which, anchor_label)) {
            running.anchors.emplace_back(person.row, anchor.kind);
            inputs.push_back(std::move(anchor.input));
        }
        running.rows.push_back(person.row);
    }
    if (inputs.empty()) { // nobody in this batch can ever be found; the import report has said so
        effects.enrolled = running.rows;
        state_.enrolled += running.rows.size();
        next_ = now;
        return save(effects);
    }
    running.job =
        tokens_.start(now, EvaluatePurpose::enrol, std::move(inputs), pad_to, self_.agreement.keys.threshold, effects);
    running_ = std::move(running);
}

void Enrolment::failed(Instant now) {
    running_.reset();
    next_ = now + retry_after;
}

void Enrolment::finished(Instant now, Tokens const& tokens, Effects& effects) {
    for (std::size_t i = 0; i < tokens.tokens.size(); ++i) {
        auto const [row, kind] = running_->anchors[i];
        effects.anchors.push_back({row, kind, agency_secret(self_.mode(), tokens.tokens[i], self_.party)});
    }
    effects.enrolled = running_->rows;
    state_.enrolled += running_->rows.size();
    running_.reset();
    next_ = now + Duration(1); // the next batch must read the store after this step
    save(effects);
}

} // namespace fanlight::protocol
