// Trying a draft agreement on a million past decisions of a real encrypted store, beside reading the same rows without
// opening them. Between the decisions lie the other leaves that a query makes at an agency.

#include "bench.hpp"
#include "node/log/log_directory.hpp"
#include "node/log/past_decisions.hpp"
#include "node/store/store.hpp"
#include "tests/unit/policy_fixture.hpp"

namespace fanlight::bench {

namespace {

constexpr std::size_t million = 1'000'000;
constexpr std::size_t leaves_at_once = 20'000;
constexpr double budget_s = 1; // five rounds take longer
constexpr auto origin = "practice.example/disclosures/bench/2026";
constexpr Instant started = Day(std::chrono::days(20779));

policy::Request question(std::size_t number, std::string_view purpose, std::string_view route) {
    using policy::DataField;
    constexpr std::array fields{DataField::colour, DataField::not_known, DataField::known_not_shared, DataField::themes,
                                DataField::analysis};
    policy::Request request{.field = fields[number % fields.size()]};
    request.role = "health";
    request.stage = policy::stage_of(request.field);
    request.purpose = purpose;
    request.route = route;
    if (number % 3 != 0) request.own_colour = static_cast<policy::Colour>(1 + number / 3 % 4);
    request.facts.section_47 = number / 7 % 2 == 0;
    request.facts.marac_threshold = number / 11 % 2 == 0;
    return request;
}

/// A store and a log as an agency's node leaves them.
class Archive {
  public:
    Archive(std::filesystem::path const& directory, policy::Agreement const& agreement, std::size_t decisions,
            std::size_t decisions_a_leaf)
        : directory_(directory), agreement_(agreement), decisions_a_leaf_(decisions_a_leaf) {
        std::filesystem::create_directories(directory / "log");
        auto store =
            must(node::Store::create(directory / "store.db", key_, opening_key(), wrap_key(), Mode::practice, random_),
                 "store");
        auto const signing = crypto::SigningKey::generate(random_);
        auto log = must(node::LogDirectory::create(directory / "log" / "2026", origin, signing), "log");
        protocol::Effects effects;
        for (std::size_t made = 0; made < decisions; made += decisions_a_leaf) {
            add_query(effects);
            if (effects.leaves.size() >= leaves_at_once) keep(store, log, effects);
        }
        keep(store, log, effects);
        must(store.cut_wal(), "write-ahead log");
    }

    node::PastDecisions rehearse(policy::Rehearsal& rehearsal) const {
        auto reader = must(node::Database::open_reader(directory_ / "store.db", key_), "reader");
        auto const each = [&rehearsal](policy::PastDecision const& decision, std::string_view purpose,
                                       std::string_view route) { rehearsal.add(decision, purpose, route); };
        auto const subjects =
            must(node::SubjectKeys::open_reader(directory_, wrap_key(), Mode::practice), "subject keys");
        return must(node::past_decisions(reader, opening_key(), subjects, directory_ / "log", Instant{}, each),
                    "rehearsal");
    }
    /// As many bytes, only that nobody opens them.
    std::size_t read_rows() const {
        auto reader = must(node::Database::open_reader(directory_ / "store.db", key_), "reader");
        auto rows = must(reader.prepare("SELECT sealed FROM opening ORDER BY shard, position"), "rows");
        std::size_t bytes = 0;
        while (must(rows.step(), "row")) bytes += rows.blob(0).size();
        return bytes;
    }
    std::size_t leaves() const { return leaves_; }

