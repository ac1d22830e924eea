#pragma once
// Anchors: combinations of standardised identity that are strong enough that sharing one is nearly a match
// (docs/protocol.md). Each becomes one OPRF input; nothing weaker is ever evaluated. Matching version 1.

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "protocol/identity/person.hpp"

#include <map>
#include <string>
#include <vector>

namespace fanlight::protocol {

inline constexpr std::uint32_t matching_version = 1;

/// Numbers are part of the OPRF input and for ever.
enum class AnchorKind : std::uint8_t {
    nhs_number = 1,      ///< NHS number
    name_date = 2,       ///< forename, surname, date of birth
    sound_date = 3,      ///< sound of spoken forename and surname, canonical date (day and month may be swapped)
    skeleton_date = 4,   ///< consonants of forename and surname in byte order (they may be swapped), canonical date
    deletion_date = 5,   ///< forename and surname, at most one letter of one of them left out, date of birth
    forename_family = 6, ///< forename with another family member's forename and date of birth
};
inline constexpr std::size_t anchor_kinds = 6;
char const* name(AnchorKind kind); ///< as the agreement's [matching.points] writes it, e.g. "name_date"
/// Strong anchors open a context envelope (docs/protocol.md): nhs_number and name_date.
bool is_strong(AnchorKind kind);

struct Anchor {
    AnchorKind kind;
    Bytes input; ///< label "…/v1/anchor" || 0x00 || kind || length-prefixed parts; at most 512 bytes
    auto operator<=>(Anchor const&) const = default;
};

/// What bounds an input, and the anchors of one person (anchors.cpp, "Room").
inline constexpr std::size_t anchor_label_bytes_max = 64;
inline constexpr std::size_t anchor_bytes_max = 512;
inline constexpr std::size_t anchor_names_max = 7;
inline constexpr std::size_t anchor_family_max = 8;

/// The anchors of `people[which]`, whose family are the other `people`: distinct, strongest kind first, at most
/// limits::anchors_per_person_max. Aliases share the room fairly; neither their order (up to `anchor_names_max` names,
/// parts of double names included) nor that of the other people matters. A weak anchor that another member of this
/// family has too is left out of both (twins called Mia and Mya, a father and a son of one name), unless the two share
/// an NHS number or name and date of birth: they are one person entered twice. Empty if there is too little to go by,
/// or no such person. Total: any text gives a result; the same bytes on every platform with the ICU that
/// check_transliteration() accepts. `anchor_label` is crypto::label(mode, Label::anchor), at most
/// `anchor_label_bytes_max` bytes.
std::vector<Anchor> anchors_of(std::vector<Identity> const& people, std::size_t which, std::string_view anchor_label);

/// The score of a record that shares anchors of these kinds with a person asked about: the highest points among them.
/// A kind without points counts for nothing, so that with none of them listed the match is none even at thresholds of
/// 0.
enum class Match : std::uint8_t { none, unsure, sure };
struct Score {
    std::uint32_t points = 0;
    Match match = Match::none;
};
Score score(std::vector<AnchorKind> const& shared, std::map<std::string, std::uint32_t> const& points,
            std::uint32_t sure, std::uint32_t unsure);

} // namespace fanlight::protocol
