// One HTTP call over the node's Unix socket, with Boost.Beast. One of the three files that include Beast.

#include "admin-cli/http_client.hpp"

#include "base/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

namespace fanlight::cli {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using net::local::stream_protocol;
using ErrorCode = boost::system::error_code;

constexpr std::size_t path_bytes_max = 107; // sockaddr_un::sun_path without its terminator
constexpr unsigned http_1_1 = 11;
constexpr Error not_running{Errc::unreachable, "the node",
                            "It is not running. Start it with: fanlight-node run --data DIR"};

Error call_error(ErrorCode code) {
    namespace errc = boost::system::errc;
    if (code == errc::no_such_file_or_directory || code == errc::connection_refused || code == errc::not_a_directory)
        return not_running;
    if (code == errc::permission_denied)
        return {Errc::refused, "the node's socket", "Run this as the user that the node runs as."};
    if (code == beast::error::timeout) return {Errc::unreachable, "the node", "It took too long; see its log."};
    if (code == http::error::body_limit || code == http::error::header_limit)
        return {Errc::too_large, "the node's answer"};
    if (code == http::error::end_of_stream || code == http::error::partial_message || code == net::error::eof ||
        code == errc::connection_reset || code == errc::broken_pipe)
        return {Errc::unreachable, "the node", "It stopped before it had answered; see its log."};
    if (code.category() == boost::system::system_category()) return {Errc::io, "the node's socket"};
    return {Errc::malformed, "the node's answer", "Something else than a node listens on its socket."};
}

/// The steps of one call, each started by the one before; `result` is the last word.
struct Call {
    explicit Call(net::io_context& io) : stream(io) {
        answer.body_limit(limits::http_body_bytes_max);
        buffer.reserve(64 * 1024); // a read is as large as the room there is
    }

    beast::basic_stream<stream_protocol> stream;
    http::request<http::span_body<char const>> request;
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> answer;
    ErrorCode write_error;
    ErrorCode result = beast::error::timeout;

    void connect(stream_protocol::endpoint const& node) {
        stream.async_connect(node, [this](ErrorCode error) {
            if (error)
                result = error;
            else
                write();
        });
    }
    void write() {
        http::async_write(stream, request, [this](ErrorCode error, std::size_t) {
            write_error = error; // a node that refuses a body hangs up before it has read all of it, and says why
            if (error == beast::error::timeout)
                result = error;
            else
                read();
        });
    }
    void read() {
        http::async_read(stream, buffer, answer,
                         [this](ErrorCode error, std::size_t) { result = error && write_error ? write_error : error; });
    }
};

} // namespace

Result<HttpReply> http_call(std::filesystem::path const& socket, std::string_view method, std::string_view target,
                            std::string_view body, Duration timeout, std::string_view content_type) {
    auto const path = socket.string();
    if (path.empty() || path.size() > path_bytes_max)
        return fail(Errc::too_large, "the path of the node's socket", "Use a data directory with a shorter path.");

    auto const breaks_line = [](char c) { return c <= ' ' || c == '\x7F'; };
    if (method.empty() || target.empty() || std::any_of(method.begin(), method.end(), breaks_line) ||
        std::any_of(target.begin(), target.end(), breaks_line))
        return fail(Errc::malformed, "the request to the node", "Percent-encode what is not plain in a path or query.");

    net::io_context io(1);
    Call call(io);
    call.request.version(http_1_1);
    call.request.method_string(method);
    call.request.target(target);
    call.request.set(http::field::host, "localhost");
    call.request.set(http::field::connection, "close");
    if (!body.empty()) call.request.set(http::field::content_type, content_type);
    call.request.body() = beast::span<char const>(body.data(), body.size());
    call.request.prepare_payload();
    if (method == "HEAD") call.answer.skip(true);

    call.stream.expires_after(timeout); // for all of it
    call.connect(stream_protocol::endpoint(path));
    io.run();
    if (call.result) return call_error(call.result);
    auto answer = call.answer.release();
    return HttpReply{answer.result_int(), std::move(answer.body())};
}

} // namespace fanlight::cli
