// Arbitrary bytes as a family: standardising must end, give a-z, and change nothing the second time; anchors must keep
// their limits and must not depend on the order of the other people. Fields are separated by '|', people by newlines:
// forename|surname|date of birth|NHS number, with an alias in a line that starts with '+'.

#include "protocol/identity/anchors.hpp"
#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

using namespace fanlight;
using namespace fanlight::protocol;

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}

std::string_view take(std::string_view& rest, char separator) {
    auto const end = rest.find(separator);
    auto const field = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return field;
}

void check_field(std::string_view text) {
    auto const name = standard_name(text);
    require(name.size() <= name_letters_max);
    require(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos);
    require(standard_name(name) == name);
    require(sound(name).size() <= 2 * name_letters_max);
    require(skeleton(name).size() <= name.size());
    for (auto const& part : surname_parts(text)) require(standard_name(part) == part);
    auto const spoken = spoken_forename(text);
    require(formal_forename(spoken) == spoken);
    require(!name.empty() || is_placeholder_name(text));
    auto const number = standard_nhs_number(text);
    require(standard_nhs_number(number) == number);
    auto const postcode = standard_postcode(text);
    require(standard_postcode(postcode) == postcode);
}

/// A date as written, or else any day, near or impossibly far, from the field's first bytes.
std::optional<Day> read_date(std::string_view text) {
    if (text.empty()) return {};
    if (auto const day = parse_day(text)) return day.value();
    std::uint32_t number = 0;
    for (char const c : text.substr(0, 4)) number = number << 8U | static_cast<unsigned char>(c);
    return Day(std::chrono::days(static_cast<int>(number)));
}

std::vector<Identity> read_family(std::string_view rest) {
    std::vector<Identity> people;
    while (!rest.empty() && people.size() < 20) {
        auto line = take(rest, '\n');
        bool const alias = line.starts_with('+') && !people.empty();
        if (alias) line.remove_prefix(1);
        Name name;
        name.forename = take(line, '|');
        name.surname = take(line, '|');
        check_field(name.forename);
        check_field(name.surname);
        check_field(line);
        if (!alias) {
            people.emplace_back();
            people.back().date_of_birth = read_date(take(line, '|'));
            people.back().nhs_number = line;
        }
        people.back().names.push_back(std::move(name));
    }
    return people;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto people = read_family(as_text({data, size}));
    if (people.empty()) return 0;
    if (auto const date = standard_date(people.front().date_of_birth)) {
        require(standard_date(date) == date);
        require(canonical_date(canonical_date(*date)) == canonical_date(*date));
    }
    auto const anchors = anchors_of(people, 0, "fanlight/v1/anchor");
    require(anchors.size() <= limits::anchors_per_person_max);
    for (std::size_t i = 0; i < anchors.size(); ++i) {
        require(anchors[i].input.size() <= anchor_bytes_max);
        require(i == 0 || anchors[i - 1] < anchors[i]);
    }
    std::reverse(people.begin() + 1, people.end());
    require(anchors_of(people, 0, "fanlight/v1/anchor") == anchors);
    return 0;
}
