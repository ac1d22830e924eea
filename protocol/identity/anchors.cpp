// The anchors of matching version 1. Both ends compute them from what each knows, so that every choice here (what is
// left out when there is no room, too) depends on the person's own data only, except forename_family and the last rule.
//
// Input of the OPRF: label || 0x00 || kind || for each part: u16 length || bytes. Parts by kind:
//   nhs_number       ten digits
//   name_date        forename, surname, date of birth ("2016-03-09")
//   sound_date       sound of the spoken forename, sound of the surname, canonical date
//   skeleton_date    skeletons of forename and surname, the lesser first, canonical date
//   deletion_date    forename, surname (at most one letter of one left out), date of birth
//   forename_family  forename, another member's forename, that member's date of birth
//
// Room (32 = limits::anchors_per_person_max): 1 NHS number + 3 a name + 8 family; what is left, shared evenly by the
// whole names, are deletions: 20 for a person of one name (that name itself, then a letter of the forename and of the
// surname in turn), 8 each for two, none for seven. Nothing ever overflows, and the family seen does not change it.
//
// What weak kinds cannot tell apart: twins Mia and Mya share a sound and the deletion "ma"; Jon and Jo share "jo".
// These kinds only ever make an unsure candidate for a person to look at (the agreement's points), and where both twins
// are in view at either end the last rule below takes the anchor away.

#include "protocol/identity/anchors.hpp"

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <cassert>
#include <initializer_list>
#include <set>
#include <tuple>
#include <utility>

namespace fanlight::protocol {

namespace {
constexpr std::size_t letters_min = 2; ///< an initial is not a name
constexpr std::size_t code_min = 2;    ///< of a forename's sound or skeleton
constexpr std::size_t codes_min = 3;   ///< of both together

struct NameForm {
    std::string forename;
    std::string surname;
    std::string spoken; ///< the forename for the sound
    bool whole = true;  ///< false: the surname is one part of a double name
    auto key() const { return std::tie(forename, surname, spoken); }
};

struct Person {
    std::vector<NameForm> names; ///< distinct, whole ones first, at most anchor_names_max
    std::set<std::string> forenames;
    std::optional<Day> date_of_birth;
    std::string nhs_number;
};

bool is_usable(std::string_view text, std::string const& standard) {
    return standard.size() >= letters_min && !is_placeholder_name(text);
}

void add_name(Person& person, NameForm form) {
    bool const known = std::any_of(person.names.begin(), person.names.end(),
                                   [&](NameForm const& other) { return other.key() == form.key(); });
    if (!known && person.names.size() < anchor_names_max) person.names.push_back(std::move(form));
}

Person read(Identity const& identity) {
    Person person;
    person.date_of_birth = standard_date(identity.date_of_birth);
    person.nhs_number = standard_nhs_number(identity.nhs_number);
    std::vector<NameForm> parts;
    for (auto const& name : identity.names) {
        NameForm form{standard_name(name.forename), standard_name(name.surname), spoken_forename(name.forename), true};
        if (!is_usable(name.forename, form.forename)) continue;
        person.forenames.insert(form.forename);
        if (!is_usable(name.surname, form.surname)) continue;
        for (auto& part : surname_parts(name.surname))
            if (is_usable(part, part)) parts.push_back({form.forename, std::move(part), form.spoken, false});
        add_name(person, std::move(form));
    }
    for (auto& part : parts) add_name(person, std::move(part));
    return person;
}

/// Collects the anchors of one person.
class Anchors {
  public:
    explicit Anchors(std::string_view label) : label_(label) {}
    void add(AnchorKind kind, std::initializer_list<std::string_view> parts) {
        Bytes input;
        append(input, label_);
        append_u8(input, 0);
        append_u8(input, static_cast<std::uint8_t>(kind));
        for (auto const part : parts) {
            append_u16(input, static_cast<std::uint16_t>(part.size()));
            append(input, part);
        }
        assert(input.size() <= anchor_bytes_max);
        anchors_.insert({kind, std::move(input)});
    }
    std::set<Anchor> take() && { return std::move(anchors_); }

