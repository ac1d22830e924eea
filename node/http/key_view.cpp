#include "node/http/key_view.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace fanlight::node {

namespace json = boost::json;
using namespace protocol;

namespace {

constexpr std::size_t body_bytes_max = 16 * 1024;

json::object fingerprint_json(crypto::Sha256 const& hash) {
    return {{"hex", crypto::to_hex(hash.view())}, {"words", crypto::fingerprint_words(hash.view())}};
}

json::array names_of(std::vector<PartyId> const& parties) {
    json::array names;
    for (auto const& party : parties) names.emplace_back(party.text());
    return names;
}

json::object epoch_json(Epoch const& epoch, Self const& self) {
    auto const& keys = epoch.keys();
    json::array holders;
    for (auto const& holder : keys.holders) {
        json::object entry{{"party", holder.text()}};
        if (auto const* party = self.agreement.find(holder)) entry["name"] = party->name;
        if (auto const why = epoch.excluded.find(holder); why != epoch.excluded.end()) entry["excluded"] = why->second;
        holders.push_back(std::move(entry));
    }
    json::array old_shares;
    for (auto const& sharing : epoch.sharings)
        if (sharing.replaced_at != Instant{})
            old_shares.push_back({{"sharing", sharing.certificate.sharing},
                                  {"destroyed_at", to_text(sharing.replaced_at + limits::old_keys_kept)}});
    return {{"epoch", epoch.number},
            {"stage", name(epoch.stage)},
            {"since", to_text(epoch.since)},
            {"sharing", keys.sharing},
            {"threshold", keys.threshold},
            {"holders", std::move(holders)},
            {"share_here", epoch.sharings.back().share.has_value()},
            {"old_shares", std::move(old_shares)},
            {"certificate", fingerprint_json(fingerprint(self.agreement, keys))}};
}

Result<json::object> parse_object(std::string_view body, char const* where) {
    if (body.size() > body_bytes_max) return fail(Errc::too_large, where);
    boost::system::error_code problem;
    auto const value = json::parse(body, problem);
    if (problem || !value.is_object()) return fail(Errc::malformed, where, "Send one JSON object.");
    return value.get_object();
}

/// So that a misspelt word is not a plan for everybody.
Result<void> only(json::object const& body, std::initializer_list<std::string_view> keys, char const* where) {
    for (auto const& entry : body)
        if (std::ranges::find(keys, std::string_view(entry.key())) == keys.end())
            return fail(Errc::malformed, where, "It has a key that this node does not know.");
    return ok();
}

Result<std::vector<PartyId>> parse_parties(json::object const& body, char const* key) {
    std::vector<PartyId> parties;
    auto const* list = body.if_contains(key);
    if (list == nullptr) return parties;
    if (!list->is_array()) return fail(Errc::malformed, "list of parties", "Write it as [\"police\", \"health\"].");
    for (auto const& entry : list->get_array()) {
        if (!entry.is_string()) return fail(Errc::malformed, "list of parties", "Give each by its id, e.g. police.");
        FANLIGHT_TRY(auto party, PartyId::parse(std::string_view(entry.get_string())));
        parties.push_back(std::move(party));
    }
    return parties;
}

} // namespace

json::array epochs_view(Node const& node, Self const& self, Instant now) {
    json::array out;
    auto const& all = node.epochs().all();
    for (auto entry = all.rbegin(); entry != all.rend(); ++entry) {
        auto const& epoch = entry->second;
        auto view = epoch_json(epoch, self);
        if (epoch.stage == EpochStage::open) {
            auto const due = epoch.since + std::chrono::days(self.agreement.keys.epoch_days);
            view["replace_by"] = to_text(day_of(due));
            view["replacement_due"] = due <= now;
        }
        if (epoch.stage == EpochStage::closing) view["destroyed_at"] = to_text(epoch.since + limits::old_keys_kept);
        if (node.epoch_desk() != nullptr && epoch.stage != EpochStage::closing)
            view["not_enrolled"] = names_of(node.epoch_desk()->not_ready(epoch.number));
        out.push_back(std::move(view));
    }
    return out;
}

json::array budgets_view(Node const& node, Instant now) {
    json::array out;
    for (auto const& budget : node.key_holder().budgets(now)) {
        json::object entry{{"organisation", budget.organisation},
                           {"purpose", name(budget.purpose)},
                           {"epoch", budget.epoch},
                           {"charged", budget.charged},
                           {"limit", budget.limit}};
        if (auto const* epoch = node.epochs().find(budget.epoch)) {
            auto const& keys = epoch->keys();
            entry["limit_of_the_federation"] =
                policy::effective_total(budget.limit, keys.holders.size(), keys.threshold);
        }
        out.push_back(std::move(entry));
    }
    return out;
}

