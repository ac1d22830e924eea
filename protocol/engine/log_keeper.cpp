#include "protocol/engine/log_keeper.hpp"

#include "base/byte_reader.hpp"
#include "protocol/engine/log_copy.hpp"
#include "protocol/register/lease.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using crypto::WitnessStatus;

namespace {

constexpr std::uint8_t witness_key = 'w';
constexpr std::uint8_t cosigned_key = 'c';
constexpr std::uint8_t padded_key = 'p';
constexpr std::uint8_t glass_key = 'g';
constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t reason_bytes_max = 500;

Bytes single_key(std::uint8_t kind) {
    return ByteWriter().u8(kind).take();
}
ByteWriter& put(ByteWriter& out, LeafPlace const& place) {
    return out.u32(static_cast<std::uint32_t>(place.shard)).u64(place.position);
}
LeafPlace read_place(ByteReader& in) {
    auto const shard = static_cast<std::int32_t>(in.u32());
    return {shard, in.u64()};
}

/// How long an answer is waited for before the witness is asked again.
Duration patience(LogKeeper::WitnessState const& state) {
    constexpr unsigned doublings_max = 7; // 64 minutes: more than the limit
    auto const times = std::min(std::max(state.unanswered, 1U) - 1U, doublings_max);
    return std::min<Duration>(witness_silence_first * (1 << times), witness_asked_again);
}

/// "123\n": what a witness says of the size that it has cosigned.
std::optional<std::uint64_t> parse_size(std::string_view body) {
    std::uint64_t size = 0;
    auto const [end, error] = std::from_chars(body.data(), body.data() + body.size(), size);
    bool const good = error == std::errc() && end + 1 == body.data() + body.size() && *end == '\n';
    return good ? std::optional(size) : std::nullopt;
}

} // namespace

void LogKeeper::start(Instant now, Effects& effects) {
    confirmed_ = cosigners_needed_of(self_.agreement, self_.party) == 0;
    unwitnessed_since_ = now;
    life_began_ = log_.next();
    if (sensitive()) pad(now, effects);
}

void LogKeeper::published(Instant now, LeafPlace const& end, Effects& effects) {
    // The last year's leaves are cosigned to their end before anything of the new year is.
    if (cosigned_ && cosigned_->end.shard != end.shard && !former_end_)
        if (auto const size = log_.size(cosigned_->end.shard); size && cosigned_->end.position < size.assume_value())
            former_end_ = LeafPlace{cosigned_->end.shard, size.assume_value()};
    published_ = end;
    for (auto& [number, held] : held_)
        if (!held.end) held.end = end;
    if (!unwitnessed_since_ && (!cosigned_ || cosigned_->end < shown())) unwitnessed_since_ = now;
    consider(now, effects);
}

/// How far others may see our log.
LeafPlace LogKeeper::shown() const {
    return sensitive() ? padded_end_.value_or(LeafPlace{}) : published_;
}

/// Whether something waits for a head over what is published now.
bool LogKeeper::is_due(Instant now) const {
    if (!confirmed_ || former_end_) return true;
    if (sensitive()) return true; // it was padded to be shown
    if (!held_.empty()) return true;
    for (auto const& [number, due] : due_)
        if (due.since + receipts_gather <= now) return true;
    return round_began_ + heads_every <= now;
}

/// Of the head that is cosigned next; none: what is to be shown is not published.
std::optional<LeafPlace> LogKeeper::next_end() const {
    if (published_.shard == 0 || (sensitive() && (!padded_end_ || published_ < *padded_end_))) return std::nullopt;
    if (!confirmed_)
        if (auto const first = first_end()) return first;
    if (former_end_) return former_end_;
    return sensitive() ? padded_end_ : published_;
}

/// Of the head with which a new life begins, where anybody has cosigned this log: over nothing that this life wrote.
/// Were the disk an older copy, a head over that would be a second history under our own signature.
std::optional<LeafPlace> LogKeeper::first_end() const {
    std::optional<LeafPlace> known;
    for (auto const& [party, state] : witnesses_)
        if (state.end.position != 0 && state.end <= life_began_ && (!known || *known < state.end)) known = state.end;
    bool const shows_any_size = !sensitive() && life_began_.shard == published_.shard;
    return known && shows_any_size ? std::min(life_began_, published_) : known;
}

