#pragma once
// The responder: checks a query, matches it against its own records, decides field by field under the agreement, and
// answers at a time that says nothing (docs/architecture.md, "Life of a query"). The responder decides: what is not
// decided here does not leave.
//
// A query for which there is no index yet (just after a start, or of a day that is past) is held until it is built, so
// that it is not answered from nothing. A sensitive service's answer leaves at its fixed time all the same, unless the
// index takes longer than that to build, which depends on how many people it holds and not on who they are.

#include "policy/rehearse.hpp"
#include "protocol/engine/enrolment.hpp"
#include "protocol/engine/gate.hpp"
#include "protocol/engine/held.hpp"
#include "protocol/engine/received.hpp"
#include "protocol/engine/slots.hpp"

namespace fanlight::protocol {

class Agency {
  public:
    /// The agreement's points are of this matching version: whoever loads it has looked (Points::parse).
    Agency(Self const& self, Post& post, TokenClient& tokens, Epochs& epochs, Gate& gate, Records const& records);
    /// Another agreement is in force.
    void agreement_changed();

    void query(Instant now, Incoming const& incoming, Effects& effects);
    void summary_request(Instant now, Incoming const& incoming, Effects& effects);
    /// And so can be answered which queries waited for it.
    void index_built(Instant now, IndexKey const& index, Effects& effects);
    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;

    /// What a practitioner of this agency has to look at: of each slot that was answered "unsure", or would have been
    /// by an ordinary service, the records that it may be. Until the query expires.
    struct OpenMatch {
        QueryId query;
        std::string route; ///< as the agreement names it under which it was asked
        Instant deadline{};
        std::vector<UnsureCandidate> candidates;
    };
    std::vector<OpenMatch> open_matches(Instant now) const; ///< the earliest deadline first
    /// Every view of them is a leaf.
    void matches_viewed(Instant now, Effects& effects) const;

    Enrolment& enrolment() { return enrolment_; }
    Enrolment const& enrolment() const { return enrolment_; }
    Result<void> restore_received(ByteView value);
    Result<void> restore_budget(ByteView key, ByteView value);
    /// On this day so many queries were answered of which nothing else is known any more; they are charged to
    /// everybody.
    void count_lost(Day day, std::uint32_t queries);
    /// Queries that wait are from before this older copy was restored.
    void forget_held(Effects& effects) const;
    Result<void> restore_held(ByteView key, ByteView value);

    static constexpr std::size_t held_max = 256; ///< queries that wait; over it they are decided as it stands
    static constexpr Duration held_for = std::chrono::minutes(2); ///< and after that

  private:
    struct Found {
        Match match = Match::none;
        std::optional<RecordRow> row; ///< of the person's records the one that speaks
        bool open = false;            ///< in one of them
        std::optional<Context> context;
        std::vector<UnsureCandidate> unsure;
    };
    class Matching; // agency_match.cpp
    char const* why_not(Instant now, policy::Agreement const& agreement, PartyId const& sender,
                        Query const& query) const;
    bool charge(Instant now, PartyId const& sender, Query const& query, Effects& effects);
    void forget_past_budgets(Instant now, Effects& effects);
    bool waits(Instant now, Held const& held, Effects& effects);
    void decide(Instant now, Held const& held, Effects& effects);
    void decide_held(Instant now, Effects& effects);
    Result<std::vector<Found>> match(Instant now, Query const& query) const; ///< of each slot, all together
    bool is_fresh(Instant now, Rating const& rating) const;
    using AskedOfSlot = std::vector<policy::PastDecision>; ///< all of them are about the slot's person
    /// A slot in the making: what was asked of the agreement for it goes into our log, so that a draft of the next
    /// one can be tried on it (policy/rehearse.hpp).
    struct Deciding {
        Query const& query;
        policy::Facts facts;
        AskedOfSlot& asked;
    };
    Result<ReceivedSlot> decide_slot(Instant now, Query const& query, Found const& found, AskedOfSlot& asked);
    SlotAnswer decide_match(Instant now, Deciding const& slot, Found const& found, PersonRecord const& record) const;
    SlotAnswer say(Deciding const& slot, policy::DataField field, policy::ReplyKind kind, policy::Reason reason) const;
    /// The agreement's decision, noted in `asked`.
    policy::Decision ask_agreement(policy::Request const& request, AskedOfSlot& asked) const;
    void answer_silent(Instant now, Held const& held, policy::Reason reason, Effects& effects);
    static void hush(Received& received, policy::Reason reason);
    std::optional<policy::Reason> silent_to(Instant now, PartyId const& peer) const;
    Duration reply_after() const;
    bool is_next(Instant now, AgreementId const& id) const;
    void hold(Instant now, Incoming const& incoming, Query const& query, Effects& effects);
    void decide_under_its_version(Instant now, Held const& held, Effects& effects);
    policy::Request request_for(std::uint32_t purpose, std::uint32_t route, policy::DataField field,
                                std::uint8_t stage) const;
    void log_received(Instant now, policy::Agreement const& agreement, Incoming const& incoming, Query const& query,
                      Effects& effects) const;
    void log_decision(Instant now, Received const& received, std::vector<AskedOfSlot> const& asked,
                      Effects& effects) const;
    void answer_version_mismatch(Instant now, Incoming const& incoming, Query const& query, Effects& effects);
    void release(Instant now, Received& received, Effects& effects);
    bool trusted(Instant now, Statement const& statement) const;
    void summary_request_now(Instant now, Incoming const& incoming, Effects& effects);
    void summarise_held(Instant now, Effects& effects);
    Result<void> restore_held_summary(ByteView key, ByteView value);
    SlotSummary summarise(Instant now, Received const& received, std::size_t slot, PersonRecord const& record,
                          policy::Facts const& facts, AskedOfSlot& asked) const;
    void save(Received const& received, Effects& effects) const;

    Self const& self_;
    Post& post_;
    Epochs& epochs_;
    Gate& gate_;
    Records const& records_;
    policy::Decider decider_;
    Points points_;
    Enrolment enrolment_;
    std::map<QueryId, Received> received_;
    std::map<QueryId, Held> held_;
    std::map<ExchangeId, Incoming> held_summaries_; ///< requests that wait for a lease; their time is when they came
    Instant woke_{};
    std::map<Bytes, std::uint32_t> slots_charged_;
    Day budgets_swept_{};
    Day lost_day_{};
    std::uint64_t lost_slots_ = 0; ///< of that day, of whomever
};

} // namespace fanlight::protocol
