// The checks that stand between an agency's export and its node. A problem names row, column and mend, never a value.
#include "node/import/people_csv.hpp"

#include "base/limits.hpp"
#include "node/import/csv_reader.hpp"
#include "node/import/fields.hpp"
#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace fanlight::node {

namespace {

/// Places in people_csv_columns.
enum class Column : std::size_t {
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
};
constexpr std::size_t column_count = people_csv_columns.size();
static_assert(static_cast<std::size_t>(Column::marac_heard) + 1 == column_count);

constexpr std::size_t problems_kept_max = 100;
constexpr std::size_t other_names_max = 16;
constexpr std::size_t theme_bytes_max = 40;
/// Every field at its limit with every byte a doubled quotation mark; more is not this layout.
constexpr std::size_t line_bytes_max = column_count * (2 * limits::import_field_bytes_max + 3);

char const* name(Column column) {
    return people_csv_columns[static_cast<std::size_t>(column)];
}

std::string quoted_header() {
    std::string header;
    for (auto const* column : people_csv_columns) {
        if (!header.empty()) header += ',';
        header += column;
    }
    return header;
}

std::vector<std::string_view> parts(std::string_view list) {
    std::vector<std::string_view> found;
    while (!list.empty()) {
        auto const end = std::min(list.find(';'), list.size());
        if (auto const part = trimmed(list.substr(0, end)); !part.empty()) found.push_back(part);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return found;
}

bool is_theme(std::string_view text) {
    auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '_'; };
    return text.size() <= theme_bytes_max && std::all_of(text.begin(), text.end(), fits);
}

/// One file. Rows are checked one by one; what concerns several rows comes at the end.
class Import {
  public:
    explicit Import(Day today) : today_(today) {}
    ImportedFile read(std::string_view text) &&;

  private:
    struct Row {
        std::uint64_t line;
        std::vector<std::string> const& fields;
        std::string_view operator[](Column column) const { return trimmed(fields[static_cast<std::size_t>(column)]); }
    };

    void problem(std::uint64_t line, std::string column, std::string text);
    void problem(Row const& row, Column column, std::string text) { problem(row.line, name(column), std::move(text)); }

    bool take(CsvRecord& record);
    bool header_is_right(CsvRecord const& record);
    bool shape_is_right(CsvRecord& record);
    void take_row(Row const& row);
    protocol::Identity identity(Row const& row);
    void add_other_names(Row const& row, protocol::Identity& identity);
    std::optional<Day> date(Row const& row, Column column, bool may_be_future);
    std::optional<Rating> rating(Row const& row);
    std::vector<std::string> themes(Row const& row);
    std::uint32_t count(Row const& row, Column column);
    void take_contacts(Row const& row, PersonRecord& person);

    void end(CsvEnd const& end);
    void find_duplicates();
    void count_too_little_to_match();

