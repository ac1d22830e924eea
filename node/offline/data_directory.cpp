#include "node/offline/data_directory.hpp"

#include "crypto/text.hpp"
#include "node/log/log_directory.hpp"
#include "node/net/certificate.hpp"
#include "node/offline/files.hpp"
#include "node/offline/settings_file.hpp"

#include <sys/stat.h>

namespace fanlight::node {

namespace fs = std::filesystem;

namespace {

/// Removes a half-made directory unless it was kept.
class Undo {
  public:
    explicit Undo(fs::path path) : path_(std::move(path)) {}
    Undo(Undo const&) = delete;
    Undo& operator=(Undo const&) = delete;
    ~Undo() {
        std::error_code ignored;
        if (!kept_) fs::remove_all(path_, ignored);
    }
    void keep() { kept_ = true; }

  private:
    fs::path path_;
    bool kept_ = false;
};

Result<void> make_directory(fs::path const& path) {
    std::error_code problem;
    if (fs::exists(path, problem)) {
        if (!fs::is_directory(path, problem) || !fs::is_empty(path, problem))
            return fail(Errc::exists, "data directory", "Choose another path, or remove what is there.");
    } else if (!fs::create_directories(path, problem)) {
        return fail(Errc::io, "data directory", "Check the path and who may write to it.");
    }
    if (::chmod(path.c_str(), 0700) != 0) return fail(Errc::io, "data directory", "Its permissions cannot be set.");
    return ok();
}

crypto::NoteKey signing_note_key(DirectorySettings const& settings, crypto::SigningKey const& signing) {
    return {protocol::note_key_name(settings.domain, settings.party, "signing"), signing.verify_key()};
}

Result<void> check_settings(DirectorySettings const& settings) {
    bool const practice_domain = settings.domain.starts_with("practice.");
    if (practice_domain != (settings.mode == Mode::practice))
        return fail(Errc::refused, "domain",
                    "A practice node's domain starts with \"practice.\", a live one's does not.");
    auto const part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
    if (settings.domain.empty() || settings.domain.size() > 200 ||
        !std::all_of(settings.domain.begin(), settings.domain.end(), part))
        return fail(Errc::malformed, "domain", "Use lower-case letters, digits, '.' and '-'.");
    return ok();
}

std::string party_file(DirectorySettings const& settings, crypto::NoteKey const& signing, Fingerprint const& print) {
    return "# What your partnership needs to put this node into its agreement. Nothing in it is secret.\n"
           "party = \"" +
           settings.party.text() + "\"\nmode = \"" + name(settings.mode) + "\"\ndomain = \"" + settings.domain +
           "\"\nsigning_key = \"" + signing.vkey() + "\"\nfingerprint = \"" + print.hex + "\"\n";
}

} // namespace

Fingerprint fingerprint_of(ByteView sha256) {
    return {crypto::to_hex(sha256), crypto::fingerprint_words(sha256)};
}

Fingerprint fingerprint_of(crypto::NoteKey const& signing_key) {
    return fingerprint_of(crypto::sha256({as_bytes(signing_key.vkey())}).view());
}

Result<crypto::NoteKey> read_party_key(fs::path const& directory) {
    FANLIGHT_TRY(auto const file, read_small_file(directory / "party.toml", 64 * 1024, "party.toml of the node"));
    auto const text = as_text(file);
    constexpr std::string_view before = "\nsigning_key = \"";
    auto const at = text.find(before);
    if (at == std::string_view::npos)
        return fail(Errc::malformed, "party.toml of the node", "Take it as `fanlight init` wrote it.");
    auto const value = text.substr(at + before.size());
    return crypto::parse_vkey(value.substr(0, value.find('"')));
}

Result<Fingerprint> init_directory(fs::path const& directory, DirectorySettings const& settings,
                                   KeySource const& source, Instant now, crypto::Random& random) {
    FANLIGHT_TRY(check_settings(settings));
    // The key first: a wrong passphrase must not leave a directory behind.
    auto node_key = random.make<NodeKey>();
    Bytes sealed_key;
    if (source.key_fd >= 0) {
        FANLIGHT_TRY(node_key, read_node_key(source.key_fd));
    } else {
        FANLIGHT_TRY(auto const passphrase, read_passphrase(source, true));
        FANLIGHT_TRY(sealed_key, seal_node_key(settings.mode, node_key, passphrase.reveal(), {}, random));
    }
    FANLIGHT_TRY(make_directory(directory));
    Undo undo(directory);
    auto keyring = Keyring::generate(random);
    auto const signing = signing_note_key(settings, keyring.signing);
    auto const print = fingerprint_of(signing);
    FANLIGHT_TRY(keyring.certificate_der, make_certificate(keyring.tls, settings.party.text(), now));
    keyring.sealing_since = now;
    auto const key_note = signed_key_note(settings, keyring.signing, keyring);

    FANLIGHT_TRY(auto const keyring_file, seal_keyring(settings.mode, keyring, node_key, random));
    if (!sealed_key.empty()) {
        FANLIGHT_TRY(replace_file(directory / "node.key", sealed_key, "node key file"));
    }
    FANLIGHT_TRY(replace_file(directory / "keyring", keyring_file, "keyring"));
    FANLIGHT_TRY(replace_file(directory / "certificate.der", keyring.certificate_der, "certificate"));
    FANLIGHT_TRY(replace_file(directory / "key-note", as_bytes(key_note), "key note"));
    FANLIGHT_TRY(replace_file(directory / "party.toml", as_bytes(party_file(settings, signing, print)), "party file"));
    std::error_code problem;
    fs::create_directory(directory / "log", problem);
    if (problem) return fail(Errc::io, "log directory");
    FANLIGHT_TRY(auto const store, Store::create(directory / "store.db", store_key(settings.mode, node_key),
                                                 opening_key(settings.mode, node_key),
                                                 wrap_key(settings.mode, node_key), settings.mode, random));
    // Last: a directory without its settings is not a data directory.
    FANLIGHT_TRY(replace_file(directory / "fanlight.toml", as_bytes(format_settings(settings)), "settings"));
    undo.keep();
    return print;
}

Result<DirectorySettings> read_settings(fs::path const& directory) {
    auto const file = read_small_file(directory / "fanlight.toml", 64 * 1024, "settings of the data directory");
    if (!file)
        return fail(file.assume_error().code, "data directory",
                    "There is no fanlight.toml in it. Make one with: fanlight init");
    return parse_settings(as_text(file.assume_value()));
}

Result<OpenDirectory> open_directory_with_key(fs::path const& directory, KeySource const& source) {
    FANLIGHT_TRY(auto settings, read_settings(directory));
    auto node_key = NodeKey::make([](MutableBytes) {});
    if (source.key_fd >= 0) {
        FANLIGHT_TRY(node_key, read_node_key(source.key_fd));
    } else {
        auto const file = read_small_file(directory / "node.key", 4096, "node key file");
        if (!file)
            return fail(file.assume_error().code, "node key file",
                        "This node takes its key by file descriptor: give it with --key-fd.");
        FANLIGHT_TRY(auto const passphrase, read_passphrase(source, false));
        FANLIGHT_TRY(node_key, open_node_key(settings.mode, file.assume_value(), passphrase.reveal()));
    }
    FANLIGHT_TRY(auto const keyring_file, read_small_file(directory / "keyring", 64 * 1024, "keyring"));
    FANLIGHT_TRY(auto keyring, open_keyring(settings.mode, keyring_file, node_key));
    if (keyring.certificate_der.empty()) { // of the first form
        FANLIGHT_TRY(keyring.certificate_der, read_small_file(directory / "certificate.der", 64 * 1024, "certificate"));
    }
    return OpenDirectory{directory, std::move(settings), std::move(node_key), std::move(keyring)};
}

Result<void> save_keyring(OpenDirectory const& directory, crypto::Random& random) {
    FANLIGHT_TRY(auto const file, seal_keyring(directory.settings.mode, directory.keyring, directory.node_key, random));
    return replace_file(directory.path / "keyring", file, "keyring");
}

std::string signed_key_note(DirectorySettings const& settings, crypto::SigningKey const& signing,
                            OperationalSecrets const& keys) {
    auto const text = protocol::key_note_text(settings.mode, public_keys(settings.party, keys));
    std::array<std::string, 1> const lines{
        crypto::sign_note_line(text, signing_note_key(settings, signing).name, signing)};
    return crypto::format_note(text, lines);
}

} // namespace fanlight::node
