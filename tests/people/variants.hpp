#pragma once
// Other ways to write a name: what it is called for short, how it is written in another spelling of its language, and
// how somebody writes it who only heard it. Own tables.

#include "protocol/identity/person.hpp"
#include "tests/people/random.hpp"

#include <string>

namespace fanlight::people {

/// Each returns the name as it is if the table has nothing for it.
std::string nickname(std::string const& forename, protocol::Sex sex,
                     Random& random);                                  ///< "Katherine" -> "Kate", and back
std::string spelling_variant(std::string const& name, Random& random); ///< "Mohammed" -> "Muhammad"
std::string written_by_ear(std::string const& name, Random& random);   ///< "Stephen" -> "Stefen"
/// Letters of the Latin script without marks: "Siobhán" -> "Siobhan", "Łukasz" -> "Lukasz", "Nguyễn" -> "Nguyen".
std::string without_accents(std::string const& name);

} // namespace fanlight::people
