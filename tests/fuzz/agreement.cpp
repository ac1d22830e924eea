// Fuzz target: parse_agreement on any bytes. The oracle: an agreement exactly when no finding is an error, findings
// that can be printed, decisions that stand on a clause, quotas that have room for what is declared, and outcomes that
// never close a case of abuse.

#include "policy/agreement.hpp"

#include "base/limits.hpp"
#include "policy/decide.hpp"
#include "policy/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace {

void expect(bool holds) {
    if (!holds) std::abort();
}

void decide_something(fanlight::policy::Agreement const& agreement) {
    using namespace fanlight::policy;
    for (auto const& party : agreement.parties) {
        Request request{.field = DataField::analysis};
        request.role = party.role;
        request.sensitive = party.sensitive;
        request.stage = 2;
        request.purpose = agreement.purposes.front().id;
        request.route = agreement.routes.front().id;
        request.own_colour = Colour::red;
        auto const decision = decide(agreement, request);
        if (auto const* permit = std::get_if<Permit>(&decision))
            expect(agreement.clauses.at(permit->clause).stage == 2);
        expect(unfit_text(explain(agreement, request, decision)) == nullptr);
    }
}

/// What check() let through has a basis for whoever is asked, and somewhere to go below social care's threshold.
void look_at_law(fanlight::policy::Agreement const& agreement) {
    using namespace fanlight::policy;
    auto const covers = [](std::vector<std::string> const& list, std::string const& one) {
        return list.empty() || std::find(list.begin(), list.end(), one) != list.end();
    };
    bool abuse = false;
    for (auto const& purpose : agreement.purposes) {
        abuse = abuse || purpose.domestic_abuse;
        for (auto const& party : agreement.parties) {
            auto const has_basis =
                std::any_of(agreement.bases.begin(), agreement.bases.end(), [&](LawfulBasis const& basis) {
                    return !basis.article_6.empty() && covers(basis.roles, party.role) &&
                           covers(basis.purposes, purpose.id);
                });
            expect(has_basis || party.asked == Asked::never);
        }
    }
    bool between = false;
    for (auto const& outcome : agreement.outcomes) {
        expect(outcome.level != OutcomeLevel::closure || !outcome.where_domestic_abuse);
        between = between || (outcome.where_domestic_abuse && outcome.level > OutcomeLevel::section_17);
    }
    expect(between || !abuse);
    expect(agreement.rules.blue_where_domestic_abuse == !agreement.rules.blue_reason.empty());
    for (auto const& id : agreement.removes) expect(agreement.find(id) == nullptr);
    for (auto const& finding : check_dates(agreement, agreement.review_by))
        expect(unfit_text(describe(finding)) == nullptr);
}

/// What check() let through is small enough to count, or the quota says that it is not.
void count_quotas(fanlight::policy::Agreement const& agreement) {
    using namespace fanlight::policy;
    constexpr auto batch = fanlight::limits::evaluate_batch_max;
    constexpr auto count_max = std::numeric_limits<std::uint32_t>::max();
    for (auto const& party : agreement.parties) {
        auto const bulk = bulk_quota(agreement, party.organisation);
        auto const delta = delta_quota_per_day(agreement, party.organisation);
        auto const needed = std::uint64_t(party.people) * agreement.budgets.enrol_evaluations_per_person;
        expect(bulk == count_max || (bulk % batch == 0 && bulk >= needed));
        expect(delta <= bulk || delta >= party.nightly_batches * batch);
        expect((bulk != 0 && delta != 0) || party.asked == Asked::never);
        expect(party.sensitive == (party.nightly_batches != 0));
        expect(bulk_batches(agreement, party) * std::uint64_t(batch) >= needed);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    using namespace fanlight::policy;
    auto const parsed = parse_agreement({reinterpret_cast<char const*>(bytes), size});
    bool const error = std::any_of(parsed.findings.begin(), parsed.findings.end(),
                                   [](Finding const& finding) { return finding.error; });
    expect(error == !parsed.agreement.has_value());
    expect(parsed.findings.size() <= findings_max);
    for (auto const& finding : parsed.findings) expect(unfit_text(describe(finding)) == nullptr);
    if (parsed.agreement) {
        decide_something(*parsed.agreement);
        count_quotas(*parsed.agreement);
        look_at_law(*parsed.agreement);
    }
    return 0;
}
