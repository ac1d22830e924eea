#pragma once
// A small partnership with everybody's keys: for the tests of the register.

#include "protocol/register/lease.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

namespace fanlight::protocol::test {

constexpr auto register_domain = "practice.small.example";

inline Instant register_start() {
    return parse_instant("2026-12-01T00:00:00Z").value();
}

struct SmallParty {
    std::string id;
    std::string organisation;
    std::string contact = "01632 960100";
    int keys = 0;     ///< another number: other keys of its officers and its node's signing key
    int dpo_keys = 0; ///< likewise, of its data protection officer alone
};

/// A text of the agreement, by what the tests change of it. Each party's role is its id.
struct SmallText {
    std::vector<SmallParty> parties;
    int version = 1;
    std::string effective_from = "2026-12-01T00:00:00Z";
    std::string removes;                      ///< "\"police\""
    std::string reply_within = "8h";          ///< nobody's own
    std::string housing_tells = "\"colour\""; ///< fields of housing's own clause
    std::string domain = register_domain;
    std::string coordinator = "coordinator";
    std::string matching_version = "2";
    int points = 300;
};

inline SmallText five_parties() {
    SmallText text;
    for (auto const* id : {"coordinator", "education", "health", "housing", "police"})
        text.parties.push_back({id, std::string("Small ") + id});
    return text;
}

/// The same key for the same words.
inline crypto::SigningKey key_from(std::string const& words) {
    return crypto::SigningKey::from_seed(crypto::sha256({as_bytes(words)}).view()).value();
}
inline crypto::SigningKey person_key(SmallParty const& party, std::string const& which) {
    return key_from(party.id + "/" + which + "/" + std::to_string(party.keys + (which == "dpo" ? party.dpo_keys : 0)));
}
inline std::string person_name(SmallParty const& party, std::string const& which) {
    return std::string(register_domain) + "/" + party.id + "/" + which;
}

inline std::string written(SmallText const& is) {
    auto text = "[agreement]\nname = \"Small\"\nversion = " + std::to_string(is.version) +
                "\npractice = true\ndomain = \"" + is.domain + "\"\neffective_from = \"" + is.effective_from +
                "\"\nreview_by = \"2029-12-31\"\ncoordinator = \"" + is.coordinator + "\"\n";
    if (!is.removes.empty()) text += "removes = [" + is.removes + "]\n";
    std::string asked;
    for (auto const& party : is.parties) {
        text += "[[party]]\nid = \"" + party.id + "\"\nname = \"" + party.id + "\"\norganisation = \"" +
                party.organisation + "\"\nsupplier = \"" + party.organisation + "\"\nrole = \"" + party.id + "\"\n" +
                (party.id == is.coordinator ? "asked = \"never\"\n" : "asked = \"core\"\npeople = 10\n");
        for (auto const* which : {"signing_key", "officer", "dpo"})
            text += std::string(which) + " = \"" +
                    crypto::NoteKey{person_name(party, which), person_key(party, which).verify_key()}.vkey() + "\"\n";
        text += "duty_contact = \"" + party.contact + "\"\n";
        if (party.id != is.coordinator && party.id != "housing")
            asked += (asked.empty() ? "\"" : ", \"") + party.id + "\"";
    }
    text += "[keys]\nthreshold = 2\nholders = [\"health\", \"housing\"]\nepoch_days = 92\n";
    text += "[budgets]\nquery_evaluations_per_day = 50_000\nenrol_evaluations_per_person = 48\n"
            "enrol_delta_percent_per_day = 5\nslots_per_day = 10_000\n"
            "[[purpose]]\nid = \"children\"\nname = \"Children\"\ndomestic_abuse = false\n"
            "[[route]]\nid = \"standard\"\nname = \"Standard\"\nreply_within = \"" +
            is.reply_within +
            "\"\n[[basis]]\narticle_6 = \"6(1)(e)\"\n[[outcome]]\nid = \"early_help\"\nname = \"Early help\"\nlevel = "
            "\"early_help\"\n[matching]\nversion = " +
            is.matching_version +
            "\nsure = 200\nunsure = -500\nminimum_anchors = 1\n[matching.points]\n\"date.exact\" = " +
            std::to_string(is.points) +
            "\n[release]\nautomatic_after = \"1500ms\"\nsensitive_after = \"3s\"\nquery_lives = \"7d\"\n"
            "rating_fresh_days = 180\nsource_fresh_days = 7\nnight_hour_utc = 2\n"
            "[rules]\nblue_where_domestic_abuse = false\nindividual_rating = true\nresult_clause = \"3.1\"\n"
            "dash_high = 14\n";
    text += "[[clause]]\nid = \"1\"\ntext = \"All.\"\nstage = 1\nfields = [\"colour\"]\nroles = [" + asked +
            "]\nwhen = [\"always\"]\n[[clause]]\nid = \"2\"\ntext = \"Housing.\"\nstage = 1\nfields = [" +
            is.housing_tells + "]\nroles = [\"housing\"]\nwhen = [\"always\"]\n";
    return text;
}

/// Signed by "housing" (both), or "housing.officer", with the keys that this text's parties have.
inline std::vector<std::string> lines_of(std::string const& text, SmallText const& with,
                                         std::vector<std::string> const& signers) {
    std::vector<std::string> lines;
    for (auto const& signer : signers) {
        auto const dot = signer.find('.');
        auto const id = signer.substr(0, dot);
        for (auto const& party : with.parties)
            for (auto const* which : {"officer", "dpo"})
                if (party.id == id && (dot == std::string::npos || signer.substr(dot + 1) == which))
                    lines.push_back(crypto::sign_note_line(text, person_name(party, which), person_key(party, which)));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}
inline std::string signed_note(std::string const& text, SmallText const& with,
                               std::vector<std::string> const& signers) {
    return crypto::format_note(text, lines_of(text, with, signers));
}
inline std::vector<std::string> everybody(SmallText const& text) {
    std::vector<std::string> all;
    for (auto const& party : text.parties) all.push_back(party.id);
    return all;
}

inline PartyId small_party(std::string_view id) {
    return PartyId::parse(id).value();
}

/// A node's keys of that serial.
inline crypto::SigningKey witness_key(std::string const& id, std::uint32_t serial = 1) {
    return key_from(id + "/witness/" + std::to_string(serial));
}
inline OperationalKeys node_keys(std::string const& id, std::uint32_t serial = 1) {
    auto const of = [&](char const* which) { return id + "/" + which + "/" + std::to_string(serial); };
    crypto::SeededRandom random(std::hash<std::string>()(of("sealing")));
    return {small_party(id),
            serial,
            key_from(of("node")).verify_key(),
            crypto::sha256({as_bytes(of("pin"))}),
            key_from(of("log")).verify_key(),
            witness_key(id, serial).verify_key(),
            crypto::SealingKey::generate(random).public_key(),
            crypto::SealingKey::generate(random).public_key()};
}
inline std::string key_note_of(SmallText const& with, OperationalKeys const& keys) {
    auto const text = key_note_text(Mode::practice, keys);
    std::vector<std::string> lines;
    for (auto const& party : with.parties)
        if (party.id == keys.party.text())
            lines.push_back(
                crypto::sign_note_line(text, person_name(party, "signing_key"), person_key(party, "signing_key")));
    return crypto::format_note(text, lines);
}
inline std::map<std::string, std::string> key_notes_of(SmallText const& with) {
    std::map<std::string, std::string> notes;
    for (auto const& party : with.parties) notes.emplace(party.id, key_note_of(with, node_keys(party.id)));
    return notes;
}

inline Book begun(SmallText const& text = five_parties()) {
    auto const parsed = policy::parse_agreement(written(text));
    for (auto const& finding : parsed.findings)
        if (finding.error) UNSCOPED_INFO(policy::describe(finding));
    REQUIRE(parsed.agreement);
    auto book = Book::begin(signed_note(written(text), text, everybody(text)), key_notes_of(text));
    REQUIRE(book);
    return std::move(book).assume_value();
}

/// Nothing if it was added.
inline std::optional<Errc> add_code(Book& book, std::string const& note) {
    auto const added = book.add(note);
    return added ? std::nullopt : std::optional(added.error().code);
}
inline std::optional<Errc> look_code(Book const& book, std::string const& note) {
    auto const looked = book.look(note);
    return looked ? std::nullopt : std::optional(looked.error().code);
}

} // namespace fanlight::protocol::test
