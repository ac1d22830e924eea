#include "protocol/key_certificate.hpp"

#include "crypto/labels.hpp"
#include "protocol/note_lines.hpp"

#include <cassert>

namespace fanlight::protocol {

namespace {

constexpr auto certificate_file = "key certificate";

/// The parties of the agreement that have signed the note, each with the key that the agreement pins. Nobody is asked
/// before the signatures of all of them verify, and what the text says is not looked at until then.
struct Signers {
    std::set<PartyId> parties;
    std::vector<crypto::NoteKey> keys;
};
Signers signers_of(policy::Agreement const& agreement, crypto::UnverifiedNote const& note) {
    Signers signers;
    for (auto const& party : agreement.parties) {
        auto const parsed = crypto::parse_vkey(party.signing_key);
        if (!parsed) continue; // it can have signed nothing
        auto const& key = parsed.value();
        auto const is_by_key = [&key, id = key.id()](crypto::NoteSignature const& signature) {
            return signature.id == id && signature.name == key.name;
        };
        if (std::none_of(note.signatures.begin(), note.signatures.end(), is_by_key)) continue;
        signers.parties.insert(party.id);
        signers.keys.push_back(key);
    }
    return signers;
}

/// "holder <index> <party> <K_i>"; the caller holds the index against the place by writing the text again.
Result<void> read_holder(NoteLines& lines, KeyCertificate& certificate) {
    FANLIGHT_TRY(auto const value, lines.value("holder"));
    auto const first = value.find(' ');
    auto const second = first == std::string_view::npos ? first : value.find(' ', first + 1);
    if (second == std::string_view::npos) return fail(Errc::malformed, certificate_file);
    FANLIGHT_TRY(auto party, PartyId::parse(value.substr(first + 1, second - first - 1)));
    FANLIGHT_TRY(auto const bytes, crypto::from_hex(value.substr(second + 1)));
    FANLIGHT_TRY(auto const point, crypto::HolderPublic::parse(bytes));
    certificate.holders.push_back(std::move(party));
    certificate.holder_public.push_back(point);
    return ok();
}

Result<KeyCertificate> parse_text(policy::Agreement const& agreement, std::string const& text) {
    NoteLines lines(text, certificate_file);
    if (lines.next() != crypto::label(agreement.mode, crypto::Label::key_certificate))
        return fail(Errc::version_mismatch, certificate_file,
                    "It is of another format, or of the other mode (practice, live).");
    FANLIGHT_TRY(auto const agreement_id, lines.tagged<AgreementId>("agreement"));
    if (agreement_id != agreement.id)
        return fail(Errc::version_mismatch, certificate_file, "It was made under another agreement.");
    FANLIGHT_TRY(auto const ceremony, lines.tagged<CeremonyId>("ceremony"));
    FANLIGHT_TRY(auto const epoch, lines.number("epoch"));
    FANLIGHT_TRY(auto const sharing, lines.number("sharing"));
    FANLIGHT_TRY(auto const threshold, lines.number("threshold"));
    if (threshold > limits::holders_max) return fail(Errc::malformed, "key certificate: threshold");
    FANLIGHT_TRY(auto const group_bytes, lines.hex("group"));
    FANLIGHT_TRY(auto const group, crypto::HolderPublic::parse(group_bytes));
    KeyCertificate certificate{ceremony, epoch, sharing,     static_cast<std::uint8_t>(threshold), {}, {},
                               group,    {},    agreement_id};
    while (lines.next_is("holder") && certificate.holders.size() < limits::holders_max) {
        FANLIGHT_TRY(read_holder(lines, certificate));
    }
    while (lines.next_is("dealer") && certificate.dealers.size() < limits::holders_max) {
        FANLIGHT_TRY(auto const dealer, lines.value("dealer"));
        FANLIGHT_TRY(auto party, PartyId::parse(dealer));
        certificate.dealers.push_back(std::move(party));
    }
    // One text for one certificate, because its fingerprint is read aloud.
    if (key_certificate_text(agreement, certificate) != text) return fail(Errc::malformed, certificate_file);
    return certificate;
}

Result<void> check_form(KeyCertificate const& certificate) {
    auto const& holders = certificate.holders;
    auto const& dealers = certificate.dealers;
    if (names_twice(holders)) return fail(Errc::malformed, "key certificate: a holder is there twice");
    if (names_twice(dealers)) return fail(Errc::malformed, "key certificate: a dealer is there twice");
    if (certificate.sharing == 1 && dealers != holders)
        return fail(Errc::malformed, "key certificate: the dealers of a new key are not its holders");
    if (certificate.sharing > 1 && dealers.size() != certificate.threshold)
        return fail(Errc::malformed, "key certificate: the dealers of a new sharing are not as many as the threshold");
    // This also finds fewer holders than the threshold.
    if (!crypto::consistent(certificate.group, certificate.holder_public, certificate.threshold))
        return fail(Errc::malformed, "key certificate: the public keys are not shares of one key");
    return ok();
}

} // namespace

Result<void> check_allowed(policy::Agreement const& agreement, KeyCertificate const& certificate) {
    if (certificate.threshold != agreement.keys.threshold)
        return fail(Errc::refused, "key certificate: threshold", "It must be that of the agreement.");
    auto const may_hold = [&](PartyId const& party) { return agreement.may_hold_share(party); };
    if (!std::all_of(certificate.holders.begin(), certificate.holders.end(), may_hold))
        return fail(Errc::refused, "key certificate: holder", "The agreement does not let it hold a share.");
    // Who dealt an old share need not hold a new one, and perhaps may not any more.
    auto const is_named = [&](PartyId const& party) { return agreement.find(party) != nullptr; };
    if (!std::all_of(certificate.dealers.begin(), certificate.dealers.end(), is_named))
        return fail(Errc::refused, "key certificate: dealer", "The agreement does not name it.");
    return ok();
}

bool names_twice(std::vector<PartyId> const& parties) {
    return std::set<PartyId>(parties.begin(), parties.end()).size() != parties.size();
}

std::optional<crypto::ShareIndex> share_index_among(std::vector<PartyId> const& holders, PartyId const& party) {
    auto const place = std::find(holders.begin(), holders.end(), party);
    if (place == holders.end()) return std::nullopt;
    return static_cast<crypto::ShareIndex>(place - holders.begin() + 1);
}

std::optional<crypto::ShareIndex> KeyCertificate::share_index(PartyId const& party) const {
    return share_index_among(holders, party);
}

std::set<PartyId> KeyCertificate::signers() const {
    std::set<PartyId> all(holders.begin(), holders.end());
    all.insert(dealers.begin(), dealers.end());
    return all;
}

std::string key_certificate_text(policy::Agreement const& agreement, KeyCertificate const& certificate) {
    assert(certificate.holders.size() == certificate.holder_public.size());
    std::string text = crypto::label(agreement.mode, crypto::Label::key_certificate) + "\n";
    auto const& under = certificate.agreement == AgreementId{} ? agreement.id : certificate.agreement;
    text += "agreement " + crypto::to_hex(under.view()) + "\n";
    text += "ceremony " + crypto::to_hex(certificate.ceremony.view()) + "\n";
    text += "epoch " + std::to_string(certificate.epoch) + "\n";
    text += "sharing " + std::to_string(certificate.sharing) + "\n";
    text += "threshold " + std::to_string(certificate.threshold) + "\n";
    text += "group " + crypto::to_hex(certificate.group.view()) + "\n";
    for (std::size_t i = 0; i < certificate.holders.size(); ++i) {
        text += "holder " + std::to_string(i + 1) + " " + certificate.holders[i].text() + " " +
                crypto::to_hex(certificate.holder_public[i].view()) + "\n";
    }
    for (auto const& dealer : certificate.dealers) text += "dealer " + dealer.text() + "\n";
    return text;
}

Result<KeyCertificate> open_key_certificate(policy::Agreement const& agreement, std::string_view note) {
    constexpr auto not_signed = "It must be signed by every holder and every dealer.";
    FANLIGHT_TRY(auto const unverified, crypto::parse_note(note));
    auto const signers = signers_of(agreement, unverified);
    if (signers.keys.empty()) return fail(Errc::missing, "key certificate: signature", not_signed);
    FANLIGHT_TRY(auto const text, crypto::NoteChecker::verify_all(unverified, signers.keys));

    FANLIGHT_TRY(auto certificate, parse_text(agreement, text.value()));
    FANLIGHT_TRY(check_allowed(agreement, certificate));
    auto const needed = certificate.signers();
    if (!std::includes(signers.parties.begin(), signers.parties.end(), needed.begin(), needed.end()))
        return fail(Errc::missing, "key certificate: signature", not_signed);
    FANLIGHT_TRY(check_form(certificate));
    return certificate;
}

Result<AgreementId> agreement_of_certificate(std::string_view note) {
    FANLIGHT_TRY(auto const unverified, crypto::parse_note(note));
    NoteLines lines(unverified.text, certificate_file);
    lines.next();
    return lines.tagged<AgreementId>("agreement");
}

crypto::Sha256 fingerprint(policy::Agreement const& agreement, KeyCertificate const& certificate) {
    return crypto::sha256({as_bytes(key_certificate_text(agreement, certificate))});
}

} // namespace fanlight::protocol
