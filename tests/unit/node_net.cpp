// Links over real sockets on the loopback interface: pins, versions, limits, order, replacement, redialling.

#include "base/limits.hpp"
#include "node/net/link.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace fanlight;
using namespace fanlight::node;

namespace {

using namespace std::chrono_literals;
constexpr auto patience = 10s;
constexpr char const* localhost = "127.0.0.1";
Instant const some_day = from_wire(std::uint64_t(1'790'000'000'000));

/// The io_context on two threads. Declared first in a test, it ends last: after every server and client has stopped.
class Loop {
  public:
    Loop() : work_(io.get_executor()) {
        for (auto& thread : threads_) thread = std::thread([this] { io.run(); });
    }
    Loop(Loop const&) = delete;
    Loop& operator=(Loop const&) = delete;
    ~Loop() {
        work_.reset();
        for (auto& thread : threads_) thread.join();
    }
    boost::asio::io_context io;

  private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::array<std::thread, 2> threads_;
};

using Pins = std::vector<Pin>;

/// Who a node is: its key, its certificate, its pin.
struct Party {
    explicit Party(std::uint64_t seed)
        : random(seed), key(crypto::SigningKey::generate(random)),
          certificate(make_certificate(key, "test", some_day).value()), pin(pin_of(certificate)) {}
    TlsIdentity identity() const { return {certificate, &key}; }

    crypto::SeededRandom random;
    crypto::SigningKey key;
    Bytes certificate;
    Pin pin;
};

/// What one end saw, in order, and a way to wait for it.
class Witness : public std::enable_shared_from_this<Witness> {
  public:
    LinkHandler handler(bool echo = false) {
        auto const self = shared_from_this();
        LinkHandler calls;
        calls.opened = [self](LinkPointer link, std::size_t peer) {
            self->note([&] {
                self->link_ = std::move(link);
                self->events.push_back("opened " + std::to_string(peer));
            });
        };
        calls.received = [self, echo](LinkPointer const& link, Bytes message) {
            if (echo) return link->send(std::move(message));
            self->note([&] { self->messages.push_back(std::move(message)); });
        };
        calls.closed = [self](LinkPointer const& link, Error error) {
            self->note([&] {
                if (self->link_ == link) self->link_.reset();
                self->events.emplace_back("closed");
                self->errors.push_back(error);
            });
        };
        calls.drained = [self](LinkPointer const&) { self->note([&] { ++self->drained; }); };
        calls.refused = [self](Error error) { self->note([&] { self->refusals.push_back(error); }); };
        return calls;
    }
    template <class Condition> bool wait(Condition&& condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return condition(*this); });
    }
    LinkPointer link() {
        wait([](Witness const& seen) { return seen.link_ != nullptr; });
        std::lock_guard const lock(mutex_);
        return link_;
    }
    bool saw(std::string const& event) const { return std::find(events.begin(), events.end(), event) != events.end(); }
    bool refused_for(Errc code) const {
        return std::any_of(refusals.begin(), refusals.end(), [code](Error const& e) { return e.code == code; });
    }

    std::vector<std::string> events; // read inside wait(), or when nothing runs any more
    std::vector<Bytes> messages;
    std::vector<Error> errors;
    std::vector<Error> refusals;
    int drained = 0;

  private:
    template <class Change> void note(Change&& change) {
        {
            std::lock_guard const lock(mutex_);
            change();
        }
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    LinkPointer link_;
};

/// Until it is true, or patience ends; for what no handler reports.
template <class Condition> bool eventually(Condition&& condition) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

bool contains(char const* text, char const* part) {
    return std::strstr(text, part) != nullptr;
}

