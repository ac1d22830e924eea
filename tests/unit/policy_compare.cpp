// Two agreements compared: the sentences that people read before they sign, and laws that hold of every pair.

#include "policy/compare_parts.hpp"
#include "tests/unit/policy_question.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

namespace fanlight::policy {
namespace {

using namespace test;

Clause& clause(Agreement& agreement, std::string const& id) {
    auto const at = std::find_if(agreement.clauses.begin(), agreement.clauses.end(),
                                 [&](Clause const& one) { return one.id == id; });
    REQUIRE(at != agreement.clauses.end());
    return *at;
}

/// "less: Police may no longer ..." a line, without the states if there are others.
std::string lines(Comparison const& comparison, bool states = false) {
    std::string text;
    for (auto const& one : comparison.changes) {
        if (states || one.kind != ChangeKind::state) text += std::string(name(one.kind)) + ": " + one.sentence + "\n";
    }
    return text;
}

std::uint64_t decisions_of(Comparison const& comparison, ChangeKind kind) {
    std::uint64_t sum = 0;
    for (auto const& one : comparison.changes)
        if (one.kind == kind) sum += one.decisions;
    return sum;
}

std::string const summary =
    "themes, dates of contacts, in bands, counts of earlier contacts, the professional analysis";

} // namespace

TEST_CASE("compare: an agreement is the same as itself") {
    auto const comparison = compare(practice(), practice());
    CHECK(comparison.same());
    CHECK(comparison.decisions_changed == 0);
    CHECK(comparison.roles.empty());
    CHECK_FALSE((comparison.parties_changed || comparison.purposes_changed || comparison.holders_changed));
    // 11 asked to 12 roles in 10 fields, and 8 facts to 11; 2 purposes, 2 routes.
    CHECK(comparison.decisions == (11 * 12 * 10 + 8 * 11) * 4 * circumstance_count);
    CHECK(comparison.rest() == "Nothing changes: all 13,516,800 decisions stay as they are.");
}

TEST_CASE("compare: a clause for RED alone, in two sentences") {
    auto after = practice();
    clause(after, "7.2").colours = {Colour::red};
    auto const comparison = compare(practice(), after);
    CHECK(
        lines(comparison, true) ==
        "less: Every agency but Marac and Refuge may no longer tell the coordinator " + summary +
            " or the duty contact about anybody when it says AMBER itself, unless clause 7.1, 7.4 or 7.5 permits it. "
            "Clause 7.2.\n"
            "clause: Where clause 7.4 or 7.5 permits it, every agency but Marac and Refuge may tell the coordinator " +
            summary +
            " and the duty contact about anybody under that clause instead of clause 7.2 when it says AMBER "
            "itself.\n");
    CHECK(comparison.changes.front().place == "clause 7.2");
    // By hand: AMBER, no section 47, 240 circumstances of 5 subjects; 5 roles that 7.1 does not name have 5 fields
    // where nobody else is worried and 2 where somebody is; the other 4 the half of it.
    std::uint64_t const a_role = 4 * (5 * 120 + 2 * 120);
    CHECK(comparison.changes.front().decisions == 5 * a_role + 4 * a_role / 2);
    CHECK(comparison.decisions_changed ==
          decisions_of(comparison, ChangeKind::less) + decisions_of(comparison, ChangeKind::clause));
    CHECK(comparison.roles == std::set<std::string>{"domestic_abuse", "education", "health", "housing", "mental_health",
                                                    "police", "probation", "social_care", "substance_misuse"});
    CHECK(comparison.rest() == "Nothing else changes: of 13,516,800 decisions 13,449,600 stay as they are.");
    auto const back = lines(compare(after, practice()));
    CHECK(back == "more: Every agency but Marac and Refuge may now tell the coordinator " + summary +
                      " and the duty contact about anybody when it says AMBER itself, not only where clause 7.1, 7.4 "
                      "or 7.5 permits it. Clause 7.2.\n"
                      "clause: Where clause 7.4 or 7.5 permitted it, every agency but Marac and Refuge may tell the "
                      "coordinator " +
                      summary +
                      " and the duty contact about anybody under clause 7.2 now when it says AMBER itself.\n");
}

TEST_CASE("compare: one change of a clause is said in the words of that change") {
    struct Row {
        char const* what;
        void (*change)(Agreement&);
        std::string expected;
    };
    auto const row = GENERATE(values<Row>({
        {"a role leaves a clause", [](Agreement& one) { std::erase(clause(one, "4.2").roles, "housing"); },
         "less: Housing may no longer tell the coordinator that a person is not known. Clause 4.2.\n"},
        {"two roles",
         [](Agreement& one) {
             clause(one, "4.2").roles = {"police", "housing", "marac"};
         },
         "less: Domestic Abuse Service, Education, Health, Mental Health, Children's Social Care and Substance Misuse "
         "may no longer tell the coordinator that a person is not known. Clause 4.2.\n"},
        {"a field leaves", [](Agreement& one) { std::erase(clause(one, "7.3").fields, DataField::analysis); },
         "less: Refuge may no longer tell the coordinator the professional analysis about anybody when it says RED or "
         "AMBER itself. Clause 7.3.\n"},
        {"a colour",
         [](Agreement& one) {
             clause(one, "5.1").colours = {Colour::blue, Colour::green, Colour::red};
         },
         "less: Probation may no longer tell the coordinator the colour AMBER about anybody. Clause 5.1.\n"},
        {"about children alone", [](Agreement& one) { clause(one, "7.3").about = {Subject::child}; },
         "less: Refuge may no longer tell the coordinator themes, the professional analysis or the duty contact about "
         "a "
         "person causing harm, an adult at risk, another person or a person whose role was not told when it says RED "
         "or AMBER itself. Clause 7.3.\n"},
        {"another recipient",
         [](Agreement& one) {
             clause(one, "7.3").to = {"coordinator", "social_care"};
         },
         "more: Refuge may now tell Children's Social Care themes, the professional analysis and the duty contact "
         "about "
         "anybody when it says RED or AMBER itself. Clause 7.3.\n"},
        {"a condition leaves", [](Agreement& one) { std::erase(clause(one, "7.6").when, Condition::section_47); },
         "less: Marac may no longer tell the coordinator the duty contact or dates at Marac about anybody when it says "
         "GREEN or BLUE itself or gives no colour, where section 47 is under way, and another agency has not said RED "
         "or AMBER and the Marac threshold is not met. Clause 7.6.\n"},
        {"a condition comes", [](Agreement& one) { clause(one, "6.3").when = {Condition::dash_high}; },
         "less: The coordinator may no longer tell every agency that another agency said Red or Amber where the Dash "
         "score is not high. Clause 6.3.\n"},
        {"one purpose", [](Agreement& one) { clause(one, "7.3").purposes = {"safeguarding_children"}; },
         "less: Refuge may no longer tell the coordinator themes, the professional analysis or the duty contact about "
         "anybody for the purpose safeguarding_adults when it says RED or AMBER itself. Clause 7.3.\n"},
        {"one route", [](Agreement& one) { clause(one, "4.2").routes = {"s47"}; },
         "less: Every agency but Probation and Refuge may no longer tell the coordinator that a person is not known on "
         "the route standard. Clause 4.2.\n"},
        {"a clause goes",
         [](Agreement& one) { std::erase_if(one.clauses, [](auto& each) { return each.id == "7.6"; }); },
         "less: Marac may no longer tell the coordinator the duty contact or dates at Marac about anybody where it "
         "says "
         "RED or AMBER itself, another agency has said RED or AMBER, the Marac threshold is met or section 47 is under "
         "way. Clause 7.6.\n"},
        {"facts", [](Agreement& one) { std::erase_if(one.clauses, [](auto& each) { return each.id[0] == '6'; }); },
         "less: The coordinator may no longer tell every agency the person's role in the family, where the referral "
         "came from, whether domestic abuse is evident, the Dash score, whether the Marac threshold is met, the state "
         "of consent, whether the family was told or that another agency said Red or Amber. Clauses 6.1, 6.2 and "
         "6.3.\n"},
        {"another number", [](Agreement& one) { clause(one, "4.2").id = "4.9"; },
         "clause: Every agency but Probation and Refuge may tell the coordinator that a person is not known under "
         "clause 4.9 "
         "instead of clause 4.2.\n"},
        {"another order", [](Agreement& one) { std::swap(clause(one, "7.1"), clause(one, "7.2")); },
         "clause: Domestic Abuse Service, Health, Mental Health and Substance Misuse may tell the coordinator " +
             summary +
             " and the duty contact about anybody under clause 7.2 instead of clause 7.1 when they say RED or AMBER "
             "themselves, where the Marac threshold is met.\n"},
        {"the Blue rule", [](Agreement& one) { one.rules.blue_where_domestic_abuse = true; },
         "more: Every agency but Refuge may now tell the coordinator the colour BLUE about anybody for the purpose "
         "safeguarding_children. Clauses 4.1 and 5.1.\n"
         "more: Every agency but Refuge may now tell the coordinator the colour BLUE about anybody for the purpose "
         "safeguarding_adults where domestic abuse is evident. Clauses 4.1 and 5.1.\n"
         "clause: BLUE that the Blue rule refused is now refused because no clause permits it.\n"},
    }));
    auto after = practice();
    row.change(after);
    INFO(row.what);
    CHECK(lines(compare(practice(), after)) == row.expected);
}

TEST_CASE("compare: a purpose that comes or goes is one sentence, and so is a route") {
    auto after = practice();
    after.purposes.push_back({"self_neglect", "Self-neglect", false, {}});
    auto const came = compare(practice(), after);
    CHECK(lines(came, true) ==
          "more: For the new purpose self_neglect all may be told that clauses 4.1, 4.2, 4.3, 4.4, 5.1, 5.2, 6.1, 6.2, "
          "6.3, 7.1, 7.2, 7.3, 7.4, 7.5 and 7.6 permit.\n"
          "clause: BLUE that no clause permitted is now refused by the Blue rule.\n"
          "state: The purpose self_neglect is new: \"Self-neglect\".\n");
    CHECK(came.purposes_changed);
    CHECK(lines(compare(after, practice())).rfind("less: For the purpose self_neglect, which is gone, nothing", 0) ==
          0);
    after = practice();
    after.routes.push_back({"fast", "Fast", Duration(1000), Duration(0)});
    CHECK(
        lines(compare(practice(), after)).rfind("more: On the new route fast all may be told that clauses 4.1, ", 0) ==
        0);
}

TEST_CASE("compare: a party that joins in no clause is told facts, and its own decisions are said with it") {
    auto after = practice();
    auto fire = at(after, "housing");
    fire.id = party("fire");
    fire.name = "Fire Service";
    fire.role = "fire_service";
    after.parties.push_back(fire);
    auto const told = "more: The coordinator may now tell Fire Service the person's role in the family, where the "
                      "referral came from, whether domestic abuse is evident, the Dash score, whether the Marac "
                      "threshold is met, the state of consent, whether the family was told and that another agency "
                      "said Red or Amber. Clauses 6.1, 6.2 and 6.3.\n";
    CHECK(lines(compare(practice(), after), true) ==
          std::string(told) + "clause: BLUE that no clause permitted is now refused by the Blue rule.\n"
                              "state: Fire Service (fire) becomes a party.\n");
    clause(after, "4.1").roles.push_back("fire_service");
    auto const joined = compare(practice(), after);
    CHECK(joined.changes.front().sentence ==
          "Fire Service may now tell the coordinator the colour about anybody. Clause 4.1.");
    CHECK(joined.parties_changed);
    // A second party of a known role changes no decision; the role then has no party's name.
    after = practice();
    fire.role = "housing";
    after.parties.push_back(fire);
    auto const second = compare(practice(), after);
    CHECK(second.decisions_changed == 0);
    CHECK(second.rest() == "No decision changes: all 13,516,800 decisions stay as they are.");
    auto without = after;
    std::erase(clause(without, "4.2").roles, "housing");
    CHECK(lines(compare(after, without)) ==
          "less: The role housing may no longer tell the coordinator that a person is not known. Clause 4.2.\n");
}

TEST_CASE("compare: two boxes are one where one side differs, but not if a clause would excuse itself") {
    auto const box = [](std::size_t teller, std::size_t field, Places clauses, Places others) {
        Box one;
        one.sides = {Places{teller}, Places{0}, Places{field}, Places{0}, Places{0}};
        one.clauses = std::move(clauses);
        one.others = std::move(others);
        one.decisions = 1;
        return one;
    };
    std::vector<Box> boxes{box(1, 4, {2}, {7}), box(1, 5, {2}, {}), box(2, 4, {2}, {}), box(2, 5, {3}, {})};
    join(boxes, true);
    CHECK(boxes.size() == 3);
    join(boxes, false);
    REQUIRE(boxes.size() == 1);
    CHECK(boxes.front().clauses == Places{2, 3});
    CHECK(boxes.front().others == Places{7});
    CHECK(boxes.front().decisions == 4);
    boxes = {box(1, 4, {2}, {3}), box(2, 4, {3}, {})};
    join(boxes, false);
    CHECK(boxes.size() == 2);
    boxes = {box(1, 4, {2}, {}), box(2, 5, {2}, {})};
    join(boxes, true);
    CHECK(boxes.size() == 2);
}

TEST_CASE("compare: what cannot be described is counted") {
    // Every thirteenth, in a strange order: no product of lists.
    Circumstances odd;
    for (std::size_t place = 0; place < circumstance_count; ++place) odd.set(place, place * 7919 % 13 == 0);
    auto const shapes = shapes_of(odd, odd);
    REQUIRE(shapes.size() == 1);
    CHECK_FALSE(shapes.front().exact.empty());
    CHECK(set_of(shapes.front()) == odd);
    Manner const manner{ChangeKind::less, false, shapes.front(), {}, false};
    auto const domain = domain_of(practice(), practice());
    Box box;
    box.sides = {Places{0}, Places{1}, Places{4}, domain.common_purposes, domain.common_routes};
    box.clauses = {0};
    box.decisions = odd.count() * 4;
    Words const words{practice(), practice(), domain};
    CHECK(words.change(manner, box).sentence ==
          "Domestic Abuse Service may no longer tell Domestic Abuse Service themes in 185 of 2,400 circumstances of "
          "each. Clause 4.1.");
}

namespace {

template <class T> std::vector<T> some(std::vector<T> const& all, std::size_t one_in) {
    std::vector<T> chosen;
    for (auto const& one : all)
        if (*rc::gen::inRange<std::size_t>(0, one_in) == 0) chosen.push_back(one);
    return chosen;
}

Clause random_clause(std::string id, std::vector<std::string> const& roles) {
    Clause made;
    made.id = std::move(id);
    made.stage = *rc::gen::inRange<std::uint8_t>(1, 3);
    for (std::size_t i = 0; i < data_field_count; ++i) {
        auto const field = static_cast<DataField>(i);
        if (stage_of(field) == made.stage && *rc::gen::inRange(0, 2) == 0) made.fields.push_back(field);
    }
    made.roles = some(roles, 2);
    made.to = some(roles, 4);
    made.about = some<Subject>({Subject::child, Subject::causing_harm, Subject::adult_at_risk, Subject::other}, 4);
    made.colours = some<Colour>({Colour::blue, Colour::green, Colour::amber, Colour::red}, 4);
    made.purposes = some<std::string>({"children", "adults"}, 4);
    for (std::size_t i = 0; i < condition_count; ++i)
        if (*rc::gen::inRange(0, 4) == 0) made.when.push_back(static_cast<Condition>(i));
    if (made.when.empty()) made.when = {Condition::always};
    return made;
}

Agreement random_agreement() {
    Agreement made{.coordinator = test::party("hub")};
    for (auto const* id : {"hub", "police", "refuge"}) {
        if (std::string(id) == "police" && *rc::gen::inRange(0, 8) == 0) continue;
        Party one{.id = test::party(id)};
        one.name = one.role = id;
        one.sensitive = std::string(id) == "refuge";
        if (std::string(id) == "hub") one.asked = Asked::never;
        made.parties.push_back(one);
    }
    auto const flag = [] { return *rc::gen::arbitrary<bool>(); };
    made.rules.blue_where_domestic_abuse = flag();
    made.purposes.push_back({"children", "Children", flag(), {}});
    if (*rc::gen::inRange(0, 5) == 0) made.purposes.push_back({"adults", "Adults", flag(), {}});
    made.routes.push_back({"fast", "Fast", Duration(1), Duration(0)});
    auto const count = *rc::gen::inRange<std::size_t>(0, 5);
    for (std::size_t i = 0; i < count; ++i)
        made.clauses.push_back(random_clause(std::to_string(i), {"hub", "police", "refuge"}));
    return made;
}

/// Another, or the same with a small change: most real changes are small.
Agreement random_successor(Agreement const& before) {
    if (*rc::gen::inRange(0, 4) == 0) return random_agreement();
    auto after = before;
    auto const place = *rc::gen::inRange<std::size_t>(0, before.clauses.size() + 1);
    if (place == before.clauses.size()) {
        after.clauses.push_back(random_clause("9", {"hub", "police", "refuge"}));
        return after;
    }
    auto& changed = after.clauses.at(place);
    auto const other = random_clause(changed.id, {"hub", "police", "refuge"});
    switch (*rc::gen::inRange(0, 6)) {
    case 0: changed.when = other.when; break;
    case 1: changed.colours = other.colours; break;
    case 2: changed.about = other.about; break;
    case 3: changed.roles = other.roles; break;
    case 4: std::swap(changed, after.clauses.front()); break;
    default: after.clauses.erase(after.clauses.begin() + static_cast<std::ptrdiff_t>(place)); break;
    }
    return after;
}

/// Every cell of the domain, by decide() alone.
struct Counted {
    std::uint64_t cells = 0;
    std::uint64_t more = 0;
    std::uint64_t less = 0;
    std::uint64_t clause = 0;
    std::set<std::string> roles;
};
Counted count_cells(Agreement const& before, Agreement const& after) {
    auto const domain = domain_of(before, after);
    Decider const earlier(before);
    Decider const later(after);
    Counted counted;
    auto const look = [&](Request request) {
        for (std::size_t place = 0; place < circumstance_count; ++place) {
            auto const circumstance = circumstance_at(place);
            request.own_colour = circumstance.own_colour;
            request.facts = circumstance.facts;
            auto const was = earlier.decide(request);
            auto const now = later.decide(request);
            auto const* permit_was = std::get_if<Permit>(&was);
            auto const* permit_now = std::get_if<Permit>(&now);
            ++counted.cells;
            bool changed = true;
            if (permit_was == nullptr && permit_now != nullptr)
                ++counted.more;
            else if (permit_was != nullptr && permit_now == nullptr)
                ++counted.less;
            else if (permit_was != nullptr
                         ? before.clauses.at(permit_was->clause).id != after.clauses.at(permit_now->clause).id
                         : was != now)
                ++counted.clause;
            else
                changed = false;
            if (changed) counted.roles.insert(is_fact(request.field) ? "hub" : std::string(request.role));
        }
    };
    for (auto const& purpose : domain.purposes) {
        for (std::size_t i = 0; i < data_field_count; ++i) {
            Request request{.field = static_cast<DataField>(i)};
            request.stage = stage_of(request.field);
            request.purpose = purpose;
            request.route = "fast";
            if (is_fact(request.field)) {
                for (auto const role : domain.told) {
                    request.role = domain.roles[role];
                    look(request);
                }
                continue;
            }
            for (auto const& teller : domain.tellers) {
                for (auto const& to : domain.roles) {
                    request.role = domain.roles[teller.role];
                    request.sensitive = teller.sensitive;
                    request.to = to;
                    look(request);
                }
            }
        }
    }
    return counted;
}

} // namespace

TEST_CASE("compare: laws") {
    REQUIRE(rc::check("it counts as changed what decide() decides otherwise, each cell in exactly one change", [] {
        auto const before = random_agreement();
        auto const after = random_successor(before);
        auto const comparison = compare(before, after);
        auto const counted = count_cells(before, after);
        RC_ASSERT(comparison.decisions == counted.cells);
        RC_ASSERT(comparison.decisions_changed == counted.more + counted.less + counted.clause);
        RC_ASSERT(decisions_of(comparison, ChangeKind::more) == counted.more);
        RC_ASSERT(decisions_of(comparison, ChangeKind::less) == counted.less);
        RC_ASSERT(decisions_of(comparison, ChangeKind::clause) == counted.clause);
        RC_ASSERT(comparison.roles == counted.roles);
    }));
    REQUIRE(rc::check("the other way round, more is less", [] {
        auto const before = random_agreement();
        auto const after = random_successor(before);
        auto const there = compare(before, after);
        auto const back = compare(after, before);
        RC_ASSERT(there.decisions == back.decisions);
        RC_ASSERT(decisions_of(there, ChangeKind::more) == decisions_of(back, ChangeKind::less));
        RC_ASSERT(decisions_of(there, ChangeKind::less) == decisions_of(back, ChangeKind::more));
        RC_ASSERT(decisions_of(there, ChangeKind::clause) == decisions_of(back, ChangeKind::clause));
        RC_ASSERT(there.roles == back.roles);
        RC_ASSERT(compare(before, before).same());
    }));
    REQUIRE(rc::check("changes come in order, are sentences, and have a place", [] {
        auto const before = random_agreement();
        auto const comparison = compare(before, random_successor(before));
        auto kind = ChangeKind::more;
        for (auto const& one : comparison.changes) {
            RC_ASSERT(one.kind >= kind);
            kind = one.kind;
            RC_ASSERT(one.sentence.back() == '.');
            RC_ASSERT(one.sentence.find("  ") == std::string::npos);
            RC_ASSERT(!one.place.empty());
            RC_ASSERT((one.decisions == 0) == (one.kind == ChangeKind::state));
        }
    }));
    REQUIRE(rc::check("shapes hold all that is required and nothing but what is allowed", [] {
        auto const set = [] {
            Shape shape;
            auto const bits = [](unsigned below) { return *rc::gen::inRange(0U, below); };
            shape.colours = bits(Shape::every_colour + 1);
            shape.subjects = bits(2) == 0 ? Shape::every_subject : bits(Shape::every_subject + 1);
            constexpr unsigned all_conditions = 1U << condition_count;
            shape.any = bits(2) == 0 ? 0 : bits(all_conditions) & bits(all_conditions) & ~1U;
            shape.none = bits(2) == 0 ? 0 : bits(all_conditions) & bits(all_conditions) & bits(all_conditions) & ~1U;
            return set_of(shape);
        };
        auto const required = set() & ~set();
        if (required.none()) return;
        auto const allowed = required | set();
        Circumstances all;
        for (auto const& shape : shapes_of(required, allowed)) all |= set_of(shape);
        RC_ASSERT((required & ~all).none());
        RC_ASSERT((all & ~allowed).none());
    }));
}

} // namespace fanlight::policy
