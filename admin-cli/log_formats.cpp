#include "admin-cli/log_formats.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/status_text.hpp"

#include <array>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

std::string joined(json::array const& texts) {
    std::string out;
    for (auto const& text : texts)
        if (text.is_string()) out += (out.empty() ? "" : "; ") + std::string(text.get_string());
    return out;
}

struct Column {
    char const* name;
    char const* means;
};
constexpr std::array columns_of_csv{
    Column{"place", "Shard (year) and position of the leaf in this log, counted from 0 as proofs count"},
    Column{"time_utc", "When this node logged it, by its own clock; empty if that cannot be read"},
    Column{"class", "What kind of event it is"},
    Column{"with", "The other party or parties"},
    Column{"what", "Stage, purpose, route, how many of each colour and reply, names of fields, reason, count, user"},
    Column{"clauses", "The clauses of the agreement that permitted what left"},
    Column{"about", "First digits of this log's own pseudonyms of the people it is about; they mean nothing elsewhere"},
    Column{"exceptions", "Why somebody should look at it: break_glass, withheld, unsure_match, late, corrected, "
                         "budget_spent, clock_or_witnesses, gap, erasure"},
    Column{"exchange", "Exchange tag: the same in the other party's log; zeros if there is no other end"},
    Column{"agreement", "SHA-256 of the agreement under which it was written"},
    Column{"leaf", "The 96 bytes of the leaf as hex, which `fanlight log prove` proves"},
};

std::string cell_of(json::object const& event, std::string_view column) {
    if (column == "time_utc") return text_at(event, "time");
    if (column == "class") return text_at(event, "words");
    if (column == "with") return joined(array_at(event, "peers"));
    if (column == "about") return joined(array_at(event, "subjects"));
    if (column == "clauses" || column == "exceptions") return joined(array_at(event, column));
    return text_at(event, column);
}

class Csv final : public ExportFormat {
  public:
    void begin(ExportAbout const&, json::object const&, Sink const& out) override {
        std::string line;
        for (auto const& column : columns_of_csv) line += (line.empty() ? "" : ",") + csv_cell(column.name);
        out(line + "\r\n");
    }
    void leaf(json::object const& event, Sink const& out) override {
        std::string line;
        for (auto const& column : columns_of_csv)
            line += (line.empty() ? "" : ",") + csv_cell(cell_of(event, column.name));
        out(line + "\r\n");
    }
    void end(std::uint64_t, std::vector<ExportHead> const&, Sink const&) override {}
    std::string dictionary() const override {
        std::string out = "\"column\",\"means\"\r\n";
        for (auto const& column : columns_of_csv) out += csv_cell(column.name) + "," + csv_cell(column.means) + "\r\n";
        return out;
    }
};

class JsonLines final : public ExportFormat {
  public:
    void begin(ExportAbout const& about, json::object const&, Sink const&) override { about_ = about; }
    void leaf(json::object const& event, Sink const& out) override { out(json::serialize(event) + "\n"); }
    void end(std::uint64_t leaves, std::vector<ExportHead> const& heads, Sink const& out) override {
        json::array notes;
        for (auto const& head : heads)
            notes.push_back({{"shard", head.shard}, {"checkpoint", head.note}, {"cosigned", head.cosigned}});
        json::object last{
            {"end", true},     {"leaves", leaves},    {"agency", about_.agency}, {"from", about_.from},
            {"to", about_.to}, {"made", about_.made}, {"made_by", about_.user},  {"heads", std::move(notes)}};
        out(json::serialize(last) + "\n");
    }

  private:
    ExportAbout about_;
};

constexpr auto style = "body{font:10pt/1.3 sans-serif;margin:1.5em}table{border-collapse:collapse;width:100%}"
                       "th,td{border:1px solid #888;padding:2px 4px;text-align:left;vertical-align:top}"
                       "td:nth-child(-n+2){white-space:nowrap}thead{display:table-header-group}"
                       "tr{break-inside:avoid}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #888;"
                       "padding:4px}@page{size:A4 landscape;margin:12mm}";

class Html final : public ExportFormat {
  public:
    void begin(ExportAbout const& about, json::object const& summary, Sink const& out) override {
        auto const title = "Disclosure log of " + about.agency;
        out("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>" + html_text(title) +
            "</title>\n<style>" + style + "</style></head><body>\n<p><strong>OFFICIAL-SENSITIVE</strong></p>\n<h1>" +
            html_text(title) + "</h1>\n<p>From " + html_text(about.from) + " to " + html_text(about.to) + ", made " +
            html_text(about.made) + " by " + html_text(about.user) + ". Times are in UTC.</p>\n");
        out("<h2>Exceptions</h2>\n<table><thead><tr><th>kind</th><th>leaves</th></tr></thead><tbody>\n");
        for (auto const& value : array_at(summary, "exceptions")) {
            auto const& kind = value.as_object();
            out("<tr><td>" + html_text(text_at(kind, "words")) + "</td><td>" + with_commas(number_at(kind, "count")) +
                "</td></tr>\n");
        }
        out("</tbody></table>\n");
        auto const& rows = array_at(summary, "exception_rows");
        if (!rows.empty()) {
            if (rows.size() < number_at(summary, "exceptional"))
                out("<p>The newest " + with_commas(rows.size()) + " of them; all are in the table below.</p>\n");
            open_table(out);
            for (auto const& row : rows) leaf(row.as_object(), out);
            out("</tbody></table>\n");
        }
        out("<h2>All leaves</h2>\n");
        open_table(out);
    }
    void leaf(json::object const& event, Sink const& out) override {
        std::string row = "<tr>";
        for (auto const* column : columns_shown) row += "<td>" + html_text(cell_of(event, column)) + "</td>";
        out(row + "</tr>\n");
    }
    void end(std::uint64_t leaves, std::vector<ExportHead> const& heads, Sink const& out) override {
        out("</tbody></table>\n<p>" + with_commas(leaves) + " leaves.</p>\n<h2>Signed heads</h2>\n");
        for (auto const& head : heads)
            out(std::string("<p>") +
                (head.cosigned ? "Cosigned by other organisations:" : "Signed by this log alone:") + "</p>\n<pre>" +
                html_text(head.note) + "</pre>\n");
        out("</body></html>\n");
    }

  private:
    static constexpr std::array columns_shown{"place", "time_utc", "class", "with", "what", "clauses", "about"};
    static void open_table(Sink const& out) {
        out("<table><thead><tr>");
        for (auto const* column : columns_shown) out(std::string("<th>") + column + "</th>");
        out("</tr></thead><tbody>\n");
    }
};

} // namespace

std::unique_ptr<ExportFormat> export_format(std::string_view name) {
    if (name == "csv") return std::make_unique<Csv>();
    if (name == "jsonl") return std::make_unique<JsonLines>();
    if (name == "html") return std::make_unique<Html>();
    return nullptr;
}

std::string csv_cell(std::string_view text) {
    constexpr std::string_view begins_a_formula = "=+-@\t\r\n";
    std::string out = "\"";
    if (!text.empty() && begins_a_formula.find(text.front()) != std::string_view::npos) out += '\'';
    for (char const c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::string html_text(std::string_view text) {
    std::string out;
    for (char const c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c; break;
        }
    }
    return out;
}

} // namespace fanlight::cli
