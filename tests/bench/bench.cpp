// fanlight-bench: runs the named benches and prints their figures, as a table or as one JSON object a line.
// The simulated federation checks itself with Catch2, so everything runs inside one Catch2 test case.

#define CATCH_CONFIG_RUNNER
#include "bench.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace fanlight::bench {

Spread spread_of(std::vector<double> samples) {
    if (samples.empty()) return {};
    std::sort(samples.begin(), samples.end());
    return {samples[samples.size() / 2], samples.front()};
}

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_s() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return double(used.tv_sec) + double(used.tv_nsec) * 1e-9;
}

std::vector<Spread> measure(std::vector<Work> const& works, double budget_s) {
    constexpr std::size_t rounds_min = 5;
    std::vector<std::vector<double>> samples(works.size());
    for (auto const& work : works) work.run(); // caches, lazy initialisation
    auto const end = now_s() + budget_s;
    for (std::size_t round = 0; round < rounds_min || now_s() < end; ++round)
        for (std::size_t i = 0; i < works.size(); ++i)
            samples[i].push_back(cpu_time_of(works[i].run) / static_cast<double>(works[i].items));
    std::vector<Spread> spreads;
    std::transform(samples.begin(), samples.end(), std::back_inserter(spreads), spread_of);
    return spreads;
}

void give_up(char const* what) {
    std::fprintf(stderr, "fanlight-bench: %s\n", what);
    std::exit(70);
}

namespace {

constexpr std::size_t people_least = 1000;
constexpr std::size_t people_most = 3'000'000; // there are no more made-up families

struct Options {
    std::set<std::string> names; ///< none: all that are run by default
    bool json = false;
    std::filesystem::path directory; ///< on the disk to be measured
    std::size_t people = 1'000'000;  ///< of the agency that "match" measures
    std::map<std::string, std::vector<Figure>> measured;
};

std::string machine() {
    std::ifstream cpus("/proc/cpuinfo");
    std::string line;
    std::string model = "unknown processor";
    while (std::getline(cpus, line))
        if (line.rfind("model name", 0) == 0) model = line.substr(line.find(':') + 2);
    utsname system{};
    uname(&system);
    std::array<double, 1> load{};
    getloadavg(load.data(), 1);
    std::ostringstream text;
    text.precision(1);
    text << model << ", " << std::thread::hardware_concurrency() << " cores, "
#ifdef __clang__
         << "clang "
#else
         << "g++ "
#endif
         << __VERSION__ << ", preset " << FANLIGHT_PRESET << ", " << static_cast<char const*>(system.sysname) << ' '
         << static_cast<char const*>(system.release) << ", load " << std::fixed << load[0];
    return text.str();
}

std::string fixed(double value, int places) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", places, value);
    return text.data();
}

void print_json(std::string_view bench, Figure const& figure) {
    auto const text = [](std::string_view value) { return boost::json::serialize(boost::json::string(value)); };
    constexpr int places = 4; // never an exponent, which not every reader of such lines takes
    std::cout << "{\"bench\":" << text(bench) << ",\"figure\":" << text(figure.name)
              << ",\"value\":" << fixed(figure.value, places) << ",\"unit\":" << text(figure.unit)
              << ",\"beside\":" << (figure.beside ? fixed(*figure.beside, places) : "null") << "}" << std::endl;
}

