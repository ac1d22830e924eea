// make-people: writes a made-up population and what agencies know of it, for tests and benches.
//
//   make-people --seed N --families N --out DIR [--singles N] [--hard] [--agency
//   social|police|health|housing|education]
//
// DIR must exist. Without --agency it writes people.csv and all five views; with it, that view alone.

#include "tests/people/csv.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

namespace {

using namespace fanlight::people;

struct Wanted {
    Settings settings;
    std::uint64_t seed = 0;
    std::string out;
    std::optional<Agency> agency;
};

template <class Number> bool read_number(std::string_view text, Number& number) {
    auto const end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end;
}

/// Nothing if the arguments make no sense.
std::optional<Wanted> read_arguments(int count, char** arguments) {
    Wanted wanted;
    bool seeded = false;
    std::optional<std::size_t> singles;
    for (int i = 1; i < count; ++i) {
        std::string_view const option = arguments[i];
        if (option == "--hard") {
            wanted.settings.hard = true;
            continue;
        }
        if (i + 1 == count) return std::nullopt;
        std::string_view const value = arguments[++i];
        bool good = true;
        if (option == "--seed") {
            good = seeded = read_number(value, wanted.seed);
        } else if (option == "--families") {
            good = read_number(value, wanted.settings.families) && wanted.settings.families <= families_max;
        } else if (option == "--singles") {
            good = read_number(value, singles.emplace()) && *singles <= families_max;
        } else if (option == "--out") {
            wanted.out = value;
        } else if (option == "--agency") {
            for (auto const agency : all_agencies)
                if (value == name(agency)) wanted.agency = agency;
            good = wanted.agency.has_value();
        } else {
            good = false;
        }
        if (!good) return std::nullopt;
    }
    wanted.settings.singles = singles.value_or(wanted.settings.families / 2);
    if (!seeded || wanted.out.empty()) return std::nullopt;
    return wanted;
}

bool write(std::string const& directory, std::string const& file, std::string const& text) {
    std::ofstream out(directory + "/" + file + ".csv", std::ios::binary);
    out << text;
    out.close();
    if (!out) std::cerr << "cannot write " << file << ".csv\n";
    return static_cast<bool>(out);
}

} // namespace

int main(int count, char** arguments) {
    auto const wanted = read_arguments(count, arguments);
    if (!wanted) {
        std::cerr << "make-people --seed N --families N --out DIR [--singles N] [--hard]\n"
                     "            [--agency social|police|health|housing|education]\n"
                     "at most "
                  << families_max << " families; without --singles half as many people alone\n";
        return 64;
    }
    auto const population = make_population(wanted->settings, wanted->seed);
    if (!wanted->agency && !write(wanted->out, "people", people_csv(population))) return 1;
    for (auto const agency : all_agencies) {
        if (wanted->agency && *wanted->agency != agency) continue;
        auto const rows = view_of(population, agency, wanted->settings, wanted->seed);
        if (!write(wanted->out, name(agency), view_csv(agency, rows))) return 1;
    }
    return 0;
}
