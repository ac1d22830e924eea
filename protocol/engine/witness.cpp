#include "protocol/engine/witness.hpp"

#include "base/byte_reader.hpp"
#include "protocol/register/book.hpp"
#include "protocol/register/lease.hpp"

#include <cstdlib>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using crypto::WitnessStatus;

namespace {

constexpr std::uint8_t known_key = 'k';
constexpr std::uint8_t fork_key = 'f';

Bytes state_key(std::uint8_t kind, std::string const& origin) {
    return ByteWriter().u8(kind).raw(as_bytes(origin)).take();
}

std::uint64_t seconds(Instant now) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

int year_of(Instant now) {
    return int(std::chrono::year_month_day(day_of(now)).year());
}

} // namespace

/// The key in use; or, for a moment after it was replaced, the one before, if that is what the head is signed with.
std::optional<crypto::NoteKey> Witness::key_of(std::string const& origin, NamedLog const& log,
                                               std::string const& checkpoint) const {
    auto const policy = log_policy(self_, log.party, log.shard);
    if (!policy) return std::nullopt;
    auto const& logs = policy.assume_value().logs();
    for (auto const& one : logs)
        if (crypto::open_checkpoint(checkpoint, one.key)) return one.key;
    return crypto::NoteKey{origin, logs.front().key.key};
}

LogCosignature Witness::judge(Instant now, PartyId const& sender, LogHead const& message, Effects& effects) {
    auto const answer = [](WitnessStatus status, std::string const& origin, std::uint64_t size = 0,
                           std::string body = {}) {
        return LogCosignature{status, std::move(body), origin, size};
    };
    auto const request = crypto::parse_add_checkpoint(message.request);
    auto const origin = request ? crypto::origin_of(request.assume_value()) : request.as_failure();
    if (!origin) return answer(WitnessStatus::bad_request, {});
    auto const& name = origin.assume_value();
    auto const log = parse_origin(self_.agreement.domain, name);
    bool const theirs = log && log.assume_value().party == sender &&
                        std::abs(year_of_shard(log.assume_value().shard) - year_of(now)) <= witnessed_years;
    auto const key = theirs ? key_of(name, log.assume_value(), request.assume_value().checkpoint) : std::nullopt;
    if (!key) return answer(WitnessStatus::not_found, name.substr(0, origin_bytes_max));

    auto const before = known_.find(name);
    auto const known = before == known_.end() ? crypto::WitnessedHead{} : before->second.head;
    auto const verdict = crypto::judge_checkpoint(request.assume_value(), *key, known);
    if (verdict.forked) note_fork(now, sender, name, request.assume_value().checkpoint, effects);
    if (verdict.status == WitnessStatus::conflict)
        return answer(verdict.status, name, verdict.head.size, std::to_string(known.size) + "\n");
    if (verdict.status != WitnessStatus::ok) return answer(verdict.status, name, verdict.head.size);
    // The leaves come with the head: whoever has two cosignatures has two copies.
    auto const added = verdict.head.size - known.size;
    if (added > copy_leaves_max || (added == 0) != message.copy.empty())
        return answer(WitnessStatus::bad_request, name, verdict.head.size);

    auto& item = known_[name];
    item = {{verdict.head.size, verdict.head.root}, now, request.assume_value().checkpoint};
    effects.put(Space::witness, state_key(known_key, name),
                ByteWriter().u64(item.head.size).raw(item.head.root.view()).instant(now).text(item.note).take());
    if (added != 0) effects.copies.push_back({name, known.size, added, message.copy});
    return answer(WitnessStatus::ok, name, verdict.head.size,
                  crypto::cosign_line(crypto::checkpoint_text(verdict.head),
                                      witness_name(self_.agreement.domain, self_.party), key_, seconds(now)));
}

void Witness::head(Instant now, Incoming const& incoming, Effects& effects) {
    auto const message = decode_log_head(incoming.envelope.payload);
    if (!message) return post_.refuse(now, incoming, "head of a log is malformed", effects);
    auto answer = judge(now, incoming.sender, message.assume_value(), effects);
    post_.send(now,
               {incoming.sender, MessageType::log_cosignature, incoming.envelope.exchange, incoming.payload_hash,
                encode(answer)},
               effects);
}

/// Its own signature is under two heads of which one does not lead to the other. Logged once; kept for ever.
void Witness::note_fork(Instant now, PartyId const& sender, std::string const& origin, std::string const& note,
                        Effects& effects) {
    if (!forks_.emplace(origin, note).second) return;
    effects.put(Space::witness, state_key(fork_key, origin), to_bytes(as_bytes(note)));
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, sender.text()).add(FieldTag::message_hash, crypto::sha256({as_bytes(note)}).view());
    draft.add(FieldTag::reason, "this party's log shows two histories; its new head is not cosigned");
    std::move(draft).write(LeafClass::refusal, {}, effects);
}

/// To its owner only; it alone can open them.
void Witness::copies_requested(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_copies_request(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "request for leaves is malformed", effects);
    auto const& request = decoded.assume_value();
    auto const log = parse_origin(self_.agreement.domain, request.origin);
    if (!log || log.assume_value().party != incoming.sender)
        return post_.refuse(now, incoming, "request for leaves of another's log", effects);
    CopiesReply reply{request.origin, {}, {}};
    std::uint64_t leaves = 0;
    if (auto const known = known_.find(request.origin); known != known_.end()) {
        reply.head = known->second.note;
        if (auto copies = copies_.copies(request.origin, request.first, copies_bytes_max)) {
            for (auto& copy : copies.assume_value()) {
                leaves += copy.count;
                reply.chunks.push_back({copy.first, copy.count, std::move(copy.sealed)});
            }
        }
    }
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text()).number(FieldTag::count, leaves);
    std::move(draft.add(FieldTag::text, "leaves of its log given back to a party"))
        .write(LeafClass::admin, {}, effects);
    post_.send(
        now,
        {incoming.sender, MessageType::copies_reply, incoming.envelope.exchange, incoming.payload_hash, encode(reply)},
        effects);
}

Result<void> Witness::restore(ByteView key, ByteView value) {
    constexpr auto where = "stored head of another's log";
    ByteReader name(key);
    auto const kind = name.u8();
    if (key.size() < 2 || (kind != known_key && kind != fork_key)) return fail(Errc::damaged, where);
    std::string const origin(as_text(key.subspan(1)));
    if (kind == fork_key) {
        forks_.emplace(origin, std::string(as_text(value)));
        return ok();
    }
    ByteReader in(value);
    auto const size = in.u64();
    auto const root = in.tagged<crypto::Sha256>();
    auto const at = in.instant();
    auto note = in.text();
    FANLIGHT_TRY(in.finish(where));
    known_.insert_or_assign(origin, Known{{size, root}, at, std::string(note)});
    return ok();
}

} // namespace fanlight::protocol
