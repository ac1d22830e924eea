#pragma once
// What people write about a person, made comparable: the same person written twice should give the same text.
// All functions are pure, total (any bytes, also invalid UTF-8) and free of locale; what they return feeds OPRF inputs,
// so a change of any result is a new matching version.

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::protocol {

/// Longest standard name, in letters. Text beyond `name_bytes_max` bytes is not read.
inline constexpr std::size_t name_letters_max = 64;
inline constexpr std::size_t name_bytes_max = 1024;

/// The words of a name, a-z only, at most `name_letters_max` letters together, without honorifics before it ("Mr",
/// "Dr") and suffixes after it ("Jnr", "III"); "O", "Mc", "Mac", "Fitz" and "St" are joined to the word they belong to.
/// A name of one word is that word, whatever it is. Accents, case, apostrophes and scripts make no difference.
std::vector<std::string> name_words(std::string_view text);

/// The words joined: "O'Brien", "O Brien" and "OBRIEN" are "obrien"; "de Souza" and "DeSouza" are "desouza".
/// Empty if there is no letter. Idempotent.
std::string standard_name(std::string_view text);

/// The surnames inside a double name or behind a particle, at most the first and the last: "Cox-Maher" has "cox" and
/// "maher", "van den Berg" has "berg", "Smith" has none (it is its own whole). Each has at least 3 letters.
std::vector<std::string> surname_parts(std::string_view text);

/// The forename as one would say it in full: the first of several, nicknames in their long form. "Kate" and
/// "Katherine Ann" are "katherine". The whole standard name where the first word alone says too little ("Abdul Karim").
std::string spoken_forename(std::string_view text);

/// "kate" -> "katherine"; a name that is not in the table is returned as it is. Takes a standard name. Idempotent.
std::string formal_forename(std::string_view standard);

/// Words that stand for a name nobody knew: "Baby", "Infant Smith", "Unknown", "NFA", "n/a", "xxx"; or no letter at
/// all.
bool is_placeholder_name(std::string_view text);

/// A standard name by ear, in capitals, at most two for a letter (x is KS); vowels count at the start and as a
/// last "a" only: "mark" and "marc", "steven" and "stephen" agree, "daniel" and "daniela" do not. Other than a-z is
/// ignored.
std::string sound(std::string_view standard);

/// First letter and consonants of a standard name, double letters once: "feriha" and "fariha" are "frh".
std::string skeleton(std::string_view standard);

/// The date, unless a computer made it up: before 1900, 1900-01-01 and 1901-01-01, or after 2200, is missing. Other
/// first days of January stay, although many are guesses: for some people they are the date on every document.
std::optional<Day> standard_date(std::optional<Day> day);

/// The same for a date and the date with day and month swapped, if both exist. Takes a standard date. Idempotent.
Day canonical_date(Day day);

/// Ten digits, or empty if the check digit (modulus 11, NHS Data Dictionary "NHS NUMBER") is wrong, or if all digits
/// are the same (which passes the check and is what people type to get past it). Idempotent.
std::string standard_nhs_number(std::string_view text);

/// "M12 6DZ", or empty for what has no such form and for ZZ99 (no fixed address, abroad, unknown). Idempotent.
std::string standard_postcode(std::string_view text);

/// Whether this machine's ICU transliterates as matching version 1 was defined (ICU 72): names in other scripts would
/// otherwise silently stop matching. Call once at start. Errc::version_mismatch, or missing if ICU has no such data.
Result<void> check_transliteration();

} // namespace fanlight::protocol