/// A client that need not play by the rules: a blocking socket, and OpenSSL without our settings.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        std::signal(SIGPIPE, SIG_IGN); // OpenSSL's own socket layer writes without MSG_NOSIGNAL
        timeval const deadline{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
        int const on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0;
    }
    RawClient(RawClient const&) = delete;
    RawClient& operator=(RawClient const&) = delete;
    ~RawClient() {
        SSL_free(tls_);
        SSL_CTX_free(context_);
        ::close(socket_);
    }
    bool connected() const { return connected_; }
    void send_plain(std::string const& text) const { (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
    /// Reads until the server closes; false if it does not.
    bool ends() const {
        char waste[256];
        for (;;) {
            auto const got = ::recv(socket_, waste, sizeof waste, 0);
            if (got == 0 || (got < 0 && errno == ECONNRESET)) return true;
            if (got < 0) return false;
        }
    }
    /// With `who`'s certificate (none if null), followed by `extra` if given. True if our side is content.
    bool tls(Party const* who, int version = TLS1_3_VERSION, Party const* extra = nullptr) {
        context_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(context_, version);
        if (who != nullptr) {
            auto const seed = who->key.reveal_seed();
            auto* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size());
            SSL_CTX_use_certificate_ASN1(context_, int(who->certificate.size()), who->certificate.data());
            SSL_CTX_use_PrivateKey(context_, key);
            EVP_PKEY_free(key);
        }
        if (extra != nullptr) {
            auto const* der = extra->certificate.data();
            auto* const certificate = d2i_X509(nullptr, &der, long(extra->certificate.size()));
            SSL_CTX_add0_chain_cert(context_, certificate);
        }
        tls_ = SSL_new(context_);
        SSL_set_fd(tls_, socket_);
        return SSL_connect(tls_) == 1;
    }
    void write(Bytes const& bytes) { SSL_write(tls_, bytes.data(), int(bytes.size())); }
    /// What comes next, up to `size` bytes; empty at the end or at an error.
    std::string read(std::size_t size = 4096) {
        std::string text(size, '\0');
        auto const got = SSL_read(tls_, text.data(), int(size));
        text.resize(got > 0 ? std::size_t(got) : 0);
        return text;
    }
    std::string upgrade(std::string const& path = "/fanlight/v1") {
        std::string const request = "GET " + path +
                                    " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        write(to_bytes(as_bytes(request)));
        return read();
    }
    /// A final frame with a zero mask (RFC 6455, section 5.2), and the first bytes of its payload.
    void frame(std::uint8_t opcode, std::uint64_t length, Bytes const& payload) {
        Bytes bytes;
        append_u8(bytes, std::uint8_t(0x80U | opcode));
        if (length < 126) {
            append_u8(bytes, std::uint8_t(0x80U | length));
        } else {
            append_u8(bytes, 0xFF);
            append_u64(bytes, length);
        }
        append_u32(bytes, 0);
        append(bytes, payload);
        write(bytes);
    }
    void hang_up() const { ::shutdown(socket_, SHUT_RDWR); }
    SSL* ssl() { return tls_; }

  private:
    int socket_;
    bool connected_ = false;
    SSL_CTX* context_ = nullptr;
    SSL* tls_ = nullptr;
};

struct Parties {
    Party coordinator{1};
    Party alice{2};
    Party bob{3};
    Party eve{4};
};
/// The same for all tests: a second certificate of one key would have another pin.
Parties const& parties() {
    static Parties const all;
    return all;
}

/// A server that knows Alice and Bob (peers 0 and 1), not Eve.
struct Server {
    explicit Server(boost::asio::io_context& io, bool echo = false, std::uint16_t at = 0)
        : links(io, localhost, at, coordinator.identity(), {alice.pin, bob.pin}, seen->handler(echo)),
          port(links.start()) {}

    Party const& coordinator = parties().coordinator;
    Party const& alice = parties().alice;
    Party const& bob = parties().bob;
    Party const& eve = parties().eve;
    std::shared_ptr<Witness> seen = std::make_shared<Witness>();
    LinkServer links;
    Result<std::uint16_t> port;
};

} // namespace

TEST_CASE("certificate: carries the key, 20 years, a name, and never the same serial", "[net]") {
    Party const one(7);
    auto const again = make_certificate(one.key, "test", some_day).value();
    CHECK(pin_of(again) != one.pin);
    CHECK(pin_of(one.certificate) == one.pin);

    auto const* der = one.certificate.data();
    auto* const certificate = d2i_X509(nullptr, &der, long(one.certificate.size()));
    REQUIRE(certificate != nullptr);
    auto* const key = X509_get0_pubkey(certificate);
    CHECK(X509_verify(certificate, key) == 1);
    std::array<std::uint8_t, 32> raw{};
    auto size = raw.size();
    REQUIRE(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1);
    CHECK(raw == one.key.verify_key().array());
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate));
    CHECK(days == 7305);
    CHECK(seconds == 0);
    X509_free(certificate);
}

