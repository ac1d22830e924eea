// libcsv in strict mode, fed one line of the file at a time so that each record knows where it began; csv_reader.hpp.
#include "node/import/csv_reader.hpp"

#include <csv.h>

#include <algorithm>
#include <cassert>

namespace fanlight::node {

namespace {

/// Owns the parser. libcsv calls back through C frames: the two callbacks only collect and cannot throw (running out
/// of memory there ends the process, as anywhere).
class Parser {
  public:
    Parser(char delimiter, std::size_t fields_max) : fields_max_(fields_max) {
        [[maybe_unused]] int const made = csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
        assert(made == 0);
        csv_set_blk_size(&parser_, 4096);
        // Only LF ends a line; the CR before it falls away like a space. libcsv would take a lone CR as a line end
        // too, and our line numbers would be wrong from there on.
        csv_set_term_func(&parser_, [](unsigned char c) { return c == CSV_LF ? 1 : 0; });
        csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
        csv_set_space_func(&parser_, // a tab that is the delimiter is no space: libcsv looks at that first
                           [](unsigned char c) { return c == CSV_SPACE || c == CSV_TAB || c == CSV_CR ? 1 : 0; });
    }
    ~Parser() { csv_free(&parser_); }
    Parser(Parser const&) = delete;
    Parser& operator=(Parser const&) = delete;

    bool feed(std::string_view bytes) {
        return csv_parse(&parser_, bytes.data(), bytes.size(), on_field, on_record, this) == bytes.size();
    }
    bool finish() { return csv_fini(&parser_, on_field, on_record, this) == 0; }

    /// Bytes of the field that is being read.
    std::size_t pending_bytes() const { return parser_.entry_pos; }
    /// A line can complete one record at most, because only its last byte can be the LF.
    bool complete() const { return complete_; }
    CsvRecord& record() { return record_; }
    void begin(std::uint64_t line) {
        complete_ = false;
        record_.line = line;
        record_.field_count = 0;
        record_.fields.clear();
    }

  private:
    static void on_field(void* data, std::size_t size, void* self) noexcept {
        auto& parser = *static_cast<Parser*>(self);
        ++parser.record_.field_count;
        if (parser.record_.fields.size() == parser.fields_max_) return;
        parser.record_.fields.emplace_back(data == nullptr ? "" : static_cast<char const*>(data), size);
    }
    static void on_record(int, void* self) noexcept { static_cast<Parser*>(self)->complete_ = true; }

    csv_parser parser_{};
    CsvRecord record_;
    std::size_t fields_max_;
    bool complete_ = true;
};

} // namespace

CsvEnd read_csv(std::string_view text, char delimiter, CsvLimits limits, std::function<bool(CsvRecord&)> const& take) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    Parser parser(delimiter, limits.fields_max);
    std::uint64_t line = 0;
    while (!text.empty()) {
        ++line;
        auto const size = std::min(text.find('\n'), text.size() - 1) + 1;
        auto const bytes = text.substr(0, size);
        text.remove_prefix(size);
        if (parser.complete()) {
            if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
            parser.begin(line);
        }
        if (bytes.size() > limits.line_bytes_max) return {CsvFault::line_too_long, parser.record().line};
        if (!parser.feed(bytes)) return {CsvFault::quotation, parser.record().line};
        if (parser.pending_bytes() > limits.field_bytes_max) return {CsvFault::field_too_long, parser.record().line};
        if (parser.complete() && !take(parser.record())) return {};
    }
    if (parser.complete()) return {};
    if (!parser.finish()) return {CsvFault::never_closed, parser.record().line};
    if (parser.complete()) take(parser.record());
    return {};
}

} // namespace fanlight::node
