#include "tests/people/population.hpp"

#include "tests/people/variants.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::people {

namespace {

enum Purpose : std::uint64_t { of_family = 1, of_single = 2, of_namesakes = 3 };

// How families are made.
constexpr std::array<Rate, 6> children_counts = {12'600, 33'200, 34'400, 13'400, 4'900, 1'500}; ///< 0 to 5
constexpr Rate with_father = 85'300;
constexpr Rate without_mother = 700;      ///< of families with a father
constexpr Rate father_elsewhere = 28'000; ///< of fathers
constexpr Rate two_families = 1'500;      ///< of families without a father: it is another family's
constexpr Rate mixed_couple = 10'000;
constexpr Rate one_surname = 88'500;        ///< of couples
constexpr Rate one_surname_rarely = 20'000; ///< where women keep theirs
constexpr Rate honorific = 20'000;          ///< of women in cultures that have it
constexpr Rate maiden_name_known = 59'000;  ///< of women with their husband's
constexpr Rate former_known = 27'500;       ///< of families whose children had another surname
constexpr Rate other_surname = 6'000;       ///< of families whose children have neither parent's
constexpr Rate twins = 3'100;               ///< of births
constexpr Rate twins_sound_alike = 25'000;  ///< of twins of one sex: "Mia" and "Mya", or one first letter
constexpr Rate son_named_after = 3'200;
constexpr Rate with_grandparent = 3'000;
constexpr Rate with_lodger = 1'500;
constexpr Rate with_namesake = 100; ///< of families: a child shares forename and birthday with a stranger
constexpr Rate with_middle = 61'000;
constexpr Rate first_of_january = 5'000; ///< of adults who were born where nobody wrote it down
constexpr Rate homeless = 800;           ///< of singles
constexpr Rate flat_share = 8'000;       ///< of singles: with the one before

Day day_in(int year, Random& random) {
    return Day(std::chrono::year(year) / 1 / 1) + std::chrono::days(random.below(365));
}
int year_of(Day day) {
    return static_cast<int>(std::chrono::year_month_day(day).year());
}

/// NHS numbers of the test range in a scattered order, each once.
class NhsNumbers {
  public:
    explicit NhsNumbers(std::uint64_t seed) : at_(static_cast<std::uint32_t>(mixed(seed) % prefixes)) {}
    std::uint32_t next() {
        while (given_ < prefixes) {
            ++given_;
            at_ = (at_ + 618'033) % prefixes; // shares no factor with a million
            // NHS Data Dictionary, "NHS NUMBER": modulus 11 over nine digits with weights 10 to 2.
            std::uint32_t sum = 9 * (10 + 9 + 8);
            for (std::uint32_t left = at_, weight = 2; weight <= 7; ++weight, left /= 10) sum += weight * (left % 10);
            auto const check = (11 - sum % 11) % 11;
            auto const seven = at_ * 10 + check;
            if (check != 10 && seven != 9'999'999) return seven;
        }
        return no_nhs_number;
    }

  private:
    static constexpr std::uint32_t prefixes = 1'000'000;
    std::uint32_t at_;
    std::uint32_t given_ = 0;
};

struct Home {
    std::uint32_t dwelling;
    std::array<std::uint32_t, 2> former;
};

class Maker {
  public:
    Maker(Settings const& settings, std::uint64_t seed) : settings_(settings), nhs_(seed) {
        assert(settings.families <= families_max && settings.singles <= families_max);
        population_.seed = seed;
        // A family has 1.25 dwellings; one in five of all stands empty, or its people are in nobody's files.
        auto const lived_in = settings.families * 14 / 10 + settings.singles + dwellings_per_sector;
        auto const sectors = (lived_in * 11 / 10) / dwellings_per_sector + 1;
        population_.dwellings = std::min(static_cast<std::uint32_t>(sectors) * dwellings_per_sector, dwellings_max);
        population_.people.reserve(settings.families * 37 / 10 + settings.singles * 11 / 10);
    }

    Population make() && {
        for (std::size_t i = 0; i < settings_.families; ++i) make_family(static_cast<std::int32_t>(i));
        for (std::size_t i = 0; i < settings_.singles; ++i) make_single(i);
        return std::move(population_);
    }

  private:
    struct Parents {
        Culture culture; ///< the father's
        Culture mothers;
        std::string fathers_surname; ///< the man's form
        std::string maiden_name;
        bool father = false;
        bool mother = true;
    };

