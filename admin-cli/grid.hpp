#pragma once
// The grid of people x agencies as a terminal shows it: a colour as word and shape, never as colour alone; every kind
// of "no" in its own words.

#include <boost/json/object.hpp>

#include <string>

namespace fanlight::cli {

struct GridStyle {
    bool colour = false;     ///< ANSI colours beside word and shape
    std::size_t width = 100; ///< columns of the terminal
};

/// A case as the node's local interface gives it (docs/protocol.md, "Local interface"), as text.
std::string render_case(boost::json::object const& view, GridStyle const& style);
/// "31 of 60 replies" while a case is under way.
std::string progress_line(boost::json::object const& view);
/// Columns that UTF-8 text of ours takes: every code point is one column wide.
std::size_t columns(std::string_view text);

} // namespace fanlight::cli
