// The verbs of the log that write files and read them: exports, proofs, and the check of a proof, which needs no node.

#include "admin-cli/log_files.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/log_formats.hpp"
#include "admin-cli/log_request.hpp"
#include "admin-cli/output.hpp"
#include "crypto/text.hpp"
#include "node/http/log_words.hpp"
#include "node/offline/files.hpp"
#include "node/offline/officer_key.hpp"
#include "protocol/engine/receipts.hpp"

#include <boost/json.hpp>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t proof_file_bytes_max = 1024 * 1024;
constexpr std::size_t policy_file_bytes_max = crypto::trust_policy_bytes_max;
constexpr std::size_t piece_bytes = 256 * 1024; // written at once
constexpr auto proof_ending = ".tlog-proof";
constexpr auto shown_ending = ".json";

} // namespace

// ------------------------------------------------------------------------------------------------ the file of an
// export

ExportFile::~ExportFile() {
    if (number_ >= 0) ::close(number_);
    if (number_ >= 0) ::unlink(part_.c_str());
}

Result<void> ExportFile::open(std::filesystem::path const& out) {
    out_ = out;
    part_ = out.string() + ".part";
    std::error_code problem;
    if (std::filesystem::exists(out, problem))
        return fail(Errc::exists, "export", "There is a file of that name; it was not touched.");
    number_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (number_ < 0 && errno == EEXIST)
        return fail(Errc::exists, "export", "One is being written, or was cut off: look at the file ending in .part.");
    if (number_ < 0) return fail(Errc::io, "export", "The file cannot be made there.");
    return ok();
}

void ExportFile::write(std::string_view text) {
    hash_.add(as_bytes(text));
    buffer_ += text;
    if (buffer_.size() >= piece_bytes) flush();
}

