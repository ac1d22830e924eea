#pragma once
// What happens in one run of the simulation: who is there, what people ask for, and what goes wrong when. A story
// follows from one number, the seed; written as text it can be cut shorter and run again.

#include "tests/system/federation.hpp"

namespace fanlight::simulation {

enum class DeedKind : std::uint8_t {
    // People at keyboards.
    ask_family,
    import_feed,  ///< the same records once more
    view_matches, ///< a practitioner looks at the unsure ones
    erase_person, ///< somebody the log speaks of
    change_agreement,
    hold_ceremony, ///< a new key, and with it the next epoch
    reshare_key,   ///< the same key, among other holders
    break_glass,
    reconcile_logs,
    // The network between an agency and the coordinator.
    delay_frames,
    reorder_frames, ///< each frame takes its own time
    lose_frames,    ///< some; a while later the link notices and is made anew
    duplicate_frames,
    deafen, ///< one way: nothing reaches the agency
    mute,   ///< one way: nothing leaves it
    break_link,
    cut_off_hub, ///< every link is down
    slow_peer,   ///< seconds for each frame
    // Nodes.
    crash_before_transaction,
    crash_before_log,
    crash_before_transmissions,
    crash_after_transmissions,
    crash_now, ///< between two steps
    restart,   ///< stopped in order, and started again
    // Disks.
    tear_log,  ///< it dies with a part of its leaves in the log
    fill_disk, ///< nearly full: the node is told; then full: a transaction fails, and it dies
    fail_reads,
    lose_writes,    ///< the disk forgets what it had confirmed, and the node starts as if nothing had happened
    restore_backup, ///< an older copy, restored as an administrator does it
    // Clocks.
    clock_forward,
    clock_back,
    // Liars.
    corrupt_frames,   ///< some bytes of what an agency sends are others
    replay_frames,    ///< what arrived before arrives again
    misdirect_frames, ///< the coordinator hands one agency what was for another
    invent_frames,    ///< bytes that nobody wrote
    forge_answers,    ///< somebody on the way to the coordinator writes an answer anew, and signs it
    wrong_share,      ///< a holder evaluates with another key
};
inline constexpr std::size_t deed_kinds = std::size_t(DeedKind::wrong_share) + 1;
char const* name(DeedKind kind); ///< "ask_family"
bool is_fault(DeedKind kind);    ///< and not something that people ask for

struct Deed {
    Duration at{}; ///< from the beginning
    DeedKind kind{};
    std::uint32_t who = 0;    ///< whose turn it is: counted among those to whom it can happen
    Duration lasts{};         ///< not of all kinds
    std::uint32_t amount = 0; ///< which family, how many milliseconds, one in how many
    auto operator<=>(Deed const&) const = default;
};

struct Story {
    std::uint64_t seed = 0;
    Shape shape;
    std::vector<Deed> deeds; ///< by time
};

inline constexpr Duration story_lasts = std::chrono::minutes(4); ///< deeds begin before that

/// 3 to 12 agencies, one to four families, up to 14 faults.
Story story_of(std::uint64_t seed);
/// One line a deed: "  0:12.345 crash_before_log 3 for 2.100 s (17)".
std::string to_text(Story const& story);
std::string seconds(Duration duration); ///< "12.345"
/// What to_text writes. Errc::malformed, `at` is the line.
Result<Story> parse_story(std::string_view text);

} // namespace fanlight::simulation
