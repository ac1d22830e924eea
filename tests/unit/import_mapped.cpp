// Files of any layout, read by a map: delimiters, encodings, lists, words, truth; what keeps a file out, and that the
// order of columns makes no difference.
#include "node/import/people_csv.hpp"
#include "project_files.hpp"
#include "protocol/identity/numbers.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace fanlight;
using namespace fanlight::node;

namespace {

Day const today = parse_day("2026-11-22").value();

CsvMap map_of(std::string const& toml) {
    auto parsed = parse_csv_map(toml);
    for (auto const& problem : parsed.problems) UNSCOPED_INFO(problem.place + ": " + problem.text);
    REQUIRE(parsed.map);
    return std::move(*parsed.map);
}

ImportedFile read_by(std::string const& toml, std::string const& csv, Strictness strictness = Strictness::import) {
    auto file = read_people_csv(csv, map_of(toml), today, strictness);
    UNSCOPED_INFO(report_text(file.report));
    return file;
}

std::string problem_of(ImportedFile const& file) {
    if (file.report.problems.empty()) return "";
    auto const& problem = file.report.problems.front();
    return std::to_string(problem.row) + " " + problem.column + ": " + problem.text;
}

std::string const agency = "[file]\n"
                           "date_order = \"dmy\"\n"
                           "[columns]\n"
                           "record_id = \"Case No\"\n"
                           "full_name = \"Name\"\n"
                           "date_of_birth = \"DOB\"\n"
                           "sex = \"Gender\"\n"
                           "address = \"Address\"\n"
                           "colour = \"Risk\"\n"
                           "rated_on = \"Assessed\"\n"
                           "rated_by = \"Worker\"\n"
                           "analysis = [\"Summary\", \"Plan\"]\n"
                           "themes = [\"Theme 1\", \"Theme 2\"]\n"
                           "other_names = \"Aliases\"\n"
                           "open = \"Status\"\n"
                           "[values.sex]\n2 = \"female\"\n"
                           "[values.colour]\nHigh = \"red\"\nNil = \"\"\n"
                           "[values.open]\nClosed = \"no\"\nOpen = \"yes\"\n"
                           "[lists]\nother_names = \"/\"\n";
std::string const agency_header = "Notes,Case No,Name,DOB,Gender,Address,Risk,Assessed,Worker,Summary,Plan,Theme 1,"
                                  "Theme 2,Aliases,Status\n";
std::string const agency_row = "\"seen\n\x01 twice\",C-1,\"OTTERMERE, Kezia Ann\",05/04/1990,2,"
                               "\"Flat 3\n12 High Street\nMilltown\nQX1 2AB\",HIGH,01/11/2026,J. Tamworthy,Worse.,"
                               "Visit.,Alcohol,Injury,Kez Ottermere/Kezia Anna van Dyke,closed\n";

} // namespace

TEST_CASE("mapped import: an agency's own layout becomes a record") {
    auto const file = read_by(agency, agency_header + agency_row);
    REQUIRE(file.people.size() == 1);
    CHECK(file.truth.empty());
    auto const& person = file.people.front();
    auto const& identity = person.identity;
    CHECK(person.id == "C-1");
    REQUIRE(identity.names.size() == 3);
    CHECK(identity.names[0].forename == "Kezia");
    CHECK(identity.names[0].middle_names == "Ann");
    CHECK(identity.names[0].surname == "OTTERMERE");
    CHECK(identity.names[2].forename == "Kezia");
    CHECK(identity.names[2].middle_names == "Anna");
    CHECK(identity.names[2].surname == "van Dyke");
    CHECK(identity.date_of_birth == parse_day("1990-04-05").value());
    CHECK(identity.sex == protocol::Sex::female);
    REQUIRE(identity.addresses.size() == 1);
    CHECK(identity.addresses[0].premises == "Flat 3, 12");
    CHECK(identity.addresses[0].street == "High Street");
    CHECK(identity.addresses[0].locality == "Milltown");
    CHECK(identity.addresses[0].postcode == "QX1 2AB");
    REQUIRE(person.rating);
    CHECK(person.rating->colour == policy::Colour::red);
    CHECK(person.rating->rated_on == parse_day("2026-11-01").value());
    CHECK(person.rating->analysis == "Worse. Visit.");
    CHECK(person.rating->themes == std::vector<std::string>{"alcohol", "injury"});
    CHECK_FALSE(person.open);
}

