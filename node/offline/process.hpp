#pragma once
// What every program of ours does first: no core dump can hold a key, and no file it makes is readable by others.

namespace fanlight::node {

/// RLIMIT_CORE 0, PR_SET_DUMPABLE 0, umask 077, SIGPIPE ignored. Before any key is read.
void close_doors();

} // namespace fanlight::node
