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

constexpr std::string_view keyring_magic = "FANRING2";

// The first form: this many secrets of 32 bytes, then the agreement.
constexpr std::size_t first_form_secrets = 8;
constexpr std::size_t first_form_bytes =
    crypto::Nonce::size_bytes + first_form_secrets * 32 + AgreementId::size_bytes + crypto::aead_overhead_bytes;
constexpr std::size_t certificate_bytes_max = 16 * 1024;

} // namespace

StoreKey store_key(Mode mode, NodeKey const& key) {
    return derive<StoreKey>(mode, key, crypto::Label::store_key);
}

OpeningKey opening_key(Mode mode, NodeKey const& key) {
    return derive<OpeningKey>(mode, key, crypto::Label::opening_key);
}

WrapKey wrap_key(Mode mode, NodeKey const& key) {
    return derive<WrapKey>(mode, key, crypto::Label::wrap_key);
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

OperationalSecrets OperationalSecrets::generate(crypto::Random& random) {
    return {1,
            0,
            crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SigningKey::generate(random),
            crypto::SealingKey::generate(random),
            crypto::SealingKey::generate(random),
            {}};
}

OperationalSecrets OperationalSecrets::copy() const {
    auto const again = [](crypto::SigningKey const& key) {
        return crypto::SigningKey::from_seed(key.reveal_seed()).assume_value();
    };
    auto const sealing_again = [](crypto::SealingKey const& key) {
        return crypto::SealingKey::from_secret(key.reveal()).assume_value();
    };
    return {serial,
            void_before,
            again(node),
            again(tls),
            again(log),
            again(witness),
            sealing_again(sealing),
            sealing_again(share_sealing),
            certificate_der};
}

protocol::OperationalKeys public_keys(PartyId const& party, OperationalSecrets const& secrets) {
    return {party,
            secrets.serial,
            secrets.node.verify_key(),
            crypto::sha256({secrets.certificate_der}),
            secrets.log.verify_key(),
            secrets.witness.verify_key(),
            secrets.sealing.public_key(),
            secrets.share_sealing.public_key(),
            secrets.void_before};
}

Keyring Keyring::generate(crypto::Random& random) {
    auto keys = OperationalSecrets::generate(random);
    return {std::move(keys),
            crypto::SigningKey::generate(random),
            random.make<protocol::SubjectKey>(),
            {},
            {},
            std::nullopt,
            0,
            {},
            std::nullopt,
            std::nullopt};
}

namespace {

/// Writes into locked pages of a size that was counted by the same calls before.
class SecretWriter {
  public:
    explicit SecretWriter(MutableBytes out) : out_(out), counting_(false) {}
    SecretWriter() = default; ///< only counts

    std::size_t size() const { return size_; }
    void raw(ByteView bytes) {
        if (!counting_) std::copy(bytes.begin(), bytes.end(), out_.subspan(size_).begin());
        size_ += bytes.size();
    }
    void number(std::uint64_t value) { raw(ByteWriter().u64(value).take()); } // none of these is a secret
    void flag(bool value) { number(value ? 1 : 0); }
    void blob(ByteView bytes) {
        number(bytes.size());
        raw(bytes);
    }
    void keys(OperationalSecrets const& keys) {
        number(keys.serial);
        number(keys.void_before);
        for (auto const* signing : {&keys.node, &keys.tls, &keys.log, &keys.witness}) raw(signing->reveal_seed());
        raw(keys.sealing.reveal());
        raw(keys.share_sealing.reveal());
        blob(keys.certificate_der);
    }
    void keyring(Keyring const& keyring) {
        raw(keyring.signing.reveal_seed());
        raw(keyring.subject.reveal());
        raw(keyring.agreement.view());
        keys(keyring);
        number(to_wire(keyring.sealing_since));
        flag(keyring.next.has_value());
        if (keyring.next) {
            keys(keyring.next->keys);
            flag(keyring.next->compromised);
        }
        number(keyring.void_due);
        number(keyring.former_sealing.keys.size());
        for (std::size_t i = 0; i < keyring.former_sealing.keys.size(); ++i) {
            raw(keyring.former_sealing.keys[i].reveal());
            number(to_wire(keyring.former_sealing.replaced_at[i]));
        }
        flag(keyring.former_log.has_value());
        if (keyring.former_log) raw(keyring.former_log->view());
        flag(keyring.former_link.has_value());
        if (keyring.former_link) {
            raw(keyring.former_link->node.reveal_seed());
            raw(keyring.former_link->tls.reveal_seed());
            blob(keyring.former_link->certificate_der);
            number(to_wire(keyring.former_link->replaced_at));
        }
    }

  private:
    MutableBytes out_;
    std::size_t size_ = 0;
    bool counting_ = true;
};

constexpr auto keyring_where = "keyring";

/// Reads what SecretWriter wrote. Anything impossible is an error at once: no key is made of bytes that are not there.
class SecretReader {
  public:
    explicit SecretReader(ByteView plain) : in_(plain) {}

    Result<crypto::SigningKey> signing() { return crypto::SigningKey::from_seed(in_.raw(32)); }
    Result<crypto::SealingKey> sealing() { return crypto::SealingKey::from_secret(in_.raw(32)); }
    Result<protocol::SubjectKey> subject() { return protocol::SubjectKey::parse(in_.raw(32), keyring_where); }
    template <class T> T tagged() { return in_.tagged<T>(); }
    bool flag() { return number(1) == 1; }
    Instant instant() { return from_wire(in_.u64()); }
    std::uint64_t number(std::uint64_t max) {
        auto const value = in_.u64();
        if (value > max) in_.spoil();
        return in_.good() ? value : 0;
    }
    std::uint32_t serial() { return static_cast<std::uint32_t>(number(0xFFFFFFFFU)); }
    Bytes certificate() { return to_bytes(in_.raw(number(certificate_bytes_max))); }
    Result<OperationalSecrets> keys() {
        auto const number_of_note = serial();
        auto const void_before = serial();
        FANLIGHT_TRY(auto node, signing());
        FANLIGHT_TRY(auto tls, signing());
        FANLIGHT_TRY(auto log, signing());
        FANLIGHT_TRY(auto witness, signing());
        FANLIGHT_TRY(auto seal, sealing());
        FANLIGHT_TRY(auto share_seal, sealing());
        return OperationalSecrets{number_of_note,  void_before,           std::move(node),
                                  std::move(tls),  std::move(log),        std::move(witness),
                                  std::move(seal), std::move(share_seal), certificate()};
    }
    Result<void> finish() const {
        if (in_.finish(keyring_where)) return ok();
        return fail(Errc::malformed, keyring_where, "It is of a newer release of Fanlight.");
    }

  private:
    ByteReader in_;
};

Result<void> read_former(SecretReader& in, Keyring& keyring) {
    constexpr std::uint64_t former_max = 1'000; // in use for a week each, kept for two: a handful
    for (auto left = in.number(former_max); left > 0; --left) {
        FANLIGHT_TRY(auto key, in.sealing());
        keyring.former_sealing.keys.push_back(std::move(key));
        keyring.former_sealing.replaced_at.push_back(in.instant());
    }
    if (in.flag()) keyring.former_log = in.tagged<crypto::VerifyKey>();
    if (in.flag()) {
        FANLIGHT_TRY(auto node, in.signing());
        FANLIGHT_TRY(auto tls, in.signing());
        auto certificate = in.certificate();
        auto const replaced_at = in.instant();
        keyring.former_link = FormerLink{std::move(node), std::move(tls), std::move(certificate), replaced_at};
    }
    return ok();
}

Result<Keyring> read_keyring(ByteView plain) {
    SecretReader in(plain);
    FANLIGHT_TRY(auto signing, in.signing());
    FANLIGHT_TRY(auto subject, in.subject());
    auto const agreement = in.tagged<AgreementId>();
    FANLIGHT_TRY(auto keys, in.keys());
    Keyring keyring{std::move(keys), std::move(signing), std::move(subject), agreement, {}, std::nullopt, 0, {},
                    std::nullopt,    std::nullopt};
    keyring.sealing_since = in.instant();
    if (in.flag()) {
        FANLIGHT_TRY(auto next, in.keys());
        auto const compromised = in.flag();
        keyring.next = NextKeys{std::move(next), compromised};
    }
    keyring.void_due = in.serial();
    FANLIGHT_TRY(read_former(in, keyring));
    FANLIGHT_TRY(in.finish());
    return keyring;
}

/// As releases before key rotation wrote it: signing, node, TLS, log, witness, sealing, share sealing, subject.
Result<Keyring> read_first_form(ByteView plain) {
    SecretReader in(plain);
    FANLIGHT_TRY(auto signing, in.signing());
    FANLIGHT_TRY(auto node, in.signing());
    FANLIGHT_TRY(auto tls, in.signing());
    FANLIGHT_TRY(auto log, in.signing());
    FANLIGHT_TRY(auto witness, in.signing());
    FANLIGHT_TRY(auto sealing, in.sealing());
    FANLIGHT_TRY(auto share_sealing, in.sealing());
    FANLIGHT_TRY(auto subject, in.subject());
    auto const agreement = in.tagged<AgreementId>();
    FANLIGHT_TRY(in.finish());
    OperationalSecrets keys{1,
                            0,
                            std::move(node),
                            std::move(tls),
                            std::move(log),
                            std::move(witness),
                            std::move(sealing),
                            std::move(share_sealing),
                            {}};
    return Keyring{std::move(keys), std::move(signing), std::move(subject), agreement, {}, std::nullopt, 0, {},
                   std::nullopt,    std::nullopt};
}

/// What the cipher text is bound to: another form of the file is never read as this one.
Bytes associated_data(Mode mode, std::string_view magic) {
    auto bytes = to_bytes(as_bytes(crypto::label(mode, crypto::Label::keyring_key)));
    append(bytes, as_bytes(magic));
    return bytes;
}

} // namespace

Result<Bytes> seal_keyring(Mode mode, Keyring const& keyring, NodeKey const& key, crypto::Random& random) {
    SecretWriter counted;
    counted.keyring(keyring);
    crypto::SecretBytes plain(counted.size());
    SecretWriter(plain.writable()).keyring(keyring);
    auto const nonce = random.make<crypto::Nonce>();
    auto const wrap = derive<crypto::AeadKey>(mode, key, crypto::Label::keyring_key);
    auto file = to_bytes(as_bytes(keyring_magic));
    append(file, nonce.view());
    append(file, crypto::aead_seal(wrap, nonce, associated_data(mode, keyring_magic), plain.reveal()));
    return file;
}

Result<Keyring> open_keyring(Mode mode, ByteView file, NodeKey const& key) {
    bool const first_form = file.size() == first_form_bytes;
    auto const magic = first_form ? std::string_view() : keyring_magic;
    if (file.size() < magic.size() + crypto::Nonce::size_bytes || as_text(file.first(magic.size())) != magic)
        return fail(Errc::malformed, keyring_where, "Restore the data directory from a backup.");
    auto const rest = file.subspan(magic.size());
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(rest.first(crypto::Nonce::size_bytes)));
    auto const wrap = derive<crypto::AeadKey>(mode, key, crypto::Label::keyring_key);
    auto plain = crypto::aead_open(wrap, nonce, associated_data(mode, magic), rest.subspan(crypto::Nonce::size_bytes));
    if (!plain)
        return fail(Errc::wrong_key, keyring_where,
                    "The node key is not the one this data directory was made with, or the file is damaged: restore it "
                    "from the backup.");
    auto& bytes = plain.assume_value();
    struct Wipe {
        Bytes& what;
        ~Wipe() { crypto::detail::wipe(what); }
    } const wipe{bytes};
    return first_form ? read_first_form(bytes) : read_keyring(bytes);
}

} // namespace fanlight::node
