// The index of day tokens of a large agency: building it beside a running node, finding a token, memory; and what an
// epoch of that size costs to keep and to destroy. The anchors are random: nothing here depends on what they stand for.

#include "bench.hpp"
#include "crypto/labels.hpp"
#include "node/import/people_csv.hpp"
#include "node/store/index_builder.hpp"
#include "node/store/store.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol/identity/anchors.hpp"
#include "synthetic.hpp"

#include <fstream>
#include <map>
#include <unistd.h>

namespace fanlight::bench {

namespace {

constexpr std::size_t people_count = 1'000'000;
constexpr std::size_t people_at_once = 10'000;
constexpr std::size_t finds = 20'000;
constexpr std::size_t sample = 2'000;
constexpr double memory_goal_mb = 512;
constexpr double sorted_entry_bytes = 12; // 8 of the token, 4 for the anchor
constexpr std::uint32_t epoch = 1;
constexpr auto today_text = "2026-11-22";

double resident_mb() {
    std::ifstream file("/proc/self/statm");
    double all = 0;
    double resident = 0;
    file >> all >> resident;
    return resident * double(sysconf(_SC_PAGESIZE)) / 1e6;
}

struct Sample {
    std::size_t anchors_each = 0; ///< rounded up
    std::size_t components_each = 0;
    Bytes record; ///< of one person
};

Sample shipped_anchors(Day today) {
    auto const file = node::read_people_csv(synthetic_people(1, sample), today);
    if (file.people.size() != sample) give_up("the synthetic people file is not taken");
    std::map<std::string, std::vector<std::size_t>> families;
    for (std::size_t i = 0; i < sample; ++i) families[file.people[i].family_id].push_back(i);
    auto const anchor_label = crypto::label(Mode::practice, crypto::Label::anchor);
    auto const component_label = crypto::label(Mode::practice, crypto::Label::component);
    std::size_t anchors = 0;
    std::size_t components = 0;
    for (std::size_t i = 0; i < sample; ++i) {
        std::vector<protocol::Identity> family{file.people[i].identity};
        for (auto const other : families[file.people[i].family_id])
            if (other != i) family.push_back(file.people[other].identity);
        auto const descriptors = protocol::descriptors_of(family, 0, {anchor_label, component_label});
        anchors += descriptors.anchors.size();
        components += descriptors.by_date.size() + descriptors.by_sector.size();
    }
    return {(anchors + sample - 1) / sample, (components + sample - 1) / sample, protocol::encode(file.people[0])};
}

/// The same secret for the same number, without keeping 20 million of them.
protocol::AgencySecret secret_of(std::uint64_t number) {
    return protocol::AgencySecret::make([&](MutableBytes out) {
        for (auto& byte : out) {
            number = number * 6364136223846793005U + 1442695040888963407U;
            byte = static_cast<std::uint8_t>(number >> 56U);
        }
    });
}

void add_people(std::filesystem::path const& file, node::StoreKey const& key, Bytes const& record) {
    auto database = must(node::Database::create(file, key), "database");
    auto transaction = must(node::Transaction::begin(database), "begin");
    auto insert = must(database.prepare("INSERT INTO person (id, family_id, record, anchors_hash, generation) "
                                        "VALUES (?, ?, ?, ?, 1)"),
                       "insert");
    auto const hash = crypto::sha256({record});
    for (std::size_t i = 0; i < people_count; ++i) {
        insert.bind(1, std::string_view("person-" + std::to_string(i)));
        insert.bind(2, std::string_view("family-" + std::to_string(i / 4)));
        must(insert.bind(3, ByteView(record)).bind(4, hash.view()).run(), "insert");
    }
    must(transaction.commit(), "commit");
}

void enrol(node::Store& store, std::size_t anchors_each, std::size_t components_each) {
    node::LogPosition at{2026, 0};
    for (std::size_t first = 0; first < people_count; first += people_at_once) {
        protocol::Effects effects;
        for (auto person = first; person < first + people_at_once; ++person) {
            auto const row = static_cast<protocol::RecordRow>(person + 1);
            protocol::PersonTokens tokens;
            for (std::size_t i = 0; i < anchors_each; ++i) {
                auto const kind = static_cast<protocol::AnchorKind>(1 + i % protocol::anchor_kinds);
                tokens.anchors.push_back({kind, protocol::rule_of(kind).salt, secret_of(person * anchors_each + i)});
            }
            for (std::size_t i = 0; i < components_each; ++i)
                tokens.components.push_back(
                    {static_cast<protocol::ComponentKind>(1 + i % protocol::component_kinds), protocol::Salt::date,
                     must(protocol::ComponentSecret::parse(secret_of(i).reveal().first(16)), "component")});
            effects.tokens.push_back({epoch, row, std::move(tokens)});
            effects.enrolled.push_back({epoch, row});
        }
        auto transaction = must(store.begin(), "begin");
        must(store.apply(effects, at), "enrol");
        must(transaction.commit(), "commit");
    }
    must(store.cut_wal(), "write-ahead log");
}

struct Seconds {
    double clock = 0;
    double computing = 0;
};
/// As the node does it, but that this thread waits.
Seconds build(node::Store& store, std::filesystem::path const& file, node::StoreKey const& key,
              protocol::IndexKey const& index) {
    auto const computed = cpu_s();
    auto const clock = time_of([&] {
        auto const ticket = store.indexes().begin(index);
        auto reader = must(node::Database::open_reader(file, key), "reader");
        node::BuildState state;
        auto built = must(node::build_index(reader, Mode::practice, index, state), "index");
        if (!must(store.indexes().install({index, ticket, std::move(*built)}), "index")) give_up("index");
    });
    return {clock, cpu_s() - computed};
}

void report_finds(Report& report, node::Store const& store, std::size_t anchors, Day day) {
    std::size_t found = 0;
    auto const find = [&](std::uint64_t from) {
        for (std::size_t i = 0; i < finds; ++i) {
            auto const number = from + i * 7919U % anchors; // from all over the store
            auto const token = protocol::day_token(Mode::practice, secret_of(number), day);
            for (auto const row : must(store.find({epoch, day}, token), "find")) {
                auto const tokens = must(store.tokens(epoch, row), "tokens");
                for (auto const& anchor : tokens.anchors)
                    if (protocol::day_token(Mode::practice, anchor.secret, day) == token) ++found;
            }
        }
    };
    std::size_t sum = 0;
    auto const tokens = time_of([&] { // what only this bench needs
        for (std::size_t i = 0; i < finds; ++i)
            sum += protocol::day_token(Mode::practice, secret_of(i), day).array()[0];
    });
    if (sum == 0) give_up("tokens without bits");
    auto const us = [&](double seconds) { return (seconds - tokens) / double(finds) * 1e6; };
    auto const misses = time_of([&] { find(anchors); });
    if (found != 0) give_up("found somebody who is not there");
    auto const hits = time_of([&] { find(0); });
    if (found != finds) give_up("did not find everybody");
    report.add({"finding a token that nobody has", us(misses), "us", std::nullopt, "", {}});
    report.add({"finding a token and its anchor in the store", us(hits), "us", std::nullopt, "", {}});
}

void report_end(Report& report, node::Store& store) {
    node::LogPosition at{2026, 0};
    auto const step = [&](auto const& work) {
        return time_of([&] {
            auto transaction = must(store.begin(), "begin");
            work();
            must(transaction.commit(), "commit");
            must(store.cut_wal(), "write-ahead log");
        });
    };
    protocol::Effects effects;
    effects.forget_epochs.push_back(epoch);
    auto const destroyed = step([&] { must(store.apply(effects, at), "forget"); });
    report.add({"destroying an epoch: its key", destroyed * 1e3, "ms", std::nullopt, "", {}});
    double longest = 0;
    double all = 0;
    while (store.has_leftovers()) {
        auto const one = step([&] { must(store.sweep(1000), "sweep"); });
        longest = std::max(longest, one);
        all += one;
    }
    report.add({"  its rows afterwards, in pieces: all", all, "s", std::nullopt, "", {}});
    report.add({"  the longest piece", longest * 1e3, "ms", std::nullopt, "", {}});
}

} // namespace

void bench_index(Report& report, std::filesystem::path const& directory) {
    auto const today = must(parse_day(today_text), "day");
    auto const shipped = shipped_anchors(today);
    auto const anchors = people_count * shipped.anchors_each;
    crypto::SystemRandom random;
    auto const file = directory / "store.db";
    auto const key = random.make<node::StoreKey>();
    add_people(file, key, shipped.record);
    auto const before_mb = double(std::filesystem::file_size(file)) / 1e6;
    auto store = must(node::Store::open(file, key, random.make<node::OpeningKey>(), random.make<node::WrapKey>(),
                                        Mode::practice, random),
                      "store");
    auto const enrolled = time_of([&] { enrol(store, shipped.anchors_each, shipped.components_each); });
    auto const after_mb = double(std::filesystem::file_size(file)) / 1e6;
    auto const raw_mb = double(anchors) * 32 / 1e6;
    report.add({"anchors of 1 million people", double(anchors) / 1e6, "million", std::nullopt, "", {}});
    report.add({"storing anchors", double(anchors) / enrolled, "anchors/s", std::nullopt, "", {}});
    report.add({"database, of one epoch", after_mb - before_mb, "MB", raw_mb, "the 32 bytes of each anchor", {}});
    report.add({"database, the people", before_mb, "MB", std::nullopt, "", {}});

    auto const idle_mb = resident_mb();
    auto const reader_alone = time_of([&] {
        auto reader = must(node::Database::open_reader(file, key), "reader");
        auto all = must(reader.prepare("SELECT place, sealed FROM anchors"), "read");
        std::size_t rows = 0;
        while (must(all.step(), "read")) rows += all.blob(1).empty() ? 0U : 1U;
        if (rows != people_count) give_up("the store has not everybody");
    });
    std::vector<double> built;
    std::vector<double> computed;
    for (int days = 0; days < 2; ++days) {
        auto const day = today + std::chrono::days(days);
        auto const seconds = build(store, file, key, {epoch, day});
        built.push_back(seconds.clock);
        computed.push_back(seconds.computing);
        if (days != 0) continue;
        auto const index_mb = double(store.indexes().bytes()) / 1e6;
        report.add({"index: bytes an entry",
                    double(store.indexes().bytes()) / double(anchors),
                    "bytes",
                    sorted_entry_bytes,
                    "a sorted array of 8 + 4",
                    {}});
        report.add({"index: memory", index_mb, "MB", double(anchors) * sorted_entry_bytes / 1e6, "the same", {}});
        report.add({"index: growth of the process", resident_mb() - idle_mb, "MB", index_mb, "its own count", {}});
        report_finds(report, store, anchors, day);
    }
    auto const time = spread_of(built);
    report.add({"building one index: by the clock, on one thread", time.median, "s", reader_alone,
                "reading and decrypting alone", time.best});
    auto const work = spread_of(computed);
    report.add({"  computing", work.median, "s", std::nullopt, "", work.best});
    auto const two_mb = resident_mb() - idle_mb;
    report.add({"two of them (today, tomorrow): growth of the process",
                two_mb,
                "MB",
                memory_goal_mb,
                "the goal for a whole node",
                {}});
    report.add({"four (of two epochs as well; twice that, not measured)",
                two_mb * 2,
                "MB",
                memory_goal_mb,
                "the goal for a whole node",
                {}});
    for (int days = 0; days < 2; ++days) store.indexes().drop({epoch, today + std::chrono::days(days)});
    report.add({"  after they are dropped", resident_mb() - idle_mb, "MB", std::nullopt, "", {}});
    auto const nobody = time_of([&] {
        if (!must(store.unenrolled(epoch, 0, 32), "unenrolled").empty()) give_up("somebody is not enrolled");
    });
    report.add({"seeing that nobody waits to be enrolled", nobody, "s", std::nullopt, "", {}});
    report_end(report, store);
}

} // namespace fanlight::bench
