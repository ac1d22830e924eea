#pragma once
// A person record as bytes, for the store of its own agency. Never on the wire.

#include "protocol/engine/records.hpp"

namespace fanlight::protocol {

Bytes encode(PersonRecord const& record);
Result<PersonRecord> decode_record(ByteView bytes); ///< Errc::damaged

} // namespace fanlight::protocol
