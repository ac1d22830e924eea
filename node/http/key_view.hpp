#pragma once
// The identity key as screens and programs get it: epochs, holders, quotas, enrolment, the ceremony.

#include "protocol/engine/node.hpp"

#include <boost/json/value.hpp>

namespace fanlight::node {

// docs/protocol.md, "Local interface", gives the forms.

/// Every epoch that the node knows, newest first: stage, holders, threshold, fingerprint; at the coordinator who is not
/// enrolled yet.
boost::json::array epochs_view(protocol::Node const& node, protocol::Self const& self, Instant now);
/// At a key holder: what every organisation has had and may have, here and in the whole federation.
boost::json::array budgets_view(protocol::Node const& node, Instant now);
/// What the key holders last said of this organisation's own budget.
boost::json::array quotas_view(protocol::Node const& node, Instant now);
/// How far the agency's people are enrolled, by epoch.
boost::json::array enrolment_view(protocol::Enrolment const& enrolment, Instant now);
/// The ceremony under way or the last one; an empty object if there was none.
boost::json::object ceremony_view(protocol::Ceremony const& ceremony, protocol::Self const& self);

/// {"holders": ["police", ...], "reshare": false, "dealers": [...]}: each may be left out. Errc::malformed.
Result<protocol::CeremonyPlan> parse_ceremony_plan(std::string_view body);
/// {"fingerprint": "..."}. Errc::malformed.
Result<std::string> parse_fingerprint(std::string_view body);

} // namespace fanlight::node
