// Any bytes as an agency's export: a report or people, never both, and nothing in the report that a terminal would act
// on.
#include "node/import/people_csv.hpp"

#include <algorithm>
#include <cassert>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace fanlight;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const file = node::read_people_csv(text, parse_day("2026-11-22").value());
    assert(file.people.empty() == (file.report.problem_count != 0));
    assert(file.report.problems.size() == std::min<std::uint64_t>(file.report.problem_count, 100));
    for (char const c : node::report_text(file.report)) assert(c == '\n' || (c >= ' ' && c <= '~'));
    for (auto const& quality : file.report.quality)
        assert(quality.places.size() == std::min<std::uint64_t>(quality.count, node::import_places_max));
    for (auto const& person : file.people) {
        assert(!person.id.empty() && !person.identity.names.empty());
        assert(!person.rating || person.rating->colour < policy::Colour::amber || !person.rating->analysis.empty());
    }
    return 0;
}
