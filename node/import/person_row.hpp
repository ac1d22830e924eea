#pragma once
// One row of an agency's file: its cells, fetched as the map says, and the record that they make.

#include "node/import/csv_map.hpp"
#include "node/import/csv_reader.hpp"
#include "node/import/import_report.hpp"
#include "node/import/people_csv.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::node {

/// Turns rows into records, one after the other, and tells the report what it meets. `map` and `report` outlive it.
class PersonRow {
  public:
    /// `places`: the indexes into a row's fields of each field's columns; empty for one that this file does not have.
    using Places = std::array<std::vector<std::size_t>, field_count>;
    PersonRow(CsvMap const& map, Places places, Day today, Strictness strictness, ImportReport& report);

    /// The record has as many fields as the header. What cannot be taken is empty in the result.
    PersonRecord read(CsvRecord const& record);
    /// As the report names the columns of a field.
    std::string const& label(CsvField field) const { return labels_[index_of(field)]; }

  private:
    std::string_view operator[](CsvField field) const { return cells_[index_of(field)]; }
    void fetch(CsvRecord const& record, CsvField field);
    std::vector<std::string_view> list(CsvField field) const;
    void wrong(CsvField field, std::string text);
    void note(Quality kind, CsvField field) { report_.note(kind, line_, label(field)); }
    void note_name(CsvField field, std::string_view text);
    /// In our words: as [values] has it, or as it stands; in small letters.
    std::string word(CsvField field) const;
    /// Whether the cell says in words that nobody knows; then it is counted.
    bool means_unknown(CsvField field);

    protocol::Identity identity();
    protocol::Name current_name();
    void add_other_names(protocol::Identity& identity);
    void add_date_of_birth(protocol::Identity& identity);
    void add_numbers(protocol::Identity& identity);
    void add_addresses(protocol::Identity& identity);
    protocol::Sex sex();
    protocol::BirthDate parsed_date(std::string_view text, bool may_be_future) const;
    void date_is_wrong(CsvField field, protocol::DateFault fault);
    std::optional<Day> date(CsvField field, bool may_be_future);
    std::optional<Rating> rating();
    std::vector<std::string> themes();
    std::uint32_t count(CsvField field);
    void add_contacts(PersonRecord& person);

    CsvMap const& map_;
    Places places_;
    std::array<std::string, field_count> labels_;
    Day today_;
    Strictness strictness_;
    ImportReport& report_;
    std::array<std::string, field_count> cells_; ///< of this row: UTF-8, trimmed
    std::string uprn_;                           ///< of this row: belongs to its address
    std::uint64_t line_ = 0;
    std::uint64_t wrong_count_ = 0;
};

} // namespace fanlight::node
