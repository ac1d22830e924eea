#pragma once
// Sets of circumstances that depend on no agreement: what a clause is compiled from, and what a change is described by.

#include "policy/decide.hpp"

#include <array>

namespace fanlight::policy {

inline constexpr std::size_t own_colour_count = 5; ///< none and four

bool amber_or_worse(std::optional<Colour> colour);

struct StandingCircumstances {
    Circumstances all;
    std::array<Circumstances, own_colour_count> own_colour; ///< first none, then by the number of the colour
    std::array<Circumstances, subject_count> about;
    std::array<Circumstances, condition_count> when; ///< for a purpose that is not about abuse
};
StandingCircumstances const& standing_circumstances();

} // namespace fanlight::policy
