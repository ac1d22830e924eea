#pragma once
// Runs an appender as a process of its own, with the environment of fault_injection.cpp, and kills it.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace fanlight::faults {

struct Ended {
    std::vector<std::string> lines; ///< whole lines of its standard output
    std::string errors;             ///< its standard error
    int status = 0;                 ///< as a shell says it: 128 + signal if one ended it
};

/// `environment`: "NAME=VALUE", added to this process's. With `kill_after` it gets SIGKILL then.
Ended run_child(std::vector<std::string> const& arguments, std::vector<std::string> const& environment = {},
                std::optional<std::chrono::microseconds> kill_after = std::nullopt);

} // namespace fanlight::faults
