// Verbs for a running node: import, query, case, status, matches, log verify.

#include "admin-cli/json_reader.hpp"
#include "admin-cli/output.hpp"
#include "admin-cli/status_text.hpp"
#include "admin-cli/verbs.hpp"
#include "node/import/csv_map.hpp"
#include "node/offline/files.hpp"

#include <chrono>
#include <cstdio>
#include <unistd.h>

namespace fanlight::cli {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr Duration quick = 30s;
constexpr Duration slow = 11min;
constexpr Duration news = 30s; // the node answers a wait for news within 20 s

using Clock = std::chrono::steady_clock;

/// One line that is written over, when a person looks on.
class ProgressLine {
  public:
    ProgressLine() : shown_(::isatty(STDERR_FILENO) == 1) {}
    ProgressLine(ProgressLine const&) = delete;
    ProgressLine& operator=(ProgressLine const&) = delete;
    ~ProgressLine() { clear(); }
    void show(std::string const& text) {
        if (!shown_) return;
        std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
        dirty_ = true;
    }
    void clear() {
        if (dirty_) std::fprintf(stderr, "\r\x1b[K");
        dirty_ = false;
    }

  private:
    bool shown_;
    bool dirty_ = false;
};

struct Asked {
    std::string id;
    json::object view;
    bool settled = false;
};

Result<std::vector<std::string>> read_forms(std::vector<std::filesystem::path> const& files) {
    std::vector<std::string> forms;
    for (auto const& file : files) {
        FANLIGHT_TRY(auto const form, node::read_small_file(file, limits::family_file_bytes_max, "family file"));
        forms.emplace_back(as_text(form));
    }
    return forms;
}

/// Waits for news of one case; false when the node cannot be asked.
bool follow(Common const& common, Asked& asked, int& code) {
    auto const after = number_at(asked.view, "revision");
    auto const target = "/v1/cases/" + asked.id + "?after=" + std::to_string(after);
    auto answer = call(common.data, "GET", target, "", news, common.json);
    if (answer.code != 0) {
        code = answer.code;
        return false;
    }
    asked.view = std::move(answer.body);
    asked.settled = flag_at(asked.view, "settled");
    return true;
}

/// The enrolment in the epoch that queries use, or will use first.
json::object const& current_enrolment(json::object const& status) {
    static json::object const none;
    json::object const* current = &none;
    for (auto const& value : array_at(status, "enrolment")) {
        auto const& entry = value.as_object();
        if (current->empty() || text_at(entry, "stage") == "open") current = &entry;
    }
    return *current;
}

} // namespace

