// WebSocket links over pinned TLS, with Boost.Beast. One of the three files that include Beast.

#include "base/limits.hpp"
#include "node/net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <openssl/ssl.h>

#include <array>
#include <cassert>
#include <deque>
#include <mutex>

// g++ 12 sees Asio's frame allocator inlined on one side only, and takes its pair of new and delete for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace fanlight::node {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using net::ip::tcp;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
// No compression (`false`): sealed messages do not shrink, and the size of a compressed one would talk.
struct TlsStream : net::ssl::stream<beast::tcp_stream> {
    using stream::stream;
};
using Stream = websocket::stream<TlsStream, false>;

/// Beast calls this after the close frames. They say goodbye inside TLS, so TLS's own goodbye would add nothing but a
/// wait for an end that may never answer, whose error would then hide the true one.
template <class Handler> void async_teardown(beast::role_type /*role*/, TlsStream& stream, Handler&& handler) {
    ErrorCode ignored;
    stream.next_layer().socket().shutdown(tcp::socket::shutdown_send, ignored);
    net::post(stream.get_executor(), beast::bind_front_handler(std::forward<Handler>(handler), ErrorCode()));
}

constexpr auto as_result = net::as_tuple(net::use_awaitable);
constexpr char const* target_path = "/fanlight/v1";
constexpr std::size_t message_overhead_bytes = 64; // what an empty message costs the queue
constexpr Duration linger{1000};                   // for a refused end to read why

constexpr Error closed_by_peer{Errc::unreachable, "link: the other end", "It closed the connection."};
constexpr Error went_silent{Errc::unreachable, "link: the other end", "Nothing was heard of it for too long."};
constexpr Error queue_full{Errc::too_large, "link: messages waiting to be sent", "The other end reads too slowly."};
constexpr Error message_too_large{Errc::too_large, "link: message", "The other end sent more than a frame may hold."};
constexpr Error not_binary{Errc::malformed, "link: message", "The other end sent text where only binary is allowed."};
constexpr Error early_frames{Errc::malformed, "link: WebSocket", "The other end sent frames before the upgrade."};
constexpr Error not_pinned{Errc::wrong_key, "link: the certificate of the other end", "Its pin is in no key note."};
constexpr Error other_path{Errc::version_mismatch, "link: protocol", "The two nodes run different releases."};

class BeastConnection final : public Connection, public std::enable_shared_from_this<BeastConnection> {
  public:
    BeastConnection(tcp::socket socket, std::shared_ptr<Tls const> tls, std::shared_ptr<LinkHandler const> handler)
        : tls_(std::move(tls)), handler_(std::move(handler)), stream_(std::move(socket), tls_->new_connection()),
          watch_(stream_.get_executor()) {}

    void send(Bytes message) override;
    void close() override;
    std::size_t queued_bytes() const override;

    net::any_io_executor executor() override { return stream_.get_executor(); }
    net::awaitable<std::optional<Error>> shake_hands_as_server() override;
    net::awaitable<std::optional<Error>> shake_hands_as_client(std::vector<tcp::endpoint> servers,
                                                               std::string host) override;
    std::size_t peer() const override { return peer_; }
    net::awaitable<void> run() override;
    void end(Error const& error) override;
    void abort(Error const& error) override {
        net::post(executor(), [self = shared_from_this(), error] { self->end(error); });
    }
    Error reason() const override { return reason_.value_or(closed_by_peer); }

  private:
    bool ended() const { return reason_.has_value(); }
    beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }
    void prepare_websocket();
    net::awaitable<void> let_peer_read_why();
    void write_next();
    void wrote(ErrorCode error);
    void watch();
    bool close_asked() const {
        std::lock_guard const lock(mutex_);
        return close_asked_.has_value();
    }

    std::shared_ptr<Tls const> const tls_;
    std::shared_ptr<LinkHandler const> const handler_;
    Stream stream_;
    net::steady_timer watch_;
    beast::flat_buffer buffer_;
    Bytes being_written_;
    std::size_t peer_ = 0;
    bool opened_ = false;
    bool writing_ = false;         // a message or the goodbye
    std::optional<Error> leaving_; // the reason of an end that is under way
    std::optional<Error> reason_;

    mutable std::mutex mutex_; // guards what follows
    std::deque<Bytes> queue_;
    std::size_t queued_bytes_ = 0;
    bool writer_busy_ = false;
    Clock::time_point write_began_;
    std::optional<Clock::time_point> close_asked_;
};

