#pragma once
// The local interface: HTTP/1.1 over a Unix socket that only the node's own user can open. No other door leads here.

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace fanlight::node {

inline constexpr std::size_t http_header_bytes_max = 8 * 1024;
inline constexpr std::size_t http_other_body_bytes_max = std::size_t(16) << 20U; ///< of what is no feed of people
inline constexpr Duration http_idle_timeout = std::chrono::seconds(75);   ///< between two requests of one connection
inline constexpr Duration http_read_timeout = std::chrono::seconds(30);   ///< a header; each further piece of a body
inline constexpr Duration http_body_timeout = std::chrono::minutes(10);   ///< a whole body
inline constexpr Duration http_answer_timeout = std::chrono::minutes(11); ///< the handler; imports take up to 10

struct HttpRequest {
    std::string method;
    std::string target; ///< as sent: path and query, percent-encoded
    std::string body;
    std::string content_type; ///< empty if none was given
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
};

/// Once, from any thread; a second call, a late one or one after the client has gone does nothing. When the last copy
/// is destroyed without a call the client gets 500.
using HttpRespond = std::function<void(HttpResponse)>;
/// Called on the io_context's threads, for several connections at one time; must not block and must not throw.
using HttpHandler = std::function<void(HttpRequest, HttpRespond)>;

/// What the server waits for, so that a test need not. The defaults are the constants above.
struct HttpTimeouts {
    Duration idle = http_idle_timeout;
    Duration read = http_read_timeout;
    Duration body = http_body_timeout;
    Duration answer = http_answer_timeout;
};

/// Bodies up to limits::http_body_bytes_max for a feed of people and http_other_body_bytes_max otherwise (over
/// it: 413), limits::http_connections_max connections (over it: 503).
class HttpServer {
  public:
    HttpServer(boost::asio::io_context& io, std::filesystem::path socket, HttpHandler handler,
               HttpTimeouts timeouts = {});
    HttpServer(HttpServer const&) = delete;
    HttpServer& operator=(HttpServer const&) = delete;
    ~HttpServer(); ///< stops

    /// Makes the socket, mode 0600 from its first instant; the file that a dead process left is replaced. Errc::exists:
    /// a living node listens there, or it is not a socket. Errc::too_large: the path is longer than the system allows
    /// (107 bytes). Errc::io otherwise. Once. Two nodes that start at the same instant are kept apart by the data
    /// directory's lock, not here.
    Result<void> start();
    /// Any thread. Removes the socket file and breaks every connection.
    void stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace fanlight::node
