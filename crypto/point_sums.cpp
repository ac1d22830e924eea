// Sums of many multiples under full-size scalars: Pippenger's buckets with signed digits.

#include "crypto/point.hpp"
#include "crypto/runs.hpp"

#include <cassert>

namespace fanlight::crypto::point {

namespace {

constexpr std::size_t scalar_bits = 253;

/// Bits of a window, by measurement: wider windows cost more buckets, narrower ones more passes over the points.
std::size_t best_width(std::size_t points) {
    if (points < 12) return 3;
    if (points < 80) return 4;
    if (points < 112) return 5;
    if (points < 320) return 6;
    if (points < 448) return 7;
    return 8;
}

/// `count` bits from bit `from` on; bits over the end are zero.
unsigned bits_at(EncodingView bytes, std::size_t from, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = 0; i < 3 && from / 8 + i < bytes.size(); ++i)
        value |= unsigned(bytes[from / 8 + i]) << (8U * i);
    return (value >> (from % 8)) & ((1U << count) - 1);
}

} // namespace

// One bit more than a scalar has, for the carry into the last digit.
Scalars::Scalars(std::span<EncodingView const> scalars)
    : size_(scalars.size()), width_(best_width(size_)), windows_((scalar_bits + width_) / width_),
      digits_(windows_ * size_) {
    int const half = 1 << (width_ - 1);
    for (std::size_t i = 0; i < size_; ++i) {
        assert((scalars[i][31] & 0xe0U) == 0);
        int carry = 0;
        for (std::size_t window = 0; window < windows_; ++window) {
            int digit = static_cast<int>(bits_at(scalars[i], window * width_, width_)) + carry;
            carry = digit > half ? 1 : 0;
            digit -= carry * 2 * half;
            digits_[window * size_ + i] = static_cast<std::int16_t>(digit);
        }
        assert(carry == 0);
    }
}

Point Scalars::window_sum(std::size_t window, std::span<Decoded const> points) const {
    struct Bucket {
        Point sum;
        bool used = false;
    };
    std::vector<Bucket> buckets(std::size_t(1) << (width_ - 1)); // [j]: the points whose digit is j + 1 or -(j + 1)
    auto const digits = std::span(digits_).subspan(window * size_, size_);
    for (std::size_t i = 0; i < size_; ++i) {
        if (digits[i] == 0) continue;
        bool const negative = digits[i] < 0;
        auto& bucket = buckets[static_cast<std::size_t>(negative ? -digits[i] : digits[i]) - 1];
        if (bucket.used) {
            bucket.sum = add(bucket.sum, points[i], negative);
        } else {
            bucket.sum = to_point(points[i], negative);
            bucket.used = true;
        }
    }
    // Each bucket counts as often as its digit says: the sum of all the sums of the buckets from j up.
    std::optional<Point> above;
    auto total = identity;
    for (std::size_t j = buckets.size(); j-- > 0;) {
        if (buckets[j].used) above = above ? add(*above, buckets[j].sum) : buckets[j].sum;
        if (above) total = add(total, *above);
    }
    return total;
}

std::vector<Point> Scalars::sums(std::span<std::span<Decoded const> const> lists, Parallel const& parallel) const {
    for ([[maybe_unused]] auto const& list : lists) assert(list.size() == size_);
    std::vector<Point> parts(lists.size() * windows_);
    auto const tasks = std::min(runs_max, parts.size());
    parallel(tasks, [&](std::size_t task) {
        for (auto i = task; i < parts.size(); i += tasks) parts[i] = window_sum(i % windows_, lists[i / windows_]);
    });
    std::vector<Point> sums;
    for (std::size_t list = 0; list < lists.size(); ++list) {
        auto sum = parts[(list + 1) * windows_ - 1];
        for (std::size_t window = windows_ - 1; window-- > 0;) {
            for (std::size_t i = 0; i < width_; ++i) sum = twice(sum);
            sum = add(sum, parts[list * windows_ + window]);
        }
        sums.push_back(sum);
    }
    return sums;
}

} // namespace fanlight::crypto::point