    Home home(Random& random) {
        // 1,000,003 is prime and larger than any factor of the number of dwellings: each comes up once.
        assert(homes_ < population_.dwellings);
        auto const dwelling = static_cast<std::uint32_t>(1'000'003ULL * homes_++ % population_.dwellings);
        return {dwelling, {random.below(population_.dwellings), random.below(population_.dwellings)}};
    }

    Person& add(std::int32_t fam, Role role, Culture culture, Sex sex, Home const& where) {
        auto& person = population_.people.emplace_back();
        person.pid = pids_++;
        person.fam = fam;
        person.role = role;
        person.culture = culture;
        person.sex = sex;
        person.dwelling = where.dwelling;
        person.former_dwellings = where.former;
        person.nhs = nhs_.next();
        return person;
    }
    void name_forenames(Person& person, Random& random) {
        auto const year = year_of(person.date_of_birth);
        if (person.forename.empty()) person.forename = forename_of(person.culture, person.sex, year, random);
        if (random.chance(with_middle)) person.middle = forename_of(person.culture, person.sex, year, random);
        if (person.middle == person.forename) person.middle.clear();
    }
    static Day adult_birthday(Culture culture, int year, Random& random) {
        bool const unwritten =
            culture == Culture::somali || culture == Culture::arabic || culture == Culture::pakistani_bangladeshi;
        if (unwritten && random.chance(first_of_january)) return Day(std::chrono::year(year) / 1 / 1);
        return day_in(year, random);
    }

    void make_family(std::int32_t fam);
    std::size_t count_children(Random& random) {
        auto left = random.below(always);
        std::size_t count = 0;
        while (left >= children_counts[count]) left -= children_counts[count++];
        return count;
    }
    void add_parents(std::int32_t fam, Parents& parents, int first_year, Home const& here, Random& random);
    void add_second_family(std::int32_t fam, Random& random);
    void add_children(std::int32_t fam, Parents const& parents, std::size_t count, int first_year, Home const& here,
                      Random& random);
    std::string childs_surname(Parents const& parents, Sex sex, Person const* mother, std::uint32_t choice) const;
    void name_child(Person& child, std::size_t first, Parents const& parents, Random& random);
    void add_others(std::int32_t fam, Parents const& parents, int first_year, Home const& here, Random& random);
    void share_birthday(std::int32_t fam, std::size_t family_first);
    void make_single(std::size_t index);

