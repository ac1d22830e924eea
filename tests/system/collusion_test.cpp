// Promise 1 against insiders: one key holder fewer than a token takes, the coordinator with its whole disk, and a
// dictionary that has every right answer. They find nothing; with one holder more they find everything, which shows
// that the search is one that could.

#include "asking.hpp"
#include "crypto/keygen.hpp"
#include "crypto/labels.hpp"

#include <algorithm>
#include <unordered_set>

using namespace fanlight;
using namespace fanlight::simulation;
using protocol::MessageType;
using namespace std::chrono_literals;

namespace {

/// The dictionary: every anchor and component of every person of every practice family, exactly as the coordinator
/// evaluates them.
std::vector<Bytes> right_answers(policy::Agreement const& agreement) {
    auto const anchor_label = crypto::label(agreement.mode, crypto::Label::anchor);
    auto const component_label = crypto::label(agreement.mode, crypto::Label::component);
    std::vector<Bytes> inputs;
    for (auto const& name : practice_families()) {
        std::vector<protocol::Identity> people;
        for (auto const& person : practice_family(name, agreement).people) people.push_back(person.identity);
        for (std::size_t i = 0; i < people.size(); ++i)
            for (auto& input :
                 protocol::inputs_of(protocol::descriptors_of(people, i, {anchor_label, component_label})))
                inputs.push_back(std::move(input));
    }
    return inputs;
}

crypto::OprfKey copy_of(crypto::OprfKey const& key) {
    return crypto::parse_oprf_key(key.reveal()).value();
}

crypto::OprfKey const& share_of(Federation const& federation, std::string const& holder) {
    return *federation.at(holder).node->epochs().open()->sharings.back().share;
}

/// Every key that colluding holders can make of their shares: each alone, and folded for every set of holders, as if
/// those who are not with them held nothing; and for each such set the sum over those who are.
std::vector<crypto::OprfKey> keys_of(Federation const& federation, std::vector<std::string> const& colluding) {
    auto const& certificate = federation.at("coordinator").node->epochs().open()->keys();
    auto const holders = static_cast<std::uint8_t>(certificate.holders.size());
    std::vector<crypto::OprfKey> keys;
    for (auto const& name : colluding) keys.push_back(copy_of(share_of(federation, name)));
    for (std::uint32_t bits = 1; bits < (1U << holders); ++bits) {
        auto const set = crypto::HolderSet::from_bits(bits, holders).value();
        std::vector<crypto::OprfKey> folded;
        for (auto const& name : colluding) {
            auto const index = *certificate.share_index(party(name));
            if (set.contains(index)) folded.push_back(crypto::fold(share_of(federation, name), index, set).value());
        }
        if (folded.empty()) continue;
        keys.push_back(crypto::add_shares(folded).value());
        for (auto& key : folded) keys.push_back(std::move(key));
    }
    return keys;
}

struct Derived {
    std::set<Bytes> day_tokens; ///< of every agency
    std::set<Bytes> secrets;    ///< T; S_A, and as a component, of every agency
};

Derived derive(Federation const& federation, std::vector<crypto::OprfKey> const& keys,
               std::vector<Bytes> const& inputs) {
    auto const& agreement = federation.agreement();
    crypto::SeededRandom random(7);
    auto const blind = crypto::random_blind(random);
    Derived derived;
    for (auto const& input : inputs) {
        auto const blinded = crypto::blind(input, blind).value();
        for (auto const& key : keys) {
            auto const token = crypto::finalize(input, blind, crypto::evaluate(key, blinded).value()).value();
            derived.secrets.insert(to_bytes(token.reveal()));
            for (auto const& agency : agreement.parties) {
                auto const secret = protocol::agency_secret(agreement.mode, token, agency.id);
                derived.secrets.insert(to_bytes(secret.reveal()));
                derived.secrets.insert(to_bytes(protocol::component_secret(agreement.mode, token, agency.id).reveal()));
                derived.day_tokens.insert(
                    to_bytes(protocol::day_token(agreement.mode, secret, day_of(federation.now())).view()));
            }
        }
    }
    return derived;
}

/// Every day token of every query that leaves the coordinator while these families are asked about.
std::set<Bytes> broadcast_tokens(Federation& federation, std::vector<std::string> const& families) {
    std::set<Bytes> tokens;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        auto const envelope = federation.open(frame);
        if (!envelope || envelope->type != MessageType::query) return;
        auto const query = protocol::decode_query(envelope->payload).value();
        for (auto const& slot : query.slots)
            for (auto const& key : slot.keys) tokens.insert(to_bytes(key.view()));
    };
    for (auto const& name : families) ask(federation, name);
    federation.run_for(10s);
    federation.on_delivery = {};
    return tokens;
}

std::size_t shared(std::set<Bytes> const& left, std::set<Bytes> const& right) {
    return static_cast<std::size_t>(
        std::count_if(left.begin(), left.end(), [&](auto const& value) { return right.contains(value); }));
}

std::uint64_t first_eight(ByteView bytes) {
    return number_from(bytes.first(8));
}

/// How many of these values begin anywhere on a disk in the clear, in state, log or openings: eight bytes are enough to
/// tell them from chance.
std::size_t found_on(Disk const& disk, std::set<Bytes> const& values) {
    std::unordered_set<std::uint64_t> windows;
    auto const look = [&](ByteView bytes) {
        for (std::size_t i = 0; i + 8 <= bytes.size(); ++i) windows.insert(first_eight(bytes.subspan(i)));
    };
    for (auto const& [key, value] : disk.state()) {
        look(key.second);
        look(value);
    }
    for (auto const& entry : disk.log())
        for (auto const& field : entry.fields) look(field.value);
    return static_cast<std::size_t>(std::count_if(
        values.begin(), values.end(), [&](auto const& value) { return windows.contains(first_eight(value)); }));
}

} // namespace

TEST_CASE("collusion: fewer holders than the threshold and the coordinator's disk test no name", "[system]") {
    Federation federation(Records::practice);
    auto const inputs = right_answers(federation.agreement());
    REQUIRE(inputs.size() > 100);
    REQUIRE(federation.agreement().keys.threshold == 2);
    federation.set_link("housing", false); // so that a query of every family waits on the coordinator's disk
    auto const broadcast = broadcast_tokens(federation, {"marie", "chloe", "feriha"});
    REQUIRE(broadcast.size() > 1000);

    for (auto const* holder : {"police", "health", "domestic_abuse"}) {
        CAPTURE(holder);
        auto const derived = derive(federation, keys_of(federation, {holder}), inputs);
        CHECK(shared(derived.day_tokens, broadcast) == 0);
        CHECK(found_on(federation.at("coordinator").disk, derived.secrets) == 0);
        CHECK(found_on(federation.at("coordinator").disk, derived.day_tokens) == 0);
    }

    // With the threshold reached the same dictionary knows who was asked about.
    auto const whole = derive(federation, keys_of(federation, {"police", "health"}), inputs);
    CHECK(shared(whole.day_tokens, broadcast) > 100);
    CHECK(found_on(federation.at("coordinator").disk, {to_bytes(as_bytes("coordinator"))}) == 1); // the search can find
    // And yet what they sent, and what it was made of, lies in the clear on neither the coordinator's nor a holder's
    // disk; only an agency keeps S_A, and only its own.
    CHECK(found_on(federation.at("coordinator").disk, whole.secrets) == 0);
    CHECK(found_on(federation.at("coordinator").disk, whole.day_tokens) == 0);
    for (auto const* holder : {"police", "health", "domestic_abuse"})
        CHECK(found_on(federation.at(holder).disk, whole.secrets) == 0);
}
