// Accepting an agreement into a data directory, and loading it again: the root of trust of a node.

#include "crypto/text.hpp"
#include "node/offline/data_directory.hpp"
#include "node/offline/files.hpp"
#include "protocol/identity/score.hpp"

namespace fanlight::node {

namespace fs = std::filesystem;

namespace {

constexpr auto where = "agreement";

/// Text to register, with every check that does not depend on whose node this is.
Result<AcceptedAgreement> open_agreement(AgreementFiles const& files, std::vector<policy::Finding>& findings,
                                         AgreementId const& expected) {
    FANLIGHT_TRY(auto const note, crypto::parse_note(files.note));
    if (protocol::agreement_id(note.text) != expected)
        return fail(Errc::wrong_key, where,
                    "Its fingerprint is not the one that was accepted. It was altered, or it is another agreement.");
    FANLIGHT_TRY(auto book, protocol::Book::begin(files.note, files.key_notes, &findings));
    return AcceptedAgreement{std::move(book), findings};
}

/// It is our party's and of our mode.
Result<void> check_ours(OpenDirectory const& directory, AcceptedAgreement const& accepted) {
    auto const& settings = directory.settings;
    auto const& agreement = accepted.agreement();
    if (agreement.mode != settings.mode)
        return fail(Errc::refused, where,
                    "This data directory was made for the other mode; practice and live never mix.");
    if (agreement.domain != settings.domain) return fail(Errc::refused, where, "It is of another domain.");
    auto const* party = agreement.find(settings.party);
    if (party == nullptr) return fail(Errc::refused, where, "This node's party is not in it.");
    if (settings.listens != (agreement.coordinator == settings.party))
        return fail(Errc::refused, where, "It names another coordinator than this node was made for.");
    return ok();
}

} // namespace

Result<void> check_own_keys(OpenDirectory const& directory, policy::Agreement const& agreement,
                            protocol::OperationalKeys const& own) {
    auto const& settings = directory.settings;
    auto const& keyring = directory.keyring;
    crypto::NoteKey const signing{protocol::note_key_name(settings.domain, settings.party, "signing"),
                                  keyring.signing.verify_key()};
    auto const* party = agreement.find(settings.party);
    auto const in_use = protocol::key_note_text(settings.mode, public_keys(settings.party, keyring));
    if (party == nullptr || party->signing_key != signing.vkey() ||
        protocol::key_note_text(settings.mode, own) != in_use)
        return fail(Errc::wrong_key, where, "It names other keys for this party than this node has.");
    return ok();
}

Result<Fingerprint> agreement_fingerprint(std::string_view text) {
    FANLIGHT_TRY(auto const note, crypto::parse_note(text));
    return fingerprint_of(protocol::agreement_id(note.text).view());
}

Result<AcceptedAgreement> accept_agreement(OpenDirectory& directory, AgreementFiles const& files,
                                           std::string_view typed, crypto::Random& random,
                                           std::vector<policy::Finding>& findings) {
    if (directory.keyring.agreement != AgreementId{})
        return fail(Errc::exists, where, "One was accepted already; a later version comes through the register.");
    FANLIGHT_TRY(auto const note, crypto::parse_note(files.note));
    auto const id = protocol::agreement_id(note.text);
    if (!crypto::fingerprint_matches(typed, id.view()))
        return fail(Errc::wrong_key, where,
                    "The fingerprint you typed is not this file's. Ask a second party to read theirs to you.");
    FANLIGHT_TRY(auto accepted, open_agreement(files, findings, id));
    FANLIGHT_TRY(check_ours(directory, accepted));
    auto const& own = accepted.book.key_history().at(directory.settings.party).back().keys;
    FANLIGHT_TRY(check_own_keys(directory, accepted.agreement(), own));

    std::error_code problem;
    fs::create_directories(directory.path / "key-notes", problem);
    if (problem) return fail(Errc::io, "key notes");
    for (auto const& party : accepted.agreement().parties) {
        auto const& text = files.key_notes.at(party.id.text());
        FANLIGHT_TRY(replace_file(directory.path / "key-notes" / party.id.text(), as_bytes(text), "key notes"));
    }
    FANLIGHT_TRY(replace_file(directory.path / "agreement.note", as_bytes(files.note), where));
    // Last and in one piece: before this the node trusts nothing, after it everything it needs is there.
    directory.keyring.agreement = id;
    FANLIGHT_TRY(save_keyring(directory, random));
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
