#pragma once
// Leaves as the local interface hands them out: whole, for a screen or for an export, which the tool writes from pages
// of them.

#include "node/http/log_words.hpp"

#include <boost/json/object.hpp>

namespace fanlight::node {

inline constexpr std::size_t export_page = 2000; ///< leaves in one answer

/// "place", "time", "class", "words", "peers", "clauses", "subjects", "what", "exceptions": a row of a list. Nothing of
/// what the leaf says about one person alone.
boost::json::object row_json(LogEvent const& event);
/// A row and everything else: "leaf", "exchange", "agreement" and "opening" (crypto::encode_shown) as hex, and "fields"
/// in words: "tag", "words", "erased", and "about" (the pseudonym) if it is about somebody.
boost::json::object event_json(LogEvent const& event);

/// "events", and "next": the place to go on from, if there is more. Errors of EventReader::read.
Result<boost::json::object> export_page_json(EventReader& reader, EventFilter const& filter,
                                             std::size_t limit = export_page);

} // namespace fanlight::node
