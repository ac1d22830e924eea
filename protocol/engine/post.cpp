#include "protocol/engine/post.hpp"

#include "base/byte_reader.hpp"

#include <cassert>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {
constexpr Duration epochs_asked_every = std::chrono::minutes(1);

Bytes outbox_key(std::uint64_t number) {
    return ByteWriter().u64(number).take();
}
Bytes seen_key(PartyId const& sender, Envelope const& envelope) {
    return ByteWriter().number(envelope.type).raw(envelope.exchange.view()).text(sender.text()).take();
}
bool is_request(MessageType type) {
    return type == MessageType::evaluate_request || type == MessageType::query || type == MessageType::summary_request;
}
constexpr Duration offer_again_after = std::chrono::seconds(60); // then twice that, and so on:
constexpr unsigned offer_doublings_max = 6;                      // about an hour
constexpr std::size_t offers_at_once_max = 64;

/// Something is sent for it, be it a refusal.
bool asks(MessageType type) {
    return is_request(type) || type == MessageType::epoch_request || type == MessageType::register_request ||
           type == MessageType::log_head || type == MessageType::reconcile_request ||
           type == MessageType::copies_request;
}

/// Of a request that is good enough to have one, so that both ends can match their leaves.
crypto::ExchangeTag tag_of(Envelope const& envelope) {
    auto const tag = [](auto const& request) {
        return request ? crypto::exchange_tag(request.assume_value().exchange_key) : crypto::ExchangeTag{};
    };
    if (envelope.type == MessageType::query) return tag(decode_query(envelope.payload));
    if (envelope.type == MessageType::summary_request) return tag(decode_summary_request(envelope.payload));
    if (envelope.type == MessageType::evaluate_request) return tag(decode_evaluate_request(envelope.payload));
    return {};
}
} // namespace

PartyId const& Post::next_hop(PartyId const& recipient) const {
    return self_.is_coordinator() ? recipient : self_.agreement.coordinator;
}

crypto::Sha256 Post::send(Instant now, Letter const& letter, Effects& effects) {
    auto const peer = self_.directory.find(letter.recipient);
    assert(peer != self_.directory.end()); // a version is in force only once every party of it has a key note
    Envelope envelope{letter.type, letter.exchange, self_.agreement.id, now, letter.answers, letter.payload, {}};
    auto sealed = seal_envelope({self_.mode(), self_.party, letter.recipient}, std::move(envelope), self_.node_key,
                                peer->second.sealing, self_.random);
    assert(sealed); // engines keep to the limits
    Frame const frame{FrameKind::message, self_.random.make<FrameId>(), self_.party, letter.recipient,
                      std::move(sealed).assume_value()};
    enqueue(now, next_hop(letter.recipient), frame, effects);
    return crypto::sha256({letter.payload});
}

crypto::Sha256 Post::tell(Instant now, PartyId const& recipient, MessageType type, Bytes payload, Effects& effects) {
    return send(now, {recipient, type, self_.random.make<ExchangeId>(), {}, std::move(payload)}, effects);
}

void Post::enqueue(Instant now, PartyId const& peer, Frame const& frame, Effects& effects) {
    auto const number = next_++;
    auto bytes = encode_frame(frame);
    effects.put(Space::outbox, outbox_key(number),
                ByteWriter().text(peer.text()).raw(frame.id.view()).instant(now).blob(bytes).take());
    keep(number, {peer, frame.sender, frame.id, now, std::move(bytes)});
    if (is_up(peer)) offer(now, *outbox_.find(number), effects);
}

void Post::offer(Instant now, Outbox::value_type& entry, Effects& effects) {
    auto& [number, waiting] = entry;
    effects.transmissions.push_back({waiting.peer, waiting.frame});
    offer_again_.erase({waiting.offer_again_at, number});
    auto const doublings = std::min(waiting.offers++, offer_doublings_max);
    waiting.offer_again_at = now + offer_again_after * (1U << doublings);
    offer_again_.emplace(waiting.offer_again_at, number);
}

