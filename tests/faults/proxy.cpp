// fault-proxy: stands between the agencies and the coordinator and makes their network bad, as a seed decides.
//
//   fault-proxy TARGET_PORT NAME...
//
// It listens on a free port of loopback for each name and says so, "port NAME PORT"; whoever dials there reaches
// TARGET_PORT. Standard input says what happens:
//
//   schedule SEED MS     faults for so long, drawn from the seed; each is printed, "MS ms: KIND NAME"; then "healed
//   SEED" KIND NAME            one fault of one link, until "heal"; "ok" follows heal                 none any more;
//   "healed" follows counts               "counts KIND=N ..."
//
// The kinds: delay; throttle; hold (nothing passes and nothing closes); one_way_up, one_way_down (one direction only is
// held, up is to the coordinator); reset (both ends get a RST, and so does whoever comes); refuse (nobody listens; old
// connections live); flip (one bit of what passes next, once); lose (some bytes of what passes next, once).

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <list>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <random>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

enum class Kind : std::uint8_t { delay, throttle, hold, one_way_up, one_way_down, reset, refuse, flip, lose };
constexpr std::array kinds{"delay", "throttle", "hold", "one_way_up", "one_way_down",
                           "reset", "refuse",   "flip", "lose"};
constexpr std::size_t kinds_count = kinds.size();

constexpr std::size_t piece_bytes = 16 * 1024;
constexpr std::size_t waiting_bytes_max = 256 * 1024; ///< in one direction; then the sender waits
constexpr milliseconds delay_max{400};
constexpr std::size_t throttled_bytes = 300; ///< of one connection and direction in a tick
constexpr milliseconds tick{20};

[[noreturn]] void give_up(char const* what) {
    std::perror(what);
    std::exit(70);
}

/// What is wrong with the way of one name.
struct Faults {
    std::array<bool, kinds_count> on{};
    bool is(Kind kind) const { return on[std::size_t(kind)]; }
    void set(Kind kind, bool value) { on[std::size_t(kind)] = value; }
};

struct Port {
    std::string name;
    std::uint16_t number = 0;
    int listener = -1; ///< -1: nobody listens
    Faults faults;
};

/// One direction of one connection: bytes, and when they may go on.
struct Flow {
    struct Piece {
        Clock::time_point due;
        std::string bytes;
    };
    std::deque<Piece> waiting;
    std::size_t waiting_bytes = 0;
    bool ended = false; ///< nothing more comes; the rest still goes out
    bool told = false;  ///< and the other end knows
    Clock::time_point next{};
};

struct Pair {
    std::size_t port;
    int agency;
    int coordinator;
    Flow up;
    Flow down;
};

struct Event {
    milliseconds at;
    Kind kind;
    bool on;
    std::size_t port;
};

class Proxy {
  public:
    Proxy(std::uint16_t target, std::vector<std::string> const& names);
    void run();

  private:
    bool command(std::string const& line);
    bool hear();
    void schedule(std::uint32_t seed, milliseconds length);
    void fault(Kind kind, std::size_t port, bool on);
    void heal();
    void step_schedule(Clock::time_point now);
    void accept_at(std::size_t port);
    bool take(Pair& pair, bool up);
    bool give(Pair& pair, bool up, Clock::time_point now);
    void spoil(std::string& bytes, Faults& faults);
    void end(Pair& pair, bool reset);
    bool held(Pair const& pair, bool up) const;
    bool finished(Pair const& pair) const;

    std::uint16_t target_;
    std::vector<Port> ports_;
    std::list<Pair> pairs_;
    std::array<std::uint64_t, kinds_count> counts_{};
    std::string heard_;
    std::mt19937 random_{1};
    std::optional<std::uint32_t> seed_; ///< of the schedule that runs
    Clock::time_point began_;
    milliseconds length_{0};
    std::deque<Event> events_;
};

/// -1: the port is taken.
int listen_at(std::uint16_t number) {
    auto const listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) give_up("socket");
    int const yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(number);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(listener, 64) == 0)
        return listener;
    ::close(listener);
    return -1;
}