void LogKeeper::consider(Instant now, Effects& effects) {
    auto const next = next_end();
    if (!next || behind_) return;
    auto const& end = *next;
    if (round_ && (round_->end == end || round_began_ + heads_every > now)) return;
    if (cosigned_ && confirmed_ && end <= cosigned_->end) return;
    if (is_due(now)) begin_round(now, end, effects);
}

void LogKeeper::begin_round(Instant now, LeafPlace const& end, Effects& effects) {
    round_began_ = now;
    auto const note = log_.signed_head(end.shard, end.position);
    if (!note) return; // tried again with the next round
    auto const parsed = crypto::parse_note(note.assume_value());
    assert(parsed);
    round_ = Round{end, parsed.assume_value().text, note.assume_value(), {}, now, false};
    ask_witnesses(now, effects);
}

std::vector<PartyId> LogKeeper::asked_in_round() const {
    auto all = witnesses_of(self_, self_.party);
    if (!round_->widened && all.size() > witnesses_asked)
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(witnesses_asked), all.end());
    return all;
}

void LogKeeper::ask_witnesses(Instant now, Effects& effects) {
    for (auto const& witness : asked_in_round()) ask(now, witness, effects);
}

/// The first head of a life goes to those only who have cosigned this log before, if they are enough: they would know
/// if this is an older copy; the others would cosign it, and the log would have two histories.
bool LogKeeper::may_confirm(PartyId const& witness, std::int32_t shard) const {
    if (confirmed_) return true;
    std::set<PartyId> knowing;
    for (auto const& [party, state] : witnesses_)
        if (state.end.shard == shard && state.end.position != 0) knowing.insert(party);
    return knowing.contains(witness) || organisations(knowing) < cosigners_needed_of(self_.agreement, self_.party);
}

/// One request is under way with each witness at most: what waits for one that is away stays one message.
void LogKeeper::ask(Instant now, PartyId const& witness, Effects& effects) {
    auto& state = witnesses_[witness];
    bool const under_way = state.asked_at && *state.asked_at + patience(state) > now;
    bool const refused = state.refused && state.answered_at + witness_asked_again > now;
    auto const shard = round_->end.shard;
    if (under_way || refused || round_->lines.contains(witness) || !may_confirm(witness, shard)) return;
    auto const old_size = state.end.shard == shard ? state.end.position : 0;
    if (old_size > round_->end.position) return; // it has cosigned a later one already
    state.asked_at = now;                        // also where our own disk is in the way: it is tried again
    ++state.unanswered;
    state.asked_from = old_size;
    // A witness that was away takes our leaves in pieces.
    auto const size = std::min(round_->end.position, old_size + copy_leaves_max);
    crypto::AddCheckpoint request{old_size, {}, round_->note};
    if (size != round_->end.position) {
        auto const note = log_.signed_head(shard, size);
        if (!note) return;
        request.checkpoint = note.assume_value();
    }
    if (old_size != 0 && old_size != size) {
        auto const proof = log_.consistency_proof(shard, old_size, size);
        if (!proof) return;
        request.proof = proof.assume_value();
    }
    auto copy = seal_copy(self_, log_, {shard, old_size}, size - old_size);
    if (!copy) return;
    LogHead const head{crypto::format_add_checkpoint(request), std::move(copy).assume_value()};
    state.asked = post_.tell(now, witness, MessageType::log_head, encode(head), effects);
}

