// Any bytes as what an import reads: a points file, names, addresses, other encodings, CSV. The first byte says which.
// What comes out is of what went in, no longer than it, and stays when it is read again; and records that were written
// as RFC 4180 says come back as they were, whatever is in them.

#include "node/import/csv_reader.hpp"
#include "node/import/fields.hpp"
#include "node/import/points_file.hpp"
#include "oracle.hpp"

using namespace fanlight;
using namespace fanlight::node;
using fuzz::require;

namespace {

void try_points(std::string_view text) {
    auto const write = [](PointsFile const& file) {
        require(file.points.size() <= points_features_max);
        for (auto const& [feature, value] : file.points)
            require(value >= -points_max && value <= points_max && text_fault(feature) == TextFault::none);
        auto const written = points_text(file, {});
        require(points_text(file, {"a\nb"}) == "# a?b\n" + written);
        return written;
    };
    fuzz::check_stable_text(text, parse_points, write);
}

bool is_trimmed(std::string_view text) {
    return trimmed(text) == text;
}

/// Without what parts are joined by: spaces and commas may be others.
std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return c != ' ' && c != '\t' && c != ','; }));
}

void try_names(std::string_view text) {
    auto const name = parse_full_name(text);
    if (name) {
        require(!name->forename.empty() && !name->surname.empty());
        require(is_trimmed(name->forename) && is_trimmed(name->surname) && is_trimmed(name->middle_names));
        require(letters(name->forename) + letters(name->surname) + letters(name->middle_names) <= letters(text));
        is_placeholder(*name);
    }
    auto const address = parse_address_line(text);
    std::size_t size = 0;
    for (auto const* part : {&address.premises, &address.street, &address.locality, &address.postcode}) {
        require(is_trimmed(*part));
        size += letters(*part);
    }
    require(size <= letters(text) && address.uprn.empty());
    is_placeholder_number(text);
}

void try_encodings(std::string_view text) {
    auto const utf8 = from_windows_1252(text);
    require(text_fault(utf8) != TextFault::not_utf8);
    require(first_characters(utf8, text.size()) == utf8); // one character for each byte
    if (!text.empty()) require(first_characters(utf8, text.size() - 1).size() < utf8.size());
    auto const lines = plain_lines(text);
    require(lines.size() <= text.size());
    auto const lower = lower_ascii(text);
    require(lower.size() == text.size() && lower_ascii(lower) == lower);
    auto const inner = trimmed(text);
    require(is_trimmed(inner) && inner.size() <= text.size());
    if (text_fault(text) == TextFault::not_utf8) return;
    auto const front = first_characters(text, text.size() / 2);
    require(text.starts_with(front) && text_fault(front) != TextFault::not_utf8);
}

constexpr CsvLimits limits_tried{8, 200, 2000};

std::vector<CsvRecord> records_of(std::string_view text, char delimiter, CsvLimits limits, CsvEnd& end) {
    std::vector<CsvRecord> records;
    end = read_csv(text, delimiter, limits, [&](CsvRecord& record) {
        records.push_back(record);
        return true;
    });
    return records;
}

void try_csv(char delimiter, std::string_view text) {
    CsvEnd end;
    auto const records = records_of(text, delimiter, limits_tried, end);
    std::uint64_t line = 0;
    for (auto const& record : records) {
        require(record.line > line && record.field_count >= record.fields.size());
        require(record.fields.size() == std::min(record.field_count, limits_tried.fields_max));
        line = record.line;
        for (auto const& field : record.fields) require(field.size() <= limits_tried.line_bytes_max);
    }
    require((end.fault == CsvFault::none) == (end.line == 0) || end.line > 0);
    std::size_t taken = 0;
    read_csv(text, delimiter, limits_tried, [&](CsvRecord&) { return ++taken < 2; });
    require(taken == std::min<std::size_t>(records.size(), 2));
}

/// The input cut into fields and records, written with quotation marks around everything.
void try_written(fuzz::Input input, char delimiter) {
    std::vector<std::vector<std::string>> written(1);
    std::string text;
    while (!input.empty() && text.size() < 4000) {
        auto const shape = input.u8();
        std::string const field(as_text(input.bytes(shape & 31U)));
        auto& record = written.back();
        if (!record.empty()) text += delimiter;
        record.push_back(field);
        text += '"';
        for (char const c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
        text += '"';
        if ((shape & 32U) == 0) continue;
        text += (shape & 64U) == 0 ? "\n" : "\r\n";
        written.emplace_back();
    }
    if (written.back().empty()) written.pop_back();
    CsvEnd end;
    auto const records = records_of(text, delimiter, {10'000, 10'000, 100'000}, end);
    require(end.fault == CsvFault::none && records.size() == written.size());
    for (std::size_t i = 0; i < records.size(); ++i) require(records[i].fields == written[i]);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    auto const which = input.u8();
    auto const delimiter = std::array{',', ';', '|', '\t'}[which / 5U % 4U];
    switch (which % 5) {
    case 0: try_points(input.rest_text()); break;
    case 1: try_names(input.rest_text()); break;
    case 2: try_encodings(input.rest_text()); break;
    case 3: try_csv(delimiter, input.rest_text()); break;
    default: try_written(input, delimiter);
    }
    return 0;
}
