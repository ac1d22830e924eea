// What two people's descriptors show of each other, how far they agree by it, and the words for that.

#include "identity_support.hpp"
#include "protocol/identity/levels.hpp"

#include <algorithm>
#include <map>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::identity_test;

namespace {

Evidence seen(Family const& theirs, Family const& ours) {
    return compare(described(theirs), described(ours));
}

constexpr std::uint16_t bit(Field field) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(field));
}
constexpr FieldBits all_fields{0x01FF}; // but for estimated_date

/// Evidence made by hand: both have these fields.
struct Made {
    std::vector<AnchorKind> anchors = {};
    std::vector<ComponentKind> equal = {};
    bool compared = true;
    FieldBits fields = all_fields;

    Evidence evidence() const {
        Evidence made;
        for (auto const kind : anchors) made.anchors |= 1U << (static_cast<unsigned>(kind) - 1);
        for (auto const kind : equal) note_equal(made, kind, kind);
        made.compared = compared;
        made.theirs = made.ours = fields;
        return made;
    }
};
std::string level(Evidence const& evidence, Aspect aspect) {
    return level_name(aspect, levels_of(evidence, {})[aspect]);
}
Made without(Made made, std::initializer_list<Field> fields) {
    for (auto const field : fields) made.fields.bits &= static_cast<std::uint16_t>(~bit(field));
    return made;
}

struct Row {
    std::string level;
    Made made;
};
void check_rows(Aspect aspect, std::vector<Row> const& rows) {
    for (auto const& row : rows) {
        CAPTURE(row.level);
        for (auto const kind : row.made.anchors) UNSCOPED_INFO(name(kind));
        CHECK(level(row.made.evidence(), aspect) == row.level);
    }
}
using A = AnchorKind;
using C = ComponentKind;

Identity const kate = at(person({{"Kate", "Hall", "Ann"}}, "1988-11-02"), "12", "M12 6DZ", "10070123456");
} // namespace

TEST_CASE("evidence: without a shared anchor nothing is known, however much agrees") {
    // The same names, the same street and sex.
    auto left = person({{"Kate", "Hall"}}, "1988-11-25");
    auto right = person({{"Kate", "Hall"}}, "1971-04-13");
    left.sex = right.sex = Sex::female;
    CHECK(seen({left}, {right}) == Evidence{});
    CHECK(seen({}, {right}) == Evidence{});
}

TEST_CASE("evidence: of a person with herself everything is equal") {
    auto const evidence = seen({kate}, {kate});
    CHECK(evidence.compared);
    for (auto const kind :
         {C::forename, C::spoken, C::forename_sound, C::surname, C::surname_sound, C::middle, C::premises, C::uprn,
          C::exact_date, C::sector, C::postcode, C::date, C::year_month, C::month_day, C::forename_head})
        CHECK(evidence.is_equal(kind));
    CHECK_FALSE(evidence.is_equal(C::surname_part));
    CHECK_FALSE(evidence.names_swapped);
    CHECK_FALSE(evidence.middle_is_forename);
    CHECK(evidence.theirs == evidence.ours);
}

TEST_CASE("evidence: components are compared only under a salt of which an anchor is shared") {
    // By the number alone: no components.
    auto const number = seen({person({{"Kate", "Hall"}}, "1988-11-02", "9990000018")},
                             {person({{"Olga", "Baker"}}, "1971-04-13", "9990000018")});
    CHECK(number.shares(A::nhs_number));
    CHECK_FALSE(number.compared);
    CHECK(number.equal == 0);
    CHECK(has(number.theirs, Field::date)); // but which fields there are is known
    // By the place alone: the dates differ, and nothing under the date is compared.
    auto const place = seen({at(person({{"Kate", "Hall"}}, "1988-11-25"), "12", "M12 6DZ")},
                            {at(person({{"Kate", "Hall"}}, "1971-04-13"), "12", "M12 6DZ")});
    CHECK(place.compared);
    CHECK(place.is_equal(C::premises));
    CHECK(place.is_equal(C::postcode));
    CHECK_FALSE(place.is_equal(C::sector));
    CHECK_FALSE(place.is_equal(C::date));
    // By the date alone.
    auto const date = seen({at(person({{"Kate", "Hall"}}, "1988-11-25"), "12", "M12 6DZ")},
                           {at(person({{"Kate", "Hall"}}, "1988-11-25"), "7", "M40 2AA")});
    CHECK(date.is_equal(C::exact_date));
    CHECK_FALSE(date.is_equal(C::date));
    CHECK_FALSE(date.is_equal(C::premises));
}

