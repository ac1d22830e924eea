// What an import says of people who stand in the file several times: how many, and where, never who.

#include "node/import/people_csv.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;

namespace {

ImportedFile file_of(std::vector<std::string> const& rows) {
    std::string text = "record_id,family_id,forename,surname,other_names,date_of_birth,nhs_number,postcode,colour,"
                       "rated_on,rated_by,analysis,themes,contacts_12m,contacts_ever,last_contact,open,marac_listed,"
                       "marac_heard\n";
    for (auto const& row : rows) text += row + ",,,,,,,,,,,,\n";
    return read_people_csv(text, parse_day("2026-11-22").value());
}

protocol::SamePerson same_in(ImportedFile& file) {
    auto const points =
        protocol::Points::parse({{"forename.exact", 200}, {"surname.exact", 200}, {"date.exact", 200}}).value();
    return find_same_people(file, points, {600, 300});
}

} // namespace

TEST_CASE("import: people entered several times are counted and shown by their lines") {
    auto file =
        file_of({"1,,Kezia,Ottermere,,1990-04-05,", "2,,Ben,Pillbrow,,1971-02-27,", "3,,Kezia,Ottermere,,1990-04-05,",
                 "4,,Ben,Pillbrow,,1971-02-27,", "5,,Kezia,Ottermere,,1990-04-05,", "6,,Ada,Rushbrook,,2011-03-09,"});
    REQUIRE(file.report.problem_count == 0);
    CHECK(file.lines == std::vector<std::uint64_t>{2, 3, 4, 5, 6, 7});
    CHECK(same_in(file) == protocol::SamePerson{{0, 2, 4}, {1, 3}});
    auto const& report = file.report;
    CHECK(report.same_person_count == 2);
    CHECK(report.same_person == std::vector<std::vector<std::uint64_t>>{{2, 4, 6}, {3, 5}});
    CHECK(report.count(Quality::entered_several_times) == 5);
    auto const text = report_text(report);
    CAPTURE(text);
    CHECK(
        text.find("5  rows of people entered several times\n           2 people: lines 2, 4 and 6; lines 3 and 5\n") !=
        std::string::npos);
    for (auto const* value : {"Kezia", "Ottermere", "Ben", "1990", "1971"})
        CHECK(text.find(value) == std::string::npos);
}

TEST_CASE("import: a file without duplicates says nothing of them") {
    auto file = file_of({"1,,Kezia,Ottermere,,1990-04-05,", "2,,Ben,Pillbrow,,1971-02-27,"});
    CHECK(same_in(file).empty());
    CHECK(report_text(file.report).find("several times") == std::string::npos);
}

TEST_CASE("import: of many people entered twice the report keeps the first hundred and counts all") {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < 2 * (import_places_max + 3); ++i) {
        auto const who = std::string(1, static_cast<char>('a' + i / 2 % 26)) + "oki" +
                         std::string(1, static_cast<char>('a' + i / 52));
        rows.push_back(std::to_string(i) + ",," + who + ",Ottermere,,19" + std::to_string(10 + i / 4) + "-04-05,");
    }
    auto file = file_of(rows);
    CHECK(same_in(file).size() == import_places_max + 3);
    CHECK(file.report.same_person_count == import_places_max + 3);
    CHECK(file.report.same_person.size() == import_places_max);
    CHECK(file.report.count(Quality::entered_several_times) == 2 * (import_places_max + 3));
    auto const text = report_text(file.report);
    CAPTURE(text);
    CHECK(text.find("103 people: lines 2 and 3; lines 4 and 5; lines 6 and 7; ...\n") != std::string::npos);
}

TEST_CASE("import: a file with a problem has nobody to compare") {
    auto file = file_of({"1,,Kezia,Ottermere,,1990-04-05,", "1,,Kezia,Ottermere,,1990-04-05,"});
    REQUIRE(file.report.problem_count != 0);
    CHECK(same_in(file).empty());
    CHECK(file.lines.empty());
}
