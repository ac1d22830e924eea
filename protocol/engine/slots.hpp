#pragma once
// The 16 slots of a query: building them at the coordinator, opening their context at an agency (docs/protocol.md).

#include "protocol/engine/matching.hpp"
#include "protocol/engine/self.hpp"

#include <set>

namespace fanlight::protocol {

using PersonNonce = Tagged<struct PersonNonceTag, 16>; ///< the same for one person in all slots of a case
using SlotOpening = Tagged<struct SlotOpeningTag, 32>; ///< opens a slot's commitment at audit
/// BLAKE2b-128(key = S_A or component secret, ".../secret-of-slot"). The secrets are random to whoever has not
/// computed them, so their hashes may be kept where the secrets are not.
using SecretHash = Tagged<struct SecretHashTag, 16>;

struct BuiltSlot {
    Slot slot;
    SlotOpening opening;
    std::vector<SecretHash> hashes; ///< none in a slot about nobody
};

/// To whom a slot goes, and when.
struct SlotFor {
    Mode mode;
    Day day;
    std::uint32_t people; ///< that the asked party declares: the anchors that do not go to so many are left out
};

/// A person's slot for one agency. Keys, each with its components and field bits, are shuffled and filled up with
/// random dummies; a day token that is in `used` (of this query's other slots) becomes a dummy with everything that
/// belongs to it, so that no value occurs twice in a query. Adds its own to `used`. At most limits::keys_per_slot, the
/// first of those that go. The context is wrapped for each strong anchor, at most limits::wraps_per_slot; the other
/// wraps are random.
BuiltSlot build_slot(SlotFor const& to, PersonTokens const& tokens, PersonNonce const& person, Context const& context,
                     std::set<DayToken>& used, crypto::Random& random);
/// A slot about nobody, not to be told from the other kind.
BuiltSlot build_dummy_slot(crypto::Random& random);

SecretHash hash_of(Mode mode, AgencySecret const& anchor);
/// In order, each once: of the anchors that go to the party, and of every component.
std::vector<SecretHash> hashes_for(SlotFor const& to, PersonTokens const& tokens);
/// BLAKE2b-256(key = opening, ".../slot" || person nonce || u16 count || hashes).
SlotCommitment commit_slot(Mode mode, SlotOpening const& opening, PersonNonce const& person,
                           std::span<SecretHash const> hashes);

/// What the asker's log keeps of a slot, so that its commitment can be opened at audit.
struct OpenedSlot {
    static constexpr std::uint8_t nobody = 0xFF;

    std::uint8_t slot = 0;
    std::uint8_t person = nobody; ///< by the place in the form, from 0
    SlotOpening opening;          ///< this and the rest: only if the slot is about somebody
    PersonNonce nonce;
    std::vector<SecretHash> hashes;
};
/// u8 slot || u8 person, 0xff nobody; of somebody also opening || nonce || u16 n || n hashes. One encoding.
Bytes encode(OpenedSlot const& opened);
/// Errc::malformed, also if hashes are not in order, each once.
Result<OpenedSlot> decode_opened_slot(ByteView bytes);

/// One key of a slot with what goes with it.
SlotKey key_of(Slot const& slot, std::size_t place);

/// The context, if `secret` is of a strong anchor that this slot's context was wrapped for.
std::optional<Context> open_context(Mode mode, Slot const& slot, AgencySecret const& secret);

} // namespace fanlight::protocol
