// Verbs for a stopped node: init, key show, agreement accept.

#include "admin-cli/output.hpp"
#include "admin-cli/verbs.hpp"
#include "node/offline/files.hpp"
#include "node/offline/process.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr auto ask_for_agreement = "Type the agreement's fingerprint as another party reads it to you (words or hex): ";

Result<node::DirectorySettings> settings_of(InitOptions const& options) {
    FANLIGHT_TRY(auto party, PartyId::parse(options.party));
    FANLIGHT_TRY(auto const mode, parse_mode(options.mode));
    if (options.listen.empty() == options.coordinator.empty())
        return fail(Errc::missing, "address of the link",
                    "Give --listen ADDRESS:PORT at the coordinator's node, --coordinator ADDRESS:PORT at every other.");
    bool const listens = !options.listen.empty();
    return node::DirectorySettings{std::move(party), mode, options.domain,
                                   listens ? options.listen : options.coordinator, listens};
}

Result<node::AgreementFiles> read_files(AcceptOptions const& options) {
    node::AgreementFiles files;
    FANLIGHT_TRY(auto const note,
                 node::read_small_file(options.agreement, limits::agreement_bytes_max, "agreement file"));
    files.note = std::string(as_text(note));
    std::error_code problem;
    for (auto const& entry : fs::directory_iterator(options.key_notes, problem)) {
        FANLIGHT_TRY(auto const text, node::read_small_file(entry.path(), 64 * 1024, "key note"));
        files.key_notes.emplace(entry.path().filename().string(), std::string(as_text(text)));
    }
    if (problem) return fail(Errc::missing, "directory of key notes", "Give it with --key-notes DIR.");
    return files;
}

} // namespace

int init(Common const& common, InitOptions const& options) {
    auto const settings = settings_of(options);
    if (!settings) return report(settings.assume_error());
    crypto::SystemRandom random;
    auto const made =
        node::init_directory(common.data, settings.assume_value(), options.source, node::wall_clock(), random);
    if (!made) return report(made.assume_error());
    show_fingerprint("this node's signing key", made.assume_value(), common.json);
    if (!common.json)
        print("Made a " + options.mode + " node in " + common.data.string() +
              ". Next: send party.toml and key-note to your partnership;\n"
              "when the agreement is signed: fanlight agreement accept --data " +
              common.data.string() + " ...\n");
    return 0;
}

void show_fingerprint(char const* of, node::Fingerprint const& print, bool as_json) {
    if (as_json) return print_json(json::object{{"fingerprint", print.hex}, {"words", print.words}});
    cli::print(std::string("Fingerprint of ") + of + ", to read over the phone:\n  " + print.words + "\n  " +
               print.hex + "\n");
}

int key_show(Common const& common) {
    auto const signing = node::read_party_key(common.data);
    if (!signing) return report(signing.assume_error());
    show_fingerprint("this node's signing key", node::fingerprint_of(signing.assume_value()), common.json);
    return 0;
}

int agreement_accept(Common const& common, AcceptOptions const& options) {
    auto directory = node::open_directory_with_key(common.data, options.source);
    if (!directory) return report(directory.assume_error());
    auto const files = read_files(options);
    if (!files) return report(files.assume_error());
    auto const typed = options.fingerprint.empty() ? ask_for_line(ask_for_agreement) : options.fingerprint;
    crypto::SystemRandom random;
    std::vector<policy::Finding> findings;
    auto const accepted =
        node::accept_agreement(directory.assume_value(), files.assume_value(), typed, random, findings);
    for (auto const& finding : findings) std::fprintf(stderr, "%s\n", policy::describe(finding).c_str());
    if (!accepted) return report(accepted.assume_error());
    auto const& agreement = accepted.assume_value().agreement();
    if (common.json) {
        print_json(json::object{
            {"agreement", agreement.name}, {"version", agreement.version}, {"parties", agreement.parties.size()}});
    } else {
        print("Accepted \"" + agreement.name + "\", version " + std::to_string(agreement.version) + ", " +
              std::to_string(agreement.parties.size()) + " parties, both officers of each have signed.\n" +
              "Next: fanlight-node run --data " + common.data.string() + "\n");
    }
    return 0;
}

} // namespace fanlight::cli
