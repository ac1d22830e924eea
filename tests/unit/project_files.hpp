#pragma once
// Files of the project that tests read: the practice data, and vectors that are held against the code.

#include "base/time.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace fanlight::test {

inline std::string read_file(std::string const& path_in_project) {
    std::ifstream file(std::string(FANLIGHT_SOURCE_DIR) + "/" + path_in_project, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    CAPTURE(path_in_project);
    REQUIRE_FALSE(text.empty());
    return text;
}

/// Files that are not part of the project: under FANLIGHT_SHARED, or ../shared beside it. Says so where they are
/// absent.
inline std::optional<std::filesystem::path> shared_path(char const* below) {
    auto const* const given = std::getenv("FANLIGHT_SHARED");
    std::filesystem::path const root = given != nullptr ? given : FANLIGHT_SOURCE_DIR "/../shared";
    if (std::filesystem::exists(root / below)) return root / below;
    WARN("SKIPPED: no " << (root / below).string() << "; set FANLIGHT_SHARED to a directory that has it");
    return std::nullopt;
}

/// `@TODAY-30@` into a date, as scripts/federation does before it imports.
inline std::string with_dates(std::string text, Day today) {
    std::string const mark = "@TODAY-";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
        auto const end = text.find('@', at + 1);
        auto const days = std::stoi(text.substr(at + mark.size(), end - at - mark.size()));
        text.replace(at, end + 1 - at, to_text(today - std::chrono::days(days)));
    }
    return text;
}

/// The rows of tests/practice/expected.tsv: family and result, or family, person, party and cell.
inline std::vector<std::vector<std::string>> expected_rows(std::size_t more_than) {
    std::vector<std::vector<std::string>> rows;
    std::istringstream lines(read_file("tests/practice/expected.tsv"));
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> fields;
        std::istringstream parts(line);
        for (std::string field; std::getline(parts, field, '\t');) fields.push_back(field);
        REQUIRE((fields.size() == 2 || fields.size() == 4));
        rows.push_back(std::move(fields));
    }
    REQUIRE(rows.size() > more_than);
    return rows;
}

/// The committed file is exactly this text; FANLIGHT_WRITE_VECTORS=1 writes it anew.
inline void check_vectors(std::string const& path_in_project, std::string const& now) {
    auto const path = std::string(FANLIGHT_SOURCE_DIR) + "/" + path_in_project;
    if (std::getenv("FANLIGHT_WRITE_VECTORS") != nullptr) std::ofstream(path, std::ios::binary) << now;
    REQUIRE(read_file(path_in_project) == now);
}

} // namespace fanlight::test
