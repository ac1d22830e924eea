// The judgement of a whole query.

#include "identity_support.hpp"
#include "protocol/identity/score.hpp"

#include <algorithm>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::identity_test;

namespace {
using Slots = std::vector<std::vector<Candidate>>;

std::string level(Candidate const& candidate, Aspect aspect) {
    return level_name(aspect, candidate.levels[aspect]);
}
/// By place alone, so that a test can choose any points beside a forename that agrees.
Points const& by_place() {
    static auto const listed = points({{"place.premises", 300},
                                       {"place.postcode", 299},
                                       {"place.sector", 0},
                                       {"place.other", -1},
                                       {"date.exact", 100},
                                       {"date.swapped", 99},
                                       {"date.near", 150},
                                       {"date.other", 149},
                                       {"date.estimated", -100},
                                       {"date.missing", -101}});
    return listed;
}
constexpr Thresholds thresholds{300, 0, true};

/// A record of the household of that number, where others live too; the forename agrees unless it is said.
Candidate record(std::int64_t row, std::initializer_list<std::string_view> said, std::uint64_t household = 0) {
    Candidate candidate;
    candidate.row = row;
    candidate.person = static_cast<std::uint64_t>(row);
    candidate.household = household == 0 ? static_cast<std::uint64_t>(1000 + row) : household;
    candidate.others_there = household != 0;
    candidate.levels = levels({"forename.exact"});
    auto const given = levels(said);
    for (std::size_t i = 0; i < aspects; ++i)
        if (given.level[i] != 0) candidate.levels.level[i] = given.level[i];
    return candidate;
}
Candidate of_person(Candidate candidate, std::uint64_t person) {
    candidate.person = person;
    return candidate;
}
std::vector<Match> matches(std::vector<Candidate> const& slot) {
    std::vector<Match> found;
    for (auto const& candidate : slot) found.push_back(candidate.match);
    return found;
}
std::vector<std::int64_t> rows(std::vector<Candidate> const& slot) {
    std::vector<std::int64_t> found;
    for (auto const& candidate : slot) found.push_back(candidate.row);
    return found;
}
using Found = std::vector<Match>;
constexpr auto none = Match::none;
constexpr auto unsure = Match::unsure;
constexpr auto sure = Match::sure;

Slots judged(Slots slots, Points const& with = by_place(), Thresholds limits = thresholds) {
    judge(slots, with, limits);
    return slots;
}
Match judged_alone(std::initializer_list<std::string_view> said, bool veto = true) {
    return judged({{record(1, said)}}, by_place(), {300, 0, veto})[0][0].match;
}
} // namespace

TEST_CASE("judge: thresholds count from themselves on") {
    CHECK(judged_alone({"place.premises"}) == sure);   // 300
    CHECK(judged_alone({"place.postcode"}) == unsure); // 299
    CHECK(judged_alone({"place.sector"}) == unsure);   // 0
    CHECK(judged_alone({"place.other"}) == none);      // -1
    CHECK(judged({{record(1, {"place.premises"})}})[0][0].points == 300);
    // Also where they are one.
    CHECK(judged({{record(1, {"place.premises"})}}, by_place(), {300, 300, true})[0][0].match == sure);
    CHECK(judged({{record(1, {"place.postcode"})}}, by_place(), {300, 300, true})[0][0].match == none);
}

TEST_CASE("judge: another forename, or none to compare, is not sure unless a number agrees") {
    for (auto const forename : {"forename.other", "forename.missing"}) {
        CHECK(judged_alone({forename, "place.premises"}) == unsure);
        CHECK(judged_alone({forename, "place.premises"}, false) == sure);
        CHECK(judged_alone({forename, "place.premises", "surname.exact", "number.same"}) == sure);
        CHECK(judged_alone({forename, "place.premises", "number.other"}) == unsure);
    }
    auto unknown = record(1, {"place.premises"});
    unknown.levels[Aspect::forename] = 0;
    CHECK(judged({{unknown}})[0][0].match == unsure);
    for (auto const forename :
         {"forename.spoken", "forename.sound", "forename.half", "forename.middle", "forename.swapped"})
        CHECK(judged_alone({forename, "place.premises"}) == sure);
}

