// From one version of the agreement to the next (docs/agreement.md, "From version to version").

#include "policy/succession.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

/// Nobody plans an agreement longer ahead: it would be signed by people who have left.
constexpr auto proposal_ahead_max = std::chrono::days(366);

struct SuccessionFindings {
    std::vector<Finding> all;
    void error(std::string text, std::string mend) {
        all.push_back({true, "agreement", std::move(text), std::move(mend)});
    }
};

void check_head(SuccessionFindings& findings, Agreement const& before, Agreement const& after) {
    if (std::uint64_t(after.version) != std::uint64_t(before.version) + 1)
        findings.error("Version " + std::to_string(after.version) + " does not follow version " +
                           std::to_string(before.version) + ".",
                       "Versions go up by one: none is left out, and none comes back.");
    if (after.mode != before.mode)
        findings.error("A practice federation stays one, and a live one too.",
                       "Correct practice; another federation starts with its own first agreement.");
    if (after.domain != before.domain)
        findings.error("The domain is another.",
                       "Write " + before.domain + ": the names of keys and logs are made with it.");
    if (after.coordinator != before.coordinator)
        findings.error("The coordinator is another.", "Write " + before.coordinator.text() +
                                                          "; another one starts with a first agreement of its own.");
}

/// A party leaves because somebody wrote so, and not because a line was lost.
void check_who_leaves(SuccessionFindings& findings, Agreement const& before, Agreement const& after) {
    auto const& removes = after.removes;
    for (auto const& party : before.parties) {
        bool const named = std::find(removes.begin(), removes.end(), party.id) != removes.end();
        if (after.find(party.id) == nullptr && !named)
            findings.error("The party " + party.id.text() + " is missing.", "Add it, or list it in removes.");
    }
    for (auto const& id : removes) {
        if (before.find(id) == nullptr)
            findings.error("removes names " + id.text() + ", which was no party.", "Take it out of removes.");
        else if (after.find(id) != nullptr)
            findings.error("removes names " + id.text() + ", which is a party of this version.",
                           "Remove its [[party]], or take it out of removes.");
    }
}

bool same_keys(Party const& one, Party const& other) {
    return one.signing_key == other.signing_key && one.officer == other.officer && one.dpo == other.dpo;
}

bool same_wording(Agreement const& before, Agreement const& after, std::string const& role) {
    auto const words = [&](Agreement const& agreement) {
        auto const found = agreement.wording.find(role);
        return found == agreement.wording.end() ? std::map<Colour, std::string>() : found->second;
    };
    return words(before) == words(after);
}

/// Whether a party signs a version in which no party, purpose or key holder changes.
bool must_sign(Agreement const& before, Agreement const& after, Comparison const& changes, Party const& party) {
    auto const* was = before.find(party.id);
    if (was == nullptr || !same_keys(*was, party)) return true; // joins, or signs with new keys
    return changes.roles.count(party.role) != 0 || !same_wording(before, after, party.role);
}

std::string list_of(std::set<PartyId> const& ids) {
    std::string text;
    for (auto const& id : ids) text += (text.empty() ? "" : ", ") + id.text();
    return text;
}

Signers signers_of(Agreement const& before, Agreement const& after, Comparison const& changes) {
    Signers signers;
    bool const everybody = changes.parties_changed || changes.purposes_changed || changes.holders_changed;
    for (auto const& party : after.parties) {
        if (everybody || must_sign(before, after, changes, party)) signers.must.insert(party.id);
    }
    if (everybody) {
        signers.at_least = after.parties.size();
        signers.why = "Parties, purposes or key holders change, so every party signs.";
        return signers;
    }
    signers.at_least = two_thirds(before.parties.size());
    auto const quorum = "two thirds of the parties sign, which is " + std::to_string(signers.at_least) + " of " +
                        std::to_string(before.parties.size());
    signers.why = signers.must.empty()
                      ? "No party's own clauses or wording change, so " + quorum + "."
                      : "The clauses or the wording of " + list_of(signers.must) +
                            (signers.must.size() == 1 ? " change, so it signs, and " : " change, so they sign, and ") +
                            quorum + " in all.";
    return signers;
}

} // namespace

std::size_t two_thirds(std::size_t parties) {
    return (2 * parties + 2) / 3;
}

bool has_error(std::vector<Finding> const& findings) {
    return std::any_of(findings.begin(), findings.end(), [](Finding const& finding) { return finding.error; });
}

Succession check_succession(Agreement const& before, Agreement const& after) {
    SuccessionFindings findings;
    check_head(findings, before, after);
    check_who_leaves(findings, before, after);
    return {std::move(findings.all), signers_of(before, after, compare(before, after))};
}

std::vector<Finding> check_proposal(Agreement const& proposed, Instant now) {
    SuccessionFindings findings;
    if (proposed.effective_from < now)
        findings.error("It would take effect in the past.",
                       "Set effective_from to a time when everybody can have signed.");
    else if (proposed.effective_from - now > proposal_ahead_max)
        findings.error("It would take effect over 366 days from now.",
                       "Set effective_from to within a year, and propose it nearer the time if need be.");
    return std::move(findings.all);
}

} // namespace fanlight::policy
