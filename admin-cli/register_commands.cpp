// The commands of the register: at a running node.

#include "admin-cli/line.hpp"

#include <CLI/CLI.hpp>

namespace fanlight::cli {

namespace {

void add_signing(CLI::App& command, StatementOptions& options) {
    command.add_option("--key", options.key, "Your key, as `fanlight officer keygen` made it")->required();
    command.add_option("--passphrase-fd", options.source.passphrase_fd,
                       "Read the passphrase from this file descriptor");
    command.add_flag("--yes", options.yes, "Do not ask; for who has read it already");
}

void add_statement(CLI::App& command, StatementOptions& options) {
    command.add_option("--reason", options.reason, "Why, in one line for every party to read; no names of people")
        ->required();
    add_signing(command, options);
}

void add_party(CLI::App& app, Line& line) {
    auto* const party = app.add_subcommand("party", "Stop answering a party, or cut one off")->require_subcommand(1);
    auto* const suspend = verb(*party, line, "suspend",
                               "Stop this party's own answers to another at once. One of its two officers signs.\n"
                               "It binds this node from this moment; the others are told.\n"
                               "  fanlight party suspend probation --reason \"breach under investigation\" \\\n"
                               "      --key housing-dpo.key --data /var/lib/fanlight");
    suspend->add_option("party", line.statement.party, "To whom nothing is told any more")->required();
    add_statement(*suspend, line.statement);
    suspend->callback([&line] { line.code = party_suspend(line.common, line.statement, false); });
    auto* const resume = verb(*party, line, "resume", "Take a suspension back");
    resume->add_option("party", line.statement.party, "Whom this party answers again")->required();
    add_statement(*resume, line.statement);
    resume->callback([&line] { line.code = party_suspend(line.common, line.statement, true); });
    auto* const remove = verb(*party, line, "remove",
                              "Cut a party off at once. Both officers of two thirds of the others sign the same\n"
                              "words: the first makes them here, the others sign with: fanlight register sign ID.\n"
                              "A version of the agreement without it follows.");
    remove->add_option("party", line.statement.party, "Who is cut off")->required();
    add_statement(*remove, line.statement);
    remove->callback([&line] { line.code = party_remove(line.common, line.statement); });
}

} // namespace

void add_register(CLI::App& app, CLI::App& agreement, Line& line) {
    auto* const propose = verb(agreement, line, "propose",
                               "Hand a draft that you have signed to every party, or one more signature of it, or\n"
                               "any other note for the register. Once enough have signed, it gets its place there.\n"
                               "  fanlight agreement propose northbridge-2.note --data /var/lib/fanlight");
    propose->add_option("note", line.agreement, "What `fanlight agreement sign` wrote")->required();
    propose->callback([&line] { line.code = agreement_propose(line.common, line.agreement); });
    verb(agreement, line, "proposals", "What waits for signatures, and whose are missing")->callback([&line] {
        line.code = agreement_proposals(line.common);
    });
    auto* const fetch = verb(agreement, line, "fetch",
                             "Write a note of the register to a file: to compare, to rehearse, to sign elsewhere.\n"
                             "  fanlight agreement fetch 1a2b3c4d --out northbridge-2.note");
    fetch->add_option("note", line.statement.which, "A proposal's number, in-force, or version-1")->required();
    fetch->add_option("--out", line.statement.out, "Where no file is yet")->required();
    fetch->callback([&line] { line.code = agreement_fetch(line.common, line.statement); });
    auto* const rehearse = verb(agreement, line, "rehearse",
                                "At an agency: try a draft on what this node decided. Counts and clauses, never a\n"
                                "person.\n"
                                "  fanlight agreement rehearse northbridge-2.toml --since 30d");
    rehearse->add_option("draft", line.rehearse.draft, "A draft or a signed agreement")->required();
    rehearse->add_option("--since", line.rehearse.since, "How far back: 30d, 12h; at most 366d")->required();
    rehearse->callback([&line] { line.code = agreement_rehearse(line.common, line.rehearse); });
    auto* const revoke = verb(agreement, line, "revoke",
                              "Stop all disclosure under the version in force at once. Both officers of two thirds of\n"
                              "the parties sign the same words, as with `fanlight party remove`.");
    add_statement(*revoke, line.statement);
    revoke->callback([&line] { line.code = agreement_revoke(line.common, line.statement); });

    auto* const book =
        app.add_subcommand("register", "The register of versions, keys and statements")->require_subcommand(1);
    verb(*book, line, "status", "Which version is in force, who has it, this node's lease, what waits, who is stopped")
        ->callback([&line] { line.code = register_status(line.common); });
    auto* const sign = verb(*book, line, "sign", "Add your signature to a note that waits at this node");
    sign->add_option("note", line.statement.which, "Its number, as `fanlight agreement proposals` lists it")
        ->required();
    add_signing(*sign, line.statement);
    sign->callback([&line] { line.code = register_sign(line.common, line.statement); });
    add_party(app, line);
}

} // namespace fanlight::cli
