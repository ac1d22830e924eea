// Standardises the rows of a file, and puts households together.

#include "protocol/trial/trial_file.hpp"

#include "crypto/labels.hpp"
#include "protocol/trial/unite.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::protocol {

namespace {

constexpr std::size_t rows_a_task = 256;

/// A number of each row, the same for one person.
std::vector<std::uint32_t> people_of(TrialFile const& file) {
    Unite<std::string> same(file.rows.size());
    if (file.same) {
        for (auto const& group : *file.same)
            for (auto const row : group) same.join(group.front(), row);
    } else {
        for (std::size_t row = 0; row < file.rows.size(); ++row) same.put(row, file.rows[row].truth);
    }
    return same.numbered();
}

void group_rows(TrialFile& file, TrialSide side, Grouping grouping) {
    Unite<std::string> same(file.rows.size());
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
        if (grouping == Grouping::by_household_id && !file.rows[row].household_id.empty())
            same.put(row, file.rows[row].household_id);
        if (grouping != Grouping::by_premises) continue;
        for (auto const& place : file.forms[row].places) {
            if (!place.uprn.empty()) same.put(row, "uprn " + place.uprn);
            if (!place.premises.empty()) same.put(row, "premises " + place.premises);
        }
    }
    file.together = same.numbered();
    std::vector<std::vector<std::size_t>> groups_of; // of each household
    auto const people = people_of(file);
    auto const has_room = [&](std::size_t group, std::size_t row) {
        auto const& members = file.groups[group];
        if (members.size() == limits::slots) return false;
        return side == TrialSide::holds || std::none_of(members.begin(), members.end(), [&](TrialRowNumber member) {
                   return people[member] == people[row];
               });
    };
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
        auto const household = file.together[row];
        if (household == groups_of.size()) groups_of.emplace_back();
        auto& groups = groups_of[household];
        auto group =
            std::find_if(groups.begin(), groups.end(), [&](std::size_t place) { return has_room(place, row); });
        if (group == groups.end()) {
            group = groups.insert(groups.end(), file.groups.size());
            file.groups.emplace_back();
        }
        file.groups[*group].push_back(static_cast<TrialRowNumber>(row));
    }
}

/// As an agency's store has them after an import.
void add_surroundings(TrialFile& file) {
    AllPeople all;
    PersonRecord record;
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
        record.family_id = file.rows[row].household_id;
        all.add(record, file.forms[row]);
    }
    auto const count = [](std::unordered_map<std::string, std::uint64_t> const& counts, std::string const& name) {
        auto const found = counts.find(name);
        return found == counts.end() ? 0 : found->second;
    };
    auto const households = all.households();
    std::vector<std::vector<RecordRow>> same(file.rows.size());
    for (auto const& group : file.same.value_or(SamePerson()))
        for (auto const row : group) same[row].assign(group.begin(), group.end());
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
        auto const names = counted_names(file.forms[row]);
        NameCounts const counts{all.people(), count(all.forenames(), names.forename),
                                count(all.surnames(), names.surname)};
        file.surroundings.push_back({counts, households[row], std::move(same[row])});
    }
}

} // namespace

TrialFile prepare_trial(std::vector<TrialRow> rows, TrialSide side, Grouping grouping, crypto::Parallel const& parallel,
                        TrialPoints const* by) {
    assert(rows.size() <= trial_rows_max);
    TrialFile file;
    file.rows = std::move(rows);
    file.forms.resize(file.rows.size());
    parallel((file.rows.size() + rows_a_task - 1) / rows_a_task, [&file](std::size_t task) {
        auto const end = std::min((task + 1) * rows_a_task, file.rows.size());
        for (auto row = task * rows_a_task; row < end; ++row) file.forms[row] = forms_of(file.rows[row].identity);
    });
    if (by != nullptr) file.same = duplicates_in(file.forms, by->points, by->thresholds);
    group_rows(file, side, grouping);
    add_surroundings(file);
    return file;
}

std::vector<Descriptors> describe_group(TrialFile const& file, std::vector<TrialRowNumber> const& group) {
    static auto const anchor = crypto::label(Mode::practice, crypto::Label::anchor);
    static auto const component = crypto::label(Mode::practice, crypto::Label::component);
    std::vector<Forms> people;
    people.reserve(group.size());
    for (auto const row : group) people.push_back(file.forms[row]);
    std::vector<Descriptors> described;
    described.reserve(group.size());
    for (std::size_t which = 0; which < people.size(); ++which)
        described.push_back(descriptors_of(people, which, {anchor, component}));
    return described;
}

std::uint64_t trial_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (auto const letter : text) hash = (hash ^ static_cast<std::uint8_t>(letter)) * 0x100000001b3U;
    return (hash ^ hash >> 32U) * 0x9e3779b97f4a7c15U >> 1U;
}

void families_from_households(TrialFile& left, std::vector<TrialFile*> const& others) {
    std::unordered_map<std::string, std::string> family_of;
    for (std::size_t row = 0; row < left.rows.size(); ++row) {
        left.rows[row].family = "household " + std::to_string(left.together[row]);
        family_of.emplace(left.rows[row].truth, left.rows[row].family);
    }
    for (auto* const file : others)
        for (auto& row : file->rows)
            if (auto const found = family_of.find(row.truth); found != family_of.end()) row.family = found->second;
}

} // namespace fanlight::protocol