TEST_CASE("certificate: 29 February, and the forms of a name", "[net]") {
    Party const one(7);
    auto const leap = Instant(parse_day("2028-02-29").value());
    CHECK(make_certificate(one.key, "x", leap).has_value());
    CHECK(make_certificate(one.key, std::string(64, 'x'), some_day).has_value());
    for (auto const& wrong : {std::string(), std::string(65, 'x'), std::string("a\nb"), std::string("\xC3\xA9")})
        CHECK(make_certificate(one.key, wrong, some_day).error().code == Errc::malformed);
}

TEST_CASE("link: an identity whose parts do not belong together is refused before dialling", "[net]") {
    Loop loop;
    Party const one(1);
    Party const other(2);
    LinkServer mixed(loop.io, localhost, 0, {one.certificate, &other.key}, {other.pin}, {});
    CHECK(mixed.start().error().code == Errc::wrong_key);
    LinkServer empty(loop.io, localhost, 0, {Bytes{}, &one.key}, {other.pin}, {});
    CHECK(empty.start().error().code == Errc::malformed);
    LinkClient client(loop.io, localhost, 1, {one.certificate, &other.key}, Pins{other.pin}, {});
    CHECK_FALSE(client.last_error().has_value());
    client.start();
    REQUIRE(client.last_error().has_value());
    CHECK(client.last_error()->code == Errc::wrong_key);
}

TEST_CASE("link: a wrong address and a taken port are said at start", "[net]") {
    Loop loop;
    Party const one(1);
    LinkServer nowhere(loop.io, "example", 0, one.identity(), {}, {});
    CHECK(nowhere.start().error().code == Errc::malformed);
    LinkServer first(loop.io, localhost, 0, one.identity(), {}, {});
    auto const port = first.start();
    REQUIRE(port.has_value());
    LinkServer second(loop.io, localhost, port.value(), one.identity(), {}, {});
    CHECK(second.start().error().code == Errc::io);
}

TEST_CASE("link: messages go both ways, whole and in order", "[net]") {
    Loop loop;
    Server server(loop.io);
    REQUIRE(server.port.has_value());
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, localhost, server.port.value(), server.bob.identity(), Pins{server.coordinator.pin},
                      seen->handler());
    client.start();
    auto const at_client = seen->link();
    auto const at_server = server.seen->link();
    REQUIRE(at_client);
    REQUIRE(at_server);
    CHECK(server.seen->wait([](Witness const& w) { return w.saw("opened 1"); })); // Bob is the second pin
    CHECK(seen->wait([](Witness const& w) { return w.saw("opened 0"); }));
    CHECK_FALSE(client.last_error().has_value());

    std::vector<Bytes> sent;
    for (std::size_t i = 0; i < 40; ++i) sent.emplace_back(i * 997 % 5000, std::uint8_t(i));
    sent.emplace_back(); // an empty one is a message too
    sent.emplace_back(limits::frame_bytes_max, std::uint8_t(7));
    for (auto const& message : sent) {
        at_client->send(message);
        at_server->send(message);
    }
    CHECK(server.seen->wait([&](Witness const& w) { return w.messages == sent; }));
    CHECK(seen->wait([&](Witness const& w) { return w.messages == sent; }));
    CHECK(seen->wait([](Witness const& w) { return w.drained > 0; }));
    CHECK(eventually([&] { return at_client->queued_bytes() == 0; }));
}

