// What is derived from a token, byte for byte: tests/vectors/derivations.txt holds the figures for docs/protocol.md.

#include "crypto/labels.hpp"
#include "crypto/text.hpp"
#include "protocol/engine/self.hpp"
#include "protocol/engine/slots.hpp"
#include "protocol_samples.hpp"
#include "vector_files.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

crypto::Token token(std::uint8_t first = 0) {
    Bytes bytes(crypto::Token::size_bytes);
    for (auto& byte : bytes) byte = first++;
    return crypto::Token::parse(bytes).value();
}

AgencySecret secret(std::uint8_t first) {
    Bytes bytes(AgencySecret::size_bytes);
    for (auto& byte : bytes) byte = first++;
    return AgencySecret::parse(bytes).value();
}

Bytes of(AgencySecret const& value) {
    return to_bytes(value.reveal());
}

/// The derivation as docs/protocol.md writes it, with nothing of ours but BLAKE2b.
Bytes blake(std::size_t size, ByteView key, std::vector<Bytes> const& parts) {
    Bytes all;
    for (auto const& part : parts) append(all, ByteView(part));
    Bytes out(size);
    crypto::blake2b(out, key, {all});
    return out;
}
Bytes text(std::string_view value) {
    return to_bytes(as_bytes(value));
}

ComponentSecret component(std::uint8_t first) {
    return ComponentSecret::parse(secret(first).reveal().first(ComponentSecret::size_bytes)).value();
}

SlotFor to(Mode mode) {
    return {mode, parse_day("2026-11-22").value(), 500};
}

SlotCommitment commitment(Mode mode) {
    PersonTokens tokens;
    tokens.anchors.push_back({AnchorKind::name_date, Salt::date, secret(200)});
    tokens.anchors.push_back({AnchorKind::nhs_number, Salt::none, secret(100)});
    tokens.components.push_back({ComponentKind::surname, Salt::date, component(20)});
    tokens.components.push_back({ComponentKind::forename, Salt::date, component(10)});
    return commit_slot(mode, filled<SlotOpening>(16), filled<PersonNonce>(64), hashes_for(to(mode), tokens));
}

std::string vectors_file() {
    std::string file = "# What is derived from a token (docs/protocol.md), in hex unless it says otherwise.\n"
                       "# || joins; u16, u32 and u64 are big-endian; labels have no terminator. Written and held by\n"
                       "# tests/unit/protocol_tokens.cpp.\n";
    auto const line = [&](std::string const& name, std::string const& value) { file += name + " = " + value + "\n"; };
    auto const hex = [&](std::string const& name, ByteView value) { line(name, crypto::to_hex(value)); };
    for (auto const mode : {Mode::live, Mode::practice}) {
        file += std::string("\n[") + fanlight::name(mode) + "]\n";
        auto const labelled = [&](crypto::Label label) { return crypto::label(mode, label); };
        auto const t = token();
        file += "\n# S_A = BLAKE2b-256(key = T, label || agency id)\n";
        line("label (text)", labelled(crypto::Label::agency));
        hex("T", t.reveal());
        auto const day = parse_day("2026-11-22").value();
        for (auto const* agency : {"police", "social_care"}) {
            auto const s = agency_secret(mode, t, party(agency));
            line("agency id (text)", agency);
            hex("S_A", s.reveal());
        }
        auto const s = agency_secret(mode, t, party("police"));
        file += "\n# tau = BLAKE2b-128(key = S_A of police, label || u32 day)\n";
        line("label (text)", labelled(crypto::Label::day));
        line("day (text)", to_text(day) + ", number " + std::to_string(to_wire(day)));
        hex("tau", day_token(mode, s, day).view());
        hex("tau of the next day", day_token(mode, s, day + std::chrono::days(1)).view());
        file += "\n# component secret = BLAKE2b-128(key = T, label || agency id)\n";
        line("label (text)", labelled(crypto::Label::component_secret));
        auto const c = component_secret(mode, t, party("police"));
        hex("component secret of police", c.reveal());
        hex("component secret of social_care", component_secret(mode, t, party("social_care")).reveal());
        file +=
            "\n# component value = BLAKE2b-128(key = S_A of police, label || u32 day || u8 kind || component secret)\n";
        line("label (text)", labelled(crypto::Label::component_value));
        hex("kind", Bytes{4});
        hex("component value", component_value(mode, s, day, 4, c).view());
        file += "\n# mask of field bits = first two bytes of BLAKE2b-128(key = S_A of police, label || u32 day)\n";
        line("label (text)", labelled(crypto::Label::fields));
        hex("mask", fields_mask(mode, s, day));
        file += "\n# context wrap key = BLAKE2b-256(key = S_A of police, label)\n";
        line("label (text)", labelled(crypto::Label::context));
        hex("wrap key", context_wrap_key(mode, s).reveal());
        file += "\n# slot commitment = BLAKE2b-256(key = opening, label || person nonce || u16 count || hashes in byte "
                "order)\n"
                "# hash = BLAKE2b-128(key = S value or component secret, second label)\n";
        line("label (text)", labelled(crypto::Label::slot));
        line("label (text)", labelled(crypto::Label::slot_secret));
        hex("opening", filled<SlotOpening>(16).view());
        hex("person nonce", filled<PersonNonce>(64).view());
        hex("S value", secret(200).reveal());
        hex("S value", secret(100).reveal());
        hex("component secret", component(20).reveal());
        hex("component secret", component(10).reveal());
        hex("hash of the first S value", hash_of(mode, secret(200)).view());
        hex("commitment", commitment(mode).view());
    }
    return file;
}

} // namespace

