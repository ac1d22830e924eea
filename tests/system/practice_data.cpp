// The practice data, read as the node's import and family form read it.

#include "federation.hpp"
#include "node/import/family_file.hpp"
#include "node/import/people_csv.hpp"
#include "tests/unit/project_files.hpp"

#include <catch2/catch.hpp>

namespace fanlight::simulation {

std::string practice_template();

std::string practice_template() {
    return test::read_file("node/practice/agreement.template.toml");
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
    auto const text = test::read_file("tests/practice/" + std::string(party) + ".csv");
    auto file = node::read_people_csv(test::with_dates(text, today), today);
    CAPTURE(party, node::report_text(file.report));
    REQUIRE(file.report.problem_count == 0);
    return std::move(file.people);
}

protocol::Family practice_family(std::string_view name, policy::Agreement const& agreement) {
    auto parsed =
        node::parse_family(test::read_file("tests/practice/families/" + std::string(name) + ".toml"), agreement);
    for (auto const& problem : parsed.problems) UNSCOPED_INFO(problem.place << ": " << problem.text);
    CAPTURE(name);
    REQUIRE(parsed.family);
    return std::move(*parsed.family);
}

PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}

} // namespace fanlight::simulation
