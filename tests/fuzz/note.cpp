// Any bytes as a signed note and as a verifier key: what parses has one spelling, so writing it gives the same bytes
// back; and nothing but the specification's example is signed by the specification's key.

#include "crypto/note.hpp"

#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::crypto;
    static auto const key = parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").value();
    auto const input = as_text({data, size});

    if (auto const vkey = parse_vkey(input)) require(vkey.value().vkey() == input && is_note_name(vkey.value().name));

    auto const note = parse_note(input);
    if (!note) {
        require(note.error().code == Errc::malformed || note.error().code == Errc::too_large);
        return 0;
    }
    std::vector<std::string> lines;
    for (auto const& signature : note.value().signatures) {
        require(is_note_name(signature.name) && !signature.signature.empty());
        lines.push_back(signature_line(signature));
    }
    require(!lines.empty() && note.value().text.ends_with('\n'));
    require(format_note(note.value().text, lines) == input);
    auto const checked = NoteChecker::verify_all(note.value(), {&key, 1});
    if (checked) require(checked.value().value() == "This is an example message.\n");
    return 0;
}
