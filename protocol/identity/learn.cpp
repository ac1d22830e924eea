// Logistic regression with a ridge, by L-BFGS, over distinct patterns of features: tens of thousands of pairs have only
// a few thousand patterns.
//
// J. Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 35 (1980).

#include "protocol/identity/learn.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

namespace fanlight::protocol {

namespace {
using Vector = std::vector<double>;
constexpr double points_per_unit = 100;

double dot(Vector const& left, Vector const& right) {
    return std::inner_product(left.begin(), left.end(), right.begin(), 0.0);
}

/// What the same features were seen with.
struct Pattern {
    std::vector<std::size_t> features;
    double offset = 0; ///< log odds that are given
    double same = 0;
    double other = 0;
};

class Problem {
  public:
    Problem(std::vector<Example> const& examples, double ridge, std::vector<FeatureCode> (*features)(Levels const&),
            Points const* given)
        : ridge_(ridge) {
        std::map<std::pair<std::vector<FeatureCode>, std::int32_t>, std::pair<double, double>> patterns;
        for (auto const& example : examples) {
            auto const offset = given == nullptr ? 0 : given->of_pair(example.levels);
            auto& seen = patterns[{features(example.levels), offset}];
            (example.same ? seen.first : seen.second) += 1;
        }
        for (auto const& [key, seen] : patterns) {
            Pattern pattern;
            pattern.offset = key.second / points_per_unit;
            std::tie(pattern.same, pattern.other) = seen;
            for (auto const code : key.first) {
                auto const place = places_.try_emplace(code, codes_.size()).first->second;
                if (place == codes_.size()) codes_.push_back(code);
                pattern.features.push_back(place);
            }
            patterns_.push_back(std::move(pattern));
        }
    }
    std::size_t size() const { return codes_.size(); }
    FeatureCode code(std::size_t place) const { return codes_[place]; }

    /// The loss, and its slope.
    double loss(Vector const& weights, Vector& slope) const {
        double total = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            total += ridge_ / 2 * weights[i] * weights[i];
            slope[i] = ridge_ * weights[i];
        }
        for (auto const& pattern : patterns_) {
            auto odds = pattern.offset;
            for (auto const place : pattern.features) odds += weights[place];
            auto const log_same = odds > 0 ? -std::log1p(std::exp(-odds)) : odds - std::log1p(std::exp(odds));
            total -= pattern.same * log_same + pattern.other * (log_same - odds);
            auto const pull = (pattern.same + pattern.other) * std::exp(log_same) - pattern.same;
            for (auto const place : pattern.features) slope[place] += pull;
        }
        return total;
    }

  private:
    double ridge_;
    std::vector<Pattern> patterns_;
    std::map<FeatureCode, std::size_t> places_;
    std::vector<FeatureCode> codes_;
};

struct Step {
    Vector moved;
    Vector slope_changed;
    double scale;
};

Vector direction(Vector slope, std::deque<Step> const& steps) {
    constexpr double first_step = 1e-3;
    Vector taken(steps.size());
    for (std::size_t i = steps.size(); i-- > 0;) {
        taken[i] = steps[i].scale * dot(steps[i].moved, slope);
        for (std::size_t j = 0; j < slope.size(); ++j) slope[j] -= taken[i] * steps[i].slope_changed[j];
    }
    auto const length = steps.empty()
                            ? first_step
                            : 1 / (steps.back().scale * dot(steps.back().slope_changed, steps.back().slope_changed));
    for (auto& value : slope) value *= length;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto const given = steps[i].scale * dot(steps[i].slope_changed, slope);
        for (std::size_t j = 0; j < slope.size(); ++j) slope[j] += (taken[i] - given) * steps[i].moved[j];
    }
    return slope;
}

Vector minimise(Problem const& problem) {
    constexpr int rounds_max = 400;
    constexpr int halvings_max = 30;
    constexpr std::size_t steps_kept = 10;
    constexpr double enough = 1e-8;
    Vector weights(problem.size(), 0);
    Vector slope(problem.size());
    auto loss = problem.loss(weights, slope);
    std::deque<Step> steps;
    for (int round = 0; round < rounds_max; ++round) {
        auto const down = direction(slope, steps);
        auto const gain = dot(slope, down);
        Vector next(weights.size());
        Vector next_slope(weights.size());
        double next_loss = 0;
        double length = 1;
        for (int halving = 0; halving < halvings_max; ++halving, length /= 2) {
            for (std::size_t i = 0; i < weights.size(); ++i) next[i] = weights[i] - length * down[i];
            next_loss = problem.loss(next, next_slope);
            if (next_loss <= loss - 1e-4 * length * gain) break;
        }
        Step step{Vector(weights.size()), Vector(weights.size()), 0};
        for (std::size_t i = 0; i < weights.size(); ++i) {
            step.moved[i] = next[i] - weights[i];
            step.slope_changed[i] = next_slope[i] - slope[i];
        }
        auto const curvature = dot(step.moved, step.slope_changed);
        if (curvature > 1e-12) {
            step.scale = 1 / curvature;
            steps.push_back(std::move(step));
            if (steps.size() > steps_kept) steps.pop_front();
        }
        auto const gained = loss - next_loss;
        if (gained <= 0) break;
        weights = std::move(next);
        slope = std::move(next_slope);
        loss = next_loss;
        if (gained < enough * std::max(1.0, loss)) break;
    }
    return weights;
}

std::map<std::string, std::int32_t> learnt(Problem const& problem, LearnSettings settings) {
    std::map<std::string, std::int32_t> points;
    auto const weights = minimise(problem);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        auto const value = static_cast<std::int32_t>(std::lround(weights[i] * points_per_unit));
        if (std::abs(value) >= settings.keep_from) points[feature_name(problem.code(i))] = value;
    }
    return points;
}

bool has_both_kinds(std::vector<Example> const& examples) {
    auto const is_same = [](Example const& example) { return example.same; };
    return std::any_of(examples.begin(), examples.end(), is_same) &&
           !std::all_of(examples.begin(), examples.end(), is_same);
}

} // namespace

std::map<std::string, std::int32_t> learn_pairs(std::vector<Example> const& examples, LearnSettings settings) {
    if (!has_both_kinds(examples)) return {};
    return learnt(Problem(examples, settings.ridge, features_of_pair, nullptr), settings);
}

std::map<std::string, std::int32_t> learn_context(std::vector<Example> const& examples, Points const& pairs,
                                                  LearnSettings settings) {
    if (!has_both_kinds(examples)) return {};
    return learnt(Problem(examples, settings.ridge, features_of_context, &pairs), settings);
}

} // namespace fanlight::protocol