/// Three digits that count.
std::string digits(double value) {
    auto const size = std::abs(value);
    return fixed(value, size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

void print_table(std::string_view bench, std::vector<Figure> const& figures) {
    std::printf("\n%s\n", std::string(bench).c_str());
    std::printf("  %-58s %10s %10s %-9s %10s %6s  %s\n", "figure", "value", "best", "unit", "beside", "ratio", "");
    for (auto const& figure : figures) {
        auto const best = figure.best ? digits(*figure.best) : "";
        auto const beside = figure.beside ? digits(*figure.beside) : "";
        auto const ratio = figure.beside && *figure.beside > 0 ? digits(figure.value / *figure.beside) : "";
        std::printf("  %-58s %10s %10s %-9s %10s %6s  %s\n", figure.name.c_str(), digits(figure.value).c_str(),
                    best.c_str(), figure.unit.c_str(), beside.c_str(), ratio.c_str(), figure.reference.c_str());
    }
    std::fflush(stdout);
}

/// Lines of "bench TAB figure TAB value TAB unit TAB beside or empty TAB what that is".
void read_measured(std::string const& path, Options& options) {
    std::ifstream file(path);
    if (!file) give_up("cannot read the file that --measured names");
    std::string line;
    while (std::getline(file, line)) {
        std::vector<std::string> fields(1);
        for (auto const letter : line) {
            if (letter == '\t')
                fields.emplace_back();
            else
                fields.back() += letter;
        }
        if (fields.size() != 6) give_up("--measured: a line has not six fields");
        Figure figure{fields[1], std::strtod(fields[2].c_str(), nullptr), fields[3], std::nullopt, fields[5], {}};
        if (!fields[4].empty()) figure.beside = std::strtod(fields[4].c_str(), nullptr);
        options.measured[fields[0]].push_back(std::move(figure));
    }
}

Options& options() {
    static Options chosen;
    return chosen;
}

using Run = void (*)(Report&, std::filesystem::path const&);
struct Bench {
    char const* name;
    Run run;                ///< none: its figures come from running programs (scripts/bench measures them)
    bool by_default = true; ///< otherwise it is run only when it is named: it takes long
};
void run_match(Report& report, std::filesystem::path const& directory) {
    bench_match(report, directory, options().people);
}
std::vector<Bench> const& benches() {
    static std::vector<Bench> const all = {
        {"tokens", bench_tokens},      {"query", bench_query},      {"import", bench_import},
        {"policy", bench_policy},      {"log", bench_log},          {"memory", nullptr},
        {"index", bench_index, false}, {"match", run_match, false}, {"rehearse", bench_rehearse, false}};
    return all;
}

[[noreturn]] void usage() {
    std::fputs(
        "usage: fanlight-bench [NAME...] [--json] [--dir DIRECTORY] [--measured FILE] [--people N]\n"
        "NAME: tokens query import policy log memory; only when named: index (3.5 minutes, 1.1 GB of disk), match (8 "
        "minutes, 2.4 GB of disk), rehearse (3 minutes, 1 GB of disk)\n"
        "--people: how many the agency of match has, from 1000; 1000000 if it is not given\n",
        stderr);
    std::exit(64);
}

std::size_t people_in(std::string const& text) {
    auto const people = std::strtoul(text.c_str(), nullptr, 10);
    if (people < people_least || people > people_most) usage();
    return people;
}

void parse(std::vector<std::string> const& arguments) {
    auto& chosen = options();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        auto const& argument = arguments[i];
        bool const followed = i + 1 < arguments.size();
        auto const known =
            std::any_of(benches().begin(), benches().end(), [&](auto const& bench) { return argument == bench.name; });
        if (known)
            chosen.names.insert(argument);
        else if (argument == "--json")
            chosen.json = true;
        else if (argument == "--dir" && followed)
            chosen.directory = arguments[++i];
        else if (argument == "--people" && followed)
            chosen.people = people_in(arguments[++i]);
        else if (argument == "--measured" && followed)
            read_measured(arguments[++i], chosen);
        else
            usage();
    }
    if (chosen.directory.empty()) chosen.directory = std::filesystem::current_path();
}

void run(Bench const& bench) {
    Report report;
    if (bench.run != nullptr) {
        auto place = (options().directory / "fanlight-bench.XXXXXX").string();
        if (mkdtemp(place.data()) == nullptr) give_up("cannot make a directory to measure in");
        bench.run(report, place);
        std::error_code ignored;
        std::filesystem::remove_all(place, ignored);
    }
    for (auto const& figure : options().measured[bench.name]) report.add(figure);
    if (!options().json) return print_table(bench.name, report.figures());
    for (auto const& figure : report.figures()) print_json(bench.name, figure);
}

TEST_CASE("bench") {
    auto const& chosen = options();
    if (chosen.json)
        print_json("machine", {machine(), double(std::thread::hardware_concurrency()), "cores", {}, "", {}});
    else
        std::printf("%s\n", machine().c_str());
    for (auto const& bench : benches())
        if (chosen.names.empty() ? bench.by_default : chosen.names.contains(bench.name)) run(bench);
}

} // namespace

} // namespace fanlight::bench

int main(int count, char** arguments) {
    using namespace fanlight::bench;
    parse({arguments + 1, arguments + count});
    // What Catch2 says goes to a file, and to people only when a check of the simulation failed.
    auto const failures = std::filesystem::temp_directory_path() / ("fanlight-bench." + std::to_string(getpid()));
    int status = 0;
    {
        Catch::Session session;
        session.configData().outputFilename = failures.string();
        status = session.run();
    }
    if (status != 0) std::cerr << std::ifstream(failures).rdbuf();
    std::error_code ignored;
    std::filesystem::remove(failures, ignored);
    return status == 0 ? 0 : 70;
}
