#include "house.hpp"

#include "node/store/index_builder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace fanlight::bench {

using namespace protocol;

namespace {
constexpr std::uint32_t epoch = 1;       // that simulation::Federation deals
constexpr std::size_t sweep_rows = 1000; // as node/daemon/core.cpp
} // namespace

char const* name(Part part) {
    switch (part) {
    case Part::family: return "the coordinator takes the family in";
    case Part::evaluate_request: return "holders evaluate and prove";
    case Part::evaluate_reply: return "the coordinator verifies, finalizes, builds queries";
    case Part::query: return "agencies match and decide";
    case Part::answer: return "the coordinator takes answers";
    case Part::summary_request: return "agencies summarise";
    case Part::summary: return "the coordinator takes summaries";
    case Part::acknowledgement: return "acknowledgements";
    case Part::timer: return "agencies release answers";
    case Part::other: return "other";
    }
    return "";
}

Ledger::Entry Ledger::sum() const {
    Entry all;
    for (auto const& entry : by_part) {
        all.steps += entry.steps;
        all.engine_s += entry.engine_s;
        all.commit_s += entry.commit_s;
        all.publish_s += entry.publish_s;
        all.commits += entry.commits;
        all.publishes += entry.publishes;
        all.flushes += entry.flushes;
    }
    return all;
}

Result<std::vector<RecordRow>> TimedRecords::find(IndexKey const& index, DayToken const& token) const {
    auto const start = cpu_s();
    auto hits = records_.find(index, token);
    ledger_.find_s += cpu_s() - start;
    ++ledger_.finds;
    return hits;
}

Result<PersonTokens> TimedRecords::tokens(std::uint32_t of_epoch, RecordRow row) const {
    auto const start = cpu_s();
    auto tokens = records_.tokens(of_epoch, row);
    ledger_.find_s += cpu_s() - start;
    return tokens;
}

Result<Surroundings> TimedRecords::surroundings(RecordRow row) const {
    auto const start = cpu_s();
    auto found = records_.surroundings(row);
    ledger_.find_s += cpu_s() - start;
    return found;
}

Result<std::optional<PersonRecord>> TimedRecords::person(RecordRow row) const {
    auto const start = cpu_s();
    auto record = records_.person(row);
    ledger_.find_s += cpu_s() - start;
    return record;
}

Result<std::vector<Unenrolled>> TimedRecords::unenrolled(std::uint32_t of_epoch, RecordRow after,
                                                         std::size_t limit) const {
    auto const start = cpu_s();
    auto waiting = records_.unenrolled(of_epoch, after, limit);
    ledger_.find_s += cpu_s() - start;
    return waiting;
}

struct House::Station {
    simulation::Member& member;
    std::filesystem::path file; // of the store
    node::StoreKey key;
    node::Store store;
    std::optional<node::NodeLog> log;
    std::optional<TimedRecords> records;
    std::unique_ptr<Node> node;
};

House::House(std::filesystem::path const& directory, simulation::Federation::Change const& change)
    : keys_(simulation::Federation::Records::none, 1, change), now_(keys_.now()) {
    int const year = int(std::chrono::year_month_day(day_of(now_)).year());
    for (auto const& member : keys_.members()) {
        auto const place = directory / member->party.text();
        std::filesystem::create_directories(place);
        auto const file = place / "store.db";
        auto key = random_.make<node::StoreKey>();
        auto store = node::Store::create(file, key, random_.make<node::OpeningKey>(), random_.make<node::WrapKey>(),
                                         member->in_force.agreement.mode, random_);
        if (!store) give_up("cannot make a store");
        stations_.push_back(std::unique_ptr<Station>(new Station{
            *member, file, std::move(key), std::move(store).assume_value(), std::nullopt, std::nullopt, nullptr}));
        auto& station = *stations_.back();
        auto const where = [place, origin = shard_origin(agreement().domain, member->party, year)](int shard) {
            return node::LogShard{shard, place / "log", origin};
        };
        static std::optional<crypto::VerifyKey> const no_former_key;
        station.log.emplace(station.store, where, member->log_key, no_former_key);
        must(station.log->open(year), "log: open");
        station.records.emplace(station.store, ledger_);
        bool const hub = member->self->is_coordinator();
        station.node = std::make_unique<Node>(*member->self, member->in_force, member->witness_key,
                                              hub ? nullptr : &*station.records, *station.log, *station.log);
        take_epoch(station);
        step(station, Started{}, Part::other);
    }
    auto const& hub = agreement().coordinator;
    for (auto const& station : stations_) {
        if (station->member.party == hub) continue;
        step(*station, LinkUp{hub}, Part::other);
        step(at(hub), LinkUp{station->member.party}, Part::other);
    }
    run_until([] { return false; }, std::chrono::seconds(10));
}