TEST_CASE("mapped import: each field reaches the record, under its own name of column") {
    std::string toml = "[columns]\n";
    std::string header;
    for (std::size_t i = 0; i < field_count; ++i) {
        auto const name = std::string("The ") + field_names[i];
        toml += std::string(field_names[i]) + " = \"" + name + "\"\n";
        header += (i == 0 ? "" : ",") + name;
    }
    auto const file = read_by(toml, header + "\nR1,F1,Kezia,Ottermere,Kez Otter,1990-04-05,9990000042,QX1 2AB,green,"
                                             "2026-11-01,J. Tamworthy,Better.,alcohol,2,5,2026-11-02,no,2026-12-01,"
                                             "2026-10-01,Ann,Larkmere,Kezzie,M,,A-7701,12,High Street,"
                                             "Milltown,100012345,QX9 9ZZ,Other Name,Dr,\"1 Low Road, QX2 1AA\"\n");
    REQUIRE(file.people.size() == 1);
    auto const& person = file.people.front();
    CHECK(person.family_id == "F1");
    CHECK(person.identity.names.size() == 4);
    CHECK(person.identity.names[0].forename == "Kezia"); // full_name fills what is empty
    CHECK(person.identity.names[0].middle_names == "Ann");
    CHECK(person.identity.nhs_number == "9990000042");
    CHECK(person.identity.agreed_number == protocol::standard_agreed_number("A-7701"));
    CHECK(person.identity.sex == protocol::Sex::male);
    REQUIRE(person.identity.addresses.size() == 2);
    auto const& address = person.identity.addresses[0]; // its own columns come before the one line
    CHECK(address.premises + "|" + address.street + "|" + address.locality + "|" + address.postcode + "|" +
              address.uprn ==
          "12|High Street|Milltown|QX1 2AB|100012345");
    REQUIRE(person.rating);
    CHECK(person.rating->practitioner == "J. Tamworthy");
    CHECK(person.contacts_12m == 2);
    CHECK(person.contacts_ever == 5);
    CHECK(person.last_contact == parse_day("2026-11-02").value());
    CHECK_FALSE(person.open);
    CHECK(person.marac_listed == parse_day("2026-12-01").value());
    CHECK(person.marac_heard == parse_day("2026-10-01").value());
}

TEST_CASE("mapped import: numbers of every kind are kept in one form, or left out and counted") {
    struct Case {
        char const* upn;
        char const* agreed;
        char const* uprn;
        std::vector<Quality> kinds;
        bool found; ///< by what is left
    };
    auto const example = GENERATE(values<Case>({
        {"", "", "", {Quality::too_little_to_match}, false},
        {"a 999 000 000 001", "", "", {Quality::upn_wrong, Quality::too_little_to_match}, false},
        {"UPN", "", "", {}, true},
        {"", "ab-77", "", {}, true},
        {"", "ab", "", {Quality::agreed_number_wrong, Quality::too_little_to_match}, false},
        {"", "0000000", "", {Quality::placeholder, Quality::too_little_to_match}, false},
        {"", "", "000100012345", {Quality::too_little_to_match}, false},
        {"", "", "1.0E+11", {Quality::uprn_wrong, Quality::too_little_to_match}, false},
        {"", "", "n/k", {Quality::placeholder, Quality::too_little_to_match}, false},
    }));
    std::string upn = example.upn;
    if (upn == "UPN") // with the letter that checks these digits
        for (char letter = 'A'; letter <= 'Z' && protocol::standard_upn(upn).empty(); ++letter)
            upn = std::string(1, letter) + "999000000001";
    auto const file =
        read_by("[columns]\nrecord_id = \"id\"\nforename = \"fn\"\nsurname = \"sn\"\nupn = \"u\"\n"
                "agreed_number = \"a\"\nuprn = \"p\"\n",
                "id,fn,sn,u,a,p\n1,Kezia,Ottermere," + upn + "," + example.agreed + "," + example.uprn + "\n");
    REQUIRE(file.people.size() == 1);
    auto const& identity = file.people[0].identity;
    CHECK(identity.upn == protocol::standard_upn(upn));
    CHECK(identity.agreed_number == protocol::standard_agreed_number(example.agreed));
    CHECK((identity.addresses.empty() ? "" : identity.addresses[0].uprn) == protocol::standard_uprn(example.uprn));
    std::vector<Quality> kinds;
    for (std::size_t i = 0; i < quality_kinds; ++i)
        if (file.report.quality[i].count != 0) kinds.push_back(static_cast<Quality>(i));
    CHECK(kinds == example.kinds);
    CHECK((file.report.count(Quality::too_little_to_match) == 0) == example.found);
}