TEST_CASE("judge: a number that agrees for somebody of whom nothing else does is not sure") {
    // Enough points in every row.
    CHECK(judged_alone({"number.same", "place.premises", "forename.other", "surname.other", "date.other"}) == unsure);
    CHECK(judged_alone({"number.same", "place.premises", "forename.other", "surname.sound", "date.other"}) == unsure);
    CHECK(judged_alone({"number.same", "place.premises", "forename.other", "surname.other"}) == unsure);
    CHECK(judged_alone({"number.same", "place.premises", "forename.other", "surname.other", "date.other"}, false) ==
          unsure);
    CHECK(judged_alone({"number.same", "place.premises", "forename.exact", "surname.other", "date.other"}) == sure);
    CHECK(judged_alone({"number.same", "place.premises", "forename.other", "surname.exact", "date.other"}) == sure);
    CHECK(judged_alone({"number.same", "place.premises", "forename.other", "surname.other", "date.near"}) == sure);
}

TEST_CASE("judge: somebody else who fits a record better by a margin takes it") {
    // 400 and 300, 399 and 300.
    auto const taken = judged({{record(1, {"place.premises"})}, {record(1, {"place.premises", "date.exact"})}});
    CHECK(taken[0][0].match == unsure);
    CHECK(taken[1][0].match == sure);
    auto const near = judged({{record(1, {"place.premises"})}, {record(1, {"place.premises", "date.swapped"})}});
    CHECK(near[0][0].match == sure); // perhaps one person who was entered twice
    CHECK(near[1][0].match == sure);
    // Of another record it takes nothing.
    auto const other = judged({{record(1, {"place.premises"})}, {record(2, {"place.premises", "date.exact"})}});
    CHECK(other[0][0].match == sure);
    CHECK(other[1][0].match == sure);
}

TEST_CASE("judge: several people who are sure become unsure, several records of one person stay sure") {
    auto const two = judged({{record(2, {"place.premises"}), record(1, {"place.premises", "date.exact"})}});
    CHECK(rows(two[0]) == std::vector<std::int64_t>{1, 2});
    CHECK(matches(two[0]) == Found{unsure, unsure});
    auto const one =
        judged({{of_person(record(1, {"place.premises"}), 9), of_person(record(2, {"place.premises"}), 9),
                 of_person(record(3, {"place.premises"}), 9), of_person(record(4, {"place.premises"}), 9)}});
    CHECK(matches(one[0]) == Found{sure, sure, sure, sure});
    auto const mixed =
        judged({{of_person(record(1, {"place.premises"}), 9), of_person(record(2, {"place.premises"}), 8),
                 of_person(record(3, {"place.premises"}), 9)}});
    CHECK(matches(mixed[0]) == Found{unsure, unsure, unsure});
    auto const last = judged({{of_person(record(1, {"place.premises"}), 9), of_person(record(2, {"place.premises"}), 9),
                               of_person(record(3, {"place.premises"}), 8)}});
    CHECK(matches(last[0]) == Found{unsure, unsure, unsure});
}

TEST_CASE("judge: at most three are shown as unsure, the best first, and none beside somebody who is sure") {
    static_assert(unsure_shown_max == 3);
    auto const five = judged({{record(5, {"place.sector"}), record(4, {"place.sector"}), record(3, {"place.postcode"}),
                               record(2, {"place.sector"}), record(1, {"place.other"})}});
    CHECK(rows(five[0]) == std::vector<std::int64_t>{3, 2, 4, 5, 1});
    CHECK(matches(five[0]) == Found{unsure, unsure, unsure, none, none});
    auto const four = judged({{record(1, {"place.premises"}), record(2, {"place.premises"}),
                               record(3, {"place.premises"}), record(4, {"place.premises"})}});
    CHECK(matches(four[0]) == Found{unsure, unsure, unsure, none});
    auto const beside = judged({{record(1, {"place.postcode"}), record(2, {"place.premises"})}});
    CHECK(rows(beside[0]) == std::vector<std::int64_t>{2, 1});
    CHECK(matches(beside[0]) == Found{sure, none});
    // One with points enough that may not be sure is shown all the same.
    auto const vetoed = judged({{record(1, {"place.premises", "forename.other"}), record(2, {"place.premises"})}});
    CHECK(rows(vetoed[0]) == std::vector<std::int64_t>{1, 2});
    CHECK(matches(vetoed[0]) == Found{unsure, sure});
}

