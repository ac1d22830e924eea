#pragma once
// Vectors that are held against the code: those of the project, and those that lie beside it.

#include "tests/unit/project_files.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace fanlight::test {

/// Files that are not part of the project: under FANLIGHT_SHARED, or ../shared beside it. Says so where they are
/// absent.
inline std::optional<std::filesystem::path> shared_path(char const* below) {
    auto const* const given = std::getenv("FANLIGHT_SHARED");
    std::filesystem::path const root = given != nullptr ? given : FANLIGHT_SOURCE_DIR "/../shared";
    if (std::filesystem::exists(root / below)) return root / below;
    WARN("SKIPPED: no " << (root / below).string() << "; set FANLIGHT_SHARED to a directory that has it");
    return std::nullopt;
}

/// The committed file is exactly this text; FANLIGHT_WRITE_VECTORS=1 writes it anew.
inline void check_vectors(std::string const& path_in_project, std::string const& now) {
    auto const path = std::string(FANLIGHT_SOURCE_DIR) + "/" + path_in_project;
    if (std::getenv("FANLIGHT_WRITE_VECTORS") != nullptr) std::ofstream(path, std::ios::binary) << now;
    REQUIRE(read_file(path_in_project) == now);
}

} // namespace fanlight::test
