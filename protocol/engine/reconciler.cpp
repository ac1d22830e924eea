#include "protocol/engine/reconciler.hpp"

#include "protocol/wire/log_wire.hpp"

#include <algorithm>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

static_assert(reconcile_page == exchange_ends_max);

namespace {

/// What there should be at the other end for a leaf at this one.
bool matches(LeafClass here, LeafClass there) {
    switch (here) {
    case LeafClass::query_sent: return there == LeafClass::query_received || there == LeafClass::refusal;
    case LeafClass::query_received: return there == LeafClass::query_sent;
    case LeafClass::disclosure_sent: return there == LeafClass::disclosure_received;
    case LeafClass::disclosure_received: return there == LeafClass::disclosure_sent || there == LeafClass::refusal;
    case LeafClass::refusal:
        return there == LeafClass::disclosure_received || there == LeafClass::query_sent ||
               there == LeafClass::evaluation_requested || there == LeafClass::refusal;
    case LeafClass::evaluation_requested: return there == LeafClass::evaluation_served || there == LeafClass::refusal;
    case LeafClass::evaluation_served: return there == LeafClass::evaluation_requested;
    case LeafClass::decision:
    case LeafClass::break_glass:
    case LeafClass::agreement_activated:
    case LeafClass::agreement_revoked:
    case LeafClass::key_event:
    case LeafClass::ig_review:
    case LeafClass::erasure:
    case LeafClass::start_stop_clock:
    case LeafClass::export_made:
    case LeafClass::admin:
    case LeafClass::correction:
    case LeafClass::context_opened:
    case LeafClass::suspension:
    case LeafClass::filler:
    case LeafClass::gap: return false;
    }
    return false;
}

using ByTag = std::map<crypto::ExchangeTag, std::vector<ExchangeEnd const*>>;
ByTag by_tag(std::vector<ExchangeEnd> const& ends) {
    ByTag sorted;
    for (auto const& end : ends) sorted[end.tag].push_back(&end);
    return sorted;
}
bool has_counterpart(ExchangeEnd const& end, ByTag const& others) {
    auto const found = others.find(end.tag);
    return found != others.end() && std::any_of(found->second.begin(), found->second.end(),
                                                [&](auto const* other) { return matches(end.kind, other->kind); });
}

} // namespace

Result<void> Reconciler::start(Instant now, PartyId const& peer, Instant since, Effects& effects) {
    if (peer == self_.party)
        return fail(Errc::refused, "reconciling", "A node has one end only of what it says itself.");
    if (!self_.directory.contains(peer)) return fail(Errc::missing, "party to reconcile with");
    results_.insert_or_assign(peer,
                              Reconciliation{peer, since, now, Reconciliation::State::asking, {}, 0, 0, 0, 0, {}});
    gathering_.erase(peer);
    ask(now, peer, since, 0, 0, effects);
    return ok();
}

void Reconciler::ask(Instant now, PartyId const& peer, Instant since, std::uint32_t shard, std::uint64_t after,
                     Effects& effects) {
    auto& gathering = gathering_[peer];
    gathering.exchange = self_.random.make<ExchangeId>();
    gathering.last = now;
    ++gathering.pages;
    post_.send(
        now,
        {peer, MessageType::reconcile_request, gathering.exchange, {}, encode(ReconcileRequest{since, shard, after})},
        effects);
}

