#include "admin-cli/register_verbs.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/output.hpp"
#include "base/limits.hpp"
#include "crypto/text.hpp"
#include "node/offline/files.hpp"
#include "node/offline/signing_copy.hpp"
#include "protocol/register/statement.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr Duration quick = 30s;
constexpr auto register_path = "/v1/register";

std::string joined(json::array const& texts) {
    std::string out;
    for (auto const& text : texts)
        if (text.is_string()) out += (out.empty() ? "" : ", ") + std::string(text.get_string());
    return out;
}

std::string lease_text(json::object const& lease) {
    auto const needed = std::to_string(number_at(lease, "needed"));
    std::string out;
    if (flag_at(lease, "held"))
        out = "Lease until " + text_at(lease, "until") + ": " + std::to_string(number_at(lease, "organisations")) +
              " other organisations confirm this register; " + needed + " are needed.\n";
    else
        out = "No lease: " + needed + " other organisations must confirm this register.\n";
    if (auto const why = text_at(lease, "last_was_none"); !why.empty())
        out += "  The last one that came: " + why + ".\n";
    if (auto const why = text_at(lease, "silent"); !why.empty()) out += "This node discloses nothing: " + why + ".\n";
    return out;
}

std::string proposals_text(json::object const& body) {
    auto const& proposals = array_at(body, "proposals");
    if (proposals.empty()) return "Nothing waits for signatures.\n";
    std::string out;
    for (auto const& value : proposals) {
        auto const& one = value.as_object();
        out += text_at(one, "id") + "  " + text_at(one, "kind") + ", " + text_at(one, "about") + ", since " +
               text_at(one, "since") + "\n";
        out += "          fingerprint " + text_at(one, "words") + "\n";
        if (flag_at(one, "enough"))
            out += "          Enough have signed; it waits for its place in the register.\n";
        else
            out += "          Not signed yet: " + joined(array_at(one, "missing")) + ".\n          " +
                   text_at(one, "rule") + "\n";
    }
    return out;
}

std::string versions_text(json::object const& body) {
    std::string out;
    for (auto const& value : array_at(body, "versions")) {
        auto const& one = value.as_object();
        out += "Version " + std::to_string(number_at(one, "version")) + ", from " + text_at(one, "effective_from");
        if (flag_at(one, "in_force")) out += ", in force";
        if (flag_at(one, "revoked")) out += ", REVOKED";
        out += "\n  fingerprint " + text_at(one, "words") + "\n";
        if (one.contains("acknowledged")) {
            out += "  " + std::to_string(number_at(one, "acknowledged")) + " of " +
                   std::to_string(number_at(one, "parties")) + " parties have it";
            auto const missing = joined(array_at(one, "not_acknowledged"));
            out += missing.empty() ? ".\n" : "; not yet confirmed: " + missing + ".\n";
        }
    }
    return out;
}

std::string status_text(json::object const& body) {
    auto out = "Register " + text_at(body, "origin") + ": " + std::to_string(number_at(body, "size")) + " entries\n" +
               versions_text(body) + lease_text(object_at(body, "lease"));
    for (auto const& value : array_at(body, "suspensions")) {
        auto const& one = value.as_object();
        if (flag_at(one, "suspended"))
            out += text_at(one, "by") + " has stopped its answers to " + text_at(one, "of") + ": " +
                   text_at(one, "reason") + "\n";
    }
    for (auto const& value : array_at(body, "keys")) {
        auto const& one = value.as_object();
        if (flag_at(one, "cut_off")) out += text_at(one, "party") + " is cut off.\n";
    }
    return out + proposals_text(body);
}

Answer register_of(Common const& common) {
    return call(common.data, "GET", register_path, "", quick, common.json);
}

int post_note(Common const& common, std::string const& note) {
    return show(call(common.data, "POST", register_path, note, quick, common.json), common.json,
                [](json::object const& body) {
                    std::string out;
                    for (auto const& value : array_at(body, "findings")) {
                        auto const& one = value.as_object();
                        out += "Warning: " + text_at(one, "place") + ": " + text_at(one, "text") + " " +
                               text_at(one, "mend") + "\n";
                    }
                    return out + "Handed to every party.\n" + proposals_text(body);
                });
}

Result<node::OfficerKey> open_key(StatementOptions const& options) {
    FANLIGHT_TRY(auto const file,
                 node::read_small_file(options.key, node::officer_key_bytes_max, "officer's key file"));
    FANLIGHT_TRY(node::read_officer_card(file)); // before anybody is asked for a passphrase
    FANLIGHT_TRY(auto const passphrase, node::read_passphrase(options.source, false));
    return node::open_officer_key(file, passphrase.reveal());
}

bool agreed(StatementOptions const& options, std::string_view text) {
    std::fprintf(stderr, "%.*s", static_cast<int>(text.size()), text.data());
    return options.yes || ask_for_line("Type \"sign\" to sign this: ") == "sign";
}

int sign_and_post(Common const& common, StatementOptions const& options, crypto::UnverifiedNote const& note) {
    if (!agreed(options, note.text)) return report({Errc::refused, "signing", "Nothing was signed."});
    auto const key = open_key(options);
    if (!key) return report(key.assume_error());
    return post_note(common, node::with_signature(note, key.assume_value()));
}

