#include "protocol/engine/epochs.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>
#include <utility>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

constexpr auto where = "key certificate";

Bytes const& newest_key() {
    static Bytes const key{1};
    return key;
}
Bytes epoch_key(std::uint32_t epoch) {
    return ByteWriter().u8(2).u32(epoch).take();
}

LeafDraft key_event(Self const& self, Instant now, char const* text, std::uint32_t epoch) {
    LeafDraft draft(self, now);
    draft.add(FieldTag::text, text).number(FieldTag::count, epoch);
    return draft;
}

/// A reshare moves the key that is there. Numbers may be left out: those of ceremonies that were aborted after somebody
/// had signed, and those that a node missed while it was away. That the dealers held shares of the sharing before is
/// checked by everybody who signs.
Result<void> check_follows(KeyCertificate const& before, KeyCertificate const& next) {
    if (next.sharing < before.sharing)
        return fail(Errc::refused, where, "It is older than the sharing of the key that is in use.");
    if (next.group != before.group)
        return fail(Errc::refused, where, "It shares another key than the one of its epoch.");
    return ok();
}

Result<void> check_share(Self const& self, KeyCertificate const& certificate, crypto::OprfKey const& share) {
    auto const index = certificate.share_index(self.party);
    if (!index || crypto::public_of(share) != certificate.holder_public[*index - 1U])
        return fail(Errc::wrong_key, "key share", "It does not belong to the public key in the certificate.");
    return ok();
}

} // namespace

char const* name(EpochStage stage) {
    switch (stage) {
    case EpochStage::preparing: return "preparing";
    case EpochStage::open: return "open";
    case EpochStage::closing: return "closing";
    }
    return "unknown";
}

namespace {
/// Under the version that it names, whether or not that is still in force.
Result<KeyCertificate> open_under_its_version(Self const& self, std::string_view note) {
    FANLIGHT_TRY(auto const id, agreement_of_certificate(note));
    auto const* version = self.version(id);
    if (version == nullptr)
        return fail(Errc::version_mismatch, where, "It was made under an agreement that is not known here.");
    return open_key_certificate(*version, note);
}
} // namespace

Result<KeyCertificate> open_certificate(Self const& self, std::string_view note) {
    FANLIGHT_TRY(auto certificate, open_under_its_version(self, note));
    if (certificate.agreement != self.agreement.id) {
        FANLIGHT_TRY(check_allowed(self.agreement, certificate));
    }
    return certificate;
}

void Epochs::agreement_changed(Instant now, Effects& effects) {
    std::vector<std::pair<std::uint32_t, PartyId>> gone;
    for (auto const& [number, epoch] : epochs_)
        for (auto const& holder : epoch.keys().holders)
            if (!self_.agreement.may_hold_share(holder)) gone.emplace_back(number, holder);
    for (auto const& [number, holder] : gone)
        exclude(now, number, holder, "the agreement does not let it hold a share any more", effects);
}

Result<void> Epochs::accept(Instant now, std::string_view note, std::optional<crypto::OprfKey> share,
                            Effects& effects) {
    auto taken = take(now, note, std::move(share), effects);
    if (!taken) {
        LeafDraft draft(self_, now);
        draft.add(FieldTag::reason, "key certificate refused").add(FieldTag::text, taken.assume_error().mend);
        draft.add(FieldTag::message_hash, crypto::sha256({as_bytes(note)}).view());
        std::move(draft).write(LeafClass::refusal, {}, effects);
    }
    return taken;
}

Result<void> Epochs::take(Instant now, std::string_view note, std::optional<crypto::OprfKey> share, Effects& effects) {
    FANLIGHT_TRY(auto certificate, open_certificate(self_, note));
    if (share) {
        FANLIGHT_TRY(check_share(self_, certificate, *share));
    }
    auto const number = certificate.epoch;
    auto const found = epochs_.find(number);
    if (found == epochs_.end()) {
        if (number <= newest_ && !missed(number))
            return fail(Errc::refused, where, "Its epoch is over, or older than one that is known.");
        add_epoch(now, std::move(certificate), note, std::move(share), effects);
        return ok();
    }
    auto& epoch = found->second;
    for (auto& sharing : epoch.sharings) {
        if (sharing.certificate.sharing != certificate.sharing) continue;
        if (key_certificate_text(self_.agreement, sharing.certificate) !=
            key_certificate_text(self_.agreement, certificate))
            return fail(Errc::refused, where,
                        "There is another certificate for the same epoch and sharing: its signers signed two.");
        if (share && !sharing.share) {
            sharing.share = std::move(share);
            save(epoch, effects);
        }
        return ok();
    }
    FANLIGHT_TRY(check_follows(epoch.keys(), certificate));
    epoch.sharings.back().replaced_at = now;
    epoch.sharings.push_back({std::move(certificate), std::string(note), std::move(share), {}});
    epoch.excluded.clear();
    key_event(self_, now, "the identity key is shared anew", number).write(LeafClass::key_event, {}, effects);
    save(epoch, effects);
    return ok();
}

