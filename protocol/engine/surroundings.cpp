#include "protocol/engine/surroundings.hpp"

#include <numeric>

namespace fanlight::protocol {

CountedNames counted_names(Forms const& person) {
    if (person.names.empty()) return {};
    return {person.names.front().spoken, person.names.front().surname};
}

std::uint32_t AllPeople::link(char kind, std::string const& text) {
    if (text.empty()) return none;
    auto const [entry, fresh] = numbers_.emplace(kind + text, static_cast<std::uint32_t>(shared_by_.size()));
    if (fresh) shared_by_.push_back(0);
    ++shared_by_[entry->second];
    return entry->second;
}

void AllPeople::add(PersonRecord const& record, Forms const& person) {
    auto const names = counted_names(person);
    if (!names.forename.empty()) ++forenames_[names.forename];
    if (!names.surname.empty()) ++surnames_[names.surname];
    auto const place = person.places.empty() ? PlaceForm{} : person.places.front();
    links_.push_back({link('f', record.family_id), link('p', place.premises), link('u', place.uprn)});
}

std::vector<std::uint64_t> AllPeople::households() const {
    // Union-find over people, halving paths; whoever first had a link stands for it.
    std::vector<std::uint32_t> parent(links_.size());
    std::iota(parent.begin(), parent.end(), 0U);
    auto const root = [&](std::uint32_t person) {
        while (parent[person] != person) person = parent[person] = parent[parent[person]];
        return person;
    };
    constexpr auto nobody = ~std::uint32_t(0);
    std::vector<std::uint32_t> first(shared_by_.size(), nobody);
    for (std::uint32_t person = 0; person < links_.size(); ++person)
        for (auto const one : links_[person]) {
            if (one == none || shared_by_[one] > household_people_max) continue;
            if (first[one] == nobody) first[one] = person;
            parent[root(person)] = root(first[one]);
        }
    std::vector<std::uint32_t> size(links_.size());
    for (std::uint32_t person = 0; person < links_.size(); ++person) ++size[root(person)];
    std::vector<std::uint64_t> households(links_.size());
    for (std::uint32_t person = 0; person < links_.size(); ++person) {
        auto const of = root(person);
        bool const together = size[of] > 1 && size[of] <= household_people_max;
        households[person] = together ? std::uint64_t(of) + 1 : 0;
    }
    return households;
}

} // namespace fanlight::protocol
