// Import of a feed: reading the file and storing it, beside SQLCipher's raw inserts of rows of the same size; and
// enrolment of a small agency, extrapolated.

#include "crypto/practice/practice_dealer.hpp"
#include "house.hpp"
#include "node/import/people_csv.hpp"
#include "protocol/engine/record_codec.hpp"
#include "synthetic.hpp"

#include <catch2/catch.hpp>

namespace fanlight::bench {

namespace {

constexpr std::size_t people_count = 20'000;
constexpr std::size_t enrolled_count = 128;
constexpr auto large_agency = 1e6;
constexpr auto today_text = "2026-11-22";

/// Rows of the same bytes into the same table, in one transaction.
double raw_inserts(std::filesystem::path const& directory, std::vector<protocol::PersonRecord> const& people) {
    crypto::SeededRandom random(1);
    auto database = must(node::Database::create(directory / "raw.db", random.make<node::StoreKey>()), "database");
    must(database.migrate(), "schema");
    std::vector<Bytes> records;
    for (auto const& person : people) records.push_back(protocol::encode(person));
    auto const hash = random.make<crypto::Sha256>();
    return time_of([&] {
        auto transaction = must(node::Transaction::begin(database), "begin");
        auto insert = must(database.prepare("INSERT INTO person (id, family_id, record, anchors_hash, generation) "
                                            "VALUES (?, ?, ?, ?, 1)"),
                           "insert");
        for (std::size_t i = 0; i < people.size(); ++i) {
            insert.bind(1, std::string_view(people[i].id)).bind(2, std::string_view(people[i].family_id));
            must(insert.bind(3, ByteView(records[i])).bind(4, hash.view()).run(), "insert");
        }
        must(transaction.commit(), "commit");
    });
}

double replace(node::Store& store, std::vector<protocol::PersonRecord> const& people) {
    return time_of([&] {
        auto transaction = must(store.begin(), "begin");
        must(store.replace_people(people), "import");
        must(transaction.commit(), "commit");
    });
}

void enrolment(Report& report, std::filesystem::path const& directory, double multiplication_s) {
    House house(directory);
    auto const text = synthetic_people(2, enrolled_count);
    auto file = node::read_people_csv(text, day_of(house.now()));
    REQUIRE(file.people.size() == enrolled_count);
    house.ledger() = {};
    auto const before = counted();
    house.import("health", file.people);
    house.enrol("health");
    auto const sum = house.ledger().sum();
    auto const work = counted() - before;
    auto const seconds = sum.engine_s + sum.commit_s + sum.publish_s;
    double tokens = 0;
    for (auto const& bytes : house.ledger().frames) {
        auto const frame = must(protocol::decode_frame(bytes), "frame");
        auto const envelope = house.keys().open(frame);
        if (!envelope || envelope->type != protocol::MessageType::evaluate_request) continue;
        auto const request = must(protocol::decode_evaluate_request(envelope->payload), "request");
        tokens += double(request.blinded.size());
    }
    // A batch travels in two hops to each of the two holders that answer it, folded.
    tokens /= 4;
    auto const least = tokens * 4 * multiplication_s;
    constexpr auto reference = "4 multiplications a token";
    report.add({"enrolment: tokens, padding included, all nodes on one core",
                tokens / seconds,
                "tokens/s",
                tokens / least,
                reference,
                {}});
    report.add({"enrolment: multiplications",
                double(work.multiplications) / tokens,
                "a token",
                4.0,
                "blind, 2 evaluate, unblind",
                {}});
    report.add({"enrolment: tokens", tokens / enrolled_count, "a person", std::nullopt, "", {}});
    report.add({"enrolment of 1 million people on one core (extrapolated from 128)",
                seconds / enrolled_count * large_agency / 3600,
                "h",
                least / enrolled_count * large_agency / 3600,
                reference,
                {}});
}

} // namespace

void bench_import(Report& report, std::filesystem::path const& directory) {
    auto const today = must(parse_day(today_text), "day");
    auto const text = synthetic_people(1, people_count);
    auto const file = node::read_people_csv(text, today);
    UNSCOPED_INFO(node::report_text(file.report));
    REQUIRE(file.people.size() == people_count);

    auto const reading =
        measure({{[&] { REQUIRE(node::read_people_csv(text, today).people.size() == people_count); }, people_count},
                 {[&] { crypto::sha256({as_bytes(text)}); }, people_count}},
                1.0);
    auto const rate = [&](double seconds) { return double(people_count) / seconds; };
    report.add({"reading the file (20,000 people)", 1 / reading[0].median, "rows/s", 1 / reading[1].median,
                "SHA-256 of its bytes", 1 / reading[0].best});

    crypto::SeededRandom random(1);
    std::vector<double> raw;
    std::vector<double> first;
    std::vector<double> again;
    for (std::size_t round = 0; round < 3; ++round) {
        auto const place = directory / std::to_string(round);
        std::filesystem::create_directory(place);
        auto store =
            must(node::Store::create(place / "store.db", random.make<node::StoreKey>(), random.make<node::OpeningKey>(),
                                     random.make<node::WrapKey>(), Mode::practice, random),
                 "store");
        raw.push_back(raw_inserts(place, file.people));
        first.push_back(replace(store, file.people));
        again.push_back(replace(store, file.people));
    }
    constexpr auto inserts = "SQLCipher inserting the same rows";
    auto const reference = rate(spread_of(raw).median);
    auto const fresh = spread_of(first);
    auto const same = spread_of(again);
    report.add(
        {"storing a new feed, one transaction", rate(fresh.median), "rows/s", reference, inserts, rate(fresh.best)});
    report.add({"storing the same feed again", rate(same.median), "rows/s", reference, inserts, rate(same.best)});

    auto const scalar = crypto::random_blind(random);
    auto const point = must(crypto::blind(as_bytes("bench"), scalar), "blind");
    auto const dealt = crypto::deal(random, 2, 3);
    auto const multiplication =
        measure({{[&] { must(crypto::evaluate(dealt.shares[0].key, point), "evaluate"); }, 1}}, 0.5)[0].median;
    enrolment(report, directory, multiplication);
}

} // namespace fanlight::bench
