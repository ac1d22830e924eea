// Walks the whole domain of decisions, one row of circumstances at a time, under both agreements at once. Nothing is
// sampled: every cell is counted as unchanged, or as part of exactly one change.

#include "policy/compare.hpp"

#include "policy/compare_parts.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace fanlight::policy {
namespace {

/// One agreement, addressed by the places of the domain.
class Half {
  public:
    Half(Agreement const& agreement, Domain const& domain) : decider_(agreement) {
        auto const place_of_name = [](auto const& list, std::string const& name, auto const& id) {
            auto const at = std::find_if(list.begin(), list.end(), [&](auto const& one) { return id(one) == name; });
            return at == list.end() ? std::optional<std::size_t>{}
                                    : std::optional<std::size_t>{static_cast<std::size_t>(at - list.begin())};
        };
        auto const id_of = [](auto const& one) { return one.id; };
        for (auto const& role : domain.roles)
            roles_.push_back(place_of_name(decider_.roles(), role, [](auto const& one) { return one; }));
        for (auto const& purpose : domain.purposes)
            purposes_.push_back(place_of_name(agreement.purposes, purpose, id_of));
        for (auto const& route : domain.routes) routes_.push_back(place_of_name(agreement.routes, route, id_of));
        for (auto const& clause : agreement.clauses) {
            auto const at = std::find(domain.clauses.begin(), domain.clauses.end(), clause.id);
            clauses_.push_back(static_cast<std::size_t>(at - domain.clauses.begin()));
        }
    }

    /// `key` and the answer by places of the domain. A key that the agreement does not name has an empty row.
    Decider::Row row(Decider::Key key) const {
        bool const fact = is_fact(key.field);
        if (!names(key, fact)) return {};
        key.role = *roles_[key.role];
        key.to = fact ? 0 : *roles_[key.to];
        key.purpose = *purposes_[key.purpose];
        key.route = *routes_[key.route];
        auto row = decider_.row(key);
        for (auto& permit : row.permits) permit.first = clauses_[permit.first];
        return row;
    }
    bool names(Decider::Key const& key, bool fact) const {
        return roles_[key.role] && (fact || roles_[key.to]) && purposes_[key.purpose] && routes_[key.route];
    }

  private:
    Decider decider_;
    std::vector<std::optional<std::size_t>> roles_;
    std::vector<std::optional<std::size_t>> purposes_;
    std::vector<std::optional<std::size_t>> routes_;
    std::vector<std::size_t> clauses_; ///< by clause of the agreement: its place in the domain
};

/// Both rows of one key, and what they make of it.
struct Rows {
    Decider::Row before;
    Decider::Row after;
    Circumstances told_before;
    Circumstances told_after;

    Rows(Half const& earlier, Half const& later, Decider::Key const& key)
        : before(earlier.row(key)), after(later.row(key)) {
        for (auto const& permit : before.permits) told_before |= permit.second;
        for (auto const& permit : after.permits) told_after |= permit.second;
    }
    Circumstances lost() const { return told_before & ~told_after; }
    Circumstances gained() const { return told_after & ~told_before; }
    Circumstances to_blue_rule() const { return after.blue_rule & ~before.blue_rule & ~told_before; }
    Circumstances from_blue_rule() const { return before.blue_rule & ~after.blue_rule & ~told_after; }
};

struct Key {
    std::size_t teller; ///< place in Domain::tellers, or a role for a fact
    bool fact;
    Decider::Key key;
};

void insert(Places& places, std::size_t place) {
    auto const at = std::lower_bound(places.begin(), places.end(), place);
    if (at == places.end() || *at != place) places.insert(at, place);
}

class Comparing {
  public:
    Comparing(Agreement const& before, Agreement const& after)
        : before_(before), after_(after), domain_(domain_of(before, after)), earlier_(before, domain_),
          later_(after, domain_) {}

    Comparison run() {
        for_every_key([&](Key const& key) { look(key); });
        for (auto const& key : changed_) describe(key);
        for (auto& one : boxes_) {
            join(one.second, true);
            join(one.second, false);
        }
        say();
        compare_state(result_, before_, after_, said_);
        return std::move(result_);
    }

