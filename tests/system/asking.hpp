#pragma once
// What the whole-federation tests do and look at: a practice family asked, a node's log, a message on its way.

#include "federation.hpp"
#include "storm/oracles.hpp"

#include <catch2/catch.hpp>

namespace fanlight::simulation {

using Records = Federation::Records;

inline CaseId ask(Federation& federation, std::string const& name) {
    auto const id = federation.submit(practice_family(name, federation.agreement()));
    REQUIRE(id);
    return id.value();
}

/// What is durable, in the log's tiles yet or not.
inline std::vector<crypto::Entry> durable(Member const& member) {
    auto all = member.disk.log();
    all.insert(all.end(), member.disk.pending().begin(), member.disk.pending().end());
    return all;
}

inline std::vector<crypto::Entry> leaves(Member const& member, crypto::LeafClass kind) {
    std::vector<crypto::Entry> found;
    for (auto const* part : {&member.disk.log(), &member.disk.pending()})
        for (auto const& entry : *part)
            if (entry.leaf.kind == kind) found.push_back(entry);
    return found;
}

/// A message about a log: it discloses nothing, and no leaf announces it, or there would be no end of them.
inline bool is_about_logs(protocol::MessageType type) {
    return type >= protocol::MessageType::log_head;
}

/// Reasons of the refusals in a node's log.
inline std::vector<std::string> refusals(Member const& member) {
    std::vector<std::string> reasons;
    for (auto const& entry : leaves(member, crypto::LeafClass::refusal))
        reasons.push_back(text_of(entry, crypto::FieldTag::reason));
    return reasons;
}

/// Evaluations that a holder's log says it did for a party.
inline std::uint64_t sum_of(std::vector<crypto::Entry> const& entries, std::string const& peer) {
    std::uint64_t sum = 0;
    for (auto const& entry : entries)
        if (text_of(entry, crypto::FieldTag::peer) == peer)
            sum += number_from(values_of(entry, crypto::FieldTag::count).at(0));
    return sum;
}

/// Runs until a message of this type for `recipient` has arrived there; what it said.
inline protocol::Envelope next_message(Federation& federation, std::string const& recipient,
                                       protocol::MessageType type) {
    std::optional<protocol::Envelope> found;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        if (found || delivery.to.text() != recipient || frame.recipient.text() != recipient) return;
        auto envelope = federation.open(frame);
        if (envelope && envelope->type == type) found = std::move(envelope);
    };
    REQUIRE(federation.run_until([&] { return found.has_value(); }, std::chrono::minutes(1)));
    federation.on_delivery = {};
    return *found;
}

} // namespace fanlight::simulation
