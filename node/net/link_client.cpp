// Dials a server and redials it, for ever.

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
#include <atomic>
#include <mutex>
#include <random>

// g++ 12 sees Asio's frame allocator inlined on one side only, and takes its pair of new and delete for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace fanlight::node {

namespace {

namespace net = boost::asio;
using net::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto as_result = net::as_tuple(net::use_awaitable);
using Clock = std::chrono::steady_clock;

} // namespace

struct LinkClient::State : std::enable_shared_from_this<LinkClient::State> {
    State(net::io_context& context, std::string where, std::uint16_t at, TlsIdentity identity, std::vector<Pin> server,
          LinkHandler calls)
        : strand(net::make_strand(context)), address(std::move(where)), port(at), resolver(strand), pause(strand),
          tls(Tls::make(identity, TlsEnd::client, std::move(server))),
          handler(std::make_shared<LinkHandler const>(std::move(calls))) {}

    net::awaitable<void> dial_for_ever();
    net::awaitable<Result<std::vector<tcp::endpoint>>> resolve();
    net::awaitable<void> dial_once();
    Duration next_pause(Duration& pause_max);
    void stop();
    void note(std::optional<Error> error) {
        std::lock_guard const lock(mutex);
        last_error = error;
    }

    net::any_io_executor const strand;
    std::string const address;
    std::uint16_t const port;
    tcp::resolver resolver;
    net::steady_timer pause;
    Result<std::shared_ptr<Tls const>> const tls;
    std::shared_ptr<LinkHandler const> const handler;
    std::shared_ptr<Connection> current; // on the strand
    std::minstd_rand jitter{std::random_device{}()};
    std::atomic<bool> stopped = false;
    mutable std::mutex mutex;
    std::optional<Error> last_error; // guarded by it
};

net::awaitable<void> LinkClient::State::dial_for_ever() {
    auto const self = shared_from_this();
    auto pause_max = limits::reconnect_min;
    while (!stopped) {
        auto const began = Clock::now();
        co_await dial_once();
        current.reset();
        if (stopped) break;
        if (Clock::now() - began > limits::reconnect_max * 2) pause_max = limits::reconnect_min; // it had been up
        pause.expires_after(next_pause(pause_max));
        co_await pause.async_wait(as_result);
    }
}

/// Between half of `pause_max` and all of it, so that a hundred agencies do not dial as one; doubles it for next time.
Duration LinkClient::State::next_pause(Duration& pause_max) {
    auto const now = pause_max;
    pause_max = std::min<Duration>(pause_max * 2, limits::reconnect_max);
    return Duration(std::uniform_int_distribution<Duration::rep>(now.count() / 2, now.count())(jitter));
}

net::awaitable<Result<std::vector<tcp::endpoint>>> LinkClient::State::resolve() {
    std::vector<tcp::endpoint> found;
    ErrorCode not_numeric;
    auto const numeric = net::ip::make_address(address, not_numeric);
    if (!not_numeric) {
        found.emplace_back(numeric, port);
        co_return found;
    }
    // The one await without a deadline of ours: getaddrinfo cannot be interrupted; resolv.conf bounds it.
    auto const service = std::to_string(port);
    auto const [error, results] = co_await resolver.async_resolve(address, service, as_result);
    if (error) co_return network_error(error);
    for (auto const& result : results) found.push_back(result.endpoint());
    co_return found;
}

net::awaitable<void> LinkClient::State::dial_once() {
    auto const servers = co_await resolve();
    if (!servers) {
        note(servers.error());
        co_return;
    }
    if (stopped) co_return;
    current = make_connection(tcp::socket(strand), tls.value(), handler);
    auto const connection = current;
    auto const error = co_await connection->shake_hands_as_client(servers.value(), address);
    if (error) {
        note(*error);
        connection->end(*error);
        co_return;
    }
    note(std::nullopt);
    co_await connection->run();
    note(connection->reason());
}

void LinkClient::State::stop() {
    stopped = true;
    net::post(strand, [self = shared_from_this()] {
        self->resolver.cancel();
        self->pause.cancel();
        if (self->current) self->current->end(link_closed_here);
    });
}

LinkClient::LinkClient(net::io_context& io, std::string address, std::uint16_t port, TlsIdentity identity,
                       std::vector<Pin> server, LinkHandler handler)
    : state_(std::make_shared<State>(io, std::move(address), port, std::move(identity), std::move(server),
                                     std::move(handler))) {}

LinkClient::~LinkClient() {
    state_->stop();
}

void LinkClient::start() {
    if (!state_->tls) return state_->note(state_->tls.error());
    auto loop = state_->dial_for_ever();
    net::co_spawn(state_->strand, std::move(loop), net::detached);
}

void LinkClient::stop() {
    state_->stop();
}

std::optional<Error> LinkClient::last_error() const {
    std::lock_guard const lock(state_->mutex);
    return state_->last_error;
}

} // namespace fanlight::node
