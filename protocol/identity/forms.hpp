#pragma once
// A person made comparable: every form of every field that anchors and components are made of (docs/protocol.md,
// section 7). Forms depend on the person's own data only.

#include "protocol/identity/person.hpp"

#include <string>
#include <vector>

namespace fanlight::protocol {

/// How many names of one person are used, aliases and the parts of double names included.
inline constexpr std::size_t name_forms_max = 7;

/// One name of a person. Either side may be empty: nobody knew it.
struct NameForm {
    std::string forename; ///< standard name
    std::string spoken;   ///< the forename in its long form
    std::string forename_sound;
    std::string forename_skeleton;
    std::string surname;
    std::string surname_sound;
    std::string surname_skeleton;
    bool whole = true; ///< false: made of a part of a double surname, or of a middle name used as a forename
    auto operator<=>(NameForm const&) const = default;
};

struct PlaceForm {
    std::string premises; ///< premises and postcode; empty if either is missing
    std::string street;   ///< without the premises
    std::string locality;
    std::string postcode;
    std::string sector;
    std::string uprn;
    auto operator<=>(PlaceForm const&) const = default;
};

struct Forms {
    std::vector<NameForm> names;      ///< distinct, whole ones first, then in byte order; at most name_forms_max
    std::vector<std::string> middles; ///< of all names, as written in each; at most 3
    std::string date;                 ///< "2016-03-09", or empty
    std::string canonical_date;       ///< the same for a date and the date with day and month swapped
    PartialDate partial{};            ///< what is known of the date; year 0: nothing
    Sex sex = Sex::unknown;
    std::vector<PlaceForm> places; ///< distinct, in the order written; at most 3
    std::string nhs_number;
    std::string upn;
    std::string agreed_number;
};

/// Total: any text gives a result.
Forms forms_of(Identity const& identity);

} // namespace fanlight::protocol
