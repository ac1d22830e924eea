#pragma once
// Small files of a data directory: read whole, replaced atomically and durably, mode 0600.

#include "base/bytes.hpp"

#include <filesystem>

namespace fanlight::node {

/// Errc::missing, Errc::too_large, Errc::io; all name `where`.
Result<Bytes> read_small_file(std::filesystem::path const& file, std::size_t bytes_max, char const* where);
/// A new file beside it, flushed, renamed over it, directory flushed. Errc::io.
Result<void> replace_file(std::filesystem::path const& file, ByteView bytes, char const* where);

} // namespace fanlight::node
