#include "protocol/engine/slots.hpp"

#include "crypto/labels.hpp"
#include "protocol/engine/shuffle.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::protocol {

namespace {

Bytes random_bytes(std::size_t size, crypto::Random& random) {
    Bytes bytes(size);
    random.fill(bytes);
    return bytes;
}

/// What context and wraps are bound to, so that neither can be moved to another slot.
ByteView bound_to(SlotCommitment const& commitment) {
    return commitment.view();
}

} // namespace

SlotCommitment commit_slot(Mode mode, SlotOpening const& opening, PersonNonce const& person,
                           std::vector<AgencyAnchor> const& anchors) {
    std::vector<ByteView> values;
    for (auto const& anchor : anchors) values.push_back(anchor.secret.reveal());
    std::ranges::sort(values,
                      [](ByteView left, ByteView right) { return std::ranges::lexicographical_compare(left, right); });
    Bytes body;
    body.reserve(2 + values.size() * AgencySecret::size_bytes); // so that no copy of a secret is left behind
    append_u16(body, static_cast<std::uint16_t>(values.size()));
    for (auto const value : values) append(body, value);
    auto const commitment = SlotCommitment::make([&](MutableBytes out) {
        crypto::blake2b(out, opening.view(), {as_bytes(crypto::label(mode, crypto::Label::slot)), person.view(), body});
    });
    crypto::detail::wipe(body);
    return commitment;
}

BuiltSlot build_slot(Mode mode, Day day, std::vector<AgencyAnchor> const& anchors, PersonNonce const& person,
                     Context const& context, std::set<DayToken>& used, crypto::Random& random) {
    assert(anchors.size() <= limits::keys_per_slot);
    BuiltSlot built{{}, random.make<SlotOpening>()};
    auto& slot = built.slot;
    std::vector<DayToken> keys;
    for (auto const& anchor : anchors) {
        auto const key = day_token(mode, anchor.secret, day);
        if (used.insert(key).second) keys.push_back(key);
    }
    while (keys.size() < limits::keys_per_slot) keys.push_back(random.make<DayToken>());
    shuffle(keys, random);
    std::copy(keys.begin(), keys.end(), slot.keys.begin());

    slot.commitment = commit_slot(mode, built.opening, person, anchors);
    slot.nonce = random.make<crypto::Nonce>();
    auto const key = random.make<crypto::AeadKey>();
    slot.context = crypto::aead_seal(key, slot.nonce, bound_to(slot.commitment), encode_context(context));
    std::vector<Bytes> wraps;
    for (auto const& anchor : anchors) {
        if (!is_strong(anchor.kind) || wraps.size() == limits::wraps_per_slot) continue;
        wraps.push_back(crypto::aead_seal(context_wrap_key(mode, anchor.secret), slot.nonce, bound_to(slot.commitment),
                                          key.reveal()));
    }
    while (wraps.size() < limits::wraps_per_slot) wraps.push_back(random_bytes(Slot::wrap_bytes, random));
    shuffle(wraps, random);
    for (auto const& wrap : wraps) append(slot.wraps, wrap);
    return built;
}

BuiltSlot build_dummy_slot(crypto::Random& random) {
    BuiltSlot built{{}, random.make<SlotOpening>()};
    for (auto& key : built.slot.keys) key = random.make<DayToken>();
    built.slot.nonce = random.make<crypto::Nonce>();
    built.slot.wraps = random_bytes(limits::wraps_per_slot * Slot::wrap_bytes, random);
    built.slot.context = random_bytes(limits::context_bytes + crypto::aead_overhead_bytes, random);
    built.slot.commitment = random.make<SlotCommitment>();
    return built;
}

std::optional<Context> open_context(Mode mode, Slot const& slot, AgencySecret const& secret) {
    auto const wrap_key = context_wrap_key(mode, secret);
    for (std::size_t i = 0; i < limits::wraps_per_slot; ++i) {
        auto const wrap = ByteView(slot.wraps).subspan(i * Slot::wrap_bytes, Slot::wrap_bytes);
        auto key_bytes = crypto::aead_open(wrap_key, slot.nonce, bound_to(slot.commitment), wrap);
        if (!key_bytes) continue;
        auto const key = crypto::AeadKey::parse(key_bytes.assume_value());
        crypto::detail::wipe(key_bytes.assume_value());
        if (!key) return std::nullopt;
        auto const plain = crypto::aead_open(key.assume_value(), slot.nonce, bound_to(slot.commitment), slot.context);
        if (!plain) return std::nullopt;
        auto context = decode_context(plain.assume_value());
        return context ? std::optional(std::move(context).assume_value()) : std::nullopt;
    }
    return std::nullopt;
}

} // namespace fanlight::protocol
