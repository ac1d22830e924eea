#pragma once
// How an agency's own CSV layout is read: which column is which field, and how the file writes things. An agency
// writes it as a TOML file (docs/operations.md, "Import"); the one documented layout is such a map too.

#include "protocol/identity/dates.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

inline constexpr std::size_t csv_map_bytes_max = 64 * 1024;
inline constexpr std::size_t map_column_bytes_max = 200; ///< the name of a column
inline constexpr std::size_t map_columns_per_field_max = 8;
inline constexpr std::size_t map_values_max = 200;  ///< words of one [values.…] section
inline constexpr std::size_t csv_columns_max = 400; ///< of a file; a map's column numbers too

/// What a map can take from a file. The first `documented_fields` are the documented layout's first columns, in order.
enum class CsvField : std::uint8_t {
    record_id,
    family_id,
    forename,
    surname,
    other_names,
    date_of_birth,
    nhs_number,
    postcode,
    colour,
    rated_on,
    rated_by,
    analysis,
    themes,
    contacts_12m,
    contacts_ever,
    last_contact,
    open,
    marac_listed,
    marac_heard,
    middle_names,
    former_surname,
    known_as,
    sex,
    upn,
    agreed_number,
    premises,
    street,
    locality,
    uprn,
    former_postcode,
    full_name,
    title,
    address,
};
inline constexpr std::size_t field_count = 33;
inline constexpr std::size_t documented_fields = 19;
/// With these that a file of the documented layout may have as well; only maps have the others.
inline constexpr std::size_t documented_and_optional_fields = 30;

/// As a map and the documented header write them.
inline constexpr std::array<char const*, field_count> field_names = {
    "record_id",     "family_id",    "forename",       "surname",      "other_names", "date_of_birth",
    "nhs_number",    "postcode",     "colour",         "rated_on",     "rated_by",    "analysis",
    "themes",        "contacts_12m", "contacts_ever",  "last_contact", "open",        "marac_listed",
    "marac_heard",   "middle_names", "former_surname", "known_as",     "sex",         "upn",
    "agreed_number", "premises",     "street",         "locality",     "uprn",        "former_postcode",
    "full_name",     "title",        "address"};

constexpr std::size_t index_of(CsvField field) {
    return static_cast<std::size_t>(field);
}
constexpr char const* name(CsvField field) {
    return field_names[index_of(field)];
}
/// Whether a cell can hold several, separated as [lists] says.
bool is_list(CsvField field);

enum class Encoding : std::uint8_t { utf_8, windows_1252 };
using protocol::DateOrder;

/// A column of the file: by its name in the header, or by its number where there is no header.
struct SourceColumn {
    std::string name;       ///< trimmed; without invisible characters; empty if there is no header
    std::size_t number = 0; ///< 1-based; 0 if there is a header
    bool operator==(SourceColumn const&) const = default;
};
/// As a report names it: the name, or "column 3"; at most 60 characters.
std::string label(SourceColumn const& column);

/// Which column says who a row really is. For measuring matching; never an input of it.
struct TruthColumn {
    SourceColumn column;
    std::string after;  ///< only the text after the first of these ...
    std::string before; ///< ... and before the next of these; both empty: the whole cell
    bool operator==(TruthColumn const&) const = default;
};

struct CsvMap {
    char delimiter = ',';
    Encoding encoding = Encoding::utf_8;
    DateOrder date_order = DateOrder::ymd;
    bool two_digit_years = false; ///< the last year with these digits that has begun
    bool header = true;
    bool closed = false; ///< no column but the map's own, and those after the documented ones may be missing
    std::array<std::vector<SourceColumn>, field_count> columns; ///< joined by a space, or by the list's separator
    /// How this file says it: its word in small letters, and ours. Words of ours stand for themselves as well.
    std::map<CsvField, std::map<std::string, std::string>> values;
    std::map<CsvField, char> separators; ///< of lists; ';' where there is none
    std::optional<TruthColumn> truth;

    bool has(CsvField field) const { return !columns[index_of(field)].empty(); }
    char separator(CsvField field) const;
    bool operator==(CsvMap const&) const = default;
};

/// The documented layout: its columns, in any order, and those that may be added to them.
CsvMap const& documented_map();

/// What is wrong with a map: place, text and mend. Quotes nothing.
struct MapProblem {
    std::string place; ///< "line 7, [columns]: forename"
    std::string text;
};
struct ParsedMap {
    std::optional<CsvMap> map; ///< set exactly when there is no problem
    std::vector<MapProblem> problems;
};
/// Total: any bytes give a map or problems.
ParsedMap parse_csv_map(std::string_view toml);

} // namespace fanlight::node
