// Any bytes as what the coordinator's log keeps of a slot: one spelling, inside the limits, hashes in order each once.

#include "protocol/engine/slots.hpp"

#include <algorithm>
#include <cstdlib>

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    using protocol::OpenedSlot;
    ByteView const input(data, size);

    auto const read = protocol::decode_opened_slot(input);
    if (!read) {
        require(read.error().code == Errc::malformed);
        return 0;
    }
    auto const& opened = read.value();
    auto const bytes = protocol::encode(opened);
    require(std::equal(bytes.begin(), bytes.end(), input.begin(), input.end()));
    require(opened.slot < limits::slots);
    require(opened.person < limits::family_people_max || opened.person == OpenedSlot::nobody);
    require(std::is_sorted(opened.hashes.begin(), opened.hashes.end()));
    require(std::adjacent_find(opened.hashes.begin(), opened.hashes.end()) == opened.hashes.end());
    return 0;
}
