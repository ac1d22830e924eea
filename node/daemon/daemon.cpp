#include "node/daemon/daemon.hpp"

#include "node/daemon/core.hpp"
#include "node/http/api.hpp"
#include "node/net/link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <set>

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

/// Whom to be linked with, and as whom: what the register says at one moment.
struct Peers {
    std::shared_ptr<Core::LinkIdentity const> own;
    PartyId coordinator;
    std::vector<PartyId> parties; ///< of each pin; a party whose certificate is being replaced has two
    std::vector<Pin> pins;

    static Peers of(Core& core) {
        auto const& in_force = core.in_force();
        Peers peers{
            std::make_shared<Core::LinkIdentity const>(core.link_identity()), core.agreement().coordinator, {}, {}};
        bool const hub = core.self().is_coordinator();
        for (auto const& [party, keys] : in_force.directory) {
            bool const linked = hub ? party != peers.coordinator : party == peers.coordinator;
            if (!linked || core.node().registrar().is_removed(party, core.now())) continue;
            for (auto const& pin : keys.former_pins) peers.add(party, pin);
            peers.add(party, keys.tls_pin);
        }
        return peers;
    }
    void add(PartyId const& party, Pin const& pin) {
        if (std::find(pins.begin(), pins.end(), pin) != pins.end()) return;
        parties.push_back(party);
        pins.push_back(pin);
    }
    bool same_links(Peers const& other) const {
        return parties == other.parties && pins == other.pins && own->certificate_der == other.own->certificate_der;
    }
};

/// Server or client, as the register has it; made anew when that changes. What was on its way waits in the outbox.
struct Network {
    std::optional<LinkServer> server;
    std::optional<LinkClient> client;
    std::optional<Peers> peers;

    Result<void> start(boost::asio::io_context& io, OpenDirectory const& directory, Peers wanted, Links& links) {
        if (peers && peers->same_links(wanted)) return ok();
        FANLIGHT_TRY(auto const address, parse_address(directory.settings.address));
        auto const former = std::exchange(peers, std::move(wanted)); // its key is used until the end of this
        TlsIdentity const identity{peers->own->certificate_der, &peers->own->tls};
        if (server) return server->replace(identity, peers->pins, links.handler(peers->parties));
        if (!directory.settings.listens) {
            if (client) client->stop();
            client.emplace(io, address.host, address.port, identity, peers->pins, links.handler(peers->parties));
            client->start();
            return ok();
        }
        auto const count = std::set<PartyId>(peers->parties.begin(), peers->parties.end()).size();
        server.emplace(io, address.host, address.port, identity, peers->pins, links.handler(peers->parties));
        FANLIGHT_TRY(auto const port, server->start());
        spdlog::info("listening for {} parties on {}:{}", count, address.host, port);
        return ok();
    }
    void stop() {
        if (server) server->stop();
        if (client) client->stop();
    }
};

} // namespace

Result<void> run_daemon(OpenDirectory& directory, AcceptedAgreement accepted) {
    crypto::SystemRandom random;
    FANLIGHT_TRY(auto const core, Core::open(directory, std::move(accepted), random));
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
    auto const broke = [&](Error error) {
        boost::asio::post(io, [&, error] {
            broken = error;
            end();
        });
    };
    std::pair<std::uint64_t, Bytes> linked; // on the core thread: links follow the register and our own certificate
    auto const follow_register = [&](Core& changed) {
        std::pair const now(changed.in_force().revision, changed.link_certificate());
        if (now == linked) return;
        linked = now;
        boost::asio::post(io, [&, peers = Peers::of(changed)] {
            if (auto const started = network.start(io, directory, peers, links); !started) {
                broken = started.assume_error();
                end();
            }
        });
    };
    core->start([&](PartyId const& peer, Bytes frame) { links.transmit(peer, std::move(frame)); },
                [&](Core& changed) {
                    follow_register(changed);
                    api.after_batch(changed);
                },
                broke);
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

    auto const started = http.start();
    if (started) {
        spdlog::info("{} node of {} is running", name(directory.settings.mode), directory.settings.party.text());
        io.run();
    }
    network.stop();
    core->stop();
    links.clear();
    if (broken) return *broken;
    FANLIGHT_TRY(started);
    spdlog::info("stopped");
    return ok();
}

namespace {
/// Says how far a restore is, when that changes.
class RestoreProgress {
  public:
    void look(protocol::Restorer const& restorer) {
        std::string now;
        for (auto const& party : restorer.waited_for()) now += (now.empty() ? "" : ", ") + party.text();
        if (!now.empty()) now = "waiting for the heads that these have of our log: " + now;
        if (auto const& lost = restorer.lost()) {
            now = "leaves are lost: nobody who answers has all up to size " + std::to_string(lost->head.size);
            for (auto const& party : lost->silent) now += ", no answer from " + party.text();
        }
        if (std::exchange(said_, now) != now) spdlog::info("restore: {}", now.empty() ? "fetching leaves" : now);
    }

  private:
    std::string said_ = "-";
};
} // namespace

Result<void> run_restore(OpenDirectory& directory, AcceptedAgreement accepted) {
    crypto::SystemRandom random;
    FANLIGHT_TRY(auto const core, Core::open(directory, std::move(accepted), random, Core::Purpose::restore));
    if (!core) {
        spdlog::info("restored, as was begun earlier; start the node");
        return ok();
    }
    boost::asio::io_context io;
    Links links(*core);
    Network network;
    std::optional<Error> broken;
    auto const end = [&](std::optional<Error> error) {
        boost::asio::post(io, [&, error] {
            if (error) broken = error;
            network.stop();
            io.stop();
        });
    };
    RestoreProgress progress; // on the core thread, as the two below
    bool done = false;
    std::pair<std::uint64_t, Bytes> linked;
    auto const after_batch = [&](Core& changed) {
        if (done) return;
        std::pair const now(changed.in_force().revision, changed.link_certificate());
        if (now != linked) {
            linked = now;
            boost::asio::post(io, [&, peers = Peers::of(changed)] {
                if (auto const started = network.start(io, directory, peers, links); !started)
                    end(started.assume_error());
            });
        }
        auto const* restorer = changed.node().restorer();
        if (restorer == nullptr) return;
        if (!restorer->restored()) return progress.look(*restorer);
        done = true;
        auto const& restored = *restorer->restored();
        spdlog::info("restore: {} leaves came back after {}", restored.leaves.size(), restored.common);
        for (auto const& party : restored.elsewhere)
            spdlog::warn("restore: {} has cosigned leaves that this copy wrote by itself", party.text());
        auto const finished = changed.finish_restore();
        end(finished ? std::nullopt : std::optional(finished.assume_error()));
    };
    core->start([&](PartyId const& peer, Bytes frame) { links.transmit(peer, std::move(frame)); }, after_batch,
                [&](Error error) { end(error); });
    boost::asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) end(std::nullopt);
    });
    io.run();
    network.stop();
    core->stop();
    links.clear();
    if (broken) return *broken;
    spdlog::info(done ? "restored; start the node" : "stopped; nothing was changed");
    return ok();
}

} // namespace fanlight::node
