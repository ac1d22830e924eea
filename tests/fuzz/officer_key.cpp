// Any bytes as an officer's key file, and as an agreement that goes round for signing. What a key file says in clear
// has one spelling and names its own mode; a draft is its text, and what is taken for a note is written back as it was.

#include "node/offline/signing_copy.hpp"

#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    auto const input = as_text({data, size});

    // The sealed part is left alone: its costs would have us compute for minutes.
    if (auto const card = node::read_officer_card({data, size})) {
        auto const& is = card.assume_value();
        auto const lines = std::string("FANOFF1\n") + name(is.mode) + "\n" + is.key.vkey() + "\n";
        require(input.starts_with(lines) && size <= node::officer_key_bytes_max);
        require(is.key.name.ends_with("/" + is.party.text() + "/" + name(is.role)));
        require(is.key.name.starts_with("practice.") == (is.mode == Mode::practice));
    }

    auto const copy = node::parse_signing_copy(input);
    if (!copy) {
        require(copy.error().code == Errc::malformed || copy.error().code == Errc::too_large);
        return 0;
    }
    auto const& parsed = copy.assume_value();
    require(parsed.text.ends_with('\n'));
    std::vector<std::string> lines;
    for (auto const& signature : parsed.signatures) lines.push_back(crypto::signature_line(signature));
    require((lines.empty() ? parsed.text : crypto::format_note(parsed.text, lines)) == input);
    return 0;
}
