#pragma once
// What a step of an engine asks of the world. The shell does it in this order, and nothing of a later line before
// everything of the earlier ones is durable:
//
//   1. one transaction: writes, new anchors, log leaves (pending)
//   2. the leaves are appended to the log and its checkpoint is published
//   3. transmissions
//
// So "log before send" (promise 4) is a property of this list, and a crash between any two lines loses nothing:
// messages wait in the outbox (a write) until the peer has acknowledged them.

#include "crypto/leaf.hpp"
#include "protocol/engine/records.hpp"

namespace fanlight::protocol {

/// Where a piece of engine state lies. Numbers are on disk.
enum class Space : std::uint8_t { seen = 1, outbox = 2, budget = 3, received = 4, asked = 5, index = 6, agreement = 7 };

/// Put (value) or erase (no value) one piece of state.
struct Write {
    Space space;
    Bytes key;
    std::optional<Bytes> value;
};

/// S_A of one anchor of one record. The store also enters its day token in the index of the day it keeps.
struct NewAnchor {
    RecordRow row;
    AnchorKind kind;
    AgencySecret secret;
};

struct Transmission {
    PartyId peer; ///< the next hop
    Bytes frame;
};

struct Effects {
    std::vector<Write> writes;
    bool forget_anchors = false; ///< another epoch or matching version: everybody is to be enrolled again
    std::vector<NewAnchor> anchors;
    std::vector<RecordRow> enrolled;  ///< rows that are complete now
    std::optional<Day> rebuild_index; ///< compute every anchor's day token for this day; then say IndexBuilt
    std::vector<crypto::Entry> leaves;
    std::vector<Transmission> transmissions;

    void put(Space space, Bytes key, Bytes value) { writes.push_back({space, std::move(key), std::move(value)}); }
    void erase(Space space, Bytes key) { writes.push_back({space, std::move(key), std::nullopt}); }
    bool empty() const {
        return writes.empty() && !forget_anchors && anchors.empty() && enrolled.empty() && !rebuild_index &&
               leaves.empty() && transmissions.empty();
    }
};

} // namespace fanlight::protocol
