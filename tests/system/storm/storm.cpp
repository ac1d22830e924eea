// How a story is played: what people do, how the links behave, and how everything is mended in the end.

#include "tests/system/storm/storm.hpp"

#include "tests/system/storm/oracles.hpp"

#include <algorithm>

namespace fanlight::simulation {

using namespace protocol;
using namespace std::chrono_literals;

namespace {

constexpr Duration link_notices_after = 10s; ///< that frames are lost on it
constexpr Duration usual_delay = 5ms;
constexpr std::size_t heard_max = 300;
constexpr Duration restores_within = 30min;
constexpr Duration answers_within = 3h; ///< once everything is mended
constexpr Duration calm = 3min;         ///< receipts, heads and acknowledgements
constexpr std::uint64_t base_seed = 1;  ///< of keys and records

} // namespace

Grid const& undisturbed(std::string const& family, Shape const& shape) {
    static std::map<std::pair<std::string, Shape>, Grid> grids;
    auto const key = std::pair(family, shape);
    if (auto const known = grids.find(key); known != grids.end()) return known->second;
    Federation federation(Federation::Records::marked, base_seed, {}, shape);
    federation.run_for(3s); // until its logs are witnessed
    auto const id = federation.submit(practice_family(family, federation.agreement()));
    demand(bool(id), "an undisturbed coordinator takes " + family);
    demand(federation.run_until_settled(id.value()), "an undisturbed " + family + " is answered");
    return grids.emplace(key, federation.grid(id.value())).first->second;
}

Storm::Storm(Story const& story, Federation::Records records)
    : story_(story), federation_(records, base_seed, {}, story.shape), random_(~story.seed) {
    federation_.reseed(story.seed);
    federation_.run_for(3s);
    began_ = federation_.now();
    oracles_ = all_oracles(scene_, story_.shape);
    watch();
}

std::uint32_t Storm::draw(std::uint32_t below) {
    std::array<std::uint8_t, 4> bytes{};
    random_.fill(bytes);
    std::uint32_t number = 0;
    for (auto const byte : bytes) number = number << 8U | byte;
    return below == 0 ? 0 : number % below;
}

void Storm::watch() {
    federation_.on_step = [this](Member const& member, Effects const& effects) {
        ++outcome_.steps;
        for (auto const& oracle : oracles_) oracle->on_step(federation_, member, effects);
        if (!tell) return;
        for (auto const& entry : effects.leaves)
            if (entry.leaf.kind == crypto::LeafClass::refusal)
                tell(member.party.text() + " refuses " + text_of(entry, crypto::FieldTag::peer) + ": " +
                     text_of(entry, crypto::FieldTag::reason));
    };
    federation_.after_step = [this](Member const& member) {
        for (auto const& oracle : oracles_) oracle->after_step(federation_, member);
    };
    federation_.on_transmission = [this](Member const& from, Transmission const& transmission) {
        for (auto const& oracle : oracles_) oracle->on_frame(federation_, from, transmission);
        auto const frame = decode_frame(transmission.frame);
        if (!frame || frame.value().kind != FrameKind::message || frame.value().sender != from.party) return;
        auto const envelope = federation_.open(frame.value());
        if (!envelope) return; // sealed to a key that its recipient has replaced
        Sent const sent{from, frame.value(), *envelope, crypto::sha256({envelope->payload})};
        for (auto const& oracle : oracles_) oracle->on_message(federation_, sent);
        if (tell)
            tell(from.party.text() + " sends " + frame.value().recipient.text() + " " + protocol::name(envelope->type));
    };
    federation_.on_delivery = [this](Delivery const& delivery) {
        ++outcome_.frames;
        auto const at = crypto::sha256({as_bytes(std::to_string((delivery.at - began_).count()) + " " +
                                                 delivery.from.text() + " " + delivery.to.text() + " "),
                                        delivery.frame, outcome_.digest.view()});
        outcome_.digest = at;
        if (trace != nullptr)
            trace->push_back(std::to_string((delivery.at - began_).count()) + " " + delivery.from.text() + " to " +
                             delivery.to.text() + ": " + std::to_string(delivery.frame.size()) + " bytes");
        heard_.push_back(delivery);
        if (heard_.size() > heard_max) heard_.pop_front();
    };
    federation_.on_end = [this](Member& member) {
        if (auto const torn = torn_.find(member.party); torn != torn_.end()) {
            member.disk.publish_some(member.disk.pending().size() * torn->second / 100);
            torn_.erase(torn);
        }
    };
    federation_.on_start = [this](Member& member) {
        liars_.erase(member.party); // the share comes from the disk again
        if (no_room_.contains(member.party)) federation_.step(member, DiskRoom{false});
    };
    federation_.set_weather([this](Member const& from, Member const& to) { return weather(from, to); });
    federation_.set_tamper([this](Member const& from, Bytes& frame) {
        corrupt(from, frame);
        forge(from, frame);
    });
}

/// What the writer of a frame had to say may be lost with it.
void Storm::spoilt(DeedKind kind, Member const& from) {
    hit(kind);
    scene_.lied.insert(from.party);
    scene_.only_delays = false;
    suspect(from.party);
}

void Storm::corrupt(Member const& from, Bytes& frame) {
    std::uint32_t per_cent = 0;
    if (!strikes(DeedKind::corrupt_frames, from.party, per_cent) || draw(100) >= per_cent || frame.empty()) return;
    frame[draw(static_cast<std::uint32_t>(frame.size()))] ^= static_cast<std::uint8_t>(1 + draw(255));
    spoilt(DeedKind::corrupt_frames, from);
}

/// The answer says Green of everybody who was not known, in the name of who wrote it, under the coordinator's own
/// signature: whoever forges has no other's key.
void Storm::forge(Member const& from, Bytes& bytes) {
    std::uint32_t amount = 0;
    if (!strikes(DeedKind::forge_answers, from.party, amount)) return;
    auto const frame = decode_frame(bytes);
    auto envelope = frame ? federation_.open(frame.value()) : std::nullopt;
    if (!envelope || envelope->type != MessageType::answer) return;
    auto answer = decode_answer(envelope->payload);
    if (!answer || !answer.value().statement.worst) return; // the worst is signed by itself
    for (auto& slot : answer.value().slots)
        if (slot.reply.kind == policy::ReplyKind::not_known)
            slot.reply = {policy::ReplyKind::rated, policy::Colour::green, policy::Basis::own_records,
                          policy::Reason::none};
    envelope->payload = encode(answer.value());
    auto const& hub = federation_.at("coordinator");
    auto sealed = seal_envelope({hub.in_force.agreement.mode, from.party, hub.party}, *envelope, hub.node_key,
                                hub.sealing_key.public_key(), random_);
    demand(bool(sealed), "a forged answer is sealed");
    bytes = encode_frame(
        {FrameKind::message, random_.make<FrameId>(), from.party, hub.party, std::move(sealed).assume_value()});
    spoilt(DeedKind::forge_answers, from);
}

bool Storm::strikes(DeedKind kind, PartyId const& party, std::uint32_t& amount) const {
    for (auto const& one : active_)
        if (one.kind == kind && one.party == party && one.until > federation_.now()) {
            amount = one.amount;
            return true;
        }
    return false;
}

/// When the copies of a frame arrive. Frames are lost only where the link notices it later and is made anew: on a link
/// that stands, the other end has everything.
std::vector<Duration> Storm::weather(Member const& from, Member const& to) {
    auto const& end = federation_.is_hub(from) ? to.party : from.party;
    std::uint32_t amount = 0;
    bool const away = &from.party != &end; // towards the agency
    for (auto const kind : {DeedKind::deafen, DeedKind::mute}) {
        if (away != (kind == DeedKind::deafen) || !strikes(kind, end, amount)) continue;
        hit(kind);
        return {};
    }
    if (strikes(DeedKind::lose_frames, end, amount) && draw(100) < amount) {
        hit(DeedKind::lose_frames);
        suspect(end);
        return {};
    }
    auto delay = usual_delay;
    if (strikes(DeedKind::delay_frames, end, amount)) {
        hit(DeedKind::delay_frames);
        delay += Duration(amount);
    }
    if (strikes(DeedKind::slow_peer, end, amount)) {
        hit(DeedKind::slow_peer);
        delay += 500ms + Duration(amount);
    }
    if (strikes(DeedKind::reorder_frames, end, amount)) {
        hit(DeedKind::reorder_frames);
        delay += Duration(draw(amount));
    }
    std::vector<Duration> copies{delay};
    if (strikes(DeedKind::duplicate_frames, end, amount) && draw(100) < amount) {
        hit(DeedKind::duplicate_frames);
        copies.push_back(delay + Duration(draw(2000)));
    }
    return copies;
}

void Storm::suspect(PartyId const& party) {
    if (!suspected_.insert(party).second) return;
    federation_.schedule(federation_.now() + link_notices_after, [this, party] {
        if (suspected_.erase(party) == 0) return;
        hold(party);
        let_go(party);
    });
}

void Storm::hold(PartyId const& party) {
    if (held_down_[party]++ == 0) federation_.set_link(party.text(), false);
}

void Storm::let_go(PartyId const& party) {
    if (--held_down_[party] == 0) federation_.set_link(party.text(), true);
}

/// Everything works again, as far as somebody can see to that.
void Storm::mend() {
    mended_ = true;
    active_.clear();
    suspected_.clear();
    for (auto const& liar : std::set(liars_)) federation_.crash(liar.text());
    for (auto const& member : federation_.members()) {
        auto const& name = member->party.text();
        member->crash.reset();
        member->disk.set_unreadable(false);
        if (member->clock_ahead != 0ms) federation_.set_clock(name, 0ms);
        if (no_room_.erase(member->party) != 0) federation_.step(*member, DiskRoom{true});
        if (!member->node && !restoring_.contains(member->party)) federation_.start(name);
    }
    for (auto const& name : story_.shape) {
        held_down_[party(name)] = 0;
        federation_.set_link(name, false);
        federation_.set_link(name, true);
    }
}

/// Who still has to answer, of those who can be heard.
std::string Storm::unsettled() const {
    std::string text;
    auto const& hub = federation_.coordinator();
    for (auto const& taken : scene_.taken) {
        auto const* item = hub.find(taken.id);
        if (item == nullptr) return " the case of " + taken.family + " is gone";
        for (auto const& [party, state] : item->parties) {
            if (scene_.lied.contains(party) || scene_.lost_something.contains(party)) continue;
            bool const summary = state.summary_asked && !state.summary_done;
            if (state.stage == PartyStage::pending) text += " no tokens for " + party.text() + " of " + taken.family;
            if (state.stage == PartyStage::asked) text += " " + party.text() + " of " + taken.family;
            if (summary) text += " the summary of " + party.text() + " of " + taken.family;
        }
    }
    return text;
}

void Storm::finish() {
    if (!federation_.run_until([&] { return restoring_.empty(); }, restores_within))
        throw Broken("answered", restoring_.begin()->text() + " is not back from its older copy");
    if (!federation_.run_until([&] { return unsettled().empty(); }, answers_within))
        throw Broken("answered", "not in the end:" + unsettled());
    federation_.run_for(calm);
    for (auto const& oracle : oracles_) oracle->at_end(federation_);
    check_families();
}

/// Whatever happened: a family asked now is answered as ever. And if nothing took away more than time, every other is.
void Storm::check_families() {
    auto const compare = [&](Taken const& taken) {
        auto const& truth = undisturbed(taken.family, story_.shape);
        auto const grid = federation_.grid(taken.id);
        for (auto const& entry : truth) {
            auto const& cell = entry.first;
            auto const& given = entry.second;
            auto const shown = grid.find(cell);
            if (shown == grid.end()) throw Broken("answered", taken.family + ": " + cell + " is absent");
            // What an older copy has to enrol again may be more than a day's quota.
            bool const enrols = std::any_of(scene_.lost_something.begin(), scene_.lost_something.end(),
                                            [&](PartyId const& party) { return cell.ends_with(", " + party.text()); });
            if (shown->second != given && !(enrols && shown->second == "not_checked"))
                throw Broken("answered", taken.family + ": " + cell + " should be " + given + ", is " + shown->second);
        }
    };
    if (scene_.only_delays)
        for (auto const& taken : scene_.taken) compare(taken);
    if (scene_.useless_holders.size() > 1) return;
    std::string const last = "marie";
    auto const id = federation_.submit(practice_family(last, federation_.agreement()));
    if (!id) throw Broken("answered", std::string("a last family is not taken: ") + describe(id.assume_error()));
    Taken const taken{last, id.value(), federation_.now()};
    scene_.taken.push_back(taken);
    if (!federation_.run_until_settled(taken.id, 10min)) throw Broken("answered", "a last family is not answered");
    compare(taken);
}

/// Nothing is checked, and nothing is mended: what would be asked about depends on what is looked at.
void Storm::play_unwatched() {
    oracles_.clear();
    for (auto const& deed : story_.deeds) federation_.schedule(began_ + deed.at, [this, &deed] { begin(deed); });
    federation_.run_for(story_lasts + 70s);
}

void Storm::play() {
    for (auto const& deed : story_.deeds) federation_.schedule(began_ + deed.at, [this, &deed] { begin(deed); });
    federation_.run_for(story_lasts + 70s);
    mend();
    finish();
    outcome_.simulated = federation_.now() - began_;
}

Outcome play(Story const& story, std::function<void(std::string const&)> const& tell) {
    std::optional<Storm> storm;
    try {
        storm.emplace(story);
        if (tell) storm->tell = [&](std::string const& line) { tell(seconds(storm->now()) + " " + line); };
        storm->play();
        return storm->outcome();
    } catch (Broken const& broken) {
        auto found = storm ? storm->outcome() : Outcome();
        found.failure = {broken.promise, broken.what(), storm ? storm->now() : Duration()};
        return found;
    }
}

Outcome play_twins(Story const& story) {
    auto const refuge = std::find(story.shape.begin(), story.shape.end(), "refuge");
    if (refuge == story.shape.end()) return {};
    std::array<std::vector<std::string>, 2> traces;
    std::size_t which = 0;
    for (auto const records : {Federation::Records::refuge_holds_nobody, Federation::Records::refuge_holds_some}) {
        Storm storm(story, records);
        storm.trace = &traces[which++];
        storm.play_unwatched();
    }
    Outcome outcome;
    auto const [left, right] = std::mismatch(traces[0].begin(), traces[0].end(), traces[1].begin(), traces[1].end());
    if (left == traces[0].end() && right == traces[1].end()) return outcome;
    outcome.failure = {"sensitive",
                       "sensitive: with nobody in the refuge \"" + (left == traces[0].end() ? "nothing" : *left) +
                           "\", with everybody \"" + (right == traces[1].end() ? "nothing" : *right) + "\"",
                       {}};
    return outcome;
}

} // namespace fanlight::simulation
