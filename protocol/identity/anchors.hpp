#pragma once
// Anchors: combinations of standardised identity that are strong enough that sharing one is nearly a match
// (docs/protocol.md). Each becomes one OPRF input; nothing weaker is ever evaluated. Matching version 2.

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "protocol/identity/forms.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace fanlight::protocol {

inline constexpr std::uint32_t matching_version = 2;

/// Numbers are part of the OPRF input and for ever.
enum class AnchorKind : std::uint8_t {
    nhs_number = 1,
    upn,
    agreed_number,
    name_date,           ///< forename, surname, date
    sound_date,          ///< sounds of spoken forename and surname, date
    skeleton_date,       ///< consonants of forename and surname in byte order (they may be swapped), date
    half_surname_date,   ///< head or tail of the forename, surname, date
    halves_date,         ///< heads, or tails, of both names, date
    middle_date,         ///< spoken forename and a middle name in byte order, date
    spoken_date_sector,  ///< spoken forename, date, postcode sector
    surname_date_sector, ///< sound of the surname, date, postcode sector
    date_postcode,       ///< date, postcode
    spoken_premises,     ///< spoken forename, premises with postcode
    names_postcode,      ///< spoken forename, sound of the surname, postcode
    names_sector,        ///< sounds of both names, postcode sector
    name_near_date,      ///< spoken forename, surname, two of year, month and day
    full_name,           ///< forename, a middle name, surname
    forename_family,     ///< spoken forename, another member's forename, that member's date
    spoken_date_family,  ///< spoken forename, date, another member's spoken forename
    spoken_date,         ///< spoken forename, date
    surname_date,        ///< surname, date
    date_street,         ///< date, street
    halves_postcode,     ///< heads, or tails, of both names, postcode
};
inline constexpr std::size_t anchor_kinds = 23;

/// By which part of an anchor the components that go with it are salted: whoever shares the anchor shares that part.
enum class Salt : std::uint8_t {
    none,   ///< no components go with it
    date,   ///< canonical date of birth
    sector, ///< postcode sector
};

/// What is known of a kind of anchor. Figures: docs/matching.md.
struct AnchorRule {
    AnchorKind kind;
    char const* name; ///< as screens and docs write it, e.g. "name_date"
    bool strong;      ///< opens a context envelope
    Salt salt;
    /// Of a thousand million pairs of strangers, how many share one: measured, rounded up. Decides up to how many
    /// records of a party it goes there (goes_to), and whether components go with it.
    std::uint32_t strangers_per_billion;
};
AnchorRule const& rule_of(AnchorKind kind);
inline char const* name(AnchorKind kind) {
    return rule_of(kind).name;
}
inline bool is_strong(AnchorKind kind) {
    return rule_of(kind).strong;
}

struct Anchor {
    AnchorKind kind;
    Salt salt;   ///< of the components that go with it: rule_of(kind).salt, or none if it is of a former address
    Bytes input; ///< label "…/v1/anchor" || 0x00 || kind || length-prefixed parts; at most anchor_bytes_max
    auto operator<=>(Anchor const&) const = default;
};

/// What bounds an input.
inline constexpr std::size_t anchor_label_bytes_max = 64;
inline constexpr std::size_t anchor_bytes_max = 512;
inline constexpr std::size_t anchor_family_max = 4; ///< other members that family anchors name

/// The anchors of `people[which]`, whose family are the other `people`: distinct, at most
/// limits::anchors_per_person_max, the ones that find most first where there is no room. Neither the order of aliases
/// nor that of the other people matters. An anchor that another member of this family has too is left out of both,
/// unless it is strong or the two share a number or name and date: they are one person entered twice. Empty if there
/// is too little to go by, or no such person. Total: any text gives a result; the same bytes on every platform with the
/// ICU that check_transliteration() accepts. `anchor_label` is crypto::label(mode, Label::anchor), at most
/// `anchor_label_bytes_max` bytes.
std::vector<Anchor> anchors_of(std::vector<Forms> const& people, std::size_t which, std::string_view anchor_label);
std::vector<Anchor> anchors_of(std::vector<Identity> const& people, std::size_t which, std::string_view anchor_label);

} // namespace fanlight::protocol
