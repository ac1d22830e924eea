#pragma once
// What a step of an engine asks of the world. The shell does it in this order, and nothing of a later line before
// everything of the earlier ones is durable:
//
//   1. one transaction: writes, new tokens, log leaves with what they commit to, receipts, copies
//   2. keys of erased people are destroyed
//   3. transmissions
//   4. soon: the leaves are appended to the log's tiles and a head over them is published; then the node hears of it
//
// So "log before send" (promise 4) is a property of this list, and a crash between any two lines loses nothing: a leaf
// is durable with the transaction, the tiles follow from it, and messages wait in the outbox (a write) until the peer
// has acknowledged them.

#include "crypto/leaf.hpp"
#include "protocol/engine/records.hpp"
#include "protocol/leaf_place.hpp"

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
    witness,  ///< heads of others' logs that this node has cosigned
    own_head, ///< who has cosigned ours, what waits for it, receipts that are due
    erased,   ///< whose keys are destroyed
    restored, ///< leaves of our log that came back from others (protocol/engine/restorer.hpp)
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

/// A receipt that came for a disclosure to us (protocol/engine/receipts.hpp): kept as the file it can be handed on as.
struct NewReceipt {
    crypto::ExchangeTag exchange;
    PartyId sender;
    Instant received{};
    Bytes file;
};
/// Leaves of another node's log, sealed by it, kept for the day on which it has lost them.
struct NewCopy {
    std::string origin;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    Bytes sealed;
};

/// What the log says of one person up to the place `last` is to be unreadable. What it says after that place, because
/// somebody asked about the person again, stays.
struct ErasedSubject {
    crypto::Pseudonym subject;
    LeafPlace last;
    bool operator==(ErasedSubject const&) const = default;
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
    std::vector<NewReceipt> receipts;
    std::vector<NewCopy> copies;
    /// Once everything above is durable: their keys are destroyed. No leaf of this step or a later one is under them.
    std::vector<ErasedSubject> erase_subjects;
    bool publish_soon = false; ///< something waits for the log's next head: publish it right after this
    std::vector<Transmission> transmissions;

    void put(Space space, Bytes key, Bytes value) { writes.push_back({space, std::move(key), std::move(value)}); }
    void erase(Space space, Bytes key) { writes.push_back({space, std::move(key), std::nullopt}); }
    /// What another asks for, after what this asks for.
    void append(Effects&& other);
    bool empty() const {
        return writes.empty() && forget_epochs.empty() && tokens.empty() && enrolled.empty() && build_indexes.empty() &&
               drop_indexes.empty() && leaves.empty() && receipts.empty() && copies.empty() && erase_subjects.empty() &&
               transmissions.empty();
    }
};

} // namespace fanlight::protocol
