// The log: leaves made durable as a node's core does it (SQLCipher's commit first, the tile directory a quarter of a
// second behind), and a directory of a million leaves verified, proved from and held in memory. Beside them the work
// that cannot be avoided: flushing the same bytes, and SHA-256 over the same bytes.

#include "bench.hpp"
#include "counted.hpp"
#include "crypto/hash.hpp"
#include "node/log/verify.hpp"
#include "tests/faults/logging_node.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace fanlight::bench {

namespace {

namespace fs = std::filesystem;
using faults::LoggingNode;

constexpr std::size_t batch_max = 64;           // as node/daemon/core.cpp
constexpr double publish_after_s = 0.25;        // as node/daemon/core_log.cpp
constexpr std::uint64_t unpublished_max = 4096; // the same
constexpr std::size_t people = 500;             // that the leaves are about
constexpr double run_s = 4;
constexpr double appends_goal = 5000;
constexpr double p99_goal_ms = 5;
constexpr std::size_t flush_rounds = 200;
constexpr std::uint64_t small_log = 100'000;
constexpr std::uint64_t large_log = 1'000'000;
constexpr std::uint64_t made_at_once = 20'000;
constexpr std::size_t proofs = 300;
constexpr std::uint64_t endless_year = ~0ULL;

/// Leaves of disclosures with their openings, of the usual size.
std::vector<crypto::Entry> disclosures(std::size_t count) {
    using crypto::FieldTag;
    constexpr std::array tags{FieldTag::agreement_id, FieldTag::time,   FieldTag::peer,    FieldTag::purpose,
                              FieldTag::clause,       FieldTag::fields, FieldTag::subject, FieldTag::message_hash};
    crypto::SeededRandom random(1);
    std::vector<crypto::Pseudonym> subjects;
    for (std::size_t i = 0; i < people; ++i) subjects.push_back(random.make<crypto::Pseudonym>());
    std::vector<crypto::Entry> entries;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<crypto::Field> fields;
        for (auto const tag : tags) {
            Bytes value(24);
            random.fill(value);
            fields.push_back(crypto::make_field(tag, value, random));
            if (tag == FieldTag::subject || tag == FieldTag::fields) fields.back().about = subjects[i % people];
        }
        entries.push_back(crypto::make_entry(crypto::LeafClass::disclosure_sent, AgreementId(),
                                             random.make<crypto::ExchangeTag>(), std::move(fields)));
    }
    return entries;
}

/// Commits and publishes as the core's thread does.
class Pace {
  public:
    explicit Pace(LoggingNode& node) : node_(node) {}
    void commit(protocol::Effects const& effects) {
        commit_s_ += time_of([&] { must(node_.commit(effects), "commit"); });
        ++commits_;
        if (due_ == never) due_ = now_s() + publish_after_s;
    }
    /// If it is time.
    void publish() {
        auto const waiting = node_.log().unpublished();
        if (waiting == 0 || (waiting < unpublished_max && now_s() < due_)) return;
        auto const took = time_of([&] { must(node_.publish(), "publish"); });
        publish_s_ += took;
        longest_publish_s_ = std::max(longest_publish_s_, took);
        ++publishes_;
        due_ = never;
    }
    double due() const { return due_; } ///< when what is durable must be in the directory
    double commit_s() const { return commit_s_ / double(std::max<std::uint64_t>(1, commits_)); }
    double publish_s() const { return publish_s_ / double(std::max<std::uint64_t>(1, publishes_)); }
    double longest_publish_s() const { return longest_publish_s_; }
    std::uint64_t commits() const { return commits_; }
    std::uint64_t publishes() const { return publishes_; }

  private:
    LoggingNode& node_;
    static constexpr double never = 1e300;
    double due_ = never;
    double commit_s_ = 0, publish_s_ = 0, longest_publish_s_ = 0;
    std::uint64_t commits_ = 0, publishes_ = 0;
};

protocol::Effects batch_of(std::vector<crypto::Entry> const& entries, std::uint64_t from, std::size_t count) {
    protocol::Effects effects;
    for (std::size_t i = 0; i < count; ++i) effects.leaves.push_back(entries[(from + i) % entries.size()]);
    return effects;
}

