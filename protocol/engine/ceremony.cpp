#include "protocol/engine/ceremony.hpp"

#include "crypto/text.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace fanlight::protocol {

namespace {

constexpr auto ceremony_plan = "plan of a ceremony";

Result<void> check_holders(policy::Agreement const& agreement, std::vector<PartyId> const& holders) {
    for (std::size_t i = 0; i < holders.size(); ++i) {
        if (!agreement.may_hold_share(holders[i]))
            return fail(Errc::refused, "holder in the plan of a ceremony",
                        "The agreement does not let it hold a share. Name holders of its [keys].", i + 1);
        if (std::count(holders.begin(), holders.end(), holders[i]) != 1)
            return fail(Errc::refused, "holder in the plan of a ceremony", "Name each holder once.", i + 1);
    }
    if (holders.size() < agreement.keys.threshold)
        return fail(Errc::refused, ceremony_plan, "There are fewer holders than the agreement's threshold.");
    return ok();
}

} // namespace

char const* name(CeremonyStage stage) {
    switch (stage) {
    case CeremonyStage::proposed: return "proposed";
    case CeremonyStage::committing: return "committing";
    case CeremonyStage::revealing: return "revealing";
    case CeremonyStage::sharing: return "sharing";
    case CeremonyStage::signing: return "signing";
    case CeremonyStage::complete: return "complete";
    case CeremonyStage::aborted: return "aborted";
    }
    return "unknown";
}

char const* in_words(CeremonyStage stage) {
    switch (stage) {
    case CeremonyStage::proposed: return "waits for its administrator to join";
    case CeremonyStage::committing: return "joined; waits until everybody has";
    case CeremonyStage::revealing: return "waits for everybody's commitments";
    case CeremonyStage::sharing: return "waits for everybody's shares and what they heard";
    case CeremonyStage::signing: return "signed; waits for everybody's signature";
    case CeremonyStage::complete: return "complete";
    case CeremonyStage::aborted: return "aborted";
    }
    return "unknown";
}

Result<void> Ceremony::start(Instant now, CeremonyPlan const& plan, Effects& effects) {
    FANLIGHT_TRY(auto proposal, propose(now, plan));
    if (session_ && !session_->is_over()) give_up(now, AbandonReason::replaced, effects);
    last_proposed_ = proposal.proposed_at;
    CeremonySession session;
    session.fingerprint = fingerprint(self_.agreement, proposal);
    session.proposal = std::move(proposal);
    session.since = now;
    begin(std::move(session), effects);
    log(now, "ceremony proposed", session_->fingerprint, effects);
    send_all(now, CeremonyKind::proposal, encode(session_->proposal), false, effects);
    return ok();
}

Result<CeremonyProposal> Ceremony::propose(Instant now, CeremonyPlan const& plan) const {
    if (!self_.is_coordinator())
        return fail(Errc::refused, ceremony_plan, "Only the coordinator starts a ceremony: do it at its node.");
    auto const& keys = self_.agreement.keys;
    CeremonyProposal proposal;
    proposal.holders = plan.holders.empty() ? keys.holders : plan.holders;
    FANLIGHT_TRY(check_holders(self_.agreement, proposal.holders));
    proposal.id = self_.random.make<CeremonyId>();
    proposal.threshold = keys.threshold;
    proposal.proposed_at = std::max(now, last_proposed_ + Duration(1));
    if (plan.reshare) {
        FANLIGHT_TRY(propose_reshare(plan, proposal));
    } else {
        if (!plan.dealers.empty())
            return fail(Errc::refused, ceremony_plan, "Name dealers only when the same key is shared anew.");
        proposal.dealers = proposal.holders;
        // A number under which anybody may have signed a certificate is not used again.
        auto const used = used_.empty() ? 0 : used_.rbegin()->first;
        proposal.epoch = std::max(epochs_.newest(), used) + 1;
    }
    if (unfit(self_, epochs_, proposal, now))
        return fail(Errc::refused, ceremony_plan, "It does not fit the agreement or the keys that are in use.");
    return proposal;
}

