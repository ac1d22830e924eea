// Keys of officers: made and shown on any machine, without a node.

#include "admin-cli/output.hpp"
#include "admin-cli/verbs.hpp"
#include "node/offline/files.hpp"
#include "node/offline/officer_key.hpp"

#include <boost/json.hpp>

namespace fanlight::cli {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

void show_card(node::OfficerCard const& card, bool as_json) {
    auto const print = node::fingerprint_of(card.key);
    if (as_json)
        return print_json(json::object{{"party", card.party.text()},
                                       {"role", name(card.role)},
                                       {"mode", name(card.mode)},
                                       {"vkey", card.key.vkey()},
                                       {"fingerprint", print.hex},
                                       {"words", print.words}});
    cli::print("Key of the " + std::string(in_words(card.role)) + " of " + card.party.text() + ", " + name(card.mode) +
               ". In the agreement, under the [[party]] \"" + card.party.text() + "\":\n  " + name(card.role) +
               " = \"" + card.key.vkey() + "\"\n");
    show_fingerprint("this officer's key", print, false);
}

Result<node::OfficerCard> keygen(OfficerOptions const& options) {
    constexpr auto where = "officer's key file";
    FANLIGHT_TRY(auto const party, PartyId::parse(options.party));
    FANLIGHT_TRY(auto const role, node::parse_officer_role(options.role));
    FANLIGHT_TRY(auto const mode, parse_mode(options.mode));
    crypto::SystemRandom random;
    FANLIGHT_TRY(auto const key, node::make_officer_key(mode, options.domain, party, role, random));
    // Before anybody thinks of a passphrase for nothing; write_new_file looks again.
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(options.file, ignored)))
        return fail(Errc::exists, where, "It is left as it is. Choose another name.");
    FANLIGHT_TRY(auto const passphrase, node::read_passphrase(options.source, true));
    FANLIGHT_TRY(auto const file, node::seal_officer_key(key, passphrase.reveal(), {}, random));
    FANLIGHT_TRY(node::write_new_file(options.file, file, where));
    return key.card;
}

} // namespace

int officer_keygen(Common const& common, OfficerOptions const& options) {
    auto const made = keygen(options);
    if (!made) return report(made.assume_error());
    show_card(made.assume_value(), common.json);
    if (!common.json)
        print("Kept in " + options.file.string() +
              ". Without the file or its passphrase nobody can sign as this officer: keep a copy\n"
              "apart from this machine, and tell nobody the passphrase.\n");
    return 0;
}

int officer_show(Common const& common, fs::path const& key) {
    auto const file = node::read_small_file(key, node::officer_key_bytes_max, "officer's key file");
    if (!file) return report(file.assume_error());
    auto const card = node::read_officer_card(file.assume_value());
    if (!card) return report(card.assume_error());
    show_card(card.assume_value(), common.json);
    return 0;
}

} // namespace fanlight::cli
