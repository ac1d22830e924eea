// The judgement of a query.

#include "protocol/identity/score.hpp"

#include "protocol/identity/level_numbers.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace fanlight::protocol {

namespace {
constexpr std::int32_t found_from = 150;    ///< points of the pair: somebody is there, almost surely
constexpr std::int32_t rival_margin = 100;  ///< somebody else who fits a record better by so much takes it
constexpr std::int32_t perhaps_from = -100; ///< may be there; also what makes a rival

using Slots = std::vector<std::vector<Candidate>>;

std::uint8_t household_level(Slots const& slots, std::size_t own_slot, Candidate const& candidate,
                             std::vector<std::vector<std::int32_t>> const& pair_points) {
    if (!candidate.others_there) return h_alone;
    unsigned found = 0;
    bool perhaps = false;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        if (slot == own_slot) continue;
        bool found_here = false;
        for (std::size_t i = 0; i < slots[slot].size(); ++i) {
            auto const& other = slots[slot][i];
            if (other.row == candidate.row || other.household != candidate.household) continue;
            found_here = found_here || pair_points[slot][i] >= found_from;
            perhaps = perhaps || pair_points[slot][i] >= perhaps_from;
        }
        if (found_here) ++found;
    }
    if (found > 0) return found == 1 ? h_one : h_several;
    return perhaps ? h_perhaps : h_nobody;
}

std::uint8_t rival_level(Slots const& slots, std::size_t own_slot, Candidate const& candidate, std::int32_t points,
                         std::vector<std::vector<std::int32_t>> const& pair_points) {
    std::uint8_t level = r_none;
    for (std::size_t slot = 0; slot < slots.size(); ++slot)
        for (std::size_t i = 0; i < slots[slot].size(); ++i) {
            if (slot == own_slot || slots[slot][i].row != candidate.row) continue;
            if (pair_points[slot][i] > points) return r_stronger;
            if (pair_points[slot][i] >= perhaps_from) level = r_weaker;
        }
    return level;
}
std::uint8_t better_level(std::vector<Candidate> const& slot, std::size_t own,
                          std::vector<std::int32_t> const& points) {
    std::uint8_t level = b_none;
    for (std::size_t i = 0; i < slot.size(); ++i) {
        if (i == own || slot[i].person == slot[own].person) continue;
        if (points[i] >= found_from)
            level = std::max<std::uint8_t>(level, points[i] > points[own] ? b_stronger : b_weaker);
        if (points[i] >= perhaps_from) level = std::max<std::uint8_t>(level, b_perhaps);
    }
    return level;
}
} // namespace

void add_context(Slots& slots, Points const& points) {
    std::vector<std::vector<std::int32_t>> pair_points(slots.size());
    for (std::size_t slot = 0; slot < slots.size(); ++slot)
        for (auto const& candidate : slots[slot]) pair_points[slot].push_back(points.of_pair(candidate.levels));
    for (std::size_t slot = 0; slot < slots.size(); ++slot)
        for (std::size_t i = 0; i < slots[slot].size(); ++i) {
            auto& candidate = slots[slot][i];
            candidate.levels[Aspect::household] = household_level(slots, slot, candidate, pair_points);
            candidate.levels[Aspect::rival] = rival_level(slots, slot, candidate, pair_points[slot][i], pair_points);
            candidate.levels[Aspect::better] = better_level(slots[slot], i, pair_points[slot]);
            candidate.points = pair_points[slot][i];
        }
}

namespace {
/// What no points can make sure: another number (two children called Chloe); another forename (twins, father and son)
/// without a number that agrees; a number that agrees for somebody of whom nothing else does (two people can share one
/// by mistake).
bool may_be_sure(Levels const& levels, bool forename_veto) {
    auto const forename = levels[Aspect::forename];
    if (levels[Aspect::number] == n_other) return false;
    if (levels[Aspect::number] != n_same)
        return !forename_veto || (forename != f_other && forename != f_unknown && forename != f_missing);
    bool const other_name = forename == f_other && levels[Aspect::surname] != s_exact;
    bool const other_date = levels[Aspect::date] == d_other || levels[Aspect::date] == d_unknown;
    return !(other_name && other_date);
}

/// The most points that another slot gives the same record.
std::optional<std::int32_t> elsewhere(Slots const& slots, std::size_t own_slot, Candidate const& candidate) {
    std::optional<std::int32_t> most;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        if (slot == own_slot) continue;
        for (auto const& other : slots[slot])
            if (other.row == candidate.row && (!most || other.points > *most)) most = other.points;
    }
    return most;
}

void judge_slot(std::vector<Candidate>& slot, Thresholds thresholds) {
    std::sort(slot.begin(), slot.end(), [](Candidate const& left, Candidate const& right) {
        return std::tie(right.points, left.row) < std::tie(left.points, right.row);
    });
    bool several = false;
    Candidate const* sure = nullptr;
    for (auto const& candidate : slot) {
        if (candidate.match != Match::sure) continue;
        // A number that both share with the person asked about says that they are one.
        bool const by_number =
            sure != nullptr && sure->levels[Aspect::number] == n_same && candidate.levels[Aspect::number] == n_same;
        several = several || (sure != nullptr && sure->person != candidate.person && !by_number);
        sure = &candidate;
    }
    std::size_t shown = 0;
    for (auto& candidate : slot) {
        if (several && candidate.match == Match::sure) candidate.match = Match::unsure;
        if (candidate.match != Match::unsure) continue;
        bool const pointless = sure != nullptr && !several && candidate.points < thresholds.sure;
        if (pointless || shown == unsure_shown_max) candidate.match = Match::none;
        if (candidate.match == Match::unsure) ++shown;
    }
}
} // namespace

void judge(Slots& slots, Points const& points, Thresholds thresholds) {
    add_context(slots, points);
    for (auto& slot : slots)
        for (auto& candidate : slot) candidate.points += points.of_context(candidate.levels);
    for (std::size_t i = 0; i < slots.size(); ++i)
        for (auto& candidate : slots[i]) {
            auto const other = elsewhere(slots, i, candidate);
            bool const best_here = !other || *other < candidate.points + rival_margin;
            candidate.match = Match::none;
            if (candidate.points >= thresholds.unsure) candidate.match = Match::unsure;
            if (candidate.points >= thresholds.sure && best_here &&
                may_be_sure(candidate.levels, thresholds.forename_veto))
                candidate.match = Match::sure;
        }
    for (auto& slot : slots) judge_slot(slot, thresholds);
}

bool surely_same(Levels const& levels, Points const& points, Thresholds thresholds) {
    return points.of_pair(levels) >= thresholds.sure && may_be_sure(levels, thresholds.forename_veto);
}

} // namespace fanlight::protocol
