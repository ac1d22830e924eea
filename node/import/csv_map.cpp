// A map: TOML into types. A problem names line, section and key, and what to write; the text of toml++'s own errors is
// dropped, because it quotes its input.
#include "node/import/csv_map.hpp"

#include "node/import/fields.hpp"
#include "policy/text.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace fanlight::node {

namespace {

constexpr std::size_t label_characters_max = 60;
constexpr char separator_default = ';';
constexpr std::size_t truth_mark_bytes_max = 40;

template <class Value> struct Word {
    char const* text;
    Value value;
};
constexpr std::array<Word<char>, 4> delimiters = {{{",", ','}, {";", ';'}, {"\t", '\t'}, {"|", '|'}}};
constexpr std::array<Word<Encoding>, 2> encodings = {
    {{"utf-8", Encoding::utf_8}, {"windows-1252", Encoding::windows_1252}}};
constexpr std::array<Word<DateOrder>, 3> date_orders = {
    {{"ymd", DateOrder::ymd}, {"dmy", DateOrder::dmy}, {"mdy", DateOrder::mdy}}};

/// Fields whose cells are words of a closed list. An empty word means that nothing is known.
struct Vocabulary {
    CsvField field;
    std::vector<std::string_view> words;
};
std::vector<Vocabulary> const& vocabularies() {
    static std::vector<Vocabulary> const all = {{CsvField::sex, {"female", "male", "unknown"}},
                                                {CsvField::colour, {"red", "amber", "green", "blue", ""}},
                                                {CsvField::open, {"yes", "no", ""}}};
    return all;
}

template <class Words> std::string joined(Words const& words, char const* between = ", ") {
    std::string list;
    for (auto const& word : words) list += (list.empty() ? "" : between) + std::string(word);
    return list;
}

std::optional<CsvField> parse_field(std::string_view text) {
    auto const found = std::find(field_names.begin(), field_names.end(), text);
    if (found == field_names.end()) return std::nullopt;
    return static_cast<CsvField>(found - field_names.begin());
}

/// One map. A Section is a table of it with its title as the file writes it.
class Reading {
  public:
    ParsedMap read(std::string_view text) &&;

  private:
    struct Section {
        toml::table const* table; ///< nullptr: not there
        std::string title;
        std::size_t line;
    };

    void problem(std::size_t line, std::string const& title, std::string_view key, std::string text);
    void problem(Section const& section, std::string_view key, std::string text);

    bool fits(std::string_view text);
    void read_map(toml::table const& table);
    Section section(toml::table const& parent, std::string const& key, std::string const& title);
    void keys_are_known(Section const& section, std::vector<std::string_view> const& known);
    std::optional<std::string> text(Section const& section, std::string_view key, toml::node const& node,
                                    std::size_t bytes_max);
    template <class Value, std::size_t n>
    void choice(Section const& section, char const* key, std::array<Word<Value>, n> const& words, Value& chosen);

    void flag(Section const& section, char const* key, bool& chosen);

    void read_file(Section const& file);
    std::optional<SourceColumn> column(Section const& section, std::string_view key, toml::node const& node);
    void read_columns(Section const& columns);
    void columns_suffice(Section const& columns);
    void read_values(Section const& values);
    void read_words(Section const& section, Vocabulary const& vocabulary);
    void read_lists(Section const& lists);
    void read_truth(Section const& truth);

