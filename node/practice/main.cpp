// fanlight-practice: makes the agreement of a made-up federation of the nodes that `fanlight init` made. It has every
// officer's key, which no live program ever may: it is not installed. The identity key is not its business: the nodes
// make it themselves, in a ceremony.

#include "node/offline/data_directory.hpp"
#include "node/offline/files.hpp"
#include "node/offline/process.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

using namespace fanlight;
namespace fs = std::filesystem;

struct Officer {
    std::string name;
    crypto::SigningKey key;
};

struct Maker {
    crypto::SystemRandom random;
    std::string text; ///< of the agreement, in the making
    std::string domain;
    std::vector<Officer> officers;

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
        for (auto const* which : {"officer", "dpo"}) {
            auto key = crypto::SigningKey::generate(random);
            crypto::NoteKey const note_key{domain + "/" + party + "/" + which, key.verify_key()};
            FANLIGHT_TRY(put(party + "." + which, note_key.vkey()));
            officers.push_back({note_key.name, std::move(key)});
        }
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
        lines.push_back(crypto::sign_note_line(maker.text, officer.name, officer.key));
    auto const note = crypto::format_note(maker.text, lines);
    FANLIGHT_TRY(node::replace_file(options.out / "agreement.note", as_bytes(note), "agreement"));
    FANLIGHT_TRY(auto const print, node::agreement_fingerprint(note));
    std::printf("%s\n", print.hex.c_str());
    return ok();
}

} // namespace

int main(int argc, char** argv) {
    node::close_doors();
    crypto::start_library();
    CLI::App app("Makes a practice federation: signs a made-up agreement for every party.\n"
                 "Prints the agreement's fingerprint. Never for live use.");
    Options options;
    app.add_option("--nodes", options.nodes, "Directory with one data directory a party")->required();
    app.add_option("--out", options.out, "Where agreement.note and key-notes/ go")->required();
    app.add_option("--template", options.text, "Agreement with @@placeholders@@")->required();
    app.add_option("--parties", options.parties, "Every party, separated by commas")->required();
    app.add_option("--domain", options.domain, "Domain of the key names")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    auto const made = make(options);
    if (made) return 0;
    std::fprintf(stderr, "fanlight-practice: %s\n", describe(made.assume_error()).c_str());
    return exit_code(made.assume_error().code);
}
