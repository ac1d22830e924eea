#include "node/daemon/key_rotation.hpp"

#include "node/net/certificate.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::node {

namespace {

/// By what is public of them: two notes of one party that say the same.
bool same_keys(RotationScene const& scene, OperationalSecrets const& secrets) {
    constexpr auto mode = Mode::practice; // of no account: both texts are made here
    return protocol::key_note_text(mode, scene.registered) ==
           protocol::key_note_text(mode, public_keys(scene.party, secrets));
}

Instant patience_ends(Keyring const& keyring) {
    return keyring.former_link->replaced_at + (keyring.void_due != 0 ? link_patience_compromised : link_patience);
}

std::size_t old_sealing_keys(Keyring const& keyring, Instant now) {
    auto const& times = keyring.former_sealing.replaced_at;
    auto const old = [now](Instant replaced_at) { return replaced_at + former_sealing_kept <= now; };
    return static_cast<std::size_t>(std::count_if(times.begin(), times.end(), old));
}

} // namespace

char const* name(KeyPurpose purpose) {
    switch (purpose) {
    case KeyPurpose::node: return "node";
    case KeyPurpose::tls: return "tls";
    case KeyPurpose::log: return "log";
    case KeyPurpose::witness: return "witness";
    case KeyPurpose::sealing: return "sealing";
    case KeyPurpose::share_sealing: return "share_sealing";
    }
    return "";
}

Result<KeyPurpose> parse_key_purpose(std::string_view text) {
    if (text == "share-sealing") return KeyPurpose::share_sealing;
    for (auto const purpose : every_key_purpose)
        if (text == name(purpose)) return purpose;
    return fail(Errc::malformed, "keys to replace", "They are node, tls, log, witness, sealing and share-sealing.");
}

Result<void> check_order(Keyring const& keyring, RotationOrder const& order, bool ceremony) {
    constexpr auto where = "replacing keys";
    if (order.keys.empty()) return fail(Errc::malformed, where, "Name at least one key.");
    if (keyring.next)
        return fail(Errc::exists, where,
                    "One is under way: its key note waits for its place in the register. See: fanlight key status");
    if (keyring.void_due != 0)
        return fail(Errc::exists, where, "The note that voids the former keys follows first. Try again in a while.");
    bool const shown = order.keys.contains(KeyPurpose::tls) || order.keys.contains(KeyPurpose::node);
    if (keyring.former_link && (shown || order.compromised))
        return fail(Errc::exists, where, "Not every party knows the keys of the last time. See: fanlight key status");
    if (ceremony && order.keys.contains(KeyPurpose::share_sealing))
        return fail(Errc::refused, where,
                    "A ceremony is under way and its shares come under the present share sealing key. End it first, "
                    "or leave that key out.");
    return ok();
}

Result<NextKeys> next_keys(Keyring const& keyring, RotationOrder const& order, PartyId const& party, Instant now,
                           crypto::Random& random) {
    auto keys = keyring.copy();
    ++keys.serial;
    keys.void_before = std::max(keyring.void_before, keyring.void_due);
    for (auto const purpose : order.keys) {
        switch (purpose) {
        case KeyPurpose::node: keys.node = crypto::SigningKey::generate(random); break;
        case KeyPurpose::tls: keys.tls = crypto::SigningKey::generate(random); break;
        case KeyPurpose::log: keys.log = crypto::SigningKey::generate(random); break;
        case KeyPurpose::witness: keys.witness = crypto::SigningKey::generate(random); break;
        case KeyPurpose::sealing: keys.sealing = crypto::SealingKey::generate(random); break;
        case KeyPurpose::share_sealing: keys.share_sealing = crypto::SealingKey::generate(random); break;
        }
    }
    if (order.keys.contains(KeyPurpose::tls)) {
        FANLIGHT_TRY(keys.certificate_der, make_certificate(keys.tls, party.text(), now));
    }
    return NextKeys{std::move(keys), order.compromised};
}

RotationStep rotation_step(Keyring const& keyring, RotationScene const& scene) {
    auto const registered = scene.registered.serial;
    if (keyring.next && same_keys(scene, keyring.next->keys)) return RotationStep::use_next;
    if (registered > keyring.serial) return RotationStep::stop;
    bool const may_start = scene.retry_at <= scene.now;
    if (keyring.former_link && (scene.everybody_has_it || patience_ends(keyring) <= scene.now))
        return RotationStep::show_new_link;
    if (old_sealing_keys(keyring, scene.now) > 0) return RotationStep::destroy_sealing;
    if (keyring.next) return scene.proposed || !may_start ? RotationStep::none : RotationStep::propose;
    if (keyring.void_due != 0)
        return keyring.former_link || !may_start ? RotationStep::none : RotationStep::void_former;
    bool const due = keyring.sealing_since + sealing_replaced_every <= scene.now;
    return due && may_start ? RotationStep::replace_sealing : RotationStep::none;
}

