// What must hold of every log when all is done.

#include "asking.hpp"

#include <set>

namespace fanlight::simulation {

using crypto::FieldTag;
using crypto::LeafClass;
using protocol::Space;

void check_once(Federation const& federation) {
    for (auto const& member : federation.members()) {
        CAPTURE(member->party.text());
        CHECK(member->disk.pending().empty());
        std::set<std::pair<LeafClass, crypto::ExchangeTag>> seen;
        for (auto const& entry : member->disk.log()) {
            bool const many = entry.leaf.kind == LeafClass::context_opened || entry.leaf.kind == LeafClass::decision;
            if (many || entry.leaf.exchange == crypto::ExchangeTag{}) continue;
            CAPTURE(crypto::name(entry.leaf.kind));
            CHECK(seen.insert({entry.leaf.kind, entry.leaf.exchange}).second);
        }
        std::uint64_t slots = 0;
        for (auto const& [key, value] : member->disk.state())
            if (key.first == Space::budget && key.second.at(0) == 'r') slots += number_from(value);
        std::uint64_t queries = 0;
        for (auto const& entry : leaves(*member, LeafClass::query_received))
            queries += values_of(entry, FieldTag::slot_commitments).empty() ? 0U : 1U;
        CHECK(slots == queries * limits::slots);
        auto const* holder = member->node->key_holder();
        if (holder == nullptr) continue;
        auto const& hub = federation.at("coordinator");
        CHECK(holder->charged(hub.self->own_entry().organisation, protocol::EvaluatePurpose::query, federation.now()) ==
              sum_of(leaves(*member, LeafClass::evaluation_served), "coordinator"));
    }
}

} // namespace fanlight::simulation
