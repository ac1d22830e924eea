#pragma once
// The levels of each aspect by number: places in the lists of level_name(). Only for levels.cpp and score.cpp.

#include <cstdint>

namespace fanlight::protocol {

enum ForenameLevel : std::uint8_t {
    f_unknown,
    f_missing,
    f_exact,
    f_spoken,
    f_sound,
    f_half,
    f_middle,
    f_swapped,
    f_ends,
    f_head,
    f_tail,
    f_other
};
enum SurnameLevel : std::uint8_t { s_unknown, s_missing, s_exact, s_part, s_sound, s_half, s_swapped, s_other };
enum DateLevel : std::uint8_t { d_unknown, d_missing, d_exact, d_swapped, d_near, d_estimated, d_other };
enum PlaceLevel : std::uint8_t { p_unknown, p_missing, p_premises, p_postcode, p_sector, p_other };
enum MiddleLevel : std::uint8_t { m_unknown, m_missing, m_same, m_other };
enum SexLevel : std::uint8_t { x_unknown, x_same, x_other };
enum NumberLevel : std::uint8_t { n_unknown, n_missing, n_same, n_other, n_differs };
enum KinLevel : std::uint8_t { k_none, k_family, k_date_family, k_both };

enum HouseholdLevel : std::uint8_t { h_unknown, h_alone, h_nobody, h_perhaps, h_one, h_several };
enum RivalLevel : std::uint8_t { r_none, r_weaker, r_stronger };
enum BetterLevel : std::uint8_t { b_none, b_perhaps, b_weaker, b_stronger };

} // namespace fanlight::protocol
