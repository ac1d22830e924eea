#pragma once
// Bytes as text: hex, base64 (RFC 4648 section 4, as C2SP uses it) and words to read over the phone; and the lines and
// numbers that C2SP texts are made of.

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fanlight::crypto {

std::string to_hex(ByteView bytes);               ///< lower case
Result<Bytes> from_hex(std::string_view text);    ///< either case, nothing else; Errc::malformed
std::string to_base64(ByteView bytes);            ///< with padding
Result<Bytes> from_base64(std::string_view text); ///< canonical with padding, nothing else; Errc::malformed

/// Takes a line, without its newline, off the front of `text`; nothing if there is no newline.
std::optional<std::string_view> take_line(std::string_view& text);
/// Decimal digits without leading zeroes, below 2^63; nothing else.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// The first 20 bytes of a SHA-256 as ten pronounceable words of five letters ("lusab-babad-...", the proquint
/// alphabet): 160 bits, read over the phone in half a minute. `hash` has at least 20 bytes.
std::string fingerprint_words(ByteView hash);
/// Whether what a person typed is this fingerprint: the ten words ('-' and white space ignored) or the whole hash in
/// hex (':' and white space ignored), in any case.
bool fingerprint_matches(std::string_view typed, ByteView hash);

} // namespace fanlight::crypto
