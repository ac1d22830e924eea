// What two agreements state besides decisions: every member of every table is noticed once, and has its place.

#include "policy/compare.hpp"
#include "tests/unit/policy_question.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace fanlight::policy {
namespace {

using namespace test;

// A member that is new does not compile here. Say it in policy/compare_values.cpp (or, if decisions depend on it, in
// policy/decide.cpp), give it a row below, and count it here.
[[maybe_unused]] void every_member(Agreement const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
                                  m20, m21, m22, m23] = one;
}
[[maybe_unused]] void every_member(Party const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17] = one;
}
[[maybe_unused]] void every_member(Purpose const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4] = one;
}
[[maybe_unused]] void every_member(LawfulBasis const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5, m6, m7] = one;
}
[[maybe_unused]] void every_member(Document const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5] = one;
}
[[maybe_unused]] void every_member(Outcome const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5] = one;
}
[[maybe_unused]] void every_member(Route const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4] = one;
}
[[maybe_unused]] void every_member(Clause const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = one;
}
[[maybe_unused]] void every_member(KeyHolders const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3] = one;
}
[[maybe_unused]] void every_member(Budgets const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4] = one;
}
[[maybe_unused]] void every_member(Matching const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5] = one;
}
[[maybe_unused]] void every_member(Release const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5, m6] = one;
}
[[maybe_unused]] void every_member(Retention const& one) {
    [[maybe_unused]] auto const& [m1] = one;
}
[[maybe_unused]] void every_member(Rules const& one) {
    [[maybe_unused]] auto const& [m1, m2, m3, m4, m5] = one;
}

/// The practice agreement with something in every table, and a clause and a role of which no decision depends.
Agreement full() {
    auto one = practice();
    one.bases = {
        {{"police"}, {"safeguarding_children"}, "6(1)(e)", "9(2)(g)", "10", "paragraph 18", {"Act, section 1"}},
        {{}, {}, "6(1)(f)", "", "", "", {}}};
    one.documents = {
        {DocumentKind::dpia, "The DPIA", {}, parse_day("2026-01-01").value(), parse_day("2027-01-01").value()}};
    one.outcomes = {{"help", "Early help", OutcomeLevel::early_help, true, false},
                    {"close", "Closed", OutcomeLevel::closure, false, false}};
    one.matching.points = {{"date.exact", 34}, {"date.near", 10}};
    auto clause = one.clauses.front(); // the first one permits all of it
    clause.id = "4.8";
    clause.text = "The same again.";
    clause.roles = {"police"};
    one.clauses.push_back(clause);
    clause.id = "4.9";
    one.clauses.push_back(clause);
    one.wording = {{"police", {{Colour::red, "Now."}}}};
    return one;
}

struct Row {
    char const* member;
    char const* place;
    void (*change)(Agreement&);
    char const* sentence; ///< or its beginning
};

Party& housing(Agreement& one) {
    return at(one, "housing");
}
Clause& idle(Agreement& one) {
    return one.clauses.back();
}