TEST_CASE("mapped import: delimiters") {
    auto const delimiter = GENERATE(as<std::string>(), ",", ";", "|", "\\t");
    std::string const c = delimiter == "\\t" ? "\t" : delimiter;
    auto const file = read_by("[file]\ndelimiter = \"" + delimiter +
                                  "\"\n[columns]\nrecord_id = \"id\"\nforename = \"a\"\nsurname = \"b\"\n",
                              "a" + c + "id" + c + "b" + c + "c\n" + c + "1" + c + "\"Otter; mere, x|y\"" + c +
                                  "\n Kez " + c + " 2" + c + c + "\n");
    REQUIRE(file.people.size() == 2);
    CHECK(file.people[0].identity.names[0].forename.empty());
    CHECK(file.people[0].identity.names[0].surname == "Otter; mere, x|y");
    CHECK(file.people[1].identity.names[0].forename == "Kez");
}

TEST_CASE("mapped import: the order of dates, and years of two digits") {
    struct Case {
        char const* file; ///< lines of [file]
        char const* born;
        char const* heard; ///< marac_listed, which may be next year
        char const* days;  ///< what comes of them; "" where the file is refused
    };
    auto const example = GENERATE(values<Case>({
        {"", "2019-03-04", "2026-12-01", "2019-03-04 2026-12-01"},
        {"date_order = \"dmy\"", "04/03/2019", "1.12.2026", "2019-03-04 2026-12-01"},
        {"date_order = \"mdy\"", "04/03/2019", "12/1/2026", "2019-04-03 2026-12-01"},
        {"date_order = \"mdy\"", "31/03/2019", "12/1/2026", ""},
        {"date_order = \"dmy\"", "04/03/19", "1.12.2026", ""},
        {"date_order = \"dmy\"\ntwo_digit_years = true", "04/03/26", "1/2/27", "2026-03-04 2027-02-01"},
        {"date_order = \"dmy\"\ntwo_digit_years = true", "04/03/27", "1/2/28", "1927-03-04 1928-02-01"},
    }));
    auto const file =
        read_by(std::string("[file]\n") + example.file +
                    "\n[columns]\nrecord_id = \"id\"\nsurname = \"sn\"\ndate_of_birth = \"born\"\n"
                    "marac_listed = \"listed\"\n",
                std::string("id,sn,born,listed\n1,Ottermere,") + example.born + "," + example.heard + "\n");
    CAPTURE(example.file, example.born);
    std::string days;
    for (auto const& person : file.people) {
        REQUIRE((person.identity.date_of_birth && person.marac_listed));
        days = to_text(*person.identity.date_of_birth) + " " + to_text(*person.marac_listed);
    }
    CHECK(days == example.days);
}

