#pragma once
// What identifies a person, as an agency's record or a query holds it. Never travels; only tokens of it do.
// Everything is UTF-8 as written by people; identity/standardise.hpp and its neighbours make it comparable.

#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fanlight::protocol {

struct Name {
    std::string forename;
    std::string surname;
    std::string middle_names = {}; ///< separated by spaces; may be empty
};

struct Address {
    std::string premises; ///< house number or name, flat: "12", "Flat 3, 12", "Rose Cottage"; may be empty
    std::string street;
    std::string locality; ///< suburb, village or town
    std::string postcode;
    std::string uprn; ///< Unique Property Reference Number, up to 12 digits
};

enum class Sex : std::uint8_t { unknown, female, male };

/// A date of birth of which the day, or the day and the month, are not known.
struct PartialDate {
    int year = 0;
    unsigned month = 0; ///< 0: not known
    auto operator<=>(PartialDate const&) const = default;
};

struct Identity {
    std::vector<Name> names; ///< the current one first, then aliases and former names; at least one
    std::optional<Day> date_of_birth;
    std::string nhs_number = {};                  ///< ten digits with a valid check digit, or empty
    std::vector<Address> addresses = {};          ///< the current one first, then former ones; may be empty
    Sex sex = Sex::unknown;                       ///< as recorded
    std::string upn = {};                         ///< Unique Pupil Number, 13 characters, or empty
    std::string agreed_number = {};               ///< any other number that the parties agreed to compare, or empty
    std::optional<PartialDate> partial_date = {}; ///< only where `date_of_birth` is not known
};

} // namespace fanlight::protocol
