#pragma once
// What a trial shows: how many of the right people were found, what was shown wrongly, what a stranger's tokens give
// away (docs/matching.md defines each figure). Counts only, so that files can be added up; ratios are for who prints.

#include "protocol/trial/trial.hpp"

namespace fanlight::protocol {

/// Pairs of a person asked about and a record.
struct PairCounts {
    std::uint64_t true_positive = 0;
    std::uint64_t false_positive = 0;
    std::uint64_t false_negative = 0; ///< pairs that are one person, not retrieved included

    double precision() const; ///< these three are 1 where there is nothing to divide
    double recall() const;
    double f1() const;
};

/// People of whom no row is in the right file.
struct AbsentCounts {
    std::uint64_t people = 0;
    std::uint64_t sure = 0;   ///< for whom something was sure
    std::uint64_t unsure = 0; ///< for whom something was sure or unsure
};

/// True pairs by what makes them hard. A pair can be in several groups.
enum class PairGroup : std::uint8_t {
    other_alphabets, ///< a name of either has a letter outside ASCII
    ascii_names,     ///< all others
    twins,           ///< the person asked about has a twin
    date_missing,    ///< in either
    date_different,
    surname_different,
    no_address, ///< no postcode in either of them
};
inline constexpr std::size_t pair_groups = 7;
char const* name(PairGroup group);

struct GroupCounts {
    std::uint64_t pairs = 0;
    std::uint64_t sure = 0;
    std::uint64_t unsure = 0;   ///< sure or unsure
    double sure_recall() const; ///< 1 where there are no pairs; also the next
    double unsure_recall() const;
};

/// Of one kind of anchor.
struct KindCounts {
    std::uint64_t absent_family = 0;    ///< absent people who share it with somebody of their own family
    std::uint64_t absent_strangers = 0; ///< with somebody else
    std::uint64_t pairs = 0;            ///< true pairs that share it, whether it is sent or not
    std::uint64_t pairs_only = 0;       ///< that share no other of those that are sent
};

struct Figures {
    std::uint64_t people = 0; ///< asked about; somebody asked about at two agencies counts twice, like all below
    std::uint64_t rows = 0;   ///< of the right files
    std::uint64_t queries = 0;
    std::uint64_t true_pairs = 0;
    std::uint64_t retrieved = 0; ///< true pairs that share an anchor that was sent
    PairCounts sure;
    PairCounts unsure; ///< sure or unsure
    AbsentCounts absent;
    AbsentCounts absent_twins;             ///< a twin of theirs is in the right file
    std::uint64_t wrong_within_family = 0; ///< wrong and sure, and both of one family
    std::uint64_t shown = 0;               ///< candidates, sure or unsure
    std::uint64_t wrong_shown_max = 0;     ///< for one person at one agency
    std::uint64_t keys = 0;                ///< of all slots
    std::uint64_t keys_max = 0;
    double absent_times_rows = 0; ///< pairs of an absent person and a row
    std::array<GroupCounts, pair_groups> groups;
    std::array<KindCounts, anchor_kinds> kinds;

    std::uint64_t wrong_shown() const { return unsure.false_positive; }
    /// Of 1000 absent people, with how many somebody unknown to them would share this kind at so many records.
    double strangers_per_1000(AnchorKind kind, double records) const;
    /// sure_recall of ASCII names less that of the others; may be negative.
    double recall_gap() const;
    Figures& operator+=(Figures const& other);
};

/// Of judged queries.
Figures measure(Trial const& trial, std::vector<TrialQuery> const& queries);

} // namespace fanlight::protocol
