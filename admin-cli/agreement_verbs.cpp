// Agreements as files: check, sign, verify, compare, show. No node is needed but for the one in force.

#include "admin-cli/output.hpp"
#include "admin-cli/register_verbs.hpp"
#include "admin-cli/status_text.hpp"
#include "admin-cli/verbs.hpp"
#include "node/http/register_view.hpp"
#include "node/offline/files.hpp"
#include "node/offline/process.hpp"
#include "node/offline/signing_copy.hpp"
#include "policy/succession.hpp"
#include "policy/text.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr auto file_where = "agreement file";
constexpr auto not_an_agreement = "Mend what is listed.";

// ---------------------------------------------------------------------------------------- reading

/// A file and what parse_agreement makes of it.
struct Opened {
    Bytes file;
    node::SigningCopy copy;
    node::Fingerprint print;
    std::optional<policy::Agreement> agreement;
    std::vector<policy::Finding> findings;
};

Result<Opened> open_file(fs::path const& file) {
    auto bytes = node::read_small_file(file, limits::agreement_bytes_max, file_where);
    if (!bytes && bytes.assume_error().code == Errc::too_large)
        return fail(Errc::too_large, file_where, node::agreement_size_mend);
    FANLIGHT_TRY(auto content, std::move(bytes));
    FANLIGHT_TRY(auto copy, node::parse_signing_copy(as_text(content)));
    auto const id = protocol::agreement_id(copy.text);
    auto parsed = policy::parse_agreement(copy.text);
    if (parsed.agreement) parsed.agreement->id = id;
    return Opened{std::move(content), std::move(copy), node::fingerprint_of(id.view()), std::move(parsed.agreement),
                  std::move(parsed.findings)};
}

int report_in(fs::path const& file, Error const& error) {
    auto const code = report(error);
    std::fprintf(stderr, "  (in %s)\n", file.c_str());
    return code;
}

void list(std::vector<policy::Finding> const& findings, std::FILE* to) {
    for (auto const& finding : findings) std::fprintf(to, "%s\n", policy::describe(finding).c_str());
    std::fflush(to);
}

/// A file that holds an agreement without errors; its warnings are shown. Otherwise the errors are, and the exit code
/// is in `code`.
std::optional<Opened> open_checked(fs::path const& file, int& code) {
    auto opened = open_file(file);
    if (!opened) {
        code = report_in(file, opened.assume_error());
        return std::nullopt;
    }
    list(opened.assume_value().findings, stderr);
    if (!opened.assume_value().agreement) {
        code = report_in(file, {Errc::malformed, "agreement", not_an_agreement});
        return std::nullopt;
    }
    return std::move(opened).assume_value();
}

// ---------------------------------------------------------------------------------------- who has signed

struct Counts {
    std::size_t present = 0;
    std::size_t missing = 0;
    std::size_t bad = 0;
    std::size_t others = 0; ///< signatures of keys that the agreement does not name
};

Counts count(node::SigningCopy const& copy, std::vector<node::OfficerSignature> const& signatures) {
    Counts counts;
    for (auto const& signature : signatures) {
        switch (signature.state) {
        case node::SignatureState::present: ++counts.present; break;
        case node::SignatureState::missing: ++counts.missing; break;
        case node::SignatureState::bad: ++counts.bad; break;
        }
    }
    for (auto const& line : copy.signatures) {
        auto const named = [&](node::OfficerSignature const& one) {
            return one.key.name == line.name && one.key.id() == line.id;
        };
        if (std::none_of(signatures.begin(), signatures.end(), named)) ++counts.others;
    }
    return counts;
}

std::string heading(Opened const& opened) {
    auto const& agreement = *opened.agreement;
    return agreement.name + ", version " + std::to_string(agreement.version) + ", from " +
           to_text(agreement.effective_from) + (agreement.mode == Mode::practice ? ", practice" : "") + "\n" +
           "Fingerprint, to read over the phone:\n  " + opened.print.words + "\n  " + opened.print.hex + "\n";
}

