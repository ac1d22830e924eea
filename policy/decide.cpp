// The decision. Small on purpose: this is the file that a data protection officer's engineer reads first, beside
// docs/agreement.md, "How a node decides"; the numbers below are the steps of that text.
//
// An agreement is compiled once: who and what a clause names becomes bits, and the circumstances in which it permits
// become a bitset over all that there are. So a decision is a walk over small integers, and a row of decisions the same
// walk over bitsets.

#include "policy/decide.hpp"

#include "policy/circumstances.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace fanlight::policy {
namespace {

static_assert(parties_max <= 64 && purposes_max <= 32 && routes_max <= 32 && data_field_count <= 32, "they are bits");

constexpr std::size_t nowhere = circumstance_count;

template <class List, class Value> bool has(List const& list, Value const& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

/// The place of a name, or the list's size. An agreement that was not checked may name more than there are bits: what
/// is beyond is not known, and so refused.
std::size_t place_in(std::vector<std::string> const& list, std::string_view name) {
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), name) - list.begin());
}

/// One bit for each of `names` that is in `known`; none named: every bit.
std::uint64_t bits_of(std::vector<std::string> const& names, std::vector<std::string> const& known) {
    if (names.empty()) return ~std::uint64_t(0);
    std::uint64_t bits = 0;
    for (auto const& one : names) {
        if (auto const place = place_in(known, one); place < known.size()) bits |= std::uint64_t(1) << place;
    }
    return bits;
}

template <class Value, std::size_t count>
Circumstances any_of(std::vector<Value> const& values, std::array<Circumstances, count> const& sets) {
    Circumstances any;
    for (auto const value : values) any |= sets.at(static_cast<std::size_t>(value));
    return any;
}

/// What `colours` leaves; none and, in `about`, unknown are in no list.
Circumstances by_colour(Clause const& clause) {
    return clause.colours.empty() ? standing_circumstances().all
                                  : any_of(clause.colours, standing_circumstances().own_colour);
}

Circumstances by_subject(Clause const& clause) {
    auto const& sets = standing_circumstances();
    return clause.about.empty() ? sets.all : any_of(clause.about, sets.about) & ~sets.about.front();
}

Circumstances by_condition(Clause const& clause, bool purpose_about_abuse) {
    bool const certain = purpose_about_abuse && has(clause.when, Condition::domestic_abuse);
    return certain ? standing_circumstances().all : any_of(clause.when, standing_circumstances().when);
}

/// A sensitive service that has not rated this person Amber or worse: silent, at every stage (requirement E12).
bool must_be_silent(Request const& request) {
    return request.sensitive && !is_fact(request.field) && !amber_or_worse(request.own_colour);
}

/// The place of the request's circumstance, or `nowhere` if it is not made of the values that there are.
std::size_t checked_place(Request const& request) {
    auto const& facts = request.facts;
    if (request.own_colour && (*request.own_colour < Colour::blue || *request.own_colour > Colour::red)) return nowhere;
    if (static_cast<std::size_t>(facts.subject) >= subject_count) return nowhere;
    if (static_cast<std::size_t>(facts.consent) >= consent_fact_count) return nowhere;
    return place_of(request.own_colour, facts);
}

} // namespace

