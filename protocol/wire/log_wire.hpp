#pragma once
// Messages about the nodes' own logs: heads to be cosigned, receipts, the two ends of exchanges, leaves given back.

#include "crypto/add_checkpoint.hpp"
#include "crypto/opening.hpp"
#include "crypto/tlog_proof.hpp"
#include "protocol/engine/own_log.hpp"
#include "protocol/wire/wire.hpp"

namespace fanlight::protocol {

inline constexpr std::size_t copy_leaves_max = 1024; ///< new leaves that come with one head
/// People who were erased in the leaves of one copy; they are sealed behind the leaves (protocol/engine/log_copy.hpp).
inline constexpr std::size_t copy_erased_max = 1024;
inline constexpr std::size_t copy_bytes_max =
    copy_leaves_max * crypto::Leaf::size_bytes + copy_erased_max * (crypto::Pseudonym::size_bytes + 12) + 64;
inline constexpr std::size_t copies_chunks_max = 512; ///< in one copies_reply
/// Of all chunks of one copies_reply together; one chunk alone may be as large as a copy.
inline constexpr std::size_t copies_bytes_max = 90 * 1024;
/// No log is so long; whoever asks for leaves from here on wants to hear of the head alone.
inline constexpr std::uint64_t copies_position_end = std::uint64_t(1) << 62U;
inline constexpr std::size_t receipt_opening_bytes_max = 64 * 1024;
inline constexpr std::size_t origin_bytes_max = 512;
inline constexpr std::size_t exchange_ends_max = 512; ///< in one reconcile_reply

struct LogHead {
    std::string request; ///< as crypto/add_checkpoint.hpp, at most its add_checkpoint_bytes_max
    Bytes copy;          ///< at most copy_bytes_max; what the owner sealed, nobody else can read
};
struct LogCosignature {
    crypto::WitnessStatus status{};
    std::string body; ///< ok: signature lines; conflict: "<size>\n"; else empty; at most register_head_bytes_max
    std::string origin;
    std::uint64_t size = 0;
};
struct LogReceipt {
    crypto::Leaf leaf;
    crypto::ShownOpening opening;
    std::string proof; ///< at most crypto::tlog_proof_bytes_max; its form is looked at by who verifies it
};
struct ReconcileRequest {
    Instant since{};
    std::uint32_t shard = 0; ///< 0: from `since` on; else from this place on
    std::uint64_t position = 0;
};
struct ReconcileReply {
    std::vector<ExchangeEnd> ends; ///< at most exchange_ends_max
    bool more = false;
};
struct CopiesRequest {
    std::string origin;
    std::uint64_t first = 0; ///< the leaf from which on they are wanted
};
struct CopiesReply {
    struct Chunk {
        std::uint64_t first = 0;
        std::uint64_t count = 0; ///< 1 to copy_leaves_max
        Bytes sealed;
    };
    std::string origin;
    std::string head;          ///< the newest that the sender has cosigned; empty: none
    std::vector<Chunk> chunks; ///< one after the other, the first with the leaf that was asked for; none: not here
};

Bytes encode(LogHead const& message);
Bytes encode(LogCosignature const& message);
Bytes encode(LogReceipt const& message);
Bytes encode(ReconcileRequest const& message);
Bytes encode(ReconcileReply const& message);
Bytes encode(CopiesRequest const& message);
Bytes encode(CopiesReply const& message);
/// Errc::malformed, Errc::too_large, as every decode_* (protocol/wire/wire.hpp).
Result<LogHead> decode_log_head(ByteView bytes);
Result<LogCosignature> decode_log_cosignature(ByteView bytes);
Result<LogReceipt> decode_log_receipt(ByteView bytes);
Result<ReconcileRequest> decode_reconcile_request(ByteView bytes);
Result<ReconcileReply> decode_reconcile_reply(ByteView bytes);
Result<CopiesRequest> decode_copies_request(ByteView bytes);
Result<CopiesReply> decode_copies_reply(ByteView bytes);

} // namespace fanlight::protocol
