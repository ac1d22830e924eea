// Components and what bounds a person's descriptors, however hostile the text. Exact bytes: tests/vectors/anchors.txt.

#include "identity_support.hpp"

#include <algorithm>
#include <map>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::identity_test;

namespace {

using Values = std::map<ComponentKind, std::string>;

std::vector<Component> under(Salt salt, Identity const& identity) {
    return components_of(forms_of(identity), salt, component_label);
}
/// The first of each kind.
Values values(Salt salt, Identity const& identity) {
    Values found;
    for (auto const& component : under(salt, identity)) found.emplace(component.kind, parts_of(component).value);
    return found;
}
std::size_t count(std::vector<Component> const& components, ComponentKind kind) {
    return static_cast<std::size_t>(
        std::count_if(components.begin(), components.end(), [&](Component const& one) { return one.kind == kind; }));
}

Identity const kate =
    at(person({{"Kate", "O'Brien", "Ann Rose"}}, "1988-11-02"), "Flat 3, 12", "M12 6DZ", "10070123456");

/// What nobody is called, in every field, twenty times over.
Family hostile(std::string const& text) {
    Family family;
    for (std::size_t i = 0; i < 16; ++i) {
        auto identity = person({}, "1988-11-02", i % 2 == 0 ? "9990000018" : text);
        for (std::size_t alias = 0; alias < 20; ++alias)
            identity.names.push_back({text + std::string(alias, 'q'), std::string(alias, 'b') + text, text});
        for (std::size_t place = 0; place < 20; ++place)
            identity.addresses.push_back(
                {std::to_string(place) + " " + text, text, text, "M12 6DZ", "10070123456" + text});
        identity.upn = text;
        identity.agreed_number = text;
        family.push_back(std::move(identity));
    }
    return family;
}

void check_bounds(Family const& family) {
    auto const found = described(family);
    CHECK(found.anchors.size() <= limits::anchors_per_person_max);
    CHECK(found.by_date.size() <= components_max);
    CHECK(found.by_sector.size() <= components_max);
    std::set<Bytes> inputs;
    for (auto const& anchor : found.anchors) {
        CHECK(anchor.input.size() <= anchor_bytes_max);
        inputs.insert(anchor.input);
    }
    for (auto const* components : {&found.by_date, &found.by_sector})
        for (auto const& component : *components) {
            CHECK(component.input.size() <= anchor_bytes_max);
            inputs.insert(component.input);
        }
    CHECK(inputs.size() <= limits::evaluations_per_person_max);
}
} // namespace

TEST_CASE("descriptors: hostile text stays within every limit") {
    std::string emoji;
    std::string right_to_left;
    std::string letters;
    std::string single_letters;
    for (int i = 0; i < 500; ++i) {
        emoji += "\U0001F469\u200D\U0001F4BB";
        right_to_left += i % 2 == 0 ? "\u202Eא" : "\u200Fש";
        letters += static_cast<char>('a' + i * 7 % 26);
        single_letters += static_cast<char>('a' + i * 7 % 26);
        single_letters += ' ';
    }
    std::string invalid;
    for (int byte = 1; byte < 256; ++byte) invalid += static_cast<char>(byte);
    for (auto const& text : {std::string(), emoji, right_to_left, letters, single_letters, invalid,
                             "Ann" + std::string(1, '\0') + "Marie", std::string("\xC3"), letters + emoji + invalid})
        check_bounds(hostile(text));
    CHECK(described(hostile(letters)).anchors.size() == limits::anchors_per_person_max); // it is not all dropped
    CHECK(described(hostile(letters)).by_date.size() == components_max);
    CHECK(described(hostile(letters)).by_sector.size() == components_max);
}

TEST_CASE("components: under the date, the fields of a person and no more") {
    using enum ComponentKind;
    CHECK(values(Salt::date, kate) == Values{{forename, "kate"},
                                             {spoken, "katherine"},
                                             {forename_sound, "KTRN"},
                                             {surname, "obrien"},
                                             {surname_sound, "ABRN"},
                                             {middle, "ann"},
                                             {premises, "3 12 M12 6DZ"},
                                             {uprn, "10070123456"},
                                             {exact_date, "1988-11-02"},
                                             {sector, "M12 6"},
                                             {forename_head, "ka"},
                                             {forename_tail, "te"}});
}

TEST_CASE("components: under the postcode sector, the date is one of them") {
    using enum ComponentKind;
    CHECK(values(Salt::sector, kate) == Values{{forename, "kate"},
                                               {spoken, "katherine"},
                                               {forename_sound, "KTRN"},
                                               {surname, "obrien"},
                                               {surname_sound, "ABRN"},
                                               {middle, "ann"},
                                               {premises, "3 12 M12 6DZ"},
                                               {postcode, "M12 6DZ"},
                                               {date, "1988-02-11"},
                                               {year_month, "1988-11"},
                                               {month_day, "11-02"}});
    auto undated = kate;
    undated.date_of_birth.reset();
    CHECK(under(Salt::date, undated).empty());
    auto const left = values(Salt::sector, undated);
    CHECK(left.size() == 8);
    for (auto const kind : {date, year_month, month_day}) CHECK_FALSE(left.contains(kind));
}

