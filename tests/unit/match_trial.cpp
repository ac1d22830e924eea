// Trials of matching: whom a query finds, and that the figures count what was planted.

#include "match_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::match_test;

namespace {

Points points_of(std::map<std::string, std::int32_t> const& listed) {
    return Points::parse(listed).value();
}
/// Name and date: enough. One of them: something to look at.
Points simple() {
    return points_of({{"date.exact", 200}, {"forename.exact", 200}, {"surname.exact", 200}});
}
Points const& simple_points() {
    static auto const points = simple();
    return points;
}
constexpr Thresholds simple_thresholds{600, 400};

Figures judged(Trial const& trial, Points const& points = simple(), Thresholds thresholds = simple_thresholds) {
    auto queries = ask_all(trial);
    judge_trial(trial, queries, points, thresholds);
    return measure(trial, queries);
}

KindCounts const& of(Figures const& figures, AnchorKind kind) {
    return figures.kinds[static_cast<std::size_t>(kind) - 1];
}
GroupCounts const& of(Figures const& figures, PairGroup group) {
    return figures.groups[static_cast<std::size_t>(group)];
}

} // namespace

TEST_CASE("match: planted pairs are counted as what they are") {
    auto left = file_of(TrialSide::asks, {{"l1", "ada", "1", "Ada", "Ottermere", "2011-03-09"},
                                          {"l2", "ben", "1", "Ben", "Ottermere", "2013-05-17"},
                                          {"l3", "cleo", "2", "Cleo", "Pillbrow", "1990-01-23", "QX2 2BB", "7"},
                                          {"l4", "dan", "3", "Dan", "Quennell", "1985-07-30", "QX3 3CC", "9"}});
    auto right =
        file_of(TrialSide::holds, {{"r1", "ada", "a", "Ada", "Ottermere", "2011-03-09"},
                                   // says that it is Ben, and is not
                                   {"r2", "other", "a", "Ben", "Ottermere", "2013-05-17"},
                                   // Cleo with another surname: shown, not sure
                                   {"r3", "cleo", "b", "Cleo", "Rushbrook", "1990-01-23", "QX2 2BB", "7"},
                                   {"r4", "nobody", "c", "Zebedee", "Silkstone", "1950-02-28", "QX9 9ZZ", "80"}});
    families_from_households(left, {&right});
    auto const figures = judged({left, right});
    CHECK(figures.people == 4);
    CHECK(figures.rows == 4);
    CHECK(figures.queries == 3);
    CHECK(figures.true_pairs == 2);
    CHECK(figures.retrieved == 2);
    CHECK(figures.sure.true_positive == 1);
    CHECK(figures.sure.false_positive == 1);
    CHECK(figures.sure.false_negative == 1);
    CHECK(figures.sure.precision() == 0.5);
    CHECK(figures.sure.recall() == 0.5);
    CHECK(figures.sure.f1() == 0.5);
    CHECK(figures.unsure.true_positive == 2);
    CHECK(figures.unsure.false_positive == 1);
    CHECK(figures.unsure.false_negative == 0);
    CHECK(figures.absent.people == 2); // Ben, Dan
    CHECK(figures.absent.sure == 1);
    CHECK(figures.absent.unsure == 1);
    CHECK(figures.wrong_shown() == 1);
    CHECK(figures.wrong_shown_max == 1);
    CHECK(figures.shown == 3);
    CHECK(figures.wrong_within_family == 0); // nobody knows of what family r2 is
    CHECK(of(figures, AnchorKind::name_date).absent_strangers == 1);
    CHECK(of(figures, AnchorKind::name_date).absent_family == 0);
    CHECK(of(figures, AnchorKind::name_date).pairs == 1);
    CHECK(figures.strangers_per_1000(AnchorKind::name_date, 4) == Approx(500));
    CHECK(of(figures, PairGroup::surname_different).pairs == 1);
    CHECK(of(figures, PairGroup::surname_different).sure == 0);
    CHECK(of(figures, PairGroup::surname_different).unsure == 1);
    CHECK(of(figures, PairGroup::ascii_names).pairs == 2);
    CHECK(figures.recall_gap() == 0);
}

TEST_CASE("match: an absent twin is counted, and what is wrong within a family") {
    // Bea first: a key that both have is in the first slot only.
    auto left = file_of(TrialSide::asks, {{"l2", "bea", "1", "Bea", "Ottermere", "2011-03-09"},
                                          {"l1", "ada", "1", "Ada", "Ottermere", "2011-03-09"},
                                          {"l3", "mum", "1", "Constance", "Ottermere", "1980-12-27"}});
    auto right = file_of(TrialSide::holds, {{"r1", "ada", "a", "Ada", "Ottermere", "2011-03-09"}});
    families_from_households(left, {&right});
    SECTION("a twin is never sure for the other") {
        auto const figures = judged({left, right}, simple(), {-10'000, -10'000});
        CHECK(figures.absent.people == 2);
        CHECK(figures.absent_twins.people == 1); // Bea; Constance was born on another day
        CHECK(figures.absent_twins.sure == 0);
        CHECK(figures.absent_twins.unsure == 1);
        CHECK(of(figures, PairGroup::twins).pairs == 1);
        std::uint64_t with_family = 0;
        for (auto const& kind : figures.kinds) {
            with_family += kind.absent_family;
            CHECK(kind.absent_strangers == 0);
        }
        CHECK(with_family > 0);
    }
    SECTION("the same name and date for the other twin is wrong within the family") {
        right.rows[0].truth = "bea-too";
        right.rows[0].family = left.rows[0].family;
        auto const figures = judged({left, right});
        CHECK(figures.sure.true_positive == 0);
        CHECK(figures.sure.false_positive == 1);
        CHECK(figures.wrong_within_family == 1);
        CHECK(figures.absent_twins.people == 2);
    }
}

