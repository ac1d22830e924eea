#include "tests/people/errors.hpp"

#include <cassert>
#include <string_view>
#include <vector>

namespace fanlight::people {

char const* name(Agency agency) {
    switch (agency) {
    case Agency::social: return "social";
    case Agency::police: return "police";
    case Agency::health: return "health";
    case Agency::housing: return "housing";
    case Agency::education: return "education";
    }
    return "";
}

std::array<FaultRates, faults> const& fault_rates() {
    // clang-format off
    static constexpr std::array<FaultRates, faults> all = {{
        //                            normal                                 hard
        //                            social police health housing educ.      social police health housing educ.
        {Fault::forename_slip,      {{  2900,  7500,  1000,  5600,  1600}}, {{  5800, 15000,  2000, 11200,  3200}}},
        {Fault::surname_slip,       {{  3500,  8000,  1200,  5500,  1800}}, {{  7000, 16000,  2400, 11000,  3600}}},
        {Fault::forename_by_ear,    {{   700,  1600,   200,  1000,   500}}, {{  1400,  3200,   400,  2000,  1000}}},
        {Fault::surname_by_ear,     {{   800,  2000,   300,  1200,   600}}, {{  1600,  4000,   600,  2400,  1200}}},
        {Fault::forename_spelling,  {{ 10000, 16000,  4000, 14000, 11000}}, {{ 20000, 32000,  8000, 28000, 22000}}},
        {Fault::surname_spelling,   {{  6000, 10000,  2500,  8000,  5500}}, {{ 12000, 20000,  5000, 16000, 11000}}},
        {Fault::nickname,           {{  8500, 14500,  1500, 11500, 13000}}, {{ 17000, 29000,  3000, 23000, 26000}}},
        {Fault::middle_as_forename, {{  2100,  3500,  1050,  3000,  2150}}, {{  4200,  7000,  2100,  6000,  4300}}},
        {Fault::middle_missing,     {{ 40000, 38500, 40000, 41000, 40000}}, {{ 60000, 60000, 50000, 60000, 60000}}},
        {Fault::middle_initial,     {{  1000,  2000,   500,  1000,  1000}}, {{  2000,  4000,  1000,  2000,  2000}}},
        {Fault::names_swapped,      {{   300,   860,    95,   950,   250}}, {{   600,  1720,   190,  1900,   500}}},
        {Fault::former_surname,     {{  7000,  8800,  3800,  5800,  6500}}, {{ 14000, 17600,  7600, 11600, 13000}}},
        {Fault::family_surname,     {{   150,   300,    50,   150,   300}}, {{   300,   600,   100,   300,   600}}},
        {Fault::double_name,        {{  9000, 20000,  6000, 16000, 14000}}, {{ 18000, 40000, 12000, 32000, 28000}}},
        {Fault::accents_lost,       {{ 10000, 18000,  4500, 15000, 10000}}, {{ 20000, 36000,  9000, 30000, 20000}}},
        {Fault::placeholder,        {{    20,    40,    20,    30,    10}}, {{    40,    80,    40,    60,    20}}},
        {Fault::day_month_swapped,  {{   600,  1400,    80,   760,   230}}, {{  1200,  2800,   160,  1520,   460}}},
        {Fault::date_digit,         {{   750,  1750,   180,  1370,   390}}, {{  1500,  3500,   360,  2740,   780}}},
        {Fault::first_of_january,   {{   410,   730,    60,   880,   205}}, {{   820,  1460,   120,  1760,   410}}},
        {Fault::date_missing,       {{  1130,  3120,    30, 10120,   190}}, {{  2260,  6240,    60, 20240,   380}}},
        {Fault::sex_missing,        {{  2050,  2050,  2000,  2050,  2000}}, {{  4100,  4100,  4000,  4100,  4000}}},
        {Fault::sex_wrong,          {{   400,   400,   400,   400,   400}}, {{   800,   800,   800,   800,   800}}},
        {Fault::moved,              {{ 19500, 34000, 12000, 25000, 15200}}, {{ 39000, 60000, 24000, 50000, 30400}}},
        {Fault::number_slip,        {{   100,   200,    50,   150,    80}}, {{   200,   400,   100,   300,   160}}},
        {Fault::postcode_slip,      {{  1500,  1500,  1500,  1500,  1500}}, {{  3000,  3000,  3000,  3000,  3000}}},
        {Fault::postcode_missing,   {{  3000,  5950,  1080,   870,   960}}, {{  6000, 11900,  2160,  1740,  1920}}},
        {Fault::no_fixed_abode,     {{  1900,  4850,   160,     0,   470}}, {{  3800,  9700,   320,   100,   940}}},
        {Fault::uprn_missing,       {{ 29800, 30400, 30200, 30600, 30000}}, {{ 50000, 50000, 40000, 50000, 40000}}},
        {Fault::nhs_missing,        {{ 20540,100000,   520,100000, 74860}}, {{ 22000,100000,  1040,100000, 76000}}},
        {Fault::nhs_of_family,      {{    40,     0,     8,     0,    30}}, {{    80,     0,    16,     0,    60}}},
        {Fault::nhs_digit,          {{   340,     0,    25,     0,   150}}, {{   680,     0,    50,     0,   300}}},
        {Fault::duplicate,          {{  3200,  5900,  1000,  2000,  1050}}, {{  6400, 11800,  2000,  4000,  2100}}},
    }};
    // clang-format on
    return all;
}

Rate rate(Fault fault, Agency agency, bool hard) {
    auto const& row = fault_rates()[static_cast<std::size_t>(fault)];
    assert(row.fault == fault);
    return (hard ? row.hard : row.normal)[static_cast<std::size_t>(agency)];
}

namespace {

using Letters = std::vector<std::string>;

Letters letters_of(std::string const& text) {
    Letters letters;
    for (auto const byte : text) {
        if ((static_cast<unsigned char>(byte) & 0xC0U) == 0x80U && !letters.empty())
            letters.back() += byte;
        else
            letters.emplace_back(1, byte);
    }
    return letters;
}

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
char upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

std::string neighbour_on_keyboard(std::string const& letter, Random& random) {
    static constexpr std::array<std::string_view, 3> rows = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    auto const wanted = lower(letter.front());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        auto const at = rows[row].find(wanted);
        if (at == std::string_view::npos) continue;
        if (row > 0 && random.chance(30'000)) return std::string(1, rows[row - 1][at]);
        bool const right = at == 0 || (at + 1 < rows[row].size() && random.chance(50'000));
        return std::string(1, rows[row][right ? at + 1 : at - 1]);
    }
    return "e"; // not a letter of this keyboard
}

} // namespace

std::string slip(std::string const& name, Random& random) {
    auto letters = letters_of(name);
    if (letters.size() < 2) return name;
    bool const capital = name.front() >= 'A' && name.front() <= 'Z';
    auto const size = static_cast<std::uint32_t>(letters.size());
    auto const at = random.below(size);
    auto const place = letters.begin() + static_cast<std::ptrdiff_t>(at);
    auto const kind = random.below(100);
    if (kind < 20) {
        letters[at] = std::string(1, static_cast<char>('a' + random.below(26)));
    } else if (kind < 45) {
        letters[at] = neighbour_on_keyboard(letters[at], random);
    } else if (kind < 65) {
        letters.erase(place);
    } else if (kind < 78) {
        letters.insert(place, std::string(letters[at]));
    } else if (kind < 97) {
        auto const left = std::min(at, size - 2);
        std::swap(letters[left], letters[left + 1]);
    } else {
        letters.erase(letters.begin());
    }
    if (capital) {
        if (letters.size() > 1 && letters[1].size() == 1) letters[1].front() = lower(letters[1].front());
        if (letters.front().size() == 1) letters.front().front() = upper(letters.front().front());
    }
    std::string slipped;
    for (auto const& letter : letters) slipped += letter;
    return slipped;
}

} // namespace fanlight::people
