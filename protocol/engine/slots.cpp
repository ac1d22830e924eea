#include "protocol/engine/slots.hpp"

#include "crypto/labels.hpp"
#include "protocol/engine/shuffle.hpp"

#include <algorithm>

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

/// Places of the anchors that go to this party.
std::vector<std::size_t> going(SlotFor const& to, PersonTokens const& tokens) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < tokens.anchors.size() && places.size() < limits::keys_per_slot; ++i)
        if (goes_to(tokens.anchors[i].kind, to.people)) places.push_back(i);
    return places;
}

void append_sorted(Bytes& out, std::vector<ByteView> values) {
    std::ranges::sort(values,
                      [](ByteView left, ByteView right) { return std::ranges::lexicographical_compare(left, right); });
    append_u16(out, static_cast<std::uint16_t>(values.size()));
    for (auto const value : values) append(out, value);
}

void fill_keys(Slot& slot, std::vector<SlotKey> keys, crypto::Random& random) {
    while (keys.size() < limits::keys_per_slot) keys.push_back(dummy_slot_key(random));
    shuffle(keys, random);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        slot.keys[i] = keys[i].key;
        slot.components[i] = keys[i].components;
        slot.fields[i] = keys[i].fields;
    }
}

} // namespace

SlotCommitment commit_slot(SlotFor const& to, SlotOpening const& opening, PersonNonce const& person,
                           PersonTokens const& tokens) {
    std::vector<ByteView> anchors;
    std::vector<ByteView> components;
    for (auto const place : going(to, tokens)) anchors.push_back(tokens.anchors[place].secret.reveal());
    for (auto const& component : tokens.components) components.push_back(component.secret.reveal());
    Bytes body;
    // At once, so that no copy of a secret is left behind.
    body.reserve(2 + anchors.size() * AgencySecret::size_bytes + 2 + components.size() * ComponentSecret::size_bytes);
    append_sorted(body, std::move(anchors));
    append_sorted(body, std::move(components));
    auto const commitment = SlotCommitment::make([&](MutableBytes out) {
        crypto::blake2b(out, opening.view(),
                        {as_bytes(crypto::label(to.mode, crypto::Label::slot)), person.view(), body});
    });
    crypto::detail::wipe(body);
    return commitment;
}

SlotKey key_of(Slot const& slot, std::size_t place) {
    return {slot.keys[place], slot.components[place], slot.fields[place]};
}

BuiltSlot build_slot(SlotFor const& to, PersonTokens const& tokens, PersonNonce const& person, Context const& context,
                     std::set<DayToken>& used, crypto::Random& random) {
    BuiltSlot built{{}, random.make<SlotOpening>()};
    auto& slot = built.slot;
    auto const places = going(to, tokens);
    std::vector<SlotKey> keys;
    for (auto const place : places) {
        auto key = slot_key(to.mode, to.day, to.people, tokens, place, random);
        if (used.insert(key.key).second) keys.push_back(std::move(key));
    }
    fill_keys(slot, std::move(keys), random);

    slot.commitment = commit_slot(to, built.opening, person, tokens);
    slot.nonce = random.make<crypto::Nonce>();
    auto const key = random.make<crypto::AeadKey>();
    slot.context = crypto::aead_seal(key, slot.nonce, bound_to(slot.commitment), encode_context(context));
    std::vector<Bytes> wraps;
    for (auto const place : places) {
        auto const& anchor = tokens.anchors[place];
        if (!is_strong(anchor.kind) || wraps.size() == limits::wraps_per_slot) continue;
        wraps.push_back(crypto::aead_seal(context_wrap_key(to.mode, anchor.secret), slot.nonce,
                                          bound_to(slot.commitment), key.reveal()));
    }
    while (wraps.size() < limits::wraps_per_slot) wraps.push_back(random_bytes(Slot::wrap_bytes, random));
    shuffle(wraps, random);
    for (auto const& wrap : wraps) append(slot.wraps, wrap);
    return built;
}

BuiltSlot build_dummy_slot(crypto::Random& random) {
    BuiltSlot built{{}, random.make<SlotOpening>()};
    fill_keys(built.slot, {}, random);
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
