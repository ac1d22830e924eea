#include "synthetic.hpp"

#include "node/import/people_csv.hpp"

#include <array>
#include <random>

namespace fanlight::bench {

namespace {

class Maker {
  public:
    explicit Maker(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t end) { return static_cast<std::size_t>(engine_() % end); }
    std::string word(std::size_t syllables) {
        static constexpr std::array<char const*, 24> all = {"ma",  "ri",  "el", "jo",  "han", "ne",  "li",  "sa",
                                                            "to",  "ber", "ka", "vin", "da",  "mor", "gre", "ty",
                                                            "wen", "fi",  "lo", "che", "ste", "par", "no",  "qui"};
        std::string text;
        for (std::size_t i = 0; i < syllables; ++i) text += all[below(all.size())];
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
        return text;
    }
    std::string number(std::size_t value, std::size_t width) {
        auto text = std::to_string(value);
        return text.size() < width ? std::string(width - text.size(), '0') + text : text;
    }
    std::string date(std::size_t first_year, std::size_t years) {
        return std::to_string(first_year + below(years)) + "-" + number(1 + below(12), 2) + "-" +
               number(1 + below(28), 2);
    }
    /// With the check digit of the NHS Data Dictionary; numbers from 999 are for tests.
    std::string nhs_number() {
        for (;;) {
            auto const nine = "999" + number(below(1'000'000), 6);
            std::size_t sum = 0;
            for (std::size_t i = 0; i < nine.size(); ++i) sum += (10 - i) * static_cast<std::size_t>(nine[i] - '0');
            auto const check = (11 - sum % 11) % 11;
            if (check != 10) return nine + std::to_string(check);
        }
    }

  private:
    std::mt19937_64 engine_;
};

} // namespace

std::string synthetic_people(std::uint64_t seed, std::size_t count) {
    Maker make(seed);
    std::string text;
    for (auto const* column : node::people_csv_columns) text += (text.empty() ? "" : ",") + std::string(column);
    std::string surname;
    std::string postcode;
    for (std::size_t i = 0; i < count; ++i) {
        if (i % 4 == 0) {
            surname = make.word(2 + make.below(2));
            postcode = "QX" + std::to_string(1 + make.below(20)) + " " + std::to_string(make.below(10)) + "AB";
        }
        bool const adult = i % 4 < 2;
        text += "\nB-" + make.number(i, 7) + ",F-" + make.number(i / 4, 7) + "," + make.word(2 + make.below(2)) + "," +
                surname + ",," + (adult ? make.date(1960, 40) : make.date(2005, 20)) + "," +
                (make.below(4) == 0 ? std::string() : make.nhs_number()) + "," + postcode;
        if (make.below(3) == 0)
            text += ",amber,2026-11-01,J. Tester,Two referrals since the summer.,domestic abuse,2,5,2026-11-01,yes,,";
        else
            text += ",,,,,,0," + std::to_string(make.below(9)) + ",,,,";
    }
    return text + "\n";
}

} // namespace fanlight::bench
