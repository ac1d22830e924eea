// fanlight: every verb an administrator, coordinator, DPO or information governance officer needs.

#include "admin-cli/completion.hpp"
#include "admin-cli/line.hpp"
#include "admin-cli/output.hpp"
#include "node/offline/process.hpp"

#include <CLI/CLI.hpp>

namespace {

using namespace fanlight;

using cli::Line;
using cli::verb;

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
    cli::add_key_options(*init, line.init.source);
    init->callback([&line] { line.code = cli::init(line.common, line.init); });

    auto* const key = app.add_subcommand("key", "This node's keys")->require_subcommand(1);
    verb(*key, line, "show", "Show the fingerprint of this node's signing key")->callback([&line] {
        line.code = cli::key_show(line.common);
    });
    auto* const rotate = verb(*key, line, "rotate",
                              "Replace operational keys of this running node. The new key note goes to every party\n"
                              "and the keys come into use by themselves; nothing on its way is lost.\n"
                              "  fanlight key rotate --keys node,tls --data /var/lib/fanlight");
    rotate->add_option("--keys", line.rotate.keys, "Which: node, tls, log, witness, sealing, share-sealing")
        ->capture_default_str();
    rotate->add_flag("--compromised", line.rotate.compromised,
                     "Somebody may have the present ones: they count for nothing as soon as the new ones are in use");
    rotate->callback([&line] { line.code = cli::key_rotate(line.common, line.rotate); });
    verb(*key, line, "status", "Which operational keys are in use, what a replacement waits for")->callback([&line] {
        line.code = cli::key_status(line.common);
    });
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

void add_match_files(CLI::App& command, cli::MatchFiles& files) {
    command.add_option("--left", files.left, "CSV file of the people to ask about")->required();
    command.add_option("--right", files.right, "CSV files of those who are asked, each an agency")->required();
    command.add_option("--map", files.map, "How to read the files (TOML; docs/examples/maps)")->required();
    command.add_option("--right-map", files.right_map, "How to read the right files, if otherwise");
    command.add_option("--truth", files.truth, "Column that says who a row really is; else as the map has it");
    command.add_option("--family", files.family, "Column of the true family; else the left file's households");
    command.add_option("--limit", files.limit,
                       "Ask about so many at most: whole true families by hash, the same ones of every file");
}

void add_learn_options(CLI::App& command, cli::LearnOptions& settings) {
    command.add_option("--precision", settings.precision, "Of what is sure, this share must be right")
        ->check(CLI::Range(0.5, 1.0))
        ->capture_default_str();
    command.add_option("--ridge", settings.ridge, "How strongly points are pulled towards 0")
        ->check(CLI::Range(0.0001, 10000.0))
        ->capture_default_str();
    command.add_option("--keep-from", settings.keep_from, "Leave out features of fewer points")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
}

void add_match(CLI::App& app, Line& line) {
    auto* const match = app.add_subcommand("match", "How well people are found: measure it, learn it (no node needed)")
                            ->require_subcommand(1);
    auto* const evaluate = match->add_subcommand(
        "evaluate", "Measure how well the people of one file are found in others, by tokens as a query\n"
                    "does it, in files that know who everybody really is. The same file twice: its\n"
                    "duplicates. Prints counts, never a person. docs/matching.md says what they mean.\n"
                    "  fanlight match evaluate --left social.csv --right police.csv health.csv \\\n"
                    "      --map uk-benchmark.toml --family fam --points points.toml --fast");
    evaluate->add_flag("--json", line.common.json, "Print JSON for programs");
    add_match_files(*evaluate, line.evaluate.files);
    evaluate->add_option("--points", line.evaluate.points, "Points as `fanlight match learn` writes them");
    evaluate->add_option("--agreement", line.evaluate.agreement, "Or the points that an agreement lists");
    evaluate->add_option("--train-left", line.evaluate.train_left, "Or learn them first: from these people");
    evaluate->add_option("--train-right", line.evaluate.train_right, "asked about in these files");
    add_learn_options(*evaluate, line.evaluate.settings);
    evaluate->add_flag("--fast", line.evaluate.fast, "Hash instead of evaluating tokens: the same figures, sooner");
    evaluate->add_option("--show", line.evaluate.show, "Print pairs that are wrong, or missed; made-up people only");
    evaluate->add_flag("--no-forename-veto", line.evaluate.no_forename_veto,
                       "For files without families: another first name may be sure. No node does this");
    evaluate->add_flag("--i-know-these-are-not-real-people", line.evaluate.not_real_people, "Needed by --show");
    evaluate->callback([&line] { line.code = cli::match_evaluate(line.common, line.evaluate); });

    auto* const learn = match->add_subcommand(
        "learn", "Learn the points of matching from files that know who everybody really is. Only the\n"
                 "file of points leaves; it holds no personal data, and goes into the agreement.\n"
                 "  fanlight match learn --left social.csv --right police.csv health.csv \\\n"
                 "      --map uk-benchmark.toml --family fam --out points.toml");
    learn->add_flag("--json", line.common.json, "Print JSON for programs");
    add_match_files(*learn, line.learn.files);
    add_learn_options(*learn, line.learn.settings);
    learn->add_option("--out", line.learn.out, "Where to write the points (TOML)")->required();
    learn->callback([&line] { line.code = cli::match_learn(line.common, line.learn); });
}

void add_running(CLI::App& app, Line& line) {
    auto* const feed = verb(app, line, "import",
                            "Import an agency's records from CSV: quality report first, all or\n"
                            "nothing. The file is the whole feed; who is not in it is removed.\n"
                            "Without --map the file has the columns of docs/operations.md. With it any\n"
                            "layout can be read: the map is a TOML file that says which column is which,\n"
                            "and how the file writes dates, sexes and colours. Begin from one of\n"
                            "docs/examples/maps, and look at the report of --check before storing.\n"
                            "  fanlight import --data /var/lib/fanlight --map map.toml export.csv --check\n"
                            "A map has at least:\n"
                            "  [columns]\n"
                            "  record_id = \"Case No\"\n"
                            "  forename = \"First Name\"\n"
                            "  surname = \"Last Name\"\n"
                            "  date_of_birth = \"DOB\"");
    feed->add_option("people", line.import.file, "CSV file")->required();
    feed->add_option("--map", line.import.map, "How to read a file of another layout (TOML)");
    feed->add_flag("--check", line.import.check, "Only report; store nothing");
    feed->add_flag("--wait", line.import.wait, "Wait until everybody is enrolled");
    feed->callback([&line] { line.code = cli::import_people(line.common, line.import); });

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
    verb(app, line, "matches",
         "At an agency: queries about somebody who may be one of its own records. A\n"
         "practitioner looks at the records listed. Every view is logged.")
        ->callback([&line] { line.code = cli::matches(line.common); });
    cli::add_log(app, line);
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
    for (int i = 0; i < argc; ++i) line.learn.command += (i == 0 ? "" : " ") + std::string(argv[i]);
    add_setup(app, line);
    cli::add_agreement(app, line);
    add_keys(app, line);
    add_running(app, line);
    add_match(app, line);
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
