// The CSV layout: what is taken, what is a problem and where, and that no problem says what stood in a field.
#include "base/limits.hpp"
#include "node/import/csv_reader.hpp"
#include "node/import/fields.hpp"
#include "node/import/people_csv.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

using namespace fanlight;
using namespace fanlight::node;

namespace {

Day const today = parse_day("2026-11-22").value();

std::string header() {
    std::string text;
    for (auto const* column : people_csv_columns) text += (text.empty() ? "" : ",") + std::string(column);
    return text + "\n";
}

using Fields = std::map<std::string, std::string>;

/// A row in which nothing is wrong, with some fields changed. Fields are written as they stand.
std::string row(Fields const& changed = {}) {
    Fields fields = {{"record_id", "SC-1"},
                     {"family_id", "F1"},
                     {"forename", "Kezia"},
                     {"surname", "Ottermere"},
                     {"date_of_birth", "1990-04-05"},
                     {"nhs_number", "9990000042"},
                     {"colour", "amber"},
                     {"rated_on", "2026-11-20"},
                     {"rated_by", "J. Tamworthy"},
                     {"analysis", "Worse."},
                     {"themes", "alcohol;injury"},
                     {"contacts_12m", "2"},
                     {"contacts_ever", "5"},
                     {"last_contact", "2026-11-21"},
                     {"open", "yes"}};
    for (auto const& [column, value] : changed) fields[column] = value;
    std::string text;
    for (auto const* column : people_csv_columns) text += fields[column] + ",";
    text.back() = '\n';
    return text;
}

ImportedFile read_row(Fields const& changed = {}) {
    return read_people_csv(header() + row(changed), today);
}

std::string first_problem(ImportedFile const& file) {
    if (file.report.problems.empty()) return "";
    auto const& problem = file.report.problems.front();
    return std::to_string(problem.row) + " " + problem.column;
}

} // namespace

TEST_CASE("import: a good row becomes a record") {
    auto const file = read_row({{"other_names", "Kez Ottermere;Kezia van Dyke"}, {"marac_listed", "2026-12-01"}});
    REQUIRE(report_text(file.report).find("No problems.") != std::string::npos);
    REQUIRE(file.people.size() == 1);
    auto const& person = file.people.front();
    CHECK(person.id == "SC-1");
    CHECK(person.family_id == "F1");
    REQUIRE(person.identity.names.size() == 3);
    CHECK(person.identity.names[2].forename == "Kezia");
    CHECK(person.identity.names[2].surname == "van Dyke");
    CHECK(person.identity.date_of_birth == parse_day("1990-04-05").value());
    CHECK(person.identity.nhs_number == "9990000042");
    REQUIRE(person.rating);
    CHECK(person.rating->colour == policy::Colour::amber);
    CHECK(person.rating->themes == std::vector<std::string>{"alcohol", "injury"});
    CHECK(person.contacts_12m == 2);
    CHECK(person.contacts_ever == 5);
    CHECK(person.open);
    CHECK(person.marac_listed == parse_day("2026-12-01").value());
    CHECK_FALSE(person.marac_heard);
}

