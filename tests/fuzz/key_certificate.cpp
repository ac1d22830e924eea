// Fuzz target: open_key_certificate on any bytes, as a note, and as the text of a note that everybody has signed. The
// oracle: what opens writes the same text again and keeps every rule that can be told from outside.

#include "protocol/key_certificate.hpp"

#include "crypto/text.hpp"

#include <cstdlib>

namespace {

using namespace fanlight;
using namespace fanlight::protocol;

void require(bool holds) {
    if (!holds) std::abort();
}

crypto::SigningKey key_of(char party) {
    return crypto::SigningKey::from_seed(Bytes(crypto::SigningKey::seed_bytes, static_cast<std::uint8_t>(party)))
        .value();
}

constexpr std::string_view parties = "abcd"; ///< 'd' may not hold a share

policy::Agreement make_agreement() {
    policy::Agreement agreement{.coordinator = PartyId::parse("hub").value()};
    agreement.keys.threshold = 2;
    for (char const& letter : parties) {
        policy::Party party{PartyId::parse({&letter, 1}).value()};
        party.signing_key = crypto::NoteKey{party.id.text(), key_of(letter).verify_key()}.vkey();
        if (letter != 'd') agreement.keys.holders.push_back(party.id);
        agreement.parties.push_back(std::move(party));
    }
    return agreement;
}

void check(policy::Agreement const& agreement, KeyCertificate const& certificate, std::string_view text) {
    require(key_certificate_text(agreement, certificate) == text);
    require(certificate.epoch >= 1 && certificate.sharing >= 1);
    require(certificate.threshold == agreement.keys.threshold);
    require(certificate.holders.size() >= certificate.threshold && certificate.holders.size() <= limits::holders_max);
    require(crypto::consistent(certificate.group, certificate.holder_public, certificate.threshold));
    for (auto const& holder : certificate.holders) {
        require(agreement.may_hold_share(holder));
        require(certificate.holders[*certificate.share_index(holder) - 1U] == holder);
    }
    for (auto const& signer : certificate.signers()) require(agreement.find(signer) != nullptr);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const agreement = make_agreement();
    auto const input = as_text({data, size});

    if (auto const opened = open_key_certificate(agreement, input)) {
        auto const note = crypto::parse_note(input);
        require(note.has_value());
        check(agreement, opened.value(), note.value().text);
        require(note.value().signatures.size() >= opened.value().signers().size());
    }
    if (!input.ends_with('\n')) return 0;
    std::vector<std::string> lines;
    for (char const& letter : parties)
        lines.push_back(crypto::sign_note_line(input, std::string(1, letter), key_of(letter)));
    if (auto const opened = open_key_certificate(agreement, crypto::format_note(input, lines)))
        check(agreement, opened.value(), input);
    return 0;
}
