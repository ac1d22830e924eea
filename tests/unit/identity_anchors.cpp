// Anchors: who shares one with whom, and who must not. tests/vectors/anchors.txt holds the exact OPRF inputs, of
// components as well.

#include "identity_support.hpp"
#include "vector_files.hpp"

#include <algorithm>
#include <bitset>
#include <map>
#include <sstream>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::identity_test;

namespace {

/// The kinds of the anchors that the first of two families' people share.
Kinds shared(Family const& left, Family const& right) {
    auto const ours = anchors_of(left, 0, label);
    auto const theirs = anchors_of(right, 0, label);
    Kinds kinds;
    for (auto const& anchor : ours)
        for (auto const& other : theirs)
            if (anchor.kind == other.kind && anchor.input == other.input) kinds.insert(anchor.kind);
    return kinds;
}
bool has_strong(Kinds const& kinds) {
    return std::any_of(kinds.begin(), kinds.end(), is_strong);
}
Kinds kinds_of(Family const& family) {
    Kinds kinds;
    for (auto const& anchor : anchors_of(family, 0, label)) kinds.insert(anchor.kind);
    return kinds;
}

/// As docs/protocol.md writes them: "chloe|green|2016-03-09".
std::string text_of(Anchor const& anchor) {
    std::string text;
    for (auto const& part : parts_of(anchor)) text += (text.empty() ? "" : "|") + part;
    return text;
}
std::string hex(Bytes const& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (auto const byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

struct Vector {
    std::string about;
    Family family; ///< the first is meant
};

std::vector<Vector> const vectors = {
    {"An NHS number and a plain name; nobody else is known.",
     {person({{"Chloe", "Green"}}, "2016-03-09", "999 000 0018")}},
    {"A nickname, a double surname, a former name and two addresses: more than there is room for.",
     {at(at(person({{"Kate", "O'Brien", "Ann"}, {"Katherine", "Cox-Maher"}}, "1988-11-30"), "Flat 3, 12", "M12 6DZ",
            "10070123456"),
         "7", "M40 2AA")}},
    {"Two spellings and three relatives; day and month could be swapped.",
     {person({{"Feriha", "Yılmaz"}, {"Fariha", "Yilmaz"}}, "1984-11-02"), person({{"Hazim", "Yılmaz"}}, "1979-02-05"),
      person({{"Defne", "Yılmaz"}}, "2008-06-14"), person({{"Adnan", "Yılmaz"}}, "2005-10-30")}},
    {"Known by a forename only: found through the family or not at all.",
     {person({{"Greg", "unknown"}}), person({{"Marie", "Hall"}}, "1992-01-01")}},
    {"Another script, and a date that a computer made up for a relative.",
     {person({{"Олександр", "Шевченко"}}, "1990-05-17"), person({{"小明", "王"}}, "1900-01-01")}},
    {"No date of birth: names and an address.", {at(person({{"Mia", "Hall", "Rose"}}), "12", "M12 6DZ")}},
    {"A placeholder is no name: a baby of a surname and a day.", {person({{"Baby", "Green"}}, "2016-03-09")}},
};

std::string describe(Identity const& identity) {
    std::string text;
    for (auto const& one : identity.names) {
        text += (text.empty() ? "" : ", also ") + ('"' + one.forename + "\" \"" + one.surname + '"');
        if (!one.middle_names.empty()) text += ", middle names \"" + one.middle_names + '"';
    }
    text += identity.date_of_birth ? ", born " + to_text(*identity.date_of_birth) : ", no date of birth";
    if (!identity.nhs_number.empty()) text += ", NHS number " + identity.nhs_number;
    for (auto const& one : identity.addresses) {
        text += ", at \"" + one.premises + "\" \"" + one.street + "\" \"" + one.locality + "\" \"" + one.postcode + '"';
        if (!one.uprn.empty()) text += " UPRN " + one.uprn;
    }
    return text;
}

char const* salt_name(Salt salt) {
    if (salt == Salt::none) return "-";
    return salt == Salt::date ? "date" : "sector";
}

std::string vectors_file() {
    std::ostringstream text;
    text << "# Anchors and components of matching version 2: the exact OPRF inputs.\n"
         << "# Anchor, under the label \"" << label << "\":\n"
         << "#   input = label || 00 || kind || for each part: length (2 bytes, big-endian) || bytes\n"
         << "#   Each line: kind, salt of the components that go with it, parts, input in hex.\n"
         << "# Component, under the label \"" << component_label << "\":\n"
         << "#   input = label || 00 || salt (1 date, 2 sector) || length (2) || value of the salt || pool || length "
            "(2) || "
            "value\n"
         << "#   Each line: kind, salt, input in hex. The fields are in binary, bit 15 first.\n"
         << "# Written and held by tests/unit/identity_anchors.cpp.\n";
    for (auto const& vector : vectors) {
        text << "\nperson: " << describe(vector.family.front()) << "\n# " << vector.about << "\n";
        for (std::size_t i = 1; i < vector.family.size(); ++i) text << "family: " << describe(vector.family[i]) << "\n";
        auto const descriptors = descriptors_of(vector.family, 0, {label, component_label});
        text << "anchors: " << descriptors.anchors.size() << "\n";
        for (auto const& anchor : descriptors.anchors)
            text << name(anchor.kind) << ' ' << salt_name(anchor.salt) << ' ' << text_of(anchor) << ' '
                 << hex(anchor.input) << "\n";
        text << "components: " << descriptors.by_date.size() + descriptors.by_sector.size() << "\n";
        for (auto const& one : descriptors.by_date) text << name(one.kind) << " date " << hex(one.input) << "\n";
        for (auto const& one : descriptors.by_sector) text << name(one.kind) << " sector " << hex(one.input) << "\n";
        text << "fields: " << std::bitset<16>(descriptors.fields.bits).to_string() << "\n";
    }
    return text.str();
}
} // namespace

TEST_CASE("anchors: the committed vectors are the exact bytes") {
    fanlight::test::check_vectors("tests/vectors/anchors.txt", vectors_file());
}

TEST_CASE("anchors: the label and the kind separate inputs") {
    Family const family{person({{"Chloe", "Green"}}, "2016-03-09")};
    auto const live = anchors_of(family, 0, label);
    auto const practice = anchors_of(family, 0, "fanlight-practice/v1/anchor");
    REQUIRE(live.size() == practice.size());
    for (auto const& anchor : live) REQUIRE(std::find(practice.begin(), practice.end(), anchor) == practice.end());
    REQUIRE(live.front().kind == AnchorKind::name_date);
    REQUIRE(text_of(live.front()) == "chloe|green|2016-03-09"); // the canonical date
}

TEST_CASE("anchors: two children called Chloe share none") {
    Family const one{person({{"Chloe", "Green"}}, "2016-03-09"), person({{"Kira", "Green"}}, "1994-05-05")};
    Family const other{person({{"Chloe", "Walker"}}, "2018-11-21"), person({{"Samantha", "Walker"}}, "1996-01-30")};
    REQUIRE(shared(one, other).empty());
    REQUIRE(shared({person({{"Chloe", "Green"}}, "2016-03-09")}, {person({{"Chloe", "Green"}}, "2018-11-21")}).empty());
}

TEST_CASE("anchors: Mark and Marc with day and month swapped share weak kinds only") {
    auto const kinds = shared({person({{"Mark", "Jones"}}, "1988-03-09")}, {person({{"Marc", "Jones"}}, "1988-09-03")});
    REQUIRE(kinds.contains(AnchorKind::sound_date));
    REQUIRE_FALSE(has_strong(kinds));
    // Swapped where no such date exists, it is another date: day 25 cannot be a month.
    auto const none = shared({person({{"Mark", "Jones"}}, "1988-03-25")}, {person({{"Marc", "Jones"}}, "1988-05-23")});
    REQUIRE_FALSE(none.contains(AnchorKind::sound_date));
}

TEST_CASE("anchors: any former name or alias finds the person") {
    Family const both{person({{"Nicole", "Baker"}, {"Nicole", "Hart"}}, "1991-06-17")};
    REQUIRE(shared(both, {person({{"Nicole", "Hart"}}, "1991-06-17")}).contains(AnchorKind::name_date));
    REQUIRE(shared(both, {person({{"Nicole", "Baker"}}, "1991-06-17")}).contains(AnchorKind::name_date));
    REQUIRE_FALSE(has_strong(shared(both, {person({{"Nicole", "Frost"}}, "1991-06-17")})));
    // A double name by either part.
    Family const doubled{person({{"Nicole", "Baker-Hart"}}, "1991-06-17")};
    REQUIRE(shared(doubled, {person({{"Nicole", "Hart"}}, "1991-06-17")}).contains(AnchorKind::name_date));
    REQUIRE(shared(doubled, {person({{"Nicole", "Baker Hart"}}, "1991-06-17")}).contains(AnchorKind::name_date));
    // A changed surname that nobody wrote down: by another member of the family.
    Family const before{person({{"Nicole", "Baker"}}, "1991-06-17"), person({{"Melissa", "Baker"}}, "2012-02-02")};
    Family const after{person({{"Nicole", "Hart"}}, "1991-06-17"), person({{"Melissa", "Baker"}}, "2012-02-02")};
    REQUIRE(shared(before, after).contains(AnchorKind::forename_family));
}

TEST_CASE("anchors: spellings of a name meet in weak kinds") {
    auto const [left, right] = GENERATE(table<Name, Name>({
        {{"Feriha", "Yılmaz"}, {"Fariha", "Yilmaz"}},
        {{"Kate", "Hall"}, {"Catherine", "Hall"}},
        {{"Mary Jane", "Hall"}, {"Mary", "Hall"}},
        {{"Keefer", "Tiffany"}, {"Tiffany", "Keefer"}},
        {{"Timotchy", "Allott"}, {"Timothy", "Allott"}},
        {{"Jane", "Alott"}, {"Jane", "Allott"}},
        {{"Jane", "Allott"}, {"Jane", "Allotp"}},
    }));
    INFO(left.forename << " " << left.surname << ", " << right.forename << " " << right.surname);
    auto const kinds = shared({person({left}, "1990-04-27")}, {person({right}, "1990-04-27")});
    CHECK_FALSE(kinds.empty());
    CHECK_FALSE(has_strong(kinds));
}

TEST_CASE("anchors: accents, case, honorifics and hyphens make no difference at all") {
    auto const [left, right] = GENERATE(table<Name, Name>({
        {{"José", "Núñez"}, {"JOSE", "nunez"}},
        {{"Mr Mark", "O'Brien"}, {"Mark", "O Brien"}},
        {{"Anne-Marie", "de Souza"}, {"Anne Marie", "de-Souza"}},
        {{"Mark", "Jones Jnr"}, {"Mark", "Jones"}},
    }));
    REQUIRE(anchors_of({person({left}, "1990-04-27")}, 0, label) ==
            anchors_of({person({right}, "1990-04-27")}, 0, label));
}

TEST_CASE("anchors: without a date of birth an address finds the person, and a former one carries no components") {
    auto const now = at(at(person({{"Mia", "Hall"}}), "12", "M12 6DZ"), "7", "M40 2AA");
    REQUIRE_FALSE(shared({now}, {at(person({{"Mia", "Jones"}}, "2015-07-01"), "12", "M12 6DZ")}).empty());
    std::set<Salt> salts;
    for (auto const& anchor : anchors_of(Family{now}, 0, label)) salts.insert(anchor.salt);
    REQUIRE(salts == std::set{Salt::none, Salt::sector});
}

TEST_CASE("anchors: too little to go by gives none") {
    REQUIRE(anchors_of(Family{}, 0, label).empty());
    REQUIRE(anchors_of(Family{person({})}, 0, label).empty());
    REQUIRE(anchors_of(Family{person({{"Mark", "Jones"}}, "1988-03-09")}, 1, label).empty());
    REQUIRE(anchors_of(Family{person({{"Mark", "Jones"}})}, 0, label).empty());
    REQUIRE(anchors_of(Family{person({}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of(Family{person({{"Mark", "Jones"}}, "1900-01-01")}, 0, label).empty());
    REQUIRE_FALSE(anchors_of(Family{person({{"Mark", "Jones"}}, "1988-01-01")}, 0, label).empty());
    REQUIRE(anchors_of(Family{person({}, "", "9990000017")}, 0, label).empty());
    REQUIRE(anchors_of(Family{person({}, "", "9990000018")}, 0, label).size() == 1);
}

TEST_CASE("anchors: the same person, known otherwise, is found by these kinds") {
    using enum AnchorKind;
    struct Row {
        char const* about;
        Family left;
        Family right;
        Kinds expected;
    };
    auto const relative = person({{"Ivy", "Hall"}}, "2012-02-25");
    auto const near_dates = Kinds{name_near_date};
    std::vector<Row> const rows = {
        {"another spelling of the forename",
         {person({{"Feriha", "Kaya"}}, "1984-11-22")},
         {person({{"Fariha", "Kaya"}}, "1984-11-22")},
         {sound_date, skeleton_date, half_surname_date, halves_date, surname_date, spoken_date, name_near_date}},
        {"one that sounds the same",
         {person({{"Mark", "Jones"}}, "1988-03-25")},
         {person({{"Marc", "Jones"}}, "1988-03-25")},
         {sound_date, half_surname_date, halves_date, surname_date, spoken_date, name_near_date}},
        {"a short form",
         {person({{"Kate", "Hall"}}, "1988-03-25")},
         {person({{"Katherine", "Hall"}}, "1988-03-25")},
         {sound_date, half_surname_date, halves_date, spoken_date, surname_date, name_near_date}},
        {"forename and surname swapped",
         {person({{"Keefer", "Tiffany"}}, "1988-03-25")},
         {person({{"Tiffany", "Keefer"}}, "1988-03-25")},
         {skeleton_date}},
        {"day and month swapped",
         {person({{"Mark", "Jones"}}, "1988-03-09")},
         {person({{"Mark", "Jones"}}, "1988-09-03")},
         {name_date, sound_date, skeleton_date, half_surname_date, halves_date, spoken_date, surname_date}},
        {"a wrong day",
         {person({{"Mark", "Jones"}}, "1988-03-25")},
         {person({{"Mark", "Jones"}}, "1988-03-24")},
         near_dates},
        {"a wrong month",
         {person({{"Mark", "Jones"}}, "1988-03-25")},
         {person({{"Mark", "Jones"}}, "1988-04-25")},
         near_dates},
        {"a wrong year",
         {person({{"Mark", "Jones"}}, "1988-03-25")},
         {person({{"Mark", "Jones"}}, "1986-03-25")},
         near_dates},
        {"a typing error in the surname",
         {person({{"Jane", "Allott"}}, "1988-03-25")},
         {person({{"Jane", "Allotp"}}, "1988-03-25")},
         {halves_date, spoken_date}},
        {"a changed surname, the same address",
         {at(person({{"Nicole", "Baker"}}, "1991-06-17"), "12", "M12 6DZ")},
         {at(person({{"Nicole", "Hart"}}, "1991-06-17"), "12", "M12 6DZ")},
         {spoken_date_sector, date_postcode, spoken_premises, spoken_date, date_street}},
        {"a changed surname, the same relative",
         {person({{"Nicole", "Baker"}}, "1991-06-17"), relative},
         {person({{"Nicole", "Hart"}}, "1991-06-17"), relative},
         {forename_family, spoken_date_family, spoken_date}},
        {"the date is missing, the same premises",
         {at(person({{"Nicole", "Baker"}}), "12", "M12 6DZ")},
         {at(person({{"Nicole", "Baker"}}, "1991-06-17"), "12", "M12 6DZ")},
         {spoken_premises, names_postcode, names_sector, halves_postcode}},
        {"the first of January for a date that nobody knew",
         {at(person({{"Nicole", "Baker"}}, "1991-01-01"), "12", "M12 6DZ")},
         {at(person({{"Nicole", "Baker"}}, "1991-06-17"), "12", "M12 6DZ")},
         {spoken_premises, names_postcode, names_sector, halves_postcode}},
        {"a middle name used as a forename",
         {person({{"Ann", "Baker", "Nicole"}}, "1991-06-17")},
         {person({{"Nicole", "Baker"}}, "1991-06-17")},
         {name_date, sound_date, surname_date}},
        {"names with a middle one, without a date",
         {person({{"Nicole", "Baker", "Ann"}})},
         {person({{"Nicole", "Baker", "Ann"}}, "1991-06-17")},
         {full_name}},
        {"nothing but the day",
         {person({{"Nicole", "Baker"}}, "1991-06-17")},
         {person({{"Ola", "Jensen"}}, "1991-06-17")},
         {}},
    };
    for (auto const& row : rows) {
        INFO(row.about);
        auto const found = shared(row.left, row.right);
        std::string wrong;
        for (std::uint8_t number = 1; number <= anchor_kinds; ++number) {
            auto const kind = static_cast<AnchorKind>(number);
            if (found.contains(kind) != row.expected.contains(kind))
                wrong += std::string(found.contains(kind) ? " more: " : " missing: ") + name(kind);
        }
        CHECK(wrong == "");
        CHECK(shared(row.right, row.left) == found);
    }
}

TEST_CASE("anchors: no single field makes one, except numbers") {
    // Each field alone, and all the names together.
    CHECK(kinds_of({person({{"Nicole", ""}})}).empty());
    CHECK(kinds_of({person({{"", "Baker"}})}).empty());
    CHECK(kinds_of({person({{"Nicole", "Baker"}})}).empty());
    CHECK(kinds_of({person({}, "1991-06-17")}).empty());
    CHECK(kinds_of({at(person({}), "12", "M12 6DZ", "10070123456")}).empty());
    // A first name and a street without a postcode: half a town.
    CHECK(kinds_of({at(person({{"Nicole", ""}}), "12", "")}).empty());
    // A surname, at a place: a family, not a person.
    CHECK(kinds_of({at(person({{"", "Baker"}}), "12", "M12 6DZ")}).empty());
    // A date with a place is two fields.
    CHECK(kinds_of({at(person({}, "1991-06-17"), "", "M12 6DZ")}) ==
          Kinds{AnchorKind::date_postcode, AnchorKind::date_street});
}

TEST_CASE("anchors: a baby without a forename is found by surname, date and place, an unborn child by nothing") {
    auto const mother = person({{"Nicole", "Baker"}}, "1991-06-17");
    auto const baby = at(person({{"Baby", "Baker"}}, "2024-05-17"), "12", "M12 6DZ");
    CHECK(kinds_of({baby, mother}) == Kinds{AnchorKind::surname_date_sector, AnchorKind::date_postcode,
                                            AnchorKind::surname_date, AnchorKind::date_street});
    CHECK(shared({baby}, {at(person({{"Maisie", "Baker"}}, "2024-05-17"), "12", "M12 6DZ")}).size() == 4);
    CHECK(kinds_of({at(person({{"Unborn", "Baker"}}), "12", "M12 6DZ"), mother}).empty());
}

TEST_CASE("anchors: of a former address the input is the same, but no components go with it") {
    auto const anchors = [](Identity const& identity) { return anchors_of(Family{identity}, 0, label); };
    auto const mia = person({{"Mia", "Hall"}});
    auto const moved = anchors(at(at(mia, "7", "M40 2AA"), "12", "M12 6DZ"));
    std::size_t former = 0;
    for (auto const& anchor : anchors(at(mia, "12", "M12 6DZ"))) {
        auto const same =
            std::find_if(moved.begin(), moved.end(), [&](Anchor const& other) { return other.input == anchor.input; });
        REQUIRE(same != moved.end());
        CHECK(anchor.salt == Salt::sector);
        CHECK(same->salt == Salt::none);
        ++former;
    }
    CHECK(former == 5); // halves_postcode twice
    // From house to house within a postcode: what both addresses have stands once, and carries.
    auto const near = anchors(at(at(mia, "7", "M12 6DZ"), "12", "M12 6DZ"));
    std::map<AnchorKind, std::vector<Salt>> salts;
    for (auto const& anchor : near) salts[anchor.kind].push_back(anchor.salt);
    CHECK(salts[AnchorKind::names_postcode] == std::vector{Salt::sector});
    CHECK(salts[AnchorKind::names_sector] == std::vector{Salt::sector});
    CHECK(salts[AnchorKind::spoken_premises] == std::vector{Salt::sector, Salt::none}); // the current one first
}

TEST_CASE("anchors: where there is no room, each kind has its best and numbers are never left out") {
    auto identity =
        at(at(at(person({{"Kate", "O'Brien-Hughes", "Ann Rose"}}, "1988-11-30", "9990000018"), "12", "M12 6DZ"), "7",
              "M40 2AA"),
           "9", "SK1 3XE");
    for (auto const* const surname : {"Cox", "Maher", "Bell", "Hill", "Webb", "Dunn"})
        identity.names.push_back({"Katherine", surname, "Jane"});
    identity.agreed_number = "AB1234";
    Family family{identity};
    for (auto const* const forename : {"Tom", "Ivy", "Max", "Ada", "Leo"})
        family.push_back(person({{forename, "Cox"}}, "2012-02-25"));
    auto const anchors = anchors_of(family, 0, label);
    REQUIRE(anchors.size() == limits::anchors_per_person_max);
    CHECK(anchors[0].kind == AnchorKind::nhs_number);
    CHECK(anchors[1].kind == AnchorKind::agreed_number);
    auto const found = kinds_of(family);
    for (auto const kind :
         {AnchorKind::name_date, AnchorKind::sound_date, AnchorKind::skeleton_date, AnchorKind::date_postcode,
          AnchorKind::spoken_premises, AnchorKind::forename_family, AnchorKind::name_near_date, AnchorKind::full_name})
        CHECK(found.contains(kind));
}

TEST_CASE("anchors: at most four relatives' names are used, the eldest first") {
    Family family{person({{"Mia", "Hall"}})};
    for (auto const* const date : {"2012-02-25", "1960-02-25", "1990-02-25", "2001-02-25", "2003-02-25"})
        family.push_back(person({{"Tom", "Hall"}}, date));
    std::set<std::string> dates;
    for (auto const& anchor : anchors_of(family, 0, label)) dates.insert(parts_of(anchor).back());
    CHECK(dates == std::set<std::string>{"1960-02-25", "1990-02-25", "2001-02-25", "2003-02-25"});
}

TEST_CASE("anchors: laws for any family") {
    REQUIRE(rc::check("distinct, of several parts that are not empty, within their limits, the same again", [] {
        auto const family = *any_family();
        auto const which = *rc::gen::inRange<std::size_t>(0, family.size());
        auto const anchors = anchors_of(family, which, label);
        RC_ASSERT(anchors.size() <= limits::anchors_per_person_max);
        std::set<Bytes> inputs;
        for (auto const& anchor : anchors) {
            inputs.insert(anchor.input);
            auto const parts = parts_of(anchor);
            bool const number = anchor.kind <= AnchorKind::agreed_number;
            RC_ASSERT(number == (parts.size() == 1));
            for (auto const& part : parts) RC_ASSERT(!part.empty());
            RC_ASSERT(anchor.input.size() <= anchor_bytes_max);
            RC_ASSERT(anchor.salt == rule_of(anchor.kind).salt || anchor.salt == Salt::none);
        }
        RC_ASSERT(inputs.size() == anchors.size());
        RC_ASSERT(anchors_of(family, which, label) == anchors);
    }));
    REQUIRE(rc::check("the order of the others does not matter", [] {
        auto family = *any_family();
        auto const before = anchors_of(family, 0, label);
        for (std::size_t i = family.size() - 1; i > 1; --i)
            std::swap(family[i], family[*rc::gen::inRange<std::size_t>(1, i + 1)]);
        RC_ASSERT(anchors_of(family, 0, label) == before);
    }));
    REQUIRE(rc::check("the order of names does not matter, nor that of two former addresses", [] {
        auto family = *any_family();
        auto& identity = family.front();
        if (identity.addresses.size() > 3) identity.addresses.resize(3);
        auto const before = described(family);
        std::reverse(identity.names.begin(), identity.names.end());
        if (identity.addresses.size() == 3 && forms_of(identity).places.size() == 3)
            std::swap(identity.addresses[1], identity.addresses[2]);
        auto const after = described(family);
        RC_ASSERT(after.anchors == before.anchors);
        RC_ASSERT(after.by_date == before.by_date);
        RC_ASSERT(after.by_sector == before.by_sector);
        RC_ASSERT(after.fields == before.fields);
    }));
}

TEST_CASE("anchor kinds: each has its number, its name and its rule") {
    std::set<std::string> names;
    for (std::uint8_t kind = 1; kind <= anchor_kinds; ++kind) {
        auto const& rule = rule_of(static_cast<AnchorKind>(kind));
        names.insert(rule.name);
        CHECK(rule.kind == static_cast<AnchorKind>(kind));
        // Whoever shares a strong one shares it for good: it opens the context.
        if (rule.strong) CHECK(rule.strangers_per_billion <= 2);
    }
    CHECK(names.size() == anchor_kinds);
    for (auto const strong :
         {AnchorKind::nhs_number, AnchorKind::upn, AnchorKind::agreed_number, AnchorKind::name_date})
        CHECK(is_strong(strong));
}
