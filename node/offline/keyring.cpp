#include "node/offline/keyring.hpp"

#include "base/byte_reader.hpp"
#include "crypto/hash.hpp"
#include "crypto/labels.hpp"

namespace fanlight::node {

namespace {

constexpr std::string_view node_key_magic = "FANKEY1\n";

template <class Key> Key derive(Mode mode, NodeKey const& key, crypto::Label label) {
    return Key::make(
        [&](MutableBytes out) { crypto::blake2b(out, key.reveal(), {as_bytes(crypto::label(mode, label))}); });
}

// The keyring's plain text: this many secrets of 32 bytes, then the agreement.
constexpr std::size_t secrets = 8;
constexpr std::size_t keyring_bytes = secrets * 32 + AgreementId::size_bytes;

} // namespace

StoreKey store_key(Mode mode, NodeKey const& key) {
    return derive<StoreKey>(mode, key, crypto::Label::store_key);
}

OpeningKey opening_key(Mode mode, NodeKey const& key) {
    return derive<OpeningKey>(mode, key, crypto::Label::opening_key);
}

crypto::LockedAeadKey at_rest_key(Mode mode, NodeKey const& key) {
    return derive<crypto::LockedAeadKey>(mode, key, crypto::Label::at_rest);
}

Result<Bytes> seal_node_key(Mode mode, NodeKey const& key, ByteView passphrase, crypto::PassphraseCost cost,
                            crypto::Random& random) {
    auto const salt = random.make<crypto::Salt>();
    auto const nonce = random.make<crypto::Nonce>();
    FANLIGHT_TRY(auto const wrap, crypto::key_from_passphrase(passphrase, salt, cost));
    ByteWriter out;
    out.raw(as_bytes(node_key_magic)).raw(salt.view()).u64(cost.operations).u64(cost.memory_bytes).raw(nonce.view());
    out.raw(crypto::aead_seal(wrap, nonce, as_bytes(crypto::label(mode, crypto::Label::passphrase)), key.reveal()));
    return out.take();
}

Result<NodeKey> open_node_key(Mode mode, ByteView file, ByteView passphrase) {
    constexpr auto where = "node key file";
    ByteReader in(file);
    auto const magic = in.raw(node_key_magic.size());
    auto const salt = in.tagged<crypto::Salt>();
    crypto::PassphraseCost cost;
    cost.operations = in.u64();
    cost.memory_bytes = in.u64();
    auto const nonce = in.tagged<crypto::Nonce>();
    auto const sealed = in.raw(32 + crypto::aead_overhead_bytes);
    if (!in.finish(where) || as_text(magic) != node_key_magic)
        return fail(Errc::malformed, where, "Restore node.key from a backup.");
    FANLIGHT_TRY(auto const wrap, crypto::key_from_passphrase(passphrase, salt, cost));
    auto plain = crypto::aead_open(wrap, nonce, as_bytes(crypto::label(mode, crypto::Label::passphrase)), sealed);
    if (!plain) return fail(Errc::wrong_key, where, "The passphrase is not the right one.");
    auto key = NodeKey::parse(plain.assume_value(), where);
    crypto::detail::wipe(plain.assume_value());
    return key;
}

Keyring Keyring::generate(crypto::Random& random) {
    return {crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SealingKey::generate(random),
            crypto::SealingKey::generate(random),
            random.make<protocol::SubjectKey>(),
            {}};
}

Result<Bytes> seal_keyring(Mode mode, Keyring const& keyring, NodeKey const& key, crypto::Random& random) {
    crypto::SecretBytes plain(keyring_bytes);
    auto out = plain.writable();
    auto const put = [&](ByteView bytes) {
        std::copy(bytes.begin(), bytes.end(), out.begin());
        out = out.subspan(bytes.size());
    };
    for (auto const* signing : {&keyring.signing, &keyring.node, &keyring.tls, &keyring.log, &keyring.witness})
        put(signing->reveal_seed());
    put(keyring.sealing.reveal());
    put(keyring.share_sealing.reveal());
    put(keyring.subject.reveal());
    put(keyring.agreement.view());
    auto const nonce = random.make<crypto::Nonce>();
    auto const wrap = derive<crypto::AeadKey>(mode, key, crypto::Label::keyring_key);
    Bytes file = to_bytes(nonce.view());
    append(file,
           crypto::aead_seal(wrap, nonce, as_bytes(crypto::label(mode, crypto::Label::keyring_key)), plain.reveal()));
    return file;
}

Result<Keyring> open_keyring(Mode mode, ByteView file, NodeKey const& key) {
    constexpr auto where = "keyring";
    if (file.size() != crypto::Nonce::size_bytes + keyring_bytes + crypto::aead_overhead_bytes)
        return fail(Errc::malformed, where, "Restore the data directory from a backup.");
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(file.first(crypto::Nonce::size_bytes)));
    auto const wrap = derive<crypto::AeadKey>(mode, key, crypto::Label::keyring_key);
    auto plain = crypto::aead_open(wrap, nonce, as_bytes(crypto::label(mode, crypto::Label::keyring_key)),
                                   file.subspan(crypto::Nonce::size_bytes));
    if (!plain) return fail(Errc::wrong_key, where, "The node key is not the one this data directory was made with.");
    auto& bytes = plain.assume_value();
    struct Wipe {
        Bytes& what;
        ~Wipe() { crypto::detail::wipe(what); }
    } const wipe{bytes};
    auto const secret = [&](std::size_t i) { return ByteView(bytes).subspan(i * 32, 32); };
    FANLIGHT_TRY(auto signing, crypto::SigningKey::from_seed(secret(0)));
    FANLIGHT_TRY(auto node, crypto::SigningKey::from_seed(secret(1)));
    FANLIGHT_TRY(auto tls, crypto::SigningKey::from_seed(secret(2)));
    FANLIGHT_TRY(auto log, crypto::SigningKey::from_seed(secret(3)));
    FANLIGHT_TRY(auto witness, crypto::SigningKey::from_seed(secret(4)));
    FANLIGHT_TRY(auto sealing, crypto::SealingKey::from_secret(secret(5)));
    FANLIGHT_TRY(auto share_sealing, crypto::SealingKey::from_secret(secret(6)));
    FANLIGHT_TRY(auto subject, protocol::SubjectKey::parse(secret(7)));
    FANLIGHT_TRY(auto const agreement, AgreementId::parse(ByteView(bytes).subspan(secrets * 32)));
    return Keyring{std::move(signing), std::move(node),          std::move(tls),     std::move(log), std::move(witness),
                   std::move(sealing), std::move(share_sealing), std::move(subject), agreement};
}

} // namespace fanlight::node
