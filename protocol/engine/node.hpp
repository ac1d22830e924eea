#pragma once
// A node without its sockets, disk and clock: all its roles behind one step function. The same object runs in the
// daemon and, a dozen at a time, inside the simulation.

#include "protocol/engine/agency.hpp"
#include "protocol/engine/coordinator.hpp"
#include "protocol/engine/key_holder.hpp"

#include <variant>

namespace fanlight::protocol {

struct Started {};
struct LinkUp {
    PartyId peer;
};
struct LinkDown {
    PartyId peer;
};
struct FrameReceived {
    PartyId peer; ///< whose TLS pin the connection has
    Bytes frame;
};
struct Woken {};
struct FamilySubmitted {
    CaseId id;
    Family family;
};
struct RecordsImported {
    std::uint64_t people = 0;
    std::uint64_t enrolled = 0; ///< of these, who kept their anchors
    crypto::Sha256 list_hash;   ///< commits to the record list
};
struct IndexBuilt {
    Day day;
};
struct Stopping {};
using Event = std::variant<Started, LinkUp, LinkDown, FrameReceived, Woken, FamilySubmitted, RecordsImported,
                           IndexBuilt, Stopping>;

class Node {
  public:
    /// `records` is nullptr exactly at the coordinator. All references outlive the node. One thread.
    Node(Self const& self, Records const* records);

    /// One piece of stored state, before the first step. Errc::damaged.
    Result<void> restore(Space space, ByteView key, ByteView value);

    /// The effects of an event. An error only for FamilySubmitted that was refused; then there are no effects.
    Result<Effects> step(Instant now, Event event);
    /// When to step with Woken next, if nothing else happens.
    std::optional<Instant> next_wake() const;

    Coordinator const* coordinator() const { return coordinator_ ? &*coordinator_ : nullptr; }
    Agency const* agency() const { return agency_ ? &*agency_ : nullptr; }
    KeyHolder const* key_holder() const { return key_holder_ ? &*key_holder_ : nullptr; }
    bool is_up(PartyId const& peer) const { return post_.is_up(peer); }
    std::size_t waiting(PartyId const& peer) const { return post_.waiting(peer); }

  private:
    void dispatch(Instant now, Incoming const& incoming, Effects& effects);
    void reply(Instant now, Incoming const& incoming, Effects& effects);
    void refusal(Instant now, Incoming const& incoming, Effects& effects);
    void failed(Instant now, JobId job, Effects& effects);
    void wake(Instant now, Effects& effects);
    void note(Instant now, char const* text, crypto::LeafClass kind, Effects& effects) const;

    Self const& self_;
    Post post_;
    TokenClient tokens_;
    std::optional<Coordinator> coordinator_;
    std::optional<Agency> agency_;
    std::optional<KeyHolder> key_holder_;
    void start(Instant now, Effects& effects);
    Instant expired_at_{};
    AgreementId activated_; ///< whose activation is in our log
};

} // namespace fanlight::protocol
