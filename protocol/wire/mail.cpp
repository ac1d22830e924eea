#include "protocol/wire/mail.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"

namespace fanlight::protocol {

namespace {

Bytes signed_bytes(Parties const& parties, Envelope const& envelope) {
    ByteWriter out;
    out.raw(as_bytes(crypto::label(parties.mode, crypto::Label::message)));
    out.raw(as_bytes("/")).raw(as_bytes(name(envelope.type))).u8(0);
    out.text(parties.sender.text()).text(parties.recipient.text());
    out.raw(envelope.agreement.view()).raw(envelope.exchange.view()).instant(envelope.time);
    out.raw(envelope.answers.view()).raw(envelope.payload);
    return out.take();
}

std::size_t class_of(std::size_t size) {
    for (auto const limit : size_classes)
        if (size <= limit) return limit;
    return 0;
}

/// A query has its class to itself and an answer too, so that a length tells only what kind of exchange it is.
std::size_t smallest_class(MessageType type) {
    if (type == MessageType::query) return query_class;
    return type == MessageType::summary ? 32768 : 1024;
}

} // namespace

Result<Bytes> seal_envelope(Parties const& parties, Envelope envelope, crypto::SigningKey const& node_key,
                            crypto::SealingPublicKey const& recipient, crypto::Random& random) {
    envelope.signature = node_key.sign(signed_bytes(parties, envelope));
    auto const body = encode_envelope(envelope);
    Bytes plain;
    append_u32(plain, static_cast<std::uint32_t>(body.size()));
    append(plain, body);
    auto const size = class_of(std::max(plain.size(), smallest_class(envelope.type)));
    if (size == 0) return fail(Errc::too_large, "message");
    plain.resize(size, 0);
    return crypto::seal(recipient, as_bytes(crypto::label(parties.mode, crypto::Label::seal)), plain, random);
}

Result<Envelope> open_envelope(Parties const& parties, ByteView sealed, crypto::SealingKey const& key,
                               crypto::VerifyKey const& sender_key) {
    FANLIGHT_TRY(auto const plain,
                 crypto::open(key, as_bytes(crypto::label(parties.mode, crypto::Label::seal)), sealed));
    ByteReader reader(plain);
    auto const body = reader.blob();
    if (!reader.good()) return fail(Errc::malformed, "message");
    auto const padding = ByteView(plain).subspan(4 + body.size());
    if (std::any_of(padding.begin(), padding.end(), [](auto byte) { return byte != 0; }))
        return fail(Errc::malformed, "message: padding");
    FANLIGHT_TRY(auto envelope, decode_envelope(body));
    if (!crypto::verify(sender_key, signed_bytes(parties, envelope), envelope.signature))
        return fail(Errc::bad_signature, "message");
    return envelope;
}

Bytes receipt_bytes(Mode mode, PartyId const& holder, std::uint64_t served) {
    auto const label = crypto::label(mode, crypto::Label::receipt);
    return ByteWriter().raw(as_bytes(label)).u8(0).raw(as_bytes(holder.text())).u64(served).take();
}

Bytes statement_bytes(Mode mode, AgreementId const& agreement, Statement const& statement) {
    ByteWriter out;
    out.raw(as_bytes(crypto::label(mode, crypto::Label::colour_statement))).u8(0);
    out.text(statement.party.text()).raw(agreement.view()).raw(statement.query.view());
    out.u8(statement.worst ? static_cast<std::uint8_t>(*statement.worst) : std::uint8_t(0));
    out.instant(statement.at);
    return out.take();
}

Statement sign_statement(Mode mode, AgreementId const& agreement, Statement statement,
                         crypto::SigningKey const& node_key) {
    statement.signature = node_key.sign(statement_bytes(mode, agreement, statement));
    return statement;
}

bool verify_statement(Mode mode, AgreementId const& agreement, Statement const& statement,
                      crypto::VerifyKey const& party_key) {
    return crypto::verify(party_key, statement_bytes(mode, agreement, statement), statement.signature);
}

} // namespace fanlight::protocol