TEST_CASE("import: one field decides, on both sides of each boundary") {
    struct Case {
        Fields changed;
        char const* problem; ///< row and column; "" for none
    };
    std::string const long_analysis(limits::analysis_bytes_max, 'a');
    std::string const long_field(limits::import_field_bytes_max, 'a');
    std::string const longest_theme(40, 't');
    auto const example = GENERATE_REF(values<Case>({
        {{{"record_id", ""}}, "2 record_id"},
        {{{"forename", ""}, {"surname", ""}}, ""},
        {{{"other_names", "Kez"}}, "2 other_names"},
        {{{"other_names", " Kez  Otter ; "}}, ""},
        {{{"date_of_birth", "2026-11-22"}}, ""},
        {{{"date_of_birth", "2026-11-23"}}, "2 date_of_birth"},
        {{{"date_of_birth", "05/04/1990"}}, "2 date_of_birth"},
        {{{"date_of_birth", "2023-02-29"}}, "2 date_of_birth"},
        {{{"date_of_birth", ""}}, ""},
        {{{"nhs_number", "999 000 0042"}}, ""},
        {{{"nhs_number", "9990000043"}}, "2 nhs_number"},
        {{{"nhs_number", "999000004"}}, "2 nhs_number"},
        {{{"nhs_number", "99900000423"}}, "2 nhs_number"},
        {{{"nhs_number", "1111111111"}}, ""},
        {{{"nhs_number", ""}}, ""},
        {{{"colour", "RED"}}, ""},
        {{{"colour", "purple"}}, "2 colour"},
        {{{"colour", ""}}, "2 rated_on"},
        {{{"colour", ""}, {"rated_on", ""}, {"rated_by", ""}, {"analysis", ""}, {"themes", ""}}, ""},
        {{{"rated_on", ""}}, "2 rated_on"},
        {{{"rated_on", "2026-11-22"}}, ""},
        {{{"rated_on", "2026-11-23"}}, "2 rated_on"},
        {{{"rated_by", " "}}, "2 rated_by"},
        {{{"analysis", ""}}, "2 analysis"},
        {{{"analysis", ""}, {"colour", "red"}}, "2 analysis"},
        {{{"analysis", ""}, {"colour", "green"}}, ""},
        {{{"analysis", ""}, {"colour", "blue"}}, ""},
        {{{"analysis", long_analysis}}, ""},
        {{{"analysis", long_analysis + "a"}}, "2 analysis"},
        {{{"analysis", "\"two\nlines\""}}, ""},
        {{{"postcode", long_field}}, ""},
        {{{"postcode", long_field + "a"}}, "2 postcode"},
        {{{"themes", "a;b;c;d;e;f;g;h"}}, ""},
        {{{"themes", "a;b;c;d;e;f;g;h;a"}}, ""},
        {{{"themes", "a;b;c;d;e;f;g;h;i"}}, "2 themes"},
        {{{"themes", longest_theme}}, ""},
        {{{"themes", longest_theme + "t"}}, "2 themes"},
        {{{"themes", "12 High Street"}}, "2 themes"},
        {{{"contacts_12m", "5"}}, ""},
        {{{"contacts_12m", "6"}}, "2 contacts_ever"},
        {{{"contacts_12m", "-1"}}, "2 contacts_12m"},
        {{{"contacts_12m", "two"}}, "2 contacts_12m"},
        {{{"contacts_ever", "1000000"}}, ""},
        {{{"contacts_ever", "1000001"}}, "2 contacts_ever"},
        {{{"contacts_ever", "99999999999"}}, "2 contacts_ever"},
        {{{"contacts_ever", ""}}, ""},
        {{{"last_contact", "2026-11-22"}}, ""},
        {{{"last_contact", "2026-11-23"}}, "2 last_contact"},
        {{{"open", ""}}, ""},
        {{{"open", "No"}}, ""},
        {{{"open", "maybe"}}, "2 open"},
        {{{"marac_listed", "2027-01-01"}}, ""},
        {{{"marac_heard", "2027-01-01"}}, "2 marac_heard"},
        {{{"surname", "\"Otter\nmere\""}}, "2 surname"},
        {{{"surname", std::string("Otter\0mere", 10)}}, "2 surname"},
        {{{"surname", "Otter\x1b[31mmere"}}, "2 surname"},
        {{{"surname", "Otter\xE2\x80\xAEmere"}}, "2 surname"},
        {{{"surname", "Otterm\xE9re"}}, "2 surname"},
        {{{"surname", "Otterm\xC3\xA9re"}}, ""},
        {{{"surname", "\xC0\x80"}}, "2 surname"},
        {{{"surname", "\xED\xA0\x80"}}, "2 surname"},
        {{{"surname", "\"Ot\"\"ter\""}}, ""},
        {{{"surname", "Ot\"ter"}}, "2 "},
        {{{"surname", "\"Otter"}}, "2 "},
        {{{"surname", "Otter,mere"}}, "2 "},
    }));
    auto const file = read_row(example.changed);
    CAPTURE(example.changed, report_text(file.report));
    CHECK(first_problem(file) == example.problem);
    CHECK(file.people.size() == (example.problem == std::string() ? 1U : 0U));
    CHECK(file.report.problem_count == file.report.problems.size());
}

