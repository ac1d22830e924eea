#pragma once
// Names of the mixed population of an English conurbation. Own word lists, most frequent first; who bears which name
// is made up.

#include "protocol/identity/person.hpp"
#include "tests/people/random.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace fanlight::people {

using protocol::Sex;

enum class Culture : std::uint8_t {
    english,
    irish,
    scottish_welsh,
    pakistani_bangladeshi,
    indian,
    arabic,
    polish,
    ukrainian,
    romanian,
    vietnamese,
    chinese,
    turkish,
    caribbean,
    iberian,
    somali,
    nigerian,
};
inline constexpr std::size_t cultures = 16;

/// Words separated by spaces, the most frequent first; '_' inside a word stands for a space ("de_Souza").
struct NameLists {
    std::string_view men;
    std::string_view women;
    std::string_view boys; ///< forenames of people born since `young_since`; empty: as the men
    std::string_view girls;
    std::string_view surnames;
    std::string_view stems;   ///< with `endings` they make the long tail of rare surnames; both may be empty
    std::string_view endings; ///< joined to a stem
    Rate tail;                ///< of surnames, those from the tail
    std::uint32_t weight;     ///< share of the population; about per 1,000
};
inline constexpr int young_since = 1994; ///< year of birth

/// All lists, in the order of Culture.
std::array<NameLists, cultures> const& name_lists();

Culture any_culture(Random& random);
std::string forename_of(Culture culture, Sex sex, int birth_year, Random& random);
/// As a man of the family bears it; see surname_for().
std::string surname_of(Culture culture, Random& random);
/// "Kowalski" is "Kowalska" for a woman of a Polish family; others as they are.
std::string surname_for(Culture culture, Sex sex, std::string const& surname);
/// What a woman is called in some Pakistani and Bangladeshi families instead of a family name ("Begum").
std::string honorific_surname(Random& random);

} // namespace fanlight::people
