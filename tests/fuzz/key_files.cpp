// The files of keys and settings in a data directory. A changed byte is noticed wherever it stands; what was sealed
// opens to the same keys; settings are read as they were written. The first byte says which.

#include "base/byte_reader.hpp"
#include "crypto/hash.hpp"
#include "crypto/labels.hpp"
#include "node/offline/keyring.hpp"
#include "node/offline/officer_key.hpp"
#include "node/offline/settings_file.hpp"
#include "oracle.hpp"
#include "policy/text.hpp"

using namespace fanlight;
using namespace fanlight::node;
using fuzz::require;

namespace {

constexpr crypto::PassphraseCost cheap{1, 8192};
constexpr std::string_view passphrase = "correct horse";

NodeKey node_key() {
    return NodeKey::parse(crypto::sha256({as_bytes("node key")}).view()).value();
}

/// Pairs of a place, two bytes, and a mask; then the size, if there is a byte left. Whether anything is other now.
bool change(Bytes& bytes, fuzz::Input& input) {
    auto const before = bytes;
    for (auto left = input.u8() % 8U; left != 0; --left) {
        auto const place = input.u16() % bytes.size();
        bytes[place] ^= input.u8();
    }
    if (auto const shorter = input.u8() % 64U; shorter > 48U) {
        auto const gone = std::min<std::size_t>(shorter - 48U, bytes.size());
        bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(gone), bytes.end());
    }
    return bytes != before;
}

/// Costs that a test has no time for stand in a file only if it was changed to say so.
bool costs_little(ByteView file, std::size_t at) {
    if (file.size() < at + 16) return true;
    ByteReader in(file.subspan(at, 16));
    return in.u64() <= 2 && in.u64() <= 1024 * 1024;
}

void try_node_key(fuzz::Input input) {
    static auto const file = [] {
        crypto::SeededRandom random(1);
        return seal_node_key(Mode::practice, node_key(), as_bytes(passphrase), cheap, random).value();
    }();
    constexpr std::size_t costs_at = 8 + crypto::Salt::size_bytes;
    auto bytes = file;
    auto const changed = change(bytes, input);
    if (!costs_little(bytes, costs_at)) return;
    auto const opened = open_node_key(Mode::practice, bytes, as_bytes(passphrase));
    if (opened) {
        // Argon2 counts memory in KiB: what a file says beyond a whole one changes nothing.
        if (changed)
            bytes[costs_at + 14] = file[costs_at + 14] ^ ((bytes[costs_at + 14] ^ file[costs_at + 14]) & 0xFCU);
        if (changed) bytes[costs_at + 15] = file[costs_at + 15];
        return require(bytes == file && fuzz::same(opened.assume_value().reveal(), node_key().reveal()));
    }
    require(changed);
    fuzz::check_error(opened.error(), bytes);
    auto const any = input.rest();
    if (costs_little(any, costs_at)) require(!open_node_key(Mode::practice, any, as_bytes(passphrase)));
}

void try_officer_key(fuzz::Input input) {
    static auto const officer = [] {
        crypto::SeededRandom random(2);
        return make_officer_key(Mode::practice, "practice.example", PartyId::parse("housing").value(), OfficerRole::dpo,
                                random)
            .value();
    }();
    static auto const file = [] {
        crypto::SeededRandom random(3);
        return seal_officer_key(officer, as_bytes(passphrase), cheap, random).value();
    }();
    static auto const costs_at = file.size() - 48 - crypto::Nonce::size_bytes - 16;
    auto bytes = file;
    auto const changed = change(bytes, input);
    if (bytes.size() != file.size() || !costs_little(bytes, costs_at)) return;
    auto const opened = open_officer_key(bytes, as_bytes(passphrase));
    require(bool(opened) != changed);
    if (opened) return require(opened.assume_value().card.key == officer.card.key);
    fuzz::check_error(opened.error(), bytes);
}

crypto::SealingKey sealing_from(fuzz::Input& input) {
    crypto::SeededRandom random(input.u8());
    return crypto::SealingKey::generate(random);
}

