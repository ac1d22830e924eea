// Standardised addresses, written dates, and numbers other than the NHS number.

#include "protocol/identity/standardise.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {
struct Pair {
    std::string written;
    std::string standard;
};

/// Pieces that the rules look at, in any order, and any bytes.
rc::Gen<std::string> any_field() {
    auto const pieces = rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
        rc::gen::element<std::string>("12", "3", "144b", "b", "a ", "0012", "0", "flat ", "unit ", "the ", "no. ",
                                      "st ", "dr ", "elm ", "rose ", "cottage ", "court ", "road ", "rd ", "house ",
                                      "1st ", "and ", ",", "/", "-", " ", "saint ", "the", "nfa", "unknown ", "\xC3",
                                      "é", "½", "123456", "1234567", "upper ", "hse ", "mews", "farm "),
        rc::gen::arbitrary<std::string>()));
    return rc::gen::map(pieces, [](std::vector<std::string> const& parts) {
        std::string text;
        for (auto const& part : parts) text += part;
        return text;
    });
}

Address as_written(StandardAddress const& standard) {
    return {standard.premises, standard.street, standard.locality, standard.postcode, standard.uprn};
}

Day a_day(int year, unsigned month, unsigned of_month) {
    return Day(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(of_month));
}

/// "2016-03-09", "2016-03", "2016", "missing" or the fault.
std::string shown(BirthDate const& date) {
    switch (date.fault) {
    case DateFault::none: break;
    case DateFault::not_a_date: return "not a date";
    case DateFault::impossible: return "impossible";
    case DateFault::two_digit_year: return "two-digit year";
    }
    if (date.day) return to_text(*date.day);
    if (!date.partial) return "missing";
    auto const year = std::to_string(date.partial->year);
    auto const month = std::to_string(date.partial->month);
    return date.partial->month == 0 ? year : year + (month.size() < 2 ? "-0" : "-") + month;
}
} // namespace

TEST_CASE("premises: the ways of writing one home agree") {
    using Ways = std::vector<Address>;
    auto const ways = GENERATE(values<Ways>({
        {{"12", "Elm Avenue", "", "", ""},
         {"No. 12", "Elm Ave", "", "", ""},
         {"0012", "Elm Av.", "", "", ""},
         {"", "12 Elm Avenue", "", "", ""},
         {"12", "12 Elm Avenue", "", "", ""},
         {"12 Elm Avenue", "", "", "", ""},
         {"12,", "ELM AVENUE, Manchester", "", "", ""},
         {"House 12", "Elm Avenue", "", "", ""},
         {"12 Elm Ave, Manchester", "Unknown", "", "", ""},
         {"", "12, Elm Avenue, Manchester", "", "", ""}},
        {{"Flat 3, 12", "Elm Road", "", "", ""},
         {"12 Flat 3", "Elm Rd", "", "", ""},
         {"3/12", "Elm Rd.", "", "", ""},
         {"Flat 3", "12 Elm Road", "", "", ""},
         {"", "Flat 3, 12 Elm Road", "", "", ""},
         {"Apt. 3", "12 Elm Road", "", "", ""},
         {"12", "Flat 3 Elm Road", "", "", ""},
         {"flat no 3 12", "elm road", "", "", ""}},
        {{"144B", "Elm Road", "", "", ""},
         {"144 b", "Elm Road", "", "", ""},
         {"Flat B, 144", "Elm Road", "", "", ""},
         {"144", "Flat B Elm Road", "", "", ""},
         {"", "144 B Elm Road", "", "", ""}},
        {{"Rose Cottage", "Elm Lane", "", "", ""},
         {"ROSE COTT.", "Elm Ln", "", "", ""},
         {"", "Rose Cottage, Elm Lane", "", "", ""},
         {"The Rose Cottage", "Elm Lane", "", "", ""}},
        {{"Ground Floor Flat, 7", "High St", "", "", ""}, {"GFF 7", "High Street", "", "", ""}},
    }));
    auto const first = standard_address(ways.front());
    REQUIRE_FALSE(first.premises.empty());
    REQUIRE_FALSE(first.street.empty());
    for (auto const& way : ways) {
        INFO(way.premises << " | " << way.street);
        auto const standard = standard_address(way);
        CHECK(standard.premises == first.premises);
        CHECK(standard.street == first.street);
    }
}

