#pragma once
// Numbers that stand for a person or a place, made comparable; empty for what is none. Pure, total, idempotent.

#include <cstddef>
#include <string>
#include <string_view>

namespace fanlight::protocol {

inline constexpr std::size_t agreed_number_min = 4;
inline constexpr std::size_t agreed_number_max = 32;
inline constexpr std::size_t uprn_digits_max = 12;

/// Ten digits, or empty if the check digit (modulus 11, NHS Data Dictionary "NHS NUMBER") is wrong, or if all digits
/// are the same (which passes the check and is what people type to get past it). Spaces, dashes and stops between the
/// digits make no difference.
std::string standard_nhs_number(std::string_view text);

/// Unique Pupil Number: a check letter and 12 digits, or empty if the letter is wrong (modulus 23, Department for
/// Education, "Unique pupil numbers"), if all digits are the same, or if it is a temporary one (a letter at the end):
/// a school gives those away until it knows the right one.
std::string standard_upn(std::string_view text);

/// Any other number that the parties agreed to compare: its letters in capitals and its digits, 4 to 32 together, at
/// least one digit; spaces and - . / _ # between them make no difference. Empty for other characters and for what is
/// typed to get past a form: one character throughout (not counting zeros before it), and 1 2 3 4 ... counted up.
std::string standard_agreed_number(std::string_view text);

/// Unique Property Reference Number: at most 12 digits without leading zeros; all zeros or all nines is none.
std::string standard_uprn(std::string_view text);

} // namespace fanlight::protocol
