#pragma once
// A running node: the core, its links to peers and its local interface, until a signal or a failure.

#include "node/offline/data_directory.hpp"

namespace fanlight::node {

/// Gets the log of an older copy of a data directory back from the other parties' nodes, and returns; SIGTERM ends it
/// without a change. Waits as long as it takes. Errors are those of Core::open and Core::finish_restore.
Result<void> run_restore(OpenDirectory& directory, AcceptedAgreement accepted);

/// Blocks until SIGTERM or SIGINT (no error) or until the node cannot go on. Logs to standard error: parties and
/// counts, never people.
Result<void> run_daemon(OpenDirectory& directory, AcceptedAgreement accepted);

} // namespace fanlight::node
