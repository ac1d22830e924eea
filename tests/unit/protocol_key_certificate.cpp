// Key certificates: what a node believes about who holds the identity key, and every reason not to believe it.

#include "crypto/text.hpp"
#include "protocol/key_certificate.hpp"
#include "protocol/key_note.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <type_traits>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {

PartyId party(std::string_view text) {
    return PartyId::parse(text).value();
}

std::vector<PartyId> parties(std::vector<std::string_view> const& names) {
    std::vector<PartyId> result;
    for (auto const name : names) result.push_back(party(name));
    return result;
}

crypto::SigningKey signing_key(PartyId const& of) {
    Bytes seed(crypto::SigningKey::seed_bytes);
    std::copy(of.text().begin(), of.text().end(), seed.begin());
    return crypto::SigningKey::from_seed(seed).value();
}

std::string key_name(PartyId const& of) {
    return note_key_name("example.gov.uk", of, "signing");
}

/// Eight that may hold a share, one that may not ("police").
policy::Agreement sample_agreement() {
    policy::Agreement agreement{.coordinator = party("coordinator")};
    agreement.id = AgreementId::make([](MutableBytes out) { std::fill(out.begin(), out.end(), 0xA5); });
    agreement.keys.threshold = 2;
    agreement.keys.holders = parties({"a", "b", "c", "d", "e", "f", "g", "h"});
    auto everybody = agreement.keys.holders;
    everybody.push_back(party("police"));
    for (auto const& id : everybody) {
        policy::Party one{id};
        one.signing_key = crypto::NoteKey{key_name(id), signing_key(id).verify_key()}.vkey();
        agreement.parties.push_back(one);
    }
    return agreement;
}

/// K and n shares of one polynomial.
KeyCertificate certificate_of(std::vector<PartyId> const& holders, std::uint8_t threshold) {
    crypto::SeededRandom random(7);
    auto const seed = random.make<crypto::CeremonySeed>();
    auto const polynomial = crypto::Polynomial::derive(seed, as_bytes("test"), threshold).value();
    std::vector<std::vector<crypto::Commitment>> const dealers{polynomial.commitments()};
    KeyCertificate certificate{
        random.make<CeremonyId>(), 3, 1, threshold, holders, holders, crypto::group_public(dealers).value(), {}};
    for (std::size_t i = 1; i <= holders.size(); ++i) {
        // Over limits::holders_max there is no share: any point will do for what is refused before.
        auto const index = static_cast<crypto::ShareIndex>(std::min(i, limits::holders_max));
        certificate.holder_public.push_back(crypto::share_public(dealers, index).value());
    }
    return certificate;
}

KeyCertificate sample() {
    return certificate_of(parties({"b", "a", "c"}), 2);
}

std::string sign(std::string const& text, std::vector<PartyId> const& signers) {
    std::vector<std::string> lines;
    for (auto const& one : signers) lines.push_back(crypto::sign_note_line(text, key_name(one), signing_key(one)));
    return crypto::format_note(text, lines);
}

/// Signed by everybody in the agreement, so that no signature is what a test finds missing.
std::string signed_by_all(policy::Agreement const& agreement, std::string const& text) {
    std::vector<PartyId> everybody;
    for (auto const& one : agreement.parties) everybody.push_back(one.id);
    return sign(text, everybody);
}

/// Nothing if it opens.
std::optional<Errc> code(policy::Agreement const& agreement, std::string const& note) {
    auto const opened = open_key_certificate(agreement, note);
    return opened ? std::nullopt : std::optional(opened.error().code);
}
std::optional<Errc> code(policy::Agreement const& agreement, KeyCertificate const& certificate) {
    return code(agreement, signed_by_all(agreement, key_certificate_text(agreement, certificate)));
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    auto const place = text.find(from);
    INFO("looking for: " << from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}

void check_same(KeyCertificate const& left, KeyCertificate const& right) {
    CHECK(left.ceremony == right.ceremony);
    CHECK(left.epoch == right.epoch);
    CHECK(left.sharing == right.sharing);
    CHECK(left.threshold == right.threshold);
    CHECK((left.holders == right.holders && left.dealers == right.dealers));
    CHECK((left.group == right.group && left.holder_public == right.holder_public));
}

} // namespace

