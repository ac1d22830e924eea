// Ratios are made here, from counts. What each figure means: docs/matching.md.

#include "admin-cli/match_report.hpp"

#include <boost/json.hpp>

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;
using protocol::Figures;

namespace {

constexpr double million = 1e6;

double per(std::uint64_t part, std::uint64_t whole, double of = 1) {
    return whole == 0 ? 0 : of * static_cast<double>(part) / static_cast<double>(whole);
}

[[gnu::format(printf, 1, 2)]] std::string line(char const* format, ...) {
    std::array<char, 400> text{};
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    return text.data();
}
unsigned long long number(std::uint64_t value) {
    return value;
}

json::object json_of(protocol::PairCounts const& counts) {
    return {{"true_positive", counts.true_positive},
            {"false_positive", counts.false_positive},
            {"false_negative", counts.false_negative},
            {"precision", counts.precision()},
            {"recall", counts.recall()},
            {"f1", counts.f1()}};
}

json::object json_of(protocol::AbsentCounts const& counts) {
    return {{"people", counts.people},
            {"sure", counts.sure},
            {"unsure", counts.unsure},
            {"sure_per_1000", per(counts.sure, counts.people, 1000)},
            {"unsure_per_1000", per(counts.unsure, counts.people, 1000)}};
}

std::uint32_t rows_for_goes_to(double rows) {
    return static_cast<std::uint32_t>(std::min(rows, 4e9));
}

char const* carries(protocol::AnchorKind kind) {
    switch (protocol::rule_of(kind).salt) {
    case protocol::Salt::none: return "nothing";
    case protocol::Salt::date: return "components by date";
    case protocol::Salt::sector: return "components by sector";
    }
    return "";
}

/// Records of one party: of the pooled figures the mean.
double rows_of_a_party(Figures const& figures, std::size_t parties) {
    return static_cast<double>(figures.rows) / static_cast<double>(parties);
}

json::object kinds_json(Figures const& figures, std::size_t parties) {
    json::object kinds;
    auto const rows = rows_of_a_party(figures, parties);
    for (std::size_t i = 0; i < protocol::anchor_kinds; ++i) {
        auto const kind = static_cast<protocol::AnchorKind>(i + 1);
        auto const& counts = figures.kinds[i];
        kinds[protocol::name(kind)] =
            json::object{{"family", per(counts.absent_family, figures.absent.people, 1000)},
                         {"strangers", per(counts.absent_strangers, figures.absent.people, 1000)},
                         {"strangers_in_a_million", figures.strangers_per_1000(kind, million)},
                         {"carries", carries(kind)},
                         {"goes", protocol::goes_to(kind, rows_for_goes_to(rows))},
                         {"goes_to_a_million", protocol::goes_to(kind, rows_for_goes_to(million))}};
    }
    return kinds;
}

json::object retrieved_json(Figures const& figures) {
    json::object kinds;
    for (std::size_t i = 0; i < protocol::anchor_kinds; ++i)
        kinds[protocol::name(static_cast<protocol::AnchorKind>(i + 1))] =
            json::object{{"shared", per(figures.kinds[i].pairs, figures.true_pairs)},
                         {"only", per(figures.kinds[i].pairs_only, figures.true_pairs)}};
    return kinds;
}

json::object json_of(Figures const& figures, std::size_t parties) {
    json::object groups;
    for (std::size_t i = 0; i < protocol::pair_groups; ++i) {
        auto const& counts = figures.groups[i];
        groups[protocol::name(static_cast<protocol::PairGroup>(i))] = json::object{
            {"pairs", counts.pairs}, {"sure_recall", counts.sure_recall()}, {"unsure_recall", counts.unsure_recall()}};
    }
    return {{"people", figures.people},
            {"rows", figures.rows},
            {"queries", figures.queries},
            {"true_pairs", figures.true_pairs},
            {"sure", json_of(figures.sure)},
            {"unsure", json_of(figures.unsure)},
            {"absent", json_of(figures.absent)},
            {"absent_twins", json_of(figures.absent_twins)},
            {"wrong_within_family", figures.wrong_within_family},
            {"candidates_shown_per_query", per(figures.shown, figures.queries)},
            {"wrong_shown_per_20", per(figures.wrong_shown(), figures.people, 20)},
            {"wrong_shown_max", figures.wrong_shown_max},
            {"retrieved", per(figures.retrieved, figures.true_pairs)},
            {"retrieved_by", retrieved_json(figures)},
            {"exposed_per_1000", kinds_json(figures, parties)},
            {"groups", std::move(groups)},
            {"recall_gap", figures.recall_gap()},
            {"slot_keys", json::object{{"mean", per(figures.keys, figures.people)}, {"max", figures.keys_max}}},
            {"slot_bytes", json::object{{"mean", per(figures.keys * protocol::slot_key_bytes, figures.people)},
                                        {"max", figures.keys_max * protocol::slot_key_bytes},
                                        {"on_the_wire", fanlight::limits::keys_per_slot * protocol::slot_key_bytes}}}};
}

json::object json_of(MatchReport::Duplicates const& counts) {
    return {{"groups", counts.groups}, {"people", counts.people}};
}

json::object json_of(PerPerson const& counts, std::uint64_t people) {
    return {{"mean", per(counts.total, people)}, {"max", counts.max}};
}

std::string pair_lines(char const* title, protocol::PairCounts const& counts) {
    return line("  %-18s %8llu right  %6llu wrong  %6llu missed   precision %.5f  recall %.5f  F1 %.5f\n", title,
                number(counts.true_positive), number(counts.false_positive), number(counts.false_negative),
                counts.precision(), counts.recall(), counts.f1());
}

std::string absent_line(char const* title, protocol::AbsentCounts const& counts) {
    return line("  %-18s %8llu people; sure of somebody for %llu (%.2f per 1000), shown somebody for %llu (%.2f)\n",
                title, number(counts.people), number(counts.sure), per(counts.sure, counts.people, 1000),
                number(counts.unsure), per(counts.unsure, counts.people, 1000));
}

std::string text_of(std::string const& title, Figures const& figures) {
    auto text = line("\n%s: %llu people asked about, %llu rows, %llu pairs to find\n", title.c_str(),
                     number(figures.people), number(figures.rows), number(figures.true_pairs));
    text += pair_lines("sure", figures.sure);
    text += pair_lines("sure or unsure", figures.unsure);
    text += line("  %-18s %.5f of the pairs share a key that was sent\n", "retrieved",
                 per(figures.retrieved, figures.true_pairs));
    text += absent_line("absent", figures.absent);
    text += absent_line("absent twins", figures.absent_twins);
    text += line("  %-18s %llu of the sure ones that are wrong\n", "within the family",
                 number(figures.wrong_within_family));
    text += line("  %-18s %.3f a query; wrong ones %.3f per 20 people, at most %llu for one\n", "candidates shown",
                 per(figures.shown, figures.queries), per(figures.wrong_shown(), figures.people, 20),
                 number(figures.wrong_shown_max));
    return text;
}

std::string group_lines(Figures const& figures) {
    std::string text = "\nRecall by what makes pairs hard\n";
    for (std::size_t i = 0; i < protocol::pair_groups; ++i) {
        auto const& counts = figures.groups[i];
        text += line("  %-18s %8llu pairs   sure %.4f   sure or unsure %.4f\n",
                     protocol::name(static_cast<protocol::PairGroup>(i)), number(counts.pairs), counts.sure_recall(),
                     counts.unsure_recall());
    }
    return text + line("  %-18s %+.4f (ASCII names less the others)\n", "recall gap", figures.recall_gap());
}

std::string kind_lines(Figures const& figures, std::size_t parties) {
    std::string text =
        "\nKeys: share of the pairs that have it, and no other; of 1000 absent people, how many share it\n"
        "                        shared    only   family  strangers  in a million  carries\n";
    auto const rows = rows_of_a_party(figures, parties);
    for (std::size_t i = 0; i < protocol::anchor_kinds; ++i) {
        auto const kind = static_cast<protocol::AnchorKind>(i + 1);
        auto const& counts = figures.kinds[i];
        auto const* const goes = !protocol::goes_to(kind, rows_for_goes_to(rows))      ? "; not sent here"
                                 : !protocol::goes_to(kind, rows_for_goes_to(million)) ? "; not sent to a million"
                                                                                       : "";
        text += line("  %-20s  %.4f  %.4f  %7.2f  %9.2f  %12.2f  %s%s\n", protocol::name(kind),
                     per(counts.pairs, figures.true_pairs), per(counts.pairs_only, figures.true_pairs),
                     per(counts.absent_family, figures.absent.people, 1000),
                     per(counts.absent_strangers, figures.absent.people, 1000),
                     figures.strangers_per_1000(kind, million), carries(kind), goes);
    }
    return text;
}

std::string step_lines(MatchReport const& report) {
    std::string text = "\nTime\n";
    for (auto const& step : report.steps)
        text += line("  %-18s %8.2f s   %8.1f us a person\n", step.name.c_str(), step.seconds,
                     step.people == 0 ? 0 : step.seconds * 1e6 / static_cast<double>(step.people));
    return text;
}

} // namespace