    Day today_;
    bool header_seen_ = false;
    ImportedFile file_;
    std::vector<std::uint64_t> lines_; ///< of file_.people
};

void Import::problem(std::uint64_t line, std::string column, std::string text) {
    ++file_.report.problem_count;
    if (file_.report.problems.size() < problems_kept_max)
        file_.report.problems.push_back({line, std::move(column), std::move(text)});
}

ImportedFile Import::read(std::string_view text) && {
    if (text.size() > limits::import_bytes_max) {
        problem(1, "", "The file is larger than 1 GiB. Split it, or leave out people who left long ago.");
        return std::move(file_);
    }
    CsvLimits const limits{column_count, limits::import_field_bytes_max, line_bytes_max};
    end(read_csv(text, limits, [this](CsvRecord& record) { return take(record); }));
    find_duplicates();
    auto& report = file_.report;
    if (report.problem_count == 0) {
        count_too_little_to_match();
    } else {
        file_.people.clear();
        std::stable_sort(report.problems.begin(), report.problems.end(),
                         [](ImportProblem const& a, ImportProblem const& b) { return a.row < b.row; });
    }
    return std::move(file_);
}

bool Import::take(CsvRecord& record) {
    if (!header_seen_) {
        header_seen_ = true;
        return header_is_right(record);
    }
    if (file_.report.rows == limits::import_rows_max) {
        problem(record.line, "", "The file has more than 5,000,000 rows. Split it.");
        return false;
    }
    ++file_.report.rows;
    if (shape_is_right(record)) take_row({record.line, record.fields});
    return true;
}

bool Import::header_is_right(CsvRecord const& record) {
    std::string const wanted = " The first line must be exactly: " + quoted_header();
    for (std::size_t i = 0; i < column_count; ++i) {
        if (i < record.fields.size() && record.fields[i] == people_csv_columns[i]) continue;
        problem(record.line, people_csv_columns[i],
                "Column " + std::to_string(i + 1) + " of the header is not " + people_csv_columns[i] + "." + wanted);
        return false;
    }
    if (record.field_count == column_count) return true;
    problem(record.line, "", "The header goes on after its last column, marac_heard." + wanted);
    return false;
}

bool Import::shape_is_right(CsvRecord& record) {
    if (record.field_count != column_count) {
        problem(record.line, "",
                "This row has " + std::to_string(record.field_count) + " fields and must have " +
                    std::to_string(column_count) + ". Put a field with a comma in it in quotation marks.");
        return false;
    }
    // Case notes come with line breaks; an analysis is one paragraph.
    auto const breaks = [](char c) { return c == '\n' || c == '\r' || c == '\t'; };
    auto& analysis = record.fields[static_cast<std::size_t>(Column::analysis)];
    std::replace_if(analysis.begin(), analysis.end(), breaks, ' ');
    bool right = true;
    for (std::size_t i = 0; i < column_count; ++i) {
        auto const& field = record.fields[i];
        if (field.size() > limits::import_field_bytes_max) {
            problem(record.line, people_csv_columns[i], "This field is longer than 4,096 bytes. Shorten it.");
            right = false;
        } else if (auto const fault = text_fault(field); fault != TextFault::none) {
            problem(record.line, people_csv_columns[i], describe(fault));
            right = false;
        }
    }
    return right;
}

void Import::take_row(Row const& row) {
    PersonRecord person;
    person.id = row[Column::record_id];
    person.family_id = row[Column::family_id];
    if (person.id.empty())
        problem(row, Column::record_id, "There is no record_id. Give every record your own system's number for it.");
    person.identity = identity(row);
    person.rating = rating(row);
    take_contacts(row, person);
    person.marac_listed = date(row, Column::marac_listed, true);
    person.marac_heard = date(row, Column::marac_heard, false);

    std::string const open = lower_ascii(row[Column::open]);
    if (!open.empty() && open != "yes" && open != "no")
        problem(row, Column::open, "This is neither yes nor no. Write yes or no, or leave it empty for yes.");
    person.open = open != "no";

    auto& report = file_.report;
    if (person.rating) ++report.rated;
    if (!person.identity.date_of_birth) ++report.without_date_of_birth;
    if (person.identity.nhs_number.empty()) ++report.without_nhs_number;
    file_.people.push_back(std::move(person));
    lines_.push_back(row.line);
}

protocol::Identity Import::identity(Row const& row) {
    protocol::Identity identity;
    identity.names.push_back({std::string(row[Column::forename]), std::string(row[Column::surname])});
    add_other_names(row, identity);
    auto& placeholders = file_.report.placeholders;
    placeholders += static_cast<std::uint64_t>(
        std::count_if(identity.names.begin(), identity.names.end(), [](auto const& n) { return is_placeholder(n); }));

