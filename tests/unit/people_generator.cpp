// The generator of made-up people (tests/people): the same for a seed, nobody real, and with the errors it promises.
#include "node/import/csv_reader.hpp"
#include "protocol/identity/standardise.hpp"
#include "tests/people/csv.hpp"
#include "tests/people/identity.hpp"
#include "tests/people/variants.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace fanlight;
using namespace fanlight::people;

namespace {

constexpr std::uint64_t seed = 20261122;

Settings small(bool hard = false) {
    return {4'000, 2'000, hard};
}
Population const& town() {
    static auto const made = make_population(small(), seed);
    return made;
}
std::vector<Row> const& view(Agency agency, bool hard = false) {
    static std::map<std::pair<Agency, bool>, std::vector<Row>> made;
    auto const [entry, fresh] = made.try_emplace({agency, hard});
    if (fresh) entry->second = view_of(town(), agency, small(hard), seed);
    return entry->second;
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (auto const letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
    return hash;
}
std::string all_files(Settings const& settings, std::uint64_t of_seed) {
    auto const population = make_population(settings, of_seed);
    auto text = people_csv(population);
    for (auto const agency : all_agencies) text += view_csv(agency, view_of(population, agency, settings, of_seed));
    return text;
}

/// The families of the town, people alone left out, each as a range of indexes.
std::vector<std::pair<std::size_t, std::size_t>> families() {
    std::vector<std::pair<std::size_t, std::size_t>> found;
    auto const& people = town().people;
    for (std::size_t first = 0, end = 0; first < people.size(); first = end) {
        for (end = first; end < people.size() && people[end].fam == people[first].fam;) ++end;
        if (people[first].fam >= 0) found.emplace_back(first, end);
    }
    return found;
}

std::map<std::uint32_t, Person const*> by_pid() {
    std::map<std::uint32_t, Person const*> found;
    for (auto const& person : town().people) found.emplace(person.pid, &person);
    return found;
}

std::vector<std::string> words(std::string_view list) {
    std::istringstream text{std::string(list)};
    std::vector<std::string> all;
    for (std::string word; text >> word;) all.push_back(word);
    return all;
}

/// Of the rows for which `counts`, the share for which `holds`, in per cent.
template <class Counts, class Holds> double percent(std::vector<Row> const& rows, Counts counts, Holds holds) {
    std::size_t all = 0;
    std::size_t held = 0;
    for (auto const& row : rows) {
        if (!counts(row)) continue;
        ++all;
        if (holds(row)) ++held;
    }
    REQUIRE(all > 100);
    return 100.0 * static_cast<double>(held) / static_cast<double>(all);
}
template <class Holds> double percent(std::vector<Row> const& rows, Holds holds) {
    return percent(
        rows, [](Row const&) { return true; }, holds);
}

bool valid_utf8(std::string const& text) {
    std::size_t left = 0;
    for (auto const letter : text) {
        auto const byte = static_cast<unsigned char>(letter);
        if ((byte & 0xC0U) == 0x80U) {
            if (left-- == 0) return false;
        } else {
            if (left != 0) return false;
            left = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
        }
    }
    return left == 0;
}

} // namespace

TEST_CASE("people: a seed gives the same files for ever and on every machine") {
    auto const normal = all_files({2'000, 1'000, false}, 7);
    CHECK(normal == all_files({2'000, 1'000, false}, 7));
    CHECK(normal != all_files({2'000, 1'000, false}, 8));
    // Whoever changes names, rates or draws on purpose writes the new hash here, and knows that all figures moved.
    CHECK(hash_of(normal) == 0xE67DD6039734D633ULL);
    CHECK(hash_of(all_files({2'000, 1'000, true}, 7)) == 0x4E673162B1F5F7CCULL);
}

TEST_CASE("people: the hard view is of the same people") {
    CHECK(people_csv(make_population(small(false), 3)) == people_csv(make_population(small(true), 3)));
}

TEST_CASE("people: the order of the streams of chance is theirs alone") {
    Random one(1, 2, 3);
    Random other(1, 2, 4);
    CHECK(one.next() != other.next());
    // SplitMix64 from state 0, as published with xoshiro.
    CHECK(mixed(0x9E3779B97F4A7C15ULL) == 0xE220A8397B1DCDAFULL);
    REQUIRE(rc::check("below stays below, between holds both ends", [](std::uint64_t index) {
        Random random(9, 9, index);
        auto const end = 1 + random.below(1'000);
        RC_ASSERT(random.below(end) < end);
        auto const drawn = random.between(-3, 3);
        RC_ASSERT(drawn >= -3);
        RC_ASSERT(drawn <= 3);
        RC_ASSERT(!random.chance(0));
        RC_ASSERT(random.chance(always));
    }));
}

TEST_CASE("people: the word lists are large, and no word stands in a list twice") {
    std::set<std::string> forenames;
    std::set<std::string> surnames;
    for (auto const& lists : name_lists()) {
        for (auto const list : {lists.men, lists.women, lists.boys, lists.girls, lists.surnames, lists.stems}) {
            std::set<std::string> once;
            for (auto const& word : words(list)) {
                CAPTURE(word);
                CHECK(once.insert(word).second);
                CHECK(valid_utf8(word));
                if (list.data() == lists.surnames.data()) surnames.insert(word);
                if (list.data() != lists.surnames.data() && list.data() != lists.stems.data()) forenames.insert(word);
            }
        }
    }
    CHECK(forenames.size() >= 400);
    CHECK(surnames.size() >= 600);
}

TEST_CASE("people: every NHS number is of the test range, valid and one person's") {
    std::set<std::string> numbers;
    std::set<std::uint32_t> pids;
    for (auto const& person : town().people) {
        if (!pids.insert(person.pid).second) continue; // a man with two families
        auto const number = nhs_number(person);
        CAPTURE(number);
        CHECK(number.rfind("999", 0) == 0);
        CHECK(protocol::standard_nhs_number(number) == number);
        CHECK(numbers.insert(number).second);
    }
    CHECK(numbers.size() > 15'000);
}

TEST_CASE("people: no address is a real one") {
    std::regex const postcode("QX[1-9][0-9]? [0-9][ABD-HJLNP-UW-Z]{2}|ZZ99 3VZ");
    std::regex const uprn("999[0-9]{9}");
    for (auto const agency : all_agencies) {
        for (auto const& row : view(agency)) {
            CAPTURE(row.place.postcode, row.place.uprn);
            if (!row.place.postcode.empty()) CHECK(std::regex_match(row.place.postcode, postcode));
            if (!row.place.uprn.empty()) CHECK(std::regex_match(row.place.uprn, uprn));
            CHECK((row.place.postcode == "ZZ99 3VZ") == (row.place.street == "no fixed abode"));
        }
    }
    for (std::uint32_t const edge : {0U, dwellings_max - 1}) {
        CHECK(std::regex_match(place_of(seed, edge).postcode, postcode));
        CHECK(std::regex_match(place_of(seed, edge).uprn, uprn));
    }
    CHECK(place_of(seed, 0).postcode.rfind("QX1 0", 0) == 0);
    CHECK(place_of(seed, dwellings_max - 1).postcode.rfind("QX99 9", 0) == 0);
}

TEST_CASE("people: postcodes and sectors have the size of British ones, and no two dwellings one address") {
    std::map<std::string, std::size_t> postcodes;
    std::map<std::string, std::size_t> sectors;
    std::set<std::string> addresses;
    std::set<std::string> uprns;
    for (std::uint32_t dwelling = 0; dwelling < 4 * dwellings_per_sector; ++dwelling) {
        auto const home = place_of(seed, dwelling);
        ++postcodes[home.postcode];
        ++sectors[home.postcode.substr(0, home.postcode.size() - 2)];
        CHECK(addresses.insert(home.number + "|" + home.street + "|" + home.postcode).second);
        CHECK(uprns.insert(home.uprn).second);
        auto const near = neighbouring_postcode(dwelling, dwelling % (postcodes_per_sector - 1));
        CHECK(near != home.postcode);
        CHECK(near.substr(0, near.size() - 2) == home.postcode.substr(0, home.postcode.size() - 2));
    }
    CHECK(sectors.size() == 4);
    for (auto const& [sector, count] : sectors) CHECK(count == dwellings_per_sector);
    for (auto const& [postcode, count] : postcodes) CHECK(count == dwellings_per_postcode);
}

TEST_CASE("people: families are families") {
    std::size_t twins = 0;
    std::size_t alike = 0;
    std::size_t elsewhere = 0;
    std::size_t named_after = 0;
    for (auto const& [first, end] : families()) {
        Person const* mother = nullptr;
        Person const* father = nullptr;
        for (auto i = first; i < end; ++i) {
            auto const& person = town().people[i];
            CAPTURE(person.pid);
            if (person.role == Role::mother) mother = &person;
            if (person.role == Role::father) father = &person;
            if (person.role != Role::child) continue;
            if (mother != nullptr) CHECK(person.date_of_birth - mother->date_of_birth > std::chrono::days(15 * 365));
            if (father != nullptr && father->forename == person.forename) ++named_after;
            auto const& before = town().people[i - 1];
            if (person.twin && before.twin && before.date_of_birth == person.date_of_birth) {
                ++twins;
                if (before.forename.front() == person.forename.front() && before.sex == person.sex) ++alike;
            } else if (before.role == Role::child) {
                CHECK(before.date_of_birth <= person.date_of_birth);
            }
        }
        if (mother != nullptr && father != nullptr && mother->dwelling != father->dwelling) ++elsewhere;
    }
    CHECK(twins > 50);
    CHECK(alike > 5);
    CHECK(named_after > 90); // half of them by chance
    CHECK(elsewhere > 600);
    CHECK(elsewhere < 1'300);
}

TEST_CASE("people: the two Chloes and the man with two families are there") {
    std::map<std::pair<std::string, Day>, std::set<std::int32_t>> children;
    std::map<std::uint32_t, std::vector<Person const*>> fathers;
    for (auto const& person : town().people) {
        if (person.role == Role::child && person.fam >= 0)
            children[{person.forename, person.date_of_birth}].insert(person.fam);
        if (person.role == Role::father) fathers[person.pid].push_back(&person);
    }
    CHECK(std::count_if(children.begin(), children.end(), [](auto const& all) { return all.second.size() > 1; }) > 3);
    std::size_t respelt = 0;
    std::size_t turned = 0;
    std::size_t men = 0;
    for (auto const& [pid, entries] : fathers) {
        if (entries.size() == 1) continue;
        ++men;
        CHECK(entries[0]->fam != entries[1]->fam);
        CHECK(entries[0]->surname == entries[1]->surname);
        CHECK(nhs_number(*entries[0]) == nhs_number(*entries[1]));
        respelt += entries[0]->forename != entries[1]->forename ? 1U : 0U;
        turned += entries[0]->date_of_birth != entries[1]->date_of_birth ? 1U : 0U;
    }
    CHECK(men >= 4);
    CHECK(respelt + turned > 0);
}

TEST_CASE("people: the table of rates is in order, and hard is harder") {
    for (std::size_t i = 0; i < faults; ++i) {
        auto const& row = fault_rates()[i];
        CAPTURE(i);
        CHECK(static_cast<std::size_t>(row.fault) == i);
        for (std::size_t agency = 0; agency < all_agencies.size(); ++agency) {
            CHECK(row.normal[agency] <= row.hard[agency]);
            CHECK(row.hard[agency] <= always);
        }
    }
}

TEST_CASE("people: what agencies wrote down is wrong as often as the table says") {
    auto const truth = by_pid();
    struct Bounds {
        Agency agency;
        double forename, surname, date, postcode; ///< agreement with the truth in per cent, of rows that have both
        double no_date, no_postcode, no_uprn, no_nhs, no_address;
    };
    auto const near = [](double share) { return Approx(share).margin(2.5); };
    auto const agrees = [&](Agency agency, bool hard, auto const& told, auto const& fact) {
        return percent(
            view(agency, hard), [&](Row const& row) { return told(row) != decltype(told(row))(); },
            [&](Row const& row) { return told(row) == fact(*truth.at(row.pid)); });
    };
    auto const surname = [](auto const& row) { return row.surname; };
    auto const forename = [](auto const& row) { return row.forename; };
    auto const told_date = [](Row const& row) { return row.date_of_birth; };
    auto const date = [](Person const& person) { return std::optional(person.date_of_birth); };
    auto const told_postcode = [](Row const& row) { return row.place.postcode; };
    auto const postcode = [](Person const& person) { return place(town().seed, person.dwelling).postcode; };
    for (auto const& is : {Bounds{Agency::social, 89.7, 92.4, 98.6, 77.5, 1.1, 3.0, 33.2, 20.5, 2.0},
                           Bounds{Agency::police, 79.9, 85.0, 96.9, 61.5, 3.1, 5.8, 37.8, 100, 4.9},
                           Bounds{Agency::health, 96.3, 96.6, 99.7, 86.3, 0.0, 1.1, 31.0, 0.5, 0.2},
                           Bounds{Agency::housing, 84.6, 89.4, 97.2, 73.7, 10.1, 0.9, 31.3, 100, 0.0},
                           Bounds{Agency::education, 90.0, 94.0, 99.3, 83.1, 0.2, 1.0, 30.8, 74.9, 0.5}}) {
        CAPTURE(name(is.agency));
        auto const& rows = view(is.agency);
        CHECK(agrees(is.agency, false, forename, forename) == near(is.forename));
        CHECK(agrees(is.agency, false, surname, surname) == near(is.surname));
        CHECK(agrees(is.agency, false, told_date, date) == near(is.date));
        CHECK(agrees(is.agency, false, told_postcode, postcode) == near(is.postcode));
        CHECK(percent(rows, [](Row const& row) { return !row.date_of_birth; }) == near(is.no_date));
        CHECK(percent(rows, [](Row const& row) { return row.place.postcode.empty(); }) == near(is.no_postcode));
        CHECK(percent(rows, [](Row const& row) { return row.place.uprn.empty(); }) == near(is.no_uprn));
        CHECK(percent(rows, [](Row const& row) { return row.nhs.empty(); }) == near(is.no_nhs));
        CHECK(percent(rows, [](Row const& row) { return row.place.number.empty(); }) == near(is.no_address));
        CHECK(percent(rows, [](Row const& row) { return row.sex == Sex::unknown; }) == near(2.0));
        CHECK(agrees(is.agency, true, forename, forename) < is.forename - 2);
        CHECK(agrees(is.agency, true, surname, surname) < is.surname - 2);
        CHECK(agrees(is.agency, true, told_postcode, postcode) < is.postcode - 5);
    }
}

TEST_CASE("people: agencies know the share of people that the table says, by families") {
    auto const share = [](Agency agency) {
        std::set<std::uint32_t> known;
        for (auto const& row : view(agency)) known.insert(row.pid);
        return 100.0 * static_cast<double>(known.size()) / static_cast<double>(by_pid().size());
    };
    CHECK(share(Agency::social) == Approx(13.8).margin(1.5));
    CHECK(share(Agency::police) == Approx(17.8).margin(1.5));
    CHECK(share(Agency::health) == Approx(98.4).margin(1));
    CHECK(share(Agency::housing) == Approx(35.5).margin(2));
    CHECK(share(Agency::education) == Approx(36).margin(2));
    for (auto const& row : view(Agency::education)) CHECK(row.role == Role::child);
}

TEST_CASE("people: one person's record does not depend on how many others there are") {
    auto const many = make_population(small(), 5);
    auto const row = row_of(many, 40, Agency::police, small(), 5);
    auto fewer = many;
    fewer.people.resize(100);
    CHECK(row_of(fewer, 40, Agency::police, small(), 5) == row);
    CHECK(row_of(many, 40, Agency::police, small(), 5) == row);
    CHECK(row_of(many, 41, Agency::police, small(), 5) != row);
}

TEST_CASE("people: a slip changes one letter or two, and letters stay whole") {
    REQUIRE(rc::check("slip", [](std::uint64_t index) {
        Random random(3, 3, index);
        auto const culture = any_culture(random);
        auto const name = forename_of(culture, Sex::female, 1970, random);
        auto const slipped = slip(name, random);
        RC_ASSERT(valid_utf8(slipped));
        RC_ASSERT(!slipped.empty());
        RC_ASSERT(slipped.size() + 3 >= name.size());
        RC_ASSERT(slipped.size() <= name.size() + 3);
    }));
    Random random(1, 1, 1);
    CHECK(slip("Q", random) == "Q");
    CHECK(slip("", random).empty());
}

TEST_CASE("people: names have their other spellings") {
    Random random(1, 1, 1);
    CHECK(without_accents("Siobhán Łukasz Nguyễn Yılmaz Ștefan Đỗ") == "Siobhan Lukasz Nguyen Yilmaz Stefan Do");
    for (auto const& lists : name_lists())
        for (auto const list : {lists.men, lists.women, lists.boys, lists.girls, lists.surnames, lists.stems})
            for (auto const letter : without_accents(std::string(list)))
                REQUIRE(static_cast<unsigned char>(letter) < 0x80);
    CHECK(spelling_variant("Mark", random) == "Marc");
    CHECK(spelling_variant("Xerxes", random) == "Xerxes");
    CHECK(nickname("Peter", Sex::male, random) == "Pete");
    CHECK(nickname("Pete", Sex::male, random) == "Peter");
    CHECK(nickname("Peter", Sex::female, random) == "Peter");
    CHECK(surname_for(Culture::polish, Sex::female, "Kowalski") == "Kowalska");
    CHECK(surname_for(Culture::polish, Sex::male, "Kowalski") == "Kowalski");
    CHECK(surname_for(Culture::polish, Sex::female, "Nowak") == "Nowak");
    CHECK(surname_for(Culture::english, Sex::female, "Kowalski") == "Kowalski");
    REQUIRE(rc::check("by ear changes at most one sound, behind the first letter", [](std::uint64_t index) {
        Random chance(4, 4, index);
        auto const name = surname_of(any_culture(chance), chance);
        auto const heard = written_by_ear(name, chance);
        RC_ASSERT(valid_utf8(heard));
        RC_ASSERT(heard.front() == name.front());
    }));
}

TEST_CASE("people: the files read back as what was written") {
    node::CsvLimits const limits{20, 200, 1'000};
    std::vector<std::vector<std::string>> read;
    auto const take = [&](node::CsvRecord& record) {
        read.push_back(record.fields);
        return record.field_count == record.fields.size();
    };
    auto const& rows = view(Agency::social);
    CHECK(node::read_csv(view_csv(Agency::social, rows), ',', limits, take).fault == node::CsvFault::none);
    REQUIRE(read.size() == rows.size() + 1);
    CHECK(read[0] == std::vector<std::string>{"rid", "pid", "fam", "role", "fn", "mid", "sn", "sex", "dob", "no",
                                              "street", "postcode", "uprn", "nhs"});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const& row = rows[i];
        auto const sex = row.sex == Sex::female ? "F" : row.sex == Sex::male ? "M" : "";
        CHECK(read[i + 1] ==
              std::vector<std::string>{"social-" + std::to_string(i), std::to_string(row.pid), std::to_string(row.fam),
                                       name(row.role), row.forename, row.middle, row.surname, sex,
                                       row.date_of_birth ? to_text(*row.date_of_birth) : "", row.place.number,
                                       row.place.street, row.place.postcode, row.place.uprn, row.nhs});
    }
    read.clear();
    auto const truth = make_population({50, 20, false}, 2);
    CHECK(node::read_csv(people_csv(truth), ',', limits, take).fault == node::CsvFault::none);
    REQUIRE(read.size() == truth.people.size() + 1);
    for (std::size_t i = 0; i < truth.people.size(); ++i) {
        REQUIRE(read[i + 1].size() == 15);
        CHECK(read[i + 1][3] == truth.people[i].forename);
        CHECK(read[i + 1][13] == (truth.people[i].twin ? "1" : ""));
        CHECK(read[i + 1][14] == truth.people[i].former_surname);
    }
    // Nobody is called so, but a list may grow.
    Row odd;
    odd.forename = "A \"B\", C";
    odd.surname = "D";
    read.clear();
    node::read_csv(view_csv(Agency::police, {odd}), ',', limits, take);
    REQUIRE(read.size() == 2);
    CHECK(read[1][4] == odd.forename);
}

TEST_CASE("people: as identities they hold what was written, and no fixed abode is no address") {
    auto const& rows = view(Agency::police);
    auto const records = records_of(Agency::police, rows);
    REQUIRE(records.size() == rows.size());
    std::set<std::string> ids;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const& identity = records[i].identity;
        CHECK(ids.insert(records[i].id).second);
        CHECK(records[i].family_id.empty() == (rows[i].fam < 0));
        REQUIRE(identity.names.size() == 1);
        CHECK(identity.names[0].forename == rows[i].forename);
        CHECK(identity.names[0].surname == rows[i].surname);
        CHECK(identity.names[0].middle_names == rows[i].middle);
        CHECK(identity.date_of_birth == rows[i].date_of_birth);
        CHECK(identity.sex == rows[i].sex);
        CHECK(identity.addresses.size() == (rows[i].place.street == "no fixed abode" ? 0U : 1U));
    }
    auto const& mother = town().people[0];
    auto const identity = identity_of(town(), mother);
    CHECK(identity.names.size() == (mother.former_surname.empty() ? 1U : 2U));
    CHECK(identity.addresses.size() == 3);
    CHECK(identity.nhs_number == nhs_number(mother));
}