TEST_CASE("evidence: by a former address an anchor is shared and nothing is compared") {
    auto const mia = person({{"Mia", "Hall"}});
    auto const moved = at(at(mia, "7", "M40 2AA"), "12", "M12 6DZ");
    auto const evidence = seen({moved}, {at(mia, "12", "M12 6DZ")});
    CHECK(evidence.shares(A::spoken_premises));
    CHECK_FALSE(evidence.compared);
    CHECK_FALSE(seen({at(mia, "12", "M12 6DZ")}, {moved}).compared);
    // From one house of a postcode to the next: the postcode is that of the current address in both.
    CHECK(seen({at(at(mia, "7", "M12 6DZ"), "12", "M12 6DZ")}, {at(mia, "12", "M12 6DZ")}).compared);
}

TEST_CASE("evidence: names in each other's place are seen") {
    auto const on_a_day = [](Name const& name) { return Family{person({name}, "1988-11-25")}; };
    auto const swapped = seen(on_a_day({"Keefer", "Tiffany"}), on_a_day({"Tiffany", "Keefer"}));
    CHECK(swapped.names_swapped);
    CHECK(level(swapped, Aspect::forename) == "swapped");
    CHECK(level(swapped, Aspect::surname) == "swapped");
    auto const middle = seen(on_a_day({"Ann", "Baker", "Nicole"}), on_a_day({"Nicole", "Baker"}));
    CHECK(middle.middle_is_forename);
    CHECK(level(middle, Aspect::forename) == "middle");
    CHECK(level(middle, Aspect::surname) == "exact");
    auto const spoken = seen(on_a_day({"Kate", "Baker"}), on_a_day({"Katherine", "Baker"}));
    CHECK(spoken.is_equal(C::spoken));
    CHECK_FALSE(spoken.is_equal(C::forename));
    CHECK(level(spoken, Aspect::forename) == "spoken");
    auto const part = seen(on_a_day({"Kate", "Cox-Maher"}), on_a_day({"Kate", "Maher"}));
    CHECK(part.is_equal(C::surname_part));
    CHECK(level(part, Aspect::surname) == "part");
}

TEST_CASE("evidence: what is compared with what goes both ways") {
    std::set<std::pair<C, C>> told_apart;
    for (std::uint8_t one = 1; one <= component_kinds; ++one) {
        auto const theirs = static_cast<C>(one);
        auto const& kinds = compared_with(theirs);
        CHECK(std::count(kinds.begin(), kinds.end(), theirs) == 1);
        for (auto const ours : kinds) {
            CAPTURE(name(theirs), name(ours));
            auto const& back = compared_with(ours);
            CHECK(std::count(back.begin(), back.end(), theirs) == 1);
            Evidence evidence;
            Evidence turned;
            note_equal(evidence, theirs, ours);
            note_equal(turned, ours, theirs);
            CHECK(evidence == turned);
            if (theirs != ours) {
                told_apart.insert({theirs, ours});
                CHECK(evidence != Evidence{});
            }
        }
    }
    CHECK(told_apart.size() == 8);
    Evidence none;
    note_equal(none, C::middle, C::surname);
    CHECK(none == Evidence{});
}

TEST_CASE("levels: of the forename") {
    check_rows(Aspect::forename, {{"unknown", {{A::nhs_number}, {}, false}},
                                  {"unknown", {{A::surname_date}, {}, false}},
                                  {"missing", without({{A::surname_date}}, {Field::forename})},
                                  {"exact", {{A::date_postcode}, {C::forename}}},
                                  {"exact", {{A::name_date}, {}, false}},
                                  {"exact", {{A::full_name}, {}, false}},
                                  {"spoken", {{A::date_postcode}, {C::spoken, C::forename_sound}}},
                                  {"spoken", {{A::spoken_date}, {}}},
                                  {"spoken", {{A::forename_family}, {}, false}},
                                  {"sound", {{A::spoken_date}, {C::forename_sound}}}, // the anchor is of an alias
                                  {"sound", {{A::sound_date}, {}}},
                                  {"half", {{A::halves_postcode}, {}}},
                                  {"half", {{A::skeleton_date}, {C::forename_head, C::surname}}},
                                  {"middle", {{A::middle_date}, {}}},
                                  {"head", {{A::date_postcode}, {C::forename_head}}},
                                  {"other", {{A::date_postcode}, {C::surname}}}});
}

