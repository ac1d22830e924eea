// Any bytes as a piece of what a node keeps for itself and reads again after a restart: held queries, erasures,
// restores, past decisions, openings of its log, leaves of the log. The first byte says which. Bytes that rotted are an
// error with a place; what is read is written again in a form that stays.

#include "node/log/right_edge.hpp"
#include "oracle.hpp"
#include "policy/rehearse.hpp"
#include "protocol/engine/governance.hpp"
#include "protocol/engine/held.hpp"
#include "protocol/engine/receipts.hpp"
#include "protocol/engine/restorer.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::require;

namespace {

void try_held(ByteView bytes) {
    fuzz::check_stable(bytes, decode_held, [](Held const& held) {
        auto const& envelope = held.incoming.envelope;
        require(envelope.type == MessageType::query && encode(held.query) == envelope.payload);
        require(held.incoming.payload_hash == crypto::sha256({envelope.payload}));
        require(held.query.slots.size() == limits::slots);
        return encode(held);
    });
}

/// A query that waits, all its slots alike: some bytes are too many for a corpus.
Bytes const& sample_held() {
    static auto const bytes = [] {
        Query query;
        query.epoch = 1;
        query.matching_version = 2;
        Slot slot;
        slot.wraps = Bytes(limits::wraps_per_slot * Slot::wrap_bytes, 3);
        slot.context = Bytes(limits::context_bytes + crypto::aead_overhead_bytes, 4);
        query.slots.assign(limits::slots, slot);
        Envelope envelope{MessageType::query, {}, {}, {}, {}, encode(query), {}};
        return encode(Held{{PartyId::parse("coordinator").value(), envelope, {}}, query, {}});
    }();
    return bytes;
}

/// The sample with some bytes changed: five each, a place and a mask and how far before the end it stands instead.
void try_held_changed(fuzz::Input input) {
    auto bytes = sample_held();
    while (!input.empty()) {
        auto const near_end = (input.u8() & 1U) != 0;
        auto const place = (std::size_t(input.u8()) << 16U | input.u16()) % bytes.size();
        bytes[near_end ? bytes.size() - 1 - place : place] ^= input.u8();
    }
    try_held(bytes);
}

void try_erased(fuzz::Input input) {
    auto const key = input.bytes(input.u8() % 32U);
    auto const value = input.rest();
    auto const erased = parse_erased(key, value);
    if (!erased) {
        require(erased.error().code == Errc::damaged);
        return fuzz::check_error(erased.error(), value);
    }
    require(fuzz::same(erased.assume_value().subject.view(), key));
}

void try_restored(fuzz::Input input) {
    auto const key = input.bytes(12);
    auto const value = input.rest();
    auto const restored = parse_restored(key, value);
    if (!restored) return fuzz::check_error(restored.error(), value);
    require(fuzz::same(restored_key(restored.assume_value()), key));
    auto const written = restored_value(restored.assume_value());
    auto const again = parse_restored(key, written);
    require(again && restored_value(again.assume_value()) == written);
}

void try_past_decision(ByteView bytes) {
    fuzz::check_one_spelling(bytes, policy::decode_past_decision, [](policy::PastDecision const& past) {
        require(past.clause.empty() == (past.reason != policy::Reason::none));
        return policy::encode(past);
    });
}

/// As many leaves as a log may have, or a few more than none; its edge made of whatever the input gives.
void try_right_edge(fuzz::Input input) {
    auto const size = input.u64() >> (input.u8() % 64U);
    std::uint8_t const filler = input.u8();
    auto const source = [&](node::Tile const& tile) -> Result<Bytes> {
        require(tile.width >= 1 && tile.width < node::Tile::full_width && tile.level < node::Tile::levels_max);
        require(node::parse_tile_path(node::tile_path(tile)) == tile);
        auto bytes = to_bytes(input.bytes(tile.size_bytes()));
        bytes.resize(tile.size_bytes(), filler);
        return bytes;
    };
    auto edge = node::RightEdge::load(size, source);
    if (!edge) return fuzz::check_error(edge.error(), {});
    require(edge.assume_value().size() == size);
    auto const before = edge.assume_value().root();
    auto const nothing = [](node::Tile const&, ByteView) -> Result<void> { return ok(); };
    if (size >= (std::uint64_t(1) << 62U)) return;
    require(bool(edge.assume_value().append({crypto::LeafClass::filler, {}, {}, {}}, nothing)));
    require(edge.assume_value().size() == size + 1 && edge.assume_value().root() != before);
}

void try_entry(fuzz::Input input) {
    auto const index = input.u64();
    auto const bytes = input.rest();
    auto const leaf = node::parse_entry(bytes, index);
    if (!leaf) {
        require(leaf.error().code == Errc::damaged && leaf.error().at == index + 1);
        return fuzz::check_error(leaf.error(), bytes);
    }
    auto const again = leaf.assume_value().bytes();
    require(bytes.size() == node::entry_bytes && fuzz::same(bytes.subspan(2), again));
    require(bytes[0] == 0 && bytes[1] == crypto::Leaf::size_bytes);
}

void try_receipt(ByteView bytes) {
    fuzz::check_one_text(as_text(bytes), parse_receipt, [](LogReceipt const& receipt) {
        require(crypto::commitment_of(receipt.opening).has_value());
        return format_receipt(receipt);
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.u8() % 8) {
    case 0: try_held(input.rest()); break;
    case 1: try_erased(input); break;
    case 2: try_restored(input); break;
    case 3: try_past_decision(input.rest()); break;
    case 4: try_right_edge(input); break;
    case 5: try_entry(input); break;
    case 6: try_held_changed(input); break;
    default: try_receipt(input.rest());
    }
    return 0;
}
