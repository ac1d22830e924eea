// The keyring: what goes in comes out, under its own node key only; one key a purpose.

#include "crypto/labels.hpp"
#include "node/offline/keyring.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;

TEST_CASE("keyring: opens as it was sealed, with its own node key and in its own mode only") {
    crypto::SeededRandom random(3);
    auto const key = random.make<NodeKey>();
    auto keyring = Keyring::generate(random);
    keyring.agreement = random.make<AgreementId>();
    auto const file = seal_keyring(Mode::live, keyring, key, random).value();
    auto const opened = open_keyring(Mode::live, file, key).value();
    CHECK(opened.signing.verify_key() == keyring.signing.verify_key());
    CHECK(opened.node.verify_key() == keyring.node.verify_key());
    CHECK(opened.tls.verify_key() == keyring.tls.verify_key());
    CHECK(opened.log.verify_key() == keyring.log.verify_key());
    CHECK(opened.witness.verify_key() == keyring.witness.verify_key());
    CHECK(opened.sealing.public_key() == keyring.sealing.public_key());
    CHECK(opened.share_sealing.public_key() == keyring.share_sealing.public_key());
    CHECK(std::ranges::equal(opened.subject.reveal(), keyring.subject.reveal()));
    CHECK(opened.agreement == keyring.agreement);

    auto const refused = [&](Result<Keyring> const& result) { return result ? Errc::exists : result.error().code; };
    CHECK(refused(open_keyring(Mode::practice, file, key)) == Errc::wrong_key);
    CHECK(refused(open_keyring(Mode::live, file, random.make<NodeKey>())) == Errc::wrong_key);
    auto changed = file;
    changed[40] ^= 1U;
    CHECK(refused(open_keyring(Mode::live, changed, key)) == Errc::wrong_key);
    auto longer = file;
    longer.push_back(0);
    CHECK(refused(open_keyring(Mode::live, longer, key)) == Errc::malformed);
    CHECK(refused(open_keyring(Mode::live, ByteView(file).first(file.size() - 1), key)) == Errc::malformed);
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
