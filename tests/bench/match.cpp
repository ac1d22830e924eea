// Finding the right person at a large agency: standardising and keying everybody, what that is on disk and in memory,
// and one query against all of them, through the real store and index. The people are made up (tests/people): the
// agency is one that knows nearly everybody, the query is what another one wrote down about some of them, so that
// spelling, dates and addresses differ as they do. Tokens are SHA-512 of what would be evaluated: equal where the real
// ones are; what evaluating takes, the bench "tokens" has.

#include "crypto/labels.hpp"
#include "match_query.hpp"
#include "node/import/points_file.hpp"
#include "node/store/index_builder.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol/trial/trial.hpp"
#include "tests/people/identity.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <thread>
#include <unordered_map>

namespace fanlight::bench {

namespace {

using namespace protocol;

constexpr std::uint64_t seed = 1;
constexpr auto asked_agency = people::Agency::health;
constexpr auto asking_agency = people::Agency::social;
constexpr auto mode = Mode::practice;
constexpr std::uint32_t epoch = 1;
constexpr auto today_text = "2026-11-22";
constexpr std::size_t block_people = 4096;
constexpr std::size_t alone_asked = 1000;   ///< queries about one person
constexpr std::size_t families_asked = 250; ///< and about a family
constexpr std::size_t family_people = 6;
constexpr double query_goal_ms = 2;
constexpr double sorted_entry_bytes = 12; ///< 8 of the token, 4 for the person
constexpr double us = 1e6;
constexpr double ms = 1e3;

/// "1m", "100k", "2000".
std::string short_of(std::size_t count) {
    if (count % 1'000'000 == 0) return std::to_string(count / 1'000'000) + "m";
    if (count % 1000 == 0) return std::to_string(count / 1000) + "k";
    return std::to_string(count);
}

struct Labels {
    std::string anchor = crypto::label(mode, crypto::Label::anchor);
    std::string component = crypto::label(mode, crypto::Label::component);
    DescriptorLabels view() const { return {anchor, component}; }
};

/// An agency's people, family by family.
struct Town {
    people::Settings settings;
    people::Population population;
    std::vector<PersonRecord> records;
    std::vector<std::size_t> families; ///< where each begins in `records`; last: their number
};

Town make_town(std::size_t count) {
    Town town;
    // About 3.6 people a family and half a person alone, of whom nearly all are known.
    town.settings.families = count / 4 + 100;
    town.settings.singles = town.settings.families / 2;
    town.population = people::make_population(town.settings, seed);
    auto rows = people::view_of(town.population, asked_agency, town.settings, seed);
    std::stable_sort(rows.begin(), rows.end(),
                     [](auto const& left, auto const& right) { return left.fam < right.fam; });
    if (rows.size() < count) give_up("too few made-up people");
    // Families are spread over all that there are; those who are left out are people alone, who come first.
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(rows.size() - count));
    town.records = people::records_of(asked_agency, rows);
    for (std::size_t i = 0; i < count; ++i)
        if (i == 0 || rows[i].fam < 0 || rows[i].fam != rows[i - 1].fam) town.families.push_back(i);
    town.families.push_back(count);
    return town;
}

using Family = std::vector<Forms>;
/// Forms of the people from `first` to `last`, both places in town.families.
std::vector<Family> forms_between(Town const& town, std::size_t first, std::size_t last) {
    std::vector<Family> all;
    all.reserve(last - first);
    for (auto family = first; family < last; ++family) {
        Family forms;
        for (auto i = town.families[family]; i < town.families[family + 1]; ++i)
            forms.push_back(forms_of(town.records[i].identity));
        all.push_back(std::move(forms));
    }
    return all;
}

std::vector<Descriptors> descriptors_of_all(std::vector<Family> const& families, Labels const& labels) {
    std::vector<Descriptors> all;
    for (auto const& family : families)
        for (std::size_t i = 0; i < family.size(); ++i) all.push_back(descriptors_of(family, i, labels.view()));
    return all;
}

/// Where blocks of about `block_people` begin in town.families; last: the number of families.
std::vector<std::size_t> blocks_of(Town const& town) {
    std::vector<std::size_t> blocks{0};
    for (std::size_t family = 1; family + 1 < town.families.size(); ++family)
        if (town.families[family] - town.families[blocks.back()] >= block_people) blocks.push_back(family);
    blocks.push_back(town.families.size() - 1);
    return blocks;
}

struct Counted {
    std::size_t sum = 0;
    std::size_t max = 0;
    void add(std::size_t count) {
        sum += count;
        max = std::max(max, count);
    }
};

/// As many keys as the index has entries, each the first half of a secret: what a look-up costs a common container.
struct TokenHash {
    std::size_t operator()(DayToken const& token) const noexcept {
        std::size_t bits = 0;
        for (auto const byte : token.view().first(sizeof bits)) bits = bits << 8U | byte;
        return bits;
    }
};
using TokenMap = std::unordered_multimap<DayToken, std::uint32_t, TokenHash>;

DayToken stand_in(AgencySecret const& secret) {
    return must(DayToken::parse(secret.reveal().first(DayToken::size_bytes)), "stand-in");
}

/// The agency, its store, and what making them took.
struct Held {
    node::Store store;
    std::filesystem::path file;
    node::StoreKey key;
    PartyId party;
    TokenMap map{};
    double store_s = 0; ///< by the clock
    Counted anchors{};
    Counted components{};
    Counted evaluations{};
    std::size_t raw_bytes = 0; ///< of what is stored, as plain bytes
};

PersonTokens tokens_for(Descriptors const& person, PartyId const& party) {
    auto const tokens = must(HashedTokens().tokens(inputs_of(person)), "tokens");
    return tokens_of(mode, person, tokens, party);
}

void enrol_block(Held& held, Town const& town, std::size_t first, std::size_t last, Labels const& labels) {
    Effects effects;
    auto row = static_cast<RecordRow>(town.families[first]);
    for (auto const& person : descriptors_of_all(forms_between(town, first, last), labels)) {
        ++row; // rows are numbered from 1 in the order of the import
        auto tokens = tokens_for(person, held.party);
        held.anchors.add(tokens.anchors.size());
        held.components.add(tokens.components.size());
        held.evaluations.add(inputs_of(person).size());
        held.raw_bytes += 3 + tokens.anchors.size() * (2 + AgencySecret::size_bytes) +
                          tokens.components.size() * (2 + ComponentSecret::size_bytes);
        for (auto const& anchor : tokens.anchors)
            held.map.emplace(stand_in(anchor.secret), static_cast<std::uint32_t>(row));
        effects.tokens.push_back({epoch, row, std::move(tokens)});
        effects.enrolled.push_back({epoch, row});
    }
    node::LogPosition at{2026, 0};
    held.store_s += time_of([&] {
        auto transaction = must(held.store.begin(), "begin");
        must(held.store.apply(effects, at), "enrol");
        must(transaction.commit(), "commit");
    });
}

/// Computing on one core.
struct OneCore {
    double forms_s = 0;
    double keys_s = 0;
};
OneCore key_with_one_core(Town const& town, std::vector<std::size_t> const& blocks, Labels const& labels) {
    OneCore spent;
    for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
        std::vector<Family> families;
        spent.forms_s += cpu_time_of([&] { families = forms_between(town, blocks[i], blocks[i + 1]); });
        spent.keys_s += cpu_time_of([&] { descriptors_of_all(families, labels); });
    }
    return spent;
}

