#include "admin-cli/grid.hpp"

#include "admin-cli/json_reader.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

/// The colour escape of a BRAG word, if the terminal shows colours.
std::string_view paint(std::string_view colour) {
    if (colour == "red") return "\x1b[1;31m";
    if (colour == "amber") return "\x1b[1;33m";
    if (colour == "green") return "\x1b[32m";
    if (colour == "blue") return "\x1b[34m";
    return {};
}

struct Cell {
    std::string text;
    std::string colour; // BRAG name or empty
};

/// A reply that is not a colour, short enough for a column. What it means stands below the grid.
std::string short_words(json::object const& cell) {
    static std::map<std::string, std::string, std::less<>> const words{{"not_known", "not known"},
                                                                       {"not_checked", "NOT CHECKED"},
                                                                       {"known_not_shared", "known, not shared"},
                                                                       {"nothing_at_this_level", "never says"},
                                                                       {"unsure_match", "unsure match"},
                                                                       {"version_mismatch", "OTHER VERSION"},
                                                                       {"no_reply", "NO REPLY"},
                                                                       {"unreachable", "UNREACHABLE"},
                                                                       {"not_asked", "not asked"},
                                                                       {"waiting", "waiting"}};
    auto const found = words.find(text_at(cell, "kind"));
    return found == words.end() ? text_at(cell, "words") : found->second;
}

Cell cell_of(json::object const& cell) {
    Cell out{short_words(cell), text_at(cell, "colour")};
    if (!out.colour.empty()) out.text = text_at(cell, "shape") + " " + text_at(cell, "words");
    if (text_at(cell, "basis").starts_with("shared")) out.text += " (no previous knowledge)";
    return out;
}

std::string padded(Cell const& cell, std::size_t width, bool colour) {
    auto const size = columns(cell.text);
    std::string const space(width > size ? width - size : 0, ' ');
    if (!colour || cell.colour.empty()) return cell.text + space;
    return std::string(paint(cell.colour)) + cell.text + "\x1b[0m" + space;
}

/// Words on lines of at most `width` columns.
std::string wrapped(std::string const& text, std::size_t width, std::string const& indent) {
    std::string out;
    std::string line;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find(' ', at), text.size());
        auto const word = text.substr(at, end - at);
        if (!line.empty() && columns(line) + 1 + columns(word) > width) {
            out += line + "\n" + indent;
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
        at = end + 1;
    }
    return out + line;
}

std::string heading(json::object const& view) {
    std::string text;
    if (text_at(view, "mode") == "practice") text += "PRACTICE  ";
    text += "OFFICIAL-SENSITIVE  case " + text_at(view, "reference") + "  purpose " + text_at(view, "purpose") +
            "  route " + text_at(view, "route") + "  times in UTC\n" + "id " + text_at(view, "case") + "\n";
    return text;
}

using Row = std::vector<Cell>;

/// Agencies are rows and people are columns; when that is too wide, people are taken in groups.
std::vector<std::vector<Row>> tables_of(json::object const& view, std::size_t width) {
    auto const& people = array_at(view, "people");
    auto const& parties = array_at(view, "parties");
    std::vector<Row> all;
    Row head{{"", ""}};
    for (auto const& person : people) head.push_back({text_at(person.as_object(), "label"), ""});
    all.push_back(head);
    for (auto const& value : parties) {
        auto const& party = value.as_object();
        Row row{{text_at(party, "name"), ""}};
        for (auto const& cell : array_at(party, "cells")) row.push_back(cell_of(cell.as_object()));
        all.push_back(std::move(row));
    }
    auto const column_width = [&](std::size_t column) {
        std::size_t widest = 0;
        for (auto const& row : all) widest = std::max(widest, columns(row[column].text));
        return widest;
    };
    std::vector<std::vector<Row>> tables;
    for (std::size_t from = 1; from < head.size();) {
        auto used = column_width(0);
        auto to = from;
        while (to < head.size() && (to == from || used + 2 + column_width(to) <= width)) used += 2 + column_width(to++);
        std::vector<Row> table;
        for (auto const& row : all) {
            Row part{row[0]};
            part.insert(part.end(), row.begin() + static_cast<std::ptrdiff_t>(from),
                        row.begin() + static_cast<std::ptrdiff_t>(to));
            table.push_back(std::move(part));
        }
        tables.push_back(std::move(table));
        from = to;
    }
    return tables;
}