/// One row a party: "  housing    officer present   dpo missing".
std::string signatures_text(std::vector<node::OfficerSignature> const& signatures) {
    std::string text = "Signatures:";
    PartyId const* party = nullptr;
    auto const padded = [](std::string word, std::size_t width) {
        word.resize(std::max(word.size(), width), ' ');
        return word;
    };
    for (auto const& signature : signatures) {
        if (party == nullptr || *party != signature.party)
            text += "\n  " + padded(signature.party.text(), PartyId::length_max / 2);
        party = &signature.party;
        text += "  " + std::string(name(signature.role)) + " ";
        text += signature.role == node::OfficerRole::officer ? padded(name(signature.state), 7) : name(signature.state);
    }
    return text + "\n";
}

std::string totals_text(node::SigningCopy const& copy, std::vector<node::OfficerSignature> const& signatures) {
    auto const counts = count(copy, signatures);
    auto text = std::to_string(counts.present) + " of " + std::to_string(signatures.size()) +
                " officers have signed; " + std::to_string(counts.missing) + " missing, " + std::to_string(counts.bad) +
                " bad.\n";
    if (counts.others > 0)
        text += std::to_string(counts.others) + " more by keys that the agreement does not name; they count nothing.\n";
    return text;
}

json::object signatures_json(Opened const& opened, std::vector<node::OfficerSignature> const& signatures) {
    json::array all;
    for (auto const& signature : signatures)
        all.push_back(json::object{{"party", signature.party.text()},
                                   {"role", name(signature.role)},
                                   {"key", signature.key.vkey()},
                                   {"state", name(signature.state)}});
    auto const counts = count(opened.copy, signatures);
    auto const& agreement = *opened.agreement;
    return json::object{{"agreement", agreement.name},
                        {"version", agreement.version},
                        {"effective_from", to_text(agreement.effective_from)},
                        {"fingerprint", opened.print.hex},
                        {"words", opened.print.words},
                        {"signatures", std::move(all)},
                        {"present", counts.present},
                        {"missing", counts.missing},
                        {"bad", counts.bad},
                        {"others", counts.others}};
}

// ---------------------------------------------------------------------------------------- signing

/// What the agreement says of the key's party, when it is not this key: whoever holds the key can see what went wrong.
void say_what_was_found(policy::Agreement const& agreement, node::OfficerCard const& card) {
    std::fprintf(stderr, "  Your key: %s\n", card.key.vkey().c_str());
    auto const* party = agreement.find(card.party);
    if (party == nullptr) {
        std::string parties;
        for (auto const& one : agreement.parties) parties += (parties.empty() ? "" : ", ") + one.id.text();
        std::fprintf(stderr, "  Parties of the agreement: %s\n", parties.c_str());
        return;
    }
    std::fprintf(stderr, "  The agreement names for %s: officer %s\n", card.party.text().c_str(),
                 party->officer.c_str());
    std::fprintf(stderr, "  and dpo %s\n", party->dpo.c_str());
}

/// Where the note goes. A draft is never written over: its note stands beside it.
struct Target {
    fs::path path;
    bool in_place = false;
};

Target target_of(SignOptions const& options, node::SigningCopy const& copy) {
    if (!options.out.empty()) return {options.out};
    if (!copy.signatures.empty()) return {options.file, true};
    auto beside = options.file;
    return {beside.replace_extension(".note")};
}

Result<void> write_note(Target const& target, ByteView as_read, std::string const& note) {
    constexpr auto where = "signed agreement";
    if (!target.in_place) return node::write_new_file(target.path, as_bytes(note), where);
    // Another officer may have signed the same file while this one read it: that line must not get lost.
    FANLIGHT_TRY(auto const now, node::read_small_file(target.path, limits::agreement_bytes_max, file_where));
    if (!std::ranges::equal(now, as_read))
        return fail(Errc::version_mismatch, file_where, "It was changed while you were asked. Sign it again.");
    std::error_code problem;
    auto const may = fs::status(target.path, problem).permissions();
    FANLIGHT_TRY(node::replace_file(fs::absolute(target.path), as_bytes(note), where));
    if (!problem) fs::permissions(target.path, may, problem); // whoever could read it still can
    return ok();
}

