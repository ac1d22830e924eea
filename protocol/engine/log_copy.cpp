#include "protocol/engine/log_copy.hpp"

#include "base/byte_reader.hpp"
#include "protocol/wire/log_wire.hpp"

#include <algorithm>
#include <map>

namespace fanlight::protocol {

using crypto::Pseudonym;

namespace {

constexpr auto where = "copy of our own leaves";

constexpr std::size_t erased_bytes = Pseudonym::size_bytes + 4 + 8;

LeafPlace read_place(ByteReader& in) {
    LeafPlace place{static_cast<std::int32_t>(in.u32()), 0};
    place.position = in.u64();
    return place;
}

/// Whose key is gone at the last leaf that an erasure names: the one whom it erased, and of the others of that leaf
/// those who were erased as far at another time.
Result<void> add_erased(OwnLog const& log, LeafPlace const& erasure, std::map<Pseudonym, LeafPlace>& erased) {
    FANLIGHT_TRY(auto const opening, log.opening(erasure));
    std::optional<LeafPlace> last;
    for (auto const& field : opening) {
        if (field.tag != crypto::FieldTag::leaf || !field.shown) continue;
        ByteReader in(field.shown->value);
        last = read_place(in);
        FANLIGHT_TRY(in.finish(where));
    }
    if (!last) return ok();
    FANLIGHT_TRY(auto const about, log.opening(*last));
    for (auto const& field : about) {
        if (!field.about || field.shown) continue;
        auto& place = erased[*field.about];
        place = std::max(place, *last);
    }
    return ok();
}

} // namespace

Result<Bytes> seal_copy(Self const& self, OwnLog const& log, LeafPlace const& first, std::uint64_t count) {
    if (count == 0) return Bytes();
    FANLIGHT_TRY(auto const leaves, log.leaves(first.shard, first.position, count));
    ByteWriter plain;
    std::map<Pseudonym, LeafPlace> erased;
    auto place = first;
    for (auto const& leaf : leaves) {
        plain.raw(leaf.bytes());
        if (leaf.kind == crypto::LeafClass::erasure) {
            // An opening that was lost with a disk must not keep the log from being witnessed.
            if (auto const added = add_erased(log, place, erased); !added && added.error().code != Errc::missing)
                return added.as_failure();
        }
        ++place.position;
    }
    std::size_t slots = 0;
    for (auto const& [subject, last] : erased) {
        if (slots == copy_erased_max) break; // one for every leaf
        plain.raw(subject.view()).u32(static_cast<std::uint32_t>(last.shard)).u64(last.position);
        ++slots;
    }
    for (; slots == 0 || slots % copy_erased_each != 0; ++slots) plain.raw(Bytes(erased_bytes));
    return seal_at_rest(self, plain.take());
}

Result<LogCopy> open_copy(Self const& self, ByteView sealed, std::uint64_t count) {
    FANLIGHT_TRY(auto const plain, open_at_rest(self, sealed));
    auto rest = plain.reveal();
    if (count > rest.size() / crypto::Leaf::size_bytes) return fail(Errc::malformed, where);
    LogCopy copy;
    for (std::uint64_t i = 0; i < count; ++i) {
        FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(rest.first(crypto::Leaf::size_bytes)));
        copy.leaves.push_back(leaf);
        rest = rest.subspan(crypto::Leaf::size_bytes);
    }
    if (rest.size() % erased_bytes != 0) return fail(Errc::malformed, where);
    ByteReader in(rest);
    for (auto left = rest.size() / erased_bytes; left != 0; --left) {
        auto const subject = in.tagged<Pseudonym>();
        auto const last = read_place(in);
        if (subject != Pseudonym()) copy.erased.push_back({subject, last});
    }
    FANLIGHT_TRY(in.finish(where));
    return copy;
}

} // namespace fanlight::protocol
