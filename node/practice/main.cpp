// fanlight-practice: makes the agreement of a made-up federation of the nodes that `fanlight init` made, and signs its
// next versions. It has every officer's key, which no live program ever may: it is not installed. The identity key is
// not its business: the nodes make it themselves, in a ceremony.

#include "node/offline/data_directory.hpp"
#include "node/offline/files.hpp"
#include "node/offline/process.hpp"
#include "node/offline/signing_copy.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

using namespace fanlight;
namespace fs = std::filesystem;

/// The passphrase of practice keys where none is given: everybody knows it.
constexpr std::string_view practice_passphrase = "practice";
/// The least that Argon2id takes: a federation of tests has two dozen keys.
constexpr crypto::PassphraseCost practice_cost{1, 8192};

/// Where the officers' keys lie, and what opens them.
struct OfficerKeys {
    fs::path directory; ///< empty: they are not kept
    node::KeySource source;

    fs::path file(PartyId const& party, node::OfficerRole role) const {
        return directory / (party.text() + "-" + name(role) + ".key");
    }
    Result<crypto::SecretBytes> passphrase() const {
        if (source.passphrase_fd >= 0) return node::read_passphrase(source, false);
        crypto::SecretBytes known(practice_passphrase.size());
        std::copy(practice_passphrase.begin(), practice_passphrase.end(), known.writable().begin());
        return known;
    }
};

struct Maker {
    crypto::SystemRandom random;
    std::string text; ///< of the agreement, in the making
    std::string domain;
    std::vector<node::OfficerKey> officers;

    Result<void> put(std::string const& placeholder, std::string const& value) {
        auto const mark = "@@" + placeholder + "@@";
        auto const at = text.find(mark);
        if (at == std::string::npos)
            return fail(Errc::missing, "placeholder in the template", "Is the node a party of the template?");
        text.replace(at, mark.size(), value);
        return ok();
    }

    Result<void> add_party(std::string const& party, fs::path const& directory) {
        FANLIGHT_TRY(auto const signing, node::read_party_key(directory));
        FANLIGHT_TRY(auto const note, node::read_small_file(directory / "key-note", 65536, "key-note of a node"));
        FANLIGHT_TRY(auto const opened, protocol::open_key_note(Mode::practice, as_text(note), signing));
        if (opened.party.text() != party) return fail(Errc::refused, "key-note of a node", "It is another party's.");
        FANLIGHT_TRY(put(party + ".signing_key", signing.vkey()));
        for (auto const role : node::officer_roles) {
            FANLIGHT_TRY(auto key, node::make_officer_key(Mode::practice, domain, opened.party, role, random));
            FANLIGHT_TRY(put(party + "." + name(role), key.card.key.vkey()));
            officers.push_back(std::move(key));
        }
        return ok();
    }

    Result<void> keep_officers(OfficerKeys const& keys) {
        if (keys.directory.empty()) return ok();
        constexpr auto where = "officers' keys";
        std::error_code problem;
        fs::create_directories(keys.directory, problem);
        if (problem) return fail(Errc::io, where);
        FANLIGHT_TRY(auto const passphrase, keys.passphrase());
        for (auto const& officer : officers) {
            FANLIGHT_TRY(auto const file, node::seal_officer_key(officer, passphrase.reveal(), practice_cost, random));
            FANLIGHT_TRY(node::write_new_file(keys.file(officer.card.party, officer.card.role), file, where));
        }
        std::fprintf(stderr, "Officers' keys are in %s, for practice only: they are hardly sealed.\n",
                     keys.directory.c_str());
        return ok();
    }
};

