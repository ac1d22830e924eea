#pragma once
// How a value that changes is said: "The people that Housing declares change from 200 to 300." Each function compares
// every member of one struct of policy/agreement.hpp; tests/unit/policy_compare_state.cpp holds them to it.

#include "policy/compare_parts.hpp"

#include <algorithm>

namespace fanlight::policy {

std::string show(std::string const& text); ///< in quotation marks; "nothing" if it is empty
std::string show(PartyId const& id);
std::string show(bool yes);
std::string show(std::uint64_t number);
std::string show(std::int64_t number);
std::string show(Duration duration); ///< "24h"; "nothing" if it is zero
std::string show(Day day);
std::string show(Instant instant);
std::string show(std::chrono::weekday day);
std::string show(Source source);
/// "a, b and c", or `none`.
std::string show_list(std::vector<std::string> const& words, char const* none);
template <class T> std::string show_list(std::vector<T> const& list, char const* none) {
    std::vector<std::string> words;
    for (auto const& one : list) words.push_back(show(one));
    return show_list(words, none);
}

/// Where sentences about values go.
class States {
  public:
    explicit States(std::vector<Change>& changes) : changes_(changes) {}
    void say(std::string place, std::string sentence) {
        changes_.push_back({ChangeKind::state, std::move(sentence), std::move(place), 0});
    }
    /// "`what` changes from X to Y." with the two values shown.
    template <class T> void value(std::string const& place, std::string const& what, T const& was, T const& now) {
        if (!(was == now)) from_to(place, what, show(was), show(now));
    }
    template <class T>
    void list(std::string const& place, std::string const& what, std::vector<T> const& was, std::vector<T> const& now,
              char const* none = "nothing") {
        if (!(was == now)) from_to(place, what, show_list(was, none), show_list(now, none));
    }
    /// One of two sentences.
    void either(std::string const& place, bool was, bool now, std::string const& if_now, std::string const& if_not) {
        if (was != now) say(place, now ? if_now : if_not);
    }
    void from_to(std::string const& place, std::string const& what, std::string const& was, std::string const& now) {
        say(place, what + " changes from " + was + " to " + now + ".");
    }
    std::size_t count() const { return changes_.size(); }

  private:
    std::vector<Change>& changes_;
};

void compare_head(States& states, Agreement const& before, Agreement const& after);
void compare_party(States& states, Party const& was, Party const& now);
void compare_keys(States& states, KeyHolders const& was, KeyHolders const& now);
void compare_budgets(States& states, Budgets const& was, Budgets const& now);
void compare_purpose(States& states, Purpose const& was, Purpose const& now);
void compare_basis(States& states, LawfulBasis const& was, LawfulBasis const& now);
void compare_document(States& states, Document const& was, Document const& now);
void compare_outcome(States& states, Outcome const& was, Outcome const& now);
void compare_route(States& states, Route const& was, Route const& now);
void compare_matching(States& states, Matching const& was, Matching const& now);
void compare_release(States& states, Release const& was, Release const& now);
void compare_retention(States& states, Retention const& was, Retention const& now);
void compare_rules(States& states, Rules const& was, Rules const& now);
/// Names of the members of a clause that differ, without its text: "fields", "roles".
std::vector<std::string> members_changed(Clause const& was, Clause const& now);

} // namespace fanlight::policy
