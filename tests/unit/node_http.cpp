// The local HTTP interface and its client, over real Unix sockets.

#include "admin-cli/http_client.hpp"
#include "base/limits.hpp"
#include "node/http/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <future>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace fanlight;
using namespace fanlight::node;

namespace {

using namespace std::chrono_literals;
constexpr Duration patience = 10s;

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

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        char name[] = "/tmp/fanlight-http-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path = name;
    }
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

/// Says what it was asked.
void echo(HttpRequest request, HttpRespond respond) {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.target + " " + request.content_type + " " + request.body;
    respond(std::move(response));
}

struct Server {
    explicit Server(HttpHandler handler = echo, HttpTimeouts timeouts = {})
        : socket(directory.path / "node.sock"), http(loop.io, socket, std::move(handler), timeouts) {}
    TemporaryDirectory directory;
    Loop loop;
    std::filesystem::path socket;
    HttpServer http;
};

/// A client that need not speak HTTP.
class RawClient {
  public:
    explicit RawClient(std::filesystem::path const& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        timeval const deadline{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0;
    }
    RawClient(RawClient const&) = delete;
    RawClient& operator=(RawClient const&) = delete;
    ~RawClient() { hang_up(); }
    void hang_up() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    bool connected() const { return connected_; }
    void send(std::string const& text) const { (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
    /// One piece of what comes; empty at the end.
    std::string read() const {
        std::string text(65536, '\0');
        auto const got = ::recv(socket_, text.data(), text.size(), 0);
        text.resize(got > 0 ? std::size_t(got) : 0);
        return text;
    }
    /// True when the server hangs up; false when it has not after 10 s.
    bool sees_end() const {
        char byte = 0;
        return ::recv(socket_, &byte, 1, 0) == 0 || errno == ECONNRESET;
    }
    std::string read_all() const {
        std::string all;
        for (auto piece = read(); !piece.empty(); piece = read()) all += piece;
        return all;
    }

  private:
    int socket_;
    bool connected_ = false;
};

unsigned mode_of(std::filesystem::path const& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

} // namespace

TEST_CASE("http: a call comes back with status and body", "[http]") {
    Server server([](HttpRequest request, HttpRespond respond) {
        HttpResponse response;
        response.status = request.target == "/none" ? 404 : 200;
        response.body = request.method + " " + request.content_type + " " + request.body;
        respond(std::move(response));
    });
    REQUIRE(server.http.start().has_value());
    auto const found = cli::http_call(server.socket, "POST", "/v1/a?b=c", "{}", patience);
    REQUIRE(found.has_value());
    CHECK(found.value().status == 200);
    CHECK(found.value().body == "POST application/json {}");
    auto const none = cli::http_call(server.socket, "GET", "/none", "", patience);
    REQUIRE(none.has_value());
    CHECK(none.value().status == 404);
    CHECK(none.value().body == "GET  ");
    auto const head = cli::http_call(server.socket, "HEAD", "/", "", patience);
    REQUIRE(head.has_value());
    CHECK(head.value().body.empty());
    auto const csv = cli::http_call(server.socket, "POST", "/", "a,b", patience, "text/csv");
    CHECK(csv.value().body == "POST text/csv a,b");
}

TEST_CASE("http: the socket is for its owner only, whatever the umask", "[http]") {
    auto const before = ::umask(0);
    Server server;
    auto const started = server.http.start();
    auto const after_start = mode_of(server.socket);
    ::umask(before);
    REQUIRE(started.has_value());
    CHECK(after_start == 0600U);
    server.http.stop();
    CHECK_FALSE(std::filesystem::exists(server.socket));
}

TEST_CASE("http: a dead socket is replaced; a living one, or any other file, is left alone", "[http]") {
    Server server;
    SECTION("dead") {
        auto const dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, server.socket.c_str(), sizeof address.sun_path - 1);
        REQUIRE(::bind(dead, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
        ::close(dead);
        REQUIRE(std::filesystem::exists(server.socket));
        auto const unreachable = cli::http_call(server.socket, "GET", "/", "", patience);
        CHECK(unreachable.error().code == Errc::unreachable);
        REQUIRE(server.http.start().has_value());
        CHECK(mode_of(server.socket) == 0600U);
        CHECK(cli::http_call(server.socket, "GET", "/", "", patience).has_value());
    }
    SECTION("living") {
        REQUIRE(server.http.start().has_value());
        {
            HttpServer second(server.loop.io, server.socket, echo);
            CHECK(second.start().error().code == Errc::exists);
        }
        CHECK(cli::http_call(server.socket, "GET", "/", "", patience).has_value()); // and its end took nothing away
    }
    SECTION("a file") {
        std::ofstream(server.socket) << "precious";
        CHECK(server.http.start().error().code == Errc::exists);
        CHECK(std::filesystem::file_size(server.socket) == 8);
    }
}

TEST_CASE("http: a path over the system's limit is said", "[http]") {
    Loop loop;
    auto const path = std::filesystem::path("/tmp") / std::string(120, 'x');
    HttpServer server(loop.io, path, echo);
    CHECK(server.start().error().code == Errc::too_large);
    CHECK(cli::http_call(path, "GET", "/", "", patience).error().code == Errc::too_large);
}

TEST_CASE("http: without a node the caller learns how to start one", "[http]") {
    TemporaryDirectory directory;
    auto const reply = cli::http_call(directory.path / "node.sock", "GET", "/", "", patience);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().code == Errc::unreachable);
    CHECK(describe(reply.error()) ==
          "the node does not answer. It is not running. Start it with: fanlight-node run --data DIR");
}

TEST_CASE("http: a request line cannot be broken by its parts", "[http]") {
    for (auto const* target : {"/a b", "/a\r\nX: y", ""})
        CHECK(cli::http_call("/nowhere", "GET", target, "", patience).error().code == Errc::malformed);
    CHECK(cli::http_call("/nowhere", "GET /", "/", "", patience).error().code == Errc::malformed);
}

TEST_CASE("http: a big body goes there and back", "[http]") {
    Server server;
    REQUIRE(server.http.start().has_value());
    std::string body(64 * 1024 * 1024, 'x');
    body[body.size() / 2] = 'y';
    auto const began = std::chrono::steady_clock::now();
    auto const reply = cli::http_call(server.socket, "POST", "/v1/people", body, 60s);
    auto const took = std::chrono::steady_clock::now() - began;
    REQUIRE(reply.has_value());
    CHECK((reply.value().body == "POST /v1/people application/json " + body));
    WARN("64 MiB there and back: " << std::chrono::duration_cast<Duration>(took).count() << " ms");
}

TEST_CASE("http: a body over the limit gets 413 before it is sent", "[http]") {
    struct Row {
        std::string target;
        std::size_t most;
    };
    auto const row =
        GENERATE(Row{"/v1/people?wait=1", limits::http_body_bytes_max}, Row{"/v1/cases", http_other_body_bytes_max});
    CAPTURE(row.target);
    Server server;
    REQUIRE(server.http.start().has_value());
    RawClient client(server.socket);
    auto const post = "POST " + row.target + " HTTP/1.1\r\nHost: x\r\n";
    client.send(post + "Content-Length: " + std::to_string(row.most + 1) + "\r\n\r\n" + std::string(300'000, 'x'));
    auto const answer = client.read();
    CHECK(answer.find("HTTP/1.1 413") == 0);
    CHECK(answer.find("over the limit") != std::string::npos);
    RawClient exact(server.socket);
    exact.send(post + "Expect: 100-continue\r\nContent-Length: " + std::to_string(row.most) + "\r\n\r\n");
    CHECK(exact.read() == "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_CASE("http: what is not HTTP/1.1 is refused with a reason", "[http]") {
    struct Row {
        std::string request;
        char const* expected;
    };
    auto const row =
        GENERATE(Row{"nonsense\r\n\r\n", "HTTP/1.1 400"}, Row{"GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 505"},
                 Row{"GET / HTTP/1.1\r\nA: " + std::string(9000, 'a') + "\r\n\r\n", "HTTP/1.1 431"},
                 Row{"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400"},
                 Row{"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400"});
    Server server;
    REQUIRE(server.http.start().has_value());
    RawClient client(server.socket);
    client.send(row.request);
    CHECK(client.read().find(row.expected) == 0);
}

TEST_CASE("http: a client that stalls is let go, wherever it stops", "[http]") {
    HttpTimeouts short_waits;
    short_waits.read = 50ms;
    short_waits.idle = 50ms;
    Server server(echo, short_waits);
    REQUIRE(server.http.start().has_value());
    auto const half = GENERATE(std::string("GET / HT"), std::string("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
                               std::string());
    RawClient client(server.socket);
    client.send(half);
    CHECK(client.sees_end());
}

TEST_CASE("http: keep-alive and pipelined requests are answered in order", "[http]") {
    Server server;
    REQUIRE(server.http.start().has_value());
    RawClient client(server.socket);
    client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
    auto const all = client.read_all();
    auto const one = all.find("GET /1");
    auto const two = all.find("GET /2");
    auto const three = all.find("GET /3");
    CHECK(one < two);
    CHECK(two < three);
    CHECK(three != std::string::npos);
}

TEST_CASE("http: requests run at one time, and a waiting one holds up nobody", "[http]") {
    std::mutex mutex;
    std::vector<HttpRespond> waiting;
    Server server([&](HttpRequest request, HttpRespond respond) {
        if (request.target == "/now") return echo(std::move(request), std::move(respond));
        std::lock_guard const lock(mutex);
        waiting.push_back(std::move(respond));
        if (waiting.size() < 10) return;
        for (auto const& later : waiting) later(HttpResponse{200, "text/plain", "together"});
    });
    REQUIRE(server.http.start().has_value());
    std::vector<std::future<bool>> calls;
    auto const call = [&server] {
        auto const reply = cli::http_call(server.socket, "GET", "/wait", "", patience);
        return reply && reply.value().body == "together";
    };
    for (int i = 0; i < 9; ++i) calls.push_back(std::async(std::launch::async, call));
    CHECK(cli::http_call(server.socket, "GET", "/now", "", patience).has_value());
    calls.push_back(std::async(std::launch::async, call));
    for (auto& one : calls) CHECK(one.get());
}

TEST_CASE("http: over the number of connections the answer is 503", "[http]") {
    Server server;
    REQUIRE(server.http.start().has_value());
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < limits::http_connections_max; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.socket));
        REQUIRE(clients.back()->connected());
    }
    auto const busy = cli::http_call(server.socket, "GET", "/", "", patience);
    REQUIRE(busy.has_value());
    CHECK(busy.value().status == 503);
}

TEST_CASE("http: an answer that comes late, twice, never or to nobody does no harm", "[http]") {
    HttpTimeouts waits;
    waits.answer = 50ms;
    std::mutex mutex;
    std::vector<HttpRespond> kept;
    std::promise<void> held;
    std::promise<void> gone_asked;
    HttpResponse const fine{200, "text/plain", "first"};
    HttpResponse const more{200, "text/plain", "second"};
    Server server(
        [&](HttpRequest request, HttpRespond respond) {
            if (request.target == "/drop") return;
            if (request.target == "/twice") {
                respond(fine);
                respond(more);
                return;
            }
            std::lock_guard const lock(mutex);
            kept.push_back(std::move(respond));
            if (request.target == "/held") held.set_value();
            if (request.target == "/gone") gone_asked.set_value();
        },
        waits);
    REQUIRE(server.http.start().has_value());

    CHECK(cli::http_call(server.socket, "GET", "/drop", "", patience).value().status == 500);
    CHECK(cli::http_call(server.socket, "GET", "/twice", "", patience).value().body == "first");

    RawClient late(server.socket);
    late.send("GET /late HTTP/1.1\r\n\r\n");
    CHECK(late.read().find("HTTP/1.1 504") == 0);
    late.send("GET /held HTTP/1.1\r\n\r\n");
    REQUIRE(held.get_future().wait_for(patience) == std::future_status::ready);
    {
        std::lock_guard const lock(mutex);
        kept.at(0)(fine); // must not become the answer to the next request
        kept.at(1)(more);
    }
    CHECK(late.read().find("first") == std::string::npos); // "second", or 504 on a very busy machine

    RawClient gone(server.socket);
    gone.send("GET /gone HTTP/1.1\r\n\r\n");
    REQUIRE(gone_asked.get_future().wait_for(patience) == std::future_status::ready);
    gone.hang_up();
    std::thread([&] {
        std::lock_guard const lock(mutex);
        kept.at(2)(more);
    }).join();
    CHECK(cli::http_call(server.socket, "GET", "/twice", "", patience).value().body == "first");
    server.http.stop();
    std::lock_guard const lock(mutex);
    kept.at(2)(more); // and after the server has stopped
}

TEST_CASE("http: a caller's own deadline holds", "[http]") {
    std::mutex mutex;
    std::vector<HttpRespond> kept;
    Server server([&](HttpRequest, HttpRespond respond) {
        std::lock_guard const lock(mutex);
        kept.push_back(std::move(respond));
    });
    REQUIRE(server.http.start().has_value());
    auto const reply = cli::http_call(server.socket, "GET", "/", "", 50ms);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().code == Errc::unreachable);
    CHECK(std::strstr(reply.error().mend, "too long") != nullptr);
}
