#pragma once
// Both ends of every exchange, compared without content: each end logs an exchange under the same tag, which nobody
// else can compute, so the two lists of tags are all it takes (docs/protocol.md, "Reconciling").
//
//   asker --reconcile_request(since, after)--> peer
//         <--reconcile_reply(ends, more)-----

#include "protocol/engine/own_log.hpp"
#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

inline constexpr std::size_t reconcile_page = 512;                      ///< ends in one reply
inline constexpr std::size_t reconcile_pages_max = 256;                 ///< in one reconciliation; over it, begin later
inline constexpr Duration reconcile_patience = std::chrono::minutes(2); ///< for the next page
inline constexpr Duration reconcile_grace = std::chrono::minutes(2);    ///< younger exchanges may be under way

struct Unmatched {
    ExchangeEnd end;
    bool ours = false; ///< we have it, the peer has no counterpart; false: the other way round, and its place is theirs
};
struct Reconciliation {
    PartyId peer;
    Instant since{};
    Instant asked{};
    enum class State : std::uint8_t { asking, done, failed } state = State::asking;
    std::string problem; ///< of a failed one: "it has not answered"
    std::uint64_t ours = 0;
    std::uint64_t theirs = 0;
    std::uint64_t matched = 0;
    std::uint64_t under_way = 0; ///< unmatched, and younger than reconcile_grace
    std::vector<Unmatched> unmatched;
};

class Reconciler {
  public:
    Reconciler(Self const& self, Post& post, OwnLog const& log) : self_(self), post_(post), log_(log) {}

    /// One at a time with each peer; a new one replaces the last. Errc::missing: no such party; Errc::refused:
    /// ourselves.
    Result<void> start(Instant now, PartyId const& peer, Instant since, Effects& effects);
    void request(Instant now, Incoming const& incoming, Effects& effects);
    void reply(Instant now, Incoming const& incoming, Effects& effects);
    void wake(Instant now);
    std::optional<Instant> next_wake() const;

    /// The last one with each peer; forgotten with the process.
    std::map<PartyId, Reconciliation> const& results() const { return results_; }

  private:
    void ask(Instant now, PartyId const& peer, Instant since, std::uint32_t shard, std::uint64_t after,
             Effects& effects);
    Result<void> compare(Instant now, Reconciliation& item) const;

    Self const& self_;
    Post& post_;
    OwnLog const& log_;
    std::map<PartyId, Reconciliation> results_;
    struct Gathering {
        ExchangeId exchange;
        std::size_t pages = 0;
        Instant last{};
        std::vector<ExchangeEnd> theirs;
    };
    std::map<PartyId, Gathering> gathering_;
};

} // namespace fanlight::protocol
