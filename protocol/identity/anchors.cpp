// The anchors of matching version 2. Both ends compute them from what each knows, so that every choice here depends on
// the person's own data only, except the kinds that name another member of the family.
//
// Input of the OPRF: label || 0x00 || kind || for each part: u16 length || bytes. Parts by kind, and why each is there:
// docs/protocol.md, section 7, and docs/matching.md.

#include "protocol/identity/anchors.hpp"

#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <cassert>
#include <initializer_list>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace fanlight::protocol {

namespace {
constexpr std::size_t half_letters = 3; ///< of a head or a tail
constexpr std::size_t half_of_min = 4;  ///< letters of a name that has halves
constexpr std::size_t codes_min = 3;    ///< of two sounds or skeletons together

constexpr AnchorRule rules[anchor_kinds] = {
    {AnchorKind::nhs_number, "nhs_number", true, Salt::none, 0},
    {AnchorKind::upn, "upn", true, Salt::none, 0},
    {AnchorKind::agreed_number, "agreed_number", true, Salt::none, 0},
    {AnchorKind::name_date, "name_date", true, Salt::date, 2},
    {AnchorKind::sound_date, "sound_date", false, Salt::date, 4},
    {AnchorKind::skeleton_date, "skeleton_date", false, Salt::date, 5},
    {AnchorKind::half_surname_date, "half_surname_date", false, Salt::date, 4},
    {AnchorKind::halves_date, "halves_date", false, Salt::date, 4},
    {AnchorKind::middle_date, "middle_date", false, Salt::date, 2},
    {AnchorKind::spoken_date_sector, "spoken_date_sector", false, Salt::date, 2},
    {AnchorKind::surname_date_sector, "surname_date_sector", false, Salt::date, 2},
    {AnchorKind::date_postcode, "date_postcode", false, Salt::date, 20},
    {AnchorKind::spoken_premises, "spoken_premises", false, Salt::sector, 2},
    {AnchorKind::names_postcode, "names_postcode", false, Salt::sector, 5},
    {AnchorKind::names_sector, "names_sector", false, Salt::sector, 45},
    {AnchorKind::name_near_date, "name_near_date", false, Salt::none, 74},
    {AnchorKind::full_name, "full_name", false, Salt::none, 12},
    {AnchorKind::forename_family, "forename_family", false, Salt::none, 2},
    {AnchorKind::spoken_date_family, "spoken_date_family", false, Salt::date, 2},
    {AnchorKind::spoken_date, "spoken_date", false, Salt::date, 100},
    {AnchorKind::surname_date, "surname_date", false, Salt::date, 242},
    {AnchorKind::date_street, "date_street", false, Salt::date, 112},
    {AnchorKind::halves_postcode, "halves_postcode", false, Salt::sector, 20},
};

std::string head(std::string const& name) {
    return name.size() < half_of_min ? name : name.substr(0, half_letters);
}
std::string tail(std::string const& name) {
    return name.size() < half_of_min ? name : name.substr(name.size() - half_letters);
}

/// Collects the anchors of one person. An anchor with an empty part is none.
class Anchors {
  public:
    explicit Anchors(std::string_view label) : label_(label) {}
    void add(AnchorKind kind, std::initializer_list<std::string_view> parts) { add(kind, rule_of(kind).salt, parts); }
    void add(AnchorKind kind, Salt salt, std::initializer_list<std::string_view> parts) {
        Bytes input;
        append(input, label_);
        append_u8(input, 0);
        append_u8(input, static_cast<std::uint8_t>(kind));
        for (auto const part : parts) {
            if (part.empty()) return;
            append_u16(input, static_cast<std::uint16_t>(part.size()));
            append(input, part);
        }
        assert(input.size() <= anchor_bytes_max);
        // What the current and a former address both have (one postcode, another house) stands once, as the current
        // one's, which comes first: it carries components.
        anchors_.try_emplace({kind, std::move(input)}, salt);
    }
    /// Two parts of which neither is the first.
    void add_pair(AnchorKind kind, std::string const& one, std::string const& other, std::string_view third) {
        add_pair(kind, rule_of(kind).salt, one, other, third);
    }
    void add_pair(AnchorKind kind, Salt salt, std::string const& one, std::string const& other,
                  std::string_view third) {
        if (one.size() + other.size() >= codes_min)
            add(kind, salt, {std::min(one, other), std::max(one, other), third});
    }
    /// Those of the current address before those of former ones, then in byte order.
    std::vector<Anchor> take() const {
        std::vector<Anchor> taken;
        taken.reserve(anchors_.size());
        for (bool const carries : {true, false})
            for (auto const& [key, salt] : anchors_)
                if ((salt != Salt::none) == carries) taken.push_back({key.first, salt, key.second});
        return taken;
    }