int import_people(Common const& common, ImportOptions const& options) {
    std::string target = "/v1/people?check=" + std::to_string(options.check ? 1 : 0);
    Bytes map;
    if (!options.map.empty()) {
        auto read = node::read_small_file(options.map, node::csv_map_bytes_max, "map");
        if (!read) return report(read.assume_error());
        map = std::move(read).assume_value();
        if (map.empty()) return report({Errc::malformed, "map", "The file is empty. Begin from docs/examples/maps."});
        target += "&map_bytes=" + std::to_string(map.size());
    }
    auto body = node::read_small_file(options.file, limits::import_bytes_max - map.size(), "import file");
    if (!body) return report(body.assume_error());
    auto& bytes = body.assume_value();
    bytes.insert(bytes.begin(), map.begin(), map.end());
    auto const answer = call(common.data, "POST", target, as_text(bytes), slow, common.json);
    Bytes().swap(bytes); // up to 1 GiB, not needed while waiting
    if (answer.code != 0) return answer.code;
    if (common.json)
        print_json(answer.body);
    else
        print(text_at(answer.body, "text") + (options.check ? "Nothing was stored: this was a check.\n" : "Stored.\n"));
    if (options.check || !options.wait) return 0;
    ProgressLine progress;
    std::string last;
    for (auto const end = Clock::now() + slow; Clock::now() < end;) {
        auto const status = call(common.data, "GET", "/v1/status", "", quick, false);
        if (status.code != 0) return status.code;
        auto const& enrolment = current_enrolment(status.body);
        if (flag_at(enrolment, "complete") && flag_at(enrolment, "index_today")) return 0;
        last = enrolment.empty() ? "waiting for the identity key" : enrolment_text(enrolment);
        if (enrolment.contains("waits_until") && !enrolment.contains("problem")) { // for the night
            progress.clear();
            std::fprintf(stderr, "%s\n", last.c_str());
            return 0;
        }
        progress.show(last);
        ::usleep(100'000); // between two looks at the node's progress
    }
    progress.clear();
    std::fprintf(stderr, "%s\n", last.c_str());
    return report({Errc::unreachable, "enrolment",
                   "It goes on in the background; look at it with: fanlight status. Until it is complete, queries "
                   "about people not yet enrolled are answered \"not checked\"."});
}

int query(Common const& common, QueryOptions const& options) {
    auto const forms = read_forms(options.families);
    if (!forms) return report(forms.assume_error());
    int code = 0;
    std::vector<Asked> cases;
    for (std::size_t i = 0; i < forms.assume_value().size(); ++i) {
        auto const& form = forms.assume_value()[i];
        auto const answer = call(common.data, "POST", "/v1/cases", form, quick, common.json);
        if (answer.code != 0) { // the others are asked and shown all the same
            std::fprintf(stderr, "  (in %s; this family was not asked about)\n", options.families[i].c_str());
            code = answer.code;
            continue;
        }
        cases.push_back({text_at(answer.body, "case"), {}, false});
    }
    ProgressLine progress;
    auto const end = Clock::now() + options.timeout;
    // One after the other: while the first is waited for, the others go on at the node.
    for (auto& asked : cases) {
        do {
            if (!follow(common, asked, code)) return code;
            progress.show(text_at(asked.view, "reference") + ": " + progress_line(asked.view));
        } while (!asked.settled && Clock::now() < end);
        progress.clear();
        if (common.json)
            print_json(asked.view);
        else
            print(render_case(asked.view, terminal_style()) + "\n");
    }
    return code;
}

int case_show(Common const& common, std::string const& id) {
    return show(call(common.data, "GET", "/v1/cases/" + id, "", news, common.json), common.json,
                [](json::object const& body) { return render_case(body, terminal_style()); });
}

int status(Common const& common) {
    return show(call(common.data, "GET", "/v1/status", "", quick, common.json), common.json, status_text);
}

namespace {
std::string matches_text(json::object const& body) {
    std::string out;
    for (auto const& value : array_at(body, "matches")) {
        auto const& match = value.as_object();
        out += "Query " + text_at(match, "query") + ", " + text_at(match, "route") + ", reply by " +
               text_at(match, "deadline") + ": is it one of these?\n";
        for (auto const& one : array_at(match, "candidates"))
            out += "  record " + text_at(one.as_object(), "record") + ": " + text_at(one.as_object(), "words") + "\n";
    }
    return out.empty() ? "There is no unsure match.\n" : out;
}
} // namespace

int matches(Common const& common) {
    return show(call(common.data, "GET", "/v1/matches", "", quick, common.json), common.json, matches_text);
}

int log_verify(Common const& common) {
    auto const answer = call(common.data, "GET", "/v1/log/verify", "", slow, common.json);
    if (answer.code != 0) return answer.code;
    auto const& body = answer.body;
    if (common.json) {
        print_json(body);
        return 0;
    }
    std::string out = "Whole: " + text_at(body, "origin") + ", " + std::to_string(number_at(body, "leaves")) +
                      " leaves, root " + text_at(body, "root") + "\n";
    out += "Tree, signed head and " + std::to_string(number_at(body, "openings")) + " openings agree.\n";
    if (auto const lost = number_at(body, "openings_lost"); lost != 0)
        out += "Openings lost: " + std::to_string(lost) + " (restored on " + text_at(body, "restored_at") + ").\n";
    for (auto const& [kind, count] : object_at(body, "by_class"))
        out += "  " + std::string(kind) + ": " + std::to_string(count.to_number<std::uint64_t>()) + "\n";
    print(out);
    return 0;
}

} // namespace fanlight::cli
