#pragma once
// Which people an agency holds records of, and what it wrote down.

#include "tests/people/errors.hpp"
#include "tests/people/population.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fanlight::people {

/// How agencies come to know people: first the family, then each of it.
struct Presence {
    Rate family;   ///< of families, and of people alone, known at all
    Rate member;   ///< of a known family's members
    Rate alone;    ///< of people alone
    bool children; ///< children only
};
Presence presence(Agency agency);

/// One record. `pid`, `fam` and `role` are the truth, for judging only. Text is as somebody typed it.
struct Row {
    std::uint32_t pid = 0;
    std::int32_t fam = 0;
    Role role = Role::single;
    Sex sex = Sex::unknown;
    std::optional<Day> date_of_birth;
    std::string forename; ///< never empty
    std::string middle;
    std::string surname; ///< never empty
    Place place;
    std::string nhs; ///< ten digits, of which one may be wrong, or empty
    bool operator==(Row const&) const = default;
};

/// The record of one entry of `population.people`, `which`, with the agency's faults; `copy` 0, or 1 for a duplicate.
/// What happens to one person does not depend on any other, and little on `settings.hard`: the hard view has the
/// faults of the normal one and more.
Row row_of(Population const& population, std::size_t which, Agency agency, Settings const& settings, std::uint64_t seed,
           std::uint64_t copy = 0);

/// All records of an agency, in no order. The same for the same arguments, on every machine.
std::vector<Row> view_of(Population const& population, Agency agency, Settings const& settings, std::uint64_t seed);

} // namespace fanlight::people
