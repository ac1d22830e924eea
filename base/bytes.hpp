#pragma once
// Bytes: owned, viewed, and tagged with what they are for.

#include "base/result.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fanlight {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<std::uint8_t const>;
using MutableBytes = std::span<std::uint8_t>;

/// The bytes of a text, without its terminator. The view lives as long as `text`.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}
/// The text of some bytes; the caller knows that they are text. The view lives as long as `bytes`.
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) {
    return {view.begin(), view.end()};
}
inline void append(Bytes& out, ByteView view) {
    out.insert(out.end(), view.begin(), view.end());
}
inline void append(Bytes& out, std::string_view text) {
    append(out, as_bytes(text));
}
/// Big-endian integers, as every Fanlight derivation and C2SP format writes them.
inline void append_u8(Bytes& out, std::uint8_t value) {
    out.push_back(value);
}
inline void append_u16(Bytes& out, std::uint16_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}
inline void append_u32(Bytes& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> unsigned(shift)));
}
inline void append_u64(Bytes& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> unsigned(shift)));
}

/// N public bytes with a purpose in the type, so that two 32-byte arguments cannot change places.
/// Not for secrets (crypto/secret.hpp) and not for values that need a check beyond their size.
template <class Tag, std::size_t N> class Tagged {
  public:
    static constexpr std::size_t size_bytes = N;

    constexpr Tagged() = default; ///< all zero
    explicit constexpr Tagged(std::array<std::uint8_t, N> const& bytes) : bytes_(bytes) {}

    /// Exactly N bytes, or Errc::malformed naming `where`.
    static Result<Tagged> parse(ByteView bytes, char const* where = "fixed-size value") {
        if (bytes.size() != N) return fail(Errc::malformed, where);
        Tagged tagged;
        std::copy(bytes.begin(), bytes.end(), tagged.bytes_.begin());
        return tagged;
    }
    /// Made in place: `fill` gets a span of N bytes to write.
    template <class Fill> static Tagged make(Fill&& fill) {
        Tagged tagged;
        fill(MutableBytes(tagged.bytes_));
        return tagged;
    }

    constexpr ByteView view() const { return bytes_; }
    constexpr std::array<std::uint8_t, N> const& array() const { return bytes_; }
    auto operator<=>(Tagged const&) const = default;

  private:
    std::array<std::uint8_t, N> bytes_{};
};

} // namespace fanlight
