#include "admin-cli/log_text.hpp"

#include "admin-cli/grid.hpp"
#include "admin-cli/json_reader.hpp"
#include "admin-cli/status_text.hpp"
#include "policy/text.hpp"

#include <algorithm>
#include <vector>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t place_width = 12;
constexpr std::size_t exchange_digits = 8;
constexpr std::size_t tag_width = 16;

std::string padded(std::string text, std::size_t width) {
    auto const wide = columns(text);
    if (wide < width) text.append(width - wide, ' ');
    return text;
}

/// "2026-11-22 09:05:00" of "2026-11-22T09:05:00Z": the heading says that it is UTC.
std::string short_time(std::string text) {
    if (text.size() != 20) return padded(text.empty() ? "time not known" : text, 19);
    text[10] = ' ';
    text.pop_back();
    return text;
}

std::string joined(json::array const& texts, char const* between = ", ") {
    std::string out;
    for (auto const& text : texts)
        if (text.is_string()) out += (out.empty() ? "" : between) + visible(text.get_string());
    return out;
}

/// Words in lines of at most `width` columns, each behind `indent` spaces. A word that is too long has its own line.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    std::string out;
    std::string line;
    auto const flush = [&] {
        if (!line.empty()) out += std::string(indent, ' ') + line + "\n";
        line.clear();
    };
    while (!text.empty()) {
        auto const end = std::min(text.find(' '), text.size());
        auto const word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        if (!line.empty() && indent + columns(line) + 1 + columns(word) > width) flush();
        line += (line.empty() ? "" : " ") + std::string(word);
    }
    flush();
    return out;
}

std::string row_text(json::object const& row, std::size_t width) {
    constexpr std::size_t class_width = 22;
    auto line = padded(text_at(row, "place"), place_width) + "  " + short_time(text_at(row, "time")) + "  " +
                padded(text_at(row, "words"), class_width);
    if (auto const peers = joined(array_at(row, "peers")); !peers.empty()) line += "  " + peers;
    while (!line.empty() && line.back() == ' ') line.pop_back();
    auto what = visible(text_at(row, "what"));
    if (auto const clauses = joined(array_at(row, "clauses")); !clauses.empty()) what += "; clause " + clauses;
    if (auto const subjects = joined(array_at(row, "subjects"), " "); !subjects.empty()) what += "; about " + subjects;
    return line + "\n" + wrapped(what, place_width + 2, width);
}

std::string field_text(json::object const& field, std::size_t width) {
    auto line = visible(text_at(field, "words"));
    if (auto const about = text_at(field, "about"); !about.empty() && text_at(field, "tag") != "subject")
        line += "  (about " + about.substr(0, exchange_digits) + ")";
    auto text = wrapped(line, tag_width + 4, width);
    if (text.empty()) text = std::string(tag_width + 4, ' ') + "\n";
    return "  " + padded(text_at(field, "tag"), tag_width + 2) + text.substr(tag_width + 4);
}

/// How often the `size` lines from `at` on stand there, one after the other.
std::size_t repeats(std::vector<std::string> const& lines, std::size_t at, std::size_t size) {
    std::size_t times = 1;
    auto const begin = lines.begin() + static_cast<std::ptrdiff_t>(at);
    auto const step = static_cast<std::ptrdiff_t>(size);
    for (; at + (times + 1) * size <= lines.size(); ++times)
        if (!std::equal(begin, begin + step, begin + static_cast<std::ptrdiff_t>(times) * step)) break;
    return times;
}

/// The same few lines are shown once, with how often they are there: most places of a query are empty.
std::string once_each(std::vector<std::string> const& lines) {
    constexpr std::size_t block_max = 4;
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
        std::size_t best = 1;
        std::size_t times = 1;
        for (std::size_t size = 1; size <= block_max; ++size) {
            auto const found = repeats(lines, at, size);
            if (found > 1 && found * size > times * best) {
                best = size;
                times = found;
            }
        }
        for (std::size_t i = 0; i < best; ++i) out += lines[at + i];
        if (times > 1)
            out += std::string(tag_width + 4, ' ') + "(" +
                   (best == 1 ? "" : "these " + std::to_string(best) + " lines ") + std::to_string(times) +
                   " times in all)\n";
        at += best * times;
    }
    return out;
}

