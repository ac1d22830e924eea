// Who stands in one list several times: who is found, and that nobody else is put with them.

#include "policy_fixture.hpp"
#include "protocol/identity/duplicates.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {

struct Written {
    std::string forename;
    std::string surname = "Ottermere";
    std::string date = "2011-03-09";
    std::string number = {};
    std::string premises = {};
};

Forms person(Written const& written) {
    Identity identity;
    identity.names = {{written.forename, written.surname}};
    if (!written.date.empty()) identity.date_of_birth = parse_day(written.date).value();
    identity.nhs_number = written.number;
    if (!written.premises.empty()) identity.addresses = {{written.premises, "High Street", "", "QX1 1AA", ""}};
    return forms_of(identity);
}
Forms with_alias(Written const& written, std::string const& forename) {
    auto one = person(written);
    auto const other = person({forename, written.surname, written.date});
    one.names.insert(one.names.end(), other.names.begin(), other.names.end());
    std::sort(one.names.begin(), one.names.end());
    return one;
}

constexpr auto number_1 = "9434765919";
constexpr auto number_2 = "9434765870";

/// Two names with a date or an address, or a number, are enough. Nothing speaks against anybody: that is for the
/// vetoes.
Points generous() {
    return Points::parse({{"forename.exact", 200},
                          {"surname.exact", 200},
                          {"date.exact", 200},
                          {"place.premises", 200},
                          {"number.same", 700}})
        .value();
}
constexpr Thresholds sure_from_600{600, 300};

SamePerson found(std::vector<Forms> const& people, Points const& points = generous()) {
    return duplicates_in(people, points, sure_from_600);
}
bool together(SamePerson const& groups, std::size_t one, std::size_t other) {
    return std::any_of(groups.begin(), groups.end(), [&](auto const& group) {
        auto const has = [&](std::size_t place) { return std::find(group.begin(), group.end(), place) != group.end(); };
        return has(one) && has(other);
    });
}

} // namespace

TEST_CASE("duplicates: records of one person are one group, in order, and people entered once are in none") {
    auto const groups = found({person({"Ada"}), person({"Ben"}), person({"Cleo", "Pillbrow", "1990-01-23", number_1}),
                               person({"Ada"}), person({"Cleo", "Rushbrook", "", number_1}), person({"Ada"})});
    CHECK(groups == SamePerson{{0, 3, 5}, {2, 4}});
    CHECK(people_in(groups) == 5);
    CHECK(found({}).empty());
    CHECK(found({person({"Ada"})}).empty());
    CHECK(people_in({}) == 0);
}

TEST_CASE("duplicates: fewer points than sure are not enough") {
    std::vector<Forms> const twice{person({"Ada"}), person({"Ada"})};
    CHECK(duplicates_in(twice, generous(), {600, 0}).size() == 1);
    CHECK(duplicates_in(twice, generous(), {601, 0}).empty());
}

TEST_CASE("duplicates: somebody of whom no forename is known is nobody's second record") {
    std::vector<Forms> const people{person({"", "Ottermere", "2011-03-09", "", "1"}),
                                    person({"", "Ottermere", "2011-03-09", "", "1"})};
    CHECK(found(people).empty());
}

TEST_CASE("duplicates: twins are never in one group, not even through a record that has both names") {
    CHECK(found({person({"Ada"}), person({"Bea"})}).empty());
    auto const both = with_alias({"Ada"}, "Bea");
    CHECK(found({both, person({"Ada"}), person({"Bea"})}) == SamePerson{{0, 1}}); // one of them gets it
    CHECK(found({person({"Bea"}), person({"Ada"}), both}) == SamePerson{{0, 2}});
}

TEST_CASE("duplicates: twins with one number by mistake are apart, and those whose names begin the same") {
    CHECK(found({person({"Ada", "Ottermere", "2011-03-09", number_1}),
                 person({"Bea", "Ottermere", "2011-03-09", number_1})})
              .empty());
    // Where nothing but the number is shared, no token compares the names.
    CHECK(found({person({"Ada", "Ottermere", "", number_1}), person({"Bea", "Rushbrook", "", number_1})}).empty());
    CHECK(found({person({"Ada", "Ottermere", "", number_1}), person({"Ada", "Rushbrook", "", number_1})}).size() == 1);
    CHECK(found({person({"Ada", "Ottermere", "", number_1}), person({"", "Rushbrook", "", number_1})}).size() == 1);
    auto const points = Points::parse({{"surname.exact", 300}, {"date.exact", 300}}).value();
    CHECK(found({person({"Jolyon"}), person({"Joscelin"})}, points).empty());
    CHECK(found({person({"Jolyon"}), person({"Jolyon"})}, points).size() == 1);
}

TEST_CASE("duplicates: another number is another person, also through a record without one") {
    auto const one = person({"Ada", "Ottermere", "2011-03-09", number_1});
    auto const other = person({"Ada", "Ottermere", "2011-03-09", number_2});
    auto const without = person({"Ada"});
    CHECK(found({one, other}).empty());
    auto const groups = found({one, without, other});
    REQUIRE(groups.size() == 1);
    CHECK_FALSE(together(groups, 0, 2));
    // The strongest links first: of equal ones the first in the list.
    CHECK(found({without, other, one, one}) == SamePerson{{0, 1}, {2, 3}});
}

