// HTTP/1.1 over a Unix socket, with Boost.Beast. One of the three files that include Beast.

#include "node/http/server.hpp"

#include "base/limits.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <list>
#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// g++ 12 sees Asio's frame allocator inlined on one side only, and takes its pair of new and delete for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace fanlight::node {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using net::local::stream_protocol;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Stream = beast::basic_stream<stream_protocol>;
using Parser = http::request_parser<http::string_body>;

constexpr auto as_result = net::as_tuple(net::use_awaitable);
constexpr Duration accept_pause{100};
constexpr Duration linger{1000}; // for a refused client to read why
constexpr unsigned http_1_1 = 11;
constexpr std::size_t body_piece_bytes = 64 * 1024;

constexpr char const* socket_name = "the node's socket";

/// A feed of people may be large; everything else that is asked is not.
std::size_t body_bytes_max(std::string_view target) {
    return target.starts_with("/v1/people") ? limits::http_body_bytes_max : http_other_body_bytes_max;
}

/// One connection of a local client: request, answer, request, answer.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(stream_protocol::socket socket, HttpHandler const& handler, HttpTimeouts const& timeouts)
        : stream_(std::move(socket)), answered_(stream_.get_executor()), handler_(handler), timeouts_(timeouts) {}

    net::awaitable<void> run();
    void stop() {
        net::post(stream_.get_executor(), [self = shared_from_this()] {
            self->stopped_ = true;
            self->stream_.close();
            self->answered_.cancel();
        });
    }
    /// Any thread. The answer to request number `number`; late ones are dropped.
    void answer(std::uint64_t number, HttpResponse response) {
        net::post(stream_.get_executor(),
                  [self = shared_from_this(), number, response = std::move(response)]() mutable {
                      if (number != self->request_number_ || self->answer_) return;
                      self->answer_ = std::move(response);
                      self->answered_.cancel();
                  });
    }

  private:
    net::awaitable<ErrorCode> read_header(Parser& parser);
    net::awaitable<ErrorCode> read_body(Parser& parser);
    net::awaitable<HttpResponse> ask_handler(Parser& parser);
    net::awaitable<bool> write(HttpResponse response, bool keep_alive, bool head_only);
    net::awaitable<void> refuse(unsigned status, char const* body);

    Stream stream_;
    net::steady_timer
        answered_; // a wake-up call: its expiry is the deadline of the answer, its cancellation the answer
    beast::flat_buffer buffer_{http_header_bytes_max + body_piece_bytes};
    HttpHandler const handler_;
    HttpTimeouts const timeouts_;
    std::uint64_t request_number_ = 0;
    std::optional<HttpResponse> answer_;
    bool stopped_ = false;
};

/// What the copies of one HttpRespond share.
class Reply {
  public:
    Reply(std::weak_ptr<Session> session, std::uint64_t number) : session_(std::move(session)), number_(number) {}
    Reply(Reply const&) = delete;
    Reply& operator=(Reply const&) = delete;
    ~Reply() {
        HttpResponse nothing;
        nothing.status = 500;
        nothing.body = R"({"error":"the node dropped the request"})";
        give(std::move(nothing));
    }
    void give(HttpResponse response) {
        if (given_.exchange(true)) return;
        if (auto const session = session_.lock()) session->answer(number_, std::move(response));
    }

  private:
    std::weak_ptr<Session> const session_;
    std::uint64_t const number_;
    std::atomic<bool> given_ = false;
};

net::awaitable<ErrorCode> Session::read_header(Parser& parser) {
    stream_.expires_after(request_number_ == 0 ? timeouts_.read : timeouts_.idle);
    auto const [error, size] = co_await http::async_read_header(stream_, buffer_, parser, as_result);
    co_return error;
}

/// Piece by piece, so that a long upload may take its time and a stalled one may not.
net::awaitable<ErrorCode> Session::read_body(Parser& parser) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        std::string_view const words = "HTTP/1.1 100 Continue\r\n\r\n";
        auto const go_on = net::buffer(words);
        stream_.expires_after(timeouts_.read);
        auto const [error, size] = co_await net::async_write(stream_, go_on, as_result);
        if (error) co_return error;
    }
    if (!parser.is_done()) buffer_.reserve(body_piece_bytes); // a read is as large as the room there is
    auto const began = Clock::now();
    while (!parser.is_done()) {
        auto const left = std::chrono::duration_cast<Duration>(timeouts_.body - (Clock::now() - began));
        if (left <= Duration(0)) co_return ErrorCode(beast::error::timeout);
        stream_.expires_after(std::min(timeouts_.read, left));
        auto const [error, size] = co_await http::async_read_some(stream_, buffer_, parser, as_result);
        if (error) co_return error;
    }
    co_return ErrorCode();
}

