// One pass over the leaves that are asked for, whatever is asked; memory for what is shown, not for what is read.

#include "node/http/log_view.hpp"

#include "base/byte_reader.hpp"
#include "crypto/text.hpp"
#include "node/log/prove_leaf.hpp"
#include "node/store/exchanges.hpp"
#include "protocol/engine/governance.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <deque>
#include <queue>

namespace fanlight::node {

namespace json = boost::json;

namespace {

using crypto::FieldTag;
using crypto::LeafClass;
using protocol::LeafPlace;

/// The newest so many.
class Newest {
  public:
    explicit Newest(std::size_t limit) : limit_(limit) {}
    void add(LogEvent const& event) {
        ++seen_;
        if (limit_ == 0) return;
        if (events_.size() == limit_) events_.pop_front();
        events_.push_back(event);
    }
    std::uint64_t seen() const { return seen_; }
    json::array rows() const {
        json::array rows;
        for (auto const& event : events_) rows.push_back(row_json(event));
        return rows;
    }

  private:
    std::size_t limit_;
    std::uint64_t seen_ = 0;
    std::deque<LogEvent> events_;
};

json::array shards_json(EventReader const& reader) {
    json::array shards;
    for (auto const& one : reader.shards())
        shards.push_back({{"shard", protocol::shard_name(one.shard)}, {"leaves", one.leaves}});
    return shards;
}

void add_period(json::object& out, EventFilter const& filter) {
    if (filter.from) out["from"] = to_text(*filter.from);
    if (filter.to) out["to"] = to_text(*filter.to);
}

std::string text_of(LogEvent const& event, FieldTag tag) {
    if (!event.opening) return {};
    auto const value = crypto::first_of(*event.opening, tag);
    return value ? std::string(as_text(*value)) : std::string();
}

bool names_leaf(LogEvent const& event, LeafPlace const& place) {
    if (!event.opening) return false;
    auto const wanted = ByteWriter().u32(static_cast<std::uint32_t>(place.shard)).u64(place.position).take();
    for (auto const& field : *event.opening) {
        if (field.tag != FieldTag::leaf || !field.shown) continue;
        for (ByteView rest = field.shown->value; rest.size() >= wanted.size(); rest = rest.subspan(wanted.size()))
            if (std::ranges::equal(rest.first(wanted.size()), wanted)) return true;
    }
    return false;
}

json::object mark_json(LogEvent const& mark) {
    json::object out{{"place", place_text(mark.place)}, {"user", text_of(mark, FieldTag::user)}};
    if (mark.time) out["time"] = to_text(*mark.time);
    return out;
}

Result<std::optional<Instant>> instant_parameter(std::string_view text) {
    auto const ms = crypto::parse_decimal(text);
    if (!ms) return fail(Errc::malformed, "time in a request", "Give milliseconds since 1970.");
    return std::optional(from_wire(*ms));
}

Result<void> take_parameter(std::string_view name, std::string_view value, LogQuestion& question) {
    auto& filter = question.filter;
    if (name == "from_ms") {
        FANLIGHT_TRY(filter.from, instant_parameter(value));
    } else if (name == "to_ms") {
        FANLIGHT_TRY(filter.to, instant_parameter(value));
    } else if (name == "class") {
        FANLIGHT_TRY(filter.kinds, parse_classes(value));
    } else if (name == "peer") {
        FANLIGHT_TRY(auto const party, PartyId::parse(value));
        filter.peer = party.text();
    } else if (name == "exchange") {
        FANLIGHT_TRY(auto const bytes, crypto::from_hex(value));
        FANLIGHT_TRY(filter.exchange, crypto::ExchangeTag::parse(bytes, "exchange tag"));
    } else if (name == "first") {
        FANLIGHT_TRY(filter.first, parse_place(value));
    } else if (name == "exceptions") {
        question.exceptions_only = value == "1";
    } else if (name == "limit") {
        auto const limit = crypto::parse_decimal(value);
        if (!limit || *limit > listed_max) return fail(Errc::malformed, "limit of a request", "At most 10000.");
        question.limit = *limit;
    } else if (name != "n" && name != "seed") { // of a sample
        return fail(Errc::malformed, "parameter of a request", "docs/protocol.md lists them.");
    }
    return ok();
}

/// Fillers stand for nothing: only who asks for them by name sees them.
bool is_shown(LogEvent const& event, EventFilter const& filter) {
    return event.leaf.kind != LeafClass::filler || filter.kinds;
}

/// The order in which leaves are drawn, which nobody can choose who does not choose the seed.
crypto::Sha256 drawn_at(std::string_view seed, LeafPlace const& place) {
    auto const bytes = ByteWriter().u32(static_cast<std::uint32_t>(place.shard)).u64(place.position).take();
    return crypto::hmac_sha256(as_bytes(seed), {bytes});
}

} // namespace

LogReading::LogReading(OpenDirectory const& directory, Database database, SubjectKeys subjects)
    : logs_(directory.path / "log"), database_(std::move(database)),
      key_(opening_key(directory.settings.mode, directory.node_key)), subjects_(std::move(subjects)) {}

Result<std::unique_ptr<LogReading>> LogReading::open(OpenDirectory const& directory) {
    auto const mode = directory.settings.mode;
    FANLIGHT_TRY(auto database,
                 Database::open_reader(directory.path / "store.db", store_key(mode, directory.node_key)));
    FANLIGHT_TRY(auto subjects, SubjectKeys::open_reader(directory.path, wrap_key(mode, directory.node_key), mode));
    std::unique_ptr<LogReading> reading(new LogReading(directory, std::move(database), std::move(subjects)));
    FANLIGHT_TRY(auto events, EventReader::open(reading->database_, reading->key_, reading->subjects_, reading->logs_));
    reading->events_ = std::move(events);
    return reading;
}

std::filesystem::path LogReading::log_of(std::int32_t shard) const {
    return logs_ / protocol::shard_name(shard);
}

std::optional<std::string_view> parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        auto const end = std::min(query.find('&'), query.size());
        auto const part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
            return part.substr(name.size() + 1);
    }
    return std::nullopt;
}

