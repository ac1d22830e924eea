#pragma once
// A random order that tells nothing: of the slots of a query, of the keys and wraps of a slot.

#include "crypto/random.hpp"

#include <cassert>
#include <vector>

namespace fanlight::protocol {

/// An unbiased number below `bound` (at most 256).
inline std::size_t below(std::size_t bound, crypto::Random& random) {
    assert(bound > 0 && bound <= 256);
    auto const fair = 256 - 256 % bound;
    for (;;) { // ends with probability 1; each turn fails with less than one half
        std::uint8_t byte = 0;
        random.fill({&byte, 1});
        if (byte < fair) return byte % bound;
    }
}

template <class T> void shuffle(std::vector<T>& items, crypto::Random& random) {
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[below(left, random)]);
}

} // namespace fanlight::protocol