TEST_CASE("premises: different homes differ") {
    auto const [left, right] = GENERATE(table<std::string, std::string>({
        {"12", "13"},
        {"12", "12a"},
        {"12", "112"},
        {"Flat 3, 12", "Flat 4, 12"},
        {"Flat 3, 12", "12"},
        {"Flat A, 12", "Flat B, 12"},
        {"Rose Cottage", "Ivy Cottage"},
        {"312", "3/12"},
        {"Flat 1", "Flat 11"},
        {"Ground Floor Flat, 7", "First Floor Flat, 7"},
    }));
    INFO(left << " | " << right);
    REQUIRE(standard_address({left, "Elm Road", "", "", ""}).premises !=
            standard_address({right, "Elm Road", "", "", ""}).premises);
}

TEST_CASE("premises: standard forms") {
    auto const row = GENERATE(values<Pair>({
        {"12", "12"},
        {"Flat 3, 12", "3 12"},
        {"144 B", "144b"},
        {"Flat 1A, 12", "1a 12"},
        {"12-14", "12 14"},
        {"Flat 3, Elm House", "3 elm house"},
        {"The Flat", "the flat"},
        {"0", ""},
        {"000", ""},
        {"", ""},
        {"n/a", ""},
        {"Unknown", ""},
        {"-", ""},
        {"Rose Cottage", "rose cottage"},
        {"St Mary's House", "saint marys house"},
        {"Flat 3 B, 12 C", "3b 12c"},
        {"1234567", "1234567"},
        {"B", "b"},
        {"Café", "cafe"},
        {"١٢", "12"},
    }));
    INFO(row.written);
    REQUIRE(standard_address({row.written, "Elm Road", "", "", ""}).premises == row.standard);
}

TEST_CASE("street: standard forms") {
    auto const row = GENERATE(values<Pair>({
        {"Elm Avenue", "elm avenue"},
        {"Elm Ave.", "elm avenue"},
        {"ELM  AV", "elm avenue"},
        {"Elm Rd", "elm road"},
        {"St. John's Rd", "saint johns road"},
        {"Saint Johns Road", "saint johns road"},
        {"High St", "high street"},
        {"High St North", "high street north"},
        {"St St", "saint street"},
        {"St", "street"},
        {"Upper St Martin's Ln", "upper saint martins lane"},
        {"Dr Hall Dr", "doctor hall drive"},
        {"The Crescent", "crescent"},
        {"The", "the"},
        {"Elm Cl", "elm close"},
        {"Elm Cres", "elm crescent"},
        {"Elm Ct", "elm court"},
        {"Elm Pl", "elm place"},
        {"Elm Sq", "elm square"},
        {"Elm Tce", "elm terrace"},
        {"Elm Terr", "elm terrace"},
        {"Elm Gdns", "elm gardens"},
        {"La Rue", "la rue"},
        {"Ave", "avenue"},
        {"1st Avenue", "1st avenue"},
        {"Newborn Road", "newborn road"},
        {"Unknown", ""},
        {"Not known", ""},
        {"", ""},
        {"not recorded", ""},
        {"Ffordd Ŵyn", "ffordd wyn"},
    }));
    INFO(row.written);
    REQUIRE(standard_street(row.written) == row.standard);
    REQUIRE(standard_address({"", row.written, "", "", ""}).street == row.standard);
}

TEST_CASE("street: a number in its name stays if the house number is known") {
    auto const standard = standard_address({"12", "5 Mile Lane", "", "", ""});
    REQUIRE(standard.premises == "12");
    REQUIRE(standard.street == "5 mile lane");
}