void BeastConnection::send(Bytes message) {
    assert(message.size() <= limits::frame_bytes_max);
    auto full = false;
    auto start = false;
    {
        std::lock_guard const lock(mutex_);
        if (close_asked_) return;
        queued_bytes_ += message.size() + message_overhead_bytes;
        full = queued_bytes_ > link_queue_bytes_max;
        if (full) close_asked_ = Clock::now();
        if (!full) queue_.push_back(std::move(message));
        start = !full && !std::exchange(writer_busy_, true);
        if (start) write_began_ = Clock::now();
    }
    if (full) abort(queue_full);
    if (start) net::dispatch(executor(), [self = shared_from_this()] { self->write_next(); });
}

void BeastConnection::close() {
    auto start = false;
    {
        std::lock_guard const lock(mutex_);
        if (close_asked_) return;
        close_asked_ = Clock::now();
        start = !std::exchange(writer_busy_, true);
        if (start) write_began_ = *close_asked_;
    }
    if (start) net::post(executor(), [self = shared_from_this()] { self->write_next(); });
}

std::size_t BeastConnection::queued_bytes() const {
    std::lock_guard const lock(mutex_);
    return queued_bytes_;
}

/// One message after the other; once the queue is empty and the close was asked for, the goodbye. No two writes
/// overlap.
void BeastConnection::write_next() {
    if (ended() || leaving_) return;
    auto goodbye = false;
    auto idle = false;
    {
        std::lock_guard const lock(mutex_);
        if (queue_.empty()) {
            goodbye = close_asked_.has_value();
            idle = !goodbye;
            writer_busy_ = goodbye;
        } else {
            being_written_ = std::move(queue_.front());
            queue_.pop_front();
            write_began_ = Clock::now();
        }
    }
    if (idle) return;
    writing_ = true;
    if (goodbye) {
        stream_.async_close(websocket::close_code::normal,
                            [self = shared_from_this()](ErrorCode) { self->end(link_closed_here); });
        return;
    }
    stream_.async_write(net::buffer(being_written_),
                        [self = shared_from_this()](ErrorCode error, std::size_t) { self->wrote(error); });
}

void BeastConnection::wrote(ErrorCode error) {
    writing_ = false;
    if (ended()) return;
    if (error) return end(leaving_.value_or(network_error(error)));
    auto drained = false;
    {
        std::lock_guard const lock(mutex_);
        queued_bytes_ -= being_written_.size() + message_overhead_bytes;
        drained = queue_.empty() && !close_asked_;
    }
    if (drained && handler_->drained) handler_->drained(shared_from_this());
    write_next();
}

/// Beast's idle timeout sees an end that is silent; this one sees an end that talks and never reads.
void BeastConnection::watch() {
    watch_.expires_after(limits::idle_timeout / 3);
    watch_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (error || self->ended()) return;
        auto const now = Clock::now();
        std::unique_lock lock(self->mutex_);
        auto const stuck = self->writer_busy_ && now - self->write_began_ > limits::idle_timeout;
        auto const closing = self->close_asked_ && now - *self->close_asked_ > limits::idle_timeout / 2;
        lock.unlock();
        if (stuck || closing) return self->end(stuck ? went_silent : link_closed_here);
        self->watch();
    });
}

void BeastConnection::end(Error const& error) {
    if (ended()) return;
    reason_ = error;
    {
        std::lock_guard const lock(mutex_);
        if (!close_asked_) close_asked_ = Clock::now();
        queue_.clear();
        queued_bytes_ = 0;
    }
    watch_.cancel();
    socket().close(); // ends every operation that is under way
    if (opened_) {
        if (handler_->closed) handler_->closed(shared_from_this(), error);
    } else if (handler_->refused) {
        handler_->refused(error);
    }
}

/// The options behind 0.1 ms a round trip: without them Nagle's algorithm and delayed acknowledgement cost 44 ms.
void BeastConnection::prepare_websocket() {
    ErrorCode ignored; // a socket that is already broken: the next read says so
    socket().socket().set_option(tcp::no_delay(true), ignored);
    socket().expires_never(); // from here on the WebSocket's own timeouts rule; both together are not allowed
    stream_.set_option(websocket::stream_base::timeout{limits::connect_timeout, limits::idle_timeout, true});
    stream_.binary(true);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(65536);
    stream_.read_message_max(limits::frame_bytes_max);
}

/// What we said last, a TLS alert or a close frame, is on its way, and so may be more from the other end. Closing over
/// unread bytes would reset the connection and destroy our words, so say that we are done and read what comes, for a
/// moment.
net::awaitable<void> BeastConnection::let_peer_read_why() {
    auto& raw = socket();
    ErrorCode ignored;
    raw.socket().shutdown(tcp::socket::shutdown_send, ignored);
    raw.expires_after(linger);
    std::array<char, 4096> waste{};
    for (;;) {
        auto const [error, size] = co_await raw.async_read_some(net::buffer(waste), as_result);
        if (error) break;
    }
}

