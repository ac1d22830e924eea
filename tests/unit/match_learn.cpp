// Learning points from trials, and the file that they are written to.

#include "match_support.hpp"
#include "node/import/points_file.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::match_test;

namespace {

struct Prepared {
    explicit Prepared(std::size_t people)
        : left(file_of(TrialSide::asks, generated(people, false))),
          right(file_of(TrialSide::holds, generated(people, true))) {
        families_from_households(left, {&right});
        trials.push_back({{left, right}, ask_all({left, right})});
    }
    TrialFile left;
    TrialFile right;
    std::vector<AskedTrial> trials;
};

constexpr auto fragment = "[matching]\nversion = 2\nsure = 300\nunsure = -20\n"
                          "[matching.points]\n\"date.exact\" = 200\n\"forename.exact + surname.exact\" = -7\n";

Error error_of(std::string const& text) {
    auto const parsed = node::parse_points(text);
    REQUIRE(!parsed);
    return parsed.assume_error();
}
std::string without(std::string text, std::string const& part, std::string const& instead = {}) {
    return text.replace(text.find(part), part.size(), instead);
}

} // namespace

TEST_CASE("match: what is learnt finds the people, keeps the precision and is the same each time") {
    Prepared prepared(240);
    auto const learnt = learn_trials(prepared.trials, {}).value();
    CHECK(learnt.people == 240);
    CHECK(learnt.pairs_same + learnt.pairs_different > 240);
    CHECK(learnt.thresholds.unsure <= learnt.thresholds.sure);
    CHECK(learnt.thresholds.sure % threshold_step == 0);
    auto const& counts = learnt.cross_validated;
    CHECK(static_cast<double>(counts.sure_wrong) <= 0.001 * static_cast<double>(counts.sure_true + counts.sure_wrong));
    CHECK(static_cast<double>(counts.sure_true) > 0.9 * static_cast<double>(learnt.pairs_same));

    auto const again = learn_trials(prepared.trials, {}).value();
    CHECK(again.points == learnt.points);
    CHECK(again.thresholds.sure == learnt.thresholds.sure);
    CHECK(again.thresholds.unsure == learnt.thresholds.unsure);

    auto queries = prepared.trials.front().queries;
    judge_trial(prepared.trials.front().trial, queries, Points::parse(learnt.points).value(), learnt.thresholds);
    auto const figures = measure(prepared.trials.front().trial, queries);
    CHECK(figures.sure.precision() >= 0.999);
    CHECK(figures.sure.recall() > 0.9);
}

TEST_CASE("match: thresholds are chosen by what the other half taught") {
    // What tells right from wrong in one half is not to be seen in the other: swapped dates and dates that differ in
    // one part in the first, middle names in the second. Whoever has learnt from both is sure of everybody; by the
    // other half alone, right and wrong have the same points, and nobody can be sure.
    std::vector<TrialRow> left_rows;
    std::vector<TrialRow> right_rows;
    for (std::size_t i = 0; i < 240; ++i) {
        auto const number = std::to_string(i);
        auto const letters = std::string(1, static_cast<char>('b' + i % 20)) + "a" +
                             std::string(1, static_cast<char>('b' + i / 20)) + "el";
        auto const day = std::to_string(10 + i % 3);
        auto left = row_of({"l" + number, "t" + number, "", letters, "Ot" + letters,
                            "19" + std::to_string(50 + i % 40) + "-08-" + day,
                            "QX" + std::to_string(1 + i % 9) + " 1AA", number});
        auto right = left;
        right.id = "r" + number;
        bool const same = i % 2 == 0;
        if (!same) right.truth = "other" + number;
        auto const year = to_text(*left.identity.date_of_birth).substr(0, 5);
        bool const first_half =
            halves_of(prepare_trial({left}, TrialSide::asks, Grouping::alone, crypto::one_thread(), nullptr)).front() ==
            0;
        if (first_half) {
            right.identity.date_of_birth =
                parse_day(year + (same ? day + "-08" : "08-2" + number.substr(0, 1))).value();
        } else {
            left.identity.names.front().middle_names = "Hester";
            right.identity.names.front().middle_names = same ? "Hester" : "Winifred";
        }
        left_rows.push_back(left);
        right_rows.push_back(right);
    }
    auto left = prepare_trial(left_rows, TrialSide::asks, Grouping::alone, crypto::one_thread(), nullptr);
    auto right = prepare_trial(right_rows, TrialSide::holds, Grouping::alone, crypto::one_thread(), nullptr);
    families_from_households(left, {&right});
    std::vector<AskedTrial> trials;
    trials.push_back({{left, right}, ask_all({left, right})});
    auto const learnt = learn_trials(trials, {}).value();
    CHECK(learnt.pairs_same >= 115);
    CHECK(learnt.cross_validated.sure_true * 10 < learnt.pairs_same);

    // Nothing else is wrong with these people: what both halves teach together tells them apart.
    auto const points = Points::parse(learnt.points).value();
    std::int32_t least_right = 1'000'000;
    std::int32_t most_wrong = -1'000'000;
    auto queries = trials.front().queries;
    judge_trial(trials.front().trial, queries, points, {});
    for (auto const& query : queries)
        for (auto const& slot : query.slots)
            for (auto const& candidate : slot.candidates) {
                if (is_same(trials.front().trial, slot, candidate.row))
                    least_right = std::min(least_right, candidate.points);
                else
                    most_wrong = std::max(most_wrong, candidate.points);
            }
    CHECK(least_right > most_wrong);
}