TEST_CASE("import: the header is exactly the documented one") {
    struct Case {
        std::string text;
        char const* problem;
    };
    auto swapped = header();
    std::swap_ranges(swapped.begin(), swapped.begin() + 9, swapped.begin() + 10); // record_id and family_id
    auto const cut = header().substr(0, header().rfind(','));
    auto const example = GENERATE_COPY(values<Case>({
        {"", "1 "},
        {"\n\n", "1 "},
        {"\xEF\xBB\xBF", "1 "},
        {header(), "1 "}, // nobody in it
        {"\xEF\xBB\xBF" + header() + row(), ""},
        {swapped + row(), "1 record_id"},
        {cut + "\n" + row(), "1 marac_heard"},
        {cut + ",marac_heard,notes\n" + row(), "1 "},
        {row() + row(), "1 record_id"},
    }));
    auto const file = read_people_csv(example.text, today);
    CAPTURE(report_text(file.report));
    CHECK(first_problem(file) == example.problem);
    CHECK(file.report.problem_count == (example.problem == std::string() ? 0U : 1U));
    if (file.report.problem_count == 1 && example.text != header())
        CHECK(file.report.problems.front().text.find(header().substr(0, header().size() - 1)) != std::string::npos);
}

TEST_CASE("import: one file, three ways of ending lines, one meaning") {
    auto const lines = header() + row() + row({{"record_id", "SC-2"}});
    std::string crlf;
    for (char const c : lines) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    std::string spaced = lines;
    spaced.insert(header().size(), "\n \r\n");
    for (auto const& text : {lines, crlf, lines.substr(0, lines.size() - 1), spaced}) {
        auto const file = read_people_csv(text, today);
        CAPTURE(report_text(file.report));
        CHECK(file.people.size() == 2);
    }
}

TEST_CASE("import: a problem names the line on which its row begins") {
    auto const long_note = row({{"record_id", "SC-1"}, {"analysis", "\"a\nb\n\nc\""}});
    auto const file = read_people_csv(header() + "\n" + long_note + row({{"record_id", "SC-2"}, {"open", "x"}}), today);
    CHECK(first_problem(file) == "7 open");
}

TEST_CASE("import: a record_id that stands twice is named by both lines") {
    auto const file = read_people_csv(header() + row() + row({{"record_id", "SC-2"}}) + row() + row(), today);
    REQUIRE(file.report.problem_count == 2);
    CHECK(first_problem(file) == "4 record_id");
    CHECK(file.report.problems[0].text.find("line 2 ") != std::string::npos);
    CHECK(file.report.problems[1].row == 5);
    CHECK(file.report.problems[1].text.find("line 4 ") != std::string::npos);
    CHECK(file.people.empty());
}

TEST_CASE("import: one bad row keeps the whole file out, and 100 problems are kept of more") {
    auto text = header() + row();
    for (int i = 0; i < 150; ++i) text += row({{"record_id", "X-" + std::to_string(i)}, {"open", "x"}});
    auto const file = read_people_csv(text, today);
    CHECK(file.people.empty());
    CHECK(file.report.rows == 151);
    CHECK(file.report.problem_count == 150);
    CHECK(file.report.problems.size() == 100);
    CHECK(report_text(file.report).find("and 50 more.") != std::string::npos);
}

TEST_CASE("import: a quotation mark that is never closed stops before it holds the file in memory") {
    auto const text = header() + row({{"surname", "\"Otter"}}) + std::string(3 * limits::import_field_bytes_max, '\n');
    auto const file = read_people_csv(text, today);
    CHECK(file.report.problem_count == 1);
    CHECK(first_problem(file) == "2 ");
    CHECK(report_text(file.report).find("longer than 4,096 bytes") != std::string::npos);
    auto const one_line = read_people_csv(header() + std::string(1'000'000, 'a'), today);
    CHECK(one_line.report.problem_count == 1);
    CHECK(first_problem(one_line) == "2 ");
    CHECK(report_text(one_line.report).find("A line is longer") != std::string::npos);
}

