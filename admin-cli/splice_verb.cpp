// fanlight log splice: three proved leaves held against each other, in words.

#include "admin-cli/splice_verb.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/output.hpp"
#include "crypto/text.hpp"
#include "crypto/tlog_proof.hpp"
#include "node/offline/files.hpp"
#include "node/offline/officer_key.hpp"
#include "protocol/engine/splice.hpp"

#include <boost/json.hpp>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t leaf_file_bytes_max = 1024 * 1024;
constexpr std::size_t record_file_bytes_max = 64 * 1024;
constexpr Duration splice_patience = std::chrono::seconds(30);

/// A file of `fanlight log prove`, read; where it was proved, in words.
struct ReadLeaf {
    protocol::ShownLeaf shown;
    std::string proved;
};

Result<std::vector<crypto::TrustPolicy>> read_policies(std::vector<std::filesystem::path> const& files) {
    std::vector<crypto::TrustPolicy> policies;
    for (auto const& file : files) {
        FANLIGHT_TRY(auto const text, node::read_small_file(file, crypto::trust_policy_bytes_max, "trust policy"));
        FANLIGHT_TRY(auto policy, crypto::TrustPolicy::parse(as_text(text)));
        policies.push_back(std::move(policy));
    }
    return policies;
}

Result<json::object> read_object(std::filesystem::path const& file, std::size_t bytes_max, char const* where,
                                 char const* mend) {
    FANLIGHT_TRY(auto const bytes, node::read_small_file(file, bytes_max, where));
    boost::system::error_code problem;
    auto value = json::parse(as_text(bytes), problem);
    if (problem || !value.is_object()) return fail(Errc::malformed, where, mend);
    return std::move(value.get_object());
}

/// The two ends have two logs, each in its own policy: one of them must vouch for the leaf.
Result<std::string> prove(std::filesystem::path file, ByteView leaf, std::vector<crypto::TrustPolicy> const& policies) {
    file.replace_extension(".tlog-proof");
    FANLIGHT_TRY(auto const bytes, node::read_small_file(file, crypto::tlog_proof_bytes_max, "proof"));
    FANLIGHT_TRY(auto const proof, crypto::parse_tlog_proof(as_text(bytes)));
    std::optional<Error> why;
    for (auto const& policy : policies) {
        auto const head = crypto::verify_tlog_proof(proof, leaf, policy);
        if (head)
            return "leaf " + std::to_string(proof.index) + " of " + head.assume_value().checkpoint.origin +
                   ", cosigned by " + std::to_string(head.assume_value().cosigned.size());
        // That a policy is about other logs says nothing, if another one is about this.
        if (!why || why->code == Errc::wrong_key) why = head.assume_error();
    }
    return fail(why->code, why->where, why->mend, why->at);
}

Result<ReadLeaf> read_leaf(std::filesystem::path file, std::vector<crypto::TrustPolicy> const& policies) {
    constexpr auto where = "file of `fanlight log prove`";
    constexpr auto mend = "Name the .json or the .tlog-proof that it wrote; they lie beside each other.";
    file.replace_extension(".json");
    FANLIGHT_TRY(auto const object, read_object(file, leaf_file_bytes_max, where, mend));
    FANLIGHT_TRY(auto const leaf_bytes, crypto::from_hex(text_at(object, "leaf")));
    FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(leaf_bytes));
    FANLIGHT_TRY(auto const opening_bytes, crypto::from_hex(text_at(object, "opening")));
    FANLIGHT_TRY(auto opening, crypto::parse_shown(opening_bytes));
    ReadLeaf read{{leaf, std::move(opening)}, {}};
    if (!policies.empty()) {
        FANLIGHT_TRY(read.proved, prove(file, leaf_bytes, policies));
    }
    return read;
}

Result<void> read_record(std::filesystem::path const& file, protocol::AskedAndShown& exchange) {
    constexpr auto where = "file of `fanlight log record-hashes`";
    FANLIGHT_TRY(auto const object, read_object(file, record_file_bytes_max, where, "Write it again."));
    auto const slot = number_at(object, "slot");
    if (slot < 1 || slot > limits::slots) return fail(Errc::malformed, where, "Its slot is not 1 to 16.");
    auto& hashes = exchange.records[static_cast<std::uint8_t>(slot - 1)];
    for (auto const& value : array_at(object, "hashes")) {
        if (!value.is_string()) return fail(Errc::malformed, where, "Its hashes are not texts.");
        FANLIGHT_TRY(auto const bytes, crypto::from_hex(value.get_string()));
        FANLIGHT_TRY(auto const hash, protocol::SecretHash::parse(bytes));
        hashes.insert(hash);
    }
    if (hashes.empty())
        return fail(Errc::malformed, where, "It has no hashes: the record is not enrolled in that epoch.");
    return ok();
}

