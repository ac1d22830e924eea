// From what people wrote to the forms that are compared.

#include "protocol/identity/forms.hpp"

#include "protocol/identity/addresses.hpp"
#include "protocol/identity/dates.hpp"
#include "protocol/identity/nicknames.hpp"
#include "protocol/identity/numbers.hpp"
#include "protocol/identity/sound.hpp"
#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace fanlight::protocol {

namespace {
constexpr std::size_t letters_min = 2; ///< an initial is not a name
constexpr std::size_t middles_max = 3;
constexpr std::size_t places_max = 3;

bool is_usable(std::string_view text, std::string const& standard) {
    return standard.size() >= letters_min && !is_placeholder_name(text);
}

NameForm form_of(std::string const& forename, std::string const& spoken, std::string const& surname, bool whole) {
    NameForm form;
    form.forename = forename;
    form.spoken = spoken;
    form.forename_sound = broad_sound(spoken);
    form.forename_skeleton = skeleton(forename);
    form.surname = surname;
    form.surname_sound = broad_sound(surname);
    form.surname_skeleton = skeleton(surname);
    form.whole = whole;
    return form;
}

void read_name(Name const& name, Forms& forms, std::set<NameForm>& whole, std::set<NameForm>& parts) {
    auto forename = standard_name(name.forename);
    auto surname = standard_name(name.surname);
    if (!is_usable(name.forename, forename)) forename.clear();
    if (!is_usable(name.surname, surname)) surname.clear();
    for (auto& middle : middle_words(name.middle_names)) {
        if (middle.size() < letters_min) continue;
        if (!surname.empty()) parts.insert(form_of(middle, formal_forename(middle), surname, false));
        auto const known = std::find(forms.middles.begin(), forms.middles.end(), middle) != forms.middles.end();
        if (!known && forms.middles.size() < middles_max) forms.middles.push_back(std::move(middle));
    }
    if (forename.empty() && surname.empty()) return;
    auto const spoken = forename.empty() ? std::string() : spoken_forename(name.forename);
    if (!forename.empty())
        for (auto const& part : surname_parts(name.surname)) parts.insert(form_of(forename, spoken, part, false));
    whole.insert(form_of(forename, spoken, surname, true));
}

void read_names(Identity const& identity, Forms& forms) {
    std::set<NameForm> whole;
    std::set<NameForm> parts;
    // In an order of their own: which name comes first differs between agencies, and middle names have little room.
    std::vector<Name const*> ordered;
    for (auto const& name : identity.names) ordered.push_back(&name);
    std::sort(ordered.begin(), ordered.end(), [](Name const* left, Name const* right) {
        return std::tie(left->forename, left->surname, left->middle_names) <
               std::tie(right->forename, right->surname, right->middle_names);
    });
    for (auto const* name : ordered) read_name(*name, forms, whole, parts);
    for (auto const* names : {&whole, &parts})
        for (auto const& form : *names)
            if (forms.names.size() < name_forms_max) forms.names.push_back(form);
}

void read_date(Identity const& identity, Forms& forms) {
    if (auto const date = standard_date(identity.date_of_birth)) {
        forms.date = to_text(*date);
        forms.canonical_date = to_text(canonical_date(*date));
    } else if (identity.partial_date) {
        forms.partial = *identity.partial_date;
    }
}

void read_places(Identity const& identity, Forms& forms) {
    for (auto const& address : identity.addresses) {
        auto standard = standard_address(address);
        PlaceForm place;
        if (!standard.premises.empty() && !standard.postcode.empty())
            place.premises = standard.premises + " " + standard.postcode;
        place.street = std::move(standard.street);
        place.locality = std::move(standard.locality);
        place.postcode = std::move(standard.postcode);
        place.sector = std::move(standard.sector);
        place.uprn = std::move(standard.uprn);
        auto const known = std::find(forms.places.begin(), forms.places.end(), place) != forms.places.end();
        if (place != PlaceForm{} && !known && forms.places.size() < places_max)
            forms.places.push_back(std::move(place));
    }
}
} // namespace

Forms forms_of(Identity const& identity) {
    Forms forms;
    read_names(identity, forms);
    read_date(identity, forms);
    read_places(identity, forms);
    forms.sex = identity.sex;
    forms.nhs_number = standard_nhs_number(identity.nhs_number);
    forms.upn = standard_upn(identity.upn);
    forms.agreed_number = standard_agreed_number(identity.agreed_number);
    return forms;
}

} // namespace fanlight::protocol