TEST_CASE("judge: whether others of the family were found where the record lives") {
    auto const household = [](std::vector<Candidate> first, std::vector<Candidate> second = {},
                              std::vector<Candidate> third = {}) {
        Slots slots{std::move(first), std::move(second), std::move(third)};
        add_context(slots, by_place());
        return level(slots[0][0], Aspect::household);
    };
    auto const own = record(1, {}, 7);
    CHECK(household({record(1, {})}, {record(2, {"date.near"}, 7)}) == "alone");
    CHECK(household({own}) == "nobody");
    CHECK(household({own, record(2, {"date.near"}, 7)}) == "nobody");         // asked about the same person
    CHECK(household({own}, {record(1, {"date.near"}, 7)}) == "nobody");       // the same record
    CHECK(household({own}, {record(2, {"date.near"}, 8)}) == "nobody");       // elsewhere
    CHECK(household({own}, {record(2, {"date.missing"}, 7)}) == "nobody");    // -101
    CHECK(household({own}, {record(2, {"date.estimated"}, 7)}) == "perhaps"); // -100
    CHECK(household({own}, {record(2, {"date.other"}, 7)}) == "perhaps");     // 149
    CHECK(household({own}, {record(2, {"date.near"}, 7)}) == "one");          // 150
    CHECK(household({own}, {record(2, {"date.near"}, 7), record(3, {"date.near"}, 7)}) == "one");
    CHECK(household({own}, {record(2, {"date.near"}, 7)}, {record(3, {"date.near"}, 7)}) == "several");
    CHECK(household({own}, {record(2, {"date.near"}, 7)}, {record(3, {"date.other"}, 7)}) == "one");
}

TEST_CASE("judge: whether somebody else fits the record, or another record the person") {
    auto const context = [](Slots slots, Aspect aspect) {
        add_context(slots, by_place());
        CHECK(slots[0][0].points == by_place().of_pair(slots[0][0].levels));
        return level(slots[0][0], aspect);
    };
    auto const own = record(1, {"date.near"}); // 150
    CHECK(context({{own}}, Aspect::rival) == "unknown");
    CHECK(context({{own}, {record(2, {"place.premises"})}}, Aspect::rival) == "unknown");
    CHECK(context({{own}, {record(1, {"place.postcode"})}}, Aspect::rival) == "stronger");
    CHECK(context({{own}, {record(1, {"date.near"})}}, Aspect::rival) == "weaker");
    CHECK(context({{own}, {record(1, {"date.estimated"})}}, Aspect::rival) == "weaker"); // -100
    CHECK(context({{own}, {record(1, {"date.missing"})}}, Aspect::rival) == "unknown");

    CHECK(context({{own}}, Aspect::better) == "none");
    CHECK(context({{own, record(2, {"place.postcode"})}}, Aspect::better) == "stronger");
    CHECK(context({{own, of_person(record(2, {"place.postcode"}), 1)}}, Aspect::better) == "none"); // the same person
    CHECK(context({{own, record(2, {"date.near"})}}, Aspect::better) == "weaker");                  // 150
    CHECK(context({{own, record(2, {"date.other"})}}, Aspect::better) == "perhaps");                // 149
    CHECK(context({{own, record(2, {"date.estimated"})}}, Aspect::better) == "perhaps");            // -100
    CHECK(context({{own, record(2, {"date.missing"})}}, Aspect::better) == "none");                 // -101
    CHECK(context({{own}, {record(2, {"place.postcode"})}}, Aspect::better) == "none");
}

TEST_CASE("judge: the context adds its points, and can make sure or take it away") {
    auto const with = points({{"place.postcode", 299},
                              {"date.near", 150},
                              {"household.one", 1},
                              {"rival.weaker", -50},
                              {"better.perhaps", -300}});
    auto const found = judged({{record(1, {"place.postcode"}, 7)}, {record(2, {"date.near"}, 7)}}, with);
    CHECK(found[0][0].points == 300);
    CHECK(found[0][0].match == sure);
    auto const rival = judged({{record(1, {"place.postcode", "date.near"}, 7)}, {record(1, {}, 7)}}, with);
    CHECK(rival[0][0].points == 299 + 150 - 50);
    auto const other = judged({{record(1, {"place.postcode", "date.near"}), record(2, {})}}, with);
    CHECK(other[0][0].points == 149);
    CHECK(other[0][0].match == unsure);
}

