#pragma once
// A node's part in the register: keeps it, takes entries, hands proposals round until enough have signed, cosigns
// heads, holds a lease, and says what the node may not do now. At the coordinator it also orders the entries and
// carries heads, cosignatures and leases (docs/protocol.md, "The register").
//
//   propose --to everybody--> pending --enough have signed, at the coordinator--> entry --to everybody--> book
//   coordinator --head--> party --cosignature--> coordinator --lease--> every party

#include "protocol/engine/in_force.hpp"
#include "protocol/engine/post.hpp"
#include "protocol/register/lease.hpp"

namespace fanlight::protocol {

inline constexpr Duration lease_every = std::chrono::minutes(7);        ///< the coordinator asks for cosignatures
inline constexpr Duration lease_idle_every = std::chrono::hours(1);     ///< while nobody is asked about
inline constexpr Duration lease_active = std::chrono::hours(1);         ///< since somebody was asked about
inline constexpr Duration lease_soon = std::chrono::milliseconds(300);  ///< after something changed
inline constexpr Duration lease_gathers = std::chrono::seconds(1);      ///< for the slowest of those who are there
inline constexpr Duration lease_asked_every = std::chrono::seconds(20); ///< by a node that has none
inline constexpr Duration proposal_patience = std::chrono::seconds(60); ///< then a head without it is not cosigned
inline constexpr Duration proposals_kept = 90 * std::chrono::hours(24); ///< of those that are not complete
inline constexpr std::size_t proposals_max = 16;
inline constexpr Duration former_keys_kept = limits::outbox_age_max; ///< what was on its way still verifies

/// A note that is being signed, or waits for its place in the register.
struct Proposal {
    Book::Looked looked;
    Instant since{};
    Instant enough_since{}; ///< zero: not enough have signed
};

class Registrar {
  public:
    /// `witness_key` cosigns heads. References outlive it.
    Registrar(Self const& self, InForce& in_force, crypto::SigningKey const& witness_key, Post& post)
        : self_(self), in_force_(in_force), witness_key_(witness_key), post_(post) {}

    void start(Instant now, Effects& effects);
    /// True if another agreement is in force since: its engines must hear of it.
    bool wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    void link_up(Instant now, PartyId const& peer, Effects& effects);
    void receive(Instant now, Incoming const& incoming, Effects& effects);
    /// The clock was set: what we believed of time is void.
    void clock_jumped(Instant now, Effects& effects);
    Result<void> restore(ByteView key, ByteView value);

    /// What somebody at this node signed: a draft, one more signature of it, a key note, a statement. Errors of
    /// Book::look, and Errc::missing if nobody who counts has signed it. `findings` gets what is wrong with a draft.
    Result<void> propose(Instant now, std::string_view note, std::vector<policy::Finding>* findings, Effects& effects);

    /// Why this node discloses nothing to anybody now; none: it may.
    std::optional<policy::Reason> silent(Instant now) const;
    /// Whether `by` has stopped its answers to `of`; a statement of our own party binds us before it is registered.
    bool is_suspended(PartyId const& by, PartyId const& of) const;
    bool is_removed(PartyId const& party, Instant now) const;
    bool is_revoked(AgreementId const& agreement) const;
    /// Asks the coordinator for what we may have missed; seldom.
    void ask(Instant now, Effects& effects);

    /// At the coordinator: somebody is about to be asked about, so everybody needs a lease.
    void needed(Instant now, Effects& effects);

    // For screens.
    Book const& book() const { return in_force_.book; }
    std::optional<Lease> const& lease() const { return lease_; }
    std::optional<NoLease> no_lease() const { return no_lease_; } ///< why the last one that came was none
    std::map<AgreementId, Proposal> const& proposals() const { return proposals_; } ///< by SHA-256 of the text
    /// The latest of each pair, whether or not it has its place yet.
    std::map<std::pair<PartyId, PartyId>, Suspension> suspensions() const;
    struct Seen {
        std::uint64_t size = 0;
        Instant at{};
    };
    /// At the coordinator: the largest head that each party has cosigned.
    std::map<PartyId, Seen> const& acknowledged() const { return acknowledged_; }

  private:
    // registrar.cpp
    void entry(Instant now, Incoming const& incoming, Effects& effects);
    void take(Instant now, Entry const& entry, Effects& effects);
    void log_entry(Instant now, Entry const& entry, std::uint64_t place, Effects& effects) const;
    void proposed(Instant now, Incoming const& incoming, std::string_view note, Effects& effects);
    Result<std::optional<AgreementId>> merge(Instant now, Book::Looked looked, Effects& effects);
    void drop_outdated(Instant now, Effects& effects);
    void make_room(Effects& effects);
    void bind();
    void place_complete(Instant now, Effects& effects);
    void save(AgreementId const& text, Effects& effects) const;
    bool refresh(Instant now, Effects& effects);
    void tell_all(Instant now, MessageType type, Bytes const& payload, Effects& effects);
    void tell_up(Instant now, MessageType type, Bytes const& payload, Effects& effects);

    // registrar_leases.cpp
    void begin_round(Instant now, Effects& effects);
    void end_round(Instant now, Effects& effects);
    void head(Instant now, Incoming const& incoming, Effects& effects);
    void cosignature(Instant now, Incoming const& incoming, Effects& effects);
    void lease(Instant now, Incoming const& incoming, Effects& effects);
    void requested(Instant now, Incoming const& incoming, Effects& effects);
    bool withheld(Instant now) const;
    void judge(Instant now, std::string_view note, Effects& effects);

    Self const& self_;
    InForce& in_force_;
    crypto::SigningKey const& witness_key_;
    Post& post_;
    std::map<AgreementId, Proposal> proposals_;
    std::map<AgreementId, RegisterStatement> binding_; ///< of the proposals: what binds before it has its place
    std::uint32_t highest_ = 0;                        ///< version that was ever in force here
    std::optional<Instant> change_at_;                 ///< another version's time comes
    std::vector<Instant> entered_;                     ///< when each entry came here
    std::optional<Lease> lease_;
    std::optional<NoLease> no_lease_;
    Instant asked_at_{};
    bool withheld_logged_ = false;

    // At the coordinator.
    std::map<PartyId, Seen> acknowledged_;
    Instant active_until_{};
    std::optional<Instant> round_at_;  ///< when the next begins
    std::optional<Instant> round_end_; ///< of the one under way
    std::vector<std::string> round_lines_;
    std::set<PartyId> round_missing_;
};

} // namespace fanlight::protocol
