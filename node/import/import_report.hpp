#pragma once
// What an import says about a file: problems, which keep it out, and its quality, which does not. Rows and columns,
// never a value.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace fanlight::node {

inline constexpr std::size_t import_places_max = 100; ///< kept of each kind; counts go on

/// A row and column that could not be taken.
struct ImportProblem {
    std::uint64_t row = 0; ///< 1-based line of the file; 1 is the header
    std::string column;    ///< as the file names it; empty: the whole row
    std::string text;      ///< what is wrong and the mend
};
struct ImportPlace {
    std::uint64_t row = 0;
    std::string column; ///< empty: the whole row
};

/// What makes people harder to find. All of them are stored.
enum class Quality : std::uint8_t {
    placeholder,           ///< a name, date, number or postcode that means "unknown"; counts as missing
    name_missing,          ///< a forename or surname
    name_one_letter,       ///< an initial
    name_without_letters,  ///< digits, signs or emoji only
    date_partial,          ///< a date of birth without day, or without day and month; kept as that
    date_first_of_january, ///< the day that systems write for a year; kept
    nhs_number_wrong,      ///< not ten digits, or the check digit does not fit; left out
    upn_wrong,             ///< the same for a Unique Pupil Number; temporary ones too
    agreed_number_wrong,   ///< not 4 to 32 letters and digits; left out
    uprn_wrong,            ///< not up to 12 digits; left out
    postcode_wrong,        ///< not of a postcode's form; kept as written, not compared
    sex_unclear,           ///< a word that is neither ours nor the map's; counts as unknown
    cell_left_out,         ///< when measuring only: what an import would refuse, taken as missing
    too_little_to_match,   ///< nothing by which anybody can be found
    entered_several_times, ///< one person in several rows; all of them speak for the person (identity/duplicates.hpp)
};
inline constexpr std::size_t quality_kinds = 15;
char const* name(Quality kind);     ///< for programs: "name_missing"
char const* describe(Quality kind); ///< for people: "forenames or surnames missing"

struct QualityCount {
    std::uint64_t count = 0;
    std::vector<ImportPlace> places; ///< the first `import_places_max`
};

struct ImportReport {
    std::uint64_t rows = 0;
    std::uint64_t rated = 0;
    std::uint64_t without_date_of_birth = 0;
    std::uint64_t without_nhs_number = 0;
    std::array<QualityCount, quality_kinds> quality;
    std::vector<ImportProblem> problems; ///< the first `import_places_max`, by row
    std::uint64_t problem_count = 0;
    /// The rows of one person each, of the first import_places_max who stand there several times.
    std::vector<std::vector<std::uint64_t>> same_person;
    std::uint64_t same_person_count = 0; ///< of such people; Quality::entered_several_times counts their rows

    std::uint64_t count(Quality kind) const { return quality[static_cast<std::size_t>(kind)].count; }
    void note(Quality kind, std::uint64_t row, std::string const& column);
    void one_person(std::vector<std::uint64_t> lines); ///< 1-based lines of the file
    void problem(std::uint64_t row, std::string const& column, std::string text);
    void sort(); ///< problems by row
};

/// The report for a terminal: counts, first places, then one line a problem. Contains no personal data.
std::string report_text(ImportReport const& report);

} // namespace fanlight::node
