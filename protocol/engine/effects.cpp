#include "protocol/engine/effects.hpp"

#include <algorithm>
#include <iterator>

namespace fanlight::protocol {

void Effects::append(Effects&& other) {
    auto const move = [](auto& from, auto& to) { std::ranges::move(from, std::back_inserter(to)); };
    move(other.writes, writes);
    move(other.forget_epochs, forget_epochs);
    move(other.tokens, tokens);
    move(other.enrolled, enrolled);
    move(other.build_indexes, build_indexes);
    move(other.drop_indexes, drop_indexes);
    move(other.leaves, leaves);
    move(other.receipts, receipts);
    move(other.copies, copies);
    move(other.erase_subjects, erase_subjects);
    publish_soon = publish_soon || other.publish_soon;
    move(other.transmissions, transmissions);
}

} // namespace fanlight::protocol