TEST_CASE("components: each contains its salt, and without a salt there is none") {
    for (auto const& component : under(Salt::date, kate)) {
        CHECK(parts_of(component).salt == Salt::date);
        CHECK(parts_of(component).salt_value == "1988-02-11"); // canonical
    }
    for (auto const& component : under(Salt::sector, kate)) {
        CHECK(parts_of(component).salt == Salt::sector);
        CHECK(parts_of(component).salt_value == "M12 6");
    }
    CHECK(under(Salt::none, kate).empty());
    CHECK(under(Salt::sector, person({{"Kate", "Hall"}}, "1988-11-02")).empty());
    CHECK(under(Salt::date, at(person({{"Kate", "Hall"}}), "12", "M12 6DZ")).empty());
    CHECK(under(Salt::sector, at(person({{"Kate", "Hall"}}), "12", "")).empty());
    CHECK(under(Salt::date, person({})).empty());
}

TEST_CASE("components: those of the current address only, whatever a former one was") {
    auto const moved = at(at(person({{"Kate", "Hall"}}, "1988-11-02"), "7", "M40 2AA"), "12", "M12 6DZ");
    auto const stayed = at(person({{"Kate", "Hall"}}, "1988-11-02"), "7", "M40 2AA");
    CHECK(under(Salt::date, moved) == under(Salt::date, stayed));
    CHECK(under(Salt::sector, moved) == under(Salt::sector, stayed));
}

TEST_CASE("components: one value of one pool is one input, so that a forename can be compared with a surname") {
    auto const input = [](ComponentKind kind, Identity const& identity) {
        for (auto const& component : under(Salt::date, identity))
            if (component.kind == kind) return component.input;
        return Bytes();
    };
    auto const thomas = person({{"Thomas", "Hall", "James"}}, "1988-11-02");
    auto const james = person({{"James", "Thomas"}}, "1988-11-02");
    CHECK(input(ComponentKind::forename, thomas) == input(ComponentKind::surname, james));
    CHECK(input(ComponentKind::middle, thomas) == input(ComponentKind::forename, james));
    // The same letters in another pool are another input: the sound of "Tom" is no name.
    std::set<Bytes> inputs;
    std::set<std::pair<unsigned, std::string>> parts;
    auto const short_names = at(person({{"Ada", "Ada"}}, "1988-11-02"), "12", "M12 6DZ");
    for (auto const& component : under(Salt::date, short_names)) {
        inputs.insert(component.input);
        parts.emplace(parts_of(component).pool, parts_of(component).value);
    }
    CHECK(inputs.size() == parts.size());
}

TEST_CASE("components: the label and the salt separate inputs") {
    auto const forms = forms_of(kate);
    std::set<Bytes> inputs;
    std::size_t all = 0;
    for (auto const* const other : {"fanlight/v1/component", "fanlight-practice/v1/component"})
        for (auto const salt : {Salt::date, Salt::sector})
            for (auto const& component : components_of(forms, salt, other)) {
                inputs.insert(component.input);
                ++all;
            }
    CHECK(inputs.size() == all);
}

TEST_CASE("components: aliases and parts of a double surname have the room that is left") {
    auto const doubled = person({{"Nicole", "Baker-Hart"}, {"Nicole", "Cole"}}, "1991-06-17");
    auto const components = under(Salt::date, doubled);
    CHECK(count(components, ComponentKind::surname_part) == 3); // baker, cole, hart: bakerhart is first in byte order
    CHECK(count(components, ComponentKind::surname) == 2);
    CHECK(count(components, ComponentKind::forename) == 1);
    auto crowded = at(doubled, "12", "M12 6DZ", "10070123456");
    for (auto const* const surname : {"Dunn", "Webb", "Hill", "Bell"}) crowded.names.push_back({"Nicky", surname});
    for (auto const salt : {Salt::date, Salt::sector}) {
        auto const most = under(salt, crowded);
        CHECK(most.size() == components_max);
        for (auto const kind : {ComponentKind::forename, ComponentKind::surname, ComponentKind::premises})
            CHECK(count(most, kind) >= 1);
    }
}