/// A keyring with whatever the input gives it.
Keyring make_keyring(fuzz::Input& input) {
    crypto::SeededRandom random(input.u8());
    auto keyring = Keyring::generate(random);
    auto const flags = input.u8();
    keyring.serial = static_cast<std::uint32_t>(input.u64() >> 32U);
    keyring.void_before = input.u16();
    keyring.agreement = input.tagged<AgreementId>();
    keyring.sealing_since = from_wire(input.u64());
    keyring.void_due = input.u16();
    keyring.certificate_der = to_bytes(input.bytes(input.u8()));
    if ((flags & 1U) != 0) keyring.next = NextKeys{OperationalSecrets::generate(random), (flags & 2U) != 0};
    for (unsigned i = flags >> 6U; i != 0; --i) {
        keyring.former_sealing.keys.push_back(sealing_from(input));
        keyring.former_sealing.replaced_at.push_back(from_wire(input.u64()));
    }
    if ((flags & 4U) != 0) keyring.former_log = input.tagged<crypto::VerifyKey>();
    if ((flags & 8U) != 0)
        keyring.former_link = FormerLink{crypto::SigningKey::generate(random), crypto::SigningKey::generate(random),
                                         to_bytes(input.bytes(input.u8())), from_wire(input.u64())};
    return keyring;
}

Bytes sealed_again(Keyring const& keyring) {
    crypto::SeededRandom random(4);
    return seal_keyring(Mode::practice, keyring, node_key(), random).value();
}

void try_keyring(fuzz::Input input) {
    auto const keyring = make_keyring(input);
    auto bytes = sealed_again(keyring);
    auto const opened = open_keyring(Mode::practice, bytes, node_key());
    require(opened && sealed_again(opened.assume_value()) == bytes);
    require(!open_keyring(Mode::live, bytes, node_key()));
    if (!change(bytes, input)) return;
    auto const changed = open_keyring(Mode::practice, bytes, node_key());
    require(!changed);
    fuzz::check_error(changed.error(), bytes);
}

/// What the cipher holds is the input's: of another release, or of one that went wrong.
void try_keyring_plain(fuzz::Input input, bool first_form) {
    auto const key = node_key();
    auto const label = crypto::label(Mode::practice, crypto::Label::keyring_key);
    auto const wrap =
        crypto::AeadKey::make([&](MutableBytes out) { crypto::blake2b(out, key.reveal(), {as_bytes(label)}); });
    std::string const magic = first_form ? "" : "FANRING2";
    auto file = to_bytes(as_bytes(magic));
    crypto::Nonce const nonce;
    append(file, nonce.view());
    append(file, crypto::aead_seal(wrap, nonce, as_bytes(label + magic), input.rest()));
    auto const opened = open_keyring(Mode::practice, file, key);
    if (!opened) return fuzz::check_error(opened.error(), file);
    auto const again = open_keyring(Mode::practice, sealed_again(opened.assume_value()), key);
    require(again && sealed_again(again.assume_value()) == sealed_again(opened.assume_value()));
}

void try_settings(std::string_view text) {
    auto const settings = parse_settings(text);
    if (!settings) {
        require(settings.error().code == Errc::malformed || settings.error().code == Errc::too_large);
        return fuzz::check_error(settings.error(), as_bytes(text));
    }
    auto const& read = settings.assume_value();
    auto const is_plain = [](std::string const& value) {
        return policy::unfit_text(value.c_str()) == nullptr &&
               value.find_first_of(std::string("\"\\\0", 3)) == value.npos;
    };
    if (!is_plain(read.domain) || !is_plain(read.address)) return; // `fanlight init` refuses to write such
    auto const again = parse_settings(format_settings(read));
    require(again && format_settings(again.assume_value()) == format_settings(read));
    require(again.assume_value().party == read.party && again.assume_value().mode == read.mode);
    require(again.assume_value().domain == read.domain && again.assume_value().address == read.address);
    require(again.assume_value().listens == read.listens);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.u8() % 6) {
    case 0: try_node_key(input); break;
    case 1: try_officer_key(input); break;
    case 2: try_keyring(input); break;
    case 3: try_keyring_plain(input, true); break;
    case 4: try_keyring_plain(input, false); break;
    default: try_settings(input.rest_text());
    }
    return 0;
}
