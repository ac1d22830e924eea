#include "protocol/leaf_place.hpp"

#include <charconv>
#include <tuple>

namespace fanlight::protocol {

namespace {

constexpr std::int32_t year_min = 1970;
constexpr std::int32_t year_max = 9999;
constexpr std::int32_t continuations = 1000; ///< a shard beyond the years is year * this + n
constexpr std::int32_t first_continuation = 2;

bool is_shard(std::int32_t shard) {
    bool const year = shard >= year_min && shard <= year_max;
    auto const of = shard / continuations;
    return year || (of >= year_min && of <= year_max && shard % continuations >= first_continuation);
}

} // namespace

int year_of_shard(std::int32_t shard) {
    return shard > year_max ? shard / continuations : shard;
}

std::strong_ordering LeafPlace::operator<=>(LeafPlace const& other) const {
    auto const order_of = [](LeafPlace const& place) {
        return std::tuple(year_of_shard(place.shard), place.shard, place.position);
    };
    return order_of(*this) <=> order_of(other);
}

std::string shard_name(std::int32_t shard) {
    if (shard <= year_max) return std::to_string(shard);
    return std::to_string(shard / continuations) + '-' + std::to_string(shard % continuations);
}

Result<std::int32_t> parse_shard_name(std::string_view name) {
    constexpr auto where = "name of a log's shard";
    auto const number = [](std::string_view digits) {
        std::int32_t value = 0;
        auto const* const end = digits.data() + digits.size();
        auto const read = std::from_chars(digits.data(), end, value);
        return read.ec == std::errc() && read.ptr == end && value >= 0 && value <= year_max ? value : 0;
    };
    auto const dash = name.find('-');
    auto shard = number(name.substr(0, dash));
    if (dash != std::string_view::npos) shard = shard * continuations + number(name.substr(dash + 1));
    // One spelling each: no sign, no leading zero, nothing behind it.
    if (!is_shard(shard) || shard_name(shard) != name) return fail(Errc::malformed, where);
    return shard;
}

} // namespace fanlight::protocol
