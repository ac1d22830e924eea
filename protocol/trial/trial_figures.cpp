// Counting. Nothing here looks at a name but to sort true pairs into groups.

#include "protocol/trial/trial_figures.hpp"

#include <algorithm>
#include <set>

namespace fanlight::protocol {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

bool is_ascii(Identity const& identity) {
    auto const plain = [](std::string const& text) {
        return std::all_of(text.begin(), text.end(), [](char letter) { return static_cast<signed char>(letter) >= 0; });
    };
    return std::all_of(identity.names.begin(), identity.names.end(), [&](Name const& name) {
        return plain(name.forename) && plain(name.surname) && plain(name.middle_names);
    });
}

bool has_postcode(Forms const& person) {
    return std::any_of(person.places.begin(), person.places.end(),
                       [](PlaceForm const& place) { return !place.postcode.empty(); });
}

bool share_surname(Forms const& one, Forms const& other) {
    for (auto const& name : one.names)
        for (auto const& its : other.names)
            if (name.surname == its.surname) return true;
    return false;
}

/// Who is in the right file, and who has a twin where.
class Relations {
  public:
    explicit Relations(Trial const& trial) : trial_(trial) {
        for (std::size_t row = 0; row < trial.right.rows.size(); ++row)
            by_truth_[trial.right.rows[row].truth].push_back(static_cast<TrialRowNumber>(row));
        add_births(trial.right, right_births_);
        all_births_ = right_births_;
        if (!trial.within) add_births(trial.left, all_births_);
    }
    /// The pairs that there are to find.
    std::vector<TrialRowNumber> same_as(TrialRowNumber left) const {
        std::vector<TrialRowNumber> rows;
        for (auto const row : all_same_as(left))
            if (!trial_.within || row > left) rows.push_back(row);
        return rows;
    }
    /// In one file: nobody else is this person.
    bool is_absent(TrialRowNumber left) const { return all_same_as(left).size() == (trial_.within ? 1 : 0); }
    bool has_twin(TrialRowNumber left) const { return has_other(left, all_births_); }
    bool has_twin_there(TrialRowNumber left) const { return has_other(left, right_births_); }
    bool is_family(TrialRowNumber left, TrialRowNumber right) const {
        auto const& family = trial_.left.rows[left].family;
        return !family.empty() && family == trial_.right.rows[right].family;
    }

  private:
    /// Family and date of birth -> who was born then.
    using Births = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

    static void add_births(TrialFile const& file, Births& births) {
        for (std::size_t row = 0; row < file.rows.size(); ++row)
            if (!file.rows[row].family.empty() && !file.forms[row].date.empty())
                births[{file.rows[row].family, file.forms[row].date}].insert(file.rows[row].truth);
    }
    bool has_other(TrialRowNumber left, Births const& births) const {
        auto const found = births.find({trial_.left.rows[left].family, trial_.left.forms[left].date});
        if (found == births.end()) return false;
        return found->second.size() > found->second.count(trial_.left.rows[left].truth);
    }
    std::vector<TrialRowNumber> const& all_same_as(TrialRowNumber left) const {
        static std::vector<TrialRowNumber> const none;
        auto const found = by_truth_.find(trial_.left.rows[left].truth);
        return found == by_truth_.end() ? none : found->second;
    }

    Trial const& trial_;
    std::unordered_map<std::string, std::vector<TrialRowNumber>> by_truth_;
    Births right_births_;
    Births all_births_;
};

class Measure {
  public:
    explicit Measure(Trial const& trial) : trial_(trial), relations_(trial) { figures_.rows = trial.right.rows.size(); }
    void add(TrialSlot const& slot) {
        ++figures_.people;
        figures_.keys += slot.keys;
        figures_.keys_max = std::max<std::uint64_t>(figures_.keys_max, slot.keys);
        add_candidates(slot);
        for (auto const row : relations_.same_as(slot.row)) add_true_pair(slot, row);
        if (relations_.is_absent(slot.row)) add_absent(slot);
    }
    Figures take(std::size_t queries) && {
        figures_.queries = queries;
        return std::move(figures_);
    }

  private:
    void add_candidates(TrialSlot const& slot) {
        std::uint64_t wrong = 0;
        for (auto const& candidate : slot.candidates) {
            if (candidate.match == Match::none) continue;
            ++figures_.shown;
            if (is_same(trial_, slot, candidate.row)) continue;
            ++wrong;
            ++figures_.unsure.false_positive;
            if (candidate.match != Match::sure) continue;
            ++figures_.sure.false_positive;
            if (relations_.is_family(slot.row, static_cast<TrialRowNumber>(candidate.row)))
                ++figures_.wrong_within_family;
        }
        figures_.wrong_shown_max = std::max(figures_.wrong_shown_max, wrong);
    }

