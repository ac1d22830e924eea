// From evidence to levels, and from levels to words.

#include "protocol/identity/levels.hpp"

#include "protocol/identity/level_numbers.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>
#include <vector>

namespace fanlight::protocol {

namespace {

std::vector<std::vector<char const*>> const level_names = {
    {"unknown", "missing", "exact", "spoken", "sound", "half", "middle", "swapped", "ends", "head", "tail", "other"},
    {"unknown", "missing", "exact", "part", "sound", "half", "swapped", "other"},
    {"unknown", "missing", "exact", "swapped", "near", "estimated", "other"},
    {"unknown", "missing", "premises", "postcode", "sector", "other"},
    {"unknown", "missing", "same", "other"},
    {"unknown", "same", "other"},
    {"unknown", "missing", "same", "other", "differs"},
    {"none", "forename", "date", "both"},
    {"unknown", "1", "2", "3", "4", "5", "6"},
    {"unknown", "1", "2", "3", "4", "5", "6"},
    {"unknown", "1", "2", "3", "4", "5", "6", "7", "8"},
    {"unknown", "alone", "nobody", "perhaps", "one", "several"},
    {"unknown", "weaker", "stronger"},
    {"none", "perhaps", "weaker", "stronger"},
};
constexpr char const* aspect_names[aspects] = {"forename",    "surname",   "date",  "place",           "middle",
                                               "sex",         "number",    "kin",   "forename_rarity", "surname_rarity",
                                               "name_rarity", "household", "rival", "better"};
} // namespace

char const* name(Aspect aspect) {
    return aspect_names[static_cast<std::size_t>(aspect)];
}

char const* level_name(Aspect aspect, std::uint8_t level) {
    auto const& list = level_names[static_cast<std::size_t>(aspect)];
    return level < list.size() ? list[level] : nullptr;
}

namespace {

bool any(Evidence const& e, std::initializer_list<AnchorKind> kinds) {
    return std::any_of(kinds.begin(), kinds.end(), [&](AnchorKind kind) { return e.shares(kind); });
}
bool shares_salted_by(Evidence const& e, Salt salt) {
    for (unsigned kind = 1; kind <= anchor_kinds; ++kind)
        if (e.shares(AnchorKind(kind)) && rule_of(AnchorKind(kind)).salt == salt) return true;
    return false;
}
bool both(Evidence const& e, Field field) {
    return has(e.theirs, field) && has(e.ours, field);
}

std::uint8_t forename_level(Evidence const& e) {
    using enum AnchorKind;
    if (!both(e, Field::forename)) return f_missing;
    if (e.compared) {
        if (e.is_equal(ComponentKind::forename)) return f_exact;
        if (e.is_equal(ComponentKind::spoken)) return f_spoken;
        if (e.middle_is_forename) return f_middle;
        if (e.names_swapped) return f_swapped;
        if (e.is_equal(ComponentKind::forename_sound)) return f_sound;
    } else if (any(e, {name_date, full_name})) {
        return f_exact;
    }
    if (any(e, {spoken_date_sector, spoken_premises, names_postcode, name_near_date, forename_family,
                spoken_date_family, spoken_date}))
        return f_spoken;
    if (any(e, {sound_date, names_sector})) return f_sound;
    if (e.shares(middle_date)) return f_middle;
    if (any(e, {skeleton_date, half_surname_date, halves_date, halves_postcode})) return f_half;
    bool const head = e.is_equal(ComponentKind::forename_head);
    bool const tail = e.is_equal(ComponentKind::forename_tail);
    if (head || tail) return head && tail ? f_ends : head ? f_head : f_tail;
    return e.compared ? f_other : f_unknown;
}

std::uint8_t surname_level(Evidence const& e) {
    using enum AnchorKind;
    if (!both(e, Field::surname)) return s_missing;
    if (e.compared) {
        if (e.is_equal(ComponentKind::surname)) return s_exact;
        if (e.is_equal(ComponentKind::surname_part)) return s_part;
        if (e.names_swapped) return s_swapped;
        if (e.is_equal(ComponentKind::surname_sound)) return s_sound;
    }
    if (any(e, {name_near_date, full_name, surname_date, half_surname_date})) return s_exact;
    if (any(e, {sound_date, surname_date_sector, names_postcode, names_sector})) return s_sound;
    if (any(e, {skeleton_date, halves_date, halves_postcode})) return s_half;
    return e.compared ? s_other : s_unknown;
}

std::uint8_t date_level(Evidence const& e) {
    using enum AnchorKind;
    if (!both(e, Field::date)) return d_missing;
    if (e.is_equal(ComponentKind::exact_date)) return d_exact;
    if (shares_salted_by(e, Salt::date)) return e.compared ? d_swapped : d_exact;

    if (e.is_equal(ComponentKind::date)) return d_exact;
    if (any(e, {name_near_date}) || e.is_equal(ComponentKind::year_month) || e.is_equal(ComponentKind::month_day))
        return d_near;
    if (has(e.theirs, Field::estimated_date) || has(e.ours, Field::estimated_date)) return d_estimated;
    return e.compared ? d_other : d_unknown;
}

std::uint8_t place_level(Evidence const& e) {
    using enum AnchorKind;
    if (any(e, {spoken_premises}) || e.is_equal(ComponentKind::premises) || e.is_equal(ComponentKind::uprn))
        return p_premises;
    if (!(both(e, Field::place) || both(e, Field::uprn))) return p_missing;
    if (any(e, {names_postcode, halves_postcode, date_postcode}) || e.is_equal(ComponentKind::postcode))
        return p_postcode;
    if (any(e, {names_sector, spoken_date_sector, surname_date_sector}) || e.is_equal(ComponentKind::sector))
        return p_sector;
    return e.compared ? p_other : p_unknown;
}

std::uint8_t number_level(Evidence const& e) {
    using enum AnchorKind;
    if (any(e, {nhs_number, upn, agreed_number})) return n_same;
    if (both(e, Field::nhs_number) || both(e, Field::upn)) return n_other; // these have check digits
    return both(e, Field::agreed_number) ? n_differs : n_missing;
}

std::uint8_t middle_level(Evidence const& e) {
    if (!both(e, Field::middle)) return m_missing;
    if (e.is_equal(ComponentKind::middle) || e.shares(AnchorKind::full_name)) return m_same;
    return e.compared ? m_other : m_unknown;
}

std::uint8_t sex_level(Evidence const& e) {
    if (e.theirs.sex() == Sex::unknown || e.ours.sex() == Sex::unknown) return x_unknown;
    return e.theirs.sex() == e.ours.sex() ? x_same : x_other;
}

/// Doublings of a count, so that chance agreement among so many is one level more likely each time.
int doublings(std::uint64_t count) {
    return static_cast<int>(std::bit_width(count));
}
std::uint8_t band(int value, int low, int step, std::uint8_t last) {
    return static_cast<std::uint8_t>(1 + std::clamp((value - low) / step, 0, int(last) - 1));
}

} // namespace

Levels levels_of(Evidence const& evidence, NameCounts const& counts) {
    Levels levels;
    levels[Aspect::forename] = forename_level(evidence);
    levels[Aspect::surname] = surname_level(evidence);
    levels[Aspect::date] = date_level(evidence);
    levels[Aspect::place] = place_level(evidence);
    levels[Aspect::middle] = middle_level(evidence);
    levels[Aspect::sex] = sex_level(evidence);
    levels[Aspect::number] = number_level(evidence);
    levels[Aspect::kin] = static_cast<std::uint8_t>((evidence.shares(AnchorKind::forename_family) ? 1 : 0) +
                                                    (evidence.shares(AnchorKind::spoken_date_family) ? 2 : 0));
    auto const forename = levels[Aspect::forename];
    auto const surname = levels[Aspect::surname];
    bool const forename_fits = (forename >= f_exact && forename <= f_half) || forename == f_ends;
    bool const surname_fits = surname >= s_exact && surname <= s_half;
    // What chance can do depends on how many there are, not on their share: a stranger's name fits a larger node more
    // often, and each that fits is as likely to be wrong.
    if (forename_fits) levels[Aspect::forename_rarity] = band(doublings(counts.forename), 1, 2, 6);
    if (surname_fits) levels[Aspect::surname_rarity] = band(doublings(counts.surname), 1, 2, 6);
    // 2^this would have both names by chance.
    if (forename_fits && surname_fits)
        levels[Aspect::name_rarity] =
            band(doublings(counts.forename) + doublings(counts.surname) - doublings(counts.people), -12, 2, 8);
    return levels;
}

namespace {
/// In words, by level; nullptr: nothing to say.
char const* phrase(Aspect aspect, std::uint8_t level) {
    static std::map<std::pair<Aspect, std::uint8_t>, char const*> const phrases = {
        {{Aspect::date, d_missing}, "no date of birth to compare"},
        {{Aspect::date, d_exact}, "same date of birth"},
        {{Aspect::date, d_swapped}, "same date of birth with day and month swapped"},
        {{Aspect::date, d_near}, "date of birth differs in one part"},
        {{Aspect::date, d_estimated}, "other date of birth, one of them a first of January"},
        {{Aspect::date, d_other}, "other date of birth"},
        {{Aspect::forename, f_missing}, "no first name to compare"},
        {{Aspect::forename, f_exact}, "same first name"},
        {{Aspect::forename, f_spoken}, "first name is a form of the same name"},
        {{Aspect::forename, f_sound}, "first name sounds the same"},
        {{Aspect::forename, f_half}, "first name is spelled nearly the same"},
        {{Aspect::forename, f_middle}, "first name of one is the middle name of the other"},
        {{Aspect::forename, f_swapped}, "first name and surname swapped"},
        {{Aspect::forename, f_ends}, "first name begins and ends the same"},
        {{Aspect::forename, f_head}, "first name begins the same, else differs"},
        {{Aspect::forename, f_tail}, "first name ends the same, else differs"},
        {{Aspect::forename, f_other}, "other first name"},
        {{Aspect::surname, s_missing}, "no surname to compare"},
        {{Aspect::surname, s_exact}, "same surname"},
        {{Aspect::surname, s_part}, "surname is a part of the other's, or a former one"},
        {{Aspect::surname, s_sound}, "surname sounds the same"},
        {{Aspect::surname, s_half}, "surname is spelled nearly the same"},
        {{Aspect::surname, s_other}, "other surname"},
        {{Aspect::place, p_premises}, "same address"},
        {{Aspect::place, p_postcode}, "same postcode"},
        {{Aspect::place, p_sector}, "same part of town"},
        {{Aspect::place, p_other}, "other address"},
        {{Aspect::middle, m_same}, "same middle name"},
        {{Aspect::middle, m_other}, "other middle name"},
        {{Aspect::sex, x_other}, "recorded with another sex"},
        {{Aspect::number, n_same}, "same NHS or pupil number"},
        {{Aspect::number, n_other}, "other NHS or pupil number"},
        {{Aspect::number, n_differs}, "other agreed number"},
        {{Aspect::kin, k_family}, "named with the same relative"},
        {{Aspect::kin, k_date_family}, "named with the same relative"},
        {{Aspect::kin, k_both}, "named with the same relative"},
        {{Aspect::household, h_one}, "another of the family was found in this household"},
        {{Aspect::household, h_several}, "others of the family were found in this household"},
        {{Aspect::rival, r_stronger}, "the record fits another of the family better"},
        {{Aspect::better, b_stronger}, "another record fits better"},
    };
    auto const found = phrases.find({aspect, level});
    return found == phrases.end() ? nullptr : found->second;
}
} // namespace

std::string in_words(Levels const& levels) {
    std::string text;
    for (auto const aspect :
         {Aspect::number, Aspect::date, Aspect::forename, Aspect::middle, Aspect::surname, Aspect::place, Aspect::sex,
          Aspect::kin, Aspect::household, Aspect::rival, Aspect::better}) {
        auto const* const said = phrase(aspect, levels[aspect]);
        if (said == nullptr) continue;
        if (!text.empty()) text += ", ";
        text += said;
    }
    return text;
}

} // namespace fanlight::protocol
