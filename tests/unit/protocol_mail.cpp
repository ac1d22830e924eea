// Sealing and signing: who said it, to whom, under which agreement, in answer to what. Each of them is bound.

#include "crypto/labels.hpp"
#include "protocol/wire/mail.hpp"
#include "protocol_samples.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

struct Ends {
    crypto::SeededRandom random{7};
    crypto::SigningKey node_key = crypto::SigningKey::generate(random);
    crypto::SigningKey other_key = crypto::SigningKey::generate(random);
    crypto::SealingKey sealing_key = crypto::SealingKey::generate(random);
    crypto::SealingKey other_sealing_key = crypto::SealingKey::generate(random);
    PartyId sender = party("police");
    PartyId recipient = party("health");
    Parties parties{Mode::live, sender, recipient};

    Envelope envelope(std::size_t payload_size = 10, MessageType type = MessageType::answer) const {
        return {type,   filled<ExchangeId>(1),     filled<AgreementId>(2),
                noon(), filled<crypto::Sha256>(3), Bytes(payload_size, 5),
                {}};
    }
    Bytes seal(Envelope const& message) {
        return seal_envelope(parties, message, node_key, sealing_key.public_key(), random).value();
    }
    Result<Envelope> open(ByteView sealed) const {
        return open_envelope(parties, sealed, sealing_key, node_key.verify_key());
    }
    /// Sealed as it is, with whatever signature it carries.
    Bytes seal_plain(ByteView plain) {
        return crypto::seal(sealing_key.public_key(), as_bytes(crypto::label(Mode::live, crypto::Label::seal)), plain,
                            random)
            .value();
    }
    static Bytes plain_of(Envelope const& message, std::size_t size = 1024) {
        auto const body = encode_envelope(message);
        Bytes plain;
        append_u32(plain, static_cast<std::uint32_t>(body.size()));
        append(plain, ByteView(body));
        plain.resize(size, 0);
        return plain;
    }
};

} // namespace

TEST_CASE("mail: what is sealed opens as it was") {
    Ends ends;
    auto const opened = ends.open(ends.seal(ends.envelope()));
    REQUIRE(opened);
    auto const& message = opened.value();
    CHECK(message.type == MessageType::answer);
    CHECK(message.exchange == filled<ExchangeId>(1));
    CHECK(message.agreement == filled<AgreementId>(2));
    CHECK(message.time == noon());
    CHECK(message.answers == filled<crypto::Sha256>(3));
    CHECK(message.payload == Bytes(10, 5));
}

TEST_CASE("mail: the signature binds every field") {
    Ends ends;
    auto const signed_message = ends.open(ends.seal(ends.envelope())).value();
    REQUIRE(ends.open(ends.seal_plain(Ends::plain_of(signed_message)))); // sealed by hand it still opens
    struct Row {
        char const* about;
        std::function<void(Envelope&)> change;
    };
    std::vector<Row> const rows{
        {"type", [](auto& message) { message.type = MessageType::summary; }},
        {"exchange", [](auto& message) { message.exchange = filled<ExchangeId>(9); }},
        {"agreement", [](auto& message) { message.agreement = filled<AgreementId>(9); }},
        {"time", [](auto& message) { message.time += Duration(1); }},
        {"answers", [](auto& message) { message.answers = filled<crypto::Sha256>(9); }},
        {"payload", [](auto& message) { message.payload[3] = 6; }},
        {"payload longer", [](auto& message) { message.payload.push_back(0); }},
        {"payload shorter", [](auto& message) { message.payload.pop_back(); }},
        {"signature", [](auto& message) { message.signature = filled<crypto::Signature>(9); }},
    };
    for (auto const& row : rows) {
        CAPTURE(row.about);
        auto changed = signed_message;
        row.change(changed);
        auto const opened = ends.open(ends.seal_plain(Ends::plain_of(changed)));
        REQUIRE_FALSE(opened);
        CHECK(opened.assume_error().code == Errc::bad_signature);
    }
}

TEST_CASE("mail: sender, recipient, mode and both keys are bound") {
    Ends ends;
    auto const sealed = ends.seal(ends.envelope());
    auto const other = party("housing");
    auto const open = [&](Parties const& parties, crypto::SealingKey const& key, crypto::VerifyKey const& signer) {
        return bool(open_envelope(parties, sealed, key, signer));
    };
    auto const signer = ends.node_key.verify_key();
    CHECK(open(ends.parties, ends.sealing_key, signer));
    CHECK_FALSE(open({Mode::live, other, ends.recipient}, ends.sealing_key, signer));
    CHECK_FALSE(open({Mode::live, ends.sender, other}, ends.sealing_key, signer));
    CHECK_FALSE(open({Mode::live, ends.recipient, ends.sender}, ends.sealing_key, signer));
    CHECK_FALSE(open({Mode::practice, ends.sender, ends.recipient}, ends.sealing_key, signer));
    CHECK_FALSE(open(ends.parties, ends.other_sealing_key, signer));
    CHECK_FALSE(open(ends.parties, ends.sealing_key, ends.other_key.verify_key()));
    // A practice message under the live seal label: the signature's label is another too.
    auto practice = ends.envelope();
    auto const by_practice = seal_envelope({Mode::practice, ends.sender, ends.recipient}, practice, ends.node_key,
                                           ends.sealing_key.public_key(), ends.random);
    auto const inner =
        open_envelope({Mode::practice, ends.sender, ends.recipient}, by_practice.value(), ends.sealing_key, signer);
    CHECK_FALSE(ends.open(ends.seal_plain(Ends::plain_of(inner.value()))));
}

