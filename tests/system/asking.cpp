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
        std::set<std::pair<LeafClass, crypto::ExchangeTag>> seen;
        for (auto const& entry : durable(*member)) {
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
        // Whoever asked again after a crash was served again, and charged once.
        auto served = leaves(*member, LeafClass::evaluation_served);
        std::erase_if(served, [](auto const& entry) {
            auto const texts = values_of(entry, FieldTag::text);
            return std::any_of(texts.begin(), texts.end(),
                               [](auto const& text) { return as_text(text) == "asked again: not charged"; });
        });
        std::uint64_t charged = 0;
        for (auto const& budget : member->node->key_holder().budgets(federation.now()))
            if (budget.purpose == protocol::EvaluatePurpose::query) charged += budget.charged;
        CHECK(charged == sum_of(served, "coordinator"));
    }
}

} // namespace fanlight::simulation
