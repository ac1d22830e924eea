// Messages that come twice, late, altered, too large, or by the wrong hand: refused, logged once, without effect.

#include "asking.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::MessageType;
using protocol::Space;

namespace {

/// The first message of this type that goes to `recipient`, in the frame of its last hop.
Bytes capture(Federation& federation, std::string const& recipient, protocol::MessageType type) {
    Bytes captured;
    federation.on_delivery = [&](Delivery const& delivery) {
        if (!captured.empty() || delivery.to.text() != recipient) return;
        auto const frame = protocol::decode_frame(delivery.frame).value();
        auto const envelope = federation.open(frame);
        if (envelope && envelope->type == type && frame.recipient.text() == recipient) captured = delivery.frame;
    };
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    federation.on_delivery = {};
    REQUIRE_FALSE(captured.empty());
    federation.run_for(10s);
    return captured;
}

/// What a node does with a frame: its effects, applied.
protocol::Effects effects_of(Federation& federation, std::string const& from, std::string const& to, Bytes frame) {
    protocol::Effects all;
    federation.on_step = [&](Member const& member, protocol::Effects const& effects) {
        if (member.party.text() != to) return;
        all.writes.insert(all.writes.end(), effects.writes.begin(), effects.writes.end());
        all.leaves.insert(all.leaves.end(), effects.leaves.begin(), effects.leaves.end());
        all.transmissions.insert(all.transmissions.end(), effects.transmissions.begin(), effects.transmissions.end());
    };
    federation.inject(from, to, std::move(frame));
    federation.on_step = {};
    return all;
}

bool only_acknowledges(protocol::Effects const& effects) {
    return std::all_of(effects.transmissions.begin(), effects.transmissions.end(), [](auto const& transmission) {
        return protocol::decode_frame(transmission.frame).value().kind == protocol::FrameKind::acknowledgement;
    });
}

} // namespace

TEST_CASE("messages: a redelivered frame has no second effect", "[system]") {
    Federation federation(Records::practice);
    auto const frame = capture(federation, "social_care", protocol::MessageType::query);
    auto const effects = effects_of(federation, "coordinator", "social_care", frame);
    CHECK(effects.leaves.empty());
    CHECK(effects.writes.empty());
    CHECK(effects.transmissions.size() == 1);
    CHECK(only_acknowledges(effects));
    demand_once(federation);
}

TEST_CASE("messages: a replay under a new frame id is refused, logged once, and not answered", "[system]") {
    Federation federation(Records::practice);
    auto const type = GENERATE(protocol::MessageType::query, protocol::MessageType::evaluate_request);
    std::string const target = type == protocol::MessageType::query ? "social_care" : "police";
    auto frame = protocol::decode_frame(capture(federation, target, type)).value();
    frame.id = FrameId::make([](MutableBytes out) { out[0] = 1; });
    bool const restart = GENERATE(false, true); // the marks are durable
    if (restart) {
        federation.crash(target);
        federation.run_for(1s);
        federation.start(target);
        federation.run_for(1s);
    }
    auto const effects = effects_of(federation, "coordinator", target, protocol::encode_frame(frame));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(effects.leaves[0].leaf.kind == LeafClass::refusal);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) == "message was seen before");
    CHECK(effects.writes.empty());
    CHECK(only_acknowledges(effects));
}

TEST_CASE("messages: a replay after its mark was forgotten is refused by its time", "[system]") {
    Federation federation(Records::practice);
    auto frame = protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value();
    federation.run_for(8 * 24h);
    for (auto const& entry : federation.at("social_care").disk.state()) {
        CHECK(entry.first.first != Space::received);
        if (entry.first.first != Space::seen) continue; // of the register there are younger ones
        auto const at = from_wire(number_from(ByteView(entry.second).subspan(FrameId::size_bytes)));
        CHECK(at + limits::outbox_age_max + limits::clock_skew_max + 70min >= federation.now());
    }
    auto const effects = effects_of(federation, "coordinator", "social_care", protocol::encode_frame(frame));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) == "message is out of date");
}

TEST_CASE("messages: a message from a clock that runs ahead is refused", "[system]") {
    Federation federation(Records::practice);
    auto const frame = protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value();
    auto envelope = federation.open(frame).value();
    auto const ahead = GENERATE(Duration(120s), Duration(121s));
    envelope.exchange = ExchangeId::make([](MutableBytes out) { out[0] = 1; });
    envelope.time = federation.now() + ahead;
    auto const effects = effects_of(federation, "coordinator", "social_care",
                                    federation.message("coordinator", "social_care", envelope));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) ==
          (ahead == 120s ? "query id was used before" : "message is out of date"));
}

TEST_CASE("messages: a query that arrives after its expiry is refused", "[system]") {
    Federation federation(Records::practice, 1, [](auto& agreement) { agreement.release.query_lives = 1h; });
    federation.set_link("social_care", false);
    auto const id = ask(federation, "samantha");
    federation.run_for(61min);
    CHECK(federation.coordinator().find(id) == nullptr); // forgotten
    federation.set_link("social_care", true);
    federation.run_for(10s);
    CHECK(refusals(federation.at("social_care")) == std::vector<std::string>{"query is expired"});
    CHECK(leaves(federation.at("social_care"), LeafClass::disclosure_sent).empty());
}

