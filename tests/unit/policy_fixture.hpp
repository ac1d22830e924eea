#pragma once
// The practice agreement with its placeholders filled by keys that nobody holds: for the tests of policy.

#include "policy/agreement.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace fanlight::policy::test {

inline std::string template_text() {
    std::ifstream file(std::string(FANLIGHT_SOURCE_DIR) + "/node/practice/agreement.template.toml");
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(text.str().size() > 1000);
    return text.str();
}

/// Well-formed; different for each number.
inline std::string dummy_vkey(std::string const& name, unsigned number) {
    std::string digits = std::to_string(number);
    return name + "+0123abcd+AQ" + std::string(42 - digits.size(), 'x') + digits;
}

inline std::string replaced(std::string text, std::string const& from, std::string const& to) {
    auto const place = text.find(from);
    INFO("looking for: " << from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}

inline std::string practice_text() {
    auto text = template_text();
    unsigned number = 0;
    for (auto start = text.find("@@"); start != std::string::npos; start = text.find("@@")) {
        auto const end = text.find("@@", start + 2);
        REQUIRE(end != std::string::npos);
        auto const what = text.substr(start + 2, end - start - 2);
        ++number;
        text.replace(start, end + 2 - start, dummy_vkey(what, number));
    }
    return text;
}

inline std::string all_of(std::vector<Finding> const& findings) {
    std::string text;
    for (auto const& finding : findings) text += describe(finding) + "\n";
    return text;
}

inline Agreement practice_agreement() {
    auto parsed = parse_agreement(practice_text());
    INFO(all_of(parsed.findings));
    REQUIRE(parsed.agreement);
    return std::move(*parsed.agreement);
}

inline Party& at(Agreement& agreement, std::string_view id) {
    for (auto& one : agreement.parties) {
        if (one.id.text() == id) return one;
    }
    FAIL("no such party");
    return agreement.parties.front();
}

inline PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}

/// The first finding whose text has `part`; nullptr if there is none.
inline Finding const* finding_with(std::vector<Finding> const& findings, std::string const& part) {
    for (auto const& finding : findings) {
        if (finding.text.find(part) != std::string::npos) return &finding;
    }
    return nullptr;
}

} // namespace fanlight::policy::test