std::string period_text(json::object const& body) {
    auto const from = text_at(body, "from");
    auto const to = text_at(body, "to");
    std::string out;
    if (!from.empty()) out += " since " + from;
    if (!to.empty()) out += " until " + to;
    return out;
}

std::string count_line(std::uint64_t count, std::string const& what) {
    constexpr std::size_t wide = 9; // "1,000,000"
    auto const number = with_commas(count);
    return "  " + std::string(wide - std::min(wide, number.size()), ' ') + number + "  " + what + "\n";
}

std::string marks_text(json::object const& body, std::size_t width) {
    std::string out;
    for (auto const& value : array_at(body, "reviews")) {
        auto const& mark = value.as_object();
        auto line = text_at(mark, "verdict") + ": " + text_at(mark, "user") + ", " + text_at(mark, "time") + " (leaf " +
                    text_at(mark, "place") + ")";
        if (auto const note = text_at(mark, "note"); !note.empty()) line += ": " + note;
        out += wrapped(visible(line), 2, width);
    }
    out = out.empty() ? "Reviews: none. Add one with: fanlight log review " + text_at(body, "place") +
                            " --verdict justified --user NAME\n"
                      : "Reviews:\n" + out;
    for (auto const& value : array_at(body, "erasures")) {
        auto const& mark = value.as_object();
        out +=
            wrapped(visible("Erased in part by " + text_at(mark, "user") + ", " + text_at(mark, "time") +
                            ", under decision " + text_at(mark, "decision") + " (leaf " + text_at(mark, "place") + ")"),
                    0, width);
    }
    return out;
}

std::string receipts_text(json::object const& body) {
    std::string out;
    for (auto const& value : array_at(body, "receipts")) {
        auto const& one = value.as_object();
        out += "  from " + text_at(one, "from") + ", " + text_at(one, "received") + "\n";
    }
    if (out.empty()) return "Receipts from the other end: none.\n";
    return "Receipts from the other end (to a file: fanlight log receipt " + text_at(body, "place") +
           " --out FILE):\n" + out;
}

/// "the first 67 leaves of 2026" of "2026/67": where a head ends is the place after its last leaf.
std::string leaves_before(std::string const& end) {
    auto const slash = std::min(end.find('/'), end.size());
    return "the first " + end.substr(std::min(slash + 1, end.size())) + " leaves of " + end.substr(0, slash);
}

std::string proof_text(json::object const& body) {
    auto const prove = " Prove it with: fanlight log prove " + text_at(body, "place") + "\n";
    if (!flag_at(body, "cosigned")) return "Not under a head that others have cosigned yet." + prove;
    return "Under the head of " + leaves_before(text_at(body, "head")) + ", cosigned by " +
           std::to_string(number_at(body, "organisations")) + " other organisations at " +
           text_at(body, "cosigned_at") + "." + prove;
}

} // namespace

std::string visible(std::string_view text) {
    if (policy::unfit_text(text) == nullptr) return std::string(text);
    std::string out;
    for (char const c : text) out += c >= ' ' && c <= '~' ? c : '?';
    return out;
}

std::string log_rows_text(json::array const& rows, std::size_t width) {
    std::string out;
    for (auto const& row : rows) out += row_text(row.as_object(), width);
    return out;
}

std::string log_list_text(json::object const& body, bool exceptions_only, std::size_t width) {
    auto out = "Exceptions among " + with_commas(number_at(body, "leaves")) + " leaves" + period_text(body) + ":\n";
    for (auto const& value : array_at(body, "exceptions")) {
        auto const& kind = value.as_object();
        out += count_line(number_at(kind, "count"), text_at(kind, "words"));
    }
    for (auto const& value : array_at(body, "unmatched")) {
        auto const& with = value.as_object();
        out += count_line(number_at(with, "count"), "without an other end at " + text_at(with, "peer") +
                                                        ", reconciled " + text_at(with, "asked"));
    }
    if (array_at(body, "unmatched").empty())
        out += "Not compared with any other log since this node started: fanlight log reconcile\n";
    auto const shown = [&](json::array const& rows, std::uint64_t all, char const* what) {
        if (rows.empty()) return;
        out += "\n" + std::string(what) + ", the newest last, times in UTC";
        if (rows.size() < all)
            out += " (the newest " + with_commas(rows.size()) + " of " + with_commas(all) +
                   "; --limit shows more, `fanlight log export` all)";
        out += ":\n" + log_rows_text(rows, width);
    };
    shown(array_at(body, "exception_rows"), number_at(body, "exceptional"), "Exceptions");
    if (!exceptions_only) shown(array_at(body, "rows"), number_at(body, "leaves"), "All leaves");
    if (auto const fillers = number_at(body, "fillers"); fillers != 0)
        out += "\nFillers, which stand for nothing, not counted here: " + with_commas(fillers) + "\n";
    return out;
}

