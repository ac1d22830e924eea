#include "protocol/engine/node.hpp"

namespace fanlight::protocol {

namespace {
template <class... Cases> struct Overloaded : Cases... { using Cases::operator()...; };
template <class... Cases> Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr Duration expire_every = std::chrono::minutes(10);

template <std::size_t count> bool is_one_of(std::array<MessageType, count> const& types, MessageType type) {
    return std::find(types.begin(), types.end(), type) != types.end();
}
bool is_of_register(MessageType type) {
    return is_one_of(std::array{MessageType::register_entry, MessageType::register_head,
                                MessageType::register_cosignature, MessageType::register_lease,
                                MessageType::register_request},
                     type);
}
bool is_of_log(MessageType type) {
    return type >= MessageType::log_head && type <= newest_message_type;
}
/// Under whatever agreement the sender is. A log goes on from one version to the next.
bool goes_across(MessageType type) {
    return is_of_register(type) || is_of_log(type) ||
           is_one_of(std::array{MessageType::query, MessageType::answer, MessageType::refusal}, type);
}
/// Under every version that we know of.
bool goes_near(MessageType type) {
    return is_one_of(std::array{MessageType::evaluate_request, MessageType::evaluate_reply, MessageType::summary,
                                MessageType::evaluate_refusal, MessageType::key_certificate, MessageType::epoch_opened,
                                MessageType::epoch_request, MessageType::index_ready},
                     type);
}
} // namespace

Node::Node(Self const& self, InForce& in_force, crypto::SigningKey const& witness_key, Records const* records,
           OwnLog const& log, Copies const& copies)
    : self_(self), in_force_(in_force), post_(self), log_(log), registrar_(self, in_force, witness_key, post_),
      keeper_(self, post_, log,
              [this](Instant now, PartyId const& peer) {
                  auto reason = registrar_.silent(now);
                  if (!reason && registrar_.is_suspended(self_.party, peer)) reason = policy::Reason::suspended;
                  return reason;
              }),
      gate_(registrar_, keeper_), witness_(self, witness_key, post_, copies), receipts_(self, post_, log),
      reconciler_(self, post_, log), governance_(self), epochs_(self), tokens_(self, post_, epochs_),
      ceremony_(self, post_, epochs_), key_holder_(self, post_, epochs_) {
    if (self.is_coordinator()) {
        coordinator_.emplace(self, post_, tokens_, epochs_, registrar_, gate_);
        epoch_desk_.emplace(self, post_, epochs_);
    }
    if (records != nullptr) agency_.emplace(self, post_, tokens_, epochs_, gate_, *records);
}

Result<void> Node::restore(Space space, ByteView key, ByteView value) {
    switch (space) {
    case Space::registers: return registrar_.restore(key, value);
    case Space::seen: return post_.restore_seen(key, value);
    case Space::outbox: return post_.restore_outbox(key, value);
    case Space::budget:
        if (!key.empty() && key[0] != 'r') return key_holder_.restore(key, value);
        if (!key.empty() && agency_) return agency_->restore_budget(key, value);
        break;
    case Space::received:
        if (agency_) return agency_->restore_received(value);
        break;
    case Space::asked:
        if (coordinator_) return coordinator_->restore(value);
        break;
    case Space::linked:
        if (coordinator_) return coordinator_->restore_linked(key, value);
        break;
    case Space::index:
        if (agency_) return agency_->enrolment().restore(key, value);
        break;
    case Space::agreement: {
        FANLIGHT_TRY(activated_, AgreementId::parse(value, "stored agreement id"));
        return ok();
    }
    case Space::epochs:
        if (!key.empty() && key[0] != 3) return epochs_.restore(key, value);
        if (!key.empty() && epoch_desk_) return epoch_desk_->restore(key, value);
        break;
    case Space::ceremony: return ceremony_.restore(key, value);
    case Space::held:
        if (agency_) return agency_->restore_held(key, value);
        break;
    case Space::receipts: return tokens_.restore_receipt(key, value);
    case Space::witness: return witness_.restore(key, value);
    case Space::own_head: return keeper_.restore(key, value);
    case Space::erased: return governance_.restore(key, value);
    case Space::restored: return restore_restored(key, value);
    }
    return fail(Errc::damaged, "stored state", "It belongs to a role that this node does not have.");
}

void Node::note(Instant now, std::string_view text, crypto::LeafClass kind, Effects& effects) const {
    LeafDraft draft(self_, now);
    std::move(draft.add(crypto::FieldTag::text, text)).write(kind, {}, effects);
}

void Node::start(Instant now, Effects& effects) {
    registrar_.start(now, effects);
    if (activated_ != self_.agreement.id) agreement_changed(now, effects);
    note(now, "node started", crypto::LeafClass::start_stop_clock, effects);
    governance_.start(effects);
    keeper_.start(now, effects); // last: what it pads, it pads after all else
}

/// Everybody who keeps something of the agreement makes it anew; and the log says under what it goes on.
void Node::agreement_changed(Instant now, Effects& effects) {
    bool const first = activated_ == AgreementId{};
    activated_ = self_.agreement.id;
    effects.put(Space::agreement, Bytes{1}, to_bytes(activated_.view()));
    auto const version = "version " + std::to_string(self_.agreement.version);
    note(now, (first ? "agreement accepted by hand, " + version : "agreement in force, " + version),
         crypto::LeafClass::agreement_activated, effects);
    if (agency_) agency_->agreement_changed();
    if (coordinator_) coordinator_->agreement_changed(effects);
    epochs_.agreement_changed(now, effects);
}

Result<void> Node::handle(Instant now, Event& event, Effects& effects) {
    return std::visit(
        Overloaded{
            [&](Started&) -> Result<void> {
                start(now, effects);
                return ok();
            },
            [&](Stopping&) -> Result<void> {
                note(now, "node stopped", crypto::LeafClass::start_stop_clock, effects);
                return ok();
            },
            [&](LinkUp& up) -> Result<void> {
                post_.link_up(now, up.peer, effects);
                registrar_.link_up(now, up.peer, effects);
                if (!self_.is_coordinator() && epochs_.newest() == 0) post_.ask_for_epochs(now, effects);
                return ok();
            },
            [&](LinkDown& down) -> Result<void> {
                post_.link_down(down.peer);
                return ok();
            },
            [&](FrameReceived& received) -> Result<void> {
                if (auto const incoming = post_.receive(now, received.peer, received.frame, effects))
                    dispatch(now, *incoming, effects);
                return ok();
            },
            [&](Woken&) -> Result<void> { return ok(); },
            [&](FamilySubmitted& submitted) -> Result<void> {
                if (!coordinator_) return fail(Errc::refused, "query", "Ask at the coordinator's node.");
                FANLIGHT_TRY(coordinator_->submit(now, submitted.id, std::move(submitted.family), effects));
                registrar_.needed(now, effects);
                return ok();
            },
            [&](RecordsImported& imported) -> Result<void> {
                if (!agency_) return fail(Errc::refused, "import", "The coordinator holds no records.");
                agency_->enrolment().imported(now, imported.people, imported.enrolled, imported.list_hash, effects);
                return ok();
            },
            [&](IndexBuilt& built) -> Result<void> {
                if (agency_) agency_->index_built(now, built.index, effects);
                return ok();
            },
            [&](CeremonyStarted& started) -> Result<void> { return ceremony_.start(now, started.plan, effects); },
            [&](CeremonyJoined& joined) -> Result<void> { return ceremony_.join(now, joined.typed, effects); },
            [&](CeremonyAbandoned&) -> Result<void> { return ceremony_.abandon(now, effects); },
            [&](EpochOpening&) -> Result<void> {
                if (!epoch_desk_) return fail(Errc::refused, "opening of an epoch", "Do it at the coordinator's node.");
                return epoch_desk_->open(now, effects);
            },
            [&](MatchesViewed&) -> Result<void> {
                if (!agency_) return fail(Errc::refused, "unsure matches", "The coordinator holds no records.");
                agency_->matches_viewed(now, effects);
                return ok();
            },
            [&](NoteProposed& proposed) -> Result<void> {
                return registrar_.propose(now, proposed.note, proposed.findings.get(), effects);
            },
            [&](LogPublished& published) -> Result<void> {
                keeper_.published(now, published.end, effects);
                return ok();
            },
            [&](Reviewed& mark) -> Result<void> { return governance_.reviewed(now, mark, log_.next(), effects); },
            [&](Exported& made) -> Result<void> { return governance_.exported(now, made, effects); },
            [&](ErasureOrdered& order) -> Result<void> { return governance_.erase(now, order, effects); },
            [&](GlassBroken& broken) -> Result<void> { return keeper_.break_glass(now, broken, effects); },
            [&](ReconcileStarted& asked) -> Result<void> {
                return reconciler_.start(now, asked.peer, asked.since, effects);
            },
            [&](DiskRoom& room) -> Result<void> {
                keeper_.set_room(now, room.enough, effects);
                return ok();
            },
            [&](ClockJumped&) -> Result<void> {
                registrar_.clock_jumped(now, effects);
                keeper_.clock_jumped(now, effects);
                return ok();
            },
        },
        event);
}

Result<Effects> Node::step(Instant now, Event event) {
    if (auto const* begun = std::get_if<Started>(&event); begun != nullptr && begun->quarantined) {
        auto const& cosigned = keeper_.cosigned();
        auto const shard = log_.next().shard;
        bool const here = cosigned && cosigned->end.shard == shard;
        restorer_.emplace(self_, post_, log_, LeafPlace{shard, here ? cosigned->end.position : 0});
        post_.quarantine();
    }
    if (restorer_) return step_in_quarantine(now, event);
    // The version whose time has come is in force before anything else is looked at.
    bool const started = std::holds_alternative<Started>(event);
    if (!started && registrar_.wake(now, carried_)) agreement_changed(now, carried_);
    Effects effects;
    if (auto handled = handle(now, event, effects); !handled) return std::move(handled).as_failure();
    auto asked = std::exchange(effects, std::exchange(carried_, {}));
    effects.append(std::move(asked));
    // An import is stored with its own step; the enrolment that follows must read the store after that commit.
    if (!std::holds_alternative<RecordsImported>(event) && !std::holds_alternative<Stopping>(event)) wake(now, effects);
    return effects;
}

void Node::wake(Instant now, Effects& effects) {
    auto const gone = epochs_.wake(now, effects);
    if (!gone.empty()) ceremony_.forget_useless(now, effects);
    for (auto const epoch : gone) {
        key_holder_.forget(epoch, effects);
        if (agency_) agency_->enrolment().forget(epoch, effects);
        if (epoch_desk_) epoch_desk_->forget(epoch, effects);
    }
    post_.wake(now, effects);
    keeper_.wake(now, effects);
    reconciler_.wake(now);
    for (auto const& failed : tokens_.wake(now, effects)) finished(now, failed, effects);
    key_holder_.wake(now, effects);
    if (agency_) agency_->wake(now, effects);
    if (coordinator_) coordinator_->wake(now, effects);
    if (now - expired_at_ >= expire_every) {
        expired_at_ = now;
        post_.expire(now, effects);
    }
}

void Node::dispatch(Instant now, Incoming const& incoming, Effects& effects) {
    auto const type = incoming.envelope.type;
    if (registrar_.is_removed(incoming.sender, now) && type != MessageType::register_cosignature)
        return post_.refuse(now, incoming, "the sender is cut off", effects);
    // The register tells of versions that we have not. Keys and tokens are good under every version that we know of,
    // because two nodes never change at the same millisecond. A query has an answer of its own: VERSION_MISMATCH.
    bool const same = incoming.envelope.agreement == self_.agreement.id;
    if (!same && !goes_across(type) && !(goes_near(type) && knows(incoming.envelope.agreement)))
        return post_.refuse(now, incoming, "message is under another agreement", effects);
    if (type == MessageType::evaluate_request && registrar_.is_suspended(self_.party, incoming.sender))
        return post_.refuse(now, incoming, "this party has suspended its answers to the sender", effects);
    if (type == MessageType::evaluate_request && registrar_.is_revoked(self_.agreement.id))
        return post_.refuse(now, incoming, "the agreement is revoked", effects);
    switch (type) {
    case MessageType::evaluate_request: return key_holder_.request(now, incoming, effects);
    case MessageType::evaluate_reply:
        if (auto const done = tokens_.reply(now, incoming, effects)) finished(now, *done, effects);
        return;
    case MessageType::query:
        if (agency_) return agency_->query(now, incoming, effects);
        break;
    case MessageType::summary_request:
        if (agency_) return agency_->summary_request(now, incoming, effects);
        break;
    case MessageType::answer:
        if (coordinator_) return coordinator_->answer(now, incoming, effects);
        break;
    case MessageType::summary:
        if (coordinator_) return coordinator_->summary(now, incoming, effects);
        break;
    case MessageType::refusal:
    case MessageType::evaluate_refusal: return refusal(now, incoming, effects);
    case MessageType::key_certificate:
    case MessageType::epoch_opened:
    case MessageType::epoch_request:
    case MessageType::index_ready: return key_message(now, incoming, effects);
    case MessageType::ceremony: return ceremony_.receive(now, incoming, effects);
    case MessageType::register_entry:
    case MessageType::register_head:
    case MessageType::register_cosignature:
    case MessageType::register_lease:
    case MessageType::register_request:
        registrar_.receive(now, incoming, effects);
        // An entry may be of a version whose time has come already.
        if (registrar_.wake(now, effects)) agreement_changed(now, effects);
        return;
    case MessageType::log_head: return witness_.head(now, incoming, effects);
    case MessageType::log_cosignature: return keeper_.cosignature(now, incoming, effects);
    case MessageType::log_receipt: return receipts_.receive(now, incoming, effects);
    case MessageType::reconcile_request: return reconciler_.request(now, incoming, effects);
    case MessageType::reconcile_reply: return reconciler_.reply(now, incoming, effects);
    case MessageType::copies_request: return witness_.copies_requested(now, incoming, effects);
    case MessageType::copies_reply: return; // to a question from quarantine (node_quarantine.cpp), which is over
    }
    post_.refuse(now, incoming, "this node has not the role for such a message", effects);
}

/// Certificates and openings go from the coordinator to everybody, all else to the coordinator. A certificate is
/// believed for its signatures; an opening only moves what the certificates have made.
void Node::key_message(Instant now, Incoming const& incoming, Effects& effects) {
    auto const type = incoming.envelope.type;
    if (epoch_desk_) {
        if (type == MessageType::key_certificate) return epoch_desk_->certificate(now, incoming, effects);
        if (type == MessageType::epoch_request) return epoch_desk_->requested(now, incoming, effects);
        if (type == MessageType::index_ready) return epoch_desk_->ready(now, incoming, effects);
    } else if (incoming.sender == self_.agreement.coordinator && type == MessageType::key_certificate) {
        auto const message = decode_certificate_message(incoming.envelope.payload);
        if (!message) return post_.refuse(now, incoming, "key certificate is malformed", effects);
        // If we signed it in a ceremony and others had all the signatures first, our share comes with it.
        ceremony_.certificate(now, message.assume_value().note, effects);
        // Logged there, whatever it says.
        static_cast<void>(epochs_.accept(now, message.assume_value().note, std::nullopt, effects));
        return;
    } else if (incoming.sender == self_.agreement.coordinator && type == MessageType::epoch_opened) {
        auto const message = decode_epoch_opened(incoming.envelope.payload);
        if (!message) return post_.refuse(now, incoming, "opening of an epoch is malformed", effects);
        auto const epoch = message.assume_value().epoch;
        if (epochs_.find(epoch) == nullptr && epoch > epochs_.newest()) return post_.ask_for_epochs(now, effects);
        epochs_.open(now, epoch, effects);
        return;
    }
    post_.refuse(now, incoming, "this node has not the role for such a message", effects);
}

void Node::finished(Instant now, Tokens const& tokens, Effects& effects) {
    if (coordinator_ && coordinator_->owns(tokens.job)) return coordinator_->finished(now, tokens, effects);
    if (agency_ && agency_->enrolment().owns(tokens.job)) agency_->enrolment().finished(now, tokens, effects);
}

void Node::refusal(Instant now, Incoming const& incoming, Effects& effects) {
    if (auto const done = tokens_.refused(now, incoming, effects)) finished(now, *done, effects);
    if (coordinator_) return coordinator_->refusal(now, incoming, effects);
    // A holder that does not know our epoch, or has it at another stage, may have heard what we have missed.
    auto const reason = decode_evaluate_refusal(incoming.envelope.payload);
    if (incoming.envelope.type != MessageType::evaluate_refusal || !reason) return;
    auto const why = reason.assume_value().reason;
    bool const about_epochs = why == EvaluateRefusalReason::epoch_unknown ||
                              why == EvaluateRefusalReason::bulk_closed || why == EvaluateRefusalReason::not_open;
    if (about_epochs) post_.ask_for_epochs(now, effects);
}

std::optional<Instant> Node::next_wake() const {
    if (restorer_) return restorer_->next_wake();
    if (!carried_.empty()) return Instant{}; // at once: they wait only for a step that is not refused
    auto soonest = tokens_.next_wake();
    auto const consider = [&](std::optional<Instant> at) {
        if (at && (!soonest || *at < *soonest)) soonest = at;
    };
    consider(post_.next_wake());
    consider(registrar_.next_wake());
    consider(keeper_.next_wake());
    consider(reconciler_.next_wake());
    consider(epochs_.next_wake());
    if (agency_) consider(agency_->next_wake());
    if (coordinator_) consider(coordinator_->next_wake());
    return soonest;
}

} // namespace fanlight::protocol