TEST_CASE("levels: of a forename of which the end agrees", "[!mayfail]") {
    check_rows(Aspect::forename, {{"tail", {{A::date_postcode}, {C::forename_tail}}},
                                  {"ends", {{A::date_postcode}, {C::forename_head, C::forename_tail}}}});
}

TEST_CASE("levels: of the surname") {
    check_rows(Aspect::surname, {{"unknown", {{A::spoken_date_family}, {}, false}},
                                 {"missing", without({{A::spoken_date}}, {Field::surname})},
                                 {"exact", {{A::date_postcode}, {C::surname, C::surname_part}}},
                                 {"exact", {{A::half_surname_date}, {}}},
                                 {"part", {{A::half_surname_date}, {C::surname_part, C::surname_sound}}},
                                 {"sound", {{A::half_surname_date}, {C::surname_sound}}},
                                 {"sound", {{A::names_sector}, {}, false}},
                                 {"half", {{A::halves_date}, {}}},
                                 {"other", {{A::spoken_date}, {}}}});
}

TEST_CASE("levels: of the date") {
    auto estimated = Made{{A::names_sector}, {}};
    estimated.fields.bits |= bit(Field::estimated_date);
    check_rows(Aspect::date, {{"unknown", {{A::full_name}, {}, false}},
                              {"missing", without({{A::names_sector}}, {Field::date})},
                              {"exact", {{A::sound_date}, {C::exact_date}}},
                              {"exact", {{A::sound_date}, {}, false}},
                              {"exact", {{A::names_sector}, {C::date}}},
                              {"swapped", {{A::sound_date}, {C::surname}}},
                              {"near", {{A::names_sector, A::name_near_date}, {}}},
                              {"near", {{A::name_near_date}, {}, false}},
                              {"near", {{A::names_sector}, {C::year_month}}},
                              {"near", {{A::names_sector}, {C::month_day}}},
                              {"estimated", estimated},
                              {"other", {{A::names_sector}, {}}}});
    // Estimated in one of them is enough.
    auto one = estimated.evidence();
    one.ours = all_fields;
    CHECK(level(one, Aspect::date) == "estimated");
    std::swap(one.ours, one.theirs);
    CHECK(level(one, Aspect::date) == "estimated");
}

TEST_CASE("levels: of the place") {
    check_rows(Aspect::place, {{"unknown", {{A::full_name}, {}, false}},
                               {"missing", without({{A::name_date}}, {Field::place, Field::uprn})},
                               {"premises", {{A::spoken_premises}, {}, false}},
                               {"premises", {{A::name_date}, {C::premises}}},
                               {"premises", {{A::name_date}, {C::uprn}}},
                               {"postcode", {{A::date_postcode}, {}}},
                               {"postcode", {{A::names_sector}, {C::postcode}}},
                               {"sector", {{A::names_sector}, {}}},
                               {"sector", {{A::name_date}, {C::sector}}},
                               {"other", {{A::name_date}, {}}},
                               {"other", without({{A::name_date}}, {Field::place})}}); // each has a UPRN
}

TEST_CASE("levels: of middle name, number, sex and relatives") {
    check_rows(Aspect::middle, {{"unknown", {{A::nhs_number}, {}, false}},
                                {"missing", without({{A::name_date}}, {Field::middle})},
                                {"same", {{A::name_date}, {C::middle}}},
                                {"same", {{A::full_name}, {}, false}},
                                {"other", {{A::name_date}, {}}}});
    check_rows(Aspect::number,
               {{"same", {{A::nhs_number}, {}, false}},
                {"same", {{A::upn, A::name_date}, {}}},
                {"same", {{A::agreed_number}, {}}},
                {"other", {{A::name_date}, {}}},
                {"differs", without({{A::name_date}}, {Field::nhs_number, Field::upn})},
                {"missing", without({{A::name_date}}, {Field::nhs_number, Field::upn, Field::agreed_number})}});
    check_rows(Aspect::kin, {{"none", {{A::name_date}, {}}},
                             {"forename", {{A::forename_family}, {}, false}},
                             {"date", {{A::spoken_date_family}, {}}},
                             {"both", {{A::forename_family, A::spoken_date_family}, {}}}});
    // Numbers of two sorts cannot be compared.
    auto sorts = Made{{A::name_date}, {}}.evidence();
    sorts.theirs = {bit(Field::nhs_number)};
    sorts.ours = {bit(Field::upn)};
    CHECK(level(sorts, Aspect::number) == "missing");

    auto const with_sex = [](Sex sex) {
        return FieldBits{static_cast<std::uint16_t>(static_cast<unsigned>(sex) << 14U)};
    };
    for (auto const theirs : {Sex::unknown, Sex::female, Sex::male})
        for (auto const ours : {Sex::unknown, Sex::female, Sex::male}) {
            auto evidence = Made{{A::name_date}, {}}.evidence();
            evidence.theirs = with_sex(theirs);
            evidence.ours = with_sex(ours);
            bool const unknown = theirs == Sex::unknown || ours == Sex::unknown;
            CHECK(level(evidence, Aspect::sex) == (unknown ? "unknown" : theirs == ours ? "same" : "other"));
        }
}

