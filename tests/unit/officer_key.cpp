// Officers' keys, and the copy of an agreement that goes round for signing.

#include "base/limits.hpp"
#include "crypto/labels.hpp"
#include "crypto/text.hpp"
#include "node/offline/files.hpp"
#include "node/offline/signing_copy.hpp"
#include "policy_fixture.hpp"
#include "protocol/register/book.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <sys/stat.h>

using namespace fanlight;
using namespace fanlight::node;

namespace {

constexpr crypto::PassphraseCost cheap{1, 8192};
constexpr std::string_view dash = "\xE2\x80\x94 ";
constexpr std::size_t fixed_bytes = 16 + 16 + 24 + 48; // salt, costs, nonce, sealed seed

template <class T> Errc code_of_result(Result<T> const& result) {
    return result ? Errc::exists : result.assume_error().code;
}

OfficerKey officer_key_of(std::string_view party, OfficerRole role, std::uint64_t seed, Mode mode = Mode::practice,
                          std::string const& domain = "practice.example") {
    crypto::SeededRandom random(seed);
    return make_officer_key(mode, domain, PartyId::parse(party).value(), role, random).value();
}

Bytes sealed_file(OfficerKey const& key, std::string_view passphrase = "four words of test") {
    crypto::SeededRandom random(7);
    return seal_officer_key(key, as_bytes(passphrase), cheap, random).value();
}

/// Some parties of the practice agreement, with officers' keys that we hold.
struct Partnership {
    policy::Agreement agreement = policy::test::practice_agreement();
    std::vector<OfficerKey> keys; ///< two a party, in the agreement's order
    std::string text;

