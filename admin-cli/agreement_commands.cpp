// The commands about agreements and the keys that sign them.

#include "admin-cli/line.hpp"

#include <CLI/CLI.hpp>

namespace fanlight::cli {

namespace {

/// On any machine: an agreement is a file, and a draft goes round before any node knows of it.
void add_offline(CLI::App& agreement, Line& line) {
    auto* const check = verb_anywhere(agreement, line, "check",
                                      "Look for what is wrong with an agreement, or worth knowing: each finding with\n"
                                      "its line, its place and the mend. Takes a draft (TOML) or a signed note.\n"
                                      "Exit code 0 if there are warnings at most.\n"
                                      "  fanlight agreement check northbridge-2.toml");
    check->add_option("agreement", line.agreement, "A draft or a signed agreement")->required();
    check->callback([&line] { line.code = agreement_check(line.common, line.agreement); });

    auto* const sign = verb_anywhere(agreement, line, "sign",
                                     "Sign an agreement as an officer of your party. Shows what it is and who has\n"
                                     "signed, and asks before it signs. A draft becomes a signed note beside it\n"
                                     "(northbridge-2.note); a note gets one more line. Send the note on to who is\n"
                                     "missing. The text stays as it is, byte for byte.\n"
                                     "  fanlight agreement sign northbridge-2.toml --key housing-dpo.key");
    sign->add_option("agreement", line.sign.file, "A draft, or a note that others have signed")->required();
    sign->add_option("--key", line.sign.key, "Your key, as `fanlight officer keygen` made it")->required();
    sign->add_option("--out", line.sign.out, "Write the note here, where no file is yet");
    sign->add_flag("--yes", line.sign.yes, "Do not ask; for who has read it already");
    sign->add_option("--passphrase-fd", line.sign.source.passphrase_fd,
                     "Read the passphrase from this file descriptor");
    sign->callback([&line] { line.code = agreement_sign(line.common, line.sign); });

    auto* const verify = verb_anywhere(agreement, line, "verify",
                                       "Say of both officers of every party whether their signature is present,\n"
                                       "missing or bad. Exit code 0 only if all are present.\n"
                                       "  fanlight agreement verify northbridge-2.note");
    verify->add_option("agreement", line.agreement, "A signed agreement, or a draft")->required();
    verify->callback([&line] { line.code = agreement_verify(line.common, line.agreement); });

    auto* const diff = verb_anywhere(agreement, line, "diff",
                                     "Say in plain English everything that changes from one version to the next:\n"
                                     "what may be told, what no longer, what else; and who must sign because of it.\n"
                                     "  fanlight agreement diff northbridge-1.note northbridge-2.toml");
    diff->add_option("old", line.agreement, "The agreement as it is")->required();
    diff->add_option("new", line.after, "The agreement as it would be")->required();
    diff->callback([&line] { line.code = agreement_diff(line.common, line.agreement, line.after); });
}

/// At a node: about the agreement in force there, and the register.
void add_at_node(CLI::App& agreement, Line& line) {
    auto* const accept = verb(agreement, line, "accept",
                              "Accept the first agreement by hand: its fingerprint is read to you over the phone by\n"
                              "another party. Checks every officer's signature and every party's key note.");
    accept->add_option("agreement", line.accept.agreement, "The signed agreement")->required();
    accept->add_option("--key-notes", line.accept.key_notes, "Directory of key notes, each named after its party")
        ->required();
    accept->add_option("--fingerprint", line.accept.fingerprint, "The fingerprint, as words or hex; else asked for");
    add_key_options(*accept, line.accept.source);
    accept->callback([&line] { line.code = agreement_accept(line.common, line.accept); });
    auto* const show = verb(agreement, line, "show", "Show an agreement and its fingerprint", false);
    show->add_option("agreement", line.agreement, "A file; else the one in force in --data");
    show->callback([&line] { line.code = agreement_show(line.common, line.agreement); });
}

void add_officer(CLI::App& app, Line& line) {
    auto* const officer = app.add_subcommand("officer", "Keys of the officers who sign agreements (no node needed)")
                              ->require_subcommand(1);
    auto* const keygen =
        verb_anywhere(*officer, line, "keygen",
                      "Make an officer's key, on any machine: it stays in its file, under a passphrase that\n"
                      "is asked twice, and never goes to a node. Send the line it prints to whoever drafts\n"
                      "the agreement, and read the fingerprint to them over the phone.\n"
                      "  fanlight officer keygen --party housing --role dpo --domain northbridge.example \\\n"
                      "      --out housing-dpo.key");
    keygen->add_option("--party", line.officer.party, "The officer's party, e.g. housing")->required();
    keygen->add_option("--role", line.officer.role, "officer: who is accountable; dpo: who confirms the advice")
        ->required();
    keygen->add_option("--domain", line.officer.domain, "The partnership's domain; \"practice.\" in front for practice")
        ->required();
    keygen->add_option("--mode", line.officer.mode, "live, or practice with made-up families; stamped for ever")
        ->capture_default_str();
    keygen->add_option("--out", line.officer.file, "The key's file, where none is yet")->required();
    keygen->add_option("--passphrase-fd", line.officer.source.passphrase_fd,
                       "Read the passphrase from this file descriptor");
    keygen->callback([&line] { line.code = officer_keygen(line.common, line.officer); });

    auto* const show = verb_anywhere(*officer, line, "show",
                                     "Show whose key a file holds, the line for the agreement and its fingerprint.\n"
                                     "Needs no passphrase.\n"
                                     "  fanlight officer show housing-dpo.key");
    show->add_option("key", line.officer.file, "An officer's key file")->required();
    show->callback([&line] { line.code = officer_show(line.common, line.officer.file); });
}

} // namespace

void add_agreement(CLI::App& app, Line& line) {
    auto* const agreement = app.add_subcommand("agreement", "The information-sharing agreement")->require_subcommand(1);
    add_offline(*agreement, line);
    add_at_node(*agreement, line);
    add_register(app, *agreement, line);
    add_officer(app, line);
}

} // namespace fanlight::cli