TEST_CASE("duplicates: father and son of one name are apart, also through a record without a date") {
    auto const father = person({"John", "Quennell", "1950-02-28", "", "7"});
    auto const son = person({"John", "Quennell", "1981-11-13", "", "7"});
    auto const undated = person({"John", "Quennell", "", "", "7"});
    CHECK(found({father, son}).empty());
    auto const groups = found({father, undated, son});
    REQUIRE(groups.size() == 1);
    CHECK_FALSE(together(groups, 0, 2));
    CHECK(found({person({"John", "Quennell", "1950-02-28", number_1, "7"}), // a date typed wrongly
                 person({"John", "Quennell", "1981-11-13", number_1, "7"})})
              .size() == 1);
    auto const nearly = person({"John", "Quennell", "1950-02-27", "", "7"}); // one part differs
    CHECK(found({father, nearly}).size() == 1);
}

TEST_CASE("duplicates: Alexander and Alexandra are apart where the sex is known to differ") {
    auto const points = Points::parse({{"surname.exact", 300}, {"date.exact", 300}}).value();
    auto brother = person({"Alexander"});
    auto sister = person({"Alexandra"});
    CHECK(found({brother, sister}, points).size() == 1); // a misspelling, for all that is known
    brother.sex = Sex::male;
    CHECK(found({brother, sister}, points).size() == 1);
    sister.sex = Sex::female;
    CHECK(found({brother, sister}, points).empty());
}

TEST_CASE("duplicates: what more than so many people share leads to nobody") {
    std::vector<Forms> people(shared_by_max, person({"Ada"}));
    auto const groups = found(people);
    REQUIRE(groups.size() == 1);
    CHECK(groups.front().size() == shared_by_max);
    people.push_back(person({"Ada"}));
    CHECK(found(people).empty());
}

TEST_CASE("duplicates: how common a name is counts in this list") {
    auto const points = Points::parse({{"date.exact", 300}, {"forename.exact + forename_rarity.1", 300}}).value();
    std::vector<Forms> people{person({"Ada"}), person({"Ada"})};
    CHECK(found(people, points).size() == 1);
    for (int i = 0; i < 10; ++i) people.push_back(person({"Ada", "Pillbrow" + std::string(std::size_t(i), 'e'), ""}));
    CHECK(found(people, points).empty());
}

TEST_CASE("duplicates: with the practice agreement's points") {
    auto const agreement = policy::test::practice_agreement();
    auto const points = Points::parse(agreement.matching.points).value();
    Thresholds const thresholds{agreement.matching.sure, agreement.matching.unsure};
    std::vector<Forms> const people{
        person({"Catherine", "Quennell", "1985-07-30", number_1, "9"}),
        person({"Kate", "Quennell", "1985-07-30", number_1, "9"}), // her short name
        person({"Ada", "Quennell", "2011-03-09", "", "9"}),        // twins of hers
        person({"Bea", "Quennell", "2011-03-09", "", "9"}),
        person({"Ada", "Quennel", "2011-03-09", "", "9"}), // misspelled
    };
    CHECK(duplicates_in(people, points, thresholds) == SamePerson{{0, 1}, {2, 4}});
}

TEST_CASE("duplicates: nobody of a group is apart from anybody of it, nobody is in two, and the order is the list's") {
    REQUIRE(rc::check("whatever is in the list", [] {
        static constexpr char const* forenames[] = {"Ada", "Bea", "Cleo", ""};
        static constexpr char const* dates[] = {"2011-03-09", "1990-01-23", ""};
        static constexpr char const* numbers[] = {"", number_1, number_2};
        auto const chosen = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 72U));
        std::vector<Forms> people;
        for (auto const one : chosen) {
            Written const written{forenames[one % 4], "Ottermere", dates[one / 4 % 3], numbers[one / 12 % 3], "1"};
            people.push_back(one / 36 == 0 ? person(written) : with_alias(written, "Dan"));
        }
        auto const groups = found(people);
        std::set<std::size_t> seen;
        for (auto const& group : groups) {
            RC_ASSERT(group.size() >= 2);
            RC_ASSERT(std::is_sorted(group.begin(), group.end()));
            std::set<std::string> known_numbers;
            for (auto const place : group) {
                RC_ASSERT(seen.insert(place).second);
                if (!people[place].nhs_number.empty()) known_numbers.insert(people[place].nhs_number);
                for (auto const other : group) {
                    auto const& one = people[place];
                    auto const& two = people[other];
                    bool const dates_differ = !one.date.empty() && !two.date.empty() && one.date != two.date;
                    RC_ASSERT(!dates_differ || (!one.nhs_number.empty() && one.nhs_number == two.nhs_number));
                }
            }
            RC_ASSERT(known_numbers.size() <= 1);
        }
        RC_ASSERT(std::is_sorted(groups.begin(), groups.end()));
    }));
}