namespace {
/// Those who are asked about against those who are held, with plain points.
Slots of_people(Family const& asked, Family const& held) {
    static auto const plain = points({{"forename.exact", 150},
                                      {"forename.other", -50},
                                      {"surname.exact", 100},
                                      {"date.exact", 150},
                                      {"date.other", -300},
                                      {"place.premises", 100},
                                      {"number.same", 300},
                                      {"rival.stronger", -200}});
    Slots slots(asked.size());
    for (std::size_t slot = 0; slot < asked.size(); ++slot)
        for (std::size_t i = 0; i < held.size(); ++i) {
            auto const evidence = compare(described({asked[slot]}), described({held[i]}));
            if (evidence.anchors == 0) continue;
            Candidate candidate;
            candidate.row = static_cast<std::int64_t>(i);
            candidate.person = i;
            candidate.household = 1;
            candidate.others_there = held.size() > 1;
            candidate.levels = levels_of(evidence, {});
            slots[slot].push_back(candidate);
        }
    return judged(std::move(slots), plain, {400, 100, true});
}
/// The row that is sure; -1: nobody, -2: several.
std::int64_t sure_row(std::vector<Candidate> const& slot) {
    std::int64_t row = -1;
    for (auto const& candidate : slot)
        if (candidate.match == sure) row = row == -1 ? candidate.row : -2;
    return row;
}
} // namespace

TEST_CASE("judge: twins are never taken for each other") {
    auto const jack = at(person({{"Jack", "Hall"}}, "2014-05-17"), "12", "M12 6DZ");
    auto const oliver = at(person({{"Oliver", "Hall"}}, "2014-05-17"), "12", "M12 6DZ");
    auto const both_and_one = of_people({jack, oliver}, {oliver});
    CHECK(sure_row(both_and_one[0]) == -1);
    CHECK(sure_row(both_and_one[1]) == 0);
    auto const one_and_other = of_people({jack}, {oliver});
    REQUIRE(one_and_other[0].size() == 1);
    CHECK(one_and_other[0][0].match == unsure);
    auto const both = of_people({jack, oliver}, {oliver, jack});
    CHECK(sure_row(both[0]) == 1);
    CHECK(sure_row(both[1]) == 0);
    for (auto const& slot : both) CHECK(matches(slot) == Found{sure, none});
}

TEST_CASE("judge: father and son of one name are told apart by the date") {
    auto const father = at(person({{"John", "Hall"}}, "1960-05-17"), "12", "M12 6DZ");
    auto const son = at(person({{"John", "Hall"}}, "1990-11-23"), "12", "M12 6DZ");
    for (auto const& found : {of_people({father, son}, {father, son}), of_people({son, father}, {son, father})}) {
        CHECK(sure_row(found[0]) == 0);
        CHECK(sure_row(found[1]) == 1);
    }
    auto const only = of_people({son}, {father});
    REQUIRE(only[0].size() == 1);
    CHECK(only[0][0].match == none);
}

TEST_CASE("judge: two Chloes of one date of birth are not one child") {
    auto const green = at(person({{"Chloe", "Green"}}, "2016-03-09"), "12", "M12 6DZ");
    auto const walker = at(person({{"Chloe", "Walker"}}, "2016-03-09"), "7", "M40 2AA");
    auto const found = of_people({green}, {walker});
    REQUIRE(found[0].size() == 1);
    CHECK(found[0][0].match == unsure);
    auto const both = of_people({green}, {walker, green});
    CHECK(sure_row(both[0]) == 1);
    CHECK(matches(both[0]) == Found{sure, none});
}

