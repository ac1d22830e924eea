// The decision: what a clause names and nothing else, over the whole domain. policy_second_evaluator.cpp holds it to
// the text of docs/agreement.md as well.

#include "policy/decide.hpp"
#include "tests/unit/policy_question.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

namespace fanlight::policy {
namespace {

using namespace test;

/// Calls `look` for the whole domain of the practice agreement: unknown roles, purposes and routes, and impossible
/// stages included. Subjects, consent and who would be told go round with the rest.
template <class Look> void for_every_cell(Agreement const& agreement, Look const& look) {
    std::vector<std::string> roles{"", "fire_service"};
    for (auto const& one : agreement.parties) roles.push_back(one.role);
    auto const purposes = std::to_array<char const*>({"safeguarding_children", "safeguarding_adults", "immigration"});
    auto const routes = std::to_array<char const*>({"s47", "standard", "fast"});
    auto const told = std::to_array<char const*>({"", "coordinator", "health", "fire_service"});
    std::size_t round = 0;
    for (auto const& role : roles) {
        for (unsigned cell = 0; cell < 2 * data_field_count * 4 * 3 * 3 * 5 * 32; ++cell) {
            unsigned rest = cell;
            auto const next = [&](std::size_t count) {
                auto const value = rest % count;
                rest /= static_cast<unsigned>(count);
                return value;
            };
            Request request{.field = static_cast<DataField>(next(data_field_count))};
            request.role = role;
            request.sensitive = next(2) == 1;
            request.stage = static_cast<std::uint8_t>(next(4));
            request.purpose = purposes[next(3)];
            request.route = routes[next(3)];
            request.own_colour = static_cast<Colour>(next(5));
            if (*request.own_colour < Colour::blue) request.own_colour.reset();
            request.facts = {next(2) == 1, next(2) == 1, next(2) == 1, next(2) == 1, next(2) == 1};
            // 4, 5 and 3 are not in step with each other.
            request.to = told[round % told.size()];
            request.facts.subject = static_cast<Subject>(round % subject_count);
            request.facts.consent = static_cast<ConsentFact>(round % consent_fact_count);
            ++round;
            look(request);
        }
    }
}
constexpr std::size_t cells_looked_at = 14 * 2 * data_field_count * 4 * 3 * 3 * 5 * 32;

template <class T> bool names(std::vector<T> const& list, T const& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

/// Whether the clause's words cover the request, spelled out once more and apart from decide().
bool covers(Clause const& clause, Request const& request, bool whoever_and_whenever) {
    bool const worried = request.own_colour == Colour::red || request.own_colour == Colour::amber;
    bool const what = clause.stage == request.stage && names(clause.fields, request.field) &&
                      (clause.purposes.empty() || names(clause.purposes, std::string(request.purpose))) &&
                      (clause.colours.empty() ||
                       (request.own_colour.has_value() && names(clause.colours, request.own_colour.value())));
    if (!what || whoever_and_whenever) return what;
    auto const& facts = request.facts;
    bool const when = names(clause.when, Condition::always) ||
                      (worried && names(clause.when, Condition::own_red_or_amber)) ||
                      (facts.someone_red_or_amber && names(clause.when, Condition::someone_red_or_amber)) ||
                      (facts.marac_threshold && names(clause.when, Condition::marac_threshold)) ||
                      (facts.section_47 && names(clause.when, Condition::section_47)) ||
                      (facts.dash_high && names(clause.when, Condition::dash_high));
    bool const coordinator = request.to.empty() || request.to == "coordinator";
    bool const to =
        is_fact(request.field) ||
        (clause.to.empty() ? coordinator : names(clause.to, std::string(coordinator ? "coordinator" : request.to)));
    return when && to && (clause.roles.empty() || names(clause.roles, std::string(request.role))) &&
           (clause.about.empty() || names(clause.about, facts.subject)) &&
           (clause.routes.empty() || names(clause.routes, std::string(request.route)));
}

} // namespace

TEST_CASE("decide: permits what a clause names") {
    struct Row {
        char const* role;
        DataField field;
        std::optional<Colour> own;
        Facts facts;
        char const* outcome;
    };
    constexpr Facts none{};
    constexpr Facts marac{.marac_threshold = true};
    constexpr Facts s47{.section_47 = true};
    constexpr Facts someone{.someone_red_or_amber = true};
    auto const row = GENERATE_COPY(values<Row>({
        {"housing", DataField::colour, Colour::red, none, "4.1"},
        {"housing", DataField::colour, Colour::green, none, "4.1"},
        {"housing", DataField::colour, std::nullopt, none, "no clause"},
        {"housing", DataField::not_known, std::nullopt, none, "4.2"},
        {"housing", DataField::known_not_shared, std::nullopt, none, "4.3"},
        {"housing", DataField::unsure_match, std::nullopt, none, "4.4"},
        {"probation", DataField::colour, Colour::amber, none, "5.1"},
        {"probation", DataField::not_known, std::nullopt, none, "5.2"},
        {"health", DataField::fact_dash, std::nullopt, none, "6.2"},
        {"refuge", DataField::fact_role, std::nullopt, none, "6.1"},
        {"housing", DataField::themes, Colour::amber, none, "7.2"},
        {"housing", DataField::themes, Colour::green, none, "no clause"},
        {"housing", DataField::themes, std::nullopt, none, "no clause"},
        {"housing", DataField::themes, Colour::green, s47, "7.4"},
        {"housing", DataField::themes, Colour::green, someone, "7.5"},
        {"housing", DataField::analysis, Colour::green, someone, "no clause"},
        {"housing", DataField::themes, Colour::green, marac, "no clause"},
        {"marac", DataField::marac_dates, std::nullopt, marac, "7.6"},
        {"marac", DataField::marac_dates, Colour::green, none, "no clause"},
        {"marac", DataField::analysis, Colour::red, marac, "no clause"},
        {"police", DataField::marac_dates, Colour::red, marac, "no clause"},
        {"refuge", DataField::analysis, Colour::red, none, "7.3"},
        {"refuge", DataField::contact_dates, Colour::red, s47, "no clause"},
        {"fire_service", DataField::colour, Colour::red, none, "no clause"},
    }));
    auto request = about(row.role, row.field, row.own);
    request.facts = row.facts;
    INFO(row.role << " " << name(row.field) << ": " << explain(practice(), request, decide(practice(), request)));
    CHECK(outcome(practice(), request) == row.outcome);
}

TEST_CASE("decide: Marie. Substance misuse may share because the Marac threshold is met") {
    auto request = about("substance_misuse", DataField::analysis, Colour::red);
    CHECK(outcome(practice(), request) == "7.2");
    request.facts.marac_threshold = true;
    CHECK(outcome(practice(), request) == "7.1");
    request.own_colour = Colour::green;
    CHECK(outcome(practice(), request) == "7.1");
    request.facts.marac_threshold = false;
    CHECK(outcome(practice(), request) == "no clause");
}

TEST_CASE("decide: removing a clause removes the field") {
    auto agreement = practice();
    auto const request = about("housing", DataField::not_known);
    REQUIRE(outcome(agreement, request) == "4.2");
    agreement.clauses.erase(agreement.clauses.begin() + 1);
    CHECK(outcome(agreement, request) == "no clause");
    agreement.clauses.clear();
    Decider const decider(agreement);
    for_every_cell(agreement, [&](Request const& one) {
        if (std::holds_alternative<Permit>(decider.decide(one))) FAIL("permitted without a clause");
    });
}

TEST_CASE("decide: a purpose or route that the agreement does not name is refused") {
    auto request = about("housing", DataField::colour, Colour::red);
    request.purpose = "immigration enforcement";
    CHECK(outcome(practice(), request) == "no clause");
    request.role = "refuge";
    request.sensitive = true;
    CHECK(outcome(practice(), request) == "no clause");
    request = about("housing", DataField::colour, Colour::red);
    request.route = "";
    CHECK(outcome(practice(), request) == "no clause");
}

TEST_CASE("decide: a clause for one purpose, one route or one colour permits no other") {
    auto agreement = practice();
    auto const at = std::ranges::find(agreement.clauses, "7.1", &Clause::id);
    REQUIRE(at != agreement.clauses.end());
    auto& themes = *at;
    auto request = about("health", DataField::themes, Colour::green);
    request.facts.marac_threshold = true;
    themes.purposes = {"safeguarding_adults"};
    CHECK(outcome(agreement, request) == "no clause");
    themes.purposes = {"safeguarding_children"};
    CHECK(outcome(agreement, request) == "7.1");
    themes.routes = {"s47"};
    CHECK(outcome(agreement, request) == "no clause");
    themes.routes = {"s47", "standard"};
    CHECK(outcome(agreement, request) == "7.1");
    themes.colours = {Colour::blue};
    CHECK(outcome(agreement, request) == "no clause");
    themes.colours = {Colour::green};
    CHECK(outcome(agreement, request) == "7.1");
    request.own_colour.reset();
    CHECK(outcome(agreement, request) == "no clause");
}

TEST_CASE("decide: Blue where domestic abuse is evident is refused unless the rule allows it") {
    struct Row {
        char const* purpose;
        bool fact;
        bool rule;
        Colour own;
        char const* outcome;
    };
    auto const row = GENERATE(values<Row>({
        {"safeguarding_adults", false, false, Colour::blue, "4.1"},
        {"safeguarding_adults", true, false, Colour::blue, "blue rule"},
        {"safeguarding_adults", true, true, Colour::blue, "4.1"},
        {"safeguarding_children", false, false, Colour::blue, "blue rule"}, // that purpose is about abuse
        {"safeguarding_children", false, true, Colour::blue, "4.1"},
        {"safeguarding_children", true, false, Colour::green, "4.1"},
    }));
    auto agreement = practice();
    agreement.rules.blue_where_domestic_abuse = row.rule;
    auto request = about("housing", DataField::colour, row.own);
    request.purpose = row.purpose;
    request.facts.domestic_abuse = row.fact;
    CHECK(outcome(agreement, request) == row.outcome);
}

TEST_CASE("decide: a sensitive service always raises Red and Amber, and is silent below") {
    auto agreement = practice();
    for (auto& clause : agreement.clauses) {
        // Not in the clause, not on the route, not now: it is heard all the same.
        if (clause.id != "4.1") continue;
        clause.roles = {"police"};
        clause.routes = {"s47"};
        clause.when = {Condition::section_47};
    }
    CHECK(outcome(agreement, about("refuge", DataField::colour, Colour::red)) == "4.1");
    CHECK(outcome(agreement, about("refuge", DataField::colour, Colour::amber)) == "4.1");
    CHECK(outcome(agreement, about("refuge", DataField::colour, Colour::green)) == "no clause");
    CHECK(outcome(agreement, about("refuge", DataField::colour, Colour::blue)) == "no clause");
    CHECK(outcome(agreement, about("housing", DataField::colour, Colour::red)) == "no clause");
    for (auto& clause : agreement.clauses) {
        clause.roles.clear();
        clause.when = {Condition::always};
    }
    for (auto const field : {DataField::not_known, DataField::known_not_shared, DataField::unsure_match,
                             DataField::themes, DataField::duty_contact, DataField::marac_dates}) {
        CHECK(outcome(agreement, about("refuge", field)) == "no clause");
        CHECK(outcome(agreement, about("refuge", field, Colour::green)) == "no clause");
    }
}

TEST_CASE("decide: where no clause permits colour, even a sensitive service has none to cite") {
    auto agreement = practice();
    for (auto& clause : agreement.clauses)
        clause.fields.erase(std::remove(clause.fields.begin(), clause.fields.end(), DataField::colour),
                            clause.fields.end());
    CHECK(outcome(agreement, about("refuge", DataField::colour, Colour::red)) == "no clause");
}

TEST_CASE("decide: is total, and every cell is what the clauses say") {
    auto agreement = practice();
    agreement.clauses.at(0).about = {Subject::child, Subject::other};
    agreement.clauses.at(0).to = {"coordinator", "health"};
    agreement.clauses.back().when = {Condition::dash_high, Condition::section_47};
    Decider const decider(agreement);
    std::size_t cells = 0;
    std::size_t wrong = 0;
    for_every_cell(agreement, [&](Request const& request) {
        ++cells;
        auto const decision = decider.decide(request);
        bool const party = request.role != "" && request.role != "fire_service";
        bool const told = is_fact(request.field) || request.to != "fire_service";
        bool const named = party && told && agreement.purpose(request.purpose) && agreement.route(request.route);
        bool const known = named && request.stage == stage_of(request.field);
        bool const worried = request.own_colour == Colour::red || request.own_colour == Colour::amber;
        bool const fact = request.field >= DataField::fact_role;
        bool const silent = request.sensitive && !fact && !worried;
        bool const colour = request.field == DataField::colour;
        bool const blue = colour && request.own_colour == Colour::blue &&
                          (request.facts.domestic_abuse || request.purpose == "safeguarding_children");
        auto const none = agreement.clauses.size();
        auto clause = none;
        for (bool const relaxed : {false, true}) {
            if (relaxed && !(request.sensitive && colour && request.to != "health")) break;
            for (std::size_t i = 0; i < none && clause == none; ++i) {
                if (covers(agreement.clauses[i], request, relaxed)) clause = i;
            }
        }
        if (!known || silent || (colour && !request.own_colour) || blue) clause = none;
        auto const* permit = std::get_if<Permit>(&decision);
        if ((permit == nullptr ? none : permit->clause) != clause) ++wrong;
        if (permit != nullptr && agreement.clauses.at(permit->clause).stage != request.stage) ++wrong;
        if (permit != nullptr && stage_of(request.field) != request.stage) ++wrong;
        if (permit == nullptr && blue && known && !silent && std::get<Refusal>(decision).reason != Reason::blue_rule)
            ++wrong;
    });
    CHECK(cells == cells_looked_at);
    CHECK(wrong == 0);
}

TEST_CASE("decide: never permits stage 2 without a clause of stage 2, whatever facts hold") {
    auto agreement = practice();
    auto& all = agreement.clauses;
    all.erase(std::remove_if(all.begin(), all.end(), [](Clause const& one) { return one.stage == 2; }), all.end());
    // Not even where an unchecked agreement puts a field of stage 2 into a clause of stage 1.
    all.front().fields.push_back(DataField::analysis);
    Decider const decider(agreement);
    std::size_t permitted = 0;
    for_every_cell(agreement, [&](Request const& request) {
        bool const summary = request.stage == 2 || stage_of(request.field) == 2;
        if (summary && std::holds_alternative<Permit>(decider.decide(request))) ++permitted;
    });
    CHECK(permitted == 0);
}

TEST_CASE("decide: laws") {
    auto const& agreement = practice();
    auto const some_request = [&] {
        auto const place = *rc::gen::inRange<std::size_t>(0, agreement.parties.size());
        auto request = about(agreement.parties[place].role,
                             static_cast<DataField>(*rc::gen::inRange<std::size_t>(0, data_field_count)));
        auto const colour = *rc::gen::inRange<std::uint8_t>(0, 5);
        if (colour != 0) request.own_colour = static_cast<Colour>(colour);
        auto const flag = [] { return *rc::gen::arbitrary<bool>(); };
        request.facts = {flag(), flag(), flag(), flag(), flag()};
        request.facts.subject = static_cast<Subject>(*rc::gen::inRange<std::size_t>(0, subject_count));
        request.facts.consent = static_cast<ConsentFact>(*rc::gen::inRange<std::size_t>(0, consent_fact_count));
        return request;
    };
    REQUIRE(rc::check("a further clause never takes away what was permitted", [&] {
        auto more = agreement;
        auto const request = some_request();
        auto const source = *rc::gen::inRange<std::size_t>(0, more.clauses.size());
        auto added = more.clauses[source];
        added.roles.clear();
        more.clauses.insert(more.clauses.begin() + static_cast<std::ptrdiff_t>(source), added);
        bool const before = std::holds_alternative<Permit>(decide(agreement, request));
        bool const after = std::holds_alternative<Permit>(decide(more, request));
        RC_ASSERT(!before || after);
    }));
    REQUIRE(rc::check("one more fact of risk never takes away what was permitted", [&] {
        auto request = some_request();
        bool const before = std::holds_alternative<Permit>(decide(agreement, request));
        request.facts.marac_threshold = request.facts.section_47 = request.facts.someone_red_or_amber = true;
        request.facts.dash_high = true;
        RC_ASSERT(!before || std::holds_alternative<Permit>(decide(agreement, request)));
    }));
    REQUIRE(rc::check("every decision can be explained in one line", [&] {
        auto const request = some_request();
        auto const decision = decide(agreement, request);
        auto const text = explain(agreement, request, decision);
        RC_ASSERT(text.find('\n') == std::string::npos);
        if (auto const* permit = std::get_if<Permit>(&decision))
            RC_ASSERT(text.rfind("Clause " + agreement.clauses[permit->clause].id + " permits ", 0) == 0);
    }));
}

TEST_CASE("explain: a decision in words, with the clause that it rests on") {
    auto const words = [](Request const& request) { return explain(practice(), request, decide(practice(), request)); };
    CHECK(words(about("housing", DataField::unsure_match)) ==
          "Clause 4.4 permits that it may or may not be the same person: An agency may say that it cannot tell whether "
          "a record is about the same person, so that a practitioner can ask for one more detail.");
    CHECK(words(about("housing", DataField::analysis, Colour::green)) ==
          "No clause permits the professional analysis for the role housing, purpose safeguarding_children, route "
          "standard, stage 2.");
    CHECK(words(about("housing", DataField::colour, Colour::blue)) ==
          "BLUE is not used where domestic abuse is evident (rule blue_where_domestic_abuse).");
    CHECK(words(about("refuge", DataField::colour, Colour::green)) ==
          "Below AMBER this service never says whether it knows somebody (sensitive service).");
}

} // namespace fanlight::policy