struct Seconds {
    double clock = 0;
    double computing = 0; ///< of all threads
};
/// Every core at it.
Seconds key_with_all_cores(Town const& town, std::vector<std::size_t> const& blocks, Labels const& labels) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> anchors{0}; // so that nothing is left out as unused
    std::vector<double> computed(std::max(1U, std::thread::hardware_concurrency()));
    auto const work = [&](std::size_t thread) {
        auto const start = cpu_s();
        for (auto i = next++; i + 1 < blocks.size(); i = next++)
            for (auto const& person : descriptors_of_all(forms_between(town, blocks[i], blocks[i + 1]), labels))
                anchors += person.anchors.size();
        computed[thread] = cpu_s() - start;
    };
    auto const clock = time_of([&] {
        std::vector<std::thread> others;
        for (std::size_t i = 1; i < computed.size(); ++i) others.emplace_back(work, i);
        work(0);
        for (auto& other : others) other.join();
    });
    if (anchors == 0) give_up("nobody has anchors");
    return {clock, std::accumulate(computed.begin(), computed.end(), 0.0)};
}

void report_keys(Report& report, std::size_t people, OneCore const& one, Seconds const& all) {
    auto const size = short_of(people);
    auto const each_us = [&](double seconds) { return seconds / double(people) * us; };
    auto const both_s = one.forms_s + one.keys_s;
    auto const share_s = both_s / std::max(1U, std::thread::hardware_concurrency());
    report.add({"standardise_" + size + "_s", one.forms_s, "s", std::nullopt, "", {}});
    report.add({"standardise_per_person_us", each_us(one.forms_s), "us", std::nullopt, "", {}});
    report.add({"descriptors_per_person_us", each_us(one.keys_s), "us", std::nullopt, "", {}});
    report.add({"key_" + size + "_s", both_s, "s", one.forms_s, "standardising alone", {}});
    report.add({"key_" + size + "_all_cores_s", all.clock, "s", share_s, "by the clock; one core's share", {}});
    report.add({"key_" + size + "_all_cores_cpu_s", all.computing, "s", both_s, "one core", {}});
}

