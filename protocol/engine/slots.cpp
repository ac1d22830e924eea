#include "protocol/engine/slots.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "protocol/engine/shuffle.hpp"

#include <algorithm>
#include <functional>

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

SecretHash hash_of(Mode mode, ByteView secret) {
    auto const label = crypto::label(mode, crypto::Label::slot_secret);
    return SecretHash::make([&](MutableBytes out) { crypto::blake2b(out, secret, {as_bytes(label)}); });
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

SecretHash hash_of(Mode mode, AgencySecret const& anchor) {
    return hash_of(mode, anchor.reveal());
}

std::vector<SecretHash> hashes_for(SlotFor const& to, PersonTokens const& tokens) {
    std::vector<SecretHash> hashes;
    for (auto const place : going(to, tokens)) hashes.push_back(hash_of(to.mode, tokens.anchors[place].secret));
    for (auto const& component : tokens.components) hashes.push_back(hash_of(to.mode, component.secret.reveal()));
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    return hashes;
}

SlotCommitment commit_slot(Mode mode, SlotOpening const& opening, PersonNonce const& person,
                           std::span<SecretHash const> hashes) {
    ByteWriter body;
    body.u16(static_cast<std::uint16_t>(hashes.size()));
    for (auto const& hash : hashes) body.raw(hash.view());
    return SlotCommitment::make([&](MutableBytes out) {
        crypto::blake2b(out, opening.view(),
                        {as_bytes(crypto::label(mode, crypto::Label::slot)), person.view(), body.take()});
    });
}

Bytes encode(OpenedSlot const& opened) {
    ByteWriter writer;
    writer.u8(opened.slot).u8(opened.person);
    if (opened.person == OpenedSlot::nobody) return writer.take();
    writer.raw(opened.opening.view()).raw(opened.nonce.view()).u16(static_cast<std::uint16_t>(opened.hashes.size()));
    for (auto const& hash : opened.hashes) writer.raw(hash.view());
    return writer.take();
}

Result<OpenedSlot> decode_opened_slot(ByteView bytes) {
    constexpr auto where = "opening of a slot";
    ByteReader reader(bytes);
    OpenedSlot opened;
    opened.slot = reader.u8();
    opened.person = reader.u8();
    if (opened.person != OpenedSlot::nobody) {
        opened.opening = reader.tagged<SlotOpening>();
        opened.nonce = reader.tagged<PersonNonce>();
        for (auto left = reader.u16(); left > 0 && reader.good(); --left)
            opened.hashes.push_back(reader.tagged<SecretHash>());
    }
    if (!reader.finish(where)) return fail(Errc::malformed, where, "It is too short or too long.");
    if (opened.slot >= limits::slots) return fail(Errc::malformed, where, "There is no such slot.");
    if (opened.person != OpenedSlot::nobody && opened.person >= limits::family_people_max)
        return fail(Errc::malformed, where, "There is no such person.");
    auto const& hashes = opened.hashes;
    if (std::adjacent_find(hashes.begin(), hashes.end(), std::greater_equal<>()) != hashes.end())
        return fail(Errc::malformed, where, "Its hashes are not in order, each once.");
    return opened;
}

SlotKey key_of(Slot const& slot, std::size_t place) {
    return {slot.keys[place], slot.components[place], slot.fields[place]};
}

BuiltSlot build_slot(SlotFor const& to, PersonTokens const& tokens, PersonNonce const& person, Context const& context,
                     std::set<DayToken>& used, crypto::Random& random) {
    BuiltSlot built{{}, random.make<SlotOpening>(), {}};
    auto& slot = built.slot;
    auto const places = going(to, tokens);
    std::vector<SlotKey> keys;
    for (auto const place : places) {
        auto key = slot_key(to.mode, to.day, to.people, tokens, place, random);
        if (used.insert(key.key).second) keys.push_back(std::move(key));
    }
    fill_keys(slot, std::move(keys), random);

    built.hashes = hashes_for(to, tokens);
    slot.commitment = commit_slot(to.mode, built.opening, person, built.hashes);
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
    BuiltSlot built{{}, random.make<SlotOpening>(), {}};
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
