// Replacing operational keys: what is to be done, and when.

#include "node/daemon/key_rotation.hpp"
#include "node/net/certificate.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;
using namespace std::chrono_literals;

namespace {

Instant const start_of_keys = Instant(Duration(1'800'000'000'000));

PartyId const& rotating_party() {
    static auto const party = PartyId::parse("coordinator").value();
    return party;
}

Keyring keyring_since(Instant now, crypto::Random& random) {
    auto keyring = Keyring::generate(random);
    keyring.sealing_since = now;
    return keyring;
}

RotationScene scene_of(Keyring const& keyring, Instant now) {
    return {now, rotating_party(), public_keys(rotating_party(), keyring), false, true, {}};
}

void begin(Keyring& keyring, std::set<KeyPurpose> keys, crypto::Random& random, bool compromised = false) {
    keyring.next = next_keys(keyring, {std::move(keys), compromised}, rotating_party(), start_of_keys, random).value();
}

/// The register has the next keys.
RotationScene registered(Keyring const& keyring, Instant now) {
    auto scene = scene_of(keyring, now);
    scene.registered = public_keys(rotating_party(), keyring.next->keys);
    return scene;
}

std::set<KeyPurpose> every_key() {
    return {every_key_purpose.begin(), every_key_purpose.end()};
}

} // namespace

TEST_CASE("key rotation: only the keys of the order are other ones, under the next serial") {
    crypto::SeededRandom random(1);
    for (auto const purpose : every_key_purpose) {
        auto keyring = keyring_since(start_of_keys, random);
        begin(keyring, {purpose}, random);
        CHECK(keyring.next->keys.serial == 2);
        CHECK(purposes_replaced(keyring, keyring.next->keys) == std::set<KeyPurpose>{purpose});
        CHECK(parse_key_purpose(name(purpose)).value() == purpose);
    }
    CHECK(parse_key_purpose("share-sealing").value() == KeyPurpose::share_sealing);
    CHECK(parse_key_purpose("signing").error().code == Errc::malformed);
}

TEST_CASE("key rotation: an order waits for the one under way, for voiding, and for a ceremony") {
    crypto::SeededRandom random(2);
    auto keyring = keyring_since(start_of_keys, random);
    auto const code = [&](std::set<KeyPurpose> keys, bool ceremony = false) {
        auto const checked = check_order(keyring, {std::move(keys), false}, ceremony);
        return checked ? std::optional<Errc>() : checked.error().code;
    };
    CHECK(code({}) == Errc::malformed);
    CHECK_FALSE(code(every_key()));
    CHECK(code({KeyPurpose::share_sealing}, true) == Errc::refused);
    CHECK_FALSE(code({KeyPurpose::sealing}, true));
    begin(keyring, {KeyPurpose::tls}, random);
    CHECK(code({KeyPurpose::log}) == Errc::exists);
    use_next_keys(keyring, start_of_keys, true);
    CHECK(code({KeyPurpose::tls}) == Errc::exists); // the former certificate is still shown
    CHECK(code({KeyPurpose::node}) == Errc::exists);
    CHECK_FALSE(code({KeyPurpose::log}));
    CHECK(check_order(keyring, {{KeyPurpose::log}, true}, false).error().code == Errc::exists);
    keyring.former_link.reset();
    keyring.void_due = 2;
    CHECK(code({KeyPurpose::log}) == Errc::exists);
}

TEST_CASE("key rotation: what is next comes into use when the register has it, and not before") {
    crypto::SeededRandom random(3);
    auto keyring = keyring_since(start_of_keys, random);
    CHECK(rotation_step(keyring, scene_of(keyring, start_of_keys)) == RotationStep::none);
    begin(keyring, every_key(), random);
    auto scene = scene_of(keyring, start_of_keys);
    CHECK(rotation_step(keyring, scene) == RotationStep::propose); // it was never proposed
    scene.retry_at = start_of_keys + 1ms;
    CHECK(rotation_step(keyring, scene) == RotationStep::none);
    scene.retry_at = start_of_keys;
    scene.proposed = true;
    CHECK(rotation_step(keyring, scene) == RotationStep::none);
    CHECK(rotation_step(keyring, registered(keyring, start_of_keys)) == RotationStep::use_next);

    auto const before = public_keys(rotating_party(), keyring);
    auto const next = public_keys(rotating_party(), keyring.next->keys);
    CHECK(use_next_text(keyring) ==
          "keys replaced: node, tls, log, witness, sealing, share_sealing; key note of serial 2");
    use_next_keys(keyring, start_of_keys + 1h, false);
    CHECK(protocol::key_note_text(Mode::live, public_keys(rotating_party(), keyring)) ==
          protocol::key_note_text(Mode::live, next));
    CHECK_FALSE(keyring.next);
    REQUIRE(keyring.former_sealing.keys.size() == 1);
    CHECK(keyring.former_sealing.keys[0].public_key() == before.sealing);
    CHECK(keyring.former_log == before.log);
    CHECK_FALSE(keyring.former_link);
    CHECK(keyring.sealing_since == start_of_keys + 1h);
    CHECK(rotation_step(keyring, scene_of(keyring, start_of_keys + 1h)) == RotationStep::none);
}