void report_counts(Report& report, Held const& held, std::size_t people) {
    auto const add = [&](std::string const& what, Counted const& counted, std::size_t limit) {
        report.add({what + "_per_person", double(counted.sum) / double(people), "count", std::nullopt, "", {}});
        report.add({what + "_per_person_max", double(counted.max), "count", double(limit), "the limit", {}});
    };
    add("anchors", held.anchors, limits::anchors_per_person_max);
    add("components", held.components, 2 * components_max);
    add("evaluations", held.evaluations, limits::evaluations_per_person_max);
}

/// Building the index as the node does it, but that this thread waits; beside the bare hashes.
void report_index(Report& report, Held& held, IndexKey const& index, std::string const& size) {
    auto const start = cpu_s();
    auto const clock = time_of([&] {
        auto const ticket = held.store.indexes().begin(index);
        auto reader = must(node::Database::open_reader(held.file, held.key), "reader");
        node::BuildState state;
        auto built = must(node::build_index(reader, mode, index, state), "index");
        if (!must(held.store.indexes().install({index, ticket, std::move(*built)}), "index")) give_up("index");
    });
    auto const computing = cpu_s() - start;
    auto const label = crypto::label(mode, crypto::Label::day);
    std::array<std::uint8_t, AgencySecret::size_bytes> key{};
    std::array<std::uint8_t, DayToken::size_bytes> out{};
    std::array<std::uint8_t, 4> const day{};
    auto const bare = cpu_time_of([&] {
        for (std::size_t i = 0; i < held.anchors.sum; ++i) {
            crypto::blake2b(out, key, {as_bytes(label), day});
            key[0] = out[0];
        }
    });
    report.add({"index_" + size + "_build_s", clock, "s", bare, "as many BLAKE2b, computing alone", {}});
    report.add({"index_" + size + "_build_cpu_s", computing, "s", bare, "the same", {}});
    report.add({"index_" + size + "_memory_mb",
                double(held.store.indexes().bytes()) / 1e6,
                "MB",
                double(held.anchors.sum) * sorted_entry_bytes / 1e6,
                "a sorted array of 8 + 4",
                {}});
}

