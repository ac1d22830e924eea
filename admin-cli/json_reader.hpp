#pragma once
// Reading what the node's local interface answered: a missing or odd field reads as empty, never as a crash.

#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace fanlight::cli {

inline std::string text_at(boost::json::object const& object, std::string_view key) {
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
inline std::uint64_t number_at(boost::json::object const& object, std::string_view key) {
    auto const* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) return 0;
    boost::system::error_code problem;
    auto const number = value->to_number<std::uint64_t>(problem);
    return problem ? 0 : number;
}
inline bool flag_at(boost::json::object const& object, std::string_view key) {
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}
inline boost::json::array const& array_at(boost::json::object const& object, std::string_view key) {
    static boost::json::array const none;
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : none;
}
inline boost::json::object const& object_at(boost::json::object const& object, std::string_view key) {
    static boost::json::object const none;
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

/// "a,b" as ["a", "b"].
inline boost::json::array split_at_commas(std::string const& text) {
    boost::json::array parts;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find(',', at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

} // namespace fanlight::cli
