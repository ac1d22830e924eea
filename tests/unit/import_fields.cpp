// Full names, address lines, placeholders and encodings of single fields.
#include "node/import/fields.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::node;

TEST_CASE("import: a full name is taken apart by its form") {
    struct Case {
        char const* text;
        char const* parts; ///< forename|middle names|surname; "" for none
    };
    auto const example = GENERATE(values<Case>({
        {"Kezia Ottermere", "Kezia||Ottermere"},
        {" Kezia  Ottermere ", "Kezia||Ottermere"},
        {"Kezia Ann Joy Ottermere", "Kezia|Ann Joy|Ottermere"},
        {"Mrs Kezia Ottermere", "Kezia||Ottermere"},
        {"Rev. Dr. Kezia Ottermere", "Kezia||Ottermere"},
        {"Kezia van Dyke", "Kezia||van Dyke"},
        {"Kezia Ann van den Dyke", "Kezia|Ann|van den Dyke"},
        {"Van Ottermere", "Van||Ottermere"},
        {"Kezia O Brien", "Kezia||O Brien"},
        {"Kezia Larkmere-Ottermere", "Kezia||Larkmere-Ottermere"},
        {"OTTERMERE, Kezia", "Kezia||OTTERMERE"},
        {"VAN DYKE,Kezia Ann", "Kezia|Ann|VAN DYKE"},
        {"Ottermere, Mrs Kezia", "Kezia||Ottermere"},
        {"Ottermere", ""},
        {"Mrs Ottermere", ""},
        {"Ottermere,", ""},
        {", Kezia", ""},
        {",", ""},
        {"", ""},
    }));
    auto const name = parse_full_name(example.text);
    CAPTURE(example.text);
    CHECK((name ? name->forename + "|" + name->middle_names + "|" + name->surname : "") == example.parts);
}

TEST_CASE("import: an address of one line is taken apart") {
    struct Case {
        char const* text;
        char const* parts; ///< premises|street|locality|postcode
    };
    auto const example = GENERATE(values<Case>({
        {"", "|||"},
        {" , ", "|||"},
        {"12 High Street, Milltown, QX1 2AB", "12|High Street|Milltown|QX1 2AB"},
        {"12 High Street, Milltown QX1 2AB", "12|High Street|Milltown|QX1 2AB"},
        {"12 High Street QX12AB", "12|High Street||QX12AB"},
        {"Flat 3, 12 High Street, Dell, Milltown", "Flat 3, 12|High Street|Dell, Milltown|"},
        {"Rose Cottage, Milltown, QX1 2AB", "|Rose Cottage|Milltown|QX1 2AB"},
        {"12, Milltown", "|12|Milltown|"},
        {"QX1 2AB", "|||QX1 2AB"},
        {"High Street", "|High Street||"},
    }));
    auto const address = parse_address_line(example.text);
    CAPTURE(example.text);
    CHECK(address.premises + "|" + address.street + "|" + address.locality + "|" + address.postcode == example.parts);
}

TEST_CASE("import: numbers that mean nobody") {
    for (auto const* text : {"0000", "1111111111", "999 999 9999", "XXXX"}) CHECK(is_placeholder_number(text));
    for (auto const* text : {"", "000", "0001", "9990000042", "1 1 1"}) CHECK_FALSE(is_placeholder_number(text));
}

TEST_CASE("import: windows-1252 becomes UTF-8, whatever the byte") {
    CHECK(from_windows_1252("abc") == "abc");
    CHECK(from_windows_1252("\x80\x9F\xA0\xFF") == "\xE2\x82\xAC\xC5\xB8\xC2\xA0\xC3\xBF");
    for (int i = 0x20; i < 0x100; ++i) {
        bool const no_character = i == 0x7F || i == 0x81 || i == 0x8D || i == 0x8F || i == 0x90 || i == 0x9D;
        auto const fault = text_fault(from_windows_1252(std::string(1, static_cast<char>(i))));
        CAPTURE(i);
        CHECK(fault == (no_character ? TextFault::control : TextFault::none));
    }
}

TEST_CASE("import: cutting and taking apart are total on any bytes") {
    REQUIRE(rc::check("bytes", [](std::string const& text) {
        parse_full_name(text);
        parse_address_line(text);
        RC_ASSERT(text_fault(from_windows_1252(text)) != TextFault::not_utf8);
        auto const cut = first_characters(text, 3);
        RC_ASSERT(text_fault(cut) != TextFault::not_utf8);
        RC_ASSERT(text.starts_with(cut));
    }));
    CHECK(first_characters("\xC3\xA9\xC3\xA9", 1) == "\xC3\xA9");
}
