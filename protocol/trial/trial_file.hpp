#pragma once
// A file of people whose true identity is known, made ready for measuring or learning matching (docs/matching.md): who
// is asked about together, and what a party that holds the file knows of its own people. Pure; the files are read
// elsewhere (admin-cli/match_files.hpp).

#include "crypto/parallel.hpp"
#include "protocol/engine/surroundings.hpp"
#include "protocol/identity/duplicates.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace fanlight::protocol {

using TrialRowNumber = std::uint32_t; ///< place in a file's rows, from 0
inline constexpr std::size_t trial_rows_max = 2'000'000;

struct TrialRow {
    std::string id;           ///< the file's own
    std::string household_id; ///< what the file says of who belongs together; may be empty
    Identity identity;
    std::string truth;  ///< who it really is; never an input of matching, only of what is learnt and counted
    std::string family; ///< true family; empty: not known. Never an input of matching
};

enum class Grouping : std::uint8_t {
    by_household_id, ///< as the file says
    by_premises,     ///< the same premises with postcode, or the same UPRN
    alone,           ///< everybody by themselves
};

/// Whether a file's people are asked about or held.
enum class TrialSide : std::uint8_t { asks, holds };

struct TrialFile {
    std::vector<TrialRow> rows;
    std::vector<Forms> forms; ///< of each row
    /// Who is asked about, or enrolled, together: rows of one household in their order, at most limits::slots.
    /// Nobody writes one person into a query twice: who stands twice among those asked about is in two groups.
    /// By `same`, or, where there is nothing to find it with yet, because it is to be learnt, by truth.
    std::vector<std::vector<TrialRowNumber>> groups;
    std::vector<std::uint32_t> together;    ///< of each row: the same for all of a household, however large; from 0
    std::vector<Surroundings> surroundings; ///< of each row, as a party that holds the file knows them
    std::optional<SamePerson> same;         ///< who stands there several times, as an import finds it; none: not looked
};

/// By what two rows of a file are one person.
struct TrialPoints {
    Points const& points;
    Thresholds thresholds;
};

/// At most trial_rows_max rows. `by` is nullptr for learning.
TrialFile prepare_trial(std::vector<TrialRow> rows, TrialSide side, Grouping grouping, crypto::Parallel const& parallel,
                        TrialPoints const* by);

/// Descriptors of the members of a group, each with the others as family.
std::vector<Descriptors> describe_group(TrialFile const& file, std::vector<TrialRowNumber> const& group);

/// FNV-1a, 64 bits, mixed once more: the same everywhere, for dividing people into parts.
std::uint64_t trial_hash(std::string_view text);

/// Where no true family is known: a household of `left` is one, and a row of another file is of the family of the row
/// of `left` that is the same person.
void families_from_households(TrialFile& left, std::vector<TrialFile*> const& others);

} // namespace fanlight::protocol
