#pragma once
// Points from pairs that are known to be the same person, or not: a logistic regression over the features of score.hpp,
// run where the pairs are; only its result leaves. Deterministic.

#include "protocol/identity/score.hpp"

namespace fanlight::protocol {

struct Example {
    Levels levels;
    bool same = false;
};

struct LearnSettings {
    double ridge = 1.0;          ///< strength of the pull towards 0 (natural logarithms of odds)
    std::int32_t keep_from = 10; ///< features of fewer points are left out
};

/// Points of the pair's features. Empty without examples of both kinds.
std::map<std::string, std::int32_t> learn_pairs(std::vector<Example> const& examples, LearnSettings settings);
/// Points of household and rival, given those of the pair: the examples' levels are complete (add_context).
std::map<std::string, std::int32_t> learn_context(std::vector<Example> const& examples, Points const& pairs,
                                                  LearnSettings settings);

} // namespace fanlight::protocol
