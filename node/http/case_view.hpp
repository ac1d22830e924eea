#pragma once
// A case as screens and programs get it: people x parties, every kind of "no" apart, the result and its explanation.

#include "protocol/engine/coordinator.hpp"

#include <boost/json/value.hpp>

namespace fanlight::node {

/// docs/protocol.md, "Local interface", gives the form. `coordinator` owns `item`.
boost::json::value view_of(protocol::Case const& item, protocol::Coordinator const& coordinator,
                           policy::Agreement const& agreement, Instant now);

} // namespace fanlight::node
