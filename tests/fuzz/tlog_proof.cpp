// Any bytes as a log proof: one spelling, and none proves the worked vector's leaf but at its place, under its head.

#include "crypto/tlog_proof.hpp"

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
    static auto const policy = TrustPolicy::parse("log hub.example.gov.uk/disclosures/police/2026+1472077e+"
                                                  "AeaM8SLkVEuzAL4Y9oF18Gb24MKLLcsJLAcAS9H/Br3a\n"
                                                  "quorum none\n")
                                   .value();
    static auto const leaf = from_hex("4f464431040000000000000000000000d1707dbf97f8eb9140a8d39d8490fc31"
                                      "f78dee90f372418f7fca32b3f6f63e1799ed1f295a3b705003f33ea751127a27"
                                      "56301e3e86ca6552b3b1a1f87a68e886a17365f5a160257f0a067ebee485e95f")
                                 .value();
    auto const input = as_text({data, size});

    auto const proof = parse_tlog_proof(input);
    if (!proof) return 0;
    require(format_tlog_proof(proof.value()) == input);
    require(proof.value().index >> 63U == 0 && proof.value().inclusion.size() <= tlog_proof_hashes_max);
    if (auto const head = verify_tlog_proof(proof.value(), leaf, policy)) {
        require(proof.value().index == 4 && head.value().checkpoint.size == 7);
        require(head.value().cosigned.empty());
    }
    return 0;
}
