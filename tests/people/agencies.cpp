#include "tests/people/agencies.hpp"

#include "tests/people/variants.hpp"

#include <utility>

namespace fanlight::people {

namespace {

enum Purpose : std::uint64_t { of_family = 11, of_member = 12, of_order = 13, of_fault = 14, of_moving = 15 };

/// Of moves, those that the agency missed for the whole family at once; the others it missed for one of them.
constexpr Rate moved_together = 15'000;
constexpr Rate still_baby = 2'000; ///< of infants' records, those that never got a name

std::uint64_t purpose(Purpose what, Agency agency) {
    return what * 16 + static_cast<std::uint64_t>(agency);
}

/// Faults of one record. Each fault has a stream of its own, so that a rate that changes moves nothing else.
class Writer {
  public:
    Writer(Population const& population, std::size_t which, Agency agency, Settings const& settings, std::uint64_t seed,
           std::uint64_t copy)
        : population_(population), person_(population.people[which]), which_(which), agency_(agency),
          hard_(settings.hard), seed_(mixed(mixed(seed) + 2 * which + copy)), family_seed_(seed) {}

    Row write() {
        Row row;
        row.pid = person_.pid;
        row.fam = person_.fam;
        row.role = person_.role;
        write_names(row);
        write_date(row);
        write_sex(row);
        write_place(row);
        write_nhs(row);
        return row;
    }

  private:
    /// Chance and what it decides: whether the fault happens, then the stream to draw it from.
    struct Happening {
        bool happens;
        Random random;
        explicit operator bool() const { return happens; }
    };
    Happening happens(Fault fault, std::uint64_t again = 0) const {
        Random random(seed_, purpose(of_fault, agency_), static_cast<std::uint64_t>(fault) + 64 * again);
        bool const now = random.chance(rate(fault, agency_, hard_));
        return {now, random};
    }

    void write_names(Row& row) const;
    void write_forename(std::string& forename) const;
    void write_surname(std::string& surname) const;
    std::string half_of(std::string const& surname, Random& random) const;
    Person const* relative(Random& random) const;
    void write_date(Row& row) const;
    Day with_wrong_digit(Day day, Random& random) const;
    void write_sex(Row& row) const;
    void write_place(Row& row) const;
    void write_nhs(Row& row) const;

