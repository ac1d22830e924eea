// Names made comparable: words, what belongs to them (O', Mc), what does not (Mr, Jnr), and which of them say
// something.

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <utility>

namespace fanlight::protocol {

namespace {
constexpr std::string_view honorifics[] = {"capt",      "captain", "cllr",   "councillor", "dame",   "dr",     "lady",
                                           "madam",     "master",  "messrs", "miss",       "missus", "mister", "mlle",
                                           "mme",       "mr",      "mrs",    "ms",         "mstr",   "mx",     "prof",
                                           "professor", "rev",     "revd",   "reverend",   "sgt",    "sir"};
/// "nd" and "rd" are what is left of "2nd" and "3rd".
constexpr std::string_view suffixes[] = {"bsc", "cbe", "decd", "deceased", "esq",    "esquire", "ii",
                                         "iii", "iv",  "jnr",  "jr",       "junior", "mbe",     "msc",
                                         "nd",  "obe", "phd",  "rd",       "senior", "snr",     "sr"};
constexpr std::string_view joined_prefixes[] = {"fitz", "mac", "mc", "o", "st"};
/// Words of a name that are no name themselves. Two-letter ones matter for forenames only ("La Toya").
constexpr std::string_view particles[] = {
    "abu", "al",  "ap",  "bin", "bint",  "binti", "da",  "das", "de",  "del", "della", "dem", "den", "der", "des", "di",
    "do",  "dos", "du",  "el",  "ferch", "het",   "ibn", "la",  "las", "le",  "les",   "los", "nic", "och", "san", "te",
    "ten", "ter", "the", "ul",  "umm",   "und",   "ur",  "van", "vel", "vom", "von",   "zu",  "zum", "zur"};
/// First forenames that brothers, twins included, often share: alone they say too little.
constexpr std::string_view shared_forenames[] = {"abd",     "abdal",   "abdel",    "abdi",     "abdul",    "md",
                                                 "mohamad", "mohamed", "mohammad", "mohammed", "mohammod", "mohd",
                                                 "muhamad", "muhamed", "muhammad", "muhammed", "muhd",     "sayed",
                                                 "sayyid",  "sk",      "syed",     "syeda"};
static_assert(is_sorted_set(honorifics) && is_sorted_set(suffixes) && is_sorted_set(joined_prefixes) &&
              is_sorted_set(particles) && is_sorted_set(shared_forenames));
constexpr std::size_t part_letters_min = 3;

using Words = std::vector<std::string>;

/// "Thompson, all other names": a form's heading, taken over with what stood under it.
void drop_other_names(Words& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "other" || words[i + 1] != "names") continue;
        auto const from = i > 0 && words[i - 1] == "all" ? i - 1 : i;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(from),
                    words.begin() + static_cast<std::ptrdiff_t>(i + 2));
        return;
    }
}

bool says_something(std::string const& word) {
    return word.size() >= part_letters_min && !contains(particles, word) && !contains(shared_forenames, word);
}
} // namespace

std::vector<std::string> name_words(std::string_view text) {
    return tidy_words(words_of(to_plain(text), Digits::drop, name_letters_max));
}

std::vector<std::string> tidy_words(std::vector<std::string> words) {
    if (words.size() < 2) return words;
    auto first = words.begin();
    while (words.end() - first > 1 && contains(honorifics, *first)) ++first;
    words.erase(words.begin(), first);
    while (words.size() > 1 && contains(suffixes, words.back())) words.pop_back();
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == "saint") words[i] = "st";
        if (!contains(joined_prefixes, words[i])) continue;
        words[i] += words[i + 1];
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i + 1));
    }
    return words;
}

std::string standard_name(std::string_view text) {
    return joined(name_words(text));
}

std::vector<std::string> surname_parts(std::string_view text) {
    auto words = name_words(text);
    if (words.size() < 2) return {};
    drop_other_names(words);
    words.erase(std::remove_if(words.begin(), words.end(), [](auto const& word) { return !says_something(word); }),
                words.end());
    if (words.empty()) return {};
    if (words.front() == words.back()) return {words.front()};
    return {words.front(), words.back()};
}

std::vector<std::string> forename_parts(std::string_view text) {
    auto words = name_words(text);
    if (words.size() < 2) return {};
    drop_other_names(words);
    Words parts;
    for (auto& word : words)
        if (says_something(word) && parts.size() < forename_parts_max &&
            std::find(parts.begin(), parts.end(), word) == parts.end())
            parts.push_back(std::move(word));
    return parts;
}

std::vector<std::string> middle_words(std::string_view text) {
    if (text.empty() || is_placeholder_name(text)) return {};
    auto words = name_words(text);
    // Leaving a word out may bring another honorific to the front: until nothing changes, so that the result is stable.
    while (words.size() > 1) {
        auto const before = words;
        drop_other_names(words);
        auto const nobody = [](std::string const& word) { return is_placeholder_name(word); };
        words.erase(std::remove_if(words.begin(), words.end(), nobody), words.end());
        if (words.size() > middle_words_max) words.resize(middle_words_max);
        words = tidy_words(std::move(words));
        if (is_placeholder_name(joined(words, " "))) return {};
        if (words == before) break;
    }
    return words;
}

std::string spoken_forename(std::string_view text) {
    auto words = name_words(text);
    if (words.empty()) return {};
    auto& first = words.front();
    auto const formal = formal_forename(first);
    bool const says_little = first.size() < 2 || contains(shared_forenames, first) ||
                             (contains(particles, first) && formal == first); // "Des" is Desmond
    first = formal;
    return says_little ? formal_forename(joined(words)) : first;
}

} // namespace fanlight::protocol
