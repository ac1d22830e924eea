// Verbs of matching: evaluate, learn. They need no node and change nothing but the file of --out.

#include "admin-cli/match_trial.hpp"
#include "admin-cli/output.hpp"
#include "node/import/points_file.hpp"
#include "node/offline/files.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t pairs_shown_max = 200; // by --show

int report_in(std::filesystem::path const& file, Error const& error) {
    auto const code = report(error);
    std::fprintf(stderr, "  (in %s)\n", file.c_str());
    return code;
}

int usage(char const* text) {
    std::fprintf(stderr, "fanlight: %s\n", text);
    return 64; // EX_USAGE
}

protocol::TrialLearnSettings settings_of(LearnOptions const& options) {
    protocol::LearnSettings const one{options.ridge, options.keep_from};
    return {options.precision, one, one};
}

int read_points(std::filesystem::path const& file, node::PointsFile& points) {
    auto const bytes = node::read_small_file(file, node::points_file_bytes_max, "points file");
    if (!bytes) return report_in(file, bytes.assume_error());
    auto parsed = node::parse_points(as_text(bytes.assume_value()));
    if (!parsed) return report_in(file, parsed.assume_error());
    points = std::move(parsed).assume_value();
    return 0;
}

/// Learns from the files; what they say themselves is not part of a later report.
int learn_from(MatchFiles const& files, LearnOptions const& options, protocol::Learnt& learnt) {
    MatchReport unused;
    MatchRunner runner(true, unused);
    MatchTrial trial;
    if (auto const code = runner.run(files, trial, nullptr); code != 0) return code;
    auto made = protocol::learn_trials(trial.asked, settings_of(options));
    if (!made) return report(made.assume_error());
    learnt = std::move(made).assume_value();
    return 0;
}

int take_points(MatchEvaluateOptions const& options, node::PointsFile& points) {
    if (!options.points.empty()) return read_points(options.points, points);
    if (!options.agreement.empty()) return read_points(options.agreement, points);
    auto files = options.files;
    files.left = options.train_left;
    files.right = options.train_right;
    files.limit = 0;
    protocol::Learnt learnt;
    if (auto const code = learn_from(files, options.settings, learnt); code != 0) return code;
    points = {protocol::matching_version, learnt.thresholds, std::move(learnt.points)};
    return 0;
}

std::string described(protocol::TrialRow const& row) {
    auto const& identity = row.identity;
    std::string text = row.id + ":";
    for (auto const& name : identity.names)
        text += " " + name.forename + "|" + name.middle_names + "|" + name.surname + ";";
    text += identity.date_of_birth ? " " + to_text(*identity.date_of_birth) : " no date";
    for (auto const& place : identity.addresses)
        text +=
            "; " + place.premises + "|" + place.street + "|" + place.locality + "|" + place.postcode + "|" + place.uprn;
    return text + "; " + identity.nhs_number + "|" + identity.upn + "|" + identity.agreed_number;
}

void show_pair(protocol::Trial const& trial, char const* what, protocol::TrialRowNumber left, std::size_t right,
               protocol::Candidate const* candidate) {
    std::string text =
        std::string(what) + (candidate == nullptr ? "" : ", " + std::to_string(candidate->points)) + "\n";
    text += "  " + described(trial.left.rows[left]) + "\n  " + described(trial.right.rows[right]) + "\n";
    if (candidate != nullptr) text += "  " + protocol::in_words(candidate->levels) + "\n";
    print(text);
}

void show_wrong(protocol::AskedTrial const& asked, std::size_t& room) {
    for (auto const& query : asked.queries)
        for (auto const& slot : query.slots)
            for (auto const& candidate : slot.candidates) {
                if (candidate.match == protocol::Match::none || is_same(asked.trial, slot, candidate.row)) continue;
                if (room == 0) return;
                --room;
                show_pair(asked.trial, candidate.match == protocol::Match::sure ? "sure and wrong" : "unsure and wrong",
                          slot.row, static_cast<std::size_t>(candidate.row), &candidate);
            }
}