TEST_CASE("match: within one file every pair counts once, and nobody finds themselves") {
    std::vector<Planted> const rows = {{"a", "ada", "", "Ada", "Ottermere", "2011-03-09"},
                                       {"b", "ada", "", "Ada", "Ottermere", "2011-03-09"},
                                       {"c", "ada", "", "Ada", "Ottermere", "2011-03-09"},
                                       {"d", "dan", "", "Dan", "Quennell", "1985-07-30", "QX3 3CC", "9"}};
    auto left = file_of(TrialSide::asks, rows, Grouping::alone);
    auto right = file_of(TrialSide::holds, rows, Grouping::alone);
    families_from_households(left, {&right});
    auto const figures = judged({left, right, true});
    CHECK(figures.queries == 4);
    CHECK(figures.true_pairs == 3);
    CHECK(figures.sure.true_positive == 3);
    CHECK(figures.sure.false_positive == 0);
    CHECK(figures.absent.people == 1);
    CHECK(figures.shown == 3);
}

TEST_CASE("match: who stands twice is asked about in two queries, as the points say and not the truth") {
    TrialPoints const by{simple_points(), simple_thresholds};
    std::vector<Planted> const one_by_points{{"a", "ada", "1", "Ada", "Ottermere", "2011-03-09"},
                                             {"b", "somebody", "1", "Ada", "Ottermere", "2011-03-09"}};
    std::vector<Planted> const one_by_truth{{"a", "ada", "1", "Ada", "Ottermere", "2011-03-09"},
                                            {"b", "ada", "1", "Bea", "Rushbrook", "1990-01-23"}};
    using Groups = std::vector<std::vector<TrialRowNumber>>;
    auto const household = Grouping::by_household_id;
    auto const twice = file_of(TrialSide::asks, one_by_points, household, &by);
    CHECK(twice.groups == Groups{{0}, {1}});
    CHECK(twice.same == SamePerson{{0, 1}});
    CHECK(file_of(TrialSide::asks, one_by_truth, household, &by).groups == Groups{{0, 1}});
    CHECK(file_of(TrialSide::holds, one_by_points, household, &by).groups == Groups{{0, 1}});
    // Learning has no points yet.
    CHECK(file_of(TrialSide::asks, one_by_points).groups == Groups{{0, 1}});
    CHECK(file_of(TrialSide::asks, one_by_truth).groups == Groups{{0}, {1}});
    CHECK_FALSE(file_of(TrialSide::asks, one_by_truth).same);
}

TEST_CASE("match: all records of a person who is surely found are sure, and of nobody else") {
    auto const points =
        points_of({{"date.exact", 200}, {"forename.exact", 200}, {"surname.exact", 200}, {"number.same", 600}});
    TrialPoints const by{points, simple_thresholds};
    std::vector<Planted> const here{{"l1", "ada", "1", "Ada", "Ottermere", "2011-03-09", "QX1 1AA", "1"}};
    std::vector<TrialRow> rows;
    for (auto const& one : std::vector<Planted>{
             {"r1", "ada", "a", "Ada", "Ottermere", "2011-03-09", "QX1 1AA", "1"},
             {"r2", "ada", "b", "Ada", "Rushbrook", "", "QX7 7HH", "22"}, // shares nothing with who is asked about
             {"r3", "ada", "b", "Ada", "Rushbrook", "2011-03-09", "QX7 7HH", "22"}, // not sure alone
             {"r4", "bea", "a", "Bea", "Ottermere", "2011-03-09", "QX1 1AA", "1"}})
        rows.push_back(row_of(one));
    rows[0].identity.nhs_number = "9434765919";
    rows[1].identity.nhs_number = "9434765919";
    rows[2].identity.nhs_number = "9434765919";
    auto const left = file_of(TrialSide::asks, here, Grouping::by_household_id, &by);
    auto const right = prepare_trial(rows, TrialSide::holds, Grouping::by_household_id, crypto::one_thread(), &by);
    CHECK(right.same == SamePerson{{0, 1, 2}});
    auto const figures = judged({left, right}, points);
    CHECK(figures.true_pairs == 3);
    CHECK(figures.retrieved == 2);
    CHECK(figures.sure.true_positive == 3);
    CHECK(figures.sure.false_positive == 0);

    // In one file, nobody finds themselves, nor a pair twice.
    std::vector<Planted> const thrice{{"a", "ada", "", "Ada", "Ottermere", "2011-03-09"},
                                      {"b", "ada", "", "Ada", "Ottermere", "2011-03-09"},
                                      {"c", "ada", "", "Ada", "Ottermere", "2011-03-09"}};
    auto const one = file_of(TrialSide::asks, thrice, Grouping::alone, &by);
    auto const same = file_of(TrialSide::holds, thrice, Grouping::alone, &by);
    auto const within = judged({one, same, true}, points);
    CHECK(within.sure.true_positive == 3);
    CHECK(within.shown == 3);
}

