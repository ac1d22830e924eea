#pragma once
// Replacing operational keys, between JSON and the core. docs/protocol.md, "Local interface", gives the forms.

#include "node/daemon/core.hpp"

#include <boost/json/object.hpp>

namespace fanlight::node {

/// {"keys": ["node", "share_sealing"], "compromised": false}. Errc::malformed.
Result<RotationOrder> parse_rotation_order(std::string_view body);

/// Which keys are in use and what a rotation waits for. Nothing in it is secret.
boost::json::object rotation_view(Core const& core);

} // namespace fanlight::node