TEST_CASE("mapped import: windows-1252") {
    std::string const toml =
        "[file]\nencoding = \"windows-1252\"\n[columns]\nrecord_id = \"id\"\nsurname = \"pr\xC3\xA9nom\"\n";
    auto const file = read_by(toml, "id,pr\xE9nom\n1,Ottermi\xE8re\n2,O\x92"
                                    "Brien\n3,\x8E"
                                    "ak\n");
    REQUIRE(file.people.size() == 3);
    CHECK(file.people[0].identity.names[0].surname == "Ottermi\xC3\xA8re");
    CHECK(file.people[1].identity.names[0].surname == "O\xE2\x80\x99"
                                                      "Brien");
    CHECK(file.people[2].identity.names[0].surname == "\xC5\xBD"
                                                      "ak");
    CHECK(problem_of(read_by(toml, "id,pr\xE9nom\n1,Otter\x81\n")).substr(0, 8) == "2 pr\xC3\xA9no");
}

TEST_CASE("mapped import: a file without a header") {
    std::string const toml = "[file]\nheader = false\n[columns]\nrecord_id = 1\nsurname = 3\n";
    auto const file = read_by(toml, "1,x,Ottermere\n2,y,Larkmere\n");
    REQUIRE(file.people.size() == 2);
    CHECK(file.people[0].identity.names[0].surname == "Ottermere");
    CHECK(problem_of(read_by(toml, "1,Ottermere\n")).substr(0, 30) == "1 column 3: The first row has ");
    CHECK(problem_of(read_by(toml, "1,x,Ottermere\n2,Larkmere\n")).substr(0, 3) == "2 :");
    CHECK(problem_of(read_by(toml, "1,x,Ottermere\n,x,Larkmere\n")).substr(0, 11) == "2 column 1:");
}

TEST_CASE("mapped import: one fault keeps the file out, and is named as the file names it") {
    struct Case {
        std::string from;
        std::string to;
        char const* problem;
    };
    auto const example = GENERATE(values<Case>({
        {"05/04/1990", "31/02/2016", "3 DOB: This is not a date that exists"},
        {"05/04/1990", "04/31/2016", "3 DOB: This is not a date that exists"},
        {"05/04/1990", "05/04/90", "3 DOB: This is not a date: its year has two digits"},
        {"05/04/1990", "5th of", "3 DOB: This is not a date. The map says that this file writes 31/03/2019"},
        {"05/04/1990", "23/11/2026", "3 DOB: This date is in the future"},
        {"05/04/1990", "22/11/2026", ""},
        {"05/04/1990", "12/2026", "3 DOB: This date is in the future"},
        {"05/04/1990", "2027", "3 DOB: This date is in the future"},
        {"HIGH", "Red", ""},
        {"HIGH", "Severe", "3 Risk: This is not a colour"},
        {"HIGH,", "nil,", "3 Assessed: This belongs to a rating"},
        {"HIGH,01/11/2026,J. Tamworthy,Worse.,Visit.,Alcohol,Injury", "nil,,,,,,", ""},
        {"Worse.,Visit.", ",", "3 Summary + Plan: Red and Amber"},
        {"Alcohol", "12 Low Road", "3 Theme 1 + Theme 2: A theme is made of letters"},
        {"Kez Ottermere/", "Kez/", "3 Aliases: A name has only one word"},
        {"Kezia Ann", "Kezia\tAnn", "3 Name: There is a line break"},
        {"C-1,", ",", "3 Case No: There is no record_id"},
        {"C-1,", "C-0,", "3 Case No: The row at line 2 has the same"},
        {",closed", "", "3 : This row has 14 fields and must have 15"},
        {"closed", "paused", "3 Status: This is neither yes nor no"},
        {"2,\"Flat", "9,\"Flat", ""}, // a sex that nobody knows is counted
    }));
    auto changed = agency_row;
    auto const at = changed.find(example.from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, example.from.size(), example.to);
    auto const file = read_by(agency, agency_header + ",C-0,Mia Larkmere,,,,,,,,,,,,\n" + changed);
    CAPTURE(example.to, report_text(file.report));
    CHECK(problem_of(file).substr(0, std::string(example.problem).size()) == example.problem);
    CHECK((file.report.problem_count == 0) == (*example.problem == '\0'));
    CHECK(file.people.size() == (*example.problem == '\0' ? 2U : 0U));
}