House::~House() = default;

House::Station& House::at(PartyId const& party) const {
    for (auto const& station : stations_)
        if (station->member.party == party) return *station;
    give_up("a frame is for nobody");
}

Node const& House::node(std::string_view party) const {
    return *at(simulation::party(party)).node;
}

Part House::part_of(Bytes const& bytes, PartyId const& to) const {
    auto const frame = decode_frame(bytes);
    if (!frame) return Part::other;
    if (frame.assume_value().kind == FrameKind::acknowledgement) return Part::acknowledgement;
    if (frame.assume_value().recipient != to) return Part::other;
    auto const envelope = keys_.open(frame.assume_value());
    if (!envelope) return Part::other;
    switch (envelope->type) {
    case MessageType::evaluate_request: return Part::evaluate_request;
    case MessageType::evaluate_reply: return Part::evaluate_reply;
    case MessageType::query: return Part::query;
    case MessageType::answer: return Part::answer;
    case MessageType::summary_request: return Part::summary_request;
    case MessageType::summary: return Part::summary;
    case MessageType::refusal:
    case MessageType::evaluate_refusal:
    case MessageType::key_certificate:
    case MessageType::epoch_opened:
    case MessageType::epoch_request:
    case MessageType::index_ready:
    case MessageType::ceremony:
    case MessageType::register_entry:
    case MessageType::register_head:
    case MessageType::register_cosignature:
    case MessageType::register_lease:
    case MessageType::register_request:
    case MessageType::log_head:
    case MessageType::log_cosignature:
    case MessageType::log_receipt:
    case MessageType::reconcile_request:
    case MessageType::reconcile_reply:
    case MessageType::copies_request:
    case MessageType::copies_reply: break;
    }
    return Part::other;
}

/// Onto our own disk what the simulation has on its: the certificate and the shares, as after a ceremony.
void House::take_epoch(Station& station) const {
    Effects effects;
    for (auto const& [key, value] : station.member.disk.state()) {
        if (key.first != Space::epochs) continue;
        must(station.node->restore(key.first, key.second, value), "epoch");
        effects.put(key.first, key.second, value);
    }
    auto transaction = must(station.store.begin(), "store: begin");
    must(station.store.apply(effects, station.log->position()), "store: apply");
    must(transaction.commit(), "store: commit");
}

void House::step(Station& station, Event event, Part part) {
    auto& entry = ledger_.at(part);
    ++entry.steps;
    auto const start = cpu_s();
    auto effects = station.node->step(now_, std::move(event));
    entry.engine_s += cpu_s() - start;
    if (!effects) give_up("a node refused what it was asked");
    std::vector<Transmission> outgoing;
    persist(station, std::move(effects).assume_value(), part, outgoing);
    for (auto& [peer, frame] : outgoing) {
        auto const kind = part_of(frame, peer); // not timed: the engine opens it again
        ledger_.frames.push_back(frame);
        queue_.push_back({&at(peer), FrameReceived{station.member.party, std::move(frame)}, kind});
    }
}

/// As Core::publish does it: one head for what came meanwhile.
void House::publish(Station& station, Part part) {
    auto& entry = ledger_.at(part);
    auto const count_before = counted();
    auto const start = now_s();
    must(station.log->publish(), "log: publish");
    entry.publish_s += now_s() - start;
    ++entry.publishes;
    entry.flushes += (counted() - count_before).flushes;
    queue_.push_back({&station, LogPublished{station.log->next()}, Part::other});
}

