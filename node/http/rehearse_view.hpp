#pragma once
// A draft agreement tried on this node's own past decisions, as the local interface answers it.

#include "node/log/past_decisions.hpp"
#include "node/offline/data_directory.hpp"

#include <boost/json/object.hpp>

namespace fanlight::node {

inline constexpr Duration rehearsed_max = std::chrono::days(366); ///< how far back

/// Where the period of a rehearsal begins. Errc::malformed: no period, or one over rehearsed_max.
Result<Instant> rehearsal_start(Instant now, std::uint64_t period_ms);

/// `draft` is the text of an agreement, signed as a note or not; nobody's signature is checked, because a draft has
/// none. On any thread but the core's: it takes seconds for a million decisions. Opens a reader of its own beside the
/// running node; `directory` is only read, and outlives the call.
/// `dash_high` is the rule of the agreement in force; a draft with another one is told what that means.
/// The report (docs/protocol.md, "Local interface"), or an object with "error", "code" and "problems": the draft is no
/// agreement, or not one of this node's party. Errc::refused: this is the coordinator's node, which holds no records
/// and decides about none. Errc::too_large, and the errors of past_decisions.
Result<boost::json::object> rehearse_view(OpenDirectory const& directory, std::string_view draft, Instant since,
                                          std::uint32_t dash_high);

} // namespace fanlight::node
