#pragma once
// A key holder: evaluates blinded elements with its share, inside the signed budgets, and logs every evaluation.

#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

class KeyHolder {
  public:
    KeyHolder(Self const& self, Post& post) : self_(self), post_(post) {}

    void request(Instant now, Incoming const& incoming, Effects& effects);
    Result<void> restore_budget(ByteView key, ByteView value);
    /// Evaluations charged to an organisation for a purpose in its current period.
    std::uint32_t charged(std::string const& organisation, EvaluatePurpose purpose, Instant now) const;

  private:
    Bytes budget_key(std::string const& organisation, EvaluatePurpose purpose, Instant now) const;

    Self const& self_;
    Post& post_;
    std::map<Bytes, std::uint32_t> charged_;
};

} // namespace fanlight::protocol
