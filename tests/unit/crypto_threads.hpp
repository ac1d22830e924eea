#pragma once
// Ways to run a batch that differ from one_thread in order and in threads, so that tests see whether it matters.

#include "crypto/parallel.hpp"

#include <thread>
#include <vector>

namespace fanlight::crypto {

/// The last task first.
inline Parallel backwards() {
    return [](std::size_t count, std::function<void(std::size_t)> const& task) {
        for (auto i = count; i-- > 0;) task(i);
    };
}
/// Each task on a thread of its own.
inline Parallel threads() {
    return [](std::size_t count, std::function<void(std::size_t)> const& task) {
        std::vector<std::thread> running;
        for (std::size_t i = 0; i < count; ++i) running.emplace_back([&task, i] { task(i); });
        for (auto& thread : running) thread.join();
    };
}

} // namespace fanlight::crypto
