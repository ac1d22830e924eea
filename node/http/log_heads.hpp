#pragma once
// Which heads of this node's own log others have cosigned, as the local interface answers it. On the core's thread.

#include "protocol/engine/log_keeper.hpp"

#include <boost/json/object.hpp>

namespace fanlight::node {

/// "published" and "cosigned" (both a place: where the first leaf that is not under it goes), "organisations", "at",
/// "note", "needed", "witnesses" (each with how far it has cosigned), "unwitnessed_since", "glass_until", "held".
boost::json::object heads_view(protocol::LogKeeper const& keeper, protocol::Self const& self);

/// The newest cosigned head that has this leaf; empty: none does.
std::string cosigned_head_for(protocol::LogKeeper const& keeper, protocol::LeafPlace const& place);

/// Adds "cosigned" to one leaf: whether such a head has it, with how many organisations, and since when.
void add_proof_state(boost::json::object& view, protocol::LogKeeper const& keeper, protocol::LeafPlace const& place);

} // namespace fanlight::node
