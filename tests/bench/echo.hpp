#pragma once
// A message to and fro through node/net/link over the loopback interface.

#include "bench.hpp"

namespace fanlight::bench {

/// Seconds from send() to the echo's arrival; both ends in this process, TLS and WebSocket as between two nodes.
Spread link_round_trip(std::size_t message_bytes, std::size_t rounds);

} // namespace fanlight::bench