TEST_CASE("levels: the more people have a name, the higher its band, and all bands are reached") {
    auto const evidence = Made{{A::name_date}, {C::forename, C::surname, C::exact_date}}.evidence();
    auto const band = [&](Aspect aspect, NameCounts const& counts) {
        return unsigned(levels_of(evidence, counts)[aspect]);
    };
    std::map<Aspect, std::set<unsigned>> reached;
    for (std::uint64_t people = 1; people <= 1U << 24U; people *= 4) {
        std::map<Aspect, unsigned> before;
        for (std::uint64_t having = 0; having <= people; having = having * 2 + 1)
            for (auto const aspect : {Aspect::forename_rarity, Aspect::surname_rarity, Aspect::name_rarity}) {
                auto const now = band(aspect, {people, having, having});
                if (now < before[aspect]) FAIL_CHECK(name(aspect) << ": " << having << " of " << people);
                before[aspect] = now;
                reached[aspect].insert(now);
            }
    }
    CHECK(reached[Aspect::forename_rarity] == std::set<unsigned>{1, 2, 3, 4, 5, 6});
    CHECK(reached[Aspect::surname_rarity] == std::set<unsigned>{1, 2, 3, 4, 5, 6});
    CHECK(reached[Aspect::name_rarity] == std::set<unsigned>{1, 2, 3, 4, 5, 6, 7, 8});
    // Each by its own count; both sides of some edges.
    CHECK(band(Aspect::forename_rarity, {5000, 3, 5000}) == 1);
    CHECK(band(Aspect::forename_rarity, {5000, 4, 0}) == 2);
    CHECK(band(Aspect::forename_rarity, {5000, 15, 0}) == 2);
    CHECK(band(Aspect::forename_rarity, {5000, 16, 0}) == 3);
    CHECK(band(Aspect::surname_rarity, {5000, 0, 511}) == 5);
    CHECK(band(Aspect::surname_rarity, {5000, 0, 1024}) == 6);
    CHECK(band(Aspect::name_rarity, {std::uint64_t(1) << 20U, 15, 15}) <
          band(Aspect::name_rarity, {1U << 10U, 15, 15}));
    // Of a name that does not agree nothing is said.
    auto const other = Made{{A::date_postcode}, {C::exact_date}}.evidence();
    for (auto const aspect : {Aspect::forename_rarity, Aspect::surname_rarity, Aspect::name_rarity})
        CHECK(levels_of(other, {1000, 3, 3})[aspect] == 0);
    auto const forename_only = levels_of(Made{{A::date_postcode}, {C::forename}}.evidence(), {1000, 3, 3});
    CHECK(forename_only[Aspect::forename_rarity] == 1);
    CHECK(forename_only[Aspect::name_rarity] == 0);
}

TEST_CASE("levels: each has its name") {
    std::set<std::string> aspect_names;
    for (std::size_t i = 0; i < aspects; ++i) {
        auto const aspect = static_cast<Aspect>(i);
        aspect_names.insert(name(aspect));
        std::set<std::string> names;
        std::uint8_t level = 0;
        for (; level_name(aspect, level) != nullptr; ++level) names.insert(level_name(aspect, level));
        CHECK(names.size() == level);
        CHECK(level >= 3);
        CHECK(level <= levels_max);
        CHECK(level_name(aspect, levels_max) == nullptr);
    }
    CHECK(aspect_names.size() == aspects);
}