/// Seconds to write as many bytes as a batch has, at the end of a file, and flush them.
double flush_floor(fs::path const& directory, std::size_t bytes) {
    auto const file = ::open((directory / "floor").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) give_up("cannot make a file to flush");
    Bytes const block(bytes, 0x5a);
    std::vector<double> samples;
    for (std::size_t round = 0; round < flush_rounds; ++round) {
        samples.push_back(time_of([&] {
            if (::write(file, block.data(), block.size()) != ssize_t(block.size())) give_up("cannot write");
            ::fdatasync(file);
        }));
    }
    ::close(file);
    return spread_of(samples).median;
}

/// As fast as it goes, one full batch after the other. Leaves a second.
double closed_loop(Report& report, fs::path const& directory, std::vector<crypto::Entry> const& entries) {
    auto const node = must(LoggingNode::open(directory / "closed", endless_year), "log");
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < batch_max; ++i)
        bytes += crypto::Leaf::size_bytes + crypto::encode_opening(entries[i].fields).size();
    auto const floor_before = flush_floor(directory, bytes);
    Pace pace(*node);
    auto const before = counted();
    auto const start = now_s();
    while (now_s() < start + run_s) {
        pace.commit(batch_of(entries, node->size(), batch_max));
        pace.publish();
    }
    auto const took = now_s() - start;
    auto const work = counted() - before;
    auto const floor = (floor_before + flush_floor(directory, bytes)) / 2;
    auto const rate = double(node->size()) / took;
    report.add({"durable_appends_per_s", rate, "1/s", appends_goal, "the goal", {}});
    report.add({"  beside flushes alone",
                rate,
                "1/s",
                double(batch_max) / floor,
                "write and fdatasync of the same bytes, a batch at a time",
                {}});
    Bytes const same(bytes, 0x5a);
    auto const hashed = measure({{[&] { crypto::sha256({same}); }, 1}}, 0.2)[0].median;
    report.add({"  beside hashing alone", rate, "1/s", double(batch_max) / hashed, "SHA-256 of the same bytes", {}});
    report.add({"  a commit of 64 leaves", pace.commit_s() * 1e3, "ms", floor * 1e3, "write and fdatasync", {}});
    report.add({"  a publish", pace.publish_s() * 1e3, "ms", floor * 1e3, "write and fdatasync", {}});
    report.add({"  leaves in a publish", double(node->size()) / double(pace.publishes()), "count", {}, "", {}});
    report.add(
        {"  flushes a second", double(work.flushes) / took, "1/s", double(pace.commits()) / took, "one a commit", {}});
    return rate;
}

/// Leaves come at even intervals, whatever the node does; each waits for the batch before it, and for a publish when
/// one is under way, and then for its own commit.
void open_loop(Report& report, fs::path const& directory, std::vector<crypto::Entry> const& entries, double rate) {
    auto const node = must(LoggingNode::open(directory / "open", endless_year), "log");
    Pace pace(*node);
    std::vector<double> waits;
    auto const start = now_s();
    for (;;) {
        auto const next = start + double(node->size()) / rate; // when the first that is not durable came
        auto const wake = std::min(next, pace.due());
        if (auto const now = now_s(); wake > now)
            std::this_thread::sleep_for(std::chrono::duration<double>(wake - now));
        auto const now = now_s();
        if (now > start + run_s) break;
        auto const come = next > now ? 0 : std::size_t((now - next) * rate) + 1;
        auto const first = node->size();
        if (come != 0) {
            pace.commit(batch_of(entries, first, std::min(batch_max, come)));
            auto const durable = now_s();
            for (auto i = first; i < node->size(); ++i) waits.push_back(durable - (start + double(i) / rate));
        }
        pace.publish();
    }
    std::ranges::sort(waits);
    auto const at = [&](double share) { return waits[std::size_t(double(waits.size() - 1) * share)] * 1e3; };
    report.add({"append_p99_ms", at(0.99), "ms", p99_goal_ms, "the goal, at half the load above", {}});
    report.add({"  median", at(0.5), "ms", {}, "", {}});
    report.add(
        {"  longest", at(1), "ms", pace.longest_publish_s() * 1e3, "the longest publish, which all wait for", {}});
    report.add({"  a commit", pace.commit_s() * 1e3, "ms", {}, "", {}});
}

