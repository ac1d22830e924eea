#pragma once
// One story played in a whole federation, with every oracle watching.

#include "tests/system/storm/oracle.hpp"
#include "tests/system/storm/story.hpp"

#include <array>
#include <deque>
#include <set>

namespace fanlight::simulation {

using Grid = std::map<std::string, std::string>;

/// A family that the coordinator took. From then on its answers may not be lost.
struct Taken {
    std::string family;
    CaseId id;
    Instant at{};
};

/// What oracles may know of a story, beside the federation itself.
struct Scene {
    std::vector<Taken> taken;
    /// Parties whose disk has lost something that it had confirmed: promise 6 covers that to the last backup and what
    /// others have a copy of, and not beyond.
    std::set<PartyId> lost_something;
    /// Parties that sent what nobody can read: what they had to say may be lost, and is missed visibly.
    std::set<PartyId> lied;
    /// Holders that give no tokens any more: they evaluated with another key, or treat their budget as spent because
    /// they are from an older copy. With two of three nobody can be asked.
    std::set<PartyId> useless_holders;
    /// Nothing in the story takes away more than time: every answer must come in the end.
    bool only_delays = true;
};

/// How a story ended.
struct Outcome {
    struct Failure {
        std::string promise;
        std::string text;
        Duration at{}; ///< from the beginning
    };
    std::optional<Failure> failure;
    std::array<std::uint64_t, deed_kinds> hits{}; ///< how often each kind came into effect
    std::uint64_t steps = 0;
    std::uint64_t frames = 0; ///< that arrived
    std::uint64_t families = 0;
    Duration simulated{};
    crypto::Sha256 digest; ///< of every frame that arrived: when, where from, where to, and its bytes
};

/// Plays it to its end, or to the first promise that is broken. The same story gives the same outcome, bit for bit.
/// `tell` hears what goes on, a line a message.
Outcome play(Story const& story, std::function<void(std::string const&)> const& tell = {});

/// What two runs show that differ in nothing but whether the refuge holds the families asked about, and rates them
/// below Amber: at every other party the same frames at the same times. An Outcome with the promise "sensitive" if not.
Outcome play_twins(Story const& story);

class Storm {
  public:
    explicit Storm(Story const& story, Federation::Records records = Federation::Records::marked);
    /// Throws Broken.
    void play();
    /// As far as the mending, without any oracle.
    void play_unwatched();
    Federation& federation() { return federation_; }
    Outcome const& outcome() const { return outcome_; }
    /// Adds what it sees of each frame that arrives, but not its bytes.
    std::vector<std::string>* trace = nullptr;
    /// Hears each message that leaves, and why something was refused, as a line.
    std::function<void(std::string const&)> tell;
    Duration now() const { return federation_.now() - began_; }

  private:
    struct Active {
        DeedKind kind;
        PartyId party; ///< at the agency's end of the link
        std::uint32_t amount = 0;
        Instant until{};
    };

    void watch();
    void mend();
    void finish();
    void check_families();
    std::string unsettled() const;
    void hit(DeedKind kind) { ++outcome_.hits[static_cast<std::size_t>(kind)]; }
    std::uint32_t draw(std::uint32_t below);

    // storm.cpp: the links.
    std::vector<Duration> weather(Member const& from, Member const& to);
    void spoilt(DeedKind kind, Member const& from);
    void corrupt(Member const& from, Bytes& frame);
    void forge(Member const& from, Bytes& frame);
    bool strikes(DeedKind kind, PartyId const& party, std::uint32_t& amount) const;
    void hold(PartyId const& party);
    void let_go(PartyId const& party);
    void suspect(PartyId const& party);

    // deeds.cpp
    void begin(Deed const& deed);
    Member& agency(Deed const& deed) const;
    Member& anybody(Deed const& deed) const;
    std::vector<PartyId> everybody() const;
    void ask_family(Deed const& deed);
    void import_feed(Deed const& deed);
    void view_matches(Deed const& deed);
    void erase_person(Deed const& deed);
    void change_agreement(Deed const& deed);
    void hold_ceremony(Deed const& deed, protocol::CeremonyPlan plan);
    void join_ceremony(unsigned attempts);
    void break_glass(Deed const& deed);
    void reconcile_logs(Deed const& deed);
    void disturb(Deed const& deed);
    void silence(Deed const& deed);
    void break_links(Deed const& deed, std::vector<PartyId> const& ends);
    void plan_crash(Deed const& deed, CrashPoint point);
    void end_now(Deed const& deed, bool in_order);
    void start_again(PartyId const& party, Duration in);
    void tear_log(Deed const& deed);
    void fill_disk(Deed const& deed);
    void fail_reads(Deed const& deed);
    void lose_disk(Deed const& deed, bool noticed);
    void go_back_to(Member& member, Disk const& copy, bool noticed);
    void restore_on(PartyId const& party);
    void set_clock(Deed const& deed, Duration ahead);
    std::optional<Delivery> heard_by(PartyId const& party);
    void replay_frames(Deed const& deed);
    void misdirect_frames(Deed const& deed);
    void invent_frames(Deed const& deed);
    void wrong_share(Deed const& deed);

    static constexpr unsigned joins_tried = 20;
    static constexpr std::uint32_t invented_bytes_max = 400;

    Story const& story_;
    Federation federation_;
    Instant began_;
    Scene scene_;
    Outcome outcome_;
    std::vector<std::unique_ptr<Oracle>> oracles_;
    crypto::SeededRandom random_;
    std::vector<Active> active_;
    std::map<PartyId, int> held_down_; ///< how many deeds keep the link down
    std::set<PartyId> suspected_;      ///< links that will soon be made anew
    std::set<PartyId> no_room_;
    std::set<PartyId> restoring_;
    std::set<PartyId> liars_;               ///< holders that evaluate with a wrong share
    std::deque<Delivery> heard_;            ///< the last ones
    std::map<PartyId, std::uint32_t> torn_; ///< per cent of the pending leaves that get into the log
    std::uint32_t version_ = 1;             ///< of the agreement, proposed last
    bool mended_ = false;
};

/// The grid of a family in this shape when nothing goes wrong.
Grid const& undisturbed(std::string const& family, Shape const& shape);

} // namespace fanlight::simulation
