#pragma once
// What the codecs share: from protobuf to bytes and back in the one encoding that a message has. Inside protocol/wire
// only.

#include "base/ids.hpp"
#include "base/limits.hpp"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <vector>

namespace fanlight::protocol::codec {

inline std::string text_of(ByteView bytes) {
    return std::string(as_text(bytes));
}
inline std::string padded(PartyId const& party) {
    auto text = party.text();
    text.resize(PartyId::length_max, '\0');
    return text;
}
inline Result<PartyId> parse_padded(std::string const& bytes) {
    if (bytes.size() != PartyId::length_max) return fail(Errc::malformed, "party in a message");
    auto const end = bytes.find('\0');
    auto const length = end == std::string::npos ? bytes.size() : end;
    if (bytes.find_first_not_of('\0', length) != std::string::npos) return fail(Errc::malformed, "party in a message");
    return PartyId::parse(std::string_view(bytes).substr(0, length));
}
template <class Message> Result<Message> parse(ByteView bytes, char const* where) {
    if (bytes.size() > limits::frame_bytes_max) return fail(Errc::too_large, where);
    Message message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return fail(Errc::malformed, where);
    return message;
}
/// A message has one encoding: what decodes must encode to the bytes it came from. So a field that is unknown, missing,
/// doubled or out of order is refused at every depth, and nobody can send bytes that nobody checks.
inline bool same(Bytes const& again, ByteView bytes) {
    return std::equal(again.begin(), again.end(), bytes.begin(), bytes.end());
}
template <class T> Result<T> exactly(T message, ByteView bytes, char const* where) {
    if (!same(encode(message), bytes)) return fail(Errc::malformed, where);
    return message;
}
inline Bytes serialise(google::protobuf::MessageLite const& message) {
    Bytes bytes(message.ByteSizeLong());
    message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}
/// A number that a message may hold as one of `count` values from 0.
inline bool below(std::uint32_t value, std::size_t count) {
    return value < count;
}

template <class T> std::string joined(std::vector<T> const& elements) {
    std::string bytes;
    bytes.reserve(elements.size() * T::size_bytes);
    for (auto const& element : elements) bytes += as_text(element.view());
    return bytes;
}

} // namespace fanlight::protocol::codec
