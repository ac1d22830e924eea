#include "node/offline/officer_key.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "node/log/files.hpp"
#include "node/offline/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace fanlight::node {

namespace {

constexpr auto key_file = "officer's key file";
constexpr auto restore = "Take another copy of the file, or make a new key and have the agreement name it.";
constexpr std::string_view magic = "FANOFF1\n";
constexpr std::string_view practice_prefix = "practice.";
constexpr std::size_t domain_bytes_max = 200;

Result<void> check_domain(Mode mode, std::string_view domain) {
    auto const part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
    if (domain.empty() || domain.size() > domain_bytes_max || !std::all_of(domain.begin(), domain.end(), part))
        return fail(Errc::malformed, "domain", "Use lower-case letters, digits, '.' and '-'.");
    if (domain.starts_with(practice_prefix) != (mode == Mode::practice))
        return fail(Errc::refused, "domain",
                    "A practice key's domain starts with \"practice.\", a live one's does not.");
    return ok();
}

/// The card of a key named "<domain>/<party>/<role>".
Result<OfficerCard> card_of(Mode mode, crypto::NoteKey key) {
    std::string_view const whole = key.name;
    auto const last = whole.rfind('/');
    auto const first = last == std::string_view::npos || last == 0 ? last : whole.rfind('/', last - 1);
    if (first == std::string_view::npos) return fail(Errc::malformed, key_file, restore);
    FANLIGHT_TRY(check_domain(mode, whole.substr(0, first)));
    FANLIGHT_TRY(auto party, PartyId::parse(whole.substr(first + 1, last - first - 1)));
    FANLIGHT_TRY(auto const role, parse_officer_role(whole.substr(last + 1)));
    return OfficerCard{mode, std::move(party), role, std::move(key)};
}

/// The rest of `text` up to a newline, and what is behind it.
Result<std::string_view> take_line(std::string_view& text) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return fail(Errc::malformed, key_file, restore);
    auto const line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

struct KeyFile {
    OfficerCard card;
    ByteView clear; ///< from the start to the costs: associated data
    crypto::Salt salt;
    crypto::PassphraseCost cost;
    crypto::Nonce nonce;
    ByteView sealed;
};

Result<KeyFile> parse_key_file(ByteView file) {
    auto rest = as_text(file);
    if (!rest.starts_with(magic))
        return fail(Errc::malformed, key_file, "It is none. Give the file that fanlight officer keygen made.");
    rest.remove_prefix(magic.size());
    FANLIGHT_TRY(auto const mode_line, take_line(rest));
    FANLIGHT_TRY(auto const mode, parse_mode(mode_line));
    FANLIGHT_TRY(auto const vkey_line, take_line(rest));
    FANLIGHT_TRY(auto key, crypto::parse_vkey(vkey_line));
    FANLIGHT_TRY(auto card, card_of(mode, std::move(key)));
    ByteReader in(as_bytes(rest));
    auto const salt = in.tagged<crypto::Salt>();
    crypto::PassphraseCost cost;
    cost.operations = in.u64();
    cost.memory_bytes = in.u64();
    auto const nonce = in.tagged<crypto::Nonce>();
    auto const sealed = in.raw(crypto::SigningKey::seed_bytes + crypto::aead_overhead_bytes);
    if (!in.finish(key_file)) return fail(Errc::malformed, key_file, restore);
    auto const clear = file.first(file.size() - sealed.size() - crypto::Nonce::size_bytes);
    return KeyFile{std::move(card), clear, salt, cost, nonce, sealed};
}

/// The label keeps the modes apart, the file's own beginning binds whose key it is.
Bytes associated_data(Mode mode, ByteView clear) {
    auto associated = to_bytes(as_bytes(crypto::label(mode, crypto::Label::officer_key)));
    append(associated, clear);
    return associated;
}

} // namespace

char const* name(OfficerRole role) {
    switch (role) {
    case OfficerRole::officer: return "officer";
    case OfficerRole::dpo: return "dpo";
    }
    return "unknown";
}

char const* in_words(OfficerRole role) {
    switch (role) {
    case OfficerRole::officer: return "accountable officer";
    case OfficerRole::dpo: return "data protection officer";
    }
    return "unknown";
}

Result<OfficerRole> parse_officer_role(std::string_view text) {
    for (auto const role : officer_roles)
        if (text == name(role)) return role;
    return fail(Errc::malformed, "role of an officer",
                "It is \"officer\" (the accountable officer) or \"dpo\" (the data protection officer).");
}

Result<OfficerKey> make_officer_key(Mode mode, std::string const& domain, PartyId const& party, OfficerRole role,
                                    crypto::Random& random) {
    FANLIGHT_TRY(check_domain(mode, domain));
    auto signing = crypto::SigningKey::generate(random);
    crypto::NoteKey key{protocol::note_key_name(domain, party, name(role)), signing.verify_key()};
    return OfficerKey{{mode, party, role, std::move(key)}, std::move(signing)};
}

Result<Bytes> seal_officer_key(OfficerKey const& key, ByteView passphrase, crypto::PassphraseCost cost,
                               crypto::Random& random) {
    auto const salt = random.make<crypto::Salt>();
    auto const nonce = random.make<crypto::Nonce>();
    FANLIGHT_TRY(auto const wrap, crypto::key_from_passphrase(passphrase, salt, cost));
    auto const lines = std::string(magic) + name(key.card.mode) + "\n" + key.card.key.vkey() + "\n";
    ByteWriter out;
    out.raw(as_bytes(lines)).raw(salt.view()).u64(cost.operations).u64(cost.memory_bytes);
    auto file = out.take();
    auto const sealed = crypto::aead_seal(wrap, nonce, associated_data(key.card.mode, file), key.signing.reveal_seed());
    append(file, nonce.view());
    append(file, sealed);
    return file;
}

Result<OfficerCard> read_officer_card(ByteView file) {
    FANLIGHT_TRY(auto parsed, parse_key_file(file));
    return std::move(parsed.card);
}

Result<OfficerKey> open_officer_key(ByteView file, ByteView passphrase) {
    FANLIGHT_TRY(auto parsed, parse_key_file(file));
    FANLIGHT_TRY(auto const wrap, crypto::key_from_passphrase(passphrase, parsed.salt, parsed.cost));
    auto plain = crypto::aead_open(wrap, parsed.nonce, associated_data(parsed.card.mode, parsed.clear), parsed.sealed);
    if (!plain) return fail(Errc::wrong_key, key_file, "The passphrase is not the right one, or the file was changed.");
    auto signing = crypto::SigningKey::from_seed(plain.assume_value());
    crypto::detail::wipe(plain.assume_value());
    FANLIGHT_TRY(auto key, std::move(signing));
    // Nobody without the passphrase can get here with another name, but a file that contradicts itself signs nothing.
    if (key.verify_key() != parsed.card.key.key) return fail(Errc::wrong_key, key_file, restore);
    return OfficerKey{std::move(parsed.card), std::move(key)};
}

Result<void> write_new_file(std::filesystem::path const& file, ByteView bytes, char const* where) {
    auto const path = std::filesystem::absolute(file);
    {
        // An empty file claims the name; then it is replaced as a whole, so that nobody ever reads half of it.
        FileDescriptor const claim(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!claim.is_open() && errno == EEXIST)
            return fail(Errc::exists, where, "It is left as it is. Choose another name.");
        if (!claim.is_open()) return fail(Errc::io, where, "Check the directory and who may write to it.");
    }
    auto written = replace_file(path, bytes, where);
    if (!written) ::unlink(path.c_str());
    return written;
}

} // namespace fanlight::node
