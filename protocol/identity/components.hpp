#pragma once
// Components: single fields of a person, always together with a salt that their anchor contains (docs/protocol.md,
// section 7): the surname with the date of birth, never the surname. Whoever shares an anchor compares the fields only
// with those of people whom it enrolled under that salt.

#include "protocol/identity/anchors.hpp"

#include <array>

namespace fanlight::protocol {

/// Numbers are on the wire and for ever.
enum class ComponentKind : std::uint8_t {
    forename = 1,
    spoken,         ///< the forename in its long form
    forename_sound, ///< of the spoken forename
    surname,
    surname_part, ///< of a double surname, or another surname of the same person
    surname_sound,
    middle,        ///< first middle name
    premises,      ///< premises and postcode
    postcode,      //
    uprn,          //
    exact_date,    ///< salted by the canonical date: day and month are not swapped
    sector,        ///< salted by the date only
    date,          ///< canonical; salted by the sector only, like the next two
    year_month,    //
    month_day,     //
    forename_head, ///< first two letters; salted by the date only, like the next one
    forename_tail, ///< last two letters
};
inline constexpr std::size_t component_kinds = 17;
char const* name(ComponentKind kind);

struct Component {
    ComponentKind kind;
    /// label "…/v1/component" || 0x00 || salt || its value || pool || value, length-prefixed. Kinds of one pool (all
    /// names; all sounds; ...) have one input for one value, so that a forename can be compared with a surname.
    Bytes input;
    auto operator<=>(Component const&) const = default;
};

/// Under one salt: distinct, at most components_max, those that decide most first where there is no room.
inline constexpr std::size_t components_max = limits::components_per_anchor;
std::vector<Component> components_of(Forms const& person, Salt salt, std::string_view component_label);

/// Which fields are there, whatever they say, and the sex. Goes with an anchor under a key that only a sharer has.
struct FieldBits {
    std::uint16_t bits = 0; ///< bits of Field; 14 and 15: sex (0 unknown, 1 female, 2 male)
    Sex sex() const { return static_cast<Sex>(bits >> 14U); }
    auto operator<=>(FieldBits const&) const = default;
};
enum class Field : std::uint8_t {
    forename,
    surname,
    middle,
    date,
    place,
    uprn,
    nhs_number,
    upn,
    agreed_number,
    estimated_date, ///< the first of January: often a guess
};
inline bool has(FieldBits fields, Field field) {
    return ((fields.bits >> static_cast<unsigned>(field)) & 1U) != 0;
}
FieldBits fields_of(Forms const& person);

/// Everything of a person that is compared by tokens. Inputs occur once.
struct Descriptors {
    std::vector<Anchor> anchors;
    std::vector<Component> by_date;
    std::vector<Component> by_sector;
    FieldBits fields;
};
struct DescriptorLabels {
    std::string_view anchor;
    std::string_view component;
};
Descriptors descriptors_of(std::vector<Forms> const& people, std::size_t which, DescriptorLabels labels);
Descriptors descriptors_of(std::vector<Identity> const& people, std::size_t which, DescriptorLabels labels);

} // namespace fanlight::protocol