  private:
    template <class Look> void for_every_key(Look const& look) const {
        for (std::size_t purpose = 0; purpose < domain_.purposes.size(); ++purpose) {
            for (std::size_t route = 0; route < domain_.routes.size(); ++route) {
                for (std::size_t number = 0; number < data_field_count; ++number) {
                    auto const field = static_cast<DataField>(number);
                    if (is_fact(field)) {
                        for (auto const role : domain_.told)
                            look(Key{role, true, {role, 0, false, field, purpose, route}});
                        continue;
                    }
                    for (std::size_t i = 0; i < domain_.tellers.size(); ++i) {
                        auto const& teller = domain_.tellers[i];
                        for (std::size_t to = 0; to < domain_.roles.size(); ++to)
                            look(Key{i, false, {teller.role, to, teller.sensitive, field, purpose, route}});
                    }
                }
            }
        }
    }

    /// Counts, and keeps what is to be described.
    void look(Key const& key) {
        result_.decisions += circumstance_count;
        Rows const rows(earlier_, later_, key.key);
        if (rows.before.permits == rows.after.permits && rows.before.blue_rule == rows.after.blue_rule) return;
        auto const before = result_.decisions_changed;
        to_blue_rule_ += count(rows.to_blue_rule());
        from_blue_rule_ += count(rows.from_blue_rule());
        bool const one_sided =
            !common(domain_.common_purposes, key.key.purpose) || !common(domain_.common_routes, key.key.route);
        for (auto const& was : rows.before.permits) {
            auto const lost = was.second & rows.lost();
            if (count(lost) != 0 && one_sided) count_one_sided(key.key, was.first, lost, false);
            for (auto const& now : rows.after.permits) {
                if (now.first == was.first || count(was.second & now.second) == 0) continue;
                insert(instead_[was.first], now.first);
                insert(replaces_[now.first], was.first);
            }
        }
        for (auto const& now : rows.after.permits) {
            auto const gained = now.second & rows.gained();
            if (count(gained) != 0 && one_sided) count_one_sided(key.key, now.first, gained, true);
        }
        if (result_.decisions_changed == before) return; // the order of clauses alone
        add_role(key);
        if (!one_sided) changed_.push_back(key);
    }

    std::uint64_t count(Circumstances const& cells) {
        result_.decisions_changed += cells.count();
        return cells.count();
    }
    static bool common(Places const& places, std::size_t place) {
        return std::binary_search(places.begin(), places.end(), place);
    }
    void add_role(Key const& key) {
        if (!key.fact) {
            result_.roles.insert(domain_.roles[key.key.role]);
            return;
        }
        result_.roles.insert(before_.coordinator_role());
        result_.roles.insert(after_.coordinator_role());
    }
    void count_one_sided(Decider::Key const& key, std::size_t clause, Circumstances const& cells, bool added) {
        bool const purpose = !common(domain_.common_purposes, key.purpose);
        auto const place = purpose ? key.purpose : key.route;
        auto const same = [&](OneSided const& one) {
            return one.purpose == purpose && one.place == place && one.added == added;
        };
        auto at = std::find_if(one_sided_.begin(), one_sided_.end(), same);
        if (at == one_sided_.end()) at = one_sided_.insert(at, OneSided{purpose, place, added, {}});
        insert(at->clauses, clause);
        at->decisions += cells.count();
    }

    void describe(Key const& key) {
        Rows const rows(earlier_, later_, key.key);
        auto const vacuous = never_told(key, rows);
        for (auto const& was : rows.before.permits) {
            describe_part(key, ChangeKind::less, was.first, was.second & rows.lost(), rows.lost() | vacuous,
                          rows.after.permits);
        }
        for (auto const& now : rows.after.permits)
            describe_part(key, ChangeKind::more, now.first, now.second & rows.gained(), rows.gained() | vacuous,
                          rows.before.permits);
        describe_instead(key, rows);
    }

    /// What neither agreement could permit, so that no sentence leaves it out: a colour that nobody gave, and Blue
    /// where both refuse it by the rule. Not the silence of a sensitive service: that is always said.
    Circumstances never_told(Key const& key, Rows const& rows) const {
        if (key.key.field != DataField::colour || key.key.sensitive) return {};
        auto const& sets = standing_circumstances();
        auto const blue = [&](Half const& half, Decider::Row const& row) {
            return half.names(key.key, false) ? row.blue_rule : sets.all;
        };
        return sets.own_colour.front() | (blue(earlier_, rows.before) & blue(later_, rows.after));
    }

