#pragma once
// A reply about one person as bytes, inside a stored query or case. (On the wire wire.cpp writes it, and takes only
// what an agency may send.)

#include "base/byte_reader.hpp"
#include "protocol/wire/wire.hpp"

namespace fanlight::protocol {

inline void write_colour(ByteWriter& out, std::optional<policy::Colour> const& colour) {
    out.u8(colour ? static_cast<std::uint8_t>(*colour) : std::uint8_t(0));
}
inline std::optional<policy::Colour> read_colour(ByteReader& in) {
    auto const colour = in.number(policy::Colour::red);
    return static_cast<int>(colour) == 0 ? std::nullopt : std::optional(colour);
}

inline void write_slot_answer(ByteWriter& out, SlotAnswer const& slot) {
    out.number(slot.reply.kind);
    write_colour(out, slot.reply.colour);
    out.number(slot.reply.basis).number(slot.reply.reason).u16(slot.clause);
}
inline SlotAnswer read_slot_answer(ByteReader& in) {
    SlotAnswer slot;
    slot.reply.kind = in.number(policy::ReplyKind::waiting);
    slot.reply.colour = read_colour(in);
    slot.reply.basis = in.number(policy::Basis::shared_facts);
    slot.reply.reason = in.number(policy::Reason::refused);
    slot.clause = in.u16();
    return slot;
}

} // namespace fanlight::protocol
