#pragma once
// Checks on single fields of records: text that is safe to keep and show, names, what stands for "unknown".

#include "protocol/identity/person.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fanlight::node {

/// Why a text cannot be kept. Control characters include NUL, line breaks, and the marks that turn the direction of
/// writing, which could make one name look like another on a screen.
enum class TextFault { none, not_utf8, control };
TextFault text_fault(std::string_view text);
char const* describe(TextFault fault); ///< what is wrong and the mend, as a sentence

/// Without spaces and tabs at both ends. Views `text`.
std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case; everything else as it is.
std::string lower_ascii(std::string_view text);

/// One digit ten times, with or without spaces: passes the check digit, and is what systems write for "unknown".
bool is_placeholder_nhs_number(std::string_view text);

/// "Forename Surname": the first word is the forename, the rest the surname. Nothing if there are not two words.
std::optional<protocol::Name> parse_full_name(std::string_view text);

/// A forename or surname that systems write for "unknown". A missing one is not a placeholder.
bool is_placeholder(protocol::Name const& name);

} // namespace fanlight::node