    Partnership() {
        agreement.parties.erase(agreement.parties.begin() + 4, agreement.parties.end());
        for (auto& party : agreement.parties) {
            for (auto const role : officer_roles) {
                keys.push_back(officer_key_of(party.id.text(), role, keys.size() + 1));
                (role == OfficerRole::officer ? party.officer : party.dpo) = keys.back().card.key.vkey();
            }
        }
        // What is signed need not be TOML for these tests: the agreement is given beside it.
        text = "name = \"x\"\n\n[party]\n";
    }
    SignatureState state(std::string const& note, std::size_t which) const {
        return officer_signatures(parse_signing_copy(note).value(), agreement).value().at(which).state;
    }
};

struct OfficerDirectory {
    std::filesystem::path path;
    OfficerDirectory() {
        std::string name = "/tmp/fanlight-officer.XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    OfficerDirectory(OfficerDirectory const&) = delete;
    OfficerDirectory& operator=(OfficerDirectory const&) = delete;
    ~OfficerDirectory() { std::filesystem::remove_all(path); }
};

} // namespace

TEST_CASE("officer key: opens as it was sealed, by its own passphrase only") {
    auto const key = officer_key_of("housing", OfficerRole::dpo, 1);
    auto const file = sealed_file(key);
    auto const opened = open_officer_key(file, as_bytes("four words of test")).value();
    CHECK(opened.card.key == key.card.key);
    CHECK(opened.card.party.text() == "housing");
    CHECK(opened.card.role == OfficerRole::dpo);
    CHECK(opened.card.mode == Mode::practice);
    CHECK(opened.signing.verify_key() == key.signing.verify_key());
    CHECK(code_of_result(open_officer_key(file, as_bytes("four words of tes"))) == Errc::wrong_key);
    CHECK(code_of_result(open_officer_key(file, {})) == Errc::wrong_key);
}

TEST_CASE("officer key: whose it is can be read without the passphrase, the seed cannot") {
    auto const key = officer_key_of("substance_misuse", OfficerRole::officer, 2);
    auto const file = sealed_file(key);
    auto const card = read_officer_card(file).value();
    CHECK(card.key.name == "practice.example/substance_misuse/officer");
    CHECK(card.key == key.card.key);
    CHECK(card.role == OfficerRole::officer);
    auto const begin = "FANOFF1\npractice\n" + key.card.key.vkey() + "\n";
    CHECK(as_text(file).starts_with(begin));
    CHECK(file.size() == begin.size() + fixed_bytes);
    CHECK(as_text(file).find(as_text(key.signing.reveal_seed())) == std::string_view::npos);
}

TEST_CASE("officer key: the file is laid out as its header says, under the label of its mode") {
    auto const mode = GENERATE(Mode::practice, Mode::live);
    auto const key =
        officer_key_of("housing", OfficerRole::dpo, 1, mode, mode == Mode::practice ? "practice.example" : "example");
    auto const file = sealed_file(key, "x");
    auto const tail = ByteView(file).last(fixed_bytes);
    auto const salt = crypto::Salt::parse(tail.first(16)).value();
    CHECK(crypto::to_hex(tail.subspan(16, 16)) == "00000000000000010000000000002000");
    auto const nonce = crypto::Nonce::parse(tail.subspan(32, 24)).value();
    auto const wrap = crypto::key_from_passphrase(as_bytes("x"), salt, cheap).value();
    auto associated = to_bytes(as_bytes(crypto::label(mode, crypto::Label::officer_key)));
    append(associated, ByteView(file).first(file.size() - 24 - 48));
    auto const seed = crypto::aead_open(wrap, nonce, associated, tail.last(48)).value();
    CHECK(std::ranges::equal(seed, key.signing.reveal_seed()));
}

TEST_CASE("officer key: no byte of the file can be changed, left out or added") {
    auto const key = officer_key_of("housing", OfficerRole::dpo, 1);
    auto const file = sealed_file(key);
    // Costs changed upwards may take memory and time, and are tried by hand below.
    auto const costs = file.size() - fixed_bytes + 16;
    for (std::size_t i = 0; i < file.size(); ++i) {
        if (i >= costs && i < costs + 16) continue;
        auto changed = file;
        changed[i] ^= 1U;
        CAPTURE(i);
        CHECK(!open_officer_key(changed, as_bytes("four words of test")));
    }
    for (std::size_t size = 0; size < file.size(); ++size)
        CHECK(!open_officer_key(ByteView(file).first(size), as_bytes("four words of test")));
    auto longer = file;
    longer.push_back(0);
    CHECK(code_of_result(open_officer_key(longer, as_bytes("four words of test"))) == Errc::malformed);
    auto dearer = file;
    dearer[costs + 7] = 2; // operations
    CHECK(code_of_result(open_officer_key(dearer, as_bytes("four words of test"))) == Errc::wrong_key);
    dearer[costs] = 1;
    CHECK(code_of_result(open_officer_key(dearer, as_bytes("four words of test"))) == Errc::too_large);
}

TEST_CASE("officer key: another card on the same seed does not open") {
    auto const key = officer_key_of("housing", OfficerRole::dpo, 1);
    auto const file = sealed_file(key);
    auto const tail = ByteView(file).last(fixed_bytes);
    auto const with_lines = [&](std::string const& mode, crypto::NoteKey const& note_key) {
        auto other = to_bytes(as_bytes("FANOFF1\n" + mode + "\n" + note_key.vkey() + "\n"));
        append(other, tail);
        return other;
    };
    auto const open = [](Bytes const& bytes) {
        return code_of_result(open_officer_key(bytes, as_bytes("four words of test")));
    };
    CHECK(open(with_lines("practice", key.card.key)) == Errc::exists);
    // The right key under another party's or role's name, and another key under the right name.
    for (auto const* name :
         {"practice.example/police/dpo", "practice.example/housing/officer", "practice.other/housing/dpo"})
        CHECK(open(with_lines("practice", {name, key.card.key.key})) == Errc::wrong_key);
    auto const stranger = officer_key_of("housing", OfficerRole::dpo, 9);
    CHECK(open(with_lines("practice", stranger.card.key)) == Errc::wrong_key);
    // Even where whoever knows the passphrase sealed it so.
    CHECK(open(sealed_file({stranger.card, crypto::SigningKey::from_seed(key.signing.reveal_seed()).value()})) ==
          Errc::wrong_key);
    // The mode is in the name's domain and in the label.
    CHECK(open(with_lines("live", key.card.key)) == Errc::refused);
    CHECK(open(with_lines("live", {"example/housing/dpo", key.card.key.key})) == Errc::wrong_key);
    CHECK(open(with_lines("other", key.card.key)) == Errc::malformed);
    for (auto const* name : {"practice.example/housing/chief", "practice.example/housing/dpo/dpo", "housing/dpo",
                             "practice.example", "/housing/dpo", "practice.example/Housing/dpo", "//dpo"})
        CHECK(open(with_lines("practice", {name, key.card.key.key})) != Errc::exists);
}

TEST_CASE("officer key: the domain says the mode") {
    crypto::SeededRandom random(3);
    auto const party = PartyId::parse("housing").value();
    auto const make = [&](Mode mode, std::string const& domain) {
        return code_of_result(make_officer_key(mode, domain, party, OfficerRole::dpo, random));
    };
    CHECK(make(Mode::practice, "practice.example") == Errc::exists);
    CHECK(make(Mode::live, "example") == Errc::exists);
    CHECK(make(Mode::practice, "example") == Errc::refused);
    CHECK(make(Mode::live, "practice.example") == Errc::refused);
    for (std::string const& domain : {std::string(), std::string("Example"), std::string("a/b"), std::string("a b"),
                                      std::string("a+b"), std::string(201, 'a')})
        CHECK(make(Mode::live, domain) == Errc::malformed);
    CHECK(make(Mode::live, std::string(200, 'a')) == Errc::exists);
    auto const longest = make_officer_key(Mode::live, std::string(200, 'a'),
                                          PartyId::parse(std::string(32, 'p')).value(), OfficerRole::officer, random)
                             .value();
    CHECK(read_officer_card(sealed_file(longest)).value().key == longest.card.key);
    CHECK(sealed_file(longest).size() < officer_key_bytes_max / 2);
    CHECK(parse_officer_role("dpo").value() == OfficerRole::dpo);
    CHECK(parse_officer_role("officer").value() == OfficerRole::officer);
    CHECK(code_of_result(parse_officer_role("DPO")) == Errc::malformed);
}

TEST_CASE("officer key: its file is new, whole and private") {
    OfficerDirectory const directory;
    auto const file = directory.path / "housing-dpo.key";
    CHECK(write_new_file(file, as_bytes("first"), "key"));
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600);
    CHECK(code_of_result(write_new_file(file, as_bytes("second"), "key")) == Errc::exists);
    CHECK(as_text(read_small_file(file, 100, "key").value()) == "first");
    CHECK(code_of_result(write_new_file(directory.path / "none" / "key", as_bytes("x"), "key")) == Errc::io);
    std::filesystem::create_symlink(directory.path / "elsewhere", directory.path / "link");
    CHECK(code_of_result(write_new_file(directory.path / "link", as_bytes("x"), "key")) == Errc::exists);
    CHECK(!std::filesystem::exists(directory.path / "elsewhere"));
    // Only the key and the link are there: nothing half-made stays.
    CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 2);
}