TEST_CASE("mapped import: a column that is not there") {
    std::string const toml = "[columns]\nrecord_id = \"id\"\nsurname = \"Surname\"\nsex = \"Sex\"\n";
    auto const near = read_by(toml, "id,Last Name,Gender\n1,Ottermere,F\n");
    CHECK(near.report.problem_count == 2);
    CHECK(near.report.problems[0].column == "Surname");
    CHECK(near.report.problems[1].column == "Sex");
    CHECK(near.report.problems[0].text.find("The file has: id, Last Name, Gender.") != std::string::npos);
    // A first line with nothing of the map in it may be a person.
    for (auto const* text : {"1,Ottermere,F\n2,Larkmere,M\n", "id;Surname;Sex\n1;Ottermere;F\n"}) {
        auto const report = report_text(read_by(toml, text).report);
        CHECK(report.find("none of the map's columns") != std::string::npos);
        CHECK(report.find("Ottermere") == std::string::npos);
    }
    CHECK(problem_of(read_by(toml, "id,Surname,Sex,Surname\n1,Ottermere,F,x\n")).substr(0, 10) == "1 Surname:");
    CHECK(read_by(toml, "Notes,Sex,id,Surname,Notes\n,F,1,Ottermere,\n").people.size() == 1);

    auto const unsafe = report_text(read_by(toml, "id,\x1b[31m,\xFF,b\n").report);
    CHECK(unsafe.find("The file has: id, , , b.") != std::string::npos);

    std::string wide = "id";
    for (int i = 0; i < 60; ++i) wide += ",c" + std::to_string(i) + std::string(80, 'x');
    auto const cut = report_text(read_by(toml, wide + "\n").report);
    CHECK(cut.find("c38" + std::string(57, 'x') + ", and more") != std::string::npos);
    CHECK(cut.find("c39") == std::string::npos);
    CHECK(cut.find(std::string(60, 'x')) == std::string::npos);
}

TEST_CASE("mapped import: notes that no map names may be long, with anything in them") {
    std::string const toml = "[columns]\nrecord_id = \"id\"\nsurname = \"sn\"\n";
    auto const file = read_by(toml, "id,notes,sn\n1,\"" + std::string(5000, 'n') + "\n\xFF" + std::string(5000, 'n') +
                                        "\",Ottermere\n");
    CHECK(file.people.size() == 1);
    std::string columns = "id,sn";
    for (int i = 2; i < 400; ++i) columns += ",c" + std::to_string(i);
    CHECK(problem_of(read_by(toml, columns + "\n")).find("nobody in it") != std::string::npos);
    CHECK(problem_of(read_by(toml, columns + ",c400\n")).find("more than 400 columns") != std::string::npos);
}

TEST_CASE("mapped import: measuring reads the truth, and takes what an import would refuse as missing") {
    auto const toml = test::read_file("docs/examples/maps/febrl.toml");
    std::string const csv =
        "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, "
        "date_of_birth, soc_sec_id\n"
        "rec-70-org, kezia, ottermere, 8, wallow street, dell, milltown, 4223, nsw, 19151111, 5304218\n"
        "rec-70-dup-0, , otermere, , wallow street, , milltown, 4223, nsw, 19151399, 5304218\n";
    CHECK(problem_of(read_by(toml, csv)).substr(0, 15) == "3 date_of_birth");
    auto const file = read_by(toml, csv, Strictness::measuring);
    REQUIRE(file.people.size() == 2);
    CHECK(file.truth == std::vector<std::string>{"70", "70"});
    CHECK(file.report.count(Quality::cell_left_out) == 1);
    auto const& first = file.people[0].identity;
    CHECK(first.names[0].forename == "kezia");
    CHECK(first.addresses.at(0).street == "wallow street dell");
    CHECK(first.addresses.at(0).postcode == "4223");
    CHECK(first.date_of_birth == parse_day("1915-11-11").value());
    CHECK(first.agreed_number == "5304218");
    CHECK_FALSE(file.people[1].identity.date_of_birth);
    CHECK(problem_of(read_by(toml, csv + "rec70, a, b, , , , , , , , \n", Strictness::measuring)).substr(0, 8) ==
          "4 rec_id");
}

