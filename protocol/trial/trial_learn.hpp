#pragma once
// Points and thresholds from trials whose truth is known. The thresholds are chosen by cross-validation: what is learnt
// from one half of the families is judged on the other half, and the two halves are counted together
// (docs/matching.md).

#include "protocol/identity/learn.hpp"
#include "protocol/trial/trial.hpp"

namespace fanlight::protocol {

struct AskedTrial {
    Trial trial;
    std::vector<TrialQuery> queries; ///< as ask() gives them
};

inline constexpr double shown_recall_wanted = 0.995;
inline constexpr double wrong_shown_per_20_max = 1;

struct TrialLearnSettings {
    double precision = 0.999; ///< above 0, at most 1: of what is sure
    LearnSettings pairs;
    LearnSettings context;
};

/// With points learnt from the other half.
struct CrossValidated {
    std::uint64_t sure_true = 0;
    std::uint64_t sure_wrong = 0;
    std::uint64_t shown_true = 0; ///< sure or unsure
    std::uint64_t shown_wrong = 0;
};

struct Learnt {
    std::map<std::string, std::int32_t> points; ///< from all pairs
    Thresholds thresholds;
    std::uint64_t people = 0;     ///< asked about, by agency
    std::uint64_t pairs_same = 0; ///< retrieved, one person
    std::uint64_t pairs_different = 0;
    CrossValidated cross_validated; ///< with `thresholds`
};

/// `sure` is the lowest threshold, in steps of threshold_step, at which that precision holds; `unsure` the highest, at
/// most `sure`, at which shown_recall_wanted of the retrieved true pairs are shown, or, if that shows more than
/// wrong_shown_per_20_max, the lowest that does not. All trials have the same left file. Errc::malformed: no pairs of
/// both kinds in each half. Deterministic.
inline constexpr std::int32_t threshold_step = 5;
Result<Learnt> learn_trials(std::vector<AskedTrial> const& trials, TrialLearnSettings const& settings);

/// Which half each group of a file is in: groups that share a true person or a true family are in one.
std::vector<std::uint8_t> halves_of(TrialFile const& left);

} // namespace fanlight::protocol