TEST_CASE("levels: any evidence gives levels that have a name, and words if an anchor is shared") {
    REQUIRE(rc::check("arbitrary bits", [] {
        Evidence evidence;
        evidence.anchors = *rc::gen::arbitrary<std::uint32_t>() & ((1U << anchor_kinds) - 1);
        evidence.compared = *rc::gen::arbitrary<bool>();
        evidence.equal = *rc::gen::arbitrary<std::uint16_t>();
        evidence.names_swapped = *rc::gen::arbitrary<bool>();
        evidence.middle_is_forename = *rc::gen::arbitrary<bool>();
        evidence.theirs.bits = *rc::gen::arbitrary<std::uint16_t>();
        evidence.ours.bits = *rc::gen::arbitrary<std::uint16_t>();
        auto const count = [] { return *rc::gen::inRange<std::uint64_t>(0, std::uint64_t(1) << 40U); };
        auto const levels = levels_of(evidence, {count(), count(), count()});
        for (std::size_t i = 0; i < aspects; ++i)
            RC_ASSERT(level_name(static_cast<Aspect>(i), levels.level[i]) != nullptr);
        if (evidence.anchors != 0) RC_ASSERT(!in_words(levels).empty());
    }));
    REQUIRE(rc::check("of people", [] {
        auto const left = *any_family();
        auto const right = *any_family();
        auto const evidence = seen(left, right);
        auto turned = seen(right, left);
        std::swap(turned.theirs, turned.ours);
        RC_ASSERT(evidence == turned);
        if (evidence.anchors == 0) RC_ASSERT(evidence == Evidence{});
        if (evidence.equal != 0) RC_ASSERT(evidence.compared);
        if (evidence.anchors != 0) RC_ASSERT(!in_words(levels_of(evidence, {})).empty());
    }));
}

TEST_CASE("words: each level says what it is, or nothing") {
    using Words = std::vector<std::string>; // by level
    std::map<Aspect, Words> const expected = {
        {Aspect::forename,
         {"", "no first name to compare", "same first name", "first name is a form of the same name",
          "first name sounds the same", "first name is spelled nearly the same",
          "first name of one is the middle name of the other", "first name and surname swapped",
          "first name begins and ends the same", "first name begins the same, else differs",
          "first name ends the same, else differs", "other first name"}},
        {Aspect::surname,
         {"", "no surname to compare", "same surname", "surname is a part of the other's, or a former one",
          "surname sounds the same", "surname is spelled nearly the same", "", "other surname"}},
        {Aspect::date,
         {"", "no date of birth to compare", "same date of birth", "same date of birth with day and month swapped",
          "date of birth differs in one part", "other date of birth, one of them a first of January",
          "other date of birth"}},
        {Aspect::place, {"", "", "same address", "same postcode", "same part of town", "other address"}},
        {Aspect::middle, {"", "", "same middle name", "other middle name"}},
        {Aspect::sex, {"", "", "recorded with another sex"}},
        {Aspect::number, {"", "", "same NHS or pupil number", "other NHS or pupil number", "other agreed number"}},
        {Aspect::kin,
         {"", "named with the same relative", "named with the same relative", "named with the same relative"}},
        {Aspect::forename_rarity, Words(7)},
        {Aspect::surname_rarity, Words(7)},
        {Aspect::name_rarity, Words(9)},
        {Aspect::household,
         {"", "", "", "", "another of the family was found in this household",
          "others of the family were found in this household"}},
        {Aspect::rival, {"", "", "the record fits another of the family better"}},
        {Aspect::better, {"", "", "", "another record fits better"}},
    };
    REQUIRE(expected.size() == aspects);
    for (auto const& [aspect, words] : expected) {
        CAPTURE(name(aspect));
        REQUIRE(level_name(aspect, static_cast<std::uint8_t>(words.size() - 1)) != nullptr);
        REQUIRE(level_name(aspect, static_cast<std::uint8_t>(words.size())) == nullptr);
        for (std::size_t i = 0; i < words.size(); ++i) {
            Levels levels;
            levels[aspect] = static_cast<std::uint8_t>(i);
            CHECK(in_words(levels) == words[i]);
        }
    }
    // Several, in the order in which one reads them.
    CHECK(in_words(levels_of(seen({kate}, {kate}), {})) ==
          "same date of birth, same first name, same middle name, same surname, same address");
    CHECK(in_words({}).empty());
}