/// Only what the asker has its own end of; and that it asked is a leaf.
void Reconciler::request(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_reconcile_request(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "request to reconcile is malformed", effects);
    auto const& request = decoded.assume_value();
    LeafPlace from{static_cast<std::int32_t>(request.shard), request.position};
    if (request.shard == 0) {
        auto const first = log_.place_at(incoming.sender, request.since);
        if (first) from = first.assume_value();
        LeafDraft draft(self_, now);
        draft.add(FieldTag::peer, incoming.sender.text());
        std::move(draft.add(FieldTag::text, "a party reconciles its log with ours"))
            .write(LeafClass::admin, {}, effects);
    }
    auto ends = log_.exchanges(incoming.sender, from, reconcile_page + 1);
    if (!ends) return post_.refuse(now, incoming, "our log could not be read", effects);
    ReconcileReply reply{std::move(ends).assume_value(), false};
    if (reply.ends.size() > reconcile_page) {
        reply.ends.resize(reconcile_page);
        reply.more = true;
    }
    post_.send(now,
               {incoming.sender, MessageType::reconcile_reply, incoming.envelope.exchange, incoming.payload_hash,
                encode(reply)},
               effects);
}

void Reconciler::reply(Instant now, Incoming const& incoming, Effects& effects) {
    auto const gathering = gathering_.find(incoming.sender);
    auto decoded = decode_reconcile_reply(incoming.envelope.payload);
    if (!decoded || gathering == gathering_.end() || gathering->second.exchange != incoming.envelope.exchange)
        return post_.refuse(now, incoming, "answer to no request to reconcile of ours", effects);
    auto& item = results_.at(incoming.sender);
    auto& [exchange, pages, last, theirs] = gathering->second;
    auto& ends = decoded.assume_value().ends;
    bool const forward = ends.empty() || theirs.empty() || theirs.back().place < ends.front().place;
    theirs.insert(theirs.end(), ends.begin(), ends.end());
    if (decoded.assume_value().more && !ends.empty() && forward && pages < reconcile_pages_max) {
        auto const next = theirs.back().place;
        return ask(now, incoming.sender, item.since, static_cast<std::uint32_t>(next.shard), next.position + 1,
                   effects);
    }
    if (!forward || decoded.assume_value().more) {
        item.state = Reconciliation::State::failed;
        item.problem = forward ? "it is too much for once; begin later" : "its answers do not follow each other";
    } else if (auto const compared = compare(now, item); !compared) {
        item.state = Reconciliation::State::failed;
        item.problem = "our own log could not be read";
    }
    gathering_.erase(incoming.sender);
}

Result<void> Reconciler::compare(Instant now, Reconciliation& item) const {
    FANLIGHT_TRY(auto const first, log_.place_at(item.peer, item.since));
    FANLIGHT_TRY(auto const ours, log_.exchanges(item.peer, first, reconcile_page * reconcile_pages_max));
    auto const& theirs = gathering_.at(item.peer).theirs;
    auto const our_tags = by_tag(ours);
    auto const their_tags = by_tag(theirs);
    auto const look = [&](std::vector<ExchangeEnd> const& ends, ByTag const& others, bool mine) {
        for (auto const& end : ends) {
            if (has_counterpart(end, others)) {
                item.matched += mine ? 1U : 0U;
            } else if (end.time + reconcile_grace > now || end.time < item.since + reconcile_grace) {
                ++item.under_way; // its other end may be a little before the first, or not there yet
            } else {
                item.unmatched.push_back({end, mine});
            }
        }
    };
    item.ours = ours.size();
    item.theirs = theirs.size();
    look(ours, their_tags, true);
    look(theirs, our_tags, false);
    item.state = Reconciliation::State::done;
    return ok();
}

void Reconciler::wake(Instant now) {
    for (auto entry = gathering_.begin(); entry != gathering_.end();) {
        if (entry->second.last + reconcile_patience > now) {
            ++entry;
            continue;
        }
        auto& item = results_.at(entry->first);
        item.state = Reconciliation::State::failed;
        item.problem = "it has not answered";
        entry = gathering_.erase(entry);
    }
}

std::optional<Instant> Reconciler::next_wake() const {
    std::optional<Instant> soonest;
    for (auto const& [peer, gathering] : gathering_)
        if (auto const at = gathering.last + reconcile_patience; !soonest || at < *soonest) soonest = at;
    return soonest;
}

} // namespace fanlight::protocol
