// tests/vectors/standard.txt against the code: what another implementation of matching version 2 has to give.

#include "protocol/identity/standardise.hpp"
#include "vector_files.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {
std::vector<std::string> split_at(std::string const& text, char separator) {
    std::vector<std::string> fields(1);
    for (char const c : text) {
        if (c == separator)
            fields.emplace_back();
        else
            fields.back() += c;
    }
    return fields;
}

/// "\xC3" is that byte; nothing else is escaped.
std::string unescaped(std::string const& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "\\x") != 0 || i + 4 > text.size()) {
            bytes += text[i];
            continue;
        }
        bytes += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
        i += 3;
    }
    return bytes;
}

std::string address_line(std::string const& text) {
    auto fields = split_at(text, '|');
    fields.resize(5);
    auto const a = standard_address({fields[0], fields[1], fields[2], fields[3], fields[4]});
    return a.premises + "|" + a.street + "|" + a.locality + "|" + a.postcode + "|" + a.sector + "|" + a.uprn +
           (a.no_fixed_abode ? "|no fixed abode" : "|");
}

std::string date_line(std::string const& text, DateOrder order) {
    auto const date = parse_date_of_birth(text, order);
    if (date.day) return to_text(*date.day);
    if (date.partial) return std::to_string(date.partial->year) + " " + std::to_string(date.partial->month);
    constexpr char const* faults[] = {"missing", "not a date", "impossible", "two-digit year"};
    return faults[static_cast<std::size_t>(date.fault)];
}

using Function = std::function<std::string(std::string const&)>;
std::map<std::string, Function> const functions = {
    {"standard_name", standard_name},
    {"surname_parts", [](auto const& text) { return joined(surname_parts(text), " "); }},
    {"forename_parts", [](auto const& text) { return joined(forename_parts(text), " "); }},
    {"middle_words", [](auto const& text) { return joined(middle_words(text), " "); }},
    {"spoken_forename", spoken_forename},
    {"is_placeholder_name", [](auto const& text) { return is_placeholder_name(text) ? "yes" : "no"; }},
    {"sound", sound},
    {"broad_sound", broad_sound},
    {"skeleton", skeleton},
    {"standard_address", address_line},
    {"standard_nhs_number", standard_nhs_number},
    {"standard_upn", standard_upn},
    {"standard_agreed_number", standard_agreed_number},
    {"date_dmy", [](auto const& text) { return date_line(text, DateOrder::dmy); }},
    {"date_mdy", [](auto const& text) { return date_line(text, DateOrder::mdy); }},
};
} // namespace

TEST_CASE("standardise: vectors for another implementation") {
    std::istringstream lines(test::read_file("tests/vectors/standard.txt"));
    std::map<std::string, std::size_t> counts;
    std::string again;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') {
            again += line + "\n";
            continue;
        }
        auto const fields = split_at(line, '\t');
        CAPTURE(line);
        REQUIRE(fields.size() == 3);
        auto const function = functions.find(fields[0]);
        REQUIRE(function != functions.end());
        auto const output = function->second(unescaped(fields[1]));
        again += fields[0] + "\t" + fields[1] + "\t" + output + "\n";
        ++counts[fields[0]];
        if (std::getenv("FANLIGHT_WRITE_VECTORS") == nullptr) CHECK(output == fields[2]);
    }
    for (auto const& [name, function] : functions) {
        INFO(name);
        CHECK(counts[name] >= 4);
    }
    test::check_vectors("tests/vectors/standard.txt", again);
}