Result<LogQuestion> parse_log_question(std::string_view query) {
    LogQuestion question;
    while (!query.empty()) {
        auto const end = std::min(query.find('&'), query.size());
        auto const part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        auto const sign = std::min(part.find('='), part.size());
        FANLIGHT_TRY(take_parameter(part.substr(0, sign), part.substr(std::min(sign + 1, part.size())), question));
    }
    return question;
}

Result<json::object> list_view(EventReader& reader, LogQuestion const& question) {
    std::array<std::uint64_t, log_exception_count> exceptions{};
    std::map<LeafClass, std::uint64_t> classes;
    Newest exceptional(question.limit);
    Newest rows(question.exceptions_only ? 0 : question.limit);
    FANLIGHT_TRY(reader.read(question.filter, [&](LogEvent const& event) {
        auto const found = exceptions_of(event);
        for (auto const kind : found) ++exceptions[static_cast<std::size_t>(kind)];
        if (!found.empty()) exceptional.add(event);
        ++classes[event.leaf.kind];
        if (is_shown(event, question.filter)) rows.add(event);
        return true;
    }));
    json::array counted;
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        auto const kind = static_cast<LogException>(i);
        counted.push_back({{"kind", name(kind)}, {"words", in_words(kind)}, {"count", exceptions[i]}});
    }
    json::object by_class;
    for (auto const& [kind, number] : classes) by_class[token(kind)] = number;
    json::object out{{"shards", shards_json(reader)},         {"leaves", rows.seen()},
                     {"fillers", classes[LeafClass::filler]}, {"exceptions", std::move(counted)},
                     {"exceptional", exceptional.seen()},     {"exception_rows", exceptional.rows()},
                     {"by_class", std::move(by_class)},       {"rows", rows.rows()}};
    add_period(out, question.filter);
    return out;
}

Result<LogLook> show_view(LogReading& reading, LeafPlace const& place) {
    FANLIGHT_TRY(auto event, reading.events().at(place));
    auto view = event_json(event);
    EventFilter later;
    later.from = event.time;
    later.kinds = std::set{LeafClass::ig_review, LeafClass::erasure};
    json::array reviews;
    json::array erasures;
    FANLIGHT_TRY(reading.events().read(later, [&](LogEvent const& mark) {
        if (!names_leaf(mark, place)) return true;
        auto one = mark_json(mark);
        if (mark.leaf.kind == LeafClass::ig_review) {
            one["verdict"] = text_of(mark, FieldTag::verdict);
            one["note"] = text_of(mark, FieldTag::note);
            reviews.push_back(std::move(one));
        } else {
            one["decision"] = text_of(mark, FieldTag::note);
            erasures.push_back(std::move(one));
        }
        return true;
    }));
    json::array receipts;
    if (event.leaf.exchange != crypto::ExchangeTag()) {
        FANLIGHT_TRY(auto const kept, node::receipts(reading.database(), event.leaf.exchange));
        for (auto const& one : kept)
            receipts.push_back(
                {{"from", one.sender.text()}, {"received", to_text(one.received)}, {"bytes", one.file.size()}});
    }
    view["reviews"] = std::move(reviews);
    view["erasures"] = std::move(erasures);
    view["receipts"] = std::move(receipts);
    return LogLook{std::move(event), std::move(view)};
}

void add_agreement(json::object& view, LogEvent const& event, protocol::Self const& self) {
    if (!event.opening) return;
    auto const bytes = crypto::first_of(*event.opening, FieldTag::agreement_id);
    auto const id = bytes ? AgreementId::parse(*bytes) : Result<AgreementId>(fail(Errc::missing, "agreement id"));
    if (!id) return;
    auto const* agreement = self.version(id.assume_value());
    if (agreement == nullptr) return;
    view["agreement_name"] = agreement->name;
    view["agreement_version"] = agreement->version;
    json::array clauses;
    for (auto const& cited : clauses_of(event))
        for (auto const& clause : agreement->clauses)
            if (clause.id == cited) clauses.push_back({{"clause", clause.id}, {"text", clause.text}});
    view["clause_texts"] = std::move(clauses);
    json::array names;
    for (auto const& peer : peers_of(event))
        if (auto const party = PartyId::parse(peer)) names.emplace_back(self.name_of(party.assume_value()));
    view["peer_names"] = std::move(names);
}

