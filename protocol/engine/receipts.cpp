#include "protocol/engine/receipts.hpp"

#include "crypto/text.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

constexpr std::string_view first_line = "fanlight-receipt/v1\n";

/// What the other end calls its leaf, and what ours may be called: a query that we refused came to us all the same.
std::vector<LeafClass> counterparts_of(LeafClass theirs) {
    if (theirs == LeafClass::query_sent) return {LeafClass::query_received, LeafClass::refusal};
    if (theirs == LeafClass::disclosure_sent || theirs == LeafClass::refusal) return {LeafClass::disclosure_received};
    return {};
}

bool same_message(crypto::ShownOpening const& theirs, crypto::ShownOpening const& ours) {
    auto const sent = crypto::first_of(theirs, FieldTag::message_hash);
    auto const came = crypto::first_of(ours, FieldTag::message_hash);
    return sent && came && std::equal(sent->begin(), sent->end(), came->begin(), came->end());
}

/// "<name> <base64>\n" off the front.
Result<Bytes> take_line(std::string_view& rest, std::string_view name, std::uint64_t at) {
    constexpr auto where = "receipt, lines counted from 1";
    auto const end = rest.find('\n');
    if (end == std::string_view::npos || !rest.starts_with(name)) return fail(Errc::malformed, where, "", at);
    auto bytes = crypto::from_base64(rest.substr(name.size(), end - name.size()));
    if (!bytes) return fail(Errc::malformed, where, "", at);
    rest.remove_prefix(end + 1);
    return bytes;
}

} // namespace

std::string format_receipt(LogReceipt const& receipt) {
    std::string text(first_line);
    text += "leaf " + crypto::to_base64(receipt.leaf.bytes()) + "\n";
    text += "opening " + crypto::to_base64(crypto::encode_shown(receipt.opening)) + "\n\n";
    return text + receipt.proof;
}

Result<LogReceipt> parse_receipt(std::string_view text) {
    constexpr auto where = "receipt, lines counted from 1";
    if (text.size() > crypto::tlog_proof_bytes_max + 2 * receipt_opening_bytes_max) return fail(Errc::too_large, where);
    if (!text.starts_with(first_line)) return fail(Errc::malformed, where, "", 1);
    auto rest = text.substr(first_line.size());
    FANLIGHT_TRY(auto const leaf_bytes, take_line(rest, "leaf ", 2));
    FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(leaf_bytes));
    FANLIGHT_TRY(auto const opening_bytes, take_line(rest, "opening ", 3));
    FANLIGHT_TRY(auto opening, crypto::parse_shown(opening_bytes));
    if (!rest.starts_with("\n")) return fail(Errc::malformed, where, "", 4);
    return LogReceipt{leaf, std::move(opening), std::string(rest.substr(1))};
}

Result<crypto::CheckedHead> verify_receipt(LogReceipt const& receipt, crypto::TrustPolicy const& policy) {
    FANLIGHT_TRY(auto const commitment, crypto::commitment_of(receipt.opening));
    if (commitment != receipt.leaf.commitment)
        return fail(Errc::bad_signature, "receipt", "What it shows is not what its leaf commits to.");
    FANLIGHT_TRY(auto const proof, crypto::parse_tlog_proof(receipt.proof));
    return crypto::verify_tlog_proof(proof, receipt.leaf.bytes(), policy);
}

/// Why a receipt is worth nothing; nullptr: it holds.
char const* Receipts::why_not(PartyId const& sender, LogReceipt const& receipt) const {
    auto const proof = crypto::parse_tlog_proof(receipt.proof);
    auto const parsed = proof ? crypto::parse_note(proof.assume_value().checkpoint) : proof.as_failure();
    auto const head = parsed ? crypto::parse_checkpoint_text(parsed.assume_value().text) : parsed.as_failure();
    if (!head) return "receipt is malformed";
    auto const log = parse_origin(self_.agreement.domain, head.assume_value().origin);
    if (!log || log.assume_value().party != sender) return "receipt is of another's log";
    auto const policy = log_policy(self_, sender, log.assume_value().shard);
    if (!policy || !verify_receipt(receipt, policy.assume_value())) return "receipt does not hold";
    auto const kinds = counterparts_of(receipt.leaf.kind);
    if (kinds.empty()) return "receipt is of a leaf that is no disclosure";
    bool found = false;
    for (auto const kind : kinds) {
        auto const end = log_.find(receipt.leaf.exchange, kind);
        auto const opening = end ? log_.opening(end.assume_value().place) : end.as_failure();
        if (!opening) continue;
        found = true;
        if (same_message(receipt.opening, opening.assume_value())) return nullptr;
    }
    return found ? "receipt is for another message than came to us" : "receipt is for nothing that came to us";
}

void Receipts::receive(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_log_receipt(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "receipt is malformed", effects);
    auto const& receipt = decoded.assume_value();
    if (auto const* reason = why_not(incoming.sender, receipt)) return post_.refuse(now, incoming, reason, effects);
    effects.receipts.push_back(
        {receipt.leaf.exchange, incoming.sender, now, to_bytes(as_bytes(format_receipt(receipt)))});
}

} // namespace fanlight::protocol
