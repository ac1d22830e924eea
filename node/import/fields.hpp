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

/// A text file without the byte order mark and the carriage returns that some editors write.
std::string plain_lines(std::string_view text);

/// Without spaces and tabs at both ends. Views `text`.
std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case; everything else as it is.
std::string lower_ascii(std::string_view text);

/// One character more than three times, with or without spaces: "0000000", "999 999 9999". An NHS number of this kind
/// passes its check digit, and is what systems write for "unknown". Numbers of any kind.
bool is_placeholder_number(std::string_view text);

/// "Forename Surname", "Mrs Forename Middle van Surname" or "SURNAME, Forename Middle". Titles are left out. Without a
/// comma the surname is the last word with the particles before it ("van", "de la", "bin", "Mc"). Nothing if there is
/// no forename or no surname.
std::optional<protocol::Name> parse_full_name(std::string_view text);

/// One line of an address, parts separated by commas, a postcode at its end if it has one: "Flat 3, 12 High Street,
/// Milltown, QX1 2AB". What cannot be told apart stays in `street`.
protocol::Address parse_address_line(std::string_view text);

/// UTF-8 of a text in windows-1252 as web browsers read it (WHATWG Encoding Standard): the five bytes without a
/// character become control characters, which text_fault() finds.
std::string from_windows_1252(std::string_view text);

/// At most `count` characters (code points) of valid UTF-8.
std::string first_characters(std::string_view text, std::size_t count);

/// A forename or surname that systems write for "unknown". A missing one is not a placeholder.
bool is_placeholder(protocol::Name const& name);

} // namespace fanlight::node
