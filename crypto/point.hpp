#pragma once
// ristretto255 (RFC 9496) for PUBLIC data only: answers, proofs and what is computed from them. Variable time, on
// purpose. Secret scalars never come here: they go through libsodium, and so does the spot check of every batch.
//
// A point is in extended coordinates of the Edwards curve: x = X/Z, y = Y/Z, xy = T/Z. The formulas are complete
// (Hisil, Wong, Carter, Dawson 2008, section 3.1, with a = -1), so that no input needs a case of its own.

#include "base/bytes.hpp"
#include "crypto/field.hpp"
#include "crypto/parallel.hpp"

#include <optional>
#include <vector>

namespace fanlight::crypto::point {

using Encoding = std::array<std::uint8_t, 32>; ///< of a point, perhaps the identity, which is all zero
using EncodingView = std::span<std::uint8_t const, 32>;

struct Point {
    Field x, y, z, t;
};
inline constexpr Point identity{constants::zero, constants::one, constants::one, constants::zero};

/// A decoded point (Z = 1), in the form in which adding it is cheapest.
struct Decoded {
    Field y_plus_x, y_minus_x, two_dxy; ///< tight
};

/// RFC 9496, section 4.3.1: nothing for what it refuses. The identity is decoded.
std::optional<Decoded> decode(EncodingView bytes);
/// RFC 9496, section 4.3.2.
Encoding encode(Point const& point);

Point to_point(Decoded const& a, bool negative = false); ///< -a if `negative`
Point add(Point const& a, Point const& b);
Point add(Point const& a, Decoded const& b, bool negative = false); ///< a - b if `negative`
Point twice(Point const& a);

/// Small signed integers, recoded once for a whole batch of sums under the same integers.
class Integers {
  public:
    explicit Integers(std::span<std::int64_t const> values); ///< magnitudes below 2^62
    std::size_t size() const { return size_; }
    /// sum values[i] * points[i]; as many points as integers.
    Point sum(std::span<Decoded const* const> points) const;

  private:
    std::size_t size_;
    std::vector<std::vector<std::int8_t>> digits_; ///< [power of two][i], non-adjacent form
};

/// Scalars recoded once for sums over several lists of points.
class Scalars {
  public:
    /// Little-endian, below 2^253.
    explicit Scalars(std::span<EncodingView const> scalars);
    /// sum scalars[i] * points[i] for each of `lists`, all of them as long as the scalars. Pippenger's buckets, one
    /// window of one list at a time; the tasks of `parallel` share out the windows.
    std::vector<Point> sums(std::span<std::span<Decoded const> const> lists, Parallel const& parallel) const;

  private:
    Point window_sum(std::size_t window, std::span<Decoded const> points) const;
    std::size_t size_;
    std::size_t width_; ///< bits of a window
    std::size_t windows_;
    std::vector<std::int16_t> digits_; ///< [window][i], from -2^(width - 1) to 2^(width - 1)
};

/// A multiple that a spot check computes again.
struct Multiple {
    Encoding scalar; ///< little-endian, below the group order
    Encoding element;
};
/// Errc::damaged unless `ours` is the encoding of the sum of the multiples, computed by libsodium alone: then this
/// machine, or this file, computes wrongly, and nothing of the batch may be used.
Result<void> spot_check(Encoding const& ours, std::span<Multiple const> multiples);

} // namespace fanlight::crypto::point
