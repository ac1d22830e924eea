#pragma once
// Reading the files of a trial of matching: people by a map, who they really are, and which family they are of.

#include "node/import/csv_map.hpp"
#include "protocol/trial/trial_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace fanlight::cli {

inline constexpr std::size_t match_files_max = 8; ///< on the right

/// How the files are read: --map, --truth, --family.
struct MatchReading {
    node::CsvMap map;          ///< its truth column set
    std::string family_column; ///< empty: there is none
};
/// The exit code of a map that cannot be read, its problems printed; else 0.
int read_match_map(std::filesystem::path const& file, std::string const& truth_column, std::string const& family_column,
                   MatchReading& reading);

/// The exit code of a file that cannot be read, with what is wrong and where printed to standard error; else 0.
int read_match_rows(std::filesystem::path const& file, MatchReading const& reading,
                    std::vector<protocol::TrialRow>& rows);

/// Keeps whole true families (true people where no family is known): those with the lowest hashes, as many as give at
/// most `people` rows of `left`; the same ones in `others`, so that true pairs stay. Nothing if there are fewer.
void keep_some(std::size_t people, std::vector<protocol::TrialRow>& left,
               std::vector<std::vector<protocol::TrialRow>*> const& others);

} // namespace fanlight::cli