TEST_CASE("key certificate: opens as it was signed, under its agreement") {
    auto const agreement = sample_agreement();
    auto const certificate = sample();
    auto const text = key_certificate_text(agreement, certificate);
    check_same(open_key_certificate(agreement, sign(text, certificate.holders)).value(), certificate);
    check_same(open_key_certificate(agreement, signed_by_all(agreement, text)).value(), certificate);
    CHECK(fingerprint(agreement, certificate) == crypto::sha256({as_bytes(text)}));
}

TEST_CASE("key certificate: the text is exactly these lines") {
    auto const agreement = sample_agreement();
    auto const certificate = sample();
    auto const hex = [](auto const& value) { return crypto::to_hex(value.view()); };
    auto const& points = certificate.holder_public;
    CHECK(key_certificate_text(agreement, certificate) ==
          "fanlight-practice/v1/key-certificate\n"
          "agreement a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5\n"
          "ceremony " +
              hex(certificate.ceremony) +
              "\n"
              "epoch 3\n"
              "sharing 1\n"
              "threshold 2\n"
              "group " +
              hex(certificate.group) +
              "\n"
              "holder 1 b " +
              hex(points[0]) +
              "\n"
              "holder 2 a " +
              hex(points[1]) +
              "\n"
              "holder 3 c " +
              hex(points[2]) +
              "\n"
              "dealer b\n"
              "dealer a\n"
              "dealer c\n");
}

TEST_CASE("key certificate: share indices are places, signers are holders and dealers") {
    auto certificate = sample();
    CHECK(certificate.share_index(party("b")) == 1);
    CHECK(certificate.share_index(party("c")) == 3);
    CHECK(certificate.share_index(party("d")) == std::nullopt);
    certificate.sharing = 2;
    certificate.dealers = parties({"d", "a"});
    CHECK(certificate.signers() == std::set<PartyId>{party("a"), party("b"), party("c"), party("d")});
}

TEST_CASE("key certificate: a signature of each holder and each dealer, by the keys of the agreement") {
    auto const agreement = sample_agreement();
    auto certificate = sample();
    certificate.sharing = 2;
    certificate.dealers = parties({"d", "police"}); // who has left deals for the last time
    auto const text = key_certificate_text(agreement, certificate);
    auto const all = parties({"a", "b", "c", "d", "police"});
    CHECK(code(agreement, sign(text, all)) == std::nullopt);
    for (std::size_t missing = 0; missing < all.size(); ++missing) {
        auto some = all;
        some.erase(some.begin() + static_cast<std::ptrdiff_t>(missing));
        CHECK(code(agreement, sign(text, some)) == Errc::missing);
        some.push_back(party("h")); // somebody else's does not serve instead
        CHECK(code(agreement, sign(text, some)) == Errc::missing);

        auto const& forged = all[missing];
        auto const by_another = [&](std::string const& name) {
            return crypto::sign_note_line(text, name, signing_key(party("h")));
        };
        some.pop_back();
        // Under its name with another key: a key that the agreement does not know.
        CHECK(code(agreement, sign(text, some) + by_another(key_name(forged))) == Errc::missing);
        // Under its name and key id, a signature by another key, or of another text; also beside a right one.
        auto lie = crypto::parse_note(sign("another text\n", {forged})).value().signatures.front();
        CHECK(code(agreement, sign(text, some) + crypto::signature_line(lie)) == Errc::bad_signature);
        CHECK(code(agreement, sign(text, all) + crypto::signature_line(lie)) == Errc::bad_signature);
    }
    // A key of the same name that the agreement does not know counts for nothing, and against nothing.
    auto const unknown = crypto::sign_note_line(text, key_name(party("h")), signing_key(party("stranger")));
    CHECK(code(agreement, sign(text, all) + unknown) == std::nullopt);
    CHECK(code(agreement, sign(text, parties({"h"}))) == Errc::missing);
    CHECK(code(agreement, sign(text, {party("stranger")})) == Errc::missing);
    CHECK(code(agreement, text) == Errc::malformed);
    CHECK(code(agreement, std::string()) == Errc::malformed);
    // What was signed is what counts: any change of the text after it.
    auto const note = sign(text, all);
    CHECK(code(agreement, replaced(note, "epoch 3", "epoch 4")) == Errc::bad_signature);
    auto const share = crypto::to_hex(certificate.holder_public[0].view());
    auto const group = crypto::to_hex(certificate.group.view());
    CHECK(code(agreement, replaced(note, share, group)) == Errc::bad_signature);
}

