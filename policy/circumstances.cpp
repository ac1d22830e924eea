// What there is to decide about one key: every circumstance has a place, and every condition is a set of places.

#include "policy/circumstances.hpp"

#include <cassert>

namespace fanlight::policy {
namespace {

bool holds(Condition condition, Circumstance const& at) {
    switch (condition) {
    case Condition::always: return true;
    case Condition::own_red_or_amber: return amber_or_worse(at.own_colour);
    case Condition::someone_red_or_amber: return at.facts.someone_red_or_amber;
    case Condition::marac_threshold: return at.facts.marac_threshold;
    case Condition::section_47: return at.facts.section_47;
    case Condition::domestic_abuse: return at.facts.domestic_abuse;
    case Condition::dash_high: return at.facts.dash_high;
    case Condition::consent_given: return at.facts.consent == ConsentFact::given;
    case Condition::consent_refused: return at.facts.consent == ConsentFact::refused;
    }
    return false;
}

StandingCircumstances make_standing() {
    StandingCircumstances made;
    made.all.set();
    for (std::size_t place = 0; place < circumstance_count; ++place) {
        auto const at = circumstance_at(place);
        made.own_colour.at(at.own_colour ? static_cast<std::size_t>(*at.own_colour) : 0).set(place);
        made.about.at(static_cast<std::size_t>(at.facts.subject)).set(place);
        for (std::size_t i = 0; i < condition_count; ++i)
            made.when.at(i).set(place, holds(static_cast<Condition>(i), at));
    }
    return made;
}

} // namespace

bool amber_or_worse(std::optional<Colour> colour) {
    return colour && *colour >= Colour::amber;
}

StandingCircumstances const& standing_circumstances() {
    static StandingCircumstances const sets = make_standing();
    return sets;
}

std::size_t place_of(std::optional<Colour> own_colour, Facts const& facts) {
    auto const colour = own_colour ? static_cast<std::size_t>(*own_colour) : 0;
    std::size_t flags = 0;
    for (bool const flag :
         {facts.dash_high, facts.domestic_abuse, facts.someone_red_or_amber, facts.section_47, facts.marac_threshold})
        flags = flags * 2 + (flag ? 1U : 0U);
    auto const person = colour * subject_count + static_cast<std::size_t>(facts.subject);
    return ((person << flag_count) + flags) * consent_fact_count + static_cast<std::size_t>(facts.consent);
}

Circumstance circumstance_at(std::size_t place) {
    assert(place < circumstance_count);
    auto const next = [&](std::size_t count) {
        auto const value = place % count;
        place /= count;
        return value;
    };
    Circumstance at;
    at.facts.consent = static_cast<ConsentFact>(next(consent_fact_count));
    at.facts.marac_threshold = next(2) == 1;
    at.facts.section_47 = next(2) == 1;
    at.facts.someone_red_or_amber = next(2) == 1;
    at.facts.domestic_abuse = next(2) == 1;
    at.facts.dash_high = next(2) == 1;
    at.facts.subject = static_cast<Subject>(next(subject_count));
    if (auto const colour = next(own_colour_count); colour != 0) at.own_colour = static_cast<Colour>(colour);
    return at;
}

} // namespace fanlight::policy
