#pragma once
// People who do not exist, many of them, the same for the same seed.

#include <cstdint>
#include <string>

namespace fanlight::bench {

/// A people file in the documented layout, families of four; names are random syllables.
std::string synthetic_people(std::uint64_t seed, std::size_t count);

} // namespace fanlight::bench
