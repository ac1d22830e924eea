#pragma once
// fanlight.toml: the few things about a data directory that are not keys and not agreed with anybody.

#include "node/offline/data_directory.hpp"

namespace fanlight::node {

std::string format_settings(DirectorySettings const& settings);
/// Errc::malformed: form, unknown or missing keys (`at` = line where it is known).
Result<DirectorySettings> parse_settings(std::string_view toml);

} // namespace fanlight::node
