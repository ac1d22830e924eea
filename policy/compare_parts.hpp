#pragma once
// What the parts of a comparison give each other: compare.cpp finds the cells that change, compare_shape.cpp describes
// their circumstances, compare_boxes.cpp groups them, compare_words.cpp says them; compare_state.cpp and
// compare_values.cpp say everything that is not a decision.

#include "policy/circumstances.hpp"
#include "policy/compare.hpp"

#include <array>

namespace fanlight::policy {

using Places = std::vector<std::size_t>; ///< sorted, each once

/// Who and what there is in either agreement, in the order in which it is said.
struct Domain {
    struct Teller {
        std::size_t role;
        bool sensitive;
        auto operator<=>(Teller const&) const = default;
    };
    std::vector<std::string> roles;    ///< sorted; of every party
    std::vector<Teller> tellers;       ///< of parties that are asked
    Places told;                       ///< roles of parties that are asked: who may be told a fact_*
    std::vector<std::string> purposes; ///< as in the later agreement, then those that only the earlier one has
    std::vector<std::string> routes;   ///< likewise
    std::vector<std::string> clauses;  ///< likewise
    Places common_purposes;            ///< of both
    Places common_routes;
};
Domain domain_of(Agreement const& before, Agreement const& after);

/// A set of circumstances that can be said in words: own colour and subject are in the lists, any one of some
/// conditions holds, and none of some others.
struct Shape {
    static constexpr unsigned every_colour = (1U << own_colour_count) - 1;
    static constexpr unsigned every_subject = (1U << subject_count) - 1;
    unsigned colours = every_colour;   ///< bit: 0 none, then by the number of the colour
    unsigned subjects = every_subject; ///< bit: by the number of the subject
    unsigned any = 0;                  ///< bit: by the number of the condition; 0: whatever holds
    unsigned none = 0;                 ///< likewise
    std::string exact = {}; ///< the set itself, place by place, if it could not be described; the rest is then 0
    auto operator<=>(Shape const&) const = default;
};
Circumstances set_of(Shape const& shape);
/// The fewest shapes that hold all of `required` together and nothing but `allowed`, which holds `required`.
std::vector<Shape> shapes_of(Circumstances const& required, Circumstances const& allowed);

/// A rectangle of keys whose decisions change in one way: every teller, recipient, ... with every other.
struct Box {
    enum Side : std::size_t { teller, to, field, purpose, route };
    std::array<Places, 5> sides; ///< teller: place in Domain::tellers, or a role of Domain::told for a fact
    Places clauses;              ///< that permitted before (less) or permit now (more); of kind clause see Manner
    Places others;               ///< less, more: that permit part of it after, or did before
    std::uint64_t decisions = 0;
    bool whole = false; ///< of kind clause: the other clauses permit in all of the shape
};
/// What all keys of a box have in common.
struct Manner {
    ChangeKind kind;
    bool fact;
    Shape shape;
    Places partners; ///< of kind clause: the clauses on the other side of the change
    bool takes_over; ///< likewise: the clause of the box permits in the place of its partners, not they in its place
    auto operator<=>(Manner const&) const = default;
};
using Boxes = std::map<Manner, std::vector<Box>>;
/// Joins boxes until no two of one manner make a rectangle; first those about the same clauses.
void join(std::vector<Box>& boxes, bool same_clauses);

/// A purpose or a route that only one of the agreements has.
struct OneSided {
    bool purpose;
    std::size_t place; ///< in Domain::purposes or Domain::routes
    bool added;
    Places clauses;
    std::uint64_t decisions = 0;
};

/// Sentences.
struct Words {
    Agreement const& before;
    Agreement const& after;
    Domain const& domain;
    Change change(Manner const& manner, Box const& box) const;
    Change change(OneSided const& one) const;

  private:
    std::string role(std::size_t place) const;
    std::string who(Manner const& manner, Box const& box) const;
    std::string to_whom(Manner const& manner, Box const& box) const;
    std::string clauses(Places const& places, char const* last) const;
};

std::string with_commas(std::uint64_t number);                               ///< "22,809,600"
std::string listed(std::vector<std::string> const& words, char const* last); ///< "a, b and c"; `last` is "and"
std::string counted(std::uint64_t count, char const* one, char const* many); ///< "1 day", "2,000 days"

/// Every value that no decision depends on, and those that could and do not. `said`: the clauses that a sentence about
/// decisions speaks of. Sets parties_changed, purposes_changed and holders_changed.
void compare_state(Comparison& comparison, Agreement const& before, Agreement const& after,
                   std::set<std::string> const& said);

} // namespace fanlight::policy
