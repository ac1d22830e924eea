// What takes long says on standard error how far it is. No node, no store, no network: the key is made here and dies
// with the process.

#include "admin-cli/match_trial.hpp"

#include "admin-cli/match_files.hpp"
#include "admin-cli/output.hpp"

#include <chrono>
#include <cstdio>
#include <unistd.h>

namespace fanlight::cli {

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr auto between_lines = std::chrono::seconds(10); // where nobody looks on
constexpr auto between_looks = std::chrono::milliseconds(200);

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

crypto::OprfKey fresh_key(crypto::Random& random) {
    for (;;) {
        auto const blind = crypto::random_blind(random); // uniform, and not zero, as a key is
        if (auto key = crypto::parse_oprf_key(blind.reveal())) return std::move(key).assume_value();
    }
}

bool is_same_file(fs::path const& one, fs::path const& other) {
    std::error_code problem;
    return fs::equivalent(one, other, problem) && !problem;
}

} // namespace

/// One step of the work: its time into the report, its progress to standard error.
class MatchRunner::Step {
  public:
    Step(MatchReport& report, std::string name, std::uint64_t people)
        : report_(report), name_(std::move(name)), people_(people), start_(Clock::now()), said_(start_),
          on_terminal_(::isatty(STDERR_FILENO) == 1) {}
    Step(Step const&) = delete;
    Step& operator=(Step const&) = delete;
    ~Step() {
        if (dirty_ && on_terminal_) std::fprintf(stderr, "\r\x1b[K");
        auto const seconds = seconds_since(start_);
        for (auto& step : report_.steps) {
            if (step.name != name_) continue;
            step.seconds += seconds;
            step.people += people_;
            return;
        }
        report_.steps.push_back({name_, seconds, people_});
    }
    void show(std::size_t done) {
        auto const now = Clock::now();
        if (now - said_ < (on_terminal_ ? Clock::duration(between_looks) : Clock::duration(between_lines))) return;
        said_ = now;
        dirty_ = true;
        auto const rate = static_cast<double>(done) / std::max(seconds_since(start_), 1e-3);
        auto const left = static_cast<double>(people_ - std::min<std::uint64_t>(done, people_)) / std::max(rate, 1e-3);
        std::fprintf(stderr, "%s%s: %zu of %llu people, %.0f a second, %.0f s left%s", on_terminal_ ? "\r\x1b[K" : "",
                     name_.c_str(), done, static_cast<unsigned long long>(people_), rate, left,
                     on_terminal_ ? "" : "\n");
    }

  private:
    MatchReport& report_;
    std::string name_;
    std::uint64_t people_;
    Clock::time_point start_;
    Clock::time_point said_;
    bool on_terminal_;
    bool dirty_ = false;
};

MatchRunner::MatchRunner(bool fast, MatchReport& report)
    : report_(report), parallel_(workers_.parallel()), key_(fresh_key(random_)) {
    report_.real_tokens = !fast;
    if (fast)
        source_ = std::make_unique<protocol::HashedTokens>();
    else
        source_ = std::make_unique<protocol::EvaluatedTokens>(key_, random_);
}

int MatchRunner::run(MatchFiles const& files, MatchTrial& trial, protocol::TrialPoints const* by) {
    if (auto const code = read(files, trial, by); code != 0) return code;
    auto const asked = ask(trial);
    return asked ? 0 : report(asked.assume_error());
}

