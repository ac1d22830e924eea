#pragma once
// The oracles of a story, but for the agreement's own (agreement_oracle.hpp).

#include "tests/system/storm/storm.hpp"

namespace fanlight::simulation {

/// All of them. `scene` outlives them.
std::vector<std::unique_ptr<Oracle>> all_oracles(Scene const& scene, Shape const& shape);

/// Everything an exchange does is done once, and what was charged is what the log says was done. Throws Broken("once").
void demand_once(Federation const& federation, std::set<PartyId> const& but = {});

} // namespace fanlight::simulation
