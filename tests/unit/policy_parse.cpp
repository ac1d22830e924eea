// The agreement's language: the practice template reads, and everything that is not the language is refused with its
// line and a mend.

#include "base/limits.hpp"
#include "policy/agreement.hpp"
#include "policy/text.hpp"
#include "tests/unit/policy_fixture.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace fanlight::policy {
namespace {

using namespace test;

std::uint32_t line_number_of(std::string const& text, std::string const& part) {
    auto const place = text.find(part);
    REQUIRE(place != std::string::npos);
    auto const end = text.begin() + static_cast<std::ptrdiff_t>(place);
    return static_cast<std::uint32_t>(std::count(text.begin(), end, '\n') + 1);
}

} // namespace

TEST_CASE("parse: the practice template has no errors and no warnings once its placeholders are filled") {
    auto const parsed = parse_agreement(practice_text());
    CHECK(all_of(parsed.findings).empty());
    REQUIRE(parsed.agreement);
    auto const& agreement = *parsed.agreement;
    CHECK(agreement.name == "Northbridge One Front Door (practice)");
    CHECK(agreement.version == 1);
    CHECK(agreement.mode == Mode::practice);
    CHECK(agreement.domain == "practice.northbridge.example");
    CHECK(to_text(agreement.effective_from) == "2026-01-01T00:00:00Z");
    CHECK(to_text(agreement.review_by) == "2027-12-31");
    CHECK(agreement.coordinator.text() == "coordinator");
    CHECK(agreement.parties.size() == 12);
    CHECK(agreement.keys.threshold == 2);
    CHECK(agreement.keys.holders ==
          std::vector{party("police"), party("health"), party("domestic_abuse"), party("social_care")});
    CHECK(agreement.keys.epoch_days == 92);
    CHECK(agreement.budgets.query_evaluations_per_day == 50'000);
    CHECK(agreement.budgets.enrol_evaluations_per_person == 48);
    CHECK(agreement.budgets.enrol_delta_percent_per_day == 5);
    CHECK(agreement.budgets.slots_per_day == 10'000);
    CHECK(agreement.release.night_hour_utc == 2);
    CHECK(agreement.matching.version == 2);
    CHECK(agreement.matching.unsure < agreement.matching.sure);
    CHECK(agreement.matching.points.size() > 100);
    CHECK(agreement.matching.points.at("date.exact") > 0);
    CHECK(agreement.matching.points.at("sex.other") < 0);
    CHECK(agreement.release.automatic_after == Duration(1500));
    CHECK(agreement.release.query_lives == limits::outbox_age_max);
    CHECK(agreement.routes.at(0).reply_within == std::chrono::hours(24));
    CHECK(agreement.rules.dash_high == 14);
    CHECK_FALSE(agreement.rules.blue_where_domestic_abuse);
    CHECK(agreement.wording.at("social_care").at(Colour::red).find("section 47") != std::string::npos);
    CHECK(agreement.clauses.front().id == "4.1");
}

TEST_CASE("parse: the practice agreement asks exactly the seven core agencies") {
    auto const agreement = practice_agreement();
    std::map<Asked, std::set<std::string>> roles;
    for (auto const& one : agreement.parties) roles[one.asked].insert(one.role);
    CHECK(roles[Asked::core] == std::set<std::string>{"social_care", "police", "domestic_abuse", "health", "education",
                                                      "housing", "substance_misuse"});
    CHECK(roles[Asked::optional] == std::set<std::string>{"mental_health", "refuge", "marac"});
    CHECK(roles[Asked::conditional] == std::set<std::string>{"probation"});
    CHECK(roles[Asked::never] == std::set<std::string>{"coordinator"});
    for (auto const& one : agreement.parties) {
        CHECK(one.sensitive == (one.role == "refuge"));
        CHECK(one.dates_only == (one.role == "marac"));
        CHECK((one.people == 0) == (one.asked == Asked::never));
        CHECK(one.nightly_batches == (one.sensitive ? 1 : 0));
    }
}

TEST_CASE("parse: parties have no order of importance; those who may hold a share are named") {
    auto const agreement = practice_agreement();
    CHECK(std::is_sorted(agreement.parties.begin(), agreement.parties.end(),
                         [](Party const& a, Party const& b) { return a.id < b.id; }));
    for (auto const* may : {"police", "health", "domestic_abuse", "social_care"})
        CHECK(agreement.may_hold_share(party(may)));
    for (auto const* may_not : {"housing", "coordinator", "fire_service"})
        CHECK_FALSE(agreement.may_hold_share(party(may_not)));
    CHECK(agreement.find(party("housing"))->name == "Housing");
    CHECK(agreement.find(party("fire_service")) == nullptr);
    CHECK(agreement.purpose("safeguarding_children") == 0U);
    CHECK(agreement.purpose("safeguarding_adults") == 1U);
    CHECK_FALSE(agreement.purpose(""));
    CHECK(agreement.route("standard") == 1U);
    CHECK_FALSE(agreement.route("STANDARD"));
}

TEST_CASE("parse: a party that is never asked need not say how many people, and may say 0") {
    auto const coordinator = std::string("asked = \"never\"\n");
    CHECK(parse_agreement(replaced(practice_text(), coordinator, coordinator + "people = 0\n")).agreement);
    auto const some = parse_agreement(replaced(practice_text(), coordinator, coordinator + "people = 1\n"));
    CHECK_FALSE(some.agreement);
    CHECK(finding_with(some.findings, "never asked and declares people") != nullptr);
}

TEST_CASE("parse: keys of other kinds of party, and of the ceremony, are refused with the reason") {
    auto const mend_of = [](char const* from, char const* to, char const* text) {
        auto const parsed = parse_agreement(replaced(practice_text(), from, to));
        auto const* finding = finding_with(parsed.findings, text);
        REQUIRE(finding != nullptr);
        return finding->mend;
    };
    CHECK(mend_of("people = 200", "people = 200\nnightly_batches = 1", "'nightly_batches'") ==
          "Remove it: only a sensitive service enrols in nightly batches.");
    CHECK(mend_of("epoch_days", "holder_public = [\"ab\"]\nepoch_days", "'holder_public'") ==
          "Remove it: the key certificate of a ceremony says the keys and who holds them.");
}

TEST_CASE("parse: the template itself is not an agreement") {
    auto const parsed = parse_agreement(template_text());
    CHECK_FALSE(parsed.agreement);
    CHECK(finding_with(parsed.findings, "placeholder") != nullptr);
}

TEST_CASE("parse: what is not the language is refused, with its line, its table and a mend") {
    struct Row {
        char const* what;
        char const* from;
        char const* to;
        char const* place; ///< in the finding's place, after the line
        char const* text;  ///< in the finding's text
    };
    auto const row = GENERATE(values<Row>({
        {"a weight on a party", "id = \"housing\"", "id = \"housing\"\nweight = 2", "party housing", "'weight'"},
        {"a weight table", "[rules]", "[weights]\npolice = 2\n[rules]", "agreement file", "'weights'"},
        {"audit switched off", "dash_high = 14", "dash_high = 14\naudit = false", "rules", "'audit'"},
        {"a log switch", "dash_high = 14", "dash_high = 14\nlog_answers = false", "rules", "'log_answers'"},
        {"a hidden agency", "id = \"housing\"", "id = \"housing\"\nhide_when_missing = true", "party housing",
         "'hide_when_missing'"},
        {"a misspelt key", "dash_high = 14", "dash_higj = 14", "rules", "'dash_higj'"},
        {"a key of a clause", "stage = 2", "stage = 2\nunless = \"x\"", "clause 7.1", "'unless'"},
        {"points that are no number", "[matching.points]", "[matching.points]\n\"date\" = \"90\"",
         "matching.points, date", "whole number"},
        {"points with a fraction", "[matching.points]", "[matching.points]\n\"date\" = 9.5", "matching.points, date",
         "whole number"},
        {"more points than a feature can have", "[matching.points]", "[matching.points]\n\"date\" = 100001",
         "matching.points, date", "whole number"},
        {"fewer points than a feature can have", "[matching.points]", "[matching.points]\n\"date\" = -100001",
         "matching.points, date", "whole number"},
        {"a feature without quotation marks", "[matching.points]", "[matching.points]\ndate.exactly = 90",
         "matching.points, date", "whole number"},
        {"a feature that cannot be seen", "[matching.points]", "[matching.points]\n\"da\\u200Bte\" = 90",
         "matching.points", "no key"},
        {"a threshold that is a text", "version = 2\nsure = ", "version = 2\nsure = \"much\" # ", "matching, sure",
         "whole number"},
        {"a missing table", "[budgets]\n", "[budget]\n", "budgets", "no table [budgets]"},
        {"single brackets", "[[route]]\nid = \"s47\"", "[route]\nid = \"s47\"", "agreement file", ""},
        {"not known as a colour", "fields = [\"colour\"]", "fields = [\"colour\"]\ncolours = [\"not_known\"]",
         "clause 4.1, colours", "'not_known'"},
        {"an address as a field", "fields = [\"colour\"]", "fields = [\"colour\", \"address\"]", "clause 4.1, fields",
         "'address'"},
        {"an unknown condition", "when = [\"marac_threshold\"]", "when = [\"dash\"]", "clause 7.1, when", "'dash'"},
        {"a clause without when", "when = [\"marac_threshold\"]\n", "", "clause 7.1", "no when"},
        {"an empty list of roles", "roles = [\"probation\"]", "roles = []", "clause 5.1, roles", "not a list"},
        {"a list that is a text", "roles = [\"probation\"]", "roles = \"probation\"", "clause 5.1, roles",
         "not a list"},
        {"a number among texts", "roles = [\"probation\"]", "roles = [1]", "clause 5.1, roles", "not a text"},
        {"a number in quotation marks", "dash_high = 14", "dash_high = \"14\"", "rules, dash_high", "whole number"},
        {"a fraction", "dash_high = 14", "dash_high = 14.5", "rules, dash_high", "whole number"},
        {"a negative number", "dash_high = 14", "dash_high = -1", "rules, dash_high", "whole number"},
        {"a number over 32 bits", "slots_per_day = 10_000", "slots_per_day = 4294967296", "budgets, slots_per_day",
         "whole number"},
        {"a threshold over a byte", "threshold = 2", "threshold = 258", "keys, threshold", "over 255"},
        {"a party that does not say how many people", "people = 200\n", "", "party housing", "no people"},
        {"people in words", "people = 200", "people = \"200\"", "party housing, people", "whole number"},
        {"people over 32 bits", "people = 200", "people = 4294967296", "party housing, people", "whole number"},
        {"a sensitive service without batches", "nightly_batches = 1\n", "", "party refuge", "no nightly_batches"},
        {"batches by night at another party", "people = 200", "people = 200\nnightly_batches = 1", "party housing",
         "'nightly_batches'"},
        {"the number of an epoch", "threshold = 2", "threshold = 2\nepoch = 1", "keys", "'epoch'"},
        {"a public key", "threshold = 2", "threshold = 2\ngroup_public = \"ab\"", "keys", "'group_public'"},
        {"an epoch without an end", "epoch_days = 92\n", "", "keys", "no epoch_days"},
        {"no evaluations of a person", "enrol_evaluations_per_person", "enrol_evaluations_per_epoch", "budgets",
         "no enrol_evaluations_per_person"},
        {"no word on who is new", "enrol_delta_percent_per_day", "enrol_delta_percent", "budgets",
         "no enrol_delta_percent_per_day"},
        {"no hour of the night", "night_hour_utc", "night_hour", "release", "no night_hour_utc"},
        {"an hour over a byte", "night_hour_utc = 2", "night_hour_utc = 256", "release, night_hour_utc", "over 255"},
        {"a flag in quotation marks", "practice = true", "practice = \"true\"", "agreement, practice",
         "neither true nor false"},
        {"a party name in capitals", "coordinator = \"coordinator\"", "coordinator = \"Coordinator\"",
         "agreement, coordinator", "'Coordinator'"},
        {"an unknown way of asking", "asked = \"conditional\"", "asked = \"sometimes\"", "party probation, asked",
         "'sometimes'"},
        {"a date that does not exist", "review_by = \"2027-12-31\"", "review_by = \"2027-02-29\"",
         "agreement, review_by", "'2027-02-29'"},
        {"a TOML date", "review_by = \"2027-12-31\"", "review_by = 2027-12-31", "agreement, review_by", "not a text"},
        {"a local time", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00\"", "agreement, effective_from",
         "'2026-01-01T00:00:00'"},
        {"an empty text", "name = \"Housing\"", "name = \"\"", "party housing, name", "empty"},
        {"a text of two lines", "name = \"Housing\"", "name = \"Hous\\ning\"", "party housing, name",
         "more than one line"},
        {"a text that turns round", "name = \"Housing\"", "name = \"Hous\\u202Eing\"", "party housing, name",
         "invisible"},
        {"an invisible space", "name = \"Housing\"", "name = \"Hous\\u200Bing\"", "party housing, name", "invisible"},
        {"wording with a colour missing", "blue = \"Known as a tenant; no worry.\"\n", "", "wording.housing",
         "no blue"},
        {"wording that is no colour", "[wording.housing]", "[wording.housing]\nnot_known = \"x\"", "wording.housing",
         "'not_known'"},
        {"wording without a role", "[wording.housing]", "[wording]\nred = \"x\"\n[wording.housing]", "wording",
         "'red'"},
    }));
    auto const parsed = parse_agreement(replaced(practice_text(), row.from, row.to));
    INFO(row.what << "\n" << all_of(parsed.findings));
    CHECK_FALSE(parsed.agreement);
    bool const found = std::any_of(parsed.findings.begin(), parsed.findings.end(), [&](Finding const& finding) {
        auto const place = std::string(row.place);
        bool const here = finding.place.size() >= place.size() &&
                          finding.place.compare(finding.place.size() - place.size(), place.size(), place) == 0;
        return finding.error && here && finding.text.find(row.text) != std::string::npos && !finding.mend.empty();
    });
    CHECK(found);
}

TEST_CASE("parse: a finding carries the line") {
    struct Row {
        char const* from;
        char const* to;
        char const* at; ///< in the changed text
    };
    auto const row = GENERATE(values<Row>({
        {"dash_high = 14", "dash_higj = 14", "dash_higj"},
        {"dash_high = 14", "dash_high = true", "dash_high"},
        {"asked = \"conditional\"", "asked = \"sometimes\"", "asked = \"sometimes\""},
        {"threshold = 2", "threshold = ", "threshold = "},
        {"threshold = 2", "threshold = 2\nthreshold = 3", "threshold = 3"},
        {"threshold = 2", "threshold = 9", "[keys]"}, // check() knows the table
    }));
    auto const text = replaced(practice_text(), row.from, row.to);
    auto const parsed = parse_agreement(text);
    INFO(row.to << "\n" << all_of(parsed.findings));
    auto const line = "line " + std::to_string(line_number_of(text, row.at)) + ",";
    bool const found = std::any_of(parsed.findings.begin(), parsed.findings.end(), [&](Finding const& finding) {
        return finding.error && finding.place.rfind(line, 0) == 0;
    });
    CHECK(found);
}

TEST_CASE("parse: what the TOML library says stays on one line, even where it quotes the end of one") {
    auto const parsed = parse_agreement("[agreement]\nname = n\n"); // found by the fuzzer
    REQUIRE(parsed.findings.size() == 1);
    CHECK(unfit_text(describe(parsed.findings[0])) == nullptr);
    CHECK(parsed.findings[0].place == "line 2, agreement file");
}

TEST_CASE("parse: findings come in the order of the lines, all of them at once") {
    auto text = replaced(practice_text(), "version = 1", "version = \"one\"");
    text = replaced(text, "dash_high = 14", "dash_higj = 14");
    auto const parsed = parse_agreement(text);
    REQUIRE(parsed.findings.size() == 3); // version; the unknown key; the missing key
    CHECK(parsed.findings[0].place.find("agreement, version") != std::string::npos);
    CHECK(parsed.findings[1].place.find("rules") != std::string::npos);
    CHECK(parsed.findings[2].place.find("rules") != std::string::npos);
}

TEST_CASE("parse: durations are a whole number and a unit, up to 366 days") {
    struct Row {
        char const* text;
        std::optional<Duration> value;
    };
    using namespace std::chrono;
    auto const row = GENERATE(values<Row>({
        {"1ms", milliseconds(1)},
        {"1500ms", milliseconds(1500)},
        {"3s", seconds(3)},
        {"90m", minutes(90)},
        {"24h", hours(24)},
        {"7d", days(7)},
        {"0168h", days(7)},
        {"", std::nullopt},
        {"7", std::nullopt},
        {"d", std::nullopt},
        {"7 d", std::nullopt},
        {" 7d", std::nullopt},
        {"7D", std::nullopt},
        {"-7d", std::nullopt},
        {"+7d", std::nullopt},
        {"1.5h", std::nullopt},
        {"1h30m", std::nullopt},
        {"7w", std::nullopt},
        {"367d", std::nullopt},
        {"4294967295d", std::nullopt},
        {"4294967296ms", std::nullopt},
        {"99999999999999999999d", std::nullopt},
    }));
    INFO(row.text);
    auto const text =
        replaced(practice_text(), "query_lives = \"7d\"", "query_lives = \"" + std::string(row.text) + "\"");
    auto const parsed = parse_agreement(text);
    bool const refused = finding_with(parsed.findings, "does not fit") != nullptr ||
                         finding_with(parsed.findings, "is empty") != nullptr;
    CHECK(refused == !row.value.has_value());
    if (parsed.agreement) CHECK(parsed.agreement->release.query_lives == row.value);
}

TEST_CASE("parse: limits hold on both sides, before the TOML library sees a byte") {
    auto const accepted = [](std::string const& text) {
        auto const parsed = parse_agreement(text);
        INFO(all_of(parsed.findings));
        return parsed.agreement.has_value();
    };
    auto const text = practice_text();
    auto const comment = [](std::size_t bytes) { return "#" + std::string(bytes - 1, 'x'); };
    CHECK(accepted(text + comment(limits::toml_line_bytes_max) + "\n"));
    CHECK_FALSE(accepted(text + comment(limits::toml_line_bytes_max + 1) + "\n"));

    std::string filler = text;
    while (filler.size() + 4000 < limits::agreement_bytes_max) filler += comment(3999) + "\n";
    filler += comment(limits::agreement_bytes_max - filler.size());
    REQUIRE(filler.size() == limits::agreement_bytes_max);
    CHECK(accepted(filler));
    CHECK_FALSE(accepted(filler + "x"));

    auto const named = [&](std::size_t bytes) {
        return replaced(text, "name = \"Housing\"", "name = \"" + std::string(bytes, 'h') + "\"");
    };
    CHECK(accepted(named(100)));
    CHECK_FALSE(accepted(named(101)));
}

TEST_CASE("parse: points that are no table, or too many of them") {
    auto const text = practice_text();
    auto const before = text.substr(0, text.find("[matching.points]"));
    auto const none = parse_agreement(replaced(before, "[matching]\n", "[matching]\npoints = 3\n"));
    CHECK(finding_with(none.findings, "It is not a table.") != nullptr);
    auto const with = [&](std::size_t count) {
        auto more = before + "[matching.points]\n";
        for (std::size_t i = 0; i < count; ++i) more += "\"f" + std::to_string(i) + "\" = 1\n";
        return parse_agreement(more);
    };
    CHECK(with(points_max).agreement);
    CHECK_FALSE(with(points_max + 1).agreement);
}

TEST_CASE("parse: there are as many tables of a kind as the agreement has room for") {
    auto const with_routes = [](std::size_t count) {
        std::string more;
        for (std::size_t i = 2; i < count; ++i)
            more += "[[route]]\nid = \"r" + std::to_string(i) + "\"\nname = \"R\"\nreply_within = \"1h\"\n";
        return parse_agreement(replaced(practice_text(), "[matching]\n", more + "[matching]\n"));
    };
    CHECK(with_routes(routes_max).agreement);
    CHECK(finding_with(with_routes(routes_max + 1).findings, "There are not 1 to 8 tables [[route]].") != nullptr);
}

TEST_CASE("parse: there are at most a hundred findings, and an error among those cut off still counts") {
    std::string text = practice_text() + "[more]\n";
    for (int i = 0; i < 500; ++i) text = "key" + std::to_string(i) + " = 1\n" + text;
    auto const parsed = parse_agreement(text);
    CHECK_FALSE(parsed.agreement);
    CHECK(parsed.findings.size() == findings_max);
    CHECK(parsed.findings.back().text == "There is more to find.");
}

TEST_CASE("parse: the shape of a document is held before it is parsed") {
    struct Row {
        char const* line;
        bool fits;
    };
    auto const row = GENERATE(values<Row>({
        {"a.b.c.d.e = 1", true},
        {"a.b.c.d.e.f = 1", false},
        {"\"a.b.c.d.e.f.g\" = 1", true},
        {"# a.b.c.d.e.f.g [[[[[[[[", true},
        {"a = '[[[[[[[[' # '", true},
        {"a = \"\\\"[[[[[[[[\"", true},
        {"a = \"\\\\\"[[[[[[[[", false},
        {"a = [[[[1]]]]", true},
        {"a = [[[[[1]]]]]", false},
        {"a = {b = {c = {d = {e = 1}}}}", true},
        {"a = {b = {c = {d = {e = {f = 1}}}}}", false},
        {"a = \"\"\"", false},
        {"a = '''", false},
        {"a = \"\"", true},
        {"a = ['', \"\", '']", true},
        {"a\t= 1", false},
        {"a = 1\r", false},
        {"a = \"\xC3\xA9\"", true},
        {"a = \"\xC3\"", false},
        {"a = \"\xE2\x80\xAE\"", false},
    }));
    INFO(row.line);
    CHECK(unfit_document(row.line).has_value() == !row.fits);
}

TEST_CASE("parse: nesting counts across lines") {
    CHECK_FALSE(unfit_document("a = [\n[\n[\n[\n1\n]]]]\n"));
    CHECK(unfit_document("a = [\n[\n[\n[\n[\n1\n]]]]]\n"));
    CHECK(unfit_document("a = [\n[\n[\n[\n[\n1\n]]]]]\n")->line == 5);
}

TEST_CASE("text: valid UTF-8 that can be seen, on one line") {
    struct Row {
        std::string_view text;
        bool fits;
    };
    auto const row = GENERATE(values<Row>({
        {"", true},
        {"Children's Social Care", true},
        {"Cyngor Môn – ŵ", true},
        {"\xF0\x9F\x98\x80", true},
        {"two\nlines", false},
        {"two\rlines", false},
        {"tab\t", false},
        {std::string_view("nul\0", 4), false},
        {"\x7F", false},
        {"\xC2\x85", false},         // next line
        {"\xC2\xA0", false},         // no-break space
        {"\xC2\xA1", true},          // the first one after it
        {"\xE2\x80\x8B", false},     // zero width space
        {"\xE2\x80\x90", true},      // hyphen
        {"\xE2\x80\xAE", false},     // right-to-left override
        {"\xE2\x81\xA6", false},     // isolate
        {"\xEF\xBB\xBF", false},     // byte order mark
        {"\x80", false},             // a continuation alone
        {"\xC0\xAF", false},         // overlong
        {"\xE0\x80\xAF", false},     // overlong
        {"\xF0\x80\x80\xAF", false}, // overlong
        {"\xED\xA0\x80", false},     // surrogate
        {"\xF4\x90\x80\x80", false}, // over U+10FFFF
        {"\xF5\x80\x80\x80", false},
        {"\xE2\x80", false},         // cut
        {"\xF3\xA0\x81\x81", false}, // tag
    }));
    CHECK((unfit_text(row.text) == nullptr) == row.fits);
}

TEST_CASE("parse: any text gives an agreement or an error, never both, never neither") {
    auto const text = practice_text();
    REQUIRE(rc::check("a practice agreement with bytes changed", [&] {
        auto changed = text;
        for (int count = *rc::gen::inRange(1, 6); count > 0; --count) {
            auto const place = *rc::gen::inRange<std::size_t>(0, changed.size());
            auto const length = *rc::gen::inRange<std::size_t>(0, 12);
            auto const count_new = *rc::gen::inRange<std::size_t>(0, 4);
            changed.replace(place, length, *rc::gen::container<std::string>(count_new, rc::gen::inRange(' ', '~')));
        }
        auto const parsed = parse_agreement(changed);
        bool const error = std::any_of(parsed.findings.begin(), parsed.findings.end(),
                                       [](Finding const& finding) { return finding.error; });
        RC_ASSERT(error == !parsed.agreement.has_value());
        for (auto const& finding : parsed.findings) RC_ASSERT(unfit_text(describe(finding)) == nullptr);
    }));
}

TEST_CASE("words: every field and condition reads as it is written, and has one stage") {
    std::set<std::string> shown;
    for (std::size_t i = 0; i < data_field_count; ++i) {
        auto const field = static_cast<DataField>(i);
        CHECK(parse_data_field(name(field)).value() == field);
        CHECK(shown.insert(in_words(field)).second);
        bool const summary = field >= DataField::themes && field <= DataField::marac_dates;
        CHECK(stage_of(field) == (summary ? 2 : 1));
        CHECK(is_fact(field) == (std::string(name(field)).rfind("fact_", 0) == 0));
    }
    for (std::size_t i = 0; i < condition_count; ++i) {
        auto const condition = static_cast<Condition>(i);
        CHECK(parse_condition(name(condition)).value() == condition);
    }
    for (auto const asked : {Asked::core, Asked::optional, Asked::conditional, Asked::never})
        CHECK(parse_asked(name(asked)).value() == asked);
    for (auto const* no : {"", "address", "postcode", "telephone", "refuge_name", "school_name", "Colour"})
        CHECK_FALSE(parse_data_field(no));
    CHECK_FALSE(parse_condition("never"));
    CHECK_FALSE(parse_asked("Core"));
}

} // namespace fanlight::policy
