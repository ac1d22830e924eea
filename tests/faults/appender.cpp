// log-appender: appends to the log of a directory until it is killed or has done its batches. On standard output, a
// line each, flushed: "holds YEAR SIZE" for every log once it has recovered, then "acked YEAR SIZE" after each durable
// commit. After an error: "error: WHERE" on standard error and its exit code.
//
//   log-appender DIRECTORY --run N [--batches N] [--batch-max N] [--publish-ms N | --publish-every N] [--year N]

#include "logging_node.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace fanlight;
using namespace fanlight::faults;
using std::chrono::steady_clock;

struct Options {
    std::filesystem::path directory;
    unsigned run = 0; ///< every leaf says which run made it
    std::uint64_t batches = ~0ULL;
    std::uint64_t batch_max = 40;
    std::uint64_t publish_ms = 250;  ///< the directory is behind the store for at most so long
    std::uint64_t publish_every = 0; ///< instead: after so many batches
    std::uint64_t year = 2000;       ///< leaves that make a year
};

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        std::string_view const name = arguments[i];
        if (!name.starts_with("--")) {
            options.directory = name;
            continue;
        }
        auto const value = i + 1 < count ? std::strtoull(arguments[++i], nullptr, 10) : 0;
        if (name == "--run") options.run = static_cast<unsigned>(value);
        if (name == "--batches") options.batches = value;
        if (name == "--batch-max") options.batch_max = value;
        if (name == "--publish-ms") options.publish_ms = value;
        if (name == "--publish-every") options.publish_every = value;
        if (name == "--year") options.year = value;
    }
    return options;
}

void say(char const* what, int year, std::uint64_t size) {
    std::printf("%s %d %llu\n", what, year, static_cast<unsigned long long>(size));
    std::fflush(stdout);
}

Result<void> append(Options const& options) {
    FANLIGHT_TRY(auto const node, LoggingNode::open(options.directory, options.year));
    FANLIGHT_TRY(auto const sizes, node->sizes());
    for (auto const& [year, size] : sizes) say("holds", year, size);
    crypto::SeededRandom random(options.run);
    auto published = steady_clock::now();
    for (std::uint64_t batch = 1; batch <= options.batches; ++batch) {
        std::array<std::uint8_t, 1> draw{};
        random.fill(draw);
        FANLIGHT_TRY(node->commit(draw[0] % options.batch_max + 1, options.run));
        say("acked", node->year(), node->size());
        auto const due = options.publish_every != 0
                             ? batch % options.publish_every == 0
                             : steady_clock::now() - published >= std::chrono::milliseconds(options.publish_ms);
        if (!due) continue;
        FANLIGHT_TRY(node->publish());
        published = steady_clock::now();
    }
    return node->publish();
}

} // namespace

int main(int count, char** arguments) {
    auto const done = append(parse(count, arguments));
    if (done) return 0;
    std::fprintf(stderr, "error: %s\n", describe(done.error()).c_str());
    return exit_code(done.error().code);
}
