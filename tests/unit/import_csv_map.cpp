// Maps: what is read from one, what is a problem and where.
#include "node/import/csv_map.hpp"
#include "project_files.hpp"

#include <catch2/catch.hpp>

#include <cctype>

using namespace fanlight;
using namespace fanlight::node;

namespace {

std::string const least = "[columns]\nrecord_id = \"id\"\nsurname = \"sn\"\n";

CsvMap must_parse(std::string const& toml) {
    auto parsed = parse_csv_map(toml);
    for (auto const& problem : parsed.problems) UNSCOPED_INFO(problem.place + ": " + problem.text);
    REQUIRE(parsed.map);
    return std::move(*parsed.map);
}

std::vector<SourceColumn> const& columns(CsvMap const& map, CsvField field) {
    return map.columns[index_of(field)];
}

} // namespace

TEST_CASE("map: every key is read") {
    auto const map = must_parse("[file]\n"
                                "delimiter = \"\\t\"\n"
                                "encoding = \"windows-1252\"\n"
                                "date_order = \"mdy\"\n"
                                "two_digit_years = true\n"
                                "[columns]\n"
                                "record_id = \" Case No \"\n"
                                "full_name = \"Name\"\n"
                                "street = [\"Address 1\", \"Address 2\"]\n"
                                "themes = \"Stichw\xC3\xB6rter\"\n"
                                "[values.sex]\n"
                                "1 = \"male\"\n"
                                "\" Woman\" = \"female\"\n"
                                "[values.colour]\n"
                                "High = \"red\"\n"
                                "None = \"\"\n"
                                "[lists]\n"
                                "themes = \"/\"\n"
                                "[truth]\n"
                                "column = \"pid\"\n"
                                "between = [\"rec-\", \"-\"]\n");
    CHECK(map.delimiter == '\t');
    CHECK(map.encoding == Encoding::windows_1252);
    CHECK(map.date_order == DateOrder::mdy);
    CHECK(map.two_digit_years);
    CHECK(map.header);
    CHECK_FALSE(map.closed);
    CHECK(columns(map, CsvField::record_id) == std::vector<SourceColumn>{{"Case No", 0}});
    CHECK(columns(map, CsvField::street) == std::vector<SourceColumn>{{"Address 1", 0}, {"Address 2", 0}});
    CHECK_FALSE(map.has(CsvField::surname));
    CHECK(map.values.at(CsvField::sex) == std::map<std::string, std::string>{{"1", "male"}, {"woman", "female"}});
    CHECK(map.values.at(CsvField::colour).at("none").empty());
    CHECK(map.separator(CsvField::themes) == '/');
    CHECK(map.separator(CsvField::other_names) == ';');
    REQUIRE(map.truth);
    CHECK(*map.truth == TruthColumn{{"pid", 0}, "rec-", "-"});
}

TEST_CASE("map: without a header columns are numbers") {
    auto const map = must_parse("[file]\nheader = false\n[columns]\nrecord_id = 1\nsurname = [2, 400]\n");
    CHECK(columns(map, CsvField::record_id) == std::vector<SourceColumn>{{"", 1}});
    CHECK(columns(map, CsvField::surname) == std::vector<SourceColumn>{{"", 2}, {"", 400}});
}

