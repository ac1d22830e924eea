// Any bytes as a witness request: one spelling, and a witness that knows the worked vector's log cosigns nothing but
// the one head that its log has signed.

#include "crypto/add_checkpoint.hpp"

#include "crypto/text.hpp"

#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::crypto;
    static auto const key = parse_vkey("hub.example.gov.uk/disclosures/police/2026+1472077e+"
                                       "AeaM8SLkVEuzAL4Y9oF18Gb24MKLLcsJLAcAS9H/Br3a")
                                .value();
    static WitnessedHead const four{
        4, Sha256::parse(from_hex("d138fcd50b5ba901ad8869edc5f340535745a65e2bdb76dd3ad2ffb796e1cd86").value()).value()};
    auto const input = as_text({data, size});

    auto const request = parse_add_checkpoint(input);
    if (!request) return 0;
    require(format_add_checkpoint(request.value()) == input);
    auto const origin = origin_of(request.value());
    if (origin) require(is_note_name(origin.value()));
    for (auto const& known : {WitnessedHead(), four}) {
        auto const verdict = judge_checkpoint(request.value(), key, known);
        require(!verdict.forked);
        if (verdict.status != WitnessStatus::ok) continue;
        require(origin && origin.value() == key.name && verdict.head.size == 7);
        require(request.value().old_size == known.size);
    }
    return 0;
}