Figures MatchReport::pooled() const {
    Figures all;
    for (auto const& file : files) all += file.figures;
    return all;
}

json::object match_json(MatchReport const& report) {
    auto const pooled = report.pooled();
    json::array files;
    for (auto const& file : report.files) {
        auto figures = json_of(file.figures, 1);
        figures["file"] = file.name;
        files.push_back(std::move(figures));
    }
    json::object steps;
    for (auto const& step : report.steps)
        steps[step.name] = json::object{
            {"seconds", step.seconds},
            {"us_per_person", step.people == 0 ? 0 : step.seconds * 1e6 / static_cast<double>(step.people)}};
    return {
        {"version", protocol::matching_version},
        {"map", report.map},
        {"left", report.left},
        {"left_rows", report.left_rows},
        {"limit", report.limited_to},
        {"points", json::object{{"sure", report.thresholds.sure},
                                {"unsure", report.thresholds.unsure},
                                {"features", report.features}}},
        {"per_person", json::object{{"anchors", json_of(report.anchors, report.left_rows)},
                                    {"components", json_of(report.components, report.left_rows)},
                                    {"evaluations", json_of(report.evaluations, report.left_rows)}}},
        {"duplicates",
         json::object{{"left", json_of(report.left_duplicates)}, {"right", json_of(report.right_duplicates)}}},
        {"files", std::move(files)},
        {"pooled", json_of(pooled, report.files.size())},
        {"time", json::object{{"tokens", report.real_tokens ? "evaluated" : "hashed"}, {"steps", std::move(steps)}}}};
}

