#pragma once
// A query as an agency keeps it from receipt to expiry: what it will answer, and what a later summary may rest on.

#include "policy/decide.hpp"
#include "protocol/engine/self.hpp"

namespace fanlight::protocol {

/// A record that may be the person asked about, for a practitioner of this agency to look at.
struct UnsureCandidate {
    RecordRow row = 0;
    Levels levels;
    std::int32_t points = 0;
};

struct ReceivedSlot {
    std::optional<RecordRow> row; ///< the one record that surely matches
    SlotAnswer answer;
    policy::Facts facts;                      ///< from the context envelope, if it could be opened
    bool opened = false;                      ///< it was; not kept, because the log has it
    std::vector<UnsureCandidate> unsure = {}; ///< of an unsure match, the best first; at most unsure_shown_max
};

struct Received {
    QueryId id;
    PartyId from;
    AgreementId agreement = {}; ///< under which it was asked: purpose, route and clauses are places in that
    ExchangeId exchange;
    crypto::ExchangeKey exchange_key;
    crypto::Sha256 payload_hash;
    std::uint32_t purpose = 0;
    std::uint32_t route = 0;
    Instant deadline{};
    Instant release_at{};
    Instant expiry{};
    bool released = false;
    bool summarised = false;
    std::vector<ReceivedSlot> slots;
};
Bytes encode(Received const& received);
Result<Received> decode_received(ByteView bytes); ///< Errc::damaged

/// What an opened context envelope tells of a person; what it does not tell does not hold.
policy::Facts facts_of(Context const& context, std::uint32_t dash_high);

/// The worst colour in an answer, for its statement.
std::optional<policy::Colour> worst_of(std::vector<ReceivedSlot> const& slots);

} // namespace fanlight::protocol
