#pragma once
// A query that was received and logged, and waits for the index of its day to be built. It survives a restart.

#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

struct Held {
    Incoming incoming; ///< sender, exchange, agreement, payload and its hash; nothing else of it is kept
    Query query;       ///< the payload
    Instant received{};
    IndexKey index() const { return {query.epoch, query.day}; }
};
Bytes encode(Held const& held);
Result<Held> decode_held(ByteView bytes); ///< Errc::damaged

} // namespace fanlight::protocol