void Epochs::add_epoch(Instant now, KeyCertificate certificate, std::string_view note,
                       std::optional<crypto::OprfKey> share, Effects& effects) {
    for (auto& [other_number, other] : epochs_) { // one that never opened gives way
        if (other.stage != EpochStage::preparing || other_number > certificate.epoch) continue;
        other.stage = EpochStage::closing;
        other.since = now;
        save(other, effects);
    }
    auto const number = certificate.epoch;
    auto const print = fingerprint(self_.agreement, certificate);
    Epoch epoch{number, EpochStage::preparing, now, {}, {}};
    epoch.sharings.push_back({std::move(certificate), std::string(note), std::move(share), {}});
    auto const& stored = epochs_.emplace(number, std::move(epoch)).first->second;
    newest_ = std::max(newest_, number);
    effects.put(Space::epochs, newest_key(), ByteWriter().u32(newest_).take());
    auto draft = key_event(self_, now, "a new epoch of the identity key is being prepared", number);
    draft.add(FieldTag::message_hash, print.view());
    std::move(draft).write(LeafClass::key_event, {}, effects);
    save(stored, effects);
}

/// Whether an epoch that we do not have, though we have a newer one, can be one that we never heard of: nothing newer
/// than it has opened here, and we know of none that came before it and is over.
bool Epochs::missed(std::uint32_t number) const {
    return !epochs_.empty() && epochs_.rbegin()->first > number && std::ranges::all_of(epochs_, [&](auto const& entry) {
        return entry.first < number || entry.second.stage == EpochStage::preparing;
    });
}

bool Epochs::open(Instant now, std::uint32_t number, Effects& effects) {
    auto const found = epochs_.find(number);
    if (found == epochs_.end()) return false;
    // One that gave way to a newer one here may have been opened by the coordinator before it heard of that. One that
    // was open is always older than the one that is open now.
    auto const* now_open = std::as_const(*this).open();
    bool const gave_way =
        found->second.stage == EpochStage::closing && (now_open == nullptr || now_open->number < number);
    if (found->second.stage != EpochStage::preparing && !gave_way) return false;
    for (auto& [other_number, other] : epochs_) {
        bool const overtaken = other.stage == EpochStage::preparing && other_number < number;
        if (other.stage != EpochStage::open && !overtaken) continue;
        other.stage = EpochStage::closing;
        other.since = now;
        save(other, effects);
    }
    found->second.stage = EpochStage::open;
    found->second.since = now;
    key_event(self_, now, "the epoch is open", number).write(LeafClass::key_event, {}, effects);
    save(found->second, effects);
    return true;
}

void Epochs::exclude(Instant now, std::uint32_t number, PartyId const& holder, std::string const& why,
                     Effects& effects) {
    auto const found = epochs_.find(number);
    if (found == epochs_.end() || !found->second.excluded.emplace(holder, why).second) return;
    auto draft = key_event(self_, now, "a key holder is not asked any more in this epoch", number);
    draft.add(FieldTag::peer, holder.text()).add(FieldTag::reason, why);
    std::move(draft).write(LeafClass::key_event, {}, effects);
    save(found->second, effects);
}

Epoch const* Epochs::open() const {
    auto const found =
        std::ranges::find_if(epochs_, [](auto const& entry) { return entry.second.stage == EpochStage::open; });
    return found == epochs_.end() ? nullptr : &found->second;
}

Epoch const* Epochs::preparing() const {
    auto const found = std::find_if(epochs_.rbegin(), epochs_.rend(),
                                    [](auto const& entry) { return entry.second.stage == EpochStage::preparing; });
    return found == epochs_.rend() ? nullptr : &found->second;
}

Epoch const* Epochs::find(std::uint32_t epoch) const {
    auto const found = epochs_.find(epoch);
    return found == epochs_.end() ? nullptr : &found->second;
}

