// fanlight-practice: makes a made-up federation of the nodes that `fanlight init` made. It knows every officer's key
// and the whole identity key for a moment, which no live program ever may: it is not installed.

#include "crypto/practice/practice_dealer.hpp"
#include "crypto/text.hpp"
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
    std::map<std::string, protocol::OperationalKeys> keys;

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
        FANLIGHT_TRY(auto opened, protocol::open_key_note(Mode::practice, as_text(note), signing));
        if (opened.party.text() != party) return fail(Errc::refused, "key-note of a node", "It is another party's.");
        keys.emplace(party, std::move(opened));
        FANLIGHT_TRY(put(party + ".signing_key", signing.vkey()));
        for (auto const* which : {"officer", "dpo"}) {
            auto key = crypto::SigningKey::generate(random);
            crypto::NoteKey const note_key{domain + "/" + party + "/" + which, key.verify_key()};
            FANLIGHT_TRY(put(party + "." + which, note_key.vkey()));
            officers.push_back({note_key.name, std::move(key)});
        }
        return ok();
    }

    Result<void> deal_shares(std::vector<std::string> const& holders, std::uint8_t threshold, fs::path const& out) {
        auto const count = static_cast<std::uint8_t>(holders.size());
        auto const dealt = crypto::deal(random, threshold, count);
        FANLIGHT_TRY(put("group_public", crypto::to_hex(dealt.group.view())));
        auto const label = node::share_seal_label(Mode::practice);
        for (std::size_t i = 0; i < holders.size(); ++i) {
            auto const& share = dealt.shares[i];
            FANLIGHT_TRY(put("holder_public." + std::to_string(share.index), crypto::to_hex(share.public_key.view())));
            FANLIGHT_TRY(auto const sealed,
                         crypto::seal(keys.at(holders[i]).share_sealing, as_bytes(label), share.key.reveal(), random));
            FANLIGHT_TRY(node::replace_file(out / (holders[i] + ".share"), sealed, "sealed share"));
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
    std::string holders = "police,health,domestic_abuse";
    std::uint8_t threshold = 2;
};

Result<void> make(Options const& options) {
    Maker maker;
    maker.domain = options.domain;
    FANLIGHT_TRY(auto const text, node::read_small_file(options.text, limits::agreement_bytes_max, "template"));
    maker.text = std::string(as_text(text));
    std::error_code problem;
    fs::create_directories(options.out / "key-notes", problem);
    fs::create_directories(options.out / "shares", problem);
    if (problem) return fail(Errc::io, "output directory");
    auto const parties = split(options.parties);
    for (auto const& party : parties) {
        FANLIGHT_TRY(maker.add_party(party, options.nodes / party));
        fs::copy_file(options.nodes / party / "key-note", options.out / "key-notes" / party,
                      fs::copy_options::overwrite_existing, problem);
        if (problem) return fail(Errc::io, "key-note of a node");
    }
    FANLIGHT_TRY(maker.deal_shares(split(options.holders), options.threshold, options.out / "shares"));
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
    CLI::App app("Makes a practice federation: signs a made-up agreement for every party and deals the key shares.\n"
                 "Prints the agreement's fingerprint. Never for live use.");
    Options options;
    app.add_option("--nodes", options.nodes, "Directory with one data directory a party")->required();
    app.add_option("--out", options.out, "Where agreement.note, key-notes/ and shares/ go")->required();
    app.add_option("--template", options.text, "Agreement with @@placeholders@@")->required();
    app.add_option("--parties", options.parties, "Every party, separated by commas")->required();
    app.add_option("--holders", options.holders, "Key holders, in the order of their shares")->capture_default_str();
    app.add_option("--threshold", options.threshold, "How many of them a token takes")->capture_default_str();
    app.add_option("--domain", options.domain, "Domain of the key names")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    auto const made = make(options);
    if (made) return 0;
    std::fprintf(stderr, "fanlight-practice: %s\n", describe(made.assume_error()).c_str());
    return exit_code(made.assume_error().code);
}
