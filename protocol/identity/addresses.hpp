#pragma once
// Addresses made comparable: the same home written twice should give the same text. Pure, total, no list of real
// addresses behind it.

#include "protocol/identity/person.hpp"

#include <string>
#include <string_view>

namespace fanlight::protocol {

/// Every text may be empty: not known. All are standard: a-z, 0-9 and single spaces; postcode and sector in capitals.
struct StandardAddress {
    std::string premises;        ///< numbers, the lowest first, then words: "12", "3 12", "144b", "3 elm court"
    std::string street;          ///< "elm avenue", "saint johns road"
    std::string locality;        ///< "ashton under lyne"
    std::string postcode;        ///< "M12 6DZ", or 4 to 6 digits as other countries have them
    std::string sector;          ///< "M12 6": about 3,000 homes; of a code that is not British the whole code
    std::string uprn;            ///< at most 12 digits
    bool no_fixed_abode = false; ///< it says so; everything else is then empty
    auto operator<=>(StandardAddress const&) const = default;
};

/// "Flat 3, 12", "12 Flat 3" and "3/12" are one (so are Flat 12, 3: a street rarely has both); "144 B" is "144b";
/// "No. 12" and "0012" are "12". A house number, flat or house name at the start of the street field counts as
/// premises: "12 Elm Avenue", "Flat 3, 12 Elm Ave", "Rose Cottage, Elm Avenue". What follows the street after a comma
/// is left out. An address that is no home ("no fixed abode", "NFA", "homeless", "c/o ...", a ZZ99 postcode) is missing
/// altogether; a field that says "unknown" is empty. Standardising the result again changes nothing.
StandardAddress standard_address(Address const& address);

/// Words with a space between; empty for a placeholder. Idempotent.
std::string standard_street(std::string_view text);   ///< "St. John's Rd" -> "saint johns road"
std::string standard_locality(std::string_view text); ///< "St Helens" -> "saint helens"

/// "M12 6DZ", or empty for what has no such form and for ZZ99 (no fixed address, abroad, unknown). An O or I typed for
/// the digit of the second half is read as 0 or 1. Idempotent.
std::string standard_postcode(std::string_view text);

} // namespace fanlight::protocol