    auto const born = date(row, Column::date_of_birth, false);
    identity.date_of_birth = protocol::standard_date(born);
    if (born && !identity.date_of_birth) ++placeholders;
    if (auto const text = row[Column::nhs_number]; is_placeholder_nhs_number(text)) {
        ++placeholders;
    } else if (!text.empty()) {
        identity.nhs_number = protocol::standard_nhs_number(text);
        if (identity.nhs_number.empty())
            problem(row, Column::nhs_number,
                    "This is not an NHS number: ten digits, the last of which checks the others. Correct it or leave "
                    "it empty.");
    }
    identity.postcode = row[Column::postcode];
    return identity;
}

void Import::add_other_names(Row const& row, protocol::Identity& identity) {
    auto const others = parts(row[Column::other_names]);
    if (others.size() > other_names_max) {
        problem(row, Column::other_names, "There are more than 16 other names. Keep those in use.");
        return;
    }
    for (auto const other : others) {
        auto full = parse_full_name(other);
        if (!full) {
            problem(row, Column::other_names,
                    "A name has only one word. Write Forename Surname, and a semicolon between two names.");
            return;
        }
        identity.names.push_back(std::move(*full));
    }
}

std::optional<Day> Import::date(Row const& row, Column column, bool may_be_future) {
    auto const text = row[column];
    if (text.empty()) return std::nullopt;
    auto const day = parse_day(text);
    if (!day) {
        problem(row, column, std::string("This is not a date. ") + day.error().mend);
        return std::nullopt;
    }
    if (!may_be_future && day.value() > today_) {
        problem(row, column, "This date is in the future. Correct it or leave it empty.");
        return std::nullopt;
    }
    return day.value();
}

std::optional<Rating> Import::rating(Row const& row) {
    auto const rated_on = date(row, Column::rated_on, false);
    if (row[Column::colour].empty()) {
        for (auto const column : {Column::rated_on, Column::rated_by, Column::analysis, Column::themes})
            if (!row[column].empty())
                problem(row, column,
                        "This belongs to a rating, and there is no colour. Give the colour or take it out.");
        return std::nullopt;
    }
    auto const colour = policy::parse_colour(lower_ascii(row[Column::colour]));
    if (!colour) {
        problem(row, Column::colour, "This is not a colour. Write red, amber, green or blue, or leave it empty.");
        return std::nullopt;
    }
    Rating rating{colour.value(), rated_on.value_or(today_), std::string(row[Column::rated_by]),
                  std::string(row[Column::analysis]), themes(row)};
    if (row[Column::rated_on].empty()) problem(row, Column::rated_on, "A colour needs the date on which it was given.");
    if (rating.practitioner.empty())
        problem(row, Column::rated_by, "A colour needs the name of the practitioner who gave it.");
    if (rating.colour >= policy::Colour::amber && rating.analysis.empty())
        problem(row, Column::analysis, "Red and Amber need an analysis: why this colour, in a sentence or two.");
    if (rating.analysis.size() > limits::analysis_bytes_max)
        problem(row, Column::analysis, "The analysis is longer than 500 bytes. Shorten it.");
    return rating;
}

std::vector<std::string> Import::themes(Row const& row) {
    std::vector<std::string> themes;
    for (auto const part : parts(row[Column::themes])) {
        auto theme = lower_ascii(part);
        if (!is_theme(theme)) {
            problem(
                row, Column::themes,
                "A theme is made of letters, at most 40. Write words such as injury; alcohol; missed appointments.");
            return {};
        }
        if (std::find(themes.begin(), themes.end(), theme) == themes.end()) themes.push_back(std::move(theme));
    }
    if (themes.size() > limits::themes_max)
        problem(row, Column::themes, "There are more than 8 themes. Keep the 8 that count.");
    return themes;
}

std::uint32_t Import::count(Row const& row, Column column) {
    auto const text = row[column];
    if (text.empty()) return 0;
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > 1'000'000)
        problem(row, column, "This is not a count. Write a whole number up to 1000000, or leave it empty for 0.");
    return value;
}

