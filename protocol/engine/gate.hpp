#pragma once
// Whether a node may tell anybody anything now, apart from what the agreement says of single fields. The register's
// part of it is behind this port, so that an agency's engine can be looked at alone.

#include "protocol/engine/effects.hpp"

namespace fanlight::protocol {

class Gate {
  public:
    Gate() = default;
    Gate(Gate const&) = delete;
    Gate& operator=(Gate const&) = delete;
    virtual ~Gate() = default;

    /// Why this node discloses nothing to anybody now; none: it may.
    virtual std::optional<policy::Reason> silent(Instant now) const = 0;
    /// Whether `by` has stopped its answers to `of`.
    virtual bool is_suspended(PartyId const& by, PartyId const& of) const = 0;
    /// Asks the coordinator for what may have been missed; seldom.
    virtual void ask(Instant now, Effects& effects) = 0;
};

} // namespace fanlight::protocol