Result<json::object> sample_view(EventReader& reader, EventFilter const& filter, std::size_t n, std::string_view seed) {
    if (n == 0 || n > sample_max) return fail(Errc::malformed, "size of a sample", "Draw 1 to 1000 leaves.");
    if (seed.empty() || seed.size() > seed_bytes_max)
        return fail(Errc::malformed, "seed of a sample", "Give 1 to 200 characters that nobody chose, e.g. 2026W47.");
    std::priority_queue<std::pair<crypto::Sha256, LeafPlace>> drawn; // the last of them on top
    std::uint64_t population = 0;
    FANLIGHT_TRY(reader.read(filter, [&](LogEvent const& event) {
        if (!is_shown(event, filter)) return true;
        ++population;
        std::pair const ticket{drawn_at(seed, event.place), event.place};
        if (drawn.size() == n && drawn.top() < ticket) return true;
        drawn.push(ticket);
        if (drawn.size() > n) drawn.pop();
        return true;
    }));
    std::set<LeafPlace> places;
    for (; !drawn.empty(); drawn.pop()) places.insert(drawn.top().second);
    json::array rows;
    for (auto const& place : places) {
        FANLIGHT_TRY(auto const event, reader.at(place));
        rows.push_back(row_json(event));
    }
    json::object out{{"population", population}, {"drawn", rows.size()}, {"rows", std::move(rows)}};
    add_period(out, filter);
    return out;
}

Result<json::object> proof_view(LogReading& reading, LeafPlace const& place, std::span<FieldTag const> reveal,
                                std::string head) {
    FANLIGHT_TRY(auto event, reading.events().at(place));
    FANLIGHT_TRY(auto const proof, prove_leaf(reading.log_of(place.shard), place.position, std::move(head)));
    json::object out{{"place", place_text(place)},
                     {"class", token(event.leaf.kind)},
                     {"words", crypto::name(event.leaf.kind)},
                     {"proof", crypto::format_tlog_proof(proof)},
                     {"leaf", crypto::to_hex(event.leaf.bytes())}};
    if (!event.opening) return out;
    auto const opening = crypto::show_only(std::move(*event.opening), reveal);
    for (auto const tag : reveal)
        if (!crypto::first_of(opening, tag))
            return fail(Errc::missing, "field to reveal", "The leaf has no such field, or it is erased.");
    out["opening"] = crypto::to_hex(crypto::encode_shown(opening));
    return out;
}

Result<std::vector<LeafPlace>> places_about(EventReader& reader, crypto::Pseudonym const& subject) {
    std::vector<LeafPlace> places;
    FANLIGHT_TRY(reader.read({}, [&](LogEvent const& event) {
        bool const about = event.opening && std::ranges::any_of(*event.opening, [&](crypto::ShownField const& field) {
                               return field.about == subject;
                           });
        if (about) places.push_back(event.place);
        return places.size() <= protocol::erasure_leaves_max;
    }));
    if (places.size() > protocol::erasure_leaves_max)
        return fail(Errc::too_large, "erasure", "More leaves are about that person than one erasure can name.");
    return places;
}

Result<protocol::RecordRow> row_of_record(Database& database, std::string_view record) {
    FANLIGHT_TRY(auto find, database.prepare("SELECT row FROM person WHERE id = ?"));
    find.bind(1, record);
    FANLIGHT_TRY(auto const row, find.step());
    if (!row)
        return fail(Errc::missing, "record",
                    "This agency holds none of that id now. Of one that it held before, give --subject as "
                    "`fanlight log show` prints it.");
    return static_cast<protocol::RecordRow>(find.number(0));
}

json::array unmatched_view(protocol::Reconciler const& reconciler) {
    json::array all;
    for (auto const& [peer, item] : reconciler.results())
        if (item.state == protocol::Reconciliation::State::done)
            all.push_back({{"peer", peer.text()}, {"count", item.unmatched.size()}, {"asked", to_text(item.asked)}});
    return all;
}

json::object reconciliation_view(protocol::Reconciliation const& item) {
    using State = protocol::Reconciliation::State;
    auto const* const state = item.state == State::asking ? "asking" : item.state == State::done ? "done" : "failed";
    json::array unmatched;
    for (auto const& one : item.unmatched)
        unmatched.push_back({{"ours", one.ours},
                             {"place", place_text(one.end.place)},
                             {"class", token(one.end.kind)},
                             {"words", crypto::name(one.end.kind)},
                             {"time", to_text(one.end.time)},
                             {"exchange", crypto::to_hex(one.end.tag.view())}});
    return {{"peer", item.peer.text()},     {"since", to_text(item.since)},
            {"asked", to_text(item.asked)}, {"state", state},
            {"problem", item.problem},      {"ours", item.ours},
            {"theirs", item.theirs},        {"matched", item.matched},
            {"under_way", item.under_way},  {"unmatched", std::move(unmatched)}};
}

} // namespace fanlight::node