TEST_CASE("link: close sends what is queued first, and tells both ends once", "[net]") {
    Loop loop;
    Server server(loop.io);
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, localhost, server.port.value(), server.alice.identity(), Pins{server.coordinator.pin},
                      seen->handler());
    client.start();
    {
        auto const link = server.seen->link();
        REQUIRE(link);
        for (int i = 0; i < 100; ++i) link->send(Bytes(10'000, std::uint8_t(i)));
        link->close();
        link->send(Bytes{1}); // too late: nothing
        link->close();
    }
    CHECK(server.seen->wait([](Witness const& w) { return w.errors.size() == 1; }));
    CHECK(seen->wait([](Witness const& w) { return w.messages.size() == 100 && w.errors.size() == 1; }));
    CHECK(contains(server.seen->errors[0].mend, "This node closed it"));
    CHECK(contains(seen->errors[0].mend, "closed the connection"));
    client.stop();
}

TEST_CASE("link: a sender that outruns its reader is closed at the named limit", "[net]") {
    Loop loop;
    Server server(loop.io);
    RawClient deaf(server.port.value()); // upgrades, and never reads again
    REQUIRE(deaf.tls(&server.alice));
    REQUIRE(contains(deaf.upgrade().c_str(), "101 Switching"));
    auto const link = server.seen->link();
    REQUIRE(link);
    Bytes const block(limits::frame_bytes_max, 1);
    for (std::size_t total = 0; total < 2 * link_queue_bytes_max; total += block.size()) link->send(block);
    REQUIRE(server.seen->wait([](Witness const& w) { return w.errors.size() == 1; }));
    CHECK(server.seen->errors[0].code == Errc::too_large);
    CHECK(contains(server.seen->errors[0].mend, "reads too slowly"));
}

// OpenSSL wants to read even to write once a record was bad: that met the read of our own goodbye, and Beast's
// assertion.
TEST_CASE("link: a spoilt record ends the link while a long message is under way, and nothing else", "[net]") {
    Loop loop;
    Server server(loop.io);
    RawClient slow(server.port.value());
    REQUIRE(slow.tls(&server.alice));
    REQUIRE(contains(slow.upgrade().c_str(), "101 Switching"));
    auto const link = server.seen->link();
    REQUIRE(link);
    Bytes const block(limits::frame_bytes_max, 1);
    for (std::size_t total = 0; total < link_queue_bytes_max / 2; total += block.size()) link->send(block);
    slow.send_plain(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x')); // RFC 8446, section 5.2
    CHECK(slow.ends()); // reads all that, so that the server goes on with its message
    REQUIRE(server.seen->wait([](Witness const& w) { return w.errors.size() == 1; }));
    CHECK(server.seen->errors[0].code == Errc::malformed);
}

TEST_CASE("link: a client whose pin the server does not have is refused, and told so", "[net]") {
    Loop loop;
    Server server(loop.io);
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, localhost, server.port.value(), server.eve.identity(), Pins{server.coordinator.pin},
                      seen->handler());
    client.start();
    REQUIRE(eventually([&] { return client.last_error().has_value(); }));
    CHECK(client.last_error()->code == Errc::refused);
    CHECK(contains(client.last_error()->mend, "The other end did not accept our certificate"));
    CHECK(server.seen->wait([](Witness const& w) { return w.refused_for(Errc::wrong_key); }));
    CHECK(server.seen->wait([](Witness const& w) { return w.events.empty(); }));
    CHECK(seen->wait([](Witness const& w) { return w.events.empty() && w.refused_for(Errc::refused); }));
}

TEST_CASE("link: a server with another pin than expected is refused, and told so", "[net]") {
    Loop loop;
    Server server(loop.io);
    LinkClient client(loop.io, localhost, server.port.value(), server.alice.identity(), Pins{server.eve.pin}, {});
    client.start();
    REQUIRE(eventually([&] { return client.last_error().has_value(); }));
    CHECK(client.last_error()->code == Errc::wrong_key);
    CHECK(contains(client.last_error()->mend, "Its pin is in no key note"));
    CHECK(server.seen->wait([](Witness const& w) { return w.refused_for(Errc::refused); }));
}

TEST_CASE("link: a known certificate without its key, none, or with company is refused", "[net]") {
    Loop loop;
    Server server(loop.io);
    SECTION("none") {
        RawClient nobody(server.port.value());
        nobody.tls(nullptr);
        CHECK(nobody.upgrade().empty());
        nobody.hang_up();
        REQUIRE(server.seen->wait([](Witness const& w) { return w.refused_for(Errc::wrong_key); }));
        CHECK(contains(server.seen->refusals[0].mend, "It showed none")); // TLS said it, not our second look
    }
    SECTION("with a second certificate behind it: depth is 0 only") {
        RawClient chain(server.port.value());
        chain.tls(&server.alice, TLS1_3_VERSION, &server.eve);
        CHECK(chain.upgrade().empty());
        chain.hang_up();
        CHECK(server.seen->wait([](Witness const& w) { return w.refused_for(Errc::wrong_key); }));
    }
    SECTION("alone it is taken, and no session ticket is handed out") {
        RawClient proper(server.port.value());
        REQUIRE(proper.tls(&server.alice));
        CHECK(contains(proper.upgrade().c_str(), "101 Switching"));
        CHECK(SSL_SESSION_is_resumable(SSL_get0_session(proper.ssl())) == 0);
        CHECK(SSL_version(proper.ssl()) == TLS1_3_VERSION);
    }
}

TEST_CASE("link: TLS 1.2 is refused", "[net]") {
    Loop loop;
    Server server(loop.io);
    RawClient old(server.port.value());
    CHECK_FALSE(old.tls(&server.alice, TLS1_2_VERSION));
    old.hang_up();
    REQUIRE(server.seen->wait([](Witness const& w) { return w.refusals.size() == 1; }));
    CHECK(server.seen->refusals[0].code == Errc::version_mismatch);
    CHECK(contains(server.seen->refusals[0].mend, "TLS 1.3 only"));
}

TEST_CASE("link: garbage on the port ends that connection and no other", "[net]") {
    Loop loop;
    Server server(loop.io, true);
    for (auto const& garbage : {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string(10'000, '\xFF'),
                                std::string("\x16\x03\x01\x40\x00", 5) + std::string(20'000, '\0')}) {
        RawClient stranger(server.port.value());
        stranger.send_plain(garbage);
        CHECK(stranger.ends());
    }
    CHECK(server.seen->wait([](Witness const& w) { return w.refusals.size() == 3; }));
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, localhost, server.port.value(), server.alice.identity(), Pins{server.coordinator.pin},
                      seen->handler());
    client.start();
    auto const link = seen->link();
    REQUIRE(link);
    link->send(Bytes{42});
    CHECK(seen->wait([](Witness const& w) { return w.messages.size() == 1; }));
}

TEST_CASE("link: a message over the limit, or of text, closes the link", "[net]") {
    struct Row {
        char const* what;
        std::uint8_t opcode;
        std::uint64_t length;
        std::size_t payload;
        Errc expected;
        char const* goodbye; // a close frame and its code, RFC 6455, section 7.4.1
    };
    auto const row = GENERATE(Row{"oversize", 2, limits::frame_bytes_max + 1, 100, Errc::too_large, "\x88\x02\x03\xF1"},
                              Row{"absurd", 2, std::uint64_t(1) << 62U, 100, Errc::too_large, "\x88\x02\x03\xF1"},
                              Row{"text", 1, 5, 5, Errc::malformed, ""},
                              Row{"reserved", 3, 5, 5, Errc::malformed, "\x88\x02\x03\xEA"});
    INFO(row.what);
    Loop loop;
    Server server(loop.io);
    RawClient rude(server.port.value());
    REQUIRE(rude.tls(&server.alice));
    REQUIRE(contains(rude.upgrade().c_str(), "101 Switching"));
    rude.frame(row.opcode, row.length, Bytes(row.payload, 'a'));
    CHECK(rude.read() == row.goodbye);
    rude.hang_up();
    REQUIRE(server.seen->wait([](Witness const& w) { return w.errors.size() == 1; }));
    CHECK(server.seen->errors[0].code == row.expected);
    CHECK(server.seen->messages.empty());
}

TEST_CASE("link: another path is another version", "[net]") {
    Loop loop;
    Server server(loop.io);
    RawClient newer(server.port.value());
    REQUIRE(newer.tls(&server.alice));
    CHECK(contains(newer.upgrade("/fanlight/v2").c_str(), "404"));
    CHECK(server.seen->wait([](Witness const& w) { return w.refused_for(Errc::version_mismatch); }));
}

TEST_CASE("link: a newer link of the same party replaces the older, whose end comes first", "[net]") {
    Loop loop;
    Server server(loop.io);
    RawClient first(server.port.value());
    REQUIRE(first.tls(&server.alice));
    REQUIRE(contains(first.upgrade().c_str(), "101 Switching"));
    RawClient other(server.port.value());
    REQUIRE(other.tls(&server.bob));
    REQUIRE(contains(other.upgrade().c_str(), "101 Switching"));
    REQUIRE(server.seen->wait([](Witness const& w) { return w.events.size() == 2; }));
    RawClient second(server.port.value());
    REQUIRE(second.tls(&server.alice));
    REQUIRE(contains(second.upgrade().c_str(), "101 Switching"));
    REQUIRE(server.seen->wait([](Witness const& w) { return w.events.size() == 4; }));
    CHECK(server.seen->events == std::vector<std::string>{"opened 0", "opened 1", "closed", "opened 0"});
    CHECK(server.seen->errors[0].code == Errc::exists);
    CHECK(first.ends());
    second.frame(2, 3, Bytes{1, 2, 3});
    CHECK(server.seen->wait([](Witness const& w) { return w.messages.size() == 1; }));
}

TEST_CASE("link: a crowd that never finishes its handshakes does not keep a member out", "[net]") {
    Loop loop;
    Server server(loop.io);
    std::vector<std::unique_ptr<RawClient>> crowd;
    for (std::size_t i = 0; i < link_handshakes_max + 10; ++i) {
        crowd.push_back(std::make_unique<RawClient>(server.port.value()));
        REQUIRE(crowd.back()->connected());
    }
    auto const began = std::chrono::steady_clock::now();
    CHECK(crowd.front()->ends()); // the oldest was pushed out, long before its deadline
    CHECK(std::chrono::steady_clock::now() - began < limits::connect_timeout / 2);
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, localhost, server.port.value(), server.alice.identity(), Pins{server.coordinator.pin},
                      seen->handler());
    client.start();
    CHECK(seen->link());
}

TEST_CASE("link: a client redials when the server comes back", "[net]") {
    Loop loop;
    auto server = std::make_unique<Server>(loop.io);
    auto const port = server->port.value();
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, "localhost", port, server->alice.identity(), Pins{server->coordinator.pin},
                      seen->handler());
    client.start();
    REQUIRE(seen->link());
    server->links.stop();
    REQUIRE(seen->wait([](Witness const& w) { return w.saw("closed"); }));
    REQUIRE(eventually([&] { return client.last_error().has_value(); }));
    CHECK(client.last_error()->code == Errc::unreachable);
    REQUIRE(eventually([&] {
        auto const next = std::make_unique<Server>(loop.io, true, port); // the port is free a moment after stop()
        if (!next->port) return false;
        auto const back =
            seen->wait([](Witness const& w) { return w.events.size() == 3 && w.events[2] == "opened 0"; });
        if (back) {
            seen->link()->send(Bytes{9});
            CHECK(seen->wait([](Witness const& w) { return w.messages.size() == 1; }));
            CHECK_FALSE(client.last_error().has_value());
        }
        return back;
    }));
    client.stop(); // before the identity that it uses goes
    CHECK(seen->wait([](Witness const& w) { return w.events.size() == 4; }));
}

TEST_CASE("link: 200 round trips, one after the other, wait for no timer of TCP", "[net]") {
    Loop loop;
    Server server(loop.io, true);
    auto const seen = std::make_shared<Witness>();
    LinkClient client(loop.io, localhost, server.port.value(), server.alice.identity(), Pins{server.coordinator.pin},
                      seen->handler());
    client.start();
    auto const link = seen->link();
    REQUIRE(link);
    auto const size = GENERATE(std::size_t(200), std::size_t(40'000));
    std::vector<double> microseconds;
    for (std::size_t i = 1; i <= 200; ++i) {
        auto const began = std::chrono::steady_clock::now();
        link->send(Bytes(size, 1));
        REQUIRE(seen->wait([i](Witness const& w) { return w.messages.size() == i; }));
        microseconds.push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count());
    }
    std::sort(microseconds.begin(), microseconds.end());
    WARN(size << " bytes there and back: median " << microseconds[100] << " us, p95 " << microseconds[190] << " us");
    CHECK(microseconds[100] < 10'000); // Nagle's algorithm against delayed acknowledgement costs 40 ms
}
