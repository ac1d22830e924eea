// What the whole-program tests ask about JSON that `fanlight` prints, one object a line on standard input:
//
//   cli-expect get a.b.c            the value at a path in the first line
//   cli-expect keys                 every path of the first line, a number for each place in a list left out
//   cli-expect stages               "party stage" of each party of each case
//   cli-expect grid                 people x parties and the result of each case, without times and ids
//   cli-expect summaries            what was shared under the agreement, the same way
//   cli-expect compare FILE         every row of tests/practice/expected.tsv against the cases; prints what differs

#include <boost/json.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace json = boost::json;

std::vector<json::value> read_input() {
    std::vector<json::value> values;
    for (std::string line; std::getline(std::cin, line);)
        if (!line.empty()) values.push_back(json::parse(line));
    if (values.empty()) throw std::runtime_error("nothing on standard input");
    return values;
}

std::string text(json::value const& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

json::value const& at(json::value const& value, std::string const& path) {
    auto const* here = &value;
    std::istringstream steps(path);
    for (std::string step; std::getline(steps, step, '.');)
        here = here->is_array() ? &here->get_array().at(std::stoul(step)) : &here->as_object().at(step);
    return *here;
}

void collect_keys(json::value const& value, std::string const& path, std::set<std::string>& keys) {
    if (auto const* object = value.if_object()) {
        for (auto const& [key, inner] : *object)
            collect_keys(inner, path + (path.empty() ? "" : ".") + std::string(key), keys);
    } else if (auto const* array = value.if_array(); array != nullptr && !array->empty()) {
        for (auto const& inner : *array) collect_keys(inner, path + "[]", keys);
    } else {
        keys.insert(path);
    }
}

/// A cell as expected.tsv writes it: the colour, or the kind of reply.
std::string cell_text(json::value const& cell) {
    auto const* colour = cell.as_object().if_contains("colour");
    return colour == nullptr ? text(at(cell, "kind")) : text(at(cell, "words"));
}

std::string result_text(json::value const& item) {
    return at(item, "result.colour").is_null() ? "NONE" : text(at(item, "result.words"));
}

using Cells = std::map<std::vector<std::string>, std::string>;

/// {family}, {family, person, party} -> what stands there.
Cells cells_of(std::vector<json::value> const& cases) {
    Cells cells;
    for (auto const& item : cases) {
        auto const family = text(at(item, "reference"));
        cells[{family}] = result_text(item);
        auto const& people = at(item, "people").as_array();
        for (auto const& party : at(item, "parties").as_array()) {
            auto const& row = at(party, "cells").as_array();
            if (row.size() != people.size()) throw std::runtime_error("a row has another length than the family");
            for (std::size_t i = 0; i < row.size(); ++i)
                cells[{family, text(at(people[i], "label")), text(at(party, "id"))}] = cell_text(row[i]);
        }
    }
    return cells;
}

int compare(std::vector<json::value> const& cases, char const* file) {
    auto const cells = cells_of(cases);
    std::ifstream rows(file);
    int compared = 0;
    int differences = 0;
    for (std::string line; std::getline(rows, line);) {
        std::vector<std::string> fields;
        std::istringstream parts(line);
        for (std::string field; std::getline(parts, field, '\t');) fields.push_back(field);
        auto const wanted = fields.back();
        fields.pop_back();
        auto const found = cells.find(fields);
        ++compared;
        if (found != cells.end() && found->second == wanted) continue;
        ++differences;
        for (auto const& field : fields) std::printf("%s  ", field.c_str());
        std::printf("is %s, must be %s\n", found == cells.end() ? "not there" : found->second.c_str(), wanted.c_str());
    }
    std::printf("%d rows compared, %d differ\n", compared, differences);
    return compared == 0 || differences != 0 ? 1 : 0;
}

void print_grid(std::vector<json::value> const& cases) {
    for (auto const& [place, what] : cells_of(cases)) {
        for (auto const& part : place) std::printf("%s\t", part.c_str());
        std::printf("%s\n", what.c_str());
    }
    for (auto const& item : cases)
        std::printf("%s\tnext\t%s\tprovisional\t%s\n", text(at(item, "reference")).c_str(),
                    text(at(item, "result.next")).c_str(), text(at(item, "result.provisional")).c_str());
}

void print_summaries(std::vector<json::value> const& cases) {
    for (auto const& item : cases)
        for (auto const& party : at(item, "parties").as_array())
            std::printf("%s\t%s\t%s\n", text(at(item, "reference")).c_str(), text(at(party, "id")).c_str(),
                        text(at(party, "summaries")).c_str());
}

void print_stages(std::vector<json::value> const& cases) {
    for (auto const& item : cases)
        for (auto const& party : at(item, "parties").as_array())
            std::printf("%s %s\n", text(at(party, "id")).c_str(), text(at(party, "stage")).c_str());
}

int run(std::vector<std::string> const& words) {
    auto const input = read_input();
    auto const verb = words.at(1);
    if (verb == "compare") return compare(input, words.at(2).c_str());
    if (verb == "get") {
        std::puts(text(at(input[0], words.at(2))).c_str());
    } else if (verb == "keys") {
        std::set<std::string> keys;
        collect_keys(input[0], "", keys);
        for (auto const& key : keys) std::puts(key.c_str());
    } else if (verb == "stages") {
        print_stages(input);
    } else if (verb == "grid") {
        print_grid(input);
    } else if (verb == "summaries") {
        print_summaries(input);
    } else {
        std::fputs("cli-expect: unknown verb\n", stderr);
        return 64;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run({argv, argv + argc});
    } catch (std::exception const& problem) {
        std::fprintf(stderr, "cli-expect: %s\n", problem.what());
        return 65;
    }
}
