#pragma once
// The keeper of a node's own log: has its heads cosigned by other organisations, holds back what must not leave before
// that, says when a node without witnesses falls silent, and sends receipts.
//
//   leaf durable -> tiles, head published -> log_head to 4 witnesses -> 2 organisations cosign -> stage 2 leaves,
//                                                                                                receipts leave
//
// - Heads go out when something waits for one, for receipts a few seconds after the first that is due, and otherwise
//   once a minute while the log grows. A sensitive service's go out at times that do not depend on its records, padded
//   with filler leaves to a multiple of 64 (docs/protocol.md, "Witnessing").
// - Without enough cosignatures for 300 s, or none since the start, the node discloses nothing at all. Break-glass, by
// a
//   named person and a second one, opens stage 1 for a time; stage 2 stays shut.
// - A witness that has seen more of our log than we have: this is an old copy. It must not go on (LogBehind).

#include "protocol/engine/log_policy.hpp"
#include "protocol/engine/own_log.hpp"
#include "protocol/engine/post.hpp"
#include "protocol/wire/log_wire.hpp"

namespace fanlight::protocol {

inline constexpr std::size_t witnesses_asked = 4;                       ///< at first; all of them if they are slow
inline constexpr Duration witnesses_patience = std::chrono::seconds(5); ///< then all are asked
inline constexpr Duration witness_asked_again = std::chrono::hours(1);  ///< one that has refused, at the earliest
/// One that has not answered is asked again after this long, then after twice that, and so on up to the hour: what
/// waits for one that is away stays few messages, and one that lost the request, or refused it by its clock, is not
/// given up.
inline constexpr Duration witness_silence_first = std::chrono::seconds(30);
inline constexpr Duration heads_every = std::chrono::seconds(60);        ///< while the log grows and nothing waits
inline constexpr Duration receipts_gather = std::chrono::seconds(3);     ///< so that one head serves several
inline constexpr Duration unwitnessed_max = std::chrono::seconds(300);   ///< then nothing is disclosed
inline constexpr Duration padded_heads_every = std::chrono::minutes(15); ///< of a sensitive service
inline constexpr Duration padded_head_after = std::chrono::seconds(1);   ///< its reply to whatever came in
inline constexpr std::uint64_t padding = 64;
inline constexpr Duration glass_open_max = std::chrono::hours(24);

/// A named person and a second one decide that lives depend on disclosing although nobody witnesses the log.
struct GlassBroken {
    std::string user;
    std::string approver;
    std::string reason;
    Duration lasts{};
};

class LogKeeper {
  public:
    /// Why nothing may leave for a party, apart from witnesses: it is suspended, the agreement is revoked.
    using Stopped = std::function<std::optional<policy::Reason>(Instant now, PartyId const& peer)>;
    LogKeeper(Self const& self, Post& post, OwnLog const& log, Stopped stopped)
        : self_(self), post_(post), log_(log), stopped_(std::move(stopped)) {}

    void start(Instant now, Effects& effects);
    /// The tiles have a new head; `end` is where its next leaf will go.
    void published(Instant now, LeafPlace const& end, Effects& effects);
    void cosignature(Instant now, Incoming const& incoming, Effects& effects);
    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    /// Something came in that a sensitive service answers after `answers_in`: its next padded head follows then.
    void came_in(Instant now, Duration answers_in);

    /// Sends it once the leaf that this step writes for it is under a cosigned head.
    void hold(Instant now, Letter letter, crypto::ExchangeTag const& tag, Effects& effects);
    /// A receipt for the leaf of this class and tag that this step writes, once it is under a cosigned head.
    void owe_receipt(Instant now, PartyId const& recipient, crypto::ExchangeTag const& tag, crypto::LeafClass kind,
                     Effects& effects);
    /// The clock was set: what was asked by the other time counts as not asked.
    void clock_jumped(Instant now, Effects& effects);
    /// Whether the disk has room for what a query would log.
    void set_room(Instant now, bool enough, Effects& effects);

    /// Why nothing may be disclosed now; none: it may.
    std::optional<policy::Reason> silent(Instant now) const;
    /// Errc::malformed: a text is empty or too long; Errc::refused: the two are one person, or it would last over
    /// glass_open_max.
    Result<void> break_glass(Instant now, GlassBroken const& broken, Effects& effects);

    /// Somebody has cosigned more of this log than it has: it is an older copy, and must stop at once.
    struct Behind {
        PartyId witness;
        std::uint64_t size = 0; ///< that the witness knows
    };
    std::optional<Behind> const& behind() const { return behind_; }
    /// Who says so, or that our log has another history; as many organisations as must cosign make it true, so that
    /// one witness that lies stops nobody.
    std::set<PartyId> const& contradicted_by() const { return contradicted_by_; }

