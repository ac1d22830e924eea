#pragma once
// The figures of other implementations (tests/bench/peers), measured by Node.js on one core in this run.

#include <string>
#include <vector>

namespace fanlight::bench {

struct PeerFigure {
    std::string peer; ///< the package, e.g. "@noble/curves"
    std::string version;
    std::string step; ///< "whole": all steps
    double value_s = 0;
    double best_s = 0;
};

/// Seconds of computing for an item; takes about `4 * seconds`. Empty, and says so loudly on standard error, if Node.js
/// or the packages are not here.
std::vector<PeerFigure> measure_peers(double seconds);

} // namespace fanlight::bench
