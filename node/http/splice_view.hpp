#pragma once
// What one of an agency's own records has, for the check that a slot asked about whom the agency found there
// (protocol/engine/splice.hpp). Hashes alone: they say nothing to whoever has not the same secrets.

#include "protocol/engine/splice.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace fanlight::node {

/// {"record": "PN-5558", "slot": 5, "epoch": 2}; without "epoch": the open one.
struct RecordQuestion {
    std::string record;
    std::uint8_t slot = 0; ///< from 1
    std::optional<std::uint32_t> epoch;
};
/// Errc::malformed.
Result<RecordQuestion> parse_record_question(std::string_view body);

/// {"slot", "epoch", "hashes"}, as `fanlight log splice --records` reads it. Errc::missing: the record is not enrolled
/// in that epoch, or its tokens are destroyed; Errc::damaged, Errc::io.
Result<boost::json::object> record_hashes_view(Mode mode, protocol::Records const& records, std::uint32_t epoch,
                                               std::uint8_t slot, protocol::RecordRow row);

} // namespace fanlight::node
