#pragma once
// What a step of an engine asks of the world. The shell does it in this order, and nothing of a later line before
// everything of the earlier ones is durable:
//
//   1. one transaction: writes, new tokens, log leaves (pending)
//   2. the leaves are appended to the log and its checkpoint is published
//   3. transmissions
//
// So "log before send" (promise 4) is a property of this list, and a crash between any two lines loses nothing:
// messages wait in the outbox (a write) until the peer has acknowledged them.

#include "crypto/leaf.hpp"
#include "protocol/engine/records.hpp"

namespace fanlight::protocol {

/// Where a piece of engine state lies. Numbers are on disk.
enum class Space : std::uint8_t {
    registers = 0, ///< the register and proposals to it; restored before everything else, which refers to versions
    seen,
    outbox,
    budget,
    received,
    asked,
    index, ///< enrolment
    agreement,
    epochs,   ///< key certificates, shares, which epoch is open
    ceremony, ///< the one under way
    held,     ///< queries that wait for an index
    receipts, ///< what key holders last said of how much they have served
    linked,   ///< whom the coordinator's cases were about, to notice families that are linked
};

/// Put (value) or erase (no value) one piece of state.
struct Write {
    Space space;
    Bytes key;
    std::optional<Bytes> value;
};

/// Everything that is enrolled of one record in one epoch, in place of what was. The store also enters the day tokens
/// of its anchors in every index of that epoch that is there or being built.
struct NewPersonTokens {
    std::uint32_t epoch;
    RecordRow row;
    PersonTokens tokens;
};
struct Enrolled {
    std::uint32_t epoch;
    RecordRow row;
};

struct Transmission {
    PartyId peer; ///< the next hop
    Bytes frame;
};

struct Effects {
    std::vector<Write> writes;
    std::vector<std::uint32_t> forget_epochs; ///< their tokens are destroyed; before any new ones of this step
    std::vector<NewPersonTokens> tokens;
    std::vector<Enrolled> enrolled; ///< who is complete now in an epoch
    /// Compute the day token of every anchor of the epoch, beside the running node; then say IndexBuilt. Anchors that
    /// come in meanwhile are in it.
    std::vector<IndexKey> build_indexes;
    std::vector<IndexKey> drop_indexes; ///< built or being built
    std::vector<crypto::Entry> leaves;
    std::vector<Transmission> transmissions;

    void put(Space space, Bytes key, Bytes value) { writes.push_back({space, std::move(key), std::move(value)}); }
    void erase(Space space, Bytes key) { writes.push_back({space, std::move(key), std::nullopt}); }
    /// What another asks for, after what this asks for.
    void append(Effects&& other);
    bool empty() const {
        return writes.empty() && forget_epochs.empty() && tokens.empty() && enrolled.empty() && build_indexes.empty() &&
               drop_indexes.empty() && leaves.empty() && transmissions.empty();
    }
};

} // namespace fanlight::protocol
