// A node that is being restored from an older copy. It takes links, entries of the register (the others' keys may have
// changed since) and its own leaves back from witnesses. Nothing else: what it does not open it does not acknowledge,
// so it comes again when the node is back.

#include "base/byte_reader.hpp"
#include "protocol/engine/node.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

bool wanted_in_quarantine(MessageType type) {
    return type == MessageType::copies_reply || type == MessageType::register_entry;
}

} // namespace

/// Nothing but messages comes out: no leaf, no write. The disk stays as the older copy has it until all is back.
Result<Effects> Node::step_in_quarantine(Instant now, Event const& event) {
    Effects all;
    FANLIGHT_TRY(handle_in_quarantine(now, event, all));
    restorer_->wake(now, all);
    Effects only;
    only.transmissions = std::move(all.transmissions);
    return only;
}

Result<void> Node::handle_in_quarantine(Instant now, Event const& event, Effects& effects) {
    // The coordinator's register is the register; the others have theirs from it.
    bool const follows_register = !self_.is_coordinator();
    if (std::holds_alternative<Started>(event)) {
        restorer_->start(now, effects);
    } else if (auto const* up = std::get_if<LinkUp>(&event)) {
        post_.link_up(now, up->peer, effects);
        if (follows_register) registrar_.link_up(now, up->peer, effects);
    } else if (auto const* down = std::get_if<LinkDown>(&event)) {
        post_.link_down(down->peer);
    } else if (auto const* received = std::get_if<FrameReceived>(&event)) {
        auto const incoming = post_.receive_some(now, received->peer, received->frame, wanted_in_quarantine, effects);
        if (!incoming) return ok();
        if (incoming->envelope.type == MessageType::copies_reply) {
            restorer_->reply(now, *incoming, effects);
        } else if (follows_register) {
            registrar_.receive(now, *incoming, effects);
            registrar_.wake(now, effects); // another version may be in force, with other parties
        }
    } else {
        bool const of_the_shell = std::holds_alternative<Woken>(event) || std::holds_alternative<LogPublished>(event) ||
                                  std::holds_alternative<DiskRoom>(event) ||
                                  std::holds_alternative<ClockJumped>(event) ||
                                  std::holds_alternative<IndexBuilt>(event) || std::holds_alternative<Stopping>(event);
        if (!of_the_shell) return fail(Errc::refused, "node", "This node is being restored; wait until it is back.");
    }
    return ok();
}

Effects Node::after_restore(Instant now, std::span<WrittenMeanwhile const> meanwhile) {
    auto const& restored = *restorer_->restored();
    auto const record = restored.record(now);
    Effects effects;
    effects.put(Space::restored, restored_key(record), restored_value(record));
    keeper_.forget(effects);
    if (agency_) agency_->forget_held(effects);
    key_holder_.take_as_spent(now, effects);
    governance_.erased_since(now, restored.erased, effects);

    auto const shard = shard_name(restored.shard);
    LeafDraft gap(self_, now);
    gap.number(FieldTag::count, restored.leaves.size());
    gap.add(FieldTag::leaf, ByteWriter().u32(static_cast<std::uint32_t>(restored.shard)).u64(restored.common).take());
    std::string said = "this node was restored from an older copy; ";
    if (restored.leaves.empty())
        said += "no leaf was missing";
    else
        said += "leaves " + shard + "/" + std::to_string(record.first.position) + " to " + shard + "/" +
                std::to_string(record.end - 1) + " came back from other organisations, without what they commit to";
    if (!meanwhile.empty()) said += "; " + std::to_string(meanwhile.size()) + " written meanwhile follow";
    std::move(gap.add(FieldTag::text, said)).write(LeafClass::gap, {}, effects);
    for (auto const& one : meanwhile) {
        auto fields = one.fields;
        fields.push_back(
            crypto::make_field(FieldTag::text, as_bytes("written while the log was an older copy"), self_.random));
        effects.leaves.push_back(crypto::make_entry(one.kind, self_.agreement.id, one.exchange, std::move(fields)));
    }
    return effects;
}

Result<void> Node::restore_restored(ByteView key, ByteView value) {
    FANLIGHT_TRY(auto const leaves, parse_restored(key, value));
    post_.refuse_before(leaves.at);
    if (agency_) agency_->count_lost(day_of(leaves.at), leaves.queries);
    return ok();
}

} // namespace fanlight::protocol
