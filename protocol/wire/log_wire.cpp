// The codec of messages about the nodes' own logs.

#include "protocol/wire/log_wire.hpp"

#include "base/byte_reader.hpp"
#include "fanlight.pb.h"
#include "protocol/wire/codec.hpp"

namespace fanlight::protocol {

using namespace codec;

namespace {
constexpr std::size_t end_bytes = 1 + crypto::ExchangeTag::size_bytes + 4 + 8 + 8;

crypto::WitnessStatus status_of(std::uint32_t value) {
    for (auto const known :
         {crypto::WitnessStatus::ok, crypto::WitnessStatus::forbidden, crypto::WitnessStatus::not_found,
          crypto::WitnessStatus::conflict, crypto::WitnessStatus::unprocessable})
        if (static_cast<std::uint32_t>(known) == value) return known;
    return crypto::WitnessStatus::bad_request;
}

/// Each begins where the one before ends. Only a single one may be larger than what several may be together.
Result<std::vector<CopiesReply::Chunk>> parse_chunks(ByteView packed, char const* where) {
    std::vector<CopiesReply::Chunk> chunks;
    std::size_t bytes = 0;
    ByteReader in(packed);
    for (auto left = in.count(); left != 0; --left) {
        CopiesReply::Chunk chunk{in.u64(), 0, {}};
        chunk.count = in.u64();
        chunk.sealed = to_bytes(in.blob());
        bytes += chunk.sealed.size();
        bool const too_many = chunks.size() >= copies_chunks_max || (!chunks.empty() && bytes > copies_bytes_max);
        if (too_many || chunk.sealed.size() > copy_bytes_max) return fail(Errc::too_large, where);
        bool const next = chunks.empty() || chunk.first == chunks.back().first + chunks.back().count;
        bool const good = chunk.count != 0 && chunk.count <= copy_leaves_max && chunk.first < copies_position_end;
        if (!in.good() || !good || !next) return fail(Errc::malformed, where);
        chunks.push_back(std::move(chunk));
    }
    FANLIGHT_TRY(in.finish(where));
    return chunks;
}
} // namespace

Bytes encode(LogHead const& message) {
    v1::LogHead wire;
    wire.set_request(message.request);
    wire.set_copy(text_of(message.copy));
    return serialise(wire);
}

Result<LogHead> decode_log_head(ByteView bytes) {
    constexpr auto where = "head of a log";
    FANLIGHT_TRY(auto const wire, parse<v1::LogHead>(bytes, where));
    if (wire.request().empty()) return fail(Errc::malformed, where);
    if (wire.request().size() > crypto::add_checkpoint_bytes_max || wire.copy().size() > copy_bytes_max)
        return fail(Errc::too_large, where);
    return exactly(LogHead{wire.request(), to_bytes(as_bytes(wire.copy()))}, bytes, where);
}

Bytes encode(LogCosignature const& message) {
    v1::LogCosignature wire;
    wire.set_status(static_cast<std::uint32_t>(message.status));
    wire.set_body(message.body);
    wire.set_origin(message.origin);
    wire.set_size(message.size);
    return serialise(wire);
}

Result<LogCosignature> decode_log_cosignature(ByteView bytes) {
    constexpr auto where = "answer of a witness";
    FANLIGHT_TRY(auto const wire, parse<v1::LogCosignature>(bytes, where));
    if (wire.body().size() > limits::register_head_bytes_max || wire.origin().size() > origin_bytes_max)
        return fail(Errc::too_large, where);
    return exactly(LogCosignature{status_of(wire.status()), wire.body(), wire.origin(), wire.size()}, bytes, where);
}

Bytes encode(LogReceipt const& message) {
    v1::LogReceipt wire;
    wire.set_leaf(text_of(message.leaf.bytes()));
    wire.set_opening(text_of(crypto::encode_shown(message.opening)));
    wire.set_proof(message.proof);
    return serialise(wire);
}

Result<LogReceipt> decode_log_receipt(ByteView bytes) {
    constexpr auto where = "receipt";
    FANLIGHT_TRY(auto const wire, parse<v1::LogReceipt>(bytes, where));
    if (wire.opening().size() > receipt_opening_bytes_max || wire.proof().size() > crypto::tlog_proof_bytes_max)
        return fail(Errc::too_large, where);
    FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(as_bytes(wire.leaf())));
    FANLIGHT_TRY(auto opening, crypto::parse_shown(as_bytes(wire.opening())));
    return exactly(LogReceipt{leaf, std::move(opening), wire.proof()}, bytes, where);
}

