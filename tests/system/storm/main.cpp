// fanlight-simulator: plays stories, one for each seed, until it is told to stop or a promise is broken. A seed that
// breaks one is cut down to the shortest story that does, and printed so that it can be played again.

#include "crypto/secret.hpp"
#include "crypto/text.hpp"
#include "tests/system/storm/shrink.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace {

using namespace fanlight;
using namespace fanlight::simulation;

std::uint64_t seed_now = 0;

/// A defect may end the process: then at least the seed is known.
extern "C" void say_seed(int signal) {
    char text[80];
    auto const length = std::snprintf(text, sizeof text, "FAILED: seed %llu ended the process by signal %d\n",
                                      static_cast<unsigned long long>(seed_now), signal);
    if (length > 0) static_cast<void>(!::write(STDOUT_FILENO, text, static_cast<std::size_t>(length)));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

struct Options {
    std::uint64_t first = 1;
    std::uint64_t count = 100;
    double seconds = 0; ///< 0: until `count`
    std::uint64_t twins_every = 20;
    unsigned failures_max = 1;
    std::vector<std::string> stories;
    bool show = false;
    bool tell = false;
    bool digest = false;
    bool shrinks = true;
    bool json = false;
};

struct Totals {
    std::uint64_t seeds = 0;
    std::uint64_t twins = 0;
    Outcome sum;
    unsigned failures = 0;
    double seconds = 0;
};

void add(Totals& totals, Outcome const& outcome) {
    for (std::size_t i = 0; i < deed_kinds; ++i) totals.sum.hits[i] += outcome.hits[i];
    totals.sum.steps += outcome.steps;
    totals.sum.frames += outcome.frames;
    totals.sum.families += outcome.families;
    totals.sum.simulated += outcome.simulated;
}

void report(Options const& options, Story const& story, Outcome const& outcome, bool twins) {
    auto const& failure = *outcome.failure;
    std::printf("FAILED: seed %llu%s after %.3f s: %s\n", static_cast<unsigned long long>(story.seed),
                twins ? " with its twin" : "", static_cast<double>(failure.at.count()) / 1000, failure.text.c_str());
    std::fflush(stdout);
    if (twins || !options.shrinks) return;
    auto const shortest = shrink(story, failure.promise);
    auto const again = play(shortest);
    std::printf("The shortest story found that breaks it:\n%s%s\n", to_text(shortest).c_str(),
                again.failure ? ("-> " + again.failure->text).c_str() : "-> it holds when played again: a defect");
    std::fflush(stdout);
}

void play_one(Options const& options, Story const& story, Totals& totals) {
    seed_now = story.seed;
    if (options.show) std::printf("%s", to_text(story).c_str());
    auto const tell = [](std::string const& line) { std::printf("  %s\n", line.c_str()); };
    auto const outcome = options.tell ? play(story, tell) : play(story);
    add(totals, outcome);
    ++totals.seeds;
    if (options.digest)
        std::printf("seed %llu %s\n", static_cast<unsigned long long>(story.seed),
                    crypto::to_hex(outcome.digest.view()).c_str());
    if (outcome.failure) {
        ++totals.failures;
        return report(options, story, outcome, false);
    }
    if (options.twins_every == 0 || story.seed % options.twins_every != 0) return;
    ++totals.twins;
    auto const twins = play_twins(story);
    if (!twins.failure) return;
    ++totals.failures;
    report(options, story, twins, true);
}

void print(Options const& options, Totals const& totals) {
    auto const simulated = static_cast<double>(totals.sum.simulated.count()) / 3'600'000;
    auto const per_hour = totals.seconds > 0 ? static_cast<double>(totals.seeds) * 3600 / totals.seconds : 0;
    auto const number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    if (options.json) {
        std::printf("{\"seeds\":%llu,\"twins\":%llu,\"failures\":%u,\"seconds\":%.1f,\"seeds_per_hour\":%.0f,"
                    "\"simulated_hours\":%.1f,\"steps\":%llu,\"frames\":%llu,\"families\":%llu,\"hits\":{",
                    number(totals.seeds), number(totals.twins), totals.failures, totals.seconds, per_hour, simulated,
                    number(totals.sum.steps), number(totals.sum.frames), number(totals.sum.families));
        for (std::size_t i = 0; i < deed_kinds; ++i)
            std::printf("%s\"%s\":%llu", i == 0 ? "" : ",", name(static_cast<DeedKind>(i)), number(totals.sum.hits[i]));
        std::printf("}}\n");
        return;
    }
    std::printf("%llu seeds, %llu with a twin, in %.1f s: %.0f an hour; %.1f hours simulated, %llu steps, %llu frames, "
                "%llu families asked\n",
                number(totals.seeds), number(totals.twins), totals.seconds, per_hour, simulated,
                number(totals.sum.steps), number(totals.sum.frames), number(totals.sum.families));
    for (std::size_t i = 0; i < deed_kinds; ++i)
        if (totals.sum.hits[i] != 0 || totals.seeds >= 100)
            std::printf("  %-28s %llu\n", name(static_cast<DeedKind>(i)), number(totals.sum.hits[i]));
    std::printf("%u failures\n", totals.failures);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Plays whole federations under faults, one for each seed, and checks what must always hold.\n"
                 "  fanlight-simulator --count 200             seeds 1 to 200\n"
                 "  fanlight-simulator --from 17 --count 1 --show\n"
                 "  fanlight-simulator --story FILE            a story as it was printed\n"
                 "Exit code 0: every promise held; 1: one was broken.");
    app.add_option("--from", options.first, "The first seed")->capture_default_str();
    app.add_option("--count", options.count, "How many seeds")->capture_default_str();
    app.add_option("--seconds", options.seconds, "Stop after so long, whatever --count says");
    app.add_option("--twins-every", options.twins_every,
                   "Play every so-manieth seed twice, with and without records at the refuge; 0: never")
        ->capture_default_str();
    app.add_option("--failures", options.failures_max, "Stop after so many failures")->capture_default_str();
    app.add_option("--story", options.stories, "Play these stories");
    app.add_flag("--show", options.show, "Print each story before it is played");
    app.add_flag("--tell", options.tell, "Print each message as it leaves, and each refusal");
    app.add_flag("--digest", options.digest, "Print a hash of everything that was sent: the same for the same seed");
    app.add_flag("!--whole", options.shrinks, "Do not cut a failing story short");
    app.add_flag("--json", options.json, "The totals as JSON");
    CLI11_PARSE(app, argc, argv);
    for (auto const signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, say_seed);
    crypto::start_library();

    Totals totals;
    auto const began = std::chrono::steady_clock::now();
    auto const elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    };
    for (auto const& path : options.stories) {
        std::ifstream file(path);
        std::string const text{std::istreambuf_iterator<char>(file), {}};
        auto const story = parse_story(text);
        if (!story) {
            std::fprintf(stderr, "%s: %s\n", path.c_str(), describe(story.error()).c_str());
            return 65;
        }
        play_one(options, story.value(), totals);
    }
    if (options.stories.empty()) {
        for (std::uint64_t i = 0; i < options.count && totals.failures < options.failures_max; ++i) {
            if (options.seconds > 0 && elapsed() > options.seconds) break;
            play_one(options, story_of(options.first + i), totals);
        }
    }
    totals.seconds = elapsed();
    print(options, totals);
    return totals.failures == 0 ? 0 : 1;
}
