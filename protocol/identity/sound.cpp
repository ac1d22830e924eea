// How a name sounds: a small phonetic code for the names of the UK's people. Rougher than Metaphone where spellings
// cross languages (one class for s, z, sh; v as f; th as t), finer than Soundex where names differ (no cut-off, order
// kept, a last "a" counts). Also the nicknames that go with it.

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fanlight::protocol {

namespace {
struct Nickname {
    std::string_view is;
    std::string_view of;
};
/// Sorted by `is`. No `of` is an `is`. Only where one long form is far commoner than any other: "Sam" is not here.
constexpr Nickname nicknames[] = {
    {"abby", "abigail"},      {"andy", "andrew"},     {"barney", "bernard"},  {"becca", "rebecca"},
    {"becky", "rebecca"},     {"ben", "benjamin"},    {"beth", "elizabeth"},  {"betty", "elizabeth"},
    {"bill", "william"},      {"billy", "william"},   {"bob", "robert"},      {"bobby", "robert"},
    {"cath", "katherine"},    {"cathy", "katherine"}, {"charlie", "charles"}, {"chevonne", "siobhan"},
    {"chris", "christopher"}, {"chuck", "charles"},   {"dan", "daniel"},      {"danny", "daniel"},
    {"dave", "david"},        {"debbie", "deborah"},  {"dick", "richard"},    {"don", "donald"},
    {"ed", "edward"},         {"eddie", "edward"},    {"fred", "frederick"},  {"geoff", "geoffrey"},
    {"greg", "gregory"},      {"jeff", "geoffrey"},   {"jen", "jennifer"},    {"jenny", "jennifer"},
    {"jim", "james"},         {"jimmy", "james"},     {"joe", "joseph"},      {"josh", "joshua"},
    {"kate", "katherine"},    {"kath", "katherine"},  {"kathy", "katherine"}, {"katie", "katherine"},
    {"ken", "kenneth"},       {"larry", "lawrence"},  {"liz", "elizabeth"},   {"lizzie", "elizabeth"},
    {"maggie", "margaret"},   {"mandy", "amanda"},    {"matt", "matthew"},    {"mick", "michael"},
    {"mike", "michael"},      {"nick", "nicholas"},   {"pam", "pamela"},      {"peggy", "margaret"},
    {"pete", "peter"},        {"phil", "philip"},     {"rob", "robert"},      {"ron", "ronald"},
    {"sandy", "alexander"},   {"sheryl", "cheryl"},   {"shevaun", "siobhan"}, {"steve", "stephen"},
    {"sue", "susan"},         {"susie", "susan"},     {"ted", "edward"},      {"tim", "timothy"},
    {"tom", "thomas"},        {"tony", "anthony"},    {"trish", "patricia"},  {"vicky", "victoria"},
    {"will", "william"},      {"zach", "zachary"},
};

bool is_vowel(char c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}
bool is_front(char c) { // softens c and g
    return c == 'e' || c == 'i' || c == 'y';
}

/// Reads a word from left to right; `at` beyond the ends is 0.
class Ear {
  public:
    explicit Ear(std::string_view word) : word_(word) {}

    std::string listen() {
        begin();
        while (i_ < word_.size()) step();
        // "Daniel" and "Daniela", "Paul" and "Paula" are two people, often of one family; "Sara" and "Sarah" are not.
        auto const end = word_.ends_with("ah") ? word_.size() - 1 : word_.size();
        if (end > 1 && word_[end - 1] == 'a') code_ += 'A';
        return std::move(code_);
    }

  private:
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

    void begin() {
        for (auto const silent : {"kn", "gn", "pn", "mn", "wr", "ps"})
            if (word_.starts_with(silent)) return skip();
        switch (at(0)) {
        case 'a': return first('A');
        case 'e':
        case 'i': return first('E');
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
        case 'f':
        case 'v': return emit('F');
        case 'g': return hear_g();
        case 'h':
        case 'w': return skip();
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
        case 't': return follows("tch") ? emit('X', 3) : emit('T');
        case 'x':
            if (previous() == 'x') return skip();
            emit('K', 0);
            return emit('S');
        case 'z': return emit('S');
        default: return skip(); // not a letter
        }
    }
    void hear_c() {
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
    std::string code_;
    std::size_t i_ = 0;
    char last_ = '\0';
};
} // namespace

std::string sound(std::string_view standard) {
    std::string word;
    for (char const c : standard)
        if (c >= 'a' && c <= 'z' && word.size() < name_letters_max) word += c;
    return Ear(word).listen();
}

std::string formal_forename(std::string_view standard) {
    auto const* const found = std::find_if(std::begin(nicknames), std::end(nicknames),
                                           [&](Nickname const& entry) { return entry.is == standard; });
    return std::string(found == std::end(nicknames) ? standard : found->of);
}

} // namespace fanlight::protocol
