// Exports of the log: pages from the node, and each format as a file that is safe to open.

#include "node/http/log_export.hpp"

#include "admin-cli/log_files.hpp"
#include "admin-cli/log_formats.hpp"
#include "admin-cli/log_request.hpp"
#include "admin-cli/log_text.hpp"
#include "crypto/text.hpp"
#include "log_ledger_support.hpp"

#include <boost/json.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::ledger_test;

namespace json = boost::json;

namespace {

/// RFC 4180 with every cell quoted: what a spreadsheet reads back. Nothing: it is not of that form.
std::optional<std::vector<std::vector<std::string>>> read_csv(std::string_view text) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t at = 0; at < text.size();) {
        std::vector<std::string> row;
        for (;;) {
            if (at >= text.size() || text[at] != '"') return std::nullopt;
            std::string cell;
            for (++at;; ++at) {
                if (at >= text.size()) return std::nullopt;
                if (text[at] != '"') {
                    cell += text[at];
                } else if (at + 1 < text.size() && text[at + 1] == '"') {
                    cell += '"';
                    ++at;
                } else {
                    break;
                }
            }
            ++at;
            row.push_back(std::move(cell));
            if (text.substr(at, 2) == "\r\n") break;
            if (at >= text.size() || text[at] != ',') return std::nullopt;
            ++at;
        }
        at += 2;
        rows.push_back(std::move(row));
    }
    return rows;
}

json::object event_of(std::string const& what) {
    return {{"place", "2026/7"},
            {"time", "2026-11-22T12:00:00Z"},
            {"class", "refusal"},
            {"words", "refusal or non-disclosure"},
            {"peers", {"housing", "police"}},
            {"clauses", {"4.1"}},
            {"subjects", {"abababab"}},
            {"what", what},
            {"exceptions", {"withheld"}},
            {"exchange", std::string(64, '0')},
            {"agreement", std::string(64, 'a')},
            {"leaf", std::string(192, 'b')}};
}

