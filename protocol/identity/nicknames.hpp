#pragma once
// Short and variant forms of forenames: which name stands for all of a family of them.

#include <span>
#include <string>
#include <string_view>

namespace fanlight::protocol {

/// "kate" -> "katherine"; a name that is not in the table is returned as it is. Takes a standard name. Idempotent.
std::string formal_forename(std::string_view standard);

/// The table: each text is a family of standard names with a space between, the one that stands for it first. No name
/// is in two families.
std::span<std::string_view const> nickname_families();

} // namespace fanlight::protocol
