#pragma once
// Chance for made-up people: the same for a seed on every machine. No std distribution (their results are the
// library's own affair) and no floating point.

#include <cassert>
#include <cstdint>
#include <span>
#include <string_view>

namespace fanlight::people {

/// How often, per 100,000.
using Rate = std::uint32_t;
inline constexpr Rate always = 100'000;

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; Vigna's
/// constants).
constexpr std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

/// One stream for each (seed, purpose, index), so that a change at one person leaves all others as they were.
class Random {
  public:
    constexpr Random(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index)
        : state_(mixed(mixed(seed + gamma * purpose) + gamma * index)) {}

    constexpr std::uint64_t next() { return mixed(state_ += gamma); }
    /// 0 to end - 1. `end` is at least 1; uneven by less than end / 2^32.
    constexpr std::uint32_t below(std::uint32_t end) {
        return static_cast<std::uint32_t>(((next() >> 32U) * end) >> 32U);
    }
    /// `first` to `last`, both included.
    constexpr int between(int first, int last) {
        return first + static_cast<int>(below(static_cast<std::uint32_t>(last - first + 1)));
    }
    /// The middle is likelier than the ends: the mean of two draws.
    constexpr int around(int first, int last) { return (between(first, last) + between(first, last)) / 2; }
    constexpr bool chance(Rate rate) { return below(always) < rate; }
    template <class T> T const& one_of(std::span<T const> all) {
        assert(!all.empty());
        return all[below(static_cast<std::uint32_t>(all.size()))];
    }

  private:
    static constexpr std::uint64_t gamma = 0x9E3779B97F4A7C15ULL;
    std::uint64_t state_;
};

} // namespace fanlight::people
