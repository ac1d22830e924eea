// Accepts links and keeps one for each peer.

#include "base/limits.hpp"
#include "node/net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <list>
#include <mutex>

// g++ 12 sees Asio's frame allocator inlined on one side only, and takes its pair of new and delete for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace fanlight::node {

namespace {

namespace net = boost::asio;
using net::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto as_result = net::as_tuple(net::use_awaitable);
constexpr Duration accept_pause{100};

constexpr Error replaced{Errc::exists, "link from this party", "A newer one of the same party took its place."};
constexpr Error peers_replaced{Errc::refused, "link", "The parties or their certificates have changed; dial again."};
constexpr Error crowded_out{Errc::too_large, "link: connections being opened at one time"};

net::awaitable<void> end_here(std::shared_ptr<Connection> connection, Error error) {
    connection->end(error);
    co_return;
}

} // namespace

struct LinkServer::State : std::enable_shared_from_this<LinkServer::State> {
    State(net::io_context& context, std::string where, std::uint16_t at, TlsIdentity identity, std::vector<Pin> peers,
          LinkHandler calls)
        : io(context), address(std::move(where)), port(at), acceptor(net::make_strand(context)),
          pause(acceptor.get_executor()), open(peers.size()),
          tls(Tls::make(identity, TlsEnd::server, std::move(peers))),
          handler(std::make_shared<LinkHandler const>(std::move(calls))) {}

    Result<std::uint16_t> listen();
    net::awaitable<void> accept();
    net::awaitable<void> serve(std::shared_ptr<Connection> connection, std::uint64_t made_in);
    std::uint64_t begin(std::shared_ptr<Connection> const& connection);
    std::shared_ptr<Connection> admit(std::shared_ptr<Connection> const& connection, std::uint64_t made_in);
    Result<void> replace(TlsIdentity const& identity, std::vector<Pin> peers, LinkHandler calls);
    std::shared_ptr<Connection> connect(tcp::socket socket);
    void forget(std::shared_ptr<Connection> const& connection);
    void stop();

    net::io_context& io;
    std::string const address;
    std::uint16_t const port;
    tcp::acceptor acceptor;
    net::steady_timer pause;
    std::mutex mutex; // guards all of the next
    std::list<std::shared_ptr<Connection>> shaking_hands;
    std::vector<std::shared_ptr<Connection>> open; // by peer; null: not connected
    bool stopped = false;
    std::uint64_t generation = 0; // of tls, handler and the places in `open`
    Result<std::shared_ptr<Tls const>> tls;
    std::shared_ptr<LinkHandler const> handler;
};

