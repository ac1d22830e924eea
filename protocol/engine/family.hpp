#pragma once
// A family as the coordinator asks about it. Names live here and in the coordinator's store, and nowhere on the wire.

#include "base/ids.hpp"
#include "policy/decide.hpp"
#include "protocol/identity/person.hpp"

#include <map>
#include <set>

namespace fanlight::protocol {

enum class PersonRole : std::uint8_t {
    child = 1,
    unborn,
    adult_at_risk,
    causing_harm,
    parent_carer,
    relative,
    ex_partner,
    partner,
    other_household,
    other_connected,
};
char const* name(PersonRole role); ///< "causing_harm"
Result<PersonRole> parse_person_role(std::string_view text);

/// Whom a clause means: the first that fits of child (or unborn), person causing harm, adult at risk, other. `roles`:
/// bit n is PersonRole n.
policy::Subject subject_of(std::uint32_t roles);

struct FamilyMember {
    std::string label; ///< how the coordinator's screens name the person, e.g. "Greg"
    Identity identity;
    std::set<PersonRole> roles; ///< at least one
    std::string relation;       ///< free text for the coordinator's own screens; never sent
};

enum class Consent : std::uint8_t { not_asked = 1, given, refused, not_safe_to_ask };
enum class Told : std::uint8_t { no = 1, yes, not_safe };
using policy::Source;

struct Family {
    std::string reference; ///< the coordinator's own case reference, e.g. "marie"; never sent
    std::string purpose;
    std::string route;
    std::string user; ///< the named coordinator who asks
    Source source = Source::agency;
    Consent consent = Consent::not_asked;
    Told told = Told::no;
    bool domestic_abuse = false;
    bool marac_threshold = false;
    bool section_47 = false;
    std::optional<std::uint8_t> dash;   ///< 0 to 24
    std::string dash_not_done;          ///< reason, when dash is not set
    std::string no_person_causing_harm; ///< reason, when nobody in the family has that role and abuse is meant
    std::string single_person_reason;
    std::map<PartyId, std::string> not_asked; ///< parties left out, each with the reason
    std::vector<FamilyMember> people;         ///< 1 to limits::family_people_max
};

} // namespace fanlight::protocol
