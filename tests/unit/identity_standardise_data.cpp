// The codes on a data set of people as five agencies hold them: how often two people agree by chance, and how often
// two writings of one name do. The data set is not part of the project: FANLIGHT_DATA, or ../shared/data beside it.

#include "protocol/identity/standardise.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace fanlight::protocol;

namespace {
constexpr std::size_t column_person = 0, column_forename = 3, column_surname = 5, column_former = 14;

std::vector<std::vector<std::string>> rows_of(std::string const& name) {
    auto const* const given = std::getenv("FANLIGHT_DATA");
    auto const directory = given != nullptr ? std::string(given) : std::string(FANLIGHT_SOURCE_DIR) + "/../shared/data";
    std::ifstream file(directory + "/uk/" + name);
    std::vector<std::vector<std::string>> rows;
    std::string line;
    std::getline(file, line); // column names
    while (std::getline(file, line)) {
        std::vector<std::string> fields(1);
        for (char const c : line) {
            if (c == ',')
                fields.emplace_back();
            else if (c != '\r')
                fields.back() += c;
        }
        rows.push_back(std::move(fields));
    }
    return rows;
}

using Code = std::function<std::string(std::string const&)>;

/// How likely two people drawn at random have one code.
double by_chance(std::vector<std::string> const& names, Code const& code) {
    std::map<std::string, double> counts;
    for (auto const& name : names) ++counts[code(name)];
    double sum = 0;
    for (auto const& [text, count] : counts) sum += count * count;
    return sum / static_cast<double>(names.size()) / static_cast<double>(names.size());
}

using Pairs = std::vector<std::pair<std::string, std::string>>;
double agreeing(Pairs const& pairs, Code const& code) {
    std::size_t agree = 0;
    for (auto const& [left, right] : pairs)
        if (code(left) == code(right)) ++agree;
    return static_cast<double>(agree) / static_cast<double>(pairs.size());
}
} // namespace

TEST_CASE("broad sound: joins more writings of one name than sound, and hardly more people") {
    auto const people = rows_of("people.csv");
    if (people.empty()) {
        WARN("SKIPPED: no data set; set FANLIGHT_DATA to a directory that has uk/people.csv");
        return;
    }
    std::map<std::string, std::vector<std::string>> by_person;
    std::vector<std::string> forenames, surnames;
    for (auto const& row : people) {
        by_person[row.at(column_person)] = row;
        forenames.push_back(standard_name(row.at(column_forename)));
        surnames.push_back(standard_name(row.at(column_surname)));
    }
    Pairs of_forenames, of_surnames; // written differently by an agency
    for (auto const* const agency : {"education", "health", "housing", "police", "social"})
        for (auto const& row : rows_of(std::string(agency) + ".csv")) {
            auto const& person = by_person.at(row.at(1));
            auto const forename = standard_name(row.at(4)), surname = standard_name(row.at(6));
            if (!is_placeholder_name(row[4]) && forename != standard_name(person[column_forename]))
                of_forenames.emplace_back(forename, standard_name(person[column_forename]));
            if (!is_placeholder_name(row[6]) && surname != standard_name(person[column_surname]) &&
                surname != standard_name(person.at(column_former)))
                of_surnames.emplace_back(surname, standard_name(person[column_surname]));
        }
    for (auto const& [names, pairs] : {std::pair{&forenames, &of_forenames}, std::pair{&surnames, &of_surnames}}) {
        auto const fine = by_chance(*names, sound);
        auto const broad = by_chance(*names, broad_sound);
        WARN("by chance: sound " << fine << ", broad_sound " << broad << ", skeleton " << by_chance(*names, skeleton)
                                 << "; written differently and agreeing: sound " << agreeing(*pairs, sound)
                                 << ", broad_sound " << agreeing(*pairs, broad_sound) << ", skeleton "
                                 << agreeing(*pairs, skeleton));
        CHECK(broad < 1.5 * fine);
        CHECK(agreeing(*pairs, broad_sound) > agreeing(*pairs, sound));
    }
}
