// Examples from judged queries, points from examples, thresholds from the other half.

#include "protocol/trial/trial_learn.hpp"

#include "protocol/trial/unite.hpp"

#include <algorithm>
#include <limits>

namespace fanlight::protocol {

namespace {

constexpr std::int32_t coarse_steps = 5; // of threshold_step: first look

/// From so many points of the pair on, two records of one file are taken as one person while no threshold is known.
constexpr std::int32_t one_person_from = 200;

using Slots = std::vector<std::vector<Candidate>>;

bool has_candidates(TrialQuery const& query) {
    return std::any_of(query.slots.begin(), query.slots.end(),
                       [](TrialSlot const& slot) { return !slot.candidates.empty(); });
}

constexpr std::uint8_t no_half = 2;

/// Learns from everything that is not of half `without`.
class Lessons {
  public:
    Lessons(std::vector<AskedTrial> const& trials, std::vector<std::uint8_t> const& halves)
        : trials_(trials), halves_(halves) {}

    Result<std::map<std::string, std::int32_t>> points(std::uint8_t without, TrialLearnSettings const& settings) const {
        auto const known = examples(without, Points(), false);
        auto const same = std::count_if(known.begin(), known.end(), [](Example const& one) { return one.same; });
        if (same == 0 || same == static_cast<std::ptrdiff_t>(known.size()))
            return fail(Errc::malformed, "pairs to learn from",
                        "There are none, or none that differ, in one half of the people. Give larger files, or check "
                        "the column of --truth.");
        auto const of_pairs = learn_pairs(known, settings.pairs);
        FANLIGHT_TRY(auto const pairs, Points::parse(of_pairs));
        auto all = of_pairs;
        all.merge(learn_context(examples(without, pairs, true), pairs, settings.context));
        return all;
    }

  private:
    std::vector<Example> examples(std::uint8_t without, Points const& points, bool with_context) const {
        std::vector<Example> examples;
        for (auto const& [trial, queries] : trials_)
            for (std::size_t group = 0; group < queries.size(); ++group) {
                if (halves_[group] == without || !has_candidates(queries[group])) continue;
                auto slots = judged_together(queries[group], points, one_person_from);
                if (with_context) add_context(slots, points);
                for (std::size_t i = 0; i < slots.size(); ++i)
                    for (auto const& candidate : slots[i])
                        examples.push_back({candidate.levels, is_same(trial, queries[group].slots[i], candidate.row)});
            }
        return examples;
    }

    std::vector<AskedTrial> const& trials_;
    std::vector<std::uint8_t> const& halves_;
};

/// Judges each half by what was learnt from the other.
class CrossValidation {
  public:
    CrossValidation(std::vector<AskedTrial> const& trials, std::vector<std::uint8_t> const& halves,
                    std::vector<Points> points)
        : points_(std::move(points)) {
        for (auto const& [trial, queries] : trials)
            for (std::size_t group = 0; group < queries.size(); ++group) {
                asked_ += queries[group].slots.size();
                if (!has_candidates(queries[group])) continue;
                Query query{halves[group], queries[group], {}};
                for (auto const& slot : query.asked.slots) {
                    std::map<std::int64_t, bool> same;
                    for (auto const& candidate : slot.candidates)
                        same[candidate.row] = is_same(trial, slot, candidate.row);
                    query.same.push_back(std::move(same));
                }
                queries_.push_back(std::move(query));
            }
        find_range();
    }

    CrossValidated at(Thresholds thresholds) const {
        CrossValidated counts;
        for (auto const& query : queries_) {
            auto slots = judged_together(query.asked, points_[query.half], thresholds.sure);
            judge_records(slots, points_[query.half], thresholds);
            for (std::size_t i = 0; i < slots.size(); ++i)
                for (auto const& candidate : slots[i]) {
                    if (candidate.match == Match::none) continue;
                    bool const same = query.same[i].at(candidate.row);
                    ++(same ? counts.shown_true : counts.shown_wrong);
                    if (candidate.match == Match::sure) ++(same ? counts.sure_true : counts.sure_wrong);
                }
        }
        return counts;
    }

    std::int32_t choose_sure(double precision) const {
        return lowest(lowest_true_, highest_, [&](std::int32_t sure) {
            auto const counts = at({sure, sure});
            auto const all = static_cast<double>(counts.sure_true + counts.sure_wrong);
            return counts.sure_true > 0 && static_cast<double>(counts.sure_wrong) <= (1 - precision) * all + rounding;
        });
    }

    std::int32_t choose_unsure(std::int32_t sure) const {
        auto const too_few = [&](std::int32_t unsure) {
            auto const shown = static_cast<double>(at({sure, unsure}).shown_true);
            return shown < shown_recall_wanted * static_cast<double>(same_) - rounding;
        };
        // The highest that shows enough lies just below the lowest that shows too few.
        auto unsure = std::min(sure, lowest(lowest_true_, sure + threshold_step, too_few) - threshold_step);
        auto const few_wrong = [&](std::int32_t threshold) {
            auto const wrong = 20 * static_cast<double>(at({sure, threshold}).shown_wrong);
            return wrong <= wrong_shown_per_20_max * static_cast<double>(asked_) + rounding;
        };
        if (!few_wrong(unsure)) unsure = lowest(unsure, sure, few_wrong);
        return unsure;
    }

