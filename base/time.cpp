#include "base/time.hpp"

#include <array>
#include <cstdio>

namespace fanlight {

std::string to_text(Day day) {
    std::chrono::year_month_day const date(day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()));
    return text.data();
}

std::string to_text(Instant instant) {
    auto const day = day_of(instant);
    std::chrono::hh_mm_ss const time(std::chrono::floor<std::chrono::seconds>(instant - day));
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "T%02d:%02d:%02dZ", int(time.hours().count()), int(time.minutes().count()),
                  int(time.seconds().count()));
    return to_text(day) + text.data();
}

namespace {
/// Two or four decimal digits, or -1.
int digits(std::string_view text) {
    int value = 0;
    for (char const c : text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}
} // namespace

Result<Day> parse_day(std::string_view text) {
    constexpr auto where = "date";
    constexpr auto mend = "Write it as year-month-day, e.g. 2019-03-31.";
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return fail(Errc::malformed, where, mend);
    int const year = digits(text.substr(0, 4));
    int const month = digits(text.substr(5, 2));
    int const day = digits(text.substr(8, 2));
    if (year < 1800 || year > 2200 || month < 0 || day < 0) return fail(Errc::malformed, where, mend);
    std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                           std::chrono::day(unsigned(day))};
    if (!date.ok()) return fail(Errc::malformed, where, "There is no such date in the calendar.");
    return Day(date);
}

Result<Instant> parse_instant(std::string_view text) {
    constexpr auto where = "time";
    constexpr auto mend = "Write it in UTC, e.g. 2026-11-22T09:05:00Z.";
    if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
        return fail(Errc::malformed, where, mend);
    FANLIGHT_TRY(auto const day, parse_day(text.substr(0, 10)));
    int const hour = digits(text.substr(11, 2));
    int const minute = digits(text.substr(14, 2));
    int const second = digits(text.substr(17, 2));
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return fail(Errc::malformed, where, mend);
    return Instant(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

} // namespace fanlight