void LogKeeper::cosignature(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_log_cosignature(incoming.envelope.payload);
    auto const known = witnesses_.find(incoming.sender);
    if (!decoded || known == witnesses_.end())
        return post_.refuse(now, incoming, "cosignature of our log is malformed or was not asked for", effects);
    auto const& answer = decoded.assume_value();
    auto& state = known->second;
    bool const late = incoming.envelope.answers != state.asked;
    if (late && answer.status != WitnessStatus::ok) return; // it has answered a later request, or will
    if (!late) {
        state.asked_at.reset();
        state.unanswered = 0;
    }
    state.answered_at = now;
    state.refused.reset();
    auto const log = parse_origin(self_.agreement.domain, answer.origin);
    bool const ours = log && log.assume_value().party == self_.party;
    if (answer.status == WitnessStatus::conflict && ours)
        return conflict(now, incoming.sender, log.assume_value().shard, answer.body, effects);
    if (answer.status != WitnessStatus::ok || !ours)
        return refused(now, incoming.sender, ours ? answer.status : WitnessStatus::bad_request, effects);
    LeafPlace const end{log.assume_value().shard, answer.size};
    bool const later = end.shard != state.end.shard ? end.shard > state.end.shard : end > state.end;
    if (later && end <= published_) {
        state.end = end;
        save_witness(incoming.sender, effects);
    }
    if (!round_) return consider(now, effects);
    if (end == round_->end) {
        if (!take_line(incoming.sender, answer.body))
            return post_.refuse(now, incoming, "cosignature of our log does not verify", effects);
        std::set<PartyId> cosigners;
        for (auto const& [witness, line] : round_->lines) cosigners.insert(witness);
        if (organisations(cosigners) >= cosigners_needed_of(self_.agreement, self_.party)) reached(now, effects);
    } else if (end < round_->end) {
        ask(now, incoming.sender, effects); // the next piece, or what was published since
    }
}

/// The line of that witness, if it verifies over the head of this round.
bool LogKeeper::take_line(PartyId const& witness, std::string_view body) {
    auto const keys = self_.directory.find(witness);
    if (keys == self_.directory.end()) return false;
    crypto::CosigningKey const key{witness_name(self_.agreement.domain, witness), keys->second.witness};
    auto const parsed = crypto::parse_note(round_->text + "\n" + std::string(body));
    if (!parsed || !crypto::cosigned_at(parsed.assume_value(), key)) return false;
    for (auto const& line : parsed.assume_value().signatures)
        if (line.name == key.name && line.id == key.id()) round_->lines[witness] = crypto::signature_line(line);
    return true;
}

std::size_t LogKeeper::organisations(std::set<PartyId> const& parties) const {
    std::set<std::string> found;
    for (auto const& witness : parties)
        if (auto const* entry = self_.agreement.find(witness)) found.insert(entry->organisation);
    found.erase(self_.own_entry().organisation);
    return found.size();
}

/// Enough have cosigned: what waited for this head may go.
void LogKeeper::reached(Instant now, Effects& effects) {
    auto const done = std::move(*round_);
    round_.reset();
    if (former_end_ && done.end == *former_end_) former_end_.reset();
    auto note = done.note;
    for (auto const& [witness, line] : done.lines) note += line;
    std::set<PartyId> cosigners;
    for (auto const& [witness, line] : done.lines) cosigners.insert(witness);
    cosigned_ = CosignedHead{done.end, std::move(note), now, organisations(cosigners)};
    save_cosigned(effects);
    confirmed_ = true;
    contradicted_by_.clear();
    if (done.end < shown())
        unwitnessed_since_ = done.since;
    else
        unwitnessed_since_.reset();
    release(now, effects);
    send_receipts(now, effects);
    consider(now, effects);
}

void LogKeeper::refused(Instant now, PartyId const& witness, WitnessStatus status, Effects& effects) {
    witnesses_[witness].refused = status;
    if (status == WitnessStatus::unprocessable) contradicted(witness, 0);
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, witness.text());
    draft.add(FieldTag::reason, std::string("a witness did not cosign our log: ") + crypto::in_words(status));
    std::move(draft).write(LeafClass::refusal, {}, effects);
    if (!round_ || round_->widened) return;
    round_->widened = true; // one of the few is lost
    ask_witnesses(now, effects);
}

/// It has another size than we thought. Fewer leaves than ours: we begin from there. More: ours is an old copy.
void LogKeeper::conflict(Instant now, PartyId const& witness, std::int32_t shard, std::string_view body,
                         Effects& effects) {
    auto const size = parse_size(body);
    auto const whole = log_.size(shard);
    if (!size || !whole) return refused(now, witness, WitnessStatus::bad_request, effects);
    // What it has cosigned is of an earlier life.
    auto const ours = !confirmed_ && shard == life_began_.shard ? life_began_.position : whole.assume_value();
    if (*size > ours) {
        contradicted(witness, *size);
        return refused(now, witness, WitnessStatus::conflict, effects);
    }
    auto& state = witnesses_[witness];
    if (state.asked_from == *size) return refused(now, witness, WitnessStatus::bad_request, effects);
    state.end = {shard, *size};
    save_witness(witness, effects);
    if (round_) ask(now, witness, effects);
}