void close_with_reset(int connection) {
    linger const at_once{1, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(connection);
}

Proxy::Proxy(std::uint16_t target, std::vector<std::string> const& names) : target_(target) {
    for (auto const& name : names) {
        Port port;
        port.name = name;
        // Below those that the system gives to whoever dials: one of them could be gone while nobody listens.
        std::random_device any;
        while (port.listener < 0) {
            port.number = static_cast<std::uint16_t>(10'000 + any() % 10'000);
            port.listener = listen_at(port.number);
        }
        std::printf("port %s %u\n", name.c_str(), unsigned{port.number});
        ports_.push_back(std::move(port));
    }
    std::puts("ready");
    std::fflush(stdout);
}

void Proxy::fault(Kind kind, std::size_t number, bool on) {
    auto& port = ports_[number];
    if (port.faults.is(kind) == on) return;
    port.faults.set(kind, on);
    bool const counted_when_done = kind == Kind::flip || kind == Kind::lose;
    if (on && !counted_when_done) ++counts_[std::size_t(kind)];
    if (kind == Kind::reset && on)
        for (auto& pair : pairs_)
            if (pair.port == number) end(pair, true);
    if (kind != Kind::refuse) return;
    if (on) {
        ::close(port.listener);
        port.listener = -1;
    } else {
        port.listener = listen_at(port.number);
        if (port.listener < 0) give_up("the port to listen on");
    }
}

void Proxy::heal() {
    events_.clear();
    for (std::size_t i = 0; i < ports_.size(); ++i)
        for (std::size_t kind = 0; kind < kinds_count; ++kind) fault(Kind(kind), i, false);
}

/// Three to ten faults, no kind again before all others: each of one link, of a few or of all, at any time, for any
/// time up to the end.
void Proxy::schedule(std::uint32_t seed, milliseconds length) {
    heal();
    random_.seed(seed);
    auto const draw = [&](std::size_t below) { return std::size_t(random_()) % below; };
    std::array<Kind, kinds_count> order{};
    for (std::size_t i = 0; i < kinds_count; ++i) order[i] = Kind(i);
    std::shuffle(order.begin(), order.end(), random_);
    auto const faults = 3 + draw(8);
    for (std::size_t i = 0; i < faults; ++i) {
        auto const kind = order[i % kinds_count];
        auto const from = milliseconds(draw(std::size_t(length.count())));
        auto const until = std::min(length, from + milliseconds(100 + draw(std::size_t(length.count()))));
        auto const width = draw(4);
        auto const first = draw(ports_.size());
        auto const links = width == 0 ? ports_.size() : width == 1 ? 1 + draw(ports_.size() / 2 + 1) : 1;
        for (std::size_t link = 0; link < links; ++link) {
            auto const port = (first + link) % ports_.size();
            events_.push_back({from, kind, true, port});
            events_.push_back({until, kind, false, port});
        }
        std::printf("%lld to %lld ms: %s %s", static_cast<long long>(from.count()),
                    static_cast<long long>(until.count()), kinds[std::size_t(kind)], ports_[first].name.c_str());
        if (links > 1) std::printf(" and the %zu after it", links - 1);
        std::puts("");
    }
    std::fflush(stdout);
    std::stable_sort(events_.begin(), events_.end(), [](Event const& a, Event const& b) { return a.at < b.at; });
    seed_ = seed;
    began_ = Clock::now();
    length_ = length;
}

void Proxy::step_schedule(Clock::time_point now) {
    if (!seed_) return;
    while (!events_.empty() && began_ + events_.front().at <= now) {
        auto const event = events_.front();
        events_.pop_front();
        fault(event.kind, event.port, event.on);
    }
    if (now < began_ + length_) return;
    heal();
    std::printf("healed %u\n", *seed_);
    std::fflush(stdout);
    seed_.reset();
}

bool Proxy::command(std::string const& line) {
    std::istringstream words(line);
    std::string verb;
    std::string name;
    words >> verb;
    if (verb == "schedule") {
        std::uint32_t seed = 0;
        long long length = 0;
        if (!(words >> seed >> length) || length <= 0) return false;
        schedule(seed, milliseconds(length));
        return true;
    }
    if (verb == "heal") {
        heal();
        std::puts("healed");
    } else if (verb == "counts") {
        std::fputs("counts", stdout);
        for (std::size_t kind = 0; kind < kinds_count; ++kind)
            std::printf(" %s=%llu", kinds[kind], static_cast<unsigned long long>(counts_[kind]));
        std::puts("");
    } else {
        auto const kind = std::find(kinds.begin(), kinds.end(), verb);
        words >> name;
        auto const port = std::find_if(ports_.begin(), ports_.end(), [&](Port const& one) { return one.name == name; });
        if (kind == kinds.end() || port == ports_.end()) return false;
        fault(Kind(kind - kinds.begin()), std::size_t(port - ports_.begin()), true);
        std::puts("ok");
    }
    std::fflush(stdout);
    return true;
}

/// False: standard input has ended.
bool Proxy::hear() {
    std::array<char, 4096> part{};
    auto const size = ::read(STDIN_FILENO, part.data(), part.size());
    if (size <= 0) return false;
    heard_.append(part.data(), std::size_t(size));
    for (auto end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
        if (!command(heard_.substr(0, end))) std::puts("what?");
        std::fflush(stdout);
        heard_.erase(0, end + 1);
    }
    return true;
}

void Proxy::accept_at(std::size_t number) {
    auto const agency = ::accept4(ports_[number].listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (agency < 0) return;
    auto const coordinator = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool const gone = ports_[number].faults.is(Kind::reset);
    if (gone || ::connect(coordinator, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        ::close(coordinator);
        close_with_reset(agency);
        return;
    }
    int const yes = 1;
    for (auto const one : {agency, coordinator}) ::setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    pairs_.push_back({number, agency, coordinator, {}, {}});
}

bool Proxy::held(Pair const& pair, bool up) const {
    auto const& faults = ports_[pair.port].faults;
    return faults.is(Kind::hold) || faults.is(up ? Kind::one_way_up : Kind::one_way_down);
}

void Proxy::spoil(std::string& bytes, Faults& faults) {
    if (faults.is(Kind::flip)) {
        auto& byte = bytes[std::size_t(random_()) % bytes.size()];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (random_() % 8)));
        faults.set(Kind::flip, false);
        ++counts_[std::size_t(Kind::flip)];
    }
    if (faults.is(Kind::lose)) {
        auto const from = std::size_t(random_()) % bytes.size();
        bytes.erase(from, 1 + std::size_t(random_()) % 64);
        faults.set(Kind::lose, false);
        ++counts_[std::size_t(Kind::lose)];
    }
}

/// False: the connection is broken.
bool Proxy::take(Pair& pair, bool up) {
    auto& flow = up ? pair.up : pair.down;
    auto& faults = ports_[pair.port].faults;
    std::array<char, piece_bytes> part{};
    auto const size = ::recv(up ? pair.agency : pair.coordinator, part.data(), part.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) {
        flow.ended = true;
        return true;
    }
    std::string bytes(part.data(), std::size_t(size));
    spoil(bytes, faults);
    auto const late =
        faults.is(Kind::delay) ? milliseconds(random_() % std::uint32_t(delay_max.count())) : milliseconds(0);
    auto due = Clock::now() + late;
    if (!flow.waiting.empty()) due = std::max(due, flow.waiting.back().due); // the order stays
    flow.waiting_bytes += bytes.size();
    flow.waiting.push_back({due, std::move(bytes)});
    return true;
}

bool Proxy::give(Pair& pair, bool up, Clock::time_point now) {
    auto& flow = up ? pair.up : pair.down;
    auto const to = up ? pair.coordinator : pair.agency;
    bool const throttled = ports_[pair.port].faults.is(Kind::throttle);
    while (!flow.waiting.empty() && flow.waiting.front().due <= now && (!throttled || flow.next <= now)) {
        auto& bytes = flow.waiting.front().bytes;
        auto const most = throttled ? std::min(throttled_bytes, bytes.size()) : bytes.size();
        auto const sent = ::send(to, bytes.data(), most, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        flow.waiting_bytes -= std::size_t(sent);
        bytes.erase(0, std::size_t(sent));
        if (bytes.empty()) flow.waiting.pop_front();
        if (throttled) flow.next = now + tick;
    }
    if (flow.waiting.empty() && flow.ended && !std::exchange(flow.told, true)) ::shutdown(to, SHUT_WR);
    return true;
}

void Proxy::end(Pair& pair, bool reset) {
    for (auto* const connection : {&pair.agency, &pair.coordinator}) {
        if (*connection < 0) continue;
        if (reset)
            close_with_reset(*connection);
        else
            ::close(*connection);
        *connection = -1;
    }
}

bool Proxy::finished(Pair const& pair) const {
    return pair.agency < 0 || (pair.up.told && pair.down.told);
}

void Proxy::run() {
    for (;;) {
        std::vector<pollfd> polled{{STDIN_FILENO, POLLIN, 0}};
        for (auto const& port : ports_) polled.push_back({port.faults.is(Kind::hold) ? -1 : port.listener, POLLIN, 0});
        for (auto const& pair : pairs_)
            for (bool const up : {true, false}) {
                auto const& flow = up ? pair.up : pair.down;
                bool const reads = !flow.ended && !held(pair, up) && flow.waiting_bytes < waiting_bytes_max;
                polled.push_back({reads ? (up ? pair.agency : pair.coordinator) : -1, POLLIN, 0});
            }
        bool const busy = seed_ || !pairs_.empty();
        if (::poll(polled.data(), polled.size(), busy ? int(tick.count()) : -1) < 0 && errno != EINTR) give_up("poll");
        if (polled[0].revents != 0 && !hear()) return;
        std::size_t at = 1 + ports_.size();
        auto const now = Clock::now();
        for (auto& pair : pairs_) {
            for (bool const up : {true, false}) {
                bool const readable = polled[at++].revents != 0;
                if (pair.agency < 0) continue;
                bool const fine = (!readable || take(pair, up)) && (held(pair, up) || give(pair, up, Clock::now()));
                if (!fine) end(pair, true);
            }
        }
        for (std::size_t i = 0; i < ports_.size(); ++i)
            if (polled[1 + i].revents != 0 && ports_[i].listener >= 0) accept_at(i);
        step_schedule(now);
        pairs_.remove_if([&](Pair& pair) {
            if (finished(pair)) end(pair, false);
            return pair.agency < 0;
        });
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count < 3) {
        std::fputs("usage: fault-proxy TARGET_PORT NAME...\n", stderr);
        return 64;
    }
    auto const target = std::strtoul(arguments[1], nullptr, 10);
    Proxy proxy(static_cast<std::uint16_t>(target), {arguments + 2, arguments + count});
    proxy.run();
}
