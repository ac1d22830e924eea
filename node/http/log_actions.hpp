#pragma once
// What information governance does at a node, read from the bodies of its requests. Nothing is judged here: the engines
// do that.

#include "protocol/engine/governance.hpp"
#include "protocol/engine/log_keeper.hpp"

#include <string_view>

namespace fanlight::node {

/// {"place", "verdict", "user", "note"}. All of these: Errc::malformed, if a field is missing, of another type, or not
/// one that is known.
Result<protocol::Reviewed> parse_review(std::string_view body);
/// {"user", "format", "from_ms", "to_ms", "leaves", "sha256"}
Result<protocol::Exported> parse_exported(std::string_view body);
/// {"user", "approver", "reason", "hours"}
Result<protocol::GlassBroken> parse_glass_broken(std::string_view body);

struct ReconcileOrder {
    PartyId peer;
    Instant since{};
};
/// {"peer", "since_ms"}
Result<ReconcileOrder> parse_reconcile_order(std::string_view body);

/// {"record"}, {"case", "person"} or {"subject"}; and {"user", "decision", "dry_run"}.
struct ErasureRequest {
    std::string record;   ///< an agency's own record id; empty: not by this
    std::string case_id;  ///< at the coordinator; empty: not by this
    std::string person;   ///< of that case: label, or number from 1
    std::string subject;  ///< the log's pseudonym as hex; empty: not by this
    std::string user;     ///< may be empty in a dry run
    std::string decision; ///< likewise
    bool dry_run = false;
};
Result<ErasureRequest> parse_erasure_request(std::string_view body);

} // namespace fanlight::node
