#include "tests/people/names.hpp"

#include <algorithm>
#include <vector>

namespace fanlight::people {

namespace {

/// Words drawn by rank, Zipf's law with an offset that flattens the first ranks: weight 1 / (rank + offset).
class Ranked {
  public:
    Ranked(std::string_view words, std::uint32_t offset) {
        while (!words.empty()) {
            auto const end = std::min(words.find(' '), words.size());
            if (end > 0) {
                total_ += 10'000'000 / (static_cast<std::uint32_t>(words_.size()) + offset);
                until_.push_back(total_);
                words_.emplace_back(words.substr(0, end));
                std::replace(words_.back().begin(), words_.back().end(), '_', ' ');
            }
            words.remove_prefix(std::min(end + 1, words.size()));
        }
    }
    bool empty() const { return words_.empty(); }
    std::string const& draw(Random& random) const {
        auto const found = std::upper_bound(until_.begin(), until_.end(), random.below(total_));
        return words_[static_cast<std::size_t>(found - until_.begin())];
    }

  private:
    std::vector<std::string> words_;
    std::vector<std::uint32_t> until_; ///< cumulated weights
    std::uint32_t total_ = 0;
};

constexpr std::uint32_t forename_offset = 4;
constexpr std::uint32_t surname_offset = 9;
constexpr std::uint32_t part_offset = 40; ///< stems and endings are nearly even

struct Drawable {
    explicit Drawable(NameLists const& lists)
        : men(lists.men, forename_offset), women(lists.women, forename_offset), boys(lists.boys, forename_offset),
          girls(lists.girls, forename_offset), surnames(lists.surnames, surname_offset),
          stems(lists.stems, part_offset), endings(lists.endings, part_offset), tail(lists.tail) {}
    Ranked men, women, boys, girls, surnames, stems, endings;
    Rate tail;
};

Drawable const& drawable(Culture culture) {
    static auto const all = [] {
        std::vector<Drawable> made;
        for (auto const& lists : name_lists()) made.emplace_back(lists);
        return made;
    }();
    return all[static_cast<std::size_t>(culture)];
}

bool ends_with(std::string const& text, std::string_view end) {
    return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

} // namespace

Culture any_culture(Random& random) {
    std::uint32_t total = 0;
    for (auto const& lists : name_lists()) total += lists.weight;
    auto left = random.below(total);
    std::size_t culture = 0;
    while (left >= name_lists()[culture].weight) left -= name_lists()[culture++].weight;
    return static_cast<Culture>(culture);
}

std::string forename_of(Culture culture, Sex sex, int birth_year, Random& random) {
    auto const& lists = drawable(culture);
    bool const male = sex == Sex::male;
    auto const& young = male ? lists.boys : lists.girls;
    if (birth_year >= young_since && !young.empty()) return young.draw(random);
    return (male ? lists.men : lists.women).draw(random);
}

std::string surname_of(Culture culture, Random& random) {
    auto const& lists = drawable(culture);
    if (!lists.stems.empty() && random.chance(lists.tail)) {
        auto surname = lists.stems.draw(random);
        return surname += lists.endings.draw(random);
    }
    auto surname = lists.surnames.draw(random);
    // Spain and Portugal: the father's and the mother's.
    if (culture == Culture::iberian && random.chance(25'000)) surname += " " + lists.surnames.draw(random);
    return surname;
}

std::string surname_for(Culture culture, Sex sex, std::string const& surname) {
    bool const adjective = ends_with(surname, "ski") || ends_with(surname, "cki");
    if (culture != Culture::polish || sex != Sex::female || !adjective) return surname;
    return surname.substr(0, surname.size() - 1) + "a";
}

std::string honorific_surname(Random& random) {
    static Ranked const all("Begum Bibi Akhtar Khatun Kausar Parveen Sultana Nessa", 2);
    return all.draw(random);
}

} // namespace fanlight::people