    /// More or less: `required` changes by `clause`; a sentence that takes in `allowed` is true, and so is one that
    /// takes in what `others` permit, if it names them.
    void describe_part(Key const& key, ChangeKind kind, std::size_t clause, Circumstances const& required,
                       Circumstances allowed, std::vector<std::pair<std::size_t, Circumstances>> const& others) {
        if (required.none()) return;
        for (auto const& other : others) {
            if (other.first != clause) allowed |= other.second;
        }
        auto left = required;
        for (auto const& shape : shapes(required, allowed)) {
            auto const set = set_of(shape);
            Places named;
            for (auto const& other : others) {
                if ((other.second & set).any()) insert(named, other.first);
            }
            add(key, Manner{kind, key.fact, shape, {}, false}, clause, std::move(named), (left & set).count());
            left &= ~set;
        }
    }

    /// Another clause than before. One clause that gives way to several is said once, and so is one that takes the
    /// place of several.
    void describe_instead(Key const& key, Rows const& rows) {
        for (auto const& was : rows.before.permits)
            describe_instead(key, Instead{was.first, false, partners(was.first, false)}, was.second, rows.after);
        for (auto const& now : rows.after.permits)
            describe_instead(key, Instead{now.first, true, partners(now.first, true)}, now.second, rows.before);
    }

    struct Instead {
        std::size_t clause;
        bool takes_over; ///< otherwise it gives way
        Places partners;
    };
    /// The clauses to which this one gives way anywhere, or whose place it takes; without those for which it is shorter
    /// to say it the other way round.
    Places partners(std::size_t clause, bool takes_over) const {
        auto const& mine = takes_over ? replaces_ : instead_;
        auto const& theirs = takes_over ? instead_ : replaces_;
        auto const at = mine.find(clause);
        Places places;
        if (at == mine.end()) return places;
        for (auto const other : at->second) {
            auto const here = at->second.size();
            auto const there = theirs.at(other).size();
            if (here > there || (here == there && !takes_over)) places.push_back(other);
        }
        return places;
    }

    void describe_instead(Key const& key, Instead const& one, Circumstances const& mine, Decider::Row const& others) {
        Circumstances required;
        Circumstances same;
        Places here;
        for (auto const& other : others.permits) {
            if (other.first == one.clause) same = other.second & mine;
            if (!common(one.partners, other.first) || (other.second & mine).none()) continue;
            required |= other.second & mine;
            insert(here, other.first);
        }
        if (required.none()) return;
        auto under = one.partners;
        auto found = shapes_instead(under, required, same, others);
        if (found.size() > 1 || !found.front().exact.empty()) { // maybe fewer if only those of this key are named
            under = here;
            found = shapes_instead(under, required, same, others);
        }
        auto left = required;
        for (auto const& shape : found) {
            auto const set = set_of(shape);
            bool const whole = (set & ~required).none();
            add(key, Manner{ChangeKind::clause, key.fact, shape, under, one.takes_over}, one.clause, {},
                (left & set).count(), whole);
            left &= ~set;
        }
    }
    /// A sentence about more than changes is true where it is about what the partners permit, and about nothing that
    /// stays under its clause.
    std::vector<Shape> const& shapes_instead(Places const& partners_named, Circumstances const& required,
                                             Circumstances const& same, Decider::Row const& others) {
        auto spoken_of = same;
        for (auto const& permit : others.permits) {
            if (common(partners_named, permit.first)) spoken_of |= permit.second;
        }
        return shapes(required, required | ~spoken_of);
    }

    /// Most keys ask the same question.
    std::vector<Shape> const& shapes(Circumstances const& required, Circumstances const& allowed) {
        auto& known = shapes_[required];
        for (auto const& one : known) {
            if (one.first == allowed) return one.second;
        }
        known.emplace_back(allowed, shapes_of(required, allowed));
        return known.back().second;
    }

    void add(Key const& key, Manner const& manner, std::size_t clause, Places others, std::uint64_t decisions,
             bool whole = false) {
        if (decisions == 0) return;
        Box box;
        box.sides = {Places{key.teller}, Places{key.key.to}, Places{static_cast<std::size_t>(key.key.field)},
                     Places{key.key.purpose}, Places{key.key.route}};
        box.clauses = {clause};
        box.others = std::move(others);
        box.decisions = decisions;
        box.whole = whole;
        boxes_[manner].push_back(std::move(box));
    }

