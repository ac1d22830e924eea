#pragma once
// What an appender said was durable, and whether a directory that it left behind still has all of it.

#include "logging_node.hpp"

#include <map>
#include <string>
#include <vector>

namespace fanlight::faults {

/// Every file of the logs below a directory, by path.
using Files = std::map<std::string, std::string>;
Files log_files(std::filesystem::path const& directory);

class Acknowledged {
  public:
    /// A line of the appender, of this run. False: not a line that it prints.
    bool hear(std::string const& line, unsigned run);
    /// Recovers the directory and holds it against all that was heard and seen: every acknowledged leaf is in its log,
    /// written by the run that acknowledged it, and its opening opens to it; every log verifies and goes on from the
    /// heads that were ever seen in it. Empty: it is so; otherwise what is not.
    std::string check(std::filesystem::path const& directory, std::uint64_t leaves_a_year, unsigned runs);
    /// Remembers the heads that are published, without recovering anything. Empty, or what cannot be read.
    std::string see(std::filesystem::path const& directory);

    std::uint64_t leaves() const { return leaves_; }       ///< acknowledged, in all years
    std::uint64_t recovered() const { return recovered_; } ///< durable and not acknowledged: killed between the two

  private:
    static constexpr int any_run = -1; ///< recovered, never acknowledged: who wrote it is found by trying
    std::string check_year(LoggingNode const& node, std::filesystem::path const& directory, int year,
                           std::uint64_t durable, unsigned runs);

    std::map<int, std::vector<int>> runs_; ///< by year, of each leaf
    std::map<int, std::vector<crypto::Checkpoint>> heads_;
    std::uint64_t leaves_ = 0;
    std::uint64_t recovered_ = 0;
};

/// Every tile that the heads of `before` needed is in `after` with the same bytes, or its full tile begins with them.
std::string nothing_overwritten(Files const& before, Files const& after);

} // namespace fanlight::faults
