#pragma once
// The shortest story that still breaks the same promise.

#include "tests/system/storm/storm.hpp"

namespace fanlight::simulation {

/// Leaves out deeds, in halves first and one by one in the end, as long as what is left breaks `promise`, too. Plays at
/// most `plays` stories.
Story shrink(Story story, std::string const& promise, unsigned plays = 300);

} // namespace fanlight::simulation
