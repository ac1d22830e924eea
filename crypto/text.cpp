// Hex and base64 through libsodium (no table look-ups that depend on a secret), and fingerprints as proquints.

#include "crypto/text.hpp"

#include <sodium.h>

#include <cassert>
#include <charconv>

namespace fanlight::crypto {

std::string to_hex(ByteView bytes) {
    std::string text(bytes.size() * 2 + 1, '\0'); // libsodium writes a terminator
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    text.pop_back();
    return text;
}

Result<Bytes> from_hex(std::string_view text) {
    constexpr auto where = "hexadecimal text";
    if (text.empty()) return Bytes(); // libsodium wants a buffer even for nothing
    Bytes bytes((text.size() + 1) / 2);
    // Without an end pointer libsodium refuses whatever is left unread, half a byte included.
    if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, nullptr, nullptr) != 0)
        return fail(Errc::malformed, where);
    return bytes;
}

std::string to_base64(ByteView bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back(); // the terminator
    return text;
}

Result<Bytes> from_base64(std::string_view text) {
    constexpr auto where = "base64 text";
    if (text.empty()) return Bytes();
    Bytes bytes(text.size() / 4 * 3 + 1);
    std::size_t written = 0;
    // libsodium wants the padding, and refuses bits of the last digit that are not zero and whatever is left unread.
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &written, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return fail(Errc::malformed, where);
    bytes.resize(written);
    // libsodium 1.0.18 takes bytes over 0x7F for digits; only the one way to write these bytes is accepted.
    if (to_base64(bytes) != text) return fail(Errc::malformed, where);
    return bytes;
}

std::optional<std::string_view> take_line(std::string_view& text) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    auto const line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    std::uint64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || (text.size() > 1 && text.front() == '0') || value >> 63U != 0) {
        return std::nullopt;
    }
    return value;
}

namespace {

constexpr std::size_t fingerprint_bytes = 20;

/// Sixteen bits as consonant-vowel-consonant-vowel-consonant (D. S. Wilkerson, "A Proposal for Proquints", 2009).
void append_proquint(std::string& text, unsigned value) {
    constexpr std::string_view consonants = "bdfghjklmnprstvz";
    constexpr std::string_view vowels = "aiou";
    text += consonants[(value >> 12U) & 15U];
    text += vowels[(value >> 10U) & 3U];
    text += consonants[(value >> 6U) & 15U];
    text += vowels[(value >> 4U) & 3U];
    text += consonants[value & 15U];
}

/// Lower case, without white space and `separator`. ASCII only: any other character stays and matches nothing.
std::string squeeze(std::string_view text, char separator) {
    std::string squeezed;
    for (char const c : text) {
        if (c == separator || c == ' ' || (c >= '\t' && c <= '\r')) continue;
        squeezed += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return squeezed;
}

} // namespace

std::string fingerprint_words(ByteView hash) {
    assert(hash.size() >= fingerprint_bytes);
    std::string text;
    for (std::size_t i = 0; i < fingerprint_bytes; i += 2) {
        if (i != 0) text += '-';
        append_proquint(text, (unsigned(hash[i]) << 8U) | hash[i + 1]);
    }
    return text;
}

bool fingerprint_matches(std::string_view typed, ByteView hash) {
    return squeeze(typed, '-') == squeeze(fingerprint_words(hash), '-') || squeeze(typed, ':') == to_hex(hash);
}

} // namespace fanlight::crypto