/// One query: its slots, and the same keys as the map has them.
struct Query {
    std::vector<Slot> slots;
    std::vector<DayToken> stand_ins;
};

/// About the first `count` people of a family, with `slots` slots, of which the others are about nobody.
Query query_about(Town const& town, Held const& held, std::size_t first, std::size_t count, std::size_t slots,
                  SlotFor const& to, crypto::Random& random) {
    Labels const labels;
    std::vector<Identity> family;
    for (auto i = first; i < first + family_people; ++i)
        family.push_back(people::identity_of(people::row_of(town.population, i, asking_agency, town.settings, seed)));
    Query query;
    std::set<DayToken> used;
    for (std::size_t i = 0; i < count; ++i) {
        auto const tokens = tokens_for(descriptors_of(family, i, labels.view()), held.party);
        for (auto const& anchor : tokens.anchors)
            if (goes_to(anchor.kind, to.people)) query.stand_ins.push_back(stand_in(anchor.secret));
        query.slots.push_back(build_slot(to, tokens, random.make<PersonNonce>(), {}, used, random).slot);
    }
    while (query.slots.size() < slots) query.slots.push_back(build_dummy_slot(random).slot);
    while (query.stand_ins.size() < slots * limits::keys_per_slot) query.stand_ins.push_back(random.make<DayToken>());
    return query;
}

/// Where families of `family_people` begin in the population: at most `wanted`, from all over it.
std::vector<std::size_t> families_to_ask(people::Population const& population, std::size_t wanted) {
    std::vector<std::size_t> all;
    auto const& everybody = population.people;
    for (std::size_t first = 0; first < everybody.size();) {
        auto last = first;
        while (last < everybody.size() && everybody[last].fam == everybody[first].fam) ++last;
        if (everybody[first].fam >= 0 && last - first == family_people) all.push_back(first);
        first = last;
    }
    if (all.empty()) give_up("no family of the size that is asked about");
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < std::min(wanted, all.size()); ++i)
        chosen.push_back(all[i * all.size() / std::min(wanted, all.size())]);
    return chosen;
}

double percentile(std::vector<double> samples, std::size_t percent) {
    std::sort(samples.begin(), samples.end());
    return samples[std::min(samples.size() - 1, samples.size() * percent / 100)];
}

struct Kind {
    std::string name;   ///< of its figures
    std::size_t people; ///< who are asked about
    std::size_t slots;
    std::size_t queries;
};

