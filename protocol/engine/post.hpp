#pragma once
// Messages in and out of a node: sealing, signatures, replay, the outbox, and the coordinator's blind relay.
//
// Delivery is at least once, effect is once: a frame stays in the outbox until the next hop acknowledges it (which it
// does after its own commit), and a message that was seen before has no second effect.
//
//   agency --frame--> coordinator: recipient is another party? into that party's outbox : open
//          <--ack---

#include "protocol/engine/self.hpp"

#include <set>
#include <unordered_map>

namespace fanlight::protocol {

/// With limits::outbox_frames_max, what may wait for one peer. Over it nothing is relayed to it, and what it asks is
/// not taken: whoever does not collect what waits is given nothing more to collect. Neither is acknowledged, so the
/// sender keeps it and offers it again.
inline constexpr std::size_t outbox_bytes_max = std::size_t(256) << 20U;
/// And what may wait there of one other party: who floods takes no place from the others.
inline constexpr std::size_t relayed_frames_max = 2'000;
inline constexpr std::size_t relayed_bytes_max = std::size_t(32) << 20U;

/// A message to be sent. `answers` is zero in a request.
struct Letter {
    PartyId recipient;
    MessageType type;
    ExchangeId exchange;
    crypto::Sha256 answers;
    Bytes payload;
};

/// A message that was opened, verified, fresh, and not seen before.
struct Incoming {
    PartyId sender;
    Envelope envelope;
    crypto::Sha256 payload_hash;
};

class Post {
  public:
    explicit Post(Self const& self) : self_(self) {}

    /// Seals, stores in the outbox, and transmits if the next hop is there. Returns SHA-256 of the payload.
    crypto::Sha256 send(Instant now, Letter const& letter, Effects& effects);
    /// The same in an exchange of its own.
    crypto::Sha256 tell(Instant now, PartyId const& recipient, MessageType type, Bytes payload, Effects& effects);
    /// One opaque refusal, whatever the reason; the reason goes to our log, under the tag of the exchange where the
    /// request was good enough to have one.
    void refuse(Instant now, Incoming const& incoming, char const* reason, Effects& effects,
                crypto::ExchangeTag const& tag = {});

    /// Asks the coordinator for the key certificates that we may have missed; at most once a minute.
    void ask_for_epochs(Instant now, Effects& effects);

    void link_up(Instant now, PartyId const& peer, Effects& effects);
    void link_down(PartyId const& peer) { up_.erase(peer); }
    bool is_up(PartyId const& peer) const { return up_.contains(peer); }

    /// A frame from an authenticated peer: acknowledges, relays, or opens it. None: nothing for the engines to do.
    std::optional<Incoming> receive(Instant now, PartyId const& peer, ByteView frame, Effects& effects);

    /// This node is being restored: what the copy has in its outbox stays there.
    void quarantine();
    /// The same as receive() for a node in quarantine: only messages of types that are `wanted` are opened and
    /// acknowledged; the others stay with whoever sent them, and come again when this node is back.
    using Wanted = bool (*)(MessageType);
    std::optional<Incoming> receive_some(Instant now, PartyId const& peer, ByteView frame, Wanted wanted,
                                         Effects& effects);
    /// From now on requests from before `restored_at` are refused: this node may have answered them already.
    void refuse_before(Instant restored_at);

    /// Offers again what a peer has not acknowledged although its link is up: it was lost on the way, or the peer could
    /// not take it yet (its clock is behind ours, its outbox is full).
    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;

    /// Drops what is older than limits::outbox_age_max.
    void expire(Instant now, Effects& effects);
    std::size_t waiting(PartyId const& peer) const; ///< frames

    Result<void> restore_outbox(ByteView key, ByteView value);
    Result<void> restore_seen(ByteView key, ByteView value);

  private:
    struct Waiting {
        PartyId peer;
        PartyId sender; ///< who wrote it: we, or somebody for whom it is relayed
        FrameId id;
        Instant since{};
        Bytes frame;
        unsigned offers = 0;      ///< since its link is up
        Instant offer_again_at{}; ///< of no meaning before the first
    };
    struct Seen {
        FrameId frame;
        Instant at{};
    };
    struct Load {
        std::size_t frames = 0;
        std::size_t bytes = 0;
        bool reaches(std::size_t frames_max, std::size_t bytes_max) const {
            return frames >= frames_max || bytes >= bytes_max;
        }
    };
    using Outbox = std::map<std::uint64_t, Waiting>;

    PartyId const& next_hop(PartyId const& recipient) const;
    void enqueue(Instant now, PartyId const& peer, Frame const& frame, Effects& effects);
    void acknowledge(PartyId const& peer, FrameId const& id, Effects& effects) const;
    void acknowledged(PartyId const& peer, FrameId const& id, Effects& effects);
    void relay(Instant now, PartyId const& peer, Frame const& frame, Effects& effects);
    void keep(std::uint64_t number, Waiting waiting);
    void offer(Instant now, Outbox::value_type& entry, Effects& effects);
    Outbox::iterator drop(Outbox::iterator entry);
    bool has_room(PartyId const& peer) const;
    bool has_room(PartyId const& peer, PartyId const& sender) const;
    /// `taken` is false if the message must come again.
    std::optional<Incoming> open(Instant now, Frame const& frame, bool& taken, Effects& effects);
    Result<Envelope> open_with(Frame const& frame, OperationalKeys const& sender) const;
    void log_refusal(Instant now, std::optional<PartyId> const& sender, char const* reason, Effects& effects) const;

    Self const& self_;
    std::set<PartyId> up_;
    std::uint64_t next_ = 1;
    Outbox outbox_;
    std::map<std::pair<PartyId, FrameId>, std::uint64_t> by_frame_;
    std::map<PartyId, Load> load_;                            ///< of the outbox, by peer
    std::map<std::pair<PartyId, PartyId>, Load> relayed_;     ///< by peer and sender, of what others wrote
    std::set<std::pair<Instant, std::uint64_t>> offer_again_; ///< when, which
    std::map<Bytes, Seen> seen_;
    Instant epochs_asked_{};
    Instant restored_at_{};
};

} // namespace fanlight::protocol
