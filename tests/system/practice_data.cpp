// The practice data, read as the node's import and family form read it.

#include "federation.hpp"
#include "node/import/family_file.hpp"
#include "node/import/people_csv.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

namespace fanlight::simulation {

std::string practice_template();

namespace {

std::string read_file(std::string const& path) {
    std::ifstream file(std::string(FANLIGHT_SOURCE_DIR) + "/" + path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    CAPTURE(path);
    REQUIRE_FALSE(text.empty());
    return text;
}

/// `@TODAY-30@` into a date.
std::string with_dates(std::string text, Day today) {
    std::string const mark = "@TODAY-";
    for (auto place = text.find(mark); place != std::string::npos; place = text.find(mark)) {
        auto const end = text.find('@', place + 1);
        auto const days = std::stoi(text.substr(place + mark.size(), end - place - mark.size()));
        text.replace(place, end + 1 - place, to_text(today - std::chrono::days(days)));
    }
    return text;
}

} // namespace

std::string practice_template() {
    return read_file("node/practice/agreement.template.toml");
}

Instant practice_start() {
    return parse_instant("2026-11-22T09:00:00Z").value();
}

std::vector<std::string> const& practice_families() {
    static std::vector<std::string> const families = {"chloe",  "kira",     "ivy",      "abdul", "michelle",
                                                      "nicole", "samantha", "rhiannon", "marie", "hayley",
                                                      "amanda", "feriha",   "stephanie"};
    return families;
}

std::vector<protocol::PersonRecord> practice_people(std::string_view party, Day today) {
    auto const text = read_file("tests/practice/" + std::string(party) + ".csv");
    auto file = node::read_people_csv(with_dates(text, today), today);
    CAPTURE(party, node::report_text(file.report));
    REQUIRE(file.report.problem_count == 0);
    return std::move(file.people);
}

protocol::Family practice_family(std::string_view name, policy::Agreement const& agreement) {
    auto parsed = node::parse_family(read_file("tests/practice/families/" + std::string(name) + ".toml"), agreement);
    for (auto const& problem : parsed.problems) UNSCOPED_INFO(problem.place << ": " << problem.text);
    CAPTURE(name);
    REQUIRE(parsed.family);
    return std::move(*parsed.family);
}

PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}

} // namespace fanlight::simulation