json::array quotas_view(Node const& node, Instant now) {
    json::array out;
    for (auto const& [key, quota] : node.tokens().quotas()) {
        auto const* epoch = node.epochs().find(quota.epoch);
        bool const of_a_day = key.second != EvaluatePurpose::bulk;
        if (epoch == nullptr || (of_a_day && day_of(quota.at) != day_of(now))) continue; // it has begun anew
        auto const& keys = epoch->keys();
        out.push_back(
            {{"holder", key.first.text()},
             {"purpose", name(key.second)},
             {"epoch", quota.epoch},
             {"charged", quota.charged},
             {"limit", quota.limit},
             {"limit_of_the_federation", policy::effective_total(quota.limit, keys.holders.size(), keys.threshold)},
             {"at", to_text(quota.at)}});
    }
    return out;
}

json::array enrolment_view(Enrolment const& enrolment, Instant now) {
    json::array out;
    for (auto const& progress : enrolment.progress(now)) {
        json::object entry{
            {"epoch", progress.epoch},       {"stage", name(progress.stage)},
            {"people", progress.people},     {"enrolled", progress.enrolled},
            {"complete", progress.complete}, {"index_today", enrolment.built({progress.epoch, day_of(now)})}};
        if (progress.people_per_second) entry["people_per_second"] = *progress.people_per_second;
        if (progress.left)
            entry["seconds_left"] = std::chrono::duration_cast<std::chrono::seconds>(*progress.left).count();
        if (progress.waits_until) entry["waits_until"] = to_text(*progress.waits_until);
        if (!progress.problem.empty()) entry["problem"] = progress.problem;
        out.push_back(std::move(entry));
    }
    return out;
}

json::object ceremony_view(Ceremony const& ceremony, Self const& self) {
    auto const view = ceremony.view();
    if (!view) return {};
    auto const& proposal = view->proposal;
    json::array participants;
    for (auto const& party : proposal.participants()) {
        json::object entry{{"party", party.text()}};
        if (auto const stage = view->participants.find(party); stage != view->participants.end()) {
            entry["stage"] = name(stage->second);
            entry["words"] = in_words(stage->second);
        }
        participants.push_back(std::move(entry));
    }
    bool const ours = std::ranges::count(proposal.participants(), self.party) != 0;
    json::object out{{"kind", proposal.sharing == 1 ? "new_key" : "reshare"},
                     {"epoch", proposal.epoch},
                     {"sharing", proposal.sharing},
                     {"threshold", proposal.threshold},
                     {"holders", names_of(proposal.holders)},
                     {"dealers", names_of(proposal.dealers)},
                     {"proposed_at", to_text(proposal.proposed_at)},
                     {"fingerprint", fingerprint_json(view->fingerprint)},
                     {"stage", name(view->stage)},
                     {"words", in_words(view->stage)},
                     {"since", to_text(view->since)},
                     {"takes_part_here", ours},
                     {"participants", std::move(participants)},
                     {"waiting_for", names_of(view->waiting_for)}};
    if (view->certificate) out["certificate"] = fingerprint_json(*view->certificate);
    if (!view->cause.empty()) out["cause"] = view->cause;
    if (view->accused) out["accused"] = view->accused->text();
    return out;
}

Result<CeremonyPlan> parse_ceremony_plan(std::string_view body) {
    FANLIGHT_TRY(auto const object, parse_object(body, "plan of a ceremony"));
    FANLIGHT_TRY(only(object, {"holders", "reshare", "dealers"}, "plan of a ceremony"));
    CeremonyPlan plan;
    FANLIGHT_TRY(plan.holders, parse_parties(object, "holders"));
    FANLIGHT_TRY(plan.dealers, parse_parties(object, "dealers"));
    if (auto const* reshare = object.if_contains("reshare")) {
        if (!reshare->is_bool()) return fail(Errc::malformed, "plan of a ceremony", "reshare is true or false.");
        plan.reshare = reshare->get_bool();
    }
    return plan;
}

Result<std::string> parse_fingerprint(std::string_view body) {
    FANLIGHT_TRY(auto const object, parse_object(body, "fingerprint"));
    FANLIGHT_TRY(only(object, {"fingerprint"}, "fingerprint"));
    auto const* typed = object.if_contains("fingerprint");
    if (typed == nullptr || !typed->is_string()) return fail(Errc::malformed, "fingerprint", "Send it as a text.");
    return std::string(typed->get_string());
}

} // namespace fanlight::node