void Post::wake(Instant now, Effects& effects) {
    for (std::size_t i = 0; i < offers_at_once_max && !offer_again_.empty(); ++i) {
        auto const [at, number] = *offer_again_.begin();
        if (at > now) return;
        offer_again_.erase(offer_again_.begin());
        auto const entry = outbox_.find(number);
        if (entry != outbox_.end() && is_up(entry->second.peer)) offer(now, *entry, effects);
    }
}

std::optional<Instant> Post::next_wake() const {
    if (offer_again_.empty()) return std::nullopt;
    return offer_again_.begin()->first;
}

void Post::keep(std::uint64_t number, Waiting waiting) {
    by_frame_.emplace(std::pair(waiting.peer, waiting.id), number);
    auto const add = [&](Load& load) {
        ++load.frames;
        load.bytes += waiting.frame.size();
    };
    add(load_[waiting.peer]);
    if (waiting.sender != self_.party) add(relayed_[{waiting.peer, waiting.sender}]);
    outbox_.emplace(number, std::move(waiting));
}

Post::Outbox::iterator Post::drop(Outbox::iterator entry) {
    auto const& waiting = entry->second;
    auto const subtract = [&](auto& loads, auto const& key) {
        auto const found = loads.find(key);
        found->second.bytes -= waiting.frame.size();
        if (--found->second.frames == 0) loads.erase(found);
    };
    subtract(load_, waiting.peer);
    if (waiting.sender != self_.party) subtract(relayed_, std::pair(waiting.peer, waiting.sender));
    by_frame_.erase({waiting.peer, waiting.id});
    offer_again_.erase({waiting.offer_again_at, entry->first});
    return outbox_.erase(entry);
}

bool Post::has_room(PartyId const& peer) const {
    auto const found = load_.find(peer);
    return found == load_.end() || !found->second.reaches(limits::outbox_frames_max, outbox_bytes_max);
}

bool Post::has_room(PartyId const& peer, PartyId const& sender) const {
    auto const found = relayed_.find({peer, sender});
    bool const its_own = found == relayed_.end() || !found->second.reaches(relayed_frames_max, relayed_bytes_max);
    return its_own && has_room(peer);
}

void Post::ask_for_epochs(Instant now, Effects& effects) {
    if (now < epochs_asked_ + epochs_asked_every) return;
    epochs_asked_ = now;
    tell(now, self_.agreement.coordinator, MessageType::epoch_request, encode(EpochRequest{}), effects);
}

void Post::link_up(Instant now, PartyId const& peer, Effects& effects) {
    up_.insert(peer);
    for (auto& entry : outbox_) {
        if (entry.second.peer != peer) continue;
        entry.second.offers = 0;
        offer(now, entry, effects);
    }
}

void Post::acknowledge(PartyId const& peer, FrameId const& id, Effects& effects) const {
    effects.transmissions.push_back({peer, encode_frame({FrameKind::acknowledgement, id, self_.party, peer, {}})});
}

void Post::acknowledged(PartyId const& peer, FrameId const& id, Effects& effects) {
    auto const found = by_frame_.find({peer, id});
    if (found == by_frame_.end()) return;
    effects.erase(Space::outbox, outbox_key(found->second));
    drop(outbox_.find(found->second));
}

void Post::log_refusal(Instant now, std::optional<PartyId> const& sender, char const* reason, Effects& effects) const {
    LeafDraft draft(self_, now);
    if (sender) draft.add(FieldTag::peer, sender->text());
    std::move(draft.add(FieldTag::reason, reason)).write(LeafClass::refusal, {}, effects);
}

void Post::refuse(Instant now, Incoming const& incoming, char const* reason, Effects& effects,
                  crypto::ExchangeTag const& tag) {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::reason, reason);
    draft.add(FieldTag::exchange, incoming.envelope.exchange.view());
    draft.add(FieldTag::message_hash, incoming.payload_hash.view());
    std::move(draft).write(LeafClass::refusal, tag == crypto::ExchangeTag{} ? tag_of(incoming.envelope) : tag, effects);
    if (!is_request(incoming.envelope.type)) return;
    send(now, {incoming.sender, MessageType::refusal, incoming.envelope.exchange, incoming.payload_hash, {}}, effects);
}

