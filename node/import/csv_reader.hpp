#pragma once
// Records of an RFC 4180 text, through libcsv, with the line each begins on and with limits on what is held.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

struct CsvRecord {
    std::uint64_t line = 0;          ///< 1-based line of the file on which it begins
    std::vector<std::string> fields; ///< the first `fields_max`; without their quotation marks
    std::size_t field_count = 0;     ///< all of them
};

enum class CsvFault {
    none,
    quotation,      ///< a quotation mark inside a field that is not quoted, or text after a closing one
    never_closed,   ///< the file ends inside a quoted field
    field_too_long, ///< a quoted field ran over the limit: most likely its closing mark is missing
    line_too_long,
};

struct CsvLimits {
    std::size_t fields_max;
    std::size_t field_bytes_max;
    std::size_t line_bytes_max;
};

struct CsvEnd {
    CsvFault fault = CsvFault::none;
    std::uint64_t line = 0; ///< on which the record with the fault begins
};

/// Calls `take` for each record until the end, a fault, or `take` returning false. Fields are separated by `delimiter`
/// (',', ';', '|' or a tab). Lines end with LF or CRLF; empty lines are passed over; a byte order mark at the start
/// too. `take` may change the record. Bytes are not judged.
CsvEnd read_csv(std::string_view text, char delimiter, CsvLimits limits, std::function<bool(CsvRecord&)> const& take);

} // namespace fanlight::node