TEST_CASE("key rotation: keys in the register that nobody made here stop the node") {
    crypto::SeededRandom random(4);
    auto keyring = keyring_since(start_of_keys, random);
    auto scene = scene_of(keyring, start_of_keys);
    scene.registered.serial = 2;
    CHECK(rotation_step(keyring, scene) == RotationStep::stop);
    begin(keyring, {KeyPurpose::node}, random);
    CHECK(rotation_step(keyring, scene) == RotationStep::stop); // of the same serial, but not the same keys
    scene = registered(keyring, start_of_keys);
    scene.registered.void_before = 1;
    CHECK(rotation_step(keyring, scene) == RotationStep::stop);
}

TEST_CASE("key rotation: after a compromise a note of the same keys voids the former ones, and later notes keep that") {
    crypto::SeededRandom random(5);
    auto keyring = keyring_since(start_of_keys, random);
    begin(keyring, {KeyPurpose::node}, random, true);
    CHECK(keyring.next->keys.void_before == 0); // the others must know the new keys first
    use_next_keys(keyring, start_of_keys, false);
    CHECK(keyring.void_due == 2);
    auto scene = scene_of(keyring, start_of_keys);
    CHECK(rotation_wake(keyring, start_of_keys, {}) == Instant{});
    CHECK(rotation_step(keyring, scene) == RotationStep::void_former);
    begin(keyring, {}, random);
    CHECK(keyring.next->keys.serial == 3);
    CHECK(keyring.next->keys.void_before == 2);
    CHECK(purposes_replaced(keyring, keyring.next->keys).empty());
    CHECK(use_next_text(keyring) == "former keys are void: those of key notes before serial 2; key note of serial 3");
    CHECK(rotation_step(keyring, registered(keyring, start_of_keys)) == RotationStep::use_next);
    use_next_keys(keyring, start_of_keys, false);
    CHECK(keyring.void_due == 0);
    CHECK(rotation_step(keyring, scene_of(keyring, start_of_keys)) == RotationStep::none);
    begin(keyring, {KeyPurpose::log}, random);
    CHECK(keyring.next->keys.void_before == 2);
}

TEST_CASE("key rotation: the coordinator goes on with its former certificate until everybody has the note") {
    crypto::SeededRandom random(6);
    bool const compromised = GENERATE(false, true);
    auto const patience = compromised ? link_patience_compromised : link_patience;
    auto keyring = keyring_since(start_of_keys, random);
    auto const before = public_keys(rotating_party(), keyring);
    begin(keyring, {GENERATE(KeyPurpose::node, KeyPurpose::tls)}, random, compromised);
    use_next_keys(keyring, start_of_keys, true);
    REQUIRE(keyring.former_link);
    CHECK(keyring.former_link->node.verify_key() == before.node);
    CHECK(pin_of(keyring.former_link->certificate_der) == before.tls_pin);
    auto scene = scene_of(keyring, start_of_keys + patience - 1ms);
    scene.everybody_has_it = false;
    CHECK(rotation_step(keyring, scene) == RotationStep::none);
    CHECK(rotation_wake(keyring, scene.now, {}) == start_of_keys + patience);
    scene.now += 1ms;
    CHECK(rotation_step(keyring, scene) == RotationStep::show_new_link);
    scene.now = start_of_keys;
    scene.everybody_has_it = true;
    CHECK(rotation_step(keyring, scene) == RotationStep::show_new_link);
    keyring.former_link.reset();
    CHECK(rotation_step(keyring, scene) == (compromised ? RotationStep::void_former : RotationStep::none));
}

TEST_CASE("key rotation: the sealing key is replaced after a week, and a former one destroyed after fifteen days") {
    crypto::SeededRandom random(7);
    auto keyring = keyring_since(start_of_keys, random);
    auto const step_at = [&](Instant now) { return rotation_step(keyring, scene_of(keyring, now)); };
    auto const due = start_of_keys + sealing_replaced_every;
    CHECK(rotation_wake(keyring, start_of_keys, {}) == due);
    CHECK(rotation_wake(keyring, start_of_keys, due + 1h) == due + 1h);
    CHECK(step_at(due - 1ms) == RotationStep::none);
    CHECK(step_at(due) == RotationStep::replace_sealing);
    auto scene = scene_of(keyring, due);
    scene.retry_at = due + 1ms;
    CHECK(rotation_step(keyring, scene) == RotationStep::none);

    begin(keyring, {KeyPurpose::sealing}, random);
    CHECK_FALSE(rotation_wake(keyring, due, due)); // it waits for the register
    CHECK(rotation_wake(keyring, due, due + 1h) == due + 1h);
    auto const former = keyring.sealing.public_key();
    use_next_keys(keyring, due, false);
    begin(keyring, {KeyPurpose::sealing}, random);
    auto const second = keyring.sealing.public_key();
    use_next_keys(keyring, due + sealing_replaced_every, false);
    CHECK(keyring.former_sealing.keys[0].public_key() == former);
    auto const gone = due + former_sealing_kept;
    CHECK(step_at(gone - 1ms) == RotationStep::replace_sealing); // another week is over
    CHECK(step_at(gone) == RotationStep::destroy_sealing);
    CHECK(destroy_text(keyring, gone) == "former sealing keys destroyed: 1");
    destroy_former_sealing(keyring, gone);
    REQUIRE(keyring.former_sealing.keys.size() == 1);
    CHECK(keyring.former_sealing.keys[0].public_key() == second);
    CHECK(keyring.former_sealing.replaced_at == std::vector<Instant>{due + sealing_replaced_every});
}
