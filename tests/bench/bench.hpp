#pragma once
// Measuring: named benches whose figures stand beside a reference that was measured in the same run, so that a figure
// says how far it is from the work that cannot be avoided, on whatever machine and under whatever load.

#include "base/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace fanlight::bench {

struct Figure {
    std::string name;
    double value = 0; ///< the median, if it was measured several times
    std::string unit;
    std::optional<double> beside; ///< in the same unit
    std::string reference;        ///< what `beside` is; printed in the table only
    std::optional<double> best;   ///< the best of several; printed in the table only
};

/// Where a bench puts its figures.
class Report {
  public:
    void add(Figure figure) { figures_.push_back(std::move(figure)); }
    std::vector<Figure> const& figures() const { return figures_; }

  private:
    std::vector<Figure> figures_;
};

/// `directory` is empty, on the disk that is to be measured, and goes away afterwards.
void bench_tokens(Report& report, std::filesystem::path const& directory);
void bench_query(Report& report, std::filesystem::path const& directory);
void bench_import(Report& report, std::filesystem::path const& directory);
void bench_policy(Report& report, std::filesystem::path const& directory);
void bench_log(Report& report, std::filesystem::path const& directory);
void bench_rehearse(Report& report, std::filesystem::path const& directory);
void bench_index(Report& report, std::filesystem::path const& directory);
/// `people`: how many the agency has, at least 1000.
void bench_match(Report& report, std::filesystem::path const& directory, std::size_t people);

/// Seconds.
struct Spread {
    double median = 0;
    double best = 0;
};
Spread spread_of(std::vector<double> samples);

double now_s();
double cpu_s(); ///< of this thread: what the load of other processes does not change
/// By the clock, for what waits for a disk or another process.
template <class Work> double time_of(Work&& work) {
    auto const start = now_s();
    work();
    return now_s() - start;
}
/// For what only computes.
template <class Work> double cpu_time_of(Work&& work) {
    auto const start = cpu_s();
    work();
    return cpu_s() - start;
}

/// One of several pieces of work that are measured by turns, so that whatever slows the machine slows all of them.
struct Work {
    std::function<void()> run;
    std::size_t items = 1; ///< that one run treats
};
/// Seconds of computing for an item, in the order given: by turns until `budget_s` have passed, five rounds at least.
std::vector<Spread> measure(std::vector<Work> const& works, double budget_s);

[[noreturn]] void give_up(char const* what);
/// The value of what cannot fail in a bench; otherwise stops the process with `what`.
template <class T> T must(Result<T> result, char const* what) {
    if (!result) give_up(what);
    if constexpr (!std::is_void_v<T>) return std::move(result).assume_value();
}

} // namespace fanlight::bench
