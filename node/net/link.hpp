#pragma once
// Links: mutually pinned TLS 1.3 WebSockets that carry opaque binary messages between two nodes. Agencies dial the
// coordinator; either end may send at any time. Nothing is kept over a broken link: that is the outbox's work.
//
//     agency (LinkClient)                        coordinator (LinkServer)
//       TCP, TLS 1.3, pin <----------------------> pin, TLS 1.3
//       GET /fanlight/v1, Upgrade: websocket ----> 101, or 404 for another version
//       one binary message <--------------------> one binary message, at most limits::frame_bytes_max
//       ping, pong <----------------------------> every limits::idle_timeout / 2 of silence

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "node/net/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace fanlight::node {

inline constexpr std::size_t link_queue_bytes_max = 32 * 1024 * 1024; ///< waiting to be sent on one link
inline constexpr std::size_t link_handshakes_max = 64; ///< on a server at one time; the oldest gives way to the newest

/// One open connection. Drop every pointer to it before its io_context is destroyed.
class Link {
  public:
    Link() = default;
    Link(Link const&) = delete;
    Link& operator=(Link const&) = delete;
    virtual ~Link() = default;

    /// Any thread; in order; at most limits::frame_bytes_max (more is a bug of the caller). Sent is not received: there
    /// is no word of success, only `closed`. Over link_queue_bytes_max the link closes with Errc::too_large, so a
    /// sender with a backlog looks at queued_bytes() and goes on at LinkHandler::drained. After the close it does
    /// nothing.
    virtual void send(Bytes message) = 0;
    /// Any thread. Sends what is queued, then says goodbye; `closed` follows within limits::idle_timeout.
    virtual void close() = 0;
    /// Any thread. Bytes that the operating system has not taken yet.
    virtual std::size_t queued_bytes() const = 0;
};
using LinkPointer = std::shared_ptr<Link>;

/// Called on the io_context's threads, serialised per link, never from inside send() or close(). They must not throw
/// and should not block: while one runs, nothing more is read from that link. Empty ones are skipped.
struct LinkHandler {
    std::function<void(LinkPointer, std::size_t peer)> opened; ///< peer: index into the pins given; a client's is 0
    std::function<void(LinkPointer const&, Bytes)> received;   ///< one WebSocket binary message
    std::function<void(LinkPointer const&, Error)> closed;     ///< once for each `opened`, and the last call for it
    std::function<void(LinkPointer const&)> drained;           ///< the queue of sent messages has become empty
    std::function<void(Error)> refused;                        ///< a connection ended before it opened; for the log
};

/// Listens for the given peers. One open link a peer: a newer one replaces the older, whose `closed` comes first.
class LinkServer {
  public:
    /// `address`: numeric, v4 or v6. `port` 0: any free one.
    LinkServer(boost::asio::io_context& io, std::string address, std::uint16_t port, TlsIdentity identity,
               std::vector<Pin> peers, LinkHandler handler);
    LinkServer(LinkServer const&) = delete;
    LinkServer& operator=(LinkServer const&) = delete;
    ~LinkServer(); ///< stops

    /// The port it listens on. Errc::malformed: the address. Errc::io: the port is taken or not ours. Errors of
    /// Tls::make. Once.
    Result<std::uint16_t> start();
    /// Any thread. From now on it listens for these peers, as this identity. Breaks every link (their `closed` runs
    /// afterwards, by the handler they opened with); the port stays open. Errors of Tls::make: then nothing changes.
    Result<void> replace(TlsIdentity identity, std::vector<Pin> peers, LinkHandler handler);
    /// Any thread. Breaks every link (their `closed` runs afterwards on the io_context) and frees the port.
    void stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Dials one server, for ever, with growing pauses from limits::reconnect_min to reconnect_max.
class LinkClient {
  public:
    /// `address`: numeric or a host name.
    /// `server`: any of its pins; it has two while its certificate is replaced.
    LinkClient(boost::asio::io_context& io, std::string address, std::uint16_t port, TlsIdentity identity,
               std::vector<Pin> server, LinkHandler handler);
    LinkClient(LinkClient const&) = delete;
    LinkClient& operator=(LinkClient const&) = delete;
    ~LinkClient(); ///< stops

    /// Once. An identity that OpenSSL does not take is not dialled with: last_error() says so at once.
    void start();
    /// Any thread. Breaks the link (its `closed` runs afterwards on the io_context) and dials no more.
    void stop();
    /// Any thread. Why there is no link; nothing while one is open or before the first attempt has ended.
    std::optional<Error> last_error() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace fanlight::node