std::optional<Instant> rotation_wake(Keyring const& keyring, Instant now, Instant retry_at) {
    std::optional<Instant> soonest;
    auto const consider = [&](Instant at) {
        if (!soonest || at < *soonest) soonest = at;
    };
    if (keyring.next) { // it waits for the register, not for the clock, unless it could not be proposed
        if (retry_at > now) consider(retry_at);
    } else if (keyring.void_due == 0) {
        consider(std::max(keyring.sealing_since + sealing_replaced_every, retry_at));
    } else if (!keyring.former_link) {
        consider(retry_at);
    }
    if (keyring.former_link) consider(patience_ends(keyring));
    for (auto const replaced_at : keyring.former_sealing.replaced_at) consider(replaced_at + former_sealing_kept);
    return soonest;
}

void use_next_keys(Keyring& keyring, Instant now, bool is_hub) {
    assert(keyring.next);
    auto& next = keyring.next->keys;
    auto const replaced = purposes_replaced(keyring, next);
    if (replaced.contains(KeyPurpose::sealing)) {
        keyring.former_sealing.keys.push_back(std::move(keyring.sealing));
        keyring.former_sealing.replaced_at.push_back(now);
        keyring.sealing_since = now;
    }
    if (replaced.contains(KeyPurpose::log)) keyring.former_log = keyring.log.verify_key();
    bool const shown = replaced.contains(KeyPurpose::tls) || replaced.contains(KeyPurpose::node);
    if (shown && is_hub && !keyring.former_link)
        keyring.former_link =
            FormerLink{std::move(keyring.node), std::move(keyring.tls), std::move(keyring.certificate_der), now};
    if (next.void_before >= keyring.void_due) keyring.void_due = 0;
    if (keyring.next->compromised) keyring.void_due = next.serial;
    static_cast<OperationalSecrets&>(keyring) = std::move(next);
    keyring.next.reset();
}

void destroy_former_sealing(Keyring& keyring, Instant now) {
    auto& former = keyring.former_sealing;
    for (std::size_t i = former.keys.size(); i-- > 0;) {
        if (former.replaced_at[i] + former_sealing_kept > now) continue;
        former.keys.erase(former.keys.begin() + static_cast<std::ptrdiff_t>(i));
        former.replaced_at.erase(former.replaced_at.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

std::set<KeyPurpose> purposes_replaced(OperationalSecrets const& before, OperationalSecrets const& after) {
    std::set<KeyPurpose> replaced;
    auto const compare = [&](KeyPurpose purpose, bool same) {
        if (!same) replaced.insert(purpose);
    };
    compare(KeyPurpose::node, before.node.verify_key() == after.node.verify_key());
    compare(KeyPurpose::tls, before.certificate_der == after.certificate_der);
    compare(KeyPurpose::log, before.log.verify_key() == after.log.verify_key());
    compare(KeyPurpose::witness, before.witness.verify_key() == after.witness.verify_key());
    compare(KeyPurpose::sealing, before.sealing.public_key() == after.sealing.public_key());
    compare(KeyPurpose::share_sealing, before.share_sealing.public_key() == after.share_sealing.public_key());
    return replaced;
}

std::string in_words(std::set<KeyPurpose> const& purposes) {
    std::string out;
    for (auto const purpose : purposes) out += std::string(out.empty() ? "" : ", ") + name(purpose);
    return out.empty() ? "none" : out;
}

std::string use_next_text(Keyring const& keyring) {
    assert(keyring.next);
    auto const& next = keyring.next->keys;
    auto const serial = "; key note of serial " + std::to_string(next.serial);
    if (next.void_before > keyring.void_before)
        return "former keys are void: those of key notes before serial " + std::to_string(next.void_before) + serial;
    return "keys replaced: " + in_words(purposes_replaced(keyring, next)) +
           (keyring.next->compromised ? " (compromised)" : "") + serial;
}

std::string destroy_text(Keyring const& keyring, Instant now) {
    return "former sealing keys destroyed: " + std::to_string(old_sealing_keys(keyring, now));
}

} // namespace fanlight::node
