#include "node/daemon/daemon.hpp"

#include "node/daemon/core.hpp"
#include "node/http/api.hpp"
#include "node/net/link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <charconv>
#include <csignal>

namespace fanlight::node {

namespace {

// Over this much unsent on one link the rest stays in the outbox until the link has drained.
constexpr std::size_t link_backlog_max = 8 * 1024 * 1024;
// Those who wait for news of a case are looked at this often, so that their wait can end.
constexpr auto look_every = std::chrono::seconds(5);

struct Address {
    std::string host;
    std::uint16_t port = 0;
};
Result<Address> parse_address(std::string const& text) {
    auto const colon = text.rfind(':');
    std::uint16_t port = 0;
    auto const digits = colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
    auto const [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || problem != std::errc() || end != digits.data() + digits.size())
        return fail(Errc::malformed, "address of the link", "Write it as 127.0.0.1:7443 in fanlight.toml.");
    return Address{text.substr(0, colon), port};
}

/// The links by party. Transmissions come from the core thread, changes from the network thread.
class Links {
  public:
    explicit Links(Core& core) : core_(core) {}

    LinkHandler handler(std::vector<PartyId> peers) {
        LinkHandler handler;
        handler.opened = [this, peers](LinkPointer link, std::size_t peer) { opened(peers[peer], std::move(link)); };
        handler.received = [this](LinkPointer const& link, Bytes message) { received(link, std::move(message)); };
        handler.closed = [this](LinkPointer const& link, Error error) { closed(link, error); };
        handler.drained = [this](LinkPointer const& link) { drained(link); };
        handler.refused = [](Error error) { spdlog::warn("connection refused: {}", describe(error)); };
        return handler;
    }

    void transmit(PartyId const& peer, Bytes frame) {
        std::lock_guard const lock(mutex_);
        auto const found = by_party_.find(peer);
        if (found == by_party_.end()) return; // it is in the outbox and goes when the peer is back
        if (found->second.link->queued_bytes() > link_backlog_max) {
            found->second.starved = true;
            return;
        }
        found->second.link->send(std::move(frame));
    }

    void clear() {
        std::lock_guard const lock(mutex_);
        by_party_.clear();
    }

  private:
    struct Entry {
        LinkPointer link;
        bool starved = false; ///< some frames were left in the outbox
    };

    void opened(PartyId const& party, LinkPointer link) {
        spdlog::info("link to {} is up", party.text());
        {
            std::lock_guard const lock(mutex_);
            by_party_[party] = {std::move(link), false};
        }
        core_.post_when_room(protocol::LinkUp{party});
    }
    std::optional<PartyId> party_of(LinkPointer const& link) {
        std::lock_guard const lock(mutex_);
        for (auto const& [party, entry] : by_party_)
            if (entry.link == link) return party;
        return std::nullopt;
    }
    void received(LinkPointer const& link, Bytes message) {
        if (auto party = party_of(link))
            core_.post_when_room(protocol::FrameReceived{std::move(*party), std::move(message)});
    }
    void closed(LinkPointer const& link, Error const& error) {
        auto const party = party_of(link);
        if (!party) return;
        spdlog::info("link to {} is down: {}", party->text(), describe(error));
        {
            std::lock_guard const lock(mutex_);
            by_party_.erase(*party);
        }
        core_.post_when_room(protocol::LinkDown{*party});
    }
    void drained(LinkPointer const& link) {
        auto const party = party_of(link);
        if (!party) return;
        {
            std::lock_guard const lock(mutex_);
            auto& entry = by_party_.at(*party);
            if (!entry.starved) return;
            entry.starved = false;
        }
        core_.post_when_room(protocol::LinkUp{*party}); // offers the whole outbox again
    }

    Core& core_;
    std::mutex mutex_;
    std::map<PartyId, Entry> by_party_;
};

/// Server or client, as the agreement has it.
struct Network {
    std::optional<LinkServer> server;
    std::optional<LinkClient> client;

    Result<void> start(boost::asio::io_context& io, OpenDirectory const& directory, AcceptedAgreement const& accepted,
                       Links& links) {
        FANLIGHT_TRY(auto const address, parse_address(directory.settings.address));
        TlsIdentity const identity{directory.certificate_der, &directory.keyring.tls};
        auto const& coordinator = accepted.agreement.coordinator;
        if (directory.settings.party != coordinator) {
            auto const pin = accepted.directory.at(coordinator).tls_pin;
            client.emplace(io, address.host, address.port, identity, pin, links.handler({coordinator}));
            client->start();
            return ok();
        }
        std::vector<Pin> pins;
        std::vector<PartyId> parties;
        for (auto const& [party, keys] : accepted.directory) {
            if (party == coordinator) continue;
            parties.push_back(party);
            pins.push_back(keys.tls_pin);
        }
        server.emplace(io, address.host, address.port, identity, std::move(pins), links.handler(std::move(parties)));
        FANLIGHT_TRY(auto const port, server->start());
        spdlog::info("listening for {} parties on {}:{}", accepted.directory.size() - 1, address.host, port);
        return ok();
    }
    void stop() {
        if (server) server->stop();
        if (client) client->stop();
    }
};

} // namespace

Result<void> run_daemon(OpenDirectory const& directory, AcceptedAgreement const& accepted) {
    crypto::SystemRandom random;
    FANLIGHT_TRY(auto const core, Core::open(directory, accepted, random));
    boost::asio::io_context io;
    Links links(*core);
    Network network;
    Api api(*core);
    HttpServer http(io, directory.path / "api.sock", [&](HttpRequest request, HttpRespond respond) {
        api.handle(std::move(request), std::move(respond));
    });

    std::optional<Error> broken;
    std::function<void()> end = [&] {
        http.stop();
        network.stop();
        io.stop();
    };
    core->start([&](PartyId const& peer, Bytes frame) { links.transmit(peer, std::move(frame)); },
                [&](Core& changed) { api.after_batch(changed); },
                [&](Error error) {
                    boost::asio::post(io, [&, error] {
                        broken = error;
                        end();
                    });
                });
    boost::asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) end();
    });
    boost::asio::steady_timer timer(io);
    std::function<void(boost::system::error_code)> tick = [&](boost::system::error_code error) {
        if (error) return;
        core->look([](Core&) {}); // after_batch follows
        timer.expires_after(look_every);
        timer.async_wait(tick);
    };
    tick({});

    auto started = network.start(io, directory, accepted, links);
    if (started) started = http.start();
    if (started) {
        spdlog::info("{} node of {} is running ({})", name(directory.settings.mode), directory.settings.party.text(),
                     accepted.agreement.name);
        io.run();
    } else {
        network.stop();
    }
    core->stop();
    links.clear();
    if (broken) return *broken;
    FANLIGHT_TRY(std::move(started));
    spdlog::info("stopped");
    return ok();
}

} // namespace fanlight::node
