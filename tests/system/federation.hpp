#pragma once
// A whole federation in one process, without sockets, disk or wall clock: the real engines on a simulated clock,
// network and disk. Everything follows from the seed; two federations with the same seed and the same calls are equal
// byte for byte. What should never be is the exception Broken.
//
//   event queue, ordered by (time, sequence) --> node.step --> effects --> [crash?] disk --> [crash?] network --+
//   [crash?]
//         ^                                                                  a little later: log              |
//         +------------------------------------- after the delay ---------------------------------------------+

#include "disk_log.hpp"
#include "protocol/engine/node.hpp"

#include <functional>
#include <memory>
#include <stdexcept>

namespace fanlight::simulation {

/// Something that must hold did not.
struct Broken : std::runtime_error {
    Broken(std::string promise_broken, std::string const& text)
        : std::runtime_error(promise_broken + ": " + text), promise(std::move(promise_broken)) {}
    std::string promise; ///< the name of an oracle, or "simulation"
};
/// Throws Broken("simulation", what) unless it holds.
void demand(bool holds, std::string const& what);

/// Which agencies there are: of the practice agreement's eleven, and "housing_north", a second one for housing.
using Shape = std::vector<std::string>;
Shape const& practice_shape(); ///< the eleven

/// Between which lines of effects.hpp a node dies.
/// before_log: the leaves are durable and not in the log yet; at the other two after it they are.
enum class CrashPoint { before_transaction, before_log, before_transmissions, after_transmissions };
char const* name(CrashPoint point);

using When = std::function<bool(protocol::Effects const&)>;

struct Crash {
    CrashPoint point;
    When when;         ///< the first step with such effects
    Duration down_for; ///< then it starts again from its disk
};

struct Member {
    PartyId party;
    crypto::SigningKey signing_key;
    crypto::SigningKey node_key;
    crypto::SealingKey sealing_key;
    crypto::SealingKey share_sealing_key;
    crypto::SigningKey witness_key;
    crypto::SigningKey log_key;
    protocol::SubjectKey subject_key;
    crypto::LockedAeadKey at_rest_key;
    crypto::SeededRandom random;
    Disk disk;
    std::unique_ptr<DiskLog> log; ///< over the disk
    protocol::InForce in_force;   ///< its own, so that a test can give it another one
    std::optional<protocol::Self> self;
    std::unique_ptr<protocol::Node> node; ///< none while it is down
    std::uint64_t lives = 0;              ///< how often it was started
    bool linked = true;                   ///< to the coordinator
    std::uint64_t link_breaks = 0;
    Duration clock_ahead{}; ///< of the true time; negative: behind
    std::optional<Crash> crash;
    std::optional<Instant> publish_at; ///< pending leaves go into the log then
    std::optional<Instant> woken_at;   ///< guards against a node that wants to be woken at the same instant for ever
    int woken = 0;
};

/// One frame that arrived.
struct Delivery {
    Instant at;
    PartyId from; ///< the hop, not the sender
    PartyId to;
    Bytes frame;
};

class Federation {
  public:
    using Change = std::function<void(policy::Agreement&)>;
    enum class Records {
        no_key,   ///< before the first ceremony
        none,     ///< police, health and domestic abuse share a key, 2 of 3; its epoch is being prepared
        practice, ///< imported and enrolled, the epoch open; restored from disks that were made once
        marked,   ///< the same, and every agency holds people that nobody asks about
        refuge_holds_nobody,
        refuge_holds_some ///< one of each practice family, rated below Amber
    };
    /// Nodes are up and linked. `change` alters every node's agreement, but not its id.
    explicit Federation(Records records, std::uint64_t seed = 1, Change const& change = {},
                        Shape const& shape = practice_shape());
    /// From here on all randomness is of this seed; the nodes' keys and records stay.
    void reseed(std::uint64_t seed);
    Federation(Federation const&) = delete;
    Federation& operator=(Federation const&) = delete;

    Instant now() const { return now_; }
    Instant now_at(Member const& member) const { return now_ + member.clock_ahead; } ///< by its own clock
    policy::Agreement const& agreement() const { return at("coordinator").in_force.agreement; }
    Member& at(std::string_view party) const;
    std::vector<std::unique_ptr<Member>> const& members() const { return members_; }
    protocol::Coordinator const& coordinator() const; ///< it must be up
    protocol::Case const& case_of(CaseId const& id) const;

    /// A key certificate and its shares, dealt by the test: as if a ceremony of those holders had just ended.
    void deal_epoch(std::uint32_t epoch, std::vector<std::string> const& holders);
    /// A text that the officers of these parties (none named: of all) sign, both of each.
    std::string signed_by(std::string const& text, std::vector<std::string> parties = {}) const;
    /// A line of one officer alone: "dpo" or "officer".
    std::string signed_by_one(std::string const& text, std::string const& party, std::string const& which) const;
    /// The text of the agreement as everybody has accepted it, for drafts of the next version.
    std::string const& text() const { return text_; }
    std::string key_note(protocol::OperationalKeys const& keys) const;
    /// This node alone has heard of a second version, which says the same and is in force.
    void put_ahead(std::string_view party);
    /// What an administrator asks a node for.
    Result<void> ask(std::string_view party, protocol::Event event);
    void import(std::string_view party, std::vector<protocol::PersonRecord> people);
    std::vector<protocol::PersonRecord> records_of(std::string_view party) const; ///< that it began with
    /// The id under which the coordinator keeps it; an error if it would not ask.
    Result<CaseId> submit(protocol::Family family);

