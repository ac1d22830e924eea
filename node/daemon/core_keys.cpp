// How the core replaces operational keys (node/daemon/key_rotation.hpp). Where a crash may come:
//
//   next keys made durable        not proposed: proposed at the next start
//   note and proposal committed   it goes from the outbox
//   entry and leaf committed      the keys are put to use at the next start: recover_keys
//   keys in use made durable      the log has still the former key's head: LogDirectory::open signs it anew

#include "node/daemon/core.hpp"

namespace fanlight::node {

namespace {

bool is_under_way(std::optional<protocol::CeremonyView> const& ceremony) {
    return ceremony && ceremony->stage != protocol::CeremonyStage::complete &&
           ceremony->stage != protocol::CeremonyStage::aborted;
}

} // namespace

Core::LinkIdentity Core::link_identity() const {
    auto const& keyring = directory_.keyring;
    auto const& tls = keyring.former_link ? keyring.former_link->tls : keyring.tls;
    return {crypto::SigningKey::from_seed(tls.reveal_seed()).assume_value(), link_certificate()};
}

Bytes const& Core::link_certificate() const {
    auto const& keyring = directory_.keyring;
    return keyring.former_link ? keyring.former_link->certificate_der : keyring.certificate_der;
}

RotationScene Core::scene() const {
    auto const& keyring = directory_.keyring;
    auto const& party = directory_.settings.party;
    auto const& registrar = node_->registrar();
    auto const& latest = in_force_.book.key_history().at(party).back();
    RotationScene scene{now(), party, latest.keys, false, true, rotation_retry_};
    if (keyring.next) {
        auto const text = protocol::key_note_text(directory_.settings.mode, public_keys(party, keyring.next->keys));
        scene.proposed = registrar.proposals().contains(protocol::agreement_id(text));
    }
    scene.everybody_has_it = parties_without_own_keys().empty();
    return scene;
}

std::vector<PartyId> Core::parties_without_own_keys() const {
    std::vector<PartyId> without;
    if (!directory_.keyring.former_link) return without;
    auto const& own = directory_.settings.party;
    auto const& registrar = node_->registrar();
    auto const& latest = in_force_.book.key_history().at(own).back();
    for (auto const& [party, keys] : in_force_.directory) {
        if (party == own || registrar.is_removed(party, now())) continue;
        auto const seen = registrar.acknowledged().find(party);
        if (seen == registrar.acknowledged().end() || seen->second.size <= latest.entry) without.push_back(party);
    }
    return without;
}

/// In place: the engines refer to them. The coordinator seals to the next sealing key from the moment that it has the
/// key note, and the news of it is the first such message.
void Core::use_message_keys() {
    auto const& keyring = directory_.keyring;
    auto const& node = keyring.former_link ? keyring.former_link->node : keyring.node;
    message_key_ = crypto::SigningKey::from_seed(node.reveal_seed()).assume_value();
    other_sealing_.clear();
    auto const open_with = [&](crypto::SealingKey const& key) {
        other_sealing_.push_back(crypto::SealingKey::from_secret(key.reveal()).assume_value());
    };
    for (auto const& former : keyring.former_sealing.keys) open_with(former);
    if (keyring.next) open_with(keyring.next->keys.sealing);
}

/// To disk before it has any effect.
Result<void> Core::keyring_changed() {
    FANLIGHT_TRY(save_keyring(directory_, random_));
    use_message_keys();
    return ok();
}

/// At the start: an entry that was stored just before a crash.
Result<void> Core::recover_keys() {
    auto& keyring = directory_.keyring;
    if (rotation_step(keyring, scene()) != RotationStep::use_next) return ok();
    use_next_keys(keyring, now(), directory_.settings.listens);
    return keyring_changed();
}

Result<void> Core::log_keys(std::string const& text) {
    protocol::Effects effects;
    protocol::LeafDraft draft(*self_, now());
    std::move(draft.add(crypto::FieldTag::text, text)).write(crypto::LeafClass::key_event, {}, effects);
    return store_->apply(effects, log_->position());
}

Result<void> Core::handle_order(Task& task, std::vector<Answered>& answered,
                                std::vector<protocol::Transmission>& outgoing) {
    bool const ceremony = is_under_way(node_->ceremony().view());
    std::optional<Error> refused;
    if (auto const fit = check_order(directory_.keyring, *task.order, ceremony); !fit) {
        refused = fit.assume_error();
    } else {
        FANLIGHT_TRY(begin_rotation(*task.order, outgoing, refused));
    }
    if (refused)
        answered.push_back({std::move(task.done), *refused});
    else
        answered.push_back({std::move(task.done), ImportCounts{}});
    return ok();
}

Result<void> Core::begin_rotation(RotationOrder const& order, std::vector<protocol::Transmission>& outgoing,
                                  std::optional<Error>& refused) {
    auto& keyring = directory_.keyring;
    FANLIGHT_TRY(auto next, next_keys(keyring, order, directory_.settings.party, now(), random_));
    keyring.next = std::move(next);
    // Before the note can leave: whoever has it believes in keys that must not be lost.
    FANLIGHT_TRY(keyring_changed());
    auto const note = signed_key_note(directory_.settings, keyring.signing, keyring.next->keys);
    auto effects = node_->step(now(), protocol::NoteProposed{note});
    if (!effects) {
        keyring.next.reset();
        refused = effects.assume_error();
        return keyring_changed();
    }
    return apply(std::move(effects).assume_value(), outgoing);
}

/// Again, after a crash or when the register did not take it. It is kept whatever the register says: somebody may have
/// the note already.
Result<void> Core::propose_next(std::vector<protocol::Transmission>& outgoing) {
    rotation_retry_ = now() + rotation_retried_every;
    auto const& keyring = directory_.keyring;
    auto const note = signed_key_note(directory_.settings, keyring.signing, keyring.next->keys);
    auto effects = node_->step(now(), protocol::NoteProposed{note});
    if (!effects) return ok();
    return apply(std::move(effects).assume_value(), outgoing);
}

/// What nobody asked for: refused, it is tried again in a while.
Result<void> Core::begin_own_rotation(RotationOrder const& order, std::vector<protocol::Transmission>& outgoing) {
    rotation_retry_ = now() + rotation_retried_every;
    std::optional<Error> refused;
    return begin_rotation(order, outgoing, refused);
}

Result<void> Core::show_new_link() {
    directory_.keyring.former_link.reset();
    return keyring_changed();
}

/// One step inside the batch's transaction. What replaces or destroys keys waits for the commit.
Result<void> Core::key_step(RotationStep step, std::vector<protocol::Transmission>& outgoing) {
    switch (step) {
    case RotationStep::none: break;
    case RotationStep::use_next: key_step_ = step; return log_keys(use_next_text(directory_.keyring));
    case RotationStep::destroy_sealing: key_step_ = step; return log_keys(destroy_text(directory_.keyring, now()));
    case RotationStep::propose: return propose_next(outgoing);
    case RotationStep::show_new_link: return show_new_link();
    case RotationStep::void_former: return begin_own_rotation({}, outgoing);
    case RotationStep::replace_sealing: return begin_own_rotation({{KeyPurpose::sealing}}, outgoing);
    case RotationStep::stop:
        return fail(Errc::wrong_key, "key note",
                    "The register has keys of this party that this node has not made. If no other node of it runs, its "
                    "signing key is in wrong hands: have the party removed.");
    }
    return ok();
}

Result<void> Core::keep_keys(std::vector<protocol::Transmission>& outgoing) {
    for (;;) {
        auto const step = rotation_step(directory_.keyring, scene());
        FANLIGHT_TRY(key_step(step, outgoing));
        if (step == RotationStep::none || key_step_) return ok();
    }
}

/// After the commit and before the log is published: no head is under a key that is not durable, and none says that
/// keys are gone which are not.
Result<void> Core::carry_out_key_steps() {
    auto const step = std::exchange(key_step_, std::nullopt);
    if (!step) return ok();
    auto& keyring = directory_.keyring;
    if (*step == RotationStep::use_next) {
        use_next_keys(keyring, now(), directory_.settings.listens);
        rotation_retry_ = {};
        publish_soon_ = true; // the head on disk is the former key's, and whoever verifies asks for the present one's
    } else {
        destroy_former_sealing(keyring, now());
    }
    return keyring_changed();
}

} // namespace fanlight::node