Bytes encode(ReconcileRequest const& message) {
    v1::ReconcileRequest wire;
    wire.set_since(to_wire(message.since));
    wire.set_shard(message.shard);
    wire.set_position(message.position);
    return serialise(wire);
}

Result<ReconcileRequest> decode_reconcile_request(ByteView bytes) {
    constexpr auto where = "request to reconcile";
    FANLIGHT_TRY(auto const wire, parse<v1::ReconcileRequest>(bytes, where));
    return exactly(ReconcileRequest{from_wire(wire.since()), wire.shard(), wire.position()}, bytes, where);
}

Bytes encode(ReconcileReply const& message) {
    ByteWriter ends;
    for (auto const& end : message.ends)
        ends.number(end.kind)
            .raw(end.tag.view())
            .u32(static_cast<std::uint32_t>(end.place.shard))
            .u64(end.place.position)
            .instant(end.time);
    v1::ReconcileReply wire;
    wire.set_ends(text_of(ends.take()));
    wire.set_more(message.more ? 1 : 0);
    return serialise(wire);
}

Result<ReconcileReply> decode_reconcile_reply(ByteView bytes) {
    constexpr auto where = "answer to a request to reconcile";
    FANLIGHT_TRY(auto const wire, parse<v1::ReconcileReply>(bytes, where));
    auto const& packed = wire.ends();
    if (packed.size() % end_bytes != 0) return fail(Errc::malformed, where);
    if (packed.size() > exchange_ends_max * end_bytes) return fail(Errc::too_large, where);
    ReconcileReply reply{{}, wire.more() == 1};
    ByteReader in(as_bytes(packed));
    for (std::size_t i = 0; i < packed.size() / end_bytes; ++i) {
        FANLIGHT_TRY(auto const kind, crypto::parse_leaf_class(in.u8()));
        if (!has_two_ends(kind)) return fail(Errc::malformed, where);
        auto const tag = in.tagged<crypto::ExchangeTag>();
        auto const shard = in.u32();
        auto const position = in.u64();
        if (shard > 9'999'999) return fail(Errc::malformed, where);
        reply.ends.push_back({tag, kind, {static_cast<std::int32_t>(shard), position}, in.instant()});
    }
    FANLIGHT_TRY(in.finish(where));
    return exactly(std::move(reply), bytes, where);
}

Bytes encode(CopiesRequest const& message) {
    v1::CopiesRequest wire;
    wire.set_origin(message.origin);
    wire.set_first(message.first);
    return serialise(wire);
}

Result<CopiesRequest> decode_copies_request(ByteView bytes) {
    constexpr auto where = "request for leaves";
    FANLIGHT_TRY(auto const wire, parse<v1::CopiesRequest>(bytes, where));
    if (wire.origin().empty() || wire.origin().size() > origin_bytes_max) return fail(Errc::malformed, where);
    return exactly(CopiesRequest{wire.origin(), wire.first()}, bytes, where);
}

Bytes encode(CopiesReply const& message) {
    v1::CopiesReply wire;
    wire.set_origin(message.origin);
    wire.set_head(message.head);
    ByteWriter chunks;
    chunks.u32(static_cast<std::uint32_t>(message.chunks.size()));
    for (auto const& chunk : message.chunks) chunks.u64(chunk.first).u64(chunk.count).blob(chunk.sealed);
    wire.set_chunks(text_of(chunks.take()));
    return serialise(wire);
}

Result<CopiesReply> decode_copies_reply(ByteView bytes) {
    constexpr auto where = "leaves given back";
    FANLIGHT_TRY(auto const wire, parse<v1::CopiesReply>(bytes, where));
    if (wire.origin().size() > origin_bytes_max || wire.head().size() > limits::register_head_bytes_max)
        return fail(Errc::too_large, where);
    CopiesReply reply{wire.origin(), wire.head(), {}};
    FANLIGHT_TRY(reply.chunks, parse_chunks(as_bytes(wire.chunks()), where));
    return exactly(std::move(reply), bytes, where);
}

} // namespace fanlight::protocol
