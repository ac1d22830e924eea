#include "house.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace fanlight::bench {

using namespace protocol;

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

Result<std::vector<IndexHit>> TimedRecords::find(Day day, DayToken const& token) const {
    auto const start = cpu_s();
    auto hits = records_.find(day, token);
    ledger_.find_s += cpu_s() - start;
    ++ledger_.finds;
    return hits;
}

Result<std::optional<PersonRecord>> TimedRecords::person(RecordRow row) const {
    auto const start = cpu_s();
    auto record = records_.person(row);
    ledger_.find_s += cpu_s() - start;
    return record;
}

Result<std::vector<Unenrolled>> TimedRecords::unenrolled(std::size_t limit) const {
    auto const start = cpu_s();
    auto waiting = records_.unenrolled(limit);
    ledger_.find_s += cpu_s() - start;
    return waiting;
}

struct House::Station {
    simulation::Member& member;
    std::unique_ptr<crypto::SigningKey> log_key; // the log points to it
    node::Store store;
    node::LogDirectory log;
    node::LogPosition position;
    std::optional<TimedRecords> records;
    std::unique_ptr<Node> node;
};

House::House(std::filesystem::path const& directory, simulation::Federation::Change const& change)
    : keys_(simulation::Federation::Records::none, 1, change), now_(keys_.now()) {
    int const year = int(std::chrono::year_month_day(day_of(now_)).year());
    for (auto const& member : keys_.members()) {
        auto const place = directory / member->party.text();
        std::filesystem::create_directories(place);
        auto log_key = std::make_unique<crypto::SigningKey>(crypto::SigningKey::generate(random_));
        auto store = node::Store::create(place / "store.db", random_.make<node::StoreKey>(),
                                         random_.make<node::OpeningKey>(), member->agreement.mode, random_);
        auto log =
            node::LogDirectory::create(place / "log", log_origin("bench.example", member->party, year), *log_key);
        if (!store || !log) give_up("cannot make a store and a log");
        stations_.push_back(std::unique_ptr<Station>(new Station{*member,
                                                                 std::move(log_key),
                                                                 std::move(store).assume_value(),
                                                                 std::move(log).assume_value(),
                                                                 {year, 0},
                                                                 std::nullopt,
                                                                 nullptr}));
        auto& station = *stations_.back();
        station.records.emplace(station.store, ledger_);
        bool const hub = member->self->is_coordinator();
        station.node = std::make_unique<Node>(*member->self, hub ? nullptr : &*station.records);
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
    case MessageType::refusal: break;
    }
    return Part::other;
}

void House::step(Station& station, Event event, Part part) {
    auto& entry = ledger_.at(part);
    ++entry.steps;
    auto const start = cpu_s();
    auto effects = station.node->step(now_, std::move(event));
    entry.engine_s += cpu_s() - start;
    if (!effects) give_up("a family was refused");
    std::vector<Transmission> outgoing;
    persist(station, std::move(effects).assume_value(), part, outgoing);
    for (auto& [peer, frame] : outgoing) {
        auto const kind = part_of(frame, peer); // not timed: the engine opens it again
        ledger_.frames.push_back(frame);
        queue_.push_back({&at(peer), FrameReceived{station.member.party, std::move(frame)}, kind});
    }
}

/// As Core::work and Core::apply do it for one event.
void House::persist(Station& station, Effects effects, Part part, std::vector<Transmission>& outgoing) {
    auto& entry = ledger_.at(part);
    auto const before = station.position;
    auto const count_before = counted();
    auto start = now_s();
    {
        auto transaction = must(station.store.begin(), "store: begin");
        must(station.store.forget_pending(before), "store: forget");
        for (;;) {
            must(station.store.apply(effects, station.position), "store: apply");
            std::move(effects.transmissions.begin(), effects.transmissions.end(), std::back_inserter(outgoing));
            if (!effects.rebuild_index) break;
            effects = must(station.node->step(now_, IndexBuilt{*effects.rebuild_index}), "index");
        }
        must(transaction.commit(), "store: commit");
    }
    auto const committed = counted();
    entry.commit_s += now_s() - start;
    entry.commits += committed.flushes != count_before.flushes ? 1 : 0;
    if (station.position.next != before.next) {
        start = now_s();
        auto const leaves = must(station.store.pending_from(before), "store: pending");
        must(station.log.append(leaves), "log: append");
        entry.publish_s += now_s() - start;
        ++entry.publishes;
    }
    entry.flushes += (counted() - count_before).flushes;
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
    step(station, RecordsImported{counts.people, counts.kept, counts.list_hash}, Part::other);
}

void House::enrol(std::string_view party) {
    auto const& agency = *node(party).agency();
    if (!run_until([&] { return agency.enrolment().state().complete; }, std::chrono::hours(1)))
        give_up("an enrolment does not end");
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
