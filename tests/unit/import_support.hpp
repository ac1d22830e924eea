#pragma once
// What the import tests share: the practice parties and an agreement made by hand.

#include "base/bytes.hpp"
#include "policy/agreement.hpp"

#include <string>
#include <vector>

namespace fanlight::node::import_test {

inline PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}

/// The practice parties are tests/practice/*.csv; the coordinator is one of its own.
inline std::vector<std::string> const& practice_parties() {
    static std::vector<std::string> const parties = {"domestic_abuse", "education",     "health",          "housing",
                                                     "marac",          "mental_health", "police",          "probation",
                                                     "refuge",         "social_care",   "substance_misuse"};
    return parties;
}

/// Two purposes, of which one is about domestic abuse; two routes; the practice parties.
inline policy::Agreement agreement() {
    policy::Agreement made{.coordinator = party("hub")};
    for (auto const& id : practice_parties()) {
        policy::Party entry{.id = party(id)};
        entry.role = id;
        entry.asked = id == "probation" ? policy::Asked::conditional : policy::Asked::core;
        entry.sensitive = id == "refuge";
        made.parties.push_back(std::move(entry));
    }
    made.purposes = {{"safeguarding_children", "Safeguarding children", true, {}},
                     {"safeguarding_adults", "Safeguarding adults", false, {}}};
    made.routes.resize(2);
    made.routes[0].id = "s47";
    made.routes[1].id = "standard";
    return made;
}

} // namespace fanlight::node::import_test
