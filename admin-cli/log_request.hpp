#pragma once
// What is typed after `fanlight log`, as a request to the node has it.

#include "admin-cli/log_verbs.hpp"

#include <optional>

namespace fanlight::cli {

inline constexpr Duration log_patience = std::chrono::minutes(11); ///< a million leaves take the node a minute

/// To the second: what is printed is what was meant.
Instant wall_clock();
/// "7d" or "12h" (so long ago), "2026-11-14", "2026-11-14T09:05:00Z". Errc::malformed names `option`.
Result<Instant> parse_moment(std::string_view text, Instant now, char const* option);

struct LogRequest {
    std::optional<Instant> from;
    std::optional<Instant> to;
    std::string query; ///< parameters, each followed by '&'
};
/// Errc::malformed: names the option.
Result<LogRequest> log_request(LogPeriod const& period, Instant now);

/// What is wrong with it before the node is asked; none: nothing.
std::optional<Error> bad_place(std::string_view text);
std::optional<Error> bad_tag(std::string_view text); ///< an exchange tag as hex

} // namespace fanlight::cli
