// Changes of decisions in plain English.

#include "policy/compare_parts.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

constexpr std::size_t named_except_max = 2; ///< "every agency but Refuge and Marac" while so few are left out

/// "AMBER", "RED or AMBER": the worst first.
std::string colours_in(unsigned bits) {
    std::vector<std::string> words;
    for (unsigned i = own_colour_count - 1; i > 0; --i) {
        if ((bits >> i & 1U) != 0) words.emplace_back(in_words(static_cast<Colour>(i)));
    }
    return listed(words, "or");
}

/// " when it says AMBER itself"; `several` speak.
std::string own_colour(unsigned bits, bool several) {
    if (bits == Shape::every_colour) return {};
    std::string const it = several ? "they" : "it";
    std::string const none = several ? "give no colour" : "gives no colour";
    if (bits == 1) return " when " + it + " " + none;
    auto text =
        " when " + it + (several ? " say " : " says ") + colours_in(bits) + (several ? " themselves" : " itself");
    return (bits & 1U) != 0 ? text + " or " + none : text;
}

std::string about(unsigned bits) {
    if (bits == Shape::every_subject) return " about anybody";
    if (bits == (Shape::every_subject & ~1U)) return " about anybody whose role was told";
    std::vector<std::string> words;
    for (unsigned i = 1; i < subject_count; ++i) {
        if ((bits >> i & 1U) != 0) words.emplace_back(in_words(static_cast<Subject>(i)));
    }
    if ((bits & 1U) != 0) words.emplace_back(in_words(Subject::unknown));
    return " about " + listed(words, "or");
}

std::string condition(Condition one, bool holds, bool several) {
    std::string const no = holds ? "" : "not ";
    switch (one) {
    case Condition::always: return "always";
    case Condition::own_red_or_amber:
        if (several) return holds ? "they say RED or AMBER themselves" : "they do not say RED or AMBER themselves";
        return holds ? "it says RED or AMBER itself" : "it does not say RED or AMBER itself";
    case Condition::someone_red_or_amber: return "another agency has " + no + "said RED or AMBER";
    case Condition::marac_threshold: return "the Marac threshold is " + no + "met";
    case Condition::section_47: return "section 47 is " + no + "under way";
    case Condition::domestic_abuse: return "domestic abuse is " + no + "evident";
    case Condition::dash_high: return "the Dash score is " + no + "high";
    case Condition::consent_given: return "consent was " + no + "given";
    case Condition::consent_refused: return "consent was " + no + "refused";
    }
    return {};
}

std::vector<std::string> conditions(unsigned bits, bool hold, bool several) {
    std::vector<std::string> words;
    for (unsigned i = 1; i < condition_count; ++i) {
        if ((bits >> i & 1U) != 0) words.push_back(condition(static_cast<Condition>(i), hold, several));
    }
    return words;
}

/// " when it says AMBER itself, where the Marac threshold is met, and section 47 is not under way"
std::string circumstances(Shape const& shape, unsigned colours, bool several) {
    auto const own = own_colour(colours, several);
    auto const any = listed(conditions(shape.any, true, several), "or");
    auto const none = listed(conditions(shape.none, false, several), "and");
    if (any.empty() && none.empty()) return own;
    return own + (own.empty() ? " where " : ", where ") + any + (any.empty() || none.empty() ? "" : ", and ") + none;
}

/// Of party names and roles, which may begin with a small letter.
std::string upper_first(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

/// "that a person is not known": nobody needs to add about whom.
bool names_the_person(Manner const& manner, Box const& box) {
    return manner.fact ||
           std::any_of(box.sides[Box::field].begin(), box.sides[Box::field].end(), [](std::size_t field) {
               auto const one = static_cast<DataField>(field);
               return one == DataField::not_known || one == DataField::known_not_shared ||
                      one == DataField::unsure_match;
           });
}

std::string ids(std::vector<std::string> const& all, Places const& places) {
    std::vector<std::string> words;
    for (auto const place : places) words.push_back(all[place]);
    return listed(words, "and");
}

/// " for the purpose safeguarding_adults"; nothing if it is all that both agreements have.
std::string only(char const* one, char const* many, std::vector<std::string> const& all, Places const& common,
                 Places const& places) {
    return places == common ? "" : (places.size() == 1 ? one : many) + ids(all, places);
}

} // namespace

std::string with_commas(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto place = text.size(); place > 3; place -= 3) text.insert(place - 3, ",");
    return text;
}

std::string counted(std::uint64_t count, char const* one, char const* many) {
    return with_commas(count) + " " + (count == 1 ? one : many);
}

std::string listed(std::vector<std::string> const& words, char const* last) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) text += i + 1 == words.size() ? std::string(" ") + last + " " : ", ";
        text += words[i];
    }
    return text;
}

/// The party's name if the role is that of one party.
std::string Words::role(std::size_t place) const {
    auto const& wanted = domain.roles[place];
    for (auto const* agreement : {&after, &before}) {
        std::vector<std::string> names;
        for (auto const& party : agreement->parties) {
            if (party.role == wanted) names.push_back(party.name);
        }
        if (names.size() == 1) return names.front();
        if (!names.empty()) break;
    }
    return "the role " + wanted;
}