Decider::Decider(Agreement const& agreement) : blue_where_abuse_(agreement.rules.blue_where_domestic_abuse) {
    for (auto const& party : agreement.parties) roles_.push_back(party.role);
    std::sort(roles_.begin(), roles_.end());
    roles_.erase(std::unique(roles_.begin(), roles_.end()), roles_.end());
    if (roles_.size() > parties_max) roles_.resize(parties_max);
    for (auto const& purpose : agreement.purposes) {
        if (purposes_.size() == purposes_max) break;
        if (purpose.domestic_abuse) abuse_ |= 1U << purposes_.size();
        purposes_.push_back(purpose.id);
    }
    for (auto const& route : agreement.routes) {
        if (routes_.size() < routes_max) routes_.push_back(route.id);
    }
    if (auto const* coordinator = agreement.find(agreement.coordinator); coordinator != nullptr)
        coordinator_role_ = std::min(place_in(roles_, coordinator->role), parties_max);

    for (auto const& clause : agreement.clauses) {
        Keys keys;
        keys.roles = bits_of(clause.roles, roles_);
        if (!clause.to.empty())
            keys.to = bits_of(clause.to, roles_);
        else if (coordinator_role_ < roles_.size())
            keys.to = std::uint64_t(1) << coordinator_role_;
        for (auto const field : clause.fields) {
            if (stage_of(field) == clause.stage) keys.fields |= 1U << static_cast<unsigned>(field);
        }
        keys.purposes = static_cast<std::uint32_t>(bits_of(clause.purposes, purposes_));
        keys.routes = static_cast<std::uint32_t>(bits_of(clause.routes, routes_));
        keys_.push_back(keys);

        auto const raised = by_colour(clause);
        auto const left = raised & by_subject(clause);
        when_.push_back({left & by_condition(clause, false), left & by_condition(clause, true), raised});
    }
}

Decision Decider::decide(Request const& request) const noexcept {
    constexpr Refusal no{Reason::no_clause};
    auto const field = static_cast<unsigned>(request.field);
    if (field >= data_field_count) return no;
    bool const fact = is_fact(request.field);
    // 1. What the agreement does not name.
    auto const role = place_in(roles_, request.role);
    auto const to = fact || request.to.empty() ? coordinator_role_ : place_in(roles_, request.to);
    auto const purpose = place_in(purposes_, request.purpose);
    auto const route = place_in(routes_, request.route);
    auto const circumstance = checked_place(request);
    if (role >= roles_.size() || (!fact && to >= roles_.size()) || purpose >= purposes_.size() ||
        route >= routes_.size() || circumstance == nowhere)
        return no;
    // 2 to 5.
    if (request.stage != stage_of(request.field)) return no;
    if (must_be_silent(request)) return no;
    bool const tells_colour = request.field == DataField::colour;
    bool const about_abuse = (abuse_ >> purpose & 1U) != 0;
    if (tells_colour && !request.own_colour) return no;
    if (tells_colour && request.own_colour == Colour::blue && !blue_where_abuse_ &&
        (request.facts.domestic_abuse || about_abuse))
        return Refusal{Reason::blue_rule};
    // 6. The first clause that permits it.
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        auto const& keys = keys_[i];
        if ((keys.fields >> field & keys.roles >> role & keys.purposes >> purpose & keys.routes >> route & 1U) == 0)
            continue;
        if (!fact && (keys.to >> to & 1U) == 0) continue;
        auto const& when = when_[i];
        if ((about_abuse ? when.abuse : when.ordinary)[circumstance]) return Permit{i};
    }
    // 7. Silent below Amber, a sensitive service is never held back at Amber and Red.
    if (request.sensitive && tells_colour && to == coordinator_role_) {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if ((keys_[i].fields >> field & keys_[i].purposes >> purpose & 1U) != 0 && when_[i].raised[circumstance])
                return Permit{i};
        }
    }
    return no; // 8
}

