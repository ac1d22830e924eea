// Arbitrary bytes as a family: standardising must end, give a-z, and change nothing the second time; descriptors must
// keep their limits and must not depend on the order of aliases and of the other people; judging any levels must keep
// its rules. Fields are separated by '|', people by newlines: forename|surname|date of birth|NHS number|address|middle
// names, the last two optional, with an alias (forename|surname|middle names) in a line that starts with '+'.

#include "protocol/identity/score.hpp"
#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
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

void check_name(std::string_view text) {
    auto const name = standard_name(text);
    require(name.size() <= name_letters_max);
    require(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos);
    require(standard_name(name) == name);
    require(sound(name).size() <= 2 * name_letters_max);
    require(broad_sound(name).size() <= 2 * name_letters_max);
    require(skeleton(name).size() <= name.size());
    for (auto const& part : surname_parts(text)) require(standard_name(part) == part);
    for (auto const& part : forename_parts(text)) require(standard_name(part) == part);
    auto const middle = middle_words(text);
    require(middle.size() <= middle_words_max && middle_words(joined(middle, " ")) == middle);
    auto const spoken = spoken_forename(text);
    require(formal_forename(spoken) == spoken);
    require(!name.empty() || is_placeholder_name(text));
}

void check_number(std::string_view text) {
    for (auto const standard :
         {standard_nhs_number, standard_upn, standard_agreed_number, standard_uprn, standard_postcode})
        require(standard(standard(text)) == standard(text));
}

void check_date(std::string_view text) {
    for (auto const order : {DateOrder::ymd, DateOrder::dmy, DateOrder::mdy}) {
        auto const date = parse_date_of_birth(text, order, 2025);
        require(!date.day || !date.partial);
        require(date.fault == DateFault::none || (!date.day && !date.partial));
        if (!date.day) continue;
        require(standard_date(date.day) == date.day);
        require(parse_date_of_birth(to_text(*date.day), order).day == date.day);
    }
}

/// Its first five fields between commas.
Address read_address(std::string_view text) {
    Address parts;
    for (auto* const field : {&parts.premises, &parts.street, &parts.locality, &parts.postcode, &parts.uprn})
        *field = take(text, ',');
    return parts;
}

/// One text as an address: in its parts, and whole in the fields where people put it all.
void check_address(std::string_view text) {
    auto const parts = read_address(text);
    std::string const all(text);
    for (auto const& address :
         {parts, Address{all, "", "", "", ""}, Address{"", all, all, all, all}, Address{all, all, "", "", ""}}) {
        auto const once = standard_address(address);
        require(!once.no_fixed_abode || (once.street.empty() && once.postcode.empty()));
        if (once.no_fixed_abode) continue;
        require(standard_address({once.premises, once.street, once.locality, once.postcode, once.uprn}) == once);
    }
    require(standard_street(standard_street(text)) == standard_street(text));
    require(standard_locality(standard_locality(text)) == standard_locality(text));
}

void check_field(std::string_view text) {
    check_name(text);
    check_number(text);
    check_date(text);
    check_address(text);
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
            people.back().nhs_number = take(line, '|');
            people.back().upn = people.back().agreed_number = people.back().nhs_number;
            people.back().addresses.push_back(read_address(take(line, '|')));
        }
        name.middle_names = line;
        people.back().names.push_back(std::move(name));
    }
    return people;
}

constexpr DescriptorLabels labels{"fanlight/v1/anchor", "fanlight/v1/component"};

Descriptors check_descriptors(std::vector<Identity> const& people) {
    auto found = descriptors_of(people, 0, labels);
    require(found.anchors.size() <= limits::anchors_per_person_max);
    require(found.by_date.size() <= components_max && found.by_sector.size() <= components_max);
    std::set<Bytes> anchors;
    for (auto const& anchor : found.anchors) {
        require(anchor.input.size() <= anchor_bytes_max);
        require(anchors.insert(anchor.input).second);
        require(anchor.salt != Salt::date || !found.by_date.empty());
        require(anchor.salt != Salt::sector || !found.by_sector.empty());
    }
    for (auto const* const components : {&found.by_date, &found.by_sector}) {
        std::set<Component> distinct;
        for (auto const& component : *components) {
            require(component.input.size() <= anchor_bytes_max);
            require(distinct.insert(component).second);
        }
    }
    return found;
}

