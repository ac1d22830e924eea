// The family form: the rules of entry, where a problem is said to be, and that none says what was written.
#include "base/limits.hpp"
#include "import_support.hpp"
#include "node/import/family_file.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::import_test;

namespace {

/// Nothing is wrong with it. Line numbers in the tests are its lines.
std::string const good = R"(reference = "marie"
purpose = "safeguarding_children"
route = "standard"
user = "Jo Hub"
source = "police"
consent = "not_safe_to_ask"
told = "not_safe"
domestic_abuse = true
marac_threshold = true
section_47 = false
dash = 15
[not_asked]
mental_health = "No representative in this site"
[[person]]
label = "Marie"
roles = ["adult_at_risk", "parent_carer"]
relation = "mother"
forename = "Marie"
surname = "Selwick"
other_names = ["Marie Corvane"]
date_of_birth = "1989-04-12"
nhs_number = "999 000 0042"
postcode = "QX1 2AB"
[[person]]
label = "Greg"
roles = ["causing_harm", "ex_partner"]
forename = "Greg"
surname = "Hallatrow"
date_of_birth = 1986-10-27
)";

std::string places(ParsedFamily const& parsed) {
    std::string all;
    for (auto const& problem : parsed.problems) all += (all.empty() ? "" : " | ") + problem.place;
    return all;
}

std::string report(ParsedFamily const& parsed) {
    std::string all;
    for (auto const& problem : parsed.problems) all += problem.place + ": " + problem.text + "\n";
    return all;
}

std::string replaced(std::string text, std::string const& from, std::string const& to) {
    auto const at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string numbered(int i) {
    return "[[person]]\nlabel = \"Child " + std::to_string(i) + "\"\nroles = [\"child\"]\nforename = \"Ella\"\n";
}

} // namespace

TEST_CASE("family form: a good form becomes a family") {
    auto const parsed = parse_family(good, agreement());
    CAPTURE(report(parsed));
    REQUIRE(parsed.family);
    auto const& family = *parsed.family;
    CHECK(family.reference == "marie");
    CHECK(family.purpose == "safeguarding_children");
    CHECK(family.route == "standard");
    CHECK(family.user == "Jo Hub");
    CHECK(family.source == protocol::Source::police);
    CHECK(family.consent == protocol::Consent::not_safe_to_ask);
    CHECK(family.told == protocol::Told::not_safe);
    CHECK(family.domestic_abuse);
    CHECK(family.marac_threshold);
    CHECK_FALSE(family.section_47);
    CHECK(family.dash == 15);
    CHECK(family.not_asked.at(party("mental_health")) == "No representative in this site");
    REQUIRE(family.people.size() == 2);
    auto const& marie = family.people[0];
    CHECK(marie.roles == std::set{protocol::PersonRole::adult_at_risk, protocol::PersonRole::parent_carer});
    CHECK(marie.identity.names[1].surname == "Corvane");
    CHECK(marie.identity.nhs_number == "9990000042");
    CHECK(family.people[1].identity.date_of_birth == parse_day("1986-10-27").value());
}

