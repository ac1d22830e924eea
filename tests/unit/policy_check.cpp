// The principles that no agreement may break: each rule is broken once, in the practice agreement, and must be named.

#include "base/limits.hpp"
#include "policy/agreement.hpp"
#include "tests/unit/policy_breach.hpp"

namespace fanlight::policy {
using namespace test;

TEST_CASE("check: the practice agreement breaks nothing") {
    CHECK(all_of(check(practice_agreement())).empty());
}

TEST_CASE("check: no two shares in one hand") {
    auto const breach = GENERATE(values<Breach>({
        {"one organisation", [](Agreement& a) { at(a, "health").organisation = "Northbridge Police"; }, "keys",
         "The shares of police and health are with one organisation or one supplier."},
        {"one organisation, spelled in another way",
         [](Agreement& a) { at(a, "health").organisation = "northbridge  POLICE "; }, "keys", "police and health"},
        {"one supplier", [](Agreement& a) { at(a, "police").supplier = at(a, "health").supplier = "Big Hosting"; },
         "keys", "police and health"},
        {"one hosts the other", [](Agreement& a) { at(a, "domestic_abuse").supplier = "Northbridge Police"; }, "keys",
         "police and domestic_abuse"},
        {"the coordinator's organisation",
         [](Agreement& a) { at(a, "health").organisation = "Northbridge Safeguarding Partnership"; }, "keys",
         "The share of health is with the coordinator's organisation"},
        {"the coordinator's supplier is the holder's",
         [](Agreement& a) { at(a, "coordinator").supplier = "Harbour Hosting"; }, "keys",
         "The share of domestic_abuse is with the coordinator's"},
        {"the coordinator's supplier is a holder",
         [](Agreement& a) { at(a, "coordinator").supplier = "Northbridge Police"; }, "keys",
         "The share of police is with"},
        {"the coordinator's supplier is a holder that is hosted elsewhere",
         [](Agreement& a) {
             at(a, "police").supplier = "Quay Hosting";
             at(a, "coordinator").supplier = "Northbridge Police";
         },
         "keys", "The share of police is with"},
        {"the later holder hosts the earlier one, and is hosted elsewhere",
         [](Agreement& a) { at(a, "police").supplier = "Northbridge Domestic Abuse Service"; }, "keys",
         "police and domestic_abuse"},
        {"the coordinator's organisation hosts a holder",
         [](Agreement& a) { at(a, "health").supplier = "Northbridge Safeguarding Partnership"; }, "keys",
         "The share of health is with"},
        {"the coordinator itself", [](Agreement& a) { a.keys.holders[0] = party("coordinator"); }, "keys",
         "The share of coordinator is with"},
        {"another node of the coordinator's organisation",
         [](Agreement& a) {
             at(a, "housing").organisation = "Northbridge Safeguarding Partnership";
             a.keys.holders[0] = party("housing");
         },
         "keys", "The share of housing is with"},
        {"one holder twice", [](Agreement& a) { a.keys.holders[1] = party("police"); }, "keys",
         "police is named twice"},
        {"the last one who may hold a share",
         [](Agreement& a) { at(a, "coordinator").supplier = "Northbridge Council"; }, "keys",
         "The share of social_care is with the coordinator's"},
        {"a sensitive service", [](Agreement& a) { a.keys.holders[3] = party("refuge"); }, "keys",
         "refuge is a sensitive service"},
        {"a holder that is sensitive", [](Agreement& a) { at(a, "domestic_abuse").sensitive = true; }, "keys",
         "domestic_abuse is a sensitive service"},
        {"a holder that is no party", [](Agreement& a) { a.keys.holders[1] = party("fire_service"); }, "keys",
         "fire_service is not a party"},
    }));
    expect(breach);
}

TEST_CASE("check: threshold, holders and the days of an epoch") {
    auto const breach = GENERATE(values<Breach>({
        {"threshold 0", [](Agreement& a) { a.keys.threshold = 0; }, "keys", "below 2"},
        {"threshold 1", [](Agreement& a) { a.keys.threshold = 1; }, "keys", "below 2"},
        {"threshold over holders", [](Agreement& a) { a.keys.threshold = 5; }, "keys", "above the number of holders"},
        {"threshold of all", [](Agreement& a) { a.keys.threshold = 4; }, "keys", "Every holder is needed", false},
        {"fewer holders than the threshold",
         [](Agreement& a) { a.keys.holders.erase(a.keys.holders.begin() + 1, a.keys.holders.end()); }, "keys",
         "above the number of holders"},
        {"no holder", [](Agreement& a) { a.keys.holders.clear(); }, "keys", "above the number of holders"},
        {"no days", [](Agreement& a) { a.keys.epoch_days = 0; }, "keys", "epoch_days is not from 1 to 366"},
        {"367 days", [](Agreement& a) { a.keys.epoch_days = 367; }, "keys", "epoch_days is not from 1 to 366"},
        {"eight holders",
         [](Agreement& a) {
             for (auto const* more : {"mental_health", "probation", "housing", "education"})
                 a.keys.holders.push_back(party(more));
         },
         "keys", "more than 7 holders"},
    }));
    expect(breach);
}

TEST_CASE("check: every person and node signs with a key of its own") {
    auto const breach = GENERATE(values<Breach>({
        {"officer is dpo", [](Agreement& a) { at(a, "housing").dpo = at(a, "housing").officer; }, "party housing",
         "dpo is the same key as that of housing officer"},
        {"officer is the node", [](Agreement& a) { at(a, "housing").officer = at(a, "housing").signing_key; },
         "party housing", "officer is the same key"},
        {"one officer for two", [](Agreement& a) { at(a, "police").officer = at(a, "housing").officer; },
         "party police", "officer is the same key as that of housing officer"},
        {"one key under two names",
         [](Agreement& a) {
             at(a, "police").dpo =
                 "another+ffffffff+" + at(a, "housing").signing_key.substr(at(a, "housing").signing_key.size() - 44);
         },
         "party police", "dpo is the same key as that of housing signing_key"},
        {"no key", [](Agreement& a) { at(a, "police").dpo.clear(); }, "party police", "dpo is not an Ed25519 vkey"},
        {"no name", [](Agreement& a) { at(a, "police").dpo = dummy_vkey("", 900); }, "party police", "not an Ed25519"},
        {"a space", [](Agreement& a) { at(a, "police").dpo = dummy_vkey("a b", 900); }, "party police",
         "not an Ed25519"},
        {"cut", [](Agreement& a) { at(a, "police").dpo.pop_back(); }, "party police", "not an Ed25519"},
        {"another algorithm", [](Agreement& a) { at(a, "police").dpo = replaced(dummy_vkey("x", 900), "+AQ", "+BA"); },
         "party police", "not an Ed25519"},
        {"no hex id", [](Agreement& a) { at(a, "police").dpo = replaced(dummy_vkey("x", 900), "0123", "xyzw"); },
         "party police", "not an Ed25519"},
    }));
    expect(breach);
}

TEST_CASE("check: ids are used once") {
    auto const breach = GENERATE(values<Breach>({
        {"party", [](Agreement& a) { a.parties.push_back(a.parties.back()); }, "party substance_misuse",
         "The id is used twice"},
        {"party name", [](Agreement& a) { at(a, "police").name = "HOUSING"; }, "party police", "has this name"},
        {"purpose", [](Agreement& a) { a.purposes.push_back(a.purposes[0]); }, "purpose safeguarding_children",
         "The id is used twice"},
        {"route", [](Agreement& a) { a.routes.push_back(a.routes[0]); }, "route s47", "The id is used twice"},
        {"clause", [](Agreement& a) { a.clauses.push_back(a.clauses[0]); }, "clause 4.1", "The id is used twice"},
        {"form of a purpose", [](Agreement& a) { a.purposes[1].id = "Adults"; }, "purpose Adults", "form"},
        {"form of a route", [](Agreement& a) { a.routes[1].id = "a route"; }, "route a route", "form"},
        {"form of a clause", [](Agreement& a) { a.clauses[0].id = "4."; }, "clause 4.", "form"},
        {"form of a role", [](Agreement& a) { at(a, "police").role = "The Police"; }, "party police", "role"},
    }));
    expect(breach);
}

TEST_CASE("check: the head, the coordinator and the purposes") {
    auto const breach = GENERATE(values<Breach>({
        {"version 0", [](Agreement& a) { a.version = 0; }, "agreement", "Version 0"},
        {"practice on a live domain", [](Agreement& a) { a.domain = "northbridge.example"; }, "agreement", "practice"},
        {"live on a practice domain", [](Agreement& a) { a.mode = Mode::live; }, "agreement", "practice"},
        {"no domain", [](Agreement& a) { a.domain.clear(); }, "agreement", "not a domain name"},
        {"a domain with a path", [](Agreement& a) { a.domain = "practice.northbridge.example/x"; }, "agreement",
         "not a domain name"},
        {"review before the start", [](Agreement& a) { a.review_by = day_of(a.effective_from); }, "agreement",
         "review is not after"},
        {"no such coordinator", [](Agreement& a) { a.coordinator = party("nobody"); }, "agreement",
         "coordinator is not a party"},
        {"a coordinator that is asked", [](Agreement& a) { at(a, "coordinator").asked = Asked::core; },
         "party coordinator", "ask itself"},
        {"nobody is asked",
         [](Agreement& a) {
             for (auto& one : a.parties) one.asked = Asked::never;
         },
         "agreement", "Nobody is asked"},
        {"immigration as an id", [](Agreement& a) { a.purposes[1].id = "immigration_enforcement"; },
         "purpose immigration_enforcement", "cannot be a purpose"},
        {"immigration as a name", [](Agreement& a) { a.purposes[1].name = "IMMIGRATION enforcement"; },
         "purpose safeguarding_adults", "cannot be a purpose"},
        {"no purpose", [](Agreement& a) { a.purposes.clear(); }, "purpose", "no purpose"},
        {"no route", [](Agreement& a) { a.routes.clear(); }, "route", "no route"},
        {"a route of no time", [](Agreement& a) { a.routes[0].reply_within = Duration(0); }, "route s47",
         "zero or longer"},
        {"a route longer than a query lives",
         [](Agreement& a) { a.routes[0].reply_within = a.release.query_lives + Duration(1); }, "route s47",
         "zero or longer"},
        {"no mental health party", [](Agreement& a) { remove_party(a, "mental_health"); }, "agreement",
         "No mental health agency in this partnership", false},
        {"no substance misuse party", [](Agreement& a) { remove_party(a, "substance_misuse"); }, "agreement",
         "No substance misuse agency in this partnership", false},
    }));
    expect(breach);
}

TEST_CASE("check: matching, release, rules and budgets") {
    auto const breach = GENERATE(values<Breach>({
        {"unsure above sure", [](Agreement& a) { a.matching.unsure = a.matching.sure + 1; }, "matching",
         "unsure is above sure"},
        {"sure out of reach",
         [](Agreement& a) {
             a.matching.points = {{"one", 300}, {"two", 99}, {"three", -50}};
             a.matching.sure = 400;
         },
         "matching", "not enough for sure"},
        {"no points", [](Agreement& a) { a.matching.points.clear(); }, "matching", "not enough for sure"},
        {"version 0", [](Agreement& a) { a.matching.version = 0; }, "matching", "Version 0"},
        {"no anchors asked for", [](Agreement& a) { a.matching.minimum_anchors = 0; }, "matching", "minimum_anchors"},
        {"too many anchors asked for",
         [](Agreement& a) { a.matching.minimum_anchors = limits::anchors_per_person_max + 1; }, "matching",
         "minimum_anchors"},
        {"instant replies", [](Agreement& a) { a.release.automatic_after = Duration(0); }, "release",
         "automatic_after is 0"},
        {"sensitive first", [](Agreement& a) { a.release.sensitive_after = Duration(1499); }, "release",
         "would reply before"},
        {"too long a life", [](Agreement& a) { a.release.query_lives = limits::outbox_age_max + Duration(1); },
         "release", "over 7d"},
        {"too short a life", [](Agreement& a) { a.release.query_lives = a.release.sensitive_after; }, "release",
         "shorter than sensitive_after"},
        {"no fresh rating", [](Agreement& a) { a.release.rating_fresh_days = 0; }, "release", "rating_fresh_days"},
        {"no fresh source", [](Agreement& a) { a.release.source_fresh_days = 0; }, "release", "source_fresh_days"},
        {"whole-family ratings", [](Agreement& a) { a.rules.individual_rating = false; }, "rules", "Whole-family"},
        {"no result clause", [](Agreement& a) { a.rules.result_clause = "three"; }, "rules", "not a clause number"},
        {"dash 0", [](Agreement& a) { a.rules.dash_high = 0; }, "rules", "dash_high"},
        {"dash 25", [](Agreement& a) { a.rules.dash_high = 25; }, "rules", "dash_high"},
        {"Blue by rule", [](Agreement& a) { a.rules.blue_where_domestic_abuse = true; }, "rules", "BLUE may be given",
         false},
        {"no queries", [](Agreement& a) { a.budgets.query_evaluations_per_day = 0; }, "budgets",
         "query_evaluations_per_day is 0"},
        {"no enrolment", [](Agreement& a) { a.budgets.enrol_evaluations_per_person = 0; }, "budgets",
         "enrol_evaluations_per_person is not from 1 to "},
        {"more evaluations than a person has",
         [](Agreement& a) { a.budgets.enrol_evaluations_per_person = limits::evaluations_per_person_max + 1; },
         "budgets", "enrol_evaluations_per_person is not from 1 to "},
        {"nobody new on a day", [](Agreement& a) { a.budgets.enrol_delta_percent_per_day = 0; }, "budgets",
         "enrol_delta_percent_per_day is not from 1 to 100"},
        {"more than everybody new on a day", [](Agreement& a) { a.budgets.enrol_delta_percent_per_day = 101; },
         "budgets", "enrol_delta_percent_per_day is not from 1 to 100"},
        {"a night that never comes", [](Agreement& a) { a.release.night_hour_utc = 24; }, "release",
         "night_hour_utc is not from 0 to 23"},
        {"no slots", [](Agreement& a) { a.budgets.slots_per_day = 0; }, "budgets", "slots_per_day is 0"},
        {"wording of nobody", [](Agreement& a) { a.wording["fire_service"] = a.wording["police"]; },
         "wording.fire_service", "No party has this role"},
        {"no wording", [](Agreement& a) { a.wording.erase("housing"); }, "party housing", "no wording", false},
    }));
    expect(breach);
}

TEST_CASE("check: a party declares how many people it enrols, and a sensitive service its batches") {
    auto const breach = GENERATE(values<Breach>({
        {"an agency of nobody", [](Agreement& a) { at(a, "housing").people = 0; }, "party housing", "people is 0"},
        {"a conditional party of nobody", [](Agreement& a) { at(a, "probation").people = 0; }, "party probation",
         "people is 0"},
        {"a coordinator that enrols", [](Agreement& a) { at(a, "coordinator").people = 1; }, "party coordinator",
         "never asked and declares people"},
        {"more people than a node takes", [](Agreement& a) { at(a, "housing").people = limits::import_rows_max + 1; },
         "party housing", "people is over 5000000"},
        {"a sensitive service without batches", [](Agreement& a) { at(a, "refuge").nightly_batches = 0; },
         "party refuge", "nightly_batches is not from 1 to 64"},
        {"a sensitive service with too many", [](Agreement& a) { at(a, "refuge").nightly_batches = 65; },
         "party refuge", "nightly_batches is not from 1 to 64"},
        {"batches by night at another party", [](Agreement& a) { at(a, "housing").nightly_batches = 1; },
         "party housing", "no sensitive service"},
        {"an organisation of more than can be counted",
         [](Agreement& a) {
             a.budgets.enrol_evaluations_per_person = 32;
             for (int i = 0; i < 26; ++i) {
                 a.parties.push_back(at(a, "housing"));
                 a.parties.back().people = limits::import_rows_max;
             }
         },
         "party housing", "more people than evaluations can be counted for", false},
    }));
    expect(breach);
}

TEST_CASE("check: clauses name what exists, at its stage") {
    auto const breach = GENERATE(values<Breach>({
        {"unknown role", [](Agreement& a) { clause(a, "7.2").roles.push_back("fire_service"); }, "clause 7.2",
         "'fire_service'"},
        {"unknown purpose", [](Agreement& a) { clause(a, "7.2").purposes = {"tenancy_fraud"}; }, "clause 7.2",
         "'tenancy_fraud'"},
        {"unknown route", [](Agreement& a) { clause(a, "7.2").routes = {"fast"}; }, "clause 7.2", "'fast'"},
        {"stage 0", [](Agreement& a) { clause(a, "7.2").stage = 0; }, "clause 7.2", "no such stage"},
        {"stage 3", [](Agreement& a) { clause(a, "7.2").stage = 3; }, "clause 7.2", "no such stage"},
        {"no field", [](Agreement& a) { clause(a, "7.2").fields.clear(); }, "clause 7.2", "no field"},
        {"a field twice", [](Agreement& a) { clause(a, "7.2").fields.push_back(DataField::themes); }, "clause 7.2",
         "twice"},
        {"when is empty", [](Agreement& a) { clause(a, "7.2").when.clear(); }, "clause 7.2", "never holds"},
        {"a clause that never holds",
         [](Agreement& a) {
             clause(a, "7.2").colours = {Colour::green, Colour::blue};
         },
         "clause 7.2", "never holds", false},
        {"narrative from Marac", [](Agreement& a) { clause(a, "7.2").roles.push_back("marac"); }, "clause 7.2",
         "holds dates only"},
        {"narrative from everybody", [](Agreement& a) { clause(a, "7.2").roles.clear(); }, "clause 7.2",
         "holds dates only"},
    }));
    expect(breach);
}

TEST_CASE("check: a field stands at its own stage only") {
    for (std::size_t i = 0; i < data_field_count; ++i) {
        auto const field = static_cast<DataField>(i);
        for (std::uint8_t const stage : {std::uint8_t(1), std::uint8_t(2)}) {
            auto agreement = practice_agreement();
            agreement.clauses.push_back(
                {"9.9", "text", {field}, {"police"}, {}, {}, {}, {}, {}, {Condition::always}, stage});
            bool const error = finding_with(check(agreement), "belongs to stage") != nullptr;
            INFO(name(field) << " at stage " << int(stage));
            CHECK(error == (stage_of(field) != stage));
        }
    }
}

TEST_CASE("check: no agency that is asked is hidden by having no colour to give") {
    constexpr auto hide = "that would hide an agency";
    auto const breach = GENERATE_COPY(values<Breach>({
        {"left out of the clause", [](Agreement& a) { remove_role(clause(a, "4.1"), "housing"); }, "party housing",
         hide},
        {"no colour clause for Probation", [](Agreement& a) { clause(a, "5.1").fields = {DataField::not_known}; },
         "party probation", hide},
        {"Green only", [](Agreement& a) { clause(a, "4.1").colours = {Colour::green}; }, "party housing", "RED"},
        {"no Amber", [](Agreement& a) { clause(a, "4.1").colours = {Colour::red}; }, "party housing", "AMBER"},
        {"one purpose only", [](Agreement& a) { clause(a, "4.1").purposes = {"safeguarding_children"}; },
         "party housing", "purpose safeguarding_adults"},
        {"one route only", [](Agreement& a) { clause(a, "4.1").routes = {"s47"}; }, "party housing", "route standard"},
        {"only after somebody else", [](Agreement& a) { clause(a, "4.1").when = {Condition::someone_red_or_amber}; },
         "party housing", hide},
    }));
    expect(breach);
}

TEST_CASE("check: what is just inside a rule is no finding") {
    expect_nothing("a conditional party speaks after a Red",
                   [](Agreement& a) { clause(a, "5.1").when = {Condition::someone_red_or_amber}; });
    expect_nothing("a sensitive service needs no role of its own in the clause",
                   [](Agreement& a) { remove_role(clause(a, "4.1"), "refuge"); });
    expect_nothing("own Red or Amber is enough to be heard",
                   [](Agreement& a) { clause(a, "5.1").when = {Condition::own_red_or_amber}; });
    expect_nothing("sure by all points together", [](Agreement& a) {
        a.matching.points = {{"one", 300}, {"two", 99}, {"three", -50}};
        a.matching.sure = 399;
    });
    expect_nothing("unsure equal to sure", [](Agreement& a) { a.matching.unsure = a.matching.sure; });
    expect_nothing("both below zero", [](Agreement& a) {
        a.matching.sure = -1;
        a.matching.unsure = -2;
    });
    expect_nothing("sensitive at the same time", [](Agreement& a) { a.release.sensitive_after = Duration(1500); });
    expect_nothing("a reply as late as a query lives",
                   [](Agreement& a) { a.routes[1].reply_within = std::chrono::days(7); });
    expect_nothing("a live domain for a live federation", [](Agreement& a) {
        a.mode = Mode::live;
        a.domain = "northbridge.example";
    });
    expect_nothing("a domain that only looks like practice", [](Agreement& a) {
        a.mode = Mode::live;
        a.domain = "practicenorthbridge.example";
    });
    expect_nothing("seven holders", [](Agreement& a) {
        for (auto const* more : {"mental_health", "probation", "housing"}) a.keys.holders.push_back(party(more));
    });
    expect_nothing("all but one holder needed", [](Agreement& a) { a.keys.threshold = 3; });
    expect_nothing("nights of half an epoch", [](Agreement& a) {
        a.keys.epoch_days = 92;
        at(a, "refuge").people = 46 * 1024 / a.budgets.enrol_evaluations_per_person;
    });
    expect_nothing("a new key every day", [](Agreement& a) { a.keys.epoch_days = 1; });
    expect_nothing("a new key every leap year", [](Agreement& a) { a.keys.epoch_days = 366; });
    expect_nothing("one evaluation for a person", [](Agreement& a) { a.budgets.enrol_evaluations_per_person = 1; });
    expect_nothing("an evaluation for everything that a person has",
                   [](Agreement& a) { a.budgets.enrol_evaluations_per_person = limits::evaluations_per_person_max; });
    expect_nothing("one person in a hundred is new", [](Agreement& a) { a.budgets.enrol_delta_percent_per_day = 1; });
    expect_nothing("everybody is new", [](Agreement& a) { a.budgets.enrol_delta_percent_per_day = 100; });
    expect_nothing("midnight", [](Agreement& a) { a.release.night_hour_utc = 0; });
    expect_nothing("an hour before midnight", [](Agreement& a) { a.release.night_hour_utc = 23; });
    expect_nothing("an agency of one", [](Agreement& a) { at(a, "housing").people = 1; });
    expect_nothing("as many people as a node takes",
                   [](Agreement& a) { at(a, "housing").people = limits::import_rows_max; });
    expect_nothing("64 batches by night", [](Agreement& a) { at(a, "refuge").nightly_batches = 64; });
    expect_nothing("two nodes of one role", [](Agreement& a) {
        auto second = at(a, "domestic_abuse");
        second.id = party("domestic_abuse_2");
        second.name = "Second Domestic Abuse Service";
        second.signing_key = dummy_vkey("x", 901);
        second.officer = dummy_vkey("x", 902);
        second.dpo = dummy_vkey("x", 903);
        a.parties.push_back(second);
    });
}

TEST_CASE("check: dates are warned of, and only a start to come is an error") {
    struct Row {
        char const* today;
        char const* text; ///< empty: nothing
        bool error;
    };
    auto const row = GENERATE(values<Row>({
        {"2025-12-31", "not in force yet", true},
        {"2026-01-01", "", false},
        {"2027-11-30", "", false},
        {"2027-12-01", "Its review is due within 30 days", false},
        {"2027-12-31", "Its review is due within 30 days", false},
        {"2028-01-01", "Its review is overdue", false},
    }));
    INFO(row.today);
    auto agreement = practice_agreement();
    agreement.documents.clear();
    auto const findings = check_dates(agreement, parse_day(row.today).value());
    if (*row.text == '\0') {
        CHECK(findings.empty());
    } else {
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].text.find(row.text) != std::string::npos);
        CHECK(findings[0].error == row.error);
        CHECK_FALSE(findings[0].mend.empty());
    }
}

TEST_CASE("describe: one line with the place and the mend") {
    CHECK(describe({true, "line 12, clause 4.1", "The id is used twice.", "Give each its own."}) ==
          "Error: line 12, clause 4.1: The id is used twice. Give each its own.");
    CHECK(describe({false, "agreement", "Its review is overdue.", ""}) == "Warning: agreement: Its review is overdue.");
}

} // namespace fanlight::policy
