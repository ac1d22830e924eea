// What the shell of a restored node does with its disk (node/log/restore.hpp), on a simulated one.

#include "federation.hpp"

namespace fanlight::simulation {

using namespace protocol;

void Federation::finish_restore(std::string_view party) {
    auto& member = at(party);
    demand(member.node && member.node->restorer() != nullptr, "the node is being restored");
    auto const restored = member.node->restorer()->restored();
    demand(restored.has_value(), "the restorer is done");
    std::vector<Node::WrittenMeanwhile> meanwhile;
    for (auto& entry : member.disk.put_back(restored->common, restored->leaves))
        if (entry.leaf.kind != crypto::LeafClass::filler)
            meanwhile.push_back({entry.leaf.kind, entry.leaf.exchange, std::move(entry.fields)});
    member.disk.commit(member.node->after_restore(now_, meanwhile));
    crash(party);
}

} // namespace fanlight::simulation