TEST_CASE("family form: each rule of entry, and the place of its problem") {
    struct Case {
        char const* from;
        std::string to;
        char const* places; ///< "" for none
    };
    auto const example = GENERATE(values<Case>({
        {"reference = \"marie\"", "", "reference"},
        {"\"marie\"", "\"  \"", "line 1: reference"},
        {"\"marie\"", "7", "line 1: reference"},
        {"\"marie\"", "\"" + std::string(40, 'm') + "\"", ""},
        {"\"marie\"", "\"" + std::string(41, 'm') + "\"", "line 1: reference"},
        {"\"marie\"", "\"mar\\u202Eie\"", "line 1: reference"},
        {"\"marie\"", "\"mar\\u0000ie\"", "line 1: reference"},
        {"safeguarding_children", "immigration_enforcement", "line 2: purpose"},
        {"\"standard\"", "\"s47\"", ""},
        {"\"standard\"", "\"fast\"", "line 3: route"},
        {"\"Jo Hub\"", "\"\"", "line 4: user"},
        {"\"police\"", "\"public\"", ""},
        {"\"police\"", "\"rumour\"", "line 5: source"},
        {"\"not_safe_to_ask\"", "\"refused\"", ""},
        {"\"not_safe_to_ask\"", "\"maybe\"", "line 6: consent"},
        {"\"not_safe\"", "\"yes\"", ""},
        {"told = \"not_safe\"", "", "told"},
        {"domestic_abuse = true", "domestic_abuse = \"true\"", "line 8: domestic_abuse"},
        {"domestic_abuse = true", "", "domestic_abuse"},
        {"section_47 = false", "", ""},
        // H1
        {"dash = 15", "dash = 0", ""},
        {"dash = 15", "dash = 24", ""},
        {"dash = 15", "dash = 25", "line 11: dash"},
        {"dash = 15", "dash = -1", "line 11: dash"},
        {"dash = 15", "dash = \"15\"", "line 11: dash"},
        {"dash = 15", "dash = 15.0", "line 11: dash"},
        {"dash = 15", "", "dash"},
        {"dash = 15", "dash_not_done = \"no time\"", ""},
        {"dash = 15", "dash_not_done = \"\"", "dash"},
        {"dash = 15", "dash = 1\ndash_not_done = \"x\"", "line 12: dash_not_done"},
        // B9
        {"mental_health =", "police =", ""},
        {"mental_health =", "drones =", "line 13, not_asked"},
        {"mental_health =", "\"M H\" =", "line 13, not_asked"},
        {"\"No representative in this site\"", "\"\"", "line 13, not_asked: mental_health"},
        {"\"No representative in this site\"", "true", "line 13, not_asked: mental_health"},
        {"[not_asked]\nmental_health = \"No representative in this site\"", "not_asked = [\"police\"]",
         "line 12: not_asked"},
        // F5: the purpose says abuse even when the form does not.
        {"\"causing_harm\", ", "", "no_person_causing_harm"},
        {"domestic_abuse = true", "domestic_abuse = true\nno_person_causing_harm = \"x\"",
         "line 9: no_person_causing_harm"},
        {"domestic_abuse = true", "domestic_abuse = false", ""},
        // A person.
        {"label = \"Greg\"", "label = \"Marie\"", "person 2: label"},
        {"label = \"Greg\"", "", "line 24, person 2: label"},
        {"label = \"Greg\"", "label = \"" + std::string(41, 'g') + "\"", "line 25, person 2: label"},
        {"[\"causing_harm\", \"ex_partner\"]", "[]", "line 26, person 2: roles | no_person_causing_harm"},
        {"\"ex_partner\"]", "\"boss\"]", "line 26, person 2: roles"},
        {"\"ex_partner\"]", "7]", "line 26, person 2: roles"},
        {"forename = \"Greg\"\nsurname = \"Hallatrow\"", "", "line 24, person 2: forename"},
        {"forename = \"Greg\"\nsurname = \"Hallatrow\"", "nhs_number = \"9990000050\"", ""},
        {"surname = \"Hallatrow\"", "", ""},
        {"\"Marie Corvane\"", "\"Corvane\"", "line 20, person 1: other_names"},
        {"[\"Marie Corvane\"]", "\"Marie Corvane\"", "line 20, person 1: other_names"},
        {"\"1989-04-12\"", "\"12/04/1989\"", "line 21, person 1: date_of_birth"},
        {"\"1989-04-12\"", "1989", "line 21, person 1: date_of_birth"},
        {"\"1989-04-12\"", "1789-04-12", "line 21, person 1: date_of_birth"},
        {"\"1989-04-12\"", "\"\"", ""},
        {"999 000 0042", "999 000 0043", "line 22, person 1: nhs_number"},
        {"999 000 0042", "111 111 1111", "line 22, person 1: nhs_number"},
        {"\"999 000 0042\"", "9990000042", "line 22, person 1: nhs_number"},
        {"postcode =", "address =", "line 23, person 1"},
        {"dash = 15", "dash = 15\nweight = 2", "line 12"},
        // Not TOML, or not what we parse.
        {"\"marie\"", "\"marie", "line 1"},
        {"\"marie\"", "\"\"\"marie\"\"\"", "line 1"},
        {"dash = 15", "dash = 15\ndash = 16", "line 12"},
        {"dash = 15", "dash = [[[[[[1]]]]]]", "line 11"},
        {"\"marie\"", "\"mar\xFFie\"", "line 1"},
        {"[[person]]\nlabel = \"Greg\"", "[person]\nlabel = \"Greg\"", "line 24"},
    }));
    auto const parsed = parse_family(replaced(good, example.from, example.to), agreement());
    CAPTURE(example.from, example.to, report(parsed));
    CHECK(places(parsed) == example.places);
    CHECK(parsed.family.has_value() == parsed.problems.empty());
}