/// What a statement needs to know of the node: its mode, party, the latest version, the serial after the last one.
struct AtNode {
    Mode mode = Mode::practice;
    PartyId party;
    AgreementId latest;
    AgreementId in_force;
    json::object body;
};
Result<AtNode> at_node(json::object const& body) {
    FANLIGHT_TRY(auto const mode, parse_mode(text_at(body, "mode")));
    FANLIGHT_TRY(auto party, PartyId::parse(text_at(body, "party")));
    auto const& versions = array_at(body, "versions");
    if (versions.empty()) return fail(Errc::malformed, "answer of the node");
    auto const id_of = [](json::value const& version) -> Result<AgreementId> {
        FANLIGHT_TRY(auto const bytes, crypto::from_hex(text_at(version.as_object(), "id")));
        return AgreementId::parse(bytes);
    };
    FANLIGHT_TRY(auto const latest, id_of(versions.back()));
    auto in_force = latest;
    for (auto const& version : versions)
        if (flag_at(version.as_object(), "in_force")) {
            FANLIGHT_TRY(in_force, id_of(version));
        }
    return AtNode{mode, std::move(party), latest, in_force, body};
}

/// A statement that is the same for all who sign it: whoever is later signs what waits already.
template <class Make> int state(Common const& common, StatementOptions const& options, Make const& make) {
    if (options.reason.empty() || options.reason.size() > protocol::statement_reason_bytes_max)
        return report(
            {Errc::malformed, "--reason", "Say why in one line of at most 200 bytes, without names of people."});
    auto answer = register_of(common);
    if (answer.code != 0) return answer.code;
    auto const here = at_node(answer.body);
    if (!here) return report(here.assume_error());
    Result<std::string> const text = make(here.assume_value());
    if (!text) return report(text.assume_error());
    auto const parsed = protocol::parse_statement(here.assume_value().mode, text.assume_value());
    if (!parsed) return report(parsed.assume_error());
    return sign_and_post(common, options, {text.assume_value(), {}});
}

} // namespace

Result<std::string> note_of_node(fs::path const& data, std::string const& which) {
    FANLIGHT_TRY(auto const reply,
                 http_call(data / "api.sock", "GET", std::string(register_path) + "/notes/" + which, "", quick));
    boost::system::error_code problem;
    auto const value = json::parse(reply.body, problem);
    if (problem || !value.is_object()) return fail(Errc::malformed, "answer of the node");
    auto note = text_at(value.get_object(), "note");
    if (reply.status != 200 || note.empty())
        return fail(Errc::missing, "note of the register",
                    "Name in-force, version-1, or a proposal as `fanlight agreement proposals` lists it.");
    return note;
}

int agreement_propose(Common const& common, fs::path const& note) {
    auto const text = node::read_small_file(note, limits::agreement_bytes_max, "note");
    if (!text) return report(text.assume_error());
    return post_note(common, std::string(as_text(text.assume_value())));
}

int agreement_proposals(Common const& common) {
    return show(register_of(common), common.json, proposals_text);
}

int register_status(Common const& common) {
    return show(register_of(common), common.json, status_text);
}

int agreement_fetch(Common const& common, StatementOptions const& options) {
    auto const note = note_of_node(common.data, options.which);
    if (!note) return report(note.assume_error());
    auto const written = node::write_new_file(options.out, as_bytes(note.assume_value()), "copy of the note");
    if (!written) return report(written.assume_error());
    if (!common.json) print("Written to " + options.out.string() + ".\n");
    return 0;
}

int register_sign(Common const& common, StatementOptions const& options) {
    auto const note = note_of_node(common.data, options.which);
    if (!note) return report(note.assume_error());
    auto const parsed = crypto::parse_note(note.assume_value());
    if (!parsed) return report(parsed.assume_error());
    return sign_and_post(common, options, parsed.assume_value());
}

int party_suspend(Common const& common, StatementOptions const& options, bool lifted) {
    return state(common, options, [&](AtNode const& here) -> Result<std::string> {
        FANLIGHT_TRY(auto const of, PartyId::parse(options.party));
        std::uint64_t serial = 0;
        for (auto const& value : array_at(here.body, "suspensions")) {
            auto const& one = value.as_object();
            if (text_at(one, "by") == here.party.text() && text_at(one, "of") == of.text())
                serial = number_at(one, "serial");
        }
        return protocol::statement_text(
            here.mode,
            protocol::Suspension{here.party, of, static_cast<std::uint32_t>(serial + 1), lifted, options.reason});
    });
}

int party_remove(Common const& common, StatementOptions const& options) {
    return state(common, options, [&](AtNode const& here) -> Result<std::string> {
        FANLIGHT_TRY(auto party, PartyId::parse(options.party));
        return protocol::statement_text(here.mode, protocol::Removal{here.latest, std::move(party), options.reason});
    });
}

int agreement_revoke(Common const& common, StatementOptions const& options) {
    return state(common, options, [&](AtNode const& here) -> Result<std::string> {
        return protocol::statement_text(here.mode, protocol::Revocation{here.in_force, options.reason});
    });
}

} // namespace fanlight::cli
