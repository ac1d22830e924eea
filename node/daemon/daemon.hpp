#pragma once
// A running node: the core, its links to peers and its local interface, until a signal or a failure.

#include "node/offline/data_directory.hpp"

namespace fanlight::node {

/// Blocks until SIGTERM or SIGINT (no error) or until the node cannot go on. Logs to standard error: parties and
/// counts, never people.
Result<void> run_daemon(OpenDirectory& directory, AcceptedAgreement accepted);

} // namespace fanlight::node
