// Counts and places, and how they read; see import_report.hpp.
#include "node/import/import_report.hpp"

#include <algorithm>

namespace fanlight::node {

namespace {

constexpr auto indent = "           ";
constexpr std::size_t places_shown = 3; // on a terminal; --json has all that are kept
constexpr std::size_t rows_shown = 8;   // of one person

/// Reports may have a whole file's rows of one kind: what is kept of it is bounded.
template <class T> bool has_room(std::vector<T> const& list) {
    return list.size() < import_places_max;
}

void add_count(std::string& out, std::uint64_t count, char const* what) {
    auto number = std::to_string(count);
    number.insert(0, number.size() < 9 ? 9 - number.size() : 0, ' ');
    out += number + "  " + what + "\n";
}

std::string place_text(std::uint64_t row, std::string const& column) {
    return "line " + std::to_string(row) + (column.empty() ? "" : ", " + column);
}

/// Which rows are one person: the first few.
void add_same_person(std::string& out, ImportReport const& report) {
    out += indent;
    out += std::to_string(report.same_person_count) + (report.same_person_count == 1 ? " person: " : " people: ");
    auto const shown = std::min(report.same_person.size(), places_shown);
    for (std::size_t i = 0; i < shown; ++i) {
        auto const& rows = report.same_person[i];
        out += i == 0 ? "lines " : "; lines ";
        for (std::size_t j = 0; j < rows.size() && j < rows_shown; ++j)
            out += (j == 0 ? "" : j + 1 == rows.size() ? " and " : ", ") + std::to_string(rows[j]);
        if (rows.size() > rows_shown) out += ", ...";
    }
    out += report.same_person_count > shown ? "; ...\n" : "\n";
}

/// Kinds that every report counts, as the file is or is not refused; the others appear where there are any.
void add_quality(std::string& out, ImportReport const& report) {
    for (std::size_t i = 0; i < quality_kinds; ++i) {
        auto const kind = static_cast<Quality>(i);
        auto const& found = report.quality[i];
        bool const always = kind == Quality::placeholder || kind == Quality::too_little_to_match;
        if (found.count == 0 && !always) continue;
        add_count(out, found.count, describe(kind));
        std::string places;
        if (kind == Quality::entered_several_times) {
            add_same_person(out, report);
            continue;
        }
        for (std::size_t p = 0; p < std::min(found.places.size(), places_shown); ++p)
            places += (p == 0 ? "" : "; ") + place_text(found.places[p].row, found.places[p].column);
        if (!places.empty()) out += indent + places + (found.count > places_shown ? "; ..." : "") + "\n";
    }
}

} // namespace

char const* name(Quality kind) {
    switch (kind) {
    case Quality::placeholder: return "placeholder";
    case Quality::name_missing: return "name_missing";
    case Quality::name_one_letter: return "name_one_letter";
    case Quality::name_without_letters: return "name_without_letters";
    case Quality::date_partial: return "date_partial";
    case Quality::date_first_of_january: return "date_first_of_january";
    case Quality::nhs_number_wrong: return "nhs_number_wrong";
    case Quality::upn_wrong: return "upn_wrong";
    case Quality::agreed_number_wrong: return "agreed_number_wrong";
    case Quality::uprn_wrong: return "uprn_wrong";
    case Quality::postcode_wrong: return "postcode_wrong";
    case Quality::sex_unclear: return "sex_unclear";
    case Quality::cell_left_out: return "cell_left_out";
    case Quality::too_little_to_match: return "too_little_to_match";
    case Quality::entered_several_times: return "entered_several_times";
    }
    return "";
}

char const* describe(Quality kind) {
    switch (kind) {
    case Quality::placeholder: return "names, dates or numbers that mean \"unknown\"";
    case Quality::name_missing: return "forenames or surnames missing";
    case Quality::name_one_letter: return "forenames or surnames of one letter";
    case Quality::name_without_letters: return "forenames or surnames without a letter";
    case Quality::date_partial: return "dates of birth without a day, or without day and month";
    case Quality::date_first_of_january: return "dates of birth on 1 January";
    case Quality::nhs_number_wrong: return "NHS numbers that are none (ten digits, the last checks them); left out";
    case Quality::upn_wrong: return "Unique Pupil Numbers that are none, or temporary; left out";
    case Quality::agreed_number_wrong: return "agreed numbers that are none; left out";
    case Quality::uprn_wrong: return "Unique Property Reference Numbers that are none; left out";
    case Quality::postcode_wrong: return "postcodes that have no postcode's form";
    case Quality::sex_unclear: return "sexes in words that neither we nor the map know";
    case Quality::cell_left_out: return "fields that an import would refuse; taken as missing";
    case Quality::too_little_to_match: return "with too little to be found by";
    case Quality::entered_several_times: return "rows of people entered several times";
    }
    return "";
}

void ImportReport::note(Quality kind, std::uint64_t row, std::string const& column) {
    auto& found = quality[static_cast<std::size_t>(kind)];
    ++found.count;
    if (has_room(found.places)) found.places.push_back({row, column});
}

void ImportReport::one_person(std::vector<std::uint64_t> lines) {
    for (auto const line : lines) note(Quality::entered_several_times, line, "");
    ++same_person_count;
    if (has_room(same_person)) same_person.push_back(std::move(lines));
}

void ImportReport::problem(std::uint64_t row, std::string const& column, std::string text) {
    ++problem_count;
    if (has_room(problems)) problems.push_back({row, column, std::move(text)});
}

void ImportReport::sort() {
    std::stable_sort(problems.begin(), problems.end(),
                     [](ImportProblem const& a, ImportProblem const& b) { return a.row < b.row; });
}

std::string report_text(ImportReport const& report) {
    std::string out;
    add_count(out, report.rows, "rows read");
    add_count(out, report.rated, "with a rating");
    add_count(out, report.without_date_of_birth, "without a date of birth");
    add_count(out, report.without_nhs_number, "without an NHS number");
    add_quality(out, report);
    if (report.problem_count == 0) return out + "No problems.\n";
    add_count(out, report.problem_count,
              report.problem_count == 1 ? "problem; nothing was stored" : "problems; nothing was stored");
    for (auto const& problem : report.problems)
        out += place_text(problem.row, problem.column) + ": " + problem.text + "\n";
    if (report.problem_count > report.problems.size())
        out += "and " + std::to_string(report.problem_count - report.problems.size()) + " more.\n";
    return out;
}

} // namespace fanlight::node
