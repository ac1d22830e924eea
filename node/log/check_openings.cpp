#include "node/log/check_openings.hpp"

namespace fanlight::node {

Result<std::uint64_t> check_openings(Store const& store, LogDirectory const& log, int shard) {
    constexpr std::uint64_t piece = 256;
    std::uint64_t checked = 0;
    while (checked < log.size()) {
        FANLIGHT_TRY(auto const leaves, log.leaves(checked, std::min(piece, log.size() - checked)));
        for (auto const& leaf : leaves) {
            FANLIGHT_TRY(auto const fields, store.opening(shard, checked));
            if (!fields) return fail(Errc::missing, "opening of log leaf", "Restore it from a backup.", checked + 1);
            if (crypto::commit(*fields) != leaf.commitment)
                return fail(Errc::damaged, "opening of log leaf", "It is not what the leaf commits to.", checked + 1);
            ++checked;
        }
    }
    return checked;
}

} // namespace fanlight::node
