// Any bytes as a message about a node's own log or about the register; the first byte says which. A message has exactly
// one encoding, and what decodes keeps the limits that its header names.

#include "protocol/wire/wire.hpp"

#include "oracle.hpp"
#include "protocol/wire/log_wire.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::require;

namespace {

void keeps(LogHead const& message) {
    require(!message.request.empty() && message.request.size() <= crypto::add_checkpoint_bytes_max);
    require(message.copy.size() <= copy_bytes_max);
}
void keeps(LogCosignature const& message) {
    require(message.body.size() <= limits::register_head_bytes_max && message.origin.size() <= origin_bytes_max);
    require(*crypto::in_words(message.status) != '\0');
}
void keeps(LogReceipt const& message) {
    require(message.proof.size() <= crypto::tlog_proof_bytes_max);
    require(crypto::encode_shown(message.opening).size() <= receipt_opening_bytes_max);
    require(crypto::commitment_of(message.opening).has_value()); // hashes of what is shown are computed
}
void keeps(ReconcileRequest const& message) {
    require(message.since >= Instant{});
}
void keeps(ReconcileReply const& message) {
    require(message.ends.size() <= exchange_ends_max);
    for (auto const& end : message.ends) require(has_two_ends(end.kind) && end.place.shard >= 0);
}
void keeps(CopiesRequest const& message) {
    require(!message.origin.empty() && message.origin.size() <= origin_bytes_max);
}
void keeps(CopiesReply const& message) {
    require(message.chunks.size() <= copies_chunks_max && message.origin.size() <= origin_bytes_max);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < message.chunks.size(); ++i) {
        auto const& chunk = message.chunks[i];
        require(chunk.count >= 1 && chunk.count <= copy_leaves_max && chunk.sealed.size() <= copy_bytes_max);
        require(chunk.first < copies_position_end);
        require(i == 0 || chunk.first == message.chunks[i - 1].first + message.chunks[i - 1].count);
        bytes += chunk.sealed.size();
    }
    require(message.chunks.size() <= 1 || bytes <= copies_bytes_max);
}
void keeps(RegisterEntry const& message) {
    require(message.note.size() <= limits::agreement_bytes_max);
}
void keeps(RegisterHead const& message) {
    require(message.note.size() <= limits::register_head_bytes_max);
}
void keeps(RegisterRequest const&) {}

template <class Decode> void wire(ByteView bytes, Decode const& decode) {
    fuzz::check_one_spelling(bytes, decode, [](auto const& message) {
        keeps(message);
        return encode(message);
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    auto const which = input.u8();
    auto const bytes = input.rest();
    switch (which % 10) {
    case 0: wire(bytes, decode_log_head); break;
    case 1: wire(bytes, decode_log_cosignature); break;
    case 2: wire(bytes, decode_log_receipt); break;
    case 3: wire(bytes, decode_reconcile_request); break;
    case 4: wire(bytes, decode_reconcile_reply); break;
    case 5: wire(bytes, decode_copies_request); break;
    case 6: wire(bytes, decode_copies_reply); break;
    case 7: wire(bytes, decode_register_entry); break;
    case 8: wire(bytes, decode_register_head); break;
    default: wire(bytes, decode_register_request);
    }
    return 0;
}
