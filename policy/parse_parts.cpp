#include "policy/parse_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fanlight::policy {

void Report::error(std::uint32_t line, std::string place, std::string text, std::string mend) {
    add(line, {true, std::move(place), std::move(text), std::move(mend)});
}

void Report::add_checked(Finding finding) {
    auto const place = lines_.find(finding.place);
    add(place == lines_.end() ? 0 : place->second, std::move(finding));
}

std::vector<Finding> Report::take() && {
    std::stable_sort(all_.begin(), all_.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    std::vector<Finding> findings;
    for (auto& [line, finding] : all_) {
        if (line != 0) finding.place = "line " + std::to_string(line) + ", " + finding.place;
        findings.push_back(std::move(finding));
    }
    return findings;
}

void Report::add(std::uint32_t line, Finding finding) {
    if (finding.error) ++errors_;
    if (all_.size() == findings_max) return;
    if (all_.size() + 1 == findings_max) {
        finding = {errors_ != 0, "agreement", "There is more to find.", "Mend the first ones and look again."};
        line = std::numeric_limits<std::uint32_t>::max();
    }
    all_.emplace_back(line, std::move(finding));
}

char const* mend_of_unknown(std::string_view key) {
    struct Known {
        std::string_view part;
        char const* mend;
    };
    constexpr auto no_weights = "Remove it: no agency's colour counts for more than another's.";
    constexpr auto no_switch = "Remove it: nothing switches the log off.";
    constexpr auto no_colour =
        "Remove it: a colour is red, amber, green or blue. Not known, not shared and no reply are "
        "never one.";
    constexpr auto no_place = "Remove it: no agreement can let an address, a telephone number, or the name of a school "
                              "or refuge leave.";
    constexpr std::array<Known, 21> known{{
        {"lawful_basis", "Write [[basis]]: it says the roles, the purposes and the articles."},
        {"weight", no_weights},
        {"priority", no_weights},
        {"rank", no_weights},
        {"log", no_switch},
        {"audit", no_switch},
        {"hide", "Remove it: a missing agency is always shown."},
        {"_public", "Remove it: the key certificate of a ceremony says the keys and who holds them."},
        {"nightly_batches", "Remove it: only a sensitive service enrols in nightly batches."},
        {"known", no_colour},
        {"unsure", no_colour},
        {"no_reply", no_colour},
        {"unreachable", no_colour},
        {"not_checked", no_colour},
        {"nothing", no_colour},
        {"address", no_place},
        {"postcode", no_place},
        {"phone", no_place},
        {"email", no_place},
        {"school", no_place},
        {"refuge", no_place},
    }};
    for (auto const& one : known) {
        if (key.find(one.part) != std::string_view::npos) return one.mend;
    }
    return "Remove it, or correct its spelling; docs/agreement.md lists every key.";
}

Result<Duration> parse_duration(std::string_view text) {
    using namespace std::chrono;
    constexpr auto mend = "Write a whole number and a unit: 1500ms, 3s, 90m, 24h or 7d; at most 366d.";
    struct Unit {
        std::string_view name;
        Duration length;
    };
    constexpr std::array<Unit, 5> units{
        {{"ms", milliseconds(1)}, {"s", seconds(1)}, {"m", minutes(1)}, {"h", hours(1)}, {"d", days(1)}}};
    std::uint32_t count = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc()) return fail(Errc::malformed, "duration", mend);
    auto const rest = text.substr(static_cast<std::size_t>(end - text.data()));
    for (auto const& unit : units) {
        // A count is under 2^32 and a day under 2^27 ms: no product leaves 64 bits.
        if (rest == unit.name && count * unit.length <= days(366)) return count * unit.length;
    }
    return fail(Errc::malformed, "duration", mend);
}

Result<std::chrono::weekday> parse_weekday(std::string_view text) {
    constexpr std::array<std::string_view, 7> days{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    for (unsigned i = 0; i < days.size(); ++i) {
        if (text == days[i]) return std::chrono::weekday(i);
    }
    return fail(Errc::malformed, "working day", "It is mon, tue, wed, thu, fri, sat or sun.");
}

Result<Colour> parse_own_colour(std::string_view text) {
    if (auto const colour = parse_colour(text)) return colour.value();
    if (text.find("known") != std::string_view::npos)
        return fail(Errc::malformed, "colour",
                    "Remove it: not known is no colour. A clause may permit the field not_known, without colours.");
    return fail(Errc::malformed, "colour", "It is red, amber, green or blue; no other reply is a colour.");
}

} // namespace fanlight::policy
