// Files of a trial are read like an import, but for measuring: a cell that cannot be taken is missing, and counted.

#include "admin-cli/match_files.hpp"

#include "admin-cli/output.hpp"
#include "base/limits.hpp"
#include "node/import/csv_reader.hpp"
#include "node/import/fields.hpp"
#include "node/import/people_csv.hpp"
#include "node/offline/files.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace fanlight::cli {

namespace {

constexpr std::size_t problems_shown_max = 20;

int report_in(std::filesystem::path const& file, Error const& error) {
    auto const code = report(error);
    std::fprintf(stderr, "  (in %s)\n", file.c_str());
    return code;
}

int refuse(std::filesystem::path const& file, std::string const& place, std::string const& text) {
    std::fprintf(stderr, "fanlight: %s, %s: %s\n", file.c_str(), place.c_str(), text.c_str());
    return exit_code(Errc::malformed);
}

/// The true family of each row, in the order of the file.
struct FamilyColumn {
    std::vector<std::string> values;
    bool found = false;
};

FamilyColumn read_family(std::string_view text, MatchReading const& reading) {
    FamilyColumn column;
    std::size_t place = 0;
    bool header = true;
    node::CsvLimits const limits{node::csv_columns_max, limits::import_bytes_max, limits::import_bytes_max};
    auto const take = [&](node::CsvRecord& record) {
        if (!header) {
            column.values.emplace_back(node::trimmed(record.fields[place]));
            return true;
        }
        header = false;
        for (place = 0; place < record.fields.size(); ++place)
            if (node::trimmed(record.fields[place]) == reading.family_column) break;
        column.found = place < record.fields.size();
        return column.found;
    };
    static_cast<void>(node::read_csv(text, reading.map.delimiter, limits, take)); // read_people_csv judged the text
    return column;
}

std::uint64_t hash_of(protocol::TrialRow const& row) {
    return protocol::trial_hash(row.family.empty() ? row.truth : row.family);
}

} // namespace

int read_match_map(std::filesystem::path const& file, std::string const& truth_column, std::string const& family_column,
                   MatchReading& reading) {
    auto const bytes = node::read_small_file(file, node::csv_map_bytes_max, "map");
    if (!bytes) return report_in(file, bytes.assume_error());
    auto parsed = node::parse_csv_map(as_text(bytes.assume_value()));
    for (auto const& problem : parsed.problems)
        std::fprintf(stderr, "fanlight: %s, %s: %s\n", file.c_str(), problem.place.c_str(), problem.text.c_str());
    if (!parsed.map) return exit_code(Errc::malformed);
    reading.map = std::move(*parsed.map);
    reading.family_column = family_column;
    auto& truth = reading.map.truth;
    if (!truth_column.empty() && (!truth || truth->column.name != truth_column))
        truth = node::TruthColumn{{truth_column, 0}, {}, {}};
    if (!truth)
        return refuse(file, "[truth]", "Nothing says who a row really is. Give --truth COLUMN, or [truth] in the map.");
    if (!reading.map.header && (truth->column.number == 0 || !family_column.empty()))
        return refuse(file, "[file]", "Columns are named by --truth and --family only in files that have a header.");
    return 0;
}

int read_match_rows(std::filesystem::path const& file, MatchReading const& reading,
                    std::vector<protocol::TrialRow>& rows) {
    auto const bytes = node::read_small_file(file, limits::import_bytes_max, "file of people");
    if (!bytes) return report_in(file, bytes.assume_error());
    auto const text = as_text(bytes.assume_value());
    auto const today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    auto read = node::read_people_csv(text, reading.map, today, node::Strictness::measuring);
    auto const& problems = read.report.problems;
    for (std::size_t i = 0; i < std::min(problems.size(), problems_shown_max); ++i) {
        auto const column = problems[i].column.empty() ? std::string() : ", " + problems[i].column;
        refuse(file, "row " + std::to_string(problems[i].row) + column, problems[i].text);
    }
    if (read.report.problem_count > problems_shown_max)
        std::fprintf(stderr, "  ... and %llu more\n",
                     static_cast<unsigned long long>(read.report.problem_count - problems_shown_max));
    if (read.report.problem_count != 0) return exit_code(Errc::malformed);
    if (read.people.size() > protocol::trial_rows_max)
        return report_in(file, {Errc::too_large, "file of people", "At most 2,000,000 rows can be measured at once."});

    FamilyColumn family;
    if (!reading.family_column.empty()) family = read_family(text, reading);
    if (!reading.family_column.empty() && !family.found)
        return refuse(file, "row 1", "There is no column of the name that --family gives. Look at the header.");
    rows.clear();
    rows.reserve(read.people.size());
    for (std::size_t i = 0; i < read.people.size(); ++i) {
        auto& person = read.people[i];
        rows.push_back({std::move(person.id), std::move(person.family_id), std::move(person.identity),
                        std::move(read.truth[i]), family.found ? std::move(family.values[i]) : std::string()});
    }
    return 0;
}

void keep_some(std::size_t people, std::vector<protocol::TrialRow>& left,
               std::vector<std::vector<protocol::TrialRow>*> const& others) {
    if (left.size() <= people) return;
    std::vector<std::uint64_t> hashes;
    hashes.reserve(left.size());
    for (auto const& row : left) hashes.push_back(hash_of(row));
    std::sort(hashes.begin(), hashes.end());
    auto const end = hashes[people]; // the first that is too many: its family goes whole
    auto const drop = [end](protocol::TrialRow const& row) { return hash_of(row) >= end; };
    std::erase_if(left, drop);
    for (auto* const rows : others) std::erase_if(*rows, drop);
}

} // namespace fanlight::cli
