#pragma once
// What people write about a person, made comparable: the same person written twice should give the same text.
// All functions are pure, total (any bytes, also invalid UTF-8) and free of locale; what they return feeds OPRF inputs,
// so a change of any result is a new matching version. Here: names. Including this header gives the others as well.

#include "protocol/identity/addresses.hpp"
#include "protocol/identity/dates.hpp"
#include "protocol/identity/nicknames.hpp"
#include "protocol/identity/numbers.hpp"
#include "protocol/identity/plain_text.hpp"
#include "protocol/identity/sound.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fanlight::protocol {

/// Longest standard name, in letters. Text beyond `name_bytes_max` bytes is not read.
inline constexpr std::size_t name_letters_max = word_letters_max;
inline constexpr std::size_t name_bytes_max = text_bytes_max;
/// Most words that middle_words() and forename_parts() give.
inline constexpr std::size_t middle_words_max = 4;
inline constexpr std::size_t forename_parts_max = 3;

/// The words of a name, a-z only, at most `name_letters_max` letters together, without honorifics before it ("Mr",
/// "Dr") and suffixes after it ("Jnr", "III"); "O", "Mc", "Mac", "Fitz" and "St" are joined to the word they belong to,
/// and "Saint" before another word is "St". A name of one word is that word, whatever it is. Accents, case, apostrophes
/// and scripts make no difference.
std::vector<std::string> name_words(std::string_view text);

/// The second half of it: what belongs to words is joined, what does not is taken off.
std::vector<std::string> tidy_words(std::vector<std::string> words);

/// The words joined: "O'Brien", "O Brien" and "OBRIEN" are "obrien"; "de Souza" and "DeSouza" are "desouza".
/// Empty if there is no letter. Idempotent.
std::string standard_name(std::string_view text);

/// The surnames inside a double name or behind a particle, at most the first and the last: "Cox-Maher" has "cox" and
/// "maher", "van den Berg" has "berg", "Smith" has none (it is its own whole). Each has at least 3 letters. "Other
/// names" inside a name are none.
std::vector<std::string> surname_parts(std::string_view text);

/// The forenames inside a forename of several words, distinct, in order, at most `forename_parts_max`: "Mary-Jane" has
/// "mary" and "jane", "Mohammed Ali" has "ali" (see spoken_forename()), "Mary" and "Abdul" have none. Each has at least
/// 3 letters.
std::vector<std::string> forename_parts(std::string_view text);

/// The standard words of somebody's middle names, in order, at most `middle_words_max`; an initial is a word. Words
/// that stand for a name nobody knew are left out, and "No middle name" has none. Giving the words joined by spaces
/// gives the same words.
std::vector<std::string> middle_words(std::string_view text);

/// The forename as one would say it in full: the first of several, nicknames in their long form. "Kate" and
/// "Catherine Ann" are "katherine". All words, the first in its long form, where the first says too little: "Abdul
/// Karim", "Mohd Ali" ("mohammedali").
std::string spoken_forename(std::string_view text);

/// Words that stand for a name nobody knew: "Baby", "Infant Smith", "Twin 1", "Unknown", "Unkown", "NFA", "n/a",
/// "All other names", "xxx", anything with a number for a word; or no letter at all. Not names that people bear, so
/// neither "Boy" nor "Child" nor "Na". The same of a text and of its standard name, but for "n/a", numbers and what
/// only a second word makes a placeholder.
bool is_placeholder_name(std::string_view text);

} // namespace fanlight::protocol
