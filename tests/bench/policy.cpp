// The agreement's own work: one decision, two agreements compared over the whole domain of decisions, and a draft tried
// on past decisions.

#include "bench.hpp"
#include "policy/compare.hpp"
#include "policy/decide.hpp"
#include "policy/rehearse.hpp"
#include "tests/unit/policy_fixture.hpp"

#include <algorithm>
#include <map>
#include <random>

namespace fanlight::bench {
namespace {

using namespace policy;

constexpr std::size_t questions = 4096;
constexpr std::size_t decisions_rehearsed = 1'000'000;
constexpr double ten_million = 1e7;
constexpr double to_ns = 1e9;

/// As they come: any party, any field, every purpose and route, and facts at random.
std::vector<Request> mixed_stream(Agreement const& agreement) {
    std::mt19937 random(11);
    auto const below = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
    std::vector<Request> all;
    for (std::size_t i = 0; i < questions; ++i) {
        auto const& party = agreement.parties[below(agreement.parties.size())];
        Request request{.field = static_cast<DataField>(below(data_field_count))};
        request.role = party.role;
        request.sensitive = party.sensitive;
        request.stage = stage_of(request.field);
        request.purpose = agreement.purposes[below(agreement.purposes.size())].id;
        request.route = agreement.routes[below(agreement.routes.size())].id;
        auto const circumstance = circumstance_at(below(circumstance_count));
        request.own_colour = circumstance.own_colour;
        request.facts = circumstance.facts;
        all.push_back(request);
    }
    return all;
}

void decisions(Report& report, Agreement const& agreement) {
    auto const stream = mixed_stream(agreement);
    Decider const decider(agreement);
    std::map<std::string, std::size_t, std::less<>> roles;
    for (auto const& role : decider.roles()) roles.emplace(role, roles.size());
    std::size_t permitted = 0;
    std::size_t found = 0;
    auto const spreads = measure({{[&] {
                                       for (auto const& one : stream)
                                           permitted += std::holds_alternative<Permit>(decider.decide(one)) ? 1U : 0U;
                                   },
                                   questions},
                                  {[&] {
                                       for (auto const& one : stream) found += roles.find(one.role)->second;
                                   },
                                   questions}},
                                 1.0);
    if (permitted == 0 || found == 0) give_up("no decision permits anything");
    report.add({"decision_p50_ns", spreads[0].median * to_ns, "ns", spreads[1].median * to_ns,
                "one look-up of a role in a std::map", spreads[0].best * to_ns});
}

/// The practice agreement with one clause for RED alone, and with none at all: what is usual and what is worst.
void comparisons(Report& report, Agreement const& agreement) {
    auto red = agreement;
    for (auto& clause : red.clauses)
        if (clause.id == "7.2") clause.colours = {Colour::red};
    auto none = agreement;
    none.clauses.clear();
    std::uint64_t cells = 0;
    std::uint64_t changed = 0;
    std::uint64_t rows = 0;
    Decider const decider(agreement);
    auto const all_rows = [&] {
        for (std::size_t role = 0; role < decider.roles().size(); ++role)
            for (std::size_t to = 0; to < decider.roles().size(); ++to)
                for (std::size_t field = 0; field < data_field_count; ++field)
                    rows += decider.row({role, to, false, static_cast<DataField>(field), 0, 0}).permits.size();
    };
    auto const row_count = decider.roles().size() * decider.roles().size() * data_field_count;
    auto const spreads = measure({{[&] {
                                       auto const comparison = compare(agreement, red);
                                       cells = comparison.decisions;
                                       changed += comparison.decisions_changed;
                                   },
                                   1},
                                  {[&] { changed += compare(agreement, none).decisions_changed; }, 1},
                                  {all_rows, row_count}},
                                 2.0);
    if (changed == 0 || rows == 0) give_up("no decision changes");
    auto const scale = ten_million / double(cells);
    auto const unavoidable = 2 * spreads[2].median * ten_million / double(circumstance_count);
    auto const* const beside = "computing the rows of both, and no more";
    report.add({"diff_10m_cells_s", spreads[0].median * scale, "s", unavoidable, beside, spreads[0].best * scale});
    report.add(
        {"diff_all_changed_10m_cells_s", spreads[1].median * scale, "s", unavoidable, beside, spreads[1].best * scale});
    report.add({"cells of the practice agreement", double(cells), "count", std::nullopt, "", {}});
}

/// What a log of a node would give: permitted and refused, of every field.
void rehearsal(Report& report, Agreement const& agreement) {
    Decider const decider(agreement);
    auto const stream = mixed_stream(agreement);
    std::vector<PastDecision> past;
    for (auto request : stream) {
        request.role = "housing";
        request.sensitive = false;
        PastDecision one{.field = request.field, .own_colour = request.own_colour, .facts = request.facts};
        auto const decision = decider.decide(request);
        if (auto const* permit = std::get_if<Permit>(&decision))
            one.clause = agreement.clauses[permit->clause].id;
        else
            one.reason = std::get<Refusal>(decision).reason;
        past.push_back(one);
    }
    auto draft = agreement;
    for (auto& clause : draft.clauses)
        if (clause.id == "7.2") clause.colours = {Colour::red};
    std::uint64_t changed = 0;
    std::size_t permitted = 0;
    auto const spreads = measure(
        {{[&] {
              Rehearsal rehearsed(draft, {"housing", false});
              for (std::size_t i = 0; i < decisions_rehearsed; ++i)
                  rehearsed.add(past[i % questions], stream[i % questions].purpose, stream[i % questions].route);
              auto const total = rehearsed.report();
              changed += total.less + total.other_clause;
          },
          1},
         {[&] {
              for (std::size_t i = 0; i < decisions_rehearsed; ++i)
                  permitted += decider.decide(stream[i % questions]) == Decision(Permit{0}) ? 1U : 0U;
          },
          1}},
        2.0);
    if (changed == 0 || permitted == 0) give_up("a draft that changes nothing");
    report.add({"rehearse_core_1m_s", spreads[0].median, "s", spreads[1].median, "deciding alone", spreads[0].best});
}

} // namespace

void bench_policy(Report& report, std::filesystem::path const&) {
    auto const agreement = policy::test::practice_agreement();
    decisions(report, agreement);
    comparisons(report, agreement);
    rehearsal(report, agreement);
}

} // namespace fanlight::bench
