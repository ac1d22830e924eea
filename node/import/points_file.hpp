#pragma once
// The points of matching as a file: what `fanlight match learn` writes, `fanlight match evaluate` reads and an
// agreement lists under [matching] (docs/matching.md). Holds no personal data.

#include "protocol/identity/score.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

inline constexpr std::size_t points_file_bytes_max = 1024 * 1024;
inline constexpr std::size_t points_features_max = 20'000;
inline constexpr std::int32_t points_max = 100'000; ///< of one feature or threshold, and as many below 0

struct PointsFile {
    std::uint32_t version = 0;
    protocol::Thresholds thresholds;
    std::map<std::string, std::int32_t> points;
};

/// A TOML text with a table [matching]; whatever else it has is not looked at, so that an agreement can be read too,
/// the signatures below it left out. Errc::malformed with the line; Errc::version_mismatch: another matching version;
/// Errc::missing: no [matching]. Total: any bytes.
Result<PointsFile> parse_points(std::string_view text);

/// Sorted, with `comments` on top, one a line. The same for the same points.
std::string points_text(PointsFile const& file, std::vector<std::string> const& comments);

} // namespace fanlight::node