    void add_true_pair(TrialSlot const& slot, TrialRowNumber row) {
        ++figures_.true_pairs;
        auto match = Match::none;
        for (auto const& candidate : slot.candidates)
            if (candidate.row == row) match = candidate.match;
        ++(match == Match::sure ? figures_.sure.true_positive : figures_.sure.false_negative);
        ++(match != Match::none ? figures_.unsure.true_positive : figures_.unsure.false_negative);
        auto const& left = trial_.left.forms[slot.row];
        auto const& right = trial_.right.forms[row];
        auto const group = [&](PairGroup which, bool is_in) {
            if (!is_in) return;
            auto& counts = figures_.groups[static_cast<std::size_t>(which)];
            ++counts.pairs;
            if (match == Match::sure) ++counts.sure;
            if (match != Match::none) ++counts.unsure;
        };
        bool const ascii = is_ascii(trial_.left.rows[slot.row].identity) && is_ascii(trial_.right.rows[row].identity);
        bool const dates = !left.date.empty() && !right.date.empty();
        group(PairGroup::other_alphabets, !ascii);
        group(PairGroup::ascii_names, ascii);
        group(PairGroup::twins, relations_.has_twin(slot.row));
        group(PairGroup::date_missing, !dates);
        group(PairGroup::date_different, dates && left.date != right.date);
        group(PairGroup::surname_different, !share_surname(left, right));
        group(PairGroup::no_address, !has_postcode(left) || !has_postcode(right));

        auto const shared =
            std::lower_bound(slot.sharing.begin(), slot.sharing.end(), row,
                             [](SharedAnchors const& one, TrialRowNumber key) { return one.row < key; });
        if (shared == slot.sharing.end() || shared->row != row) return;
        if (shared->sent != 0) ++figures_.retrieved;
        for (std::size_t kind = 0; kind < anchor_kinds; ++kind) {
            auto const bit = 1U << kind;
            if ((shared->all & bit) != 0) ++figures_.kinds[kind].pairs;
            if (shared->sent == bit) ++figures_.kinds[kind].pairs_only;
        }
    }

    void add_absent(TrialSlot const& slot) {
        auto const is = [&](auto const& test) {
            return std::any_of(slot.candidates.begin(), slot.candidates.end(), test);
        };
        bool const sure = is([](Candidate const& candidate) { return candidate.match == Match::sure; });
        bool const shown = is([](Candidate const& candidate) { return candidate.match != Match::none; });
        auto const add_to = [&](AbsentCounts& counts) {
            ++counts.people;
            if (sure) ++counts.sure;
            if (shown) ++counts.unsure;
        };
        add_to(figures_.absent);
        if (relations_.has_twin_there(slot.row)) add_to(figures_.absent_twins);
        auto const rows = trial_.right.rows.size() - (trial_.within ? slot.row + std::size_t(1) : 0);
        figures_.absent_times_rows += static_cast<double>(rows);
        std::uint32_t family = 0;
        std::uint32_t strangers = 0;
        for (auto const& shared : slot.sharing)
            (relations_.is_family(slot.row, shared.row) ? family : strangers) |= shared.all;
        for (std::size_t kind = 0; kind < anchor_kinds; ++kind) {
            if ((family >> kind & 1U) != 0) ++figures_.kinds[kind].absent_family;
            if ((strangers >> kind & 1U) != 0) ++figures_.kinds[kind].absent_strangers;
        }
    }

    Trial const& trial_;
    Relations relations_;
    Figures figures_;
};

} // namespace

double PairCounts::precision() const {
    return ratio(true_positive, true_positive + false_positive);
}
double PairCounts::recall() const {
    return ratio(true_positive, true_positive + false_negative);
}
double PairCounts::f1() const {
    return ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative);
}
double GroupCounts::sure_recall() const {
    return ratio(sure, pairs);
}
double GroupCounts::unsure_recall() const {
    return ratio(unsure, pairs);
}

char const* name(PairGroup group) {
    constexpr char const* names[pair_groups] = {"other_alphabets", "ascii_names",       "twins",     "date_missing",
                                                "date_different",  "surname_different", "no_address"};
    return names[static_cast<std::size_t>(group)];
}

double Figures::strangers_per_1000(AnchorKind kind, double records) const {
    if (absent_times_rows == 0) return 0;
    auto const& counts = kinds[static_cast<std::size_t>(kind) - 1];
    return 1000 * static_cast<double>(counts.absent_strangers) * records / absent_times_rows;
}

double Figures::recall_gap() const {
    auto const& others = groups[static_cast<std::size_t>(PairGroup::other_alphabets)];
    auto const& ascii = groups[static_cast<std::size_t>(PairGroup::ascii_names)];
    return others.pairs == 0 || ascii.pairs == 0 ? 0 : ascii.sure_recall() - others.sure_recall();
}

namespace {
PairCounts& operator+=(PairCounts& left, PairCounts const& right) {
    left.true_positive += right.true_positive;
    left.false_positive += right.false_positive;
    left.false_negative += right.false_negative;
    return left;
}
AbsentCounts& operator+=(AbsentCounts& left, AbsentCounts const& right) {
    left.people += right.people;
    left.sure += right.sure;
    left.unsure += right.unsure;
    return left;
}
} // namespace

Figures& Figures::operator+=(Figures const& other) {
    people += other.people;
    rows += other.rows;
    queries += other.queries;
    true_pairs += other.true_pairs;
    retrieved += other.retrieved;
    sure += other.sure;
    unsure += other.unsure;
    absent += other.absent;
    absent_twins += other.absent_twins;
    wrong_within_family += other.wrong_within_family;
    shown += other.shown;
    wrong_shown_max = std::max(wrong_shown_max, other.wrong_shown_max);
    keys += other.keys;
    keys_max = std::max(keys_max, other.keys_max);
    absent_times_rows += other.absent_times_rows;
    for (std::size_t i = 0; i < pair_groups; ++i) {
        groups[i].pairs += other.groups[i].pairs;
        groups[i].sure += other.groups[i].sure;
        groups[i].unsure += other.groups[i].unsure;
    }
    for (std::size_t i = 0; i < anchor_kinds; ++i) {
        kinds[i].absent_family += other.kinds[i].absent_family;
        kinds[i].absent_strangers += other.kinds[i].absent_strangers;
        kinds[i].pairs += other.kinds[i].pairs;
        kinds[i].pairs_only += other.kinds[i].pairs_only;
    }
    return *this;
}

Figures measure(Trial const& trial, std::vector<TrialQuery> const& queries) {
    Measure measure(trial);
    for (auto const& query : queries)
        for (auto const& slot : query.slots) measure.add(slot);
    return std::move(measure).take(queries.size());
}

} // namespace fanlight::protocol
