// The keyring: what goes in comes out, under its own node key only; one key a purpose.

#include "crypto/labels.hpp"
#include "node/offline/keyring.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;

namespace {

Errc refused(Result<Keyring> const& result) {
    return result ? Errc::exists : result.error().code;
}

/// As releases before key rotation wrote it.
Bytes first_form(Mode mode, Keyring const& keyring, NodeKey const& key, crypto::Random& random) {
    Bytes plain;
    for (auto const* signing : {&keyring.signing, &keyring.node, &keyring.tls, &keyring.log, &keyring.witness})
        append(plain, signing->reveal_seed());
    append(plain, keyring.sealing.reveal());
    append(plain, keyring.share_sealing.reveal());
    append(plain, keyring.subject.reveal());
    append(plain, keyring.agreement.view());
    auto const label = crypto::label(mode, crypto::Label::keyring_key);
    auto const wrap = crypto::AeadKey::make(
        [&](MutableBytes out) { crypto::blake2b(out, key.reveal(), {as_bytes(std::string_view(label))}); });
    auto const nonce = random.make<crypto::Nonce>();
    auto file = to_bytes(nonce.view());
    append(file, crypto::aead_seal(wrap, nonce, as_bytes(std::string_view(label)), plain));
    return file;
}

void check_same(OperationalSecrets const& left, OperationalSecrets const& right) {
    auto const party = PartyId::parse("housing").value();
    CHECK(protocol::key_note_text(Mode::live, public_keys(party, left)) ==
          protocol::key_note_text(Mode::live, public_keys(party, right)));
    CHECK(std::ranges::equal(left.tls.reveal_seed(), right.tls.reveal_seed()));
    CHECK(left.certificate_der == right.certificate_der);
}

/// With one of everything that a rotation leaves in it.
Keyring full_keyring(crypto::Random& random) {
    auto keyring = Keyring::generate(random);
    keyring.agreement = random.make<AgreementId>();
    keyring.serial = 7;
    keyring.void_before = 5;
    keyring.certificate_der = Bytes(300, 1);
    keyring.sealing_since = Instant(Duration(1'000));
    keyring.next = NextKeys{OperationalSecrets::generate(random), true};
    keyring.next->keys.serial = 8;
    keyring.next->keys.certificate_der = Bytes(301, 2);
    keyring.void_due = 6;
    keyring.former_sealing.keys.push_back(crypto::SealingKey::generate(random));
    keyring.former_sealing.keys.push_back(crypto::SealingKey::generate(random));
    keyring.former_sealing.replaced_at = {Instant(Duration(2'000)), Instant(Duration(3'000))};
    keyring.former_log = crypto::SigningKey::generate(random).verify_key();
    keyring.former_link = FormerLink{crypto::SigningKey::generate(random), crypto::SigningKey::generate(random),
                                     Bytes(302, 3), Instant(Duration(4'000))};
    return keyring;
}

} // namespace

TEST_CASE("keyring: opens as it was sealed, with its own node key and in its own mode only") {
    crypto::SeededRandom random(3);
    auto const key = random.make<NodeKey>();
    auto const keyring = full_keyring(random);
    auto const file = seal_keyring(Mode::live, keyring, key, random).value();
    auto const opened = open_keyring(Mode::live, file, key).value();
    check_same(opened, keyring);
    CHECK(opened.signing.verify_key() == keyring.signing.verify_key());
    CHECK(std::ranges::equal(opened.subject.reveal(), keyring.subject.reveal()));
    CHECK(opened.agreement == keyring.agreement);
    CHECK(opened.sealing_since == keyring.sealing_since);
    REQUIRE(opened.next);
    check_same(opened.next->keys, keyring.next->keys);
    CHECK(opened.next->compromised);
    CHECK(opened.void_due == 6);
    REQUIRE(opened.former_sealing.keys.size() == 2);
    CHECK(opened.former_sealing.keys[1].public_key() == keyring.former_sealing.keys[1].public_key());
    CHECK(opened.former_sealing.replaced_at == keyring.former_sealing.replaced_at);
    CHECK(opened.former_log == keyring.former_log);
    REQUIRE(opened.former_link);
    CHECK(opened.former_link->node.verify_key() == keyring.former_link->node.verify_key());
    CHECK(opened.former_link->tls.verify_key() == keyring.former_link->tls.verify_key());
    CHECK(opened.former_link->certificate_der == keyring.former_link->certificate_der);
    CHECK(opened.former_link->replaced_at == keyring.former_link->replaced_at);

    CHECK(refused(open_keyring(Mode::practice, file, key)) == Errc::wrong_key);
    CHECK(refused(open_keyring(Mode::live, file, random.make<NodeKey>())) == Errc::wrong_key);
}

TEST_CASE("keyring: a new one has nothing next and nothing former") {
    crypto::SeededRandom random(5);
    auto const key = random.make<NodeKey>();
    auto const file = seal_keyring(Mode::practice, Keyring::generate(random), key, random).value();
    auto const opened = open_keyring(Mode::practice, file, key).value();
    CHECK(opened.serial == 1);
    CHECK(opened.void_before == 0);
    CHECK_FALSE(opened.next);
    CHECK(opened.void_due == 0);
    CHECK(opened.former_sealing.keys.empty());
    CHECK_FALSE(opened.former_log);
    CHECK_FALSE(opened.former_link);
}

TEST_CASE("keyring: a file of the first form opens, with serial 1 and nothing next") {
    crypto::SeededRandom random(6);
    auto const key = random.make<NodeKey>();
    auto keyring = Keyring::generate(random);
    keyring.agreement = random.make<AgreementId>();
    auto const file = first_form(Mode::live, keyring, key, random);
    auto const opened = open_keyring(Mode::live, file, key).value();
    check_same(opened, keyring);
    CHECK(opened.signing.verify_key() == keyring.signing.verify_key());
    CHECK(std::ranges::equal(opened.subject.reveal(), keyring.subject.reveal()));
    CHECK(opened.agreement == keyring.agreement);
    CHECK(opened.serial == 1);
    CHECK(opened.certificate_der.empty());
    CHECK(opened.sealing_since == Instant{});
    CHECK_FALSE(opened.next);

    CHECK(refused(open_keyring(Mode::practice, file, key)) == Errc::wrong_key);
    CHECK(refused(open_keyring(Mode::live, ByteView(file).first(file.size() - 1), key)) == Errc::malformed);
    auto longer = file;
    longer.push_back(0);
    CHECK(refused(open_keyring(Mode::live, longer, key)) == Errc::malformed);
    auto renamed = to_bytes(as_bytes(std::string_view("FANRING2"))); // never read as the other form
    append(renamed, file);
    CHECK(refused(open_keyring(Mode::live, renamed, key)) == Errc::wrong_key);
}

TEST_CASE("keyring: no byte of it can be changed, taken or added") {
    crypto::SeededRandom random(7);
    auto const key = random.make<NodeKey>();
    auto const file = seal_keyring(Mode::live, full_keyring(random), key, random).value();
    for (std::size_t at = 0; at < file.size(); ++at) {
        auto changed = file;
        changed[at] ^= 1U;
        CHECK_FALSE(open_keyring(Mode::live, changed, key));
        CHECK_FALSE(open_keyring(Mode::live, ByteView(file).first(at), key));
    }
    auto longer = file;
    longer.push_back(0);
    CHECK_FALSE(open_keyring(Mode::live, longer, key));
}

TEST_CASE("keyring: no two purposes and no two modes have one key") {
    crypto::SeededRandom random(4);
    auto const key = random.make<NodeKey>();
    std::vector<Bytes> keys;
    for (auto const mode : {Mode::practice, Mode::live}) {
        keys.push_back(to_bytes(store_key(mode, key).reveal()));
        keys.push_back(to_bytes(opening_key(mode, key).reveal()));
        keys.push_back(to_bytes(at_rest_key(mode, key).reveal()));
    }
    std::ranges::sort(keys);
    CHECK(std::ranges::adjacent_find(keys) == keys.end());
}
