// Any bytes as a trust policy: what it means can be written down and means the same, and no head counts without the
// log's signature.

#include "crypto/trust_policy.hpp"

#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}

// The worked vector's head, signed by its log and by three witnesses.
constexpr auto head =
    "hub.example.gov.uk/disclosures/police/2026\n7\nVAjepykc27hklVx0AkenTYNMMw7jEuHQaxWAFmJSW2Y=\n\n"
    "— hub.example.gov.uk/disclosures/police/2026 "
    "FHIHflMzKwgFRMvj+eGawUnD65s8sksL1K/NKmFN4OvxNOFSb6LeGwpaFuk/djidvfAcGadj7Z3oIAMNIKo9ppbN8gg=\n"
    "— hub.example.gov.uk/witness/csc "
    "4DBz7wAAAABqsTuAAxIsZ5dqEPZLrrulivIBY2Cd71OsR0XHtbMBsLyFrcfuFcnzzPpKjF3EznMmA1cGP6Il+zKOzzZTwc32QXWTAg==\n"
    "— hub.example.gov.uk/witness/health "
    "soHdiQAAAABqsTuAtAhryno/L2/JuH3MKjGzbcT3MiBSDfoC/hXM9kNbOwghnGkl8Sv6wk3K+66IHmm0D39Bqa1Ev2B5dSQjszuYBw==\n"
    "— hub.example.gov.uk/witness/housing "
    "qqfguAAAAABqsTuAL6XsdWzqLYqwghfFKNjrXvtJ940CyjwmVKlbukeegy0OFL1omYP3kj3K0R3opHzgB11kSRjvuG3+87/rc5yMAw==\n";
constexpr auto log_key =
    "hub.example.gov.uk/disclosures/police/2026+1472077e+AeaM8SLkVEuzAL4Y9oF18Gb24MKLLcsJLAcAS9H/Br3a";
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using namespace fanlight::crypto;
    auto const input = as_text({data, size});

    if (auto const key = parse_cosigning_vkey(input)) require(cosigning_vkey(key.value()) == input);
    auto const policy = TrustPolicy::parse(input);
    if (!policy) return 0;
    auto const text = policy.value().text();
    auto const again = TrustPolicy::parse(text);
    require(again && again.value().text() == text);
    auto const checked = policy.value().check(head);
    require(checked.has_value() == again.value().check(head).has_value());
    if (!checked) return 0;
    require(input.find(log_key) != input.npos);
    require(checked.value().cosigned.size() <= 3);
    return 0;
}
