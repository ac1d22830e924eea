// The simulated disk: maps and vectors where a node has SQLCipher and tiles.

#include "disk.hpp"

#include "protocol/engine/record_codec.hpp"

#include <algorithm>

namespace fanlight::simulation {

using namespace protocol;

namespace {
PersonTokens copy_of(PersonTokens const& tokens) {
    PersonTokens copy;
    copy.fields = tokens.fields;
    for (auto const& anchor : tokens.anchors) copy.anchors.push_back({anchor.kind, anchor.salt, anchor.secret.copy()});
    for (auto const& one : tokens.components) copy.components.push_back({one.kind, one.salt, one.secret.copy()});
    return copy;
}
} // namespace

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
        std::erase_if(tokens_, [&](auto const& entry) { return entry.first.first == epoch; });
        std::erase_if(enrolled_, [&](auto const& entry) { return entry.first == epoch; });
        std::erase_if(indexes_, [&](auto const& entry) { return entry.first.epoch == epoch; });
    }
    for (auto const& key : effects.drop_indexes) indexes_.erase(key);
    for (auto const& person : effects.tokens) {
        tokens_[{person.epoch, person.row}] = std::make_shared<PersonTokens const>(copy_of(person.tokens));
        for (auto const& anchor : person.tokens.anchors) {
            anchors_.push_back({person.epoch, person.row, anchor.kind, to_bytes(anchor.secret.reveal())});
            for (auto& [key, index] : indexes_) enter(key, index, anchors_.back());
        }
    }
    for (auto const& entry : effects.enrolled) enrolled_.emplace(entry.epoch, entry.row);
    for (auto const& key : effects.build_indexes) {
        auto& index = indexes_[key];
        index.clear();
        for (auto const& anchor : anchors_) enter(key, index, anchor);
    }
    pending_.insert(pending_.end(), effects.leaves.begin(), effects.leaves.end());
    receipts_.insert(receipts_.end(), effects.receipts.begin(), effects.receipts.end());
    copies_.insert(copies_.end(), effects.copies.begin(), effects.copies.end());
    for (auto const& one : effects.erase_subjects) {
        auto& last = erased_[one.subject];
        last = std::max(last, one.last);
    }
}

void Disk::publish() {
    log_.insert(log_.end(), pending_.begin(), pending_.end());
    pending_.clear();
}

void Disk::publish_some(std::size_t leaves) {
    auto const end = pending_.begin() + static_cast<std::ptrdiff_t>(std::min(leaves, pending_.size()));
    log_.insert(log_.end(), pending_.begin(), end);
    pending_.erase(pending_.begin(), end);
}

std::vector<crypto::Entry> Disk::put_back(std::uint64_t common, std::vector<crypto::Leaf> const& leaves) {
    publish();
    auto const from = log_.begin() + static_cast<std::ptrdiff_t>(common);
    std::vector<crypto::Entry> taken(from, log_.end());
    log_.erase(from, log_.end());
    for (auto const& leaf : leaves) log_.push_back({leaf, {}});
    return taken;
}

std::map<std::uint32_t, std::uint64_t> Disk::replace_people(std::vector<PersonRecord> people, SamePerson same) {
    same_ = std::move(same);
    std::map<Bytes, RecordRow> before;
    for (std::size_t i = 0; i < people_.size(); ++i) before.emplace(encode(people_[i]), static_cast<RecordRow>(i + 1));
    std::map<RecordRow, RecordRow> moved; // from an old row to the new one
    for (std::size_t i = 0; i < people.size(); ++i)
        if (auto const known = before.find(encode(people[i])); known != before.end())
            moved.emplace(known->second, static_cast<RecordRow>(i + 1));
    people_ = std::move(people);
    std::map<std::uint32_t, std::uint64_t> kept;
    auto const rows = std::exchange(enrolled_, {});
    for (auto const& [epoch, row] : rows)
        if (moved.contains(row) && enrolled_.emplace(epoch, moved.at(row)).second) ++kept[epoch];
    std::erase_if(anchors_, [&](auto const& anchor) { return !moved.contains(anchor.row); });
    for (auto& anchor : anchors_) anchor.row = moved.at(anchor.row);
    auto const tokens = std::exchange(tokens_, {});
    for (auto const& [key, value] : tokens)
        if (moved.contains(key.second)) tokens_[{key.first, moved.at(key.second)}] = value;
    all_ = {};
    for (auto const& person : people_) all_.add(person, forms_of(person.identity));
    households_ = all_.households();
    for (auto& [key, index] : indexes_) {
        index.clear();
        for (auto const& anchor : anchors_) enter(key, index, anchor);
    }
    return kept;
}

void Disk::enter(IndexKey const& key, Index& index, Anchor const& anchor) const {
    if (anchor.epoch != key.epoch) return;
    auto const secret = AgencySecret::parse(anchor.secret);
    index.emplace(day_token(mode_, secret.value(), key.day), anchor.row);
}

Result<void> Disk::readable() const {
    if (unreadable_) return fail(Errc::io, "disk");
    return ok();
}

Result<std::vector<RecordRow>> Disk::find(IndexKey const& key, DayToken const& token) const {
    FANLIGHT_TRY(readable());
    std::set<RecordRow> rows;
    auto const index = indexes_.find(key);
    if (index == indexes_.end()) return std::vector<RecordRow>();
    auto const [begin, end] = index->second.equal_range(token);
    for (auto entry = begin; entry != end; ++entry) rows.insert(entry->second);
    return std::vector<RecordRow>(rows.begin(), rows.end());
}

Result<PersonTokens> Disk::tokens(std::uint32_t epoch, RecordRow row) const {
    FANLIGHT_TRY(readable());
    auto const found = tokens_.find({epoch, row});
    return found == tokens_.end() ? PersonTokens() : copy_of(*found->second);
}

Result<Surroundings> Disk::surroundings(RecordRow row) const {
    FANLIGHT_TRY(readable());
    Surroundings found;
    if (row < 1 || static_cast<std::size_t>(row) > people_.size()) return found;
    auto const place = static_cast<std::size_t>(row - 1);
    auto const names = counted_names(forms_of(people_[place].identity));
    auto const count = [](auto const& counts, std::string const& name) {
        auto const known = counts.find(name);
        return known == counts.end() ? std::uint64_t(0) : known->second;
    };
    found.names = {all_.people(), count(all_.forenames(), names.forename), count(all_.surnames(), names.surname)};
    found.household = households_[place];
    for (auto const& group : same_)
        if (std::find(group.begin(), group.end(), place) != group.end())
            for (auto const member : group) found.same_person.push_back(static_cast<RecordRow>(member + 1));
    return found;
}

Result<std::optional<PersonRecord>> Disk::person(RecordRow row) const {
    FANLIGHT_TRY(readable());
    if (row < 1 || static_cast<std::size_t>(row) > people_.size()) return std::optional<PersonRecord>();
    return std::optional(people_[static_cast<std::size_t>(row - 1)]);
}

Result<std::vector<Unenrolled>> Disk::unenrolled(std::uint32_t epoch, RecordRow after, std::size_t limit) const {
    FANLIGHT_TRY(readable());
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

SamePerson same_people(std::vector<PersonRecord> const& people, policy::Agreement const& agreement) {
    auto const& matching = agreement.matching;
    return duplicates_in(people.size(), [&people](std::size_t i) { return forms_of(people[i].identity); },
                         Points::parse(matching.points).value(), {matching.sure, matching.unsure});
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
