#pragma once
// Unsure matches as the agency's own practitioners get them: which of its records somebody asked about may be.

#include "protocol/engine/agency.hpp"

#include <boost/json/value.hpp>

namespace fanlight::node {

/// docs/protocol.md, "Local interface", gives the form. The view is a leaf of its own: before, step with MatchesViewed.
/// Records that an import has removed since are left out. Errc::damaged, Errc::io.
Result<boost::json::object> matches_view(protocol::Agency const& agency, protocol::Records const& records, Instant now);

} // namespace fanlight::node