    CsvMap map_;
    std::vector<std::pair<std::size_t, MapProblem>> problems_; ///< with their lines
};

void Reading::problem(std::size_t line, std::string const& title, std::string_view key, std::string text) {
    std::string place = line == 0 ? "" : "line " + std::to_string(line);
    if (!title.empty()) place += (place.empty() ? "[" : ", [") + title + "]";
    if (!key.empty()) place += (place.empty() ? "" : ": ") + std::string(key);
    problems_.push_back({line, {std::move(place), std::move(text)}});
}

/// At the key's own line if it is there, else at its section's.
void Reading::problem(Section const& section, std::string_view key, std::string text) {
    auto const* node = section.table == nullptr ? nullptr : section.table->get(key);
    problem(node == nullptr ? section.line : node->source().begin.line, section.title, key, std::move(text));
}

/// toml++ takes time and stack that grow with its input, so size and nesting are looked at before it.
bool Reading::fits(std::string_view text) {
    if (text.size() > csv_map_bytes_max) {
        problem(0, "", "", "The map is larger than 64 KiB. Take out what it does not need.");
        return false;
    }
    auto const unfit = policy::unfit_document(text);
    if (unfit)
        problem(unfit->line, "", "",
                "This line cannot be read: it is over 4,096 bytes, or has tabs, invisible characters, deep brackets or "
                "text over several lines. Retype it; a tab as delimiter is written \"\\t\".");
    return !unfit;
}

ParsedMap Reading::read(std::string_view text) && {
    auto const written = plain_lines(text.substr(0, csv_map_bytes_max + 8)); // room for a mark; more shows it is over
    if (fits(written)) {
        try {
            toml::table const table = toml::parse(std::string_view(written));
            read_map(table);
        } catch (toml::parse_error const& error) {
            problem(error.source().begin.line, "", "",
                    "This is not TOML. Look for a missing quotation mark, bracket or equals sign, or a key that stands "
                    "twice.");
        } catch (std::exception const&) {
            problem(0, "", "", "The map cannot be read. Begin again from docs/examples/maps/default.toml.");
        }
    }
    ParsedMap parsed;
    if (problems_.empty()) parsed.map = std::move(map_);
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](auto const& a, auto const& b) { return a.first < b.first; });
    for (auto& [line, found] : problems_) parsed.problems.push_back(std::move(found));
    return parsed;
}

void Reading::read_map(toml::table const& table) {
    keys_are_known({&table, "", 0}, {"file", "columns", "values", "lists", "truth"});
    read_file(section(table, "file", "file")); // first: header decides how columns are named
    read_columns(section(table, "columns", "columns"));
    read_values(section(table, "values", "values"));
    read_lists(section(table, "lists", "lists"));
    read_truth(section(table, "truth", "truth"));
}

Reading::Section Reading::section(toml::table const& parent, std::string const& key, std::string const& title) {
    auto const* node = parent.get(key);
    if (node == nullptr) return {nullptr, title, 0};
    auto const line = node->source().begin.line;
    if (node->as_table() == nullptr) problem(line, title, "", "Write it as a section: a line [" + title + "].");
    return {node->as_table(), title, line};
}

void Reading::keys_are_known(Section const& section, std::vector<std::string_view> const& known) {
    for (auto const& [key, node] : *section.table) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        problem(key.source().begin.line, section.title, "",
                "There is no such key here. The keys are: " + joined(known) + ".");
    }
}

/// Trimmed; nothing if it is not text, or not fit.
std::optional<std::string> Reading::text(Section const& section, std::string_view key, toml::node const& node,
                                         std::size_t bytes_max) {
    auto const line = node.source().begin.line;
    auto const* string = node.as_string();
    if (string == nullptr) {
        problem(line, section.title, key, "This must be text in quotation marks.");
        return std::nullopt;
    }
    if (auto const* wrong = policy::unfit_text(string->get()); wrong != nullptr)
        problem(line, section.title, key, std::string("This ") + wrong + ". Retype it.");
    else if (string->get().size() > bytes_max)
        problem(line, section.title, key, "This is longer than " + std::to_string(bytes_max) + " bytes. Shorten it.");
    else
        return std::string(trimmed(string->get()));
    return std::nullopt;
}