TEST_CASE("mail: an altered or shortened message does not open") {
    Ends ends;
    auto const sealed = ends.seal(ends.envelope());
    for (std::size_t at = 0; at < sealed.size(); at += 13) {
        auto altered = sealed;
        altered[at] ^= 0x80U;
        CHECK_FALSE(ends.open(altered));
        CHECK_FALSE(ends.open(ByteView(sealed).first(at)));
    }
}

TEST_CASE("mail: padding is zero and the length is inside the plain text") {
    Ends ends;
    auto const signed_message = ends.open(ends.seal(ends.envelope())).value();
    auto plain = Ends::plain_of(signed_message);
    plain.back() = 1;
    CHECK_FALSE(ends.open(ends.seal_plain(plain)));
    plain = Ends::plain_of(signed_message);
    plain[0] = 0xFF;
    CHECK_FALSE(ends.open(ends.seal_plain(plain)));
    for (std::size_t size = 0; size < 5; ++size) CHECK_FALSE(ends.open(ends.seal_plain(Bytes(size, 0))));
}

TEST_CASE("mail: a sealed message fills its size class exactly") {
    Ends ends;
    auto const overhead = Ends::plain_of(ends.open(ends.seal(ends.envelope(200))).value(), 0).size();
    REQUIRE(overhead == 0);
    auto const size = [&](std::size_t payload, MessageType type = MessageType::answer) {
        return ends.seal(ends.envelope(payload, type)).size() - crypto::seal_overhead_bytes;
    };
    // u32 length || envelope; the payload's own length takes 1 to 3 bytes.
    auto const around = [&](std::size_t payload) {
        auto message = ends.envelope(payload);
        return 4 + encode_envelope(message).size() - payload;
    };
    for (std::size_t i = 0; i + 1 < size_classes.size(); ++i) {
        auto const fits = size_classes[i] - around(size_classes[i] - 300);
        CAPTURE(size_classes[i]);
        CHECK(size(fits) == size_classes[i]);
        CHECK(size(fits + 1) == size_classes[i + 1]);
    }
    CHECK(size(0) == 1024);
    CHECK(size(0, MessageType::query) == 122880);
    CHECK(size(0, MessageType::summary) == 32768);
    auto const most = size_classes.back() - around(size_classes.back() - 300);
    CHECK(size(most) == size_classes.back());
    auto const over =
        seal_envelope(ends.parties, ends.envelope(most + 1), ends.node_key, ends.sealing_key.public_key(), ends.random);
    REQUIRE_FALSE(over);
    CHECK(over.assume_error().code == Errc::too_large);
    // The largest sealed message still fits a frame.
    CHECK(size_classes.back() + crypto::seal_overhead_bytes + 200 < limits::frame_bytes_max);
}

TEST_CASE("mail: two sealings of one message have nothing in common") {
    Ends ends;
    auto const one = ends.seal(ends.envelope());
    auto const other = ends.seal(ends.envelope());
    std::size_t same = 0;
    for (std::size_t i = 0; i < one.size(); ++i) same += one[i] == other[i] ? 1U : 0U;
    CHECK(same < 30);
}

TEST_CASE("mail: a statement binds the party, its query, the colour, the time and the agreement") {
    Ends ends;
    auto const agreement = filled<AgreementId>(2);
    auto const good = sign_statement(Mode::live, agreement, statement(), ends.node_key);
    auto const verifies = [&](Statement const& one, Mode mode = Mode::live) {
        return verify_statement(mode, agreement, one, ends.node_key.verify_key());
    };
    CHECK(verifies(good));
    auto changed = good;
    changed.party = party("substance_misus");
    CHECK_FALSE(verifies(changed));
    changed = good;
    changed.query = filled<QueryId>(8);
    CHECK_FALSE(verifies(changed));
    for (auto const worst : {std::optional<policy::Colour>(), std::optional(policy::Colour::blue),
                             std::optional(policy::Colour::green), std::optional(policy::Colour::red)}) {
        changed = good;
        changed.worst = worst;
        CHECK_FALSE(verifies(changed));
    }
    changed = good;
    changed.at += Duration(1);
    CHECK_FALSE(verifies(changed));
    changed = good;
    changed.signature = filled<crypto::Signature>(8);
    CHECK_FALSE(verifies(changed));
    CHECK_FALSE(verifies(good, Mode::practice));
    CHECK_FALSE(verify_statement(Mode::live, filled<AgreementId>(3), good, ends.node_key.verify_key()));
    CHECK_FALSE(verify_statement(Mode::live, agreement, good, ends.other_key.verify_key()));
}
