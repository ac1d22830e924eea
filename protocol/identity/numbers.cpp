// Numbers made comparable. A number with a check digit either is right or is missing: half a number finds nobody.

#include "protocol/identity/numbers.hpp"

#include <algorithm>

namespace fanlight::protocol {

namespace {
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

/// How many bytes at `at` are a space or dash that separates groups, also as a word processor makes them; 0 if none.
std::size_t separator(std::string_view text, std::size_t at) {
    auto const rest = text.substr(at);
    if (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '-' || rest.front() == '.') return 1;
    if (rest.starts_with("\xC2\xA0")) return 2; // no-break space
    bool const dash = rest.starts_with("\xE2\x80") && rest.size() > 2 && static_cast<unsigned char>(rest[2]) >= 0x90 &&
                      static_cast<unsigned char>(rest[2]) <= 0x95; // U+2010 to U+2015
    return dash ? 3 : 0;
}

/// Capitals and digits of `text`; empty if anything but `also` and separators is among them, or if more than `max`.
std::string characters(std::string_view text, std::size_t max, std::string_view also = "") {
    std::string code;
    for (std::size_t i = 0; i < text.size();) {
        char c = text[i];
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (is_digit(c) || is_capital(c)) {
            if (code.size() == max) return {};
            code += c;
            ++i;
        } else if (auto const bytes = separator(text, i); bytes > 0) {
            i += bytes;
        } else if (also.find(c) != std::string_view::npos) {
            ++i;
        } else {
            return {};
        }
    }
    return code;
}

bool is_all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
}
/// False of an empty text.
bool is_one_character(std::string_view text) {
    return !text.empty() && text.find_first_not_of(text.front()) == std::string_view::npos;
}
std::string_view without_leading_zeros(std::string_view text) {
    return text.substr(std::min(text.size(), text.find_first_not_of('0')));
}
} // namespace

std::string standard_nhs_number(std::string_view text) {
    auto digits = characters(text, 10);
    if (digits.size() != 10 || !is_all_digits(digits) || is_one_character(digits)) return {};
    unsigned sum = 0;
    for (unsigned i = 0; i < 9; ++i) sum += static_cast<unsigned>(digits[i] - '0') * (10 - i);
    unsigned const check = 11 - sum % 11; // 11 stands for 0; 10 is never issued
    return check % 11 == static_cast<unsigned>(digits[9] - '0') ? digits : std::string();
}

std::string standard_upn(std::string_view text) {
    constexpr std::string_view check_letters = "ABCDEFGHJKLMNPQRTUVWXYZ"; // no I, O, S
    auto upn = characters(text, 13);
    if (upn.size() != 13) return {};
    auto const digits = std::string_view(upn).substr(1);
    if (!is_all_digits(digits) || is_one_character(digits)) return {};
    std::size_t sum = 0;
    for (std::size_t i = 1; i < upn.size(); ++i) sum += static_cast<std::size_t>(upn[i] - '0') * (i + 1);
    return check_letters[sum % check_letters.size()] == upn.front() ? upn : std::string();
}

std::string standard_agreed_number(std::string_view text) {
    auto number = characters(text, agreed_number_max, "/_#");
    bool const has_digit = std::any_of(number.begin(), number.end(), is_digit);
    if (number.size() < agreed_number_min || !has_digit) return {};
    auto const value = without_leading_zeros(number);
    if (value.empty() || is_one_character(value)) return {};
    if (std::string_view("1234567890").starts_with(value) && value.size() >= agreed_number_min) return {};
    return number;
}

std::string standard_uprn(std::string_view text) {
    // A file may pad to more than 12 digits; a text that goes on and on is none.
    auto const digits = characters(text, 2 * uprn_digits_max);
    if (!is_all_digits(digits)) return {};
    auto const value = without_leading_zeros(digits);
    bool const nines = !value.empty() && value.find_first_not_of('9') == std::string_view::npos;
    return value.size() > uprn_digits_max || nines ? std::string() : std::string(value);
}

} // namespace fanlight::protocol
