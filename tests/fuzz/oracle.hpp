#pragma once
// What the oracles of several fuzz targets have in common, and the input read piece by piece.

#include "base/bytes.hpp"

#include <cstdlib>
#include <functional>
#include <string>

namespace fanlight::fuzz {

/// A broken oracle ends the process: libFuzzer keeps the input.
inline void require(bool holds) {
    if (!holds) std::abort();
}

inline bool same(ByteView left, ByteView right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

/// An error names a place in words of ours that any terminal can show, never a piece of what was read.
inline void check_error(Error const& error, ByteView input) {
    std::less_equal<> const up_to;
    auto const* const begin = reinterpret_cast<char const*>(input.data());
    for (auto const* text : {error.where, error.mend}) {
        require(text != nullptr);
        require(input.empty() || !(up_to(begin, text) && up_to(text, begin + input.size())));
    }
    require(*error.where != '\0');
    for (char const c : describe(error)) require(c >= ' ' && c <= '~');
}

/// What decodes encodes to the very bytes that it came from, and those decode again.
template <class Decode, class Encode>
void check_one_spelling(ByteView bytes, Decode const& decode, Encode const& encode_again) {
    auto const value = decode(bytes);
    if (!value) return check_error(value.error(), bytes);
    require(same(encode_again(value.assume_value()), bytes));
}

/// What decodes may have been written otherwise; once written by us it is stable.
template <class Decode, class Encode>
void check_stable(ByteView bytes, Decode const& decode, Encode const& encode_again) {
    auto const value = decode(bytes);
    if (!value) return check_error(value.error(), bytes);
    Bytes const written = encode_again(value.assume_value());
    auto const again = decode(written);
    require(again && encode_again(again.assume_value()) == written);
}

/// The same for texts.
template <class Parse, class Format>
void check_one_text(std::string_view text, Parse const& parse, Format const& format) {
    auto const value = parse(text);
    if (!value) return check_error(value.error(), as_bytes(text));
    require(format(value.assume_value()) == text);
}
template <class Parse, class Format>
void check_stable_text(std::string_view text, Parse const& parse, Format const& format) {
    auto const value = parse(text);
    if (!value) return check_error(value.error(), as_bytes(text));
    std::string const written = format(value.assume_value());
    auto const again = parse(written);
    require(again && format(again.assume_value()) == written);
}

/// The input from its front, as numbers and pieces; zeros and nothing behind its end.
class Input {
  public:
    Input(std::uint8_t const* data, std::size_t size) : rest_(data, size) {}

    bool empty() const { return rest_.empty(); }
    std::uint8_t u8() {
        if (rest_.empty()) return 0;
        auto const value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    std::uint16_t u16() {
        auto const high = u8();
        return static_cast<std::uint16_t>(high << 8U | u8());
    }
    std::uint64_t u64() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8U | u8();
        return value;
    }
    /// As many bytes as there are, up to `size`.
    ByteView bytes(std::size_t size) {
        auto const taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    /// A piece with its length, two bytes, before it.
    ByteView piece() {
        auto const size = u16();
        return bytes(size);
    }
    ByteView rest() { return bytes(rest_.size()); }
    std::string_view rest_text() { return as_text(rest()); }
    /// A Tagged; short input fills up with zeros.
    template <class T> T tagged() {
        return T::make([&](MutableBytes out) {
            auto const taken = bytes(out.size());
            std::copy(taken.begin(), taken.end(), out.begin());
        });
    }

  private:
    ByteView rest_;
};

} // namespace fanlight::fuzz
