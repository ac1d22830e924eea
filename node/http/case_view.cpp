#include "node/http/case_view.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;
using policy::ReplyKind;
using protocol::PartyStage;

namespace {

char const* name(PartyStage stage) {
    switch (stage) {
    case PartyStage::left_out: return "left_out";
    case PartyStage::on_condition: return "on_condition";
    case PartyStage::pending: return "pending";
    case PartyStage::asked: return "asked";
    case PartyStage::answered: return "answered";
    case PartyStage::refused: return "refused";
    }
    return "unknown";
}

json::value clause_id(policy::Agreement const& agreement, std::uint16_t clause) {
    if (clause >= agreement.clauses.size()) return nullptr;
    return json::string(agreement.clauses[clause].id);
}

json::object cell(policy::Reply const& reply) {
    json::object out{{"kind", policy::name(reply.kind)}, {"words", policy::in_words(reply.kind)}};
    if (reply.colour) {
        out["colour"] = policy::name(*reply.colour);
        out["words"] = policy::in_words(*reply.colour);
        out["shape"] = policy::shape(*reply.colour);
        out["basis"] = policy::in_words(reply.basis);
    }
    if (reply.reason != policy::Reason::none) out["reason"] = policy::in_words(reply.reason);
    return out;
}

json::object summary(protocol::SlotSummary const& slot, policy::Agreement const& agreement) {
    json::object out;
    out["person"] = slot.slot;
    json::array released;
    for (auto const& one : slot.released)
        released.push_back({{"field", policy::name(one.field)}, {"clause", clause_id(agreement, one.clause)}});
    out["released"] = std::move(released);
    json::array themes;
    for (auto const& theme : slot.themes) themes.push_back(json::string(theme));
    if (!themes.empty()) out["themes"] = std::move(themes);
    if (slot.contacts_ever != 0 || slot.contacts_12m != 0) {
        out["contacts_12m"] = slot.contacts_12m;
        out["contacts_ever"] = slot.contacts_ever;
    }
    if (slot.last_contact != protocol::ContactBand::none) out["last_contact"] = protocol::in_words(slot.last_contact);
    if (!slot.analysis.empty()) out["analysis"] = slot.analysis;
    if (!slot.duty_contact.empty()) out["duty_contact"] = slot.duty_contact;
    if (slot.marac_listed) out["marac_listed"] = to_text(*slot.marac_listed);
    if (slot.marac_heard) out["marac_heard"] = to_text(*slot.marac_heard);
    return out;
}

json::object party_view(protocol::Case const& item, policy::Party const& party, protocol::PartyState const& state,
                        protocol::Coordinator const& coordinator, policy::Agreement const& agreement, Instant now) {
    json::object out{
        {"id", party.id.text()}, {"name", party.name}, {"stage", name(state.stage)}, {"sensitive", party.sensitive}};
    if (!state.reason.empty()) out["reason"] = state.reason;
    if (state.stage == PartyStage::answered) {
        out["answered_at"] = to_text(state.answered_at);
        out["late"] = state.answered_at > item.deadline;
    }
    json::array cells;
    for (std::size_t person = 0; person < item.family.people.size(); ++person) {
        auto one = cell(coordinator.reply_of(now, item, party.id, person));
        if (state.stage == PartyStage::answered) one["clause"] = clause_id(agreement, state.replies[person].clause);
        cells.push_back(std::move(one));
    }
    out["cells"] = std::move(cells);
    json::array summaries;
    for (auto const& slot : state.summaries) summaries.push_back(summary(slot, agreement));
    out["summaries"] = std::move(summaries);
    out["summary"] = !state.summary_asked ? "not_asked" : state.summary_done ? "done" : "waiting";
    return out;
}

/// Reference and dates of another case, and whom of this one it is about: nobody of the other is named
/// (docs/protocol.md, section 14). A case that is forgotten is not shown. Sure ones first, then newest first.
json::array linked_view(protocol::Case const& item, protocol::LinkedCases const& linked) {
    struct Shown {
        protocol::CaseLink const* link;
        protocol::LinkedCases::Kept const* other;
    };
    std::vector<Shown> all;
    for (auto const& link : item.links)
        if (auto const* other = linked.find(link.other)) all.push_back({&link, other});
    std::ranges::stable_sort(all, [](Shown const& left, Shown const& right) {
        if (left.link->sure != right.link->sure) return left.link->sure;
        return left.other->entered > right.other->entered;
    });
    json::array out;
    for (auto const& [link, other] : all) {
        json::object one{{"reference", other->reference},
                         {"entered", to_text(other->entered)},
                         {"person", item.family.people[link->person].label},
                         {"sure", link->sure},
                         {"words", link->words}};
        if (other->closed) one["until"] = to_text(*other->closed);
        out.push_back(std::move(one));
    }
    return out;
}

/// Why a party is missing from the picture; empty if it is not.
std::string why_missing(protocol::Case const& item, policy::Party const& party, protocol::PartyState const& state,
                        protocol::Coordinator const& coordinator, Instant now) {
    switch (state.stage) {
    case PartyStage::left_out: return "not asked: " + state.reason;
    case PartyStage::on_condition: return {}; // asked only after a Red: not missing
    case PartyStage::pending: return "not asked yet";
    case PartyStage::refused: return "refused the query";
    case PartyStage::asked: {
        auto const kind = coordinator.reply_of(now, item, party.id, 0).kind;
        auto const where = kind == ReplyKind::unreachable ? " (node unreachable); phone: " : "; phone: ";
        return "no reply since " + to_text(state.asked_at) + where + party.duty_contact;
    }
    case PartyStage::answered: break;
    }
    if (!protocol::checked_everybody(state)) return "answered, but could not check everybody";
    return {};
}

} // namespace

