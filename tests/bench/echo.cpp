#include "echo.hpp"

#include "node/net/link.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace fanlight::bench {

namespace {

using namespace node;

/// What the client saw, for the thread that waits.
class Mailbox {
  public:
    void opened(LinkPointer link) {
        std::lock_guard const lock(mutex_);
        link_ = std::move(link);
        changed_.notify_all();
    }
    void received() {
        std::lock_guard const lock(mutex_);
        ++received_;
        changed_.notify_all();
    }
    LinkPointer wait_open() {
        wait([this] { return link_ != nullptr; });
        return link_;
    }
    void wait_received(std::uint64_t count) {
        wait([this, count] { return received_ >= count; });
    }
    void drop() { link_.reset(); }

  private:
    template <class Ready> void wait(Ready ready) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(20), ready)) give_up("a link does not answer");
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    LinkPointer link_;
    std::uint64_t received_ = 0;
};

struct End {
    explicit End(std::uint64_t seed)
        : random(seed), key(crypto::SigningKey::generate(random)),
          certificate(
              must(make_certificate(key, "bench", from_wire(std::uint64_t(1'790'000'000'000))), "certificate")) {}
    TlsIdentity identity() const { return {certificate, &key}; }
    crypto::SeededRandom random;
    crypto::SigningKey key;
    Bytes certificate;
};

} // namespace

Spread link_round_trip(std::size_t message_bytes, std::size_t rounds) {
    boost::asio::io_context io;
    auto work = std::make_optional(boost::asio::make_work_guard(io));
    std::vector<double> samples;
    std::thread thread;
    Mailbox mailbox;
    {
        End const here(1);
        End const there(2);
        LinkHandler echo;
        echo.opened = [](LinkPointer const&, std::size_t) {};
        echo.received = [](LinkPointer const& link, Bytes message) { link->send(std::move(message)); };
        echo.closed = [](LinkPointer const&, Error) {};
        LinkHandler client = echo;
        client.opened = [&](LinkPointer link, std::size_t) { mailbox.opened(std::move(link)); };
        client.received = [&](LinkPointer const&, Bytes) { mailbox.received(); };
        LinkServer server(io, "127.0.0.1", 0, there.identity(), {pin_of(here.certificate)}, echo);
        auto const port = must(server.start(), "listen");
        LinkClient dialling(io, "127.0.0.1", port, here.identity(), {pin_of(there.certificate)}, client);
        dialling.start();
        thread = std::thread([&] { io.run(); });
        auto link = mailbox.wait_open();
        for (std::size_t i = 0; i < rounds; ++i)
            samples.push_back(time_of([&] {
                link->send(Bytes(message_bytes, std::uint8_t(7)));
                mailbox.wait_received(i + 1);
            }));
        link.reset();
        mailbox.drop();
        dialling.stop();
        server.stop();
    }
    work.reset();
    thread.join();
    return spread_of(std::move(samples));
}

} // namespace fanlight::bench
