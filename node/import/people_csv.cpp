// A whole file: its header against the map, then its rows, then what concerns several rows.
#include "node/import/people_csv.hpp"

#include "base/limits.hpp"
#include "node/import/csv_reader.hpp"
#include "node/import/fields.hpp"
#include "node/import/person_row.hpp"

#include <algorithm>
#include <unordered_map>

namespace fanlight::node {

namespace {

/// Columns that no map names may be longer than ours: case notes. More is a quotation mark that was forgotten.
constexpr std::size_t cell_bytes_max = 64 * 1024;
constexpr std::size_t line_bytes_max = 1024 * 1024;
constexpr std::size_t columns_shown_max = 40;
constexpr std::size_t column_characters_shown_max = 60;
constexpr std::size_t header_line = 1;

std::string documented_header(std::size_t first, std::size_t last) {
    std::string header;
    for (; first != last; ++first) header += (header.empty() ? "" : ",") + std::string(field_names[first]);
    return header;
}
std::string documented_mend() {
    return " The first line must be exactly these columns, in any order: " + documented_header(0, documented_fields) +
           ". It may also have: " + documented_header(documented_fields, documented_and_optional_fields) +
           ". For any other layout write a map.";
}

/// One file. Rows are checked one by one; what concerns several rows comes at the end.
class Import {
  public:
    Import(CsvMap const& map, Day today, Strictness strictness) : map_(map), today_(today), strictness_(strictness) {}
    ImportedFile read(std::string_view text) &&;

  private:
    void problem(std::uint64_t line, std::string const& column, std::string text) {
        file_.report.problem(line, column, std::move(text));
    }

    bool take(CsvRecord& record);
    bool take_header(CsvRecord const& record);
    bool take_row(CsvRecord const& record);
    void take_truth(CsvRecord const& record);

    bool find_columns(CsvRecord const& record);
    std::size_t find_column(SourceColumn const& column);
    void column_is_missing(CsvRecord const& record, SourceColumn const& column, bool is_header);
    std::string columns_of_file() const;
    bool measures_truth() const { return strictness_ == Strictness::measuring && map_.truth; }

    void end(CsvEnd const& end);
    void find_duplicates();
    void find_too_little_to_match();