  private:
    static node::WrapKey wrap_key() {
        return node::WrapKey::make([](MutableBytes) {});
    }
    static node::OpeningKey opening_key() {
        return node::OpeningKey::make([](MutableBytes) {});
    }
    crypto::Field field(crypto::FieldTag tag, ByteView value) { return crypto::make_field(tag, value, random_); }
    std::vector<crypto::Field> fields_of_leaf() {
        Bytes time;
        append_u64(time, to_wire(started + Duration(static_cast<std::int64_t>(leaves_++))));
        std::vector<crypto::Field> fields;
        fields.push_back(field(crypto::FieldTag::agreement_id, agreement_.id.view()));
        fields.push_back(field(crypto::FieldTag::time, time));
        fields.push_back(field(crypto::FieldTag::query, random_.make<QueryId>().view()));
        return fields;
    }
    void add(protocol::Effects& effects, crypto::LeafClass kind, std::vector<crypto::Field> fields) const {
        effects.leaves.push_back(crypto::make_entry(kind, agreement_.id, crypto::ExchangeTag(), std::move(fields)));
    }
    /// Received, decided, answered.
    void add_query(protocol::Effects& effects) {
        using crypto::FieldTag;
        auto const& purpose = agreement_.purposes.front().id;
        auto const& route = agreement_.routes.front().id;
        auto received = fields_of_leaf();
        received.push_back(field(FieldTag::slot_commitments, Bytes(limits::slots * crypto::Sha256::size_bytes)));
        add(effects, crypto::LeafClass::query_received, std::move(received));
        auto decided = fields_of_leaf();
        decided.push_back(field(FieldTag::purpose, as_bytes(purpose)));
        decided.push_back(field(FieldTag::route, as_bytes(route)));
        for (std::size_t i = 0; i < decisions_a_leaf_; ++i) {
            auto const request = question(++asked_, purpose, route);
            auto const past = policy::past_decision(agreement_, request, decider_.decide(request));
            decided.push_back(field(FieldTag::subject, Bytes(16)));
            decided.push_back(field(FieldTag::decision, as_bytes(policy::name(request.field))));
            decided.push_back(field(FieldTag::clause, as_bytes(past.clause)));
            decided.push_back(field(FieldTag::request, policy::encode(past)));
        }
        add(effects, crypto::LeafClass::decision, std::move(decided));
        auto sent = fields_of_leaf();
        sent.push_back(field(FieldTag::message_hash, Bytes(crypto::Sha256::size_bytes)));
        add(effects, crypto::LeafClass::disclosure_sent, std::move(sent));
    }
    void keep(node::Store& store, node::LogDirectory& log, protocol::Effects& effects) {
        auto transaction = must(store.begin(), "begin");
        must(store.apply(effects, at_), "store");
        must(store.forget_pending(at_), "store"); // as the next batch of a node does
        must(transaction.commit(), "commit");
        std::vector<crypto::Leaf> leaves;
        for (auto const& entry : effects.leaves) leaves.push_back(entry.leaf);
        must(log.append(leaves), "log");
        effects = {};
    }

    std::filesystem::path directory_;
    policy::Agreement const& agreement_;
    policy::Decider decider_{agreement_};
    std::size_t decisions_a_leaf_;
    crypto::SeededRandom random_{1};
    node::StoreKey key_ = random_.make<node::StoreKey>();
    node::LogPosition at_{2026, 0};
    std::size_t leaves_ = 0;
    std::size_t asked_ = 0;
};

struct Shape {
    char const* name;
    std::size_t decisions;
    std::size_t a_leaf;
};

void report_shape(Report& report, std::filesystem::path const& directory, Shape const& shape) {
    auto const agreement = policy::test::practice_agreement();
    Archive const archive(directory, agreement, shape.decisions, shape.a_leaf);
    auto draft = agreement;
    draft.clauses.pop_back();
    auto const rehearse = [&] {
        policy::Rehearsal rehearsal(draft, {"health", false});
        auto const read = archive.rehearse(rehearsal);
        if (read.not_rehearsable != 0 || rehearsal.report().decisions != shape.decisions)
            give_up("a rehearsal has not seen every decision");
    };
    auto const read = [&] {
        if (archive.read_rows() < archive.leaves()) give_up("rows are missing");
    };
    auto const times = measure({{rehearse, 1}, {read, 1}}, budget_s);
    auto const scale = double(million) / double(shape.decisions);
    report.add({shape.name, times[0].median * scale, "s", times[1].median * scale,
                "reading the rows without opening them", times[0].best * scale});
}

} // namespace

void bench_rehearse(Report& report, std::filesystem::path const& directory) {
    // A query has 16 places, and so has its decision leaf at stage 1; at stage 2 there are few.
    constexpr std::array<Shape, 3> shapes{{{"rehearse_1m_s: a million decisions, 4 a leaf", million, 4},
                                           {"the same, 16 a leaf", million, 16},
                                           {"the same, 1 a leaf (a quarter measured)", million / 4, 1}}};
    for (auto const& shape : shapes) {
        auto const place = directory / std::to_string(shape.a_leaf);
        report_shape(report, place, shape);
        std::filesystem::remove_all(place);
    }
}

} // namespace fanlight::bench