TEST_CASE("judge: surely_same is what judge says of a pair that stands alone") {
    CHECK(surely_same(levels({"forename.exact", "place.premises"}), by_place(), thresholds));
    CHECK_FALSE(surely_same(levels({"forename.exact", "place.postcode"}), by_place(), thresholds));
    CHECK_FALSE(surely_same(levels({"forename.other", "place.premises"}), by_place(), thresholds));
    REQUIRE(rc::check("of any levels", [] {
        auto candidate = record(1, {});
        candidate.levels = *any_levels();
        for (auto const aspect : {Aspect::household, Aspect::rival, Aspect::better}) candidate.levels[aspect] = 0;
        Thresholds const limits{*rc::gen::inRange(-200, 500), -500, *rc::gen::arbitrary<bool>()};
        bool const same = surely_same(candidate.levels, by_place(), limits);
        RC_ASSERT((judged({{candidate}}, by_place(), limits)[0][0].match == sure) == same);
    }));
}

TEST_CASE("judge: nobody asked about, and nobody found") {
    CHECK(judged({}).empty());
    auto const empty = judged({{}, {}, {}});
    CHECK(empty.size() == 3);
    for (auto const& slot : empty) CHECK(slot.empty());
}

TEST_CASE("judge: laws for any query") {
    auto const any_slots = [] {
        Slots slots(*rc::gen::inRange<std::size_t>(0, 5));
        for (auto& slot : slots) {
            auto const count = *rc::gen::inRange<std::int64_t>(0, 7);
            for (std::int64_t row = 0; row < count; ++row) {
                Candidate candidate;
                candidate.row = row;
                candidate.person = *rc::gen::inRange<std::uint64_t>(0, 4);
                candidate.household = *rc::gen::inRange<std::uint64_t>(0, 3);
                candidate.others_there = *rc::gen::arbitrary<bool>();
                candidate.levels = *any_levels();
                candidate.points = *rc::gen::arbitrary<std::int32_t>(); // whatever stood there
                candidate.match = *rc::gen::element(none, unsure, sure);
                slot.push_back(candidate);
            }
        }
        return slots;
    };
    static auto const rich = points({{"place.premises", 300},
                                     {"place.postcode", 299},
                                     {"date.exact", 150},
                                     {"date.other", -100},
                                     {"forename.exact", 100},
                                     {"number.same", 400},
                                     {"household.one", 60},
                                     {"household.several", 120},
                                     {"rival.stronger", -200},
                                     {"better.stronger + place.premises", -150}});
    REQUIRE(rc::check("each keeps the rules", [&] {
        Thresholds const limits{*rc::gen::inRange(0, 500), *rc::gen::inRange(-200, 200), *rc::gen::arbitrary<bool>()};
        auto const slots = judged(any_slots(), rich, limits);
        for (auto const& slot : slots) {
            std::size_t shown = 0;
            std::set<std::uint64_t> sure_people;
            for (std::size_t i = 0; i < slot.size(); ++i) {
                auto const& one = slot[i];
                if (i > 0)
                    RC_ASSERT(slot[i - 1].points > one.points ||
                              (slot[i - 1].points == one.points && slot[i - 1].row < one.row));
                RC_ASSERT(one.points == rich.of_pair(one.levels) + rich.of_context(one.levels));
                if (one.match == unsure) {
                    ++shown;
                    RC_ASSERT(one.points >= std::min(limits.unsure, limits.sure));
                }
                if (one.match != sure) continue;
                if (level(one, Aspect::number) != "same") sure_people.insert(one.person);
                RC_ASSERT(one.points >= limits.sure);
                auto const forename = level(one, Aspect::forename);
                bool const differs = forename == "other" || forename == "missing" || forename == "unknown";
                RC_ASSERT(!limits.forename_veto || !differs || level(one, Aspect::number) == "same");
            }
            RC_ASSERT(shown <= unsure_shown_max);
            RC_ASSERT(sure_people.size() <= 1);
        }
    }));
    REQUIRE(rc::check("the order of slots and of candidates does not matter, and judging twice gives the same", [&] {
        auto const before = any_slots();
        auto turned = before;
        std::reverse(turned.begin(), turned.end());
        for (auto& slot : turned) std::reverse(slot.begin(), slot.end());
        auto const first = judged(before, rich);
        auto second = judged(turned, rich);
        std::reverse(second.begin(), second.end());
        auto const again = judged(first, rich);
        for (std::size_t slot = 0; slot < first.size(); ++slot) {
            RC_ASSERT(rows(first[slot]) == rows(second[slot]));
            RC_ASSERT(matches(first[slot]) == matches(second[slot]));
            RC_ASSERT(matches(first[slot]) == matches(again[slot]));
        }
    }));
}
