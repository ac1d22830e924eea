#pragma once
// Every limit has a name and a reason. docs/protocol.md repeats those that another implementation must keep.

#include "base/time.hpp"

#include <cstddef>

namespace fanlight::limits {

using namespace std::chrono_literals;

// A query (docs/protocol.md: 16 slots, all the same, so that a frame tells nothing of the family).
inline constexpr std::size_t slots = 16;
inline constexpr std::size_t keys_per_slot = 32;  ///< anchors of a person on the wire
inline constexpr std::size_t wraps_per_slot = 8;  ///< strong anchors that can open the context
inline constexpr std::size_t context_bytes = 256; ///< plain text of a context envelope, padded

// Tokens.
inline constexpr std::size_t anchors_per_person_max = 32;
inline constexpr std::size_t components_per_anchor = 12; ///< fields that can be compared by whoever shares the anchor
/// What enrolling a person takes at most: its anchors, and its components under each of two salts.
inline constexpr std::size_t evaluations_per_person_max = anchors_per_person_max + 2 * components_per_anchor;
inline constexpr std::size_t evaluate_batch_max = 1024;
inline constexpr std::size_t holders_max = 7;
inline constexpr std::size_t register_head_bytes_max = 24 * 1024; ///< with a cosignature of each of 64 parties
inline constexpr std::size_t certificate_bytes_max = 16 * 1024;   ///< a key certificate with its signatures

// Messages. A sealed message is padded to one of a few sizes (protocol/wire/mail.hpp).
inline constexpr std::size_t frame_bytes_max = 300 * 1024;
inline constexpr std::size_t outbox_frames_max = 20'000; ///< a node's queue to a peer that is away
inline constexpr Duration outbox_age_max = 7 * 24h;
/// Old epochs, days and shares are kept until no message under them can arrive, and then destroyed.
inline constexpr Duration old_keys_kept = 8 * 24h;
inline constexpr Duration clock_skew_max = 120s;

// Time.
inline constexpr Duration connect_timeout = 10s;
inline constexpr Duration idle_timeout = 30s;
inline constexpr Duration reconnect_min = 100ms;
inline constexpr Duration reconnect_max = 15s;

// Files.
inline constexpr std::size_t agreement_bytes_max = 200 * 1024; ///< text and signatures; fits one sealed message
inline constexpr std::size_t toml_line_bytes_max = 4096;
inline constexpr std::size_t note_signatures_max = 256;
inline constexpr std::size_t import_bytes_max = std::size_t(1) << 30U;
inline constexpr std::size_t import_rows_max = 5'000'000;
inline constexpr std::size_t import_field_bytes_max = 4096;
inline constexpr std::size_t family_file_bytes_max = 64 * 1024;
inline constexpr std::size_t family_people_max = slots;

// The local HTTP interface.
inline constexpr std::size_t http_body_bytes_max = import_bytes_max;
inline constexpr std::size_t http_connections_max = 64;

// A summary at stage 2.
inline constexpr std::size_t analysis_bytes_max = 500;
inline constexpr std::size_t themes_max = 8;

} // namespace fanlight::limits