std::string match_text(MatchReport const& report) {
    auto text = line("Matching version %u, map %s, %s tokens, %llu features, sure from %d, unsure from %d\n",
                     protocol::matching_version, report.map.c_str(), report.real_tokens ? "real" : "hashed",
                     number(report.features), report.thresholds.sure, report.thresholds.unsure);
    text += line("Asked about: %s, %llu rows\n", report.left.c_str(), number(report.left_rows));
    if (report.limited_to != 0)
        text += "A part only: whole families by hash, at most " + std::to_string(report.limited_to) +
                " rows asked about, and the same families of each other file\n";
    text += line("Entered several times: %llu asked about, in %llu rows; %llu elsewhere, in %llu rows\n",
                 number(report.left_duplicates.groups), number(report.left_duplicates.people),
                 number(report.right_duplicates.groups), number(report.right_duplicates.people));
    for (auto const& file : report.files) text += text_of(file.name, file.figures);
    auto const pooled = report.pooled();
    if (report.files.size() > 1) text += text_of("all " + std::to_string(report.files.size()) + " files", pooled);
    text += group_lines(pooled);
    text += kind_lines(pooled, report.files.size());
    text += line("\nA person takes %.1f anchors (at most %llu) and %.1f components (%llu): %.1f evaluations (%llu)\n",
                 per(report.anchors.total, report.left_rows), number(report.anchors.max),
                 per(report.components.total, report.left_rows), number(report.components.max),
                 per(report.evaluations.total, report.left_rows), number(report.evaluations.max));
    text += line("A slot carries %.1f keys (at most %llu) of %zu bytes each; filled up to %zu bytes on the wire\n",
                 per(pooled.keys, pooled.people), number(pooled.keys_max), protocol::slot_key_bytes,
                 fanlight::limits::keys_per_slot * protocol::slot_key_bytes);
    return text + step_lines(report);
}

json::object learnt_json(protocol::Learnt const& learnt) {
    auto const& counts = learnt.cross_validated;
    return {{"version", protocol::matching_version},
            {"sure", learnt.thresholds.sure},
            {"unsure", learnt.thresholds.unsure},
            {"features", learnt.points.size()},
            {"people", learnt.people},
            {"pairs_same", learnt.pairs_same},
            {"pairs_different", learnt.pairs_different},
            {"cross_validated", json::object{{"sure_right", counts.sure_true},
                                             {"sure_wrong", counts.sure_wrong},
                                             {"shown_right", counts.shown_true},
                                             {"shown_wrong", counts.shown_wrong},
                                             {"precision", per(counts.sure_true, counts.sure_true + counts.sure_wrong)},
                                             {"recall_of_retrieved", per(counts.sure_true, learnt.pairs_same)}}}};
}

std::string learnt_text(protocol::Learnt const& learnt) {
    auto const& counts = learnt.cross_validated;
    auto text =
        line("Learnt %zu features from %llu pairs that are one person and %llu that are not; sure from %d, unsure "
             "from %d\n",
             learnt.points.size(), number(learnt.pairs_same), number(learnt.pairs_different), learnt.thresholds.sure,
             learnt.thresholds.unsure);
    text += line("Judged by what the other half of the families taught: %llu sure and right, %llu sure and wrong; "
                 "precision %.5f, recall %.5f of what was retrieved\n",
                 number(counts.sure_true), number(counts.sure_wrong),
                 per(counts.sure_true, counts.sure_true + counts.sure_wrong), per(counts.sure_true, learnt.pairs_same));
    if (counts.sure_true == 0)
        text += "Nothing is sure: no threshold keeps the precision. Give larger files, or a lower --precision.\n";
    return text + line("Shown: %llu right, %llu wrong (%.3f wrong per 20 people)\n", number(counts.shown_true),
                       number(counts.shown_wrong), per(counts.shown_wrong, learnt.people, 20));
}

} // namespace fanlight::cli