std::string log_leaf_text(json::object const& body, std::size_t width) {
    auto out = "Leaf " + text_at(body, "place") + ": " + text_at(body, "words") + "\n";
    out += wrapped(visible(text_at(body, "what")), 2, width);
    if (auto const names = joined(array_at(body, "peer_names")); !names.empty()) out += "  With " + names + "\n";
    if (auto const name = text_at(body, "agreement_name"); !name.empty())
        out +=
            "  Under \"" + visible(name) + "\", version " + std::to_string(number_at(body, "agreement_version")) + "\n";
    if (!body.contains("fields")) {
        out += "What it commits to is not in the store, or cannot be read.\n";
    } else {
        out += "\nWhat it commits to:\n";
        std::vector<std::string> lines;
        for (auto const& value : array_at(body, "fields")) lines.push_back(field_text(value.as_object(), width));
        out += once_each(lines);
    }
    for (auto const& value : array_at(body, "clause_texts")) {
        auto const& clause = value.as_object();
        out += wrapped("Clause " + text_at(clause, "clause") + ": " + visible(text_at(clause, "text")), 0, width);
    }
    return out + "\n" + marks_text(body, width) + receipts_text(body) + proof_text(body);
}

std::string log_heads_text(json::object const& body) {
    auto out = "Published: " + leaves_before(text_at(body, "published")) + ".\n";
    if (body.contains("cosigned"))
        out += "Cosigned: " + leaves_before(text_at(body, "cosigned")) + ", by " +
               std::to_string(number_at(body, "organisations")) + " other organisations at " + text_at(body, "at") +
               " (needed: " + std::to_string(number_at(body, "needed")) + ").\n";
    else
        out += "No head is cosigned yet (needed: " + std::to_string(number_at(body, "needed")) +
               " other organisations).\n";
    if (auto const since = text_at(body, "unwitnessed_since"); !since.empty())
        out += "What was published after that waits for cosignatures since " + since + ".\n";
    if (auto const until = text_at(body, "glass_until"); !until.empty()) out += "Break-glass until " + until + ".\n";
    for (auto const& value : array_at(body, "witnesses")) {
        auto const& one = value.as_object();
        out += "  " + text_at(one, "party") + ": " + leaves_before(text_at(one, "end"));
        if (auto const at = text_at(one, "answered_at"); !at.empty()) out += ", answered " + at;
        if (flag_at(one, "refuses")) out += ", refuses";
        if (flag_at(one, "waiting")) out += ", asked and not answered yet";
        out += "\n";
    }
    return out;
}

std::string reconciliation_text(json::object const& body) {
    auto const peer = text_at(body, "peer");
    if (text_at(body, "state") == "failed") return "With " + peer + ": failed: " + text_at(body, "problem") + ".\n";
    if (text_at(body, "state") == "asking") return "With " + peer + ": asked; look again with --wait.\n";
    auto out = "With " + peer + " since " + text_at(body, "since") + ": ours " + with_commas(number_at(body, "ours")) +
               ", theirs " + with_commas(number_at(body, "theirs")) + ", matched " +
               with_commas(number_at(body, "matched")) + ", under way " + with_commas(number_at(body, "under_way")) +
               "\n";
    auto const& unmatched = array_at(body, "unmatched");
    if (unmatched.empty()) return out + "Every exchange has both its ends.\n";
    out += "Unmatched, times in UTC:\n";
    for (auto const& value : unmatched) {
        auto const& one = value.as_object();
        out += "  " + padded(flag_at(one, "ours") ? "only ours" : "only theirs", 11) + "  " +
               padded(text_at(one, "place"), place_width) + "  " + short_time(text_at(one, "time")) + "  " +
               text_at(one, "words") + "  exchange " + text_at(one, "exchange").substr(0, exchange_digits) + "\n";
    }
    return out;
}

} // namespace fanlight::cli