bool is_sign(std::string const& typed) {
    auto const end = typed.find_last_not_of(" \r\n");
    return end != std::string::npos && typed.substr(0, end + 1) == "sign";
}

/// Asks for the passphrase, signs and writes. All that can be refused without it is refused before.
Result<void> sign_and_write(SignOptions const& options, Opened const& opened, ByteView key_file, Target const& target) {
    FANLIGHT_TRY(auto const passphrase, node::read_passphrase(options.source, false));
    FANLIGHT_TRY(auto const key, node::open_officer_key(key_file, passphrase.reveal()));
    FANLIGHT_TRY(auto const note, node::sign_copy(opened.copy, *opened.agreement, key));
    return write_note(target, opened.file, note);
}

/// What the file that was written says now.
int show_signed(fs::path const& file, bool as_json) {
    auto const opened = open_file(file);
    if (!opened) return report_in(file, opened.assume_error());
    auto const& written = opened.assume_value();
    if (!written.agreement) return report_in(file, {Errc::damaged, "signed agreement"});
    auto const now = node::officer_signatures(written.copy, *written.agreement);
    if (!now) return report_in(file, now.assume_error());
    if (as_json) {
        auto body = signatures_json(written, now.assume_value());
        body["file"] = file.string();
        print_json(body);
    } else {
        print("Signed: " + file.string() + "\n" + totals_text(written.copy, now.assume_value()));
    }
    return 0;
}

// ---------------------------------------------------------------------------------------- comparing

std::string changes_text(policy::Comparison const& comparison) {
    std::string text;
    auto const group = [&](policy::ChangeKind kind, char const* title) {
        bool first = true;
        for (auto const& change : comparison.changes) {
            if (change.kind != kind) continue;
            if (first) text += std::string(title) + "\n";
            first = false;
            text += "  " + change.sentence + (change.place.empty() ? "" : " (" + change.place + ")") + "\n";
        }
        if (!first) text += "\n";
    };
    group(policy::ChangeKind::more, "May now be told");
    group(policy::ChangeKind::less, "May no longer be told");
    group(policy::ChangeKind::clause, "Under another clause");
    group(policy::ChangeKind::state, "Also changes");
    return text + comparison.rest() + "\n";
}

std::string signers_text(policy::Signers const& signers, std::size_t parties) {
    std::string must;
    for (auto const& party : signers.must) must += (must.empty() ? "" : ", ") + party.text();
    return "\nWho must sign, each by both officers. " + signers.why + "\n  " +
           (must.empty() ? "nobody by name" : must) + "; " + std::to_string(signers.at_least) + " of " +
           std::to_string(parties) + " parties at least.\n";
}

json::object comparison_json(policy::Comparison const& comparison, policy::Succession const& succession) {
    json::array changes;
    for (auto const& change : comparison.changes)
        changes.push_back(json::object{{"kind", name(change.kind)},
                                       {"sentence", change.sentence},
                                       {"place", change.place},
                                       {"decisions", change.decisions}});
    json::array must;
    for (auto const& party : succession.signers.must) must.push_back(json::string(party.text()));
    json::array roles;
    for (auto const& role : comparison.roles) roles.push_back(json::string(role));
    return json::object{{"same", comparison.same()},
                        {"changes", std::move(changes)},
                        {"decisions", comparison.decisions},
                        {"decisions_changed", comparison.decisions_changed},
                        {"rest", comparison.rest()},
                        {"roles", std::move(roles)},
                        {"parties_changed", comparison.parties_changed},
                        {"purposes_changed", comparison.purposes_changed},
                        {"holders_changed", comparison.holders_changed},
                        {"must_sign", std::move(must)},
                        {"at_least", succession.signers.at_least},
                        {"why", succession.signers.why},
                        {"findings", node::findings_json(succession.findings)}};
}

