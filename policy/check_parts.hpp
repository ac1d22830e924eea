#pragma once
// The parts of check(): one function a theme. For check*.cpp only.

#include "policy/agreement.hpp"

#include <set>
#include <string>
#include <vector>

namespace fanlight::policy {

struct Findings {
    std::vector<Finding> all;
    void error(std::string place, std::string text, std::string mend);
    void warn(std::string place, std::string text, std::string mend);
};

std::set<std::string> roles_of(Agreement const& agreement);

/// Who the parties are: keys of their own, a coordinator that is not asked, gaps (requirement C5).
void check_parties(Findings& findings, Agreement const& agreement);
/// Who may hold a share: nobody can test a guess alone, so no two under one controller or supplier, and none under the
/// coordinator's.
void check_holders(Findings& findings, Agreement const& agreement);
/// How many people each party declares, which is what its organisation may enrol, and how many batches a night.
void check_enrolment(Findings& findings, Agreement const& agreement);
/// What the clauses name, at which stage, and that no agency is hidden by having nothing that it may say.
void check_clauses(Findings& findings, Agreement const& agreement);

} // namespace fanlight::policy