TEST_CASE("mapped import: the UK benchmark's columns; its truth is no input of an import") {
    auto const toml = test::read_file("docs/examples/maps/uk-benchmark.toml");
    std::string const csv =
        "rid,pid,fam,role,fn,mid,sn,sex,dob,no,street,postcode,uprn,nhs\n"
        "education-0,31,88,child,Kezia,,Ottermere,F,2013-09-06,156,Wallow Avenue,QX12 6DZ,100132599,\n"
        "education-1,17,50,child,Mia,Ann,Larkmere,M,,113,Dell Way,ZZ99 3VZ,,9990000043\n";
    auto const file = read_by(toml, csv, Strictness::measuring);
    REQUIRE(file.people.size() == 2);
    CHECK(file.truth == std::vector<std::string>{"31", "17"});
    CHECK(file.people[0].family_id == "100132599");
    CHECK(file.people[0].identity.addresses.at(0).premises == "156");
    CHECK(file.people[1].identity.names.at(0).middle_names == "Ann");
    CHECK(file.people[1].identity.nhs_number.empty());
    CHECK(file.report.count(Quality::nhs_number_wrong) == 1);
    CHECK(read_by(toml, csv).truth.empty());
    auto without = csv;
    without.replace(without.find("pid"), 3, "xyz");
    CHECK(read_by(toml, without).people.size() == 2);
    CHECK(problem_of(read_by(toml, without, Strictness::measuring)).substr(0, 6) == "1 pid:");
}

TEST_CASE("mapped import: the order of columns makes no difference") {
    REQUIRE(rc::check("permuted columns", [] {
        auto const rows = *rc::gen::inRange<std::size_t>(1, 5);
        struct Column {
            std::string name;
            std::vector<std::string> cells;
        };
        std::vector<Column> columns;
        std::string toml = "[columns]\n";
        for (auto const* field :
             {"record_id", "forename", "surname", "date_of_birth", "nhs_number", "postcode", "sex"}) {
            Column column{std::string("my ") + field, {}};
            for (std::size_t i = 0; i < rows; ++i)
                column.cells.push_back(
                    field == std::string("record_id") ? std::to_string(i)
                    : field == std::string("date_of_birth")
                        ? std::to_string(*rc::gen::inRange(1900, 2030))
                        : *rc::gen::container<std::string>(rc::gen::element('a', 'e', ' ', '9', ',')));
            columns.push_back(std::move(column));
            toml += std::string(field) + " = \"my " + field + "\"\n";
        }
        columns.push_back({"not mapped", std::vector<std::string>(rows, "?")});
        auto const written = [&](std::vector<Column> const& order) {
            std::string csv;
            for (auto const& column : order) csv += "\"" + column.name + "\",";
            csv.back() = '\n';
            for (std::size_t i = 0; i < rows; ++i) {
                for (auto const& column : order) csv += "\"" + column.cells[i] + "\",";
                csv.back() = '\n';
            }
            return csv;
        };
        auto shuffled = columns;
        for (std::size_t i = shuffled.size() - 1; i > 0; --i)
            std::swap(shuffled[i], shuffled[*rc::gen::inRange<std::size_t>(0, i + 1)]);
        auto const map = *parse_csv_map(toml).map;
        auto const one = read_people_csv(written(columns), map, today);
        auto const other = read_people_csv(written(shuffled), map, today);
        RC_ASSERT(report_text(one.report) == report_text(other.report));
        RC_ASSERT(one.people.size() == other.people.size());
        for (std::size_t i = 0; i < one.people.size(); ++i) {
            auto const& a = one.people[i];
            auto const& b = other.people[i];
            RC_ASSERT(a.id == b.id);
            RC_ASSERT(a.identity.names[0].forename == b.identity.names[0].forename);
            RC_ASSERT(a.identity.names[0].surname == b.identity.names[0].surname);
            RC_ASSERT(a.identity.partial_date == b.identity.partial_date);
            RC_ASSERT(a.identity.nhs_number == b.identity.nhs_number);
            RC_ASSERT(a.identity.addresses.size() == b.identity.addresses.size());
            RC_ASSERT(a.identity.sex == b.identity.sex);
        }
    }));
}