    Population const& population_;
    Person const& person_;
    std::size_t which_;
    Agency agency_;
    bool hard_;
    std::uint64_t seed_;
    std::uint64_t family_seed_;
};

/// Somebody else of the family, if there is somebody.
Person const* Writer::relative(Random& random) const {
    auto const& people = population_.people;
    auto first = which_;
    while (first > 0 && people[first - 1].fam == person_.fam) --first;
    auto end = which_ + 1;
    while (end < people.size() && people[end].fam == person_.fam) ++end;
    auto const others = static_cast<std::uint32_t>(end - first - 1);
    if (others == 0) return nullptr;
    auto const chosen = first + random.below(others);
    return &people[chosen < which_ ? chosen : chosen + 1];
}

void Writer::write_forename(std::string& forename) const {
    if (auto spelling = happens(Fault::forename_spelling)) forename = spelling_variant(forename, spelling.random);
    if (auto shorter = happens(Fault::nickname)) forename = nickname(forename, person_.sex, shorter.random);
    if (auto ear = happens(Fault::forename_by_ear)) forename = written_by_ear(forename, ear.random);
    if (happens(Fault::accents_lost)) forename = without_accents(forename);
    if (auto typed = happens(Fault::forename_slip)) forename = slip(forename, typed.random);
    auto placeholder = happens(Fault::placeholder);
    auto const since = std::chrono::year_month_day(person_.date_of_birth).year();
    bool const infant = since >= std::chrono::year(2025);
    if (infant && !placeholder) placeholder.happens = placeholder.random.chance(still_baby);
    if (placeholder) forename = infant || placeholder.random.chance(40'000) ? "Baby" : "Unknown";
}

std::string Writer::half_of(std::string const& surname, Random& random) const {
    auto const at = surname.find_first_of("- ");
    if (at == std::string::npos || at == 0) return surname;
    auto const first = surname.substr(0, at);
    auto const second = surname.substr(at + 1);
    switch (random.below(5)) {
    case 0: return first;
    case 1: return second;
    case 2: return first + (surname[at] == '-' ? " " : "-") + second;
    case 3: return second + "-" + first;
    default: return first + second;
    }
}

void Writer::write_surname(std::string& surname) const {
    if (auto former = happens(Fault::former_surname); former && !person_.former_surname.empty())
        surname = person_.former_surname;
    if (auto family = happens(Fault::family_surname))
        if (auto const* other = relative(family.random); other != nullptr) surname = other->surname;
    if (auto halved = happens(Fault::double_name)) surname = half_of(surname, halved.random);
    if (auto spelling = happens(Fault::surname_spelling)) surname = spelling_variant(surname, spelling.random);
    if (auto ear = happens(Fault::surname_by_ear)) surname = written_by_ear(surname, ear.random);
    if (happens(Fault::accents_lost, 1)) surname = without_accents(surname);
    if (auto typed = happens(Fault::surname_slip)) surname = slip(surname, typed.random);
}

void Writer::write_names(Row& row) const {
    row.forename = person_.forename;
    row.middle = person_.middle;
    row.surname = person_.surname;
    write_forename(row.forename);
    write_surname(row.surname);
    if (auto first = happens(Fault::middle_as_forename); first && !row.middle.empty()) {
        row.forename.swap(row.middle);
        if (first.random.chance(50'000)) row.middle.clear();
    }
    if (happens(Fault::middle_missing)) row.middle.clear();
    if (happens(Fault::middle_initial) && !row.middle.empty() && static_cast<unsigned char>(row.middle[0]) < 0x80)
        row.middle.resize(1);
    if (happens(Fault::names_swapped)) row.forename.swap(row.surname);
}

Day Writer::with_wrong_digit(Day day, Random& random) const {
    static auto const last = Day(std::chrono::year(2026) / 12 / 31);
    for (int attempt = 0; attempt < 20; ++attempt) {
        auto text = to_text(day);
        static constexpr std::array<std::size_t, 6> digits = {2, 3, 5, 6, 8, 9};
        auto& digit = text[digits[random.below(6)]];
        // Mostly the next digit up or down: a slip, or a badly read figure.
        digit = random.chance(60'000) ? static_cast<char>('0' + (digit - '0' + (random.chance(50'000) ? 1 : 9)) % 10)
                                      : static_cast<char>('0' + random.below(10));
        auto const wrong = parse_day(text);
        if (wrong && wrong.value() != day && wrong.value() <= last) return wrong.value();
    }
    return day;
}

void Writer::write_date(Row& row) const {
    auto day = person_.date_of_birth;
    std::chrono::year_month_day const date(day);
    auto const in_month = static_cast<unsigned>(date.day());
    if (happens(Fault::day_month_swapped) && in_month <= 12)
        day = Day(date.year() / std::chrono::month(in_month) / std::chrono::day(static_cast<unsigned>(date.month())));
    if (auto wrong = happens(Fault::date_digit)) day = with_wrong_digit(day, wrong.random);
    if (auto guessed = happens(Fault::first_of_january)) {
        auto const off = guessed.random.below(3);
        day = Day((date.year() + std::chrono::years(static_cast<int>(off) - 1)) / 1 / 1);
    }
    if (!happens(Fault::date_missing)) row.date_of_birth = day;
}

void Writer::write_sex(Row& row) const {
    row.sex = person_.sex;
    if (happens(Fault::sex_wrong)) row.sex = person_.sex == Sex::female ? Sex::male : Sex::female;
    if (happens(Fault::sex_missing)) row.sex = Sex::unknown;
}

void Writer::write_place(Row& row) const {
    auto dwelling = person_.dwelling;
    auto const missed = rate(Fault::moved, agency_, hard_);
    Random together(family_seed_, purpose(of_moving, agency_), static_cast<std::uint64_t>(person_.fam));
    Random apart(seed_, purpose(of_moving, agency_), 0);
    auto const share = missed * moved_together / always;
    if (person_.fam >= 0 && together.chance(share))
        dwelling = person_.former_dwellings[together.below(2)];
    else if (apart.chance(person_.fam >= 0 ? missed - share : missed))
        // Before or after the family, somewhere that nobody else knows, or where they lived together.
        dwelling = apart.chance(60'000) ? apart.below(population_.dwellings) : person_.former_dwellings[apart.below(2)];
    if (happens(Fault::no_fixed_abode)) dwelling = nowhere;
    row.place = place(population_.seed, dwelling);
    if (dwelling == nowhere) return;
    if (auto typed = happens(Fault::number_slip)) row.place.number = std::to_string(1 + typed.random.below(150));
    if (auto typed = happens(Fault::postcode_slip))
        row.place.postcode = neighbouring_postcode(dwelling, typed.random.below(postcodes_per_sector - 1));
    if (happens(Fault::uprn_missing)) row.place.uprn.clear();
    if (happens(Fault::postcode_missing)) {
        row.place.postcode.clear();
        row.place.uprn.clear();
    }
}

void Writer::write_nhs(Row& row) const {
    if (happens(Fault::nhs_missing)) return;
    row.nhs = nhs_number(person_);
    if (auto mistaken = happens(Fault::nhs_of_family))
        if (auto const* other = relative(mistaken.random); other != nullptr && other->pid != person_.pid)
            row.nhs = nhs_number(*other);
    if (row.nhs.empty()) return;
    if (auto wrong = happens(Fault::nhs_digit)) {
        auto& digit = row.nhs[3 + wrong.random.below(7)];
        digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(wrong.random.below(9))) % 10);
    }
}

} // namespace