Result<void> Ceremony::propose_reshare(CeremonyPlan const& plan, CeremonyProposal& proposal) const {
    auto const* epoch = epochs_.open();
    if (epoch == nullptr)
        return fail(Errc::refused, ceremony_plan,
                    "No epoch is open, so there is no key to share anew: make a new one.");
    auto const& before = epoch->keys();
    if (before.threshold != proposal.threshold)
        return fail(Errc::refused, ceremony_plan,
                    "The agreement has another threshold than the key: make a new key instead.");
    proposal.epoch = before.epoch;
    auto const used = used_.find(before.epoch);
    proposal.sharing = std::max(before.sharing, used == used_.end() ? 0 : used->second) + 1;
    proposal.group = before.group;
    proposal.dealers = plan.dealers;
    if (plan.dealers.empty()) {
        for (auto const& holder : before.holders)
            if (proposal.dealers.size() < before.threshold && post_.is_up(holder) && !epoch->excluded.contains(holder))
                proposal.dealers.push_back(holder);
        if (proposal.dealers.size() < before.threshold)
            return fail(Errc::refused, ceremony_plan,
                        "Too few of the present holders are connected to deal their shares: wait, or make a new key.");
    }
    if (proposal.dealers.size() != before.threshold || names_twice(proposal.dealers))
        return fail(Errc::refused, ceremony_plan, "Name exactly as many dealers as the threshold, each once.");
    FANLIGHT_TRY(dealer_set(before, proposal));
    return ok();
}

Result<void> Ceremony::join(Instant now, std::string_view typed, Effects& effects) {
    constexpr auto where = "ceremony";
    if (!session_ || session_->stage != CeremonyStage::proposed || !session_->takes_part(self_.party))
        return fail(Errc::missing, where, "No proposal waits here: the coordinator starts one.");
    if (!crypto::fingerprint_matches(typed, session_->fingerprint.view()))
        return fail(Errc::wrong_key, where,
                    "That is not the fingerprint of the proposal here: compare the words by phone before joining.");
    if (unfit(self_, epochs_, session_->proposal, now))
        return fail(Errc::refused, where, "The proposal does not fit the keys in use any more: abandon it.");
    SaidJoined joined{session_->fingerprint, std::nullopt};
    auto seed = self_.random.make<crypto::CeremonySeed>();
    if (session_->deals(self_.party)) {
        FANLIGHT_TRY(auto const own, polynomial(seed));
        auto const context = ceremony_context(self_.mode(), *session_, self_.party);
        joined.commitment_hash = crypto::commitment_hash(context, own.commitments(), own.prove_constant(seed, context));
        store_seed(std::move(seed), effects);
    }
    say(now, CeremonyKind::joined, encode(joined), effects);
    enter(now, CeremonyStage::committing, effects);
    advance(now, effects);
    return ok();
}

Result<void> Ceremony::abandon(Instant now, Effects& effects) {
    if (!session_ || session_->is_over()) return fail(Errc::missing, "ceremony", "None is under way.");
    give_up(now, AbandonReason::administrator, effects);
    return ok();
}

void Ceremony::receive(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_ceremony_message(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "ceremony message is malformed", effects);
    auto const& message = decoded.assume_value();
    if (incoming.envelope.agreement != self_.agreement.id)
        return post_.refuse(now, incoming, "ceremony message is under another agreement", effects);
    if (message.kind == CeremonyKind::proposal) return proposed(now, incoming, message, effects);
    if (!session_ || session_->proposal.id != message.ceremony)
        return post_.refuse(now, incoming, "ceremony message is of no ceremony that is known here", effects);
    bool const from_participant = session_->takes_part(incoming.sender);
    if (!from_participant && incoming.sender != self_.agreement.coordinator)
        return post_.refuse(now, incoming, "ceremony message is not from a participant", effects);
    bool const rounds = from_participant && session_->takes_part(self_.party);
    switch (message.kind) {
    case CeremonyKind::joined:
    case CeremonyKind::commitments:
    case CeremonyKind::heard:
    case CeremonyKind::signature:
        if (rounds) return heard(now, incoming, message, effects);
        break;
    case CeremonyKind::share:
        if (rounds) return dealt(now, incoming, message, effects);
        break;
    case CeremonyKind::complaint:
        if (from_participant) return complained(now, incoming, message, effects);
        break;
    case CeremonyKind::abandonment: return abandoned(now, incoming, message, effects);
    case CeremonyKind::progress:
        if (from_participant && self_.is_coordinator()) return progressed(now, incoming, message, effects);
        break;
    case CeremonyKind::proposal: break;
    }
    post_.refuse(now, incoming, "ceremony message is not for this node", effects);
}

