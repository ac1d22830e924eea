#pragma once
// The parts of check(): one function a theme. For check*.cpp only.

#include "policy/agreement.hpp"

#include <algorithm>
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

template <class T> bool has(std::vector<T> const& list, T const& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}
template <class T> bool has_twice(std::vector<T> const& list) {
    for (auto one = list.begin(); one != list.end(); ++one) {
        if (std::find(list.begin(), one, *one) != one) return true;
    }
    return false;
}

/// A list of roles or purposes that a table names: each is there. Empty is every one.
void check_roles_exist(Findings& findings, Agreement const& agreement, std::string const& place,
                       std::vector<std::string> const& roles);
void check_purposes_exist(Findings& findings, Agreement const& agreement, std::string const& place,
                          std::vector<std::string> const& purposes);

/// Who the parties are: keys of their own, a coordinator that is not asked, gaps (requirement C5).
void check_parties(Findings& findings, Agreement const& agreement);
/// Who may hold a share: nobody can test a guess alone, so no two under one controller or supplier, and none under the
/// coordinator's.
void check_holders(Findings& findings, Agreement const& agreement);
/// How many people each party declares, which is what its organisation may enrol, and how many batches a night.
void check_enrolment(Findings& findings, Agreement const& agreement);
/// Why it is lawful: a basis for everybody who is asked and every purpose, and the documents that it rests on.
void check_bases(Findings& findings, Agreement const& agreement);
void check_documents(Findings& findings, Agreement const& agreement);
/// Where a case can end: never at nothing where abuse is evident (requirements I4, I6).
void check_outcomes(Findings& findings, Agreement const& agreement);
/// What the clauses name, at which stage, and that no agency is hidden by having nothing that it may say.
void check_clauses(Findings& findings, Agreement const& agreement);

} // namespace fanlight::policy