Decider::Row Decider::row(Key const& key) const {
    assert(key.role < roles_.size() && key.purpose < purposes_.size() && key.route < routes_.size());
    auto const field = static_cast<unsigned>(key.field);
    bool const fact = is_fact(key.field);
    assert(fact || key.to < roles_.size());
    bool const tells_colour = key.field == DataField::colour;
    bool const about_abuse = (abuse_ >> key.purpose & 1U) != 0;
    Row row;
    auto const& sets = standing_circumstances();
    auto open = sets.all;
    if (key.sensitive && !fact) open &= sets.when.at(static_cast<std::size_t>(Condition::own_red_or_amber));
    if (tells_colour) {
        open &= ~sets.own_colour.front();
        auto const& evident =
            about_abuse ? sets.all : sets.when.at(static_cast<std::size_t>(Condition::domestic_abuse));
        if (!blue_where_abuse_) row.blue_rule = open & evident & sets.own_colour.at(std::size_t(Colour::blue));
        open &= ~row.blue_rule;
    }
    auto const take = [&](std::size_t clause, Circumstances const& circumstances) {
        auto const taken = open & circumstances;
        if (taken.none()) return;
        open &= ~taken;
        auto const same = [&](auto const& one) { return one.first == clause; };
        auto const known = std::find_if(row.permits.begin(), row.permits.end(), same);
        if (known == row.permits.end())
            row.permits.emplace_back(clause, taken);
        else
            known->second |= taken;
    };
    for (std::size_t i = 0; i < keys_.size() && open.any(); ++i) {
        auto const& keys = keys_[i];
        if ((keys.fields >> field & keys.roles >> key.role & keys.purposes >> key.purpose & keys.routes >> key.route &
             1U) == 0)
            continue;
        if (!fact && (keys.to >> key.to & 1U) == 0) continue;
        take(i, about_abuse ? when_[i].abuse : when_[i].ordinary);
    }
    if (key.sensitive && tells_colour && key.to == coordinator_role_) {
        for (std::size_t i = 0; i < keys_.size() && open.any(); ++i) {
            if ((keys_[i].fields >> field & keys_[i].purposes >> key.purpose & 1U) != 0) take(i, when_[i].raised);
        }
        std::sort(row.permits.begin(), row.permits.end(),
                  [](auto const& left, auto const& right) { return left.first < right.first; });
    }
    return row;
}

Decision decide(Agreement const& agreement, Request const& request) {
    return Decider(agreement).decide(request);
}

bool may_be_summarised(Party const& party, Reply const& reply) {
    return reply.kind == ReplyKind::rated || (party.dates_only && reply.kind == ReplyKind::known_not_shared);
}

namespace {

/// The role of who would be told; of a fact nobody's.
std::string_view told(Agreement const& agreement, Request const& request) {
    auto const* coordinator = agreement.find(agreement.coordinator);
    if (is_fact(request.field) || (request.to.empty() && coordinator == nullptr)) return {};
    return request.to.empty() ? std::string_view(coordinator->role) : request.to;
}

/// Whether the clause covers the request by its own words (step 6), and not because a sensitive service raises.
bool covers(Agreement const& agreement, Clause const& clause, Request const& request) {
    auto const empty_or_has = [](std::vector<std::string> const& list, std::string_view value) {
        return list.empty() || has(list, value);
    };
    auto const at = checked_place(request);
    auto const purpose = agreement.purpose(request.purpose);
    bool const about_abuse = purpose && agreement.purposes[*purpose].domestic_abuse;
    return at != nowhere && empty_or_has(clause.roles, request.role) && empty_or_has(clause.routes, request.route) &&
           (is_fact(request.field) || clause.to.empty() || has(clause.to, told(agreement, request))) &&
           by_subject(clause)[at] && by_condition(clause, about_abuse)[at];
}

} // namespace

std::string explain(Agreement const& agreement, Request const& request, Decision const& decision) {
    std::string const field = in_words(request.field);
    if (auto const* permit = std::get_if<Permit>(&decision)) {
        assert(permit->clause < agreement.clauses.size());
        auto const& clause = agreement.clauses[permit->clause];
        std::string text = "Clause " + clause.id + " permits " + field + ": " + clause.text;
        if (!covers(agreement, clause, request)) text += " (A sensitive service may always raise RED or AMBER.)";
        return text;
    }
    if (std::get<Refusal>(decision).reason == Reason::blue_rule)
        return "BLUE is not used where domestic abuse is evident (rule blue_where_domestic_abuse).";
    if (must_be_silent(request))
        return "Below AMBER this service never says whether it knows somebody (sensitive service).";
    auto const* coordinator = agreement.find(agreement.coordinator);
    bool const other =
        !is_fact(request.field) && !request.to.empty() && coordinator != nullptr && request.to != coordinator->role;
    return "No clause permits " + field + " for the role " + std::string(request.role) +
           (other ? ", to the role " + std::string(request.to) : "") + ", purpose " + std::string(request.purpose) +
           ", route " + std::string(request.route) + ", stage " + std::to_string(request.stage) + ".";
}

} // namespace fanlight::policy
