#include "protocol/key_note.hpp"

#include "crypto/labels.hpp"
#include "protocol/note_lines.hpp"

namespace fanlight::protocol {

std::string key_note_text(Mode mode, OperationalKeys const& keys) {
    std::string text = crypto::label(mode, crypto::Label::key_note) + "\n";
    text += "party " + keys.party.text() + "\n";
    text += "serial " + std::to_string(keys.serial) + "\n";
    text += "node " + crypto::to_hex(keys.node.view()) + "\n";
    text += "tls_pin " + crypto::to_hex(keys.tls_pin.view()) + "\n";
    text += "log " + crypto::to_hex(keys.log.view()) + "\n";
    text += "witness " + crypto::to_hex(keys.witness.view()) + "\n";
    text += "sealing " + crypto::to_hex(keys.sealing.view()) + "\n";
    text += "share_sealing " + crypto::to_hex(keys.share_sealing.view()) + "\n";
    if (keys.void_before != 0) text += "void_before " + std::to_string(keys.void_before) + "\n";
    return text;
}

Result<OperationalKeys> open_key_note(Mode mode, std::string_view note, crypto::NoteKey const& signing_key) {
    FANLIGHT_TRY(auto const unverified, crypto::parse_note(note));
    std::array<crypto::NoteKey, 1> const keys{signing_key};
    FANLIGHT_TRY(auto const text, crypto::NoteChecker::verify_all(unverified, keys));

    NoteLines lines(text.value(), "key note", "Take the file as `fanlight init` wrote it.");
    if (lines.next() != crypto::label(mode, crypto::Label::key_note))
        return fail(Errc::version_mismatch, "key note",
                    "It is of another format, or of the other mode (practice, live).");
    FANLIGHT_TRY(auto const party_text, lines.value("party"));
    FANLIGHT_TRY(auto party, PartyId::parse(party_text));
    FANLIGHT_TRY(auto const serial, lines.number("serial"));
    FANLIGHT_TRY(auto const node, lines.tagged<crypto::VerifyKey>("node"));
    FANLIGHT_TRY(auto const tls_pin, lines.tagged<crypto::Sha256>("tls_pin"));
    FANLIGHT_TRY(auto const log, lines.tagged<crypto::VerifyKey>("log"));
    FANLIGHT_TRY(auto const witness, lines.tagged<crypto::VerifyKey>("witness"));
    FANLIGHT_TRY(auto const sealing, lines.tagged<crypto::SealingPublicKey>("sealing"));
    FANLIGHT_TRY(auto const share_sealing, lines.tagged<crypto::SealingPublicKey>("share_sealing"));
    std::uint32_t void_before = 0;
    if (!lines.done()) {
        FANLIGHT_TRY(void_before, lines.number("void_before"));
    }
    if (!lines.done() || void_before > serial) return fail(Errc::malformed, "key note");
    return OperationalKeys{std::move(party), serial,        node,        tls_pin, log, witness,
                           sealing,          share_sealing, void_before, {},      {}};
}

std::string note_key_name(std::string_view domain, PartyId const& party, std::string_view which) {
    return std::string(domain) + "/" + party.text() + "/" + std::string(which);
}

std::string log_origin(std::string_view domain, PartyId const& party, int year) {
    return std::string(domain) + "/disclosures/" + party.text() + "/" + std::to_string(year);
}

} // namespace fanlight::protocol
