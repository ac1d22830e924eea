// The rule of docs/agreement.md, "How a node decides", number by number.

#include "literal_agreement.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

namespace fanlight::simulation {

namespace {

using Words = std::vector<std::string>;

bool has(Words const& list, std::string const& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// The words of the rule.
Words const fields_of_stage_1{"colour",     "not_known",    "known_not_shared", "unsure_match",
                              "fact_role",  "fact_source",  "fact_dash",        "fact_domestic_abuse",
                              "fact_marac", "fact_consent", "fact_told",        "fact_statement"};
Words const fields_of_stage_2{"themes", "contact_dates", "contact_counts", "analysis", "duty_contact", "marac_dates"};

bool is_a_fact(std::string const& field) {
    return field.rfind("fact_", 0) == 0;
}
bool is_amber_or_red(std::string const& colour) {
    return colour == "amber" || colour == "red";
}

// Reading. The node has checked the text; what is missing here is a mistake of this reader.

[[noreturn]] void unreadable(std::string const& what) {
    throw std::runtime_error("an agreement in force cannot be read: " + what);
}
std::string word(toml::table const& table, char const* key) {
    auto const value = table[key].value<std::string>();
    if (!value) unreadable(key);
    return *value;
}
std::string word_or_nothing(toml::table const& table, char const* key) {
    return table[key].value<std::string>().value_or("");
}
std::int64_t number(toml::table const& table, char const* key) {
    auto const value = table[key].value<std::int64_t>();
    if (!value) unreadable(key);
    return *value;
}
bool yes(toml::table const& table, char const* key) {
    return table[key].value<bool>().value_or(false);
}
Words words(toml::table const& table, char const* key) {
    Words list;
    auto const* const array = table[key].as_array();
    if (array == nullptr) return list;
    for (auto const& entry : *array) {
        auto const value = entry.value<std::string>();
        if (!value) unreadable(key);
        list.push_back(*value);
    }
    return list;
}
std::vector<toml::table const*> tables(toml::table const& root, char const* key) {
    std::vector<toml::table const*> list;
    auto const* const array = root[key].as_array();
    if (array == nullptr) unreadable(key);
    for (auto const& entry : *array) {
        if (entry.as_table() == nullptr) unreadable(key);
        list.push_back(entry.as_table());
    }
    return list;
}
toml::table const& one_table(toml::table const& root, char const* key) {
    auto const* const found = root[key].as_table();
    if (found == nullptr) unreadable(key);
    return *found;
}

/// "1500ms", "24h", "7d"; a part of a second more counts as a whole one.
std::int64_t seconds(std::string const& duration) {
    std::size_t digits = 0;
    auto const count = std::stoll(duration, &digits);
    auto const unit = duration.substr(digits);
    if (unit == "ms") return (count + 999) / 1000;
    if (unit == "s") return count;
    if (unit == "m") return count * 60;
    if (unit == "h") return count * 3600;
    if (unit == "d") return count * 86400;
    unreadable("duration");
}

} // namespace

LiteralAgreement::LiteralAgreement(std::string const& text) {
    toml::table const root = toml::parse(text);
    coordinator_ = word(one_table(root, "agreement"), "coordinator");
    for (auto const* const table : tables(root, "party")) {
        LiteralParty party;
        party.id = word(*table, "id");
        party.role = word(*table, "role");
        party.asked = word(*table, "asked");
        party.sensitive = yes(*table, "sensitive");
        party.dates_only = yes(*table, "dates_only");
        party.duty_contact = word_or_nothing(*table, "duty_contact");
        parties_.push_back(party);
    }
    for (auto const* const table : tables(root, "purpose"))
        purposes_.push_back({word(*table, "id"), yes(*table, "domestic_abuse"), words(*table, "sources")});
    for (auto const* const table : tables(root, "route")) routes_.push_back(word(*table, "id"));
    for (auto const* const table : tables(root, "clause")) {
        LiteralClause clause;
        clause.id = word(*table, "id");
        clause.stage = number(*table, "stage");
        clause.fields = words(*table, "fields");
        clause.roles = words(*table, "roles");
        clause.to = words(*table, "to");
        clause.about = words(*table, "about");
        clause.purposes = words(*table, "purposes");
        clause.routes = words(*table, "routes");
        clause.colours = words(*table, "colours");
        clause.when = words(*table, "when");
        clauses_.push_back(clause);
    }
    auto const& rules = one_table(root, "rules");
    blue_where_domestic_abuse_ = yes(rules, "blue_where_domestic_abuse");
    dash_high_ = number(rules, "dash_high");
    query_lives_seconds_ = seconds(word(one_table(root, "release"), "query_lives"));
}

LiteralParty const* LiteralAgreement::party(std::string const& id) const {
    for (auto const& one : parties_)
        if (one.id == id) return &one;
    return nullptr;
}

LiteralPurpose const* LiteralAgreement::purpose(std::string const& id) const {
    for (auto const& one : purposes_)
        if (one.id == id) return &one;
    return nullptr;
}

std::string LiteralAgreement::role_of_coordinator() const {
    auto const* const found = party(coordinator_);
    return found == nullptr ? "" : found->role;
}

bool LiteralAgreement::abuse_is_evident(LiteralQuestion const& question) const {
    if (question.domestic_abuse) return true;
    auto const* const found = purpose(question.purpose);
    return found != nullptr && found->domestic_abuse;
}

bool LiteralAgreement::condition_holds(std::string const& condition, LiteralQuestion const& question) const {
    if (condition == "always") return true;
    if (condition == "own_red_or_amber") return is_amber_or_red(question.own_colour);
    if (condition == "someone_red_or_amber") return question.someone_red_or_amber;
    if (condition == "marac_threshold") return question.marac_threshold;
    if (condition == "section_47") return question.section_47;
    if (condition == "dash_high") return question.dash_high;
    if (condition == "domestic_abuse") return abuse_is_evident(question);
    if (condition == "consent_given") return question.consent == "given";
    if (condition == "consent_refused") return question.consent == "refused";
    return false;
}

/// Rule 6, line by line.
bool LiteralAgreement::permits(LiteralClause const& clause, LiteralQuestion const& question) const {
    if (clause.stage != question.stage) return false;
    if (!has(clause.fields, question.field)) return false;
    if (!clause.roles.empty() && !has(clause.roles, question.role)) return false;
    if (!is_a_fact(question.field)) {
        auto const told = question.to.empty() ? role_of_coordinator() : question.to;
        bool const listed = has(clause.to, told);
        bool const left_out = clause.to.empty() && told == role_of_coordinator();
        if (!listed && !left_out) return false;
    }
    if (!clause.purposes.empty() && !has(clause.purposes, question.purpose)) return false;
    if (!clause.routes.empty() && !has(clause.routes, question.route)) return false;
    if (!clause.colours.empty() && (question.own_colour.empty() || !has(clause.colours, question.own_colour)))
        return false;
    if (!clause.about.empty() && (question.about.empty() || !has(clause.about, question.about))) return false;
    for (auto const& condition : clause.when)
        if (condition_holds(condition, question)) return true;
    return false;
}

LiteralVerdict LiteralAgreement::decide(LiteralQuestion const& question) const {
    bool const fact = is_a_fact(question.field);
    auto const told = question.to.empty() ? role_of_coordinator() : question.to;

    // 1. A role, purpose or route that the agreement does not name.
    bool role_named = false;
    bool told_named = false;
    for (auto const& one : parties_) {
        if (one.role == question.role) role_named = true;
        if (one.role == told) told_named = true;
    }
    if (!role_named) return {std::nullopt, 1};
    if (!fact && !told_named) return {std::nullopt, 1};
    if (purpose(question.purpose) == nullptr) return {std::nullopt, 1};
    if (!has(routes_, question.route)) return {std::nullopt, 1};

    // 2. A stage that is not the field's own.
    bool const in_stage_1 = question.stage == 1 && has(fields_of_stage_1, question.field);
    bool const in_stage_2 = question.stage == 2 && has(fields_of_stage_2, question.field);
    if (!in_stage_1 && !in_stage_2) return {std::nullopt, 2};

    // 3. Below Amber a sensitive service says nothing.
    if (question.sensitive && !fact && !is_amber_or_red(question.own_colour)) return {std::nullopt, 3};

    // 4. No colour that nobody gave.
    if (question.field == "colour" && question.own_colour.empty()) return {std::nullopt, 4};

    // 5. The Blue rule.
    if (question.field == "colour" && question.own_colour == "blue" && abuse_is_evident(question) &&
        !blue_where_domestic_abuse_)
        return {std::nullopt, 5};

    // 6. The first clause that permits it.
    for (std::size_t i = 0; i < clauses_.size(); ++i)
        if (permits(clauses_[i], question)) return {i, 6};

    // 7. A sensitive service may always raise Red or Amber to the coordinator.
    if (question.sensitive && question.field == "colour" && told == role_of_coordinator()) {
        for (std::size_t i = 0; i < clauses_.size(); ++i) {
            auto const& clause = clauses_[i];
            if (clause.stage != question.stage) continue;
            if (!has(clause.fields, question.field)) continue;
            if (!clause.purposes.empty() && !has(clause.purposes, question.purpose)) continue;
            if (!clause.colours.empty() && !has(clause.colours, question.own_colour)) continue;
            return {i, 7};
        }
    }

    // 8.
    return {std::nullopt, 8};
}

std::string in_words(LiteralQuestion const& question) {
    auto text = question.field + " at stage " + std::to_string(question.stage) + ", role " + question.role;
    if (question.sensitive) text += " (sensitive)";
    if (!question.to.empty()) text += ", to " + question.to;
    text += ", purpose " + question.purpose + ", route " + question.route;
    text += ", own colour " + (question.own_colour.empty() ? std::string("none") : question.own_colour);
    text += ", about " + (question.about.empty() ? std::string("unknown") : question.about);
    text += ", consent " + (question.consent.empty() ? std::string("unknown") : question.consent);
    for (auto const& [holds, name] :
         {std::pair(question.marac_threshold, "Marac threshold"), std::pair(question.section_47, "section 47"),
          std::pair(question.someone_red_or_amber, "someone Red or Amber"),
          std::pair(question.domestic_abuse, "domestic abuse"), std::pair(question.dash_high, "Dash high")})
        if (holds) text += std::string(", ") + name;
    return text;
}

} // namespace fanlight::simulation