TEST_CASE("key certificate: a party whose key in the agreement is none has signed nothing") {
    auto agreement = sample_agreement();
    auto const note = signed_by_all(agreement, key_certificate_text(agreement, sample()));
    CHECK(code(agreement, note) == std::nullopt);
    agreement.parties[0].signing_key = "@@a signing@@";
    CHECK(code(agreement, note) == Errc::missing);
}

TEST_CASE("key certificate: of another agreement or of the other mode, another version") {
    auto const agreement = sample_agreement();
    auto const note = signed_by_all(agreement, key_certificate_text(agreement, sample()));
    auto other = agreement;
    other.id = AgreementId();
    CHECK(code(other, note) == Errc::version_mismatch);
    auto live = agreement;
    live.mode = Mode::live;
    CHECK(code(live, note) == Errc::version_mismatch);
    CHECK(code(live, sample()) == std::nullopt);
    auto const key_note = replaced(key_certificate_text(agreement, sample()), "key-certificate", "key-note");
    CHECK(code(agreement, signed_by_all(agreement, key_note)) == Errc::version_mismatch);
}

TEST_CASE("key certificate: what the agreement does not allow is refused") {
    auto const agreement = sample_agreement();
    auto const refused = [&](auto const& change) {
        auto certificate = sample();
        change(certificate);
        return code(agreement, certificate);
    };
    CHECK(refused([](KeyCertificate&) {}) == std::nullopt);
    CHECK(refused([](KeyCertificate& one) { one.holders[1] = party("police"); }) == Errc::refused);
    CHECK(refused([](KeyCertificate& one) { one.holders[1] = party("stranger"); }) == Errc::refused);
    CHECK(refused([](KeyCertificate& one) { one.threshold = 3; }) == Errc::refused);
    CHECK(refused([](KeyCertificate& one) { one.threshold = 1; }) == Errc::refused);
    CHECK(refused([](KeyCertificate& one) {
              one.sharing = 2;
              one.dealers = {party("a"), party("stranger")};
          }) == Errc::refused);
    // A right certificate of another threshold.
    CHECK(code(agreement, certificate_of(parties({"a", "b", "c"}), 3)) == Errc::refused);
    auto three = agreement;
    three.keys.threshold = 3;
    CHECK(code(three, certificate_of(parties({"a", "b", "c"}), 3)) == std::nullopt);
    CHECK(code(three, certificate_of(parties({"a", "b"}), 3)) == Errc::malformed); // fewer holders than the threshold
}

TEST_CASE("key certificate: each rule of its form, broken once") {
    struct Row {
        char const* what;
        std::function<void(KeyCertificate&)> change;
        bool good = false;
    };
    auto const sharing_2 = [](KeyCertificate& one, std::vector<std::string_view> const& dealers) {
        one.sharing = 2;
        one.dealers = parties(dealers);
    };
    auto const other_point = certificate_of(parties({"a", "b", "c", "d"}), 2).holder_public[3];
    std::vector<Row> const rows{
        {"nothing", [](auto&) {}, true},
        {"epoch 0", [](auto& one) { one.epoch = 0; }},
        {"epoch 2^32 - 1", [](auto& one) { one.epoch = 0xFFFFFFFFU; }, true},
        {"sharing 0", [](auto& one) { one.sharing = 0; }},
        {"threshold 0", [](auto& one) { one.threshold = 0; }},
        {"threshold 8", [](auto& one) { one.threshold = 8; }},
        {"a holder twice", [](auto& one) { one.holders[2] = one.dealers[2] = one.holders[0]; }},
        {"no dealers", [](auto& one) { one.dealers.clear(); }},
        {"a dealer too few", [](auto& one) { one.dealers.pop_back(); }},
        {"a dealer too many", [](auto& one) { one.dealers.push_back(party("d")); }},
        {"dealers in another order", [](auto& one) { std::swap(one.dealers[0], one.dealers[1]); }},
        {"later sharing",
         [&](auto& one) {
             sharing_2(one, {"d", "e"});
         },
         true},
        {"later sharing, as many as the holders", [](auto& one) { one.sharing = 2; }},
        {"later sharing, one dealer", [&](auto& one) { sharing_2(one, {"d"}); }},
        {"later sharing, three dealers",
         [&](auto& one) {
             sharing_2(one, {"d", "e", "f"});
         }},
        {"later sharing, a holder twice",
         [&](auto& one) {
             sharing_2(one, {"d", "e"});
             one.holders[2] = one.holders[0];
         }},
        {"later sharing, a dealer twice",
         [&](auto& one) {
             sharing_2(one, {"d", "d"});
         }},
        {"another K_i", [&](auto& one) { one.holder_public[1] = other_point; }},
        {"two K_i changed places", [](auto& one) { std::swap(one.holder_public[0], one.holder_public[2]); }},
        {"another K", [&](auto& one) { one.group = other_point; }},
        {"seven holders",
         [](auto& one) {
             one = certificate_of(parties({"a", "b", "c", "d", "e", "f", "g"}), 2);
         },
         true},
        {"eight",
         [](auto& one) {
             one = certificate_of(parties({"a", "b", "c", "d", "e", "f", "g", "h"}), 2);
         }},
        {"one holder", [](auto& one) { one = certificate_of(parties({"a"}), 2); }},
        {"no holder", [](auto& one) { one.holders.clear(), one.holder_public.clear(), one.dealers.clear(); }},
    };
    auto const agreement = sample_agreement();
    for (auto const& row : rows) {
        CAPTURE(row.what);
        auto certificate = sample();
        row.change(certificate);
        CHECK(code(agreement, certificate) == (row.good ? std::nullopt : std::optional(Errc::malformed)));
    }
}

