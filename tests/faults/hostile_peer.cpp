// hostile-peer: one attack on one door of a node, for some seconds.
//
//   hostile-peer ATTACK --port PORT --seconds S                        a stranger at the coordinator's port
//   hostile-peer ATTACK --port PORT --seconds S --data DIR --key-fd N  a party there, with its own certificate
//   hostile-peer ATTACK --socket PATH --seconds S                      a program of the node's own user, at its socket
//
// The attacks are in the table at the end. The last line says how many connections there were, how many of them the
// other end cut, and how much was sent.

#include "crypto/random.hpp"
#include "node/net/tls.hpp"
#include "node/offline/data_directory.hpp"
#include "node/offline/process.hpp"
#include "protocol/wire/wire.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace fanlight;
using Clock = std::chrono::steady_clock;

struct Options {
    std::string attack;
    std::uint16_t port = 0;
    std::string socket;
    std::string data;
    int key_fd = -1;
    std::string to; ///< whom frames are for
    long seconds = 4;
};
Options options;
Clock::time_point end_at;
std::shared_ptr<node::Tls const> tls;
std::optional<PartyId> self;
crypto::SystemRandom random_source;
std::uint64_t opened = 0;
std::uint64_t cut = 0;
std::uint64_t sent_bytes = 0;

[[noreturn]] void give_up(std::string const& what) {
    std::fprintf(stderr, "hostile-peer: %s\n", what.c_str());
    std::exit(70);
}

bool time_is_up() {
    return Clock::now() >= end_at;
}

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    random_source.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
}

/// One connection, with TLS on it or without.
class Peer {
  public:
    Peer() = default;
    Peer(Peer const&) = delete;
    Peer& operator=(Peer const&) = delete;
    Peer(Peer&& other) noexcept
        : connection_(std::exchange(other.connection_, -1)), ssl_(std::exchange(other.ssl_, nullptr)) {}
    Peer& operator=(Peer&& other) noexcept {
        std::swap(connection_, other.connection_);
        std::swap(ssl_, other.ssl_);
        return *this;
    }
    ~Peer() { close(false); }

    bool alive() const { return connection_ >= 0; }
    bool dial();
    bool shake_hands();
    bool upgrade();
    /// False: the other end has cut the connection. What it does not take within a second is not sent.
    bool send(std::string_view bytes);
    bool is_cut(); ///< looks, and reads away what came
    void close(bool with_reset);

  private:
    void gone() {
        ++cut;
        close(false);
    }
    int connection_ = -1;
    SSL* ssl_ = nullptr;
};

bool Peer::dial() {
    close(false);
    bool const local = !options.socket.empty();
    connection_ = ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection_ < 0) return false;
    timeval const patience{1, 0};
    ::setsockopt(connection_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ::setsockopt(connection_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int failed = 0;
    if (local) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        options.socket.copy(address.sun_path, sizeof address.sun_path - 1);
        failed = ::connect(connection_, reinterpret_cast<sockaddr const*>(&address), sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        failed = ::connect(connection_, reinterpret_cast<sockaddr const*>(&address), sizeof address);
    }
    if (failed != 0) {
        close(false);
        return false;
    }
    ++opened;
    return true;
}

bool Peer::shake_hands() {
    if (!dial()) return false;
    ssl_ = tls->new_connection();
    if (ssl_ == nullptr) give_up("OpenSSL");
    SSL_set_verify(ssl_, SSL_VERIFY_NONE, nullptr);
    SSL_set_fd(ssl_, connection_);
    if (SSL_connect(ssl_) == 1) return true;
    ERR_clear_error();
    gone();
    return false;
}

constexpr std::string_view upgrade_text = "GET /fanlight/v1 HTTP/1.1\r\nHost: coordinator\r\nUpgrade: websocket\r\n"
                                          "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                          "Sec-WebSocket-Version: 13\r\n\r\n";

bool Peer::upgrade() {
    if (!shake_hands() || !send(upgrade_text)) return false;
    std::array<char, 4096> answer{};
    auto const size = SSL_read(ssl_, answer.data(), int(answer.size()));
    if (size > 0 && std::string_view(answer.data(), std::size_t(size)).starts_with("HTTP/1.1 101")) return true;
    ERR_clear_error();
    gone();
    return false;
}

bool Peer::send(std::string_view bytes) {
    if (!alive()) return false;
    auto const size = ssl_ != nullptr ? ssize_t(SSL_write(ssl_, bytes.data(), int(bytes.size())))
                                      : ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) {
        sent_bytes += std::uint64_t(size);
        return true;
    }
    bool const slow = ssl_ != nullptr ? SSL_get_error(ssl_, int(size)) == SSL_ERROR_WANT_WRITE : errno == EAGAIN;
    ERR_clear_error();
    if (slow) return true;
    gone();
    return false;
}