std::optional<Incoming> Post::receive(Instant now, PartyId const& peer, ByteView bytes, Effects& effects) {
    auto frame = decode_frame(bytes);
    if (!frame) {
        log_refusal(now, peer, "frame is malformed", effects);
        return std::nullopt;
    }
    auto const& value = frame.assume_value();
    if (value.kind == FrameKind::acknowledgement) {
        acknowledged(peer, value.id, effects);
        return std::nullopt;
    }
    if (value.recipient != self_.party) {
        relay(now, peer, value, effects);
        return std::nullopt;
    }
    bool taken = true;
    auto incoming = open(now, value, taken, effects);
    if (taken) acknowledge(peer, value.id, effects); // whatever became of it: its effects are committed first
    return incoming;
}

void Post::relay(Instant now, PartyId const& peer, Frame const& frame, Effects& effects) {
    bool const allowed = self_.is_coordinator() && frame.sender == peer &&
                         self_.agreement.find(frame.recipient) != nullptr &&
                         frame.recipient != self_.agreement.coordinator;
    if (!allowed) {
        log_refusal(now, peer, "frame is not for us to relay", effects);
    } else if (!by_frame_.contains({frame.recipient, frame.id})) {
        // Over the limit the sender keeps it: no acknowledgement, so it is offered again.
        if (!has_room(frame.recipient, frame.sender)) return;
        enqueue(now, frame.recipient, frame, effects);
    }
    acknowledge(peer, frame.id, effects);
}

void Post::quarantine() {
    outbox_.clear();
    by_frame_.clear();
    load_.clear();
    relayed_.clear();
    offer_again_.clear();
}

void Post::refuse_before(Instant restored_at) {
    restored_at_ = std::max(restored_at_, restored_at);
}

std::optional<Incoming> Post::receive_some(Instant now, PartyId const& peer, ByteView bytes, Wanted wanted,
                                           Effects& effects) {
    auto const frame = decode_frame(bytes);
    if (!frame) return std::nullopt;
    auto const& value = frame.assume_value();
    if (value.kind == FrameKind::acknowledgement) {
        acknowledged(peer, value.id, effects);
        return std::nullopt;
    }
    auto const sender = self_.directory.find(value.sender);
    if (value.recipient != self_.party || sender == self_.directory.end()) return std::nullopt;
    auto opened = open_with(value, sender->second);
    if (!opened || !wanted(opened.assume_value().type)) return std::nullopt;
    acknowledge(peer, value.id, effects);
    Incoming incoming{value.sender, std::move(opened).assume_value(), {}};
    auto const& time = incoming.envelope.time;
    if (time > now + limits::clock_skew_max || time + limits::outbox_age_max < now) return std::nullopt;
    incoming.payload_hash = crypto::sha256({incoming.envelope.payload});
    return incoming;
}

/// With the keys that both ends have now, or had until a moment ago: what was on its way when a key was replaced is
/// not lost.
Result<Envelope> Post::open_with(Frame const& frame, OperationalKeys const& sender) const {
    Parties const parties{self_.mode(), frame.sender, self_.party};
    Result<Envelope> opened = fail(Errc::bad_signature, "message");
    auto const with = [&](crypto::SealingKey const& key) {
        return by_node_key(sender, [&](crypto::VerifyKey const& node) {
            opened = open_envelope(parties, frame.sealed, key, node);
            return opened.has_value();
        });
    };
    if (with(self_.sealing_key) || self_.former_sealing == nullptr) return opened;
    for (auto const& former : *self_.former_sealing)
        if (with(former)) break;
    return opened;
}

