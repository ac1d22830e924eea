// Any bytes as a map and, after a NUL, as the file that it reads: a map or problems, people or a report, never both,
// and nothing in either that a terminal would act on.
#include "node/import/csv_map.hpp"

#include "node/import/fields.hpp"
#include "node/import/people_csv.hpp"

#include <algorithm>
#include <cassert>

namespace {

using namespace fanlight;

bool is_safe(std::string const& text) {
    return node::text_fault(text) == node::TextFault::none;
}

void check(node::ImportedFile const& file, node::CsvMap const& map, bool measured) {
    auto const& report = file.report;
    assert(report.problem_count == 0 || file.people.empty());
    assert(report.problems.size() == std::min<std::uint64_t>(report.problem_count, node::import_places_max));
    for (auto const& problem : report.problems) assert(is_safe(problem.column) && is_safe(problem.text));
    for (auto const& quality : report.quality)
        assert(quality.places.size() == std::min<std::uint64_t>(quality.count, node::import_places_max));
    assert(file.truth.size() == (measured && map.truth ? file.people.size() : 0));
    for (auto const& person : file.people) {
        auto const& identity = person.identity;
        assert(!person.id.empty() && is_safe(person.id) && !identity.names.empty());
        assert(!identity.date_of_birth || !identity.partial_date);
        for (auto const& name : identity.names)
            assert(is_safe(name.forename) && is_safe(name.middle_names) && is_safe(name.surname));
        for (auto const& address : identity.addresses)
            assert(is_safe(address.premises) && is_safe(address.street) && is_safe(address.locality) &&
                   is_safe(address.postcode));
        assert(measured || !person.rating || person.rating->colour < policy::Colour::amber ||
               !person.rating->analysis.empty());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const toml = text.substr(0, text.find('\0'));
    auto const csv = text.substr(std::min(toml.size() + 1, text.size()));
    auto const parsed = node::parse_csv_map(toml);
    assert(parsed.map.has_value() == parsed.problems.empty());
    for (auto const& problem : parsed.problems)
        for (char const c : problem.place + problem.text) assert(c >= ' ' && c <= '~');
    if (!parsed.map) return 0;
    auto const today = parse_day("2026-11-22").value();
    check(node::read_people_csv(csv, *parsed.map, today), *parsed.map, false);
    check(node::read_people_csv(csv, *parsed.map, today, node::Strictness::measuring), *parsed.map, true);
    return 0;
}