net::awaitable<std::optional<Error>> BeastConnection::shake_hands_as_server() {
    socket().expires_after(limits::connect_timeout); // for the TLS handshake and the request together
    auto& tls = stream_.next_layer();
    auto const [tls_failed] = co_await tls.async_handshake(net::ssl::stream_base::server, as_result);
    if (tls_failed) {
        if (tls_failed.category() == net::error::get_ssl_category()) co_await let_peer_read_why();
        co_return network_error(tls_failed);
    }
    auto const peer = tls_->peer_of(tls.native_handle());
    if (!peer) co_return not_pinned; // check_pin has seen to it; this is the second look
    peer_ = *peer;

    http::request_parser<http::empty_body> parser;
    auto const [unread, size] = co_await http::async_read(tls, buffer_, parser, as_result);
    if (unread) co_return network_error(unread);
    if (parser.get().target() != target_path) {
        std::string_view const answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        auto const words = net::buffer(answer);
        co_await net::async_write(tls, words, as_result);
        co_return other_path;
    }
    if (buffer_.size() != 0) co_return early_frames;
    prepare_websocket();
    auto const [declined] = co_await stream_.async_accept(parser.get(), as_result);
    if (declined) co_return network_error(declined);
    co_return std::nullopt;
}

net::awaitable<std::optional<Error>> BeastConnection::shake_hands_as_client(std::vector<tcp::endpoint> servers,
                                                                            std::string host) {
    socket().expires_after(limits::connect_timeout);
    auto const [unconnected, endpoint] = co_await socket().async_connect(servers, as_result);
    if (unconnected) co_return network_error(unconnected);
    socket().expires_after(limits::connect_timeout);
    auto& tls = stream_.next_layer();
    auto const [tls_failed] = co_await tls.async_handshake(net::ssl::stream_base::client, as_result);
    if (tls_failed) co_return network_error(tls_failed);
    if (!tls_->peer_of(tls.native_handle())) co_return not_pinned;
    prepare_websocket();
    auto const [declined] = co_await stream_.async_handshake(host, target_path, as_result);
    if (declined) co_return network_error(declined); // under TLS 1.3 also the server's verdict on our certificate
    co_return std::nullopt;
}

net::awaitable<void> BeastConnection::run() {
    auto const self = shared_from_this();
    if (ended()) co_return;
    opened_ = true;
    watch();
    if (handler_->opened) handler_->opened(self, peer_);
    while (!ended()) {
        auto const [error, size] = co_await stream_.async_read(buffer_, as_result);
        if (error) {
            auto const goodbye = error == websocket::error::closed;
            leaving_ = goodbye && close_asked() ? link_closed_here : network_error(error);
            auto const at_fault = leaving_->code == Errc::too_large || leaving_->code == Errc::malformed;
            // Once a record was bad OpenSSL wants to read even to write on, and two reads at one time are not allowed.
            if (at_fault && !ended() && !writing_) co_await let_peer_read_why();
            end(*leaving_);
            break;
        }
        if (ended()) break;
        if (!stream_.got_binary()) {
            end(not_binary);
            break;
        }
        auto const* const data = static_cast<std::uint8_t const*>(buffer_.data().data());
        Bytes message(data, data + size);
        buffer_.consume(size);
        if (handler_->received) handler_->received(self, std::move(message));
    }
}

} // namespace

std::shared_ptr<Connection> make_connection(tcp::socket socket, std::shared_ptr<Tls const> tls,
                                            std::shared_ptr<LinkHandler const> handler) {
    return std::make_shared<BeastConnection>(std::move(socket), std::move(tls), std::move(handler));
}

Error network_error(ErrorCode code) {
    if (code.category() == net::error::get_ssl_category()) return tls_error(static_cast<unsigned long>(code.value()));
    if (code == beast::error::timeout) return went_silent;
    if (code == websocket::error::message_too_big || code == websocket::error::buffer_overflow)
        return message_too_large;
    if (code == websocket::error::upgrade_declined) return other_path;
    if (code == websocket::error::closed || code == net::error::eof || code == net::error::connection_reset ||
        code == net::error::broken_pipe || code == net::ssl::error::stream_truncated ||
        code == http::error::end_of_stream)
        return closed_by_peer;
    if (code == net::error::operation_aborted) return link_closed_here;
    if (code == net::error::connection_refused)
        return {Errc::unreachable, "link: the other end", "Nothing listens at its address and port."};
    if (code == net::error::host_not_found || code == net::error::host_not_found_try_again)
        return {Errc::unreachable, "link: the other end", "Its host name cannot be found."};
    if (code.category() == boost::system::system_category())
        return {Errc::unreachable, "link: the other end", "The network said no."};
    return {Errc::malformed, "link: WebSocket", "The other end does not speak as a Fanlight node does."};
}

} // namespace fanlight::node