TEST_CASE("signing copy: a draft is its text, a note is told by its signature lines") {
    auto const draft = parse_signing_copy("a = 1\n\n# \xE2\x80\x94 a comment\n").value();
    CHECK(draft.text == "a = 1\n\n# \xE2\x80\x94 a comment\n");
    CHECK(draft.signatures.empty());
    auto const note = parse_signing_copy(std::string("a = 1\n\n") + std::string(dash) + "x AAAAAAA=\n").value();
    CHECK(note.text == "a = 1\n");
    REQUIRE(note.signatures.size() == 1);
    // Whoever broke a note gets told so, and does not sign its signature lines as text.
    CHECK(code_of_result(parse_signing_copy("a = 1\n" + std::string(dash) + "x AAAAAAA=\n")) == Errc::malformed);
    CHECK(code_of_result(parse_signing_copy(std::string(dash) + "x AAAAAAA=\n")) == Errc::malformed);
    auto const cut = parse_signing_copy("a = 1\nb = 2");
    CHECK(code_of_result(cut) == Errc::malformed);
    CHECK(cut.assume_error().at == 2);
    CHECK(code_of_result(parse_signing_copy("")) == Errc::malformed);
    CHECK(parse_signing_copy(std::string(limits::agreement_bytes_max - 1, '#') + "\n"));
    CHECK(code_of_result(parse_signing_copy(std::string(limits::agreement_bytes_max, '#') + "\n")) == Errc::too_large);
}

