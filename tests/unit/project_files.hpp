#pragma once
// Files of the project that tests and simulations read: the practice data above all.

#include "base/time.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace fanlight::test {

inline std::string read_file(std::string const& path_in_project) {
    std::ifstream file(std::string(FANLIGHT_SOURCE_DIR) + "/" + path_in_project, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.empty()) throw std::runtime_error("no file " + path_in_project);
    return text;
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
        if (fields.size() != 2 && fields.size() != 4) throw std::runtime_error("a line of expected.tsv: " + line);
        rows.push_back(std::move(fields));
    }
    if (rows.size() <= more_than) throw std::runtime_error("too few lines in expected.tsv");
    return rows;
}

} // namespace fanlight::test
