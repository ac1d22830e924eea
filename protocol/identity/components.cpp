// The components of matching version 2, and a person's descriptors.

#include "protocol/identity/components.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace fanlight::protocol {

namespace {

/// What may be compared with what. Numbers are part of the OPRF input.
enum class Pool : std::uint8_t { name = 1, sound, place, date, end };

constexpr char const* names[component_kinds] = {
    "forename", "spoken",     "forename_sound", "surname",       "surname_part", "surname_sound",
    "middle",   "premises",   "postcode",       "uprn",          "exact_date",   "sector",
    "date",     "year_month", "month_day",      "forename_head", "forename_tail"};

class Components {
  public:
    Components(std::string_view label, Salt salt, std::string_view salt_value) {
        append(prefix_, label);
        append_u8(prefix_, 0);
        append_u8(prefix_, static_cast<std::uint8_t>(salt));
        append_u16(prefix_, static_cast<std::uint16_t>(salt_value.size()));
        append(prefix_, salt_value);
    }
    void add(ComponentKind kind, Pool pool, std::string_view value) {
        if (value.empty() || found_.size() == components_max) return;
        Bytes input = prefix_;
        append_u8(input, static_cast<std::uint8_t>(pool));
        append_u16(input, static_cast<std::uint16_t>(value.size()));
        append(input, value);
        Component component{kind, std::move(input)};
        if (std::find(found_.begin(), found_.end(), component) == found_.end()) found_.push_back(std::move(component));
    }
    std::vector<Component> take() && { return std::move(found_); }

  private:
    Bytes prefix_;
    std::vector<Component> found_;
};

constexpr std::size_t end_letters = 2; ///< of a head or tail of a forename
constexpr std::size_t ends_min = 3;

void add_forename(Components& out, NameForm const& name) {
    out.add(ComponentKind::forename, Pool::name, name.forename);
    if (name.spoken != name.forename) out.add(ComponentKind::spoken, Pool::name, name.spoken);
    out.add(ComponentKind::forename_sound, Pool::sound, name.forename_sound);
}

void add_surname(Components& out, NameForm const& name) {
    out.add(ComponentKind::surname, Pool::name, name.surname);
    out.add(ComponentKind::surname_sound, Pool::sound, name.surname_sound);
}

void add_ends(Components& out, std::string const& forename) {
    if (forename.size() < ends_min) return;
    out.add(ComponentKind::forename_head, Pool::end, forename.substr(0, end_letters));
    out.add(ComponentKind::forename_tail, Pool::end, forename.substr(forename.size() - end_letters));
}

void add_by_date(Components& out, Forms const& person) {
    out.add(ComponentKind::exact_date, Pool::date, person.date);
    if (person.places.empty()) return;
    auto const& place = person.places.front();
    out.add(ComponentKind::premises, Pool::place, place.premises);
    out.add(ComponentKind::sector, Pool::place, place.sector);
    out.add(ComponentKind::uprn, Pool::place, place.uprn);
}

void add_by_sector(Components& out, Forms const& person) {
    auto const& place = person.places.front();
    out.add(ComponentKind::premises, Pool::place, place.premises);
    out.add(ComponentKind::postcode, Pool::place, place.postcode);
    if (person.date.empty()) return;
    out.add(ComponentKind::date, Pool::date, person.canonical_date);
    out.add(ComponentKind::year_month, Pool::date, std::string_view(person.date).substr(0, 7));
    out.add(ComponentKind::month_day, Pool::date, std::string_view(person.date).substr(5));
}

} // namespace

char const* name(ComponentKind kind) {
    return names[static_cast<std::size_t>(kind) - 1];
}

std::vector<Component> components_of(Forms const& person, Salt salt, std::string_view component_label) {
    std::string_view salt_value;
    PlaceForm const* place = person.places.empty() ? nullptr : &person.places.front();
    if (salt == Salt::date) salt_value = person.canonical_date;
    if (salt == Salt::sector && place != nullptr) salt_value = place->sector;
    if (salt_value.empty()) return {};

    Components out(component_label, salt, salt_value);
    auto const* current = !person.names.empty() && person.names.front().whole ? &person.names.front() : nullptr;
    if (current != nullptr) {
        add_forename(out, *current);
        add_surname(out, *current);
    }
    if (salt == Salt::date) {
        add_by_date(out, person);
    } else {
        add_by_sector(out, person);
    }
    if (!person.middles.empty()) out.add(ComponentKind::middle, Pool::name, person.middles.front());
    // What is left goes to the ends of the forename and to further names: parts of a double surname, aliases.
    if (current != nullptr && salt == Salt::date) add_ends(out, current->forename);
    for (auto const& name : person.names)
        if (name.surname != person.names.front().surname)
            out.add(ComponentKind::surname_part, Pool::name, name.surname);
    for (auto const& name : person.names) {
        if (!name.whole) continue;
        add_forename(out, name);
        add_surname(out, name);
    }
    return std::move(out).take();
}

FieldBits fields_of(Forms const& person) {
    FieldBits fields;
    auto const set = [&](Field field, bool there) {
        if (there) fields.bits = static_cast<std::uint16_t>(fields.bits | 1U << static_cast<unsigned>(field));
    };
    for (auto const& name : person.names) {
        set(Field::forename, !name.forename.empty());
        set(Field::surname, !name.surname.empty());
    }
    set(Field::middle, !person.middles.empty());
    set(Field::date, !person.date.empty());
    set(Field::estimated_date, person.date.ends_with("-01-01"));
    for (auto const& place : person.places) {
        set(Field::place, !place.postcode.empty());
        set(Field::uprn, !place.uprn.empty());
    }
    set(Field::nhs_number, !person.nhs_number.empty());
    set(Field::upn, !person.upn.empty());
    set(Field::agreed_number, !person.agreed_number.empty());
    fields.bits = static_cast<std::uint16_t>(fields.bits | static_cast<unsigned>(person.sex) << 14U);
    return fields;
}

Descriptors descriptors_of(std::vector<Forms> const& people, std::size_t which, DescriptorLabels labels) {
    Descriptors found;
    if (which >= people.size()) return found;
    found.anchors = anchors_of(people, which, labels.anchor);
    found.by_date = components_of(people[which], Salt::date, labels.component);
    found.by_sector = components_of(people[which], Salt::sector, labels.component);
    found.fields = fields_of(people[which]);
    return found;
}

Descriptors descriptors_of(std::vector<Identity> const& people, std::size_t which, DescriptorLabels labels) {
    std::vector<Forms> forms;
    forms.reserve(people.size());
    for (auto const& identity : people) forms.push_back(forms_of(identity));
    return descriptors_of(forms, which, labels);
}

} // namespace fanlight::protocol
