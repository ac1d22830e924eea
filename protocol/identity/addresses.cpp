// Addresses made comparable. Numbers decide: which of them is the flat's and which the house's is written in every
// order there is, so that they are sorted; words stay in their order.

#include "protocol/identity/addresses.hpp"

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

namespace fanlight::protocol {

namespace {
constexpr std::size_t address_letters_max = 120; ///< of one field
constexpr std::size_t number_digits_max = 6;     ///< of a house; more is some other number and stays a word

/// Before a number or a lone letter they say nothing: "Flat 3" is "3".
constexpr std::string_view unit_words[] = {"apartment", "apartments", "apt",    "bedsit", "block", "flat",   "flats",
                                           "flt",       "house",      "no",     "nr",     "num",   "number", "plot",
                                           "rm",        "room",       "studio", "suite",  "unit"};
/// These say nothing anywhere in the premises.
constexpr std::string_view silent_words[] = {"and", "fl", "flat", "floor", "flr", "no", "number", "of", "the"};
struct Spelling {
    std::string_view is;
    std::string_view of; ///< never an `is`
};
constexpr Spelling premises_spellings[] = {
    {"1st", "first"},       {"2nd", "second"},    {"3rd", "third"},    {"bff", "basement"},   {"bldg", "building"},
    {"bldgs", "buildings"}, {"bsmt", "basement"}, {"cott", "cottage"}, {"cotts", "cottages"}, {"ct", "court"},
    {"fff", "first"},       {"fm", "farm"},       {"gff", "ground"},   {"grd", "ground"},     {"grnd", "ground"},
    {"hse", "house"},       {"lgf", "basement"},  {"sff", "second"},   {"st", "saint"},       {"tff", "top"},
    {"twr", "tower"}};
constexpr Spelling street_spellings[] = {
    {"av", "avenue"},      {"ave", "avenue"},    {"avn", "avenue"},     {"bldgs", "buildings"}, {"blvd", "boulevard"},
    {"bvd", "boulevard"},  {"cct", "circuit"},   {"cir", "circle"},     {"circ", "circus"},     {"cl", "close"},
    {"clo", "close"},      {"cnr", "corner"},    {"cotts", "cottages"}, {"cr", "crescent"},     {"cres", "crescent"},
    {"cresc", "crescent"}, {"crt", "court"},     {"ct", "court"},       {"ctr", "centre"},      {"dr", "drive"},
    {"drv", "drive"},      {"esp", "esplanade"}, {"est", "estate"},     {"fm", "farm"},         {"gdn", "garden"},
    {"gdns", "gardens"},   {"gr", "grove"},      {"grn", "green"},      {"gro", "grove"},       {"grv", "grove"},
    {"hts", "heights"},    {"hwy", "highway"},   {"la", "lane"},        {"ln", "lane"},         {"mnr", "manor"},
    {"mt", "mount"},       {"mws", "mews"},      {"pde", "parade"},     {"pk", "park"},         {"pl", "place"},
    {"prom", "promenade"}, {"rd", "road"},       {"rse", "rise"},       {"sq", "square"},       {"st", "street"},
    {"str", "street"},     {"tce", "terrace"},   {"ter", "terrace"},    {"terr", "terrace"},    {"vw", "view"},
    {"wk", "walk"},        {"wlk", "walk"},      {"yd", "yard"}};
/// A word that ends the name of a street, and one that may as well end the name of a house.
constexpr std::string_view street_types[] = {
    "approach", "arcade", "avenue",    "bank",   "boulevard", "bridge", "brow",  "causeway", "circle",    "circuit",
    "circus",   "close",  "common",    "corner", "crescent",  "croft",  "drive", "drove",    "esplanade", "estate",
    "fold",     "garden", "gardens",   "garth",  "gate",      "glade",  "green", "grove",    "heights",   "highway",
    "hill",     "lane",   "mead",      "meadow", "meadows",   "mews",   "mount", "parade",   "park",      "passage",
    "path",     "place",  "promenade", "quay",   "ride",      "ridge",  "rise",  "road",     "row",       "square",
    "strand",   "street", "terrace",   "vale",   "view",      "walk",   "way",   "wharf",    "wynd",      "yard"};
constexpr std::string_view house_types[] = {"buildings", "cottages", "court", "courtyard", "villas"};
/// Before "St" they make it a saint: "Upper St Martin's Lane".
constexpr std::string_view before_saints[] = {"great", "little", "lower", "new", "old", "upper"};
constexpr std::string_view no_homes[] = {"homeless",      "noabode",    "noaddress",   "roughsleeper",
                                         "roughsleeping", "sofasurfer", "sofasurfing", "streethomeless"};
constexpr std::string_view unknown_addresses[] = {
    "addressnotknown",  "addressunknown", "addresswithheld", "confidentialaddress", "na",
    "protectedaddress", "unknownaddress"};

template <std::size_t N> constexpr bool is_sorted(Spelling const (&spellings)[N]) {
    for (std::size_t i = 1; i < N; ++i)
        if (spellings[i - 1].is >= spellings[i].is) return false;
    return true;
}
static_assert(is_sorted_set(unit_words) && is_sorted_set(silent_words) && is_sorted(premises_spellings) &&
              is_sorted(street_spellings) && is_sorted_set(street_types) && is_sorted_set(house_types) &&
              is_sorted_set(before_saints) && is_sorted_set(no_homes) && is_sorted_set(unknown_addresses));

template <std::size_t N> std::string spelled(Spelling const (&spellings)[N], std::string const& word) {
    auto const* const found =
        std::lower_bound(std::begin(spellings), std::end(spellings), word,
                         [](Spelling const& entry, std::string_view text) { return entry.is < text; });
    return std::string(found == std::end(spellings) || found->is != word ? word : found->of);
}

using Words = std::vector<std::string>;

Words address_words(std::string_view plain) {
    return words_of(plain, Digits::keep, address_letters_max);
}

bool is_lone_letter(std::string_view word) {
    return word.size() == 1 && word[0] >= 'a';
}
/// "12", "144b"; how many digits, or 0.
std::size_t number_digits(std::string_view word) {
    auto const digits = std::min(word.find_first_not_of("0123456789"), word.size());
    return digits <= number_digits_max && word.size() - digits <= 1 ? digits : 0;
}
bool is_number(std::string_view word) {
    return number_digits(word) > 0;
}

/// As many of the words as have `address_letters_max` letters together: no more than is read the next time.
std::string within_room(Words const& words) {
    std::string text;
    std::size_t letters = 0;
    for (auto const& word : words) {
        letters += word.size();
        if (letters > address_letters_max) break;
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

struct Number {
    std::string digits; ///< without leading zeros
    char letter = '\0';
    auto key() const { return std::make_tuple(digits.size(), std::string_view(digits), letter); }
};

/// The premises of all fields. Words that say nothing go (from the right, since a unit word does so because of what
/// follows it), a lone letter goes to the number before it, or else behind it, that has none yet.
std::string premises_of(Words const& written) {
    Words kept; // the last word first
    for (auto word = written.rbegin(); word != written.rend(); ++word) {
        auto text = spelled(premises_spellings, *word);
        bool const before_number = !kept.empty() && (is_number(kept.back()) || is_lone_letter(kept.back()));
        if (contains(silent_words, text) || (before_number && contains(unit_words, text))) continue;
        kept.push_back(std::move(text));
    }
    if (kept.empty()) return within_room(written); // "The Flat" is all there is
    std::reverse(kept.begin(), kept.end());

    std::vector<Number> numbers;
    std::vector<std::size_t> number_at(kept.size(), kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
        auto const digits = number_digits(kept[i]);
        if (digits == 0) continue;
        auto const zeros = std::min(kept[i].find_first_not_of('0'), digits);
        number_at[i] = numbers.size();
        numbers.push_back({kept[i].substr(zeros, digits - zeros), kept[i].size() > digits ? kept[i].back() : '\0'});
    }
    Words names;
    for (std::size_t i = 0, before = 0; i < kept.size(); ++i) {
        if (number_at[i] < kept.size()) {
            ++before;
            continue;
        }
        auto const free = [](Number const& number) { return number.letter == '\0'; };
        auto const here = numbers.begin() + static_cast<std::ptrdiff_t>(before);
        auto const left = std::find_if(std::make_reverse_iterator(here), numbers.rend(), free);
        auto const right = std::find_if(here, numbers.end(), free);
        if (!is_lone_letter(kept[i]) || (left == numbers.rend() && right == numbers.end())) {
            names.push_back(std::move(kept[i]));
        } else {
            (left != numbers.rend() ? *left : *right).letter = kept[i].front();
        }
    }
    std::sort(numbers.begin(), numbers.end(), [](Number const& a, Number const& b) { return a.key() < b.key(); });
    Words all;
    for (auto const& number : numbers) {
        auto text = number.digits;
        if (number.letter != '\0') text += number.letter;
        if (!number.digits.empty() && (all.empty() || all.back() != text)) all.push_back(std::move(text));
    }
    std::move(names.begin(), names.end(), std::back_inserter(all));
    return within_room(all);
}

/// The words of a street in full.
Words street_of(Words words) {
    while (words.size() > 1 && words.front() == "the") words.erase(words.begin());
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool const first = i == 0 && words.size() > 1;
        bool const last = i + 1 == words.size();
        if (words[i] == "st" && !last && (first || contains(before_saints, words[i - 1]))) {
            words[i] = "saint";
        } else if (words[i] == "dr" && first) {
            words[i] = "doctor";
        } else if (!first) {
            words[i] = spelled(street_spellings, words[i]);
        }
    }
    return words;
}

template <std::size_t N> bool ends_with_one_of(std::string_view const (&types)[N], Words const& words) {
    return words.size() > 1 && contains(types, spelled(street_spellings, words.back()));
}

/// Takes house number and flat off the front of a part of the street field. A number that is not the house number
/// already known belongs to the street's name ("5 Mile Lane").
void take_premises(Words& part, Words& premises) {
    std::vector<std::string> known;
    bool has_house = false;
    auto const digits_of = [](std::string const& word) {
        auto const zeros = std::min(word.find_first_not_of('0'), word.size());
        return word.substr(zeros, std::max(number_digits(word), zeros) - zeros);
    };
    for (std::size_t i = 0; i < premises.size(); ++i) {
        if (!is_number(premises[i]) || digits_of(premises[i]).empty()) continue; // 0 is no house
        known.push_back(digits_of(premises[i]));
        if (i == 0 || !contains(unit_words, spelled(premises_spellings, premises[i - 1]))) has_house = true;
    }
    std::size_t at = 0;
    auto const take = [&] {
        if (is_number(part[at])) known.push_back(digits_of(part[at]));
        premises.push_back(std::move(part[at++]));
    };
    while (at < part.size()) {
        bool const more = at + 1 < part.size();
        if (part[at] == "the" && more) {
            ++at;
        } else if (more && contains(unit_words, spelled(premises_spellings, part[at])) &&
                   (is_number(part[at + 1]) || is_lone_letter(part[at + 1]))) {
            ++at; // says nothing, and what it stands before is not the house number
            take();
        } else if (is_number(part[at]) &&
                   (!has_house || std::find(known.begin(), known.end(), digits_of(part[at])) != known.end())) {
            bool const whole = part[at].size() == number_digits(part[at]);
            take();
            if (whole && at < part.size() && is_lone_letter(part[at])) take();
        } else {
            break;
        }
    }
    part.erase(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(at));
}

/// The street in a street field; what stands before it goes to the premises. Between commas the street is the part that
/// ends like one, or else the first that is more than a number.
Words take_street(std::string_view plain, Words& premises) {
    std::vector<Words> parts;
    while (!plain.empty()) {
        auto const comma = std::min(plain.find_first_of(",;\n"), plain.size());
        if (auto words = address_words(plain.substr(0, comma)); !words.empty()) parts.push_back(std::move(words));
        plain.remove_prefix(std::min(comma + 1, plain.size()));
    }
    auto street = std::find_if(parts.begin(), parts.end(), [](auto& p) { return ends_with_one_of(street_types, p); });
    if (street == parts.end())
        street = std::find_if(parts.begin(), parts.end(), [](auto& p) { return ends_with_one_of(house_types, p); });
    for (auto part = parts.begin(); part != parts.end(); ++part) {
        if (part < street && street != parts.end()) {
            std::move(part->begin(), part->end(), std::back_inserter(premises));
            continue;
        }
        take_premises(*part, premises);
        if (!part->empty()) return std::move(*part);
    }
    return {};
}

bool means_no_home(Words const& words) {
    auto const all = joined(words);
    return contains(no_homes, all) || all.find("nofixed") != std::string::npos ||
           std::find(words.begin(), words.end(), "nfa") != words.end();
}
/// An address to write to, and somebody else's.
bool is_care_of(Words const& words) {
    return words.size() > 1 && ((words[0] == "c" && words[1] == "o") || (words[0] == "care" && words[1] == "of"));
}
bool is_unknown(Words const& words) {
    if (words.empty()) return true;
    auto const has_digit = [](std::string const& word) {
        return word.find_first_of("0123456789") != std::string::npos;
    };
    bool const named = ends_with_one_of(street_types, words) || std::any_of(words.begin(), words.end(), has_digit);
    return contains(unknown_addresses, joined(words)) || (!named && is_placeholder_name(joined(words, " ")));
}

/// Premises and street of two plain texts.
void standard_home(std::string_view premises_text, std::string_view street_text, StandardAddress& standard) {
    auto premises = address_words(premises_text);
    auto street = address_words(street_text);
    if (is_unknown(premises)) premises.clear();
    if (is_unknown(street)) street.clear();
    // "12 Elm Avenue" in the premises and nothing in the street
    if (street.empty() && std::any_of(premises.begin(), premises.end(), is_number)) {
        street_text = premises_text;
        street = std::exchange(premises, {});
    }
    if (!street.empty()) street = street_of(take_street(street_text, premises));
    if (is_unknown(street)) street.clear(); // "12 unknown"
    standard.premises = premises_of(premises);
    standard.street = within_room(street);
    auto const words = address_words(standard.premises);
    if (words.empty() || !is_number(words.front())) {
        if (is_unknown(words)) standard.premises.clear(); // "Flat, unknown"
    } else if (street.empty() && !std::all_of(words.begin(), words.end(), is_number)) {
        // A number in the street field and the street in the premises: as if all of it had been in one. Not a third
        // time: what is not a number is then the street, or nothing.
        standard_home(std::string(standard.premises), "", standard);
    }
}

std::string without_spaces(std::string_view text, std::size_t max) {
    std::string code;
    for (char const c : text.substr(0, text_bytes_max)) {
        if (c == ' ' || c == '\t' || c == '-' || c == '.') continue;
        if (code.size() == max) return {};
        code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return code;
}
/// "ZZ99 3VZ" is no fixed abode, the others are abroad, not known and the like (NHS Postcode Directory).
bool is_pseudo_postcode(std::string_view text) {
    return without_spaces(text, 7).starts_with("ZZ99");
}

/// As other countries write them: 4 to 6 digits, not all of them 0 or 9.
std::string foreign_postcode(std::string_view text) {
    auto const code = without_spaces(text, 6);
    bool const digits = code.size() >= 4 && code.find_first_not_of("0123456789") == std::string::npos;
    bool const made_up =
        code.find_first_not_of('0') == std::string::npos || code.find_first_not_of('9') == std::string::npos;
    return digits && !made_up ? code : std::string();
}
} // namespace

std::string standard_street(std::string_view text) {
    auto const words = street_of(address_words(to_plain(text)));
    return is_unknown(words) ? std::string() : within_room(words);
}

std::string standard_locality(std::string_view text) {
    auto words = address_words(to_plain(text));
    if (is_unknown(words)) return {};
    if (words.size() > 1 && words.front() == "st") words.front() = "saint";
    return within_room(words);
}

std::string standard_postcode(std::string_view text) {
    auto code = without_spaces(text, 7);
    if (code.size() < 5) return {};
    auto const outward = code.size() - 3;
    if (code[outward] == 'O') code[outward] = '0'; // the second half begins with a digit
    if (code[outward] == 'I') code[outward] = '1';
    std::string form; // A for a letter, 9 for a digit
    for (char const c : code) form += c >= 'A' && c <= 'Z' ? 'A' : c >= '0' && c <= '9' ? '9' : '?';
    constexpr std::string_view outward_forms[] = {"A9", "A99", "A9A", "AA9", "AA99", "AA9A"};
    static_assert(is_sorted_set(outward_forms));
    if (form.substr(outward) != "9AA" || !contains(outward_forms, form.substr(0, outward))) return {};
    if (code.starts_with("ZZ99")) return {};
    return code.insert(outward, " ");
}

namespace {
/// What the words of an address's fields say about it as a whole.
enum class Home : std::uint8_t { some, none, of_another };
Home home_of(Words const& premises, Words const& street, Words const& locality) {
    if (means_no_home(premises) || means_no_home(street) || means_no_home(locality)) return Home::none;
    return is_care_of(premises) || is_care_of(street) ? Home::of_another : Home::some;
}
StandardAddress missing_address(bool no_fixed_abode) {
    StandardAddress standard;
    standard.no_fixed_abode = no_fixed_abode;
    return standard;
}
} // namespace

StandardAddress standard_address(Address const& address) {
    auto const premises = to_plain(address.premises);
    auto const street = to_plain(address.street);
    auto const locality = to_plain(address.locality);
    auto const written = home_of(address_words(premises), address_words(street), address_words(locality));
    bool const nowhere = written == Home::none || without_spaces(address.postcode, 7) == "ZZ993VZ";
    if (nowhere || written != Home::some || is_pseudo_postcode(address.postcode)) return missing_address(nowhere);

    StandardAddress standard;
    standard.locality = standard_locality(locality);
    standard.postcode = standard_postcode(address.postcode);
    standard.sector = standard.postcode.substr(0, std::max<std::size_t>(standard.postcode.size(), 2) - 2);
    if (standard.postcode.empty()) standard.sector = standard.postcode = foreign_postcode(address.postcode);
    standard.uprn = standard_uprn(address.uprn);
    standard_home(premises, street, standard);
    // Once more, since taking words out ("rough, the sleeper") and cutting long texts may have made such words.
    auto const left = home_of(address_words(standard.premises), address_words(standard.street), {});
    return left == Home::some ? standard : missing_address(left == Home::none);
}

} // namespace fanlight::protocol
