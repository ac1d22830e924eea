#pragma once
// The witness: cosigns heads of the other parties' logs, by the rule of c2sp.org/tlog-witness, over the federation's
// own messages. It never cosigns two heads of a log of which one does not lead to the other, so whoever holds a head
// with enough cosignatures knows that there is no other history. With each head it takes the new leaves, sealed by
// their owner to itself, and gives them back to an owner that has lost them.
//
//   owner --log_head(old size, proof, signed head, sealed leaves)--> witness: check, persist, then
//         <--log_cosignature(200, line | 409, size | 403 | 404 | 422)--
//
// The record of what was cosigned is in the same transaction as the answer, before it leaves.

#include "protocol/engine/log_policy.hpp"
#include "protocol/engine/post.hpp"
#include "protocol/wire/log_wire.hpp"

namespace fanlight::protocol {

inline constexpr int witnessed_years = 1; ///< a log's year may be this far from ours

/// What this node has of others' leaves; the shell implements it over the store.
class Copies {
  public:
    Copies() = default;
    Copies(Copies const&) = delete;
    Copies& operator=(Copies const&) = delete;
    virtual ~Copies() = default;
    /// The copy with the leaf at `position`, and those that go on from there, each beginning where the one before ends:
    /// as many as `bytes_max` of sealed bytes hold and copies_chunks_max, but one at least. None: nobody gave us that
    /// leaf. Errc::io, Errc::damaged.
    virtual Result<std::vector<NewCopy>> copies(std::string const& origin, std::uint64_t position,
                                                std::size_t bytes_max) const = 0;
};

class Witness {
  public:
    Witness(Self const& self, crypto::SigningKey const& key, Post& post, Copies const& copies)
        : self_(self), key_(key), post_(post), copies_(copies) {}

    void head(Instant now, Incoming const& incoming, Effects& effects);
    void copies_requested(Instant now, Incoming const& incoming, Effects& effects);
    Result<void> restore(ByteView key, ByteView value);

    struct Known {
        crypto::WitnessedHead head;
        Instant at{};
        std::string note; ///< as its owner signed it
    };
    /// By origin: the latest head that we cosigned.
    std::map<std::string, Known> const& known() const { return known_; }
    /// Logs that have shown us two histories, with the signed head that contradicts what we know. For ever: it is
    /// proof.
    std::map<std::string, std::string> const& forks() const { return forks_; }

  private:
    LogCosignature judge(Instant now, PartyId const& sender, LogHead const& message, Effects& effects);
    void note_fork(Instant now, PartyId const& sender, std::string const& origin, std::string const& note,
                   Effects& effects);
    std::optional<crypto::NoteKey> key_of(std::string const& origin, NamedLog const& log,
                                          std::string const& checkpoint) const;

    Self const& self_;
    crypto::SigningKey const& key_;
    Post& post_;
    Copies const& copies_;
    std::map<std::string, Known> known_;
    std::map<std::string, std::string> forks_;
};

} // namespace fanlight::protocol