void report_queries(Report& report, Held const& held, Town const& town, Asked const& asked, Kind const& kind) {
    crypto::SeededRandom random(seed);
    SlotFor const to{mode, asked.index.day, static_cast<std::uint32_t>(town.records.size())};
    std::vector<double> clock;
    std::vector<double> computing;
    double map_s = 0;
    std::size_t in_map = 0;
    QueryParts parts;
    for (auto const first : families_to_ask(town.population, kind.queries)) {
        auto const query = query_about(town, held, first, kind.people, kind.slots, to, random);
        auto const start = cpu_s();
        clock.push_back(time_of([&] { match_query(held.store, asked, query.slots, parts); }));
        computing.push_back(cpu_s() - start);
        map_s += time_of([&] {
            for (auto const& token : query.stand_ins) in_map += held.map.count(token);
        });
    }
    auto const queries = double(clock.size());
    if (double(parts.sure) < queries * double(kind.people) / 2 || in_map == 0) give_up("most people are not found");
    auto const name = kind.name + short_of(town.records.size());
    constexpr auto goal = "the goal";
    report.add({name + "_ms", percentile(clock, 50) * ms, "ms", query_goal_ms, goal, {}});
    report.add({name + "_p99_ms", percentile(clock, 99) * ms, "ms", query_goal_ms, goal, {}});
    report.add({name + "_cpu_ms", percentile(computing, 50) * ms, "ms", query_goal_ms, goal, {}});
    report.add({name + "_cpu_p99_ms", percentile(computing, 99) * ms, "ms", query_goal_ms, goal, {}});
    auto const part = [&](char const* what, double seconds, std::optional<double> beside, char const* reference) {
        report.add({std::string("  mean: ") + what, seconds / queries * ms, "ms", beside, reference, {}});
    };
    part("look-ups", parts.find, map_s / queries * ms, "std::unordered_multimap");
    part("reading rows, day tokens", parts.read, std::nullopt, "");
    part("comparing components", parts.evidence, std::nullopt, "");
    part("surroundings of candidates", parts.surroundings, std::nullopt, "");
    part("are candidates one person", parts.one_person, std::nullopt, "");
    part("judging", parts.judge, std::nullopt, "");
    auto const each = [&](char const* what, std::uint64_t count, double beside, char const* reference) {
        report.add({std::string("  mean: ") + what, double(count) / queries, "count", beside, reference, {}});
    };
    auto const asked_about = double(kind.people);
    each("keys looked up", parts.keys, double(kind.slots * limits::keys_per_slot), "in the slots");
    each("rows read", parts.rows, asked_about, "people asked about");
    each("candidates", parts.candidates, asked_about, "people asked about");
    each("people found, surely", parts.sure, asked_about, "people asked about");
}

node::PointsFile shipped_points() {
    std::ifstream file(std::string(FANLIGHT_SOURCE_DIR) + "/node/practice/agreement.template.toml", std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return must(node::parse_points(text), "points of the practice agreement");
}

} // namespace

void bench_match(Report& report, std::filesystem::path const& directory, std::size_t people) {
    auto const size = short_of(people);
    auto const town = make_town(people);
    auto const blocks = blocks_of(town);
    Labels const labels;
    auto const one_core = key_with_one_core(town, blocks, labels);
    report_keys(report, people, one_core, key_with_all_cores(town, blocks, labels));

    crypto::SystemRandom random;
    auto const file = directory / "store.db";
    auto key = random.make<node::StoreKey>();
    auto store = must(
        node::Store::create(file, key, random.make<node::OpeningKey>(), random.make<node::WrapKey>(), mode, random),
        "store");
    auto const imported = time_of([&] {
        auto transaction = must(store.begin(), "begin");
        must(store.replace_people(town.records), "import");
        must(transaction.commit(), "commit");
    });
    Held held{std::move(store), file, std::move(key), must(PartyId::parse("health"), "party")};
    for (auto const& record : town.records) held.raw_bytes += encode(record).size();
    for (std::size_t i = 0; i + 1 < blocks.size(); ++i) enrol_block(held, town, blocks[i], blocks[i + 1], labels);
    must(held.store.cut_wal(), "write-ahead log");
    report_counts(report, held, people);
    auto const once_s = one_core.forms_s + one_core.keys_s;
    report.add({"import_" + size + "_s", imported, "s", once_s, "standardise and key once", {}});
    report.add({"store_tokens_" + size + "_s", held.store_s, "s", std::nullopt, "", {}});
    report.add({"store_" + size + "_disk_mb",
                double(std::filesystem::file_size(file)) / 1e6,
                "MB",
                double(held.raw_bytes) / 1e6,
                "records and tokens as plain bytes",
                {}});

    IndexKey const index{epoch, must(parse_day(today_text), "day")};
    report_index(report, held, index, size);
    auto const file_of_points = shipped_points();
    auto const points = must(Points::parse(file_of_points.points), "points");
    Asked const asked{mode, index, points, file_of_points.thresholds};
    report_queries(report, held, town, asked, {"score_one_vs_", 1, 1, alone_asked});
    report_queries(report, held, town, asked, {"score_family_vs_", family_people, limits::slots, families_asked});
}

} // namespace fanlight::bench
