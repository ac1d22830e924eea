// The documented CSV layout: what is taken, what is a problem and where, and that no report says what stood in a field.
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
        {{{"date_of_birth", "05/04/1990"}}, ""}, // the day first, as Britain writes
        {{{"date_of_birth", "05/13/1990"}}, "2 date_of_birth"},
        {{{"date_of_birth", "05/04/90"}}, "2 date_of_birth"},
        {{{"date_of_birth", "5 April 1990"}}, ""},
        {{{"date_of_birth", "1990-04"}}, ""},
        {{{"date_of_birth", "2026-11"}}, ""},
        {{{"date_of_birth", "2026-12"}}, "2 date_of_birth"},
        {{{"date_of_birth", "not known"}}, ""},
        {{{"date_of_birth", "0000-00-00"}}, ""},
        {{{"date_of_birth", "tomorrow"}}, "2 date_of_birth"},
        {{{"date_of_birth", "2023-02-29"}}, "2 date_of_birth"},
        {{{"date_of_birth", ""}}, ""},
        {{{"nhs_number", "999 000 0042"}}, ""},
        {{{"nhs_number", "9990000043"}}, ""}, // counted, and left out
        {{{"nhs_number", "999000004"}}, ""},
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
        {{{"rated_on", "2026-11"}}, "2 rated_on"},
        {{{"rated_on", "2026-11-20 14:35:00"}}, ""},
        {{{"last_contact", "2026-11-20T14:35Z"}}, ""},
        {{{"last_contact", "0000-00-00"}}, ""},
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

TEST_CASE("import: the header has exactly the documented columns") {
    struct Case {
        std::string text;
        char const* problem;
    };
    auto const cut = header().substr(0, header().rfind(','));
    auto const example = GENERATE_COPY(values<Case>({
        {"", "1 "},
        {"\n\n", "1 "},
        {"\xEF\xBB\xBF", "1 "},
        {header(), "1 "}, // nobody in it
        {"\xEF\xBB\xBF" + header() + row(), ""},
        {cut + "\n" + row(), "1 marac_heard"},
        {header().substr(10) + row(), "1 record_id"}, // without it
        {cut + ",marac_heard,record_id\n" + row(), "1 record_id"},
        {cut + ",marac_heard,notes\n" + row(), "1 "},
        {"\xFF\xFEr\0e\0", "1 "},
    }));
    auto const file = read_people_csv(example.text, today);
    CAPTURE(report_text(file.report));
    CHECK(first_problem(file) == example.problem);
    CHECK(file.report.problem_count == (example.problem == std::string() ? 0U : 1U));
}

