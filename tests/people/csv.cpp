#include "tests/people/csv.hpp"

namespace fanlight::people {

namespace {

/// Quoted where RFC 4180 wants it.
void append_field(std::string& out, std::string_view field) {
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += field;
    } else {
        out += '"';
        for (auto const letter : field) {
            if (letter == '"') out += '"';
            out += letter;
        }
        out += '"';
    }
    out += ',';
}

std::string_view letter(Sex sex) {
    switch (sex) {
    case Sex::unknown: return "";
    case Sex::female: return "F";
    case Sex::male: return "M";
    }
    return "";
}

/// What both kinds of file have, from pid to nhs.
void append_row(std::string& out, Row const& row) {
    append_field(out, std::to_string(row.pid));
    append_field(out, std::to_string(row.fam));
    append_field(out, name(row.role));
    append_field(out, row.forename);
    append_field(out, row.middle);
    append_field(out, row.surname);
    append_field(out, letter(row.sex));
    append_field(out, row.date_of_birth ? to_text(*row.date_of_birth) : std::string());
    append_field(out, row.place.number);
    append_field(out, row.place.street);
    append_field(out, row.place.postcode);
    append_field(out, row.place.uprn);
    append_field(out, row.nhs);
}

constexpr std::size_t row_bytes = 120; ///< about; to reserve

} // namespace

std::string people_csv(Population const& population) {
    std::string out(people_header);
    out += '\n';
    out.reserve(population.people.size() * row_bytes);
    for (auto const& person : population.people) {
        append_row(out, {person.pid, person.fam, person.role, person.sex, person.date_of_birth, person.forename,
                         person.middle, person.surname, place(population.seed, person.dwelling), nhs_number(person)});
        append_field(out, person.twin ? "1" : "");
        append_field(out, person.former_surname);
        out.back() = '\n';
    }
    return out;
}

std::string view_csv(Agency agency, std::vector<Row> const& rows) {
    std::string out(view_header);
    out += '\n';
    out.reserve(rows.size() * row_bytes);
    std::size_t number = 0;
    for (auto const& row : rows) {
        append_field(out, name(agency) + ("-" + std::to_string(number++)));
        append_row(out, row);
        out.back() = '\n';
    }
    return out;
}

} // namespace fanlight::people
