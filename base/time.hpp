#pragma once
// Time points. The core rooms never read a clock: they are told the time.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace fanlight {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Duration>; ///< UTC, to the millisecond
using Day = std::chrono::sys_days;               ///< a date; as a query's day, the UTC day

inline Day day_of(Instant instant) {
    return std::chrono::floor<std::chrono::days>(instant);
}
/// Milliseconds since 1970-01-01T00:00:00Z, as it travels and is stored. Negative instants do not travel.
inline std::uint64_t to_wire(Instant instant) {
    return static_cast<std::uint64_t>(instant.time_since_epoch().count());
}
inline Instant from_wire(std::uint64_t milliseconds) {
    return Instant(Duration(static_cast<std::int64_t>(milliseconds & 0x7FFFFFFFFFFFFFFFULL)));
}
/// Days since 1970-01-01.
inline std::uint32_t to_wire(Day day) {
    return static_cast<std::uint32_t>(day.time_since_epoch().count());
}
inline Day day_from_wire(std::uint32_t days) {
    return Day(std::chrono::days(static_cast<int>(days & 0x7FFFFFFFU)));
}

std::string to_text(Day day);         ///< "2026-11-22"
std::string to_text(Instant instant); ///< "2026-11-22T09:05:00Z"

/// "2026-11-22" exactly, a date that exists, years 1800 to 2200; else Errc::malformed.
Result<Day> parse_day(std::string_view text);
/// "2026-11-22T09:05:00Z" exactly; else Errc::malformed.
Result<Instant> parse_instant(std::string_view text);

} // namespace fanlight
