#pragma once
// Dates of birth: read as people and systems write them, and made comparable. Pure, total, no clock: the caller knows
// what day it is.

#include "protocol/identity/person.hpp"

#include <optional>
#include <string_view>

namespace fanlight::protocol {

/// The order of the numbers in a date that does not show it. ymd: the year comes first; if it comes last all the same,
/// the day comes first, as Britain writes.
enum class DateOrder : std::uint8_t { ymd, dmy, mdy };

enum class DateFault : std::uint8_t {
    none,
    not_a_date,     ///< no form of a date that is understood
    impossible,     ///< a month 13, a 30 February, a year before 1800 or after 2200
    two_digit_year, ///< and no pivot was given
};

/// At most one of day and partial; neither, without a fault, is a date that is missing.
struct BirthDate {
    std::optional<Day> day = {};
    std::optional<PartialDate> partial = {};
    DateFault fault = DateFault::none;
    auto operator<=>(BirthDate const&) const = default;
};

/// Understands 2016-03-09, 2016/3/9, 20160309, 09/03/2016, 9.3.2016, 09032016, "9 Mar 2016", "9th March 2016", "March
/// 9, 2016", a midnight behind any of them ("2016-03-09T00:00:00.000Z"), and partly known ones: "March 2016", 2016-03,
/// 03/2016, 2016-03-00, "2016". Of two-digit years only with a pivot, the last year one can mean: with 2025, 25 is 2025
/// and 26 is 1926. Missing: nothing, a placeholder ("unknown", "n/k"), all zeros, and what standard_date() drops:
/// 1900-01-01, 1901-01-01, 9999-12-31 (any year 9999), the years 1900 and 1901 alone. Day and month are never swapped
/// to make a date possible.
BirthDate parse_date_of_birth(std::string_view text, DateOrder order, std::optional<int> pivot = {});

/// Not after today, and not more than 125 years before it.
inline constexpr int age_years_max = 125;
bool is_plausible_birth(Day day, Day today);
bool is_plausible_birth(PartialDate const& date, Day today);

/// The date, unless a computer made it up: before 1900, 1900-01-01 and 1901-01-01, or after 2200, is missing. Other
/// first days of January stay, although many are guesses: for some people they are the date on every document.
std::optional<Day> standard_date(std::optional<Day> day);

/// The same for a date and the date with day and month swapped, if both exist. Takes a standard date. Idempotent.
Day canonical_date(Day day);

} // namespace fanlight::protocol