std::string render_table(std::vector<Row> const& table, bool colour) {
    std::vector<std::size_t> widths(table[0].size(), 0);
    for (auto const& row : table)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i].text));
    std::string out;
    for (auto const& row : table) {
        std::string line = "  ";
        for (std::size_t i = 0; i < row.size(); ++i) line += padded(row[i], widths[i], colour) + "  ";
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string render_summaries(json::object const& view, std::size_t width) {
    std::string out;
    auto const& people = array_at(view, "people");
    for (auto const& value : array_at(view, "parties")) {
        auto const& party = value.as_object();
        for (auto const& one : array_at(party, "summaries")) {
            auto const& summary = one.as_object();
            auto const person = number_at(summary, "person");
            if (person >= people.size()) continue;
            std::string line = text_at(party, "name") + " on " + text_at(people[person].as_object(), "label") + ": ";
            if (auto const analysis = text_at(summary, "analysis"); !analysis.empty()) line += analysis + " ";
            std::string themes;
            for (auto const& theme : array_at(summary, "themes"))
                themes += (themes.empty() ? "" : ", ") + std::string(theme.as_string());
            if (!themes.empty()) line += "Themes: " + themes + ". ";
            if (auto const ever = number_at(summary, "contacts_ever"); ever != 0)
                line += "Contacts: " + std::to_string(number_at(summary, "contacts_12m")) + " in 12 months, " +
                        std::to_string(ever) + " ever. ";
            if (auto const last = text_at(summary, "last_contact"); !last.empty())
                line += "Last contact " + last + ". ";
            if (auto const listed = text_at(summary, "marac_listed"); !listed.empty())
                line += "Marac listed " + listed + ". ";
            if (auto const heard = text_at(summary, "marac_heard"); !heard.empty())
                line += "Marac heard " + heard + ". ";
            else if (!text_at(summary, "marac_listed").empty())
                line += "No hearing recorded. ";
            std::vector<std::string> clauses;
            for (auto const& released : array_at(summary, "released")) {
                auto clause = text_at(released.as_object(), "clause");
                if (std::find(clauses.begin(), clauses.end(), clause) == clauses.end()) clauses.push_back(clause);
            }
            line += clauses.size() == 1 ? "[clause" : "[clauses";
            for (auto const& clause : clauses) line += " " + clause;
            out += "  - " + wrapped(line + "]", width - 4, "    ") + "\n";
        }
        if (text_at(party, "summary") == "done" && array_at(party, "summaries").empty())
            out += "  - " + text_at(party, "name") + ": nothing beyond the colour (no clause allows more)\n";
        if (text_at(party, "summary") == "waiting") out += "  - " + text_at(party, "name") + ": waiting\n";
    }
    return out;
}

/// What the words in the grid mean, for those that stand in it.
std::string render_key(json::object const& view, std::size_t width) {
    std::vector<std::string> reasons;
    for (auto const& value : array_at(view, "parties")) {
        auto const& party = value.as_object();
        for (auto const& cell : array_at(party, "cells")) {
            auto const& one = cell.as_object();
            auto const reason = text_at(one, "reason");
            std::string line;
            if (text_at(one, "kind") == "nothing_at_this_level")
                line = text_at(party, "name") +
                       " never says whether it knows somebody below AMBER; that is not reassurance";
            else if (!reason.empty())
                line = text_at(party, "name") + ", " + short_words(one) + ": " + reason;
            else
                continue;
            if (std::find(reasons.begin(), reasons.end(), line) == reasons.end()) reasons.push_back(std::move(line));
        }
    }
    std::string out;
    for (auto const& reason : reasons) out += "  " + wrapped(reason, width - 2, "    ") + "\n";
    return out;
}

/// Above the grid, so that nobody misses it. Sent to nobody.
std::string render_linked(json::object const& view, std::size_t width) {
    std::string out;
    auto const line = [&](std::string const& text) { out += "  " + wrapped(text, width - 2, "    ") + "\n"; };
    for (auto const& value : array_at(view, "linked")) {
        auto const& one = value.as_object();
        bool const sure = flag_at(one, "sure");
        auto text = text_at(one, "person") + (sure ? " is also in case " : ": somebody in case ") +
                    text_at(one, "reference") + ", entered " + text_at(one, "entered").substr(0, 10);
        if (auto const until = text_at(one, "until"); !until.empty()) text += ", closed " + until.substr(0, 10);
        if (!sure) text += ", is perhaps the same person: a person must decide";
        line(text + " (" + text_at(one, "words") + ")");
    }
    if (auto const more = number_at(view, "linked_left_out"); more != 0)
        line(std::to_string(more) + " more that fit less well or are older: not listed");
    return out.empty() ? out : "LINKED CASES (shown here only; no agency is told):\n" + out + "\n";
}

} // namespace

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string progress_line(json::object const& view) {
    std::size_t asked = 0;
    std::size_t answered = 0;
    for (auto const& value : array_at(view, "parties")) {
        auto const stage = text_at(value.as_object(), "stage");
        asked += stage == "asked" || stage == "pending" || stage == "answered" || stage == "refused" ? 1U : 0U;
        answered += stage == "answered" || stage == "refused" ? 1U : 0U;
    }
    return std::to_string(answered) + " of " + std::to_string(asked) + " agencies have answered";
}

std::string render_case(json::object const& view, GridStyle const& style) {
    auto const& result = object_at(view, "result");
    std::string out = heading(view) + "\n" + render_linked(view, style.width);
    for (auto const& table : tables_of(view, style.width - 2)) out += render_table(table, style.colour) + "\n";

    auto const worst = cell_of(result);
    out +=
        "Result: " + padded(worst, 0, style.colour) + (flag_at(result, "provisional") ? "  (provisional)" : "") + "\n";
    out += "  " + wrapped(text_at(result, "explain"), style.width - 2, "  ") + "\n";
    out += "  Next: " + text_at(result, "next_in_words") + "\n";
    if (auto const problem = text_at(view, "problem"); !problem.empty()) out += "Problem: " + problem + "\n";

    auto const& missing = array_at(view, "missing");
    out += missing.empty() ? "Missing: nobody\n" : "Missing:\n";
    for (auto const& value : missing) {
        auto const& party = value.as_object();
        out += "  " + wrapped(text_at(party, "name") + ", " + text_at(party, "why"), style.width - 2, "    ") + "\n";
    }
    if (auto const key = render_key(view, style.width); !key.empty()) out += "Reasons:\n" + key;
    if (auto const summaries = render_summaries(view, style.width); !summaries.empty())
        out += "Shared under the agreement:\n" + summaries;
    if (view.contains("contacts")) {
        auto const& contacts = object_at(view, "contacts");
        out += "Recorded contacts: " + std::to_string(number_at(contacts, "ever")) + " across " +
               std::to_string(number_at(contacts, "agencies")) + " agencies (summed over people)\n";
    }
    return out;
}

} // namespace fanlight::cli