void show_missed(protocol::AskedTrial const& asked, std::size_t& room) {
    auto const& right = asked.trial.right.rows;
    std::unordered_map<std::string, std::vector<std::size_t>> by_truth;
    for (std::size_t row = 0; row < right.size(); ++row) by_truth[right[row].truth].push_back(row);
    for (auto const& query : asked.queries)
        for (auto const& slot : query.slots)
            for (auto const row : by_truth[asked.trial.left.rows[slot.row].truth]) {
                if (asked.trial.within && row <= slot.row) continue;
                protocol::Candidate const* found = nullptr;
                for (auto const& candidate : slot.candidates)
                    if (static_cast<std::size_t>(candidate.row) == row) found = &candidate;
                if (found != nullptr && found->match == protocol::Match::sure) continue;
                if (room == 0) return;
                --room;
                auto const* const what = found == nullptr                          ? "not retrieved"
                                         : found->match == protocol::Match::unsure ? "only unsure"
                                                                                   : "not shown";
                show_pair(asked.trial, what, slot.row, row, found);
            }
}

int check(MatchEvaluateOptions const& options) {
    bool const training = !options.train_left.empty() || !options.train_right.empty();
    auto const ways = int(!options.points.empty()) + int(!options.agreement.empty()) + int(training);
    if (ways != 1) return usage("Give one of --points, --agreement, or --train-left with --train-right.");
    if (training && (options.train_left.empty() || options.train_right.empty()))
        return usage("--train-left and --train-right go together.");
    if (!options.show.empty() && options.show != "wrong" && options.show != "missed")
        return usage("--show is wrong or missed.");
    if (!options.show.empty() && !options.not_real_people)
        return usage("--show prints people. Give --i-know-these-are-not-real-people if they are made up.");
    return 0;
}

} // namespace

int match_evaluate(Common const& common, MatchEvaluateOptions const& options) {
    if (auto const code = check(options); code != 0) return code;
    node::PointsFile file;
    if (auto const code = take_points(options, file); code != 0) return code;
    file.thresholds.forename_veto = !options.no_forename_veto;
    auto const points = protocol::Points::parse(file.points);
    if (!points) return report(points.assume_error());

    MatchReport said;
    said.thresholds = file.thresholds;
    said.features = file.points.size();
    MatchRunner runner(options.fast, said);
    MatchTrial trial;
    protocol::TrialPoints const by{points.assume_value(), file.thresholds};
    if (auto const code = runner.run(options.files, trial, &by); code != 0) return code;
    auto const start = std::chrono::steady_clock::now();
    for (auto& asked : trial.asked)
        protocol::judge_trial(asked.trial, asked.queries, points.assume_value(), file.thresholds);
    said.steps.push_back({"judge", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                          trial.left.rows.size() * trial.asked.size()});
    for (std::size_t i = 0; i < trial.asked.size(); ++i)
        said.files[i].figures = protocol::measure(trial.asked[i].trial, trial.asked[i].queries);
    if (common.json)
        print_json(match_json(said));
    else
        print(match_text(said));
    auto room = pairs_shown_max;
    for (auto const& asked : trial.asked) {
        if (options.show == "wrong") show_wrong(asked, room);
        if (options.show == "missed") show_missed(asked, room);
    }
    return 0;
}

int match_learn(Common const& common, MatchLearnOptions const& options) {
    auto const out = std::filesystem::absolute(options.out);
    std::error_code problem;
    if (!std::filesystem::is_directory(out.parent_path(), problem) || std::filesystem::is_directory(out, problem))
        return report_in(out, {Errc::missing, "file of --out", "Give a file in a directory that is there."});
    protocol::Learnt learnt;
    if (auto const code = learn_from(options.files, options.settings, learnt); code != 0) return code;
    auto const& counts = learnt.cross_validated;
    std::vector<std::string> const comments = {
        "Points of matching, learnt from " + std::to_string(learnt.pairs_same) +
            " pairs of records of one person and " + std::to_string(learnt.pairs_different) + " of different people",
        "(" + std::to_string(learnt.people) + " times somebody was asked about). Holds no personal data.",
        "Judged by what the other half of the families taught: " + std::to_string(counts.sure_true) +
            " sure and right, " + std::to_string(counts.sure_wrong) + " sure and wrong.",
        "Made by: " + options.command,
    };
    auto const text = node::points_text({protocol::matching_version, learnt.thresholds, learnt.points}, comments);
    if (auto const written = node::replace_file(out, as_bytes(text), "file of --out"); !written)
        return report_in(out, written.assume_error());
    if (common.json)
        print_json(learnt_json(learnt));
    else
        print(learnt_text(learnt) + "Written: " + options.out.string() + "\n");
    return 0;
}

} // namespace fanlight::cli