TEST_CASE("import: the documented columns stand in any order, and some may be added") {
    std::string const old_header = header().substr(0, header().size() - 1);
    auto swapped = header();
    std::swap_ranges(swapped.begin(), swapped.begin() + 9, swapped.begin() + 10); // record_id and family_id
    CHECK(read_people_csv(swapped + row(), today).people.at(0).family_id == "SC-1");

    std::string const added = ",sex,middle_names,premises,street,locality,uprn,upn,agreed_number,known_as,"
                              "former_surname,former_postcode";
    auto const fields = row({{"postcode", "QX1 2AB"}});
    auto const text = old_header + added + "\n" + fields.substr(0, fields.size() - 1) +
                      ",F,Ann Joy,Flat 3,High Street,Milltown,100012345,,A77001,Kez,Larkmere;Ottermere,QX9 "
                      "9ZZ\n";
    auto const file = read_people_csv(text, today);
    CAPTURE(report_text(file.report));
    REQUIRE(file.people.size() == 1);
    auto const& identity = file.people[0].identity;
    CHECK(identity.sex == protocol::Sex::female);
    REQUIRE(identity.names.size() == 3); // a former name that is the present one is not another
    CHECK(identity.names[0].middle_names == "Ann Joy");
    CHECK(identity.names[1].forename == "Kez");
    CHECK(identity.names[1].surname == "Ottermere");
    CHECK(identity.names[2].forename == "Kezia");
    CHECK(identity.names[2].surname == "Larkmere");
    REQUIRE(identity.addresses.size() == 2);
    CHECK(identity.addresses[0].premises == "Flat 3");
    CHECK(identity.addresses[0].street == "High Street");
    CHECK(identity.addresses[0].locality == "Milltown");
    CHECK(identity.addresses[0].postcode == "QX1 2AB");
    CHECK(identity.addresses[0].uprn == "100012345");
    CHECK(identity.addresses[1].postcode == "QX9 9ZZ");
    CHECK(identity.agreed_number == "A77001");

    auto const unknown = read_people_csv(old_header + ",colour_2\n" + fields, today);
    CHECK(first_problem(unknown) == "1 ");
    CHECK(report_text(unknown.report).find("Column 20 of the header is not one of ours") != std::string::npos);
    CHECK(report_text(unknown.report).find(old_header) != std::string::npos);
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
    auto const text = header() + row({{"surname", "\"Otter"}}) + std::string(70'000, '\n');
    auto const file = read_people_csv(text, today);
    CHECK(file.report.problem_count == 1);
    CHECK(first_problem(file) == "2 ");
    CHECK(report_text(file.report).find("longer than 65,536 bytes") != std::string::npos);
    auto const one_line = read_people_csv(header() + std::string(1'100'000, 'a'), today);
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
    CHECK(file.report.count(Quality::placeholder) == 3);
    CHECK(file.report.without_nhs_number == 8);
    CHECK(file.report.without_date_of_birth == 6);
    CHECK(file.report.count(Quality::too_little_to_match) == 5);
    CHECK(file.report.quality[std::size_t(Quality::too_little_to_match)].places.at(0).row == 2);
    CHECK_FALSE(file.people[2].identity.date_of_birth);
    CHECK(file.people[3].identity.nhs_number.empty());
}

TEST_CASE("import: what makes people hard to find is counted with its place, and does not keep the file out") {
    struct Case {
        Fields changed;
        std::vector<Quality> kinds;
        char const* column;
    };
    auto const example = GENERATE(values<Case>({
        {{}, {}, ""},
        {{{"nhs_number", "9990000043"}}, {Quality::nhs_number_wrong}, "nhs_number"},
        {{{"nhs_number", "999 000 004"}}, {Quality::nhs_number_wrong}, "nhs_number"},
        {{{"nhs_number", "1111111111"}}, {Quality::placeholder}, "nhs_number"},
        {{{"nhs_number", "unknown"}}, {Quality::placeholder}, "nhs_number"},
        {{{"postcode", "QX1 2AB"}}, {}, ""},
        {{{"postcode", "QX1"}}, {Quality::postcode_wrong}, "postcode"},
        {{{"postcode", "ZZ99 3VZ"}}, {Quality::placeholder}, "postcode"},
        {{{"date_of_birth", "1990"}}, {Quality::date_partial}, "date_of_birth"},
        {{{"date_of_birth", "1990-00-00"}}, {Quality::date_partial}, "date_of_birth"},
        {{{"date_of_birth", "1990-01-01"}}, {Quality::date_first_of_january}, "date_of_birth"},
        {{{"date_of_birth", "1990-01-02"}}, {}, ""},
        {{{"date_of_birth", "1900-01-01"}}, {Quality::placeholder}, "date_of_birth"},
        {{{"date_of_birth", "0000-00-00"}}, {Quality::placeholder}, "date_of_birth"},
        {{{"date_of_birth", "1901-01-02"}}, {}, ""},
        {{{"forename", ""}}, {Quality::name_missing}, "forename"},
        {{{"surname", ""}}, {Quality::name_missing}, "surname"},
        {{{"forename", "K"}}, {Quality::name_one_letter}, "forename"},
        {{{"forename", "K."}}, {Quality::name_one_letter}, "forename"},
        {{{"surname", "O\xC3\xAA"}}, {}, ""},
        {{{"surname", "\xC3\x98"}}, {Quality::name_one_letter}, "surname"},
        {{{"forename", "12"}}, {Quality::name_without_letters}, "forename"},
        {{{"forename", "\xF0\x9F\x98\x80"}}, {Quality::name_without_letters}, "forename"},
        {{{"surname", "Unknown"}}, {Quality::placeholder}, "surname"},
        {{{"forename", "\xE6\x9D\x8E"}}, {}, ""}, // Li
        {{{"forename", "12"}, {"nhs_number", ""}},
         {Quality::name_without_letters, Quality::too_little_to_match},
         "forename"},
        {{{"date_of_birth", ""}, {"nhs_number", ""}}, {Quality::too_little_to_match}, ""},
        {{{"other_names", "Baby Ottermere"}}, {Quality::placeholder}, "other_names"},
    }));
    auto const file = read_row(example.changed);
    CAPTURE(example.changed, report_text(file.report));
    REQUIRE(file.people.size() == 1);
    std::vector<Quality> kinds;
    std::string column;
    for (std::size_t i = 0; i < quality_kinds; ++i) {
        auto const& found = file.report.quality[i];
        if (found.count == 0) continue;
        kinds.push_back(static_cast<Quality>(i));
        CHECK(found.count == 1);
        REQUIRE(found.places.size() == 1);
        CHECK(found.places[0].row == 2);
        if (column.empty()) column = found.places[0].column;
    }
    CHECK(kinds == example.kinds);
    CHECK(column == example.column);
    for (auto const kind : kinds)
        CHECK(report_text(file.report).find(std::string("        1  ") + describe(kind)) != std::string::npos);
    auto const& identity = file.people[0].identity;
    if (kinds == std::vector{Quality::nhs_number_wrong}) CHECK(identity.nhs_number.empty());
    CHECK(identity.partial_date.has_value() == (kinds == std::vector{Quality::date_partial}));
    if (identity.partial_date) CHECK(*identity.partial_date == protocol::PartialDate{1990, 0});
}

TEST_CASE("import: a hundred places of a kind are kept, and all are counted") {
    auto text = header();
    for (int i = 0; i < 101; ++i) text += row({{"record_id", std::to_string(i)}, {"forename", "K"}});
    auto const file = read_people_csv(text, today);
    auto const& found = file.report.quality[static_cast<std::size_t>(Quality::name_one_letter)];
    CHECK(found.count == 101);
    REQUIRE(found.places.size() == 100);
    CHECK(found.places.back().row == 101);
    CHECK(file.people.size() == 101);
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
        auto const end = read_csv(text, ',', {1000, 100'000, 100'000}, [&](CsvRecord& record) {
            back.push_back(record.fields);
            return true;
        });
        RC_ASSERT(end.fault == CsvFault::none);
        RC_ASSERT(back == expected);
    }));
}
