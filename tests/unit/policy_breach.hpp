#pragma once
// The practice agreement with one rule broken, and what check() must say of it.

#include "tests/unit/policy_fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

namespace fanlight::policy::test {

inline Clause& clause(Agreement& agreement, std::string_view id) {
    for (auto& one : agreement.clauses) {
        if (one.id == id) return one;
    }
    FAIL("no such clause");
    return agreement.clauses.front();
}

inline void remove_role(Clause& clause, std::string const& role) {
    clause.roles.erase(std::remove(clause.roles.begin(), clause.roles.end(), role), clause.roles.end());
}

inline void remove_party(Agreement& agreement, std::string const& id) {
    auto& all = agreement.parties;
    all.erase(std::remove_if(all.begin(), all.end(), [&](Party const& one) { return one.id.text() == id; }), all.end());
    for (auto& one : agreement.clauses) remove_role(one, id);
    agreement.wording.erase(id);
}

struct Breach {
    char const* what;
    std::function<void(Agreement&)> break_it;
    char const* place;
    char const* text; ///< part of the finding
    bool error = true;
};

inline void expect(Breach const& breach) {
    auto agreement = practice_agreement();
    breach.break_it(agreement);
    auto const findings = check(agreement);
    INFO(breach.what << "\n" << all_of(findings));
    bool const named = std::any_of(findings.begin(), findings.end(), [&](Finding const& finding) {
        return finding.error == breach.error && finding.place == breach.place && !finding.mend.empty() &&
               finding.text.find(breach.text) != std::string::npos;
    });
    CHECK(named);
}

/// No finding for what is just inside the rule.
inline void expect_nothing(char const* what, std::function<void(Agreement&)> const& change) {
    auto agreement = practice_agreement();
    change(agreement);
    INFO(what << "\n" << all_of(check(agreement)));
    CHECK(check(agreement).empty());
}

} // namespace fanlight::policy::test
