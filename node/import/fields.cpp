// Checks on single fields; see fields.hpp.
#include "node/import/fields.hpp"

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace fanlight::node {

namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0; ///< 0: not UTF-8
};

/// RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint next_code_point(std::string_view text) {
    auto const byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    std::uint8_t const first = byte(0);
    if (first < 0x80) return {first, 1};
    std::size_t const bytes = first >= 0xF0 ? 4U : first >= 0xE0 ? 3U : 2U;
    if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
    std::uint32_t value = first & (0x7FU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    bool const surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < least[bytes] || surrogate || value > 0x10FFFF) return {};
    return {value, bytes};
}

bool is_control(std::uint32_t c) {
    bool const control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool const line_break = c == 0x2028 || c == 0x2029;
    bool const direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return control || line_break || direction;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

} // namespace

TextFault text_fault(std::string_view text) {
    while (!text.empty()) {
        auto const [value, bytes] = next_code_point(text);
        if (bytes == 0) return TextFault::not_utf8;
        if (is_control(value)) return TextFault::control;
        text.remove_prefix(bytes);
    }
    return TextFault::none;
}

char const* describe(TextFault fault) {
    switch (fault) {
    case TextFault::none: return "";
    case TextFault::not_utf8: return "This is not UTF-8 text. Save the file as UTF-8.";
    case TextFault::control:
        return "There is a line break, a control character or a mark of writing direction in it. Take it out.";
    }
    return "";
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool is_placeholder_nhs_number(std::string_view text) {
    std::size_t digits = 0;
    for (char const c : text) {
        if (c == ' ') continue;
        if (c < '0' || c > '9' || c != text.front()) return false;
        ++digits;
    }
    return digits == 10;
}

std::optional<protocol::Name> parse_full_name(std::string_view text) {
    text = trimmed(text);
    auto const space = std::find_if(text.begin(), text.end(), is_blank);
    if (space == text.end()) return std::nullopt;
    auto const forename_bytes = static_cast<std::size_t>(space - text.begin());
    return protocol::Name{std::string(text.substr(0, forename_bytes)),
                          std::string(trimmed(text.substr(forename_bytes)))};
}

bool is_placeholder(protocol::Name const& name) {
    auto const means_unknown = [](std::string_view part) {
        return !trimmed(part).empty() && protocol::is_placeholder_name(part);
    };
    return means_unknown(name.forename) || means_unknown(name.surname);
}

} // namespace fanlight::node
