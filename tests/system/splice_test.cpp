// A coordinator that shows an answer about one person as one about another: the logs of both ends show it, and show
// nothing of an honest one. Whole queries, with the leaves as they are proved.

#include "asking.hpp"
#include "protocol/engine/received.hpp"
#include "protocol/engine/splice.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::AskedAndShown;
using protocol::MessageType;
using protocol::ShownLeaf;
using protocol::Space;
using protocol::SpliceKind;

namespace {

/// As `fanlight log prove --reveal slot_commitments,slot_opening,slots` shows a leaf.
ShownLeaf proved(crypto::Entry const& entry) {
    std::array const tags{FieldTag::slot_commitments, FieldTag::slot_opening, FieldTag::slots};
    auto const shown = crypto::show_only(crypto::show_all(entry.fields), tags);
    return {entry.leaf, crypto::parse_shown(crypto::encode_shown(shown)).value()};
}

ShownLeaf leaf_of(Member const& member, LeafClass kind, crypto::ExchangeTag const& tag) {
    for (auto const& entry : leaves(member, kind))
        if (entry.leaf.exchange == tag) return proved(entry);
    FAIL("no such leaf");
    return {};
}

/// What the agency matched, by slot.
std::map<std::uint8_t, std::set<protocol::SecretHash>> records_of(Member const& agency,
                                                                  crypto::ExchangeTag const& tag) {
    std::map<std::uint8_t, std::set<protocol::SecretHash>> records;
    for (auto const& [key, value] : agency.disk.state()) {
        if (key.first != Space::received) continue;
        auto const received = protocol::decode_received(value).value();
        if (crypto::exchange_tag(received.exchange_key) != tag) continue;
        for (std::size_t slot = 0; slot < received.slots.size(); ++slot)
            if (auto const row = received.slots[slot].row)
                records[static_cast<std::uint8_t>(slot)] =
                    protocol::hashes_of(Mode::practice, agency.disk, 1, *row).value();
    }
    return records;
}

/// Every exchange of stage 1 that the coordinator's log has, by whom it asked.
std::map<std::string, AskedAndShown> asked_and_shown(Federation const& federation) {
    std::map<std::string, AskedAndShown> all;
    auto const& hub = federation.at("coordinator");
    for (auto const& entry : leaves(hub, LeafClass::query_sent)) {
        if (number_from(values_of(entry, FieldTag::stage).at(0)) != 1) continue;
        auto const peer = text_of(entry, FieldTag::peer);
        auto const& tag = entry.leaf.exchange;
        auto const& agency = federation.at(peer);
        all.emplace(peer, AskedAndShown{proved(entry), leaf_of(agency, LeafClass::query_received, tag),
                                        leaf_of(hub, LeafClass::disclosure_received, tag), records_of(agency, tag)});
    }
    return all;
}

/// A case as it lies on the coordinator's disk, changed while the node is down.
void change_case(Federation& federation, CaseId const& id, std::function<void(protocol::Case&)> const& change) {
    auto& hub = federation.at("coordinator");
    federation.crash("coordinator");
    auto item = protocol::decode_case(hub.disk.state().at({Space::asked, to_bytes(id.view())})).value();
    change(item);
    protocol::Effects effects;
    effects.put(Space::asked, to_bytes(id.view()), protocol::encode(item));
    hub.disk.commit(effects);
}

std::size_t slot_of(protocol::PartyState const& state, std::uint8_t person) {
    auto const found = std::find(state.order.begin(), state.order.end(), person);
    REQUIRE(found != state.order.end());
    return static_cast<std::size_t>(found - state.order.begin());
}

std::set<std::size_t> slots_with(protocol::SpliceFindings const& findings, SpliceKind kind) {
    std::set<std::size_t> slots;
    for (auto const& finding : findings)
        if (finding.kind == kind) slots.insert(finding.slot);
    return slots;
}

} // namespace

TEST_CASE("splice: an honest coordinator's logs show nothing, whomever it asked", "[system]") {
    auto const* const family = GENERATE("kira", "samantha", "stephanie");
    CAPTURE(family);
    Federation federation(Records::practice);
    REQUIRE(federation.run_until_settled(ask(federation, family)));
    federation.run_for(2s);
    std::size_t matched = 0;
    std::vector<ShownLeaf> sent;
    for (auto const& [peer, exchange] : asked_and_shown(federation)) {
        CAPTURE(peer);
        auto const findings = protocol::find_splices(exchange).value();
        for (auto const& finding : findings) UNSCOPED_INFO(finding.words);
        CHECK(findings.empty());
        matched += exchange.records.size();
        sent.push_back(exchange.sent);
    }
    CHECK(sent.size() > 5);
    CHECK(matched > 3);
    CHECK(protocol::compare_nonces(sent).value().empty());
}

