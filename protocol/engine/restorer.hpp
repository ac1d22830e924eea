#pragma once
// A node that begins from an older copy of its data gets back what its log had since: the newest head from those who
// witnessed it, and the leaves up to there from the copies that they keep, sealed by us. Only a node in quarantine has
// one (protocol/engine/node.hpp); nothing is written and nothing disclosed until it is done.
//
//   restored node --copies_request(no leaves)--> every party of another organisation --copies_reply(head)-->
//                 enough have told: the largest head is the end of our log
//                 --copies_request(from)--> one of them --copies_reply(chunks)--> until the head is reached
//                 the leaves hash to its root, and the others' heads are on the same tree: Restored
//
// "Enough" is every party of all organisations but cosigners_needed - 1: a head that counted was cosigned by so many
// that one of those who have told knows it. So what is restored is no shorter than anything that ever counted.

#include "protocol/engine/log_copy.hpp"
#include "protocol/engine/log_policy.hpp"
#include "protocol/engine/post.hpp"
#include "protocol/wire/log_wire.hpp"

namespace fanlight::protocol {

inline constexpr Duration restore_patience = std::chrono::seconds(30);       ///< for the rest, once enough have told
inline constexpr Duration restore_asked_again = std::chrono::seconds(60);    ///< who has not told its head
inline constexpr Duration restore_piece_patience = std::chrono::seconds(10); ///< then another is asked for the leaves
inline constexpr Duration restore_retried = std::chrono::minutes(5);         ///< after leaves were found to be lost

/// Leaves that came back from others: their openings are gone. One row of Space::restored.
struct RestoredLeaves {
    LeafPlace first;
    std::uint64_t end = 0;
    Instant at{};              ///< requests from before are refused
    std::uint32_t queries = 0; ///< of the leaves: queries received, which are taken as of the day of the restore
    bool has(LeafPlace const& leaf) const {
        return leaf.shard == first.shard && leaf.position >= first.position && leaf.position < end;
    }
};
Bytes restored_key(RestoredLeaves const& leaves);
Bytes restored_value(RestoredLeaves const& leaves);
Result<RestoredLeaves> parse_restored(ByteView key, ByteView value); ///< Errc::damaged

class Restorer {
  public:
    /// `from`: the end of the last head of the copy that was cosigned; position 0 if there is none.
    Restorer(Self const& self, Post& post, OwnLog const& log, LeafPlace const& from)
        : self_(self), post_(post), log_(log), from_(from) {}

    void start(Instant now, Effects& effects);
    void reply(Instant now, Incoming const& incoming, Effects& effects);
    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;

    struct Restored {
        std::int32_t shard = 0;
        std::uint64_t common = 0;          ///< so far the copy and the log are the same
        std::vector<crypto::Leaf> leaves;  ///< from there to the end of the head; none: the copy was not behind
        std::vector<ErasedSubject> erased; ///< by those leaves and those just before
        crypto::Checkpoint head;           ///< empty: nobody has any head of this log
        std::string note;                  ///< the head as this node signed it once
        std::set<PartyId> elsewhere;       ///< they have cosigned leaves that the copy wrote by itself
        RestoredLeaves record(Instant now) const;
    };
    struct Lost {
        crypto::Checkpoint head;
        std::string note;
        std::set<PartyId> known_by; ///< who has told a head as large
        std::set<PartyId> silent;   ///< might have the leaves, and did not answer
    };
    std::optional<Restored> const& restored() const { return restored_; }
    /// Nobody who answers can give all the leaves up to the newest head. It is tried again from time to time.
    std::optional<Lost> const& lost() const { return lost_; }
    /// Who has not told its head yet.
    std::vector<PartyId> waited_for() const;

  private:
    struct Asked {
        ExchangeId exchange;
        Instant at{};
    };
    struct Told {
        crypto::Checkpoint head; ///< size 0: it has none
        std::string note;
    };
    struct Fetch {
        crypto::Checkpoint head;
        std::string note;
        std::vector<PartyId> sources; ///< this attempt asks them in this order
        std::size_t attempts = 0;     ///< each begins with another source
        std::size_t source = 0;       ///< who is asked now
        std::size_t in_vain = 0;      ///< so many in a row have not given the next piece
        std::vector<crypto::Leaf> leaves;
        std::vector<ErasedSubject> erased;
        std::set<PartyId> silent;
    };

    void ask(Instant now, PartyId const& witness, std::uint64_t first, Effects& effects);
    std::optional<Told> head_of(std::string const& note) const;
    bool enough() const;
    void consider(Instant now, Effects& effects);
    void begin_fetch(Instant now, Effects& effects);
    void ask_for_piece(Instant now, Effects& effects);
    bool take(std::span<CopiesReply::Chunk const> chunks);
    void next_source(Instant now, Effects& effects);
    void next_attempt(Instant now, Effects& effects);
    enum class Verdict { restored, other_leaves, too_few };
    Verdict verify();
    void judge(Instant now, Effects& effects);
    void give_up(Instant now);
    std::uint64_t next_position() const { return from_.position + fetch_->leaves.size(); }

    Self const& self_;
    Post& post_;
    OwnLog const& log_;
    LeafPlace from_;
    std::map<PartyId, Asked> asked_;
    std::map<PartyId, Told> told_;
    std::set<PartyId> aside_; ///< of those who have told: their heads are on a tree that too few others have
    std::optional<Instant> enough_since_;
    std::optional<Fetch> fetch_;
    std::optional<Instant> retry_at_;
    std::optional<Restored> restored_;
    std::optional<Lost> lost_;
};

} // namespace fanlight::protocol
