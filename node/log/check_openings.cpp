#include "node/log/check_openings.hpp"

namespace fanlight::node {

namespace {

constexpr auto where = "opening of log leaf";

/// How many fields are erased. Whoever is in none of the erasures is not erased, but lost.
Result<std::uint64_t> count_erased(crypto::ShownOpening const& opening,
                                   std::map<crypto::Pseudonym, protocol::LeafPlace> const& erased, std::uint64_t at) {
    std::uint64_t count = 0;
    for (auto const& field : opening) {
        if (field.shown) continue;
        if (!field.about || !erased.contains(*field.about))
            return fail(Errc::missing, "key of a person in a log leaf",
                        "Nobody has erased it. Restore wraps and wraps.key from a backup.", at);
        ++count;
    }
    return count;
}

} // namespace

Result<CheckedOpenings> check_openings(Store const& store, LogDirectory const& log, int shard) {
    constexpr std::uint64_t piece = 256;
    FANLIGHT_TRY(auto const erased, store.erased());
    FANLIGHT_TRY(auto const restored, store.restored());
    CheckedOpenings counts;
    for (auto const& one : restored)
        if (one.first.shard == shard) counts.restored_at = std::max(counts.restored_at, one.at);
    for (std::uint64_t position = 0; position < log.size();) {
        FANLIGHT_TRY(auto const leaves, log.leaves(position, std::min(piece, log.size() - position)));
        for (auto const& leaf : leaves) {
            FANLIGHT_TRY(auto const opening, store.opening(shard, position));
            ++position;
            if (!opening && leaf.kind == crypto::LeafClass::filler) {
                ++counts.fillers;
                continue;
            }
            bool const came_back = std::ranges::any_of(restored, [&](protocol::RestoredLeaves const& one) {
                return one.has({shard, position - 1});
            });
            if (!opening && came_back) {
                ++counts.lost;
                continue;
            }
            if (!opening) return fail(Errc::missing, where, "Restore it from a backup.", position);
            auto const commitment = crypto::commitment_of(*opening);
            if (!commitment || commitment.assume_value() != leaf.commitment)
                return fail(Errc::damaged, where, "It is not what the leaf commits to.", position);
            FANLIGHT_TRY(auto const gone, count_erased(*opening, erased, position));
            ++counts.checked;
            counts.erased_fields += gone;
        }
    }
    return counts;
}

} // namespace fanlight::node