struct Looked {
    protocol::SpliceFindings findings;
    std::vector<std::string> proved; ///< of the query sent, received, the answer and the other queries
    std::size_t records = 0;
};

Result<Looked> look(LogSpliceOptions const& options) {
    FANLIGHT_TRY(auto const policies, read_policies(options.policies));
    FANLIGHT_TRY(auto sent, read_leaf(options.sent, policies));
    FANLIGHT_TRY(auto received, read_leaf(options.received, policies));
    FANLIGHT_TRY(auto answer, read_leaf(options.answer, policies));
    Looked looked{{}, {sent.proved, received.proved, answer.proved}, 0};
    protocol::AskedAndShown exchange{sent.shown, std::move(received.shown), std::move(answer.shown)};
    for (auto const& file : options.records) {
        FANLIGHT_TRY(read_record(file, exchange));
    }
    looked.records = exchange.records.size();
    FANLIGHT_TRY(looked.findings, protocol::find_splices(exchange));
    if (options.others.empty()) return looked;
    std::vector<protocol::ShownLeaf> queries{std::move(sent.shown)};
    for (auto const& file : options.others) {
        FANLIGHT_TRY(auto other, read_leaf(file, policies));
        looked.proved.push_back(other.proved);
        queries.push_back(std::move(other.shown));
    }
    FANLIGHT_TRY(auto more, protocol::compare_nonces(queries));
    looked.findings.insert(looked.findings.end(), more.begin(), more.end());
    return looked;
}

std::string looked_text(json::object const& body) {
    std::string out;
    for (auto const& value : array_at(body, "proofs")) out += "Proved: " + std::string(value.as_string()) + "\n";
    if (array_at(body, "proofs").empty())
        out += "No policy was given: whose logs these leaves are in was not looked at.\n";
    for (auto const& value : array_at(body, "findings")) out += "  " + text_at(value.as_object(), "words") + "\n";
    if (flag_at(body, "spliced")) return out + "The logs contradict what was shown.\n";
    if (!flag_at(body, "complete")) return out + "Nothing was found in what could be looked at.\n";
    out += "Nothing was found: every answer was shown as that of the person whom its slot asked about.\n";
    if (number_at(body, "records") == 0)
        out += "No record was held against it: add --records to see that each slot asked about whom it says.\n";
    return out;
}

} // namespace

int log_splice(Common const& common, LogSpliceOptions const& options) {
    auto const looked = look(options);
    if (!looked) return report(looked.assume_error());
    auto const& findings = looked.assume_value().findings;
    json::array found;
    for (auto const& finding : findings)
        found.push_back({{"slot", finding.slot + 1}, {"kind", protocol::name(finding.kind)}, {"words", finding.words}});
    json::array proofs;
    for (auto const& words : looked.assume_value().proved)
        if (!words.empty()) proofs.emplace_back(words);
    bool const spliced = protocol::is_spliced(findings);
    json::object const body{{"spliced", spliced},
                            {"complete", findings.empty()},
                            {"findings", std::move(found)},
                            {"records", looked.assume_value().records},
                            {"proofs", std::move(proofs)}};
    if (common.json)
        print_json(body);
    else
        print(looked_text(body));
    if (spliced) return exit_code(Errc::damaged);
    return findings.empty() ? 0 : exit_code(Errc::missing);
}

int log_record_hashes(Common const& common, LogRecordHashesOptions const& options) {
    json::object asked{{"record", options.record}, {"slot", options.slot}};
    if (options.epoch != 0) asked["epoch"] = options.epoch;
    auto const answer =
        call(common.data, "POST", "/v1/log/record-hashes", json::serialize(asked), splice_patience, common.json);
    if (answer.code != 0) return answer.code;
    auto const text = json::serialize(answer.body) + "\n";
    auto const written = node::write_new_file(options.out, as_bytes(text), "hashes of a record");
    if (!written) return report(written.assume_error());
    auto const count = array_at(answer.body, "hashes").size();
    json::object said{{"file", options.out.string()}, {"slot", options.slot}, {"count", count}};
    return show(Answer{0, std::move(said)}, common.json, [](json::object const& body) {
        return "Written: " + text_at(body, "file") + ", " + std::to_string(number_at(body, "count")) +
               " hashes for slot " + std::to_string(number_at(body, "slot")) + ". They name nobody.\n";
    });
}

} // namespace fanlight::cli
