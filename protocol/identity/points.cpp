// Features of levels, their names and their points.

#include "protocol/identity/points.hpp"

#include <algorithm>

namespace fanlight::protocol {

namespace {

using Template = std::vector<Aspect>;
using enum Aspect;

std::vector<Template> const pair_templates = {
    {forename},
    {surname},
    {date},
    {place},
    {middle},
    {sex},
    {number},
    {kin},
    {forename, surname},
    {forename, date},
    {surname, date},
    {forename, place},
    {surname, place},
    {date, place},
    {forename, sex},
    {surname, sex},
    {forename, middle},
    {surname, middle},
    {date, middle},
    {number, forename},
    {number, date},
    {number, place},
    {kin, forename},
    {kin, surname},
    {kin, date},
    {kin, place},
    {forename, forename_rarity},
    {surname, surname_rarity},
    {name_rarity, date},
    {name_rarity, place},
    {forename, surname, date},
    {forename, date, place},
    {surname, date, place},
    {forename, surname, place},
    {name_rarity, date, place},
    {forename_rarity, date, place},
};
std::vector<Template> const context_templates = {
    {household},
    {household, forename},
    {household, date},
    {household, surname},
    {household, place},
    {household, forename, date},
    {rival},
    {rival, forename},
    {better},
    {better, forename},
    {better, date},
    {better, place},
    {better, household},
};

constexpr unsigned level_bits = 4;

FeatureCode code_of(Template const& aspects_used, Levels const& levels) {
    FeatureCode code = 0;
    for (auto const aspect : aspects_used)
        code = code << 8U | (static_cast<unsigned>(aspect) + 1) << level_bits | levels[aspect];
    return code;
}

/// A rarity that is not known says nothing.
bool applies(Template const& aspects_used, Levels const& levels) {
    return std::none_of(aspects_used.begin(), aspects_used.end(), [&](Aspect aspect) {
        bool const may_be_silent = aspect >= Aspect::forename_rarity || aspect == Aspect::kin;
        return may_be_silent && levels[aspect] == 0;
    });
}

std::vector<FeatureCode> features(std::vector<Template> const& templates, Levels const& levels) {
    std::vector<FeatureCode> found;
    found.reserve(templates.size());
    for (auto const& aspects_used : templates)
        if (applies(aspects_used, levels)) found.push_back(code_of(aspects_used, levels));
    return found;
}

} // namespace

std::vector<FeatureCode> features_of_pair(Levels const& levels) {
    return features(pair_templates, levels);
}
std::vector<FeatureCode> features_of_context(Levels const& levels) {
    return features(context_templates, levels);
}

std::string feature_name(FeatureCode code) {
    std::string text;
    for (int shift = 16; shift >= 0; shift -= 8) {
        auto const part = code >> static_cast<unsigned>(shift) & 0xFFU;
        if (part == 0) continue;
        auto const aspect = static_cast<Aspect>((part >> level_bits) - 1);
        if (!text.empty()) text += " + ";
        text += std::string(name(aspect)) + "." + level_name(aspect, part & 0xFU);
    }
    return text;
}

namespace {
/// Of one aspect at one level.
std::optional<FeatureCode> code_of(std::string_view aspect_name, std::string_view level_text) {
    for (std::size_t i = 0; i < aspects; ++i) {
        auto const aspect = static_cast<Aspect>(i);
        if (name(aspect) != aspect_name) continue;
        for (std::uint8_t level = 0; level_name(aspect, level) != nullptr; ++level)
            if (level_name(aspect, level) == level_text) return static_cast<FeatureCode>((i + 1) << level_bits | level);
    }
    return std::nullopt;
}
} // namespace

std::optional<FeatureCode> feature_of(std::string_view text) {
    FeatureCode code = 0;
    for (bool more = true; more;) {
        auto const end = text.find(" + ");
        more = end != std::string_view::npos;
        auto const one = text.substr(0, end);
        if (more) text.remove_prefix(end + 3);
        auto const dot = one.find('.');
        if (dot == std::string_view::npos || code >> 16U != 0) return std::nullopt;
        auto const part = code_of(one.substr(0, dot), one.substr(dot + 1));
        if (!part) return std::nullopt;
        code = code << 8U | *part;
    }
    return code;
}

namespace {
/// Whether these aspects are counted together, in this order.
bool has_template(FeatureCode code) {
    Template used;
    for (int shift = 16; shift >= 0; shift -= 8) {
        auto const part = code >> static_cast<unsigned>(shift) & 0xFFU;
        if (part != 0) used.push_back(static_cast<Aspect>((part >> level_bits) - 1));
    }
    return std::find(pair_templates.begin(), pair_templates.end(), used) != pair_templates.end() ||
           std::find(context_templates.begin(), context_templates.end(), used) != context_templates.end();
}
} // namespace

Result<Points> Points::parse(std::map<std::string, std::int32_t> const& listed) {
    Points points;
    std::uint64_t place = 0;
    for (auto const& [feature, value] : listed) {
        ++place;
        auto const code = feature_of(feature);
        if (!code || !has_template(*code))
            return fail(Errc::malformed, "feature in [matching.points]",
                        "Use the names that `fanlight match learn` writes.", place);
        points.points_[*code] = value;
    }
    return points;
}

namespace {
std::int32_t sum(std::unordered_map<std::uint32_t, std::int32_t> const& points, std::vector<FeatureCode> const& found) {
    std::int32_t total = 0;
    for (auto const code : found)
        if (auto const it = points.find(code); it != points.end()) total += it->second;
    return total;
}
} // namespace

std::int32_t Points::of_pair(Levels const& levels) const {
    return sum(points_, features_of_pair(levels));
}
std::int32_t Points::of_context(Levels const& levels) const {
    return sum(points_, features_of_context(levels));
}

} // namespace fanlight::protocol
