#pragma once
// Runs a trial over files: reads, standardises, makes tokens, asks. Shared by `match evaluate` and `match learn`.

#include "admin-cli/match_report.hpp"
#include "admin-cli/verbs.hpp"
#include "node/daemon/parallel.hpp"

#include <memory>

namespace fanlight::cli {

/// The files of one trial, and everybody of the left one asked about at each of the others.
struct MatchTrial {
    MatchTrial() = default;
    MatchTrial(MatchTrial const&) = delete;
    MatchTrial& operator=(MatchTrial const&) = delete;

    protocol::TrialFile left;
    std::vector<std::unique_ptr<protocol::TrialFile>> right;
    std::vector<protocol::AskedTrial> asked; ///< refers to the files above
};

class MatchRunner {
  public:
    /// `report` is told steps, sizes and what a person takes. It outlives this.
    MatchRunner(bool fast, MatchReport& report);
    /// The exit code; what is wrong is on standard error.
    /// `by`: with what to find who stands in a file several times; nullptr when learning.
    int run(MatchFiles const& files, MatchTrial& trial, protocol::TrialPoints const* by);

  private:
    class Step;
    int read(MatchFiles const& files, MatchTrial& trial, protocol::TrialPoints const* by);
    Result<void> ask(MatchTrial& trial);
    void count(protocol::AskedTokens const& asked);

    MatchReport& report_;
    node::Workers workers_;
    crypto::Parallel parallel_;
    crypto::SystemRandom random_;
    crypto::OprfKey key_;
    std::unique_ptr<protocol::TokenSource> source_;
};

} // namespace fanlight::cli
