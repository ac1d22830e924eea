#pragma once
// Import of an agency's records from the one documented CSV layout (docs/operations.md, "Import"). The quality report
// comes first; nothing is stored unless the whole file is good.

#include "base/result.hpp"
#include "protocol/engine/records.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

using protocol::PersonRecord;
using protocol::Rating;

/// A row and column that could not be taken. Never the value itself.
struct ImportProblem {
    std::uint64_t row = 0; ///< 1-based line of the file; 1 is the header
    std::string column;    ///< from the documented header
    std::string text;      ///< what is wrong and the mend
};

struct ImportReport {
    std::uint64_t rows = 0;
    std::uint64_t rated = 0;
    std::uint64_t without_date_of_birth = 0;
    std::uint64_t without_nhs_number = 0;
    std::uint64_t too_little_to_match = 0; ///< stored, but no anchor: can never be found
    std::uint64_t placeholders = 0;        ///< names or dates that mean "unknown"
    std::vector<ImportProblem> problems;   ///< the first 100
    std::uint64_t problem_count = 0;
};
struct ImportedFile {
    std::vector<PersonRecord> people; ///< empty if there is any problem
    ImportReport report;
};

/// The one header, in this order, as the first line of every file.
inline constexpr std::array<char const*, 19> people_csv_columns = {
    "record_id",     "family_id",    "forename", "surname",      "other_names", "date_of_birth", "nhs_number",
    "postcode",      "colour",       "rated_on", "rated_by",     "analysis",    "themes",        "contacts_12m",
    "contacts_ever", "last_contact", "open",     "marac_listed", "marac_heard"};

/// `today` is for dates in the future.
/// The file is UTF-8 with or without a byte order mark, RFC 4180 with CRLF or LF; total: any bytes give a report.
ImportedFile read_people_csv(std::string_view text, Day today);

/// The report for a terminal: counts, then one line a problem. Contains no personal data.
std::string report_text(ImportReport const& report);

} // namespace fanlight::node
