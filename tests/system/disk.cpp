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
    for (auto const epoch : effects.forget_epochs) {
        std::erase_if(anchors_, [&](auto const& anchor) { return anchor.epoch == epoch; });
        std::erase_if(enrolled_, [&](auto const& entry) { return entry.first == epoch; });
        std::erase_if(indexes_, [&](auto const& entry) { return entry.first.epoch == epoch; });
    }
    for (auto const& key : effects.drop_indexes) indexes_.erase(key);
    for (auto const& anchor : effects.anchors) {
        anchors_.push_back({anchor.epoch, anchor.row, anchor.kind, to_bytes(anchor.secret.reveal())});
        for (auto& [key, index] : indexes_) enter(key, index, anchors_.back());
    }
    for (auto const& entry : effects.enrolled) enrolled_.emplace(entry.epoch, entry.row);
    for (auto const& key : effects.build_indexes) {
        auto& index = indexes_[key];
        index.clear();
        for (auto const& anchor : anchors_) enter(key, index, anchor);
    }
    pending_.insert(pending_.end(), effects.leaves.begin(), effects.leaves.end());
}

void Disk::publish() {
    log_.insert(log_.end(), pending_.begin(), pending_.end());
    pending_.clear();
}

void Disk::replace_people(std::vector<PersonRecord> people) {
    people_ = std::move(people);
    enrolled_.clear();
    anchors_.clear();
    for (auto& [key, index] : indexes_) index.clear();
}

void Disk::enter(IndexKey const& key, Index& index, Anchor const& anchor) const {
    if (anchor.epoch != key.epoch) return;
    auto const secret = AgencySecret::parse(anchor.secret);
    index.emplace(day_token(mode_, secret.value(), key.day), anchor);
}

Result<std::vector<IndexHit>> Disk::find(IndexKey const& key, DayToken const& token) const {
    std::vector<IndexHit> hits;
    auto const index = indexes_.find(key);
    if (index == indexes_.end()) return hits;
    auto const [begin, end] = index->second.equal_range(token);
    for (auto entry = begin; entry != end; ++entry) {
        FANLIGHT_TRY(auto secret, AgencySecret::parse(entry->second.secret));
        hits.push_back({entry->second.row, entry->second.kind, std::move(secret)});
    }
    return hits;
}

Result<std::optional<PersonRecord>> Disk::person(RecordRow row) const {
    if (row < 1 || static_cast<std::size_t>(row) > people_.size()) return std::optional<PersonRecord>();
    return std::optional(people_[static_cast<std::size_t>(row - 1)]);
}

Result<std::vector<Unenrolled>> Disk::unenrolled(std::uint32_t epoch, RecordRow after, std::size_t limit) const {
    std::vector<Unenrolled> waiting;
    for (auto i = static_cast<std::size_t>(after); i < people_.size() && waiting.size() < limit; ++i) {
        if (enrolled_.contains({epoch, static_cast<RecordRow>(i + 1)})) continue;
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