// ---------------------------------------------------------------------------------------- showing

/// What key holders could do together, by name, and what is kept of families: whoever signs should have read it.
/// Nothing if the agreement does not parse; nobody has verified it here.
std::string collusion_text(std::string_view text) {
    auto const note = crypto::parse_note(text);
    auto const parsed = policy::parse_agreement(note ? note.assume_value().text : std::string_view());
    if (!parsed.agreement) return {};
    auto const& agreement = *parsed.agreement;
    auto const& keys = agreement.keys;
    std::string holders;
    for (auto const& holder : keys.holders) holders += (holders.empty() ? "" : ", ") + agreement.find(holder)->name;
    auto const threshold = std::to_string(int(keys.threshold));
    auto const together =
        policy::effective_total(agreement.budgets.query_evaluations_per_day, keys.holders.size(), keys.threshold);
    return "Who may hold a share of the identity key: " + holders + ".\n" + "Any " + threshold +
           " who do, together, could test any name against every token of an epoch, and no log would show it;\n" +
           "fewer can test nothing. Asked in the open, all of them together evaluate at most " + with_commas(together) +
           " times a day for queries.\n" + policy::in_words(agreement.retention) + "\n\n";
}

} // namespace

int agreement_show(Common const& common, fs::path const& file) {
    // The node knows which version is in force; while it does not run there is only what was accepted by hand.
    auto const in_force =
        file.empty() ? note_of_node(common.data, "in-force") : Result<std::string>(fail(Errc::missing, "node"));
    auto const path = file.empty() ? common.data / "agreement.note" : file;
    auto const note = in_force ? Result<Bytes>(to_bytes(as_bytes(in_force.assume_value())))
                               : node::read_small_file(path, limits::agreement_bytes_max, file_where);
    if (!note) return report(note.assume_error());
    if (file.empty() && !in_force)
        std::fprintf(stderr, "The node is not running: this is the agreement that was accepted here by hand.\n");
    auto const fingerprint = node::agreement_fingerprint(as_text(note.assume_value()));
    if (!fingerprint) return report(fingerprint.assume_error());
    // It is shown before anybody has verified it: only what a terminal shows as it stands.
    if (policy::unfit_document(as_text(note.assume_value())))
        return report({Errc::malformed, file_where, "It has characters that a screen would hide or misplace."});
    show_fingerprint("the agreement", fingerprint.assume_value(), common.json);
    if (!common.json)
        print("\n" + collusion_text(as_text(note.assume_value())) + std::string(as_text(note.assume_value())));
    return 0;
}

int agreement_check(Common const& common, fs::path const& file) {
    auto opened = open_file(file);
    if (!opened) return report_in(file, opened.assume_error());
    auto& found = opened.assume_value();
    if (found.agreement) {
        for (auto& finding : policy::check_dates(*found.agreement, day_of(node::wall_clock()))) {
            // That it is not in force yet is what a draft is like: worth knowing, and no reason to mend it.
            finding.error = false;
            found.findings.push_back(std::move(finding));
        }
    }
    auto const is_error = [](policy::Finding const& finding) { return finding.error; };
    auto const errors = static_cast<std::size_t>(std::count_if(found.findings.begin(), found.findings.end(), is_error));
    auto const warnings = found.findings.size() - errors;
    if (common.json) {
        print_json(json::object{{"errors", errors},
                                {"warnings", warnings},
                                {"findings", node::findings_json(found.findings)},
                                {"fingerprint", found.print.hex},
                                {"words", found.print.words}});
    } else {
        if (found.agreement) print(heading(found));
        list(found.findings, stdout);
        print("Errors: " + std::to_string(errors) + ". Warnings: " + std::to_string(warnings) + ".\n");
    }
    return found.agreement ? 0 : report_in(file, {Errc::malformed, "agreement", not_an_agreement});
}

