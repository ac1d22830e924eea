// The event loop and the lives of the nodes.

#include "federation.hpp"

namespace fanlight::simulation {

using namespace protocol;

// Defined in members.cpp.
crypto::SeededRandom seeded_from(crypto::Random& random);

void demand(bool holds, std::string const& what) {
    if (!holds) throw Broken("simulation", what);
}

char const* name(CrashPoint point) {
    switch (point) {
    case CrashPoint::before_transaction: return "before the transaction";
    case CrashPoint::before_log: return "before the log";
    case CrashPoint::before_transmissions: return "before the transmissions";
    case CrashPoint::after_transmissions: return "after the transmissions";
    }
    return "";
}

namespace {

constexpr Duration index_takes = std::chrono::milliseconds(10);
constexpr Duration publish_after = std::chrono::milliseconds(250); // as node/daemon/core.cpp
constexpr Duration publish_takes = std::chrono::milliseconds(1);

} // namespace

Federation::Federation(Records records, std::uint64_t seed, Change const& change, Shape const& shape)
    : records_(records), hub_(simulation::party("coordinator")), now_(practice_start()), random_(seed) {
    crypto::start_library();
    change_ = change;
    make_members(shape);
    if (records == Records::none) deal_epoch(1, {"police", "health", "domestic_abuse"});
    if (records >= Records::practice) {
        auto const& from = enrolled(records, seed, shape);
        now_ = from.now;
        for (auto const& member : members_) {
            member->disk = from.disks.at(member->party);
            member->random = seeded_from(random_); // not what its first life drew
        }
    }
    for (auto const& member : members_) start(member->party.text());
    run_for(std::chrono::seconds(1));
}

void Federation::reseed(std::uint64_t seed) {
    random_ = crypto::SeededRandom(seed);
    for (auto const& member : members_) member->random = seeded_from(random_);
}

Result<void> Federation::ask(std::string_view party, Event event) {
    auto& member = at(party);
    auto effects = member.node->step(now_at(member), std::move(event));
    if (!effects) return std::move(effects).as_failure();
    apply(member, std::move(effects).assume_value());
    return ok();
}

std::vector<PersonRecord> Federation::records_of(std::string_view party) const {
    auto const today = day_of(practice_start());
    bool const twins = records_ == Records::refuge_holds_nobody || records_ == Records::refuge_holds_some;
    auto people = twins && party == "refuge" ? std::vector<PersonRecord>() : practice_people(party, today);
    if (records_ == Records::marked || twins)
        for (auto& one : marked_people(party, today)) people.push_back(std::move(one));
    if (records_ == Records::refuge_holds_some && party == "refuge")
        for (auto& one : one_of_each_family(agreement(), today)) people.push_back(std::move(one));
    return people;
}

Federation::Enrolled const& Federation::enrolled(Records records, std::uint64_t seed, Shape const& shape) {
    static std::map<std::tuple<Records, std::uint64_t, Shape>, Enrolled> made;
    auto const key = std::tuple(records, seed, shape);
    if (made.contains(key)) return made.at(key);
    Federation fresh(Records::none, seed, {}, shape);
    fresh.records_ = records;
    for (auto const& member : fresh.members_)
        if (member->node->agency() != nullptr)
            fresh.import(member->party.text(), fresh.records_of(member->party.text()));
    // Once everybody is enrolled the coordinator opens the epoch.
    auto const open = [&] {
        return std::all_of(fresh.members_.begin(), fresh.members_.end(),
                           [](auto const& member) { return member->node->epochs().open() != nullptr; });
    };
    demand(fresh.run_until(open, std::chrono::minutes(5)), "everybody is enrolled and the epoch opens");
    fresh.run_for(std::chrono::seconds(10)); // the last acknowledgements
    Enrolled done{{}, fresh.now_};
    for (auto const& member : fresh.members_) done.disks.emplace(member->party, member->disk);
    return made.emplace(key, std::move(done)).first->second;
}

Member& Federation::at(std::string_view party) const {
    auto const found = std::find_if(members_.begin(), members_.end(),
                                    [&](auto const& member) { return member->party.text() == party; });
    if (found == members_.end()) throw Broken("simulation", "there is no " + std::string(party));
    return **found;
}

Coordinator const& Federation::coordinator() const {
    auto const& member = at("coordinator");
    demand(member.node != nullptr, "the coordinator is up");
    return *member.node->coordinator();
}

Case const& Federation::case_of(CaseId const& id) const {
    auto const* item = coordinator().find(id);
    demand(item != nullptr, "the coordinator knows the case");
    return *item;
}

void Federation::import(std::string_view party, std::vector<PersonRecord> people) {
    auto& member = at(party);
    auto const count = people.size();
    auto same = same_people(people, member.in_force.agreement);
    auto kept = member.disk.replace_people(std::move(people), std::move(same));
    step(member, RecordsImported{count, std::move(kept), crypto::sha256({as_bytes(party)})});
}

Result<CaseId> Federation::submit(Family family) {
    auto& member = at("coordinator");
    auto const id = random_.make<CaseId>();
    auto effects = member.node->step(now_at(member), FamilySubmitted{id, std::move(family)});
    if (!effects) return std::move(effects).as_failure();
    apply(member, std::move(effects).assume_value());
    return id;
}

void Federation::schedule(Instant at, Task task) {
    queue_.emplace(std::pair(at, sequence_++), std::move(task));
}

void Federation::step(Member& member, Event event) {
    if (!member.node) return;
    auto effects = member.node->step(now_at(member), std::move(event));
    if (!effects) throw Broken("simulation", "a step of " + member.party.text() + ": " + describe(effects.error()));
    apply(member, std::move(effects).assume_value());
}

bool Federation::dies(Member& member, CrashPoint point) {
    if (!member.crash || member.crash->point != point) return false;
    auto const down_for = member.crash->down_for;
    member.crash.reset();
    kill(member, down_for);
    return true;
}

void Federation::apply(Member& member, Effects effects) {
    if (on_step) on_step(member, effects);
    // Asked once a step: a test may count the steps by it.
    bool const dying = member.crash && member.crash->when(effects);
    if (dying && dies(member, CrashPoint::before_transaction)) return;
    member.disk.commit(effects);
    for (auto const& key : effects.build_indexes) // beside the running node, as node/daemon/core.cpp does
        schedule(now_ + index_takes, [this, &member, lives = member.lives, key] {
            if (member.lives == lives) step(member, IndexBuilt{key});
        });
    if (dying && dies(member, CrashPoint::before_log)) return;
    if (dying) member.disk.publish(); // it dies with its leaves in the log
    if (dying && dies(member, CrashPoint::before_transmissions)) return;
    for (auto const& transmission : effects.transmissions) transmit(member, transmission);
    if (dying && dies(member, CrashPoint::after_transmissions)) return;
    if (!effects.leaves.empty() || effects.publish_soon)
        publish_soon(member, effects.publish_soon ? publish_takes : publish_after);
    if (after_step) after_step(member);
}

/// One head for what came meanwhile; then the node hears of it.
void Federation::publish_soon(Member& member, Duration wait) {
    auto const at = now_ + wait;
    if (member.publish_at && *member.publish_at <= at) return;
    member.publish_at = at;
    schedule(at, [this, &member, at, lives = member.lives] {
        if (!member.node || member.lives != lives || member.publish_at != at) return;
        member.publish_at.reset();
        member.disk.publish();
        step(member, LogPublished{member.log->next()});
    });
}

void Federation::transmit(Member& from, Transmission const& transmission) {
    if (on_transmission) on_transmission(from, transmission);
    auto& to = at(transmission.peer.text());
    auto& agency = is_hub(from) ? to : from;
    demand(is_hub(from) != is_hub(to), "agencies have links to the coordinator only");
    if (!agency.linked || !to.node) return;
    auto frame = transmission.frame;
    if (tamper_) tamper_(from, frame);
    auto const arrive = [this, &from, &to, &agency, lives = to.lives, breaks = agency.link_breaks,
                         frame = std::move(frame)] {
        if (!to.node || to.lives != lives || agency.link_breaks != breaks) return;
        if (on_delivery) on_delivery({now_, from.party, to.party, frame});
        step(to, FrameReceived{from.party, frame});
    };
    auto const delays = weather_ ? weather_(from, to) : std::vector<Duration>{delay_};
    for (auto const& delay : delays) schedule(now_ + delay, arrive);
}

void Federation::inject(std::string_view from, std::string_view to, Bytes frame) {
    auto& target = at(to);
    Delivery const delivery{now_, at(from).party, target.party, std::move(frame)};
    if (on_delivery) on_delivery(delivery);
    step(target, FrameReceived{delivery.from, delivery.frame});
}

void Federation::set_up(Member& agency, bool up) {
    auto& hub = at(hub_.text());
    if (up && (!hub.node || !agency.node)) return;
    if (up) {
        step(hub, LinkUp{agency.party});
        step(agency, LinkUp{hub.party});
    } else {
        step(hub, LinkDown{agency.party});
        step(agency, LinkDown{hub.party});
    }
}

void Federation::set_link(std::string_view agency, bool up) {
    auto& member = at(agency);
    member.linked = up;
    if (!up) ++member.link_breaks;
    set_up(member, up);
}

void Federation::kill(Member& member, Duration down_for) {
    member.node.reset();
    member.self.reset();
    if (on_end) on_end(member);
    // What it sent is on its way; what is sent to it is lost. The other end notices the broken connection.
    bool const hub = is_hub(member);
    for (auto const& other : members_) {
        if (other.get() == &member || (!hub && !is_hub(*other))) continue;
        schedule(now_ + delay_, [this, &member, &to = *other] {
            if (!member.node) step(to, LinkDown{member.party});
        });
    }
    if (down_for == Duration::zero()) return;
    schedule(now_ + down_for, [this, &member] {
        if (!member.node) start(member.party.text()); // unless somebody has started it before
    });
}

void Federation::crash(std::string_view party) {
    kill(at(party), Duration::zero());
}

void Federation::start(std::string_view party, bool quarantined) {
    auto& member = at(party);
    demand(!member.node, "only a node that is down is started");
    ++member.lives;
    member.disk.forget_indexes();
    if (member.lives > 1) begin_again(member);
    member.self.emplace(self_of(member));
    bool const hub = member.self->is_coordinator();
    member.node = std::make_unique<Node>(*member.self, member.in_force, member.witness_key,
                                         hub ? nullptr : &member.disk, *member.log, *member.log);
    member.disk.publish();                      // what a crash left between commit and publish
    if (member.lives > 1) member.log->forget(); // the disk may be another one
    member.publish_at.reset();
    for (auto const& [key, value] : member.disk.state()) {
        auto const restored = member.node->restore(key.first, key.second, value);
        if (!restored)
            throw Broken("simulation", "what " + member.party.text() + " wrote to space " +
                                           std::to_string(int(key.first)) + ": " + describe(restored.error()));
    }
    step(member, Started{quarantined});
    if (on_start) on_start(member);
    for (auto const& other : members_) {
        bool const one_of_its_links = hub ? other.get() != &member : other.get() == &member;
        if (one_of_its_links && other->linked && other->node && at(hub_.text()).node) set_up(*other, true);
    }
}

Member* Federation::next_to_wake(Instant& at) const {
    Member* first = nullptr;
    for (auto const& member : members_) {
        auto const wake = member->node ? member->node->next_wake() : std::nullopt;
        if (!wake) continue;
        auto const due = *wake - member->clock_ahead;
        if (first != nullptr && due >= at) continue;
        first = member.get();
        at = due;
    }
    return first;
}

std::optional<Instant> Federation::next_at() const {
    Instant wake{};
    bool const timer = next_to_wake(wake) != nullptr;
    if (queue_.empty()) return timer ? std::optional(std::max(wake, now_)) : std::nullopt;
    auto const event = queue_.begin()->first.first;
    return std::max(timer ? std::min(wake, event) : event, now_);
}

void Federation::run_next() {
    Instant wake{};
    auto* const sleeper = next_to_wake(wake);
    if (sleeper != nullptr && (queue_.empty() || wake < queue_.begin()->first.first)) {
        now_ = std::max(now_, wake);
        sleeper->woken = sleeper->woken_at == now_ ? sleeper->woken + 1 : 0;
        sleeper->woken_at = now_;
        if (sleeper->woken >= 100)
            throw Broken("simulation", sleeper->party.text() + " wants to be woken at the same instant for ever");
        return step(*sleeper, Woken{});
    }
    auto const task = queue_.extract(queue_.begin());
    now_ = std::max(now_, task.key().first);
    task.mapped()();
}

bool Federation::run_until(std::function<bool()> const& done, Duration limit) {
    auto const end = now_ + limit;
    while (!done()) {
        auto const next = next_at();
        if (!next || *next > end) {
            now_ = end;
            return false;
        }
        run_next();
    }
    return true;
}

bool Federation::run_until_settled(CaseId const& id, Duration limit) {
    auto const done = [&] {
        auto const& hub = at("coordinator");
        auto const* item = hub.node ? hub.node->coordinator()->find(id) : nullptr;
        return item != nullptr && settled(*item);
    };
    return run_until(done, limit);
}

void Federation::set_clock(std::string_view party, Duration ahead) {
    auto& member = at(party);
    member.clock_ahead = ahead;
    member.woken_at.reset();
    step(member, ClockJumped{});
}

std::map<std::string, std::string> Federation::grid(CaseId const& id) const {
    auto const& item = case_of(id);
    std::map<std::string, std::string> cells;
    for (auto const& entry : item.parties)
        for (std::size_t person = 0; person < item.family.people.size(); ++person) {
            auto const reply = coordinator().reply_of(now_, item, entry.first, person);
            cells[item.family.people[person].label + ", " + entry.first.text()] =
                reply.colour ? policy::in_words(*reply.colour) : policy::name(reply.kind);
        }
    auto const result = policy::family_result(colours_given(item, agreement()), everybody_answered(item));
    cells["result"] = result.worst ? policy::in_words(*result.worst) : "NONE";
    return cells;
}

void Federation::run_for(Duration duration) {
    run_until([] { return false; }, duration);
}

std::optional<Envelope> Federation::open(Frame const& frame) const {
    if (frame.kind != FrameKind::message) return std::nullopt;
    auto const& recipient = at(frame.recipient.text());
    auto opened = open_envelope({recipient.in_force.agreement.mode, frame.sender, frame.recipient}, frame.sealed,
                                recipient.sealing_key, at(frame.sender.text()).node_key.verify_key());
    return opened ? std::optional(std::move(opened).assume_value()) : std::nullopt;
}

Bytes Federation::message(std::string_view sender, std::string_view recipient, Envelope envelope) {
    auto const& from = at(sender);
    auto const& to = at(recipient);
    auto sealed = seal_envelope({from.in_force.agreement.mode, from.party, to.party}, std::move(envelope),
                                from.node_key, to.sealing_key.public_key(), random_);
    demand(bool(sealed), "a message is sealed");
    return encode_frame(
        {FrameKind::message, random_.make<FrameId>(), from.party, to.party, std::move(sealed).assume_value()});
}

} // namespace fanlight::simulation