/// No leaf says so: it would go on with a history that others contradict.
void LogKeeper::contradicted(PartyId const& witness, std::uint64_t size) {
    contradicted_by_.insert(witness);
    bool const enough = organisations(contradicted_by_) >= cosigners_needed_of(self_.agreement, self_.party);
    if (enough && !behind_) behind_ = Behind{witness, size};
}

void LogKeeper::clock_jumped(Instant now, Effects& effects) {
    round_began_ = std::min(round_began_, now);
    if (unwitnessed_since_) unwitnessed_since_ = std::min(*unwitnessed_since_, now);
    for (auto& [number, due] : due_) due.since = std::min(due.since, now);
    for (auto& [party, state] : witnesses_) {
        state.asked_at.reset();
        state.answered_at = std::min(state.answered_at, now);
    }
    if (round_) round_->since = std::min(round_->since, now);
    if (round_ && !behind_) ask_witnesses(now, effects);
}

void LogKeeper::set_room(Instant now, bool enough, Effects& effects) {
    if (std::exchange(room_, enough) == enough) return;
    LeafDraft draft(self_, now);
    std::move(draft.add(FieldTag::text, enough ? "there is room on the disk again"
                                               : "the disk is nearly full; nothing is disclosed until there is room"))
        .write(LeafClass::start_stop_clock, {}, effects);
}

void LogKeeper::came_in(Instant now, Duration answers_in) {
    if (!sensitive()) return;
    pad_at_.insert(now + answers_in + padded_head_after);
}

/// Filler leaves up to the next multiple, at least one whole piece beyond what was shown before: how much of it is
/// filler nobody can tell.
void LogKeeper::pad(Instant now, Effects& effects) {
    auto const next = log_.next();
    auto const shown = padded_end_ && padded_end_->shard == next.shard ? padded_end_->position : 0;
    auto const first = next.position + effects.leaves.size();
    auto const end = std::max((first + padding - 1) / padding * padding, shown + padding);
    for (auto at = first; at < end; ++at)
        effects.leaves.push_back(crypto::make_entry(LeafClass::filler, self_.agreement.id, {}, {}));
    padded_end_ = LeafPlace{next.shard, end};
    ByteWriter out;
    effects.put(Space::own_head, single_key(padded_key), put(out, *padded_end_).take());
    effects.publish_soon = true;
    pad_at_.erase(pad_at_.begin(), pad_at_.upper_bound(now));
    auto const since = now.time_since_epoch() % padded_heads_every;
    pad_at_.insert(now - since + padded_heads_every);
    if (!unwitnessed_since_) unwitnessed_since_ = now;
}

std::optional<policy::Reason> LogKeeper::silent(Instant now) const {
    if (!room_) return policy::Reason::cannot_log;
    if (behind_) return policy::Reason::unwitnessed;
    if (glass_until_ && now < *glass_until_) return std::nullopt;
    bool const too_long = unwitnessed_since_ && *unwitnessed_since_ + unwitnessed_max < now;
    if (!confirmed_ || too_long) return policy::Reason::unwitnessed;
    return std::nullopt;
}

Result<void> LogKeeper::break_glass(Instant now, GlassBroken const& broken, Effects& effects) {
    constexpr auto where = "break-glass";
    auto const good = [](std::string const& text, std::size_t bytes_max) {
        return !text.empty() && text.size() <= bytes_max && std::none_of(text.begin(), text.end(), [](char one) {
            return static_cast<unsigned char>(one) < 0x20 || one == 0x7F;
        });
    };
    if (!good(broken.user, name_bytes_max) || !good(broken.approver, name_bytes_max) ||
        !good(broken.reason, reason_bytes_max))
        return fail(Errc::malformed, where, "Give two names and a reason, each one line.");
    if (broken.user == broken.approver) return fail(Errc::refused, where, "A second person has to approve it.");
    if (broken.lasts <= Duration::zero() || broken.lasts > glass_open_max)
        return fail(Errc::refused, where, "It lasts more than nothing and at most 24 hours.");
    glass_until_ = now + broken.lasts;
    effects.put(Space::own_head, single_key(glass_key), ByteWriter().instant(*glass_until_).take());
    LeafDraft draft(self_, now);
    draft.add(FieldTag::user, broken.user).add(FieldTag::approver, broken.approver).add(FieldTag::note, broken.reason);
    draft.add(FieldTag::period, ByteWriter().instant(now).instant(*glass_until_).take());
    std::move(draft.add(FieldTag::text, "disclosing goes on without witnesses"))
        .write(LeafClass::break_glass, {}, effects);
    return ok();
}

