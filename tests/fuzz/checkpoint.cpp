// Any bytes as a checkpoint: the three lines have one spelling, and none opens under a key that signed another.

#include "crypto/checkpoint.hpp"

#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::crypto;
    // The key of the project's worked vector: it signed one head of seven leaves.
    static auto const key = parse_vkey("hub.example.gov.uk/disclosures/police/2026+1472077e+"
                                       "AeaM8SLkVEuzAL4Y9oF18Gb24MKLLcsJLAcAS9H/Br3a")
                                .value();
    auto const input = as_text({data, size});

    if (auto const lines = parse_checkpoint_text(input)) {
        require(checkpoint_text(lines.value()) == input);
        require(is_note_name(lines.value().origin) && lines.value().size >> 63U == 0);
    }
    if (auto const opened = open_checkpoint(input, key)) {
        require(opened.value().origin == key.name && opened.value().size == 7);
        require(input.starts_with(checkpoint_text(opened.value())));
    }
    return 0;
}
