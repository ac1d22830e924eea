#pragma once
// Inside node/net only: one connection of either end, as the server and the client see it. Beast stays in link.cpp.

#include "node/net/link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace fanlight::node {

/// On its strand, which is the executor of the socket that it was made with, except where it says any thread.
class Connection : public Link {
  public:
    virtual boost::asio::any_io_executor executor() = 0;

    /// TLS, pin and WebSocket, each with a deadline; why it failed, if it did. Then the caller ends it with that.
    virtual boost::asio::awaitable<std::optional<Error>> shake_hands_as_server() = 0;
    virtual boost::asio::awaitable<std::optional<Error>>
    shake_hands_as_client(std::vector<boost::asio::ip::tcp::endpoint> servers, std::string host) = 0;
    virtual std::size_t peer() const = 0; ///< after the handshake: index into the pins

    /// Tells the handler, then reads until the connection ends.
    virtual boost::asio::awaitable<void> run() = 0;
    /// Breaks it without a goodbye and tells the handler; the first reason counts.
    virtual void end(Error const& error) = 0;
    /// Any thread. The same, soon.
    virtual void abort(Error const& error) = 0;
    virtual Error reason() const = 0; ///< after the end
};

/// The socket is open (a server's) or not yet (a client's).
std::shared_ptr<Connection> make_connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<Tls const> tls,
                                            std::shared_ptr<LinkHandler const> handler);

Error network_error(boost::system::error_code code);

inline constexpr Error link_closed_here{Errc::unreachable, "link", "This node closed it."};

} // namespace fanlight::node