Result<std::uint16_t> LinkServer::State::listen() {
    if (!tls) return tls.error();
    ErrorCode error;
    auto const host = net::ip::make_address(address, error);
    if (error) return fail(Errc::malformed, "link: address to listen on", "Give a numeric address, such as 0.0.0.0.");
    tcp::endpoint const endpoint(host, port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
    if (error) {
        ErrorCode ignored;
        acceptor.close(ignored);
        return fail(Errc::io, "link: port to listen on",
                    "Another program uses it, or this machine has no such address.");
    }
    auto const bound = acceptor.local_endpoint(error);
    if (error) return fail(Errc::io, "link: port to listen on");
    auto loop = [self = shared_from_this()]() -> net::awaitable<void> { return self->accept(); };
    net::co_spawn(acceptor.get_executor(), loop(), net::detached);
    return bound.port();
}

net::awaitable<void> LinkServer::State::accept() {
    auto const self = shared_from_this();
    while (acceptor.is_open()) {
        net::any_io_executor strand = net::make_strand(io);
        auto [error, socket] = co_await acceptor.async_accept(strand, as_result);
        if (error == net::error::operation_aborted) break;
        if (error) { // out of file descriptors, most likely: wait for some to come back
            pause.expires_after(accept_pause);
            co_await pause.async_wait(as_result);
            continue;
        }
        auto const connection = connect(std::move(socket));
        auto session = serve(connection, begin(connection));
        net::co_spawn(strand, std::move(session), net::detached);
    }
}

std::shared_ptr<Connection> LinkServer::State::connect(tcp::socket socket) {
    std::lock_guard const lock(mutex);
    return make_connection(std::move(socket), tls.value(), handler);
}

net::awaitable<void> LinkServer::State::serve(std::shared_ptr<Connection> connection, std::uint64_t made_in) {
    auto const self = shared_from_this();
    auto const error = co_await connection->shake_hands_as_server();
    if (error) {
        connection->end(*error);
    } else {
        if (auto const older = admit(connection, made_in)) {
            auto ending = end_here(older, replaced);
            co_await net::co_spawn(older->executor(), std::move(ending), net::use_awaitable);
        }
        co_await connection->run();
    }
    forget(connection);
}

/// A crowd that never finishes its handshakes only pushes itself out: an honest one takes milliseconds.
std::uint64_t LinkServer::State::begin(std::shared_ptr<Connection> const& connection) {
    std::shared_ptr<Connection> pushed_out;
    auto late = false;
    std::uint64_t made_in = 0;
    {
        std::lock_guard const lock(mutex);
        late = stopped;
        made_in = generation;
        shaking_hands.push_back(connection);
        if (shaking_hands.size() > link_handshakes_max) {
            pushed_out = shaking_hands.front();
            shaking_hands.pop_front();
        }
    }
    if (pushed_out) pushed_out->abort(crowded_out);
    if (late) connection->abort(link_closed_here);
    return made_in;
}

/// Makes it the link of its peer; returns the one that was. One that was accepted before the peers were replaced has no
/// place any more.
std::shared_ptr<Connection> LinkServer::State::admit(std::shared_ptr<Connection> const& connection,
                                                     std::uint64_t made_in) {
    std::lock_guard const lock(mutex);
    shaking_hands.remove(connection);
    if (made_in != generation) {
        connection->abort(peers_replaced);
        return nullptr;
    }
    if (stopped) connection->abort(link_closed_here);
    return std::exchange(open.at(connection->peer()), connection);
}

void LinkServer::State::forget(std::shared_ptr<Connection> const& connection) {
    std::lock_guard const lock(mutex);
    shaking_hands.remove(connection);
    auto const mine = std::find(open.begin(), open.end(), connection);
    if (mine != open.end()) mine->reset();
}

Result<void> LinkServer::State::replace(TlsIdentity const& identity, std::vector<Pin> peers, LinkHandler calls) {
    auto const count = peers.size();
    FANLIGHT_TRY(auto made, Tls::make(identity, TlsEnd::server, std::move(peers)));
    std::vector<std::shared_ptr<Connection>> all;
    {
        std::lock_guard const lock(mutex);
        tls = std::move(made);
        handler = std::make_shared<LinkHandler const>(std::move(calls));
        ++generation;
        all.assign(shaking_hands.begin(), shaking_hands.end());
        std::copy_if(open.begin(), open.end(), std::back_inserter(all),
                     [](auto const& link) { return link != nullptr; });
        open.assign(count, nullptr);
    }
    for (auto const& connection : all) connection->abort(peers_replaced);
    return ok();
}

void LinkServer::State::stop() {
    std::vector<std::shared_ptr<Connection>> all;
    {
        std::lock_guard const lock(mutex);
        stopped = true;
        all.assign(shaking_hands.begin(), shaking_hands.end());
        std::copy_if(open.begin(), open.end(), std::back_inserter(all),
                     [](auto const& link) { return link != nullptr; });
    }
    net::post(acceptor.get_executor(), [self = shared_from_this()] {
        ErrorCode ignored;
        self->acceptor.close(ignored);
        self->pause.cancel();
    });
    for (auto const& connection : all) connection->abort(link_closed_here);
}

LinkServer::LinkServer(net::io_context& io, std::string address, std::uint16_t port, TlsIdentity identity,
                       std::vector<Pin> peers, LinkHandler handler)
    : state_(std::make_shared<State>(io, std::move(address), port, std::move(identity), std::move(peers),
                                     std::move(handler))) {}

LinkServer::~LinkServer() {
    state_->stop();
}

Result<std::uint16_t> LinkServer::start() {
    return state_->listen();
}

Result<void> LinkServer::replace(TlsIdentity identity, std::vector<Pin> peers, LinkHandler handler) {
    return state_->replace(identity, std::move(peers), std::move(handler));
}

void LinkServer::stop() {
    state_->stop();
}

} // namespace fanlight::node
