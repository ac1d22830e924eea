// The commands of the log: most at a running node; `check` and `fsck` on any machine.

#include "admin-cli/line.hpp"
#include "admin-cli/log_verbs.hpp"

#include <CLI/CLI.hpp>

namespace fanlight::cli {

namespace {

constexpr auto place_help = "Place of the leaf, as `fanlight log list` prints it: 2026/18204";
constexpr auto user_help = "Your name as your organisation knows it; the log keeps it";

void add_period(CLI::App& command, LogPeriod& period) {
    command.add_option("--since", period.since, "From when: 7d, 12h, 2026-11-14 or 2026-11-14T09:05:00Z (UTC)");
    command.add_option("--until", period.until, "Before when, written the same way");
    command.add_option("--class", period.classes,
                       "Only these, separated by commas: query_sent, query_received, decision,\n"
                       "disclosure_sent, disclosure_received, refusal, break_glass, correction,\n"
                       "context_opened, review, export, erasure, gap, admin, evaluation_requested,\n"
                       "evaluation_served, key_event, suspension, agreement_activated,\n"
                       "agreement_revoked, start_stop_clock, filler");
    command.add_option("--peer", period.peer, "Only with this party, e.g. housing");
}

void add_looking(CLI::App& log, Line& line) {
    auto* const list = verb(log, line, "list",
                            "What this node told, refused and did: exceptions first, then the newest leaves.\n"
                            "Nothing of it says who somebody is: people have this log's own pseudonyms.\n"
                            "  fanlight log list --since 7d --peer police --data /var/lib/fanlight");
    add_period(*list, line.log.list.period);
    list->add_flag("--exceptions", line.log.list.exceptions, "Only the exceptions");
    list->add_option("--limit", line.log.list.limit, "At most so many rows of each, the newest")
        ->check(CLI::Range(0, 10'000))
        ->capture_default_str();
    list->callback([&line] { line.code = log_list(line.common, line.log.list); });

    auto* const show = verb(log, line, "show",
                            "One leaf: every field that it commits to, the clauses it cites in words, receipts,\n"
                            "reviews, and under which head it is.\n"
                            "  fanlight log show 2026/18204 --data /var/lib/fanlight");
    show->add_option("place", line.log.place, place_help)->required();
    show->callback([&line] { line.code = log_show(line.common, line.log.place); });

    auto* const sample = verb(log, line, "sample",
                              "Draw leaves by a seed, so that somebody else with this log draws the same. Take a seed\n"
                              "that nobody here chose. It prints the command that draws the same again.\n"
                              "  fanlight log sample --n 10 --seed 2026W47 --class disclosure_sent --since 7d");
    sample->add_option("--n", line.log.sample.n, "How many")->check(CLI::Range(1, 1000))->capture_default_str();
    sample->add_option("--seed", line.log.sample.seed, "Any text")->required();
    add_period(*sample, line.log.sample.period);
    sample->callback([&line] { line.code = log_sample(line.common, line.log.sample); });

    auto* const heads =
        verb(log, line, "heads",
             "How far this log is published, and how far others have cosigned it. Keep a cosigned head\n"
             "elsewhere: `fanlight log fsck --head` finds whether a later log still leads to it.\n"
             "  fanlight log heads --out housing-2026-11-22.head");
    heads->add_option("--out", line.log.head_out, "Also write the newest cosigned head, where no file is yet");
    heads->callback([&line] { line.code = log_heads(line.common, line.log.head_out); });
    verb(log, line, "policy",
         "Print the trust policy of this node's log (c2sp.org/tlog-policy): its key, the witnesses,\n"
         "how many of them must have cosigned. Whoever checks proofs needs it.\n"
         "  fanlight log policy --data /var/lib/fanlight > housing.policy")
        ->callback([&line] { line.code = log_policy(line.common); });
}

void add_acting(CLI::App& log, Line& line) {
    auto* const review = verb(log, line, "review",
                              "Say that you have looked at a leaf, and what you think. The mark becomes a leaf of the\n"
                              "log; nobody can take it away, and a later one stands beside it.\n"
                              "  fanlight log review 2026/18204 --verdict question --user r.patel \\\n"
                              "      --note \"no reply on file\"");
    auto& mark = line.log.review;
    review->add_option("place", mark.place, place_help)->required();
    review->add_option("--verdict", mark.verdict, "justified, question or not-justified")
        ->required()
        ->check(CLI::IsMember({"justified", "question", "not-justified"}));
    review->add_option("--user", mark.user, user_help)->required();
    review->add_option("--note", mark.note, "Why, in a sentence that names nobody; needed unless it is justified");
    review->callback([&line] { line.code = log_review(line.common, line.log.review); });

    auto* const erase = verb(log, line, "erase",
                             "After a decision under Article 17: make everything that this log says about one person\n"
                             "unreadable for ever. Leaves and proofs stay, and the erasure is a leaf. Look first:\n"
                             "  fanlight log erase --record 4711 --dry-run\n"
                             "  fanlight log erase --record 4711 --decision IG-2026-031 --user r.patel");
    auto& erasure = line.log.erase;
    auto* const record = erase->add_option("--record", erasure.record, "At an agency: the id of its own record");
    auto* const item = erase->add_option("--case", erasure.id, "At the coordinator: a case, with --person");
    erase->add_option("--person", erasure.person, "Of that case: the label or number in the family form")->needs(item);
    auto* const subject = erase->add_option("--subject", erasure.subject,
                                            "Or this log's pseudonym of the person, as `fanlight log show` prints it");
    record->excludes(item)->excludes(subject);
    item->excludes(subject);
    erase->add_option("--decision", erasure.decision, "Reference of the decision; it names nobody");
    erase->add_option("--user", erasure.user, user_help);
    erase->add_flag("--dry-run", erasure.dry_run, "Only count");
    erase->add_flag("--yes", erasure.yes, "Do not ask");
    erase->callback([&line] { line.code = log_erase(line.common, line.log.erase); });

    auto* const reconcile = verb(log, line, "reconcile",
                                 "Compare this node's exchanges with another party's, without their content: both\n"
                                 "logged each under the same tag. Lists what only one end has.\n"
                                 "  fanlight log reconcile --peer housing --since 7d --wait");
    reconcile->add_option("--peer", line.log.reconcile.peer, "The other party")->required();
    reconcile->add_option("--since", line.log.reconcile.since, "From when, as for `fanlight log list`")
        ->capture_default_str();
    reconcile->add_flag("--wait", line.log.reconcile.wait, "Wait until it has answered");
    reconcile->callback([&line] { line.code = log_reconcile(line.common, line.log.reconcile); });

    auto* const glass = verb(log, line, "break-glass",
                             "When lives depend on it: answer at stage 1 although too few others witness this log.\n"
                             "Two named people; it is the first thing that information governance sees.\n"
                             "  fanlight log break-glass --user j.smith --approver r.patel --hours 4 \\\n"
                             "      --reason \"network of the partnership is down\"");
    auto& broken = line.log.glass;
    glass->add_option("--user", broken.user, "Who does it")->required();
    glass->add_option("--approver", broken.approver, "Who else decided it")->required();
    glass->add_option("--reason", broken.reason, "Why; it names nobody")->required();
    glass->add_option("--hours", broken.hours, "For how long")->required()->check(CLI::Range(1, 24));
    glass->add_flag("--yes", broken.yes, "Do not ask");
    glass->callback([&line] { line.code = log_break_glass(line.common, line.log.glass); });
}

void add_files(CLI::App& log, Line& line) {
    auto* const made = verb(log, line, "export",
                            "Write leaves to a file. That it was made becomes a leaf, with the file's SHA-256, before\n"
                            "the file has its name.\n"
                            "  csv    safe to open in a spreadsheet; a second file says what the columns mean\n"
                            "  jsonl  a leaf a line with what it commits to, and signed heads at the end\n"
                            "  html   one page that prints, exceptions first\n"
                            "  fanlight log export --format csv --since 2026-11-01 --until 2026-12-01 \\\n"
                            "      --out november.csv --user r.patel");
    made->add_option("--format", line.log.made.format, "csv, jsonl or html")
        ->check(CLI::IsMember({"csv", "jsonl", "html"}))
        ->capture_default_str();
    add_period(*made, line.log.made.period);
    made->add_option("--out", line.log.made.out, "Where no file is yet")->required();
    made->add_option("--user", line.log.made.user, user_help)->required();
    made->callback([&line] { line.code = log_export(line.common, line.log.made); });

    auto* const prove =
        verb(log, line, "prove",
             "Write the proof that a leaf is in this log, and of what it says only what you choose.\n"
             "Two files: the proof (c2sp.org/tlog-proof) and beside it the leaf with the chosen fields.\n"
             "  fanlight log prove 2026/18204 --reveal time,peer,message_hash --out for-court");
    prove->add_option("place", line.log.prove.place, place_help)->required();
    prove->add_option("--reveal", line.log.prove.reveal,
                      "Fields to show, separated by commas, as `fanlight log show` names them");
    prove->add_option("--out", line.log.prove.out, "Names of the files, without their endings");
    prove->callback([&line] { line.code = log_prove(line.common, line.log.prove); });

    auto* const receipt =
        verb(log, line, "receipt",
             "Write the receipt that the other end sent for an exchange: its proof that what it told\n"
             "this node is in its own log.\n"
             "  fanlight log receipt 2026/18204 --out housing.receipt");
    receipt->add_option("which", line.log.receipt.which, "Place of this node's leaf, or the exchange tag")->required();
    receipt->add_option("--out", line.log.receipt.out, "Where no file is yet")->required();
    receipt->callback([&line] { line.code = log_receipt(line.common, line.log.receipt); });

    auto* const check = verb_anywhere(log, line, "check",
                                      "Check proofs and receipts, on any machine, without a node.\n"
                                      "  fanlight log check for-court.tlog-proof --policy housing.policy");
    check->add_option("files", line.log.check.files, "Files of `fanlight log prove` or `fanlight log receipt`")
        ->required();
    auto* const policy =
        check->add_option("--policy", line.log.check.policy, "Whom you trust, as `fanlight log policy` prints it");
    check->add_option("--log-key", line.log.check.key, "Or the log's verifier key; nobody need have cosigned")
        ->excludes(policy);
    check->callback([&line] { line.code = log_check(line.common, line.log.check); });

    auto* const fsck = verb_anywhere(log, line, "fsck",
                                     "Check a whole log with nothing but its directory and public keys.\n"
                                     "  fanlight log fsck /var/lib/fanlight/log/2026 --policy housing.policy");
    fsck->add_option("directory", line.log.fsck.directory, "A log of one year, or a copy of it")->required();
    auto* const trust =
        fsck->add_option("--policy", line.log.fsck.policy, "Whom you trust, as `fanlight log policy` prints it");
    fsck->add_option("--log-key", line.log.fsck.key, "Or the log's verifier key")->excludes(trust);
    fsck->add_option("--head", line.log.fsck.head, "A head that you have from elsewhere: the log must lead to it");
    fsck->add_option("--proof", line.log.fsck.proof, "A proof that you have: its leaf must be in this log");
    fsck->callback([&line] { line.code = log_fsck(line.common, line.log.fsck); });
}

void add_splice(CLI::App& log, Line& line) {
    auto* const splice = verb_anywhere(
        log, line, "splice",
        "Whether a coordinator showed an agency's answer about one person as one about another: hold\n"
        "the proved leaves of both ends against each other, on any machine.\n"
        "  at the coordinator: fanlight log prove PLACE --reveal slot_commitments,slot_opening --out sent\n"
        "                      fanlight log prove PLACE --reveal slots --out shown\n"
        "  at the agency:      fanlight log prove PLACE --reveal slot_commitments --out received\n"
        "  fanlight log splice --sent sent.json --received received.json --answer shown.json \\\n"
        "      --policy coordinator.policy --policy housing.policy");
    auto& files = line.log.splice;
    splice->add_option("--sent", files.sent, "The coordinator's leaf of the query")->required();
    splice->add_option("--received", files.received, "The agency's leaf of the same query")->required();
    splice->add_option("--answer", files.answer, "The coordinator's leaf of the answer to it")->required();
    splice->add_option("--records", files.records, "What `fanlight log record-hashes` wrote at the agency");
    splice->add_option("--others", files.others, "The coordinator's leaves of the case's other queries");
    splice->add_option("--policy", files.policies,
                       "Whom you trust, of either log; without it, whose leaves they are is not looked at");
    splice->callback([&line] { line.code = log_splice(line.common, line.log.splice); });

    auto* const hashes = verb(log, line, "record-hashes",
                              "At an agency: what one of its records has, as hashes that name nobody, for\n"
                              "`fanlight log splice`.\n"
                              "  fanlight log record-hashes --record 4711 --slot 5 --out record.json");
    hashes->add_option("--record", line.log.hashes.record, "The agency's own id of the record")->required();
    hashes->add_option("--slot", line.log.hashes.slot, "The slot in which it was matched, from 1")
        ->required()
        ->check(CLI::Range(1, 16));
    hashes->add_option("--epoch", line.log.hashes.epoch, "Epoch of the query; else the one that is open");
    hashes->add_option("--out", line.log.hashes.out, "Where no file is yet")->required();
    hashes->callback([&line] { line.code = log_record_hashes(line.common, line.log.hashes); });
}

} // namespace

void add_log(CLI::App& app, Line& line) {
    auto* const log = app.add_subcommand("log", "The audit log")->require_subcommand(1);
    add_looking(*log, line);
    verb(*log, line, "verify", "Check the tree, the signed head and every opening of this node's log")
        ->callback([&line] { line.code = log_verify(line.common); });
    add_acting(*log, line);
    add_files(*log, line);
    add_splice(*log, line);
}

} // namespace fanlight::cli
