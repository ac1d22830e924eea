#pragma once
// What reading an agreement needs beside the TOML library: findings with their lines, words on unknown keys, durations.
// For parse.cpp and parse_section.hpp only.

#include "policy/agreement.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::policy {

/// Findings with their lines, and where each table stands, so that check() can speak of tables alone.
class Report {
  public:
    void stands(std::string const& place, std::uint32_t line) { lines_[place] = line; }
    void error(std::uint32_t line, std::string place, std::string text, std::string mend);
    /// A finding of check(): its line is that of its table, as far as there is one.
    void add_checked(Finding finding);
    bool has_error() const { return errors_ != 0; }
    std::vector<Finding> take() &&;

  private:
    void add(std::uint32_t line, Finding finding);

    std::map<std::string, std::uint32_t> lines_;
    std::vector<std::pair<std::uint32_t, Finding>> all_;
    std::size_t errors_ = 0;
};

/// Why a key that somebody might try on purpose is not there (requirements A5, A6), or what to write instead.
char const* mend_of_unknown(std::string_view key);

/// "90m", "24h", "7d", "1500ms", "3s": a whole number and one unit, at most 366 days.
Result<Duration> parse_duration(std::string_view text);

/// "mon" to "sun".
Result<std::chrono::weekday> parse_weekday(std::string_view text);

/// A colour that an agency gave. What is no colour is refused with the reason (requirement D6).
Result<Colour> parse_own_colour(std::string_view text);

} // namespace fanlight::policy
