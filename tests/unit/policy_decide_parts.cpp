// The decision: each part of a question and of a clause alone, whole rows, and explanations.

#include "tests/unit/policy_question.hpp"

#include <catch2/catch.hpp>

#include <malloc.h>

namespace fanlight::policy {

using namespace test;

TEST_CASE("explain: names another recipient, and finds the raised colour of a sensitive service") {
    auto agreement = practice();
    auto request = about("housing", DataField::themes, Colour::red);
    request.to = "health";
    CHECK(explain(agreement, request, decide(agreement, request)) ==
          "No clause permits themes for the role housing, to the role health, purpose safeguarding_children, route "
          "standard, stage 2.");
    request.to = "coordinator";
    request.route = "fast";
    CHECK(explain(agreement, request, decide(agreement, request)) ==
          "No clause permits themes for the role housing, purpose safeguarding_children, route fast, stage 2.");
    auto const raised = [&](Agreement const& one) {
        auto const colour = about("refuge", DataField::colour, Colour::red);
        auto const text = explain(one, colour, decide(one, colour));
        return text.find("(A sensitive service may always raise RED or AMBER.)") != std::string::npos;
    };
    CHECK_FALSE(raised(agreement));
    agreement.clauses.front().about = {Subject::child};
    CHECK(raised(agreement));
    agreement.clauses.front().about.clear();
    agreement.clauses.front().to = {"health"};
    CHECK(raised(agreement));
}

TEST_CASE("decide: a new part of a clause or of a question decides alone") {
    struct Row {
        char const* what;
        void (*clause)(Clause&);
        void (*fits)(Request&);
    };
    auto const row = GENERATE(values<Row>({
        {"about", [](Clause& one) { one.about = {Subject::causing_harm}; },
         [](Request& one) { one.facts.subject = Subject::causing_harm; }},
        {"domestic abuse by the fact", [](Clause& one) { one.when = {Condition::domestic_abuse}; },
         [](Request& one) { one.facts.domestic_abuse = true; }},
        {"domestic abuse by the purpose", [](Clause& one) { one.when = {Condition::domestic_abuse}; },
         [](Request& one) { one.purpose = "safeguarding_children"; }},
        {"Dash", [](Clause& one) { one.when = {Condition::dash_high}; },
         [](Request& one) { one.facts.dash_high = true; }},
        {"consent given", [](Clause& one) { one.when = {Condition::consent_given}; },
         [](Request& one) { one.facts.consent = ConsentFact::given; }},
        {"consent refused", [](Clause& one) { one.when = {Condition::consent_refused}; },
         [](Request& one) { one.facts.consent = ConsentFact::refused; }},
        {"to", [](Clause& one) { one.to = {"health"}; }, [](Request& one) { one.to = "health"; }},
    }));
    auto agreement = practice();
    row.clause(agreement.clauses.front());
    auto request = about("housing", DataField::colour, Colour::green);
    request.purpose = "safeguarding_adults";
    INFO(row.what);
    CHECK(outcome(agreement, request) == "no clause");
    row.fits(request);
    CHECK(outcome(agreement, request) == "4.1");
}

TEST_CASE("decide: somebody whose role was not told is in no list, even in one that was not checked") {
    auto agreement = practice();
    agreement.clauses.front().about = {Subject::unknown, Subject::child};
    auto request = about("housing", DataField::colour, Colour::green);
    CHECK(outcome(agreement, request) == "no clause");
    request.facts.subject = Subject::child;
    CHECK(outcome(agreement, request) == "4.1");
}

TEST_CASE("decide: a clause that names recipients leaves the coordinator out unless it names it too") {
    auto agreement = practice();
    auto const ask = [&](std::string_view to) {
        auto request = about("housing", DataField::colour, Colour::green);
        request.to = to;
        return outcome(agreement, request);
    };
    CHECK(ask("") == "4.1");
    CHECK(ask("coordinator") == "4.1");
    CHECK(ask("health") == "no clause");
    agreement.clauses.front().to = {"health", "police"};
    CHECK(ask("") == "no clause");
    CHECK(ask("health") == "4.1");
    CHECK(ask("education") == "no clause");
    agreement.clauses.front().to = {"health", "coordinator"};
    CHECK(ask("") == "4.1");
    CHECK(ask("fire_service") == "no clause");
    // A fact has no other recipient than its role.
    auto fact = about("housing", DataField::fact_role);
    fact.to = "fire_service";
    CHECK(outcome(agreement, fact) == "6.1");
}

TEST_CASE("decide: a sensitive service raises to the coordinator and to nobody else") {
    auto agreement = practice();
    agreement.clauses.front().roles = {"police"};
    auto request = about("refuge", DataField::colour, Colour::amber);
    CHECK(outcome(agreement, request) == "4.1");
    request.to = "coordinator";
    CHECK(outcome(agreement, request) == "4.1");
    request.to = "health";
    CHECK(outcome(agreement, request) == "no clause");
}

TEST_CASE("decide: every circumstance has one place, and a row is its decisions") {
    for (std::size_t place = 0; place < circumstance_count; ++place) {
        auto const at = circumstance_at(place);
        REQUIRE(place_of(at.own_colour, at.facts) == place);
    }
    auto agreement = practice();
    agreement.clauses.front().roles = {"police", "housing"}; // so that the refuge raises
    agreement.clauses.front().to = {"coordinator", "health"};
    agreement.clauses.at(4).about = {Subject::child};
    Decider const decider(agreement);
    REQUIRE(decider.roles().size() == 12);
    std::size_t wrong = 0;
    for (std::size_t key_number = 0; key_number < 12 * 12 * 2 * data_field_count * 4; key_number += 7) {
        auto rest = key_number;
        auto const next = [&](std::size_t count) {
            auto const value = rest % count;
            rest /= count;
            return value;
        };
        Decider::Key key{next(12), next(12), next(2) == 1, static_cast<DataField>(next(data_field_count)),
                         next(2),  next(2)};
        auto const row = decider.row(key);
        Request request{.field = key.field};
        request.role = decider.roles().at(key.role);
        request.to = decider.roles().at(key.to);
        request.sensitive = key.sensitive;
        request.stage = stage_of(key.field);
        request.purpose = agreement.purposes.at(key.purpose).id;
        request.route = agreement.routes.at(key.route).id;
        for (std::size_t place = key_number % 5; place < circumstance_count; place += 5) {
            auto const at = circumstance_at(place);
            request.own_colour = at.own_colour;
            request.facts = at.facts;
            Decision expected = Refusal{row.blue_rule[place] ? Reason::blue_rule : Reason::no_clause};
            for (auto const& permit : row.permits)
                if (permit.second[place]) expected = Permit{permit.first};
            if (decider.decide(request) != expected) ++wrong;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("decide: values that are none are refused, and so is everything in an agreement without a coordinator") {
    auto agreement = practice();
    auto request = about("housing", DataField::colour, static_cast<Colour>(7));
    CHECK(outcome(agreement, request) == "no clause");
    request = about("housing", DataField::colour, Colour::red);
    request.facts.subject = static_cast<Subject>(subject_count);
    CHECK(outcome(agreement, request) == "no clause");
    request = about("housing", DataField::colour, Colour::red);
    request.facts.consent = static_cast<ConsentFact>(consent_fact_count);
    CHECK(outcome(agreement, request) == "no clause");
    request = about("housing", DataField::colour, Colour::red);
    request.field = static_cast<DataField>(data_field_count);
    CHECK(outcome(agreement, request) == "no clause");
    request = about("housing", DataField::colour, Colour::red);
    CHECK(outcome(agreement, request) == "4.1");
    agreement.coordinator = party("nobody");
    CHECK(outcome(agreement, request) == "no clause");
}

TEST_CASE("decide: takes no memory and throws nothing") {
    auto const& agreement = practice();
    Decider const decider(agreement);
    static_assert(noexcept(decider.decide(std::declval<Request const&>())));
    // What malloc says is in use: nothing stays. Names are longer than what a string holds in itself, so that a copy of
    // one would have to ask for memory.
    std::size_t permitted = 0;
    auto const before = mallinfo2();
    for (auto const* role : {"housing", "refuge", "marac", "a role whose name is far too long for a short string"}) {
        for (unsigned field = 0; field < data_field_count; ++field) {
            auto request = about(role, static_cast<DataField>(field), Colour::red);
            request.to = "a recipient whose name is far too long for a short string";
            permitted += std::holds_alternative<Permit>(decider.decide(request)) ? 1U : 0U;
            request.to = {};
            permitted += std::holds_alternative<Permit>(decider.decide(request)) ? 1U : 0U;
        }
    }
    auto const after = mallinfo2();
    CHECK(permitted > 0);
    CHECK(before.uordblks == after.uordblks);
}

} // namespace fanlight::policy
