// What an agreement says of how long the coordinator keeps whom it asked about.

#include "policy_fixture.hpp"

using namespace fanlight::policy;
using namespace fanlight::policy::test;

namespace {
constexpr auto key = "linked_cases_days = 365";

std::string with_days(std::string const& days) {
    return replaced(practice_text(), key, "linked_cases_days = " + days);
}
} // namespace

TEST_CASE("retention: the practice agreement keeps linked cases for a year, and one that does not say keeps none") {
    CHECK(practice_agreement().retention.linked_cases_days == 365);
    auto text = practice_text();
    auto const start = text.find("[retention]");
    REQUIRE(start != std::string::npos);
    text.erase(start, text.find("[rules]") - start);
    auto const parsed = parse_agreement(text);
    REQUIRE(parsed.agreement);
    CHECK(parsed.agreement->retention.linked_cases_days == 0);
}

TEST_CASE("retention: seven years are the most, and the key has one form") {
    struct Row {
        char const* days;
        bool good;
    };
    auto const row = GENERATE(Row{"0", true}, Row{"1", true}, Row{"2557", true}, Row{"2558", false}, Row{"-1", false},
                              Row{"4294967295", false}, Row{"\"365\"", false}, Row{"365.0", false});
    CAPTURE(row.days);
    auto const parsed = parse_agreement(with_days(row.days));
    CHECK(parsed.agreement.has_value() == row.good);
    if (!row.good) CHECK(all_of(parsed.findings).find("retention") != std::string::npos);
}

TEST_CASE("retention: a table without its key, or with another, is refused") {
    CHECK_FALSE(parse_agreement(replaced(practice_text(), key, "")).agreement);
    CHECK_FALSE(parse_agreement(with_days("365\nlinked_days = 3")).agreement);
}

TEST_CASE("retention: whoever signs reads in words what is kept and for how long") {
    CHECK(in_words(Retention{0}).find("keeps nobody") != std::string::npos);
    CHECK(in_words(Retention{1}).find("for 1 day after") != std::string::npos);
    CHECK(in_words(Retention{365}).find("for 365 days after") != std::string::npos);
    for (auto const* what : {"names", "dates of birth", "addresses", "numbers", "everybody asked about"})
        CHECK(in_words(Retention{365}).find(what) != std::string::npos);
}