TEST_CASE("address: no home is missing, and says so only where it does") {
    auto const nowhere = GENERATE(values<Address>({
        {"", "No Fixed Abode", "", "", ""},
        {"NFA", "", "", "", ""},
        {"", "nfa", "Manchester", "M1 1AE", ""},
        {"", "of no fixed address", "", "", "100012345"},
        {"Homeless", "", "", "", ""},
        {"", "", "", "ZZ99 3VZ", ""},
        {"12", "Elm Road", "", "zz993vz", ""},
        {"", "", "No fixed abode", "", ""},
        {"", "N.F.A", "no fixed abode", "", ""},
    }));
    INFO(nowhere.premises << "|" << nowhere.street << "|" << nowhere.locality << "|" << nowhere.postcode);
    StandardAddress expected;
    expected.no_fixed_abode = true;
    REQUIRE(standard_address(nowhere) == expected);
    auto const missing = GENERATE(values<Address>({
        {"", "", "", "", ""},
        {"c/o 12", "Elm Road", "", "M12 6DZ", "123"},
        {"", "C/O Town Hall", "", "M12 6DZ", ""},
        {"Care of Smith", "Elm Road", "", "", ""},
        {"12", "Elm Road", "", "ZZ99 3CZ", ""},
        {"Unknown", "Address unknown", "n/k", "", "0"},
        {"n/a", "n/a", "n/a", "n/a", "n/a"},
    }));
    INFO(missing.premises << "|" << missing.street << "|" << missing.locality << "|" << missing.postcode);
    REQUIRE(standard_address(missing) == StandardAddress{});
    auto const home = GENERATE(values<Address>({
        {"12", "Homeless Hill", "", "", ""},
        {"Hostel for the Homeless", "Elm Road", "", "", ""},
        {"Cone House", "", "", "", ""},
    }));
    REQUIRE_FALSE(standard_address(home).no_fixed_abode);
    REQUIRE_FALSE(standard_address(home).premises.empty());
}

TEST_CASE("address: postcode, sector, locality and UPRN") {
    auto const code = [](std::string const& text) { return standard_address({"12", "Elm Road", "", text, ""}); };
    REQUIRE(code("m126dz").postcode == "M12 6DZ");
    REQUIRE(code("m126dz").sector == "M12 6");
    REQUIRE(code("SW1A 1AA").sector == "SW1A 1");
    REQUIRE(code("M12").sector.empty());
    REQUIRE(code("2119").postcode == "2119");
    REQUIRE(code("2119").sector == "2119");
    REQUIRE(code("119").postcode.empty());
    REQUIRE(code("10 115").postcode == "10115");
    REQUIRE(code("101157").postcode == "101157");
    REQUIRE(code("1011577").postcode.empty());
    REQUIRE(code("0000").postcode.empty());
    REQUIRE(code("99999").postcode.empty());
    REQUIRE(code("9991").postcode == "9991");
    REQUIRE(standard_locality("St Helens") == "saint helens");
    REQUIRE(standard_locality("Ashton-under-Lyne") == "ashton under lyne");
    REQUIRE(standard_locality("unknown").empty());
    REQUIRE(standard_uprn("100012345") == "100012345");
    REQUIRE(standard_uprn("000100012345") == "100012345");
    REQUIRE(standard_uprn("123456789012") == "123456789012");
    REQUIRE(standard_uprn("0000123456789012") == "123456789012");
    REQUIRE(standard_uprn("1234567890123").empty());
    REQUIRE(standard_uprn("0000").empty());
    REQUIRE(standard_uprn("999999999999").empty());
    REQUIRE(standard_uprn("9").empty());
    REQUIRE(standard_uprn("99999999998") == "99999999998");
    REQUIRE(standard_uprn("10001234A").empty());
    REQUIRE(standard_uprn("1.00013E+11").empty());
    REQUIRE(standard_uprn("").empty());
}

TEST_CASE("address: standardising the result again changes nothing") {
    REQUIRE(rc::check("any fields", [] {
        Address const address{*any_field(), *any_field(), *any_field(), *any_field(), *any_field()};
        auto const standard = standard_address(address);
        RC_ASSERT(standard_address(address) == standard);
        if (standard.no_fixed_abode) return;
        RC_ASSERT(standard_address(as_written(standard)) == standard);
        RC_ASSERT(standard_street(standard_street(address.street)) == standard_street(address.street));
        RC_ASSERT(standard_locality(standard.locality) == standard.locality);
    }));
    // 0 is no house number, so that the street's number is one, the first time and the second.
    REQUIRE(standard_address({"0", "12 Elm Road", "", "", ""}).premises == "12");
    REQUIRE(standard_address({"0", "12 Elm Road", "", "", ""}).street == "elm road");
    // As long as a field may be: what is spelled in full must not be cut the next time.
    std::string streets;
    for (int i = 0; i < 100; ++i) streets += "st x ";
    for (auto const& text : {streets, std::string(300, '1'), std::string("nfax ") + std::string(200, 'b'),
                             std::string("12 ") + std::string(200, 'a') + " st"}) {
        auto const standard = standard_address({text, text, text, "", ""});
        INFO(standard.premises << "\n" << standard.street << "\n" << standard.locality);
        REQUIRE(standard_address(as_written(standard)) == standard);
    }
}

