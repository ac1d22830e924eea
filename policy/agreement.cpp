// The words of the agreement's language, and look-ups in an agreement.

#include "policy/agreement.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace fanlight::policy {

namespace {

/// The words of an enumeration, by its number from `first` on.
template <class Enum, std::size_t count>
std::optional<Enum> find_word(std::array<char const*, count> const& words, std::string_view text, std::size_t first) {
    for (std::size_t i = first; i < count; ++i) {
        if (text == words[i]) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

constexpr std::array<char const*, 4> asked_words{"core", "optional", "conditional", "never"};
constexpr std::array<char const*, 8> source_words{"",       "police", "agency",           "school",
                                                  "health", "self",   "family_or_friend", "public"};
constexpr std::array<char const*, 4> document_words{"dpia", "appropriate_policy_document", "legal_advice",
                                                    "ico_consultation"};
constexpr std::array<char const*, 5> level_words{"section_47", "section_17", "early_help", "other_agency", "closure"};
constexpr std::array<char const*, subject_count> subject_names{"unknown", "child", "causing_harm", "adult_at_risk",
                                                               "other"};
constexpr std::array<char const*, subject_count> subject_shown{
    "a person whose role was not told", "a child", "a person causing harm", "an adult at risk", "another person"};

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

constexpr std::array<char const*, condition_count> conditions{
    "always",         "own_red_or_amber", "someone_red_or_amber", "marac_threshold", "section_47",
    "domestic_abuse", "dash_high",        "consent_given",        "consent_refused"};

/// What somebody might write who wants a field that no agreement can have.
bool tells_a_place(std::string_view text) {
    constexpr std::array<std::string_view, 9> parts{"address", "postcode", "phone", "mobile",  "email",
                                                    "school",  "refuge",   "uprn",  "location"};
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

template <class List> std::optional<std::uint32_t> place_of(List const& list, std::string_view id) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].id == id) return static_cast<std::uint32_t>(i);
    }
    return std::nullopt;
}

} // namespace

char const* name(Asked asked) {
    return asked_words.at(static_cast<std::size_t>(asked));
}

Result<Asked> parse_asked(std::string_view text) {
    if (auto const asked = find_word<Asked>(asked_words, text, 0)) return *asked;
    return fail(Errc::malformed, "asked", "It is core, optional, conditional or never.");
}

char const* name(Source source) {
    return source_words.at(static_cast<std::size_t>(source));
}

Result<Source> parse_source(std::string_view text) {
    if (auto const source = find_word<Source>(source_words, text, 1)) return *source;
    return fail(Errc::malformed, "source", "It is police, agency, school, health, self, family_or_friend or public.");
}

char const* name(DocumentKind kind) {
    return document_words.at(static_cast<std::size_t>(kind));
}

Result<DocumentKind> parse_document_kind(std::string_view text) {
    if (auto const kind = find_word<DocumentKind>(document_words, text, 0)) return *kind;
    return fail(Errc::malformed, "kind", "It is dpia, appropriate_policy_document, legal_advice or ico_consultation.");
}

char const* name(OutcomeLevel level) {
    return level_words.at(static_cast<std::size_t>(level));
}

Result<OutcomeLevel> parse_outcome_level(std::string_view text) {
    if (auto const level = find_word<OutcomeLevel>(level_words, text, 0)) return *level;
    return fail(Errc::malformed, "level", "It is section_47, section_17, early_help, other_agency or closure.");
}

char const* name(Subject subject) {
    return subject_names.at(static_cast<std::size_t>(subject));
}

char const* in_words(Subject subject) {
    return subject_shown.at(static_cast<std::size_t>(subject));
}

Result<Subject> parse_subject(std::string_view text) {
    if (auto const subject = find_word<Subject>(subject_names, text, 1)) return *subject;
    return fail(Errc::malformed, "subject", "It is child, causing_harm, adult_at_risk or other.");
}

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
    if (tells_a_place(text))
        return fail(Errc::malformed, "field",
                    "Remove it: no agreement can let an address, a telephone number, or the name of a school or refuge "
                    "leave. A duty contact tells it by telephone.");
    return fail(Errc::malformed, "field", "Use a field of the language (docs/agreement.md); free text is not.");
}

char const* name(Condition condition) {
    return conditions.at(static_cast<std::size_t>(condition));
}

Result<Condition> parse_condition(std::string_view text) {
    if (auto const condition = find_word<Condition>(conditions, text, 0)) return *condition;
    return fail(Errc::malformed, "condition",
                "It is always, own_red_or_amber, someone_red_or_amber, marac_threshold, section_47, domestic_abuse, "
                "dash_high, consent_given or consent_refused.");
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

std::string const& Agreement::coordinator_role() const {
    auto const* party = find(coordinator);
    assert(party != nullptr);
    return party->role;
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