TEST_CASE("import: the report counts what will be hard to find") {
    Fields const weak = {{"family_id", ""}, {"nhs_number", ""}, {"date_of_birth", ""}};
    auto const with = [&](char const* id, Fields fields) {
        Fields all = weak;
        all["record_id"] = id;
        for (auto const& [column, value] : fields) all[column] = value;
        return row(all);
    };
    auto const file = read_people_csv(header() + with("1", {}) +                         // too little
                                          with("2", {{"date_of_birth", "1990-01-02"}}) + // name and date
                                          with("3", {{"date_of_birth", "1900-01-01"}}) + // no date at all
                                          with("4", {{"nhs_number", "0000000000"}}) +    // no number at all
                                          with("5", {{"nhs_number", "9990000042"}}) +    // number
                                          with("6", {{"family_id", "F"}}) +              // family context
                                          with("7", {{"family_id", "F"}, {"date_of_birth", "2001-02-03"}}) +
                                          with("8", {{"family_id", "G"}}) + // nobody with a date in the family
                                          with("9", {{"forename", "Baby"}, {"date_of_birth", "2020-02-03"}}),
                                      today);
    CAPTURE(report_text(file.report));
    CHECK(file.report.problem_count == 0);
    CHECK(file.report.rows == 9);
    CHECK(file.report.rated == 9);
    CHECK(file.report.placeholders == 3);
    CHECK(file.report.without_nhs_number == 8);
    CHECK(file.report.without_date_of_birth == 6);
    CHECK(file.report.too_little_to_match == 5);
    CHECK_FALSE(file.people[2].identity.date_of_birth);
    CHECK(file.people[3].identity.nhs_number.empty());
}

TEST_CASE("import: no problem says what stood in a field") {
    // Values that no text of ours contains, so that finding one means that it leaked.
    std::string const marks = "qzxjvk";
    REQUIRE(rc::check("mutated files", [&] {
        Fields fields;
        for (auto const* column : people_csv_columns) {
            if (*rc::gen::inRange(0, 3) != 0) continue;
            auto value = *rc::gen::container<std::string>(
                rc::gen::element('q', 'z', 'x', 'j', '0', ',', '"', '\n', ';', ' ', '\0', '\xE9', '-', '1'));
            fields[column] = marks + value;
        }
        auto text = header() + row() + row(fields);
        for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
            text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
        auto const file = read_people_csv(text, today);
        auto const report = report_text(file.report);
        RC_ASSERT(report.find(marks) == std::string::npos);
        for (auto const* secret : {"Kezia", "Ottermere", "9990000042", "Tamworthy", "1990-04-05", "Worse."})
            RC_ASSERT(report.find(secret) == std::string::npos);
        RC_ASSERT(file.people.empty() == (file.report.problem_count != 0));
        RC_ASSERT(
            std::all_of(report.begin(), report.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    }));
}

TEST_CASE("import: any fields written as RFC 4180 come back as they were") {
    REQUIRE(rc::check("round trip", [](std::vector<std::vector<std::string>> const& written) {
        std::string text;
        std::vector<std::vector<std::string>> expected;
        for (auto const& fields : written) {
            if (fields.empty()) continue;
            expected.push_back(fields);
            for (std::size_t i = 0; i < fields.size(); ++i) {
                text += i == 0 ? "\"" : ",\"";
                for (char const c : fields[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
                text += '"';
            }
            text += "\r\n";
        }
        std::vector<std::vector<std::string>> back;
        auto const end = read_csv(text, {1000, 100'000, 100'000}, [&](CsvRecord& record) {
            back.push_back(record.fields);
            return true;
        });
        RC_ASSERT(end.fault == CsvFault::none);
        RC_ASSERT(back == expected);
    }));
}