TEST_CASE("UPN: a check letter and twelve digits, and no temporary one") {
    REQUIRE(standard_upn("P207000016049") == "P207000016049"); // 2*2 + 4*7 + 9*1 + 10*6 + 12*4 + 13*9 = 11*23 + 13
    REQUIRE(standard_upn("B801200005001") == "B801200005001"); // example of python-stdnum
    REQUIRE(standard_upn(" b8012-0000-5001 ") == "B801200005001");
    REQUIRE(standard_upn("A801200005001").empty());
    REQUIRE(standard_upn("B801200005010").empty()); // two digits swapped
    REQUIRE(standard_upn("B80120000500").empty());
    REQUIRE(standard_upn("B8012000050011").empty());
    REQUIRE(standard_upn("B80120000500A").empty());
    REQUIRE(standard_upn("X80120000A001").empty());
    REQUIRE(standard_upn("A000000000000").empty());
    REQUIRE(standard_upn("8801200005001").empty());
    REQUIRE(standard_upn("").empty());
    std::size_t right = 0;
    for (char letter = 'A'; letter <= 'Z'; ++letter)
        if (!standard_upn(letter + std::string("801200005001")).empty()) ++right;
    REQUIRE(right == 1);
    for (char const never : {'I', 'O', 'S'})
        for (int serial = 0; serial < 60; ++serial)
            REQUIRE(standard_upn(never + std::string("8012000050") + std::to_string(10 + serial)).empty());
}

TEST_CASE("agreed number: letters and digits, and no placeholder") {
    auto const row = GENERATE(values<Pair>({
        {"ab-12/34", "AB1234"},
        {"1804974", "1804974"},
        {"  12 35 ", "1235"},
        {"123", ""},
        {"1235", "1235"},
        {"A1B2", "A1B2"},
        {"ABCD", ""},
        {"none", ""},
        {"0000", ""},
        {"9999999", ""},
        {"00009999", ""},
        {"1234", ""},
        {"123456789", ""},
        {"1234567890", ""},
        {"123456780", "123456780"},
        {"AB12é", ""},
        {"AB12!", ""},
        {"#4711", "4711"},
        {"", ""},
        {std::string(31, '1') + "2", std::string(31, '1') + "2"},
        {std::string(32, '1') + "2", ""},
        {"0047110", "0047110"},
    }));
    INFO(row.written);
    REQUIRE(standard_agreed_number(row.written) == row.standard);
    REQUIRE(standard_agreed_number(standard_agreed_number(row.written)) == row.standard);
}

TEST_CASE("numbers: standardising twice changes nothing, whatever the bytes") {
    REQUIRE(rc::check("numbers", [] {
        auto const text = *rc::gen::oneOf(any_field(), rc::gen::container<std::string>(rc::gen::inRange('-', ':')),
                                          rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange('0', ':')),
                                                       [](std::string const& digits) { return "B" + digits; }));
        RC_ASSERT(standard_upn(standard_upn(text)) == standard_upn(text));
        RC_ASSERT(standard_agreed_number(standard_agreed_number(text)) == standard_agreed_number(text));
        RC_ASSERT(standard_uprn(standard_uprn(text)) == standard_uprn(text));
        RC_ASSERT(standard_nhs_number(standard_nhs_number(text)) == standard_nhs_number(text));
        RC_ASSERT(standard_postcode(standard_postcode(text)) == standard_postcode(text));
    }));
}

