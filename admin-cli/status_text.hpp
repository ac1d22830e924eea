#pragma once
// What a node's status and a ceremony look like to a person. From the JSON of the local interface to text.

#include <boost/json/object.hpp>

#include <string>

namespace fanlight::cli {

std::string status_text(boost::json::object const& status);
/// The epochs of the identity key: `status` has them under "epochs".
std::string epochs_text(boost::json::object const& status);
/// Without "fingerprint" it leaves out what to read over the phone.
std::string ceremony_text(boost::json::object const& ceremony);
/// "enrolled 1,200 of 50,000, 85 a second, 9 minutes left"
std::string enrolment_text(boost::json::object const& enrolment);
/// "1,234,567"
std::string with_commas(std::uint64_t number);

} // namespace fanlight::cli
