#include "protocol/engine/epoch_desk.hpp"

#include "base/byte_reader.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;

namespace {
// In Space::epochs, beside the rows of Epochs.
Bytes ready_key(std::uint32_t epoch) {
    return ByteWriter().u8(3).u32(epoch).take();
}
} // namespace

void EpochDesk::certificate(Instant now, Incoming const& incoming, Effects& effects) {
    auto const message = decode_certificate_message(incoming.envelope.payload);
    if (!message) return post_.refuse(now, incoming, "key certificate is malformed", effects);
    auto const& note = message.assume_value().note;
    auto const known = [&](KeyCertificate const& certificate) {
        return epochs_.find(certificate.epoch, certificate.sharing) != nullptr;
    };
    auto const certificate = open_certificate(self_, note);
    bool const is_new = certificate && !known(certificate.assume_value());
    if (!epochs_.accept(now, note, std::nullopt, effects) || !is_new) return; // a refusal is in the log
    tell_others(now, incoming.sender, MessageType::key_certificate, encode(message.assume_value()), effects);
}

void EpochDesk::tell_others(Instant now, PartyId const& but, MessageType type, Bytes const& payload, Effects& effects) {
    for (auto const& party : self_.agreement.parties)
        if (party.id != self_.party && party.id != but) post_.tell(now, party.id, type, payload, effects);
}

void EpochDesk::requested(Instant now, Incoming const& incoming, Effects& effects) {
    if (!decode_epoch_request(incoming.envelope.payload))
        return post_.refuse(now, incoming, "request for key certificates is malformed", effects);
    auto const tell = [&](MessageType type, Bytes payload) {
        post_.tell(now, incoming.sender, type, std::move(payload), effects);
    };
    for (auto const& [number, epoch] : epochs_.all()) {
        for (auto const& sharing : epoch.sharings)
            tell(MessageType::key_certificate, encode(CertificateMessage{sharing.note}));
        if (epoch.stage == EpochStage::open) tell(MessageType::epoch_opened, encode(EpochOpened{number}));
    }
}

std::vector<PartyId> EpochDesk::not_ready(std::uint32_t epoch) const {
    auto const found = ready_.find(epoch);
    std::vector<PartyId> missing;
    for (auto const& party : self_.agreement.parties) {
        bool const asked = party.asked != policy::Asked::never;
        if (asked && (found == ready_.end() || !found->second.contains(party.id))) missing.push_back(party.id);
    }
    return missing;
}

void EpochDesk::ready(Instant now, Incoming const& incoming, Effects& effects) {
    auto const message = decode_index_ready(incoming.envelope.payload);
    if (!message) return post_.refuse(now, incoming, "word that an index is ready is malformed", effects);
    auto const [number, version] = message.assume_value();
    auto const* epoch = epochs_.find(number);
    if (epoch == nullptr || version != self_.agreement.matching.version)
        return post_.refuse(now, incoming, "index is ready for an epoch or matching version that is not ours", effects);
    auto& ready = ready_[number];
    if (!ready.insert(incoming.sender).second) return;
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(ready.size()));
    for (auto const& party : ready) out.text(party.text());
    effects.put(Space::epochs, ready_key(number), out.take());
    if (epoch->stage == EpochStage::preparing && not_ready(number).empty())
        open(now, number, "every agency is enrolled", effects);
}

Result<void> EpochDesk::open(Instant now, Effects& effects) {
    auto const* epoch = epochs_.preparing();
    if (epoch == nullptr)
        return fail(Errc::missing, "epoch being prepared", "Hold a ceremony first: fanlight ceremony start.");
    open(now, epoch->number, "opened by hand", effects);
    return ok();
}

void EpochDesk::open(Instant now, std::uint32_t number, char const* why, Effects& effects) {
    if (!epochs_.open(now, number, effects)) return;
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, why).number(FieldTag::count, number);
    for (auto const& party : not_ready(number)) draft.add(FieldTag::peer, party.text());
    std::move(draft).write(crypto::LeafClass::key_event, {}, effects);
    tell_others(now, self_.party, MessageType::epoch_opened, encode(EpochOpened{number}), effects);
}

void EpochDesk::forget(std::uint32_t epoch, Effects& effects) {
    if (ready_.erase(epoch) != 0) effects.erase(Space::epochs, ready_key(epoch));
}

Result<void> EpochDesk::restore(ByteView key, ByteView value) {
    constexpr auto where = "stored list of those who are enrolled";
    ByteReader name(key);
    bool const ours = name.u8() == 3;
    auto const number = name.u32();
    FANLIGHT_TRY(name.finish(where));
    if (!ours) return fail(Errc::damaged, where);
    ByteReader in(value);
    auto& ready = ready_[number];
    for (auto left = in.count(); left != 0 && in.good(); --left) {
        FANLIGHT_TRY(auto party, PartyId::parse(in.text()));
        ready.insert(std::move(party));
    }
    return in.finish(where);
}

} // namespace fanlight::protocol
