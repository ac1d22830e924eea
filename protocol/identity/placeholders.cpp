// Words that stand for a name nobody knew. What is in a table must not be a name that people in the UK bear: "Boy",
// "Child", "Na", "Lord", "Blank" and "Test" are surnames or forenames somewhere, and a name thrown away is a person not
// found. "Baby" and "Nil" are rare names elsewhere and common placeholders here; they are thrown away.

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace fanlight::protocol {

namespace {
/// A name that begins with one of these names nobody: "Baby of Sarah", "Unknown male".
constexpr std::string_view first_words[] = {"anonymous",    "baby",    "babyboy", "babygirl",   "bby",    "fetus",
                                            "foetus",       "infant",  "newborn", "unbaptised", "unborn", "undisclosed",
                                            "unidentified", "unknown", "unnamed", "unspecified"};
/// Whole names, joined.
constexpr std::string_view whole_names[] = {"allothernames",
                                            "anon",
                                            "asabove",
                                            "asbefore",
                                            "awaitingname",
                                            "boyfriend",
                                            "brother",
                                            "confidential",
                                            "dad",
                                            "daughter",
                                            "deceased",
                                            "declined",
                                            "declinedtosay",
                                            "donotknow",
                                            "dontknow",
                                            "dontuse",
                                            "duplicate",
                                            "father",
                                            "female",
                                            "firstname",
                                            "fnu",
                                            "forename",
                                            "forenameunknown",
                                            "girl",
                                            "girlfriend",
                                            "givenname",
                                            "lastname",
                                            "lnu",
                                            "male",
                                            "middlename",
                                            "miss",
                                            "mother",
                                            "mr",
                                            "mrs",
                                            "ms",
                                            "mum",
                                            "mx",
                                            "nameless",
                                            "nametobeconfirmed",
                                            "nameunknown",
                                            "nfa",
                                            "nfn",
                                            "nil",
                                            "nk",
                                            "nln",
                                            "nmn",
                                            "noalias",
                                            "nodata",
                                            "nodetails",
                                            "nofixedabode",
                                            "noforename",
                                            "nomiddlename",
                                            "nomiddlenames",
                                            "noname",
                                            "nonamegiven",
                                            "none",
                                            "nonegiven",
                                            "noneknown",
                                            "noothername",
                                            "noothernames",
                                            "nosurname",
                                            "notapplicable",
                                            "notavailable",
                                            "notdisclosed",
                                            "notgiven",
                                            "notknown",
                                            "notknownyet",
                                            "notnamed",
                                            "notprovided",
                                            "notrecorded",
                                            "notset",
                                            "notspecified",
                                            "notstated",
                                            "notyetknown",
                                            "notyetnamed",
                                            "null",
                                            "othername",
                                            "othernames",
                                            "redacted",
                                            "refused",
                                            "seeabove",
                                            "seenotes",
                                            "sister",
                                            "sonof",
                                            "surname",
                                            "surnameunknown",
                                            "tba",
                                            "tbc",
                                            "tbd",
                                            "tobeadvised",
                                            "tobeconfirmed",
                                            "tobenamed",
                                            "twin",
                                            "twina",
                                            "twinb",
                                            "twini",
                                            "twinii",
                                            "twinone",
                                            "twintwo",
                                            "unk",
                                            "withheld",
                                            "xx",
                                            "zz"};
/// "Boy one", "Male infant", "Girl of Sarah", "Triplet B": the first word does not say it all.
constexpr std::string_view counted_words[] = {"boy",    "child",   "female",  "girl", "male",
                                              "person", "sibling", "triplet", "twin"};
constexpr std::string_view counting_words[] = {"a",    "b",     "baby", "boy", "c",       "child",   "five",
                                               "four", "girl",  "i",    "ii",  "iii",     "infant",  "of",
                                               "one",  "three", "twin", "two", "unknown", "unnamed", "x"};
/// These are long and unlike any name, so that one slip of the hand is forgiven: "unkown", "All Ohter Names".
constexpr std::string_view forgiven[] = {"allothernames", "nofixedabode", "nomiddlename",
                                         "notknown",      "notrecorded",  "unknown"};
static_assert(is_sorted_set(first_words) && is_sorted_set(whole_names) && is_sorted_set(counted_words) &&
              is_sorted_set(counting_words));

/// At most one letter more, less or other, or two neighbours swapped.
bool is_near(std::string_view left, std::string_view right) {
    if (left.size() > right.size()) std::swap(left, right);
    if (right.size() - left.size() > 1) return false;
    auto const first = static_cast<std::size_t>(
        std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first - left.begin());
    auto const rest = [&](std::string_view text, std::size_t skip) {
        return text.substr(std::min(text.size(), first + skip));
    };
    if (left.size() < right.size()) return left.substr(first) == right.substr(first + 1);
    if (rest(left, 1) == rest(right, 1)) return true;
    return first + 1 < left.size() && left[first] == right[first + 1] && left[first + 1] == right[first] &&
           rest(left, 2) == rest(right, 2);
}

bool is_all_one_letter(std::string_view name) {
    return name.find_first_not_of(name.front()) == std::string_view::npos;
}
} // namespace

bool is_placeholder_name(std::string_view text) {
    auto const plain = to_plain(text);
    if (std::any_of(plain.begin(), plain.end(), [](char c) { return c >= '0' && c <= '9'; }))
        for (auto const& word : words_of(plain, Digits::keep))
            if (word.find_first_not_of("0123456789") == std::string::npos) return true; // "Child 2"
    auto const words = tidy_words(words_of(plain, Digits::drop, name_letters_max));
    if (words.empty()) return true;
    auto const name = joined(words);
    if (contains(first_words, words.front()) || contains(whole_names, name)) return true;
    if (words.size() > 1) {
        if (name == "na") return true; // "n/a"; "Na" is a name
        if (contains(counted_words, words.front()) && contains(counting_words, words[1])) return true;
    }
    if (name.size() >= 3 && is_all_one_letter(name)) return true; // "xxx"
    return std::any_of(std::begin(forgiven), std::end(forgiven),
                       [&](std::string_view placeholder) { return is_near(name, placeholder); });
}

} // namespace fanlight::protocol
