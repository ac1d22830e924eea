#include "tests/system/storm/story.hpp"

#include "crypto/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace fanlight::simulation {

using namespace std::chrono_literals;

namespace {

/// How often a kind is drawn against the others, how long it lasts at the most, and what its amount is drawn below.
struct Kind {
    DeedKind kind;
    char const* name;
    unsigned weight;
    Duration lasts_max;
    std::uint32_t amount_max;
};
constexpr std::array<Kind, deed_kinds> kinds{{
    {DeedKind::ask_family, "ask_family", 0, 0ms, 13},
    {DeedKind::import_feed, "import_feed", 2, 0ms, 1},
    {DeedKind::view_matches, "view_matches", 2, 0ms, 1},
    {DeedKind::erase_person, "erase_person", 2, 0ms, 1000},
    {DeedKind::change_agreement, "change_agreement", 3, 20s, 1},
    {DeedKind::hold_ceremony, "hold_ceremony", 1, 5s, 1},
    {DeedKind::reshare_key, "reshare_key", 1, 5s, 1},
    {DeedKind::break_glass, "break_glass", 2, 0ms, 1},
    {DeedKind::reconcile_logs, "reconcile_logs", 3, 0ms, 100},
    {DeedKind::delay_frames, "delay_frames", 6, 60s, 2000},
    {DeedKind::reorder_frames, "reorder_frames", 6, 60s, 1500},
    {DeedKind::lose_frames, "lose_frames", 6, 30s, 90},
    {DeedKind::duplicate_frames, "duplicate_frames", 6, 60s, 100},
    {DeedKind::deafen, "deafen", 4, 40s, 1},
    {DeedKind::mute, "mute", 4, 40s, 1},
    {DeedKind::break_link, "break_link", 6, 40s, 1},
    {DeedKind::cut_off_hub, "cut_off_hub", 2, 30s, 1},
    {DeedKind::slow_peer, "slow_peer", 4, 60s, 3000},
    {DeedKind::crash_before_transaction, "crash_before_transaction", 4, 8s, 1},
    {DeedKind::crash_before_log, "crash_before_log", 4, 8s, 1},
    {DeedKind::crash_before_transmissions, "crash_before_transmissions", 4, 8s, 1},
    {DeedKind::crash_after_transmissions, "crash_after_transmissions", 4, 8s, 1},
    {DeedKind::crash_now, "crash_now", 4, 8s, 1},
    {DeedKind::restart, "restart", 3, 8s, 1},
    {DeedKind::tear_log, "tear_log", 3, 8s, 100},
    {DeedKind::fill_disk, "fill_disk", 3, 30s, 1},
    {DeedKind::fail_reads, "fail_reads", 3, 20s, 1},
    {DeedKind::lose_writes, "lose_writes", 2, 30s, 1},
    {DeedKind::restore_backup, "restore_backup", 2, 60s, 1},
    {DeedKind::clock_forward, "clock_forward", 3, 60s, 600'000},
    {DeedKind::clock_back, "clock_back", 3, 60s, 600'000},
    {DeedKind::corrupt_frames, "corrupt_frames", 3, 20s, 80},
    {DeedKind::replay_frames, "replay_frames", 4, 0ms, 40},
    {DeedKind::misdirect_frames, "misdirect_frames", 2, 0ms, 10},
    {DeedKind::invent_frames, "invent_frames", 2, 0ms, 10},
    {DeedKind::forge_answers, "forge_answers", 3, 30s, 1},
    {DeedKind::wrong_share, "wrong_share", 2, 0ms, 1},
}};

Kind const& kind_of(DeedKind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

class Draw {
  public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}
    std::uint32_t below(std::uint32_t limit) {
        std::array<std::uint8_t, 4> bytes{};
        random_.fill(bytes);
        std::uint32_t number = 0;
        for (auto const byte : bytes) number = number << 8U | byte;
        return limit == 0 ? 0 : number % limit;
    }
    Duration within(Duration limit) { return Duration(below(static_cast<std::uint32_t>(limit.count()))); }

  private:
    crypto::SeededRandom random_;
};

/// The shapes that are drawn from; each costs one enrolment of everybody in the life of a process.
std::array<Shape, 6> const& shapes() {
    static std::array<Shape, 6> const all = [] {
        auto everybody = practice_shape();
        auto twelve = everybody;
        twelve.push_back("housing_north");
        auto without = [&](std::initializer_list<char const*> gone) {
            auto some = everybody;
            for (auto const* one : gone) std::erase(some, one);
            return some;
        };
        return std::array<Shape, 6>{
            everybody,
            twelve,
            Shape{"police", "health", "domestic_abuse"},
            Shape{"police", "social_care", "health", "domestic_abuse", "refuge"},
            without({"marac", "mental_health", "education", "probation"}),
            without({"refuge", "social_care"}),
        };
    }();
    return all;
}

Deed deed_of(Kind const& kind, Draw& draw) {
    Deed deed{draw.within(story_lasts), kind.kind, draw.below(1000), {}, draw.below(kind.amount_max) + 1};
    if (kind.lasts_max != Duration::zero()) deed.lasts = 100ms + draw.within(kind.lasts_max);
    return deed;
}

} // namespace

char const* name(DeedKind kind) {
    return kind_of(kind).name;
}

bool is_fault(DeedKind kind) {
    return kind >= DeedKind::delay_frames;
}

Story story_of(std::uint64_t seed) {
    Draw draw(seed);
    Story story{seed, shapes()[draw.below(static_cast<std::uint32_t>(shapes().size()))], {}};
    unsigned total = 0;
    for (auto const& kind : kinds) total += kind.weight;
    auto const families = 1 + draw.below(4);
    for (std::uint32_t i = 0; i < families; ++i) story.deeds.push_back(deed_of(kind_of(DeedKind::ask_family), draw));
    auto const others = 1 + draw.below(14);
    for (std::uint32_t i = 0; i < others; ++i) {
        auto place = draw.below(total);
        auto const* kind = kinds.data();
        while (place >= kind->weight) place -= (kind++)->weight;
        story.deeds.push_back(deed_of(*kind, draw));
        // Where something is going on it hurts most.
        auto const& family = story.deeds[draw.below(families)];
        if (draw.below(2) == 0) story.deeds.back().at = family.at + draw.within(6s);
    }
    std::stable_sort(story.deeds.begin(), story.deeds.end(),
                     [](Deed const& left, Deed const& right) { return left.at < right.at; });
    return story;
}

std::string seconds(Duration duration) {
    auto const milliseconds = std::to_string(duration.count() % 1000);
    return std::to_string(duration.count() / 1000) + "." + std::string(3 - milliseconds.size(), '0') + milliseconds;
}

std::string to_text(Story const& story) {
    std::string text = "seed " + std::to_string(story.seed) + "\nagencies";
    for (auto const& agency : story.shape) text += " " + agency;
    text += "\n";
    for (auto const& deed : story.deeds)
        text += "at " + seconds(deed.at) + " " + name(deed.kind) + " who " + std::to_string(deed.who) + " lasts " +
                seconds(deed.lasts) + " amount " + std::to_string(deed.amount) + "\n";
    return text;
}

Result<Story> parse_story(std::string_view text) {
    constexpr auto where = "story";
    auto const malformed = [](std::uint64_t line) {
        return fail(Errc::malformed, where, "Lines as --show prints them.", line);
    };
    Story story;
    std::istringstream lines{std::string(text)};
    std::uint64_t number = 0;
    auto const duration = [](double value) { return Duration(std::llround(value * 1000)); };
    for (std::string line; std::getline(lines, line);) {
        ++number;
        std::istringstream words(line);
        std::string first;
        if (!(words >> first) || first[0] == '#') continue;
        if (first == "seed") {
            if (!(words >> story.seed)) return malformed(number);
        } else if (first == "agencies") {
            for (std::string agency; words >> agency;) story.shape.push_back(agency);
        } else {
            double at = 0;
            double lasts = 0;
            std::string kind;
            std::string who;
            std::string for_how_long;
            std::string how_much;
            Deed deed;
            if (first != "at" || !(words >> at >> kind >> who >> deed.who >> for_how_long >> lasts >> how_much) ||
                !(words >> deed.amount))
                return malformed(number);
            auto const known =
                std::find_if(kinds.begin(), kinds.end(), [&](auto const& one) { return one.name == kind; });
            if (known == kinds.end()) return malformed(number);
            deed.kind = known->kind;
            deed.at = duration(at);
            deed.lasts = duration(lasts);
            story.deeds.push_back(deed);
        }
    }
    if (story.shape.empty()) return malformed(number);
    return story;
}

} // namespace fanlight::simulation
