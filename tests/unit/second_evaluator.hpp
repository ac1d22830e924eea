#pragma once
// A second opinion on what an agreement permits: docs/agreement.md, "How a node decides", rule by rule, slowly and
// literally. It shares the types of question and answer with policy/decide.cpp and nothing else, so that a mistake in
// one of the two is not in the other.
//
// Every list is walked as it stands in the agreement and every name is compared as a name. Keep it so: what is clever
// here could be wrong in the same way as what it judges.

#include "policy/decide.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::policy::test::second {

template <class T, class U> bool has(std::vector<T> const& list, U const& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}
template <class T, class U> bool left_out_or_has(std::vector<T> const& list, U const& one) {
    return list.empty() || has(list, one);
}

// The words of the rules.

inline std::vector<DataField> const fields_of_stage_1{
    DataField::colour,     DataField::not_known,    DataField::known_not_shared,    DataField::unsure_match,
    DataField::fact_role,  DataField::fact_source,  DataField::fact_domestic_abuse, DataField::fact_dash,
    DataField::fact_marac, DataField::fact_consent, DataField::fact_told,           DataField::fact_statement,
};
inline std::vector<DataField> const fields_of_stage_2{
    DataField::themes,   DataField::contact_dates, DataField::contact_counts,
    DataField::analysis, DataField::duty_contact,  DataField::marac_dates,
};
inline std::vector<DataField> const facts{
    DataField::fact_role,  DataField::fact_source,  DataField::fact_domestic_abuse, DataField::fact_dash,
    DataField::fact_marac, DataField::fact_consent, DataField::fact_told,           DataField::fact_statement,
};

inline std::string_view role_of_coordinator(Agreement const& agreement) {
    for (auto const& party : agreement.parties) {
        if (party.id == agreement.coordinator) return party.role;
    }
    return {};
}

/// The role of who would be told: "where none is named, the coordinator's".
inline std::string_view told(Agreement const& agreement, Request const& question) {
    return question.to.empty() ? role_of_coordinator(agreement) : question.to;
}

inline bool amber_or_red(std::optional<Colour> colour) {
    return colour == Colour::amber || colour == Colour::red;
}

/// "Abuse is evident if the fact domestic abuse holds or the purpose has `domestic_abuse = true`."
inline bool abuse_is_evident(Agreement const& agreement, Request const& question) {
    if (question.facts.domestic_abuse) return true;
    for (auto const& purpose : agreement.purposes) {
        if (purpose.id == question.purpose) return purpose.domestic_abuse;
    }
    return false;
}

// Rule 1.

inline bool names_role(Agreement const& agreement, std::string_view role) {
    for (auto const& party : agreement.parties) {
        if (party.role == role) return true;
    }
    return false;
}
inline bool names_purpose(Agreement const& agreement, std::string_view purpose) {
    for (auto const& one : agreement.purposes) {
        if (one.id == purpose) return true;
    }
    return false;
}
inline bool names_route(Agreement const& agreement, std::string_view route) {
    for (auto const& one : agreement.routes) {
        if (one.id == route) return true;
    }
    return false;
}
/// Of a fact there is no role in the question but that of the party which would be told.
inline bool rule_1_refuses(Agreement const& agreement, Request const& question) {
    if (!names_role(agreement, question.role)) return true;
    if (!has(facts, question.field) && !names_role(agreement, told(agreement, question))) return true;
    return !names_purpose(agreement, question.purpose) || !names_route(agreement, question.route);
}

// Rules 2 to 5.

inline bool rule_2_refuses(Request const& question) {
    if (question.stage == 1) return !has(fields_of_stage_1, question.field);
    if (question.stage == 2) return !has(fields_of_stage_2, question.field);
    return true;
}
inline bool rule_3_refuses(Request const& question) {
    return question.sensitive && !has(facts, question.field) && !amber_or_red(question.own_colour);
}
inline bool rule_4_refuses(Request const& question) {
    return question.field == DataField::colour && !question.own_colour;
}
inline bool rule_5_refuses(Agreement const& agreement, Request const& question) {
    return question.field == DataField::colour && question.own_colour == Colour::blue &&
           abuse_is_evident(agreement, question) && !agreement.rules.blue_where_domestic_abuse;
}

