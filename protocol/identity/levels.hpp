#pragma once
// How far two people agree, field by field, as far as tokens can tell (docs/protocol.md, section 7).

#include "protocol/identity/evidence.hpp"

#include <array>
#include <string>

namespace fanlight::protocol {

/// The fields of which a level is known. Numbers are places in Levels only.
enum class Aspect : std::uint8_t {
    forename,
    surname,
    date,
    place,
    middle,
    sex,
    number, ///< NHS number, UPN, agreed number
    kin,    ///< anchors that name another member of the family
    forename_rarity,
    surname_rarity,
    name_rarity, ///< of both together
    household,   ///< whether others who are asked about were found where this record lives
    rival,       ///< whether somebody else who is asked about fits this record
    better,      ///< whether somebody else's record fits the person asked about
};
inline constexpr std::size_t aspects = 14;
inline constexpr std::size_t levels_max = 16; ///< of one aspect

/// Level of each aspect, a place in its list of names. 0 is "unknown": the tokens cannot tell.
struct Levels {
    std::array<std::uint8_t, aspects> level{};
    std::uint8_t operator[](Aspect aspect) const { return level[static_cast<std::size_t>(aspect)]; }
    std::uint8_t& operator[](Aspect aspect) { return level[static_cast<std::size_t>(aspect)]; }
    auto operator<=>(Levels const&) const = default;
};
char const* name(Aspect aspect);
/// "exact", "swapped", ...; nullptr past the last level.
char const* level_name(Aspect aspect, std::uint8_t level);

/// How many of a node's own people have the record's names: what a chance agreement there is worth.
struct NameCounts {
    std::uint64_t people = 0;
    std::uint64_t forename = 0; ///< who have its spoken forename
    std::uint64_t surname = 0;
};

/// Levels of what the tokens show. `household` and `rival` stay unknown: judge() finds them.
Levels levels_of(Evidence const& evidence, NameCounts const& counts);

/// "same date of birth, surname sounds the same, other first name", for a practitioner.
std::string in_words(Levels const& levels);

} // namespace fanlight::protocol