bool Peer::is_cut() {
    if (!alive()) return true;
    std::array<char, 4096> waste{};
    for (;;) {
        auto const size = ::recv(connection_, waste.data(), waste.size(), MSG_DONTWAIT);
        if (size > 0) continue;
        if (size < 0 && (errno == EAGAIN)) return false;
        gone();
        return true;
    }
}

void Peer::close(bool with_reset) {
    if (ssl_ != nullptr) SSL_free(std::exchange(ssl_, nullptr));
    if (connection_ < 0) return;
    linger const at_once{1, 0};
    if (with_reset) ::setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(connection_, -1));
}

// ------------------------------------------------------------------------------------------------ ways to attack

using Open = std::function<bool(Peer&)>;
bool dials(Peer& peer) {
    return peer.dial();
}
bool shakes_hands(Peer& peer) {
    return peer.shake_hands();
}
bool upgrades(Peer& peer) {
    return peer.upgrade();
}

/// Many connections that each say a byte a second of a text, or nothing at all; whoever is cut comes again.
void drip(std::size_t count, Open const& open, std::string const& text) {
    struct Dripping {
        Peer peer;
        std::size_t said = 0;
    };
    std::vector<Dripping> all(count);
    while (!time_is_up()) {
        auto const round = Clock::now();
        for (auto& one : all) {
            if (time_is_up()) return;
            if (one.peer.is_cut()) {
                one.said = 0;
                if (!open(one.peer)) continue;
            }
            if (one.said < text.size() && one.peer.send(text.substr(one.said, 1))) ++one.said;
        }
        std::this_thread::sleep_until(std::min(end_at, round + std::chrono::seconds(1)));
    }
}

/// One connection after the other, and each says the first text and then the second as often as it is let.
void pour(Open const& open, std::string const& first, std::function<std::string()> const& next) {
    while (!time_is_up()) {
        Peer peer;
        if (!open(peer)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            continue;
        }
        bool going = first.empty() || peer.send(first);
        while (going && !time_is_up()) {
            auto const text = next();
            if (text.empty()) break;
            going = peer.send(text);
        }
    }
}

void come_and_go(Open const& open, bool with_reset, std::string const& text) {
    while (!time_is_up()) {
        Peer peer;
        if (!open(peer)) continue;
        if (!text.empty()) peer.send(text);
        peer.close(with_reset);
    }
}

/// What a TLS client says first.
std::string client_hello() {
    auto* const ssl = tls->new_connection();
    auto* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_connect(ssl);
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(out, &bytes);
    std::string hello(bytes, std::size_t(size));
    SSL_free(ssl);
    ERR_clear_error();
    return hello;
}