TEST_CASE("date of birth: the forms that are understood, in each order") {
    struct Example {
        std::string text, ymd, dmy, mdy;
    };
    auto const row = GENERATE(values<Example>({
        {"2016-03-09", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"2016/3/9", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"20160309", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"09/03/2016", "2016-03-09", "2016-03-09", "2016-09-03"},
        {"9.3.2016", "2016-03-09", "2016-03-09", "2016-09-03"},
        {"09032016", "2016-03-09", "2016-03-09", "2016-09-03"},
        {" 9 Mar 2016 ", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"9th of March 2016", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"March 9, 2016", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"1-SEPT-2016", "2016-09-01", "2016-09-01", "2016-09-01"},
        {"2016-03-09T00:00:00.000Z", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"09/03/2016 00:00", "2016-03-09", "2016-03-09", "2016-09-03"},
        {"09/03/2016 12:00:00 AM", "2016-03-09", "2016-03-09", "2016-09-03"},
        {"2016-03-08T23:00:00Z", "not a date", "not a date", "not a date"}, // a time zone's work
        {"09/03/2016 12:00:00 PM", "not a date", "not a date", "not a date"},
        {"March 2016", "2016-03", "2016-03", "2016-03"},
        {"2016-03", "2016-03", "2016-03", "2016-03"},
        {"03/2016", "2016-03", "2016-03", "2016-03"},
        {"2016-03-00", "2016-03", "2016-03", "2016-03"},
        {"00/00/2016", "2016", "2016", "2016"},
        {"2016", "2016", "2016", "2016"},
        {"25/03/2016", "2016-03-25", "2016-03-25", "impossible"},
        {"03/25/2016", "impossible", "impossible", "2016-03-25"},
        {"2016-02-30", "impossible", "impossible", "impossible"},
        {"2015-02-29", "impossible", "impossible", "impossible"},
        {"2016-02-29", "2016-02-29", "2016-02-29", "2016-02-29"},
        {"2016-13-01", "impossible", "impossible", "impossible"},
        {"2016-00-09", "impossible", "impossible", "impossible"},
        {"1799-12-31", "impossible", "impossible", "impossible"},
        {"1800-01-01", "missing", "missing", "missing"}, // before 1900: made up
        {"2201-01-01", "impossible", "impossible", "impossible"},
        {"1900-01-01", "missing", "missing", "missing"},
        {"01/01/1901", "missing", "missing", "missing"},
        {"2016-01-01", "2016-01-01", "2016-01-01", "2016-01-01"},
        {"9999-12-31", "missing", "missing", "missing"},
        {"31129999", "missing", "missing", "missing"},
        {"00000000", "missing", "missing", "missing"},
        {"0000-00-00", "missing", "missing", "missing"},
        {"00/00/0000", "missing", "missing", "missing"},
        {"1900", "missing", "missing", "missing"},
        {"", "missing", "missing", "missing"},
        {"-", "missing", "missing", "missing"},
        {"unknown", "missing", "missing", "missing"},
        {"N/K", "missing", "missing", "missing"},
        {"soon", "not a date", "not a date", "not a date"},
        {"9 March", "not a date", "not a date", "not a date"},
        {"201603", "not a date", "not a date", "not a date"},
        {"42438", "not a date", "not a date", "not a date"}, // a spreadsheet's day number
        {"1/2/3/2016", "not a date", "not a date", "not a date"},
        {"2016-2017", "not a date", "not a date", "not a date"},
        {"2016-003-09", "not a date", "not a date", "not a date"},
        {"March March 2016", "not a date", "not a date", "not a date"},
        {"9 Ma 2016", "not a date", "not a date", "not a date"},
        {"-2016-03-09x", "not a date", "not a date", "not a date"},
        {"123456789", "not a date", "not a date", "not a date"},
        {"2016\u201303\u201309", "2016-03-09", "2016-03-09", "2016-03-09"}, // dashes of a word processor
        {"٢٠١٦/٠٣/٠٩", "2016-03-09", "2016-03-09", "2016-03-09"},
        {"09/03/16", "two-digit year", "two-digit year", "two-digit year"},
        {"9 Mar 16", "two-digit year", "two-digit year", "two-digit year"},
    }));
    INFO(row.text);
    CHECK(shown(parse_date_of_birth(row.text, DateOrder::ymd)) == row.ymd);
    CHECK(shown(parse_date_of_birth(row.text, DateOrder::dmy)) == row.dmy);
    CHECK(shown(parse_date_of_birth(row.text, DateOrder::mdy)) == row.mdy);
}