    void say() {
        struct Said {
            Places clauses;
            Change change;
        };
        Words const words{before_, after_, domain_};
        std::vector<Said> all;
        for (auto const& one : one_sided_) all.push_back({{}, words.change(one)});
        for (auto const& [manner, boxes] : boxes_) {
            for (auto const& box : boxes) {
                all.push_back({box.clauses, words.change(manner, box)});
                for (auto const* places : {&box.clauses, &manner.partners})
                    for (auto const place : *places) said_.insert(domain_.clauses[place]);
            }
        }
        for (auto const& one : one_sided_)
            for (auto const place : one.clauses) said_.insert(domain_.clauses[place]);
        std::stable_sort(all.begin(), all.end(), [](Said const& left, Said const& right) {
            return std::tie(left.change.kind, left.clauses) < std::tie(right.change.kind, right.clauses);
        });
        for (auto& one : all) result_.changes.push_back(std::move(one.change));
        say_reason(to_blue_rule_, "BLUE that no clause permitted is now refused by the Blue rule.");
        say_reason(from_blue_rule_, "BLUE that the Blue rule refused is now refused because no clause permits it.");
    }
    void say_reason(std::uint64_t decisions, char const* sentence) {
        if (decisions != 0) result_.changes.push_back({ChangeKind::clause, sentence, "rules", decisions});
    }

    Agreement const& before_;
    Agreement const& after_;
    Domain const domain_;
    Half const earlier_;
    Half const later_;
    Comparison result_;
    std::vector<Key> changed_;
    std::map<std::size_t, Places> instead_;  ///< by clause: those that permit in its place now, anywhere
    std::map<std::size_t, Places> replaces_; ///< by clause: those in whose place it permits now
    std::uint64_t to_blue_rule_ = 0;
    std::uint64_t from_blue_rule_ = 0;
    std::vector<OneSided> one_sided_;
    std::unordered_map<Circumstances, std::vector<std::pair<Circumstances, std::vector<Shape>>>> shapes_;
    Boxes boxes_;
    std::set<std::string> said_; ///< clauses of which a change speaks
};

/// The ids of the later agreement, then those that only the earlier one has; and the places of those of both.
template <class List>
std::vector<std::string> ids_of_both(List const& before, List const& after, Places* common = nullptr) {
    auto const has_id = [](List const& list, std::string const& id) {
        return std::any_of(list.begin(), list.end(), [&](auto const& one) { return one.id == id; });
    };
    std::vector<std::string> ids;
    for (auto const& one : after) {
        if (common != nullptr && has_id(before, one.id)) common->push_back(ids.size());
        ids.push_back(one.id);
    }
    for (auto const& one : before) {
        if (!has_id(after, one.id)) ids.push_back(one.id);
    }
    return ids;
}

} // namespace

Domain domain_of(Agreement const& before, Agreement const& after) {
    Domain domain;
    std::set<std::string> roles;
    std::set<std::pair<std::string, bool>> asked;
    for (auto const* agreement : {&before, &after}) {
        for (auto const& party : agreement->parties) {
            roles.insert(party.role);
            if (party.asked != Asked::never) asked.insert({party.role, party.sensitive});
        }
    }
    domain.roles.assign(roles.begin(), roles.end());
    for (auto const& one : asked) {
        auto const role = static_cast<std::size_t>(std::distance(roles.begin(), roles.find(one.first)));
        domain.tellers.push_back({role, one.second});
        insert(domain.told, role);
    }
    domain.purposes = ids_of_both(before.purposes, after.purposes, &domain.common_purposes);
    domain.routes = ids_of_both(before.routes, after.routes, &domain.common_routes);
    domain.clauses = ids_of_both(before.clauses, after.clauses);
    return domain;
}

char const* name(ChangeKind kind) {
    switch (kind) {
    case ChangeKind::more: return "more";
    case ChangeKind::less: return "less";
    case ChangeKind::clause: return "clause";
    case ChangeKind::state: return "state";
    }
    return "";
}

std::string Comparison::rest() const {
    if (decisions_changed == 0) {
        auto const all = with_commas(decisions);
        return (same() ? "Nothing changes: all " : "No decision changes: all ") + all + " decisions stay as they are.";
    }
    return "Nothing else changes: of " + with_commas(decisions) + " decisions " +
           with_commas(decisions - decisions_changed) + " stay as they are.";
}

Comparison compare(Agreement const& before, Agreement const& after) {
    return Comparing(before, after).run();
}

} // namespace fanlight::policy
