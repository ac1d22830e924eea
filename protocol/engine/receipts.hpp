#pragma once
// Receipts that come to this node: proof, by the other end's own log and two witnesses, that what it disclosed to us
// was logged before it left. Checked against our own leaf of the same exchange, and kept as C2SP tlog-proof files with
// what they show of the leaf (docs/protocol.md, "Receipts").

#include "protocol/engine/log_policy.hpp"
#include "protocol/engine/own_log.hpp"
#include "protocol/engine/post.hpp"
#include "protocol/wire/log_wire.hpp"

namespace fanlight::protocol {

/// A receipt as it is kept and handed on: "fanlight-receipt/v1\n", then "leaf <base64>\n", "opening <base64>\n", an
/// empty line, and the tlog-proof verbatim.
std::string format_receipt(LogReceipt const& receipt);
/// Errc::malformed, Errc::too_large.
Result<LogReceipt> parse_receipt(std::string_view text);

/// What must hold of a receipt, whoever checks it: the leaf's commitment is that of the opening, and the proof leads
/// from the leaf to a head that the policy accepts. Errors of commitment_of and verify_tlog_proof; Errc::bad_signature:
/// another commitment.
Result<crypto::CheckedHead> verify_receipt(LogReceipt const& receipt, crypto::TrustPolicy const& policy);

class Receipts {
  public:
    Receipts(Self const& self, Post& post, OwnLog const& log) : self_(self), post_(post), log_(log) {}

    void receive(Instant now, Incoming const& incoming, Effects& effects);

  private:
    char const* why_not(PartyId const& sender, LogReceipt const& receipt) const;

    Self const& self_;
    Post& post_;
    OwnLog const& log_;
};

} // namespace fanlight::protocol