TEST_CASE("tokens: derivations are BLAKE2b over label and input, as written down") {
    auto const t = token();
    auto const s = agency_secret(Mode::live, t, party("police"));
    CHECK(of(s) == blake(32, t.reveal(), {text("fanlight/v1/agency"), text("police")}));
    CHECK(to_bytes(day_token(Mode::live, s, parse_day("2026-11-22").value()).view()) ==
          blake(16, s.reveal(), {text("fanlight/v1/day"), Bytes{0, 0, 0x51, 0x2B}}));
    CHECK(to_bytes(context_wrap_key(Mode::live, s).reveal()) == blake(32, s.reveal(), {text("fanlight/v1/context")}));
    auto const hashed = [](ByteView value) { return blake(16, value, {text("fanlight/v1/secret-of-slot")}); };
    std::vector<Bytes> hashes{hashed(secret(100).reveal()), hashed(secret(200).reveal()),
                              hashed(component(10).reveal()), hashed(component(20).reveal())};
    std::sort(hashes.begin(), hashes.end());
    hashes.insert(hashes.begin(), Bytes{0, 4});
    hashes.insert(hashes.begin(), to_bytes(filled<PersonNonce>(64).view()));
    hashes.insert(hashes.begin(), text("fanlight/v1/slot"));
    CHECK(to_bytes(commitment(Mode::live).view()) == blake(32, filled<SlotOpening>(16).view(), hashes));
    auto const c = component_secret(Mode::live, t, party("police"));
    CHECK(to_bytes(c.reveal()) == blake(16, t.reveal(), {text("fanlight/v1/secret-of-component"), text("police")}));
    auto const day = parse_day("2026-11-22").value();
    CHECK(to_bytes(component_value(Mode::live, s, day, 4, c).view()) ==
          blake(16, s.reveal(),
                {text("fanlight/v1/value-of-component"), Bytes{0, 0, 0x51, 0x2B, 4}, to_bytes(c.reveal())}));
    auto const mask = blake(16, s.reveal(), {text("fanlight/v1/fields"), Bytes{0, 0, 0x51, 0x2B}});
    auto const two = fields_mask(Mode::live, s, day);
    CHECK((two[0] == mask[0] && two[1] == mask[1]));
    CHECK(of(agency_secret(Mode::practice, t, party("police"))) ==
          blake(32, t.reveal(), {text("fanlight-practice/v1/agency"), text("police")}));
}

TEST_CASE("tokens: another token, agency, mode or day gives another value") {
    auto const day = parse_day("2026-11-22").value();
    auto const s = agency_secret(Mode::live, token(), party("police"));
    CHECK(of(s) != of(agency_secret(Mode::live, token(1), party("police"))));
    CHECK(of(s) != of(agency_secret(Mode::live, token(), party("polic"))));
    CHECK(of(s) != of(agency_secret(Mode::practice, token(), party("police"))));
    auto const tau = day_token(Mode::live, s, day);
    CHECK(tau != day_token(Mode::live, s, day + std::chrono::days(1)));
    CHECK(tau != day_token(Mode::live, s, day + std::chrono::days(256)));
    CHECK(tau != day_token(Mode::practice, s, day));
    CHECK(to_bytes(context_wrap_key(Mode::live, s).reveal()) != of(s));
    CHECK(to_bytes(context_wrap_key(Mode::live, s).reveal()) != to_bytes(context_wrap_key(Mode::practice, s).reveal()));
}

TEST_CASE("tokens: a commitment binds the opening, the person and the set of values") {
    auto const with = [](std::vector<std::uint8_t> const& values, std::uint8_t opening = 16, std::uint8_t person = 64) {
        PersonTokens tokens;
        for (auto const value : values) tokens.anchors.push_back({AnchorKind::name_date, Salt::date, secret(value)});
        return commit_slot(Mode::live, filled<SlotOpening>(opening), filled<PersonNonce>(person),
                           hashes_for(to(Mode::live), tokens));
    };
    CHECK(with({1, 2, 3}) == with({3, 1, 2})); // order says nothing
    CHECK(with({1, 2, 3}) != with({1, 2}));
    CHECK(with({1, 2, 3}) != with({1, 2, 4}));
    CHECK(with({1, 2}) != with({1, 2}, 17));
    CHECK(with({1, 2}) != with({1, 2}, 16, 65));
    CHECK(with({}) != with({1}));
}

TEST_CASE("tokens: the committed vectors are the exact bytes") {
    fanlight::test::check_vectors("tests/vectors/derivations.txt", vectors_file());
}