TEST_CASE("date of birth: two-digit years mean the last possible one up to the pivot") {
    REQUIRE(shown(parse_date_of_birth("09/03/25", DateOrder::dmy, 2025)) == "2025-03-09");
    REQUIRE(shown(parse_date_of_birth("09/03/26", DateOrder::dmy, 2025)) == "1926-03-09");
    REQUIRE(shown(parse_date_of_birth("09/03/00", DateOrder::dmy, 2025)) == "2000-03-09");
    REQUIRE(shown(parse_date_of_birth("25-03-09", DateOrder::ymd, 2025)) == "2025-03-09");
    REQUIRE(shown(parse_date_of_birth("9 Mar 99", DateOrder::dmy, 2025)) == "1999-03-09");
    REQUIRE(shown(parse_date_of_birth("09/03/99", DateOrder::dmy, 1999)) == "1999-03-09");
    REQUIRE(shown(parse_date_of_birth("09/03/99", DateOrder::dmy, 3000)) == "two-digit year");
    REQUIRE(shown(parse_date_of_birth("09/03/016", DateOrder::dmy, 2025)) == "not a date");
}

TEST_CASE("date of birth: any date written in any order is read again, and any bytes give one outcome") {
    REQUIRE(rc::check("round trip", [] {
        auto const day = Day(std::chrono::days(*rc::gen::inRange(-25'000, 84'000)));
        auto const text = to_text(day);
        auto const year = text.substr(0, 4), month = text.substr(5, 2), of_month = text.substr(8, 2);
        auto const between = *rc::gen::element<std::string>("/", "-", ".", " ", "");
        auto const expected = standard_date(day);
        RC_ASSERT(parse_date_of_birth(text, DateOrder::mdy).day == expected);
        RC_ASSERT(parse_date_of_birth(of_month + between + month + between + year, DateOrder::dmy).day == expected);
        RC_ASSERT(parse_date_of_birth(month + between + of_month + between + year, DateOrder::mdy).day == expected);
    }));
    REQUIRE(rc::check("any bytes", [] {
        auto const text =
            *rc::gen::oneOf(rc::gen::arbitrary<std::string>(), any_field(),
                            rc::gen::container<std::string>(rc::gen::elementOf(std::string("0129/-.: aprtz"))));
        auto const date =
            parse_date_of_birth(text, *rc::gen::element(DateOrder::ymd, DateOrder::dmy, DateOrder::mdy), 2025);
        RC_ASSERT(!(date.day && date.partial));
        if (date.fault != DateFault::none) RC_ASSERT(!date.day && !date.partial);
        if (date.day) RC_ASSERT(standard_date(date.day) == date.day);
        if (date.partial) RC_ASSERT(date.partial->month <= 12);
    }));
}

TEST_CASE("date of birth: plausible is not after today and not more than 125 years before") {
    auto const today = a_day(2026, 11, 22);
    REQUIRE(is_plausible_birth(today, today));
    REQUIRE_FALSE(is_plausible_birth(a_day(2026, 11, 23), today));
    REQUIRE(is_plausible_birth(a_day(1901, 11, 22), today));
    REQUIRE_FALSE(is_plausible_birth(a_day(1901, 11, 21), today));
    REQUIRE(is_plausible_birth(PartialDate{2026, 11}, today));
    REQUIRE_FALSE(is_plausible_birth(PartialDate{2026, 12}, today));
    REQUIRE(is_plausible_birth(PartialDate{2026, 0}, today));
    REQUIRE_FALSE(is_plausible_birth(PartialDate{2027, 0}, today));
    REQUIRE(is_plausible_birth(PartialDate{1901, 0}, today));
    REQUIRE_FALSE(is_plausible_birth(PartialDate{1900, 0}, today));
    REQUIRE(is_plausible_birth(a_day(1899, 3, 1), a_day(2024, 2, 29))); // 125 years before a 29 February
    REQUIRE_FALSE(is_plausible_birth(a_day(1899, 2, 28), a_day(2024, 2, 29)));
}