std::vector<std::string> split(std::string const& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        auto const end = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

struct Options {
    fs::path nodes;
    fs::path out;
    fs::path text;
    std::string domain = "practice.northbridge.example";
    std::string parties;
    OfficerKeys keys;
    fs::path draft; ///< to be signed: a draft, or a note that has some signatures
    fs::path note;  ///< and where the result goes
};

Result<void> make(Options const& options) {
    Maker maker;
    maker.domain = options.domain;
    FANLIGHT_TRY(auto const text, node::read_small_file(options.text, limits::agreement_bytes_max, "template"));
    maker.text = std::string(as_text(text));
    std::error_code problem;
    fs::create_directories(options.out / "key-notes", problem);
    if (problem) return fail(Errc::io, "output directory");
    auto const parties = split(options.parties);
    for (auto const& party : parties) {
        FANLIGHT_TRY(maker.add_party(party, options.nodes / party));
        fs::copy_file(options.nodes / party / "key-note", options.out / "key-notes" / party,
                      fs::copy_options::overwrite_existing, problem);
        if (problem) return fail(Errc::io, "key-note of a node");
    }
    std::vector<std::string> lines;
    for (auto const& officer : maker.officers)
        lines.push_back(crypto::sign_note_line(maker.text, officer.card.key.name, officer.signing));
    FANLIGHT_TRY(maker.keep_officers(options.keys));
    auto const note = crypto::format_note(maker.text, lines);
    FANLIGHT_TRY(node::replace_file(options.out / "agreement.note", as_bytes(note), "agreement"));
    FANLIGHT_TRY(auto const print, node::agreement_fingerprint(note));
    std::printf("%s\n", print.hex.c_str());
    return ok();
}

/// Both officers of the named parties sign a next version, each as `fanlight agreement sign` has it.
Result<void> sign(Options const& options) {
    constexpr auto where = "draft";
    FANLIGHT_TRY(auto const file, node::read_small_file(options.draft, limits::agreement_bytes_max, where));
    FANLIGHT_TRY(auto copy, node::parse_signing_copy(as_text(file)));
    auto const parsed = policy::parse_agreement(copy.text);
    for (auto const& finding : parsed.findings) std::fprintf(stderr, "%s\n", policy::describe(finding).c_str());
    if (!parsed.agreement) return fail(Errc::malformed, where, "Mend what is listed.");
    if (parsed.agreement->mode != Mode::practice)
        return fail(Errc::refused, where, "It is a live agreement: only its own officers sign it.");
    FANLIGHT_TRY(auto const passphrase, options.keys.passphrase());
    std::string note;
    for (auto const& party_text : split(options.parties)) {
        FANLIGHT_TRY(auto const party, PartyId::parse(party_text));
        for (auto const role : node::officer_roles) {
            FANLIGHT_TRY(auto const key_file, node::read_small_file(options.keys.file(party, role),
                                                                    node::officer_key_bytes_max, "officer's key file"));
            FANLIGHT_TRY(auto const card, node::read_officer_card(key_file));
            if (card.mode != Mode::practice)
                return fail(Errc::refused, "officer's key file", "It is a live key: only its officer uses it.");
            FANLIGHT_TRY(auto const key, node::open_officer_key(key_file, passphrase.reveal()));
            FANLIGHT_TRY(auto signed_note, node::sign_copy(copy, *parsed.agreement, key));
            note = std::move(signed_note);
            FANLIGHT_TRY(auto next, node::parse_signing_copy(note));
            copy = std::move(next);
        }
    }
    FANLIGHT_TRY(node::replace_file(fs::absolute(options.note), as_bytes(note), "signed agreement"));
    FANLIGHT_TRY(auto const print, node::agreement_fingerprint(note));
    std::printf("%s\n", print.hex.c_str());
    return ok();
}

} // namespace

int main(int argc, char** argv) {
    node::close_doors();
    crypto::start_library();
    CLI::App app("Makes a practice federation: signs a made-up agreement for every party, and its next versions.\n"
                 "Prints the agreement's fingerprint. Never for live use.");
    Options options;
    auto const passphrase = [&options](CLI::App& command) {
        command.add_option("--passphrase-fd", options.keys.source.passphrase_fd,
                           "Passphrase of the officers' keys; else the word \"practice\"");
    };
    // Asked for below: CLI11 would ask for them with `sign` as well.
    auto const* const nodes = app.add_option("--nodes", options.nodes, "Directory with one data directory a party");
    auto const* const out = app.add_option("--out", options.out, "Where agreement.note and key-notes/ go");
    auto const* const text = app.add_option("--template", options.text, "Agreement with @@placeholders@@");
    auto const* const parties = app.add_option("--parties", options.parties, "Every party, separated by commas");
    app.add_option("--domain", options.domain, "Domain of the key names")->capture_default_str();
    app.add_option("--officer-keys", options.keys.directory,
                   "Keep every officer's key here, as PARTY-officer.key and PARTY-dpo.key, hardly sealed");
    passphrase(app);
    auto* const signing = app.add_subcommand(
        "sign", "Sign a next version with both officers of the named parties.\n"
                "  fanlight-practice sign --officer-keys DIR --parties police,housing next.toml --out next.note");
    signing->add_option("draft", options.draft, "A draft (TOML), or a note with some signatures")->required();
    signing->add_option("--officer-keys", options.keys.directory, "Where their keys were kept")->required();
    signing->add_option("--parties", options.parties, "Who signs, separated by commas")->required();
    signing->add_option("--out", options.note, "Where the signed note goes")->required();
    passphrase(*signing);
    try {
        app.parse(argc, argv);
        for (auto const* option : {nodes, out, text, parties})
            if (!*signing && option->empty()) throw CLI::RequiredError(option->get_name());
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? 0 : 64; // EX_USAGE
    }
    auto const made = *signing ? sign(options) : make(options);
    if (made) return 0;
    std::fprintf(stderr, "fanlight-practice: %s\n", describe(made.assume_error()).c_str());
    return exit_code(made.assume_error().code);
}
