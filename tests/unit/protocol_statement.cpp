// Statements to the register: one spelling each, and nothing that cannot be seen.

#include "crypto/text.hpp"
#include "protocol/register/statement.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {

PartyId party(std::string_view id) {
    return PartyId::parse(id).value();
}
AgreementId agreement(std::uint8_t byte) {
    return AgreementId::make([&](MutableBytes out) { std::fill(out.begin(), out.end(), byte); });
}
Suspension suspension() {
    return {party("housing"), party("police"), 3, false, "The officer's key may be stolen."};
}
std::string replaced(std::string text, std::string_view from, std::string_view to) {
    auto const place = text.find(from);
    INFO("looking for: " << from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}
bool reads(std::string const& text) {
    auto const parsed = parse_statement(Mode::practice, text);
    if (!parsed) CHECK(parsed.error().code == Errc::malformed);
    return bool(parsed);
}

} // namespace

TEST_CASE("statement: each has one text, which is read back as it was") {
    auto const text = statement_text(Mode::practice, suspension());
    CHECK(text == "fanlight-practice/v1/suspension\nby housing\nof police\nserial 3\nstate suspended\nreason The "
                  "officer's key may be stolen.\n");
    auto const read = std::get<Suspension>(parse_statement(Mode::practice, text).value());
    CHECK((read.by == party("housing") && read.of == party("police") && read.serial == 3 && !read.lifted));
    CHECK(read.reason == suspension().reason);
    auto lifted = suspension();
    lifted.lifted = true;
    CHECK(std::get<Suspension>(parse_statement(Mode::practice, statement_text(Mode::practice, lifted)).value()).lifted);

    auto const revoked = statement_text(Mode::practice, Revocation{agreement(0xAB), "Court order."});
    auto const revocation = std::get<Revocation>(parse_statement(Mode::practice, revoked).value());
    CHECK((revocation.agreement == agreement(0xAB) && revocation.reason == "Court order."));

    auto const removed = statement_text(Mode::practice, Removal{agreement(0xCD), party("police"), "It has closed."});
    auto const removal = std::get<Removal>(parse_statement(Mode::practice, removed).value());
    CHECK((removal.agreement == agreement(0xCD) && removal.party == party("police")));
    CHECK(removal.reason == "It has closed.");
    for (auto const& one : {text, revoked, removed}) {
        CHECK(is_statement(Mode::practice, one));
        CHECK_FALSE(is_statement(Mode::live, one));
        CHECK_FALSE(parse_statement(Mode::live, one));
    }
    CHECK_FALSE(is_statement(Mode::practice, "fanlight-practice/v1/suspensions\n"));
}

TEST_CASE("statement: another spelling, order or value is refused") {
    auto const text = statement_text(Mode::practice, suspension());
    struct Row {
        char const* from;
        char const* to;
    };
    std::vector<Row> const rows{
        {"serial 3", "serial 0"},
        {"serial 3", "serial 03"},
        {"serial 3", "serial +3"},
        {"serial 3", "serial -3"},
        {"serial 3", "serial 4294967296"},
        {"serial 3", "serial 3 "},
        {"serial 3", "serial  3"},
        {"serial", "Serial"},
        {"state suspended", "state on"},
        {"state suspended", "state Suspended"},
        {"by housing", "by Housing"},
        {"by housing", "by "},
        {"of police", "of housing"},
        {"by housing\nof police", "of police\nby housing"},
        {"serial 3\n", ""},
        {"serial 3\n", "serial 3\nserial 3\n"},
        {"state suspended\n", "\n"},
        {"stolen.\n", "stolen."},
        {"stolen.\n", "stolen.\n\n"},
        {"stolen.\n", "stolen.\nmore 1\n"},
        {"suspension\n", "suspension \n"},
        {"/v1/", "/v2/"},
        {"housing\n", "housing\r\n"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.from, row.to);
        CHECK_FALSE(reads(replaced(text, row.from, row.to)));
    }
    CHECK(reads(replaced(text, "serial 3", "serial 4294967295")));
    auto const revoked = statement_text(Mode::practice, Revocation{agreement(0xAB), "Court order."});
    CHECK_FALSE(reads(replaced(revoked, "abab", "ABab")));
    CHECK_FALSE(reads(replaced(revoked, "abab", "ab")));
    CHECK_FALSE(reads(""));
    CHECK_FALSE(reads("\n"));
    for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(reads(text.substr(0, size)));
}

TEST_CASE("statement: a reason is one visible line of 1 to 200 bytes") {
    auto const with = [](std::string const& reason) {
        auto one = suspension();
        one.reason = reason;
        return reads(statement_text(Mode::practice, one)) &&
               reads(statement_text(Mode::practice, Revocation{agreement(1), reason})) &&
               reads(statement_text(Mode::practice, Removal{agreement(1), party("police"), reason}));
    };
    CHECK(with("x"));
    CHECK(with(std::string(200, 'x')));
    CHECK_FALSE(with(std::string(201, 'x')));
    CHECK_FALSE(with(""));
    CHECK(with("Zo\xC3\xAB has left.")); // two bytes are one letter
    for (auto const* bad : {"a\nb", "a\tb", "a\x1b[2Jb",
                            "a\xE2\x80\xAE"
                            "b",
                            "a\xE2\x80\x8B"
                            "b",
                            "a\xC2\xA0"
                            "b",
                            "a\xFF"
                            "b"}) {
        CAPTURE(bad);
        CHECK_FALSE(with(bad));
    }
}
