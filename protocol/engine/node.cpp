#include "protocol/engine/node.hpp"

namespace fanlight::protocol {

namespace {
template <class... Cases> struct Overloaded : Cases... { using Cases::operator()...; };
template <class... Cases> Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr Duration expire_every = std::chrono::minutes(10);
} // namespace

Node::Node(Self const& self, Records const* records) : self_(self), post_(self), tokens_(self, post_) {
    if (self.is_coordinator()) coordinator_.emplace(self, post_, tokens_);
    if (records != nullptr) agency_.emplace(self, post_, tokens_, *records);
    if (self.share != nullptr) key_holder_.emplace(self, post_);
}

Result<void> Node::restore(Space space, ByteView key, ByteView value) {
    switch (space) {
    case Space::seen: return post_.restore_seen(key, value);
    case Space::outbox: return post_.restore_outbox(key, value);
    case Space::budget:
        if (!key.empty() && key[0] == 'h' && key_holder_) return key_holder_->restore_budget(key, value);
        if (!key.empty() && key[0] == 'r' && agency_) return agency_->restore_budget(key, value);
        break;
    case Space::received:
        if (agency_) return agency_->restore_received(value);
        break;
    case Space::asked:
        if (coordinator_) return coordinator_->restore(value);
        break;
    case Space::index:
        if (agency_) return agency_->enrolment().restore(value);
        break;
    case Space::agreement: {
        FANLIGHT_TRY(activated_, AgreementId::parse(value, "stored agreement id"));
        return ok();
    }
    }
    return fail(Errc::damaged, "stored state", "It belongs to a role that this node does not have.");
}

void Node::note(Instant now, char const* text, crypto::LeafClass kind, Effects& effects) const {
    LeafDraft draft(self_, now);
    std::move(draft.add(crypto::FieldTag::text, text)).write(kind, {}, effects);
}

void Node::start(Instant now, Effects& effects) {
    if (activated_ != self_.agreement.id) {
        note(now, "agreement accepted by hand", crypto::LeafClass::agreement_activated, effects);
        activated_ = self_.agreement.id;
        effects.put(Space::agreement, Bytes{1}, to_bytes(activated_.view()));
    }
    note(now, "node started", crypto::LeafClass::start_stop_clock, effects);
}

Result<Effects> Node::step(Instant now, Event event) {
    Effects effects;
    auto handled = std::visit(
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
                post_.link_up(up.peer, effects);
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
                return coordinator_->submit(now, submitted.id, std::move(submitted.family), effects);
            },
            [&](RecordsImported& imported) -> Result<void> {
                if (!agency_) return fail(Errc::refused, "import", "The coordinator holds no records.");
                agency_->enrolment().imported(now, imported.people, imported.enrolled, imported.list_hash, effects);
                return ok();
            },
            [&](IndexBuilt& built) -> Result<void> {
                if (agency_) agency_->enrolment().index_built(now, built.day, effects);
                return ok();
            },
        },
        event);
    if (!handled) return std::move(handled).as_failure();
    // An import is stored with its own step; the enrolment that follows must read the store after that commit.
    if (!std::holds_alternative<RecordsImported>(event) && !std::holds_alternative<Stopping>(event)) wake(now, effects);
    return effects;
}

void Node::wake(Instant now, Effects& effects) {
    tokens_.wake(now, effects);
    if (agency_) agency_->wake(now, effects);
    if (coordinator_) coordinator_->wake(now, effects);
    if (now - expired_at_ >= expire_every) {
        expired_at_ = now;
        post_.expire(now, effects);
    }
}

void Node::dispatch(Instant now, Incoming const& incoming, Effects& effects) {
    // Only a query has an answer across agreements: VERSION_MISMATCH.
    auto const type = incoming.envelope.type;
    bool const across = type == MessageType::query || type == MessageType::answer || type == MessageType::refusal;
    if (!across && incoming.envelope.agreement != self_.agreement.id)
        return post_.refuse(now, incoming, "message is under another agreement", effects);
    switch (incoming.envelope.type) {
    case MessageType::evaluate_request:
        if (key_holder_) return key_holder_->request(now, incoming, effects);
        break;
    case MessageType::evaluate_reply: return reply(now, incoming, effects);
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
    case MessageType::refusal: return refusal(now, incoming, effects);
    }
    post_.refuse(now, incoming, "this node has not the role for such a message", effects);
}

void Node::reply(Instant now, Incoming const& incoming, Effects& effects) {
    auto const done = tokens_.reply(now, incoming, effects);
    if (!done) return;
    if (done->tokens.empty()) return failed(now, done->job, effects);
    if (coordinator_ && coordinator_->owns(done->job)) return coordinator_->finished(now, *done, effects);
    if (agency_ && agency_->enrolment().owns(done->job)) agency_->enrolment().finished(now, *done, effects);
}

void Node::refusal(Instant now, Incoming const& incoming, Effects& effects) {
    if (auto const job = tokens_.refused(now, incoming, effects)) failed(now, *job, effects);
    if (coordinator_) coordinator_->refusal(now, incoming, effects);
}

void Node::failed(Instant now, JobId job, Effects& effects) {
    if (coordinator_ && coordinator_->owns(job)) coordinator_->tokens_failed(job, effects);
    if (agency_ && agency_->enrolment().owns(job)) agency_->enrolment().failed(now);
}

std::optional<Instant> Node::next_wake() const {
    auto soonest = tokens_.next_wake();
    auto const consider = [&](std::optional<Instant> at) {
        if (at && (!soonest || *at < *soonest)) soonest = at;
    };
    if (agency_) consider(agency_->next_wake());
    if (coordinator_) consider(coordinator_->next_wake());
    return soonest;
}

} // namespace fanlight::protocol