Presence presence(Agency agency) {
    switch (agency) {
    case Agency::social: return {18'700, 75'500, 13'500, false};
    case Agency::police: return {24'300, 74'400, 17'800, false};
    case Agency::health: return {100'000, 98'500, 98'000, false};
    case Agency::housing: return {46'300, 76'500, 35'500, false};
    case Agency::education: return {100'000, 86'000, 0, true};
    }
    return {};
}

Row row_of(Population const& population, std::size_t which, Agency agency, Settings const& settings, std::uint64_t seed,
           std::uint64_t copy) {
    return Writer(population, which, agency, settings, seed, copy).write();
}

std::vector<Row> view_of(Population const& population, Agency agency, Settings const& settings, std::uint64_t seed) {
    auto const known = presence(agency);
    std::vector<Row> rows;
    rows.reserve(population.people.size() * (agency == Agency::health ? 102 : 42) / 100);
    for (std::size_t which = 0; which < population.people.size(); ++which) {
        auto const& person = population.people[which];
        if (known.children && person.role != Role::child) continue;
        Random family(seed, purpose(of_family, agency), static_cast<std::uint64_t>(person.fam));
        Random member(seed, purpose(of_member, agency), which);
        bool const here =
            person.fam < 0 ? member.chance(known.alone) : family.chance(known.family) && member.chance(known.member);
        if (!here) continue;
        rows.push_back(row_of(population, which, agency, settings, seed));
        if (member.chance(rate(Fault::duplicate, agency, settings.hard)))
            rows.push_back(row_of(population, which, agency, settings, seed, 1));
    }
    Random order(seed, purpose(of_order, agency), 0);
    for (auto left = rows.size(); left > 1; --left)
        std::swap(rows[left - 1], rows[order.below(static_cast<std::uint32_t>(left))]);
    return rows;
}

} // namespace fanlight::people