/// Who would tell; of a fact, who would be told.
std::string Words::who(Manner const& manner, Box const& box) const {
    auto const& places = box.sides[Box::teller];
    auto const all = manner.fact ? domain.told.size() : domain.tellers.size();
    auto const one = [&](std::size_t place) {
        if (manner.fact) return role(place);
        auto const& teller = domain.tellers[place];
        auto const twin = Domain::Teller{teller.role, !teller.sensitive};
        bool const both = std::find(domain.tellers.begin(), domain.tellers.end(), twin) != domain.tellers.end();
        return role(teller.role) + (both && teller.sensitive ? " (as a sensitive service)" : "");
    };
    if (places.size() > 1 && places.size() + named_except_max >= all && places.size() > named_except_max) {
        std::vector<std::string> others;
        for (std::size_t i = 0; i < all; ++i) {
            auto const place = manner.fact ? domain.told[i] : i;
            if (!std::binary_search(places.begin(), places.end(), place)) others.push_back(one(place));
        }
        return others.empty() ? "every agency" : "every agency but " + listed(others, "and");
    }
    std::vector<std::string> words;
    for (auto const place : places) words.push_back(one(place));
    return listed(words, "and");
}

std::string Words::to_whom(Manner const& manner, Box const& box) const {
    if (manner.fact) return who(manner, box);
    auto const& places = box.sides[Box::to];
    if (places.size() == domain.roles.size() && places.size() > 1) return "everybody";
    bool const same = before.coordinator_role() == after.coordinator_role();
    std::vector<std::string> words;
    for (auto const place : places) {
        if (same && domain.roles[place] == after.coordinator_role())
            words.insert(words.begin(), "the coordinator");
        else
            words.push_back(role(place));
    }
    return listed(words, "and");
}

std::string Words::clauses(Places const& places, char const* last) const {
    std::vector<std::string> words;
    for (auto const place : places) words.push_back(domain.clauses[place]);
    return (places.size() == 1 || std::string_view(last) == "or" ? "clause " : "clauses ") + listed(words, last);
}

Change Words::change(Manner const& manner, Box const& box) const {
    auto const& shape = manner.shape;
    auto const teller = manner.fact ? "the coordinator" : who(manner, box);
    bool const several = !manner.fact && box.sides[Box::teller].size() > 1 && teller.rfind("every ", 0) != 0;
    std::vector<std::string> fields;
    for (auto const field : box.sides[Box::field]) fields.emplace_back(in_words(static_cast<DataField>(field)));
    auto colours = shape.colours;
    if (box.sides[Box::field] == Places{static_cast<std::size_t>(DataField::colour)} && shape.exact.empty()) {
        if ((colours & ~1U) != (Shape::every_colour & ~1U)) fields = {"the colour " + colours_in(colours)};
        colours = Shape::every_colour;
    }
    auto text = teller;
    text += manner.kind == ChangeKind::more   ? " may now tell "
            : manner.kind == ChangeKind::less ? " may no longer tell "
                                              : " may tell ";
    text += to_whom(manner, box) + " " + listed(fields, manner.kind == ChangeKind::less ? "or" : "and");
    bool const said_of_whom = shape.subjects == Shape::every_subject && names_the_person(manner, box);
    if (shape.exact.empty() && !said_of_whom) text += about(shape.subjects);
    text += only(" for the purpose ", " for the purposes ", domain.purposes, domain.common_purposes,
                 box.sides[Box::purpose]);
    text += only(" on the route ", " on the routes ", domain.routes, domain.common_routes, box.sides[Box::route]);
    auto const place = clauses(box.clauses, "and");
    if (manner.kind == ChangeKind::clause) {
        auto const partners = clauses(manner.partners, "or");
        auto const& now = manner.takes_over ? place : partners;
        auto const& so_far = manner.takes_over ? partners : place;
        if (box.whole || manner.takes_over)
            text += " under " + now;
        else
            text = "where " + now + " permits it, " + text + " under that clause";
        if (box.whole || !manner.takes_over)
            text += " instead of " + so_far;
        else
            text = "where " + so_far + " permitted it, " + text + " now";
    }
    if (shape.exact.empty())
        text += circumstances(shape, colours, several);
    else
        text += " in " + with_commas(set_of(shape).count()) + " of " + with_commas(circumstance_count) +
                " circumstances of each";
    if (manner.kind == ChangeKind::clause) return {manner.kind, upper_first(text) + ".", place, box.decisions};
    if (!box.others.empty())
        text += (manner.kind == ChangeKind::less ? ", unless " : ", not only where ") + clauses(box.others, "or") +
                " permits it";
    return {manner.kind, upper_first(text + ". ") + upper_first(place) + ".", place, box.decisions};
}

Change Words::change(OneSided const& one) const {
    auto const& id = (one.purpose ? domain.purposes : domain.routes)[one.place];
    std::string const what = one.purpose ? "purpose " + id : "route " + id;
    auto const of = clauses(one.clauses, "and");
    bool const several = one.clauses.size() > 1;
    auto const place = what;
    if (one.added)
        return {ChangeKind::more,
                (one.purpose ? "For the new " : "On the new ") + what + " all may be told that " + of +
                    (several ? " permit." : " permits."),
                place, one.decisions};
    return {ChangeKind::less,
            (one.purpose ? "For the " : "On the ") + what + ", which is gone, nothing may be told that " + of +
                " permitted.",
            place, one.decisions};
}

} // namespace fanlight::policy
