#pragma once
// A key ceremony: the holders make a key that nobody ever has, or share the same key anew among other holders, over the
// coordinator's relay (docs/protocol.md, "Ceremony").
//
//   coordinator --proposal--> every participant; its administrator compares the words by phone and joins
//   1 each participant tells all the others the hash of its commitments
//   2 once it has every hash: commitments and proof of knowledge
//   3 once it has all of them: what it heard from whom (so that nobody can tell two others different things), and
//     to each receiver its share, sealed
//   4 once every share fits and everybody heard the same: the certificate, signed
//   5 once it has every signature: the certificate goes to the coordinator, the share into use
//
// Participants are the dealers (who have a part of the key to give) and the receivers (the new holders); for a new key
// they are the same. Any complaint aborts and names the cause. Everything is stored before it is sent, and follows from
// one seed, so a participant that crashed goes on where it was. It waits for ever for who is silent; the screen says
// for whom, and a new proposal replaces it.
//
// Whoever has signed a certificate never signs another with the same epoch and sharing, and keeps its share even if the
// ceremony ends before it has all the signatures: somebody else may have them, and then the key is made.

#include "protocol/engine/ceremony_session.hpp"
#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

/// What the coordinator's administrator asks for.
struct CeremonyPlan {
    std::vector<PartyId> holders; ///< who shall hold a share; empty: everybody the agreement lets
    bool reshare = false;         ///< the same key, for other holders; else a new key in a new epoch
    std::vector<PartyId> dealers; ///< of a reshare: exactly t present holders; empty: the first t that are connected
};

char const* name(CeremonyStage stage);
char const* in_words(CeremonyStage stage); ///< for a screen

/// The ceremony under way, or the last one, as a screen shows it.
struct CeremonyView {
    CeremonyProposal proposal;
    crypto::Sha256 fingerprint; ///< of the proposal: the words to compare before joining
    CeremonyStage stage = CeremonyStage::proposed;
    Instant since{};
    std::map<PartyId, CeremonyStage> participants; ///< how far each of them is, as far as this node has heard
    std::vector<PartyId> waiting_for;
    std::optional<crypto::Sha256> certificate; ///< fingerprint of the certificate: the words to compare at the end
    std::string cause;                         ///< why it was aborted, in words, with the party it is about
    std::optional<PartyId> accused;            ///< whom the complaint is about, where that can be proven
};

class Ceremony {
  public:
    Ceremony(Self const& self, Post& post, Epochs& epochs) : self_(self), post_(post), epochs_(epochs) {}

    /// At the coordinator. Errc::refused with the mend: not the coordinator, a plan that the agreement does not allow,
    /// a reshare without an open epoch.
    Result<void> start(Instant now, CeremonyPlan const& plan, Effects& effects);
    /// At a participant: its administrator has typed the fingerprint (words or hex). Errc::missing: no proposal waits;
    /// Errc::wrong_key: it is another fingerprint.
    Result<void> join(Instant now, std::string_view typed, Effects& effects);
    /// At a participant or the coordinator: ends it. Errc::missing: none is under way.
    Result<void> abandon(Instant now, Effects& effects);

    void receive(Instant now, Incoming const& incoming, Effects& effects);
    /// A key certificate that came from the coordinator, before the caller gives it to Epochs. If it is one that we
    /// signed, our share goes into use with it: somebody else had all the signatures first.
    void certificate(Instant now, std::string_view note, Effects& effects);
    /// Shares that were kept and are in use by now, or whose epoch or sharing is over, are erased; a reshare of an
    /// epoch that is destroyed ends.
    void forget_useless(Instant now, Effects& effects);
    Result<void> restore(ByteView key, ByteView value);

    std::optional<CeremonyView> view() const;

  private:
    /// What we gave our signature to, and our share of it; none if we only dealt.
    struct Signed {
        crypto::Sha256 certificate;
        std::optional<crypto::OprfKey> share;
    };
    using Number = std::pair<std::uint32_t, std::uint32_t>; ///< epoch, sharing

    // ceremony.cpp: the coordinator's part, and what an administrator asks for.
    Result<CeremonyProposal> propose(Instant now, CeremonyPlan const& plan) const;
    Result<void> propose_reshare(CeremonyPlan const& plan, CeremonyProposal& proposal) const;
    void proposed(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects);
    void progressed(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects);
    void abandoned(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects);
    void complained(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects);
    void hear_end(Instant now, PartyId const& from, CauseKind kind, Verdict const& verdict, Effects& effects);
    CeremonyStage stage_of(PartyId const& party) const;
    bool is_waited_for(PartyId const& party) const;

    // ceremony_rounds.cpp: a participant's part.
    void heard(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects);
    void dealt(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects);
    void advance(Instant now, Effects& effects);
    bool reveal(Instant now, Effects& effects);
    bool share_out(Instant now, Effects& effects);
    bool sign(Instant now, Effects& effects);
    bool finish(Instant now, Effects& effects);
    std::optional<CeremonyComplaint> fault_in(Said const& commitments) const;
    std::optional<CeremonyComplaint> fault_in_heard(Said const& heard) const;
    Result<crypto::Polynomial> polynomial(crypto::CeremonySeed const& seed) const;
    Result<std::optional<crypto::OprfKey>> own_share() const;
    Result<Bytes> seal_share(crypto::Polynomial const& own, PartyId const& receiver) const;

    // ceremony_ends.cpp: saying, moving on, ending, and the state on disk.
    void send(Instant now, CeremonyId const& id, PartyId const& to, CeremonyKind kind, Bytes body, Effects& effects);
    void send(Instant now, PartyId const& to, CeremonyMessage const& message, Effects& effects);
    void send_all(Instant now, CeremonyKind kind, Bytes const& body, bool coordinator_too, Effects& effects);
    void say(Instant now, CeremonyKind kind, Bytes body, Effects& effects);
    void enter(Instant now, CeremonyStage stage, Effects& effects);
    void complain(Instant now, CeremonyComplaint const& complaint, Effects& effects);
    void give_up(Instant now, AbandonReason reason, Effects& effects);
    void end(Instant now, CauseKind kind, Verdict const& verdict, Effects& effects);
    void better_cause(Instant now, CauseKind kind, Verdict const& verdict, Effects& effects);
    void completed(Instant now, Effects& effects);
    void log(Instant now, std::string const& text, crypto::Sha256 const& about, Effects& effects) const;

    void begin(CeremonySession session, Effects& effects);
    void save_session(Effects& effects) const;
    void save_marks(Effects& effects) const;
    void mark_used(Effects& effects); ///< a certificate with the session's numbers may be signed
    void store(Said const& said, Effects& effects);
    void store(PartyId const& dealer, ReceivedShare share, Effects& effects);
    void store_seed(crypto::CeremonySeed seed, Effects& effects);
    void store_told(PartyId const& party, CeremonyStage stage, Effects& effects);
    void keep_signed(Effects& effects);
    void forget_secrets(Effects& effects);
    void forget_session(Effects& effects);
    Result<void> restore_session(ByteView value);

    Self const& self_;
    Post& post_;
    Epochs& epochs_;
    std::optional<CeremonySession> session_;
    Instant last_proposed_{};
    std::map<std::uint32_t, std::uint32_t> used_; ///< by epoch: the last sharing of which a certificate may be signed
    std::map<Number, Signed> signed_;             ///< of ceremonies that ended before we had every signature
};

} // namespace fanlight::protocol