std::vector<Row> const& rows() {
    static std::vector<Row> const all = {
        {"name", "agreement", [](Agreement& one) { one.name = "Other"; }, "The name of the agreement changes from "},
        {"version", "agreement", [](Agreement& one) { one.version = 2; }, "The version changes from 1 to 2."},
        {"mode", "agreement", [](Agreement& one) { one.mode = Mode::live; }, "The agreement is now for real families."},
        {"domain", "agreement", [](Agreement& one) { one.domain = "x.example"; }, "The domain changes from "},
        {"effective_from", "agreement", [](Agreement& one) { one.effective_from += Duration(1000); },
         "The time from which it is in force changes from 2026-01-01T00:00:00Z to 2026-01-01T00:00:01Z."},
        {"review_by", "agreement", [](Agreement& one) { one.review_by += std::chrono::days(1); },
         "The day by which it is reviewed changes from 2027-12-31 to 2028-01-01."},
        {"removes", "agreement", [](Agreement& one) { one.removes = {party("court")}; },
         "The list of parties that leave with this version changes from nobody to court."},
        {"party joins", "party fire",
         [](Agreement& one) {
             auto fire = housing(one);
             fire.id = party("fire");
             fire.name = "Fire Service";
             one.parties.push_back(fire);
         },
         "Fire Service (fire) becomes a party."},
        {"party name", "party housing", [](Agreement& one) { housing(one).name = "Homes"; },
         "The name of the party housing changes from \"Housing\" to \"Homes\"."},
        {"organisation", "party housing", [](Agreement& one) { housing(one).organisation = "Homes"; },
         "The organisation of Housing changes from \"Northbridge Homes\" to \"Homes\"."},
        {"supplier", "party housing", [](Agreement& one) { housing(one).supplier = "Homes"; },
         "The supplier of Housing changes from "},
        {"asked", "party housing", [](Agreement& one) { housing(one).asked = Asked::optional; },
         "When Housing is asked changes from core to optional."},
        {"sensitive", "party refuge", [](Agreement& one) { at(one, "refuge").sensitive = false; },
         "Refuge is no longer a sensitive service: "},
        {"dates_only", "party marac", [](Agreement& one) { at(one, "marac").dates_only = false; },
         "Marac no longer holds dates alone."},
        {"fixed_time_replies", "party housing", [](Agreement& one) { housing(one).fixed_time_replies = true; },
         "Housing now replies as late as a sensitive service."},
        {"archive_of", "party housing", [](Agreement& one) { housing(one).archive_of = "The Mill"; },
         "Whose records Housing keeps as an archive changes from nothing to \"The Mill\"."},
        {"working_days", "party housing", [](Agreement& one) { housing(one).working_days = {std::chrono::Monday}; },
         "On which days somebody answers at Housing changes from every day to Monday."},
        {"people", "party housing", [](Agreement& one) { housing(one).people = 2000; },
         "The number of people that Housing may enrol changes from 200 to 2,000."},
        {"nightly_batches", "party refuge", [](Agreement& one) { at(one, "refuge").nightly_batches = 2; },
         "The number of batches that Refuge enrols every night changes from 1 to 2."},
        {"signing_key", "party housing", [](Agreement& one) { housing(one).signing_key = "x"; },
         "The signing key of Housing is replaced."},
        {"officer", "party housing", [](Agreement& one) { housing(one).officer = "x"; },
         "The key of the accountable officer of Housing is replaced."},
        {"dpo", "party housing", [](Agreement& one) { housing(one).dpo = "x"; },
         "The key of the data protection officer of Housing is replaced."},
        {"duty_contact", "party housing", [](Agreement& one) { housing(one).duty_contact = "01632 960999"; },
         "The duty contact of Housing changes from \"01632 960105\" to \"01632 960999\"."},
        {"threshold", "keys", [](Agreement& one) { one.keys.threshold = 3; },
         "How many holders a token takes changes from 2 to 3."},
        {"holders", "keys", [](Agreement& one) { one.keys.holders.pop_back(); },
         "Who may hold a share of the identity key changes from police, health, domestic_abuse and social_care to "
         "police, health and domestic_abuse."},
        {"epoch_days", "keys", [](Agreement& one) { one.keys.epoch_days = 30; },
         "The number of days after which a key is due to be replaced changes from 92 to 30."},
        {"query_evaluations_per_day", "budgets", [](Agreement& one) { one.budgets.query_evaluations_per_day = 1; },
         "The budget of evaluations for queries"},
        {"enrol_evaluations_per_person", "budgets",
         [](Agreement& one) { one.budgets.enrol_evaluations_per_person = 1; },
         "The number of evaluations that enrolling one person takes"},
        {"enrol_delta_percent_per_day", "budgets", [](Agreement& one) { one.budgets.enrol_delta_percent_per_day = 1; },
         "The percentage of the bulk quota"},
        {"slots_per_day", "budgets", [](Agreement& one) { one.budgets.slots_per_day = 1; }, "The budget of slots"},
        {"purpose name", "purpose safeguarding_adults", [](Agreement& one) { one.purposes[1].name = "Adults"; },
         "The name of the purpose safeguarding_adults changes from "},
        {"purpose domestic_abuse", "purpose safeguarding_adults",
         [](Agreement& one) { one.purposes[1].domestic_abuse = true; },
         "Domestic abuse is now what the purpose safeguarding_adults is about."},
        {"purpose sources", "purpose safeguarding_adults",
         [](Agreement& one) { one.purposes[1].sources = {Source::police, Source::public_member}; },
         "Who may refer for the purpose safeguarding_adults changes from "},
        {"purpose gone", "purpose safeguarding_adults", [](Agreement& one) { one.purposes.pop_back(); },
         "The purpose safeguarding_adults is gone."},
        {"purpose order", "purposes", [](Agreement& one) { std::swap(one.purposes[0], one.purposes[1]); },
         "The purposes stand in another order, and so have other numbers on the wire."},
        {"basis added", "basis", [](Agreement& one) { one.bases.push_back({{}, {}, "6(1)(ea)", "", "", "", {}}); },
         "A lawful basis is new: Article 6(1)(ea), for every role and every purpose."},
        {"basis gone", "basis", [](Agreement& one) { one.bases.erase(one.bases.begin()); },
         "A lawful basis is gone: Article 6(1)(e), Article 9(2)(g), Article 10, Schedule 1 paragraph 18 and Act, "
         "section 1, for police and safeguarding_children."},
        {"basis roles", "basis", [](Agreement& one) { one.bases[0].roles.clear(); },
         "The list of roles of the lawful basis 6(1)(e) changes from police to every role."},
        {"basis purposes", "basis", [](Agreement& one) { one.bases[0].purposes.clear(); },
         "The list of purposes of the lawful basis 6(1)(e) changes from safeguarding_children to every purpose."},
        {"article_6", "basis", [](Agreement& one) { one.bases[0].article_6 = "6(1)(c)"; },
         "A lawful basis under Article 6 changes from \"6(1)(e)\" to \"6(1)(c)\"."},
        {"article_9", "basis", [](Agreement& one) { one.bases[0].article_9 = ""; },
         "Article 9 of the lawful basis 6(1)(e) changes from \"9(2)(g)\" to nothing."},
        {"article_10", "basis", [](Agreement& one) { one.bases[0].article_10 = ""; },
         "Article 10 of the lawful basis 6(1)(e) changes from \"10\" to nothing."},
        {"schedule_1", "basis", [](Agreement& one) { one.bases[0].schedule_1 = ""; },
         "Schedule 1 of the lawful basis 6(1)(e) changes from \"paragraph 18\" to nothing."},
        {"gateways", "basis", [](Agreement& one) { one.bases[0].gateways.clear(); },
         "The list of gateways of the lawful basis 6(1)(e) changes from "},
        {"document added", "document", [](Agreement& one) { one.documents.push_back(one.documents[0]); },
         "The document \"The DPIA\" (dpia, 2026-01-01) is new."},
        {"document gone", "document", [](Agreement& one) { one.documents.clear(); },
         "The document \"The DPIA\" (dpia, 2026-01-01) is gone."},
        {"document kind", "document", [](Agreement& one) { one.documents[0].kind = DocumentKind::legal_advice; },
         "The kind of the document \"The DPIA\" changes from dpia to legal_advice."},
        {"document title", "document", [](Agreement& one) { one.documents[0].title = "New"; },
         "The title of a document (dpia) changes from \"The DPIA\" to \"New\"."},
        {"document roles", "document", [](Agreement& one) { one.documents[0].roles = {"police"}; },
         "Whose the document \"The DPIA\" is changes from everybody's to police."},
        {"document dated", "document", [](Agreement& one) { one.documents[0].dated += std::chrono::days(1); },
         "The date of the document \"The DPIA\" changes from 2026-01-01 to 2026-01-02."},
        {"document review_by", "document", [](Agreement& one) { one.documents[0].review_by += std::chrono::days(1); },
         "The day by which the document \"The DPIA\" is looked at again changes from "},
        {"outcome added", "outcome other", [](Agreement& one) { one.outcomes.push_back({"other", "Other", {}}); },
         "A case may now end with \"Other\" (other)."},
        {"outcome gone", "outcome close", [](Agreement& one) { one.outcomes.pop_back(); },
         "A case may no longer end with \"Closed\" (close)."},
        {"outcome order", "outcomes", [](Agreement& one) { std::swap(one.outcomes[0], one.outcomes[1]); },
         "The outcomes stand in another order."},
        {"outcome name", "outcome help", [](Agreement& one) { one.outcomes[0].name = "Help"; },
         "The name of the outcome help changes from \"Early help\" to \"Help\"."},
        {"outcome level", "outcome help", [](Agreement& one) { one.outcomes[0].level = OutcomeLevel::section_17; },
         "The level of the outcome help changes from early_help to section_17."},
        {"outcome where_domestic_abuse", "outcome help",
         [](Agreement& one) { one.outcomes[0].where_domestic_abuse = false; },
         "The outcome help may no longer be chosen where domestic abuse is evident."},
        {"outcome needs_consent_state", "outcome help",
         [](Agreement& one) { one.outcomes[0].needs_consent_state = true; },
         "The state of consent is now recorded with the outcome help."},
        {"route added", "route fast",
         [](Agreement& one) { one.routes.push_back({"fast", "Fast", Duration(1500), Duration(0)}); },
         "The route fast is new: \"Fast\", with a time to reply of 1500ms."},
        {"route gone", "route standard", [](Agreement& one) { one.routes.pop_back(); }, "The route standard is gone."},
        {"route order", "routes", [](Agreement& one) { std::swap(one.routes[0], one.routes[1]); },
         "The routes stand in another order, and so have other numbers on the wire."},
        {"route name", "route standard", [](Agreement& one) { one.routes[1].name = "Usual"; },
         "The name of the route standard changes from \"Standard\" to \"Usual\"."},
        {"reply_within", "route s47", [](Agreement& one) { one.routes[0].reply_within = std::chrono::hours(48); },
         "The time to reply on the route s47 changes from 24h to 2d."},
        {"meeting_within", "route s47", [](Agreement& one) { one.routes[0].meeting_within += Duration(90); },
         "The time to the meeting on the route s47 changes from "},
        {"matching version", "matching", [](Agreement& one) { one.matching.version = 3; },
         "The version of matching changes from 2 to 3."},
        {"sure", "matching", [](Agreement& one) { one.matching.sure = 300; },
         "The number of points from which on a record is surely the person changes from 200 to 300."},
        {"unsure", "matching", [](Agreement& one) { one.matching.unsure = -1500; },
         "The number of points from which on a record may be the person changes from -500 to -1,500."},
        {"minimum_anchors", "matching", [](Agreement& one) { one.matching.minimum_anchors = 2; },
         "The number of anchors that a person in a query needs changes from 1 to 2."},
        {"points", "matching",
         [](Agreement& one) {
             one.matching.points = {{"date.exact", 35}, {"town.exact", 3}, {"town.near", 1}};
         },
         "Points change: of 1 feature the number, 2 features are new, 1 feature is gone, 0 stay."},
        {"automatic_after", "release", [](Agreement& one) { one.release.automatic_after = Duration(2000); },
         "The time after which an ordinary answer leaves changes from 1500ms to 2s."},
        {"sensitive_after", "release", [](Agreement& one) { one.release.sensitive_after = Duration(4000); },
         "The time after which the reply of a sensitive service leaves changes from 3s to 4s."},
        {"query_lives", "release", [](Agreement& one) { one.release.query_lives = std::chrono::hours(24); },
         "The time for which a query lives changes from 7d to 24h."},
        {"rating_fresh_days", "release", [](Agreement& one) { one.release.rating_fresh_days = 90; },
         "The number of days for which a rating is fresh changes from 180 to 90."},
        {"source_fresh_days", "release", [](Agreement& one) { one.release.source_fresh_days = 3; },
         "The number of days for which a source is fresh changes from 7 to 3."},
        {"night_hour_utc", "release", [](Agreement& one) { one.release.night_hour_utc = 3; },
         "The hour, UTC, at which sensitive services enrol changes from 2 to 3."},
        {"linked_cases_days", "retention", [](Agreement& one) { one.retention.linked_cases_days = 0; },
         "The number of days for which the coordinator keeps whom a closed case was about changes from 365 to 0."},
        {"blue_where_domestic_abuse", "rules", [](Agreement& one) { one.rules.blue_where_domestic_abuse = true; },
         "BLUE may now be said where domestic abuse is evident."},
        {"blue_reason", "rules", [](Agreement& one) { one.rules.blue_reason = "We agreed."; },
         "The reason why BLUE may be said where domestic abuse is evident changes from nothing to \"We agreed.\"."},
        {"individual_rating", "rules", [](Agreement& one) { one.rules.individual_rating = false; },
         "Each person is no longer rated."},
        {"result_clause", "rules", [](Agreement& one) { one.rules.result_clause = "3.2"; },
         "The clause that is cited for the result changes from \"3.1\" to \"3.2\"."},
        {"dash_high", "rules", [](Agreement& one) { one.rules.dash_high = 10; },
         "The Dash score from which on it is high changes from 14 to 10."},
        {"wording", "wording police", [](Agreement& one) { one.wording["police"][Colour::red] = "Soon."; },
         "What RED means in the role police is now \"Soon.\"."},
        {"other wording", "wording housing", [](Agreement& one) { one.wording["housing"][Colour::blue] = "No."; },
         "What BLUE means in the role housing is now \"No.\"."},
        {"wording gone", "wording police", [](Agreement& one) { one.wording.clear(); },
         "What RED means in the role police is no longer said."},
        {"clause text", "clause 4.9", [](Agreement& one) { idle(one).text = "Again."; },
         "Clause 4.9 now reads \"Again.\"."},
        {"clause added", "clause 5.9",
         [](Agreement& one) {
             one.clauses.push_back(idle(one));
             idle(one).id = "5.9";
         },
         "Clause 5.9 is new and changes no decision: \"The same again.\"."},
        {"clause gone", "clause 4.9", [](Agreement& one) { one.clauses.pop_back(); },
         "Clause 4.9 is gone, which changes no decision."},
        {"clause order", "clauses",
         [](Agreement& one) { std::swap(one.clauses[one.clauses.size() - 2], one.clauses.back()); },
         "The clauses stand in another order, which changes no decision."},
        {"clause fields", "clause 4.9", [](Agreement& one) { idle(one).fields = {DataField::not_known}; },
         "Clause 4.9 has other fields, which changes no decision."},
        {"clause roles", "clause 4.9", [](Agreement& one) { idle(one).roles = {"health"}; },
         "Clause 4.9 has other roles, which changes no decision."},
        {"clause to", "clause 4.9", [](Agreement& one) { idle(one).to = {"coordinator"}; },
         "Clause 4.9 has other recipients, which changes no decision."},
        {"clause about", "clause 4.9", [](Agreement& one) { idle(one).about = {Subject::child}; },
         "Clause 4.9 has other subjects, which changes no decision."},
        {"clause purposes", "clause 4.9", [](Agreement& one) { idle(one).purposes = {"safeguarding_adults"}; },
         "Clause 4.9 has other purposes, which changes no decision."},
        {"clause routes", "clause 4.9", [](Agreement& one) { idle(one).routes = {"s47"}; },
         "Clause 4.9 has other routes, which changes no decision."},
        {"clause colours", "clause 4.9", [](Agreement& one) { idle(one).colours = {Colour::red}; },
         "Clause 4.9 has other colours, which changes no decision."},
        {"clause when", "clause 4.9", [](Agreement& one) { idle(one).when = {Condition::section_47}; },
         "Clause 4.9 has other conditions, which changes no decision."},
        {"clause stage", "clause 4.9", [](Agreement& one) { idle(one).stage = 2; },
         "Clause 4.9 has other stage, which changes no decision."},
    };
    return all;
}

