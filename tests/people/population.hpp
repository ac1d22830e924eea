#pragma once
// A made-up population: families in a mixed English conurbation and people on their own. The truth, of which agencies
// see views with errors (agencies.hpp). Nobody here exists.

#include "base/time.hpp"
#include "tests/people/names.hpp"
#include "tests/people/places.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace fanlight::people {

struct Settings {
    std::size_t families = 16'000; ///< at most `families_max`
    std::size_t singles = 8'000;   ///< people of no family; at most `families_max` as well
    bool hard = false;             ///< the error rates of the hard column; the population is the same
};
inline constexpr std::size_t families_max = 800'000; ///< so that everybody finds a dwelling in QX

enum class Role : std::uint8_t { mother, father, child, grandparent, lodger, single };
char const* name(Role role);

inline constexpr std::uint32_t nowhere = 0xFFFF'FFFF; ///< no fixed abode
inline constexpr std::uint32_t no_nhs_number = 0xFFFF'FFFF;

struct Person {
    std::uint32_t pid = 0; ///< a man with two families is two entries with one pid
    std::int32_t fam = 0;  ///< from 0; below 0: alone
    Role role = Role::single;
    Culture culture = Culture::english;
    Sex sex = Sex::unknown;
    bool twin = false;
    Day date_of_birth{};
    std::string forename;
    std::string middle; ///< may be empty
    std::string surname;
    std::string former_surname; ///< may be empty
    std::uint32_t dwelling = nowhere;
    std::array<std::uint32_t, 2> former_dwellings{}; ///< a family's are the same for all who live in it
    std::uint32_t nhs = no_nhs_number;               ///< the seven digits after 999
};

/// Ten digits from 999 with a valid check digit, or empty.
std::string nhs_number(Person const& person);
Place place(std::uint64_t seed, std::uint32_t dwelling); ///< also of nowhere

struct Population {
    std::uint64_t seed = 0;
    std::uint32_t dwellings = 0; ///< numbered from 0; eight in ten are lived in
    std::vector<Person> people;  ///< a family's are neighbours; pids rise, but for men with two families
};

/// The same for the same families, singles and seed, on every machine. About 3.6 people a family. There are 909,090
/// test numbers; people after that have no NHS number. Asserts the limits of Settings.
Population make_population(Settings const& settings, std::uint64_t seed);

} // namespace fanlight::people
