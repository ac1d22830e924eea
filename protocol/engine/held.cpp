#include "protocol/engine/held.hpp"

#include "base/byte_reader.hpp"

namespace fanlight::protocol {

Bytes encode(Held const& held) {
    auto const& envelope = held.incoming.envelope;
    ByteWriter out;
    out.text(held.incoming.sender.text()).raw(envelope.exchange.view()).raw(envelope.agreement.view());
    out.instant(held.received).blob(envelope.payload);
    return out.take();
}

Result<Held> decode_held(ByteView bytes) {
    constexpr auto where = "stored query that waits";
    ByteReader reader(bytes);
    auto const sender_text = reader.text();
    auto const exchange = reader.tagged<ExchangeId>();
    auto const agreement = reader.tagged<AgreementId>();
    auto const received = reader.instant();
    auto payload = to_bytes(reader.blob());
    FANLIGHT_TRY(reader.finish(where));
    auto sender = PartyId::parse(sender_text);
    auto query = decode_query(payload);
    if (!sender || !query) return fail(Errc::damaged, where);
    auto const hash = crypto::sha256({payload});
    Envelope envelope{MessageType::query, exchange, agreement, received, {}, std::move(payload), {}};
    return Held{
        {std::move(sender).assume_value(), std::move(envelope), hash}, std::move(query).assume_value(), received};
}

} // namespace fanlight::protocol
