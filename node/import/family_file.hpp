#pragma once
// The family form: what the hub coordinator enters, as a TOML file (docs/operations.md, "Asking about a family").

#include "base/result.hpp"
#include "policy/agreement.hpp"
#include "protocol/engine/family.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

/// What is wrong with a form: place, text and mend; never a name or a date from it.
struct FormProblem {
    std::string place; ///< "line 14, person 2: date_of_birth"
    std::string text;
};
struct ParsedFamily {
    std::optional<protocol::Family> family; ///< set exactly when there is no problem
    std::vector<FormProblem> problems;
};
/// Checks form and the rules of entry: a role for every person, the person causing harm listed or a reason why not
/// (F5), one person only with a reason (A1), a left-out core party only with a reason (B9), dash 0 to 24 or a reason
/// (H1), purpose and route named by the agreement, known parties. Total.
ParsedFamily parse_family(std::string_view toml, policy::Agreement const& agreement);

} // namespace fanlight::node
