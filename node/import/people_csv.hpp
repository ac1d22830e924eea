#pragma once
// Import of an agency's records from CSV (docs/operations.md, "Import"): the documented layout, or any other by a map.
// The report comes first; nothing is stored unless the whole file is good.

#include "node/import/csv_map.hpp"
#include "node/import/import_report.hpp"
#include "protocol/engine/records.hpp"
#include "protocol/identity/duplicates.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

using protocol::PersonRecord;
using protocol::Rating;

enum class Strictness : std::uint8_t {
    import,    ///< one field that cannot be taken keeps the whole file out
    measuring, ///< such a field is missing, and counted (Quality::cell_left_out); for made-up data, never for storing
};

struct ImportedFile {
    std::vector<PersonRecord> people; ///< empty if there is any problem
    std::vector<std::uint64_t> lines; ///< of the file, of each person; 1 is the header
    std::vector<std::string> truth;   ///< of each person, when measuring by a map with [truth]; else empty
    ImportReport report;
};

/// The columns that every file of the documented layout has.
inline constexpr auto people_csv_columns = [] {
    std::array<char const*, documented_fields> columns{};
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = field_names[i];
    return columns;
}();

/// `today` is for dates in the future. RFC 4180 with CRLF or LF; total: any bytes give a report. What keeps a file out
/// even when measuring: bytes that are not CSV, a column of the map that is not there, rows of different lengths, an
/// id or a truth that is missing, and an id that stands twice.
ImportedFile read_people_csv(std::string_view text, CsvMap const& map, Day today,
                             Strictness strictness = Strictness::import);
inline ImportedFile read_people_csv(std::string_view text, Day today) {
    return read_people_csv(text, documented_map(), today);
}

/// Who of the file is one person, for the store, and noted in its report.
protocol::SamePerson find_same_people(ImportedFile& file, protocol::Points const& points,
                                      protocol::Thresholds thresholds);

} // namespace fanlight::node
