// The principles and gaps of what makes an agreement lawful, of where a case can end, and of clauses that name a
// receiver or a subject: each rule is broken once and must be named.

#include "tests/unit/policy_breach.hpp"

namespace fanlight::policy {

using namespace test;

namespace {

Outcome& outcome(Agreement& agreement, std::string_view id) {
    for (auto& one : agreement.outcomes) {
        if (one.id == id) return one;
    }
    FAIL("no such outcome");
    return agreement.outcomes.front();
}

void remove_level(Agreement& agreement, OutcomeLevel level) {
    auto& all = agreement.outcomes;
    all.erase(std::remove_if(all.begin(), all.end(), [&](Outcome const& one) { return one.level == level; }),
              all.end());
}

void not_about_abuse(Agreement& agreement) {
    for (auto& purpose : agreement.purposes) purpose.domestic_abuse = false;
}

} // namespace

TEST_CASE("check: everybody who is asked has a basis for every purpose") {
    auto const breach = GENERATE(values<Breach>({
        {"no basis at all", [](Agreement& a) { a.bases.clear(); }, "party housing",
         "no [[basis]] covers the role housing for the purpose safeguarding_children"},
        {"a role left out of a basis",
         [](Agreement& a) {
             auto& roles = a.bases[2].roles;
             roles.erase(std::remove(roles.begin(), roles.end(), "refuge"), roles.end());
         },
         "party refuge", "covers the role refuge"},
        {"a purpose left out", [](Agreement& a) { a.bases.erase(a.bases.begin() + 1); }, "party probation",
         "for the purpose safeguarding_adults"},
        {"a role that nobody has", [](Agreement& a) { a.bases[0].roles.push_back("fire_service"); }, "basis number 1",
         "'fire_service'"},
        {"a purpose that is not there", [](Agreement& a) { a.bases[1].purposes.push_back("tenancy_fraud"); },
         "basis number 2", "'tenancy_fraud'"},
        {"a role twice", [](Agreement& a) { a.bases[0].roles.push_back("police"); }, "basis number 1", "twice"},
        {"a purpose twice", [](Agreement& a) { a.bases[0].purposes.push_back("safeguarding_children"); },
         "basis number 1", "twice"},
        {"a gateway twice", [](Agreement& a) { a.bases[0].gateways.push_back(a.bases[0].gateways[0]); },
         "basis number 1", "twice"},
        {"no article 6", [](Agreement& a) { a.bases[2].article_6.clear(); }, "basis number 3", "article_6 is empty"},
        {"paragraph 19", [](Agreement& a) { a.bases[0].schedule_1 = "Schedule 1 paragraph 19"; }, "basis number 1",
         "economic well-being", false},
        {"paragraph 19 beside 18", [](Agreement& a) { a.bases[2].schedule_1 = "Sch 1 paras 18 and 19"; },
         "basis number 3", "economic well-being", false},
    }));
    expect(breach);
}

TEST_CASE("check: what a basis rests on is named") {
    auto const breach = GENERATE(values<Breach>({
        {"no assessment", [](Agreement& a) { a.documents[0].kind = DocumentKind::legal_advice; }, "agreement",
         "No data protection impact assessment", false},
        {"no policy document", [](Agreement& a) { a.documents[1].kind = DocumentKind::legal_advice; }, "party housing",
         "No appropriate policy document", false},
        {"a policy document of others", [](Agreement& a) { a.documents[1].roles = {"police"}; }, "party refuge",
         "No appropriate policy document", false},
        {"none, and criminal offence data alone",
         [](Agreement& a) {
             a.documents[1].kind = DocumentKind::legal_advice;
             for (auto& basis : a.bases) basis.article_9.clear();
         },
         "party housing", "No appropriate policy document", false},
        {"a review before the date", [](Agreement& a) { a.documents[2].review_by = a.documents[2].dated; },
         "document number 3", "review is not after"},
        {"a document of nobody", [](Agreement& a) { a.documents[2].roles = {"fire_service"}; }, "document number 3",
         "'fire_service'"},
        {"a role twice",
         [](Agreement& a) {
             a.documents[2].roles = {"police", "police"};
         },
         "document number 3", "twice"},
    }));
    expect(breach);
}

TEST_CASE("check: no case of abuse ends at nothing") {
    auto const breach = GENERATE(values<Breach>({
        {"no outcomes", [](Agreement& a) { a.outcomes.clear(); }, "outcome", "There is no outcome."},
        {"none between social care and closure",
         [](Agreement& a) {
             remove_level(a, OutcomeLevel::early_help);
             remove_level(a, OutcomeLevel::other_agency);
         },
         "outcome", "between social care (section_17) and closure"},
        {"none between that is for abuse",
         [](Agreement& a) {
             for (auto& one : a.outcomes) one.where_domestic_abuse = one.level < OutcomeLevel::early_help;
         },
         "outcome", "between social care (section_17) and closure"},
        {"none between, where no purpose is about abuse",
         [](Agreement& a) {
             not_about_abuse(a);
             remove_level(a, OutcomeLevel::early_help);
             remove_level(a, OutcomeLevel::other_agency);
         },
         "outcome", "between social care (section_17) and closure", false},
        {"no outcomes, where no purpose is about abuse",
         [](Agreement& a) {
             not_about_abuse(a);
             a.outcomes.clear();
         },
         "outcome", "There is no outcome.", false},
        {"no early help", [](Agreement& a) { remove_level(a, OutcomeLevel::early_help); }, "outcome",
         "no outcome of early help", false},
        {"closing where abuse is evident",
         [](Agreement& a) { outcome(a, "no_further_action").where_domestic_abuse = true; }, "outcome no_further_action",
         "closes a case where domestic abuse is evident"},
        {"an id twice", [](Agreement& a) { a.outcomes.push_back(a.outcomes[0]); }, "outcome section_47_enquiry",
         "used twice"},
        {"an id of no form", [](Agreement& a) { a.outcomes[0].id = "No Action"; }, "outcome No Action", "form"},
    }));
    expect(breach);
}

TEST_CASE("check: Blue where abuse is evident is agreed with a reason, or not at all") {
    auto const breach = GENERATE(values<Breach>({
        {"without a reason", [](Agreement& a) { a.rules.blue_where_domestic_abuse = true; }, "rules",
         "there is no blue_reason"},
        {"with a reason it is still seen",
         [](Agreement& a) {
             a.rules.blue_where_domestic_abuse = true;
             a.rules.blue_reason = "Old incidents are recorded as abuse.";
         },
         "rules", "BLUE may be given", false},
        {"a reason without the rule", [](Agreement& a) { a.rules.blue_reason = "Why not."; }, "rules",
         "blue_where_domestic_abuse is false"},
    }));
    expect(breach);
}

TEST_CASE("check: a coordinator's facts have no colour, no receiver and no subject") {
    auto const breach = GENERATE(values<Breach>({
        {"colours", [](Agreement& a) { clause(a, "6.1").colours = {Colour::red}; }, "clause 6.1", "'colours'"},
        {"colours beside another field",
         [](Agreement& a) {
             clause(a, "4.1").fields.push_back(DataField::fact_role);
             clause(a, "4.1").colours = {Colour::red, Colour::amber};
         },
         "clause 4.1", "'colours'"},
        {"to", [](Agreement& a) { clause(a, "6.2").to = {"police"}; }, "clause 6.2", "'to'"},
        {"to the coordinator", [](Agreement& a) { clause(a, "6.2").to = {"coordinator"}; }, "clause 6.2", "'to'"},
        {"about", [](Agreement& a) { clause(a, "6.2").about = {Subject::child}; }, "clause 6.2", "'about'"},
        {"own colour", [](Agreement& a) { clause(a, "6.2").when.push_back(Condition::own_red_or_amber); }, "clause 6.2",
         "own_red_or_amber"},
        {"somebody's statement", [](Agreement& a) { clause(a, "6.3").when = {Condition::someone_red_or_amber}; },
         "clause 6.3", "someone_red_or_amber"},
    }));
    expect(breach);
}

TEST_CASE("check: a clause names receivers and subjects that are there, once") {
    auto const breach = GENERATE(values<Breach>({
        {"to nobody", [](Agreement& a) { clause(a, "7.2").to = {"fire_service"}; }, "clause 7.2", "'fire_service'"},
        {"to somebody twice",
         [](Agreement& a) {
             clause(a, "7.2").to = {"coordinator", "coordinator"};
         },
         "clause 7.2", "twice"},
        {"about somebody twice",
         [](Agreement& a) {
             clause(a, "7.2").about = {Subject::child, Subject::child};
         },
         "clause 7.2", "twice"},
        {"about one whose role is not told", [](Agreement& a) { clause(a, "7.2").about = {Subject::unknown}; },
         "clause 7.2", "names nobody"},
        {"to another agency",
         [](Agreement& a) {
             clause(a, "7.2").to = {"coordinator", "police"};
         },
         "clause 7.2", "the role police be told, and no message of this release", false},
        {"colours to another agency only", [](Agreement& a) { clause(a, "4.1").to = {"police"}; }, "party housing",
         "that would hide an agency"},
        {"colours about children only", [](Agreement& a) { clause(a, "4.1").about = {Subject::child}; },
         "party housing", "that would hide an agency"},
        {"colours with consent only", [](Agreement& a) { clause(a, "4.1").when = {Condition::consent_given}; },
         "party housing", "that would hide an agency"},
    }));
    expect(breach);
}

TEST_CASE("check: a clause that never holds is seen") {
    auto const breach = GENERATE(values<Breach>({
        {"nobody of the role is asked", [](Agreement& a) { clause(a, "7.2").roles = {"coordinator"}; }, "clause 7.2",
         "nobody who has one of these roles is asked", false},
        {"low colours of a sensitive service",
         [](Agreement& a) {
             clause(a, "7.3").when = {Condition::always};
             clause(a, "7.3").colours = {Colour::green};
         },
         "clause 7.3", "a sensitive service says neither", false},
        {"Blue for a purpose about abuse",
         [](Agreement& a) {
             auto blue = clause(a, "4.1");
             blue.id = "4.9";
             blue.colours = {Colour::blue};
             blue.purposes = {"safeguarding_children"};
             a.clauses.push_back(blue);
         },
         "clause 4.9", "BLUE where domestic abuse is evident", false},
        {"Blue where there is abuse",
         [](Agreement& a) {
             auto blue = clause(a, "4.1");
             blue.id = "4.9";
             blue.colours = {Colour::blue};
             blue.when = {Condition::domestic_abuse};
             a.clauses.push_back(blue);
         },
         "clause 4.9", "BLUE where domestic abuse is evident", false},
    }));
    expect(breach);
}

TEST_CASE("check: working days, archives, sources and who is removed") {
    constexpr auto friday = std::chrono::Friday;
    auto const breach = GENERATE_COPY(values<Breach>({
        {"a day twice",
         [=](Agreement& a) {
             at(a, "probation").working_days = {friday, friday};
         },
         "party probation", "names a day twice"},
        {"no day", [](Agreement& a) { at(a, "probation").working_days = {std::chrono::weekday(9)}; }, "party probation",
         "what is no day"},
        {"the coordinator as an archive", [](Agreement& a) { at(a, "coordinator").archive_of = "Former Provider"; },
         "party coordinator", "The coordinator keeps the archive"},
        {"an archive that is never asked",
         [](Agreement& a) {
             at(a, "housing").archive_of = "Former Provider";
             at(a, "housing").asked = Asked::never;
         },
         "party housing", "former provider and is never asked"},
        {"a source twice",
         [](Agreement& a) {
             a.purposes[0].sources = {Source::police, Source::police};
         },
         "purpose safeguarding_children", "sources names something twice"},
        {"a party removed that is here", [](Agreement& a) { a.removes = {party("housing")}; }, "agreement",
         "removes names housing"},
        {"a party removed twice",
         [](Agreement& a) {
             a.removes = {party("former"), party("former")};
         },
         "agreement", "removes names a party twice"},
        {"a meeting before the threshold", [](Agreement& a) { a.routes[1].meeting_within = Duration(-1); },
         "route standard", "before the threshold"},
    }));
    expect(breach);
}

TEST_CASE("check: what is just inside the rules of law, outcomes and receivers is no finding") {
    expect_nothing("one basis for everybody and everything", [](Agreement& a) {
        a.bases = {a.bases[0]};
        a.bases[0].roles.clear();
        a.bases[0].purposes.clear();
    });
    expect_nothing("no special category data, so no policy document", [](Agreement& a) {
        for (auto& basis : a.bases) basis.article_9 = basis.article_10 = "";
        a.documents.erase(a.documents.begin() + 1);
    });
    expect_nothing("policy documents, each of some", [](Agreement& a) {
        a.documents.push_back(a.documents[1]);
        a.documents[1].roles = a.bases[0].roles;
        a.documents.back().roles = a.bases[2].roles;
    });
    expect_nothing("paragraph 19 where the purpose is not abuse",
                   [](Agreement& a) { a.bases[1].schedule_1 = "Schedule 1 paragraph 19"; });
    expect_nothing("paragraphs of other numbers", [](Agreement& a) {
        a.bases[0].schedule_1 = "Schedule 1 paragraph 119; paragraph 190";
        a.bases[2].schedule_1 = "Data Protection Act 2018 (as in force in 2019) Schedule 1 condition 18";
    });
    expect_nothing("early help alone lies between", [](Agreement& a) { remove_level(a, OutcomeLevel::other_agency); });
    expect_nothing("no closure at all", [](Agreement& a) { remove_level(a, OutcomeLevel::closure); });
    expect_nothing("somebody else closes where no purpose is about abuse", [](Agreement& a) {
        not_about_abuse(a);
        for (auto& one : a.outcomes) one.where_domestic_abuse = one.level < OutcomeLevel::early_help;
    });
    expect_nothing("to the coordinator, in words", [](Agreement& a) { clause(a, "7.2").to = {"coordinator"}; });
    expect_nothing("colours to the coordinator, in words", [](Agreement& a) { clause(a, "4.1").to = {"coordinator"}; });
    expect_nothing("about all who have a role", [](Agreement& a) {
        clause(a, "7.2").about = {Subject::child, Subject::causing_harm, Subject::adult_at_risk, Subject::other};
    });
    expect_nothing("facts where there is abuse, a high score or consent", [](Agreement& a) {
        clause(a, "6.1").when = {Condition::domestic_abuse, Condition::dash_high, Condition::consent_given,
                                 Condition::consent_refused};
    });
    expect_nothing("facts for some roles", [](Agreement& a) { clause(a, "6.2").roles = {"police"}; });
    expect_nothing("Blue where there is no abuse", [](Agreement& a) {
        auto blue = clause(a, "4.1");
        blue.id = "4.9";
        blue.colours = {Colour::blue};
        a.clauses.push_back(blue);
    });
    expect_nothing("seven days", [](Agreement& a) {
        auto& days = at(a, "housing").working_days;
        for (unsigned i = 0; i < 7; ++i) days.push_back(std::chrono::weekday(i));
    });
    expect_nothing("an archive that is asked", [](Agreement& a) { at(a, "housing").archive_of = "Former Provider"; });
    expect_nothing("replies at a fixed time", [](Agreement& a) { at(a, "housing").fixed_time_replies = true; });
    expect_nothing("a party of the version before", [](Agreement& a) { a.removes = {party("former")}; });
    expect_nothing("a cohort", [](Agreement& a) { a.purposes[0].sources = {Source::police, Source::self}; });
    expect_nothing("a meeting that is not agreed", [](Agreement& a) { a.routes[0].meeting_within = Duration(0); });
}

TEST_CASE("check: a document's review is warned of by its title, from 30 days before it") {
    struct Row {
        char const* today;
        char const* text; ///< empty: nothing
    };
    auto const row = GENERATE(values<Row>({
        {"2026-05-31", ""},
        {"2026-06-01", "The review of 'Advice' is due within 30 days."},
        {"2026-07-01", "The review of 'Advice' is due within 30 days."},
        {"2026-07-02", "The review of 'Advice' is overdue."},
    }));
    INFO(row.today);
    auto agreement = practice_agreement();
    agreement.documents[2].title = "Advice";
    agreement.documents[2].review_by = parse_day("2026-07-01").value();
    auto const findings = check_dates(agreement, parse_day(row.today).value());
    REQUIRE(findings.size() == (*row.text == '\0' ? 0 : 1));
    if (findings.empty()) return;
    CHECK(findings[0].text == row.text);
    CHECK(findings[0].place == "document number 3");
    CHECK_FALSE(findings[0].error);
    CHECK_FALSE(findings[0].mend.empty());
}

} // namespace fanlight::policy
