// Everything that two agreements state besides decisions: every table of them. The members of each are compared in
// compare_values.cpp.

#include "policy/compare_states.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

template <class List> auto const* find_id(List const& list, std::string const& id) {
    auto const at = std::find_if(list.begin(), list.end(), [&](auto const& one) { return id == show(one.id); });
    return at == list.end() ? nullptr : &*at;
}

/// Lists whose entries have an id: `added`, `gone` and `both` say each entry; `order` says that those of both come in
/// another order.
template <class List, class Added, class Gone, class Both, class Order>
void by_id(List const& before, List const& after, Added const& added, Gone const& gone, Both const& both,
           Order const& order) {
    std::vector<std::string> was;
    std::vector<std::string> now;
    for (auto const& one : before) {
        if (find_id(after, show(one.id)) == nullptr)
            gone(one);
        else
            was.push_back(show(one.id));
    }
    for (auto const& one : after) {
        auto const* earlier = find_id(before, show(one.id));
        if (earlier == nullptr) {
            added(one);
            continue;
        }
        now.push_back(show(one.id));
        both(*earlier, one);
    }
    if (was != now) order();
}

/// Lists whose entries have none: what is alike is alike wherever it stands; of the rest the first is taken for a
/// changed form of the first.
template <class T, class Added, class Gone, class Both, class Same>
void without_id(std::vector<T> const& before, std::vector<T> const& after, Same const& same, Added const& added,
                Gone const& gone, Both const& both) {
    std::vector<T const*> left;
    for (auto const& one : before) left.push_back(&one);
    std::vector<T const*> changed;
    for (auto const& one : after) {
        auto const at = std::find_if(left.begin(), left.end(), [&](T const* other) { return same(*other, one); });
        if (at == left.end())
            changed.push_back(&one);
        else
            left.erase(at);
    }
    auto const pairs = std::min(left.size(), changed.size());
    for (std::size_t i = 0; i < pairs; ++i) both(*left[i], *changed[i]);
    for (std::size_t i = pairs; i < left.size(); ++i) gone(*left[i]);
    for (std::size_t i = pairs; i < changed.size(); ++i) added(*changed[i]);
}

void compare_parties(States& states, Agreement const& before, Agreement const& after) {
    by_id(
        before.parties, after.parties,
        [&](Party const& one) {
            states.say("party " + one.id.text(), one.name + " (" + one.id.text() + ") becomes a party.");
        },
        [&](Party const& one) {
            states.say("party " + one.id.text(), one.name + " (" + one.id.text() + ") is no longer a party.");
        },
        [&](Party const& was, Party const& now) { compare_party(states, was, now); }, [] {});
}

/// Every value of one that has no id, in one line.
std::string line_of(LawfulBasis const& basis) {
    std::vector<std::string> words{"Article " + basis.article_6};
    if (!basis.article_9.empty()) words.push_back("Article " + basis.article_9);
    if (!basis.article_10.empty()) words.push_back("Article " + basis.article_10);
    if (!basis.schedule_1.empty()) words.push_back("Schedule 1 " + basis.schedule_1);
    words.insert(words.end(), basis.gateways.begin(), basis.gateways.end());
    auto const of = [](std::vector<std::string> const& list, char const* every) {
        return list.empty() ? std::string(every) : listed(list, "and");
    };
    return listed(words, "and") + ", for " + of(basis.roles, "every role") + " and " +
           of(basis.purposes, "every purpose");
}

bool same_basis(LawfulBasis const& was, LawfulBasis const& now) {
    std::vector<Change> changes;
    States states(changes);
    compare_basis(states, was, now);
    return changes.empty();
}

bool same_document(Document const& was, Document const& now) {
    std::vector<Change> changes;
    States states(changes);
    compare_document(states, was, now);
    return changes.empty();
}

void compare_why(States& states, Agreement const& before, Agreement const& after) {
    by_id(
        before.purposes, after.purposes,
        [&](Purpose const& one) {
            states.say("purpose " + one.id, "The purpose " + one.id + " is new: " + show(one.name) + ".");
        },
        [&](Purpose const& one) { states.say("purpose " + one.id, "The purpose " + one.id + " is gone."); },
        [&](Purpose const& was, Purpose const& now) { compare_purpose(states, was, now); },
        [&] { states.say("purposes", "The purposes stand in another order, and so have other numbers on the wire."); });
    without_id(
        before.bases, after.bases, same_basis,
        [&](LawfulBasis const& one) { states.say("basis", "A lawful basis is new: " + line_of(one) + "."); },
        [&](LawfulBasis const& one) { states.say("basis", "A lawful basis is gone: " + line_of(one) + "."); },
        [&](LawfulBasis const& was, LawfulBasis const& now) { compare_basis(states, was, now); });
}

