// The checks that stand between an agency's export and its node. A problem names row, column and mend, never a value.
#include "node/import/person_row.hpp"

#include "base/limits.hpp"
#include "node/import/fields.hpp"
#include "protocol/identity/standardise.hpp"

#include <algorithm>
#include <charconv>

namespace fanlight::node {

namespace {

constexpr std::size_t other_names_max = 16;
constexpr std::size_t theme_bytes_max = 40;
constexpr std::uint32_t contacts_max = 1'000'000;
constexpr auto in_the_future = "This date is in the future. Correct it or leave it empty.";

bool is_theme(std::string_view text) {
    auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '_'; };
    return text.size() <= theme_bytes_max && std::all_of(text.begin(), text.end(), fits);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The letters of a standard name; most names are plain, and need no transliteration to count.
std::size_t letters_of(std::string_view text) {
    auto const plain = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (!std::all_of(text.begin(), text.end(), plain)) return protocol::standard_name(text).size();
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }));
}

/// What systems write into a form that wants an address when there is none, in the postcode's field: ZZ99 3VZ.
bool means_no_home(std::string_view postcode) {
    return lower_ascii(postcode.substr(0, 2)) == "zz";
}

char const* date_mend(DateOrder order) {
    switch (order) {
    case DateOrder::ymd:
        return "This is not a date. Write it as 2019-03-31, or say in a map how this file writes dates (date_order).";
    case DateOrder::dmy: return "This is not a date. The map says that this file writes 31/03/2019.";
    case DateOrder::mdy: return "This is not a date. The map says that this file writes 03/31/2019.";
    }
    return "";
}

/// "2026-11-20 14:35", "2026-11-20T14:35:00Z": when somebody was rated or seen. A date of birth has no such time.
std::string_view without_time(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == std::string_view::npos) return text;
    auto const start = text.substr(0, colon).find_last_of("T ");
    return start == std::string_view::npos ? text : trimmed(text.substr(0, start));
}

} // namespace

PersonRow::PersonRow(CsvMap const& map, Places places, Day today, Strictness strictness, ImportReport& report)
    : map_(map), places_(std::move(places)), today_(today), strictness_(strictness), report_(report) {
    for (std::size_t i = 0; i < field_count; ++i)
        for (auto const& column : map.columns[i]) labels_[i] += (labels_[i].empty() ? "" : " + ") + node::label(column);
}

PersonRecord PersonRow::read(CsvRecord const& record) {
    line_ = record.line;
    for (std::size_t i = 0; i < field_count; ++i) fetch(record, static_cast<CsvField>(i));
    PersonRecord person;
    person.id = (*this)[CsvField::record_id];
    person.family_id = (*this)[CsvField::family_id];
    if (person.id.empty()) // also when measuring: the id is what results name
        report_.problem(line_, label(CsvField::record_id),
                        "There is no record_id. Give every record your own system's number for it.");
    person.identity = identity();
    person.rating = rating();
    add_contacts(person);
    person.marac_listed = date(CsvField::marac_listed, true);
    person.marac_heard = date(CsvField::marac_heard, false);

    auto const open = word(CsvField::open);
    if (!open.empty() && open != "yes" && open != "no")
        wrong(CsvField::open, "This is neither yes nor no. Write yes or no, or leave it empty for yes.");
    person.open = open != "no";

    if (person.rating) ++report_.rated;
    if (!person.identity.date_of_birth) ++report_.without_date_of_birth;
    if (person.identity.nhs_number.empty()) ++report_.without_nhs_number;
    return person;
}

/// The cells of a field's columns, joined. What is not safe to keep is left out, and wrong.
void PersonRow::fetch(CsvRecord const& record, CsvField field) {
    auto& cell = cells_[index_of(field)];
    cell.clear();
    // Notes come with line breaks, and so do addresses; a title says nothing about who somebody is.
    bool const breaks_allowed = field == CsvField::analysis || field == CsvField::address;
    if (field == CsvField::title) return;
    for (auto const place : places_[index_of(field)]) {
        std::string_view piece = record.fields[place];
        std::string made;
        bool const plain = std::all_of(piece.begin(), piece.end(), [](char c) { return c >= ' ' && c < '\x7F'; });
        if (piece.size() > limits::import_field_bytes_max) {
            wrong(field, "This field is longer than 4,096 bytes. Shorten it.");
            continue;
        }
        if (!plain) {
            made = map_.encoding == Encoding::windows_1252 ? from_windows_1252(piece) : std::string(piece);
            auto const breaks = [](char c) { return c == '\n' || c == '\r' || c == '\t'; };
            if (breaks_allowed)
                std::replace_if(made.begin(), made.end(), breaks, field == CsvField::address ? ',' : ' ');
            if (auto const fault = text_fault(made); fault != TextFault::none) {
                wrong(field, describe(fault));
                continue;
            }
            piece = made;
        }
        piece = trimmed(piece);
        if (piece.empty()) continue;
        if (!cell.empty()) cell += is_list(field) ? map_.separator(field) : ' ';
        cell += piece;
    }
}

