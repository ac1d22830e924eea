#include "node/offline/signing_copy.hpp"

#include "base/limits.hpp"
#include "crypto/hash.hpp"

#include <optional>

namespace fanlight::node {

namespace {

static_assert(limits::agreement_bytes_max == 200 * 1024, "agreement_size_mend says so");
constexpr std::string_view signature_mark = "\xE2\x80\x94 "; // em dash, space: c2sp.org/signed-note, "Format"

std::string const& vkey_of(policy::Party const& party, OfficerRole role) {
    return role == OfficerRole::officer ? party.officer : party.dpo;
}

SignatureState state_of(crypto::UnverifiedNote const& note, crypto::NoteKey const& key) {
    auto const verified = crypto::NoteChecker::verify_all(note, {&key, 1});
    if (verified) return SignatureState::present;
    return verified.assume_error().code == Errc::missing ? SignatureState::missing : SignatureState::bad;
}

/// Whether the agreement names this key for this officer of this party.
Result<void> check_named(policy::Agreement const& agreement, OfficerCard const& card) {
    constexpr auto where = "officer's key";
    if (agreement.mode != card.mode)
        return fail(Errc::refused, where, "Key and agreement are of different modes; practice and live never mix.");
    auto const* party = agreement.find(card.party);
    if (party == nullptr) return fail(Errc::refused, where, "Its party is no party of this agreement.");
    if (vkey_of(*party, card.role) != card.key.vkey())
        return fail(Errc::wrong_key, where,
                    "The agreement names another key for this officer. Send your line of fanlight officer show to "
                    "whoever drafts the agreement.");
    return ok();
}

} // namespace

Result<SigningCopy> parse_signing_copy(std::string_view file) {
    constexpr auto where = "agreement";
    if (file.size() > limits::agreement_bytes_max) return fail(Errc::too_large, where, agreement_size_mend);
    auto const mark = "\n" + std::string(signature_mark);
    if (file.starts_with(signature_mark) || file.find(mark) != std::string_view::npos) {
        FANLIGHT_TRY(auto note, crypto::parse_note(file));
        return SigningCopy{std::move(note.text), std::move(note.signatures)};
    }
    if (!file.ends_with('\n')) {
        auto const lines = static_cast<std::uint64_t>(std::count(file.begin(), file.end(), '\n'));
        return fail(Errc::malformed, where, "The last line must end in a newline.", lines + 1);
    }
    return SigningCopy{std::string(file), {}};
}

char const* name(SignatureState state) {
    switch (state) {
    case SignatureState::present: return "present";
    case SignatureState::missing: return "missing";
    case SignatureState::bad: return "bad";
    }
    return "unknown";
}

Result<std::vector<OfficerSignature>> officer_signatures(SigningCopy const& copy, policy::Agreement const& agreement) {
    crypto::UnverifiedNote const note{copy.text, copy.signatures};
    std::vector<OfficerSignature> all;
    for (std::size_t i = 0; i < agreement.parties.size(); ++i) {
        auto const& party = agreement.parties[i];
        for (auto const role : officer_roles) {
            auto key = crypto::parse_vkey(vkey_of(party, role));
            if (!key)
                return fail(key.assume_error().code, "officer's verifier key in the agreement",
                            "Paste the line that fanlight officer show prints.", i + 1);
            auto const state = state_of(note, key.assume_value());
            all.push_back({party.id, role, std::move(key).assume_value(), state});
        }
    }
    return all;
}

Result<void> may_sign(SigningCopy const& copy, policy::Agreement const& agreement, OfficerCard const& card) {
    FANLIGHT_TRY(check_named(agreement, card));
    FANLIGHT_TRY(auto const states, officer_signatures(copy, agreement));
    for (auto const& one : states) {
        // Our own bad line is replaced: we can sign again. Anybody else's says that the text is not what they signed.
        if (one.state == SignatureState::bad && one.key != card.key)
            return fail(Errc::bad_signature, "agreement",
                        "Another officer signed another text. Ask whoever sent the file for the right one.");
    }
    return ok();
}

std::string with_signature(crypto::UnverifiedNote const& note, OfficerKey const& key) {
    auto const& own = key.card.key;
    auto mine = std::optional(crypto::sign_note_line(note.text, own.name, key.signing));
    std::vector<std::string> lines;
    for (auto const& signature : note.signatures) {
        if (signature.name != own.name || signature.id != own.id()) {
            lines.push_back(crypto::signature_line(signature));
        } else if (mine) {
            lines.push_back(*std::move(mine));
            mine.reset();
        }
    }
    if (mine) lines.push_back(*std::move(mine));
    return crypto::format_note(note.text, lines);
}

Result<std::string> sign_copy(SigningCopy const& copy, policy::Agreement const& agreement, OfficerKey const& key) {
    FANLIGHT_TRY(may_sign(copy, agreement, key.card));
    auto note = with_signature({copy.text, copy.signatures}, key);
    // What leaves our hands is read back as every node will read it.
    FANLIGHT_TRY(auto const read, crypto::parse_note(note));
    FANLIGHT_TRY(crypto::NoteChecker::verify_all(read, {&key.card.key, 1}));
    return note;
}

} // namespace fanlight::node