void compare_rest(States& states, Agreement const& before, Agreement const& after) {
    without_id(
        before.documents, after.documents, same_document,
        [&](Document const& one) {
            states.say("document", "The document " + show(one.title) + " (" + name(one.kind) + ", " + show(one.dated) +
                                       ") is new.");
        },
        [&](Document const& one) {
            states.say("document", "The document " + show(one.title) + " (" + name(one.kind) + ", " + show(one.dated) +
                                       ") is gone.");
        },
        [&](Document const& was, Document const& now) { compare_document(states, was, now); });
    by_id(
        before.outcomes, after.outcomes,
        [&](Outcome const& one) {
            states.say("outcome " + one.id, "A case may now end with " + show(one.name) + " (" + one.id + ").");
        },
        [&](Outcome const& one) {
            states.say("outcome " + one.id, "A case may no longer end with " + show(one.name) + " (" + one.id + ").");
        },
        [&](Outcome const& was, Outcome const& now) { compare_outcome(states, was, now); },
        [&] { states.say("outcomes", "The outcomes stand in another order."); });
    by_id(
        before.routes, after.routes,
        [&](Route const& one) {
            states.say("route " + one.id, "The route " + one.id + " is new: " + show(one.name) +
                                              ", with a time to reply of " + show(one.reply_within) + ".");
        },
        [&](Route const& one) { states.say("route " + one.id, "The route " + one.id + " is gone."); },
        [&](Route const& was, Route const& now) { compare_route(states, was, now); },
        [&] { states.say("routes", "The routes stand in another order, and so have other numbers on the wire."); });
}

/// What RED means at the police, and so on.
void compare_wording(States& states, Agreement const& before, Agreement const& after) {
    std::map<std::pair<std::string, Colour>, std::pair<std::string, std::string>> all;
    for (auto const& role : before.wording)
        for (auto const& colour : role.second) all[{role.first, colour.first}].first = colour.second;
    for (auto const& role : after.wording)
        for (auto const& colour : role.second) all[{role.first, colour.first}].second = colour.second;
    for (auto const& one : all) {
        auto const& role = one.first.first;
        std::string const what = std::string("What ") + in_words(one.first.second) + " means in the role " + role;
        if (one.second.first == one.second.second) continue;
        states.say("wording " + role, one.second.second.empty() ? what + " is no longer said."
                                                                : what + " is now " + show(one.second.second) + ".");
    }
}

/// A clause of which no decision speaks has changed without changing one.
void compare_clauses(States& states, Agreement const& before, Agreement const& after, std::set<std::string> const& said,
                     bool other_clause) {
    auto const silent = [&](Clause const& one) { return said.count(one.id) == 0; };
    by_id(
        before.clauses, after.clauses,
        [&](Clause const& one) {
            if (silent(one))
                states.say("clause " + one.id,
                           "Clause " + one.id + " is new and changes no decision: " + show(one.text) + ".");
        },
        [&](Clause const& one) {
            if (silent(one))
                states.say("clause " + one.id, "Clause " + one.id + " is gone, which changes no decision.");
        },
        [&](Clause const& was, Clause const& now) {
            auto const members = members_changed(was, now);
            if (silent(now) && !members.empty())
                states.say("clause " + now.id, "Clause " + now.id + " has other " + listed(members, "and") +
                                                   ", which changes no decision.");
            if (was.text != now.text)
                states.say("clause " + now.id, "Clause " + now.id + " now reads " + show(now.text) + ".");
        },
        [&] {
            if (!other_clause) states.say("clauses", "The clauses stand in another order, which changes no decision.");
        });
}

} // namespace

void compare_state(Comparison& comparison, Agreement const& before, Agreement const& after,
                   std::set<std::string> const& said) {
    bool const other_clause = std::any_of(comparison.changes.begin(), comparison.changes.end(),
                                          [](Change const& one) { return one.kind == ChangeKind::clause; });
    States states(comparison.changes);
    auto const says = [&](auto const& compare_some) {
        auto const so_far = states.count();
        compare_some();
        return states.count() != so_far;
    };
    compare_head(states, before, after); // but for the id, which is the hash of the text
    comparison.parties_changed = says([&] { compare_parties(states, before, after); });
    comparison.purposes_changed = says([&] { compare_why(states, before, after); });
    comparison.holders_changed = says([&] { compare_keys(states, before.keys, after.keys); });
    compare_budgets(states, before.budgets, after.budgets);
    compare_rest(states, before, after);
    compare_matching(states, before.matching, after.matching);
    compare_release(states, before.release, after.release);
    compare_retention(states, before.retention, after.retention);
    compare_rules(states, before.rules, after.rules);
    compare_wording(states, before, after);
    compare_clauses(states, before, after, said, other_clause);
}

} // namespace fanlight::policy