void Ceremony::proposed(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects) {
    if (incoming.sender != self_.agreement.coordinator)
        return post_.refuse(now, incoming, "proposal of a ceremony is not the coordinator's", effects);
    auto decoded = decode_ceremony_proposal(message.body);
    if (!decoded || decoded.assume_value().id != message.ceremony)
        return post_.refuse(now, incoming, "proposal of a ceremony is malformed", effects);
    CeremonySession session;
    session.fingerprint = fingerprint(self_.agreement, decoded.assume_value());
    session.proposal = std::move(decoded).assume_value();
    session.since = now;
    auto const& proposal = session.proposal;
    if (!session.takes_part(self_.party))
        return post_.refuse(now, incoming, "proposal of a ceremony without us", effects);
    if (session_ && session_->fingerprint == session.fingerprint)
        return post_.refuse(now, incoming, "proposal of a ceremony is known already", effects);

    auto reason = unfit(self_, epochs_, proposal, now);
    auto const used = used_.find(proposal.epoch);
    if (used != used_.end() && proposal.sharing <= used->second) reason = AbandonReason::number_used;
    if (proposal.proposed_at <= last_proposed_) reason = AbandonReason::not_later;
    if (!reason && proposal.group && session.deals(self_.party) && !sharing_dealt(epochs_, proposal)->share)
        reason = AbandonReason::no_share;
    if (reason) { // not shown to anybody here; the coordinator is told why
        post_.refuse(now, incoming, in_words(*reason), effects);
        return send(now, proposal.id, incoming.sender, CeremonyKind::abandonment, encode(CeremonyAbandonment{*reason}),
                    effects);
    }
    if (session_ && !session_->is_over())
        end(now, CauseKind::stated, {"replaced by a new proposal", std::nullopt}, effects);
    last_proposed_ = proposal.proposed_at;
    begin(std::move(session), effects);
    log(now, "ceremony proposed", session_->fingerprint, effects);
}

void Ceremony::progressed(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects) {
    auto const progress = decode_ceremony_progress(message.body);
    if (!progress) return post_.refuse(now, incoming, "progress of a ceremony is malformed", effects);
    auto& session = *session_;
    auto const stage = progress.assume_value().stage;
    if (stage >= CeremonyStage::signing) {
        mark_used(effects);
    }
    if (session.is_over() || stage_of(incoming.sender) >= stage) return; // late
    store_told(incoming.sender, stage, effects);
    auto slowest = CeremonyStage::complete;
    for (auto const& party : session.proposal.participants()) slowest = std::min(slowest, stage_of(party));
    if (slowest > session.stage) enter(now, slowest, effects);
}

void Ceremony::abandoned(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects) {
    auto const decoded = decode_ceremony_abandonment(message.body);
    if (!decoded) return post_.refuse(now, incoming, "abandonment of a ceremony is malformed", effects);
    auto const reason = decoded.assume_value().reason;
    auto& session = *session_;
    if (session.stage == CeremonyStage::complete) return;
    if (self_.is_coordinator() && reason == AbandonReason::number_used) {
        mark_used(effects);
    }
    if (session.takes_part(incoming.sender)) store_told(incoming.sender, CeremonyStage::aborted, effects);
    auto const kind = reason == AbandonReason::ended_elsewhere ? CauseKind::hearsay : CauseKind::stated;
    hear_end(now, incoming.sender, kind, {incoming.sender.text() + " " + in_words(reason), std::nullopt}, effects);
}