TEST_CASE("splice: who shows two people's answers as each other's is held to their slots, and to no others",
          "[system]") {
    Federation federation(Records::practice);
    auto const id = ask(federation, "kira");
    auto const police = party("police");
    REQUIRE(federation.run_until(
        [&] { return federation.case_of(id).parties.at(police).stage == protocol::PartyStage::asked; }, 1min));
    std::set<std::size_t> swapped;
    change_case(federation, id, [&](protocol::Case& item) {
        auto& state = item.parties.at(police);
        REQUIRE(state.stage == protocol::PartyStage::asked);
        swapped = {slot_of(state, 0), slot_of(state, 1)};
        std::swap(state.order[*swapped.begin()], state.order[*swapped.rbegin()]);
    });
    federation.start("coordinator");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(2s);
    auto const all = asked_and_shown(federation);
    CHECK(all.size() > 5);
    for (auto const& [peer, exchange] : all) {
        CAPTURE(peer);
        auto const findings = protocol::find_splices(exchange).value();
        if (peer != "police") {
            CHECK(findings.empty());
            continue;
        }
        CHECK(findings.size() == 2);
        CHECK(slots_with(findings, SpliceKind::other_person) == swapped);
        auto const& order = federation.case_of(id).parties.at(police).order;
        auto const slot = slot_of(federation.case_of(id).parties.at(police), 0); // where the answer shown for it stands
        CHECK(order[slot] == 0);
        auto const words = "slot " + std::to_string(slot + 1) + ": shown as person 1, but asked about person 2";
        CHECK(std::any_of(findings.begin(), findings.end(), [&](auto const& one) { return one.words == words; }));
    }
}

TEST_CASE("splice: who sends one person's tokens under the commitment to another's is held to it by the records",
          "[system]") {
    Federation federation(Records::practice);
    std::optional<protocol::Envelope> sent;
    federation.on_transmission = [&](Member const& from, protocol::Transmission const& transmission) {
        if (from.party.text() != "coordinator" || transmission.peer.text() != "police") return;
        auto envelope = federation.open(protocol::decode_frame(transmission.frame).value());
        if (envelope && envelope->type == MessageType::query) sent = std::move(envelope);
    };
    auto const id = ask(federation, "kira");
    REQUIRE(federation.run_until([&] { return sent.has_value(); }, 1min));
    federation.on_transmission = {};
    federation.set_link("police", false); // what is on its way is lost, and waits in the outbox
    federation.run_for(1s);

    auto query = protocol::decode_query(sent->payload).value();
    std::set<std::size_t> crossed;
    change_case(federation, id, [&](protocol::Case& item) {
        auto& state = item.parties.at(party("police"));
        crossed = {slot_of(state, 0), slot_of(state, 3)}; // Kira and Helen, whom the police know
        auto& one = query.slots[*crossed.begin()];
        auto& other = query.slots[*crossed.rbegin()];
        std::swap(one.keys, other.keys);
        std::swap(one.components, other.components);
        std::swap(one.fields, other.fields);
        sent->payload = protocol::encode(query);
        state.payload_hash = crypto::sha256({sent->payload});
    });
    auto& hub = federation.at("coordinator");
    protocol::Effects lost;
    for (auto const& [key, value] : hub.disk.state())
        if (key.first == Space::outbox) lost.erase(key.first, key.second);
    hub.disk.commit(lost);
    federation.start("coordinator");
    federation.set_link("police", true);
    federation.inject("coordinator", "police", federation.message("coordinator", "police", *sent));
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(2s);
    REQUIRE(federation.case_of(id).parties.at(party("police")).stage == protocol::PartyStage::answered);

    auto exchange = asked_and_shown(federation).at("police");
    REQUIRE(exchange.records.size() >= 2);
    for (auto const slot : crossed) REQUIRE(exchange.records.contains(static_cast<std::uint8_t>(slot)));
    auto const findings = protocol::find_splices(exchange).value();
    CHECK(findings.size() == crossed.size());
    CHECK(slots_with(findings, SpliceKind::not_of_record) == crossed);
    exchange.records.clear(); // the commitments alone do not tell what was sent beside them
    CHECK(protocol::find_splices(exchange).value().empty());
}
