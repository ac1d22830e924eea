// Envelopes on their way: whatever is changed of a sealed message, or of what is inside it, it does not open; one that
// its sender sealed opens to what it was, for nobody but its recipient and as from nobody but its sender. The first
// byte chooses what is tried.

#include "protocol/wire/mail.hpp"

#include "crypto/labels.hpp"
#include "oracle.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::require;

namespace {

constexpr std::size_t payload_tried_max = 280'000; // over the last size class

struct Ends {
    PartyId police = PartyId::parse("police").value();
    PartyId health = PartyId::parse("health").value();
    crypto::SeededRandom random{7};
    crypto::SigningKey node = crypto::SigningKey::generate(random);
    crypto::SigningKey other_node = crypto::SigningKey::generate(random);
    crypto::SealingKey sealing = crypto::SealingKey::generate(random);
    crypto::SealingKey other_sealing = crypto::SealingKey::generate(random);
    Parties parties{Mode::practice, police, health};

    Bytes seal(Envelope envelope) {
        return seal_envelope(parties, std::move(envelope), node, sealing.public_key(), random).value();
    }
    Result<Envelope> open(ByteView sealed) const { return open_envelope(parties, sealed, sealing, node.verify_key()); }
};

ByteView seal_label() {
    static auto const label = crypto::label(Mode::practice, crypto::Label::seal);
    return as_bytes(label);
}

/// Pairs of a place and a mask, four bytes each. Whether anything is another byte then.
bool change(Bytes& bytes, ByteView edits) {
    auto const before = bytes;
    for (; edits.size() >= 4 && !bytes.empty(); edits = edits.subspan(4)) {
        auto const place = (std::size_t(edits[0]) << 16U | std::size_t(edits[1]) << 8U | edits[2]) % bytes.size();
        bytes[place] ^= edits[3];
    }
    return bytes != before;
}

void check_refused(Result<Envelope> const& opened, ByteView input) {
    require(!opened);
    require(opened.error().code == Errc::bad_signature || opened.error().code == Errc::malformed);
    fuzz::check_error(opened.error(), input);
}

Envelope sample() {
    return {MessageType::epoch_opened, {}, {}, Instant(std::chrono::hours(500'000)), {}, Bytes(100, 7), {}};
}

void try_changed(Ends& ends, ByteView edits, bool inside) {
    static auto const sealed = ends.seal(sample());
    auto bytes = inside ? crypto::open(ends.sealing, seal_label(), sealed).value() : sealed;
    auto const changed = change(bytes, edits);
    if (inside) bytes = crypto::seal(ends.sealing.public_key(), seal_label(), bytes, ends.random).value();
    auto const opened = ends.open(bytes);
    if (changed) return check_refused(opened, edits);
    require(opened && opened.assume_value().payload == sample().payload);
}

/// Anything sealed to the recipient by somebody who has not the sender's key.
void try_unsigned(Ends& ends, ByteView plain) {
    auto const sealed = crypto::seal(ends.sealing.public_key(), seal_label(), plain, ends.random).value();
    check_refused(ends.open(sealed), plain);
    check_refused(ends.open(plain), plain);
}

void try_round(Ends& ends, fuzz::Input input) {
    Envelope envelope = sample();
    envelope.type = static_cast<MessageType>(1 + input.u8() % static_cast<std::uint8_t>(newest_message_type));
    envelope.exchange = input.tagged<ExchangeId>();
    envelope.agreement = input.tagged<AgreementId>();
    envelope.time = from_wire(input.u64());
    envelope.answers = input.tagged<crypto::Sha256>();
    auto const times = 1 + input.u16() % 4096U; // so that a short input makes a long payload
    auto const piece = input.rest();
    envelope.payload.clear();
    for (unsigned i = 0; i < times && envelope.payload.size() < payload_tried_max; ++i) append(envelope.payload, piece);
    auto const sealed = seal_envelope(ends.parties, envelope, ends.node, ends.sealing.public_key(), ends.random);
    if (!sealed) {
        require(sealed.error().code == Errc::too_large && envelope.payload.size() + 512 > size_classes.back());
        return;
    }
    auto const& bytes = sealed.assume_value();
    require(std::find(size_classes.begin(), size_classes.end(), bytes.size() - crypto::seal_overhead_bytes) !=
            size_classes.end());
    auto const opened = ends.open(bytes);
    require(opened.has_value());
    envelope.signature = opened.assume_value().signature;
    require(encode_envelope(opened.assume_value()) == encode_envelope(envelope));
    auto const key = ends.node.verify_key();
    check_refused(open_envelope(ends.parties, bytes, ends.other_sealing, key), bytes);
    check_refused(open_envelope(ends.parties, bytes, ends.sealing, ends.other_node.verify_key()), bytes);
    check_refused(open_envelope({Mode::live, ends.police, ends.health}, bytes, ends.sealing, key), bytes);
    check_refused(open_envelope({Mode::practice, ends.health, ends.police}, bytes, ends.sealing, key), bytes);
}

void try_statement(Ends& ends, fuzz::Input input) {
    auto const agreement = input.tagged<AgreementId>();
    auto const colour = input.u8() % 5U;
    Statement said{ends.police, input.tagged<QueryId>(), {}, from_wire(input.u64()), {}};
    if (colour != 0) said.worst = static_cast<policy::Colour>(colour);
    said = sign_statement(Mode::practice, agreement, said, ends.node);
    auto const key = ends.node.verify_key();
    require(verify_statement(Mode::practice, agreement, said, key));
    require(!verify_statement(Mode::live, agreement, said, key));
    require(!verify_statement(Mode::practice, agreement, said, ends.other_node.verify_key()));
    auto other = said;
    other.party = ends.health;
    require(!verify_statement(Mode::practice, agreement, other, key));
    other = said;
    other.worst = static_cast<policy::Colour>(1 + colour % 4U);
    require(!verify_statement(Mode::practice, agreement, other, key)); // never the one that was said
    other = said;
    other.at += Duration(1);
    require(!verify_statement(Mode::practice, agreement, other, key));
    auto bytes = statement_bytes(Mode::practice, agreement, said);
    if (change(bytes, input.rest())) require(!crypto::verify(key, bytes, said.signature));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static Ends ends;
    fuzz::Input input(data, size);
    switch (input.u8() % 5) {
    case 0: try_changed(ends, input.rest(), false); break;
    case 1: try_changed(ends, input.rest(), true); break;
    case 2: try_unsigned(ends, input.rest()); break;
    case 3: try_round(ends, input); break;
    default: try_statement(ends, input);
    }
    return 0;
}
