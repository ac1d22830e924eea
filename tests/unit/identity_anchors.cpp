// Anchors and score: who shares one with whom, and who must not. tests/vectors/anchors.txt holds the exact OPRF inputs.

#include "project_files.hpp"
#include "protocol/identity/anchors.hpp"
#include "protocol/identity/standardise.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {
constexpr std::string_view label = "fanlight/v1/anchor";
using Family = std::vector<Identity>;
using Kinds = std::vector<AnchorKind>;

Identity person(std::vector<Name> names, std::string_view date = "", std::string nhs_number = "") {
    std::optional<Day> day;
    if (!date.empty()) day = parse_day(date).value();
    return {std::move(names), day, std::move(nhs_number), ""};
}

/// The kinds of the anchors that the first of two families' people share.
Kinds shared(Family const& left, Family const& right) {
    auto const ours = anchors_of(left, 0, label);
    auto const theirs = anchors_of(right, 0, label);
    std::set<AnchorKind> kinds;
    for (auto const& anchor : ours)
        if (std::find(theirs.begin(), theirs.end(), anchor) != theirs.end()) kinds.insert(anchor.kind);
    return {kinds.begin(), kinds.end()};
}
bool has_strong(Kinds const& kinds) {
    return std::any_of(kinds.begin(), kinds.end(), is_strong);
}
bool has(Kinds const& kinds, AnchorKind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// The parts of an input, as docs/protocol.md writes them: "chloe|green|2016-03-09".
std::string parts_of(Anchor const& anchor) {
    REQUIRE(as_text(anchor.input).substr(0, label.size()) == label);
    std::size_t at = label.size();
    REQUIRE(anchor.input.at(at++) == 0);
    REQUIRE(anchor.input.at(at++) == static_cast<std::uint8_t>(anchor.kind));
    std::string text;
    while (at < anchor.input.size()) {
        auto const size = std::size_t(anchor.input.at(at)) << 8U | anchor.input.at(at + 1);
        at += 2;
        REQUIRE(at + size <= anchor.input.size());
        if (!text.empty()) text += '|';
        text += as_text(ByteView(anchor.input).subspan(at, size));
        at += size;
    }
    return text;
}
/// One line for each kind.
std::string printable(std::vector<Anchor> const& anchors) {
    std::string text;
    std::string_view before;
    for (auto const& anchor : anchors) {
        if (before != name(anchor.kind)) text += std::string(text.empty() ? "" : "\n") + name(anchor.kind);
        before = name(anchor.kind);
        text += ' ' + parts_of(anchor);
    }
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
    std::string expected;
};

std::vector<Vector> const vectors = {
    {"An NHS number and a plain name; nobody else is known.",
     {person({{"Chloe", "Green"}}, "2016-03-09", "999 000 0018")},
     "nhs_number 9990000018\n"
     "name_date chloe|green|2016-03-09\n"
     "sound_date KL|GRN|2016-03-09\n"
     "skeleton_date chl|grn|2016-03-09\n"
     "deletion_date chle|green|2016-03-09 chlo|green|2016-03-09 choe|green|2016-03-09 "
     "cloe|green|2016-03-09 hloe|green|2016-03-09 chloe|geen|2016-03-09 chloe|gree|2016-03-09 "
     "chloe|gren|2016-03-09 chloe|reen|2016-03-09 chloe|green|2016-03-09"},
    {"A nickname, a double surname and a former name: the room for deletions is shared.",
     {person({{"Kate", "O'Brien"}, {"Katherine", "Cox-Maher"}}, "1988-11-30")},
     "name_date kate|obrien|1988-11-30 katherine|cox|1988-11-30 katherine|maher|1988-11-30 "
     "katherine|coxmaher|1988-11-30\n"
     "sound_date KTRN|MR|1988-11-30 KTRN|KKS|1988-11-30 KTRN|OBRN|1988-11-30 KTRN|KKSMR|1988-11-30\n"
     "skeleton_date cx|kthrn|1988-11-30 kt|obrn|1988-11-30 cxmhr|kthrn|1988-11-30 kthrn|mhr|1988-11-30\n"
     "deletion_date kae|obrien|1988-11-30 kte|obrien|1988-11-30 kate|obien|1988-11-30 "
     "kate|orien|1988-11-30 kate|obrien|1988-11-30 kaherine|coxmaher|1988-11-30 "
     "ktherine|coxmaher|1988-11-30 katherine|comaher|1988-11-30 katherine|cxmaher|1988-11-30 "
     "katherine|coxmaher|1988-11-30"},
    {"Two spellings and three relatives; day and month could be swapped.",
     {person({{"Feriha", "Yılmaz"}, {"Fariha", "Yilmaz"}}, "1984-11-02"), person({{"Hazim", "Yılmaz"}}, "1979-02-05"),
      person({{"Defne", "Yılmaz"}}, "2008-06-14"), person({{"Adnan", "Yılmaz"}}, "2005-10-30")},
     "name_date fariha|yilmaz|1984-11-02 feriha|yilmaz|1984-11-02\n"
     "sound_date FRA|YLMS|1984-02-11\n"
     "skeleton_date frh|ylmz|1984-02-11\n"
     "deletion_date faiha|yilmaz|1984-11-02 farha|yilmaz|1984-11-02 faria|yilmaz|1984-11-02 "
     "feiha|yilmaz|1984-11-02 ferha|yilmaz|1984-11-02 feria|yilmaz|1984-11-02 friha|yilmaz|1984-11-02 "
     "fariha|yilaz|1984-11-02 fariha|yimaz|1984-11-02 fariha|ylmaz|1984-11-02 fariha|yilmaz|1984-11-02 "
     "feriha|yilaz|1984-11-02 feriha|yimaz|1984-11-02 feriha|ylmaz|1984-11-02 feriha|yilmaz|1984-11-02\n"
     "forename_family fariha|adnan|2005-10-30 fariha|defne|2008-06-14 fariha|hazim|1979-02-05 "
     "feriha|adnan|2005-10-30 feriha|defne|2008-06-14 feriha|hazim|1979-02-05"},
    {"Known by a forename only: found through the family or not at all.",
     {person({{"Greg", "unknown"}}), person({{"Marie", "Hall"}}, "1992-01-01")},
     "forename_family greg|marie|1992-01-01"},
    {"Another script, and a date that a computer made up for a relative.",
     {person({{"Олександр", "Шевченко"}}, "1990-05-17"), person({{"小明", "王"}}, "1900-01-01")},
     "name_date oleksandr|shevchenko|1990-05-17\n"
     "sound_date OLKSNDR|SFXNK|1990-05-17\n"
     "skeleton_date olksndr|shvchnk|1990-05-17\n"
     "deletion_date leksandr|shevchenko|1990-05-17 oeksandr|shevchenko|1990-05-17 "
     "olekandr|shevchenko|1990-05-17 oleksadr|shevchenko|1990-05-17 oleksand|shevchenko|1990-05-17 "
     "oleksanr|shevchenko|1990-05-17 oleksndr|shevchenko|1990-05-17 olesandr|shevchenko|1990-05-17 "
     "olksandr|shevchenko|1990-05-17 oleksandr|hevchenko|1990-05-17 oleksandr|sevchenko|1990-05-17 "
     "oleksandr|shechenko|1990-05-17 oleksandr|shevcenko|1990-05-17 oleksandr|shevcheko|1990-05-17 "
     "oleksandr|shevchenk|1990-05-17 oleksandr|shevcheno|1990-05-17 oleksandr|shevchnko|1990-05-17 "
     "oleksandr|shevhenko|1990-05-17 oleksandr|shvchenko|1990-05-17 oleksandr|shevchenko|1990-05-17"},
    {"Twins with nearly the same name, both in view: what both have is left out.",
     {person({{"Mia", "Hall"}}, "2015-07-01"), person({{"Mya", "Hall"}}, "2015-07-01"),
      person({{"Sue", "Hall"}}, "1988-12-24")},
     "name_date mia|hall|2015-07-01\n"
     "deletion_date ia|hall|2015-07-01 mi|hall|2015-07-01 mia|all|2015-07-01 mia|hal|2015-07-01 "
     "mia|hll|2015-07-01 mia|hall|2015-07-01\n"
     "forename_family mia|mya|2015-07-01 mia|sue|1988-12-24"},
    {"A placeholder is no name: nothing to go by.", {person({{"Baby", "Green"}}, "2016-03-09")}, ""},
};

std::string describe(Identity const& identity) {
    std::string text;
    for (auto const& one : identity.names)
        text += (text.empty() ? "" : ", also ") + ('"' + one.forename + "\" \"" + one.surname + '"');
    text += identity.date_of_birth ? ", born " + to_text(*identity.date_of_birth) : ", no date of birth";
    if (!identity.nhs_number.empty()) text += ", NHS number " + identity.nhs_number;
    return text;
}

std::string vectors_file() {
    std::ostringstream text;
    text << "# Anchors of matching version 1 under the label \"" << label << "\": the exact OPRF inputs.\n"
         << "# input = label || 00 || kind || for each part: length (2 bytes, big-endian) || bytes\n"
         << "# Each line: kind, parts, input in hex. Written and held by tests/unit/identity_anchors.cpp.\n";
    for (auto const& vector : vectors) {
        text << "\nperson: " << describe(vector.family.front()) << "\n# " << vector.about << "\n";
        for (std::size_t i = 1; i < vector.family.size(); ++i) text << "family: " << describe(vector.family[i]) << "\n";
        auto const anchors = anchors_of(vector.family, 0, label);
        text << "anchors: " << anchors.size() << "\n";
        for (auto const& anchor : anchors)
            text << name(anchor.kind) << ' ' << parts_of(anchor) << ' ' << hex(anchor.input) << "\n";
    }
    return text.str();
}

rc::Gen<Identity> any_identity() {
    auto const forename = rc::gen::oneOf(
        rc::gen::element<std::string>("Mia", "Mya", "Mark", "Marc", "Kate", "Mohammed Ali", "J", "Baby", "", "Jo"),
        rc::gen::arbitrary<std::string>());
    auto const surname = rc::gen::oneOf(
        rc::gen::element<std::string>("Smith", "Smyth", "Cox-Maher", "van den Berg", "O'Brien", "Ng", "unknown", ""),
        rc::gen::arbitrary<std::string>());
    auto const names = rc::gen::container<std::vector<Name>>(
        rc::gen::build<Name>(rc::gen::set(&Name::forename, forename), rc::gen::set(&Name::surname, surname)));
    auto const date = rc::gen::map(rc::gen::inRange(0, 6), [](int days) {
        return days == 0 ? std::nullopt : std::optional<Day>(Day(std::chrono::days(14'000 + days % 3)));
    });
    auto const nhs = rc::gen::element<std::string>("", "9990000018", "9434765919", "x");
    return rc::gen::build<Identity>(rc::gen::set(&Identity::names, names), rc::gen::set(&Identity::date_of_birth, date),
                                    rc::gen::set(&Identity::nhs_number, nhs));
}
} // namespace

TEST_CASE("anchors: the test vectors, part by part") {
    for (auto const& vector : vectors) {
        INFO(vector.about);
        CHECK(printable(anchors_of(vector.family, 0, label)) == vector.expected);
    }
}

TEST_CASE("anchors: the committed vectors are the exact bytes") {
    fanlight::test::check_vectors("tests/vectors/anchors.txt", vectors_file());
}

TEST_CASE("anchors: the label and the kind separate inputs") {
    Family const family{person({{"Chloe", "Green"}}, "2016-03-09")};
    auto const live = anchors_of(family, 0, label);
    auto const practice = anchors_of(family, 0, "fanlight-practice/v1/anchor");
    REQUIRE(live.size() == practice.size());
    for (auto const& anchor : live) REQUIRE(std::find(practice.begin(), practice.end(), anchor) == practice.end());
    REQUIRE(parts_of(live.front()) == "chloe|green|2016-03-09");
}

TEST_CASE("anchors: two children called Chloe share none") {
    Family const one{person({{"Chloe", "Green"}}, "2016-03-09"), person({{"Kira", "Green"}}, "1994-05-05")};
    Family const other{person({{"Chloe", "Walker"}}, "2018-11-21"), person({{"Samantha", "Walker"}}, "1996-01-30")};
    REQUIRE(shared(one, other).empty());
    REQUIRE(shared({person({{"Chloe", "Green"}}, "2016-03-09")}, {person({{"Chloe", "Green"}}, "2018-11-21")}).empty());
    REQUIRE(shared({person({{"Chloe", "Green"}}, "2016-03-09")}, {person({{"Kira", "Green"}}, "2016-03-09")}).empty());
}

TEST_CASE("anchors: Mark and Marc with day and month swapped share weak kinds only") {
    auto const kinds = shared({person({{"Mark", "Jones"}}, "1988-03-09")}, {person({{"Marc", "Jones"}}, "1988-09-03")});
    REQUIRE(kinds == Kinds{AnchorKind::sound_date});
    REQUIRE_FALSE(has_strong(kinds));
    // Swapped where no such date exists, they share nothing: day 25 cannot be a month.
    REQUIRE(shared({person({{"Mark", "Jones"}}, "1988-03-25")}, {person({{"Marc", "Jones"}}, "1988-05-23")}).empty());
}

TEST_CASE("anchors: any former name or alias finds the person") {
    Family const both{person({{"Nicole", "Baker"}, {"Nicole", "Hart"}}, "1991-06-17")};
    REQUIRE(has(shared(both, {person({{"Nicole", "Hart"}}, "1991-06-17")}), AnchorKind::name_date));
    REQUIRE(has(shared(both, {person({{"Nicole", "Baker"}}, "1991-06-17")}), AnchorKind::name_date));
    REQUIRE(shared(both, {person({{"Nicole", "Frost"}}, "1991-06-17")}).empty());
    // A double name by either part.
    Family const doubled{person({{"Nicole", "Baker-Hart"}}, "1991-06-17")};
    REQUIRE(has(shared(doubled, {person({{"Nicole", "Hart"}}, "1991-06-17")}), AnchorKind::name_date));
    REQUIRE(has(shared(doubled, {person({{"Nicole", "Baker Hart"}}, "1991-06-17")}), AnchorKind::name_date));
    // A changed surname that nobody wrote down: by another member of the family.
    Family const before{person({{"Nicole", "Baker"}}, "1991-06-17"), person({{"Melissa", "Baker"}}, "2012-02-02")};
    Family const after{person({{"Nicole", "Hart"}}, "1991-06-17"), person({{"Melissa", "Baker"}}, "2012-02-02")};
    REQUIRE(shared(before, after) == Kinds{AnchorKind::forename_family});
}

TEST_CASE("anchors: spellings of a name meet in weak kinds") {
    auto const [left, right, kind] = GENERATE(table<Name, Name, AnchorKind>({
        {{"Feriha", "Yılmaz"}, {"Fariha", "Yilmaz"}, AnchorKind::sound_date},
        {{"Feriha", "Yılmaz"}, {"Fariha", "Yilmaz"}, AnchorKind::skeleton_date},
        {{"Feriha", "Yılmaz"}, {"Fariha", "Yilmaz"}, AnchorKind::deletion_date},
        {{"Kate", "Hall"}, {"Catherine", "Hall"}, AnchorKind::sound_date},
        {{"Mary Jane", "Hall"}, {"Mary", "Hall"}, AnchorKind::sound_date},
        {{"Keefer", "Tiffany"}, {"Tiffany", "Keefer"}, AnchorKind::skeleton_date},
        {{"Timotchy", "Allott"}, {"Timothy", "Allott"}, AnchorKind::deletion_date},
        {{"aJne", "Allott"}, {"Jane", "Allott"}, AnchorKind::deletion_date},
        {{"Jane", "Alott"}, {"Jane", "Allott"}, AnchorKind::deletion_date},
        {{"Jane", "Allott"}, {"Jane", "Allotp"}, AnchorKind::deletion_date},
    }));
    INFO(left.forename << " " << left.surname << ", " << right.forename << " " << right.surname);
    auto const kinds = shared({person({left}, "1990-04-27")}, {person({right}, "1990-04-27")});
    CHECK(has(kinds, kind));
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

TEST_CASE("anchors: father and son of one name share none") {
    auto const father = person({{"John", "Smith"}}, "1970-02-03");
    auto const son = person({{"John", "Smith"}}, "2004-08-19");
    auto const mother = person({{"Ann", "Smith"}}, "1972-10-10");
    REQUIRE(shared({father}, {son}).empty());
    REQUIRE(shared({father, son, mother}, {son, father, mother}).empty());
    // Where both are in view at one end, that end does not ask with "John, of whose family Ann is" for either.
    REQUIRE(shared({father, son, mother}, {son, mother}).empty());
    REQUIRE(shared({father, mother}, {son, father, mother}).empty());
    // Not so where each end sees one of them: an unsure candidate, for a person to look at.
    REQUIRE(shared({father, mother}, {son, mother}) == Kinds{AnchorKind::forename_family});
}

TEST_CASE("anchors: twins share none, or a weak one where their names are nearly the same") {
    auto const mother = person({{"Sue", "Hall"}}, "1988-12-24");
    auto const twin = [](std::string forename) { return person({{std::move(forename), "Hall"}}, "2015-07-01"); };
    auto const [left, right] = GENERATE(table<std::string, std::string>(
        {{"Ella", "Max"}, {"Daniel", "David"}, {"Chloe", "Kira"}, {"Olivia", "Oscar"}, {"Jack", "Jake"}}));
    INFO(left << " " << right);
    auto const kinds = shared({twin(left), mother}, {twin(right), mother});
    CHECK_FALSE(has_strong(kinds));
    CHECK_FALSE(has(kinds, AnchorKind::forename_family));
    if (left != "Jack") CHECK(kinds.empty());

    auto const [one, other] =
        GENERATE(table<std::string, std::string>({{"Mia", "Mya"}, {"Jo", "Jon"}, {"Jane", "June"}}));
    auto const near = shared({twin(one), mother}, {twin(other), mother});
    CHECK(has(near, AnchorKind::deletion_date));
    CHECK_FALSE(has_strong(near));
    CHECK_FALSE(has(near, AnchorKind::forename_family));
    // In view of both at either end, nothing is left that could confuse them.
    CHECK(shared({twin(one), twin(other), mother}, {twin(other), mother}).empty());
    CHECK(shared({twin(one), mother}, {twin(other), twin(one), mother}).empty());
    CHECK(has_strong(shared({twin(one), twin(other), mother}, {twin(one), twin(other), mother})));
}

TEST_CASE("anchors: a forename of one sound or consonant makes no anchor of sounds or consonants") {
    REQUIRE(shared({person({{"Jay", "Hall"}}, "2015-07-01")}, {person({{"Jo", "Hall"}}, "2015-07-01")}).empty());
    // Two and one: three together are enough.
    REQUIRE_FALSE(shared({person({{"Amy", "Lee"}}, "2015-07-01")}, {person({{"Amy", "Li"}}, "2015-07-01")}).empty());
}

TEST_CASE("anchors: a person entered twice keeps the weak ones") {
    auto const mark = person({{"Mark", "Jones"}}, "1988-03-09");
    auto const again = person({{"Mark", "Jones"}, {"Mark", "Hill"}}, "1988-03-09");
    REQUIRE(anchors_of({mark, again}, 0, label).size() >= anchors_of({mark}, 0, label).size());
}

TEST_CASE("anchors: too little to go by gives none") {
    REQUIRE(anchors_of({}, 0, label).empty());
    REQUIRE(anchors_of({person({})}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", "Jones"}}, "1988-03-09")}, 1, label).empty());
    REQUIRE(anchors_of({person({{"Mark", "Jones"}})}, 0, label).empty());
    REQUIRE(anchors_of({person({}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", ""}}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"", "Jones"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Baby", "Jones"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", "Unknown"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"M", "Jones"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE_FALSE(anchors_of({person({{"Mo", "Jones"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", "J"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE_FALSE(anchors_of({person({{"Mark", "Ng"}}, "1988-03-09")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", "Jones"}}, "1900-01-01")}, 0, label).empty());
    REQUIRE_FALSE(anchors_of({person({{"Mark", "Jones"}}, "1988-01-01")}, 0, label).empty());
    REQUIRE(anchors_of({person({}, "", "9990000017")}, 0, label).empty());
    REQUIRE(anchors_of({person({}, "", "9990000018")}, 0, label).size() == 1);
    // A family member without a date, or without a name, is nothing to go by either.
    REQUIRE(anchors_of({person({{"Mark", ""}}), person({{"Ann", ""}})}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", ""}}), person({{"Unknown", ""}}, "1990-02-02")}, 0, label).empty());
    REQUIRE(anchors_of({person({{"Mark", ""}}), person({{"Ann", ""}}, "1990-02-02")}, 0, label).size() == 1);
}

TEST_CASE("anchors: one long name and a large family fill the room exactly; a ninth relative changes nothing") {
    Family family{person({{"Christopherson", "Featherstonehaugh"}}, "1988-03-09", "9990000018")};
    for (int i = 0; i < 8; ++i)
        family.push_back(person({{std::string("Ann") + static_cast<char>('a' + i), ""}}, "1960-02-02"));
    auto const full = anchors_of(family, 0, label);
    REQUIRE(full.size() == limits::anchors_per_person_max);
    family.push_back(person({{"Zoe", ""}}, "2019-02-02"));
    REQUIRE(anchors_of(family, 0, label) == full);
}

TEST_CASE("anchors: the family in view changes none of a person's other anchors") {
    auto const mark = person({{"Mark", "Jones"}, {"Mark", "Hill-Webb"}}, "1988-03-09", "9990000018");
    auto const alone = anchors_of({mark}, 0, label);
    auto together = anchors_of({mark, person({{"Ann", "Jones"}}, "1990-02-02")}, 0, label);
    REQUIRE(together.back().kind == AnchorKind::forename_family);
    together.pop_back();
    REQUIRE(together == alone);
}

TEST_CASE("anchors: laws for any family") {
    REQUIRE(rc::check("distinct, in order, within their limits, the same again", [] {
        auto const family = *rc::gen::container<Family>(any_identity());
        if (family.empty()) return;
        auto const which = *rc::gen::inRange<std::size_t>(0, family.size());
        auto const anchors = anchors_of(family, which, label);
        RC_ASSERT(anchors.size() <= limits::anchors_per_person_max);
        for (std::size_t i = 0; i < anchors.size(); ++i) {
            RC_ASSERT(anchors[i].input.size() <= anchor_bytes_max);
            if (i > 0) RC_ASSERT(anchors[i - 1] < anchors[i]);
        }
        RC_ASSERT(anchors_of(family, which, label) == anchors);
    }));
    REQUIRE(rc::check("the order of the others does not matter", [] {
        auto family = *rc::gen::nonEmpty(rc::gen::container<Family>(any_identity()));
        auto const before = anchors_of(family, 0, label);
        for (std::size_t i = family.size() - 1; i > 1; --i)
            std::swap(family[i], family[*rc::gen::inRange<std::size_t>(1, i + 1)]);
        RC_ASSERT(anchors_of(family, 0, label) == before);
    }));
    REQUIRE(rc::check("the order of up to seven names does not matter", [] {
        auto identity = *any_identity();
        identity.names.resize(std::min<std::size_t>(identity.names.size(), 2)); // at most 2 x 3 with their parts
        auto turned = identity;
        std::reverse(turned.names.begin(), turned.names.end());
        Family const relatives = *rc::gen::container<Family>(3, any_identity());
        Family one{identity};
        Family other{turned};
        one.insert(one.end(), relatives.begin(), relatives.end());
        other.insert(other.end(), relatives.begin(), relatives.end());
        RC_ASSERT(anchors_of(one, 0, label) == anchors_of(other, 0, label));
    }));
    REQUIRE(rc::check("no two members share a weak one, unless they share a strong one", [] {
        auto const family = *rc::gen::container<Family>(3, any_identity());
        auto const first = anchors_of(family, 0, label);
        auto const second = anchors_of(family, 1, label);
        std::vector<Anchor> common;
        std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(common));
        if (!common.empty()) RC_ASSERT(is_strong(common.front().kind));
    }));
}

TEST_CASE("score: the highest points among the shared kinds, against the two thresholds") {
    std::map<std::string, std::uint32_t> const points{
        {"nhs_number", 100}, {"name_date", 80}, {"sound_date", 79}, {"deletion_date", 60}, {"forename_family", 59}};
    struct Row {
        Kinds kinds;
        std::uint32_t points;
        Match match;
    };
    auto const row = GENERATE(values<Row>({
        {{}, 0, Match::none},
        {{AnchorKind::forename_family}, 59, Match::none},
        {{AnchorKind::deletion_date}, 60, Match::unsure},
        {{AnchorKind::sound_date}, 79, Match::unsure},
        {{AnchorKind::name_date}, 80, Match::sure},
        {{AnchorKind::forename_family, AnchorKind::deletion_date}, 60, Match::unsure}, // weak ones do not add up
        {{AnchorKind::sound_date, AnchorKind::nhs_number, AnchorKind::deletion_date}, 100, Match::sure},
        {{AnchorKind::skeleton_date}, 0, Match::none}, // no points in the agreement
        {{AnchorKind::skeleton_date, AnchorKind::sound_date}, 79, Match::unsure},
    }));
    auto const result = score(row.kinds, points, 80, 60);
    CHECK(result.points == row.points);
    CHECK(result.match == row.match);
}

TEST_CASE("score: without a shared kind that has points there is no match, whatever the thresholds") {
    REQUIRE(score({}, {{"name_date", 80}}, 0, 0).match == Match::none);
    REQUIRE(score({AnchorKind::name_date}, {}, 0, 0).match == Match::none);
    REQUIRE(score({AnchorKind::name_date}, {{"name_date", 0}}, 1, 0).match == Match::unsure);
}

TEST_CASE("anchor kinds: each has its number and its name in the agreement") {
    std::set<std::string> names;
    for (std::uint8_t kind = 1; kind <= anchor_kinds; ++kind) names.insert(name(static_cast<AnchorKind>(kind)));
    REQUIRE(names == std::set<std::string>{"nhs_number", "name_date", "sound_date", "skeleton_date", "deletion_date",
                                           "forename_family"});
    REQUIRE(is_strong(AnchorKind::nhs_number));
    REQUIRE(is_strong(AnchorKind::name_date));
    for (auto const weak :
         {AnchorKind::sound_date, AnchorKind::skeleton_date, AnchorKind::deletion_date, AnchorKind::forename_family})
        REQUIRE_FALSE(is_strong(weak));
}