net::awaitable<HttpResponse> Session::ask_handler(Parser& parser) {
    auto message = parser.release();
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.content_type = std::string(message[http::field::content_type]);
    request.body = std::move(message.body());

    ++request_number_;
    answer_.reset();
    auto reply = std::make_shared<Reply>(weak_from_this(), request_number_);
    HttpRespond respond = [reply](HttpResponse response) { reply->give(std::move(response)); };
    reply.reset(); // only the handler's copies count
    answered_.expires_after(timeouts_.answer);
    handler_(std::move(request), std::move(respond));
    // The answer comes through the strand, so it cannot overtake this line; the loop is for a stray wake-up.
    while (!answer_ && !stopped_ && answered_.expiry() > Clock::now()) co_await answered_.async_wait(as_result);
    if (answer_) co_return std::move(*answer_);
    HttpResponse late;
    late.status = 504;
    late.body = R"({"error":"the node took too long"})";
    co_return late;
}

net::awaitable<bool> Session::write(HttpResponse response, bool keep_alive, bool head_only) {
    http::response<http::string_body> message;
    message.version(http_1_1);
    assert(response.status >= 200 && response.status <= 599);
    message.result(response.status);
    message.set(http::field::content_type, response.content_type);
    message.set(http::field::cache_control, "no-store");
    message.keep_alive(keep_alive);
    message.content_length(response.body.size());
    if (!head_only) message.body() = std::move(response.body);
    stream_.expires_after(timeouts_.body);
    auto const [error, size] = co_await http::async_write(stream_, message, as_result);
    co_return !error;
}

/// Says why and hangs up. The client may still be sending: reading a little of that saves our words from a reset.
net::awaitable<void> Session::refuse(unsigned status, char const* body) {
    HttpResponse response;
    response.status = status;
    response.body = body;
    if (!co_await write(std::move(response), false, false)) co_return;
    ErrorCode ignored;
    stream_.socket().shutdown(stream_protocol::socket::shutdown_send, ignored);
    stream_.expires_after(linger);
    std::array<char, 4096> waste{};
    for (;;) {
        auto const [error, size] = co_await stream_.async_read_some(net::buffer(waste), as_result);
        if (error) break;
    }
}

net::awaitable<void> Session::run() {
    auto const self = shared_from_this();
    while (!stopped_) {
        Parser parser;
        parser.header_limit(std::uint32_t(http_header_bytes_max));
        parser.body_limit(limits::http_body_bytes_max);
        auto error = co_await read_header(parser);
        if (!error && parser.get().version() != http_1_1) {
            co_await refuse(505, R"({"error":"HTTP/1.1 only"})");
            break;
        }
        if (!error) {
            std::string_view const target(parser.get().target().data(), parser.get().target().size());
            auto const most = body_bytes_max(target);
            parser.body_limit(most);
            if (parser.content_length() && *parser.content_length() > most)
                error = http::error::body_limit;
            else
                error = co_await read_body(parser);
        }
        if (error == http::error::body_limit) {
            co_await refuse(413, R"({"error":"the body is over the limit"})");
            break;
        }
        if (error == http::error::header_limit || error == http::error::buffer_overflow) {
            co_await refuse(431, R"({"error":"the header is over the limit"})");
            break;
        }
        auto const not_http = error.category() == make_error_code(http::error::bad_method).category();
        if (not_http && error != http::error::end_of_stream && error != http::error::partial_message) {
            co_await refuse(400, R"({"error":"not an HTTP request"})");
            break;
        }
        if (error) break; // gone, or too slow
        auto const keep_alive = parser.get().keep_alive();
        auto const head_only = parser.get().method() == http::verb::head;
        auto response = co_await ask_handler(parser);
        if (stopped_) break;
        auto const written = co_await write(std::move(response), keep_alive, head_only);
        if (!written || !keep_alive) break;
    }
    stream_.close();
}

/// Whether somebody listens behind the socket file: 0 if so, else the reason why not.
int errno_of_connect(sockaddr_un const& address) {
    auto const probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) return errno;
    auto const failed = ::connect(probe, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0;
    auto const reason = failed ? errno : 0;
    ::close(probe);
    return reason;
}