/// RFC 6455, section 5.2, with a mask of zeros.
std::string websocket_header(unsigned first_byte, std::uint64_t length) {
    std::string out{char(first_byte)};
    if (length < 126) {
        out += char(0x80U | length);
    } else if (length < 65536) {
        out += char(0x80U | 126U);
        for (int shift = 8; shift >= 0; shift -= 8) out += char(length >> unsigned(shift) & 0xffU);
    } else {
        out += char(0x80U | 127U);
        for (int shift = 56; shift >= 0; shift -= 8) out += char(length >> unsigned(shift) & 0xffU);
    }
    return out + std::string(4, '\0');
}
constexpr unsigned binary_whole = 0x82;
constexpr unsigned binary_begins = 0x02;
constexpr unsigned goes_on = 0x00;
constexpr unsigned ping = 0x89;

std::string websocket_message(std::string const& payload) {
    return websocket_header(binary_whole, payload.size()) + payload;
}

/// A frame as the protocol has it, sealed with noise.
std::string fanlight_frame(std::size_t sealed_bytes) {
    auto const to = PartyId::parse(options.to);
    if (!to) give_up("--to");
    auto const sealed = noise(sealed_bytes);
    auto const bytes = protocol::encode_frame({protocol::FrameKind::message,
                                               random_source.make<FrameId>(),
                                               *self,
                                               to.assume_value(),
                                               {sealed.begin(), sealed.end()}});
    return websocket_message({bytes.begin(), bytes.end()});
}

std::string chunk() {
    return "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
}

constexpr std::size_t crowd = 1500; ///< connections that only stay
constexpr std::size_t slow_ones = 100;
std::string const post_case = "POST /v1/cases HTTP/1.1\r\nHost: node\r\nContent-Type: application/toml\r\n";

struct Attack {
    std::string_view name;
    std::function<void()> run;
};

std::vector<Attack> attacks() {
    auto const once = [] { return std::string(); };
    return {
        // Before TLS: nobody is asked for a certificate yet.
        {"idle", [] { drip(crowd, dials, ""); }},
        {"slow-handshake", [] { drip(slow_ones, dials, client_hello()); }},
        {"garbage", [=] { pour(dials, "", [sent = 0]() mutable { return ++sent % 2 == 1 ? noise(4096) : ""; }); }},
        {"reset", [] { come_and_go(dials, true, ""); }},
        {"half-hello", [] { come_and_go(dials, true, client_hello().substr(0, 100)); }},
        {"endless-hello",
         [] {
             // RFC 8446, section 5.1: records of a handshake message that claims 16 MiB.
             std::string const record = "\x16\x03\x01\x40" + std::string(1, '\0');
             std::string const begin = record + "\x01\xff\xff\xff" + std::string(0x4000 - 4, 'x');
             pour(dials, begin, [=] { return record + std::string(0x4000, 'x'); });
         }},
        // A stranger's certificate is refused here; a party's goes on to the next ones.
        {"handshakes", [=] { come_and_go(shakes_hands, false, "x"); }},
        // A party, once it is in.
        {"slow-upgrade", [] { drip(slow_ones, shakes_hands, std::string(upgrade_text)); }},
        {"endless-header",
         [] {
             pour(shakes_hands, "GET /fanlight/v1 HTTP/1.1\r\n",
                  [] { return "X: " + std::string(1000, 'x') + "\r\n"; });
         }},
        {"slow-frame", [] { drip(1, upgrades, websocket_header(binary_whole, 200 * 1024) + std::string(1000, 'x')); }},
        {"oversized-frame",
         [] { pour(upgrades, websocket_header(binary_whole, 1ULL << 40U), [] { return std::string(65536, 'x'); }); }},
        {"fragments",
         [] {
             auto const piece = websocket_header(goes_on, 4096) + std::string(4096, 'x');
             pour(upgrades, websocket_header(binary_begins, 1) + "x", [=] { return piece; });
         }},
        {"empty-fragments",
         [] {
             auto const piece = websocket_header(goes_on, 0);
             pour(upgrades, websocket_header(binary_begins, 1) + "x", [=] { return piece; });
         }},
        {"pings", [] { pour(upgrades, "", [] { return websocket_header(ping, 100) + std::string(100, 'x'); }); }},
        {"noise", [] { pour(upgrades, "", [] { return websocket_message(noise(2000)); }); }},
        {"frames", [] { pour(upgrades, "", [] { return fanlight_frame(2000); }); }},
        {"large-frames", [] { pour(upgrades, "", [] { return fanlight_frame(250 * 1024); }); }},
        // A program of the node's own user.
        {"http-idle", [] { drip(crowd, dials, ""); }},
        {"http-slow-header", [] { drip(slow_ones, dials, "GET /v1/status HTTP/1.1\r\nHost: node\r\n"); }},
        {"http-slow-body",
         [] {
             auto const slowly = post_case + "Content-Length: 60000\r\n\r\n";
             drip(
                 slow_ones, [=](Peer& peer) { return peer.dial() && peer.send(slowly); }, std::string(1000, 'x'));
         }},
        {"http-garbage", [=] { pour(dials, noise(4096), once); }},
        {"http-large-header",
         [] { pour(dials, "GET /v1/status HTTP/1.1\r\n", [] { return "X: " + std::string(1000, 'x') + "\r\n"; }); }},
        {"http-large-body",
         [] { pour(dials, post_case + "Content-Length: 3000000000\r\n\r\n", [] { return std::string(65536, 'x'); }); }},
        {"http-chunks", [] { pour(dials, post_case + "Transfer-Encoding: chunked\r\n\r\n", chunk); }},
        {"http-reset", [=] { come_and_go(dials, true, post_case); }},
    };
}

