// The practice data, read as the node's import and family form read it.

#include "federation.hpp"
#include "node/import/family_file.hpp"
#include "node/import/people_csv.hpp"
#include "tests/unit/project_files.hpp"

#include <algorithm>
#include <set>

namespace fanlight::simulation {

namespace {

constexpr auto second_of_a_role = "housing_north";

/// A list in TOML without these entries: `roles = ["a", "b"]`.
std::string shortened(std::string line, std::set<std::string> const& gone) {
    for (auto const& id : gone)
        for (auto const& listed : {", \"" + id + "\"", "\"" + id + "\", ", "\"" + id + "\""})
            if (auto const at = line.find(listed); at != std::string::npos) line.erase(at, listed.size());
    return line;
}

/// Without the parties that are not there (each plays the role of its name), and without what is about them alone.
std::string without(std::string const& text, std::set<std::string> const& gone) {
    std::istringstream lines(text);
    std::string kept;
    std::string block;
    bool about_nobody = false;
    auto const end_block = [&] {
        if (!about_nobody) kept += block;
        block.clear();
        about_nobody = false;
    };
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("[", 0) == 0) end_block();
        if (line.rfind("roles = ", 0) == 0 || line.rfind("holders = ", 0) == 0) line = shortened(line, gone);
        bool const of_one = std::any_of(gone.begin(), gone.end(), [&](std::string const& id) {
            return line == "[wording." + id + "]" || (line == "id = \"" + id + "\"" && block == "[[party]]\n");
        });
        about_nobody = about_nobody || of_one || line == "roles = []";
        block += line + "\n";
    }
    end_block();
    return kept;
}

/// A second node for housing, after the first.
std::string with_housing_north(std::string const& text) {
    auto const begin = text.find("[[party]]\nid = \"housing\"\n");
    auto const end = text.find("[[party]]", begin + 1);
    demand(begin != std::string::npos && end != std::string::npos, "housing is a party");
    auto block = text.substr(begin, end - begin);
    for (auto const& [from, to] : std::map<std::string, std::string>{{"id = \"housing\"", "id = \"housing_north\""},
                                                                     {"name = \"Housing\"", "name = \"Housing North\""},
                                                                     {"Northbridge Homes", "Northbridge North Homes"},
                                                                     {"@@housing.", "@@housing_north."},
                                                                     {"\"core\"", "\"optional\""}})
        for (auto at = block.find(from); at != std::string::npos; at = block.find(from, at + to.size()))
            block.replace(at, from.size(), to);
    return text.substr(0, end) + block + text.substr(end);
}

} // namespace

Shape const& practice_shape() {
    static Shape const all = {"police",         "social_care",      "health",        "education", "housing",
                              "domestic_abuse", "substance_misuse", "mental_health", "probation", "refuge",
                              "marac"};
    return all;
}

std::string practice_template(Shape const& shape) {
    auto text = test::read_file("node/practice/agreement.template.toml");
    std::set<std::string> gone(practice_shape().begin(), practice_shape().end());
    for (auto const& id : shape) gone.erase(id);
    if (!gone.empty()) text = without(text, gone);
    bool const north = std::find(shape.begin(), shape.end(), second_of_a_role) != shape.end();
    return north ? with_housing_north(text) : text;
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
    auto const name = std::string(party == second_of_a_role ? "housing" : party);
    auto const text = test::read_file("tests/practice/" + name + ".csv");
    auto file = node::read_people_csv(test::with_dates(text, today), today);
    demand(file.report.problem_count == 0, node::report_text(file.report));
    return std::move(file.people);
}

std::vector<std::string> practice_families(policy::Agreement const& agreement) {
    auto families = practice_families();
    // Her form leaves one party out by its name.
    if (agreement.find(party("mental_health")) == nullptr) std::erase(families, "rhiannon");
    return families;
}

protocol::Family practice_family(std::string_view name, policy::Agreement const& agreement) {
    auto parsed =
        node::parse_family(test::read_file("tests/practice/families/" + std::string(name) + ".toml"), agreement);
    std::string problems;
    for (auto const& problem : parsed.problems) problems += problem.place + ": " + problem.text + "\n";
    demand(parsed.family.has_value(), std::string(name) + "\n" + problems);
    return std::move(*parsed.family);
}

std::vector<protocol::PersonRecord> marked_people(std::string_view party, Day today) {
    std::vector<protocol::PersonRecord> people;
    std::string const word(marked_word);
    for (auto const number : {1, 2}) {
        protocol::PersonRecord record;
        record.id = word + "-" + std::string(party) + "-" + std::to_string(number);
        record.family_id = record.id + "-family";
        protocol::Name name;
        name.forename = word + "a";
        name.surname = word + (number == 1 ? "son" : "ley");
        record.identity.names = {name};
        record.identity.date_of_birth = parse_day("1980-02-0" + std::to_string(number)).value();
        record.rating = protocol::Rating{policy::Colour::red, today - std::chrono::days(2), word, record.id, {word}};
        people.push_back(std::move(record));
    }
    return people;
}

std::vector<protocol::PersonRecord> one_of_each_family(policy::Agreement const& agreement, Day today) {
    std::vector<protocol::PersonRecord> people;
    for (auto const& family : practice_families(agreement)) {
        protocol::PersonRecord record;
        record.id = "held-" + std::to_string(people.size());
        record.identity = practice_family(family, agreement).people.front().identity;
        record.rating = protocol::Rating{policy::Colour::green, today - std::chrono::days(2), "A", "", {}};
        people.push_back(std::move(record));
    }
    return people;
}

PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}

} // namespace fanlight::simulation
