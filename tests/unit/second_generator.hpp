#pragma once
// Random agreements and random questions for the second evaluator (tests/unit/second_evaluator.hpp).
//
// Both are drawn so that every rule decides often. A question is mostly aimed at a clause and then bent in one place,
// because what is wrong with a decider shows next to a permission and not far away from all of them.

#include "policy/decide.hpp"
#include "tests/unit/policy_fixture.hpp"
#include "tests/unit/second_evaluator.hpp"

#include <random>

namespace fanlight::policy::test::second {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <class T> T const& one_of(std::vector<T> const& list) { return list[below(list.size())]; }
    template <class T> T const& one_of(std::vector<T> const&&) = delete; ///< the name must outlive the question
    /// 1 to `at_most` of them, none twice, in no order.
    template <class T> std::vector<T> some_of(std::vector<T> const& list, std::size_t at_most) {
        auto const count = 1 + below(std::min(at_most, list.size()));
        std::vector<T> chosen;
        while (chosen.size() < count) {
            auto const& one = one_of(list);
            if (!has(chosen, one)) chosen.push_back(one);
        }
        return chosen;
    }
    /// The same, but left out that often.
    template <class T>
    std::vector<T> maybe(std::size_t left_out_percent, std::vector<T> const& list, std::size_t most) {
        return chance(left_out_percent) ? std::vector<T>{} : some_of(list, most);
    }

  private:
    std::mt19937_64 engine_;
};

/// What agreements and clauses are drawn from. An agreement has some of it and its clauses may name the rest.
struct Names {
    std::vector<std::string> roles;
    std::vector<std::string> purposes;
    std::vector<std::string> routes;
};
/// Some are the beginning of another one, and some are a role, a purpose and a route at once.
inline Names const words{
    {"health", "health_visitor", "police", "polic", "housing", "s47", "safeguarding", "refuge"},
    {"safeguarding", "safeguarding_abuse", "police", "s17", "refuge"},
    {"s47", "standard", "health", "s17"},
};
inline std::vector<std::string> const strange{"", "Health", "health ", "healt", "polic\xC3\xA9", "s4", "zz", "role_07"};

inline Names numbered() {
    Names names;
    auto const fill = [](std::vector<std::string>& list, std::string const& what, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) list.push_back(what + std::to_string(i));
    };
    fill(names.roles, "role_", parties_max);
    fill(names.purposes, "purpose_", purposes_max);
    fill(names.routes, "route_", routes_max);
    return names;
}

/// How large an agreement may be; or is exactly.
struct Size {
    std::size_t parties = 12;
    std::size_t roles = 8;
    std::size_t purposes = 3;
    std::size_t routes = 3;
    std::size_t clauses = 25;
    std::size_t list = 3; ///< entries of a list in a clause
    bool exactly = false;
    std::size_t left_out = 55; ///< percent of the lists of a clause
};

inline std::vector<DataField> const all_fields = [] {
    std::vector<DataField> list = fields_of_stage_1;
    list.insert(list.end(), fields_of_stage_2.begin(), fields_of_stage_2.end());
    return list;
}();
inline std::vector<Colour> const all_colours{Colour::blue, Colour::green, Colour::amber, Colour::red};
inline std::vector<std::optional<Colour>> const own_colours{std::nullopt, Colour::blue, Colour::green, Colour::amber,
                                                            Colour::red};
inline std::vector<Subject> const nameable_subjects{Subject::child, Subject::causing_harm, Subject::adult_at_risk,
                                                    Subject::other};
inline std::vector<Subject> const all_subjects{Subject::unknown, Subject::child, Subject::causing_harm,
                                               Subject::adult_at_risk, Subject::other};
inline std::vector<Condition> const all_conditions{
    Condition::always,          Condition::own_red_or_amber, Condition::someone_red_or_amber,
    Condition::marac_threshold, Condition::section_47,       Condition::domestic_abuse,
    Condition::dash_high,       Condition::consent_given,    Condition::consent_refused,
};
inline std::vector<ConsentFact> const all_consents{ConsentFact::unknown, ConsentFact::given, ConsentFact::refused};