void LogKeeper::wake(Instant now, Effects& effects) {
    if (glass_until_ && *glass_until_ <= now) {
        glass_until_.reset();
        effects.erase(Space::own_head, single_key(glass_key));
    }
    if (behind_) return;
    if (!pad_at_.empty() && *pad_at_.begin() <= now) pad(now, effects);
    release(now, effects); // one that waited for a lease
    if (receipts_left_) send_receipts(now, effects);
    if (round_) {
        if (round_->since + witnesses_patience <= now) round_->widened = true;
        ask_witnesses(now, effects);
    }
    consider(now, effects);
}

std::optional<Instant> LogKeeper::next_wake() const {
    std::optional<Instant> soonest;
    auto const at = [&](Instant when) {
        if (!soonest || when < *soonest) soonest = when;
    };
    if (glass_until_) at(*glass_until_);
    if (receipts_left_) at({});
    if (behind_ || published_.shard == 0) return soonest;
    if (!pad_at_.empty()) at(*pad_at_.begin());
    if (round_) {
        if (!round_->widened) at(round_->since + witnesses_patience);
        for (auto const& witness : asked_in_round())
            if (auto const state = witnesses_.find(witness); state != witnesses_.end() && state->second.asked_at)
                at(*state->second.asked_at + patience(state->second));
        if (auto const next = next_end(); next && *next != round_->end) at(round_began_ + heads_every);
        return soonest;
    }
    bool const nothing = cosigned_ && shown() <= cosigned_->end && !former_end_;
    if (nothing || published_ < shown()) return soonest; // that it is published wakes us
    for (auto const& [number, due] : due_) at(due.since + receipts_gather);
    at(round_began_ + heads_every);
    return soonest;
}

void LogKeeper::forget(Effects& effects) const {
    for (auto const& [witness, state] : witnesses_)
        effects.erase(Space::own_head, ByteWriter().u8(witness_key).raw(as_bytes(witness.text())).take());
    for (auto const key : {padded_key, glass_key}) effects.erase(Space::own_head, single_key(key));
    forget_held(effects);
}

void LogKeeper::save_witness(PartyId const& witness, Effects& effects) const {
    ByteWriter out;
    effects.put(Space::own_head, ByteWriter().u8(witness_key).raw(as_bytes(witness.text())).take(),
                put(out, witnesses_.at(witness).end).take());
}

void LogKeeper::save_cosigned(Effects& effects) const {
    ByteWriter out;
    put(out, cosigned_->end).instant(cosigned_->at).u32(static_cast<std::uint32_t>(cosigned_->organisations));
    effects.put(Space::own_head, single_key(cosigned_key), out.text(cosigned_->note).take());
}

Result<void> LogKeeper::restore(ByteView key, ByteView value) {
    constexpr auto where = "stored state of our log's heads";
    if (key.empty()) return fail(Errc::damaged, where);
    auto const rest = key.subspan(1);
    ByteReader in(value);
    if (key[0] == witness_key) {
        auto witness = PartyId::parse(as_text(rest));
        if (!witness) return fail(Errc::damaged, where);
        witnesses_[std::move(witness).assume_value()].end = read_place(in);
        return in.finish(where);
    }
    if (key[0] == cosigned_key) {
        CosignedHead head{read_place(in), {}, {}, 0};
        head.at = in.instant();
        head.organisations = in.u32();
        head.note = in.text();
        cosigned_ = std::move(head);
        return in.finish(where);
    }
    if (key[0] == padded_key) {
        padded_end_ = read_place(in);
        return in.finish(where);
    }
    if (key[0] == glass_key) {
        glass_until_ = in.instant();
        return in.finish(where);
    }
    ByteReader number(rest);
    auto const at = number.u64();
    FANLIGHT_TRY(number.finish(where));
    next_ = std::max(next_, at + 1);
    if (key[0] == 'h') return restore_held(at, value);
    if (key[0] == 'r') return restore_due(at, value);
    return fail(Errc::damaged, where);
}

} // namespace fanlight::protocol
