// The verbs that a running node answers.

#include "admin-cli/log_verbs.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/log_request.hpp"
#include "admin-cli/log_text.hpp"
#include "admin-cli/output.hpp"
#include "crypto/text.hpp"
#include "node/offline/officer_key.hpp"

#include <chrono>
#include <cstdio>
#include <unistd.h>

namespace fanlight::cli {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto reconcile_url = "/v1/log/reconcile";
constexpr Duration reconcile_glance = 2s;
constexpr Duration reconcile_patience = 5min; // the node gives up on a silent peer after 2

/// For a shell to read again.
std::string quoted(std::string const& text) {
    auto const plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.' || c == ',' || c == ':' || c == '/';
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
    std::string out = "'";
    for (char const c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

/// The command that draws the same, with every time written out.
std::string again(LogSampleOptions const& options, LogRequest const& request) {
    auto out = "fanlight log sample --n " + std::to_string(options.n) + " --seed " + quoted(options.seed);
    if (request.from) out += " --since " + to_text(*request.from);
    out += " --until " + to_text(*request.to);
    if (!options.period.classes.empty()) out += " --class " + options.period.classes;
    if (!options.period.peer.empty()) out += " --peer " + options.period.peer;
    return out;
}

Answer post(Common const& common, char const* target, json::object const& body) {
    return call(common.data, "POST", target, json::serialize(body), log_patience, common.json);
}

/// The reconciliation with a peer in the list of all.
json::object of_peer(json::object const& body, std::string const& peer) {
    for (auto const& value : array_at(body, "reconciliations"))
        if (value.is_object() && text_at(value.get_object(), "peer") == peer) return value.get_object();
    return {};
}

bool confirmed(bool yes, std::string const& what, char const* word) {
    std::fprintf(stderr, "%s", what.c_str());
    auto const question = std::string("Type \"") + word + "\" to do this: ";
    return yes || ask_for_line(question.c_str()) == word;
}

} // namespace

int log_list(Common const& common, LogListOptions const& options) {
    auto const request = log_request(options.period, wall_clock());
    if (!request) return report(request.assume_error());
    auto const target = "/v1/log?" + request.assume_value().query + "limit=" + std::to_string(options.limit) +
                        (options.exceptions ? "&exceptions=1" : "");
    return show(
        call(common.data, "GET", target, "", log_patience, common.json), common.json,
        [&](json::object const& body) { return log_list_text(body, options.exceptions, terminal_style().width); });
}

int log_show(Common const& common, std::string const& place) {
    if (auto const bad = bad_place(place)) return report(*bad);
    return show(call(common.data, "GET", "/v1/log/leaf?place=" + place, "", log_patience, common.json), common.json,
                [](json::object const& body) { return log_leaf_text(body, terminal_style().width); });
}

int log_heads(Common const& common, std::filesystem::path const& out) {
    auto const answer = call(common.data, "GET", "/v1/log/heads", "", log_patience, common.json);
    if (answer.code == 0 && !out.empty()) {
        auto const note = text_at(answer.body, "note");
        if (note.empty()) return report({Errc::missing, "cosigned head", "No head of this log is cosigned yet."});
        auto const written = node::write_new_file(out, as_bytes(note), "cosigned head");
        if (!written) return report(written.assume_error());
    }
    return show(answer, common.json, log_heads_text);
}

int log_sample(Common const& common, LogSampleOptions const& options) {
    auto period = options.period;
    if (period.until.empty()) period.until = to_text(wall_clock());
    auto const request = log_request(period, wall_clock());
    if (!request) return report(request.assume_error());
    auto const target = "/v1/log/sample?" + request.assume_value().query + "n=" + std::to_string(options.n) +
                        "&seed=" + crypto::to_hex(as_bytes(options.seed));
    auto answer = call(common.data, "GET", target, "", log_patience, common.json);
    auto const repeat = again(options, request.assume_value());
    answer.body["repeat"] = repeat;
    return show(answer, common.json, [&](json::object const& body) {
        return "Drawn " + std::to_string(number_at(body, "drawn")) + " of " +
               std::to_string(number_at(body, "population")) + " leaves, times in UTC:\n" +
               log_rows_text(array_at(body, "rows"), terminal_style().width) +
               "Whoever has this log draws the same with:\n  " + repeat +
               "\nLeaves are ordered by HMAC-SHA256(seed, place); the first " + std::to_string(options.n) +
               " are drawn. Leaves after --until change nothing.\n";
    });
}

int log_review(Common const& common, LogReviewOptions const& options) {
    auto const answer =
        post(common, "/v1/log/review",
             {{"place", options.place}, {"verdict", options.verdict}, {"user", options.user}, {"note", options.note}});
    return show(answer, common.json, [](json::object const& body) {
        return "Leaf " + text_at(body, "place") + " is marked: " + text_at(body, "verdict") +
               ". The mark is a leaf of the log itself.\n";
    });
}

int log_reconcile(Common const& common, LogReconcileOptions const& options) {
    auto const now = wall_clock();
    auto const since = parse_moment(options.since, now, "--since");
    if (!since) return report(since.assume_error());
    auto answer = post(common, reconcile_url, {{"peer", options.peer}, {"since_ms", to_wire(since.assume_value())}});
    using Clock = std::chrono::steady_clock;
    auto const end = Clock::now() + (options.wait ? reconcile_patience : reconcile_glance);
    while (answer.code == 0 && text_at(answer.body, "state") == "asking" && Clock::now() < end) {
        ::usleep(100'000); // between two looks
        answer = call(common.data, "GET", reconcile_url, "", log_patience, common.json);
        answer.body = of_peer(answer.body, options.peer);
    }
    auto const code = show(answer, common.json, reconciliation_text);
    return code == 0 && text_at(answer.body, "state") == "failed" ? exit_code(Errc::unreachable) : code;
}

int log_erase(Common const& common, LogEraseOptions const& options) {
    json::object order;
    if (!options.record.empty()) order["record"] = options.record;
    if (!options.id.empty()) order["case"] = options.id;
    if (!options.person.empty()) order["person"] = options.person;
    if (!options.subject.empty()) order["subject"] = options.subject;
    order["dry_run"] = true;
    auto const found = post(common, "/v1/log/erase", order);
    auto const counted = [](json::object const& body) {
        return std::to_string(number_at(body, "leaves")) + " leaves of this log say something about the person " +
               text_at(body, "subject").substr(0, 8) + ".\n";
    };
    if (options.dry_run || found.code != 0) return show(found, common.json, counted);
    if (options.user.empty() || options.decision.empty())
        return report({Errc::malformed, "erasure", "Give --user and --decision: the log keeps both for ever."});
    auto const warning = counted(found.body) +
                         "After this nobody can read that part of them again, from a backup neither once it is 35 days "
                         "old. Every proof stays. It cannot be undone.\n";
    if (!confirmed(options.yes, warning, "erase")) return report({Errc::refused, "erasure", "Nothing was erased."});
    auto const done =
        post(common, "/v1/log/erase",
             {{"subject", text_at(found.body, "subject")}, {"user", options.user}, {"decision", options.decision}});
    return show(done, common.json, [](json::object const& body) {
        return "Erased in " + std::to_string(number_at(body, "leaves")) +
               " leaves. The erasure is a leaf of the log itself.\n";
    });
}

int log_receipt(Common const& common, LogReceiptOptions const& options) {
    bool const by_tag = options.which.find('/') == std::string::npos;
    if (auto const bad = by_tag ? bad_tag(options.which) : bad_place(options.which)) return report(*bad);
    auto const answer =
        call(common.data, "GET", std::string("/v1/log/receipts?") + (by_tag ? "exchange=" : "place=") + options.which,
             "", log_patience, common.json);
    if (answer.code != 0) return answer.code;
    auto const& receipts = array_at(answer.body, "receipts");
    if (receipts.empty())
        return report({Errc::missing, "receipt",
                       "None has come for that exchange. The other end sends one once its "
                       "leaf is under a cosigned head."});
    auto const& newest = receipts.back().as_object();
    auto const file = text_at(newest, "file");
    if (auto const written = node::write_new_file(options.out, as_bytes(file), "receipt"); !written)
        return report(written.assume_error());
    json::object said{{"from", text_at(newest, "from")},
                      {"received", text_at(newest, "received")},
                      {"receipts", receipts.size()},
                      {"file", options.out.string()}};
    return show(Answer{0, std::move(said)}, common.json, [](json::object const& body) {
        return "Receipt from " + text_at(body, "from") + ", received " + text_at(body, "received") + ", written to " +
               text_at(body, "file") + ". Anybody checks it with: fanlight log check\n";
    });
}

int log_policy(Common const& common) {
    return show(call(common.data, "GET", "/v1/log/policy", "", log_patience, common.json), common.json,
                [](json::object const& body) { return text_at(body, "policy"); });
}

int log_break_glass(Common const& common, LogBreakGlassOptions const& options) {
    if (!confirmed(options.yes,
                   "This node will answer at stage 1 although too few others witness its log. The log keeps both names "
                   "and the reason, and information governance looks at it first.\n",
                   "break"))
        return report({Errc::refused, "break-glass", "Nothing was done."});
    auto const answer = post(
        common, "/v1/log/break-glass",
        {{"user", options.user}, {"approver", options.approver}, {"reason", options.reason}, {"hours", options.hours}});
    return show(answer, common.json,
                [](json::object const& body) { return "Open until " + text_at(body, "until") + ".\n"; });
}

} // namespace fanlight::cli