    CsvMap const& map_;
    Day today_;
    Strictness strictness_;
    ImportedFile file_;
    std::vector<std::string> header_; ///< UTF-8, trimmed; empty where a name is not safe to show
    std::size_t columns_ = 0;         ///< of every row; 0 before the first
    std::optional<PersonRow> reader_; ///< after the header
    std::size_t truth_place_ = 0;
};

ImportedFile Import::read(std::string_view text) && {
    if (text.size() > limits::import_bytes_max) {
        problem(header_line, "", "The file is larger than 1 GiB. Split it, or leave out people who left long ago.");
        return std::move(file_);
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        problem(header_line, "", "The file is UTF-16. Save it as CSV UTF-8.");
        return std::move(file_);
    }
    CsvLimits const limits{csv_columns_max, cell_bytes_max, line_bytes_max};
    end(read_csv(text, map_.delimiter, limits, [this](CsvRecord& record) { return take(record); }));
    find_duplicates();
    if (file_.report.problem_count == 0) {
        find_too_little_to_match();
    } else {
        file_.people.clear();
        file_.lines.clear();
        file_.truth.clear();
        file_.report.sort();
    }
    return std::move(file_);
}

bool Import::take(CsvRecord& record) {
    if (columns_ != 0) return take_row(record);
    if (record.field_count > csv_columns_max) {
        problem(record.line, "", "The file has more than 400 columns. Export fewer, or look at the delimiter.");
        return false;
    }
    columns_ = record.field_count;
    if (map_.header) return take_header(record);
    return find_columns(record) && take_row(record);
}

bool Import::take_header(CsvRecord const& record) {
    for (auto const& field : record.fields) {
        auto name = map_.encoding == Encoding::windows_1252 ? from_windows_1252(field) : field;
        header_.push_back(text_fault(name) == TextFault::none ? std::string(trimmed(name)) : std::string());
    }
    return find_columns(record);
}

/// A column's place; `columns_` if it is not there.
std::size_t Import::find_column(SourceColumn const& column) {
    if (column.number != 0) return std::min(column.number - 1, columns_);
    return static_cast<std::size_t>(std::find(header_.begin(), header_.end(), column.name) - header_.begin());
}

/// All columns of the map must be there, and once; otherwise somebody would import a file without its colours.
bool Import::find_columns(CsvRecord const& record) {
    PersonRow::Places places;
    std::vector<bool> used(columns_, false);
    std::vector<SourceColumn const*> missing;
    auto const find = [&](SourceColumn const& column, bool may_be_missing) {
        auto const place = find_column(column);
        if (place == columns_ && !may_be_missing) missing.push_back(&column);
        if (place == columns_) return place;
        used[place] = true;
        if (!header_.empty() && std::count(header_.begin(), header_.end(), column.name) > 1)
            problem(record.line, label(column), "This column stands twice in the header. Rename or leave out one.");
        return place;
    };
    for (std::size_t i = 0; i < field_count; ++i)
        for (auto const& column : map_.columns[i])
            if (auto const place = find(column, map_.closed && i >= documented_fields); place != columns_)
                places[i].push_back(place);
    if (measures_truth()) truth_place_ = find(map_.truth->column, false);
    bool const is_header = std::find(used.begin(), used.end(), true) != used.end();
    for (auto const* column : missing) {
        column_is_missing(record, *column, is_header);
        if (map_.closed || !is_header) break; // the others are missing for the same reason
    }
    auto const stranger = std::find(used.begin(), used.end(), false);
    if (map_.closed && file_.report.problem_count == 0 && stranger != used.end())
        problem(record.line, "",
                "Column " + std::to_string(stranger - used.begin() + 1) + " of the header is not one of ours." +
                    documented_mend());
    reader_.emplace(map_, std::move(places), today_, strictness_, file_.report);
    return file_.report.problem_count == 0;
}

/// The file's own columns are named only if some of them are the map's: else the line may be a person's.
void Import::column_is_missing(CsvRecord const& record, SourceColumn const& column, bool is_header) {
    if (map_.closed)
        return problem(record.line, label(column), "The header has no column of this name." + documented_mend());
    auto const columns = std::to_string(columns_) + (columns_ == 1 ? " column" : " columns");
    if (!map_.header)
        return problem(record.line, label(column),
                       "The first row has only " + columns + ". Correct the number in the map, or its delimiter.");
    if (!is_header)
        return problem(record.line, label(column),
                       "The first line has none of the map's columns, and " + columns +
                           ". Is it the header, and is the map's delimiter right?");
    problem(record.line, label(column),
            "The file has no column of this name. Correct it in the map. The file has: " + columns_of_file() + ".");
}

std::string Import::columns_of_file() const {
    std::string list;
    for (std::size_t i = 0; i < std::min(header_.size(), columns_shown_max); ++i)
        list += (i == 0 ? "" : ", ") + first_characters(header_[i], column_characters_shown_max);
    if (header_.size() > columns_shown_max) list += ", and more";
    return list;
}

bool Import::take_row(CsvRecord const& record) {
    auto& report = file_.report;
    if (report.rows == limits::import_rows_max) {
        problem(record.line, "", "The file has more than 5,000,000 rows. Split it.");
        return false;
    }
    ++report.rows;
    if (record.field_count != columns_) {
        problem(record.line, "",
                "This row has " + std::to_string(record.field_count) + " fields and must have " +
                    std::to_string(columns_) + ". Put a field with the delimiter in it in quotation marks.");
        return true;
    }
    file_.people.push_back(reader_->read(record));
    if (measures_truth()) take_truth(record);
    file_.lines.push_back(record.line);
    return true;
}

/// Who a row really is must be known of every row: a figure that leaves some out would be too good.
void Import::take_truth(CsvRecord const& record) {
    auto const& truth = *map_.truth;
    auto text = trimmed(record.fields[truth_place_]);
    if (!truth.after.empty()) {
        auto const start = text.find(truth.after);
        text = start == std::string_view::npos ? std::string_view() : text.substr(start + truth.after.size());
        auto const end = text.find(truth.before);
        text = end == std::string_view::npos ? std::string_view() : text.substr(0, end);
    }
    if (text.empty()) problem(record.line, label(truth.column), "This does not say who the row is; look at [truth].");
    file_.truth.emplace_back(text);
}

void Import::end(CsvEnd const& end) {
    constexpr auto stopped = " Nothing after this row was read.";
    auto const stop = [&](std::string text) { problem(end.line, "", std::move(text) + stopped); };
    switch (end.fault) {
    case CsvFault::none: break;
    case CsvFault::quotation:
        return stop(
            "A quotation mark stands where none may. Put the field in quotation marks and write each one inside "
            "it twice.");
    case CsvFault::never_closed: return stop("A field begins with a quotation mark that is never closed. Close it.");
    case CsvFault::field_too_long:
        return stop("A field is longer than 65,536 bytes. Most likely a quotation mark is not closed. Close it.");
    case CsvFault::line_too_long: return stop("A line is longer than 1 MiB. Shorten it.");
    }
    if (columns_ == 0)
        return problem(header_line, "",
                       "The file is empty." + (map_.closed ? documented_mend() : std::string(" Check the export.")));
    if (file_.report.rows == 0 && file_.report.problem_count == 0)
        problem(header_line, "",
                "The file has a header and nobody in it. Check the export: storing it would forget everybody.");
}

void Import::find_duplicates() {
    auto const& people = file_.people;
    std::vector<std::size_t> order;
    order.reserve(people.size());
    for (std::size_t i = 0; i < people.size(); ++i)
        if (!people[i].id.empty()) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        auto const by_id = people[a].id <=> people[b].id;
        return by_id != 0 ? by_id < 0 : a < b;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (people[order[i - 1]].id != people[order[i]].id) continue;
        problem(file_.lines[order[i]], reader_->label(CsvField::record_id),
                "The row at line " + std::to_string(file_.lines[order[i - 1]]) +
                    " has the same record_id. Give each record its own, or take one row out.");
    }
}

/// A number, or a whole name with a date of birth, or a forename with a family member's forename and date of birth.
void Import::find_too_little_to_match() {
    auto const has_forename = [](protocol::Name const& n) { return !n.forename.empty() && !is_placeholder(n); };
    auto const any_name = [](PersonRecord const& person, auto const& test) {
        return std::any_of(person.identity.names.begin(), person.identity.names.end(), test);
    };
    auto const anchors_others = [&](PersonRecord const& person) {
        return person.identity.date_of_birth && any_name(person, has_forename);
    };
    std::unordered_map<std::string_view, std::uint64_t> by_family;
    for (auto const& person : file_.people)
        if (!person.family_id.empty() && anchors_others(person)) ++by_family[person.family_id];

    for (std::size_t i = 0; i < file_.people.size(); ++i) {
        auto const& person = file_.people[i];
        auto const& identity = person.identity;
        if (!identity.nhs_number.empty() || !identity.upn.empty() || !identity.agreed_number.empty()) continue;
        auto const whole = [&](protocol::Name const& n) { return has_forename(n) && !n.surname.empty(); };
        if (identity.date_of_birth && any_name(person, whole)) continue;
        auto const family = by_family.find(person.family_id);
        auto const members = family == by_family.end() ? 0 : family->second;
        if (members > (anchors_others(person) ? 1U : 0U) && any_name(person, has_forename)) continue;
        file_.report.note(Quality::too_little_to_match, file_.lines[i], "");
    }
}

} // namespace

ImportedFile read_people_csv(std::string_view text, CsvMap const& map, Day today, Strictness strictness) {
    return Import(map, today, strictness).read(text);
}

protocol::SamePerson find_same_people(ImportedFile& file, protocol::Points const& points,
                                      protocol::Thresholds thresholds) {
    auto const& people = file.people;
    auto same = protocol::duplicates_in(
        people.size(), [&people](std::size_t i) { return protocol::forms_of(people[i].identity); }, points, thresholds);
    for (auto const& group : same) {
        std::vector<std::uint64_t> rows;
        for (auto const member : group) rows.push_back(file.lines[member]);
        file.report.one_person(std::move(rows));
    }
    return same;
}

} // namespace fanlight::node