    std::uint64_t asked() const { return asked_; }
    std::uint64_t same() const { return same_; }
    std::uint64_t different() const { return different_; }

  private:
    struct Query {
        std::uint8_t half;
        TrialQuery const& asked;
        std::vector<std::map<std::int64_t, bool>> same; ///< of each slot, by row of the candidate
    };
    static constexpr double rounding = 1e-9;

    /// The step that is not above these points.
    static std::int32_t floored(std::int32_t points) {
        auto const over = points % threshold_step;
        return points - over - (over < 0 ? threshold_step : 0);
    }

    /// Thresholds below every true pair change nothing, and above every pair nothing is shown.
    void find_range() {
        lowest_true_ = std::numeric_limits<std::int32_t>::max();
        highest_ = std::numeric_limits<std::int32_t>::min();
        for (auto const& query : queries_) {
            auto slots = judged_together(query.asked, points_[query.half], one_person_from);
            judge(slots, points_[query.half], {});
            for (std::size_t i = 0; i < slots.size(); ++i)
                for (auto const& candidate : slots[i]) {
                    bool const same = query.same[i].at(candidate.row);
                    ++(same ? same_ : different_);
                    if (same) lowest_true_ = std::min(lowest_true_, floored(candidate.points));
                    highest_ = std::max(highest_, floored(candidate.points) + threshold_step);
                }
        }
        if (lowest_true_ > highest_) lowest_true_ = highest_ = 0; // nobody at all
    }

    /// The lowest step from `from` to `to` for which `holds`, looked for in coarse steps first; `to` if there is none.
    template <class Holds> static std::int32_t lowest(std::int32_t from, std::int32_t to, Holds const& holds) {
        constexpr auto coarse = coarse_steps * threshold_step;
        for (auto threshold = from; threshold < to; threshold += coarse) {
            if (!holds(threshold)) continue;
            for (auto fine = std::max(from, threshold - coarse + threshold_step); fine < threshold;
                 fine += threshold_step)
                if (holds(fine)) return fine;
            return threshold;
        }
        for (auto fine = std::max(from, to - coarse + threshold_step); fine < to; fine += threshold_step)
            if (holds(fine)) return fine;
        return to;
    }

    std::vector<Points> points_; ///< by the half that they judge
    std::vector<Query> queries_;
    std::uint64_t asked_ = 0;
    std::uint64_t same_ = 0;
    std::uint64_t different_ = 0;
    std::int32_t lowest_true_ = 0;
    std::int32_t highest_ = 0;
};

} // namespace

std::vector<std::uint8_t> halves_of(TrialFile const& left) {
    Unite<std::string> same(left.groups.size());
    for (std::size_t group = 0; group < left.groups.size(); ++group)
        for (auto const row : left.groups[group]) {
            same.put(group, "person " + left.rows[row].truth);
            if (!left.rows[row].family.empty()) same.put(group, "family " + left.rows[row].family);
        }
    // By the least true name of all that belong together, so that the order of the rows does not matter.
    std::vector<std::string> least(left.groups.size());
    for (std::size_t group = 0; group < left.groups.size(); ++group)
        for (auto const row : left.groups[group]) {
            auto& so_far = least[same.root(group)];
            auto const& truth = left.rows[row].truth;
            if (so_far.empty() || truth < so_far) so_far = truth;
        }
    std::vector<std::uint8_t> halves(left.groups.size());
    for (std::size_t group = 0; group < halves.size(); ++group)
        halves[group] = static_cast<std::uint8_t>(trial_hash(least[same.root(group)]) & 1U);
    return halves;
}

Result<Learnt> learn_trials(std::vector<AskedTrial> const& trials, TrialLearnSettings const& settings) {
    Learnt learnt;
    if (trials.empty()) return fail(Errc::missing, "pairs to learn from", "Give a file with --right.");
    auto const halves = halves_of(trials.front().trial.left);
    Lessons const lessons(trials, halves);
    std::vector<Points> of_halves;
    for (std::uint8_t half = 0; half < no_half; ++half) {
        FANLIGHT_TRY(auto const listed, lessons.points(half, settings));
        FANLIGHT_TRY(auto points, Points::parse(listed));
        of_halves.push_back(std::move(points));
    }
    FANLIGHT_TRY(auto all, lessons.points(no_half, settings));
    learnt.points = std::move(all);

    CrossValidation const validation(trials, halves, std::move(of_halves));
    learnt.thresholds.sure = validation.choose_sure(settings.precision);
    learnt.thresholds.unsure = validation.choose_unsure(learnt.thresholds.sure);
    learnt.cross_validated = validation.at(learnt.thresholds);
    learnt.people = validation.asked();
    learnt.pairs_same = validation.same();
    learnt.pairs_different = validation.different();
    return learnt;
}

} // namespace fanlight::protocol
