#pragma once
// A node without its sockets, disk and clock: all its roles behind one step function. The same object runs in the
// daemon and, a dozen at a time, inside the simulation.

#include "protocol/engine/agency.hpp"
#include "protocol/engine/ceremony.hpp"
#include "protocol/engine/coordinator.hpp"
#include "protocol/engine/epoch_desk.hpp"
#include "protocol/engine/governance.hpp"
#include "protocol/engine/key_holder.hpp"
#include "protocol/engine/node_gate.hpp"
#include "protocol/engine/receipts.hpp"
#include "protocol/engine/reconciler.hpp"
#include "protocol/engine/restorer.hpp"
#include "protocol/engine/witness.hpp"

#include <variant>

namespace fanlight::protocol {

struct Started {
    bool quarantined = false; ///< this is an older copy: only get back what the log had since
};
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
    std::map<std::uint32_t, std::uint64_t> enrolled; ///< of these, who kept their anchors, by epoch
    crypto::Sha256 list_hash;                        ///< commits to the record list
};
struct IndexBuilt {
    IndexKey index;
};
// What an administrator asks for at the node's screen; each may be refused.
struct CeremonyStarted {
    CeremonyPlan plan;
};
struct CeremonyJoined {
    std::string typed; ///< the fingerprint, as words or hex
};
struct CeremonyAbandoned {};
struct EpochOpening {};  ///< at the coordinator: open the epoch that is being prepared, whoever is not enrolled
struct MatchesViewed {}; ///< at an agency: somebody is about to see its unsure matches
struct NoteProposed {    ///< a draft, a signature, a key note or a statement for the register
    std::string note;
    std::shared_ptr<std::vector<policy::Finding>> findings = nullptr; ///< gets what is wrong; nullptr: nobody looks
};
/// The tiles of this node's log have a new head; `end` is where the next leaf will go.
struct LogPublished {
    LeafPlace end;
};
struct ReconcileStarted {
    PartyId peer;
    Instant since{};
};
/// There is, or is no more, room on the disk for what a query would log.
struct DiskRoom {
    bool enough = true;
};
struct ClockJumped {}; ///< the system's clock was set
struct Stopping {};
using Event = std::variant<Started, LinkUp, LinkDown, FrameReceived, Woken, FamilySubmitted, RecordsImported,
                           IndexBuilt, CeremonyStarted, CeremonyJoined, CeremonyAbandoned, EpochOpening, MatchesViewed,
                           NoteProposed, LogPublished, Reviewed, Exported, ErasureOrdered, GlassBroken,
                           ReconcileStarted, DiskRoom, ClockJumped, Stopping>;

class Node {
  public:
    /// `records` is nullptr exactly at the coordinator. `self` refers to what is in `in_force`, which the node changes
    /// with the register. `witness_key` cosigns heads of the register and of others' logs. All references outlive the
    /// node. One thread.
    Node(Self const& self, InForce& in_force, crypto::SigningKey const& witness_key, Records const* records,
         OwnLog const& log, Copies const& copies);

    /// One piece of stored state, before the first step. Errc::damaged.
    Result<void> restore(Space space, ByteView key, ByteView value);

    /// The effects of an event. An error only for what a person asked for and was refused; then nothing has changed.
    Result<Effects> step(Instant now, Event event);
    /// In quarantine, once the restorer is done: what the store of the older copy gets, in one transaction with the
    /// taking out of its own leaves from `Restored::common` on. `meanwhile` is what those said; it is written again.
    /// Then the node starts anew, from that store.
    struct WrittenMeanwhile {
        crypto::LeafClass kind{};
        crypto::ExchangeTag exchange;
        std::vector<crypto::Field> fields;
    };
    Effects after_restore(Instant now, std::span<WrittenMeanwhile const> meanwhile);

    /// When to step with Woken next, if nothing else happens.
    std::optional<Instant> next_wake() const;

    Coordinator const* coordinator() const { return coordinator_ ? &*coordinator_ : nullptr; }
    Agency const* agency() const { return agency_ ? &*agency_ : nullptr; }
    KeyHolder const& key_holder() const { return key_holder_; }
    Epochs const& epochs() const { return epochs_; }
    Ceremony const& ceremony() const { return ceremony_; }
    EpochDesk const* epoch_desk() const { return epoch_desk_ ? &*epoch_desk_ : nullptr; }
    TokenClient const& tokens() const { return tokens_; }
    Registrar const& registrar() const { return registrar_; }
    LogKeeper const& log_keeper() const { return keeper_; }
    Witness const& witness() const { return witness_; }
    Reconciler const& reconciler() const { return reconciler_; }
    Governance const& governance() const { return governance_; }
    Restorer const* restorer() const { return restorer_ ? &*restorer_ : nullptr; } ///< of a node in quarantine
    InForce const& in_force() const { return in_force_; }
    bool is_up(PartyId const& peer) const { return post_.is_up(peer); }
    std::size_t waiting(PartyId const& peer) const { return post_.waiting(peer); }

  private:
    void dispatch(Instant now, Incoming const& incoming, Effects& effects);
    void refusal(Instant now, Incoming const& incoming, Effects& effects);
    void wake(Instant now, Effects& effects);
    void note(Instant now, std::string_view text, crypto::LeafClass kind, Effects& effects) const;

    Self const& self_;
    void start(Instant now, Effects& effects);
    Result<Effects> step_in_quarantine(Instant now, Event const& event);
    Result<void> handle_in_quarantine(Instant now, Event const& event, Effects& effects);
    Result<void> restore_restored(ByteView key, ByteView value);
    Result<void> handle(Instant now, Event& event, Effects& effects);
    void key_message(Instant now, Incoming const& incoming, Effects& effects);
    void finished(Instant now, Tokens const& tokens, Effects& effects);

    void agreement_changed(Instant now, Effects& effects);
    bool knows(AgreementId const& id) const { return self_.version(id) != nullptr; }

    InForce& in_force_;
    Effects carried_; ///< of a change that came with a step that was refused
    Post post_;
    OwnLog const& log_;
    Registrar registrar_;
    LogKeeper keeper_;
    NodeGate gate_;
    Witness witness_;
    Receipts receipts_;
    Reconciler reconciler_;
    Governance governance_;
    Epochs epochs_;
    TokenClient tokens_;
    Ceremony ceremony_;
    KeyHolder key_holder_;
    std::optional<Coordinator> coordinator_;
    std::optional<EpochDesk> epoch_desk_;
    std::optional<Agency> agency_;
    std::optional<Restorer> restorer_;
    Instant expired_at_{};
    AgreementId activated_; ///< whose activation is in our log
};

} // namespace fanlight::protocol
