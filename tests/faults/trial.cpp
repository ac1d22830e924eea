// log-trial: makes an appender suffer and looks at what it leaves behind. The last line of standard output is a
// summary; the exit code is 1 if anything that was acknowledged is lost or a log does not verify.
//
//   log-trial kill DIRECTORY APPENDER --cycles N [--seed N]     kill -9 at random moments, also while it recovers
//   log-trial faults DIRECTORY APPENDER LIBRARY [--every N]     every N-th call for the disk fails, or is the last one
//   log-trial full DIRECTORY APPENDER --points N                DIRECTORY is all of a small file system, which fills up

#include "acknowledged.hpp"
#include "child.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace {

using namespace fanlight;
using namespace fanlight::faults;
namespace fs = std::filesystem;
using std::chrono::microseconds;

struct Options {
    std::string mode;
    std::vector<std::string> paths; ///< directory, appender, library
    std::uint64_t cycles = 200;
    std::uint64_t seed = 1;
    std::uint64_t every = 1;
    std::uint64_t points = 20;
};

class Trial {
  public:
    explicit Trial(Options options) : options_(std::move(options)), random_(options_.seed) {}
    int kill();
    int faults();
    int full();

  private:
    bool fine(std::string const& where, std::string const& problem);
    std::uint64_t draw(std::uint64_t below);
    std::string hear(Ended const& ended, unsigned run);
    std::string kill_cycle(fs::path const& directory, Acknowledged& acknowledged, unsigned run, bool check);
    std::uint64_t fail_each(std::string const& scene, fs::path const& prepared, std::string const& how,
                            std::string const& kind);
    std::string after_fault(Ended const& ended, fs::path const& directory, Files const& before, bool may_say_nothing);
    std::string fill(fs::path const& directory, std::uint64_t free_bytes, unsigned run, std::uint64_t& refused);
    void count();
    int summary(char const* what);

    Options options_;
    crypto::SeededRandom random_;
    Acknowledged acknowledged_; ///< of the directory at hand
    std::uint64_t leaves_ = 0;
    std::uint64_t recovered_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t failures_ = 0;
};

std::array<std::string, 4> const places{"store", "log", "subject keys", "data directory"};
constexpr std::uint64_t year = 2000;
constexpr std::uint64_t short_year = 275; ///< for a workload of a few batches that turns a year and fills a tile

bool Trial::fine(std::string const& where, std::string const& problem) {
    ++runs_;
    if (problem.empty()) return true;
    ++failures_;
    std::printf("FAILED: %s: %s\n", where.c_str(), problem.c_str());
    return false;
}

std::uint64_t Trial::draw(std::uint64_t below) {
    std::array<std::uint8_t, 4> bytes{};
    random_.fill(bytes);
    std::uint64_t number = 0;
    for (auto const byte : bytes) number = number << 8U | byte;
    return number % below;
}

std::string Trial::hear(Ended const& ended, unsigned run) {
    for (auto const& line : ended.lines)
        if (!acknowledged_.hear(line, run)) return "the appender said: " + line;
    return "";
}

/// The directory at hand, when nothing more happens to it.
void Trial::count() {
    leaves_ += acknowledged_.leaves();
    recovered_ += acknowledged_.recovered();
}

int Trial::summary(char const* what) {
    std::printf("figure: %s of an appending process %llu\n", what, static_cast<unsigned long long>(runs_));
    std::printf("%llu %s, %llu leaves acknowledged, %llu recovered that nobody had acknowledged, %llu failures\n",
                static_cast<unsigned long long>(runs_), what, static_cast<unsigned long long>(leaves_),
                static_cast<unsigned long long>(recovered_), static_cast<unsigned long long>(failures_));
    return failures_ == 0 ? 0 : 1;
}