    // For screens.
    struct CosignedHead {
        LeafPlace end;    ///< where the first leaf that is not under it goes
        std::string note; ///< with the cosignatures that came
        Instant at{};
        std::size_t organisations = 0;
    };
    std::optional<CosignedHead> const& cosigned() const { return cosigned_; }
    LeafPlace const& published() const { return published_; }
    std::optional<Instant> unwitnessed_since() const { return unwitnessed_since_; }
    std::optional<Instant> glass_until() const { return glass_until_; }
    std::size_t held() const { return held_.size(); }
    struct WitnessState {
        LeafPlace end;                   ///< as far as it has cosigned
        std::optional<Instant> asked_at; ///< and has not answered since
        unsigned unanswered = 0;         ///< how often in a row
        crypto::Sha256 asked;            ///< hash of the last request
        std::uint64_t asked_from = 0;    ///< the size that it began from
        Instant answered_at{};
        std::optional<crypto::WitnessStatus> refused; ///< its last answer, if it was none of ok and conflict
    };
    std::map<PartyId, WitnessState> const& witnesses() const { return witnesses_; }

    Result<void> restore(ByteView key, ByteView value);
    /// This is an older copy whose log came back: what it was about to do with its heads, it did long ago. What waited
    /// for one does not leave, for the requests that it answers are from before the restore.
    void forget(Effects& effects) const;

  private:
    struct Held {
        Letter letter;
        crypto::ExchangeTag tag;
        AgreementId agreement; ///< under which it was decided
        Instant since{};
        std::optional<LeafPlace> end; ///< a head that ends here or later has its leaf
    };
    struct Due {
        PartyId recipient;
        crypto::ExchangeTag tag;
        crypto::LeafClass kind{};
        Instant since{};
    };
    struct Round {
        LeafPlace end;
        std::string text; ///< of the checkpoint
        std::string note; ///< with our signature only
        std::map<PartyId, std::string> lines;
        Instant since{};
        bool widened = false;
    };

    // log_keeper.cpp
    bool sensitive() const { return self_.own_entry().sensitive; }
    bool is_due(Instant now) const;
    void consider(Instant now, Effects& effects);
    void begin_round(Instant now, LeafPlace const& end, Effects& effects);
    void ask_witnesses(Instant now, Effects& effects);
    void ask(Instant now, PartyId const& witness, Effects& effects);
    std::vector<PartyId> asked_in_round() const;
    bool may_confirm(PartyId const& witness, std::int32_t shard) const;
    bool take_line(PartyId const& witness, std::string_view body);
    std::size_t organisations(std::set<PartyId> const& parties) const;
    void reached(Instant now, Effects& effects);
    void refused(Instant now, PartyId const& witness, crypto::WitnessStatus status, Effects& effects);
    void conflict(Instant now, PartyId const& witness, std::int32_t shard, std::string_view body, Effects& effects);
    void contradicted(PartyId const& witness, std::uint64_t size);
    LeafPlace shown() const;
    std::optional<LeafPlace> next_end() const;
    std::optional<LeafPlace> first_end() const;
    void pad(Instant now, Effects& effects);
    void save_witness(PartyId const& witness, Effects& effects) const;
    void save_cosigned(Effects& effects) const;

    // log_keeper_held.cpp
    void release(Instant now, Effects& effects);
    void forget_held(Effects& effects) const;
    void send_receipts(Instant now, Effects& effects);
    Result<bool> send_receipt(Instant now, Due const& due, Effects& effects);
    Result<void> restore_held(std::uint64_t number, ByteView value);
    Result<void> restore_due(std::uint64_t number, ByteView value);

    Self const& self_;
    Post& post_;
    OwnLog const& log_;
    Stopped stopped_;
    LeafPlace published_;
    std::optional<LeafPlace> former_end_; ///< of the last year's shard, while it is not cosigned to its end
    std::optional<LeafPlace> padded_end_; ///< of a sensitive service: how far the outside may see
    std::set<Instant> pad_at_;            ///< when its next padded heads are made
    std::optional<CosignedHead> cosigned_;
    bool confirmed_ = false; ///< since the start
    LeafPlace life_began_;   ///< where its first leaf goes
    std::optional<Instant> unwitnessed_since_;
    std::optional<Round> round_;
    Instant round_began_{}; ///< the last one
    std::map<PartyId, WitnessState> witnesses_;
    std::map<std::uint64_t, Held> held_;
    std::map<std::uint64_t, Due> due_;
    std::uint64_t next_ = 1;
    std::optional<Instant> glass_until_;
    bool receipts_left_ = false;
    bool room_ = true;
    std::set<PartyId> contradicted_by_; ///< since the start
    std::optional<Behind> behind_;
};

} // namespace fanlight::protocol
