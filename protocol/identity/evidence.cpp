#include "protocol/identity/evidence.hpp"

#include <algorithm>

namespace fanlight::protocol {

void note_equal(Evidence& evidence, ComponentKind theirs, ComponentKind ours) {
    if (theirs == ours) {
        evidence.equal |= 1U << (static_cast<unsigned>(theirs) - 1);
        return;
    }
    auto const is = [&](ComponentKind one, ComponentKind other) {
        return (theirs == one && ours == other) || (theirs == other && ours == one);
    };
    if (is(ComponentKind::forename, ComponentKind::surname)) evidence.names_swapped = true;
    if (is(ComponentKind::forename, ComponentKind::middle)) evidence.middle_is_forename = true;
    if (is(ComponentKind::forename, ComponentKind::spoken))
        note_equal(evidence, ComponentKind::spoken, ComponentKind::spoken);
    if (is(ComponentKind::surname, ComponentKind::surname_part))
        note_equal(evidence, ComponentKind::surname_part, ComponentKind::surname_part);
}

std::vector<ComponentKind> const& compared_with(ComponentKind theirs) {
    using enum ComponentKind;
    static std::vector<ComponentKind> const table[component_kinds] = {
        {forename, spoken, surname, middle},
        {spoken, forename},
        {forename_sound},
        {surname, forename, surname_part},
        {surname_part, surname},
        {surname_sound},
        {middle, forename},
        {premises},
        {postcode},
        {uprn},
        {exact_date},
        {sector},
        {date},
        {year_month},
        {month_day},
        {forename_head},
        {forename_tail},
    };
    return table[static_cast<std::size_t>(theirs) - 1];
}

namespace {
void compare_components(std::vector<Component> const& theirs, std::vector<Component> const& ours, Evidence& evidence) {
    for (auto const& one : theirs)
        for (auto const kind : compared_with(one.kind))
            for (auto const& other : ours)
                if (other.kind == kind && other.input == one.input) note_equal(evidence, one.kind, kind);
}
} // namespace

Evidence compare(Descriptors const& theirs, Descriptors const& ours) {
    Evidence evidence;
    bool by_date = false;
    bool by_sector = false;
    for (auto const& anchor : theirs.anchors) {
        auto const same = std::find_if(ours.anchors.begin(), ours.anchors.end(), [&](Anchor const& other) {
            return other.kind == anchor.kind && other.input == anchor.input;
        });
        if (same == ours.anchors.end()) continue;
        evidence.anchors |= 1U << (static_cast<unsigned>(anchor.kind) - 1);
        by_date = by_date || (anchor.salt == Salt::date && same->salt == Salt::date);
        by_sector = by_sector || (anchor.salt == Salt::sector && same->salt == Salt::sector);
    }
    if (evidence.anchors == 0) return evidence;
    evidence.theirs = theirs.fields;
    evidence.ours = ours.fields;
    evidence.compared = by_date || by_sector;
    if (by_date) compare_components(theirs.by_date, ours.by_date, evidence);
    if (by_sector) compare_components(theirs.by_sector, ours.by_sector, evidence);
    return evidence;
}

} // namespace fanlight::protocol
