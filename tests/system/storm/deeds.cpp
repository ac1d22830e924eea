// What each deed of a story does.

#include "crypto/text.hpp"
#include "tests/system/storm/storm.hpp"

#include <algorithm>

namespace fanlight::simulation {

using namespace protocol;
using namespace std::chrono_literals;

namespace {
std::array<std::string, 3> const first_holders{"police", "health", "domestic_abuse"};
}

Member& Storm::agency(Deed const& deed) const {
    auto const& agencies = story_.shape;
    return federation_.at(agencies[deed.who % agencies.size()]);
}

Member& Storm::anybody(Deed const& deed) const {
    auto const& members = federation_.members();
    return *members[deed.who % members.size()];
}

void Storm::begin(Deed const& deed) {
    if (mended_) return;
    switch (deed.kind) {
    case DeedKind::ask_family: return ask_family(deed);
    case DeedKind::import_feed: return import_feed(deed);
    case DeedKind::view_matches: return view_matches(deed);
    case DeedKind::erase_person: return erase_person(deed);
    case DeedKind::change_agreement: return change_agreement(deed);
    case DeedKind::hold_ceremony: return hold_ceremony(deed, {{}, false, {}});
    case DeedKind::reshare_key: return hold_ceremony(deed, {{party("police"), party("health")}, true, {}});
    case DeedKind::break_glass: return break_glass(deed);
    case DeedKind::reconcile_logs: return reconcile_logs(deed);
    case DeedKind::delay_frames:
    case DeedKind::reorder_frames:
    case DeedKind::lose_frames:
    case DeedKind::duplicate_frames:
    case DeedKind::slow_peer:
    case DeedKind::forge_answers:
    case DeedKind::corrupt_frames: return disturb(deed);
    case DeedKind::deafen:
    case DeedKind::mute: return silence(deed);
    case DeedKind::break_link: return break_links(deed, {agency(deed).party});
    case DeedKind::cut_off_hub: return break_links(deed, everybody());
    case DeedKind::crash_before_transaction: return plan_crash(deed, CrashPoint::before_transaction);
    case DeedKind::crash_before_log: return plan_crash(deed, CrashPoint::before_log);
    case DeedKind::crash_before_transmissions: return plan_crash(deed, CrashPoint::before_transmissions);
    case DeedKind::crash_after_transmissions: return plan_crash(deed, CrashPoint::after_transmissions);
    case DeedKind::crash_now: return end_now(deed, false);
    case DeedKind::restart: return end_now(deed, true);
    case DeedKind::tear_log: return tear_log(deed);
    case DeedKind::fill_disk: return fill_disk(deed);
    case DeedKind::fail_reads: return fail_reads(deed);
    case DeedKind::lose_writes: return lose_disk(deed, false);
    case DeedKind::restore_backup: return lose_disk(deed, true);
    case DeedKind::clock_forward: return set_clock(deed, Duration(deed.amount));
    case DeedKind::clock_back: return set_clock(deed, -Duration(deed.amount));
    case DeedKind::replay_frames: return replay_frames(deed);
    case DeedKind::misdirect_frames: return misdirect_frames(deed);
    case DeedKind::invent_frames: return invent_frames(deed);
    case DeedKind::wrong_share: return wrong_share(deed);
    }
}

// ------------------------------------------------------------------------------------------------ people at keyboards

void Storm::ask_family(Deed const& deed) {
    auto& hub = federation_.at("coordinator");
    if (!hub.node || hub.crash) return; // somebody whose node dies under the form knows that it was not taken
    auto const families = practice_families(federation_.agreement());
    auto const& family = families[deed.amount % families.size()];
    auto const id = federation_.submit(practice_family(family, federation_.agreement()));
    if (!id) return;
    scene_.taken.push_back({family, id.value(), federation_.now()});
    ++outcome_.families;
    hit(deed.kind);
}

void Storm::import_feed(Deed const& deed) {
    auto& member = agency(deed);
    if (!member.node || member.crash || restoring_.contains(member.party)) return;
    hit(deed.kind);
    federation_.import(member.party.text(), federation_.records_of(member.party.text()));
}

void Storm::view_matches(Deed const& deed) {
    auto& member = agency(deed);
    if (member.node && federation_.ask(member.party.text(), MatchesViewed{})) hit(deed.kind);
}

void Storm::erase_person(Deed const& deed) {
    auto& member = agency(deed);
    if (!member.node || member.crash) return;
    std::map<crypto::Pseudonym, std::vector<LeafPlace>> about;
    std::uint64_t position = 0;
    for (auto const* part : {&member.disk.log(), &member.disk.pending()})
        for (auto const& entry : *part) {
            std::set<crypto::Pseudonym> subjects;
            for (auto const& field : entry.fields)
                if (field.about) subjects.insert(*field.about);
            for (auto const& subject : subjects) about[subject].push_back({log_shard, position});
            ++position;
        }
    if (about.empty()) return;
    auto const chosen = std::next(about.begin(), static_cast<std::ptrdiff_t>(deed.amount % about.size()));
    ErasureOrdered const order{chosen->first, chosen->second, "r.patel", "decision 17"};
    if (federation_.ask(member.party.text(), order)) hit(deed.kind);
}

void Storm::change_agreement(Deed const& deed) {
    if (!federation_.at("coordinator").node) return;
    auto text = federation_.text();
    auto const replace = [&](std::string const& what, std::string const& by) {
        auto const place = text.find(what);
        demand(place != std::string::npos, "the agreement says " + what);
        text.replace(place, what.size(), by);
    };
    auto const from = std::chrono::ceil<std::chrono::seconds>(federation_.now() + deed.lasts);
    replace("\nversion = 1\n", "\nversion = " + std::to_string(version_ + 1) + "\n");
    replace("2026-01-01T00:00:00Z", fanlight::to_text(Instant(from)));
    if (!federation_.ask("coordinator", NoteProposed{federation_.signed_by(text), nullptr})) return;
    ++version_;
    scene_.only_delays = false; // who is asked under one version and is on the next says so
    hit(deed.kind);
}

void Storm::hold_ceremony(Deed const& deed, CeremonyPlan plan) {
    auto const& shape = story_.shape;
    bool const others = std::find(shape.begin(), shape.end(), "social_care") != shape.end();
    if (plan.reshare && !others) return;
    if (plan.reshare) plan.holders.push_back(party("social_care"));
    if (!plan.reshare) plan.holders = {party("police"), party("health"), party("domestic_abuse")};
    if (!federation_.at("coordinator").node) return;
    if (!federation_.ask("coordinator", CeremonyStarted{std::move(plan)})) return;
    hit(deed.kind);
    federation_.schedule(federation_.now() + deed.lasts, [this] { join_ceremony(joins_tried); });
}

/// Whoever sees the proposal compares the words and joins; whoever does not yet looks again.
void Storm::join_ceremony(unsigned attempts) {
    auto const& hub = federation_.at("coordinator");
    auto const view = hub.node ? hub.node->ceremony().view() : std::nullopt;
    if (view)
        for (auto const& participant : view->proposal.participants()) {
            auto const& member = federation_.at(participant.text());
            auto const own = member.node ? member.node->ceremony().view() : std::nullopt;
            if (!own || own->stage != CeremonyStage::proposed || own->fingerprint != view->fingerprint) continue;
            auto const words = crypto::fingerprint_words(view->fingerprint.view());
            static_cast<void>(federation_.ask(participant.text(), CeremonyJoined{words}));
        }
    if (attempts > 1) federation_.schedule(federation_.now() + 2s, [this, attempts] { join_ceremony(attempts - 1); });
}

void Storm::break_glass(Deed const& deed) {
    auto& member = anybody(deed);
    GlassBroken const glass{"A. Officer", "B. Officer", "a child is in danger now", 10min};
    if (member.node && federation_.ask(member.party.text(), glass)) hit(deed.kind);
}

void Storm::reconcile_logs(Deed const& deed) {
    auto const& hub = federation_.at("coordinator");
    if (hub.node && federation_.ask("coordinator", ReconcileStarted{agency(deed).party, began_})) hit(deed.kind);
}

// ---------------------------------------------------------------------------------------------------------- the
// network

void Storm::disturb(Deed const& deed) {
    active_.push_back({deed.kind, agency(deed).party, deed.amount, federation_.now() + deed.lasts});
}

/// Nothing passes one way, and nobody is told; in the end the link notices.
void Storm::silence(Deed const& deed) {
    disturb(deed);
    auto const end = agency(deed).party;
    suspect(end);
    federation_.schedule(federation_.now() + deed.lasts, [this, end] {
        if (!mended_) suspect(end);
    });
}

std::vector<PartyId> Storm::everybody() const {
    std::vector<PartyId> parties;
    for (auto const& name : story_.shape) parties.push_back(party(name));
    return parties;
}

void Storm::break_links(Deed const& deed, std::vector<PartyId> const& ends) {
    hit(deed.kind);
    for (auto const& end : ends) hold(end);
    federation_.schedule(federation_.now() + deed.lasts, [this, ends] {
        if (mended_) return;
        for (auto const& end : ends) let_go(end);
    });
}

// -------------------------------------------------------------------------------------------------------------- nodes

void Storm::start_again(PartyId const& party, Duration in) {
    federation_.schedule(federation_.now() + in, [this, party] {
        if (!federation_.at(party.text()).node && !restoring_.contains(party)) federation_.start(party.text());
    });
}

void Storm::plan_crash(Deed const& deed, CrashPoint point) {
    auto& member = anybody(deed);
    if (restoring_.contains(member.party)) return;
    auto const when = [this, kind = deed.kind](Effects const& effects) {
        if (effects.empty()) return false;
        hit(kind);
        scene_.only_delays = false; // a node that begins anew needs a lease before it tells anything
        return true;
    };
    federation_.plan_crash(member.party.text(), {point, when, deed.lasts + 1ms});
}

void Storm::end_now(Deed const& deed, bool in_order) {
    auto& member = anybody(deed);
    if (!member.node || restoring_.contains(member.party)) return;
    hit(deed.kind);
    scene_.only_delays = false;
    if (in_order) federation_.step(member, Stopping{});
    if (member.node) federation_.crash(member.party.text());
    start_again(member.party, deed.lasts);
}

// -------------------------------------------------------------------------------------------------------------- disks

void Storm::tear_log(Deed const& deed) {
    auto& member = anybody(deed);
    torn_[member.party] = deed.amount % 100;
    plan_crash(deed, CrashPoint::before_log);
}

void Storm::fill_disk(Deed const& deed) {
    auto& member = anybody(deed);
    if (!member.node || restoring_.contains(member.party)) return;
    auto const name = member.party;
    hit(deed.kind);
    scene_.only_delays = false; // it says that it cannot log
    no_room_.insert(name);
    federation_.step(member, DiskRoom{false});
    federation_.schedule(federation_.now() + deed.lasts / 2, [this, deed] {
        if (!mended_) plan_crash(deed, CrashPoint::before_transaction);
    });
    federation_.schedule(federation_.now() + deed.lasts, [this, name] {
        if (no_room_.erase(name) != 0) federation_.step(federation_.at(name.text()), DiskRoom{true});
    });
}

void Storm::fail_reads(Deed const& deed) {
    auto& member = agency(deed);
    hit(deed.kind);
    scene_.only_delays = false;
    member.disk.set_unreadable(true);
    federation_.schedule(federation_.now() + deed.lasts, [&member] { member.disk.set_unreadable(false); });
}

void Storm::lose_disk(Deed const& deed, bool noticed) {
    auto const name = agency(deed).party;
    if (scene_.lost_something.contains(name)) return;
    auto const copy = std::make_shared<Disk>(agency(deed).disk);
    federation_.schedule(federation_.now() + deed.lasts, [this, name, copy, kind = deed.kind, noticed] {
        if (mended_ || scene_.lost_something.contains(name)) return;
        hit(kind);
        go_back_to(federation_.at(name.text()), *copy, noticed);
    });
}

void Storm::go_back_to(Member& member, Disk const& copy, bool noticed) {
    scene_.lost_something.insert(member.party);
    if (std::find(first_holders.begin(), first_holders.end(), member.party.text()) != first_holders.end())
        scene_.useless_holders.insert(member.party);
    scene_.only_delays = false;
    member.crash.reset();
    if (member.node) federation_.crash(member.party.text());
    member.disk = copy;
    member.disk.set_unreadable(false);
    restoring_.insert(member.party);
    federation_.start(member.party.text(), noticed);
    restore_on(member.party);
}

/// As its administrator: a node that says that it is an older copy is restored, and one that is restored is started.
void Storm::restore_on(PartyId const& party) {
    federation_.schedule(federation_.now() + 1s, [this, party] {
        auto& member = federation_.at(party.text());
        auto const& name = party.text();
        if (!member.node) federation_.start(name, true);
        if (member.node->restorer() != nullptr) {
            if (!member.node->restorer()->restored()) return restore_on(party);
            federation_.finish_restore(name);
            restoring_.erase(party);
            return federation_.start(name);
        }
        auto const& keeper = member.node->log_keeper();
        if (keeper.behind()) {
            federation_.crash(name);
            federation_.start(name, true);
            return restore_on(party);
        }
        // Two other organisations have cosigned its head: nothing of its log is missing.
        if (keeper.cosigned() && keeper.cosigned()->organisations >= 2 && !keeper.silent(federation_.now_at(member)))
            restoring_.erase(party);
        else
            restore_on(party);
    });
}

// ------------------------------------------------------------------------------------------------------------- clocks

void Storm::set_clock(Deed const& deed, Duration ahead) {
    auto const name = anybody(deed).party;
    hit(deed.kind);
    scene_.only_delays = false; // whose clock is wrong says nothing
    federation_.set_clock(name.text(), ahead);
    federation_.schedule(federation_.now() + deed.lasts, [this, name] { federation_.set_clock(name.text(), 0ms); });
}

// -------------------------------------------------------------------------------------------------------------- liars

std::optional<Delivery> Storm::heard_by(PartyId const& party) {
    std::vector<Delivery const*> found;
    for (auto const& one : heard_)
        if (one.to == party) found.push_back(&one);
    if (found.empty()) return std::nullopt;
    return *found[draw(static_cast<std::uint32_t>(found.size()))];
}

void Storm::replay_frames(Deed const& deed) {
    auto& member = anybody(deed);
    for (std::uint32_t i = 0; i < deed.amount && member.node; ++i) {
        auto const again = heard_by(member.party);
        if (!again) return;
        hit(deed.kind);
        federation_.inject(again->from.text(), again->to.text(), again->frame);
    }
}

void Storm::misdirect_frames(Deed const& deed) {
    auto& to = agency(deed);
    for (std::uint32_t i = 0; i < deed.amount && to.node; ++i) {
        auto const& other = story_.shape[draw(static_cast<std::uint32_t>(story_.shape.size()))];
        auto const heard = heard_by(party(other));
        if (!heard || other == to.party.text()) continue;
        hit(deed.kind);
        federation_.inject("coordinator", to.party.text(), heard->frame);
    }
}

void Storm::invent_frames(Deed const& deed) {
    auto& member = anybody(deed);
    auto const& from = federation_.is_hub(member) ? agency(deed).party : party("coordinator");
    for (std::uint32_t i = 0; i < deed.amount && member.node; ++i) {
        Bytes bytes(draw(invented_bytes_max));
        random_.fill(bytes);
        if (draw(2) == 0)
            bytes = encode_frame({FrameKind::message, random_.make<FrameId>(), from, member.party, bytes});
        hit(deed.kind);
        federation_.inject(from.text(), member.party.text(), std::move(bytes));
    }
}

void Storm::wrong_share(Deed const& deed) {
    auto& holder = federation_.at(first_holders[deed.who % first_holders.size()]);
    if (!holder.node || !liars_.empty()) return; // with two liars of three there is no token
    auto const* sharing = holder.node->epochs().find(1, 1);
    if (sharing == nullptr || !sharing->share) return;
    auto const key = crypto::derive_key(Bytes(32, 7), as_bytes(holder.party.text()));
    const_cast<Sharing*>(sharing)->share = crypto::parse_oprf_key(key.value().reveal()).value();
    liars_.insert(holder.party);
    scene_.useless_holders.insert(holder.party);
    hit(deed.kind);
}

} // namespace fanlight::simulation