TEST_CASE("messages: an altered frame is refused and has no effect", "[system]") {
    Federation federation(Records::practice);
    auto const frame = protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value();
    for (auto const place :
         {std::size_t(0), std::size_t(31), std::size_t(32), frame.sealed.size() / 2, frame.sealed.size() - 1}) {
        CAPTURE(place);
        auto altered = frame;
        altered.id = FrameId::make([&](MutableBytes out) { out[0] = static_cast<std::uint8_t>(place + 1); });
        altered.sealed[place] ^= 1U;
        auto const effects = effects_of(federation, "coordinator", "social_care", protocol::encode_frame(altered));
        REQUIRE(effects.leaves.size() == 1);
        CHECK(effects.leaves[0].leaf.kind == LeafClass::refusal);
        CHECK(effects.writes.empty());
        CHECK(only_acknowledges(effects));
    }
    // Somebody else's name on it: the signature is not that party's.
    auto other = frame;
    other.sender = party("police");
    auto const effects = effects_of(federation, "coordinator", "social_care", protocol::encode_frame(other));
    REQUIRE(effects.leaves.size() == 1);
    CHECK(text_of(effects.leaves[0], FieldTag::reason) == "message does not open or its signature does not verify");
    CHECK(effects.writes.empty());
}

TEST_CASE("messages: bytes that are no frame are refused without an answer", "[system]") {
    Federation federation(Records::practice);
    for (auto const& bytes : {Bytes(), Bytes(100, 0xFF), Bytes(limits::frame_bytes_max + 1, 0)}) {
        auto const effects = effects_of(federation, "coordinator", "social_care", bytes);
        REQUIRE(effects.leaves.size() == 1);
        CHECK(effects.leaves[0].leaf.kind == LeafClass::refusal);
        CHECK(effects.transmissions.empty());
        CHECK(effects.writes.empty());
    }
    auto const decoded = protocol::decode_frame(Bytes(limits::frame_bytes_max + 1, 0));
    REQUIRE_FALSE(decoded);
    CHECK(decoded.assume_error().code == Errc::too_large);
}

TEST_CASE("messages: the coordinator relays only for the party whose link it is", "[system]") {
    Federation federation(Records::practice);
    protocol::Frame frame{protocol::FrameKind::message, FrameId::make([](MutableBytes out) { out[0] = 1; }),
                          party("police"), party("health"), Bytes(2000, 1)};
    auto const honest = effects_of(federation, "police", "coordinator", protocol::encode_frame(frame));
    CHECK(honest.leaves.empty());
    CHECK(honest.transmissions.size() == 2);
    frame.id = FrameId::make([](MutableBytes out) { out[0] = 2; });
    auto const forged = effects_of(federation, "housing", "coordinator", protocol::encode_frame(frame));
    REQUIRE(forged.leaves.size() == 1);
    CHECK(text_of(forged.leaves[0], FieldTag::reason) == "frame is not for us to relay");
    CHECK(only_acknowledges(forged));
    frame.sender = party("housing");
    frame.recipient = party("nobody");
    auto const nowhere = effects_of(federation, "housing", "coordinator", protocol::encode_frame(frame));
    CHECK(nowhere.leaves.size() == 1);
    // An agency relays nothing.
    frame.sender = party("coordinator");
    frame.recipient = party("health");
    auto const through = effects_of(federation, "coordinator", "police", protocol::encode_frame(frame));
    CHECK(through.leaves.size() == 1);
    CHECK(only_acknowledges(through));
}

TEST_CASE("messages: only the coordinator may query, and only an agency may enrol", "[system]") {
    Federation federation(Records::practice);
    auto const query = federation.open(
        protocol::decode_frame(capture(federation, "social_care", protocol::MessageType::query)).value());
    auto envelope = query.value();
    auto decoded = protocol::decode_query(envelope.payload).value();
    decoded.id = QueryId::make([](MutableBytes out) { out[0] = 1; });
    envelope.payload = protocol::encode(decoded);
    bool const other_agreement = GENERATE(false, true);
    if (other_agreement) envelope.agreement = {};
    federation.inject("coordinator", "social_care", federation.message("housing", "social_care", envelope));
    CHECK(refusals(federation.at("social_care")) == std::vector<std::string>{"query is not from the coordinator"});

    auto request = federation.open(
        protocol::decode_frame(capture(federation, "police", protocol::MessageType::evaluate_request)).value());
    request->exchange = ExchangeId::make([](MutableBytes out) { out[0] = 2; });
    federation.inject("coordinator", "police", federation.message("housing", "police", *request));
    CHECK(refusals(federation.at("police")) ==
          std::vector<std::string>{"the agreement does not let this party ask for it"});
}