int MatchRunner::read(MatchFiles const& files, MatchTrial& trial, protocol::TrialPoints const* by) {
    if (files.right.empty() || files.right.size() > match_files_max)
        return report({Errc::malformed, "--right", "Give one file or several, at most 8."});
    MatchReading left_reading;
    MatchReading right_reading;
    if (auto const code = read_match_map(files.map, files.truth, files.family, left_reading); code != 0) return code;
    auto const& right_map = files.right_map.empty() ? files.map : files.right_map;
    if (auto const code = read_match_map(right_map, files.truth, files.family, right_reading); code != 0) return code;

    std::vector<protocol::TrialRow> left;
    std::vector<std::vector<protocol::TrialRow>> right(files.right.size());
    std::vector<std::vector<protocol::TrialRow>*> others;
    {
        Step const step(report_, "read", 0);
        if (auto const code = read_match_rows(files.left, left_reading, left); code != 0) return code;
        for (std::size_t i = 0; i < right.size(); ++i) {
            if (auto const code = read_match_rows(files.right[i], right_reading, right[i]); code != 0) return code;
            others.push_back(&right[i]);
        }
    }
    if (files.limit != 0) keep_some(files.limit, left, others);
    if (left.empty()) return report({Errc::malformed, "--limit", "Nobody is left. Every family is larger. Raise it."});
    report_.map = files.map.filename().string();
    report_.left = files.left.filename().string();
    report_.left_rows = left.size();
    report_.limited_to = files.limit;

    auto const grouping = [](MatchReading const& reading, bool within) {
        if (reading.map.has(node::CsvField::family_id)) return protocol::Grouping::by_household_id;
        return within ? protocol::Grouping::alone : protocol::Grouping::by_premises;
    };
    bool any_within = false;
    for (auto const& file : files.right) any_within = any_within || is_same_file(files.left, file);
    auto people = left.size();
    for (auto const* rows : others) people += rows->size();
    Step const step(report_, "standardise", people);
    trial.left = protocol::prepare_trial(std::move(left), protocol::TrialSide::asks, grouping(left_reading, any_within),
                                         parallel_, by);
    if (trial.left.same) report_.left_duplicates.add(*trial.left.same);
    std::vector<protocol::TrialFile*> prepared;
    for (std::size_t i = 0; i < right.size(); ++i) {
        bool const within = is_same_file(files.left, files.right[i]);
        trial.right.push_back(std::make_unique<protocol::TrialFile>(protocol::prepare_trial(
            std::move(right[i]), protocol::TrialSide::holds, grouping(right_reading, within), parallel_, by)));
        if (auto const& same = trial.right.back()->same) report_.right_duplicates.add(*same);
        prepared.push_back(trial.right.back().get());
        trial.asked.push_back({{trial.left, *trial.right.back(), within}, {}});
        report_.files.push_back({files.right[i].filename().string(), {}});
    }
    if (files.family.empty()) protocol::families_from_households(trial.left, prepared);
    return 0;
}

Result<void> MatchRunner::ask(MatchTrial& trial) {
    auto const people = trial.left.rows.size();
    protocol::AskedTokens tokens;
    {
        Step step(report_, "tokens to ask", people);
        protocol::TrialProgress const progress = [&step](std::size_t done) { step.show(done); };
        FANLIGHT_TRY(auto made, protocol::tokens_of_asked(trial.left, {*source_, parallel_, progress}));
        tokens = std::move(made);
    }
    count(tokens);
    for (std::size_t i = 0; i < trial.asked.size(); ++i) {
        auto& [one, queries] = trial.asked[i];
        FANLIGHT_TRY(auto const agency, PartyId::parse("agency-" + std::to_string(i + 1)));
        protocol::EnrolledFile enrolled;
        {
            Step step(report_, "enrol", one.right.rows.size());
            protocol::TrialProgress const progress = [&step](std::size_t done) { step.show(done); };
            FANLIGHT_TRY(auto made, protocol::enrol_file(one.right, agency, {*source_, parallel_, progress}));
            enrolled = std::move(made);
        }
        Step step(report_, "ask and compare", people);
        protocol::TrialProgress const progress = [&step](std::size_t done) { step.show(done); };
        queries = protocol::ask(one, tokens, enrolled, agency, parallel_, progress);
    }
    return ok();
}

void MatchRunner::count(protocol::AskedTokens const& asked) {
    for (auto const& person : asked.people) {
        report_.anchors.add(person.anchors);
        report_.components.add(person.components);
        report_.evaluations.add(person.tokens.size());
    }
}

} // namespace fanlight::cli
