#pragma once
// What every program of ours does first, so that no core dump can hold a key and no file it makes is readable by
// others; and the clock that it reads.

#include "base/time.hpp"

namespace fanlight::node {

/// RLIMIT_CORE 0, PR_SET_DUMPABLE 0, umask 077, SIGPIPE ignored. Before any key is read.
void close_doors();
/// UTC. Only programs and the core of the daemon read it; everything below is told the time.
Instant wall_clock();

} // namespace fanlight::node