std::vector<Change> states_of(Comparison const& comparison) {
    std::vector<Change> states;
    for (auto const& one : comparison.changes)
        if (one.kind == ChangeKind::state) states.push_back(one);
    return states;
}

} // namespace

TEST_CASE("compare: every member that changes is one sentence about a state, with its place") {
    auto const before = full();
    for (auto const& row : rows()) {
        auto after = before;
        row.change(after);
        auto const there = states_of(compare(before, after));
        INFO(row.member);
        REQUIRE(there.size() == 1);
        INFO(there.front().sentence);
        CHECK(there.front().place == row.place);
        CHECK(there.front().sentence.rfind(row.sentence, 0) == 0);
        CHECK(there.front().sentence.back() == '.');
        CHECK(there.front().decisions == 0);
        auto const back = states_of(compare(after, before));
        REQUIRE(back.size() == 1);
        CHECK(back.front().place == row.place);
    }
}

TEST_CASE("compare: whose signature a change needs follows from where it is") {
    auto const before = full();
    for (auto const& row : rows()) {
        auto after = before;
        row.change(after);
        auto const comparison = compare(before, after);
        auto const begins = [&](char const* word) { return std::string(row.place).rfind(word, 0) == 0; };
        INFO(row.member);
        CHECK(comparison.parties_changed == begins("party"));
        CHECK(comparison.purposes_changed == (begins("purpose") || begins("basis")));
        CHECK(comparison.holders_changed == begins("keys"));
    }
}

TEST_CASE("compare: another coordinator, and another role, are said") {
    auto const before = full();
    auto after = before;
    after.coordinator = party("police");
    auto const states = states_of(compare(before, after));
    REQUIRE(states.size() == 1);
    CHECK(states.front().sentence == "The coordinator changes from coordinator to police.");
    after = before;
    housing(after).role = "homes";
    auto const comparison = compare(before, after);
    REQUIRE(states_of(comparison).size() == 1);
    CHECK(states_of(comparison).front().sentence == "The role of Housing changes from housing to homes.");
    CHECK(comparison.parties_changed);
    CHECK(comparison.decisions_changed > 0);
}

} // namespace fanlight::policy
