#pragma once
// The log as a terminal shows it.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace fanlight::cli {

/// What a stranger may have typed, with nothing in it that moves a cursor or hides a text.
std::string visible(std::string_view text);

/// "width": columns of the terminal.
std::string log_list_text(boost::json::object const& body, bool exceptions_only, std::size_t width);
std::string log_leaf_text(boost::json::object const& body, std::size_t width);
std::string log_rows_text(boost::json::array const& rows, std::size_t width);
std::string log_heads_text(boost::json::object const& body);
std::string reconciliation_text(boost::json::object const& body);

} // namespace fanlight::cli
