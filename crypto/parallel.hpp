#pragma once
// How a batch may use more than one core. This room starts no thread: whoever calls hands over a way to run tasks.

#include <cstddef>
#include <functional>

namespace fanlight::crypto {

/// Runs task(0) .. task(count - 1), in any order, perhaps at the same time on several threads; returns when all are
/// done. The tasks of one call touch different memory.
using Parallel = std::function<void(std::size_t count, std::function<void(std::size_t)> const& task)>;

/// One after the other, on the caller's thread.
inline Parallel const& one_thread() {
    static Parallel const in_order = [](std::size_t count, std::function<void(std::size_t)> const& task) {
        for (std::size_t i = 0; i < count; ++i) task(i);
    };
    return in_order;
}

} // namespace fanlight::crypto