    void run_for(Duration duration);
    /// Runs until the coordinator has nothing under way; false if that takes longer than `limit`.
    bool run_until_settled(CaseId const& id, Duration limit = std::chrono::minutes(2));
    /// What the coordinator's screen shows: "Greg, police" -> "RED", and "result" -> "RED".
    std::map<std::string, std::string> grid(CaseId const& id) const;
    /// Runs until `done` (looked at after each event); false if it is not within `limit`.
    bool run_until(std::function<bool()> const& done, Duration limit);

    void set_delay(Duration delay) { delay_ = delay; }
    /// After how long the copies of a frame arrive: none is a frame that is lost. Nothing: after the delay above.
    using Weather = std::function<std::vector<Duration>(Member const& from, Member const& to)>;
    void set_weather(Weather weather) { weather_ = std::move(weather); }
    /// Changes what a node sends.
    using Tamper = std::function<void(Member const& from, Bytes& frame)>;
    void set_tamper(Tamper tamper) { tamper_ = std::move(tamper); }
    /// Does something at that time, before what comes later.
    void schedule(Instant at, std::function<void()> task);
    void set_clock(std::string_view party, Duration ahead);
    /// An event that no person waits for.
    void step(Member& member, protocol::Event event);
    /// A frame that is on its way when the link breaks is lost.
    void set_link(std::string_view agency, bool up);
    void plan_crash(std::string_view party, Crash crash) { at(party).crash = std::move(crash); }
    void crash(std::string_view party);
    /// `quarantined`: from an older disk, to be restored; finish_restore() once its restorer is done, and start again.
    void start(std::string_view party, bool quarantined = false);
    void finish_restore(std::string_view party);
    bool is_hub(Member const& member) const { return member.party == hub_; }
    /// As if `from`, which has the link, had sent it.
    void inject(std::string_view from, std::string_view to, Bytes frame);

    /// Called with every step's effects before anything of them is done, and with every frame that arrives.
    std::function<void(Member const&, protocol::Effects const&)> on_step;
    std::function<void(Delivery const&)> on_delivery;
    /// Called when a node has died, or was stopped.
    std::function<void(Member&)> on_end;
    /// Called when a node has begun a new life, before its links are up.
    std::function<void(Member&)> on_start;
    /// Called after a step and all that it did, if the node lives.
    std::function<void(Member const&)> after_step;
    /// Called when a frame leaves a node, after its step is durable.
    std::function<void(Member const&, protocol::Transmission const&)> on_transmission;

    /// What a frame's message says: with the keys of its recipient, which only a simulation has.
    std::optional<protocol::Envelope> open(protocol::Frame const& frame) const;
    /// An envelope as `sender` would send it, with a fresh frame id.
    Bytes message(std::string_view sender, std::string_view recipient, protocol::Envelope envelope);

  private:
    using Task = std::function<void()>;
    struct Enrolled {
        std::map<PartyId, Disk> disks;
        Instant now;
    };
    static Enrolled const& enrolled(Records records, std::uint64_t seed, Shape const& shape);
    using Keys = std::map<std::string, crypto::SigningKey>; ///< "police.dpo"
    void make_members(Shape const& shape);
    void begin_again(Member& member) const;
    protocol::Self self_of(Member& member) const;
    void apply(Member& member, protocol::Effects effects);
    void publish_soon(Member& member, Duration wait);
    bool dies(Member& member, CrashPoint point);
    void kill(Member& member, Duration down_for);
    void transmit(Member& from, protocol::Transmission const& transmission);
    void set_up(Member& agency, bool up);
    void run_next();
    std::optional<Instant> next_at() const;
    Member* next_to_wake(Instant& at) const;

    Records records_;
    PartyId hub_;
    Instant now_;
    Weather weather_;
    Tamper tamper_;
    Duration delay_ = std::chrono::milliseconds(5);
    std::uint64_t sequence_ = 0;
    std::map<std::pair<Instant, std::uint64_t>, Task> queue_;
    std::vector<std::unique_ptr<Member>> members_;
    crypto::SeededRandom random_;
    Keys keys_;
    std::string text_;
    std::optional<protocol::Book> genesis_;
    Change change_;
};

/// The practice data of tests/practice.
Instant practice_start();
std::vector<std::string> const& practice_families(); ///< the twelve, and stephanie
/// Those whose forms name no party that the agreement has not.
std::vector<std::string> practice_families(policy::Agreement const& agreement);
std::string practice_template(Shape const& shape);
std::vector<protocol::PersonRecord> practice_people(std::string_view party, Day today);
/// People whom no practice family names; a word in each of their texts is found again wherever it goes.
inline constexpr std::string_view marked_word = "canary";
std::vector<protocol::PersonRecord> marked_people(std::string_view party, Day today);
/// The first person of each practice family, rated below Amber.
std::vector<protocol::PersonRecord> one_of_each_family(policy::Agreement const& agreement, Day today);
protocol::Family practice_family(std::string_view name, policy::Agreement const& agreement);
PartyId party(std::string_view id);

} // namespace fanlight::simulation
