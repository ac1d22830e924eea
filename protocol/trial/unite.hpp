#pragma once
// Puts things together that have something in common, directly or through others (union-find).

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <unordered_map>
#include <vector>

namespace fanlight::protocol {

template <class Key> class Unite {
  public:
    explicit Unite(std::size_t things) : parents_(things) { std::iota(parents_.begin(), parents_.end(), 0U); }
    /// Whatever was put under one key belongs together.
    void put(std::size_t thing, Key const& key) {
        auto const first = first_of_.try_emplace(key, thing).first->second;
        join(first, thing);
    }
    void join(std::size_t one, std::size_t other) {
        one = root(one);
        other = root(other);
        if (one < other)
            parents_[other] = one;
        else
            parents_[one] = other;
    }
    /// The first of those that belong together with it.
    std::size_t root(std::size_t thing) {
        for (; parents_[thing] != thing; thing = parents_[thing]) parents_[thing] = parents_[parents_[thing]];
        return thing;
    }
    /// A number for each thing, the same for those that belong together, from 0 in the order in which they come first.
    std::vector<std::uint32_t> numbered() {
        std::vector<std::uint32_t> numbers(parents_.size());
        std::uint32_t next = 0;
        for (std::size_t thing = 0; thing < parents_.size(); ++thing) {
            auto const first = root(thing);
            numbers[thing] = first == thing ? next++ : numbers[first];
        }
        return numbers;
    }

  private:
    std::vector<std::size_t> parents_;
    std::unordered_map<Key, std::size_t> first_of_;
};

} // namespace fanlight::protocol
