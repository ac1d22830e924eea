#pragma once
// What must hold in every run of the simulation, whatever goes wrong: each oracle watches one promise of the design and
// says so at the first step that breaks it.

#include "tests/system/federation.hpp"

#include <memory>
#include <vector>

namespace fanlight::simulation {

/// A frame at the moment at which it leaves the node that wrote it (not one that relays it). What it says is opened
/// with keys that only a simulation has.
struct Sent {
    Member const& from;
    protocol::Frame const& frame;
    protocol::Envelope const& envelope;
    crypto::Sha256 payload_hash;
};

class Oracle {
  public:
    Oracle() = default;
    Oracle(Oracle const&) = delete;
    Oracle& operator=(Oracle const&) = delete;
    virtual ~Oracle() = default;
    virtual char const* name() const = 0;

    // Each throws Broken if the promise is broken.
    /// A step's effects, before anything of them is done.
    virtual void on_step(Federation const&, Member const&, protocol::Effects const&) {}
    /// Every frame that leaves a node, relayed ones and acknowledgements included.
    virtual void on_frame(Federation const&, Member const& /*from*/, protocol::Transmission const&) {}
    /// Every message that leaves the node that wrote it.
    virtual void on_message(Federation const&, Sent const&) {}
    /// After a step and everything it did.
    virtual void after_step(Federation const&, Member const&) {}
    /// All faults are mended, every node is up, and nothing is under way any more.
    virtual void at_end(Federation const&) {}
};

} // namespace fanlight::simulation