/// Removes what a dead process left; refuses to touch anything else.
Result<void> clear_the_way(sockaddr_un const& address) {
    struct stat found {};
    if (::lstat(address.sun_path, &found) != 0)
        return errno == ENOENT ? Result<void>(ok()) : Result<void>(fail(Errc::io, socket_name));
    if (!S_ISSOCK(found.st_mode))
        return fail(Errc::exists, socket_name, "Something else has its name; move it out of the way.");
    auto const reason = errno_of_connect(address);
    if (reason == 0 || reason == EAGAIN) // EAGAIN: it lives, and its queue is full
        return fail(Errc::exists, socket_name, "Another node runs with this data directory; stop it first.");
    if (reason != ECONNREFUSED) return fail(Errc::io, socket_name);
    if (::unlink(address.sun_path) != 0 && errno != ENOENT) return fail(Errc::io, socket_name);
    return ok();
}

} // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
    State(net::io_context& context, std::filesystem::path path, HttpHandler calls, HttpTimeouts waits)
        : io(context), socket(std::move(path)), handler(std::move(calls)), timeouts(waits),
          acceptor(net::make_strand(context)), pause(acceptor.get_executor()) {}

    Result<void> listen();
    net::awaitable<void> accept();
    net::awaitable<void> serve(std::shared_ptr<Session> session);
    bool admit(std::shared_ptr<Session> const& session);
    void stop();

    net::io_context& io;
    std::filesystem::path const socket;
    HttpHandler const handler;
    HttpTimeouts const timeouts;
    net::basic_socket_acceptor<stream_protocol> acceptor;
    net::steady_timer pause;
    std::mutex mutex; // guards what follows
    std::list<std::shared_ptr<Session>> sessions;
    std::optional<std::pair<dev_t, ino_t>> file; // ours, so that stop() never removes a successor's
    bool stopped = false;
};

Result<void> HttpServer::State::listen() {
    auto const path = socket.string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(Errc::too_large, socket_name, "Its path may have 107 bytes: use a shorter data directory.");
    std::copy(path.begin(), path.end(), address.sun_path);
    FANLIGHT_TRY(clear_the_way(address));

    // bind() gives the file the mode of the descriptor, so there is no instant at which others could connect.
    auto const descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return fail(Errc::io, socket_name);
    struct stat made {};
    if (::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0 ||
        ::bind(descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        ::lstat(address.sun_path, &made) != 0) {
        auto const reason = errno;
        ::close(descriptor);
        if (reason == EADDRINUSE) return fail(Errc::exists, socket_name, "Another node has just started here.");
        return fail(Errc::io, socket_name);
    }
    ErrorCode error;
    acceptor.assign(stream_protocol(), descriptor, error);
    auto const closed_to_others = (made.st_mode & (S_IRWXG | S_IRWXO)) == 0; // holds on Linux; elsewhere, fail closed
    if (error || !closed_to_others || ::listen(descriptor, SOMAXCONN) != 0) {
        ::unlink(address.sun_path);
        if (error)
            ::close(descriptor);
        else
            acceptor.close(error);
        return fail(Errc::io, socket_name);
    }
    {
        std::lock_guard const lock(mutex);
        file.emplace(made.st_dev, made.st_ino);
    }
    auto loop = accept();
    net::co_spawn(acceptor.get_executor(), std::move(loop), net::detached);
    return ok();
}

net::awaitable<void> HttpServer::State::accept() {
    auto const self = shared_from_this();
    while (acceptor.is_open()) {
        net::any_io_executor strand = net::make_strand(io);
        auto [error, connection] = co_await acceptor.async_accept(strand, as_result);
        if (error == net::error::operation_aborted) break;
        if (error) { // out of file descriptors, most likely: wait for some to come back
            pause.expires_after(accept_pause);
            co_await pause.async_wait(as_result);
            continue;
        }
        auto const descriptor = connection.native_handle();
        auto const session = std::make_shared<Session>(std::move(connection), handler, timeouts);
        if (!admit(session)) {
            std::string_view const busy =
                "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            (void)::send(descriptor, busy.data(), busy.size(), MSG_NOSIGNAL | MSG_DONTWAIT); // fits an empty buffer
            continue;
        }
        auto conversation = serve(session);
        net::co_spawn(strand, std::move(conversation), net::detached);
    }
}

bool HttpServer::State::admit(std::shared_ptr<Session> const& session) {
    std::lock_guard const lock(mutex);
    if (stopped || sessions.size() >= limits::http_connections_max) return false;
    sessions.push_back(session);
    return true;
}

net::awaitable<void> HttpServer::State::serve(std::shared_ptr<Session> session) {
    auto const self = shared_from_this();
    co_await session->run();
    std::lock_guard const lock(mutex);
    sessions.remove(session);
}

void HttpServer::State::stop() {
    std::lock_guard const lock(mutex);
    stopped = true;
    if (file) {
        struct stat found {};
        auto const ours = ::lstat(socket.c_str(), &found) == 0 && file == std::pair(found.st_dev, found.st_ino);
        if (ours) ::unlink(socket.c_str());
        file.reset();
    }
    net::post(acceptor.get_executor(), [self = shared_from_this()] {
        ErrorCode ignored;
        self->acceptor.close(ignored);
        self->pause.cancel();
    });
    for (auto const& session : sessions) session->stop();
}

HttpServer::HttpServer(net::io_context& io, std::filesystem::path socket, HttpHandler handler, HttpTimeouts timeouts)
    : state_(std::make_shared<State>(io, std::move(socket), std::move(handler), timeouts)) {}

HttpServer::~HttpServer() {
    state_->stop();
}

Result<void> HttpServer::start() {
    return state_->listen();
}

void HttpServer::stop() {
    state_->stop();
}

} // namespace fanlight::node
