// Scripts other than Latin go through ICU ("Any-Latin; Latin-ASCII"), whose rules are data of the ICU in use:
// check_transliteration() holds the ones that matching version 2 relies on, a few for each script and each sign that
// the table below or the order of the steps decides.

#include "protocol/identity/plain_text.hpp"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>

#include <memory>
#include <utility>

namespace fanlight::protocol {

namespace {
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

/// NFKC case folding first, so that composed, decomposed and full-width forms reach the transliterator alike.
std::string through_icu(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    auto const whole = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
    auto folded = whole;
    if (auto const* const form = icu::Normalizer2::getNFKCCasefoldInstance(status); U_SUCCESS(status))
        folded = form->normalize(whole, status);
    if (U_FAILURE(status)) folded = whole;
    for (auto const& [letter, spelled] : cyrillic)
        if (folded.indexOf(letter) >= 0)
            folded.findAndReplace(icu::UnicodeString(letter), icu::UnicodeString(spelled, -1, US_INV));
    if (auto const* const transliterator = latin()) transliterator->transliterate(folded);
    std::string ascii;
    folded.toUTF8String(ascii);
    return ascii;
}

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}
} // namespace

std::string to_plain(std::string_view text) {
    text = text.substr(0, text_bytes_max);
    // ASCII is used as it is: the long way round gives the same.
    auto plain = std::all_of(text.begin(), text.end(), is_ascii) ? std::string(text) : through_icu(text);
    for (char& c : plain)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return plain;
}

std::vector<std::string> words_of(std::string_view plain, Digits digits, std::size_t letters_max) {
    std::vector<std::string> words;
    words.reserve(4);
    bool within = false;
    std::size_t letters = 0;
    for (char const c : plain) {
        bool const digit = c >= '0' && c <= '9';
        if ((c >= 'a' && c <= 'z') || (digit && digits == Digits::keep)) {
            if (letters++ == letters_max) break;
            if (!within) words.emplace_back();
            words.back() += c;
            within = true;
        } else if (!digit && c != '\'' && c != '`' && is_ascii(c)) {
            within = false;
        }
    }
    return words;
}

std::string joined(std::vector<std::string> const& words, std::string_view between) {
    std::string text;
    for (auto const& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

Result<void> check_transliteration() {
    constexpr auto where = "transliteration of names";
    if (latin() == nullptr) return fail(Errc::missing, where, "Install the ICU library with its full data.");
    constexpr std::pair<std::string_view, std::string_view> samples[] = {
        {"Łukasz", "lukasz"},
        {"Małgorzata", "malgorzata"},
        {"Yılmaz", "yilmaz"},
        {"İbrahim", "ibrahim"},
        {"Çağlar", "caglar"},
        {"Nguyễn", "nguyen"},
        {"Đặng", "dang"},
        {"Æsa Þórsdóttir", "aesathorsdottir"},
        {"Siân", "sian"},
        {"Șerban Țîrlea", "serbantirlea"},
        {"Weiß", "weiss"},
        {"Øystein", "oystein"},
        {"Šarūnas", "sarunas"},
        {"João", "joao"},
        {"ＭＡＲＫ", "mark"},
        {"ﬁona", "fiona"},
        {"O’Brien", "obrien"},
        {"Шевченко", "shevchenko"},
        {"Юлія", "yuliya"},
        {"Сергій", "sergiy"},
        {"Євген", "yevgen"},
        {"Дмитро", "dmitro"},
        {"Ґалаґан", "galagan"},
        {"Їжак", "yizhak"},
        {"Алёна", "alyona"},
        {"Подъячев", "podyachev"},
        {"Ольга", "olga"},
        {"Эльдар", "eldar"},
        {"Παπαδόπουλος", "papadopoulos"},
        {"محمد", "mhmd"},
        {"عائشة", "aysht"},
        {"حسین", "hsyn"},
        {"چوہدری", "chwdry"},
        {"گل", "gl"},
        {"יוסף", "ywsp"},
        {"শেখ হাসিনা", "sekhahasina"},
        {"রহমান", "rahamana"},
        {"ਹਰਪ੍ਰੀਤ ਸਿੰਘ", "harapritasigha"},
        {"सुनीता", "sunita"},
        {"પટેલ", "patela"},
        {"தமிழ்", "tamil"},
        {"สมชาย", "smchay"},
        {"Հովհաննես", "hovhannes"},
        {"გიორგი", "giorgi"},
        {"ሰላም", "salam"},
        {"王小明", "wangxiaoming"},
        {"김민준", "gimminjun"},
        {"タナカ", "tanaka"},
        {"١٢٣", "123"},
        {"۱۲۳", "123"},
    };
    for (auto const& [written, plain] : samples)
        if (joined(words_of(to_plain(written), Digits::keep)) != plain)
            return fail(Errc::version_mismatch, where, "Use ICU 72, with which matching version 2 was defined.");
    return ok();
}

} // namespace fanlight::protocol