std::optional<Incoming> Post::open(Instant now, Frame const& frame, bool& taken, Effects& effects) {
    auto const sender = self_.directory.find(frame.sender);
    if (sender == self_.directory.end()) {
        log_refusal(now, std::nullopt, "sender is not a party", effects);
        return std::nullopt;
    }
    auto opened = open_with(frame, sender->second);
    if (!opened) {
        log_refusal(now, frame.sender, "message does not open or its signature does not verify", effects);
        return std::nullopt;
    }
    Incoming incoming{frame.sender, std::move(opened).assume_value(), {}};
    auto const& envelope = incoming.envelope;
    incoming.payload_hash = crypto::sha256({envelope.payload});

    auto key = seen_key(frame.sender, envelope);
    if (auto const before = seen_.find(key); before != seen_.end()) {
        // The same frame again is a lost acknowledgement; another frame with the same message is a replay.
        if (before->second.frame != frame.id) log_refusal(now, frame.sender, "message was seen before", effects);
        return std::nullopt;
    }
    if (asks(envelope.type) && !has_room(next_hop(frame.sender))) {
        taken = false;
        return std::nullopt;
    }
    bool const early = envelope.time > now + limits::clock_skew_max;
    if (early && !is_request(envelope.type)) {
        taken = false; // an answer must not be lost because one of two clocks is wrong: it comes again
        return std::nullopt;
    }
    if (envelope.time + limits::outbox_age_max < now) {
        refuse(now, incoming, "message is out of date", effects);
        return std::nullopt;
    }
    // Also of what is refused below: it is refused once, however often it is offered.
    effects.put(Space::seen, key, ByteWriter().raw(frame.id.view()).instant(envelope.time).take());
    seen_.emplace(std::move(key), Seen{frame.id, envelope.time});
    if (early) {
        refuse(now, incoming, "message is out of date", effects);
        return std::nullopt;
    }
    if (is_request(envelope.type) && envelope.time < restored_at_) {
        refuse(now, incoming, "request is older than this node's restore", effects);
        return std::nullopt;
    }
    return incoming;
}

void Post::expire(Instant now, Effects& effects) {
    for (auto entry = outbox_.begin(); entry != outbox_.end();) {
        if (entry->second.since + limits::outbox_age_max >= now) {
            ++entry;
            continue;
        }
        log_refusal(now, entry->second.peer, "message was never collected", effects);
        effects.erase(Space::outbox, outbox_key(entry->first));
        entry = drop(entry);
    }
    // A message older than this is refused by its time alone, so its mark may go.
    for (auto entry = seen_.begin(); entry != seen_.end();) {
        if (entry->second.at + limits::outbox_age_max + limits::clock_skew_max >= now) {
            ++entry;
            continue;
        }
        effects.erase(Space::seen, entry->first);
        entry = seen_.erase(entry);
    }
}

std::size_t Post::waiting(PartyId const& peer) const {
    auto const found = load_.find(peer);
    return found == load_.end() ? 0 : found->second.frames;
}

Result<void> Post::restore_outbox(ByteView key, ByteView value) {
    constexpr auto where = "stored outbox";
    ByteReader number(key);
    auto const at = number.u64();
    FANLIGHT_TRY(number.finish(where));
    ByteReader reader(value);
    auto const peer_text = reader.text();
    auto const id = reader.tagged<FrameId>();
    auto const since = reader.instant();
    auto frame = to_bytes(reader.blob());
    FANLIGHT_TRY(reader.finish(where));
    FANLIGHT_TRY(auto peer, PartyId::parse(peer_text));
    auto const written = decode_frame(frame);
    if (!written) return fail(Errc::damaged, where);
    next_ = std::max(next_, at + 1);
    keep(at, {std::move(peer), written.assume_value().sender, id, since, std::move(frame)});
    return ok();
}

Result<void> Post::restore_seen(ByteView key, ByteView value) {
    ByteReader reader(value);
    auto const id = reader.tagged<FrameId>();
    auto const at = reader.instant();
    FANLIGHT_TRY(reader.finish("stored marks of seen messages"));
    seen_.emplace(to_bytes(key), Seen{id, at});
    return ok();
}

} // namespace fanlight::protocol
