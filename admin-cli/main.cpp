// fanlight: every verb an administrator, coordinator, DPO or information governance officer needs.

#include "admin-cli/completion.hpp"
#include "admin-cli/output.hpp"
#include "admin-cli/verbs.hpp"
#include "node/offline/process.hpp"

#include <CLI/CLI.hpp>

namespace {

using namespace fanlight;

struct Line {
    cli::Common common;
    cli::InitOptions init;
    cli::AcceptOptions accept;
    cli::QueryOptions query;
    cli::CeremonyOptions ceremony;
    std::string fingerprint;
    std::filesystem::path agreement;
    std::filesystem::path people;
    std::string case_id;
    std::uint32_t timeout_s = 60;
    bool check = false;
    bool wait = false;
    int code = 0;
};

CLI::App* verb(CLI::App& parent, Line& line, char const* name, char const* help, bool data_required = true) {
    auto* const command = parent.add_subcommand(name, help);
    auto* const data =
        command->add_option("--data", line.common.data, "The node's data directory")->envname("FANLIGHT_DATA");
    if (data_required) data->required();
    command->add_flag("--json", line.common.json, "Print JSON for programs");
    return command;
}

void add_key_options(CLI::App& command, node::KeySource& source) {
    auto* const key = command.add_option("--key-fd", source.key_fd,
                                         "Take the node key (32 bytes or 64 hex digits) from this file descriptor");
    command.add_option("--passphrase-fd", source.passphrase_fd, "Read the passphrase from this file descriptor")
        ->excludes(key);
}

void add_setup(CLI::App& app, Line& line) {
    auto* const init = verb(app, line, "init",
                            "Make a node: its keys, its encrypted store, its settings.\n"
                            "Prints the fingerprint to read to your partnership over the phone.\n"
                            "  fanlight init --data /var/lib/fanlight --party housing --mode live \\\n"
                            "      --domain northbridge.example --coordinator 192.0.2.7:7443");
    init->add_option("--party", line.init.party, "This node's party in the agreement, e.g. housing")->required();
    init->add_option("--mode", line.init.mode, "live, or practice with made-up families; stamped for ever")
        ->capture_default_str();
    init->add_option("--domain", line.init.domain, "The partnership's domain; \"practice.\" in front for practice")
        ->required();
    init->add_option("--listen", line.init.listen, "Only at the coordinator: address and port to listen on");
    init->add_option("--coordinator", line.init.coordinator, "Everywhere else: the coordinator's address and port");
    add_key_options(*init, line.init.source);
    init->callback([&line] { line.code = cli::init(line.common, line.init); });

    auto* const key = app.add_subcommand("key", "This node's keys")->require_subcommand(1);
    verb(*key, line, "show", "Show the fingerprint of this node's signing key")->callback([&line] {
        line.code = cli::key_show(line.common);
    });

    auto* const agreement = app.add_subcommand("agreement", "The information-sharing agreement")->require_subcommand(1);
    auto* const accept = verb(*agreement, line, "accept",
                              "Accept the first agreement by hand: its fingerprint is read to you over the phone by\n"
                              "another party. Checks every officer's signature and every party's key note.");
    accept->add_option("agreement", line.accept.agreement, "The signed agreement")->required();
    accept->add_option("--key-notes", line.accept.key_notes, "Directory of key notes, each named after its party")
        ->required();
    accept->add_option("--fingerprint", line.accept.fingerprint, "The fingerprint, as words or hex; else asked for");
    add_key_options(*accept, line.accept.source);
    accept->callback([&line] { line.code = cli::agreement_accept(line.common, line.accept); });
    auto* const show = verb(*agreement, line, "show", "Show an agreement and its fingerprint", false);
    show->add_option("agreement", line.agreement, "A file; else the one in force in --data");
    show->callback([&line] { line.code = cli::agreement_show(line.common, line.agreement); });
}

void add_keys(CLI::App& app, Line& line) {
    auto* const ceremony = app.add_subcommand("ceremony", "Make the identity key among its holders, or share it anew")
                               ->require_subcommand(1);
    auto* const start = verb(*ceremony, line, "start",
                             "At the coordinator: propose a new identity key, or with --reshare the same key for\n"
                             "other holders. Nobody, the coordinator least, ever has the whole key.\n"
                             "  fanlight ceremony start --holders police,health,domestic_abuse");
    start->add_option("--holders", line.ceremony.holders,
                      "Who shall hold a share, separated by commas; else everybody whom the agreement lets");
    start->add_flag("--reshare", line.ceremony.reshare,
                    "The same key for other holders. Not after a dispute: the old shares still make the key");
    start->add_option("--dealers", line.ceremony.dealers,
                      "With --reshare: which present holders deal, as many as make a token");
    start->callback([&line] { line.code = cli::ceremony_start(line.common, line.ceremony); });
    auto* const join = verb(*ceremony, line, "join",
                            "At a holder: take part in the ceremony that is proposed, after comparing its\n"
                            "fingerprint with another participant over the phone.");
    join->add_option("--fingerprint", line.fingerprint, "What the other read, as words or hex; else asked for");
    join->callback([&line] { line.code = cli::ceremony_join(line.common, line.fingerprint); });
    verb(*ceremony, line, "status", "How far the ceremony is, for whom it waits, what to compare by phone")
        ->callback([&line] { line.code = cli::ceremony_status(line.common); });
    verb(*ceremony, line, "abandon", "End the ceremony that is under way; another can be started")->callback([&line] {
        line.code = cli::ceremony_abandon(line.common);
    });
    auto* const epoch = app.add_subcommand("epoch", "Epochs of the identity key")->require_subcommand(1);
    verb(*epoch, line, "open",
         "At the coordinator: open the epoch that is being prepared although not every agency is\n"
         "enrolled. Those that are not answer NOT CHECKED until they are. It opens by itself once\n"
         "all are enrolled.")
        ->callback([&line] { line.code = cli::epoch_open(line.common); });
}

void add_running(CLI::App& app, Line& line) {
    auto* const feed = verb(app, line, "import",
                            "Import an agency's records from CSV: quality report first, all or\n"
                            "nothing. The file is the whole feed; who is not in it is removed.\n"
                            "docs/operations.md describes the columns.");
    feed->add_option("people", line.people, "CSV file")->required();
    feed->add_flag("--check", line.check, "Only report; store nothing");
    feed->add_flag("--wait", line.wait, "Wait until everybody is enrolled");
    feed->callback([&line] { line.code = cli::import_people(line.common, line.people, line.check, line.wait); });

    auto* const query = verb(app, line, "query",
                             "Ask every agency about whole families (at the coordinator's node).\n"
                             "Several families are asked about at the same time.\n"
                             "  fanlight query --data /var/lib/fanlight family.toml");
    query->add_option("families", line.query.families, "Family forms")->required();
    query->add_option("--timeout", line.timeout_s, "Seconds to wait for answers before showing what is there")
        ->capture_default_str();
    query->callback([&line] {
        line.query.timeout = std::chrono::seconds(line.timeout_s);
        line.code = cli::query(line.common, line.query);
    });

    auto* const item = app.add_subcommand("case", "Cases at the coordinator")->require_subcommand(1);
    auto* const show = verb(*item, line, "show", "Show a case as it stands now, late answers included");
    show->add_option("id", line.case_id, "Case id, as `fanlight query --json` prints it")->required();
    show->callback([&line] { line.code = cli::case_show(line.common, line.case_id); });

    verb(app, line, "status", "What the running node is, has and is waiting for")->callback([&line] {
        line.code = cli::status(line.common);
    });
    auto* const log = app.add_subcommand("log", "The audit log")->require_subcommand(1);
    verb(*log, line, "verify", "Check the tree, the signed head and every opening of this node's log")
        ->callback([&line] { line.code = cli::log_verify(line.common); });
} // namespace

} // namespace

int main(int argc, char** argv) {
    node::close_doors();
    crypto::start_library();
    CLI::App app("Fanlight: many agencies, one front door, no database of families.\n"
                 "Exit codes: 0 done; 64 usage; others as docs/operations.md lists them.");
    app.set_version_flag("--version", "fanlight " FANLIGHT_VERSION);
    app.require_subcommand(1);
    Line line;
    add_setup(app, line);
    add_keys(app, line);
    add_running(app, line);
    auto* const completion = app.add_subcommand("completion", "Print shell completion")->require_subcommand(1);
    completion->add_subcommand("bash", "For bash: eval \"$(fanlight completion bash)\"")->callback([&app] {
        cli::print(cli::bash_completion(app));
    });
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? 0 : 64; // EX_USAGE
    }
    return line.code;
}