std::string exported(char const* name, std::vector<json::object> const& events) {
    auto const format = cli::export_format(name);
    REQUIRE(format);
    std::string out;
    cli::ExportFormat::Sink const sink = [&out](std::string_view text) { out += text; };
    json::object const summary{
        {"exceptions", {{{"kind", "withheld"}, {"words", "refused or not shared"}, {"count", events.size()}}}},
        {"exceptional", events.size()},
        {"exception_rows", json::array(events.begin(), events.end())}};
    format->begin(
        {"Housing <Northbridge>", "r.patel", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"},
        summary, sink);
    for (auto const& event : events) format->leaf(event, sink);
    format->end(events.size(), {{"2026", "origin\n8\nroot\n\n\u2014 origin sig\n", true}}, sink);
    return out;
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

} // namespace

TEST_CASE("log export: pages hand out every leaf once, in order, with all that it takes to check it") {
    Ledger ledger;
    for (int i = 0; i < 25; ++i)
        ledger.draft(noon).number(FieldTag::count, unsigned(i)).add(FieldTag::peer, "police").write(LeafClass::admin);
    ledger.publish();
    auto database = ledger.reader();
    auto reader = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
    EventFilter filter;
    std::uint64_t next = 0;
    for (int pages = 1;; ++pages) {
        auto const page = export_page_json(reader, filter, 10).value();
        for (auto const& value : page.at("events").as_array()) {
            auto const& event = value.as_object();
            CHECK(event.at("place") == json::value("2026/" + std::to_string(next)));
            auto const leaf =
                crypto::parse_leaf(crypto::from_hex(std::string_view(event.at("leaf").as_string())).value()).value();
            auto const opening =
                crypto::parse_shown(crypto::from_hex(std::string_view(event.at("opening").as_string())).value())
                    .value();
            CHECK(crypto::commitment_of(opening).value() == leaf.commitment);
            ++next;
        }
        if (!page.contains("next")) {
            CHECK(pages == 3);
            break;
        }
        filter.first = parse_place(std::string_view(page.at("next").as_string())).value();
    }
    CHECK(next == 25);
}

TEST_CASE("log export: a page that ends with the log has no next one") {
    Ledger ledger;
    for (int i = 0; i < 10; ++i) ledger.draft(noon).write(LeafClass::admin);
    ledger.publish();
    auto database = ledger.reader();
    auto reader = EventReader::open(database, ledger.key, ledger.subjects(), ledger.logs()).value();
    CHECK_FALSE(export_page_json(reader, {}, 10).value().contains("next"));
    CHECK(export_page_json(reader, {}, 9).value().at("next") == "2026/9");
}

TEST_CASE("log export: a CSV cell is no formula to a spreadsheet") {
    for (auto const* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1"}) {
        auto const rows = read_csv(cli::csv_cell(text) + "\r\n");
        REQUIRE(rows);
        CHECK(rows->front().front() == "'" + std::string(text));
    }
    for (auto const* text : {"", "1+1", "a=b", "'=1", "x@y", " =1"})
        CHECK(cli::csv_cell(text) == "\"" + std::string(text) + "\"");
    CHECK(cli::csv_cell("say \"no\"") == "\"say \"\"no\"\"\"");
}

TEST_CASE("log export: whatever a leaf says, CSV has one row for it with the same cells") {
    rc::check("one row", [](std::string what) {
        auto const rows = read_csv(exported("csv", {event_of(what)}));
        RC_ASSERT(rows.has_value());
        RC_ASSERT(rows->size() == 2U);
        RC_ASSERT(rows->at(0).size() == rows->at(1).size());
        auto cell = rows->at(1).at(4);
        if (cell.size() == what.size() + 1) cell.erase(0, 1);
        RC_ASSERT(cell == what);
    });
}

TEST_CASE("log export: every column of the CSV is explained beside it") {
    auto const rows = read_csv(exported("csv", {})).value();
    auto const means = read_csv(cli::export_format("csv")->dictionary()).value();
    REQUIRE(means.size() == rows.front().size() + 1);
    for (std::size_t i = 0; i < rows.front().size(); ++i) {
        CHECK(means[i + 1][0] == rows.front()[i]);
        CHECK(means[i + 1][1].size() > 10);
    }
    CHECK(cli::export_format("jsonl")->dictionary().empty());
    CHECK(cli::export_format("fhir") == nullptr);
}

TEST_CASE("log export: JSON lines, one a leaf, and at the end how many under which heads") {
    auto const text = exported("jsonl", {event_of("a\nb"), event_of("c")});
    REQUIRE(count_of(text, "\n") == 3);
    auto const first = text.find('\n');
    auto const second = text.find('\n', first + 1);
    CHECK(json::parse(text.substr(0, first)).at("what") == "a\nb");
    auto const last = json::parse(text.substr(second + 1));
    CHECK(last.at("end") == true);
    CHECK(last.at("leaves") == 2);
    CHECK(last.at("heads").at(0).at("checkpoint").as_string().starts_with("origin\n8\n"));
}

TEST_CASE("log export: the page has no script, no link out, and nothing of a leaf is markup") {
    auto const hostile = "<script>alert(1)</script> & \"quoted\" 'single' <img src=x onerror=y>";
    auto const text = exported("html", {event_of(hostile)});
    CHECK(text.starts_with("<!DOCTYPE html>"));
    for (auto const* bad : {"<script", "<img", "http:", "https:", "url(", "<link", "javascript", "Housing <"})
        CHECK(count_of(text, bad) == 0);
    CHECK(count_of(text, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot; &#39;single&#39;") == 2);
    CHECK(text.find("Exceptions") < text.find("All leaves"));
    CHECK(text.find("\u2014 origin sig") != std::string::npos);
    for (auto const* tag : {"table", "tbody", "thead", "tr", "td", "th", "p", "pre", "h1", "h2", "body", "html"}) {
        INFO(tag);
        CHECK(count_of(text, std::string("<") + tag + ">") + count_of(text, std::string("<") + tag + " ") ==
              count_of(text, std::string("</") + tag + ">"));
    }
}

TEST_CASE("log export: a file is nobody's until it is handed over, and never takes another's place") {
    log_test::Scratch const scratch;
    auto const out = scratch / "audit.csv";
    auto const part = scratch / "audit.csv.part";
    std::string const big(700'000, 'x');
    {
        cli::ExportFile file;
        REQUIRE(file.open(out));
        file.write(big);
        file.write("e");
        file.write("nd");
        auto const hash = file.finish().value();
        CHECK(hash == crypto::sha256({as_bytes(big), as_bytes("end")}));
        CHECK_FALSE(std::filesystem::exists(out));
        CHECK((std::filesystem::status(part).permissions() & std::filesystem::perms::mask) ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        CHECK(cli::ExportFile().open(out).error().code == Errc::exists);
        REQUIRE(file.hand_over());
    }
    CHECK(log_test::read_text(out) == big + "end");
    CHECK_FALSE(std::filesystem::exists(part));
    CHECK(cli::ExportFile().open(out).error().code == Errc::exists);
    {
        cli::ExportFile file;
        REQUIRE(file.open(scratch / "gone.csv"));
        file.write("x");
        REQUIRE(file.finish());
    }
    CHECK_FALSE(std::filesystem::exists(scratch / "gone.csv"));
    CHECK_FALSE(std::filesystem::exists(scratch / "gone.csv.part"));
    {
        cli::ExportFile file;
        REQUIRE(file.open(scratch / "raced.csv"));
        file.write("ours");
        REQUIRE(file.finish());
        log_test::write_text(scratch / "raced.csv", "theirs");
        CHECK(file.hand_over().error().code == Errc::exists);
    }
    CHECK(log_test::read_text(scratch / "raced.csv") == "theirs");
}

TEST_CASE("log request: times as people type them") {
    auto const now = noon;
    CHECK(cli::parse_moment("7d", now, "--since").value() == now - std::chrono::days(7));
    CHECK(cli::parse_moment("12h", now, "--since").value() == now - std::chrono::hours(12));
    CHECK(cli::parse_moment("2026-11-14", now, "--since").value() == Instant(parse_day("2026-11-14").value()));
    CHECK(to_text(cli::parse_moment("2026-11-14T09:05:00Z", now, "--since").value()) == "2026-11-14T09:05:00Z");
    for (auto const* text : {"", "7", "yesterday", "14.11.2026", "2026-11-31", "2026-11-14 09:05"})
        CHECK(cli::parse_moment(text, now, "--since").error().code == Errc::malformed);
    cli::LogPeriod period;
    period.since = "2026-11-14";
    period.until = "2026-11-15";
    period.classes = "refusal,gap";
    period.peer = "housing";
    CHECK(cli::log_request(period, now).value().query ==
          "from_ms=1794614400000&to_ms=1794700800000&class=refusal,gap&peer=housing&");
    period.until = "2026-11-14";
    CHECK(cli::log_request(period, now).has_error());
    period.until.clear();
    period.classes = "refusal, gap";
    CHECK(cli::log_request(period, now).has_error());
}

TEST_CASE("log text: what somebody typed moves no cursor and hides nothing") {
    CHECK(cli::visible("plain, caf\u00e9") == "plain, caf\u00e9");
    CHECK(cli::visible("a\x1b[31mb") == "a?[31mb");
    CHECK(cli::visible("a\nb\tc") == "a?b?c");
    CHECK(cli::visible("left\u202eright").find("\u202e") == std::string::npos);
    CHECK(cli::visible("\xff\xfe") == "??");
}

TEST_CASE("log text: rows stay within the terminal") {
    json::array rows;
    rows.push_back(event_of("stage 1; safeguarding_children; s47; 3 RED, 2 AMBER, 11 not known; fields: dates of "
                            "contacts, themes; facts told: role in the family"));
    auto const text = cli::log_rows_text(rows, 80);
    std::string_view rest = text;
    while (!rest.empty()) {
        auto const end = rest.find('\n');
        CHECK(end <= 80);
        rest.remove_prefix(end + 1);
    }
    CHECK(text.find("2026/7") == 0);
    CHECK(text.find("clause 4.1") != std::string::npos);
    CHECK(text.find("about abababab") != std::string::npos);
}

TEST_CASE("log text: what stands there several times is shown once, with how often") {
    json::object leaf{{"place", "2026/7"}, {"words", "decision"}};
    json::array fields;
    auto const add = [&fields](char const* tag, char const* words) {
        fields.push_back({{"tag", tag}, {"words", words}, {"erased", false}});
    };
    add("stage", "1");
    for (int i = 0; i < 3; ++i) {
        add("decision", "not known");
        add("clause", "4.2");
    }
    add("decision", "not known");
    add("colour", "RED");
    add("colour", "RED");
    leaf["fields"] = std::move(fields);
    auto const text = cli::log_leaf_text(leaf, 80);
    CHECK(count_of(text, "not known") == 2);
    CHECK(count_of(text, "(these 2 lines 3 times in all)") == 1);
    CHECK(count_of(text, "RED") == 1);
    CHECK(count_of(text, "(2 times in all)") == 1);
    CHECK(text.find("colour") > text.rfind("decision"));
}