double resident_mb() {
    std::ifstream pages("/proc/self/statm");
    double all = 0;
    double resident = 0;
    pages >> all >> resident;
    return resident * double(::sysconf(_SC_PAGESIZE)) / 1e6;
}

crypto::Leaf leaf_at(std::uint64_t index) {
    Bytes number;
    append_u64(number, index);
    return {crypto::LeafClass(index % 22 + 1), {}, crypto::ExchangeTag(), crypto::sha256({number})};
}

/// A directory of its own, without a store: what verifying and proving need.
void directory_of_a_million(Report& report, fs::path const& directory) {
    constexpr auto origin = "hub.example.gov.uk/disclosures/police/2026";
    crypto::SeededRandom random(1);
    auto const key = crypto::SigningKey::generate(random);
    auto const place = directory / "large";
    auto log = must(node::LogDirectory::create(place, origin, key), "log");
    auto const grow = [&](std::uint64_t size) {
        while (log.size() < size) {
            std::vector<crypto::Leaf> leaves;
            auto const end = std::min(size, log.size() + made_at_once);
            for (auto index = log.size(); index < end; ++index) leaves.push_back(leaf_at(index));
            must(log.append(leaves), "append");
        }
    };
    grow(small_log);
    auto const resident_small = resident_mb();
    auto const made = time_of([&] { grow(large_log); });
    auto const resident_large = resident_mb();

    std::size_t index = 1;
    std::vector<double> samples;
    for (std::size_t i = 0; i < proofs; ++i) {
        index = (index * 48'271) % large_log;
        samples.push_back(time_of([&] { must(log.inclusion_proof(index, large_log), "proof"); }));
    }
    auto const proof = spread_of(samples);
    // Three tiles on the way to the root, each hashed to see that it leads there.
    auto const node_hash =
        measure({{[&] { crypto::node_hash(crypto::Sha256(), crypto::Sha256()); }, 1}}, 0.1)[0].median;
    report.add({"proof_us", proof.median * 1e6, "us", 2 * 255 * node_hash * 1e6,
                "SHA-256 over the two full tiles on its way", proof.best * 1e6});

    Bytes const bytes(1'000'000, 0x5a);
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    auto const hashes = measure(
        {{[&] { crypto::sha256({bytes}); }, 1}, {[&] { SHA256(bytes.data(), bytes.size(), digest.data()); }, 1}}, 0.3);
    // Each leaf with its prefix, and a node of two hashes with its prefix for each leaf.
    auto const megabytes = double(large_log) * (97 + 65) / 1e6;
    std::uint64_t leaves = 0;
    auto const verified = time_of([&] {
        leaves = must(node::verify_log(place, {origin, key.verify_key()}), "verify").leaves;
    });
    if (leaves != large_log) give_up("a log of another size");
    report.add({"verify_1m_leaves_s",
                verified,
                "s",
                megabytes * hashes[0].median,
                "libsodium's SHA-256 of the same bytes",
                {}});
    report.add(
        {"  beside OpenSSL", verified, "s", megabytes * hashes[1].median, "OpenSSL's SHA-256 of the same bytes", {}});
    report.add({"  appending the last 900,000, 20,000 a head",
                made,
                "s",
                megabytes * hashes[0].median,
                "libsodium's SHA-256 of the same bytes",
                {}});
    report.add({"resident memory with 100,000 leaves", resident_small, "MB", {}, "", {}});
    report.add({"resident memory with 1,000,000 leaves", resident_large, "MB", resident_small, "with 100,000", {}});
}

} // namespace

void bench_log(Report& report, fs::path const& directory) {
    auto const entries = disclosures(4096);
    auto const rate = closed_loop(report, directory, entries);
    open_loop(report, directory, entries, rate / 2);
    directory_of_a_million(report, directory);
}

} // namespace fanlight::bench
