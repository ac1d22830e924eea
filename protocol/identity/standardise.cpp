// Names, dates and numbers made comparable. Scripts other than Latin go through ICU ("Any-Latin; Latin-ASCII"), whose
// rules are data of the ICU in use: check_transliteration() holds the ones that matching version 1 relies on.

#include "protocol/identity/standardise.hpp"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace fanlight::protocol {

namespace {
constexpr std::string_view honorifics[] = {"mr",   "mrs", "ms",   "miss", "mx",  "master",    "dr",
                                           "prof", "sir", "dame", "lady", "rev", "professor", "reverend"};
constexpr std::string_view suffixes[] = {"jr", "jnr", "junior", "sr", "snr", "senior", "esq", "ii", "iii", "iv"};
constexpr std::string_view joined_prefixes[] = {"o", "mc", "mac", "fitz", "st"};
constexpr std::string_view particles[] = {
    "al",  "el",  "ul",  "ur",  "de",  "da",  "das", "do",  "dos", "del", "della", "di",  "du",  "la",   "las",  "le",
    "los", "van", "von", "der", "den", "des", "ten", "ter", "te",  "zu",  "zur",   "bin", "ibn", "bint", "binti"};
/// First forenames that brothers, twins included, often share: alone they say too little.
constexpr std::string_view shared_forenames[] = {"abd",      "abdul",    "abdal",   "md",       "mohd",    "mohamed",
                                                 "mohammad", "mohammed", "mohamad", "muhammad", "muhammed"};
constexpr std::string_view placeholder_first_words[] = {"baby",  "infant",  "newborn", "unborn",    "foetus",
                                                        "fetus", "unknown", "unnamed", "anonymous", "unspecified"};
constexpr std::string_view placeholder_names[] = {
    "nfa",       "n f a",   "nk",          "n k",        "n a",  "not known", "not given", "not stated",
    "not named", "no name", "no forename", "no surname", "none", "null",      "nil",       "tbc",
    "tba",       "t b c",   "withheld",    "redacted",   "anon", "xx",        "zz",        "mr",
    "mrs",       "ms",      "miss",        "mx",         "male", "female",    "twin",      "no fixed abode"};

template <std::size_t N> bool contains(std::string_view const (&words)[N], std::string_view word) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_vowel(char c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

/// Cyrillic as passports write it. ICU's own rules are ISO 9, whose accents would leave "sevcenko" of Shevchenko.
struct Cyrillic {
    char16_t letter;
    char const* latin;
};
constexpr Cyrillic cyrillic[] = {
    {u'ш', "sh"}, {u'щ', "shch"}, {u'ч', "ch"}, {u'ж', "zh"}, {u'х', "kh"}, {u'ц', "ts"}, {u'ю', "yu"},
    {u'я', "ya"}, {u'є', "ye"},   {u'ї', "yi"}, {u'й', "y"},  {u'ё', "yo"}, {u'ь', ""},   {u'ъ', ""},
};

/// Made once; transliterate() is const and safe from several threads. Null if ICU lacks the data.
icu::Transliterator const* latin() {
    static auto const transliterator = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> made(
            icu::Transliterator::createInstance("Any-Latin; NFD; [:Mn:] Remove; Latin-ASCII", UTRANS_FORWARD, status));
        return U_SUCCESS(status) ? std::move(made) : nullptr;
    }();
    return transliterator.get();
}

/// As far as it goes in ASCII, case folded. NFKC case folding first, so that composed, decomposed and full-width forms
/// reach the transliterator alike.
std::string to_ascii(std::string_view text) {
    text = text.substr(0, name_bytes_max);
    std::string ascii;
    if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        ascii = text; // the long way round gives the same
    } else {
        UErrorCode status = U_ZERO_ERROR;
        auto const whole = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
        auto folded = whole;
        if (auto const* const form = icu::Normalizer2::getNFKCCasefoldInstance(status); U_SUCCESS(status))
            folded = form->normalize(whole, status);
        if (U_FAILURE(status)) folded = whole;
        for (auto const& [letter, spelled] : cyrillic)
            folded.findAndReplace(icu::UnicodeString(letter), icu::UnicodeString(spelled, -1, US_INV));
        if (auto const* const transliterator = latin()) transliterator->transliterate(folded);
        folded.toUTF8String(ascii);
    }
    for (char& c : ascii)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return ascii;
}