template <class Value, std::size_t n>
void Reading::choice(Section const& section, char const* key, std::array<Word<Value>, n> const& words, Value& chosen) {
    auto const* node = section.table->get(key);
    if (node == nullptr) return;
    auto const* string = node->as_string();
    std::string list;
    for (auto const& word : words) {
        if (string != nullptr && string->get() == word.text) {
            chosen = word.value;
            return;
        }
        std::string const shown = word.text == std::string_view("\t") ? "\\t" : word.text;
        list += (list.empty() ? "\"" : ", \"") + shown + "\"";
    }
    problem(section, key, "Write one of: " + list + ".");
}

void Reading::read_file(Section const& file) {
    if (file.table == nullptr) return;
    keys_are_known(file, {"delimiter", "encoding", "date_order", "two_digit_years", "header"});
    choice(file, "delimiter", delimiters, map_.delimiter);
    choice(file, "encoding", encodings, map_.encoding);
    choice(file, "date_order", date_orders, map_.date_order);
    flag(file, "two_digit_years", map_.two_digit_years);
    flag(file, "header", map_.header);
}

void Reading::flag(Section const& section, char const* key, bool& chosen) {
    auto const* node = section.table->get(key);
    if (node == nullptr) return;
    if (auto const* boolean = node->as_boolean())
        chosen = boolean->get();
    else
        problem(section, key, "Write true or false, without quotation marks.");
}

std::optional<SourceColumn> Reading::column(Section const& section, std::string_view key, toml::node const& node) {
    auto const line = node.source().begin.line;
    if (!map_.header) {
        auto const* number = node.as_integer();
        if (number != nullptr && number->get() >= 1 && number->get() <= std::int64_t(csv_columns_max))
            return SourceColumn{"", static_cast<std::size_t>(number->get())};
        problem(line, section.title, key,
                "The file has no header, so write the column's number, 1 to 400, without quotation marks.");
        return std::nullopt;
    }
    if (node.as_string() == nullptr) {
        problem(line, section.title, key,
                "Write the column's name in quotation marks, as the header has it. Numbers are for files with header "
                "= false.");
        return std::nullopt;
    }
    auto name = text(section, key, node, map_column_bytes_max);
    if (!name) return std::nullopt;
    if (!name->empty()) return SourceColumn{std::move(*name), 0};
    problem(line, section.title, key, "The name is empty. Write the column's name, or take the line out.");
    return std::nullopt;
}

void Reading::read_columns(Section const& columns) {
    if (columns.table == nullptr)
        return problem(0, "columns", "",
                       "The map names no columns. Write [columns] and, below it, field = \"column\".");
    keys_are_known(columns, {field_names.begin(), field_names.end()});
    for (auto const& [key, node] : *columns.table) {
        auto const field = parse_field(key.str());
        if (!field) continue;
        auto& found = map_.columns[index_of(*field)];
        auto const* list = node.as_array();
        if (list == nullptr) {
            if (auto one = column(columns, key.str(), node)) found.push_back(std::move(*one));
            continue;
        }
        if (list->empty() || list->size() > map_columns_per_field_max) {
            problem(columns, key.str(), "Write one to 8 columns in the brackets.");
            continue;
        }
        for (auto const& entry : *list)
            if (auto one = column(columns, key.str(), entry)) found.push_back(std::move(*one));
    }
    columns_suffice(columns);
}

void Reading::columns_suffice(Section const& columns) {
    auto const there = [&](CsvField field) { return columns.table->get(name(field)) != nullptr; };
    if (!there(CsvField::record_id))
        problem(columns.line, columns.title, name(CsvField::record_id),
                "Every record needs your own system's number for it. Name the column that has it.");
    auto const found_by = {CsvField::forename,   CsvField::surname, CsvField::full_name,
                           CsvField::nhs_number, CsvField::upn,     CsvField::agreed_number};
    if (std::none_of(found_by.begin(), found_by.end(), there))
        problem(columns.line, columns.title, "",
                "Nobody can be found by these columns. Name at least forename and surname, or full_name, or a number.");
}

