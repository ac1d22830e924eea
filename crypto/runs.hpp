#pragma once
// Inside this room: a batch on the threads that the caller's Parallel offers, in a few runs of neighbouring items.
// Neither the values nor which error is reported depends on how the batch was split.

#include "base/result.hpp"
#include "crypto/parallel.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace fanlight::crypto {

inline constexpr std::size_t runs_max = 8;

/// make(0) .. make(size - 1), each a Result<T>, in order; or the error of the first item that has one. A run writes
/// only to what is its own.
template <class T, class Make>
Result<std::vector<T>> make_all(std::size_t size, Parallel const& parallel, Make const& make) {
    struct Run {
        std::vector<T> made;
        std::optional<Error> error;
    };
    std::vector<Run> runs(std::min(runs_max, size));
    parallel(runs.size(), [&](std::size_t number) {
        auto const end = size * (number + 1) / runs.size();
        auto& run = runs[number];
        for (auto i = size * number / runs.size(); i < end && !run.error; ++i) {
            Result<T> one = make(i);
            if (one) {
                run.made.push_back(std::move(one).assume_value());
            } else {
                run.error = one.assume_error();
            }
        }
    });
    std::vector<T> all;
    all.reserve(size);
    for (auto& run : runs) {
        if (run.error) return *run.error;
        std::move(run.made.begin(), run.made.end(), std::back_inserter(all));
    }
    return all;
}

} // namespace fanlight::crypto