void take_identity() {
    crypto::SigningKey const* key = nullptr;
    Bytes certificate;
    std::optional<crypto::SigningKey> own;
    std::optional<node::OpenDirectory> directory;
    if (options.data.empty()) {
        own = crypto::SigningKey::generate(random_source);
        auto made = node::make_certificate(*own, "nobody", node::wall_clock());
        if (!made) give_up(describe(made.error()));
        certificate = std::move(made).value();
        key = &*own;
    } else {
        node::KeySource source;
        source.key_fd = options.key_fd;
        auto opened_directory = node::open_directory_with_key(options.data, source);
        if (!opened_directory) give_up(describe(opened_directory.error()));
        directory.emplace(std::move(opened_directory).value());
        self = directory->settings.party;
        certificate = directory->keyring.certificate_der;
        key = &directory->keyring.tls;
    }
    auto made = node::Tls::make({certificate, key}, node::TlsEnd::client, {});
    if (!made) give_up(describe(made.error()));
    tls = std::move(made).value();
}

void parse(int count, char** arguments) {
    if (count < 2) give_up("usage: hostile-peer ATTACK --port PORT | --socket PATH [...]; see its source");
    options.attack = arguments[1];
    for (int i = 2; i + 1 < count; i += 2) {
        std::string_view const name = arguments[i];
        std::string const value = arguments[i + 1];
        if (name == "--port")
            options.port = static_cast<std::uint16_t>(std::stoul(value));
        else if (name == "--socket")
            options.socket = value;
        else if (name == "--data")
            options.data = value;
        else if (name == "--key-fd")
            options.key_fd = std::stoi(value);
        else if (name == "--to")
            options.to = value;
        else if (name == "--seconds")
            options.seconds = std::stol(value);
        else
            give_up("unknown option");
    }
}

} // namespace

int main(int count, char** arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    crypto::start_library();
    parse(count, arguments);
    if (options.socket.empty()) take_identity();
    for (auto const& attack : attacks()) {
        if (attack.name != options.attack) continue;
        end_at = Clock::now() + std::chrono::seconds(options.seconds);
        attack.run();
        std::printf("%s: %llu connections, %llu cut by the other end, %llu bytes sent\n", options.attack.c_str(),
                    static_cast<unsigned long long>(opened), static_cast<unsigned long long>(cut),
                    static_cast<unsigned long long>(sent_bytes));
        return 0;
    }
    give_up("no such attack");
}
