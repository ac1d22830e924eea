// The words of the agreement's language, and look-ups in an agreement.

#include "policy/agreement.hpp"

#include <algorithm>
#include <array>

namespace fanlight::policy {

char const* name(Asked asked) {
    switch (asked) {
    case Asked::core: return "core";
    case Asked::optional: return "optional";
    case Asked::conditional: return "conditional";
    case Asked::never: return "never";
    }
    return "";
}

Result<Asked> parse_asked(std::string_view text) {
    for (auto const asked : {Asked::core, Asked::optional, Asked::conditional, Asked::never}) {
        if (text == name(asked)) return asked;
    }
    return fail(Errc::malformed, "asked", "It is core, optional, conditional or never.");
}

namespace {

struct FieldWords {
    char const* name;
    char const* in_words;
    std::uint8_t stage;
};
/// By the number of the field. Stage 1 is a colour or a kind of reply, and never a detail (requirement D10).
constexpr std::array<FieldWords, data_field_count> fields{{
    {"colour", "the colour", 1},
    {"not_known", "that a person is not known", 1},
    {"known_not_shared", "that a person is known and the rest is not shared", 1},
    {"unsure_match", "that it may or may not be the same person", 1},
    {"themes", "themes", 2},
    {"contact_dates", "dates of contacts, in bands", 2},
    {"contact_counts", "counts of earlier contacts", 2},
    {"analysis", "the professional analysis", 2},
    {"duty_contact", "the duty contact", 2},
    {"marac_dates", "dates at Marac", 2},
    {"fact_role", "the person's role in the family", 1},
    {"fact_source", "where the referral came from", 1},
    {"fact_domestic_abuse", "whether domestic abuse is evident", 1},
    {"fact_dash", "the Dash score", 1},
    {"fact_marac", "whether the Marac threshold is met", 1},
    {"fact_consent", "the state of consent", 1},
    {"fact_told", "whether the family was told", 1},
    {"fact_statement", "that another agency said Red or Amber", 1},
}};

FieldWords const& words(DataField field) {
    return fields.at(static_cast<std::size_t>(field));
}

constexpr std::array<char const*, condition_count> conditions{"always", "own_red_or_amber", "someone_red_or_amber",
                                                              "marac_threshold", "section_47"};

template <class List> std::optional<std::uint32_t> place_of(List const& list, std::string_view id) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].id == id) return static_cast<std::uint32_t>(i);
    }
    return std::nullopt;
}

} // namespace

char const* name(DataField field) {
    return words(field).name;
}

char const* in_words(DataField field) {
    return words(field).in_words;
}

std::uint8_t stage_of(DataField field) {
    return words(field).stage;
}

bool is_fact(DataField field) {
    return field >= DataField::fact_role;
}

Result<DataField> parse_data_field(std::string_view text) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (text == fields[i].name) return static_cast<DataField>(i);
    }
    return fail(Errc::malformed, "field",
                "Use a field of the language (docs/agreement.md); addresses, telephone numbers and free text are not.");
}

char const* name(Condition condition) {
    return conditions.at(static_cast<std::size_t>(condition));
}

Result<Condition> parse_condition(std::string_view text) {
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        if (text == conditions[i]) return static_cast<Condition>(i);
    }
    return fail(Errc::malformed, "condition",
                "It is always, own_red_or_amber, someone_red_or_amber, marac_threshold or section_47.");
}

Party const* Agreement::find(PartyId const& party) const {
    auto const place = std::find_if(parties.begin(), parties.end(), [&](Party const& one) { return one.id == party; });
    return place == parties.end() ? nullptr : &*place;
}

std::optional<std::uint32_t> Agreement::purpose(std::string_view purpose_id) const {
    return place_of(purposes, purpose_id);
}

std::optional<std::uint32_t> Agreement::route(std::string_view route_id) const {
    return place_of(routes, route_id);
}

bool Agreement::may_hold_share(PartyId const& party) const {
    return std::find(keys.holders.begin(), keys.holders.end(), party) != keys.holders.end();
}

std::string in_words(Retention const& retention) {
    if (retention.linked_cases_days == 0)
        return "Linked families are noticed only among cases that live: the coordinator keeps nobody beyond.";
    auto const days = retention.linked_cases_days;
    return "The coordinator keeps the names, dates of birth, addresses and numbers of everybody asked about for " +
           std::to_string(days) + (days == 1 ? " day" : " days") +
           " after their case has closed, to notice linked families. It keeps no answer and tells nobody else.";
}

std::string describe(Finding const& finding) {
    std::string text = finding.error ? "Error: " : "Warning: ";
    text += finding.place + ": " + finding.text;
    if (!finding.mend.empty()) text += " " + finding.mend;
    return text;
}

} // namespace fanlight::policy
