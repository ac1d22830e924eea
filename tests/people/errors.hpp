#pragma once
// What goes wrong between a person and a record, how often, at which agency: one table. The figures are our own guess
// at what such records are like; nobody measured them.

#include "tests/people/random.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace fanlight::people {

enum class Agency : std::uint8_t { social, police, health, housing, education };
inline constexpr std::array all_agencies = {Agency::social, Agency::police, Agency::health, Agency::housing,
                                            Agency::education};
char const* name(Agency agency);

enum class Fault : std::uint8_t {
    forename_slip, ///< one typing slip: see slip()
    surname_slip,
    forename_by_ear,
    surname_by_ear,
    forename_spelling, ///< another transliteration or spelling, of names that have one
    surname_spelling,
    nickname,           ///< of forenames that have one
    middle_as_forename, ///< of people with a middle name: it stands first, alone or exchanged
    middle_missing,     ///< of people with a middle name
    middle_initial,
    names_swapped,     ///< forename and surname
    former_surname,    ///< of people who had another
    family_surname,    ///< another one of the family's surnames
    double_name,       ///< of double surnames: half of it, or joined, or turned round
    accents_lost,      ///< of names with accents
    placeholder,       ///< "Baby", "Unknown" for a forename
    day_month_swapped, ///< of dates where both are 12 or less and differ
    date_digit,        ///< one digit of the date
    first_of_january,  ///< of the year, or of the one before or after
    date_missing,
    sex_missing,
    sex_wrong,
    moved,       ///< a former address
    number_slip, ///< of the house
    postcode_slip,
    postcode_missing, ///< and the UPRN
    no_fixed_abode,
    uprn_missing,
    nhs_missing,
    nhs_of_family, ///< another family member's
    nhs_digit,
    duplicate, ///< a second record with faults of its own
};
inline constexpr std::size_t faults = 32;

struct FaultRates {
    Fault fault;
    std::array<Rate, 5> normal; ///< per 100,000, in the order of Agency
    std::array<Rate, 5> hard;
};
/// In the order of Fault. Hard is twice normal, but for NHS numbers and middle names that are missing anyway, and
/// moves.
std::array<FaultRates, faults> const& fault_rates();
Rate rate(Fault fault, Agency agency, bool hard);

/// One slip of the typing hand: a letter replaced by any or by a neighbour on the keyboard, left out, doubled,
/// exchanged with the next, or the first one lost. Whole letters of UTF-8; names of one letter stay as they are. The
/// first letter of the result is a capital if the name's was.
std::string slip(std::string const& name, Random& random);

} // namespace fanlight::people