TEST_CASE("family form: one person needs a reason, sixteen are the most (A1)") {
    auto const one = good.substr(0, good.find("[[person]]\nlabel = \"Greg\""));
    std::string const reason = "single_person_reason = \"no other person known at referral\"\n";
    std::string const nobody_else = "no_person_causing_harm = \"not known who\"\n";
    CHECK(places(parse_family(nobody_else + one, agreement())) == "single_person_reason");
    CHECK(places(parse_family(reason + nobody_else + one, agreement())) == "");
    CHECK(places(parse_family(reason + good, agreement())) == "line 1: single_person_reason");
    auto text = good;
    for (int i = 3; i <= 16; ++i) text += numbered(i);
    CHECK(parse_family(text, agreement()).family.has_value());
    CHECK(places(parse_family(text + numbered(17), agreement())).find("person") != std::string::npos);
    CHECK(places(parse_family(good.substr(0, good.find("[[person]]")) + nobody_else, agreement())).find("person") !=
          std::string::npos);
}

TEST_CASE("family form: nobody causing harm is a problem where the purpose or the form says abuse (F5)") {
    auto const purpose = GENERATE(as<std::string>(), "safeguarding_children", "safeguarding_adults");
    auto const evident = GENERATE(as<std::string>(), "true", "false");
    auto text = replaced(replaced(good, "\"causing_harm\", ", ""), "safeguarding_children", purpose);
    text = replaced(text, "domestic_abuse = true", "domestic_abuse = " + evident);
    bool const abuse = purpose == "safeguarding_children" || evident == "true";
    CAPTURE(purpose, evident);
    CHECK(places(parse_family(text, agreement())) == (abuse ? "no_person_causing_harm" : ""));
}

TEST_CASE("family form: an unborn child may have no name yet") {
    auto const unborn = "[[person]]\nlabel = \"Unborn\"\nroles = [\"unborn\"]\n";
    CHECK(parse_family(good + std::string(unborn), agreement()).family);
    auto const born = "[[person]]\nlabel = \"Child\"\nroles = [\"child\"]\n";
    CHECK(places(parse_family(good + std::string(born), agreement())) == "line 30, person 3: forename");
}

TEST_CASE("family form: sizes are refused before the form is parsed") {
    auto const padded = [](std::size_t bytes) {
        auto text = good;
        while (text.size() + 100 < bytes) text += "#" + std::string(98, '-') + "\n";
        return text + "#" + std::string(bytes - text.size() - 1, '-');
    };
    CHECK(parse_family(padded(limits::family_file_bytes_max), agreement()).family);
    CHECK(places(parse_family(padded(limits::family_file_bytes_max + 1), agreement())) == "");
    CHECK_FALSE(parse_family(padded(limits::family_file_bytes_max + 1), agreement()).family);
    auto const line = [](std::size_t bytes) { return good + "#" + std::string(bytes - 1, '-') + "\n"; };
    CHECK(parse_family(line(limits::toml_line_bytes_max), agreement()).family);
    CHECK(places(parse_family(line(limits::toml_line_bytes_max + 1), agreement())) == "line 30");
}

TEST_CASE("family form: a byte order mark and CRLF make no difference") {
    std::string crlf = "\xEF\xBB\xBF";
    for (char const c : good) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    auto const parsed = parse_family(crlf, agreement());
    CAPTURE(report(parsed));
    CHECK(parsed.family);
}

TEST_CASE("family form: what toml++ says of its input is not passed on") {
    for (auto const* text : {"qzxjvk = 1\nqzxjvk = 2\n", "[qzxjvk]\n[qzxjvk]\n", "reference = qzxjvk\n", "qzxjvk\n"}) {
        auto const parsed = parse_family(text, agreement());
        CHECK_FALSE(parsed.problems.empty());
        CHECK(report(parsed).find("qzxjvk") == std::string::npos);
    }
}

TEST_CASE("family form: no problem says what was written") {
    auto const parties = agreement();
    REQUIRE(rc::check("mutated forms", [&] {
        auto text = good;
        for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
            auto const at = *rc::gen::inRange<std::size_t>(0, text.size());
            switch (*rc::gen::inRange(0, 3)) {
            case 0: text[at] = *rc::gen::arbitrary<char>(); break;
            case 1: text.erase(at, *rc::gen::inRange<std::size_t>(1, 20)); break;
            default:
                text.insert(at, *rc::gen::element<std::string>("\"", "qzxjvk", "[", "\n", "= ", "\\", "[[person]]"));
            }
        }
        auto const parsed = parse_family(text, parties);
        auto const said = report(parsed);
        RC_ASSERT(parsed.family.has_value() == parsed.problems.empty());
        for (auto const* secret : {"Selwick", "Hallatrow", "Corvane", "Greg", "Marie", "marie", "1989-04-12", "1986",
                                   "999 000 0042", "QX1", "Jo Hub", "representative", "qzxjvk"})
            RC_ASSERT(said.find(secret) == std::string::npos);
        RC_ASSERT(std::all_of(said.begin(), said.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    }));
}