TEST_CASE("map: a problem names its line, its place and the mend") {
    struct Case {
        std::string toml;
        char const* place;
        char const* mend;
    };
    std::string const long_name(200, 'n');
    auto const with = [](std::string const& line) { return least + line + "\n"; };
    auto const example = GENERATE_COPY(values<Case>({
        {"", "[columns]", "Write [columns]"},
        {"[columns\n", "line 1", "not TOML"},
        {with("surname = \"again\""), "line 4", "twice"},
        {least + std::string(4097, '#'), "line 4", "over 4,096 bytes"},
        {with("sex = \"a\tb\""), "line 4", "tabs"},
        {with("sex = \"\"\"\na\"\"\""), "line 4", "several lines"},
        {with("sex = [[[[[[\"a\"]]]]]]"), "line 4", "deep brackets"},
        {std::string(csv_map_bytes_max, '\n') + least, "", "larger than 64 KiB"},
        {with("gender = \"g\""), "line 4, [columns]", "no such key"},
        {with("sex = \"" + long_name + "\""), "", ""},
        {with("sex = \"" + long_name + "n\""), "line 4, [columns]: sex", "200 bytes"},
        {with("sex = \" \""), "line 4, [columns]: sex", "empty"},
        {with("sex = \"\\u202E\""), "line 4, [columns]: sex", "invisible"},
        {with("sex = 3"), "line 4, [columns]: sex", "quotation marks"},
        {with("sex = []"), "line 4, [columns]: sex", "one to 8"},
        {with("street = [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\"]"), "", ""},
        {with("street = [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\"]"), "line 4, [columns]: street",
         "8"},
        {with("street = [\"1\", 2]"), "line 4, [columns]: street", "quotation marks"},
        {with("[extra]\na = 1"), "line 4", "no such key"},
        {with("[file]\nsep = \",\""), "line 5, [file]", "delimiter, encoding, date_order, two_digit_years, header"},
        {with("[file]\ndelimiter = \":\""), "line 5, [file]: delimiter", "\"\\t\""},
        {with("[file]\nencoding = \"latin-1\""), "line 5, [file]: encoding", "windows-1252"},
        {with("[file]\ndate_order = 3"), "line 5, [file]: date_order", "\"dmy\""},
        {with("[file]\ntwo_digit_years = 2026"), "line 5, [file]: two_digit_years", "true or false"},
        {with("[file]\nheader = \"yes\""), "line 5, [file]: header", "true or false"},
        {"[file]\nheader = false\n" + least, "line 4, [columns]: record_id", "number"},
        {"[file]\nheader = false\n[columns]\nrecord_id = 0\nsurname = 2\n", "line 4, [columns]: record_id", "1 to 400"},
        {"[file]\nheader = false\n[columns]\nrecord_id = 401\nsurname = 2\n", "line 4, [columns]: record_id",
         "1 to 400"},
        {"file = 1\n" + least, "line 1, [file]", "section"},
        {"[columns]\nsurname = \"s\"\n", "line 1, [columns]: record_id", "own system's number"},
        {"[columns]\nrecord_id = \"s\"\nsex = \"s\"\n", "line 1, [columns]", "Nobody can be found"},
        {"[columns]\nrecord_id = \"s\"\nupn = \"s\"\n", "", ""},
        {with("[values.surname]\na = \"b\""), "line 4, [values]", "sex, colour, open"},
        {with("[values.sex]\na = \"b\""), "line 5, [values.sex]", "female"},
        {with("[values.sex]\na = 1"), "line 5, [values.sex]", "quotation marks"},
        {with("[values.sex]\na = \"male\"\nA = \"male\""), "line 5, [values.sex]", "twice"},
        {with("[values]\nsex = 1"), "line 5, [values.sex]", "section"},
        {with("[lists]\nsurname = \";\""), "line 5, [lists]", "other_names"},
        {with("[lists]\nthemes = \";;\""), "line 5, [lists]: themes", "Write one of"},
        {with("[lists]\nthemes = \"'\""), "line 5, [lists]: themes", "Write one of"},
        {with("[truth]\nbetween = [\"a\", \"b\"]"), "line 4, [truth]: column", "really is"},
        {with("[truth]\ncolumn = \"pid\"\nbetween = [\"a\"]"), "line 6, [truth]: between", "two texts"},
        {with("[truth]\ncolumn = \"pid\"\nbetween = [\"a\", \"\"]"), "line 6, [truth]: between", "two texts"},
        {with("[truth]\ncolumn = \"pid\"\nrow = 1"), "line 6, [truth]", "column, between"},
    }));
    auto const parsed = parse_csv_map(example.toml);
    CAPTURE(example.toml.substr(0, 300));
    std::string const place = example.place;
    std::string const mend = example.mend;
    CHECK(parsed.map.has_value() == mend.empty());
    CHECK(parsed.problems.empty() == mend.empty());
    if (parsed.problems.empty() || mend.empty()) return;
    CAPTURE(parsed.problems.front().place, parsed.problems.front().text);
    if (place == "line 4") CHECK(parsed.problems.size() == 1); // what is unfit is not parsed
    CHECK(parsed.problems.front().place == place);
    CHECK(parsed.problems.front().text.find(mend) != std::string::npos);
}

TEST_CASE("map: as editors on Windows save it") {
    auto const plain = least + "[truth]\ncolumn = \"pid\"\n";
    std::string written = "\xEF\xBB\xBF";
    for (char const c : plain) written += c == '\n' ? std::string("\r\n") : std::string(1, c);
    CHECK(must_parse(written) == must_parse(plain));
}

TEST_CASE("map: the committed examples are maps, and default.toml is the documented layout") {
    CHECK(must_parse(test::read_file("docs/examples/maps/uk-benchmark.toml")).truth);
    CHECK(must_parse(test::read_file("docs/examples/maps/febrl.toml")).truth);
    // The optional columns stand in it as comments: "# sex = "sex"".
    std::string text;
    std::istringstream lines(test::read_file("docs/examples/maps/default.toml"));
    std::size_t taken = 0;
    for (std::string line; std::getline(lines, line);) {
        auto const end = line.find(" = \"");
        auto const key = line.substr(0, 2) == "# " && end != std::string::npos ? line.substr(2, end - 2) : "";
        bool const optional = !key.empty() && line == "# " + key + " = \"" + key + "\"";
        taken += optional ? 1 : 0;
        text += (optional ? line.substr(2) : line) + "\n";
    }
    CHECK(taken == documented_and_optional_fields - documented_fields);
    auto map = must_parse(text);
    map.closed = true;
    CHECK(map == documented_map());
}

TEST_CASE("map: a column's label is short, whole characters and readable") {
    CHECK(label({"Case No", 0}) == "Case No");
    CHECK(label({"", 7}) == "column 7");
    std::string accents;
    for (int i = 0; i < 61; ++i) accents += "\xC3\xA9";
    CHECK(label({accents, 0}) == accents.substr(0, 120));
}
