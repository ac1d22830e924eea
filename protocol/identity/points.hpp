#pragma once
// Points for what agrees and what does not, learnt from pairs that are known (learn.hpp), the same integers in every
// node because the agreement lists them (docs/matching.md).

#include "base/result.hpp"
#include "protocol/identity/levels.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fanlight::protocol {

/// Points by feature: one level, or two or three together ("forename.exact", "forename.exact + date.near"). A feature
/// that is not listed counts 0. 100 points are one natural logarithm of odds.
class Points {
  public:
    /// Errc::malformed names no feature of this version (`at` = place in the map, from 1).
    static Result<Points> parse(std::map<std::string, std::int32_t> const& listed);
    /// Of the pair itself, without household and rival.
    std::int32_t of_pair(Levels const& levels) const;
    /// What household and rival add.
    std::int32_t of_context(Levels const& levels) const;

  private:
    std::unordered_map<std::uint32_t, std::int32_t> points_;
};

/// A feature's code: which aspects, which levels.
using FeatureCode = std::uint32_t;
std::vector<FeatureCode> features_of_pair(Levels const& levels);
std::vector<FeatureCode> features_of_context(Levels const& levels);
std::string feature_name(FeatureCode code);
std::optional<FeatureCode> feature_of(std::string_view name);

} // namespace fanlight::protocol