TEST_CASE("signing copy: everybody signs, in any order, and the text stays") {
    Partnership const partnership;
    REQUIRE(rc::check("each adds one line", [&] {
        auto order = std::vector<std::size_t>(partnership.keys.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        for (std::size_t i = 0; i + 1 < order.size(); ++i)
            std::swap(order[i], order[*rc::gen::inRange(i, order.size())]);
        std::string file = partnership.text;
        for (std::size_t i = 0; i < order.size(); ++i) {
            auto const copy = parse_signing_copy(file).value();
            file = sign_copy(copy, partnership.agreement, partnership.keys[order[i]]).value();
            auto const now = parse_signing_copy(file).value();
            RC_ASSERT(now.text == partnership.text);
            RC_ASSERT(now.signatures.size() == i + 1);
            RC_ASSERT(protocol::agreement_id(now.text) ==
                      protocol::agreement_id(parse_signing_copy(partnership.text).value().text));
        }
        auto const all = officer_signatures(parse_signing_copy(file).value(), partnership.agreement).value();
        for (auto const& one : all) RC_ASSERT(one.state == SignatureState::present);
        // Once more changes nothing.
        auto const again =
            sign_copy(parse_signing_copy(file).value(), partnership.agreement, partnership.keys[order[0]]).value();
        RC_ASSERT(again == file);
    }));
}

TEST_CASE("signing copy: each officer's signature is present, missing or bad by itself") {
    Partnership const partnership;
    auto const sign = [&](std::string const& file, std::size_t which) {
        return sign_copy(parse_signing_copy(file).value(), partnership.agreement, partnership.keys[which]).value();
    };
    auto const file = sign(sign(partnership.text, 0), 3);
    CHECK(partnership.state(file, 0) == SignatureState::present);
    CHECK(partnership.state(file, 1) == SignatureState::missing);
    CHECK(partnership.state(file, 2) == SignatureState::missing);
    CHECK(partnership.state(file, 3) == SignatureState::present);
    auto const states = officer_signatures(parse_signing_copy(file).value(), partnership.agreement).value();
    CHECK(states.size() == 2 * partnership.agreement.parties.size());
    CHECK(states[1].party == partnership.agreement.parties[0].id);
    CHECK(states[1].role == OfficerRole::dpo);
    auto const changed = policy::test::replaced(file, "name = \"x\"", "name = \"y\"");
    CHECK(partnership.state(changed, 0) == SignatureState::bad);
    CHECK(partnership.state(changed, 1) == SignatureState::missing);
    // A bad line beside a good one of the same key is bad.
    auto const bad_line = changed.substr(changed.find(dash));
    CHECK(partnership.state(file + bad_line, 0) == SignatureState::present); // the same line twice
    auto const other_text = sign("b = 1\n", 0);
    CHECK(partnership.state(file + other_text.substr(other_text.find(dash)), 0) == SignatureState::bad);
    // The agreement's own mistakes name their party.
    auto broken = partnership.agreement;
    broken.parties[2].dpo = "no key";
    auto const refused = officer_signatures(parse_signing_copy(file).value(), broken);
    CHECK(code_of_result(refused) == Errc::malformed);
    CHECK(refused.assume_error().at == 3);
}

TEST_CASE("signing copy: only who is named signs, and only what the others signed") {
    Partnership const partnership;
    auto const& agreement = partnership.agreement;
    auto const copy = parse_signing_copy(partnership.text).value();
    auto const first = agreement.parties[0].id.text();
    auto const refused = [&](OfficerKey const& key) { return code_of_result(sign_copy(copy, agreement, key)); };
    CHECK(refused(partnership.keys[0]) == Errc::exists);
    CHECK(refused(officer_key_of(first, OfficerRole::officer, 99)) == Errc::wrong_key);
    CHECK(refused(officer_key_of("library", OfficerRole::officer, 99)) == Errc::refused);
    CHECK(refused(officer_key_of(first, OfficerRole::officer, 1, Mode::live, "example")) == Errc::refused);
    // The officer's key under the data protection officer's name: the agreement does not say that.
    crypto::SeededRandom random(1);
    auto crossed =
        make_officer_key(Mode::practice, "practice.example", agreement.parties[0].id, OfficerRole::dpo, random).value();
    CHECK(std::ranges::equal(crossed.signing.reveal_seed(), partnership.keys[0].signing.reveal_seed()));
    CHECK(refused(crossed) == Errc::wrong_key);

    // Somebody signed another text: whoever comes next stops. The one whose line it is replaces it.
    auto const other = sign_copy(parse_signing_copy("b = 1\n").value(), agreement, partnership.keys[0]).value();
    auto const spoilt = parse_signing_copy(partnership.text + "\n" + other.substr(other.find(dash))).value();
    CHECK(code_of_result(sign_copy(spoilt, agreement, partnership.keys[1])) == Errc::bad_signature);
    CHECK(code_of_result(may_sign(spoilt, agreement, partnership.keys[1].card)) == Errc::bad_signature);
    auto const mended = sign_copy(spoilt, agreement, partnership.keys[0]).value();
    CHECK(mended == sign_copy(copy, agreement, partnership.keys[0]).value());
    // Twice the same key becomes once, in its place; a stranger's line stays.
    auto const& my_key = partnership.keys[0].card.key;
    auto const stranger = crypto::sign_note_line(copy.text, "x.example/y", partnership.keys[0].signing) +
                          crypto::signature_line({"x.example/y", my_key.id(), Bytes(64)}) +
                          crypto::signature_line({my_key.name, my_key.id() + 1, Bytes(64)});
    auto const mine = mended.substr(mended.find(dash));
    auto const twice = parse_signing_copy(partnership.text + "\n" + mine + stranger + mine).value();
    CHECK(sign_copy(twice, agreement, partnership.keys[0]).value() == partnership.text + "\n" + mine + stranger);
}

TEST_CASE("signing copy: a note that would be too large is not made") {
    Partnership const partnership;
    auto const line = crypto::sign_note_line("x\n", partnership.keys[0].card.key.name, partnership.keys[0].signing);
    auto const room = limits::agreement_bytes_max - line.size() - 1;
    auto const sign = [&](std::size_t bytes) {
        auto const copy = parse_signing_copy(std::string(bytes - 1, '#') + "\n").value();
        return code_of_result(sign_copy(copy, partnership.agreement, partnership.keys[0]));
    };
    CHECK(sign(room) == Errc::exists);
    CHECK(sign(room + 1) == Errc::too_large);
}
