// What waits for a cosigned head: messages of stage 2, and receipts.

#include "base/byte_reader.hpp"
#include "protocol/engine/log_keeper.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

constexpr std::size_t receipts_at_once = 64; ///< the rest at the next moment, so that a step stays short
/// What the recipient may see of the leaf: that it is about the very message it got.
constexpr std::array<FieldTag, 2> receipt_shows{FieldTag::exchange, FieldTag::message_hash};

Bytes numbered_key(char kind, std::uint64_t number) {
    return ByteWriter().u8(static_cast<std::uint8_t>(kind)).u64(number).take();
}

} // namespace

void LogKeeper::hold(Instant now, Letter letter, crypto::ExchangeTag const& tag, Effects& effects) {
    ByteWriter out;
    out.text(letter.recipient.text()).number(letter.type).raw(letter.exchange.view()).raw(letter.answers.view());
    out.raw(tag.view()).raw(self_.agreement.id.view()).instant(now).blob(letter.payload);
    effects.put(Space::own_head, numbered_key('h', next_), out.take());
    effects.publish_soon = true;
    held_.emplace(next_++, Held{std::move(letter), tag, self_.agreement.id, now, std::nullopt});
}

void LogKeeper::forget_held(Effects& effects) const {
    for (auto const& [number, held] : held_) effects.erase(Space::own_head, numbered_key('h', number));
    for (auto const& [number, due] : due_) effects.erase(Space::own_head, numbered_key('r', number));
}

Result<void> LogKeeper::restore_held(std::uint64_t number, ByteView value) {
    constexpr auto where = "stored message that waits for witnesses";
    ByteReader in(value);
    auto recipient = PartyId::parse(in.text());
    auto const type = in.number(newest_message_type);
    auto const exchange = in.tagged<ExchangeId>();
    auto const answers = in.tagged<crypto::Sha256>();
    auto const tag = in.tagged<crypto::ExchangeTag>();
    auto const agreement = in.tagged<AgreementId>();
    auto const since = in.instant();
    auto payload = to_bytes(in.blob());
    FANLIGHT_TRY(in.finish(where));
    if (!recipient) return fail(Errc::damaged, where);
    Letter letter{std::move(recipient).assume_value(), type, exchange, answers, std::move(payload)};
    held_.emplace(number, Held{std::move(letter), tag, agreement, since, std::nullopt});
    return ok();
}

void LogKeeper::owe_receipt(Instant now, PartyId const& recipient, crypto::ExchangeTag const& tag, LeafClass kind,
                            Effects& effects) {
    effects.put(Space::own_head, numbered_key('r', next_),
                ByteWriter().text(recipient.text()).raw(tag.view()).number(kind).instant(now).take());
    due_.emplace(next_++, Due{recipient, tag, kind, now});
}

Result<void> LogKeeper::restore_due(std::uint64_t number, ByteView value) {
    constexpr auto where = "stored receipt that is due";
    ByteReader in(value);
    auto recipient = PartyId::parse(in.text());
    auto const tag = in.tagged<crypto::ExchangeTag>();
    auto const kind = crypto::parse_leaf_class(in.u8());
    auto const since = in.instant();
    FANLIGHT_TRY(in.finish(where));
    if (!recipient || !kind) return fail(Errc::damaged, where);
    due_.emplace(number, Due{std::move(recipient).assume_value(), tag, kind.assume_value(), since});
    return ok();
}

/// What has its leaf under a cosigned head leaves now, unless it was stopped meanwhile.
void LogKeeper::release(Instant now, Effects& effects) {
    for (auto entry = held_.begin(); entry != held_.end();) {
        auto const& held = entry->second;
        if (!held.end || !cosigned_ || cosigned_->end < *held.end) {
            ++entry;
            continue;
        }
        auto const reason = stopped_(now, held.letter.recipient);
        if (reason == policy::Reason::no_lease) { // it may come back
            ++entry;
            continue;
        }
        // It was decided under a version that counts no more, and its clauses are places in that.
        bool const other_version = held.agreement != self_.agreement.id;
        if (reason || other_version) {
            LeafDraft draft(self_, now);
            draft.add(FieldTag::peer, held.letter.recipient.text());
            draft.add(FieldTag::exchange, held.letter.exchange.view());
            draft.add(FieldTag::reason,
                      std::string("it did not leave: ") +
                          (reason ? policy::in_words(*reason) : "another version of the agreement is in force"));
            std::move(draft).write(LeafClass::refusal, held.tag, effects);
            // Whoever waits for it hears that it does not come.
            auto const& letter = held.letter;
            post_.send(now, {letter.recipient, MessageType::refusal, letter.exchange, letter.answers, {}}, effects);
        } else {
            post_.send(now, held.letter, effects);
        }
        effects.erase(Space::own_head, numbered_key('h', entry->first));
        entry = held_.erase(entry);
    }
}

void LogKeeper::send_receipts(Instant now, Effects& effects) {
    std::size_t sent = 0;
    receipts_left_ = false;
    for (auto entry = due_.begin(); entry != due_.end() && sent < receipts_at_once;) {
        auto const done = send_receipt(now, entry->second, effects);
        // One that cannot be made (its leaf cannot be read) must not stand in the way of the others.
        bool const over = done ? done.assume_value() : entry->second.since + limits::outbox_age_max < now;
        if (!over) {
            ++entry;
            continue;
        }
        ++sent;
        effects.erase(Space::own_head, numbered_key('r', entry->first));
        entry = due_.erase(entry);
    }
    receipts_left_ = sent == receipts_at_once;
}

/// False: its leaf is not under the cosigned head yet.
Result<bool> LogKeeper::send_receipt(Instant now, Due const& due, Effects& effects) {
    FANLIGHT_TRY(auto const end, log_.find(due.tag, due.kind));
    auto const& head = cosigned_->end;
    if (end.place.shard != head.shard || end.place.position >= head.position) return end.place < head;
    if (!self_.directory.contains(due.recipient)) return true;
    FANLIGHT_TRY(auto const leaves, log_.leaves(end.place.shard, end.place.position, 1));
    FANLIGHT_TRY(auto opening, log_.opening(end.place));
    FANLIGHT_TRY(auto inclusion, log_.inclusion_proof(end.place, head.position));
    crypto::TlogProof const proof{end.place.position, std::move(inclusion), cosigned_->note, std::nullopt};
    LogReceipt const receipt{leaves.front(), crypto::show_only(std::move(opening), receipt_shows),
                             crypto::format_tlog_proof(proof)};
    post_.tell(now, due.recipient, MessageType::log_receipt, encode(receipt), effects);
    return true;
}

} // namespace fanlight::protocol