/// Fields of both stages and facts may stand in one clause, and its stage need not be theirs.
inline Clause draw_clause(Dice& dice, Names const& names, std::size_t number, Size const& size) {
    Clause clause{};
    clause.id = "1." + std::to_string(number + 1);
    clause.text = "The clause that was drawn as number " + std::to_string(number + 1) + ".";
    clause.fields = dice.maybe(4, all_fields, 4);
    if (dice.chance(45)) clause.fields.push_back(DataField::colour);
    bool const second_stage = !clause.fields.empty() && has(fields_of_stage_2, dice.one_of(clause.fields));
    clause.stage = static_cast<std::uint8_t>(dice.chance(5) ? dice.below(4) : second_stage ? 2 : 1);
    clause.roles = dice.maybe(size.left_out, names.roles, size.list);
    clause.to = dice.maybe(size.left_out, names.roles, size.list);
    // No parser writes `unknown` into a list. A decider is total all the same, and there it means nobody.
    clause.about = dice.maybe(size.left_out, dice.chance(95) ? nameable_subjects : all_subjects, size.list);
    clause.purposes = dice.maybe(size.left_out, names.purposes, size.list);
    clause.routes = dice.maybe(size.left_out, names.routes, size.list);
    clause.colours = dice.maybe(size.left_out, all_colours, size.list);
    if (dice.chance(30)) {
        clause.when = {Condition::always};
    } else if (dice.chance(96)) {
        clause.when = dice.some_of(all_conditions, 2);
    }
    return clause;
}

inline std::vector<std::string> draw_names(Dice& dice, std::vector<std::string> const& names, std::size_t most,
                                           bool exactly) {
    auto chosen = dice.some_of(names, most);
    while (exactly && chosen.size() < most) {
        auto const& one = dice.one_of(names);
        if (!has(chosen, one)) chosen.push_back(one);
    }
    return chosen;
}

inline std::vector<std::string> roles_of(Agreement const& agreement) {
    std::vector<std::string> roles;
    for (auto const& party : agreement.parties) {
        if (!has(roles, party.role)) roles.push_back(party.role);
    }
    return roles;
}

inline Agreement draw_agreement(Dice& dice, Names const& names, Size const& size) {
    auto const count = [&](std::size_t most) { return size.exactly ? most : 1 + dice.below(most); };
    auto const parties = count(size.parties);
    auto const id_of = [](std::size_t number) { return party("p" + std::to_string(100 + number)); };
    Agreement agreement{.coordinator = id_of(dice.below(parties))};
    auto const roles = draw_names(dice, names.roles, size.roles, size.exactly);
    for (std::size_t i = 0; i < parties; ++i) {
        Party one{.id = id_of(i)};
        one.role = size.exactly ? roles[(i * 37) % roles.size()] : dice.one_of(roles);
        one.asked = static_cast<Asked>(dice.below(4));
        one.sensitive = dice.chance(30);
        agreement.parties.push_back(std::move(one));
    }
    auto const purposes = draw_names(dice, names.purposes, size.purposes, size.exactly);
    for (auto const& id : purposes) {
        Purpose one{.id = id, .name = id};
        one.domestic_abuse = dice.chance(35);
        agreement.purposes.push_back(std::move(one));
    }
    auto const routes = draw_names(dice, names.routes, size.routes, size.exactly);
    for (auto const& id : routes) agreement.routes.push_back(Route{.id = id, .name = id});
    agreement.rules.blue_where_domestic_abuse = dice.chance(35);
    Names const own{roles_of(agreement), purposes, routes};
    auto const clauses = size.exactly ? size.clauses : dice.below(size.clauses + 1);
    for (std::size_t i = 0; i < clauses; ++i)
        agreement.clauses.push_back(draw_clause(dice, dice.chance(75) ? own : names, i, size));
    return agreement;
}

/// Draws questions for one agreement. They view its names and those of `names`: both must live on.
class Asker {
  public:
    Asker(Dice& dice, Agreement const& agreement, Names const& names)
        : dice_(dice), agreement_(agreement), names_(names) {}