TEST_CASE("components: a middle name does not depend on which name was written first") {
    auto const one = person({{"Kate", "Hall", "Ann"}, {"Katherine", "Baker", "Beth"}}, "1988-11-02");
    auto other = one;
    std::reverse(other.names.begin(), other.names.end());
    CHECK(values(Salt::date, one).at(ComponentKind::middle) == "ann");
    CHECK(under(Salt::date, one) == under(Salt::date, other));
    // More middle names than are used: the same ones all the same.
    auto many = one;
    many.names.push_back({"Kate", "Webb", "Cara Dora"});
    auto turned = many;
    std::reverse(turned.names.begin(), turned.names.end());
    CHECK(described({many}).anchors == described({turned}).anchors);
}

TEST_CASE("components: no forename, no ends of it; a short one has none") {
    auto const ends = [](char const* forename) {
        auto const found = values(Salt::date, person({{forename, "Hall"}}, "1988-11-02"));
        return found.contains(ComponentKind::forename_head) && found.contains(ComponentKind::forename_tail);
    };
    CHECK(ends("Ada"));
    CHECK_FALSE(ends("Jo"));
    CHECK_FALSE(ends("Baby"));
    CHECK_FALSE(ends(""));
}

TEST_CASE("component kinds: each has its name") {
    std::set<std::string> names;
    for (std::uint8_t kind = 1; kind <= component_kinds; ++kind) names.insert(name(static_cast<ComponentKind>(kind)));
    CHECK(names.size() == component_kinds);
}

TEST_CASE("fields: what is there, and not what it says") {
    CHECK(fields_of(forms_of(person({}))).bits == 0);
    auto full = at(person({{"Kate", "Hall", "Ann"}}, "1988-11-02", "9990000018"), "12", "M12 6DZ", "10070123456");
    full.upn = "B801200005001";
    full.agreed_number = "AB1234";
    full.sex = Sex::male;
    auto const fields = fields_of(forms_of(full));
    for (auto const field : {Field::forename, Field::surname, Field::middle, Field::date, Field::place, Field::uprn,
                             Field::nhs_number, Field::agreed_number})
        CHECK(has(fields, field));
    CHECK(has(fields, Field::upn));
    CHECK_FALSE(has(fields, Field::estimated_date));
    CHECK(fields.sex() == Sex::male);
    CHECK((fields.bits & 1U << 13U) == 0); // docs/protocol.md, section 8: it says that components go with a key
    full.sex = Sex::female;
    CHECK(fields_of(forms_of(full)).sex() == Sex::female);
    full.sex = Sex::unknown;
    CHECK(fields_of(forms_of(full)).sex() == Sex::unknown);

    CHECK(has(fields_of(forms_of(person({}, "1988-01-01"))), Field::estimated_date));
    CHECK_FALSE(has(fields_of(forms_of(person({}, "1988-01-02"))), Field::estimated_date));
    CHECK_FALSE(has(fields_of(forms_of(person({}, "1900-01-01"))), Field::date));
    CHECK_FALSE(has(fields_of(forms_of(person({{"Baby", "Hall"}}))), Field::forename));
    CHECK_FALSE(has(fields_of(forms_of(person({}, "", "9990000017"))), Field::nhs_number));
    CHECK_FALSE(has(fields_of(forms_of(at(person({}), "12", ""))), Field::place));
}

TEST_CASE("descriptors: of nobody there are none") {
    for (auto const which : {std::size_t(1), std::size_t(2)}) {
        auto const none = described({kate}, which);
        CHECK(none.anchors.empty());
        CHECK(none.by_date.empty());
        CHECK(none.by_sector.empty());
        CHECK(none.fields == FieldBits{});
    }
}

TEST_CASE("descriptors: laws for any family") {
    REQUIRE(rc::check("within their limits, distinct, salted, the same again", [] {
        auto const family = *any_family();
        auto const found = described(family);
        std::set<Bytes> inputs;
        for (auto const& anchor : found.anchors) inputs.insert(anchor.input);
        for (auto const salt : {Salt::date, Salt::sector}) {
            auto const& components = salt == Salt::date ? found.by_date : found.by_sector;
            RC_ASSERT(components.size() <= components_max);
            RC_ASSERT(std::set<Component>(components.begin(), components.end()).size() == components.size());
            for (auto const& component : components) {
                inputs.insert(component.input);
                auto const parts = parts_of(component);
                RC_ASSERT(parts.salt == salt);
                RC_ASSERT(!parts.salt_value.empty());
                RC_ASSERT(!parts.value.empty());
            }
        }
        RC_ASSERT(inputs.size() <= limits::evaluations_per_person_max);
        auto const again = described(family);
        RC_ASSERT(again.by_date == found.by_date);
        RC_ASSERT(again.by_sector == found.by_sector);
    }));
    REQUIRE(rc::check("where an anchor carries components, they are there", [] {
        auto const family = *any_family();
        auto const found = described(family);
        for (auto const& anchor : found.anchors) {
            if (anchor.salt == Salt::date) RC_ASSERT(!found.by_date.empty());
            if (anchor.salt == Salt::sector) RC_ASSERT(!found.by_sector.empty());
        }
    }));
}