// Rule 6, bullet by bullet.

inline bool stage_fits(Clause const& clause, Request const& question) {
    return clause.stage == question.stage;
}
inline bool fields_fit(Clause const& clause, Request const& question) {
    return has(clause.fields, question.field);
}
inline bool roles_fit(Clause const& clause, Request const& question) {
    return left_out_or_has(clause.roles, question.role);
}
inline bool to_fits(Agreement const& agreement, Clause const& clause, Request const& question) {
    if (has(facts, question.field)) return true;
    if (has(clause.to, told(agreement, question))) return true;
    return clause.to.empty() && told(agreement, question) == role_of_coordinator(agreement);
}
inline bool purposes_fit(Clause const& clause, Request const& question) {
    return left_out_or_has(clause.purposes, question.purpose);
}
inline bool routes_fit(Clause const& clause, Request const& question) {
    return left_out_or_has(clause.routes, question.route);
}
inline bool colours_fit(Clause const& clause, Request const& question) {
    if (clause.colours.empty()) return true;
    return question.own_colour && has(clause.colours, *question.own_colour);
}
inline bool about_fits(Clause const& clause, Request const& question) {
    if (clause.about.empty()) return true;
    return question.facts.subject != Subject::unknown && has(clause.about, question.facts.subject);
}
inline bool holds(Agreement const& agreement, Condition condition, Request const& question) {
    switch (condition) {
    case Condition::always: return true;
    case Condition::own_red_or_amber: return amber_or_red(question.own_colour);
    case Condition::someone_red_or_amber: return question.facts.someone_red_or_amber;
    case Condition::marac_threshold: return question.facts.marac_threshold;
    case Condition::section_47: return question.facts.section_47;
    case Condition::domestic_abuse: return abuse_is_evident(agreement, question);
    case Condition::dash_high: return question.facts.dash_high;
    case Condition::consent_given: return question.facts.consent == ConsentFact::given;
    case Condition::consent_refused: return question.facts.consent == ConsentFact::refused;
    }
    return false;
}
inline bool when_fits(Agreement const& agreement, Clause const& clause, Request const& question) {
    for (auto const condition : clause.when) {
        if (holds(agreement, condition, question)) return true;
    }
    return false;
}
inline bool permits(Agreement const& agreement, Clause const& clause, Request const& question) {
    return stage_fits(clause, question) && fields_fit(clause, question) && roles_fit(clause, question) &&
           to_fits(agreement, clause, question) && purposes_fit(clause, question) && routes_fit(clause, question) &&
           colours_fit(clause, question) && about_fits(clause, question) && when_fits(agreement, clause, question);
}

// Rule 7.

inline bool rule_7_applies(Agreement const& agreement, Request const& question) {
    return question.sensitive && question.field == DataField::colour &&
           told(agreement, question) == role_of_coordinator(agreement);
}
inline bool lets_raise(Clause const& clause, Request const& question) {
    return stage_fits(clause, question) && fields_fit(clause, question) && purposes_fit(clause, question) &&
           colours_fit(clause, question);
}

struct Answer {
    Decision decision;
    std::size_t rule; ///< the number of the rule that gave it, 1 to 8
};

inline Answer answer(Agreement const& agreement, Request const& question) {
    if (rule_1_refuses(agreement, question)) return {Refusal{Reason::no_clause}, 1};
    if (rule_2_refuses(question)) return {Refusal{Reason::no_clause}, 2};
    if (rule_3_refuses(question)) return {Refusal{Reason::no_clause}, 3};
    if (rule_4_refuses(question)) return {Refusal{Reason::no_clause}, 4};
    if (rule_5_refuses(agreement, question)) return {Refusal{Reason::blue_rule}, 5};
    for (std::size_t i = 0; i < agreement.clauses.size(); ++i) {
        if (permits(agreement, agreement.clauses[i], question)) return {Permit{i}, 6};
    }
    if (rule_7_applies(agreement, question)) {
        for (std::size_t i = 0; i < agreement.clauses.size(); ++i) {
            if (lets_raise(agreement.clauses[i], question)) return {Permit{i}, 7};
        }
    }
    return {Refusal{Reason::no_clause}, 8};
}

} // namespace fanlight::policy::test::second