bool same(Descriptors const& left, Descriptors const& right) {
    return left.anchors == right.anchors && left.by_date == right.by_date && left.by_sector == right.by_sector &&
           left.fields == right.fields;
}

/// Levels that a byte each chooses, the last for all that are missing.
Levels read_levels(ByteView bytes) {
    Levels levels;
    for (std::size_t i = 0; i < aspects; ++i) {
        auto const aspect = static_cast<Aspect>(i);
        std::uint8_t count = 0;
        while (level_name(aspect, count) != nullptr) ++count;
        if (!bytes.empty()) levels[aspect] = static_cast<std::uint8_t>(bytes[std::min(i, bytes.size() - 1)] % count);
    }
    return levels;
}

Points const& fuzz_points() {
    static auto const listed = Points::parse({{"forename.exact", 150},
                                              {"date.exact", 200},
                                              {"place.premises", 100},
                                              {"number.same", 300},
                                              {"household.one", 80},
                                              {"rival.stronger", -200},
                                              {"better.weaker + place.premises", -50}})
                                   .value();
    return listed;
}

void check_slot(std::vector<Candidate> const& slot, Thresholds thresholds) {
    std::size_t shown = 0;
    std::set<std::uint64_t> sure;
    for (std::size_t i = 0; i < slot.size(); ++i) {
        require(i == 0 || slot[i - 1].points >= slot[i].points);
        require(slot[i].match == Match::none || slot[i].points >= std::min(thresholds.sure, thresholds.unsure));
        if (slot[i].match == Match::unsure) ++shown;
        if (slot[i].match == Match::sure) {
            if (std::string_view(level_name(Aspect::number, slot[i].levels[Aspect::number])) != "same")
                sure.insert(slot[i].person); // a number that agrees makes them one
            require(slot[i].points >= thresholds.sure);
        }
        for (auto const code : features_of_pair(slot[i].levels)) require(feature_of(feature_name(code)) == code);
        in_words(slot[i].levels);
    }
    require(shown <= unsure_shown_max && sure.size() <= 1);
}

/// Sixteen bytes a candidate: which slot, record, person and household, then its levels.
void check_judge(ByteView bytes) {
    constexpr std::size_t size = 16;
    std::vector<std::vector<Candidate>> slots(4);
    for (; bytes.size() >= size && slots.front().size() < size; bytes = bytes.subspan(size)) {
        Candidate candidate;
        candidate.row = bytes[0] >> 2U & 7U;
        candidate.person = bytes[1] & 3U;
        candidate.household = bytes[1] >> 2U & 3U;
        candidate.others_there = (bytes[1] & 16U) != 0;
        candidate.levels = read_levels(bytes.subspan(2, size - 2));
        slots[bytes[0] & 3U].push_back(candidate);
    }
    Thresholds const thresholds{300, 0, true};
    judge(slots, fuzz_points(), thresholds);
    for (auto const& slot : slots) check_slot(slot, thresholds);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    check_judge({data, size});
    feature_of(as_text({data, size}));
    auto people = read_family(as_text({data, size}));
    if (people.empty()) return 0;
    if (auto const date = standard_date(people.front().date_of_birth)) {
        require(standard_date(date) == date);
        require(canonical_date(canonical_date(*date)) == canonical_date(*date));
    }
    auto const found = check_descriptors(people);
    std::reverse(people.begin() + 1, people.end());
    require(same(check_descriptors(people), found));
    std::reverse(people.front().names.begin(), people.front().names.end());
    require(same(check_descriptors(people), found));

    auto const other = descriptors_of(people, people.size() - 1, labels);
    auto const evidence = compare(found, other);
    if (evidence.anchors != 0) require(!in_words(levels_of(evidence, {1000, 3, 3})).empty());
    return 0;
}
