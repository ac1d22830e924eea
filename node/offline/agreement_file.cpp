// Accepting an agreement into a data directory, and loading it again: the root of trust of a node.

#include "crypto/text.hpp"
#include "node/offline/data_directory.hpp"
#include "node/offline/files.hpp"
#include "protocol/identity/score.hpp"

namespace fanlight::node {

namespace fs = std::filesystem;

namespace {

constexpr auto where = "agreement";

AgreementId id_of(crypto::UnverifiedNote const& note) {
    auto const hash = crypto::sha256({as_bytes(note.text)});
    return AgreementId(hash.array());
}

/// Both officers of every party have signed (docs/agreement.md): the accountable officer and the DPO.
Result<crypto::NoteText> verify_signatures(crypto::UnverifiedNote const& note, policy::Agreement const& agreement) {
    std::vector<crypto::NoteKey> keys;
    for (auto const& party : agreement.parties) {
        FANLIGHT_TRY(auto officer, crypto::parse_vkey(party.officer));
        FANLIGHT_TRY(auto dpo, crypto::parse_vkey(party.dpo));
        keys.push_back(std::move(officer));
        keys.push_back(std::move(dpo));
    }
    return crypto::NoteChecker::verify_all(note, keys);
}

Result<std::map<PartyId, protocol::OperationalKeys>> open_key_notes(policy::Agreement const& agreement,
                                                                    std::map<std::string, std::string> const& notes) {
    std::map<PartyId, protocol::OperationalKeys> directory;
    for (auto const& party : agreement.parties) {
        auto const note = notes.find(party.id.text());
        if (note == notes.end())
            return fail(Errc::missing, "key note of a party of the agreement",
                        "Give the directory with every party's key-note, named after the party.");
        FANLIGHT_TRY(auto const signing, crypto::parse_vkey(party.signing_key));
        FANLIGHT_TRY(auto keys, protocol::open_key_note(agreement.mode, note->second, signing));
        if (keys.party != party.id) return fail(Errc::refused, "key note", "It is of another party.");
        directory.emplace(party.id, std::move(keys));
    }
    return directory;
}

/// Whether this program matches as the parties agreed. An agreement's text names features freely; what each is worth
/// anything for depends on the matching version.
Result<void> check_matching(policy::Matching const& matching) {
    if (matching.version != protocol::matching_version)
        return fail(Errc::version_mismatch, "matching version of the agreement",
                    "Use the release of Fanlight that it was made for, or have the next version signed.");
    FANLIGHT_TRY(protocol::Points::parse(matching.points));
    return ok();
}

/// Text to agreement, with every check that does not depend on whose node this is.
Result<AcceptedAgreement> open_agreement(AgreementFiles const& files, std::vector<policy::Finding>& findings,
                                         AgreementId const& expected) {
    FANLIGHT_TRY(auto const note, crypto::parse_note(files.note));
    auto const id = id_of(note);
    if (id != expected)
        return fail(Errc::wrong_key, where,
                    "Its fingerprint is not the one that was accepted. It was altered, or it is another agreement.");
    auto parsed = policy::parse_agreement(note.text);
    findings = parsed.findings;
    if (!parsed.agreement) return fail(Errc::refused, where, "Mend what is listed and have it signed again.");
    auto& agreement = *parsed.agreement;
    agreement.id = id;
    FANLIGHT_TRY(verify_signatures(note, agreement));
    FANLIGHT_TRY(check_matching(agreement.matching));
    FANLIGHT_TRY(auto directory, open_key_notes(agreement, files.key_notes));
    return AcceptedAgreement{std::move(agreement), std::move(directory), std::move(parsed.findings)};
}

/// It is our party's, of our mode, with our keys.
Result<void> check_ours(OpenDirectory const& directory, AcceptedAgreement const& accepted) {
    auto const& settings = directory.settings;
    auto const& agreement = accepted.agreement;
    if (agreement.mode != settings.mode)
        return fail(Errc::refused, where,
                    "This data directory was made for the other mode; practice and live never mix.");
    if (agreement.domain != settings.domain) return fail(Errc::refused, where, "It is of another domain.");
    auto const* party = agreement.find(settings.party);
    if (party == nullptr) return fail(Errc::refused, where, "This node's party is not in it.");
    if (settings.listens != (agreement.coordinator == settings.party))
        return fail(Errc::refused, where, "It names another coordinator than this node was made for.");
    crypto::NoteKey const signing{protocol::note_key_name(settings.domain, settings.party, "signing"),
                                  directory.keyring.signing.verify_key()};
    auto const& own = accepted.directory.at(settings.party);
    if (party->signing_key != signing.vkey() || own.node != directory.keyring.node.verify_key() ||
        own.log != directory.keyring.log.verify_key() || own.witness != directory.keyring.witness.verify_key() ||
        own.share_sealing != directory.keyring.share_sealing.public_key() ||
        own.sealing != directory.keyring.sealing.public_key() ||
        own.tls_pin != crypto::sha256({directory.certificate_der}))
        return fail(Errc::wrong_key, where, "It names other keys for this party than this node has.");
    return ok();
}

} // namespace

Result<Fingerprint> agreement_fingerprint(std::string_view text) {
    FANLIGHT_TRY(auto const note, crypto::parse_note(text));
    return fingerprint_of(id_of(note).view());
}

Result<AcceptedAgreement> accept_agreement(OpenDirectory& directory, AgreementFiles const& files,
                                           std::string_view typed, crypto::Random& random,
                                           std::vector<policy::Finding>& findings) {
    if (directory.keyring.agreement != AgreementId{})
        return fail(Errc::exists, where, "One was accepted already; a later version comes through the register.");
    FANLIGHT_TRY(auto const note, crypto::parse_note(files.note));
    auto const id = id_of(note);
    if (!crypto::fingerprint_matches(typed, id.view()))
        return fail(Errc::wrong_key, where,
                    "The fingerprint you typed is not this file's. Ask a second party to read theirs to you.");
    FANLIGHT_TRY(auto accepted, open_agreement(files, findings, id));
    FANLIGHT_TRY(check_ours(directory, accepted));

    std::error_code problem;
    fs::create_directories(directory.path / "key-notes", problem);
    if (problem) return fail(Errc::io, "key notes");
    for (auto const& party : accepted.agreement.parties) {
        auto const& text = files.key_notes.at(party.id.text());
        FANLIGHT_TRY(replace_file(directory.path / "key-notes" / party.id.text(), as_bytes(text), "key notes"));
    }
    FANLIGHT_TRY(replace_file(directory.path / "agreement.note", as_bytes(files.note), where));
    // Last and in one piece: before this the node trusts nothing, after it everything it needs is there.
    directory.keyring.agreement = id;
    FANLIGHT_TRY(auto const keyring,
                 seal_keyring(directory.settings.mode, directory.keyring, directory.node_key, random));
    FANLIGHT_TRY(replace_file(directory.path / "keyring", keyring, "keyring"));
    return accepted;
}

Result<AcceptedAgreement> load_agreement(OpenDirectory const& directory, std::vector<policy::Finding>& findings) {
    if (directory.keyring.agreement == AgreementId{})
        return fail(Errc::missing, where, "Accept one with: fanlight agreement accept");
    AgreementFiles files;
    FANLIGHT_TRY(auto const note,
                 read_small_file(directory.path / "agreement.note", limits::agreement_bytes_max, where));
    files.note = std::string(as_text(note));
    std::error_code problem;
    for (auto const& entry : fs::directory_iterator(directory.path / "key-notes", problem)) {
        FANLIGHT_TRY(auto const text, read_small_file(entry.path(), 64 * 1024, "key notes"));
        files.key_notes.emplace(entry.path().filename().string(), std::string(as_text(text)));
    }
    if (problem) return fail(Errc::missing, "key notes");
    FANLIGHT_TRY(auto accepted, open_agreement(files, findings, directory.keyring.agreement));
    FANLIGHT_TRY(check_ours(directory, accepted));
    return accepted;
}

} // namespace fanlight::node
