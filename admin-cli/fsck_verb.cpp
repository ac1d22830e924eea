// fanlight log fsck: what node/log/fsck finds, in words.

#include "admin-cli/fsck_verb.hpp"

#include "admin-cli/output.hpp"
#include "base/time.hpp"
#include "crypto/text.hpp"
#include "node/log/fsck.hpp"
#include "node/offline/files.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr Error no_keys{Errc::missing, "a key to check with", "Give one of --policy FILE and --log-key KEY."};
constexpr Error no_quorum{Errc::missing, "a quorum of the witnesses",
                          "No head here has as many cosignatures as the policy asks for; give one with --head."};

Result<crypto::TrustPolicy> read_keys(FsckOptions const& options) {
    if (options.policy.empty() == options.key.empty()) return fail(no_keys.code, no_keys.where, no_keys.mend);
    if (!options.key.empty()) return node::parse_fsck_keys(options.key);
    FANLIGHT_TRY(auto const text, node::read_small_file(options.policy, crypto::trust_policy_bytes_max, "log policy"));
    return node::parse_fsck_keys(as_text(text));
}

/// Nothing where no file was named.
Result<std::optional<std::string>> read_evidence(std::filesystem::path const& file, std::size_t bytes_max,
                                                 char const* where) {
    if (file.empty()) return std::nullopt;
    FANLIGHT_TRY(auto const bytes, node::read_small_file(file, bytes_max, where));
    return std::optional(std::string(as_text(bytes)));
}

Result<node::FsckReport> check(FsckOptions const& options, crypto::TrustPolicy const& policy) {
    node::FsckEvidence evidence;
    FANLIGHT_TRY(evidence.head, read_evidence(options.head, limits::agreement_bytes_max, "head to compare with"));
    FANLIGHT_TRY(evidence.proof, read_evidence(options.proof, crypto::tlog_proof_bytes_max, "proof"));
    return node::fsck_log(options.directory, policy, evidence);
}

/// A witness may sign any number of seconds below 2^63.
std::string instant_text(std::uint64_t seconds) {
    constexpr std::uint64_t last_second = 253'402'300'799; // of the year 9999
    if (seconds > last_second) return "second " + std::to_string(seconds);
    return to_text(Instant(std::chrono::seconds(seconds)));
}

std::string head_text(node::FsckHead const& head, crypto::TrustPolicy const& policy) {
    auto out =
        std::to_string(head.checkpoint.size) + " leaves, root " + crypto::to_hex(head.checkpoint.root.view()) + "\n";
    if (policy.witnesses().empty()) return out;
    out += std::string("  cosigned as the policy asks: ") + (head.quorum ? "yes\n" : "no\n");
    for (auto const& witness : policy.witnesses()) {
        auto const at = head.cosigned.find(witness.name);
        out += "  " + witness.name + ": ";
        out +=
            at == head.cosigned.end() ? "has not cosigned it\n" : "cosigned it at " + instant_text(at->second) + "\n";
    }
    return out;
}

std::string report_text(node::FsckReport const& report, crypto::TrustPolicy const& policy) {
    auto out = "Whole: " + report.log.head.origin + "\n";
    out += "The directory's own head: " + head_text(report.own, policy);
    if (report.other) out += "The head to compare with is of the same log: " + head_text(*report.other, policy);
    if (report.proven) {
        out += "The proof is of leaf " + std::to_string(report.proven->index) + ", " +
               crypto::name(report.proven->kind) + ", under: " + head_text(report.proven->head, policy);
    }
    if (report.log.unsigned_files != 0) {
        out += std::to_string(report.log.unsigned_files) +
               " files belong to no signed head: a node is writing, or the head is an older one. Ask if they stay.\n";
    }
    if (policy.witnesses().empty()) {
        out += "No witness was looked at: the log agrees with itself, and others may have been shown another.\n";
    } else {
        out += "Leaves that the witnesses vouch for: " + std::to_string(report.vouched.value_or(0)) + " of " +
               std::to_string(report.log.leaves) + "\n";
    }
    for (std::size_t kind = 1; kind < report.log.by_class.size(); ++kind) {
        auto const count = report.log.by_class.at(kind);
        auto const* const words = crypto::name(static_cast<crypto::LeafClass>(kind));
        if (count != 0) out += "  " + std::string(words) + ": " + std::to_string(count) + "\n";
    }
    return out;
}

json::object head_json(node::FsckHead const& head) {
    json::object cosigned;
    for (auto const& [name, seconds] : head.cosigned) cosigned[name] = seconds;
    return {{"size", head.checkpoint.size},
            {"root", crypto::to_hex(head.checkpoint.root.view())},
            {"quorum", head.quorum},
            {"cosigned", std::move(cosigned)}};
}

json::object report_json(node::FsckReport const& report) {
    json::object by_class;
    for (std::size_t kind = 1; kind < report.log.by_class.size(); ++kind) {
        auto const count = report.log.by_class.at(kind);
        if (count != 0) by_class[crypto::name(static_cast<crypto::LeafClass>(kind))] = count;
    }
    json::object out{{"origin", report.log.head.origin},
                     {"leaves", report.log.leaves},
                     {"unsigned_files", report.log.unsigned_files},
                     {"head", head_json(report.own)},
                     {"vouched", report.vouched ? json::value(*report.vouched) : json::value()},
                     {"by_class", std::move(by_class)}};
    if (report.other) out["other_head"] = head_json(*report.other);
    if (report.proven) {
        out["proof"] = json::object{{"leaf", report.proven->index},
                                    {"class", crypto::name(report.proven->kind)},
                                    {"head", head_json(report.proven->head)}};
    }
    return out;
}

} // namespace

int log_fsck(Common const& common, FsckOptions const& options) {
    auto const policy = read_keys(options);
    if (!policy) return report(policy.error());
    auto const checked = check(options, policy.value());
    if (!checked) return report(checked.error());
    if (common.json)
        print_json(report_json(checked.value()));
    else
        print(report_text(checked.value(), policy.value()));
    return checked.value().vouched ? 0 : report(no_quorum);
}

} // namespace fanlight::cli