std::string Trial::kill_cycle(fs::path const& directory, Acknowledged& acknowledged, unsigned run, bool check) {
    constexpr std::array<std::uint64_t, 4> publish_ms{0, 5, 25, 250};
    constexpr std::array<std::uint64_t, 3> batch_max{1, 40, 250};
    // Half of the time while it starts and recovers; otherwise in the midst of its work.
    auto const delay = microseconds(draw(2) == 0 ? draw(25'000) : 10'000 + draw(70'000));
    auto const ended = run_child({options_.paths[1], directory.string(), "--run", std::to_string(run), "--year",
                                  std::to_string(year), "--publish-ms", std::to_string(publish_ms[draw(4)]),
                                  "--batch-max", std::to_string(batch_max[draw(3)])},
                                 {}, delay);
    if (ended.status != 128 + 9) return "it stopped by itself: " + ended.errors;
    if (auto problem = hear(ended, run); !problem.empty()) return problem;
    return check ? acknowledged.check(directory, year, run) : acknowledged.see(directory);
}

/// A new directory after every hundred cycles, or checking all of it each time would be most of the work.
int Trial::kill() {
    constexpr std::uint64_t cycles_a_directory = 100;
    fs::path const directory = fs::path(options_.paths[0]) / "node";
    for (std::uint64_t cycle = 0; cycle < options_.cycles; ++cycle) {
        auto const run = static_cast<unsigned>(cycle % cycles_a_directory);
        if (run == 0) {
            count();
            acknowledged_ = Acknowledged();
            fs::remove_all(directory);
        }
        bool const last = run + 1 == cycles_a_directory || cycle + 1 == options_.cycles;
        auto const problem = kill_cycle(directory, acknowledged_, run, last || draw(2) == 0);
        if (!fine("cycle " + std::to_string(cycle), problem)) break;
        if ((cycle + 1) % 1000 == 0) std::fprintf(stderr, "%llu kills\n", static_cast<unsigned long long>(cycle + 1));
    }
    count();
    return summary("kills");
}

std::string Trial::after_fault(Ended const& ended, fs::path const& directory, Files const& before,
                               bool may_say_nothing) {
    if (auto problem = hear(ended, 1); !problem.empty()) return problem;
    bool const clear = std::ranges::any_of(
        places, [&](std::string const& place) { return ended.errors.find("error: " + place) != std::string::npos; });
    bool const ended_well = ended.status == 0 || ended.status == 137;
    if (!ended_well && !clear) return "status " + std::to_string(ended.status) + ", it said: " + ended.errors;
    if (ended.status == 137 && !may_say_nothing) return "it ended at once";
    auto const left = log_files(directory);
    if (auto problem = nothing_overwritten(before, left); !problem.empty()) return problem;
    if (auto problem = acknowledged_.check(directory, short_year, 2); !problem.empty()) return problem;
    {
        auto node = LoggingNode::open(directory, short_year);
        if (!node) return "starting again: " + describe(node.error());
        for (std::uint64_t const batch : {3U, 70U}) {
            auto const committed = node.value()->commit(batch, 2);
            if (!committed) return "going on: " + describe(committed.error());
            auto const published = node.value()->publish();
            if (!published) return "going on: " + describe(published.error());
        }
    }
    if (auto problem = nothing_overwritten(left, log_files(directory)); !problem.empty()) return problem;
    return acknowledged_.check(directory, short_year, 2);
}

/// How many calls the workload makes.
std::uint64_t Trial::fail_each(std::string const& scene, fs::path const& prepared, std::string const& how,
                               std::string const& kind) {
    fs::path const directory = fs::path(options_.paths[0]) / "node";
    bool const ends = how == "exit" || how == "torn";
    for (std::uint64_t at = 1;; at += options_.every) {
        fs::remove_all(directory);
        if (fs::exists(prepared)) fs::copy(prepared, directory, fs::copy_options::recursive);
        acknowledged_ = Acknowledged();
        auto const before = log_files(directory);
        auto const ended =
            run_child({options_.paths[1], directory.string(), "--run", "1", "--year", std::to_string(short_year),
                       "--batches", "4", "--batch-max", "20", "--publish-every", "2"},
                      {"LD_PRELOAD=" + options_.paths[2], "FAULT_UNDER=" + directory.string(),
                       "FAULT_AT=" + std::to_string(at), "FAULT_HOW=" + how, "FAULT_KIND=" + kind});
        bool const reached = ended.errors.find("injected: ") != std::string::npos;
        auto const where = scene + ", " + how + " at call " + std::to_string(at) + " (" +
                           ended.errors.substr(0, ended.errors.find('\n')) + ")";
        fine(where, after_fault(ended, directory, before, ends));
        count();
        if (!reached) return at - 1;
    }
}

int Trial::faults() {
    fs::path const prepared = fs::path(options_.paths[0]) / "prepared";
    fs::path const nothing = fs::path(options_.paths[0]) / "nothing";
    {
        auto node = LoggingNode::open(prepared, short_year);
        bool const made = node && node.value()->commit(245, 0) && node.value()->publish() && node.value()->commit(7, 0);
        if (!fine("preparing", made ? "" : "a directory without faults")) return summary("faults");
    }
    for (auto const& [scene, start] : {std::pair("first start", nothing), std::pair("a restart", prepared)}) {
        std::uint64_t calls = 0;
        for (auto const* const how : {"EIO", "ENOSPC", "exit"})
            calls = std::max(calls, fail_each(scene, start, how, "any"));
        auto const writes = fail_each(scene, start, "short", "write");
        fail_each(scene, start, "torn", "write");
        std::printf("%s: %llu calls, %llu of them writes\n", scene, static_cast<unsigned long long>(calls),
                    static_cast<unsigned long long>(writes));
    }
    return summary("faults");
}

std::string Trial::fill(fs::path const& directory, std::uint64_t free_bytes, unsigned run, std::uint64_t& refused) {
    auto const ballast = fs::path(options_.paths[0]) / "ballast";
    auto const available = fs::space(options_.paths[0]).available;
    if (available > free_bytes) {
        std::string const block(available - free_bytes, 'x');
        std::ofstream(ballast, std::ios::binary).write(block.data(), static_cast<std::streamsize>(block.size()));
    }
    auto const before = log_files(directory);
    auto const ended = run_child({options_.paths[1], directory.string(), "--run", std::to_string(run), "--year",
                                  std::to_string(year), "--batches", "25", "--publish-every", "3"});
    fs::remove(ballast);
    if (auto problem = hear(ended, run); !problem.empty()) return problem;
    bool const clear = ended.errors.find("isk") != std::string::npos; // "The disk is full", "Is the disk full"
    if (ended.status != 0 && !clear) return "status " + std::to_string(ended.status) + ", it said: " + ended.errors;
    if (ended.status != 0) ++refused;
    if (auto problem = nothing_overwritten(before, log_files(directory)); !problem.empty()) return problem;
    return acknowledged_.check(directory, year, run);
}

int Trial::full() {
    constexpr std::uint64_t step_bytes = 65'536;
    fs::path const directory = fs::path(options_.paths[0]) / "node";
    std::uint64_t refused = 0;
    for (std::uint64_t point = 0; point < options_.points; ++point) {
        auto const free_bytes = point * step_bytes;
        auto const problem = fill(directory, free_bytes, static_cast<unsigned>(point), refused);
        if (!fine(std::to_string(free_bytes) + " bytes free", problem)) break;
    }
    count();
    std::printf("the disk was full at %llu of them\n", static_cast<unsigned long long>(refused));
    if (refused == 0) fine("filling", "the disk was never full");
    return summary("fill points");
}

[[noreturn]] void usage() {
    std::fputs("usage: log-trial kill|faults|full DIRECTORY APPENDER [LIBRARY] [--cycles N] [--seed N] [--every N] "
               "[--points N]\n",
               stderr);
    std::exit(64);
}

Options parse(std::vector<std::string> const& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        auto const& word = arguments[i];
        if (!word.starts_with("--")) {
            if (options.mode.empty())
                options.mode = word;
            else
                options.paths.push_back(word);
            continue;
        }
        if (++i == arguments.size()) usage();
        auto const value = std::strtoull(arguments[i].c_str(), nullptr, 10);
        if (word == "--cycles")
            options.cycles = value;
        else if (word == "--seed")
            options.seed = value;
        else if (word == "--every")
            options.every = std::max(1ULL, value);
        else if (word == "--points")
            options.points = value;
        else
            usage();
    }
    if (options.paths.size() < 2) usage();
    return options;
}

} // namespace

int main(int count, char** arguments) {
    auto const options = parse({arguments + 1, arguments + count});
    Trial trial(options);
    if (options.mode == "kill") return trial.kill();
    if (options.mode == "full") return trial.full();
    if (options.mode != "faults" || options.paths.size() != 3) usage();
    return trial.faults();
}