void Ceremony::complained(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects) {
    auto const complaint = decode_ceremony_complaint(message.body);
    if (!complaint) return post_.refuse(now, incoming, "complaint in a ceremony is malformed", effects);
    if (session_->stage == CeremonyStage::complete) return;
    store_told(incoming.sender, CeremonyStage::aborted, effects);
    auto const verdict = judge(self_, epochs_, *session_, incoming.sender, complaint.assume_value());
    hear_end(now, incoming.sender, verdict.at_fault ? CauseKind::proven : CauseKind::stated, verdict, effects);
}

void Ceremony::hear_end(Instant now, PartyId const& from, CauseKind kind, Verdict const& verdict, Effects& effects) {
    if (session_->is_over()) return better_cause(now, kind, verdict, effects);
    // Whoever told us may not have told everybody: the coordinator hears it from us, and everybody from the
    // coordinator.
    auto const body = encode(CeremonyAbandonment{AbandonReason::ended_elsewhere});
    if (self_.is_coordinator()) {
        send_all(now, CeremonyKind::abandonment, body, false, effects);
    } else if (from != self_.agreement.coordinator) {
        send(now, session_->proposal.id, self_.agreement.coordinator, CeremonyKind::abandonment, body, effects);
    }
    end(now, kind, verdict, effects);
}

CeremonyStage Ceremony::stage_of(PartyId const& party) const {
    auto const& session = *session_;
    if (auto const told = session.told.find(party); told != session.told.end()) return told->second;
    if (self_.is_coordinator()) return CeremonyStage::proposed;
    if (party == self_.party) return session.stage;
    if (session.find(CeremonyKind::signature, party) != nullptr) return CeremonyStage::signing;
    if (session.find(CeremonyKind::heard, party) != nullptr) return CeremonyStage::sharing;
    if (session.find(CeremonyKind::commitments, party) != nullptr) return CeremonyStage::revealing;
    if (session.find(CeremonyKind::joined, party) != nullptr) return CeremonyStage::committing;
    return CeremonyStage::proposed;
}

bool Ceremony::is_waited_for(PartyId const& party) const {
    auto const& session = *session_;
    if (session.is_over()) return false;
    if (self_.is_coordinator()) return stage_of(party) == session.stage; // the slowest
    auto const lacks = [&](CeremonyKind kind) { return session.find(kind, party) == nullptr; };
    bool const other = party != self_.party;
    switch (session.stage) {
    case CeremonyStage::proposed: return !other;
    case CeremonyStage::committing: return lacks(CeremonyKind::joined);
    case CeremonyStage::revealing: return session.deals(party) && lacks(CeremonyKind::commitments);
    case CeremonyStage::sharing:
        return other && (lacks(CeremonyKind::heard) ||
                         (session.receives(self_.party) && session.deals(party) && !session.shares.contains(party)));
    case CeremonyStage::signing: return lacks(CeremonyKind::signature);
    case CeremonyStage::complete:
    case CeremonyStage::aborted: break;
    }
    return false;
}

std::optional<CeremonyView> Ceremony::view() const {
    if (!session_) return std::nullopt;
    auto const& session = *session_;
    CeremonyView view{session.proposal,    session.fingerprint, session.stage,  session.since, {}, {},
                      session.certificate, session.cause,       session.accused};
    for (auto const& party : session.proposal.participants()) {
        view.participants.emplace(party, stage_of(party));
        if (is_waited_for(party)) view.waiting_for.push_back(party);
    }
    if (session.stage == CeremonyStage::aborted) view.certificate.reset(); // nothing came of what we signed
    auto const* made = epochs_.find(session.proposal.epoch, session.proposal.sharing);
    if (made != nullptr && made->certificate.ceremony == session.proposal.id) {
        view.certificate = fingerprint(self_.agreement, made->certificate);
        // It ended here, but not before somebody had every signature: the key is made, and the cause stays to be read.
        if (session.stage == CeremonyStage::aborted) view.stage = CeremonyStage::complete;
    }
    return view;
}

} // namespace fanlight::protocol
