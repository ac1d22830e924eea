#pragma once
// Text of any script as plain small letters, and the words in it: what names and addresses are standardised from.
// Pure, total on any bytes (also invalid UTF-8), free of locale.

#include "base/result.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::protocol {

/// Text beyond this is not read.
inline constexpr std::size_t text_bytes_max = 1024;
/// And of what was read no more letters and digits than this are kept.
inline constexpr std::size_t word_letters_max = 64;

/// Case folded, accents taken off, other scripts in Latin letters, as far as it goes in ASCII. What has no ASCII form
/// stays; at most a few times as long as `text_bytes_max`.
std::string to_plain(std::string_view text);

enum class Digits : std::uint8_t { drop, keep };

/// Words of a plain text: letters (and digits) together, at most `letters_max` of them; apostrophes, dropped digits and
/// what is outside ASCII vanish; everything else separates.
std::vector<std::string> words_of(std::string_view plain, Digits digits, std::size_t letters_max = word_letters_max);

std::string joined(std::vector<std::string> const& words, std::string_view between = "");

/// Whether `words`, sorted, has `word`.
template <std::size_t N> constexpr bool contains(std::string_view const (&words)[N], std::string_view word) {
    return std::binary_search(std::begin(words), std::end(words), word);
}
/// For the static_assert beside each such table: in order, and nothing twice.
template <std::size_t N> constexpr bool is_sorted_set(std::string_view const (&words)[N]) {
    for (std::size_t i = 1; i < N; ++i)
        if (words[i - 1] >= words[i]) return false;
    return true;
}

/// Whether this machine's ICU transliterates as matching version 2 was defined (ICU 72): names in other scripts would
/// otherwise silently stop matching. Call once at start. Errc::version_mismatch, or missing if ICU has no such data.
Result<void> check_transliteration();

} // namespace fanlight::protocol
