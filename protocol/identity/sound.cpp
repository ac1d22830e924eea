// How a name sounds: a small phonetic code for the names of the UK's people. Rougher than Metaphone where spellings
// cross languages (one class for s, z, sh; v as f; th as t), finer than Soundex where names differ (no cut-off, order
// kept, a last "a" counts).
//
// The broad ear hears less, where clerks and languages differ about a letter's sound:
//  - all vowels at the start as one (Evans, Avans; Ebrahim, Ibrahim; Usman, Osman), and y and j there as one (Yulia,
//    Julia; Yasmin, Jasmine);
//  - w as v, so as f, at the start (Weed, Veed; Wright, Vright), and nothing silent there but the k and g before n;
//  - w between vowels as v (Kowalski, Kovalski), and v as w, silent, before a consonant and at the end (Brown, Brovn);
//  - c as k before e, i, y and h as well (Richard, Rikhard; Shevchenko, Shevtchenko, Shevkhenko);
//  - the last "a" of a surname that has it for women only (Kowalska, Ivanova).

#include "protocol/identity/sound.hpp"

#include "protocol/identity/plain_text.hpp"

#include <cstddef>
#include <utility>

namespace fanlight::protocol {

namespace {
bool is_vowel(char c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}
bool is_front(char c) { // softens c and g
    return c == 'e' || c == 'i' || c == 'y';
}

enum class Hearing : std::uint8_t { fine, broad };

/// Reads a word from left to right; `at` beyond the ends is 0.
class Ear {
  public:
    Ear(std::string_view word, Hearing hearing) : word_(word), broad_(hearing == Hearing::broad) {
        if (broad_ && is_womans_form()) word_.remove_suffix(1);
    }

    std::string listen() {
        begin();
        while (i_ < word_.size()) step();
        // "Daniel" and "Daniela", "Paul" and "Paula" are two people, often of one family; "Sara" and "Sarah" are not.
        auto const end = word_.ends_with("ah") ? word_.size() - 1 : word_.size();
        if (end > 1 && word_[end - 1] == 'a') code_ += 'A';
        return std::move(code_);
    }

  private:
    bool is_womans_form() const {
        return word_.ends_with("ska") || word_.ends_with("cka") ||
               (word_.size() >= 6 && (word_.ends_with("ova") || word_.ends_with("eva")));
    }
    char at(std::size_t i) const { return i < word_.size() ? word_[i] : '\0'; }
    char next(std::size_t by = 1) const { return at(i_ + by); }
    char previous() const { return i_ > 0 ? word_[i_ - 1] : '\0'; }
    bool follows(std::string_view text) const { return word_.substr(i_).starts_with(text); }

    void emit(char c, std::size_t letters = 1) {
        if (c != last_) code_ += c;
        last_ = c;
        i_ += letters;
    }
    void skip(std::size_t letters = 1) { i_ += letters; }

    void begin_broad() {
        char const c = at(0);
        if (word_.starts_with("kn") || word_.starts_with("gn")) return skip();
        if ((c == 'y' || c == 'i' || c == 'e') && is_vowel(next()) && next() != c && c != 'e') return emit('J');
        if (is_vowel(c)) return first('A');
        if (c == 'x') return emit('S');
        if (c == 'h') return emit('H');
        if (c == 'w') return emit('F');
    }
    void begin() {
        if (broad_) return begin_broad();
        for (auto const silent : {"kn", "gn", "pn", "mn", "wr", "ps"})
            if (word_.starts_with(silent)) return skip();
        switch (at(0)) {
        case 'a': return first('A');
        case 'e': return first('E');
        case 'i': return is_vowel(next()) && next() != 'i' ? emit('Y') : first('E'); // Iulia, Ioung
        case 'o':
        case 'u': return first('O');
        case 'y': return is_vowel(next()) ? emit('Y') : first('E');
        case 'x': return emit('S');
        case 'h': return emit('H');
        case 'w': return emit('W', next() == 'h' ? 2 : 1);
        default: return;
        }
    }
    void first(char vowel) {
        code_ += vowel;
        skip();
    }

    void step() {
        char const c = word_[i_];
        if (is_vowel(c)) {
            last_ = '\0'; // the same consonant is heard again after a vowel
            return skip();
        }
        switch (c) {
        case 'b': return i_ + 1 == word_.size() && previous() == 'm' ? skip() : emit('B'); // Lamb
        case 'c': return hear_c();
        case 'd':
            if (next() == 'g' && is_front(next(2))) return emit('J', 2);
            return next() == 't' ? skip() : emit('D');
        case 'v':
            if (broad_ && !is_vowel(next()) && i_ > 0) return skip();
            [[fallthrough]];
        case 'f': return emit('F');
        case 'g': return hear_g();
        case 'w':
            if (broad_ && is_vowel(previous()) && is_vowel(next())) return emit('F');
            [[fallthrough]];
        case 'h': return skip();
        case 'j': return emit('J');
        case 'k':
        case 'q': return emit('K');
        case 'l':
        case 'm':
        case 'n':
        case 'r': return emit(static_cast<char>(c - 'a' + 'A'));
        case 'p':
            if (next() == 'h') return emit('F', 2);
            return previous() == 'm' && (next() == 's' || next() == 't') ? skip() : emit('P'); // Thompson
        case 's': return emit('S', follows("sch") ? 3 : 1);
        case 't': return follows("tch") ? emit(broad_ ? 'K' : 'X', 3) : emit('T');
        case 'x':
            if (previous() == 'x') return skip();
            emit('K', 0);
            return emit('S');
        case 'z': return emit('S');
        default: return skip(); // not a letter
        }
    }
    void hear_c() {
        if (broad_) return emit('K', next() == 'h' || next() == 'k' ? 2 : 1);
        if (follows("ch")) {
            bool const hard = next(2) == 'l' || next(2) == 'r' || follows("chae"); // Chloe, Chris, Michael
            return emit(hard ? 'K' : 'X', 2);
        }
        if (next() == 'z') return emit('X', 2); // Polish
        emit(is_front(next()) ? 'S' : 'K');
    }
    void hear_g() {
        if (next() == 'h') return is_vowel(previous()) ? skip(2) : emit('G', 2); // Leigh, Vaughan; Ghani
        if (next() == 'g') return emit('G', 2);                                  // Maggie
        emit(is_front(next()) ? 'J' : 'G');
    }

    std::string_view word_;
    bool broad_;
    std::string code_;
    std::size_t i_ = 0;
    char last_ = '\0';
};

std::string listen_to(std::string_view standard, Hearing hearing) {
    std::string word;
    for (char const c : standard)
        if (c >= 'a' && c <= 'z' && word.size() < word_letters_max) word += c;
    return Ear(word, hearing).listen();
}
} // namespace

std::string sound(std::string_view standard) {
    return listen_to(standard, Hearing::fine);
}

std::string broad_sound(std::string_view standard) {
    return listen_to(standard, Hearing::broad);
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

} // namespace fanlight::protocol
