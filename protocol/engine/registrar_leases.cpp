// Heads, cosignatures and leases.

#include "protocol/engine/registrar.hpp"

#include <algorithm>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {
constexpr std::size_t entries_sent_max = 64; // in answer to one request; who lacks more asks again

std::uint64_t seconds(Instant now) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}
} // namespace

void Registrar::link_up(Instant now, PartyId const& peer, Effects& effects) {
    if (self_.is_coordinator() || peer != self_.agreement.coordinator) return;
    asked_at_ = {};
    ask(now, effects);
}

void Registrar::ask(Instant now, Effects& effects) {
    if (self_.is_coordinator() || (asked_at_ != Instant{} && now < asked_at_ + lease_asked_every)) return;
    asked_at_ = now;
    post_.tell(now, self_.agreement.coordinator, MessageType::register_request,
               encode(RegisterRequest{static_cast<std::uint32_t>(book().size())}), effects);
}

void Registrar::requested(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_register_request(incoming.envelope.payload);
    if (!decoded || !self_.is_coordinator())
        return post_.refuse(now, incoming, "request for entries of the register is malformed or not to us", effects);
    std::uint64_t const have = decoded.assume_value().have;
    auto const end = std::min<std::uint64_t>(book().size(), have + entries_sent_max);
    for (auto place = have; place < end; ++place)
        post_.tell(now, incoming.sender, MessageType::register_entry,
                   encode(RegisterEntry{static_cast<std::uint32_t>(place), book().entries()[place].note}), effects);
    round_at_ = round_at_ ? std::min(*round_at_, now + lease_soon) : now + lease_soon;
}

void Registrar::begin_round(Instant now, Effects& effects) {
    round_at_ = now + (now < active_until_ ? lease_every : lease_idle_every);
    auto const text = crypto::checkpoint_text(book().checkpoint());
    auto const& domain = self_.agreement.domain;
    round_lines_ = {crypto::cosign_line(text, witness_name(domain, self_.party), witness_key_, seconds(now))};
    round_missing_.clear();
    for (auto const& [party, keys] : self_.directory)
        if (party != self_.party && post_.is_up(party) && !is_removed(party, now)) round_missing_.insert(party);
    if (round_missing_.empty()) {
        round_end_.reset();
        return;
    }
    round_end_ = now + lease_gathers;
    tell_up(now, MessageType::register_head, encode(RegisterHead{crypto::format_note(text, round_lines_)}), effects);
}

/// A lease is for disclosing: while nobody is asked about, none is kept warm, and the first query brings one along.
void Registrar::needed(Instant now, Effects& effects) {
    active_until_ = now + lease_active;
    bool const fresh = lease_ && lease_->until > now + lease_lives - lease_every;
    if (!fresh && !round_end_) return begin_round(now, effects);
    round_at_ = round_at_ ? std::min(*round_at_, now + lease_every) : now + lease_every;
}

void Registrar::end_round(Instant now, Effects& effects) {
    round_end_.reset();
    auto const note = crypto::format_note(crypto::checkpoint_text(book().checkpoint()), round_lines_);
    tell_up(now, MessageType::register_lease, encode(RegisterHead{note}), effects);
    judge(now, note, effects);
}

/// A statement that binds, and that the coordinator has had time to register, is not in its head: it is hiding it.
bool Registrar::withheld(Instant now) const {
    return std::any_of(proposals_.begin(), proposals_.end(), [&](auto const& entry) {
        return binding_.contains(entry.first) && entry.second.enough_since + proposal_patience < now;
    });
}