/// As Core::work and Core::apply do it for one event.
void House::persist(Station& station, Effects effects, Part part, std::vector<Transmission>& outgoing) {
    auto& entry = ledger_.at(part);
    auto const count_before = counted();
    auto start = now_s();
    {
        auto transaction = must(station.store.begin(), "store: begin");
        must(station.store.forget_pending({station.log->shard(), station.log->current().size()}), "store: forget");
        must(station.store.apply(effects, station.log->position()), "store: apply");
        std::move(effects.transmissions.begin(), effects.transmissions.end(), std::back_inserter(outgoing));
        must(station.store.sweep(sweep_rows), "store: sweep");
        must(transaction.commit(), "store: commit");
        must(station.store.cut_wal(), "store: write-ahead log");
    }
    auto const committed = counted();
    entry.commit_s += now_s() - start;
    entry.commits += committed.flushes != count_before.flushes ? 1 : 0;
    entry.flushes += (counted() - count_before).flushes;
    if (effects.publish_soon) publish(station, part);
    order_indexes(station, effects); // a node builds them beside its work: not timed
}

void House::order_indexes(Station& station, Effects const& effects) {
    for (auto const& key : effects.drop_indexes) station.store.indexes().drop(key);
    for (auto const& key : effects.build_indexes) build_index(station, key);
}

/// What node::IndexBuilder does, but that everybody waits.
void House::build_index(Station& station, IndexKey const& key) {
    auto const ticket = station.store.indexes().begin(key);
    auto reader = must(node::Database::open_reader(station.file, station.key), "store: reader");
    node::BuildState state;
    auto built = must(node::build_index(reader, agreement().mode, key, state), "index");
    if (!must(station.store.indexes().install({key, ticket, std::move(*built)}), "index"))
        give_up("an index was dropped while it was built");
    queue_.push_back({&station, IndexBuilt{key}, Part::other});
}

bool House::has_index(Station const& station) const {
    auto const& enrolment = station.node->agency()->enrolment();
    return enrolment.complete(epoch, agreement().matching.version) && enrolment.built({epoch, day_of(now_)});
}

bool House::run_until(std::function<bool()> const& done, Duration patience) {
    auto const end = now_ + patience;
    for (;;) {
        while (!queue_.empty()) {
            auto next = std::move(queue_.front());
            queue_.pop_front();
            step(*next.to, std::move(next.event), next.part);
        }
        if (done()) return true;
        bool published = false; // a quarter of a second later
        for (auto const& station : stations_) {
            if (station->log->unpublished() == 0) continue;
            publish(*station, Part::other);
            published = true;
        }
        if (published) continue;
        Station* sleeper = nullptr;
        Instant soonest{};
        for (auto const& station : stations_) {
            auto const wake = station->node->next_wake();
            if (!wake || (sleeper != nullptr && *wake >= soonest)) continue;
            sleeper = station.get();
            soonest = *wake;
        }
        if (sleeper == nullptr || soonest > end) return false;
        now_ = std::max(now_, soonest);
        step(*sleeper, Woken{}, Part::timer);
    }
}

void House::import(std::string_view party, std::vector<PersonRecord> const& people) {
    auto& station = at(simulation::party(party));
    node::ImportCounts counts;
    {
        auto transaction = must(station.store.begin(), "store: begin");
        counts = must(station.store.replace_people(people), "import");
        must(transaction.commit(), "store: commit");
    }
    step(station, RecordsImported{counts.people, counts.enrolled, counts.list_hash}, Part::other);
}

void House::enrol(std::string_view party) {
    auto const& station = at(simulation::party(party));
    if (!run_until([&] { return has_index(station); }, std::chrono::hours(1))) give_up("an enrolment does not end");
}

void House::open_epoch() {
    auto& hub = at(agreement().coordinator);
    // It opens by itself once everybody is enrolled.
    if (hub.node->epochs().open() == nullptr) step(hub, EpochOpening{}, Part::other);
    auto const open = [&] {
        return std::all_of(stations_.begin(), stations_.end(),
                           [](auto const& station) { return station->node->epochs().open() != nullptr; });
    };
    if (!run_until(open, std::chrono::minutes(1))) give_up("an epoch does not open");
}

Case const& House::ask(Family family) {
    auto& hub = at(agreement().coordinator);
    auto const id = random_.make<CaseId>();
    step(hub, FamilySubmitted{id, std::move(family)}, Part::family);
    auto const* item = hub.node->coordinator()->find(id);
    if (item == nullptr || !run_until([&] { return settled(*item); }, std::chrono::minutes(2)))
        give_up("a query does not settle");
    return *item;
}

} // namespace fanlight::bench