    Settings settings_;
    Population population_;
    NhsNumbers nhs_;
    std::uint32_t pids_ = 0;
    std::uint32_t homes_ = 0;
    std::int32_t alone_ = 0; ///< the last family number of people alone
};

void Maker::make_family(std::int32_t fam) {
    Random random(population_.seed, of_family, static_cast<std::uint64_t>(fam));
    auto const family_first = population_.people.size();
    Parents parents;
    parents.culture = any_culture(random);
    parents.mothers = random.chance(mixed_couple) ? any_culture(random) : parents.culture;
    parents.fathers_surname = surname_of(parents.culture, random);
    parents.maiden_name = surname_for(parents.mothers, Sex::female, surname_of(parents.mothers, random));
    parents.father = random.chance(with_father);
    parents.mother = !(parents.father && random.chance(without_mother));
    auto const count = count_children(random);
    auto const one_year =
        random.between(2004, 2023); // the earlier of two: small children are fewer than schoolchildren
    auto const first_year = std::min(one_year, random.between(2004, 2020));
    auto const here = home(random);
    add_parents(fam, parents, first_year, here, random);
    if (!parents.father && random.chance(two_families)) add_second_family(fam, random);
    add_children(fam, parents, count, first_year, here, random);
    share_birthday(fam, family_first);
    add_others(fam, parents, first_year, here, random);
}

void Maker::add_parents(std::int32_t fam, Parents& parents, int first_year, Home const& here, Random& random) {
    bool const keeps = parents.mothers == Culture::iberian || parents.mothers == Culture::somali ||
                       parents.mothers == Culture::chinese || parents.mothers == Culture::vietnamese ||
                       parents.mothers == Culture::arabic;
    auto const mothers_year = first_year - random.between(16, 42);
    if (parents.mother) {
        auto& mother = add(fam, Role::mother, parents.mothers, Sex::female, here);
        mother.date_of_birth = adult_birthday(parents.mothers, mothers_year, random);
        name_forenames(mother, random);
        mother.surname = parents.maiden_name;
        if (parents.mothers == Culture::pakistani_bangladeshi && random.chance(honorific)) {
            mother.surname = honorific_surname(random);
        } else if (random.chance(keeps ? one_surname_rarely : one_surname)) {
            mother.surname = surname_for(parents.culture, Sex::female, parents.fathers_surname);
            if (mother.surname != parents.maiden_name && random.chance(maiden_name_known))
                mother.former_surname = parents.maiden_name;
        }
    }
    if (!parents.father) return;
    auto where = here;
    if (parents.mother && random.chance(father_elsewhere)) {
        where = home(random);
        where.former[0] = here.dwelling; // he moved out
    }
    auto& father = add(fam, Role::father, parents.culture, Sex::male, where);
    father.date_of_birth = adult_birthday(parents.culture, mothers_year - random.around(-6, 11), random);
    name_forenames(father, random);
    father.surname = parents.fathers_surname;
}

/// The same man, written as people do who do not know of the other family.
void Maker::add_second_family(std::int32_t fam, Random& random) {
    auto const& people = population_.people;
    if (people.size() < 100) return;
    for (int attempt = 0; attempt < 20; ++attempt) {
        auto const& candidate = people[random.below(static_cast<std::uint32_t>(people.size()))];
        if (candidate.role != Role::father || candidate.fam == fam) continue;
        auto man = candidate;
        man.fam = fam;
        man.forename = spelling_variant(man.forename, random);
        std::chrono::year_month_day const date(man.date_of_birth);
        auto const day = static_cast<unsigned>(date.day());
        if (day <= 12)
            man.date_of_birth = Day(date.year() / static_cast<int>(day) / static_cast<int>(unsigned(date.month())));
        population_.people.push_back(std::move(man));
        return;
    }
}

std::string Maker::childs_surname(Parents const& parents, Sex sex, Person const* mother, std::uint32_t choice) const {
    auto const fathers = surname_for(parents.culture, sex, parents.fathers_surname);
    if (mother == nullptr) return fathers;
    bool const married = mother->former_surname == parents.maiden_name || mother->surname == fathers ||
                         mother->surname == surname_for(parents.culture, Sex::female, parents.fathers_surname);
    if (married || mother->surname != parents.maiden_name) return fathers; // an honorific is nobody's family name
    if (!parents.father) return mother->surname;
    if (choice < 40) return fathers;
    if (choice < 88) return mother->surname;
    return choice % 2 == 0 ? fathers + "-" + mother->surname
                           : mother->surname + (choice % 5 == 0 ? " " : "-") + fathers;
}

void Maker::name_child(Person& child, std::size_t first, Parents const& parents, Random& random) {
    auto const& people = population_.people;
    auto const self = people.size() - 1;
    auto const year = year_of(child.date_of_birth);
    auto const taken = [&](std::string const& forename) {
        for (auto i = first; i < self; ++i)
            if (people[i].forename == forename) return true;
        return forename.empty();
    };
    if (child.twin && self > first && people[self - 1].twin && people[self - 1].sex == child.sex &&
        random.chance(twins_sound_alike)) {
        auto const& other = people[self - 1].forename;
        child.forename = spelling_variant(other, random);
        for (int attempt = 0; attempt < 60 && taken(child.forename); ++attempt) {
            auto const drawn = forename_of(child.culture, child.sex, year, random);
            if (drawn.front() == other.front()) child.forename = drawn;
        }
    } else if (child.sex == Sex::male && parents.father && first > 0 && people[first - 1].role == Role::father &&
               random.chance(son_named_after)) {
        child.forename = people[first - 1].forename;
    }
    for (int attempt = 0; attempt < 20 && taken(child.forename); ++attempt)
        child.forename = forename_of(child.culture, child.sex, year, random);
    name_forenames(child, random);
}

void Maker::add_children(std::int32_t fam, Parents const& parents, std::size_t count, int first_year, Home const& here,
                         Random& random) {
    auto const first = population_.people.size();
    // By index: adding people moves them.
    auto const of = [&](Role role) -> Person const* {
        for (auto i = first; i-- > 0 && population_.people[i].fam == fam;)
            if (population_.people[i].role == role) return &population_.people[i];
        return nullptr;
    };
    auto const surname_choice = random.below(100);
    auto const culture = random.chance(70'000) ? parents.culture : parents.mothers;
    auto const stranger = random.chance(other_surname) ? surname_of(parents.mothers, random) : std::string();
    bool const former = random.chance(former_known);
    auto const former_surname = random.chance(50'000) ? parents.maiden_name : surname_of(parents.mothers, random);
    auto birthday = day_in(first_year, random);
    auto const last_day = Day(std::chrono::year(2025) / 12 / 31);
    bool second_twin = false;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0 && !second_twin)
            birthday = std::min(birthday + std::chrono::days(random.between(330, 1'700)), last_day);
        auto const sex = random.chance(51'200) ? Sex::male : Sex::female;
        auto& child = add(fam, Role::child, culture, sex, here);
        child.date_of_birth = birthday;
        child.twin = second_twin || (i + 1 < count && random.chance(twins));
        second_twin = child.twin && !second_twin;
        child.surname = stranger.empty() ? childs_surname(parents, sex, of(Role::mother), surname_choice)
                                         : surname_for(parents.mothers, sex, stranger);
        if (former && former_surname != child.surname) child.former_surname = former_surname;
        name_child(child, first, parents, random);
    }
}

/// Two children called Chloe, born on one day, who have nothing to do with each other.
void Maker::share_birthday(std::int32_t fam, std::size_t family_first) {
    Random random(population_.seed, of_namesakes, static_cast<std::uint64_t>(fam));
    auto& people = population_.people;
    auto& mine = people.back();
    if (!random.chance(with_namesake) || mine.role != Role::child || mine.twin || family_first == 0) return;
    for (int attempt = 0; attempt < 50; ++attempt) {
        auto const& other = people[random.below(static_cast<std::uint32_t>(family_first))];
        if (other.role != Role::child || other.twin || other.sex != mine.sex || other.surname == mine.surname) continue;
        auto const years = year_of(other.date_of_birth) - year_of(people[family_first].date_of_birth);
        // Somebody born then could not be this mother's child, or not so soon after the one before.
        if (years < 16 || years > 45) continue;
        auto const& before = people[people.size() - 2];
        if (before.role == Role::child && other.date_of_birth < before.date_of_birth + std::chrono::days(300)) continue;
        mine.forename = other.forename;
        mine.date_of_birth = other.date_of_birth;
        return;
    }
}

void Maker::add_others(std::int32_t fam, Parents const& parents, int first_year, Home const& here, Random& random) {
    if (random.chance(with_grandparent)) {
        auto const sex = random.chance(65'000) ? Sex::female : Sex::male;
        bool const fathers = random.chance(50'000);
        auto& person = add(fam, Role::grandparent, fathers ? parents.culture : parents.mothers, sex, here);
        person.date_of_birth = adult_birthday(person.culture, first_year - 28 - random.around(20, 38), random);
        name_forenames(person, random);
        person.surname = fathers ? surname_for(parents.culture, sex, parents.fathers_surname) : parents.maiden_name;
    }
    if (random.chance(with_lodger)) {
        auto const culture = any_culture(random);
        auto const sex = random.chance(65'000) ? Sex::male : Sex::female;
        auto& person = add(--alone_, Role::lodger, culture, sex, here);
        person.former_dwellings = {random.below(population_.dwellings), random.below(population_.dwellings)};
        person.date_of_birth = adult_birthday(culture, random.between(1965, 2006), random);
        name_forenames(person, random);
        person.surname = surname_for(culture, sex, surname_of(culture, random));
    }
}

void Maker::make_single(std::size_t index) {
    Random random(population_.seed, of_single, index);
    auto const culture = any_culture(random);
    auto const sex = random.chance(50'000) ? Sex::male : Sex::female;
    Home where{nowhere, {random.below(population_.dwellings), random.below(population_.dwellings)}};
    if (!random.chance(homeless)) {
        auto const& before = population_.people.empty() ? Person{} : population_.people.back();
        if (before.role == Role::single && before.dwelling != nowhere && random.chance(flat_share))
            where.dwelling = before.dwelling;
        else
            where.dwelling = home(random).dwelling;
    }
    auto& person = add(--alone_, Role::single, culture, sex, where);
    person.date_of_birth = adult_birthday(culture, random.between(1940, 2006), random);
    name_forenames(person, random);
    person.surname = surname_for(culture, sex, surname_of(culture, random));
}

} // namespace

char const* name(Role role) {
    switch (role) {
    case Role::mother: return "mother";
    case Role::father: return "father";
    case Role::child: return "child";
    case Role::grandparent: return "grandparent";
    case Role::lodger: return "lodger";
    case Role::single: return "single";
    }
    return "";
}

std::string nhs_number(Person const& person) {
    if (person.nhs == no_nhs_number) return {};
    auto const seven = std::to_string(person.nhs);
    return "999" + std::string(7 - seven.size(), '0') + seven;
}

Place place(std::uint64_t seed, std::uint32_t dwelling) {
    return dwelling == nowhere ? no_fixed_abode() : place_of(seed, dwelling);
}

Population make_population(Settings const& settings, std::uint64_t seed) {
    return Maker(settings, seed).make();
}

} // namespace fanlight::people