void Import::take_contacts(Row const& row, PersonRecord& person) {
    auto const before = file_.report.problem_count;
    person.contacts_12m = count(row, Column::contacts_12m);
    person.contacts_ever = count(row, Column::contacts_ever);
    if (row[Column::contacts_ever].empty()) person.contacts_ever = person.contacts_12m;
    if (file_.report.problem_count == before && person.contacts_ever < person.contacts_12m)
        problem(row, Column::contacts_ever, "This is less than contacts_12m, which it includes. Correct one of them.");
    person.last_contact = date(row, Column::last_contact, false);
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
        return stop("A field is longer than 4,096 bytes. Most likely a quotation mark is not closed. Close it.");
    case CsvFault::line_too_long: return stop("A line is longer than any row of this layout can be. Shorten it.");
    }
    if (!header_seen_) return problem(1, "", "The file is empty. Its first line must be exactly: " + quoted_header());
    if (file_.report.rows == 0 && file_.report.problem_count == 0)
        problem(1, "", "The file has a header and nobody in it. Check the export: storing it would forget everybody.");
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
        problem(lines_[order[i]], name(Column::record_id),
                "The row at line " + std::to_string(lines_[order[i - 1]]) +
                    " has the same record_id. Give each record its own, or take one row out.");
    }
}

/// The anchors of matching version 1 (protocol/identity/anchors.hpp) need an NHS number, or a whole name with a date of
/// birth, or a forename with a family member's forename and date of birth.
void Import::count_too_little_to_match() {
    auto const has_forename = [](protocol::Name const& n) { return !n.forename.empty() && !is_placeholder(n); };
    auto const any_name = [](PersonRecord const& person, auto const& test) {
        return std::any_of(person.identity.names.begin(), person.identity.names.end(), test);
    };
    auto const anchors_others = [&](PersonRecord const& person) {
        return person.identity.date_of_birth && any_name(person, has_forename);
    };
    std::map<std::string_view, std::uint64_t> by_family;
    for (auto const& person : file_.people)
        if (!person.family_id.empty() && anchors_others(person)) ++by_family[person.family_id];

    for (auto const& person : file_.people) {
        if (!person.identity.nhs_number.empty()) continue;
        auto const whole = [&](protocol::Name const& n) { return has_forename(n) && !n.surname.empty(); };
        if (person.identity.date_of_birth && any_name(person, whole)) continue;
        auto const family = by_family.find(person.family_id);
        auto const members = family == by_family.end() ? 0 : family->second;
        if (members > (anchors_others(person) ? 1U : 0U) && any_name(person, has_forename)) continue;
        ++file_.report.too_little_to_match;
    }
}

} // namespace

ImportedFile read_people_csv(std::string_view text, Day today) {
    return Import(today).read(text);
}

std::string report_text(ImportReport const& report) {
    std::string out;
    auto const line = [&out](std::uint64_t count, char const* what) {
        auto number = std::to_string(count);
        number.insert(0, number.size() < 9 ? 9 - number.size() : 0, ' ');
        out += number + "  " + what + "\n";
    };
    line(report.rows, "rows read");
    line(report.rated, "with a rating");
    line(report.without_date_of_birth, "without a date of birth");
    line(report.without_nhs_number, "without an NHS number");
    line(report.placeholders, "names, dates or numbers that mean \"unknown\"");
    if (report.problem_count == 0) {
        line(report.too_little_to_match, "with too little to be found by");
        return out + "No problems.\n";
    }
    line(report.problem_count,
         report.problem_count == 1 ? "problem; nothing was stored" : "problems; nothing was stored");
    for (auto const& problem : report.problems) {
        out += "line " + std::to_string(problem.row);
        if (!problem.column.empty()) out += ", " + problem.column;
        out += ": " + problem.text + "\n";
    }
    if (report.problem_count > report.problems.size())
        out += "and " + std::to_string(report.problem_count - report.problems.size()) + " more.\n";
    return out;
}

} // namespace fanlight::node
