#pragma once
// One HTTP request to the node of this machine, over its Unix socket.

#include "base/result.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace fanlight::cli {

struct HttpReply {
    unsigned status;
    std::string body;
};

/// Blocks until the answer is complete, at most `timeout`. Any status is a reply. Errc::unreachable: the node is not
/// running, or did not answer in time. Errc::refused: the socket belongs to another user. Errc::malformed: what answers
/// is not a node. Errc::too_large: the path of the socket, or an answer over limits::http_body_bytes_max.
Result<HttpReply> http_call(std::filesystem::path const& socket, std::string_view method, std::string_view target,
                            std::string_view body, Duration timeout,
                            std::string_view content_type = "application/json");

} // namespace fanlight::cli
