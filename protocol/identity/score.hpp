#pragma once
// How surely a record is the person asked about: sure, unsure or neither, for a whole query at once, because families
// are where a single pair goes wrong (docs/protocol.md, section 7).

#include "protocol/identity/points.hpp"

namespace fanlight::protocol {

enum class Match : std::uint8_t { none, unsure, sure };

struct Thresholds {
    std::int32_t sure = 0;
    std::int32_t unsure = 0;
    bool forename_veto = true; ///< another first name, or none to compare, is never sure unless a number agrees
};

/// A record that shares an anchor with a person asked about.
struct Candidate {
    std::int64_t row = 0;        ///< of the record
    std::uint64_t household = 0; ///< the same for all who live together; 0: alone, or not known
    bool others_there = false;   ///< the node holds somebody else of that household
    std::uint64_t person = 0;    ///< the same for records that are one person's, as far as the node can tell
    Levels levels;
    std::int32_t points = 0; ///< judge() fills in
    Match match = Match::none;
};

/// Fills in the levels of household and rival, and `points` of the pair alone.
void add_context(std::vector<std::vector<Candidate>>& candidates, Points const& points);

/// Judges a whole query at once: `candidates[i]` of slot i. Fills in the levels of household and rival, points and
/// match, and puts the best first (then by row). At most `unsure_shown_max` of a slot are unsure; the rest is none. A
/// record is sure for one slot at most: the one with the most points. A different forename is never sure unless a
/// number agrees (twins); with a number that agrees, names and date that all differ are not either.
void judge(std::vector<std::vector<Candidate>>& candidates, Points const& points, Thresholds thresholds);
inline constexpr std::size_t unsure_shown_max = 3;

/// Whether the pair alone is sure, whatever stands around it: its points, and no veto of judge().
bool surely_same(Levels const& levels, Points const& points, Thresholds thresholds);

} // namespace fanlight::protocol