Sharing const* Epochs::find(std::uint32_t number, std::uint32_t sharing) const {
    auto const* epoch = find(number);
    if (epoch == nullptr) return nullptr;
    auto const found = std::ranges::find_if(
        epoch->sharings, [&](auto const& candidate) { return candidate.certificate.sharing == sharing; });
    return found == epoch->sharings.end() ? nullptr : &*found;
}

std::vector<std::uint32_t> Epochs::wake(Instant now, Effects& effects) {
    std::vector<std::uint32_t> gone;
    for (auto entry = epochs_.begin(); entry != epochs_.end();) {
        auto& [number, epoch] = *entry;
        if (epoch.stage == EpochStage::closing && epoch.since + limits::old_keys_kept <= now) {
            key_event(self_, now, "the epoch is destroyed: its shares, tokens and indexes here", number)
                .write(LeafClass::key_event, {}, effects);
            effects.erase(Space::epochs, epoch_key(number));
            gone.push_back(number);
            entry = epochs_.erase(entry);
            continue;
        }
        auto const old = std::erase_if(epoch.sharings, [&](Sharing const& sharing) {
            return sharing.replaced_at != Instant{} && sharing.replaced_at + limits::old_keys_kept <= now;
        });
        if (old != 0) {
            key_event(self_, now, "shares that were replaced are destroyed", number)
                .write(LeafClass::key_event, {}, effects);
            save(epoch, effects);
        }
        ++entry;
    }
    return gone;
}

std::optional<Instant> Epochs::next_wake() const {
    std::optional<Instant> soonest;
    auto const consider = [&](Instant since) {
        auto const at = since + limits::old_keys_kept;
        if (!soonest || at < *soonest) soonest = at;
    };
    for (auto const& [number, epoch] : epochs_) {
        if (epoch.stage == EpochStage::closing) consider(epoch.since);
        for (auto const& sharing : epoch.sharings)
            if (sharing.replaced_at != Instant{}) consider(sharing.replaced_at);
    }
    return soonest;
}

void Epochs::save(Epoch const& epoch, Effects& effects) const {
    ByteWriter out;
    out.number(epoch.stage).instant(epoch.since).u32(static_cast<std::uint32_t>(epoch.sharings.size()));
    for (auto const& sharing : epoch.sharings) {
        out.text(sharing.note).instant(sharing.replaced_at).flag(sharing.share.has_value());
        if (sharing.share) out.blob(seal_at_rest(self_, sharing.share->reveal()));
    }
    out.u32(static_cast<std::uint32_t>(epoch.excluded.size()));
    for (auto const& [holder, why] : epoch.excluded) out.text(holder.text()).text(why);
    effects.put(Space::epochs, epoch_key(epoch.number), out.take());
}

Result<void> Epochs::restore(ByteView key, ByteView value) {
    constexpr auto stored = "stored epoch";
    ByteReader in(value);
    if (std::ranges::equal(key, newest_key())) {
        newest_ = in.u32();
        return in.finish(stored);
    }
    ByteReader name(key);
    bool const is_epoch = name.u8() == 2;
    Epoch epoch;
    epoch.number = name.u32();
    FANLIGHT_TRY(name.finish(stored));
    if (!is_epoch) return fail(Errc::damaged, stored);
    epoch.stage = in.number(EpochStage::closing);
    epoch.since = in.instant();
    for (auto left = in.count(); left != 0 && in.good(); --left) {
        auto const note = in.text();
        auto const replaced_at = in.instant();
        std::optional<crypto::OprfKey> share;
        if (in.flag()) {
            FANLIGHT_TRY(auto const plain, open_at_rest(self_, in.blob()));
            FANLIGHT_TRY(share, crypto::parse_oprf_key(plain.reveal()));
        }
        FANLIGHT_TRY(auto certificate, open_under_its_version(self_, note));
        epoch.sharings.push_back({std::move(certificate), note, std::move(share), replaced_at});
    }
    for (auto left = in.count(); left != 0 && in.good(); --left) {
        auto const holder_text = in.text();
        auto const why = in.text();
        FANLIGHT_TRY(auto holder, PartyId::parse(holder_text));
        epoch.excluded.emplace(std::move(holder), why);
    }
    FANLIGHT_TRY(in.finish(stored));
    if (epoch.sharings.empty() || static_cast<std::uint8_t>(epoch.stage) == 0) return fail(Errc::damaged, stored);
    epochs_.emplace(epoch.number, std::move(epoch));
    return ok();
}

} // namespace fanlight::protocol