TEST_CASE("match: a family, and a person who stands twice, are in one half") {
    auto rows = generated(90, false);
    rows[0].truth = "same";
    rows[50].truth = "same";
    auto file = file_of(TrialSide::asks, rows);
    for (std::size_t i = 0; i < file.rows.size(); ++i) file.rows[i].family = "f" + std::to_string(i / 9);
    auto const halves = halves_of(file);
    std::map<std::string, std::uint8_t> half_of;
    std::size_t in_first = 0;
    for (std::size_t group = 0; group < file.groups.size(); ++group)
        for (auto const row : file.groups[group]) {
            CHECK(half_of.emplace(file.rows[row].family, halves[group]).first->second == halves[group]);
            if (halves[group] == 0) ++in_first;
        }
    CHECK(half_of["f0"] == half_of["f5"]); // rows 0 and 50
    CHECK(in_first > 0);
    CHECK(in_first < file.rows.size());
}

TEST_CASE("match: nothing can be learnt from pairs of one kind, or from none") {
    auto left = file_of(TrialSide::asks, generated(60, false), Grouping::alone);
    auto right = file_of(TrialSide::holds, generated(60, true), Grouping::alone);
    for (auto& row : right.rows) row.truth = "nobody";
    std::vector<AskedTrial> const trials{{{left, right}, ask_all({left, right})}};
    auto const learnt = learn_trials(trials, {});
    REQUIRE(!learnt);
    CHECK(learnt.assume_error().code == Errc::malformed);
    REQUIRE(!learn_trials({}, {}));
    CHECK(learn_trials({}, {}).assume_error().code == Errc::missing);
}

TEST_CASE("points file: what is written is read again") {
    auto const read = node::parse_points(fragment).value();
    CHECK(read.version == matching_version);
    CHECK(read.thresholds.sure == 300);
    CHECK(read.thresholds.unsure == -20);
    CHECK(read.points.at("forename.exact + surname.exact") == -7);
    auto const text = node::points_text(read, {"one", "a name\n[with] = a break"});
    CHECK(text.starts_with("# one\n# a name?[with] = a break\n"));
    auto const again = node::parse_points(text).value();
    CHECK(again.points == read.points);
    CHECK(again.thresholds.sure == read.thresholds.sure);
}

TEST_CASE("points file: an agreement's other tables and its signatures are passed over") {
    auto const note = "agreement = 1\n" + std::string(fragment) +
                      "[release]\nx = 1\n\n\xE2\x80\x94 northbridge.example+police abcd\n";
    CHECK(node::parse_points(note).value().points.size() == 2);
}

TEST_CASE("points file: what is wrong is named with its line") {
    std::string const good = fragment;
    CHECK(error_of("").code == Errc::missing);
    CHECK(error_of("[other]\n").code == Errc::missing);
    CHECK(error_of("[matching\n").code == Errc::malformed);
    CHECK(error_of("a = 1\n[matching\n").at == 2);
    CHECK(error_of(without(good, "version = 2", "version = 1")).code == Errc::version_mismatch);
    CHECK(error_of(without(good, "sure = 300\n")).code == Errc::malformed);
    CHECK(error_of(without(good, "unsure = -20", "unsure = 301")).code == Errc::malformed);
    CHECK(node::parse_points(without(good, "unsure = -20", "unsure = 300")).has_value());
    CHECK(error_of(without(good, "200", "\"200\"")).at == 6);
    CHECK(error_of(without(good, "200", "2.5")).at == 6);
    CHECK(error_of(without(good, "200", "100001")).at == 6);
    CHECK(node::parse_points(without(good, "200", "100000")).has_value());
    CHECK(error_of(without(good, "date.exact", "date.plantedlevel")).at == 6);
    CHECK(error_of("[matching]\nversion = 2\nsure = 1\nunsure = 1\n").code == Errc::malformed);
    CHECK(error_of("[matching]\nversion = 2\nsure = 1\nunsure = 1\n[matching.points]\n").code == Errc::malformed);
    CHECK(error_of(good + std::string(node::points_file_bytes_max, '#')).code == Errc::too_large);
}
