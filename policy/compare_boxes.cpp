// From keys to rectangles of keys: what differs in one side only is said together.

#include "policy/compare_parts.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

Places united(Places const& left, Places const& right) {
    Places all;
    std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(all));
    return all;
}

bool apart(Places const& left, Places const& right) {
    Places both;
    std::set_intersection(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(both));
    return both.empty();
}

/// Whether what is said of both stays true of the two together: no clause may permit what it no longer permits.
bool may_join(Box const& one, Box const& other) {
    return apart(united(one.clauses, other.clauses), united(one.others, other.others));
}

/// One pass along one side; whether any two were joined.
bool join_along(std::vector<Box>& boxes, Box::Side side, bool same_clauses) {
    std::map<std::pair<std::array<Places, 5>, Places>, std::size_t> places;
    std::vector<Box> joined;
    for (auto& box : boxes) {
        auto rest = box.sides;
        rest.at(side).clear();
        auto const added = places.try_emplace({rest, same_clauses ? box.clauses : Places{}}, joined.size());
        if (added.second) {
            joined.push_back(std::move(box));
            continue;
        }
        auto& known = joined.at(added.first->second);
        if (!may_join(known, box)) {
            joined.push_back(std::move(box));
            continue;
        }
        known.sides.at(side) = united(known.sides.at(side), box.sides.at(side));
        known.clauses = united(known.clauses, box.clauses);
        known.others = united(known.others, box.others);
        known.decisions += box.decisions;
        known.whole = known.whole && box.whole;
    }
    bool const any = joined.size() < boxes.size();
    boxes = std::move(joined);
    return any;
}

} // namespace

void join(std::vector<Box>& boxes, bool same_clauses) {
    for (bool again = true; again;) {
        again = false;
        for (auto const side : {Box::field, Box::teller, Box::route, Box::purpose, Box::to})
            if (join_along(boxes, side, same_clauses)) again = true;
    }
}

} // namespace fanlight::policy