  private:
    std::string_view label_;
    std::set<Anchor> anchors_;
};

void add_codes(Anchors& anchors, AnchorKind kind, std::string const& forename, std::string const& surname,
               std::string const& date) {
    bool const enough =
        forename.size() >= code_min && !surname.empty() && forename.size() + surname.size() >= codes_min;
    if (enough) anchors.add(kind, {forename, surname, date});
}

/// The texts with one letter of `text` left out; the first letter, where people err least, is left out last.
std::vector<std::string> deletions(std::string const& text) {
    std::vector<std::string> shorter;
    if (text.size() <= letters_min) return shorter;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        auto less = text;
        less.erase(i % text.size(), 1);
        shorter.push_back(std::move(less));
    }
    return shorter;
}

/// At most `room` of them. The name itself is one: it meets the same name written with one letter too many or too few.
void add_deletions(Anchors& anchors, NameForm const& name, std::string const& date, std::size_t room) {
    auto const forenames = deletions(name.forename);
    auto const surnames = deletions(name.surname);
    std::set<std::pair<std::string, std::string>>
        added; // counted for each name alone, or the names' order would matter
    auto const add = [&](std::string const& forename, std::string const& surname) {
        if (added.size() == room || !added.emplace(forename, surname).second) return;
        anchors.add(AnchorKind::deletion_date, {forename, surname, date});
    };
    add(name.forename, name.surname);
    for (std::size_t i = 0; i < std::max(forenames.size(), surnames.size()); ++i) {
        if (i < forenames.size()) add(forenames[i], name.surname);
        if (i < surnames.size()) add(name.forename, surnames[i]);
    }
}

std::set<Anchor> own_anchors(Person const& person, std::string_view label) {
    Anchors anchors(label);
    if (!person.nhs_number.empty()) anchors.add(AnchorKind::nhs_number, {person.nhs_number});
    if (!person.date_of_birth || person.names.empty()) return std::move(anchors).take();

    auto const date = to_text(*person.date_of_birth);
    auto const canonical = to_text(canonical_date(*person.date_of_birth));
    std::size_t whole = 0;
    for (auto const& name : person.names) {
        if (name.whole) ++whole;
        anchors.add(AnchorKind::name_date, {name.forename, name.surname, date});
        add_codes(anchors, AnchorKind::sound_date, sound(name.spoken), sound(name.surname), canonical);
        auto const forename = skeleton(name.forename);
        auto const surname = skeleton(name.surname);
        if (forename.size() >= code_min && forename.size() + surname.size() >= codes_min)
            anchors.add(AnchorKind::skeleton_date,
                        {std::min(forename, surname), std::max(forename, surname), canonical});
    }
    auto const left = limits::anchors_per_person_max - 1 - 3 * person.names.size() - anchor_family_max;
    for (auto const& name : person.names)
        if (name.whole) add_deletions(anchors, name, date, left / whole);
    return std::move(anchors).take();
}
static_assert(1 + 3 * anchor_names_max + anchor_family_max <= limits::anchors_per_person_max);

/// The eldest members first: every agency tends to know the adults.
std::set<Anchor> family_anchors(std::vector<Person> const& people, std::size_t which, std::string_view label) {
    std::set<std::pair<Day, std::string>> others;
    for (std::size_t i = 0; i < people.size(); ++i)
        if (i != which && people[i].date_of_birth)
            for (auto const& forename : people[i].forenames) others.emplace(*people[i].date_of_birth, forename);

    Anchors anchors(label);
    std::size_t room = anchor_family_max;
    for (auto const& [date, other] : others) {
        for (auto const& forename : people[which].forenames) {
            if (room == 0) break;
            anchors.add(AnchorKind::forename_family, {forename, other, to_text(date)});
            --room;
        }
    }
    return std::move(anchors).take();
}

/// One person entered twice, as far as a program can tell.
bool is_same_person(Person const& left, Person const& right) {
    if (!left.nhs_number.empty() && left.nhs_number == right.nhs_number) return true;
    return left.date_of_birth && left.date_of_birth == right.date_of_birth &&
           std::any_of(left.names.begin(), left.names.end(), [&](NameForm const& one) {
               return std::any_of(right.names.begin(), right.names.end(), [&](NameForm const& other) {
                   return one.forename == other.forename && one.surname == other.surname;
               });
           });
}

/// An anchor that two members of a family share cannot tell which of them is meant, and families are where a weak one
/// goes wrong. Strong ones stay.
void drop_shared(std::set<Anchor>& anchors, std::set<Anchor> const& of_another) {
    for (auto const& anchor : of_another)
        if (!is_strong(anchor.kind)) anchors.erase(anchor);
}

bool intersect(std::set<std::string> const& left, std::set<std::string> const& right) {
    return std::any_of(left.begin(), left.end(), [&](std::string const& text) { return right.count(text) > 0; });
}
} // namespace

char const* name(AnchorKind kind) {
    switch (kind) {
    case AnchorKind::nhs_number: return "nhs_number";
    case AnchorKind::name_date: return "name_date";
    case AnchorKind::sound_date: return "sound_date";
    case AnchorKind::skeleton_date: return "skeleton_date";
    case AnchorKind::deletion_date: return "deletion_date";
    case AnchorKind::forename_family: return "forename_family";
    }
    return "unknown";
}

bool is_strong(AnchorKind kind) {
    return kind == AnchorKind::nhs_number || kind == AnchorKind::name_date;
}

std::vector<Anchor> anchors_of(std::vector<Identity> const& people, std::size_t which, std::string_view anchor_label) {
    assert(anchor_label.size() <= anchor_label_bytes_max);
    if (which >= people.size()) return {};
    std::vector<Person> persons;
    persons.reserve(people.size());
    for (auto const& identity : people) persons.push_back(read(identity));

    auto const& person = persons[which];
    auto own = own_anchors(person, anchor_label);
    auto family = family_anchors(persons, which, anchor_label);
    for (std::size_t i = 0; i < persons.size(); ++i) {
        auto const& other = persons[i];
        if (i == which || is_same_person(person, other)) continue;
        // Only these can share one; the rest is not worth computing.
        if (person.date_of_birth && other.date_of_birth &&
            canonical_date(*person.date_of_birth) == canonical_date(*other.date_of_birth))
            drop_shared(own, own_anchors(other, anchor_label));
        if (intersect(person.forenames, other.forenames)) drop_shared(family, family_anchors(persons, i, anchor_label));
    }
    own.merge(family);
    return {own.begin(), own.end()};
}

Score score(std::vector<AnchorKind> const& shared, std::map<std::string, std::uint32_t> const& points,
            std::uint32_t sure, std::uint32_t unsure) {
    Score result;
    bool counted = false;
    for (auto const kind : shared) {
        auto const found = points.find(name(kind));
        if (found == points.end()) continue;
        counted = true;
        result.points = std::max(result.points, found->second);
    }
    if (!counted) return result;
    if (result.points >= sure) {
        result.match = Match::sure;
    } else if (result.points >= unsure) {
        result.match = Match::unsure;
    }
    return result;
}

} // namespace fanlight::protocol