  private:
    std::string_view label_;
    std::map<std::pair<AnchorKind, Bytes>, Salt> anchors_;
};

void add_names_with_date(Anchors& anchors, NameForm const& name, std::string const& date) {
    anchors.add(AnchorKind::name_date, {name.forename, name.surname, date});
    if (name.forename_sound.size() + name.surname_sound.size() >= codes_min)
        anchors.add(AnchorKind::sound_date, {name.forename_sound, name.surname_sound, date});
    if (!name.whole) return;
    if (!name.forename.empty() && !name.surname.empty())
        anchors.add_pair(AnchorKind::skeleton_date, name.forename_skeleton, name.surname_skeleton, date);
    for (auto const half : {head, tail}) {
        anchors.add(AnchorKind::half_surname_date, {half(name.forename), name.surname, date});
        anchors.add(AnchorKind::halves_date, {half(name.forename), half(name.surname), date});
    }
    anchors.add(AnchorKind::spoken_date, {name.spoken, date});
    anchors.add(AnchorKind::surname_date, {name.surname, date});
}

void add_near_dates(Anchors& anchors, NameForm const& name, std::string const& date) {
    auto const year = date.substr(0, 4);
    auto const month = date.substr(5, 2);
    auto const day = date.substr(8, 2);
    anchors.add(AnchorKind::name_near_date, {name.spoken, name.surname, year, month, "ym"});
    anchors.add(AnchorKind::name_near_date, {name.spoken, name.surname, year, day, "yd"});
    anchors.add(AnchorKind::name_near_date, {name.spoken, name.surname, month, day, "md"});
}

void add_places(Anchors& anchors, NameForm const& name, Forms const& person) {
    auto const& date = person.canonical_date;
    for (auto const& place : person.places) {
        bool const current = &place == &person.places.front(); // components are salted by its sector only
        auto const salt = current ? Salt::sector : Salt::none;
        anchors.add(AnchorKind::spoken_date_sector, {name.spoken, date, place.sector});
        anchors.add(AnchorKind::surname_date_sector, {name.surname_sound, date, place.sector});
        anchors.add(AnchorKind::spoken_premises, salt, {name.spoken, place.premises});
        anchors.add(AnchorKind::names_postcode, salt, {name.spoken, name.surname_sound, place.postcode});
        if (!name.forename_sound.empty() && !name.surname_sound.empty())
            anchors.add_pair(AnchorKind::names_sector, salt, name.forename_sound, name.surname_sound, place.sector);
        for (auto const half : {head, tail})
            anchors.add(AnchorKind::halves_postcode, salt, {half(name.forename), half(name.surname), place.postcode});
    }
}

void add_own(Anchors& anchors, Forms const& person) {
    anchors.add(AnchorKind::nhs_number, {person.nhs_number});
    anchors.add(AnchorKind::upn, {person.upn});
    anchors.add(AnchorKind::agreed_number, {person.agreed_number});
    for (auto const& name : person.names) {
        if (!person.date.empty()) add_names_with_date(anchors, name, person.canonical_date);
        if (!name.whole) continue;
        if (!person.date.empty()) add_near_dates(anchors, name, person.date);
        add_places(anchors, name, person);
        for (auto const& middle : person.middles) {
            anchors.add(AnchorKind::full_name, {name.forename, middle, name.surname});
            if (person.date.empty()) continue;
            if (!name.forename.empty())
                anchors.add_pair(AnchorKind::middle_date, name.spoken, middle, person.canonical_date);
        }
    }
    for (auto const& place : person.places) {
        anchors.add(AnchorKind::date_postcode, {person.canonical_date, place.postcode});
        anchors.add(AnchorKind::date_street, {person.canonical_date, place.street});
    }
}

struct Relative {
    std::string date; // first: the eldest first, because every agency tends to know the adults
    std::string forename;
    std::string spoken;
    auto operator<=>(Relative const&) const = default;
};

void add_family(Anchors& anchors, std::vector<Forms> const& people, std::size_t which) {
    std::set<Relative> others;
    for (std::size_t i = 0; i < people.size(); ++i)
        if (i != which && !people[i].date.empty())
            for (auto const& name : people[i].names)
                if (name.whole && !name.forename.empty())
                    others.insert({people[i].canonical_date, name.forename, name.spoken});

    auto const& person = people[which];
    std::size_t room = anchor_family_max;
    for (auto const& other : others) {
        if (room-- == 0) break;
        for (auto const& name : person.names) {
            if (!name.whole) continue;
            anchors.add(AnchorKind::forename_family, {name.spoken, other.forename, other.date});
            anchors.add(AnchorKind::spoken_date_family, {name.spoken, person.canonical_date, other.spoken});
        }
    }
}

/// By what they find: the order in which they get the room there is.
constexpr AnchorKind by_worth[] = {
    AnchorKind::nhs_number,          AnchorKind::upn,
    AnchorKind::agreed_number,       AnchorKind::name_date,
    AnchorKind::sound_date,          AnchorKind::skeleton_date,
    AnchorKind::date_postcode,       AnchorKind::spoken_premises,
    AnchorKind::half_surname_date,   AnchorKind::halves_date,
    AnchorKind::surname_date_sector, AnchorKind::spoken_date_sector,
    AnchorKind::forename_family,     AnchorKind::name_near_date,
    AnchorKind::spoken_date_family,  AnchorKind::names_postcode,
    AnchorKind::middle_date,         AnchorKind::full_name,
    AnchorKind::names_sector,        AnchorKind::spoken_date,
    AnchorKind::surname_date,        AnchorKind::date_street,
    AnchorKind::halves_postcode,
};
static_assert(std::size(by_worth) == anchor_kinds);

std::size_t place_by_worth(AnchorKind kind) {
    return static_cast<std::size_t>(std::find(std::begin(by_worth), std::end(by_worth), kind) - std::begin(by_worth));
}

/// Where there is no room for all: the second of a kind counts as less than the first of a few kinds further down.
std::vector<Anchor> that_fit(std::vector<Anchor> const& anchors) {
    constexpr std::size_t later = 6;
    std::map<AnchorKind, std::size_t> seen;
    std::vector<std::tuple<std::size_t, Anchor>> ranked;
    for (auto const& anchor : anchors)
        ranked.emplace_back(place_by_worth(anchor.kind) + later * seen[anchor.kind]++, anchor);
    std::sort(ranked.begin(), ranked.end());
    if (ranked.size() > limits::anchors_per_person_max)
        ranked.erase(ranked.begin() + limits::anchors_per_person_max, ranked.end());
    std::vector<Anchor> fit;
    fit.reserve(ranked.size());
    for (auto& [rank, anchor] : ranked) fit.push_back(std::move(anchor));
    return fit;
}

} // namespace

AnchorRule const& rule_of(AnchorKind kind) {
    auto const& rule = rules[static_cast<std::size_t>(kind) - 1];
    assert(rule.kind == kind);
    return rule;
}

std::vector<Anchor> anchors_of(std::vector<Forms> const& people, std::size_t which, std::string_view anchor_label) {
    assert(anchor_label.size() <= anchor_label_bytes_max);
    if (which >= people.size()) return {};
    Anchors anchors(anchor_label);
    add_own(anchors, people[which]);
    add_family(anchors, people, which);
    return that_fit(anchors.take());
}

std::vector<Anchor> anchors_of(std::vector<Identity> const& people, std::size_t which, std::string_view anchor_label) {
    std::vector<Forms> forms;
    forms.reserve(people.size());
    for (auto const& identity : people) forms.push_back(forms_of(identity));
    return anchors_of(forms, which, anchor_label);
}

} // namespace fanlight::protocol
