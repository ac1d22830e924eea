#pragma once
// What text may stand in an agreement: people sign what they see, so everything in it must be visible.

#include <cstdint>
#include <optional>
#include <string_view>

namespace fanlight::policy {

/// What is wrong with a text, in words, or nullptr: it must be one line of valid UTF-8 without control, direction or
/// invisible characters (RFC 3629; Unicode bidirectional controls can show a reader another clause than the one
/// signed).
char const* unfit_text(std::string_view text);

struct UnfitLine {
    std::uint32_t line; ///< 1-based
    char const* text;
    char const* mend;
};
/// Looked at before the TOML parser is: sizes, visible characters, and a nesting so shallow that no parser's stack is
/// at risk. `nullopt` says nothing about whether it is TOML.
std::optional<UnfitLine> unfit_document(std::string_view document);

} // namespace fanlight::policy
