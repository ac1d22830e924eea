// How many evaluations an organisation gets at one holder, from what its parties declare; and whether they declare it.

#include "base/limits.hpp"
#include "policy/check_parts.hpp"

#include <algorithm>
#include <limits>

namespace fanlight::policy {
namespace {

constexpr std::uint64_t batch = limits::evaluate_batch_max;
constexpr std::uint64_t count_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t nightly_batches_max = 64;

std::uint64_t divided_up(std::uint64_t count, std::uint64_t by) {
    return (count + by - 1) / by;
}

std::uint64_t in_whole_batches(std::uint64_t evaluations) {
    return divided_up(evaluations, batch) * batch;
}

std::uint32_t saturated(std::uint64_t count) {
    return static_cast<std::uint32_t>(std::min(count, count_max));
}

/// Two 32-bit factors fit into 64 bits.
std::uint64_t evaluations_of(Agreement const& agreement, Party const& party) {
    return std::uint64_t(party.people) * agreement.budgets.enrol_evaluations_per_person;
}

bool enrols(Party const& party, std::string const& organisation) {
    return party.asked != Asked::never && party.organisation == organisation;
}

} // namespace

std::uint32_t bulk_quota(Agreement const& agreement, std::string const& organisation) {
    std::uint64_t quota = 0;
    for (auto const& party : agreement.parties) {
        if (!enrols(party, organisation)) continue;
        // Stopping here already keeps every number below far from 2^64, and changes no sum that is not over the end.
        auto const evaluations = std::min(evaluations_of(agreement, party), count_max);
        auto const with_margin = in_whole_batches(divided_up(evaluations * 105, 100));
        quota += party.sensitive ? std::max(with_margin, bulk_batches(agreement, party) * batch) : with_margin;
    }
    return saturated(quota);
}

std::uint32_t delta_quota_per_day(Agreement const& agreement, std::string const& organisation) {
    std::uint64_t nightly = 0;
    for (auto const& party : agreement.parties) {
        if (enrols(party, organisation) && party.sensitive) nightly += party.nightly_batches * batch;
    }
    auto const percent = std::uint64_t(agreement.budgets.enrol_delta_percent_per_day);
    auto const delta = in_whole_batches(divided_up(bulk_quota(agreement, organisation) * percent, 100));
    return saturated(std::max(delta, nightly));
}

std::uint32_t bulk_batches(Agreement const& agreement, Party const& party) {
    return saturated(std::max(divided_up(evaluations_of(agreement, party), batch), std::uint64_t(1)));
}

std::uint64_t effective_total(std::uint32_t at_one_holder, std::size_t holders, std::size_t threshold) {
    if (threshold == 0 || threshold > holders) return 0; // nobody can answer
    std::uint64_t const times = holders - threshold + 1;
    if (at_one_holder != 0 && times > std::numeric_limits<std::uint64_t>::max() / at_one_holder)
        return std::numeric_limits<std::uint64_t>::max();
    return times * at_one_holder;
}

void check_enrolment(Findings& findings, Agreement const& agreement) {
    std::set<std::string> told;
    for (auto const& party : agreement.parties) {
        auto const place = "party " + party.id.text();
        if (party.asked == Asked::never && party.people != 0)
            findings.error(place, "It is never asked and declares people.", "Leave people out: it enrols nobody.");
        if (party.asked != Asked::never && party.people == 0)
            findings.error(place, "people is 0.", "Declare how many people it holds: that is what it may enrol.");
        if (party.people > limits::import_rows_max)
            findings.error(place, "people is over 5000000.", "A node takes no more rows than that.");
        if (party.sensitive && (party.nightly_batches == 0 || party.nightly_batches > nightly_batches_max))
            findings.error(place, "nightly_batches is not from 1 to 64.",
                           "Give it as many batches of 1024 evaluations a night as new people and a new epoch take.");
        if (!party.sensitive && party.nightly_batches != 0)
            findings.error(place, "It has nightly batches and is no sensitive service.", "Leave nightly_batches out.");
        if (party.sensitive && party.nightly_batches != 0) {
            auto const nights = divided_up(bulk_batches(agreement, party), party.nightly_batches);
            if (nights > (agreement.keys.epoch_days + 1) / 2)
                findings.warn(place,
                              "Enrolling in a new epoch takes it " + std::to_string(nights) +
                                  " nights, more than half of an epoch.",
                              "Give it more nightly_batches, or declare fewer people.");
        }
        if (bulk_quota(agreement, party.organisation) == count_max && told.insert(party.organisation).second)
            findings.warn(place, "Its organisation declares more people than evaluations can be counted for.",
                          "Declare the people that each of its nodes really holds.");
    }
}

} // namespace fanlight::policy
