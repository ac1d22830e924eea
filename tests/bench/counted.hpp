#pragma once
// What this process really does of the work that cannot be avoided: multiplications in the group and flushes to the
// disk, counted and timed where they happen. The functions of libsodium and libc are wrapped in this program only.

#include <cstdint>

namespace fanlight::bench {

struct Counted {
    std::uint64_t multiplications = 0; ///< of any point, and of the generator
    std::uint64_t flushes = 0;         ///< fsync, fdatasync
    double flush_s = 0;

    Counted operator-(Counted const& before) const {
        return {multiplications - before.multiplications, flushes - before.flushes, flush_s - before.flush_s};
    }
};
Counted counted(); ///< since the start, by all threads

} // namespace fanlight::bench