int agreement_verify(Common const& common, fs::path const& file) {
    int code = 0;
    auto const opened = open_checked(file, code);
    if (!opened) return code;
    auto const signatures = node::officer_signatures(opened->copy, *opened->agreement);
    if (!signatures) return report_in(file, signatures.assume_error());
    auto const& states = signatures.assume_value();
    if (common.json)
        print_json(signatures_json(*opened, states));
    else
        print(heading(*opened) + signatures_text(states) + totals_text(opened->copy, states));
    auto const counts = count(opened->copy, states);
    if (counts.bad > 0)
        return report_in(file,
                         {Errc::bad_signature, "agreement",
                          "It is not the text that was signed: ask for the right file, or have it signed again."});
    if (counts.missing > 0)
        return report_in(file, {Errc::missing, "signature of an officer", "Send the note to who is missing."});
    return 0;
}

int agreement_sign(Common const& common, SignOptions const& options) {
    int code = 0;
    auto const opened = open_checked(options.file, code);
    if (!opened) return code;
    auto const& agreement = *opened->agreement;
    auto const key_file = node::read_small_file(options.key, node::officer_key_bytes_max, "officer's key file");
    if (!key_file) return report_in(options.key, key_file.assume_error());
    auto const card = node::read_officer_card(key_file.assume_value());
    if (!card) return report_in(options.key, card.assume_error());
    if (auto const may = node::may_sign(opened->copy, agreement, card.assume_value()); !may) {
        code = report_in(options.file, may.assume_error());
        if (may.assume_error().code != Errc::bad_signature) say_what_was_found(agreement, card.assume_value());
        return code;
    }
    auto const target = target_of(options, opened->copy);
    std::error_code ignored;
    if (!target.in_place && fs::exists(fs::symlink_status(target.path, ignored)))
        return report_in(target.path, {Errc::exists, "signed agreement",
                                       "It is left as it is. Sign that file, or choose another name with --out."});

    auto const before = node::officer_signatures(opened->copy, agreement);
    if (!before) return report_in(options.file, before.assume_error());
    // A person reads it, wherever the JSON goes.
    std::fprintf(stderr, "%s%s%sYou sign as the %s of %s.\n", heading(*opened).c_str(),
                 signatures_text(before.assume_value()).c_str(),
                 totals_text(opened->copy, before.assume_value()).c_str(), in_words(card.assume_value().role),
                 card.assume_value().party.text().c_str());
    if (!options.yes && !is_sign(ask_for_line("Have you read the text? Type \"sign\" to sign it: ")))
        return report({Errc::refused, "signing", "Nothing was signed. Type \"sign\", or give --yes."});
    if (auto const done = sign_and_write(options, *opened, key_file.assume_value(), target); !done)
        return report_in(options.file, done.assume_error());
    return show_signed(target.path, common.json);
}

int agreement_diff(Common const& common, fs::path const& before, fs::path const& after) {
    int code = 0;
    auto const from = open_checked(before, code);
    if (!from) return code;
    auto const to = open_checked(after, code);
    if (!to) return code;
    auto const comparison = policy::compare(*from->agreement, *to->agreement);
    auto const succession = policy::check_succession(*from->agreement, *to->agreement);
    bool const one_text = from->agreement->id == to->agreement->id; // which follows nothing, and need not
    if (common.json) {
        auto body = comparison_json(comparison, succession);
        body["before"] = from->print.hex;
        body["after"] = to->print.hex;
        print_json(body);
    } else {
        print("From version " + std::to_string(from->agreement->version) + " to version " +
              std::to_string(to->agreement->version) + " of " + to->agreement->name + "\n\n" +
              changes_text(comparison));
        if (!one_text) {
            print(signers_text(succession.signers, to->agreement->parties.size()));
            list(succession.findings, stdout);
        }
    }
    if (one_text) return 0;
    for (auto const& finding : succession.findings)
        if (finding.error) return report_in(after, {Errc::refused, "next version", not_an_agreement});
    return 0;
}

} // namespace fanlight::cli
