#include "peers.hpp"

#include "bench.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sched.h>

namespace fanlight::bench {

namespace {

constexpr auto place = FANLIGHT_SOURCE_DIR "/tests/bench/peers";

std::vector<PeerFigure> skip(char const* why) {
    std::fprintf(stderr, "SKIPPED: %s: the figures beside psi.js, voprf-ts and noble are missing\n", why);
    return {};
}

std::string text_of(std::string const& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The first that this process may use.
int core() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        for (int i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(static_cast<std::size_t>(i), &allowed)) return i;
    return 0;
}

PeerFigure figure_of(std::string const& line) {
    boost::system::error_code error;
    auto const value = boost::json::parse(line, error);
    if (error || !value.is_object()) give_up("peers.mjs printed what is not a figure");
    auto const& object = value.as_object();
    auto const text = [&](char const* key) { return std::string(object.at(key).as_string()); };
    auto const seconds = [&](char const* key) { return object.at(key).to_number<double>() * 1e-6; };
    return {text("peer"), text("version"), text("step"), seconds("value"), seconds("best")};
}

} // namespace

std::vector<PeerFigure> measure_peers(double seconds) {
    // What scripts/setup installs, it marks with the lock file that it installed from.
    auto const lock = text_of(std::string(place) + "/package-lock.json");
    if (lock.empty() || lock != text_of(std::string(place) + "/node_modules/.installed-lock"))
        return skip("the packages of tests/bench/peers are not here");
    auto const command = "taskset -c " + std::to_string(core()) + " node '" + std::string(place) + "/peers.mjs' " +
                         std::to_string(seconds);
    auto* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return skip("no shell");
    std::vector<PeerFigure> figures;
    std::string line;
    for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe)) {
        if (letter != '\n') {
            line += static_cast<char>(letter);
            continue;
        }
        figures.push_back(figure_of(line));
        line.clear();
    }
    if (pclose(pipe) != 0) return skip("Node.js 20.19 or newer did not run peers.mjs");
    return figures;
}

} // namespace fanlight::bench
