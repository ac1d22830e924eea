// Any bytes as a family form: a family or problems, never both, and nothing in a problem that a terminal would act on.
#include "node/import/family_file.hpp"

#include "../unit/import_support.hpp"
#include "base/limits.hpp"

#include <cassert>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    static auto const agreement = node::import_test::agreement();
    auto const parsed = node::parse_family({reinterpret_cast<char const*>(data), size}, agreement);
    assert(parsed.family.has_value() == parsed.problems.empty());
    for (auto const& problem : parsed.problems)
        for (char const c : problem.place + problem.text) assert(c >= ' ' && c <= '~');
    if (!parsed.family) return 0;
    assert(!parsed.family->people.empty() && parsed.family->people.size() <= limits::family_people_max);
    for (auto const& member : parsed.family->people) assert(!member.label.empty() && !member.roles.empty());
    return 0;
}