void Reading::read_values(Section const& values) {
    if (values.table == nullptr) return;
    std::vector<std::string_view> known;
    for (auto const& vocabulary : vocabularies()) known.emplace_back(name(vocabulary.field));
    keys_are_known(values, known);
    for (auto const& vocabulary : vocabularies()) {
        std::string const key = name(vocabulary.field);
        auto const words = section(*values.table, key, "values." + key);
        if (words.table != nullptr) read_words(words, vocabulary);
    }
}

void Reading::read_words(Section const& section, Vocabulary const& vocabulary) {
    if (section.table->size() > map_values_max)
        return problem(section.line, section.title, "", "There are more than 200 words. Keep those that are in use.");
    auto& words = map_.values[vocabulary.field];
    for (auto const& [key, node] : *section.table) {
        auto const line = key.source().begin.line;
        auto const ours = text(section, "", node, map_column_bytes_max);
        if (!ours) continue;
        if (std::find(vocabulary.words.begin(), vocabulary.words.end(), *ours) == vocabulary.words.end())
            problem(line, section.title, "",
                    "On the right stands one of: \"" + joined(vocabulary.words, "\", \"") + "\". Write it so.");
        else if (!words.emplace(lower_ascii(trimmed(key.str())), *ours).second)
            problem(line, section.title, "",
                    "This word stands twice; small and capital letters are the same. Take one out.");
    }
}

void Reading::read_lists(Section const& lists) {
    if (lists.table == nullptr) return;
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < field_count; ++i)
        if (is_list(static_cast<CsvField>(i))) known.emplace_back(field_names[i]);
    keys_are_known(lists, known);
    constexpr std::string_view separators = ";|/,&+~^#";
    for (auto const& [key, node] : *lists.table) {
        auto const field = parse_field(key.str());
        if (!field || !is_list(*field)) continue;
        auto const* string = node.as_string();
        if (string != nullptr && string->get().size() == 1 && separators.find(string->get()[0]) != std::string::npos)
            map_.separators[*field] = string->get()[0];
        else
            problem(lists, key.str(), "Write one of ; | / , & + ~ ^ # in quotation marks.");
    }
}

void Reading::read_truth(Section const& truth) {
    if (truth.table == nullptr) return;
    keys_are_known(truth, {"column", "between"});
    TruthColumn found;
    auto const* node = truth.table->get("column");
    if (node == nullptr) return problem(truth, "column", "Name the column that says who a row really is.");
    if (auto one = column(truth, "column", *node)) found.column = std::move(*one);
    if (auto const* between = truth.table->get("between")) {
        auto const* list = between->as_array();
        auto const* after = list == nullptr || list->size() != 2 ? nullptr : list->get(0)->as_string();
        auto const* before = list == nullptr || list->size() != 2 ? nullptr : list->get(1)->as_string();
        auto const fit = [](toml::value<std::string> const* mark) {
            return mark != nullptr && !mark->get().empty() && mark->get().size() <= truth_mark_bytes_max;
        };
        if (!fit(after) || !fit(before))
            return problem(truth, "between", "Write the two texts around the truth, such as [\"rec-\", \"-\"].");
        found.after = after->get();
        found.before = before->get();
    }
    map_.truth = std::move(found);
}

} // namespace

bool is_list(CsvField field) {
    return field == CsvField::other_names || field == CsvField::themes || field == CsvField::former_surname ||
           field == CsvField::known_as || field == CsvField::former_postcode;
}

std::string label(SourceColumn const& column) {
    if (column.number != 0) return "column " + std::to_string(column.number);
    return first_characters(column.name, label_characters_max);
}

char CsvMap::separator(CsvField field) const {
    auto const found = separators.find(field);
    return found == separators.end() ? separator_default : found->second;
}

CsvMap const& documented_map() {
    static CsvMap const map = [] {
        CsvMap made;
        made.closed = true;
        for (std::size_t i = 0; i < documented_and_optional_fields; ++i) made.columns[i].push_back({field_names[i], 0});
        return made;
    }();
    return map;
}

ParsedMap parse_csv_map(std::string_view toml) {
    return Reading().read(toml);
}

} // namespace fanlight::node