std::vector<std::string_view> PersonRow::list(CsvField field) const {
    std::vector<std::string_view> found;
    auto const separator = map_.separator(field);
    for (auto rest = (*this)[field]; !rest.empty();) {
        auto const end = std::min(rest.find(separator), rest.size());
        if (auto const part = trimmed(rest.substr(0, end)); !part.empty()) found.push_back(part);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

void PersonRow::wrong(CsvField field, std::string text) {
    ++wrong_count_;
    if (strictness_ == Strictness::import)
        report_.problem(line_, label(field), std::move(text));
    else
        note(Quality::cell_left_out, field);
}

void PersonRow::note_name(CsvField field, std::string_view text) {
    if (text.empty()) return note(Quality::name_missing, field);
    auto const letters = letters_of(text);
    if (letters == 0) return note(Quality::name_without_letters, field);
    if (protocol::is_placeholder_name(text)) return note(Quality::placeholder, field);
    if (letters == 1) note(Quality::name_one_letter, field);
}

std::string PersonRow::word(CsvField field) const {
    auto lower = lower_ascii((*this)[field]);
    auto const words = map_.values.find(field);
    if (words == map_.values.end()) return lower;
    auto const found = words->second.find(lower);
    return found == words->second.end() ? lower : found->second;
}

bool PersonRow::means_unknown(CsvField field) {
    auto const text = (*this)[field];
    if (std::any_of(text.begin(), text.end(), is_digit) || !protocol::is_placeholder_name(text)) return false;
    note(Quality::placeholder, field);
    return true;
}

protocol::Identity PersonRow::identity() {
    protocol::Identity identity;
    identity.names.push_back(current_name());
    add_other_names(identity);
    add_date_of_birth(identity);
    add_numbers(identity);
    add_addresses(identity);
    identity.sex = sex();
    return identity;
}

protocol::Name PersonRow::current_name() {
    protocol::Name name{std::string((*this)[CsvField::forename]), std::string((*this)[CsvField::surname]),
                        std::string((*this)[CsvField::middle_names])};
    auto forename = CsvField::forename;
    auto surname = CsvField::surname;
    if (auto const text = (*this)[CsvField::full_name]; !text.empty()) {
        auto full = parse_full_name(text);
        if (!full) full = protocol::Name{"", std::string(text)};
        auto const fill = [](std::string& into, std::string& from, CsvField& field) {
            if (!into.empty()) return;
            into = std::move(from);
            field = CsvField::full_name;
        };
        auto middle_names = CsvField::middle_names;
        fill(name.forename, full->forename, forename);
        fill(name.surname, full->surname, surname);
        fill(name.middle_names, full->middle_names, middle_names);
    }
    if (!map_.has(forename)) forename = CsvField::full_name;
    if (!map_.has(surname)) surname = CsvField::full_name;
    note_name(forename, name.forename);
    note_name(surname, name.surname);
    return name;
}

void PersonRow::add_other_names(protocol::Identity& identity) {
    auto& names = identity.names;
    bool too_many = false;
    auto const add = [&](CsvField field, protocol::Name name) {
        if (is_placeholder(name)) note(Quality::placeholder, field);
        if (names.size() <= other_names_max) return names.push_back(std::move(name));
        if (!too_many) wrong(field, "There are more than 16 other names. Keep those in use.");
        too_many = true;
    };
    for (auto const other : list(CsvField::other_names)) {
        auto full = parse_full_name(other);
        if (!full) {
            wrong(CsvField::other_names,
                  "A name has only one word. Write Forename Surname, and between two names the separator of [lists].");
            break;
        }
        add(CsvField::other_names, std::move(*full));
    }
    auto const current = names.front();
    for (auto const forename : list(CsvField::known_as))
        if (forename != current.forename) add(CsvField::known_as, {std::string(forename), current.surname});
    for (auto const surname : list(CsvField::former_surname))
        if (surname != current.surname) add(CsvField::former_surname, {current.forename, std::string(surname)});
}

void PersonRow::add_date_of_birth(protocol::Identity& identity) {
    constexpr auto field = CsvField::date_of_birth;
    auto const text = (*this)[field];
    if (text.empty()) return;
    auto const born = parsed_date(text, false);
    if (born.fault != protocol::DateFault::none) return date_is_wrong(field, born.fault);
    if (!born.day && !born.partial) return note(Quality::placeholder, field);
    std::chrono::year_month_day const now(today_);
    protocol::PartialDate const this_month{static_cast<int>(now.year()), static_cast<unsigned>(now.month())};
    if ((born.day && *born.day > today_) || (born.partial && *born.partial > this_month))
        return wrong(field, in_the_future);
    identity.date_of_birth = born.day;
    identity.partial_date = born.partial;
    if (born.partial) return note(Quality::date_partial, field);
    std::chrono::year_month_day const day(*born.day);
    if (day.month() == std::chrono::January && day.day() == std::chrono::day(1))
        note(Quality::date_first_of_january, field);
}

/// Numbers that are wrong are left out, because they would match nobody, or somebody else.
void PersonRow::add_numbers(protocol::Identity& identity) {
    auto const standard = [this](CsvField field, std::string (*standardise)(std::string_view), Quality if_wrong) {
        auto const text = (*this)[field];
        if (text.empty() || means_unknown(field)) return std::string();
        auto number = standardise(text);
        if (number.empty()) note(is_placeholder_number(text) ? Quality::placeholder : if_wrong, field);
        return number;
    };
    identity.nhs_number = standard(CsvField::nhs_number, protocol::standard_nhs_number, Quality::nhs_number_wrong);
    identity.upn = standard(CsvField::upn, protocol::standard_upn, Quality::upn_wrong);
    identity.agreed_number =
        standard(CsvField::agreed_number, protocol::standard_agreed_number, Quality::agreed_number_wrong);
    uprn_ = standard(CsvField::uprn, protocol::standard_uprn, Quality::uprn_wrong);
}

void PersonRow::add_addresses(protocol::Identity& identity) {
    auto const postcode = [this](CsvField field, std::string_view text) {
        protocol::Address const alone{"", "", "", std::string(text), ""};
        if (means_no_home(text))
            note(Quality::placeholder, field);
        else if (protocol::standard_address(alone).postcode.empty())
            note(Quality::postcode_wrong, field);
        return std::string(text);
    };
    auto const fill = [this](CsvField field, std::string& into) {
        if (auto const text = (*this)[field]; !text.empty()) into = text;
    };
    auto address = parse_address_line((*this)[CsvField::address]);
    fill(CsvField::premises, address.premises);
    fill(CsvField::street, address.street);
    fill(CsvField::locality, address.locality);
    if (auto const text = (*this)[CsvField::postcode]; !text.empty() && !means_unknown(CsvField::postcode))
        address.postcode = postcode(CsvField::postcode, text);
    address.uprn = std::move(uprn_);
    bool const any = !address.premises.empty() || !address.street.empty() || !address.locality.empty() ||
                     !address.postcode.empty() || !address.uprn.empty();
    if (any) identity.addresses.push_back(std::move(address));
    for (auto const former : list(CsvField::former_postcode))
        identity.addresses.emplace_back().postcode = postcode(CsvField::former_postcode, former);
}

protocol::Sex PersonRow::sex() {
    auto const text = word(CsvField::sex);
    if (text == "female" || text == "f") return protocol::Sex::female;
    if (text == "male" || text == "m") return protocol::Sex::male;
    if (!text.empty() && text != "unknown" && text != "u") note(Quality::sex_unclear, CsvField::sex);
    return protocol::Sex::unknown;
}

/// Of two-digit years the last that has begun, or for what may come the next.
protocol::BirthDate PersonRow::parsed_date(std::string_view text, bool may_be_future) const {
    std::optional<int> pivot;
    if (map_.two_digit_years)
        pivot = static_cast<int>(std::chrono::year_month_day(today_).year()) + (may_be_future ? 1 : 0);
    return protocol::parse_date_of_birth(text, map_.date_order, pivot);
}

void PersonRow::date_is_wrong(CsvField field, protocol::DateFault fault) {
    switch (fault) {
    case protocol::DateFault::none:
    case protocol::DateFault::not_a_date: return wrong(field, date_mend(map_.date_order));
    case protocol::DateFault::impossible:
        return wrong(field, "This is not a date that exists. Correct it or leave it empty.");
    case protocol::DateFault::two_digit_year:
        return wrong(field, "This is not a date: its year has two digits. Write four, or two_digit_years = true in the "
                            "map.");
    }
}

std::optional<Day> PersonRow::date(CsvField field, bool may_be_future) {
    auto const text = (*this)[field];
    if (text.empty()) return std::nullopt;
    auto const written = parsed_date(without_time(text), may_be_future);
    if (written.fault != protocol::DateFault::none || written.partial)
        date_is_wrong(field, written.fault);
    else if (written.day && !may_be_future && *written.day > today_)
        wrong(field, in_the_future);
    else
        return written.day;
    return std::nullopt;
}

std::optional<Rating> PersonRow::rating() {
    auto const rated_on = date(CsvField::rated_on, false);
    auto const said = word(CsvField::colour);
    if (said.empty()) {
        for (auto const field : {CsvField::rated_on, CsvField::rated_by, CsvField::analysis, CsvField::themes})
            if (!(*this)[field].empty())
                wrong(field, "This belongs to a rating, and there is no colour. Give the colour or take it out.");
        return std::nullopt;
    }
    auto const colour = policy::parse_colour(said);
    if (!colour) {
        wrong(CsvField::colour,
              "This is not a colour. Write red, amber, green or blue, or leave it empty; or say in the "
              "map's [values.colour] what it means.");
        return std::nullopt;
    }
    Rating rating{colour.value(), rated_on.value_or(today_), std::string((*this)[CsvField::rated_by]),
                  std::string((*this)[CsvField::analysis]), themes()};
    if ((*this)[CsvField::rated_on].empty())
        wrong(CsvField::rated_on, "A colour needs the date on which it was given.");
    if (rating.practitioner.empty())
        wrong(CsvField::rated_by, "A colour needs the name of the practitioner who gave it.");
    if (rating.colour >= policy::Colour::amber && rating.analysis.empty())
        wrong(CsvField::analysis, "Red and Amber need an analysis: why this colour, in a sentence or two.");
    if (rating.analysis.size() > limits::analysis_bytes_max)
        wrong(CsvField::analysis, "The analysis is longer than 500 bytes. Shorten it.");
    return rating;
}

std::vector<std::string> PersonRow::themes() {
    std::vector<std::string> themes;
    for (auto const part : list(CsvField::themes)) {
        auto theme = lower_ascii(part);
        if (!is_theme(theme)) {
            wrong(CsvField::themes,
                  "A theme is made of letters, at most 40. Write words such as injury; alcohol; missed appointments.");
            return {};
        }
        if (std::find(themes.begin(), themes.end(), theme) == themes.end()) themes.push_back(std::move(theme));
    }
    if (themes.size() > limits::themes_max)
        wrong(CsvField::themes, "There are more than 8 themes. Keep the 8 that count.");
    return themes;
}

std::uint32_t PersonRow::count(CsvField field) {
    auto const text = (*this)[field];
    if (text.empty()) return 0;
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value <= contacts_max) return value;
    wrong(field, "This is not a count. Write a whole number up to 1000000, or leave it empty for 0.");
    return 0;
}

void PersonRow::add_contacts(PersonRecord& person) {
    auto const before = wrong_count_;
    person.contacts_12m = count(CsvField::contacts_12m);
    person.contacts_ever = count(CsvField::contacts_ever);
    if ((*this)[CsvField::contacts_ever].empty()) person.contacts_ever = person.contacts_12m;
    if (wrong_count_ == before && person.contacts_ever < person.contacts_12m)
        wrong(CsvField::contacts_ever, "This is less than contacts_12m, which it includes. Correct one of them.");
    person.last_contact = date(CsvField::last_contact, false);
}

} // namespace fanlight::node
