#include "protocol/engine/family.hpp"

namespace fanlight::protocol {

namespace {
struct RoleName {
    PersonRole role;
    char const* name;
};
constexpr RoleName role_names[] = {
    {PersonRole::child, "child"},
    {PersonRole::unborn, "unborn"},
    {PersonRole::adult_at_risk, "adult_at_risk"},
    {PersonRole::causing_harm, "causing_harm"},
    {PersonRole::parent_carer, "parent_carer"},
    {PersonRole::relative, "relative"},
    {PersonRole::ex_partner, "ex_partner"},
    {PersonRole::partner, "partner"},
    {PersonRole::other_household, "other_household"},
    {PersonRole::other_connected, "other_connected"},
};
} // namespace

char const* name(PersonRole role) {
    for (auto const& entry : role_names)
        if (entry.role == role) return entry.name;
    return "unknown";
}

Result<PersonRole> parse_person_role(std::string_view text) {
    for (auto const& entry : role_names)
        if (text == entry.name) return entry.role;
    return fail(Errc::malformed, "role",
                "Write one of child, unborn, adult_at_risk, causing_harm, parent_carer, relative, ex_partner, partner, "
                "other_household, other_connected.");
}

policy::Subject subject_of(std::uint32_t roles) {
    auto const has = [&](PersonRole role) { return (roles >> static_cast<unsigned>(role) & 1U) != 0; };
    if (has(PersonRole::child) || has(PersonRole::unborn)) return policy::Subject::child;
    if (has(PersonRole::causing_harm)) return policy::Subject::causing_harm;
    if (has(PersonRole::adult_at_risk)) return policy::Subject::adult_at_risk;
    return policy::Subject::other;
}

} // namespace fanlight::protocol
