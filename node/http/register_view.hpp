#pragma once
// The register as a node's screens show it: which agreement is in force, who has confirmed it, the lease, what waits
// for signatures, who has stopped answering whom.

#include "protocol/engine/node.hpp"

#include <boost/json/object.hpp>

namespace fanlight::node {

/// docs/protocol.md, "Local interface", gives the form.
boost::json::object register_view(protocol::Node const& node, protocol::Self const& self, Instant now);

/// A note by name: "in-force", "version-2", or the first hex digits (at least 8) of a proposal's id. Errc::missing.
Result<std::string> register_note(protocol::Registrar const& registrar, protocol::Self const& self,
                                  std::string_view which);

boost::json::array findings_json(std::vector<policy::Finding> const& findings);

} // namespace fanlight::node
