// The simulated disk: maps and vectors where a node has SQLCipher and tiles.

#include "disk.hpp"

namespace fanlight::simulation {

using namespace protocol;

void Disk::commit(Effects const& effects) {
    for (auto const& write : effects.writes) {
        auto const key = std::pair(write.space, write.key);
        if (write.value)
            state_[key] = *write.value;
        else
            state_.erase(key);
    }
    if (effects.forget_anchors) {
        anchors_.clear();
        index_.clear();
        enrolled_.assign(people_.size(), false);
    }
    for (auto const& anchor : effects.anchors) {
        anchors_.push_back({anchor.row, anchor.kind, to_bytes(anchor.secret.reveal())});
        if (index_day_) index(anchors_.size() - 1);
    }
    for (auto const row : effects.enrolled) enrolled_.at(static_cast<std::size_t>(row - 1)) = true;
    if (effects.rebuild_index) {
        index_day_ = effects.rebuild_index;
        index_.clear();
        for (std::size_t i = 0; i < anchors_.size(); ++i) index(i);
    }
    pending_.insert(pending_.end(), effects.leaves.begin(), effects.leaves.end());
}

void Disk::publish() {
    log_.insert(log_.end(), pending_.begin(), pending_.end());
    pending_.clear();
}

void Disk::replace_people(std::vector<PersonRecord> people) {
    people_ = std::move(people);
    enrolled_.assign(people_.size(), false);
    anchors_.clear();
    index_.clear();
}

void Disk::index(std::size_t anchor) {
    auto const secret = AgencySecret::parse(anchors_[anchor].secret);
    index_.emplace(day_token(mode_, secret.value(), *index_day_), anchor);
}

Result<std::vector<IndexHit>> Disk::find(Day day, DayToken const& token) const {
    std::vector<IndexHit> hits;
    if (index_day_ != day) return hits;
    auto const [begin, end] = index_.equal_range(token);
    for (auto entry = begin; entry != end; ++entry) {
        auto const& anchor = anchors_[entry->second];
        FANLIGHT_TRY(auto secret, AgencySecret::parse(anchor.secret));
        hits.push_back({anchor.row, anchor.kind, std::move(secret)});
    }
    return hits;
}

Result<std::optional<PersonRecord>> Disk::person(RecordRow row) const {
    if (row < 1 || static_cast<std::size_t>(row) > people_.size()) return std::optional<PersonRecord>();
    return std::optional(people_[static_cast<std::size_t>(row - 1)]);
}

Result<std::vector<Unenrolled>> Disk::unenrolled(std::size_t limit) const {
    std::vector<Unenrolled> waiting;
    for (std::size_t i = 0; i < people_.size() && waiting.size() < limit; ++i) {
        if (enrolled_[i]) continue;
        Unenrolled person{static_cast<RecordRow>(i + 1), {people_[i].identity}, 0};
        for (std::size_t j = 0; j < people_.size(); ++j) {
            bool const related = !people_[i].family_id.empty() && people_[j].family_id == people_[i].family_id;
            if (j != i && related) person.family.push_back(people_[j].identity);
        }
        waiting.push_back(std::move(person));
    }
    return waiting;
}

std::vector<Bytes> values_of(crypto::Entry const& entry, crypto::FieldTag tag) {
    std::vector<Bytes> values;
    for (auto const& field : entry.fields)
        if (field.tag == tag) values.push_back(field.value);
    return values;
}

std::string text_of(crypto::Entry const& entry, crypto::FieldTag tag) {
    auto const values = values_of(entry, tag);
    return values.empty() ? std::string() : std::string(as_text(values.front()));
}

} // namespace fanlight::simulation
