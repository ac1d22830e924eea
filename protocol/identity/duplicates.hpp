#pragma once
// Who stands in one list several times: records of one agency that are surely one person, found by comparing them in
// clear with the points of the agreement (docs/protocol.md, section 9).

#include "protocol/identity/score.hpp"

#include <functional>

namespace fanlight::protocol {

/// Places in a list that are one person: two or more, in order. The groups are in order of their first places, and
/// nobody is in two.
using SamePerson = std::vector<std::vector<std::size_t>>;

/// The person at a place of the list, asked for several times: a list of a million people takes less memory than their
/// forms.
using FormsAt = std::function<Forms(std::size_t)>;

/// Two are linked if they share an anchor, whatever their families, and are surely_same() either way round, with the
/// name counts of this list. A group grows by its strongest links first, and never so that two of it are apart: with
/// another first name, another NHS number or UPN, or dates of birth that differ in more than one part while no number
/// is the same. So twins are never in one group, not even through a third record that could be either.
///
/// At most duplicates_people_max people. An anchor that more than shared_by_max of them have says nothing, and leads to
/// nobody. Memory: 8 bytes for each anchor, at most 300 a person, and what the links take. Time: about twice that of
/// making everybody's anchors.
SamePerson duplicates_in(std::size_t people, FormsAt const& forms_at, Points const& points, Thresholds thresholds);
SamePerson duplicates_in(std::vector<Forms> const& people, Points const& points, Thresholds thresholds);
inline constexpr std::size_t duplicates_people_max = std::size_t(1) << 23U;
inline constexpr std::size_t shared_by_max = 20;

/// How many people stand in some group.
std::size_t people_in(SamePerson const& groups);

} // namespace fanlight::protocol
