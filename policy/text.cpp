// Text as people see it: UTF-8 (RFC 3629), one line, nothing invisible; and the shape of a document before it is
// parsed.

#include "policy/text.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <array>

namespace fanlight::policy {
namespace {

constexpr char32_t not_utf8 = 0xFFFFFFFF;

/// The code point at the front of `text`, which is then cut off; `not_utf8` for overlong forms, surrogates, values over
/// U+10FFFF and cut sequences (RFC 3629, section 4).
char32_t take_code_point(std::string_view& text) {
    auto const byte = [&](std::size_t i) { return char32_t(static_cast<unsigned char>(text[i])); };
    auto const lead = byte(0);
    std::size_t const length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || text.size() < length) return not_utf8;
    constexpr std::array<char32_t, 5> lead_bits{0, 0x7F, 0x1F, 0x0F, 0x07};
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    auto point = lead & lead_bits[length];
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return not_utf8;
        point = (point << 6U) | (byte(i) & 0x3FU);
    }
    if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return not_utf8;
    text.remove_prefix(length);
    return point;
}

struct Range {
    char32_t first;
    char32_t last;
};
/// Controls, spaces other than the space, format and direction controls, fillers, variation selectors and tags, private
/// use: what a reader cannot see or two readers see differently.
constexpr std::array<Range, 20> invisible{{
    {0x00, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},
    {0x115F, 0x1160}, {0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F},
    {0x2028, 0x202F}, {0x205F, 0x206F}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xE000, 0xF8FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFFF}, {0xE0000, 0x10FFFF},
}};

bool is_invisible(char32_t point) {
    return std::any_of(invisible.begin(), invisible.end(),
                       [&](Range range) { return point >= range.first && point <= range.last; });
}

/// Brackets open and dots seen outside strings and comments. Deep nesting and long dotted keys make tree parsers and
/// destructors recurse; this language needs neither.
class Shape {
  public:
    /// What is wrong with the line, or nullptr. Strings end with their line, because multi-line strings are refused.
    char const* look(std::string_view line) {
        dots_ = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            char const c = line[i];
            if (c == '#') return nullptr;
            if (c == '"' || c == '\'') {
                if (line.substr(i, 3) == std::string_view(c == '"' ? "\"\"\"" : "'''"))
                    return "has a multi-line string";
                i = end_of_string(line, i);
                continue;
            }
            count(c);
            if (depth_ > depth_max) return "nests lists too deeply";
            if (dots_ > dots_max) return "has a key of too many parts";
        }
        return nullptr;
    }

  private:
    static constexpr int depth_max = 4;
    static constexpr int dots_max = 4;

    static std::size_t end_of_string(std::string_view line, std::size_t start) {
        char const quote = line[start];
        std::size_t i = start + 1;
        while (i < line.size() && line[i] != quote) i += quote == '"' && line[i] == '\\' ? 2U : 1U;
        return i;
    }
    void count(char c) {
        if (c == '[' || c == '{') ++depth_;
        if ((c == ']' || c == '}') && depth_ > 0) --depth_;
        if (c == '.') ++dots_;
    }

    int depth_ = 0;
    int dots_ = 0;
};

} // namespace

char const* unfit_text(std::string_view text) {
    while (!text.empty()) {
        bool const line_end = text.front() == '\n' || text.front() == '\r';
        auto const point = take_code_point(text);
        if (point == not_utf8) return "is not valid UTF-8";
        if (line_end) return "is more than one line";
        if (is_invisible(point)) return "has an invisible or control character";
    }
    return nullptr;
}

std::optional<UnfitLine> unfit_document(std::string_view document) {
    if (document.size() > limits::agreement_bytes_max)
        return UnfitLine{1, "The agreement is over 200 KiB: it must fit one sealed message.", "Shorten it."};
    Shape shape;
    for (std::uint32_t line = 1; !document.empty(); ++line) {
        auto const text = document.substr(0, document.find('\n'));
        document.remove_prefix(std::min(document.size(), text.size() + 1));
        if (text.size() > limits::toml_line_bytes_max)
            return UnfitLine{line, "The line is over 4096 bytes.", "Shorten it, or write the list over several lines."};
        if (auto const* wrong = unfit_text(text); wrong != nullptr)
            return UnfitLine{line, wrong, "Retype the line in plain text, with spaces and no tabs."};
        if (auto const* wrong = shape.look(text); wrong != nullptr)
            return UnfitLine{line, wrong, "Write it as docs/agreement.md shows."};
    }
    return std::nullopt;
}

} // namespace fanlight::policy
