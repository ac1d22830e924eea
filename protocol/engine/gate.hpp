#pragma once
// What stands between an engine and what it would tell: whether the node may tell anybody anything now, apart from what
// the agreement says of single fields, and what must wait until the log is witnessed. Behind this port, so that an
// agency's engine can be looked at alone.

#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

class Gate {
  public:
    Gate() = default;
    Gate(Gate const&) = delete;
    Gate& operator=(Gate const&) = delete;
    virtual ~Gate() = default;

    /// Why this node discloses nothing to anybody now; none: it may. What may be over in a moment is waited for
    /// (may_pass).
    virtual std::optional<policy::Reason> silent(Instant now) const = 0;
    /// Whether `by` has stopped its answers to `of`.
    virtual bool is_suspended(PartyId const& by, PartyId const& of) const = 0;
    /// Asks the coordinator for what may have been missed; seldom.
    virtual void ask(Instant now, Effects& effects) = 0;

    /// As LogKeeper: sends it once the leaf that this step writes is under a cosigned head.
    virtual void hold(Instant now, Letter letter, crypto::ExchangeTag const& tag, Effects& effects) = 0;
    /// As LogKeeper: a receipt for the leaf of this class and tag that this step writes.
    virtual void owe_receipt(Instant now, PartyId const& recipient, crypto::ExchangeTag const& tag,
                             crypto::LeafClass kind, Effects& effects) = 0;
    /// As LogKeeper: something came in that is answered after `answers_in`, whatever this node holds.
    virtual void came_in(Instant now, Duration answers_in) = 0;
};

/// Whether a node falls silent for this only until others can be heard again.
inline bool may_pass(std::optional<policy::Reason> const& reason) {
    return reason == policy::Reason::no_lease || reason == policy::Reason::unwitnessed;
}

} // namespace fanlight::protocol
