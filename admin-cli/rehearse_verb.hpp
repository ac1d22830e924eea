#pragma once
// fanlight agreement rehearse.

#include "admin-cli/verbs.hpp"

namespace fanlight::cli {

struct RehearseOptions {
    std::filesystem::path draft; ///< signed or not
    std::string since;           ///< how far back: "30d"
};
int agreement_rehearse(Common const& common, RehearseOptions const& options);

} // namespace fanlight::cli