json::value view_of(protocol::Case const& item, protocol::Coordinator const& coordinator,
                    policy::Agreement const& agreement, Instant now) {
    auto const& family = item.family;
    json::object out{{"case", crypto::to_hex(item.id.view())},
                     {"reference", family.reference},
                     {"mode", fanlight::name(agreement.mode)},
                     {"revision", item.revision},
                     {"settled", protocol::settled(item)},
                     {"purpose", family.purpose},
                     {"route", family.route},
                     {"created", to_text(item.created)},
                     {"deadline", to_text(item.deadline)}};
    if (!item.problem.empty()) out["problem"] = item.problem;
    out["linked"] = linked_view(item, coordinator.linked());
    if (item.links_left_out != 0) out["linked_left_out"] = item.links_left_out;
    json::array people;
    std::vector<std::string> labels;
    for (auto const& person : family.people) {
        json::array roles;
        for (auto const role : person.roles) roles.push_back(json::string(protocol::name(role)));
        people.push_back({{"label", person.label}, {"roles", std::move(roles)}, {"relation", person.relation}});
        labels.push_back(person.label);
    }
    out["people"] = std::move(people);

    // By the name that screens show: no order of importance (requirement A5).
    std::vector<policy::Party const*> by_name;
    for (auto const& party : agreement.parties)
        if (item.parties.contains(party.id)) by_name.push_back(&party);
    std::ranges::sort(by_name, {}, [](auto const* party) { return std::string_view(party->name); });
    json::array parties;
    json::array missing;
    for (auto const* party : by_name) {
        auto const& state = item.parties.at(party->id);
        parties.push_back(party_view(item, *party, state, coordinator, agreement, now));
        auto why = why_missing(item, *party, state, coordinator, now);
        if (!why.empty()) missing.push_back({{"id", party->id.text()}, {"name", party->name}, {"why", std::move(why)}});
    }
    out["parties"] = std::move(parties);
    out["missing"] = std::move(missing);

    auto const given = protocol::colours_given(item, agreement);
    auto const result = policy::family_result(given, protocol::everybody_answered(item));
    json::object shown{{"provisional", result.provisional},
                       {"next", policy::name(result.next)},
                       {"next_in_words", policy::in_words(result.next)},
                       {"explain", policy::explain(result, given, labels, agreement.rules.result_clause)}};
    shown["colour"] = result.worst ? json::value(policy::name(*result.worst)) : json::value(nullptr);
    shown["words"] = result.worst ? policy::in_words(*result.worst) : "No rating";
    if (result.worst) shown["shape"] = policy::shape(*result.worst);
    out["result"] = std::move(shown);

    std::uint64_t contacts = 0;
    std::size_t telling = 0;
    for (auto const& [party, state] : item.parties) {
        std::uint64_t told = 0;
        for (auto const& slot : state.summaries) told += slot.contacts_ever;
        contacts += told;
        telling += told != 0 ? 1U : 0U;
    }
    if (telling != 0) out["contacts"] = {{"ever", contacts}, {"agencies", telling}};
    return out;
}

} // namespace fanlight::node