/// Letters make words; apostrophes, digits and what stayed outside ASCII vanish; everything else separates.
std::vector<std::string> split(std::string_view ascii, bool keep_digits) {
    std::vector<std::string> words(1);
    std::size_t letters = 0;
    for (char const c : ascii) {
        bool const letter = c >= 'a' && c <= 'z';
        bool const digit = c >= '0' && c <= '9';
        if (letter && letters == name_letters_max) break;
        if (letter || (digit && keep_digits)) {
            words.back() += c;
            if (letter) ++letters;
        } else if (!digit && c != '\'' && c != '`' && static_cast<unsigned char>(c) < 0x80 && !words.back().empty()) {
            words.emplace_back();
        }
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

std::string joined(std::vector<std::string> const& words, std::string_view between = "") {
    std::string text;
    for (auto const& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}
} // namespace

std::vector<std::string> name_words(std::string_view text) {
    auto words = split(to_ascii(text), false);
    while (words.size() > 1 && contains(honorifics, words.front())) words.erase(words.begin());
    while (words.size() > 1 && contains(suffixes, words.back())) words.pop_back();
    for (std::size_t i = 0; i + 1 < words.size();) {
        if (contains(joined_prefixes, words[i])) {
            words[i] += words[i + 1];
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(i + 1));
        }
        ++i;
    }
    return words;
}

std::string standard_name(std::string_view text) {
    return joined(name_words(text));
}

std::vector<std::string> surname_parts(std::string_view text) {
    auto const words = name_words(text);
    std::vector<std::string> parts;
    for (auto const& word : words)
        if (word.size() >= 3 && !contains(particles, word) && !contains(shared_forenames, word)) parts.push_back(word);
    if (words.size() < 2 || parts.empty()) return {};
    if (parts.front() == parts.back()) return {parts.front()};
    return {parts.front(), parts.back()};
}

std::string spoken_forename(std::string_view text) {
    auto const words = name_words(text);
    if (words.empty()) return {};
    auto const& first = words.front();
    bool const too_little = first.size() < 2 || contains(particles, first) || contains(shared_forenames, first);
    return formal_forename(too_little ? joined(words) : first);
}

bool is_placeholder_name(std::string_view text) {
    auto const words = name_words(text);
    if (words.empty()) return true;
    for (auto const& word : split(to_ascii(text), true))
        if (word.find_first_not_of("0123456789") == std::string::npos) return true; // "Child 2"
    if (contains(placeholder_first_words, words.front()) || contains(placeholder_names, joined(words, " ")))
        return true;
    auto const name = joined(words);
    return name.size() >= 3 && name.find_first_not_of(name.front()) == std::string::npos; // "xxx"
}

std::string skeleton(std::string_view standard) {
    std::string bones;
    char before = 0;
    for (char const c : standard) {
        if (c < 'a' || c > 'z') continue;
        if (before == 0 || (!is_vowel(c) && c != before)) bones += c;
        before = c;
    }
    return bones;
}

std::optional<Day> standard_date(std::optional<Day> day) {
    using namespace std::chrono_literals;
    if (!day || *day <= Day(1900y / 1 / 1) || *day > Day(2200y / 12 / 31) || *day == Day(1901y / 1 / 1)) return {};
    return day;
}

Day canonical_date(Day day) {
    std::chrono::year_month_day const date(day);
    auto const month = static_cast<unsigned>(date.month());
    auto const of_month = static_cast<unsigned>(date.day());
    if (of_month > 12) return day;
    return Day(date.year() / std::chrono::month(std::min(month, of_month)) /
               std::chrono::day(std::max(month, of_month)));
}

std::string standard_nhs_number(std::string_view text) {
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const byte = [&](std::size_t at) {
            return at < text.size() ? static_cast<unsigned char>(text[at]) : static_cast<unsigned char>(0);
        };
        if (text[i] >= '0' && text[i] <= '9') {
            if (digits.size() == 10) return {};
            digits += text[i];
        } else if (byte(i) == 0xC2 && byte(i + 1) == 0xA0) {
            i += 1; // no-break space
        } else if (byte(i) == 0xE2 && byte(i + 1) == 0x80 && byte(i + 2) >= 0x90 && byte(i + 2) <= 0x95) {
            i += 2; // U+2010 to U+2015, the dashes a word processor makes
        } else if (text[i] != ' ' && text[i] != '\t' && text[i] != '-' && text[i] != '.') {
            return {};
        }
    }
    if (digits.size() != 10 || digits.find_first_not_of(digits.front()) == std::string::npos) return {};
    unsigned sum = 0;
    for (unsigned i = 0; i < 9; ++i) sum += static_cast<unsigned>(digits[i] - '0') * (10 - i);
    unsigned const check = 11 - sum % 11; // 11 stands for 0; 10 is never issued
    return check % 11 == static_cast<unsigned>(digits[9] - '0') ? digits : std::string();
}

std::string standard_postcode(std::string_view text) {
    std::string code;
    for (char c : text) {
        if (c == ' ' || c == '\t' || c == '-' || c == '.') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        bool const plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain || code.size() == 7) return {};
        code += c;
    }
    if (code.size() < 5) return {};
    std::string form; // A for a letter, 9 for a digit
    for (char const c : code) form += c >= 'A' ? 'A' : '9';
    auto const outward = code.size() - 3;
    constexpr std::string_view outward_forms[] = {"A9", "A99", "AA9", "AA99", "A9A", "AA9A"};
    if (form.substr(outward) != "9AA" || !contains(outward_forms, form.substr(0, outward))) return {};
    if (code.starts_with("ZZ99")) return {};
    return code.insert(outward, " ");
}

Result<void> check_transliteration() {
    constexpr auto where = "transliteration of names";
    if (latin() == nullptr) return fail(Errc::missing, where, "Install the ICU library with its full data.");
    constexpr std::pair<std::string_view, std::string_view> samples[] = {
        {"Łukasz", "lukasz"},
        {"Yılmaz", "yilmaz"},
        {"Nguyễn", "nguyen"},
        {"Æsa Þórsdóttir", "aesathorsdottir"},
        {"Шевченко", "shevchenko"},
        {"Юлія", "yuliya"},
        {"Παπαδόπουλος", "papadopoulos"},
        {"محمد", "mhmd"},
        {"王小明", "wangxiaoming"},
        {"김민준", "gimminjun"},
        {"सुनीता", "sunita"},
    };
    for (auto const& [written, standard] : samples)
        if (standard_name(written) != standard)
            return fail(Errc::version_mismatch, where, "Use ICU 72, with which matching version 1 was defined.");
    return ok();
}

} // namespace fanlight::protocol