    Request draw() {
        auto const kind = dice_.below(100);
        Request question{.field = dice_.one_of(all_fields)};
        if (kind < 55 && !agreement_.clauses.empty()) {
            aim(question, dice_.one_of(agreement_.clauses));
        } else {
            if (kind < 85) question.field = DataField::colour;
            anything(question);
            if (kind >= 70 && kind < 85) raise(question);
        }
        if (dice_.chance(40)) bend(question);
        return question;
    }

  private:
    std::string_view known_role() { return dice_.one_of(agreement_.parties).role; }
    std::string_view known_told() { return dice_.chance(60) ? std::string_view() : known_role(); }
    std::string_view any_name(std::vector<std::string> const& list) {
        return dice_.chance(50) ? dice_.one_of(list) : dice_.one_of(strange);
    }
    /// From the clause's list, where the agreement need not have it, or one that the agreement has.
    std::string_view listed(std::vector<std::string> const& list, std::string_view known) {
        return list.empty() ? known : std::string_view(dice_.one_of(list));
    }
    void draw_facts(Request& question) {
        auto const bits = dice_.below(32);
        question.facts.marac_threshold = (bits & 1U) != 0;
        question.facts.section_47 = (bits & 2U) != 0;
        question.facts.someone_red_or_amber = (bits & 4U) != 0;
        question.facts.domestic_abuse = (bits & 8U) != 0;
        question.facts.dash_high = (bits & 16U) != 0;
        question.facts.subject = dice_.one_of(all_subjects);
        question.facts.consent = dice_.one_of(all_consents);
        question.own_colour = dice_.one_of(own_colours);
    }
    static std::uint8_t own_stage(DataField field) {
        return has(fields_of_stage_2, field) ? std::uint8_t{2} : std::uint8_t{1};
    }
    void anything(Request& question) {
        draw_facts(question);
        question.role = known_role();
        question.to = known_told();
        question.sensitive = dice_.chance(35);
        question.stage = own_stage(question.field);
        question.purpose = dice_.one_of(agreement_.purposes).id;
        question.route = dice_.one_of(agreement_.routes).id;
    }
    /// As only a sensitive service may.
    void raise(Request& question) {
        question.sensitive = true;
        question.own_colour = dice_.chance(50) ? Colour::amber : Colour::red;
        question.to = {};
    }
    /// So that most of the clause fits.
    void aim(Request& question, Clause const& clause) {
        if (!clause.fields.empty()) question.field = dice_.one_of(clause.fields);
        anything(question);
        question.role = listed(clause.roles, question.role);
        question.to = listed(clause.to, dice_.chance(80) ? std::string_view() : question.to);
        question.purpose = listed(clause.purposes, question.purpose);
        question.route = listed(clause.routes, question.route);
        if (!clause.colours.empty()) question.own_colour = dice_.one_of(clause.colours);
        if (!clause.about.empty()) question.facts.subject = dice_.one_of(clause.about);
    }
    /// Draws one part of it anew.
    void bend(Request& question) {
        switch (dice_.below(10)) {
        case 0: question.role = dice_.chance(75) ? known_role() : any_name(names_.roles); break;
        case 1: question.to = dice_.chance(75) ? known_told() : any_name(names_.roles); break;
        case 2: question.sensitive = !question.sensitive; break;
        case 3: question.field = dice_.one_of(all_fields); break;
        case 4:
        case 9: question.stage = static_cast<std::uint8_t>(dice_.chance(90) ? dice_.below(4) : dice_.below(256)); break;
        case 5: question.purpose = any_name(names_.purposes); break;
        case 6: question.route = any_name(names_.routes); break;
        case 7: question.own_colour = dice_.one_of(own_colours); break;
        case 8: question.facts.subject = dice_.one_of(all_subjects); break;
        }
    }

    Dice& dice_;
    Agreement const& agreement_;
    Names const& names_;
};

} // namespace fanlight::policy::test::second
