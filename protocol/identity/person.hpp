#pragma once
// What identifies a person, as an agency's record or a query holds it. Never travels; only tokens of it do.

#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fanlight::protocol {

/// UTF-8, as written by people; identity/standardise.hpp makes it comparable.
struct Name {
    std::string forename;
    std::string surname;
};

struct Identity {
    std::vector<Name> names; ///< the current one first, then aliases and former names; at least one
    std::optional<Day> date_of_birth;
    std::string nhs_number; ///< ten digits with a valid check digit, or empty
    std::string postcode;   ///< may be empty; not used by matching version 1 and never on the wire
};

} // namespace fanlight::protocol
