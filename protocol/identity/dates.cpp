// Dates of birth. A date is three numbers, or two and the name of a month, and what stands between them; which number
// is the year shows by its four digits, and the caller's order settles the rest. What is not certain is refused:
// a wrong date of birth hides a person from everybody who asks.

#include "protocol/identity/dates.hpp"

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <iterator>

namespace fanlight::protocol {

namespace {
constexpr std::size_t date_bytes_max = 64; ///< longer is no date
constexpr int year_min = 1800;
constexpr int year_max = 2200;
constexpr int year_missing = 9999;

constexpr std::string_view months[] = {"january", "february", "march",     "april",   "may",      "june",
                                       "july",    "august",   "september", "october", "november", "december"};

/// A run of digits, or the name of a month.
struct Piece {
    std::string_view digits; ///< empty for a month's name
    unsigned month = 0;
    unsigned value() const {
        unsigned number = 0;
        for (char const c : digits) number = number * 10 + static_cast<unsigned>(c - '0');
        return number;
    }
    bool is_year() const { return digits.size() == 4; }
    bool is_zero() const { return month == 0 && value() == 0; }
};
struct Pieces {
    Piece piece[3];
    std::size_t count = 0;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

/// 1 to 12, or 0. At least three letters: "mar", "sept".
unsigned month_of(std::string_view word) {
    if (word.size() < 3) return 0;
    for (unsigned i = 0; i < 12; ++i)
        if (months[i].starts_with(word)) return i + 1;
    return 0;
}

/// "T00:00:00.000Z", " 00:00", " 12:00:00 AM": what spreadsheets and databases put behind a date. Any other time of day
/// may be a date moved by a time zone, and is no date of birth.
std::string_view without_midnight(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == std::string_view::npos || colon < 3) return text;
    auto begin = colon;
    while (begin > 0 && is_digit(text[begin - 1])) --begin;
    if (begin == 0 || begin == colon || (text[begin - 1] != ' ' && text[begin - 1] != 't')) return text;
    auto time = text.substr(begin);
    bool const twelve = time.ends_with(" am") && time.starts_with("12:");
    if (twelve) time = time.substr(2, time.size() - 5);
    if (time.ends_with('z')) time.remove_suffix(1);
    if (time.ends_with("+00:00")) time.remove_suffix(6);
    if (time.find_first_not_of("0:.") != std::string_view::npos) return text;
    text = text.substr(0, begin - 1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// False if there is anything else in the text, or more than three.
bool split(std::string_view text, Pieces& pieces) {
    for (std::size_t i = 0; i < text.size();) {
        auto const same = [&](bool (*is)(char)) {
            auto end = i;
            while (end < text.size() && is(text[end])) ++end;
            return text.substr(i, end - i);
        };
        Piece piece;
        if (is_digit(text[i])) {
            piece.digits = same(is_digit);
            i += piece.digits.size();
            if (piece.digits.size() > 8) return false;
        } else if (is_letter(text[i])) {
            auto const word = same(is_letter);
            i += word.size();
            bool const ordinal = word == "st" || word == "nd" || word == "rd" || word == "th" || word == "of";
            if (ordinal && pieces.count > 0) continue; // "9th of March"
            piece.month = month_of(word);
            if (piece.month == 0) return false;
        } else {
            if (std::string_view(" \t-/.,").find(text[i]) == std::string_view::npos) return false;
            ++i;
            continue;
        }
        if (pieces.count == 3) return false;
        pieces.piece[pieces.count++] = piece;
    }
    return pieces.count > 0;
}

BirthDate fault(DateFault kind) {
    BirthDate date;
    date.fault = kind;
    return date;
}

/// Zero is a month or day that is not known.
BirthDate made_of(int year, unsigned month, unsigned day) {
    if (year == year_missing || (year == 0 && month == 0 && day == 0)) return {};
    if (year < year_min || year > year_max || month > 12 || (month == 0 && day != 0))
        return fault(DateFault::impossible);
    BirthDate date;
    if (day == 0) {
        if (month != 0 || (year != 1900 && year != 1901)) date.partial = PartialDate{year, month};
        return date;
    }
    std::chrono::year_month_day const written{std::chrono::year(year), std::chrono::month(month),
                                              std::chrono::day(day)};
    if (!written.ok()) return fault(DateFault::impossible);
    date.day = standard_date(Day(written));
    return date;
}

/// The year that a piece of two or four digits means.
std::optional<int> year_of(Piece const& piece, std::optional<int> pivot) {
    auto const value = static_cast<int>(piece.value());
    if (piece.digits.size() == 4) return value;
    if (piece.digits.size() != 2 || !pivot || *pivot < year_min || *pivot > year_max) return {};
    auto const year = *pivot - *pivot % 100 + value;
    return year > *pivot ? year - 100 : year;
}

/// 2016, 20160309 or 09032016. A month and a day are less than any year from 1800, so that only one reading of eight
/// digits is ever possible.
BirthDate from_one(Piece const& piece, DateOrder order) {
    auto const value = piece.value();
    if (piece.digits.size() == 4) return made_of(static_cast<int>(value), 0, 0);
    if (piece.digits.size() != 8) return fault(DateFault::not_a_date);
    auto const last = static_cast<int>(value % 10000);
    if (last < year_min) return made_of(static_cast<int>(value / 10000), value / 100 % 100, value % 100);
    auto const first = value / 1000000;
    auto const second = value / 10000 % 100;
    return order == DateOrder::mdy ? made_of(last, first, second) : made_of(last, second, first);
}

BirthDate from_two(Piece const& first, Piece const& second) {
    auto const& year = first.is_year() ? first : second;
    auto const& month = first.is_year() ? second : first;
    if (!year.is_year() || month.is_year() || month.digits.size() > 2) return fault(DateFault::not_a_date);
    return made_of(static_cast<int>(year.value()), month.month != 0 ? month.month : month.value(), 0);
}

BirthDate from_three(Pieces const& pieces, DateOrder order, std::optional<int> pivot) {
    auto const* const piece = pieces.piece;
    bool const year_first =
        piece[0].is_year() || (order == DateOrder::ymd && piece[0].digits.size() == 2 && !piece[2].is_year());
    auto const& year_piece = year_first ? piece[0] : piece[2];
    Piece const* rest[] = {year_first ? &piece[1] : &piece[0], year_first ? &piece[2] : &piece[1]};
    auto const named = std::count_if(std::begin(rest), std::end(rest), [](auto const* p) { return p->month != 0; });
    bool const short_enough =
        std::all_of(std::begin(rest), std::end(rest), [](auto const* p) { return p->digits.size() <= 2; });
    if (named > 1 || !short_enough || year_piece.month != 0) return fault(DateFault::not_a_date);

    bool const month_first = named == 1 ? rest[0]->month != 0 : year_first || order == DateOrder::mdy;
    auto const& month = *rest[month_first ? 0 : 1];
    auto const& day = *rest[month_first ? 1 : 0];
    if (year_piece.is_zero() && month.is_zero() && day.is_zero()) return {};
    auto const year = year_of(year_piece, pivot);
    if (!year) return fault(year_piece.digits.size() == 2 ? DateFault::two_digit_year : DateFault::not_a_date);
    return made_of(*year, month.month != 0 ? month.month : month.value(), day.value());
}
} // namespace

BirthDate parse_date_of_birth(std::string_view text, DateOrder order, std::optional<int> pivot) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    if (text.empty()) return {};
    if (text.size() > date_bytes_max) return fault(DateFault::not_a_date);
    auto const plain = to_plain(text); // digits of other scripts, dashes and spaces of word processors

    Pieces pieces;
    if (!split(without_midnight(plain), pieces)) {
        bool const numberless = std::none_of(plain.begin(), plain.end(), is_digit);
        return numberless && is_placeholder_name(plain) ? BirthDate{} : fault(DateFault::not_a_date);
    }
    auto const& first = pieces.piece[0];
    if (pieces.count == 1) return from_one(first, order);
    return pieces.count == 2 ? from_two(first, pieces.piece[1]) : from_three(pieces, order, pivot);
}

bool is_plausible_birth(Day day, Day today) {
    std::chrono::year_month_day const now(today);
    std::chrono::year_month_day const oldest = now - std::chrono::years(age_years_max);
    return day <= today && day >= Day(oldest); // of 29 February, 1 March where there is none
}

bool is_plausible_birth(PartialDate const& date, Day today) {
    std::chrono::year_month_day const now(today);
    auto const year = static_cast<int>(now.year());
    if (date.month > 12 || date.year > year || date.year < year - age_years_max) return false;
    return date.year < year || date.month <= static_cast<unsigned>(now.month());
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

} // namespace fanlight::protocol