TEST_CASE("match: a household of 17 is asked about in two queries") {
    std::vector<Planted> rows;
    for (std::size_t i = 0; i < limits::slots; ++i)
        rows.push_back({std::to_string(i), std::to_string(i), "1", "Ada", "Ottermere", "2011-03-09"});
    CHECK(file_of(TrialSide::asks, rows).groups.size() == 1);
    rows.push_back({"17", "17", "1", "Ada", "Ottermere", "2011-03-09"});
    auto const file = file_of(TrialSide::asks, rows);
    CHECK(file.groups.size() == 2);
    CHECK(file.together.back() == 0);
}

TEST_CASE("match: households are those of the file, of the premises, or nobody's") {
    std::vector<Planted> const rows = {{"a", "a", "1", "Ada", "Ottermere", "2011-03-09"},
                                       {"b", "b", "1", "Ben", "Ottermere", "2011-03-09", "QX2 2BB", "3"},
                                       {"c", "c", "", "Cleo", "Ottermere", "2011-03-09"}};
    using Groups = std::vector<std::vector<TrialRowNumber>>;
    CHECK(file_of(TrialSide::asks, rows).groups == Groups{{0, 1}, {2}});
    CHECK(file_of(TrialSide::asks, rows, Grouping::by_premises).groups == Groups{{0, 2}, {1}});
    CHECK(file_of(TrialSide::asks, rows, Grouping::alone).groups == Groups{{0}, {1}, {2}});
}

TEST_CASE("match: evaluated and hashed tokens find the same") {
    auto const left = file_of(TrialSide::asks, generated(24, false));
    auto const right = file_of(TrialSide::holds, generated(30, true));
    crypto::SeededRandom random(11);
    auto const key = crypto::derive_key(Bytes(32, 7), as_bytes("match")).value();
    auto const evaluated = ask_all({left, right}, EvaluatedTokens(key, random));
    auto const hashed = ask_all({left, right});
    REQUIRE(evaluated.size() == hashed.size());
    std::size_t found = 0;
    for (std::size_t i = 0; i < hashed.size(); ++i) {
        REQUIRE(evaluated[i].slots.size() == hashed[i].slots.size());
        for (std::size_t j = 0; j < hashed[i].slots.size(); ++j) {
            auto const& one = evaluated[i].slots[j];
            auto const& other = hashed[i].slots[j];
            REQUIRE(one.candidates.size() == other.candidates.size());
            CHECK(one.keys == other.keys);
            for (std::size_t k = 0; k < one.candidates.size(); ++k) {
                CHECK(one.candidates[k].row == other.candidates[k].row);
                CHECK(one.candidates[k].levels == other.candidates[k].levels);
                CHECK(one.sharing[k].all == other.sharing[k].all);
                ++found;
            }
        }
    }
    CHECK(found >= 24);
}

TEST_CASE("match: the comparison of tokens is that of the inputs themselves") {
    auto const left = file_of(TrialSide::asks, generated(24, false), Grouping::alone);
    auto const right = file_of(TrialSide::holds, generated(30, true), Grouping::alone);
    std::size_t compared = 0;
    for (auto const& query : ask_all({left, right}))
        for (auto const& slot : query.slots)
            for (auto const& candidate : slot.candidates) {
                auto const row = static_cast<TrialRowNumber>(candidate.row);
                auto const evidence =
                    compare(describe_group(left, {slot.row}).front(), describe_group(right, {row}).front());
                CHECK(levels_of(evidence, right.surroundings[row].names) == candidate.levels);
                ++compared;
            }
    CHECK(compared >= 24);
}

TEST_CASE("match: figures of several files add up") {
    auto const left = file_of(TrialSide::asks, generated(12, false));
    auto const right = file_of(TrialSide::holds, generated(12, true));
    auto const one = judged({left, right});
    auto both = one;
    both += one;
    CHECK(both.people == 2 * one.people);
    CHECK(both.sure.true_positive == 2 * one.sure.true_positive);
    CHECK(both.sure.recall() == one.sure.recall());
    CHECK(both.retrieved == 2 * one.retrieved);
    CHECK(both.keys_max == one.keys_max);
    CHECK(of(both, AnchorKind::name_date).pairs == 2 * of(one, AnchorKind::name_date).pairs);
    CHECK(of(both, PairGroup::ascii_names).pairs == 2 * of(one, PairGroup::ascii_names).pairs);
}
