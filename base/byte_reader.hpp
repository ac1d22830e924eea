#pragma once
// Length-prefixed, big-endian records: how state is kept on disk and how derivations lay out their input.

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace fanlight {

class ByteWriter {
  public:
    ByteWriter& u8(std::uint8_t value) { return append_u8(bytes_, value), *this; }
    ByteWriter& u16(std::uint16_t value) { return append_u16(bytes_, value), *this; }
    ByteWriter& u32(std::uint32_t value) { return append_u32(bytes_, value), *this; }
    ByteWriter& u64(std::uint64_t value) { return append_u64(bytes_, value), *this; }
    ByteWriter& flag(bool value) { return u8(value ? 1 : 0); }
    ByteWriter& instant(Instant value) { return u64(to_wire(value)); }
    ByteWriter& day(Day value) { return u32(to_wire(value)); }
    ByteWriter& raw(ByteView value) { return append(bytes_, value), *this; }
    ByteWriter& blob(ByteView value) { return u32(static_cast<std::uint32_t>(value.size())).raw(value); }
    ByteWriter& text(std::string_view value) { return blob(as_bytes(value)); }
    template <class Enum>
    requires std::is_enum_v<Enum> ByteWriter& number(Enum value) { return u8(static_cast<std::uint8_t>(value)); }
    Bytes take() { return std::move(bytes_); } ///< once

  private:
    Bytes bytes_;
};

/// Reads what ByteWriter wrote. After the first short or impossible read everything reads as zero or empty, and
/// finish() says so: one check at the end, no partial state used before it.
class ByteReader {
  public:
    explicit ByteReader(ByteView bytes) : rest_(bytes) {}

    std::uint64_t big_endian(std::size_t size) {
        std::uint64_t value = 0;
        for (auto const byte : raw(size)) value = (value << 8U) | byte;
        return value;
    }
    std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(big_endian(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(big_endian(4)); }
    std::uint64_t u64() { return big_endian(8); }
    bool flag() {
        auto const value = u8();
        if (value > 1) good_ = false;
        return value == 1;
    }
    Instant instant() { return from_wire(u64()); }
    Day day() { return day_from_wire(u32()); }
    ByteView raw(std::size_t size) {
        if (size > rest_.size()) {
            good_ = false;
            rest_ = {};
        }
        if (!good_) return {};
        auto const value = rest_.first(size);
        rest_ = rest_.subspan(size);
        return value;
    }
    ByteView blob() { return raw(u32()); }
    std::string text() { return std::string(as_text(blob())); }
    template <class T> T tagged() {
        auto parsed = T::parse(raw(T::size_bytes));
        if (!parsed) good_ = false;
        return parsed ? parsed.assume_value() : T{};
    }
    /// A number from 0 or 1 up to `last`.
    template <class Enum> Enum number(Enum last) {
        auto const value = u8();
        if (value > static_cast<std::uint8_t>(last)) good_ = false;
        return static_cast<Enum>(good_ ? value : static_cast<std::uint8_t>(last));
    }
    /// How many items follow; refuses more than the bytes that are left could hold.
    std::size_t count() {
        auto const value = u32();
        if (value > rest_.size()) good_ = false;
        return good_ ? value : 0;
    }
    bool good() const { return good_; }
    void spoil() { good_ = false; }
    /// Errc::damaged naming `where` unless everything was read and nothing was short.
    Result<void> finish(char const* where) const {
        if (!good_ || !rest_.empty()) return fail(Errc::damaged, where);
        return ok();
    }

  private:
    ByteView rest_;
    bool good_ = true;
};

} // namespace fanlight