TEST_CASE("key certificate: eight dealers are refused whatever the threshold") {
    auto agreement = sample_agreement();
    agreement.keys.threshold = 8;
    auto certificate = sample();
    certificate.sharing = 2;
    certificate.threshold = 8;
    certificate.dealers = agreement.keys.holders;
    CHECK(code(agreement, certificate) == Errc::malformed);
}

TEST_CASE("key certificate: one spelling") {
    auto const agreement = sample_agreement();
    auto const text = key_certificate_text(agreement, sample());
    auto const spelled = [&](std::string_view from, std::string_view to) {
        return code(agreement, signed_by_all(agreement, replaced(text, from, to)));
    };
    auto const holder_2 = text.substr(text.find("holder 2"), text.find("holder 3") - text.find("holder 2"));
    CHECK(spelled("epoch 3", "epoch 3") == std::nullopt);
    CHECK(spelled("epoch 3", "epoch 03") == Errc::malformed);
    CHECK(spelled("epoch 3", "epoch +3") == Errc::malformed);
    CHECK(spelled("epoch 3", "epoch -3") == Errc::malformed);
    CHECK(spelled("epoch 3", "epoch  3") == Errc::malformed);
    CHECK(spelled("epoch 3", "epoch 3 ") == Errc::malformed);
    CHECK(spelled("epoch 3", "epoch ") == Errc::malformed);
    CHECK(spelled("epoch 3", "epoch 4294967296") == Errc::malformed);
    CHECK(spelled("epoch 3\n", "") == Errc::malformed);
    CHECK(spelled("epoch 3\nsharing 1", "sharing 1\nepoch 3") == Errc::malformed);
    CHECK(spelled("threshold 2", "threshold 258") == Errc::malformed);
    CHECK(spelled("agreement a5", "agreement A5") == Errc::malformed);
    CHECK(spelled("agreement a5", "agreement ") == Errc::malformed);
    CHECK(spelled("ceremony ", "ceremony 00") == Errc::malformed);
    CHECK(spelled("group ", "group 00") == Errc::malformed);
    CHECK(spelled(text.substr(text.find("group "), 70), "group " + std::string(64, '0')) == Errc::malformed);
    CHECK(spelled("holder 1", "holder 2") == Errc::malformed);
    CHECK(spelled("holder 1", "holder 0") == Errc::malformed);
    CHECK(spelled("holder 1", "holder 01") == Errc::malformed);
    CHECK(spelled("holder 1 b ", "holder 1 b  ") == Errc::malformed);
    CHECK(spelled("holder 1 b ", "holder 1 B ") == Errc::malformed);
    CHECK(spelled("holder 1 b ", "holder 1 ") == Errc::malformed);
    CHECK(spelled("holder 1 b ", "holder 1b") == Errc::malformed);
    CHECK(spelled(holder_2, "holder 2 a " + std::string(64, '0') + "\n") == Errc::malformed); // the identity
    CHECK(spelled(holder_2, "holder 2 a " + std::string(64, 'f') + "\n") == Errc::malformed);
    CHECK(spelled(holder_2, "") == Errc::malformed);
    CHECK(spelled("dealer b\n", "dealer b\n\n") == Errc::malformed);
    CHECK(spelled("dealer c\n", "dealer c\nmore 1\n") == Errc::malformed);
    CHECK(spelled("dealer c\n", "dealer c\nholder 4 d " + holder_2.substr(11)) == Errc::malformed);
}