void Registrar::head(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_register_head(incoming.envelope.payload);
    if (!decoded || incoming.sender != self_.agreement.coordinator)
        return post_.refuse(now, incoming, "head of the register is malformed or not from the coordinator", effects);
    auto const opened = open_witnessed(book(), decoded.assume_value().note);
    if (!opened) return post_.refuse(now, incoming, "head of the register does not verify", effects);
    auto const& checkpoint = opened.assume_value().head;
    if (checkpoint.size > book().size()) {
        asked_at_ = {};
        return ask(now, effects);
    }
    if (checkpoint.root != book().root_at(checkpoint.size))
        return post_.refuse(now, incoming, "the coordinator shows another register than ours", effects);
    if (checkpoint.size < book().size())
        return post_.refuse(now, incoming, "head of the register is older than ours", effects);
    if (withheld(now)) {
        if (!withheld_logged_)
            post_.refuse(now, incoming, "the coordinator leaves out a statement that binds; not cosigned", effects);
        withheld_logged_ = true;
        return;
    }
    auto const text = crypto::checkpoint_text(checkpoint);
    std::array<std::string, 1> const lines{
        crypto::cosign_line(text, witness_name(self_.agreement.domain, self_.party), witness_key_, seconds(now))};
    post_.tell(now, incoming.sender, MessageType::register_cosignature,
               encode(RegisterHead{crypto::format_note(text, lines)}), effects);
}

void Registrar::cosignature(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_register_head(incoming.envelope.payload);
    if (!decoded || !self_.is_coordinator())
        return post_.refuse(now, incoming, "cosignature is malformed or not to us", effects);
    auto const opened = open_witnessed(book(), decoded.assume_value().note);
    bool const theirs = opened && opened.assume_value().at.contains(incoming.sender);
    if (!theirs) return post_.refuse(now, incoming, "cosignature does not verify", effects);
    auto const& [checkpoint, at] = opened.assume_value();
    if (checkpoint.size > book().size() || checkpoint.root != book().root_at(checkpoint.size))
        return post_.refuse(now, incoming, "cosignature is of another register", effects);
    auto& seen = acknowledged_[incoming.sender];
    if (checkpoint.size >= seen.size) seen = {checkpoint.size, at.at(incoming.sender)};
    if (!round_end_ || checkpoint != book().checkpoint() || round_missing_.erase(incoming.sender) == 0) return;
    // One line of a party, the first of its witness key, however many it sends.
    crypto::CosigningKey const key{witness_name(self_.agreement.domain, incoming.sender),
                                   self_.directory.at(incoming.sender).witness};
    auto const parsed = crypto::parse_note(decoded.assume_value().note);
    auto const& signatures = parsed.assume_value().signatures;
    auto const line = std::find_if(signatures.begin(), signatures.end(), [&](crypto::NoteSignature const& one) {
        return one.name == key.name && one.id == key.id();
    });
    if (line != signatures.end()) round_lines_.push_back(crypto::signature_line(*line));
    if (round_missing_.empty()) end_round(now, effects);
}

void Registrar::lease(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_register_head(incoming.envelope.payload);
    if (!decoded || incoming.sender != self_.agreement.coordinator)
        return post_.refuse(now, incoming, "lease is malformed or not from the coordinator", effects);
    judge(now, decoded.assume_value().note, effects);
}

void Registrar::judge(Instant now, std::string_view note, Effects& effects) {
    auto const opened = open_witnessed(book(), note);
    if (!opened) {
        LeafDraft draft(self_, now);
        std::move(draft.add(FieldTag::reason, "lease does not verify")).write(LeafClass::refusal, {}, effects);
        return;
    }
    auto const& witnessed = opened.assume_value();
    if (witnessed.head.size > book().size()) ask(now, effects);
    auto const judged = judge_lease(book(), self_.agreement, self_.party, witnessed, now);
    if (auto const* good = std::get_if<Lease>(&judged)) {
        if (!lease_ || lease_->until < good->until) lease_ = *good;
        no_lease_.reset();
        return;
    }
    auto const why = std::get<NoLease>(judged);
    // Ours is wrong for certain: nothing that it has measured counts.
    if (why == NoLease::clock_behind) lease_.reset();
    bool const clock = why == NoLease::clock_behind || why == NoLease::clock_ahead_or_late;
    if (clock && no_lease_ != why) {
        LeafDraft draft(self_, now);
        std::move(draft.add(FieldTag::text, in_words(why))).write(LeafClass::start_stop_clock, {}, effects);
    }
    no_lease_ = why;
}

void Registrar::clock_jumped(Instant now, Effects& effects) {
    LeafDraft draft(self_, now);
    std::move(draft.add(FieldTag::text, "the clock was set; the lease is void until another one comes"))
        .write(LeafClass::start_stop_clock, {}, effects);
    lease_.reset();
    asked_at_ = {};
    ask(now, effects);
}

} // namespace fanlight::protocol
