#include "node/http/log_heads.hpp"

#include "crypto/checkpoint.hpp"
#include "node/http/log_words.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;

namespace {

bool has(protocol::LogKeeper::CosignedHead const& head, protocol::LeafPlace const& place) {
    return head.end.shard == place.shard && place.position < head.end.position;
}

json::array witnesses_json(protocol::LogKeeper const& keeper) {
    json::array witnesses;
    for (auto const& [party, state] : keeper.witnesses()) {
        json::object one{
            {"party", party.text()}, {"end", place_text(state.end)}, {"waiting", state.asked_at.has_value()}};
        if (state.answered_at != Instant{}) one["answered_at"] = to_text(state.answered_at);
        one["refuses"] = state.refused.has_value();
        witnesses.push_back(std::move(one));
    }
    return witnesses;
}

} // namespace

json::object heads_view(protocol::LogKeeper const& keeper, protocol::Self const& self) {
    json::object out{{"published", place_text(keeper.published())},
                     {"needed", protocol::cosigners_needed_of(self.agreement, self.party)},
                     {"held", keeper.held()},
                     {"witnesses", witnesses_json(keeper)}};
    if (auto const& head = keeper.cosigned()) {
        out["cosigned"] = place_text(head->end);
        out["organisations"] = head->organisations;
        out["at"] = to_text(head->at);
        out["note"] = head->note;
    }
    if (auto const since = keeper.unwitnessed_since()) out["unwitnessed_since"] = to_text(*since);
    if (auto const until = keeper.glass_until()) out["glass_until"] = to_text(*until);
    return out;
}

std::string cosigned_head_for(protocol::LogKeeper const& keeper, protocol::LeafPlace const& place) {
    auto const& head = keeper.cosigned();
    return head && has(*head, place) ? head->note : std::string();
}

void add_proof_state(json::object& view, protocol::LogKeeper const& keeper, protocol::LeafPlace const& place) {
    auto const& head = keeper.cosigned();
    if (!head || !has(*head, place)) {
        view["cosigned"] = false;
        return;
    }
    view["cosigned"] = true;
    view["head"] = place_text(head->end);
    view["organisations"] = head->organisations;
    view["cosigned_at"] = to_text(head->at);
}

} // namespace fanlight::node