void ExportFile::flush() {
    std::string_view rest = buffer_;
    while (good_ && !rest.empty()) {
        auto const written = ::write(number_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) good_ = false;
        if (good_) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

Result<crypto::Sha256> ExportFile::finish() {
    flush();
    if (!good_ || ::fsync(number_) != 0) return fail(Errc::io, "export", "The disk may be full.");
    return hash_.end();
}

Result<void> ExportFile::hand_over() {
    // link() and not rename(): it never takes the place of a file that has come meanwhile.
    if (::link(part_.c_str(), out_.c_str()) != 0)
        return fail(errno == EEXIST ? Errc::exists : Errc::io, "export", "The file could not get its name.");
    return ok(); // the other name goes with this object
}

namespace {

Answer get(Common const& common, std::string const& target) {
    return call(common.data, "GET", target, "", log_patience, common.json);
}

/// Every page of leaves, one after the other.
template <class Each> int each_leaf(Common const& common, std::string const& query, Each const& each) {
    for (std::string first;;) {
        auto const answer = get(common, "/v1/log/events?" + query + (first.empty() ? "" : "first=" + first));
        if (answer.code != 0) return answer.code;
        for (auto const& event : array_at(answer.body, "events")) each(event.as_object());
        first = text_at(answer.body, "next");
        if (first.empty()) return 0;
    }
}

struct Exported {
    std::uint64_t leaves = 0;
    std::map<std::string, std::string> last; ///< of each shard: the last place
};

/// Everything between begin() and end() of a format.
int write_export(Common const& common, LogRequest const& request, ExportAbout const& about, ExportFormat& format,
                 ExportFormat::Sink const& out, Exported& exported) {
    auto const summary = get(common, "/v1/log?" + request.query + "exceptions=1&limit=10000");
    if (summary.code != 0) return summary.code;
    format.begin(about, summary.body, out);
    auto const code = each_leaf(common, request.query, [&](json::object const& event) {
        format.leaf(event, out);
        ++exported.leaves;
        auto const place = text_at(event, "place");
        exported.last[place.substr(0, place.find('/'))] = place;
    });
    if (code != 0) return code;
    std::vector<ExportHead> heads;
    for (auto const& [shard, place] : exported.last) {
        auto const head = get(common, "/v1/log/head?place=" + place);
        if (head.code != 0) return head.code;
        heads.push_back({shard, text_at(head.body, "note"), flag_at(head.body, "cosigned")});
    }
    format.end(exported.leaves, heads, out);
    return 0;
}

} // namespace

int log_export(Common const& common, LogExportOptions const& options) {
    auto const format = export_format(options.format);
    if (!format) return report({Errc::malformed, "--format", "Use csv, jsonl or html."});
    auto const now = wall_clock();
    auto period = options.period;
    if (period.until.empty()) period.until = to_text(now);
    auto const request = log_request(period, now);
    if (!request) return report(request.assume_error());
    auto const status = get(common, "/v1/status");
    if (status.code != 0) return status.code;
    ExportFile file;
    if (auto const opened = file.open(options.out); !opened) return report(opened.assume_error());
    auto const from = request.assume_value().from.value_or(Instant{});
    auto const to = *request.assume_value().to;
    ExportAbout const about{text_at(status.body, "name"), options.user,
                            request.assume_value().from ? to_text(from) : "the beginning", to_text(to), to_text(now)};
    Exported exported;
    auto const code = write_export(
        common, request.assume_value(), about, *format, [&file](std::string_view text) { file.write(text); }, exported);
    if (code != 0) return code;
    auto const hash = file.finish();
    if (!hash) return report(hash.assume_error());
    // Logged before anybody has the file: an export that nobody can see in the log has not been handed out.
    auto const hex = crypto::to_hex(hash.assume_value().view());
    json::object const made{{"user", options.user}, {"format", options.format},  {"from_ms", to_wire(from)},
                            {"to_ms", to_wire(to)}, {"leaves", exported.leaves}, {"sha256", hex}};
    auto const logged = call(common.data, "POST", "/v1/log/export", json::serialize(made), log_patience, common.json);
    if (logged.code != 0) return logged.code;
    if (auto const handed = file.hand_over(); !handed) return report(handed.assume_error());
    json::object said{{"leaves", exported.leaves}, {"file", options.out.string()}, {"sha256", hex}};
    if (auto const dictionary = format->dictionary(); !dictionary.empty()) {
        auto beside = options.out;
        beside.replace_extension(".fields.csv");
        auto const written = node::replace_file(beside, as_bytes(dictionary), "what the columns mean");
        if (!written) return report(written.assume_error());
        said["fields"] = beside.string();
    }
    return show(Answer{0, std::move(said)}, common.json, [](json::object const& body) {
        auto out = std::to_string(number_at(body, "leaves")) + " leaves written to " + text_at(body, "file") + "\n";
        if (body.contains("fields")) out += "What its columns mean: " + text_at(body, "fields") + "\n";
        return out + "SHA-256 " + text_at(body, "sha256") + ", which the log now has.\n";
    });
}

// ------------------------------------------------------------------------------------------------------ proofs

int log_prove(Common const& common, LogProveOptions const& options) {
    if (auto const bad = bad_place(options.place)) return report(*bad);
    for (auto const& value : split_at_commas(options.reveal)) {
        auto const tag = node::parse_field_token(std::string_view(value.get_string()));
        if (!tag) return report(tag.assume_error());
    }
    auto answer = get(common, "/v1/log/proof?place=" + options.place +
                                  (options.reveal.empty() ? "" : "&reveal=" + options.reveal));
    if (answer.code != 0) return answer.code;
    auto base = options.out.string();
    if (base.empty()) {
        base = "leaf-" + options.place;
        std::replace(base.begin(), base.end(), '/', '-');
    }
    if (base.ends_with(proof_ending)) base.resize(base.size() - std::string_view(proof_ending).size());
    auto const proof = text_at(answer.body, "proof");
    json::object shown{{"place", text_at(answer.body, "place")}, {"leaf", text_at(answer.body, "leaf")}};
    if (answer.body.contains("opening")) shown["opening"] = text_at(answer.body, "opening");
    auto const text = json::serialize(shown) + "\n";
    // The JSON first: a proof without it cannot be checked, and the other way round nobody takes it for one.
    for (auto const& [ending, content] : {std::pair(shown_ending, &text), std::pair(proof_ending, &proof)}) {
        auto const written = node::write_new_file(base + ending, as_bytes(*content), "proof");
        if (!written) return report(written.assume_error());
    }
    json::object said{{"place", options.place}, {"proof", base + proof_ending}, {"shown", base + shown_ending}};
    return show(Answer{0, std::move(said)}, common.json, [](json::object const& body) {
        return "Written: " + text_at(body, "proof") + " and " + text_at(body, "shown") +
               "\nAnybody checks them, without a node:\n  fanlight log check " + text_at(body, "proof") +
               " --policy POLICY\n";
    });
}

namespace {

Result<crypto::TrustPolicy> policy_of(LogCheckOptions const& options) {
    if (options.policy.empty() == options.key.empty())
        return fail(Errc::malformed, "log check", "Give --policy FILE or --log-key VKEY.");
    if (!options.policy.empty()) {
        FANLIGHT_TRY(auto const text, node::read_small_file(options.policy, policy_file_bytes_max, "trust policy"));
        return crypto::TrustPolicy::parse(as_text(text));
    }
    FANLIGHT_TRY(auto const key, crypto::parse_vkey(options.key));
    return crypto::TrustPolicy::make({{key, {}}}, {}, {}, "none");
}

struct Checked {
    std::uint64_t index = 0;
    crypto::Leaf leaf;
    crypto::ShownOpening opening;
    crypto::CheckedHead head;
};

Result<void> check_opening(Checked const& checked) {
    FANLIGHT_TRY(auto const commitment, crypto::commitment_of(checked.opening));
    if (commitment != checked.leaf.commitment)
        return fail(Errc::bad_signature, "what is shown of the leaf", "The leaf does not commit to it.");
    return ok();
}

/// A proof as `fanlight log prove` writes it: what it is about lies beside it.
Result<Checked> check_pair(std::filesystem::path file, std::string_view text, crypto::TrustPolicy const& policy) {
    constexpr auto beside = "JSON file beside the proof";
    constexpr auto mend = "It has the leaf, and is named as the proof but for its ending, .json.";
    FANLIGHT_TRY(auto const proof, crypto::parse_tlog_proof(text));
    FANLIGHT_TRY(auto const bytes,
                 node::read_small_file(file.replace_extension(shown_ending), proof_file_bytes_max, beside));
    boost::system::error_code problem;
    auto const value = json::parse(as_text(bytes), problem);
    if (problem || !value.is_object()) return fail(Errc::malformed, beside, mend);
    auto const& shown = value.get_object();
    FANLIGHT_TRY(auto const leaf_bytes, crypto::from_hex(text_at(shown, "leaf")));
    FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(leaf_bytes));
    FANLIGHT_TRY(auto head, crypto::verify_tlog_proof(proof, leaf_bytes, policy));
    Checked checked{proof.index, leaf, {}, std::move(head)};
    if (!shown.contains("opening")) return checked;
    FANLIGHT_TRY(auto const opening, crypto::from_hex(text_at(shown, "opening")));
    FANLIGHT_TRY(checked.opening, crypto::parse_shown(opening));
    FANLIGHT_TRY(check_opening(checked));
    return checked;
}

Result<Checked> check_file(std::filesystem::path const& file, crypto::TrustPolicy const& policy) {
    FANLIGHT_TRY(auto const bytes, node::read_small_file(file, proof_file_bytes_max, "proof"));
    auto const text = as_text(bytes);
    auto const receipt = protocol::parse_receipt(text);
    if (!receipt) return check_pair(file, text, policy);
    auto const& kept = receipt.assume_value();
    FANLIGHT_TRY(auto head, protocol::verify_receipt(kept, policy));
    FANLIGHT_TRY(auto const proof, crypto::parse_tlog_proof(kept.proof));
    return Checked{proof.index, kept.leaf, kept.opening, std::move(head)};
}

json::object checked_json(std::filesystem::path const& file, Checked const& checked) {
    json::array fields;
    for (auto const& field : checked.opening)
        fields.push_back({{"tag", node::token(field.tag)},
                          {"shown", field.shown.has_value()},
                          {"words", field.shown ? node::in_words(field) : "not shown"}});
    json::object cosigned;
    for (auto const& [witness, seconds] : checked.head.cosigned)
        cosigned[witness] = to_text(Instant(std::chrono::seconds(static_cast<std::int64_t>(seconds))));
    return {{"file", file.string()},
            {"good", true},
            {"origin", checked.head.checkpoint.origin},
            {"index", checked.index},
            {"size", checked.head.checkpoint.size},
            {"class", crypto::name(checked.leaf.kind)},
            {"fields", std::move(fields)},
            {"cosigned", std::move(cosigned)}};
}

std::string checked_text(json::object const& one) {
    auto out = text_at(one, "file") + ": good. Leaf " + std::to_string(number_at(one, "index")) + " of " +
               text_at(one, "origin") + ", under its head of " + std::to_string(number_at(one, "size")) +
               " leaves.\n  " + text_at(one, "class") + "\n";
    std::size_t hidden = 0;
    for (auto const& value : array_at(one, "fields")) {
        auto const& field = value.as_object();
        if (flag_at(field, "shown"))
            out += "  " + text_at(field, "tag") + ": " + text_at(field, "words") + "\n";
        else
            ++hidden;
    }
    if (hidden != 0) out += "  " + std::to_string(hidden) + " more fields, which are not shown\n";
    for (auto const& [witness, time] : object_at(one, "cosigned"))
        out += "  cosigned by " + std::string(witness) + ", " + std::string(time.as_string()) + "\n";
    if (object_at(one, "cosigned").empty()) out += "  cosigned by nobody whom you named: its own signature alone\n";
    return out;
}

} // namespace

int log_check(Common const& common, LogCheckOptions const& options) {
    auto const policy = policy_of(options);
    if (!policy) return report(policy.assume_error());
    int code = 0;
    json::array all;
    for (auto const& file : options.files) {
        auto const checked = check_file(file, policy.assume_value());
        if (!checked) {
            std::fprintf(stderr, "%s: ", file.c_str());
            code = report(checked.assume_error());
            all.push_back({{"file", file.string()}, {"good", false}});
            continue;
        }
        all.push_back(checked_json(file, checked.assume_value()));
        if (!common.json) print(checked_text(all.back().as_object()));
    }
    if (common.json) print_json(json::object{{"files", std::move(all)}});
    return code;
}

} // namespace fanlight::cli
