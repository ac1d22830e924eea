// Checks on single fields; see fields.hpp.
#include "node/import/fields.hpp"

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

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
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < text.size();) {
        auto const end = std::min(text.find_first_of(" \t", i), text.size());
        if (end != i) words.push_back(text.substr(i, end - i));
        i = end + 1;
    }
    return words;
}

/// "Mrs": what protocol::name_words() leaves out before a name.
bool is_title(std::string_view word) {
    constexpr auto name = "zz";
    return protocol::name_words(std::string(word) + " " + name) == std::vector<std::string>{name};
}

/// Words that belong to the surname after them.
bool is_particle(std::string_view word) {
    constexpr std::array<std::string_view, 32> particles = {"van", "von", "der", "den",   "de",  "da",   "di",  "do",
                                                            "dos", "du",  "del", "della", "la",  "le",   "el",  "al",
                                                            "af",  "ap",  "ab",  "bin",   "ibn", "bint", "ter", "ten",
                                                            "te",  "zu",  "st",  "san",   "mc",  "mac",  "o",   "fitz"};
    auto const lower = lower_ascii(word);
    return std::find(particles.begin(), particles.end(), lower) != particles.end();
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

std::string plain_lines(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') plain.push_back(text[i]);
    return plain;
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

bool is_placeholder_number(std::string_view text) {
    std::size_t characters = 0;
    for (char const c : text) {
        if (c == ' ') continue;
        if (c != text.front()) return false;
        ++characters;
    }
    return characters > 3; // "77" is a short number; "7777777" is nobody's
}

std::optional<protocol::Name> parse_full_name(std::string_view text) {
    text = trimmed(text);
    std::string_view surname;
    auto const comma = text.find(',');
    if (comma != std::string_view::npos) {
        surname = trimmed(text.substr(0, comma));
        text = text.substr(comma + 1);
    }
    auto words = words_of(text);
    while (!words.empty() && is_title(words.front())) words.erase(words.begin());
    if (words.empty()) return std::nullopt;
    if (comma == std::string_view::npos) {
        auto first = words.size() - 1;
        while (first > 1 && is_particle(words[first - 1])) --first;
        if (first == 0) return std::nullopt;
        surname = text.substr(static_cast<std::size_t>(words[first].data() - text.data()));
        words.resize(first);
    }
    if (trimmed(surname).empty()) return std::nullopt;
    protocol::Name name{std::string(words.front()), std::string(trimmed(surname))};
    for (std::size_t i = 1; i < words.size(); ++i) name.middle_names += (i == 1 ? "" : " ") + std::string(words[i]);
    return name;
}

protocol::Address parse_address_line(std::string_view text) {
    protocol::Address address;
    std::vector<std::string_view> parts;
    for (text = trimmed(text); !text.empty();) {
        auto const end = std::min(text.find(','), text.size());
        if (auto const part = trimmed(text.substr(0, end)); !part.empty()) parts.push_back(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (parts.empty()) return address;
    // The postcode: the whole last part, or its last two words, or its last one.
    auto const last = words_of(parts.back());
    for (std::size_t take = std::min<std::size_t>(last.size(), 2); take != 0 && address.postcode.empty(); --take) {
        auto const start = static_cast<std::size_t>(last[last.size() - take].data() - parts.back().data());
        if (protocol::standard_postcode(parts.back().substr(start)).empty()) continue;
        address.postcode = parts.back().substr(start);
        parts.back() = trimmed(parts.back().substr(0, start));
    }
    if (parts.back().empty()) parts.pop_back();
    // The street: the first part that begins with a house number and goes on; else the first part at all.
    std::size_t street = 0;
    while (street < parts.size() && !(is_digit(parts[street].front()) && words_of(parts[street]).size() > 1)) ++street;
    bool const numbered = street < parts.size();
    if (!numbered) street = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto part = parts[i];
        if (i == street && numbered) {
            auto const number = words_of(part).front();
            address.premises += (address.premises.empty() ? "" : ", ") + std::string(number);
            part = trimmed(part.substr(number.size()));
        }
        auto& into = i < street ? address.premises : i == street ? address.street : address.locality;
        into += (into.empty() ? "" : ", ") + std::string(part);
    }
    return address;
}

std::string from_windows_1252(std::string_view text) {
    constexpr std::array<std::uint16_t, 32> upper = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                     0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    std::string utf8;
    utf8.reserve(text.size());
    for (char const c : text) {
        std::uint32_t const byte = static_cast<std::uint8_t>(c);
        std::uint32_t const point = byte >= 0x80 && byte < 0xA0 ? upper[byte - 0x80] : byte;
        if (point < 0x80) {
            utf8 += c;
        } else if (point < 0x800) {
            utf8 += static_cast<char>(0xC0U | (point >> 6U));
            utf8 += static_cast<char>(0x80U | (point & 0x3FU));
        } else {
            utf8 += static_cast<char>(0xE0U | (point >> 12U));
            utf8 += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
            utf8 += static_cast<char>(0x80U | (point & 0x3FU));
        }
    }
    return utf8;
}

std::string first_characters(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    for (; count != 0 && end < text.size(); --count) {
        auto const bytes = next_code_point(text.substr(end)).bytes;
        if (bytes == 0) break;
        end += bytes;
    }
    return std::string(text.substr(0, end));
}

bool is_placeholder(protocol::Name const& name) {
    auto const means_unknown = [](std::string_view part) {
        return !trimmed(part).empty() && protocol::is_placeholder_name(part);
    };
    return means_unknown(name.forename) || means_unknown(name.surname);
}

} // namespace fanlight::node
