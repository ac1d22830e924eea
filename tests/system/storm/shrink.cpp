#include "tests/system/storm/shrink.hpp"

#include <algorithm>

namespace fanlight::simulation {

namespace {

Story without(Story const& story, std::size_t first, std::size_t count) {
    auto shorter = story;
    auto const begin = shorter.deeds.begin() + static_cast<std::ptrdiff_t>(first);
    shorter.deeds.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    return shorter;
}

} // namespace

Story shrink(Story story, std::string const& promise, unsigned plays) {
    auto const breaks = [&](Story const& one) {
        auto const outcome = play(one);
        return outcome.failure && outcome.failure->promise == promise;
    };
    for (auto piece = std::max<std::size_t>(story.deeds.size() / 2, 1); piece > 0;) {
        bool shortened = false;
        for (std::size_t first = 0; first < story.deeds.size() && plays > 0;) {
            auto shorter = without(story, first, std::min(piece, story.deeds.size() - first));
            --plays;
            if (breaks(shorter)) {
                story = std::move(shorter);
                shortened = true;
            } else {
                first += piece;
            }
        }
        // With single deeds it goes round until nothing can be left out any more.
        if (plays == 0) break;
        if (piece > 1)
            piece /= 2;
        else if (!shortened)
            break;
    }
    return story;
}

} // namespace fanlight::simulation
